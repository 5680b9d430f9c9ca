/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Leaving blocks out of dual ridge without a decomposition for each: the errors of the
 * rows L that are left out are A_LL^-1 (A y)_L with A = (K + alpha)^-1. An unpenalised
 * constant takes A1 1'A / 1'A1 off A.
 */
#include <anaflow/linalg.h>
#include <float.h>
#include <string.h>

#include "plugins/metrics/lib/map.h"
#include "plugins/metrics/lib/map_range.h"

struct leaving {
    int64_t n, n_folds, n_alphas;
    const struct ana_fold *folds;
    int intercept;
    double *own;    /* n x n */
    double *a;      /* n x n */
    double *u;      /* n */
    double *block;  /* most left out, squared */
    double *cross;  /* most left out x n */
    int64_t *left;  /* rows left out */
    int64_t *place; /* n: where a row stands in left */
    double trace;
};

/* a = (K + alpha)^-1, less what the constant takes. */
static int invert(struct ana_ctx *ctx, struct leaving *l, double alpha, int factor_only)
{
    const int64_t n = l->n;
    const double least = DBL_EPSILON * l->trace;
    double sum = 0;
    int rc;

    memcpy(l->a, l->own, (size_t)(n * n) * sizeof *l->a);
    for (int64_t i = 0; i < n; i++)
        l->a[i * n + i] += alpha > least ? alpha : least;
    rc = ana_cholesky(ctx, n, l->a, n);
    if (rc != 0 || factor_only)
        return rc;
    rc = ana_cholesky_inverse(ctx, n, l->a, n);
    if (rc != 0 || !l->intercept)
        return rc;
    memset(l->u, 0, (size_t)n * sizeof *l->u);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++)
            l->u[i] += l->a[i * n + j];
    for (int64_t i = 0; i < n; i++)
        sum += l->u[i];
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++)
            l->a[i * n + j] -= l->u[i] * l->u[j] / sum;
    return 0;
}

static int64_t list_left(struct leaving *l, const struct ana_fold *fold)
{
    int64_t n = 0, k = 0;

    for (int64_t i = 0; i < l->n; i++) {
        if (k < fold->n_train && fold->train[k] == i) {
            k++;
            continue;
        }
        l->place[i] = n;
        l->left[n++] = i;
    }
    return n;
}

/* One fold's map of one penalty: m x n_train. */
static int leave_out(struct ana_ctx *ctx, struct leaving *l, const struct ana_fold *fold,
                     float *map)
{
    const int64_t n = l->n, n_left = list_left(l, fold), n_train = fold->n_train;
    const double mean = l->intercept ? 1 / (double)n_train : 0;
    int rc;

    for (int64_t i = 0; i < n_left; i++) {
        const double *row = l->a + l->left[i] * n;

        for (int64_t j = 0; j < n_left; j++)
            l->block[i * n_left + j] = row[l->left[j]];
        for (int64_t j = 0; j < n_train; j++)
            l->cross[i * n_train + j] = row[fold->train[j]];
    }
    rc = ana_cholesky(ctx, n_left, l->block, n_left);
    if (rc == 0)
        rc =
            ana_cholesky_apply(ctx, n_left, n_train, l->block, n_left, l->cross, n_train);
    for (int64_t i = 0; rc == 0 && i < fold->n_test; i++)
        for (int64_t j = 0; j < n_train; j++)
            map[i * n_train + j] =
                (float)(-l->cross[l->place[fold->test[i]] * n_train + j] - mean);
    return rc;
}

static int open_leaving(struct ana_ctx *ctx, int64_t N, const double *kernel,
                        struct leaving *l)
{
    const int64_t n = l->n;
    int64_t most = 0;

