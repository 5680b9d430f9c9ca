/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Gram matrix, sums and cross products of a lagged matrix by shifts, and its product with
 * weights; no lagged matrix is made (predictions: a block of rows at a time).
 *
 * F features, D delays, p = D F, t targets.
 */
#include "plugins/metrics/trf/lagged.h"

#include <anaflow/linalg.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 256, COLUMNS = 128 };

static int ascending(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* A pair of delays: how far apart, and the places of both. */
struct apart {
    int64_t distance, d, e;
};

static int by_distance(const void *a, const void *b)
{
    const struct apart *x = a, *y = b;

    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    return (x->d > y->d) - (x->d < y->d);
}

static int make_chains(struct ana_ctx *ctx, struct lagged *l)
{
    const int64_t n = l->D * (l->D + 1) / 2;
    struct apart *all = ana_alloc(ctx, n, sizeof *all);
    int64_t k = 0;

    l->chain = ana_alloc(ctx, n + 1, sizeof *l->chain);
    l->pair = ana_alloc(ctx, 2 * n, sizeof *l->pair);
    if (!all || !l->chain || !l->pair) {
        ana_free(ctx, all);
        return ANA_ERESOURCE;
    }
    for (int64_t d = 0; d < l->D; d++)
        for (int64_t e = d; e < l->D; e++)
            all[k++] = (struct apart){l->delays[e] - l->delays[d], d, e};
    qsort(all, (size_t)n, sizeof *all, by_distance);
    for (k = 0; k < n; k++) {
        if (k == 0 || all[k].distance != all[k - 1].distance)
            l->chain[l->n_chains++] = k;
        l->pair[2 * k] = all[k].d;
        l->pair[2 * k + 1] = all[k].e;
    }
    l->chain[l->n_chains] = n;
    ana_free(ctx, all);
    return 0;
}

int lagged_create(struct ana_ctx *ctx, int64_t n_samples, int64_t n_rows, int64_t F,
                  const double *x, const int64_t *base, int64_t n_delays,
                  const int64_t *delays, struct lagged *out)
{
    *out = (struct lagged){.n_samples = n_samples,
                           .n_rows = n_rows,
                           .F = F,
                           .D = n_delays,
                           .p = n_delays * F,
                           .x = x,
                           .base = base};
    out->delays = ana_alloc(ctx, n_delays, sizeof *out->delays);
    if (!out->delays)
        return ANA_ERESOURCE;
    memcpy(out->delays, delays, (size_t)n_delays * sizeof *delays);
    qsort(out->delays, (size_t)n_delays, sizeof *delays, ascending);
    return make_chains(ctx, out);
}

void lagged_finish(struct ana_ctx *ctx, struct lagged *lagged)
{
    ana_free(ctx, lagged->delays);
    ana_free(ctx, lagged->chain);
    ana_free(ctx, lagged->pair);
    memset(lagged, 0, sizeof *lagged);
}

int lagged_sums_create(struct ana_ctx *ctx, int64_t p, int64_t t, int with_gram,
                       struct lagged_sums *out)
{
    *out = (struct lagged_sums){.gram = NULL};
    if (with_gram)
        out->gram = ana_alloc(ctx, p * p, sizeof *out->gram);
    out->sum = ana_alloc(ctx, p, sizeof *out->sum);
    out->cross = ana_alloc(ctx, p * t, sizeof *out->cross);
    out->y_sum = ana_alloc(ctx, 2 * t, sizeof *out->y_sum);
    if ((with_gram && !out->gram) || !out->sum || !out->cross || !out->y_sum)
        return ANA_ERESOURCE;
    out->y_square = out->y_sum + t;
    return 0;
}

void lagged_sums_zero(int64_t p, int64_t t, struct lagged_sums *sums)
{
    if (sums->gram)
        memset(sums->gram, 0, (size_t)(p * p) * sizeof *sums->gram);
    memset(sums->sum, 0, (size_t)p * sizeof *sums->sum);
    memset(sums->cross, 0, (size_t)(p * t) * sizeof *sums->cross);
    memset(sums->y_sum, 0, (size_t)(2 * t) * sizeof *sums->y_sum);
    sums->n = 0;
}

void lagged_sums_finish(struct ana_ctx *ctx, struct lagged_sums *sums)
{
    ana_free(ctx, sums->gram);
    ana_free(ctx, sums->sum);
    ana_free(ctx, sums->cross);
    ana_free(ctx, sums->y_sum);
    memset(sums, 0, sizeof *sums);
}

/* block (F x F) += sign x[at - d]' x[at - e] for `count` samples from `from` on. */
static void add_outer(const struct lagged *l, int64_t from, int64_t count, int64_t d,
                      int64_t e, double sign, double *block)
{
    const int64_t F = l->F;

    for (int64_t q = from; q < from + count; q++) {
        const double *a = l->x + (q - d) * F, *b = l->x + (q - e) * F;

        for (int64_t f = 0; f < F; f++) {
            const double v = sign * a[f];

            for (int64_t g = 0; g < F; g++)
                block[f * F + g] += v * b[g];
        }
    }
}

/* What one item of a sum needs. */
struct adding {
    const struct lagged *l;
    int64_t n, t, group; /* delays that are laid side by side at once */
    const int64_t *row;
    const double *y;
    double sign;
    struct lagged_sums *sums;
    double *start; /* D blocks F x F: x[base - e]' x[base - first delay]; NULL = none */
    int64_t n_runs;
    int64_t *run; /* n_runs + 1: where in `row` each unbroken stretch begins */
};

/* out (w x c) += sign Z'B for m rows, Z their lags k .. k + w / F: where these are several,
 * they are copied side by side. */
static int multiply(struct ana_ctx *ctx, const struct adding *a, int64_t from, int64_t m,
                    int64_t k, int64_t w, const double *z, const double *b, int64_t c,
                    double sign, double *out)
{
    const struct lagged *l = a->l;
    const double *x = w == l->F ? l->x + (from - l->delays[k]) * l->F : z;

    return c == 0 ? 0 : ana_gemm(ctx, 1, 0, w, c, m, sign, x, w, b, c, 1, out, c);
}

/* Sums and cross products at some delays, and their products with the first delay. */
static int add_delays(struct ana_ctx *ctx, const struct adding *a, int64_t i)
{
    const struct lagged *l = a->l;
    const int64_t F = l->F, k = i * a->group, t = a->t;
    const int64_t count = l->D - k < a->group ? l->D - k : a->group, w = count * F;
    double *z = ana_alloc(ctx, count > 1 ? ROWS * w : 1, sizeof *z);
    int rc = z ? 0 : ANA_ERESOURCE;

    for (int64_t r = 0; rc == 0 && r < a->n_runs; r++) {
        const int64_t end = a->run[r + 1];

        for (int64_t at = a->run[r]; rc == 0 && at < end; at += ROWS) {
            const int64_t m = end - at < ROWS ? end - at : ROWS;
            const int64_t from = l->base[a->row[at]];

            for (int64_t q = 0; q < m; q++)
                for (int64_t d = 0; d < count; d++) {
                    const double *x = l->x + (from + q - l->delays[k + d]) * F;

                    if (count > 1)
                        memcpy(z + q * w + d * F, x, (size_t)F * sizeof *z);
                    for (int64_t f = 0; f < F; f++)
                        a->sums->sum[(k + d) * F + f] += a->sign * x[f];
                }
            rc = multiply(ctx, a, from, m, k, w, z, a->y + a->row[at] * t, t, a->sign,
                          a->sums->cross + k * F * t);
            if (rc == 0 && a->start)
                rc = multiply(ctx, a, from, m, k, w, z, l->x + (from - l->delays[0]) * F,
                              F, 1, a->start + k * F * F);
        }
    }
    ana_free(ctx, z);
    return rc;
}

/* The block of a chain's first pair over all rows. */
static int begin_chain(struct ana_ctx *ctx, const struct adding *a, int64_t first,
                       double *block)
{
    const struct lagged *l = a->l;
    const int64_t F = l->F, d = l->pair[2 * first], e = l->pair[2 * first + 1];
    int rc = 0;

    memset(block, 0, (size_t)(F * F) * sizeof *block);
    for (int64_t f = 0; d == 0 && f < F; f++)
        for (int64_t g = 0; g < F; g++)
            block[f * F + g] = a->start[(e * F + g) * F + f];
    for (int64_t r = 0; d > 0 && rc == 0 && r < a->n_runs; r++) {
        const int64_t from = l->base[a->row[a->run[r]]];

        rc = ana_gemm(ctx, 1, 0, F, F, a->run[r + 1] - a->run[r], 1,
                      l->x + (from - l->delays[d]) * F, F,
                      l->x + (from - l->delays[e]) * F, F, 1, block, F);
    }
    return rc;
}

/* All pairs of delays of one chain: the first by a product, the others by shifts. */
static int add_chain(struct ana_ctx *ctx, const struct adding *a, int64_t c)
{
    const struct lagged *l = a->l;
    const int64_t F = l->F, first = l->chain[c];
    double *block = ana_alloc(ctx, F * F, sizeof *block);
    int rc = block ? begin_chain(ctx, a, first, block) : ANA_ERESOURCE;

    for (int64_t k = first; rc == 0 && k < l->chain[c + 1]; k++) {
        const int64_t d = l->delays[l->pair[2 * k]], e = l->delays[l->pair[2 * k + 1]];
        const int64_t before = k > first ? l->delays[l->pair[2 * k - 2]] : d;
        const int64_t step = d - before;
        double *to = a->sums->gram + l->pair[2 * k] * F * l->p + l->pair[2 * k + 1] * F;

        for (int64_t r = 0; step > 0 && r < a->n_runs; r++) {
            const int64_t from = l->base[a->row[a->run[r]]];
            const int64_t to_end = from + a->run[r + 1] - a->run[r];

            add_outer(l, from - step, step, before, before + (e - d), 1, block);
            add_outer(l, to_end - step, step, before, before + (e - d), -1, block);
        }
        for (int64_t f = 0; f < F; f++)
            for (int64_t g = 0; g < F; g++)
                to[f * l->p + g] += a->sign * block[f * F + g];
    }
    ana_free(ctx, block);
    return rc;
}

static int add_delays_item(struct ana_ctx *ctx, void *arg, int64_t i)
{
    return add_delays(ctx, arg, i);
}

static int add_chain_item(struct ana_ctx *ctx, void *arg, int64_t i)
{
    return add_chain(ctx, arg, i);
}

/* The unbroken stretches of rows. */
static int find_runs(struct ana_ctx *ctx, struct adding *a)
{
    const int64_t *row = a->row, *base = a->l->base;

    a->run = ana_alloc(ctx, a->n + 1, sizeof *a->run);
    for (int64_t i = 0; a->run && i < a->n; i++)
        if (i == 0 || row[i] != row[i - 1] + 1 || base[row[i]] != base[row[i - 1]] + 1)
            a->run[a->n_runs++] = i;
    if (a->run)
        a->run[a->n_runs] = a->n;
    return a->run ? 0 : ANA_ERESOURCE;
}

int lagged_add(struct ana_ctx *ctx, const struct lagged *l, int64_t n, const int64_t *row,
               int64_t t, const double *y, double sign, struct lagged_sums *sums)
{
    struct adding a = {l, n, t, 1, row, y, sign, sums, NULL, 0, NULL};
    int rc = find_runs(ctx, &a);

    a.group = l->F < COLUMNS ? COLUMNS / l->F : 1;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < t; j++) {
            const double v = y[row[i] * t + j];

            sums->y_sum[j] += sign * v;
            sums->y_square[j] += sign * v * v;
        }
    sums->n += sign * (double)n;
    if (rc == 0 && sums->gram) {
        a.start = ana_alloc(ctx, l->p * l->F, sizeof *a.start);
        rc = a.start ? 0 : ANA_ERESOURCE;
    }
    if (rc == 0)
        rc = ana_parallel_for(ctx, (l->D + a.group - 1) / a.group, add_delays_item, &a);
    if (rc == 0 && sums->gram)
        rc = ana_parallel_for(ctx, l->n_chains, add_chain_item, &a);
    ana_free(ctx, a.start);
    ana_free(ctx, a.run);
    return rc;
}

