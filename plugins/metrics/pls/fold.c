/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One fold of PLS regression: cross-products with the targets, components, predictions.
 *
 * n training rows, m test rows, r directions, t targets, k components.
 */
#include "plugins/metrics/pls/fold.h"

#include <anaflow/linalg.h>
#include <math.h>
#include <string.h>

#include "plugins/metrics/lib/encode_job.h"
#include "plugins/metrics/lib/keep.h"
#include "plugins/metrics/pls/components.h"

/* Rounding of X'y, relative to its largest singular value; of a square root of X'yy'X. */
static const double plain_floor = 1e-12, squared_floor = 1e-7;

static void gather_rows(const float *x, int64_t p, int64_t n, const int64_t *rows,
                        double *to)
{
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < p; k++)
            to[i * p + k] = (double)x[rows[i] * p + k];
}

/* The features of both sets of rows, float64, neither centred nor scaled. */
static int take_features(struct ana_ctx *ctx, const struct pls_x *x,
                         const struct ana_fold *fold, struct ana_tensor *train,
                         struct ana_tensor *test)
{
    const int64_t p = ana_space_width(x->problem->spaces[0]);
    int rc;

    *train = (struct ana_tensor){.size = sizeof *train, .dtype = ANA_F64};
    *test = *train;
    if (!x->rows.data)
        return ana_fold_matrix(ctx, x->problem->spaces[0], fold, train, test);
    rc = ana_tensor_create(ctx, ANA_F64, 2, (const int64_t[]){fold->n_train, p}, train);
    if (rc == 0)
        rc = ana_tensor_create(ctx, ANA_F64, 2, (const int64_t[]){fold->n_test, p}, test);
    if (rc != 0)
        return rc;
    gather_rows(x->rows.data, p, fold->n_train, fold->train, train->data);
    gather_rows(x->rows.data, p, fold->n_test, fold->test, test->data);
    return 0;
}

/* by (t) = 1 / SD of each column of n rows; 0 for a column that does not vary. */
static void inverse_sd(int64_t n, int64_t t, const double *y, double *by)
{
    for (int64_t j = 0; j < t; j++) {
        double mean = 0, square = 0;

        for (int64_t i = 0; i < n; i++)
            mean += y[i * t + j];
        mean /= (double)n;
        for (int64_t i = 0; i < n; i++)
            square += (y[i * t + j] - mean) * (y[i * t + j] - mean);
        square = sqrt(square / (double)n);
        by[j] = square > 1e-12 * fabs(mean) ? 1 / square : 0;
    }
}

static void scale_columns(int64_t n, int64_t t, const double *by, double *y)
{
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < t; j++)
            y[i * t + j] *= by[j];
}

/* (x by - mean) v = (x - mean / by) (by v) */
static void unscale_basis(struct ana_design *design, const double *by)
{
    for (int64_t i = 0; i < design->p; i++) {
        for (int64_t j = 0; j < design->r; j++)
            design->v[i * design->r + j] *= by[i];
        design->mean[i] /= by[i] > 0 ? by[i] : 1;
    }
}

int pls_design(struct ana_ctx *ctx, const struct pls_x *x, int64_t k,
               struct ana_design **out)
{
    const struct ana_fold *fold = &x->problem->folds[k];
    struct ana_tensor train, test;
    int rc = take_features(ctx, x, fold, &train, &test);
    const int64_t p = train.shape[1];
    double *by = NULL;

    *out = NULL;
    if (rc == 0 && x->settings.scale) {
        by = ana_alloc(ctx, p, sizeof *by);
        rc = by ? 0 : ANA_ERESOURCE;
    }
    if (rc == 0 && by) {
        inverse_sd(fold->n_train, p, train.data, by);
        scale_columns(fold->n_train, p, by, train.data);
        scale_columns(fold->n_test, p, by, test.data);
    }
    if (rc == 0)
        rc = ana_design_create_by(ctx,
                                  ana_design_form(fold->n_train, p) |
                                      (x->settings.weights ? ANA_DESIGN_BASIS : 0),
                                  fold->n_train, fold->n_test, p, train.data, test.data,
                                  1, out);
    if (rc == 0 && by && x->settings.weights)
        unscale_basis(*out, by);
    ana_free(ctx, by);
    ana_tensor_finish(&train);
    ana_tensor_finish(&test);
    return rc;
}

