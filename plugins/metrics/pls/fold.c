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

/* What find_components works with. */
struct work {
    const struct pls_x *x;
    const struct ana_fold *fold;
    const struct ana_design *design;
    const struct ana_tensor *y;
    int64_t r, t, c; /* c = min(r, t): columns of cross */
    double *cross;   /* r x c: X'y, or a square root of X'yy'X */
};

struct ana_tensor pls_columns(const struct ana_tensor *y, int64_t first, int64_t w)
{
    struct ana_tensor view = *y;

    view.owner = NULL;
    view.shape[1] = w;
    view.data = (double *)y->data + first * y->strides[1];
    return view;
}

/* y (n x w) of the training rows and b (r x w) = U'y; mean w. */
static int rotate_block(struct ana_ctx *ctx, const struct ana_fold *fold,
                        const struct ana_design *design, const struct ana_tensor *view,
                        double *y, double *mean, double *b)
{
    ana_take_rows(view, fold->n_train, fold->train, y);
    return ana_design_project(ctx, design, view->shape[1], y, mean, b);
}

int pls_fold_products(struct ana_ctx *ctx, const struct pls_x *x, int64_t number,
                      const struct ana_design *design, const struct ana_tensor *view,
                      double unit, double *b)
{
    const struct ana_fold *fold = &x->problem->folds[number];
    const int64_t n = fold->n_train, r = design->r, w = view->shape[1];
    double *y = ana_alloc(ctx, (n + 1) * w, sizeof *y), *mean = y + n * w;
    const double by = x->settings.scale ? 1 : 1 / unit;
    int rc = y ? rotate_block(ctx, fold, design, view, y, mean, b) : ANA_ERESOURCE;

    if (rc == 0 && x->settings.scale) {
        inverse_sd(n, w, y, mean); /* y is centred by now */
        scale_columns(r, w, mean, b);
    }
    for (int64_t i = 0; rc == 0 && i < r; i++)
        for (int64_t j = 0; j < w; j++)
            b[i * w + j] *= design->s[i] / design->s[0] * by;
    ana_free(ctx, y);
    return rc;
}

static int64_t block_of(int64_t t, int64_t first)
{
    return t - first < PLS_BLOCK ? t - first : PLS_BLOCK;
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

/* X'y side by side (in the targets' own unit, so that nothing overflows), or the sum of
 * X'yy'X over blocks: gram r x r. */
static int add_blocks(struct ana_ctx *ctx, const struct work *work, int64_t number,
                      double *gram)
{
    const double unit = gram ? 1 : largest(work);
    const int64_t r = work->r;
    double *b = ana_alloc(ctx, r * PLS_BLOCK, sizeof *b);
    int rc = b ? 0 : ANA_ERESOURCE;

    for (int64_t first = 0; rc == 0 && first < work->t; first += PLS_BLOCK) {
        const int64_t w = block_of(work->t, first);
        const struct ana_tensor view = pls_columns(work->y, first, w);

        rc = pls_fold_products(ctx, work->x, number, work->design, &view, unit, b);
        if (rc == 0 && gram)
            rc = ana_syrk(ctx, 0, r, w, 1, b, w, first > 0, gram, r);
        for (int64_t i = 0; rc == 0 && !gram && i < r; i++)
            memcpy(work->cross + i * work->c + first, b + i * w, (size_t)w * sizeof *b);
    }
    ana_free(ctx, b);
    return rc;
}

/* cross = V sqrt(lambda) of gram = V diag(lambda) V' (overwritten). */
static int take_root(struct ana_ctx *ctx, int64_t r, double *gram, double *cross)
{
    double *lambda = ana_alloc(ctx, r, sizeof *lambda);
    int rc = lambda ? ana_eigh(ctx, r, gram, r, lambda) : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < r; i++)
        for (int64_t j = 0; j < r; j++)
            cross[i * r + j] = lambda[j] > 0 ? gram[i * r + j] * sqrt(lambda[j]) : 0;
    ana_free(ctx, lambda);
    return rc;
}

/* Components of cross (r x c), and the test rows' scores. */
static int find(struct ana_ctx *ctx, const struct pls_x *x, int64_t number,
                const struct ana_design *design, int64_t c, double *cross, double floor,
                struct pls_fit *fit)
{
    const int64_t r = design->r, m = x->problem->folds[number].n_test;
    const int64_t wanted = x->settings.components;
    int rc = pls_components_find(ctx, r, design->s, c, cross, wanted < r ? wanted : r,
                                 floor, &fit->found);
    const int64_t k = fit->found.k;

    if (rc != 0)
        return rc;
    fit->map = ana_alloc(ctx, m * k, sizeof *fit->map);
    return fit->map ? ana_gemm(ctx, 0, 0, m, k, r, 1, design->t, r, fit->found.weight, k,
                               0, fit->map, k)
                    : ANA_ERESOURCE;
}

int pls_fit_sum(struct ana_ctx *ctx, const struct pls_x *x, int64_t number,
                const struct ana_design *design, double *gram, struct pls_fit *fit)
{
    const int64_t r = design->r;
    double *cross = ana_alloc(ctx, r * r, sizeof *cross);
    int rc = cross ? pls_components_finite(ctx, r * r, gram) : ANA_ERESOURCE;

    *fit = (struct pls_fit){0};
    if (rc == 0)
        rc = take_root(ctx, r, gram, cross);
    if (rc == 0)
        rc = find(ctx, x, number, design, r, cross, squared_floor, fit);
    ana_free(ctx, cross);
    return rc;
}