void lagged_mirror(int64_t p, int64_t F, double *gram)
{
    for (int64_t d = 0; d < p / F; d++)
        for (int64_t i = d * F; i < (d + 1) * F; i++)
            for (int64_t j = (d + 1) * F; j < p; j++)
                gram[j * p + i] = gram[i * p + j];
}

/* A block of rows, laid out lag by lag and multiplied. */
static int predict_block(struct ana_ctx *ctx, const struct lagged *l, int64_t n,
                         const int64_t *row, int64_t first, int64_t m, int64_t t,
                         const double *w, double *z, double *out)
{
    const int64_t F = l->F, width = m * F;

    for (int64_t i = 0; i < n; i++)
        for (int64_t d = 0; d < m; d++)
            memcpy(z + i * width + d * F,
                   l->x + (l->base[row[i]] - l->delays[first + d]) * F,
                   (size_t)F * sizeof *z);
    return ana_gemm(ctx, 0, 0, n, t, width, 1, z, width, w, t, 0, out, t);
}

int lagged_predict(struct ana_ctx *ctx, const struct lagged *l, int64_t n,
                   const int64_t *row, int64_t first, int64_t m, int64_t t,
                   const double *w, double *out)
{
    double *z = ana_alloc(ctx, ROWS * m * l->F, sizeof *z);
    int rc = z ? 0 : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < n; i += ROWS)
        rc = predict_block(ctx, l, n - i < ROWS ? n - i : ROWS, row + i, first, m, t, w,
                           z, out + i * t);
    ana_free(ctx, z);
    return rc;
}

double lagged_gram_flops(const struct lagged *l, double n)
{
    const double F = (double)l->F;
    double products = (double)l->D;

    for (int64_t c = 0; c < l->n_chains; c++)
        products += l->pair[2 * l->chain[c]] > 0;
    return 2 * n * F * F * products;
}