struct work {
    const struct pls_x *x;
    const struct ana_fold *fold;
    const struct ana_design *design;
    const struct ana_tensor *y;
    int64_t r, t, c; /* c = min(r, t): columns of cross */
    double unit;     /* of the targets, so that squares do not overflow */
    double *cross;   /* r x c: X'y, or a square root of X'yy'X */
    struct pls_components found;
};

/* The columns [first, first + w) of y on the given rows; never fails. */
static void take_block(const struct work *work, int64_t first, int64_t w, int64_t n,
                       const int64_t *rows, double *to)
{
    struct ana_tensor view = *work->y;

    view.owner = NULL;
    view.shape[1] = w;
    view.data = (double *)work->y->data + first * work->y->strides[1];
    ana_take_rows(&view, n, rows, to);
}

/* y (n x w) of the training rows and b (r x w) = U'y; mean w. */
static int rotate_block(struct ana_ctx *ctx, const struct work *work, int64_t first,
                        int64_t w, double *y, double *mean, double *b)
{
    take_block(work, first, w, work->fold->n_train, work->fold->train, y);
    return ana_design_project(ctx, work->design, w, y, mean, b);
}

/* Add a block to X'y, or to X'yy'X (r x r). */
static int add_block(struct ana_ctx *ctx, const struct work *work, int64_t first,
                     int64_t w, double *y, double *mean, double *b, double *gram)
{
    const int64_t r = work->r;
    double by = 1 / work->unit;
    int rc = rotate_block(ctx, work, first, w, y, mean, b);

    if (work->x->settings.scale)
        by = 1;
    if (rc == 0 && work->x->settings.scale) {
        inverse_sd(work->fold->n_train, w, y, mean); /* y is centred by now */
        scale_columns(r, w, mean, b);
    }
    for (int64_t i = 0; rc == 0 && i < r; i++)
        for (int64_t j = 0; j < w; j++)
            b[i * w + j] *= work->design->s[i] / work->design->s[0] * by;
    if (rc == 0 && gram)
        return ana_syrk(ctx, 0, r, w, 1, b, w, first > 0, gram, r);
    for (int64_t i = 0; rc == 0 && i < r; i++)
        memcpy(work->cross + i * work->c + first, b + i * w, (size_t)w * sizeof *b);
    return rc;
}

/* cross = V sqrt(lambda) of gram = V diag(lambda) V' (overwritten). */
static int take_root(struct ana_ctx *ctx, const struct work *work, double *gram)
{
    const int64_t r = work->r;
    double *lambda = ana_alloc(ctx, r, sizeof *lambda);
    int rc = lambda ? ana_eigh(ctx, r, gram, r, lambda) : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < r; i++)
        for (int64_t j = 0; j < r; j++)
            work->cross[i * r + j] =
                lambda[j] > 0 ? gram[i * r + j] * sqrt(lambda[j]) : 0;
    ana_free(ctx, lambda);
    return rc;
}

static int64_t block_of(const struct work *work, int64_t first)
{
    return work->t - first < PLS_BLOCK ? work->t - first : PLS_BLOCK;
}

/* The largest magnitude of the training rows' targets; 1 where all are 0. */
static double largest(const struct work *work)
{
    const struct ana_tensor *y = work->y;
    double most = 0;

    for (int64_t i = 0; i < work->fold->n_train; i++) {
        const double *row =
            (const double *)y->data + work->fold->train[i] * y->strides[0];

        for (int64_t j = 0; j < work->t; j++)
            most = fmax(most, fabs(row[j * y->strides[1]]));
    }
    return most > 0 ? most : 1;
}