void pls_fit_finish(struct ana_ctx *ctx, struct pls_fit *fit)
{
    pls_components_finish(ctx, &fit->found);
    ana_free(ctx, fit->map);
    fit->map = NULL;
}

static int fit_whole(struct ana_ctx *ctx, const struct pls_x *x, int64_t number,
                     const struct ana_design *design, const struct ana_tensor *y,
                     struct pls_fit *fit)
{
    const int64_t r = design->r, t = y->shape[1], c = r < t ? r : t;
    struct work work = {.x = x,
                        .fold = &x->problem->folds[number],
                        .design = design,
                        .y = y,
                        .r = r,
                        .t = t,
                        .c = c};
    double *to = ana_alloc(ctx, r * c, sizeof *to); /* gram, or cross */
    int rc = ANA_ERESOURCE;

    *fit = (struct pls_fit){0};
    if (to && t > r) {
        rc = add_blocks(ctx, &work, number, to);
        if (rc == 0)
            rc = pls_fit_sum(ctx, x, number, design, to, fit);
    } else if (to) {
        work.cross = to;
        rc = add_blocks(ctx, &work, number, NULL);
        if (rc == 0)
            rc = find(ctx, x, number, design, c, to, plain_floor, fit);
    }
    ana_free(ctx, to);
    return rc;
}

/* Weights of the features, V W C'y~, and what is added to their sum; q (k x w) = C'y~. */
static int hand_out_weights(struct ana_ctx *ctx, const struct ana_design *design,
                            const struct pls_fit *fit, int64_t number, int64_t first,
                            int64_t w, const double *q, const double *mean,
                            struct ana_out *out)
{
    const int64_t p = design->p, r = design->r, k = fit->found.k;
    double *b = ana_alloc(ctx, r * w, sizeof *b);
    double *weights = ana_alloc(ctx, (p + 1) * w, sizeof *weights);
    double *intercept = weights + p * w;
    int rc = b && weights
                 ? ana_gemm(ctx, 0, 0, r, w, k, 1, fit->found.weight, k, q, w, 0, b, w)
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

/* Predict, score and hand out a block of targets, of which `target` is the first. */
static int hand_out_block(struct ana_ctx *ctx, const struct pls_x *x, int64_t number,
                          const struct ana_design *design, const struct pls_fit *fit,
                          const struct ana_tensor *view, int64_t target,
                          struct ana_out *out)
{
    const struct ana_fold *fold = &x->problem->folds[number];
    const int64_t n = fold->n_train, m = fold->n_test, r = design->r;
    const int64_t k = fit->found.k, w = view->shape[1];
    const struct ana_ridge unnamed = {.unnamed = 1,
                                      .predictions = x->settings.predictions};
    const struct ana_encode_job job = {.ridge = &unnamed,
                                       .fold = fold,
                                       .number = number,
                                       .want_predictions = x->problem->want_predictions,
                                       .out = out};
    double *y = ana_alloc(ctx, (n + m + m + k + 1) * w, sizeof *y);
    double *b = ana_alloc(ctx, r * w, sizeof *b);
    double *test = y + n * w, *prediction = test + m * w, *q = prediction + m * w;
    double *mean = q + k * w;
    int rc = y && b ? rotate_block(ctx, fold, design, view, y, mean, b) : ANA_ERESOURCE;

    if (rc == 0)
        rc = ana_gemm(ctx, 1, 0, k, w, r, 1, fit->found.score, k, b, w, 0, q, w);
    if (rc == 0)
        rc = ana_gemm(ctx, 0, 0, m, w, k, 1, fit->map, k, q, w, 0, prediction, w);
    if (rc == 0 && x->settings.weights)
        rc = hand_out_weights(ctx, design, fit, number, target, w, q, mean, out);
    if (rc == 0) {
        ana_take_rows(view, m, fold->test, test);
        rc = ana_encode_hand_out(ctx, &job, target, w, NULL, prediction, mean, test);
    }
    ana_free(ctx, y);
    ana_free(ctx, b);
    return rc;
}

int pls_hand_out(struct ana_ctx *ctx, const struct pls_x *x, int64_t number,
                 const struct ana_design *design, const struct pls_fit *fit,
                 const struct ana_tensor *y, int64_t target, struct ana_out *out)
{
    const int64_t t = y->shape[1];
    int rc = 0;

    for (int64_t first = 0; rc == 0 && first < t; first += PLS_BLOCK) {
        const struct ana_tensor view = pls_columns(y, first, block_of(t, first));

        rc = hand_out_block(ctx, x, number, design, fit, &view, target + first, out);
    }
    return rc;
}

int pls_count_lacking(struct ana_ctx *ctx, const struct pls_x *x,
                      const struct pls_fit *fit, struct ana_out *out)
{
    const int64_t wanted = x->settings.components;

    return ana_out_count(ctx, out, "component that the training rows do not hold",
                         wanted - fit->found.k, wanted);
}

int pls_run_fold(struct ana_ctx *ctx, const struct pls_x *x, int64_t number,
                 const struct ana_design *design, const struct ana_tensor *y,
                 struct ana_out *out)
{
    struct pls_fit fit;
    int rc = fit_whole(ctx, x, number, design, y, &fit);

    if (rc == 0)
        rc = pls_hand_out(ctx, x, number, design, &fit, y, 0, out);
    if (rc == 0)
        rc = pls_count_lacking(ctx, x, &fit, out);
    pls_fit_finish(ctx, &fit);
    return rc;
}
