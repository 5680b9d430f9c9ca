/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The matrices of an outer fold, made once for all draws.
 */
#include <anaflow/linalg.h>
#include <string.h>

#include "plugins/metrics/banded/bands.h"

enum { LARGE_ROWS = 1000 };

static void lay_side_by_side(const struct ana_tensor *from, int64_t rows, int64_t first,
                             int64_t column, int64_t p, double *x)
{
    const int64_t width = from->shape[1];
    const double *data = from->data;

    for (int64_t i = 0; i < rows; i++)
        memcpy(x + (first + i) * p + column, data + i * width,
               (size_t)width * sizeof *data);
}

static int take_band(struct ana_ctx *ctx, const struct ana_space *space, int64_t band,
                     struct bands_fold *out)
{
    struct ana_tensor x = {.dtype = ANA_F64}, x_test = {.dtype = ANA_F64};
    int rc = ana_fold_matrix(ctx, space, out->fold, &x, &x_test);

    if (rc == 0) {
        lay_side_by_side(&x, out->n, 0, out->start[band], out->p, out->x);
        lay_side_by_side(&x_test, out->m, out->n, out->start[band], out->p, out->x);
    }
    ana_tensor_finish(&x);
    ana_tensor_finish(&x_test);
    return rc;
}

static int make_kernel(struct ana_ctx *ctx, void *arg, int64_t b)
{
    struct bands_fold *fold = arg;
    const int64_t n = fold->n, first = fold->start[b];

    fold->kernel[b] = ana_alloc(ctx, n * n, sizeof(double));
    return fold->kernel[b] ? ana_syrk(ctx, 0, n, fold->start[b + 1] - first, 1,
                                      fold->x + first, fold->p, 0, fold->kernel[b], n)
                           : ANA_ERESOURCE;
}

int bands_by_kernel(int64_t n, int64_t p)
{
    return 2 * p >= n; /* no more than twice as many rows as features */
}

int bands_fold_create(struct ana_ctx *ctx, const struct bands *bands,
                      const struct ana_problem *problem, int64_t fold,
                      struct bands_fold *out)
{
    int rc = 0;

    *out = (struct bands_fold){.bands = bands, .fold = &problem->folds[fold]};
    out->n = out->fold->n_train;
    out->m = out->fold->n_test;
    out->large = problem->n_rows >= LARGE_ROWS;
    out->start = ana_alloc(ctx, bands->n_bands + 1, sizeof *out->start);
    if (!out->start)
        return ANA_ERESOURCE;
    for (int64_t b = 0; b < bands->n_bands; b++)
        out->start[b + 1] = out->start[b] + ana_space_width(problem->spaces[b]);
    out->p = out->start[bands->n_bands];
    out->x = ana_alloc(ctx, (out->n + out->m) * out->p, sizeof *out->x);
    out->mean = ana_alloc(ctx, out->p, sizeof *out->mean);
    if (!out->x || !out->mean)
        rc = ANA_ERESOURCE;
    for (int64_t b = 0; rc == 0 && b < bands->n_bands; b++)
        rc = take_band(ctx, problem->spaces[b], b, out);
    if (rc == 0 && bands->low && bands->low->n_low > 0)
        rc = bands_low_remove(ctx, bands->low, &bands->ridge, out->fold, out->p, out->x);
    if (rc == 0 && bands->ridge.intercept)
        ana_centre_columns(out->n, out->m, out->p, out->x, out->x + out->n * out->p,
                           out->mean);
    if (rc == 0 && out->large && bands_by_kernel(out->n, out->p)) {
        out->kernel = ana_alloc(ctx, bands->n_bands, sizeof *out->kernel);
        rc = out->kernel ? ana_parallel_for(ctx, bands->n_bands, make_kernel, out)
                         : ANA_ERESOURCE;
    }
    return rc;
}

void bands_fold_finish(struct ana_ctx *ctx, struct bands_fold *fold)
{
    for (int64_t b = 0; fold->kernel && b < fold->bands->n_bands; b++)
        ana_free(ctx, fold->kernel[b]);
    ana_free(ctx, fold->kernel);
    ana_free(ctx, fold->start);
    ana_free(ctx, fold->x);
    ana_free(ctx, fold->mean);
    memset(fold, 0, sizeof *fold);
}

void bands_gamma(const struct bands *bands, int64_t draw, uint32_t mask, double *gamma)
{
    double sum = 0;
    int64_t n = 0;

    for (int64_t b = 0; b < bands->n_bands; b++) {
        gamma[b] = mask >> b & 1 ? bands->gamma[draw * bands->n_bands + b] : 0;
        sum += gamma[b];
        n += mask >> b & 1;
    }
    for (int64_t b = 0; b < bands->n_bands; b++) {
        if (mask >> b & 1)
            gamma[b] = sum > 0 ? gamma[b] / sum : 1 / (double)n;
    }
}