static int find_components(struct ana_ctx *ctx, struct work *work)
{
    const int64_t n = work->fold->n_train, r = work->r;
    const int squared = work->t > r;
    double *y = ana_alloc(ctx, n * PLS_BLOCK, sizeof *y);
    double *mean = ana_alloc(ctx, PLS_BLOCK, sizeof *mean);
    double *b = ana_alloc(ctx, r * PLS_BLOCK, sizeof *b);
    double *gram = squared ? ana_alloc(ctx, r * r, sizeof *gram) : NULL;
    int rc = y && mean && b && (gram || !squared) ? 0 : ANA_ERESOURCE;

    for (int64_t first = 0; rc == 0 && first < work->t; first += PLS_BLOCK)
        rc = add_block(ctx, work, first, block_of(work, first), y, mean, b, gram);
    ana_free(ctx, y);
    ana_free(ctx, mean);
    ana_free(ctx, b);
    if (rc == 0 && squared)
        rc = take_root(ctx, work, gram);
    ana_free(ctx, gram);
    if (rc == 0)
        rc = pls_components_find(
            ctx, r, work->design->s, work->c, work->cross,
            work->x->settings.components < r ? work->x->settings.components : r,
            squared ? squared_floor : plain_floor, &work->found);
    return rc;
}

/* Weights of the features, V W C'y~, and what is added to their sum; q (k x w) = C'y~. */
static int hand_out_weights(struct ana_ctx *ctx, const struct work *work, int64_t number,
                            int64_t first, int64_t w, const double *q, const double *mean,
                            struct ana_out *out)
{
    const struct ana_design *design = work->design;
    const int64_t p = design->p, r = work->r, k = work->found.k;
    double *b = ana_alloc(ctx, r * w, sizeof *b);
    double *weights = ana_alloc(ctx, (p + 1) * w, sizeof *weights);
    double *intercept = weights + p * w;
    int rc = b && weights
                 ? ana_gemm(ctx, 0, 0, r, w, k, 1, work->found.weight, k, q, w, 0, b, w)
                 : ANA_ERESOURCE;

    if (rc == 0)
        rc = ana_gemm(ctx, 0, 0, p, w, r, 1, design->v, r, b, w, 0, weights, w);
    for (int64_t j = 0; rc == 0 && j < w; j++)
        intercept[j] = mean[j];
    for (int64_t i = 0; rc == 0 && i < p; i++)
        for (int64_t j = 0; j < w; j++)
            intercept[j] -= design->mean[i] * weights[i * w + j];
    if (rc == 0)
        rc = ana_keep_weights(ctx, out, number, first, p, w, weights, intercept);
    ana_free(ctx, b);
    ana_free(ctx, weights);
    return rc;
}

/* Predict, score and hand out a block: map (m x k) is the test rows' scores. */
static int hand_out_block(struct ana_ctx *ctx, const struct work *work, int64_t number,
                          int64_t first, const double *map, struct ana_out *out)
{
    const int64_t n = work->fold->n_train, m = work->fold->n_test, r = work->r;
    const int64_t k = work->found.k, w = block_of(work, first);
    const struct ana_ridge unnamed = {.unnamed = 1,
                                      .predictions = work->x->settings.predictions};
    const struct ana_encode_job job = {.ridge = &unnamed,
                                       .fold = work->fold,
                                       .number = number,
                                       .want_predictions =
                                           work->x->problem->want_predictions,
                                       .out = out};
    double *y = ana_alloc(ctx, (n + m + m + k + 1) * w, sizeof *y);
    double *b = ana_alloc(ctx, r * w, sizeof *b);
    double *test = y + n * w, *prediction = test + m * w, *q = prediction + m * w;
    double *mean = q + k * w;
    int rc = y && b ? rotate_block(ctx, work, first, w, y, mean, b) : ANA_ERESOURCE;

    if (rc == 0)
        rc = ana_gemm(ctx, 1, 0, k, w, r, 1, work->found.score, k, b, w, 0, q, w);
    if (rc == 0)
        rc = ana_gemm(ctx, 0, 0, m, w, k, 1, map, k, q, w, 0, prediction, w);
    if (rc == 0 && work->x->settings.weights)
        rc = hand_out_weights(ctx, work, number, first, w, q, mean, out);
    if (rc == 0) {
        take_block(work, first, w, m, work->fold->test, test);
        rc = ana_encode_hand_out(ctx, &job, first, w, NULL, prediction, mean, test);
    }
    ana_free(ctx, y);
    ana_free(ctx, b);
    return rc;
}

