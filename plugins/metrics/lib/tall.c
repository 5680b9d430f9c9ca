/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Primal ridge: w = V (V'X'y / (lambda + alpha)), X'X = V diag(lambda) V', with one
 * decomposition a set of training rows and all penalties from it (Hoerl & Kennard 1970).
 * The penalties of a group share one matrix product, since a few targets alone would
 * make it a thin one.
 *
 * n training rows, m held-out rows, p features, t targets, r directions.
 */
#include "plugins/metrics/lib/tall.h"

#include <anaflow/linalg.h>
#include <float.h>
#include <string.h>

/* Columns (penalties x targets) of one product. */
enum { COLUMNS = 1024 };

/* One training set: its held-out X and what a prediction needs. */
struct tall {
    int64_t n, m, p, t;
    int64_t first;            /* directions below it are rounding */
    struct ana_tensor x;      /* n x p, gone after the fit */
    struct ana_tensor x_test; /* m x p */
    double *v;                /* p x p, a direction a column, weakest first */
    double *lambda;           /* p */
    double *c;                /* p x t: V'X'y */
    double *mean;             /* t */
};

static void finish(struct ana_ctx *ctx, struct tall *tall)
{
    ana_tensor_finish(&tall->x);
    ana_tensor_finish(&tall->x_test);
    ana_free(ctx, tall->v);
    ana_free(ctx, tall->lambda);
    ana_free(ctx, tall->c);
    ana_free(ctx, tall->mean);
}

static int centred_x(struct ana_ctx *ctx, const struct ana_space *space,
                     const struct ana_fold *fold, int intercept, struct tall *tall)
{
    double *mean = ana_alloc(ctx, tall->p, sizeof *mean);
    int rc =
        mean ? ana_fold_matrix(ctx, space, fold, &tall->x, &tall->x_test) : ANA_ERESOURCE;

    if (rc == 0 && intercept)
        ana_centre_columns(tall->n, tall->m, tall->p, tall->x.data, tall->x_test.data,
                           mean);
    ana_free(ctx, mean);
    return rc;
}

/* X'y of the centred training rows, p x t. */
static int cross_products(struct ana_ctx *ctx, const struct ana_fold *fold, int intercept,
                          const struct ana_tensor *y, struct tall *tall, double *xy)
{
    double *own = ana_alloc(ctx, tall->n * tall->t, sizeof *own);
    int rc = ANA_ERESOURCE;

    if (own) {
        ana_take_rows(y, tall->n, fold->train, own);
        if (intercept)
            ana_centre_columns(tall->n, 0, tall->t, own, NULL, tall->mean);
        rc = ana_gemm(ctx, 1, 0, tall->p, tall->t, tall->n, 1, tall->x.data, tall->p, own,
                      tall->t, 0, xy, tall->t);
    }
    ana_free(ctx, own);
    return rc;
}

static int decompose(struct ana_ctx *ctx, struct tall *tall)
{
    const int64_t p = tall->p;
    int rc = ana_syrk(ctx, 1, p, tall->n, 1, tall->x.data, p, 0, tall->v, p);

    ana_tensor_finish(&tall->x);
    if (rc == 0)
        rc = ana_eigh(ctx, p, tall->v, p, tall->lambda);
    if (rc != 0)
        return rc;
    while (tall->first < p && tall->lambda[tall->first] <=
                                  DBL_EPSILON * (double)tall->n * tall->lambda[p - 1])
        tall->first++;
    return 0;
}

static int fit(struct ana_ctx *ctx, const struct ana_space *space,
               const struct ana_fold *fold, const struct ana_ridge *ridge,
               const struct ana_tensor *y, struct tall *tall)
{
    const int64_t p = ana_space_width(space), t = y->shape[1];
    double *xy = ana_alloc(ctx, p * t, sizeof *xy);
    int rc = ANA_ERESOURCE;

    *tall = (struct tall){.n = fold->n_train, .m = fold->n_test, .p = p, .t = t};
    tall->x.dtype = tall->x_test.dtype = ANA_F64;
    tall->v = ana_alloc(ctx, p * p, sizeof *tall->v);
    tall->lambda = ana_alloc(ctx, p, sizeof *tall->lambda);
    tall->c = ana_alloc(ctx, p * t, sizeof *tall->c);
    tall->mean = ana_alloc(ctx, t, sizeof *tall->mean);
    if (xy && tall->v && tall->lambda && tall->c && tall->mean)
        rc = centred_x(ctx, space, fold, ridge->intercept, tall);
    if (rc == 0)
        rc = cross_products(ctx, fold, ridge->intercept, y, tall, xy);
    if (rc == 0)
        rc = decompose(ctx, tall);
    if (rc == 0)
        rc = ana_gemm(ctx, 1, 0, p, t, p, 1, tall->v, p, xy, t, 0, tall->c, t);
    ana_free(ctx, xy);
    return rc;
}