    for (int64_t k = 0; k < l->n_folds; k++)
        most = n - l->folds[k].n_train > most ? n - l->folds[k].n_train : most;
    l->own = ana_alloc(ctx, n * n, sizeof(double));
    l->a = ana_alloc(ctx, n * n, sizeof(double));
    l->u = ana_alloc(ctx, n, sizeof(double));
    l->block = ana_alloc(ctx, most * most, sizeof(double));
    l->cross = ana_alloc(ctx, most * n, sizeof(double));
    l->left = ana_alloc(ctx, n, sizeof(int64_t));
    l->place = ana_alloc(ctx, n, sizeof(int64_t));
    if (!l->own || !l->a || !l->u || !l->block || !l->cross || !l->left || !l->place)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < n; i++) {
        memcpy(l->own + i * n, kernel + i * N, (size_t)n * sizeof(double));
        l->trace += kernel[i * N + i];
    }
    if (!(l->trace > 0))
        l->trace = 1; /* nothing moves */
    return 0;
}

static void close_leaving(struct ana_ctx *ctx, struct leaving *l)
{
    ana_free(ctx, l->own);
    ana_free(ctx, l->a);
    ana_free(ctx, l->u);
    ana_free(ctx, l->block);
    ana_free(ctx, l->cross);
    ana_free(ctx, l->left);
    ana_free(ctx, l->place);
}

/* Empty maps with the few penalties that they need. */
static int make_maps(struct ana_ctx *ctx, const struct leaving *l, const double *alphas,
                     double low, double high, struct ana_map **out)
{
    int rc = 0;

    for (int64_t k = 0; rc == 0 && k < l->n_folds; k++) {
        struct ana_map *map = out[k] = ana_alloc(ctx, 1, sizeof *map);

        rc = map ? ana_few_create(ctx, l->n_alphas, alphas, low, high, &map->few)
                 : ANA_ERESOURCE;
        if (rc != 0)
            return rc;
        map->n = l->folds[k].n_train;
        map->m = l->folds[k].n_test;
        map->maps = ana_alloc(ctx, map->few.k * map->m * map->n, sizeof(float));
        rc = map->maps ? 0 : ANA_ERESOURCE;
    }
    return rc;
}

int ana_map_leave_out(struct ana_ctx *ctx, int64_t N, const double *kernel, int64_t n,
                      int64_t n_folds, const struct ana_fold *folds, int intercept,
                      int64_t n_alphas, const double *alphas, struct ana_map **out)
{
    struct leaving l = {.n = n,
                        .n_folds = n_folds,
                        .n_alphas = n_alphas,
                        .folds = folds,
                        .intercept = intercept};
    double low, high;
    int rc = open_leaving(ctx, N, kernel, &l);

    memset(out, 0, (size_t)n_folds * sizeof(struct ana_map *));
    if (rc == 0)
        rc = invert(ctx, &l, alphas[0], 1);
    if (rc == 0)
        rc = ana_map_range(ctx, n, l.own, l.a, l.trace, alphas[0], &low, &high);
    if (rc == 0)
        rc = make_maps(ctx, &l, alphas, low, high, out);
    for (int64_t q = 0; rc == 0 && q < out[0]->few.k; q++) {
        rc = invert(ctx, &l, alphas[out[0]->few.pick[q]], 0);
        for (int64_t k = 0; rc == 0 && k < n_folds; k++)
            rc = leave_out(ctx, &l, &folds[k],
                           out[k]->maps + q * folds[k].n_test * folds[k].n_train);
    }
    close_leaving(ctx, &l);
    return rc;
}

double ana_map_leave_out_flops(int64_t n, int64_t n_folds, const struct ana_fold *folds,
                               int64_t k)
{
    double flops = ana_cholesky_flops(n, 2 * ANA_RANGE_TURNS * ANA_RANGE_VECTORS) +
                   3 * (double)k * ana_cholesky_flops(n, 0);

    for (int64_t j = 0; j < n_folds; j++)
        flops += (double)k * ana_cholesky_flops(n - folds[j].n_train, folds[j].n_train);
    return flops;
}