int pls_run_fold(struct ana_ctx *ctx, const struct pls_x *x, int64_t number,
                 const struct ana_design *design, const struct ana_tensor *y,
                 struct ana_out *out)
{
    const int64_t t = y->shape[1], r = design->r, m = x->problem->folds[number].n_test;
    struct work work = {.x = x,
                        .fold = &x->problem->folds[number],
                        .design = design,
                        .y = y,
                        .r = r,
                        .t = t,
                        .c = r < t ? r : t};
    double *map = NULL;
    int rc;

    work.unit = largest(&work);
    work.cross = ana_alloc(ctx, r * work.c, sizeof *work.cross);
    rc = work.cross ? find_components(ctx, &work) : ANA_ERESOURCE;
    ana_free(ctx, work.cross);
    if (rc == 0) {
        map = ana_alloc(ctx, m * work.found.k, sizeof *map);
        rc = map ? ana_gemm(ctx, 0, 0, m, work.found.k, r, 1, design->t, r,
                            work.found.weight, work.found.k, 0, map, work.found.k)
                 : ANA_ERESOURCE;
    }
    for (int64_t first = 0; rc == 0 && first < t; first += PLS_BLOCK)
        rc = hand_out_block(ctx, &work, number, first, map, out);
    if (rc == 0)
        rc = ana_out_count(ctx, out, "component that the training rows do not hold",
                           x->settings.components - work.found.k, x->settings.components);
    ana_free(ctx, map);
    pls_components_finish(ctx, &work.found);
    return rc;
}

void pls_fold_effort(const struct pls_x *x, int64_t fold, int64_t t,
                     struct pls_effort *effort)
{
    enum { ROUNDS = 30 }; /* of Lanczos' method, usually */
    const int64_t n = x->problem->folds[fold].n_train, m = x->problem->folds[fold].n_test;
    const int64_t p = ana_space_width(x->problem->spaces[0]);
    const int64_t r = ana_design_rank(n, p);
    const int64_t c = r < t ? r : t;
    const int64_t k = x->settings.components < r ? x->settings.components : r;
    const double w = (double)(t < PLS_BLOCK ? t : PLS_BLOCK),
                 square = (double)r * (double)r;
    const double find = (double)(n + r + 1) * PLS_BLOCK + (t > r ? square : 0);
    const double root = t > r ? 4 * square : 0; /* with LAPACK's workspace */
    const double lanczos = 41 * (double)c + 4 * (double)r;
    const double weights =
        x->settings.weights ? ((double)r + 1.5 * (double)p + 2) * w : 0;
    const double hand =
        (double)(n + 3 * m + 2 * k + r + 8) * w + (double)(m * k) + weights;

    effort->bytes = 8 * fmax((double)(r * c) + fmax(fmax(find, root), lanczos), hand);
    effort->bytes += 16 * (double)(r * k);
    effort->factor = t > r ? ana_eigh_flops(r) : 0;
    effort->flops = effort->factor + (t > r ? ana_syrk_flops(r, t) : 0) +
                    2 * ana_gemm_flops(r, t, n) + ana_gemm_flops(m, k, r) +
                    ana_gemm_flops(k, t, r) + ana_gemm_flops(m, t, k);
    if (x->settings.weights)
        effort->flops += ana_gemm_flops(r, t, k) + ana_gemm_flops(p, t, r);
    effort->loops = (double)k * (double)(r * c) * (2 * ROUNDS + 3) +
                    (double)t * (double)(4 * n + 3 * r + 20 * m);
}