/* Room for one group of penalties and one block of targets. */
struct sweep {
    int64_t width;      /* columns of the group */
    int64_t rotated;    /* 1 = held-out rows as T = X_test V, else through weights */
    double *t;          /* m x p, if rotated */
    double *scaled;     /* p x width */
    double *weights;    /* p x width, unless rotated */
    double *prediction; /* m x width */
};

static void finish_sweep(struct ana_ctx *ctx, struct sweep *sweep)
{
    ana_free(ctx, sweep->t);
    ana_free(ctx, sweep->scaled);
    ana_free(ctx, sweep->weights);
    ana_free(ctx, sweep->prediction);
}

/* T costs 2 m p r once, weights 2 p r a column. */
static int start_sweep(struct ana_ctx *ctx, const struct tall *tall, int64_t columns,
                       struct sweep *sweep)
{
    const int64_t m = tall->m, p = tall->p;

    *sweep = (struct sweep){.width = columns < COLUMNS ? columns : COLUMNS,
                            .rotated = columns > m};
    sweep->scaled = ana_alloc(ctx, p * sweep->width, sizeof(double));
    sweep->prediction = ana_alloc(ctx, m * sweep->width, sizeof(double));
    if (sweep->rotated)
        sweep->t = ana_alloc(ctx, m * p, sizeof(double));
    else
        sweep->weights = ana_alloc(ctx, p * sweep->width, sizeof(double));
    if (!sweep->scaled || !sweep->prediction ||
        !(sweep->rotated ? sweep->t : sweep->weights))
        return ANA_ERESOURCE;
    return !sweep->rotated ? 0
                           : ana_gemm(ctx, 0, 0, m, p, p, 1, tall->x_test.data, p,
                                      tall->v, p, 0, sweep->t, p);
}

/* Held-out predictions of `width` columns; column i has penalty alpha[i] and target
 * target[i]. */
static int predict(struct ana_ctx *ctx, const struct tall *tall, struct sweep *sweep,
                   int64_t width, const double *alpha, const int64_t *target)
{
    const int64_t m = tall->m, p = tall->p, r = p - tall->first, skip = tall->first;
    int rc;

    for (int64_t k = 0; k < r; k++)
        for (int64_t i = 0; i < width; i++)
            sweep->scaled[k * width + i] = tall->c[(skip + k) * tall->t + target[i]] /
                                           (tall->lambda[skip + k] + alpha[i]);
    if (sweep->rotated)
        return ana_gemm(ctx, 0, 0, m, width, r, 1, sweep->t + skip, p, sweep->scaled,
                        width, 0, sweep->prediction, width);
    rc = ana_gemm(ctx, 0, 0, p, width, r, 1, tall->v + skip, p, sweep->scaled, width, 0,
                  sweep->weights, width);
    if (rc == 0)
        rc = ana_gemm(ctx, 0, 0, m, width, p, 1, tall->x_test.data, p, sweep->weights,
                      width, 0, sweep->prediction, width);
    return rc;
}

/* Add the losses of every (penalty, target) pair, COLUMNS of them at a time. */
static int add_losses(struct ana_ctx *ctx, const struct tall *tall,
                      const struct ana_ridge *ridge, const double *y_test,
                      const double *weight, double *curve)
{
    const int64_t t = tall->t, pairs = ridge->n_alphas * t;
    double *alpha = ana_alloc(ctx, COLUMNS, sizeof *alpha);
    int64_t *target = ana_alloc(ctx, COLUMNS, sizeof *target);
    struct sweep sweep = {0};
    int rc = alpha && target ? start_sweep(ctx, tall, pairs, &sweep) : ANA_ERESOURCE;

    for (int64_t first = 0; rc == 0 && first < pairs; first += sweep.width) {
        const int64_t width = pairs - first < sweep.width ? pairs - first : sweep.width;

        for (int64_t i = 0; i < width; i++) {
            alpha[i] = ridge->alphas[(first + i) / t];
            target[i] = (first + i) % t;
        }
        rc = predict(ctx, tall, &sweep, width, alpha, target);
        for (int64_t i = 0; rc == 0 && i < tall->m; i++)
            for (int64_t k = 0; k < width; k++) {
                const int64_t j = target[k];
                const double error =
                    y_test[i * t + j] - tall->mean[j] - sweep.prediction[i * width + k];

                curve[first + k] += error * error * weight[j];
            }
    }
    finish_sweep(ctx, &sweep);
    ana_free(ctx, alpha);
    ana_free(ctx, target);
    return rc;
}

