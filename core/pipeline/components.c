/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Principal components, streamed: S = sum (x - c)(x - c)' by blocks of samples, c the
 * first block's mean, so that the products lose nothing where a mean is large; then
 * scatter = S - n m m', m the mean of x - c, and its eigenvectors.
 */
#include "pipeline/components.h"

#include <math.h>
#include <string.h>

#include <anaflow/linalg.h>

#include "base/context.h"

enum { BLOCK = 256 }; /* samples that are multiplied at a time */

struct ana_components {
    int64_t units, n, waiting; /* F; samples in all; of them in `block` */
    double *middle, *sum;      /* F: c; of x - c */
    double *products;          /* F x F: of x - c */
    double *block;             /* BLOCK x F */
};

int64_t ana_components_bytes(int64_t units)
{
    return 8 * units * (2 * units + BLOCK + 8) + 16 * units * units; /* and dsyevd's */
}

double ana_components_flops(int64_t units, double samples)
{
    return ana_syrk_flops(units, 1) * samples + ana_eigh_flops(units);
}

int ana_components_create(struct ana_ctx *ctx, int64_t units, struct ana_components **out)
{
    struct ana_components *c = *out = ana_alloc(ctx, 1, sizeof *c);

    if (!c)
        return ANA_ERESOURCE;
    if (ana_eigh_fits(ctx, units) != 0)
        return ANA_ERESOURCE;
    c->units = units;
    c->middle = ana_alloc(ctx, units, sizeof *c->middle);
    c->sum = ana_alloc(ctx, units, sizeof *c->sum);
    c->block = ana_alloc(ctx, BLOCK * units, sizeof *c->block);
    c->products = ana_alloc(ctx, units * units, sizeof *c->products);
    return c->middle && c->sum && c->block && c->products ? 0 : ANA_ERESOURCE;
}

void ana_components_destroy(struct ana_ctx *ctx, struct ana_components *c)
{
    if (!c)
        return;
    ana_free(ctx, c->middle);
    ana_free(ctx, c->sum);
    ana_free(ctx, c->block);
    ana_free(ctx, c->products);
    ana_free(ctx, c);
}

/* The samples that wait, into sum and products. */
static int add_block(struct ana_ctx *ctx, struct ana_components *c)
{
    const int64_t F = c->units, rows = c->waiting;

    if (c->n == rows)
        for (int64_t i = 0; i < rows * F; i++)
            c->middle[i % F] += c->block[i] / (double)rows;
    for (int64_t i = 0; i < rows * F; i++) {
        c->block[i] -= c->middle[i % F];
        c->sum[i % F] += c->block[i];
    }
    c->waiting = 0;
    return rows > 0 ? ana_syrk(ctx, 1, F, rows, 1, c->block, F, 1, c->products, F) : 0;
}

int ana_components_add(struct ana_ctx *ctx, struct ana_components *c, const float *x)
{
    double *row = c->block + c->waiting * c->units;

    for (int64_t f = 0; f < c->units; f++)
        row[f] = (double)x[f];
    c->n++;
    return ++c->waiting == BLOCK ? add_block(ctx, c) : 0;
}

/* Row i of `axes`: the eigenvector in column `column` of the row-major products. */
static void take_axis(const struct ana_components *c, int64_t column, float *axis)
{
    const int64_t F = c->units;
    int64_t most = 0;

    for (int64_t f = 0; f < F; f++)
        if (fabs(c->products[f * F + column]) > fabs(c->products[most * F + column]))
            most = f;
    for (int64_t f = 0; f < F; f++) {
        const double w = c->products[f * F + column];

        axis[f] = (float)(c->products[most * F + column] < 0 ? -w : w);
    }
}

static int check_directions(struct ana_ctx *ctx, const struct ana_components *c,
                            int64_t n, const double *values)
{
    const int64_t F = c->units;
    const double least = values[F - 1] > 0 ? 1e-12 * values[F - 1] : 0;
    int64_t rank = 0;

    for (int64_t f = 0; f < F; f++)
        rank += values[f] > least;
    if (rank >= n)
        return 0;
    return ana_fail(ctx, ANA_EDATA,
                    "%lld samples of %lld units vary in %lld directions only, and `pca "
                    "%lld` wants more; lower it or fit on more sounds",
                    (long long)c->n, (long long)F, (long long)rank, (long long)n);
}

int ana_components_solve(struct ana_ctx *ctx, struct ana_components *c, int64_t n,
                         struct ana_project **out, double *share)
{
    const int64_t F = c->units;
    double *values = ana_alloc(ctx, F, sizeof *values), all = 0;
    float *axes = ana_alloc(ctx, n * F, sizeof *axes);
    int rc = values && axes ? add_block(ctx, c) : ANA_ERESOURCE;

    *out = NULL;
    *share = 0;
    for (int64_t i = 0; rc == 0 && i < F * F; i++)
        c->products[i] -= c->sum[i / F] * c->sum[i % F] / (double)(c->n > 0 ? c->n : 1);
    if (rc == 0)
        rc = ana_eigh(ctx, F, c->products, F, values);
    if (rc == 0)
        rc = check_directions(ctx, c, n, values);
    for (int64_t f = 0; rc == 0 && f < F; f++) {
        all += fmax(values[f], 0);
        *share += f >= F - n ? fmax(values[f], 0) : 0;
        c->middle[f] += c->sum[f] / (double)c->n; /* the mean itself */
    }
    for (int64_t i = 0; rc == 0 && i < n; i++)
        take_axis(c, F - 1 - i, axes + i * F);
    if (rc == 0) {
        *share /= all;
        rc = ana_project_create_axes(ctx, F, n, c->middle, axes, out);
    }
    ana_free(ctx, values);
    ana_free(ctx, axes);
    return rc;
}
