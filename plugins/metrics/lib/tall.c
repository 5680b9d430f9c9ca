/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One outer fold of a tall problem. Its inner training sets are the outer one less some
 * rows: where a space treats each column by itself, their Gram matrices follow from sums
 * over those rows alone; a space with PCA is made anew for each.
 *
 * n training rows, m test rows, p features, t targets.
 */
#include "plugins/metrics/lib/tall.h"

#include <anaflow/linalg.h>
#include <string.h>

#include "plugins/metrics/lib/gram.h"

struct ana_tall {
    const struct ana_space *space;
    const struct ana_fold *fold;
    const struct ana_ridge *ridge;
    const struct ana_tensor *y;
    int64_t p, t;
    struct ana_tensor x, x_test; /* n x p, m x p, centred if there is an intercept */
    double *own;                 /* n x t: y of the training rows, centred likewise */
    double *mean;                /* t: what was removed */
    struct ana_moments all;      /* of the training rows */
};

int ana_tall_create(struct ana_ctx *ctx, const struct ana_space *space,
                    const struct ana_fold *fold, const struct ana_ridge *ridge,
                    const struct ana_tensor *y, struct ana_tall **out)
{
    struct ana_tall *tall = ana_alloc(ctx, 1, sizeof *tall);

    *out = tall;
    if (!tall)
        return ANA_ERESOURCE;
    tall->space = space;
    tall->fold = fold;
    tall->ridge = ridge;
    tall->y = y;
    tall->p = ana_space_width(space);
    tall->t = y->shape[1];
    tall->x.dtype = tall->x_test.dtype = ANA_F64;
    return 0;
}

void ana_tall_destroy(struct ana_ctx *ctx, struct ana_tall *tall)
{
    if (!tall)
        return;
    ana_tensor_finish(&tall->x);
    ana_tensor_finish(&tall->x_test);
    ana_free(ctx, tall->own);
    ana_free(ctx, tall->mean);
    ana_moments_finish(ctx, &tall->all);
    ana_free(ctx, tall);
}

/* Training and held-out X of a set of rows, and the training y. */
static int load_rows(struct ana_ctx *ctx, const struct ana_tall *tall,
                     const struct ana_fold *rows, struct ana_tensor *x,
                     struct ana_tensor *x_test, double **own, double **mean)
{
    const int64_t n = rows->n_train, p = tall->p, t = tall->t;
    double *mean_x = ana_alloc(ctx, p, sizeof *mean_x);
    int rc = ANA_ERESOURCE;

    *own = ana_alloc(ctx, n * t, sizeof **own);
    *mean = ana_alloc(ctx, t, sizeof **mean);
    if (mean_x && *own && *mean)
        rc = ana_fold_matrix(ctx, tall->space, rows, x, x_test);
    if (rc == 0) {
        ana_take_rows(tall->y, n, rows->train, *own);
        if (tall->ridge->intercept) {
            ana_centre_columns(n, rows->n_test, p, x->data, x_test->data, mean_x);
            ana_centre_columns(n, 0, t, *own, NULL, *mean);
        }
    }
    ana_free(ctx, mean_x);
    return rc;
}

/* The outer training set, made when it is first needed. */
static int load(struct ana_ctx *ctx, struct ana_tall *tall)
{
    const struct ana_picked all = {NULL, NULL, tall->fold->n_train, tall->p};
    struct ana_picked rows = all;
    int rc;

    if (tall->own)
        return 0;
    rc = load_rows(ctx, tall, tall->fold, &tall->x, &tall->x_test, &tall->own,
                   &tall->mean);
    if (rc == 0)
        rc = ana_moments_create(ctx, tall->p, tall->t, &tall->all);
    rows.x = tall->x.data;
    if (rc == 0)
        rc = ana_moments_sum(ctx, &rows, tall->t, tall->own, &tall->all);
    return rc;
}

/* One inner fold's losses, added to a curve as predictions come. */
struct losses {
    int64_t m, t;
    const int64_t *target;
    const double *mean, *y_test, *weight;
    double *curve;
};

static void add_losses(void *arg, int64_t first, int64_t width, const double *prediction)
{
    const struct losses *l = arg;

    for (int64_t i = 0; i < l->m; i++)
        for (int64_t k = 0; k < width; k++) {
            const int64_t j = l->target[first + k];
            const double error =
                l->y_test[i * l->t + j] - l->mean[j] - prediction[i * width + k];

            l->curve[first + k] += error * error * l->weight[j];
        }
}

