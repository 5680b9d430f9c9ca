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

enum { ROWS = 256 };

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

/* The end of the unbroken stretch of rows that begins at place i. */
static int64_t run_end(const struct lagged *l, int64_t n, const int64_t *row, int64_t i)
{
    for (i++;
         i < n && row[i] == row[i - 1] + 1 && l->base[row[i]] == l->base[row[i - 1]] + 1;
         i++)
        ;
    return i;
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
    int64_t n, t;
    const int64_t *row;
    const double *y;
    double sign;
    struct lagged_sums *sums;
};

/* All pairs of delays of one chain, over all runs. */
static int add_chain(struct ana_ctx *ctx, const struct adding *a, int64_t c)
{
    const struct lagged *l = a->l;
    const int64_t F = l->F;
    double *block = ana_alloc(ctx, F * F, sizeof *block);
    int rc = block ? 0 : ANA_ERESOURCE;

    for (int64_t i = 0, end; rc == 0 && i < a->n; i = end) {
        const int64_t from = l->base[a->row[i]];
        int64_t before = 0, count;

        end = run_end(l, a->n, a->row, i);
        count = end - i;
        for (int64_t k = l->chain[c]; rc == 0 && k < l->chain[c + 1]; k++) {
            const int64_t d = l->delays[l->pair[2 * k]],
                          e = l->delays[l->pair[2 * k + 1]];
            const int64_t step = d - before;
            double *to =
                a->sums->gram + l->pair[2 * k] * F * l->p + l->pair[2 * k + 1] * F;

            if (k == l->chain[c] || 2 * step >= count) {
                rc = ana_gemm(ctx, 1, 0, F, F, count, 1, l->x + (from - d) * F, F,
                              l->x + (from - e) * F, F, 0, block, F);
            } else {
                add_outer(l, from - step, step, before, before + (e - d), 1, block);
                add_outer(l, from + count - step, step, before, before + (e - d), -1,
                          block);
            }
            before = d;
            for (int64_t f = 0; f < F; f++)
                for (int64_t g = 0; g < F; g++)
                    to[f * l->p + g] += a->sign * block[f * F + g];
        }
    }
    ana_free(ctx, block);
    return rc;
}

/* Sums and cross products at one delay. */
static int add_delay(struct ana_ctx *ctx, const struct adding *a, int64_t k)
{
    const struct lagged *l = a->l;
    const int64_t F = l->F, d = l->delays[k];
    double *sum = a->sums->sum + k * F;
    int rc = 0;

    for (int64_t i = 0, end; rc == 0 && i < a->n; i = end) {
        const double *x = l->x + (l->base[a->row[i]] - d) * F;

        end = run_end(l, a->n, a->row, i);
        for (int64_t r = 0; r < end - i; r++)
            for (int64_t f = 0; f < F; f++)
                sum[f] += a->sign * x[r * F + f];
        rc = ana_gemm(ctx, 1, 0, F, a->t, end - i, a->sign, x, F, a->y + a->row[i] * a->t,
                      a->t, 1, a->sums->cross + k * F * a->t, a->t);
    }
    return rc;
}

static int add_item(struct ana_ctx *ctx, void *arg, int64_t i)
{
    const struct adding *a = arg;

    return i < a->l->D ? add_delay(ctx, a, i) : add_chain(ctx, a, i - a->l->D);
}

int lagged_add(struct ana_ctx *ctx, const struct lagged *l, int64_t n, const int64_t *row,
               int64_t t, const double *y, double sign, struct lagged_sums *sums)
{
    struct adding a = {l, n, t, row, y, sign, sums};

    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < t; j++) {
            const double v = y[row[i] * t + j];

            sums->y_sum[j] += sign * v;
            sums->y_square[j] += sign * v * v;
        }
    sums->n += sign * (double)n;
    return ana_parallel_for(ctx, l->D + (sums->gram ? l->n_chains : 0), add_item, &a);
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

double lagged_flops(int64_t n, int64_t F, int64_t D, int64_t t, int with_gram)
{
    return 2 * (double)n * (double)F * (double)D *
           ((double)t + (with_gram ? (double)F : 0));
}

double lagged_loops(int64_t runs, int64_t F, int64_t D)
{
    return (double)runs * 3 * (double)D * (double)D * (double)F * (double)F / 2;
}