static int add_inner(struct ana_ctx *ctx, const struct ana_space *space,
                     const struct ana_fold *inner, const struct ana_ridge *ridge,
                     const struct ana_tensor *y, double *curve, int64_t *counted)
{
    const int64_t m = inner->n_test, t = y->shape[1];
    double *y_test = ana_alloc(ctx, m * t, sizeof *y_test);
    double *weight = ana_alloc(ctx, t, sizeof *weight);
    struct tall tall = {0};
    int rc = y_test && weight ? fit(ctx, space, inner, ridge, y, &tall) : ANA_ERESOURCE;

    if (rc == 0) {
        ana_take_rows(y, m, inner->test, y_test);
        ana_loss_weight(ridge->loss, m, t, y_test, weight);
        for (int64_t j = 0; j < t; j++)
            counted[j] += weight[j] > 0;
        rc = add_losses(ctx, &tall, ridge, y_test, weight, curve);
    }
    finish(ctx, &tall);
    ana_free(ctx, y_test);
    ana_free(ctx, weight);
    return rc;
}

int ana_tall_curve(struct ana_ctx *ctx, const struct ana_space *space,
                   const struct ana_fold *fold, const struct ana_ridge *ridge,
                   const struct ana_tensor *y, double *curve)
{
    const int64_t t = y->shape[1];
    int64_t *counted = ana_alloc(ctx, t, sizeof *counted);
    int rc = counted ? 0 : ANA_ERESOURCE;

    memset(curve, 0, (size_t)(ridge->n_alphas * t) * sizeof *curve);
    for (int64_t j = 0; rc == 0 && j < fold->n_inner; j++) {
        struct ana_fold inner = {0};

        ana_context_push(ctx, "inner fold %lld", (long long)j);
        rc = ana_split_inner_fold(ctx, fold, j, &inner);
        if (rc == 0)
            rc = add_inner(ctx, space, &inner, ridge, y, curve, counted);
        ana_split_inner_free(ctx, &inner);
        ana_context_pop(ctx);
        if (rc == 0 && ana_cancelled(ctx))
            rc = ana_fail(ctx, ANA_ECANCEL, "the run was interrupted");
    }
    if (rc == 0)
        ana_loss_mean(ridge->n_alphas, t, counted, curve);
    ana_free(ctx, counted);
    return rc;
}

int ana_tall_predict(struct ana_ctx *ctx, const struct ana_space *space,
                     const struct ana_fold *fold, const struct ana_ridge *ridge,
                     const struct ana_tensor *y, const int64_t *choice,
                     double *prediction, double *mean)
{
    const int64_t m = fold->n_test, t = y->shape[1];
    double *alpha = ana_alloc(ctx, t, sizeof *alpha);
    int64_t *target = ana_alloc(ctx, t, sizeof *target);
    struct tall tall = {0};
    struct sweep sweep = {0};
    int rc = alpha && target ? fit(ctx, space, fold, ridge, y, &tall) : ANA_ERESOURCE;

    if (rc == 0)
        rc = start_sweep(ctx, &tall, t, &sweep);
    for (int64_t first = 0; rc == 0 && first < t; first += sweep.width) {
        const int64_t width = t - first < sweep.width ? t - first : sweep.width;

        for (int64_t i = 0; i < width; i++) {
            alpha[i] = ridge->alphas[choice[first + i]];
            target[i] = first + i;
        }
        rc = predict(ctx, &tall, &sweep, width, alpha, target);
        for (int64_t i = 0; rc == 0 && i < m; i++)
            memcpy(prediction + i * t + first, sweep.prediction + i * width,
                   (size_t)width * sizeof *prediction);
    }
    if (rc == 0)
        memcpy(mean, tall.mean, (size_t)t * sizeof *mean);
    finish_sweep(ctx, &sweep);
    finish(ctx, &tall);
    ana_free(ctx, alpha);
    ana_free(ctx, target);
    return rc;
}

int64_t ana_tall_bytes(const struct ana_fold *fold, int64_t p, int64_t t,
                       int64_t n_alphas)
{
    const int64_t n = fold->n_train, m = fold->n_test, pairs = n_alphas * t;
    const int64_t width = pairs < COLUMNS ? pairs : COLUMNS;
    const int64_t making = (n + m) * p + p * p + n * t; /* X and V, then Y */
    const int64_t solving = m * p + 3 * p * p;          /* X is gone; LAPACK's 2 p^2 */
    const int64_t sweeping = m * p * (pairs > m ? 2 : 1) + p * p + (m + 2 * p) * width;
    int64_t peak = making > solving ? making : solving;

    peak = peak > sweeping ? peak : sweeping;
    return 8 * (peak + 2 * p * t + (m + n_alphas) * t);
}

double ana_tall_flops(const struct ana_fold *fold, int64_t p, int64_t t, int64_t n_alphas)
{
    const double f = (double)p, pairs = (double)(n_alphas * t);
    double total = 0;

    for (int64_t j = -1; j < fold->n_inner; j++) {
        const struct ana_fold *rows = j < 0 ? fold : &fold->inner_folds[j];
        const double n = (double)rows->n_train, m = (double)rows->n_test;

        total += n * f * f + 9 * f * f * f + 2 * n * f * (double)t;
        total += j < 0 ? 2 * (m + f) * f * (double)t : 2 * (m + f) * f * pairs;
    }
    return total;
}