/* Every penalty with every target, in the order of a curve. Freed with ana_free. */
static int all_pairs(struct ana_ctx *ctx, const struct ana_tall *tall, double **alpha,
                     int64_t **target)
{
    const int64_t t = tall->t, n = tall->ridge->n_alphas * t;

    *alpha = ana_alloc(ctx, n, sizeof **alpha);
    *target = ana_alloc(ctx, n, sizeof **target);
    if (!*alpha || !*target)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < n; i++) {
        (*alpha)[i] = tall->ridge->alphas[i / t];
        (*target)[i] = i % t;
    }
    return 0;
}

static int score_inner(struct ana_ctx *ctx, const struct ana_tall *tall,
                       const struct ana_gram_fit *fit, const struct ana_picked *held,
                       const int64_t *rows, double *curve, int64_t *counted)
{
    const int64_t m = held->n, t = tall->t;
    double *y_test = ana_alloc(ctx, m * t, sizeof *y_test);
    double *weight = ana_alloc(ctx, t, sizeof *weight), *alpha = NULL;
    int64_t *target = NULL;
    struct losses losses = {m, t, NULL, fit->mean, y_test, weight, curve};
    int rc = y_test && weight ? all_pairs(ctx, tall, &alpha, &target) : ANA_ERESOURCE;

    if (rc == 0) {
        ana_take_rows(tall->y, m, rows, y_test);
        ana_loss_weight(tall->ridge->loss, m, t, y_test, weight);
        for (int64_t j = 0; j < t; j++)
            counted[j] += weight[j] > 0;
        losses.target = target;
        rc = ana_gram_fit_predict(
            ctx, fit, held, &(struct ana_pairs){tall->ridge->n_alphas * t, alpha, target},
            add_losses, &losses);
    }
    ana_free(ctx, y_test);
    ana_free(ctx, weight);
    ana_free(ctx, alpha);
    ana_free(ctx, target);
    return rc;
}

/* Places of the outer training rows that an inner training set lacks; both ascend. */
static int64_t lacking(const struct ana_fold *fold, const struct ana_fold *inner,
                       int64_t *place)
{
    int64_t n = 0, k = 0;

    for (int64_t i = 0; i < fold->n_train; i++) {
        if (k < inner->n_train && inner->train[k] == i)
            k++;
        else
            place[n++] = i;
    }
    return n;
}

/* An inner training set from the sums of the outer one. */
static int fit_remaining(struct ana_ctx *ctx, const struct ana_tall *tall,
                         const struct ana_fold *inner, struct ana_gram_fit *fit)
{
    const int64_t p = tall->p, t = tall->t, n = inner->n_train;
    const int32_t columns = ana_space_columns(tall->space);
    double *shift = ana_alloc(ctx, 2 * p, sizeof *shift);
    double *mean_y = ana_alloc(ctx, t, sizeof *mean_y);
    int64_t *place = ana_alloc(ctx, tall->fold->n_train, sizeof *place);
    struct ana_picked rows = {tall->x.data, place, 0, p};
    struct ana_moments part = {0};
    int rc =
        shift && mean_y && place ? ana_moments_create(ctx, p, t, &part) : ANA_ERESOURCE;

    if (rc == 0) {
        rows.n = lacking(tall->fold, inner, place);
        rc = ana_moments_sum(ctx, &rows, t, tall->own, &part);
    }
    if (rc == 0) {
        ana_moments_remain(&tall->all, &part, p, t, n,
                           tall->ridge->intercept || columns != ANA_COLUMNS_PLAIN,
                           columns == ANA_COLUMNS_SCALED, shift, shift + p, mean_y);
        rc = ana_gram_fit_create(ctx, n, p, t, &part, shift, shift + p, fit);
    }
    for (int64_t j = 0; rc == 0 && tall->ridge->intercept && j < t; j++)
        fit->mean[j] = tall->mean[j] + mean_y[j];
    ana_moments_finish(ctx, &part);
    ana_free(ctx, shift);
    ana_free(ctx, mean_y);
    ana_free(ctx, place);
    return rc;
}

static int curve_remaining(struct ana_ctx *ctx, struct ana_tall *tall, int64_t j,
                           const struct ana_fold *rows, double *curve, int64_t *counted)
{
    const struct ana_fold *inner = &tall->fold->inner_folds[j];
    struct ana_picked held = {NULL, inner->test, inner->n_test, tall->p};
    struct ana_gram_fit fit = {0};
    int rc = load(ctx, tall);

    held.x = tall->x.data;
    if (rc == 0)
        rc = fit_remaining(ctx, tall, inner, &fit);
    if (rc == 0)
        rc = score_inner(ctx, tall, &fit, &held, rows->test, curve, counted);
    ana_gram_fit_finish(ctx, &fit);
    return rc;
}

/* An inner training set whose X has to be made anew. */
static int curve_anew(struct ana_ctx *ctx, struct ana_tall *tall,
                      const struct ana_fold *rows, double *curve, int64_t *counted)
{
    struct ana_tensor x = {.dtype = ANA_F64}, x_test = {.dtype = ANA_F64};
    double *own = NULL, *mean = NULL;
    struct ana_moments moments = {0};
    struct ana_gram_fit fit = {0};
    struct ana_picked train = {NULL, NULL, rows->n_train, tall->p};
    struct ana_picked held = {NULL, NULL, rows->n_test, tall->p};
    int rc = load_rows(ctx, tall, rows, &x, &x_test, &own, &mean);

    train.x = x.data;
    held.x = x_test.data;
    if (rc == 0)
        rc = ana_moments_create(ctx, tall->p, tall->t, &moments);
    if (rc == 0)
        rc = ana_moments_sum(ctx, &train, tall->t, own, &moments);
    ana_tensor_finish(&x);
    if (rc == 0)
        rc = ana_gram_fit_create(ctx, rows->n_train, tall->p, tall->t, &moments, NULL,
                                 NULL, &fit);
    if (rc == 0) {
        memcpy(fit.mean, mean, (size_t)tall->t * sizeof *mean);
        rc = score_inner(ctx, tall, &fit, &held, rows->test, curve, counted);
    }
    ana_gram_fit_finish(ctx, &fit);
    ana_moments_finish(ctx, &moments);
    ana_tensor_finish(&x_test);
    ana_free(ctx, own);
    ana_free(ctx, mean);
    return rc;
}

static int add_inner(struct ana_ctx *ctx, struct ana_tall *tall, int64_t j, double *curve,
                     int64_t *counted)
{
    struct ana_fold rows = {0};
    int rc;

    ana_context_push(ctx, "inner fold %lld", (long long)j);
    rc = ana_split_inner_fold(ctx, tall->fold, j, &rows);
    if (rc == 0)
        rc = ana_space_columns(tall->space) == ANA_COLUMNS_MIXED
                 ? curve_anew(ctx, tall, &rows, curve, counted)
                 : curve_remaining(ctx, tall, j, &rows, curve, counted);
    ana_split_inner_free(ctx, &rows);
    ana_context_pop(ctx);
    if (rc == 0 && ana_cancelled(ctx))
        rc = ana_fail(ctx, ANA_ECANCEL, "the run was interrupted");
    return rc;
}

int ana_tall_curve(struct ana_ctx *ctx, struct ana_tall *tall, double *curve)
{
    const int64_t cells = tall->ridge->n_alphas * tall->t;
    int64_t *counted = ana_alloc(ctx, tall->t, sizeof *counted);
    int rc = counted ? 0 : ANA_ERESOURCE;

    memset(curve, 0, (size_t)cells * sizeof *curve);
    for (int64_t j = 0; rc == 0 && j < tall->fold->n_inner; j++)
        rc = add_inner(ctx, tall, j, curve, counted);
    if (rc == 0)
        ana_loss_mean(tall->ridge->n_alphas, tall->t, counted, curve);
    ana_free(ctx, counted);
    return rc;
}

struct predictions {
    int64_t m, t;
    double *to;
};

static void keep_predictions(void *arg, int64_t first, int64_t width,
                             const double *prediction)
{
    const struct predictions *p = arg;

    for (int64_t i = 0; i < p->m; i++)
        memcpy(p->to + i * p->t + first, prediction + i * width,
               (size_t)width * sizeof *prediction);
}

int ana_tall_predict(struct ana_ctx *ctx, struct ana_tall *tall, const int64_t *choice,
                     double *prediction, double *mean)
{
    const int64_t m = tall->fold->n_test, t = tall->t;
    double *alpha = ana_alloc(ctx, t, sizeof *alpha);
    int64_t *target = ana_alloc(ctx, t, sizeof *target);
    struct predictions keep = {m, t, prediction};
    struct ana_picked held = {NULL, NULL, m, tall->p};
    struct ana_gram_fit fit = {0};
    int rc = alpha && target ? load(ctx, tall) : ANA_ERESOURCE;

    ana_tensor_finish(&tall->x);
    held.x = tall->x_test.data;
    if (rc == 0)
        rc = ana_gram_fit_create(ctx, tall->fold->n_train, tall->p, t, &tall->all, NULL,
                                 NULL, &fit);
    for (int64_t j = 0; rc == 0 && j < t; j++) {
        alpha[j] = tall->ridge->alphas[choice[j]];
        target[j] = j;
        mean[j] = tall->mean[j];
    }
    if (rc == 0)
        rc = ana_gram_fit_predict(ctx, &fit, &held, &(struct ana_pairs){t, alpha, target},
                                  keep_predictions, &keep);
    ana_gram_fit_finish(ctx, &fit);
    ana_free(ctx, alpha);
    ana_free(ctx, target);
    return rc;
}

int64_t ana_tall_bytes(const struct ana_space *space, const struct ana_fold *fold,
                       int64_t t, int64_t n_alphas)
{
    const int64_t n = fold->n_train, m = fold->n_test, p = ana_space_width(space);
    const int64_t pairs = n_alphas * t;
    const int64_t width = pairs < ANA_GRAM_COLUMNS ? pairs : ANA_GRAM_COLUMNS;
    int64_t held = 0, again = 0, sweep;

    for (int64_t j = 0; j < fold->n_inner; j++) {
        const struct ana_fold *inner = &fold->inner_folds[j];

        held = inner->n_test > held ? inner->n_test : held;
        if (ana_space_columns(space) == ANA_COLUMNS_MIXED)
            again = (inner->n_train + inner->n_test) * p;
    }
    sweep = (held + 2 * p) * width + (pairs > held ? held * p : 0);
    again += ana_fold_matrix_bytes(space, fold) / 8;
    /* X, sums, basis and LAPACK's 2 p^2 or a sweep; then y, pairs and predictions */
    return 8 *
           ((n + m) * p + again + 2 * p * p + (2 * p * p > sweep ? 2 * p * p : sweep) +
            ANA_GRAM_ROWS * p + (n + 2 * m + held) * t + 4 * p * t + 3 * pairs);
}

/* One fit from its sums: the eigenvectors, V'X'y, and the predictions of m rows for some
 * pairs of a penalty and a target, by whichever way `ana_gram_fit_predict` takes. */
static double fit_flops(int64_t p, int64_t t, int64_t m, int64_t pairs)
{
    const double fit = ana_eigh_flops(p) + ana_gemm_flops(p, t, p);

    return pairs > m
               ? fit + ana_gemm_flops(m, p, p) + ana_gemm_flops(m, pairs, p)
               : fit + ana_gemm_flops(p + 1, pairs, p) + ana_gemm_flops(m, pairs, p);
}

/* X'X and X'y of n rows. */
static double sum_flops(int64_t n, int64_t p, int64_t t)
{
    return ana_syrk_flops(p, n) + ana_gemm_flops(p, t, n);
}

double ana_tall_flops(const struct ana_space *space, const struct ana_fold *fold,
                      int64_t t, int64_t n_alphas)
{
    const int anew = ana_space_columns(space) == ANA_COLUMNS_MIXED;
    const int64_t p = ana_space_width(space);
    double total = ana_fold_matrix_flops(space, fold) + sum_flops(fold->n_train, p, t) +
                   fit_flops(p, t, fold->n_test, t);

    for (int64_t j = 0; n_alphas > 1 && j < fold->n_inner; j++) {
        const struct ana_fold *inner = &fold->inner_folds[j];

        if (anew)
            total += ana_fold_matrix_flops(space, inner);
        total += sum_flops(anew ? inner->n_train : fold->n_train - inner->n_train, p, t) +
                 fit_flops(p, t, inner->n_test, n_alphas * t);
    }
    return total;
}

double ana_tall_factor_flops(const struct ana_space *space, const struct ana_fold *fold,
                             int64_t n_alphas)
{
    const double each = ana_eigh_flops(ana_space_width(space));

    return each * (double)(1 + (n_alphas > 1 ? fold->n_inner : 0));
}
