/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Ridge through sums over rows: w = V (V'X'y / (lambda + alpha)) with X'X = V diag(lambda)
 * V' (Hoerl & Kennard 1970). Training sets that overlap share their sums, and the standard
 * scores of a subset follow from them: with m = mean x, D = diag(1 / SD x),
 *
 *     sum (x - m)(x - m)' = sum xx' - n m m',   Z'Z = D (..) D
 *
 * p features, t targets, r directions.
 */
#include "plugins/metrics/lib/gram.h"

#include <anaflow/linalg.h>
#include <float.h>
#include <math.h>
#include <string.h>

int ana_moments_create(struct ana_ctx *ctx, int64_t p, int64_t t,
                       struct ana_moments *moments)
{
    moments->gram = ana_alloc(ctx, p * p, sizeof(double));
    moments->xy = ana_alloc(ctx, p * t, sizeof(double));
    moments->sum_x = ana_alloc(ctx, p, sizeof(double));
    moments->sum_y = ana_alloc(ctx, t, sizeof(double));
    return moments->gram && moments->xy && moments->sum_x && moments->sum_y
               ? 0
               : ANA_ERESOURCE;
}

void ana_moments_finish(struct ana_ctx *ctx, struct ana_moments *moments)
{
    ana_free(ctx, moments->gram);
    ana_free(ctx, moments->xy);
    ana_free(ctx, moments->sum_x);
    ana_free(ctx, moments->sum_y);
    memset(moments, 0, sizeof *moments);
}

/* Rows [first, first + n) of the picked ones, side by side. */
static void take_chunk(const struct ana_picked *rows, const double *x, int64_t columns,
                       int64_t first, int64_t n, double *chunk)
{
    for (int64_t i = 0; i < n; i++)
        memcpy(chunk + i * columns,
               x + (rows->row ? rows->row[first + i] : first + i) * columns,
               (size_t)columns * sizeof *chunk);
}

static void add_rows(int64_t n, int64_t columns, const double *chunk, double *sum)
{
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < columns; k++)
            sum[k] += chunk[i * columns + k];
}

int ana_moments_sum(struct ana_ctx *ctx, const struct ana_picked *rows, int64_t t,
                    const double *y, struct ana_moments *moments)
{
    const int64_t p = rows->p;
    double *x_chunk = ana_alloc(ctx, ANA_GRAM_ROWS * p, sizeof *x_chunk);
    double *y_chunk = ana_alloc(ctx, ANA_GRAM_ROWS * t, sizeof *y_chunk);
    int rc = x_chunk && y_chunk ? 0 : ANA_ERESOURCE;

    memset(moments->gram, 0, (size_t)(p * p) * sizeof(double));
    memset(moments->xy, 0, (size_t)(p * t) * sizeof(double));
    memset(moments->sum_x, 0, (size_t)p * sizeof(double));
    memset(moments->sum_y, 0, (size_t)t * sizeof(double));
    for (int64_t first = 0; rc == 0 && first < rows->n; first += ANA_GRAM_ROWS) {
        const int64_t n =
            rows->n - first < ANA_GRAM_ROWS ? rows->n - first : ANA_GRAM_ROWS;

        take_chunk(rows, rows->x, p, first, n, x_chunk);
        take_chunk(rows, y, t, first, n, y_chunk);
        add_rows(n, p, x_chunk, moments->sum_x);
        add_rows(n, t, y_chunk, moments->sum_y);
        rc = ana_syrk(ctx, 1, p, n, 1, x_chunk, p, 1, moments->gram, p);
        if (rc == 0)
            rc = ana_gemm(ctx, 1, 0, p, t, n, 1, x_chunk, p, y_chunk, t, 1, moments->xy,
                          t);
    }
    ana_free(ctx, x_chunk);
    ana_free(ctx, y_chunk);
    return rc;
}

/* part = all - part, element by element. */
static void subtract(int64_t n, const double *all, double *part)
{
    for (int64_t i = 0; i < n; i++)
        part[i] = all[i] - part[i];
}

static void scale_moments(const struct ana_moments *all, struct ana_moments *part,
                          int64_t p, int64_t t, int64_t n, double *scale)
{
    for (int64_t k = 0; k < p; k++) {
        const double square = part->gram[k * p + k];

        scale[k] = square > 1e-12 * all->gram[k * p + k] ? sqrt((double)n / square) : 0;
    }
    for (int64_t k = 0; k < p; k++) {
        for (int64_t l = 0; l < p; l++)
            part->gram[k * p + l] *= scale[k] * scale[l];
        for (int64_t j = 0; j < t; j++)
            part->xy[k * t + j] *= scale[k];
    }
}

void ana_moments_remain(const struct ana_moments *all, struct ana_moments *part,
                        int64_t p, int64_t t, int64_t n, int centre, int scaled,
                        double *shift, double *scale, double *mean_y)
{
    subtract(p * p, all->gram, part->gram);
    subtract(p * t, all->xy, part->xy);
    subtract(p, all->sum_x, part->sum_x);
    subtract(t, all->sum_y, part->sum_y);
    for (int64_t j = 0; j < t; j++)
        mean_y[j] = part->sum_y[j] / (double)n;
    for (int64_t k = 0; k < p; k++) {
        shift[k] = centre ? part->sum_x[k] / (double)n : 0;
        scale[k] = 1;
    }
    for (int64_t k = 0; centre && k < p; k++) {
        const double sum = part->sum_x[k];

        for (int64_t l = 0; l < p; l++)
            part->gram[k * p + l] -= sum * shift[l];
        for (int64_t j = 0; j < t; j++)
            part->xy[k * t + j] -= sum * mean_y[j];
    }
    if (scaled)
        scale_moments(all, part, p, t, n, scale);
}

/* basis = scale * V, offset = shift' basis. */
static void scale_basis(const double *shift, const double *scale,
                        struct ana_gram_fit *fit)
{
    const int64_t p = fit->p;

    for (int64_t k = 0; scale && k < p; k++)
        for (int64_t l = 0; l < p; l++)
            fit->basis[k * p + l] *= scale[k];
    for (int64_t k = 0; shift && k < p; k++)
        for (int64_t l = 0; l < p; l++)
            fit->offset[l] += shift[k] * fit->basis[k * p + l];
}

int ana_gram_fit_create(struct ana_ctx *ctx, int64_t n, int64_t p, int64_t t,
                        struct ana_moments *moments, const double *shift,
                        const double *scale, struct ana_gram_fit *fit)
{
    int rc = ANA_ERESOURCE;

    *fit = (struct ana_gram_fit){.p = p, .t = t, .basis = moments->gram};
    moments->gram = NULL;
    fit->offset = ana_alloc(ctx, p, sizeof(double));
    fit->lambda = ana_alloc(ctx, p, sizeof(double));
    fit->c = ana_alloc(ctx, p * t, sizeof(double));
    fit->mean = ana_alloc(ctx, t, sizeof(double));
    if (!fit->offset || !fit->lambda || !fit->c || !fit->mean)
        return rc;
    rc = ana_eigh(ctx, p, fit->basis, p, fit->lambda);
    if (rc == 0)
        rc = ana_gemm(ctx, 1, 0, p, t, p, 1, fit->basis, p, moments->xy, t, 0, fit->c, t);
    if (rc != 0)
        return rc;
    while (fit->first < p &&
           fit->lambda[fit->first] <= DBL_EPSILON * (double)n * fit->lambda[p - 1])
        fit->first++;
    scale_basis(shift, scale, fit);
    return 0;
}

void ana_gram_fit_finish(struct ana_ctx *ctx, struct ana_gram_fit *fit)
{
    ana_free(ctx, fit->basis);
    ana_free(ctx, fit->offset);
    ana_free(ctx, fit->lambda);
    ana_free(ctx, fit->c);
    ana_free(ctx, fit->mean);
    memset(fit, 0, sizeof *fit);
}

/* Room for one block of pairs. With more pairs than rows the rows are rotated once
 * (2 n p r operations); else each pair gets weights (2 p r a pair). */
struct sweep {
    int64_t width;
    double *rotated;    /* n x p, or NULL */
    double *scaled;     /* p x width */
    double *weights;    /* p x width, or NULL */
    double *chunk;      /* ANA_GRAM_ROWS x p */
    double *prediction; /* n x width */
};

static void finish_sweep(struct ana_ctx *ctx, struct sweep *sweep)
{
    ana_free(ctx, sweep->rotated);
    ana_free(ctx, sweep->scaled);
    ana_free(ctx, sweep->weights);
    ana_free(ctx, sweep->chunk);
    ana_free(ctx, sweep->prediction);
}

/* out (n x columns) = rows * right (p x columns), less `less` in every row. */
static int multiply_rows(struct ana_ctx *ctx, const struct ana_picked *rows,
                         const double *right, int64_t columns, const double *less,
                         double *chunk, double *out)
{
    int rc = 0;

    for (int64_t first = 0; rc == 0 && first < rows->n; first += ANA_GRAM_ROWS) {
        const int64_t n =
            rows->n - first < ANA_GRAM_ROWS ? rows->n - first : ANA_GRAM_ROWS;

        take_chunk(rows, rows->x, rows->p, first, n, chunk);
        for (int64_t i = 0; i < n; i++)
            for (int64_t k = 0; k < columns; k++)
                out[(first + i) * columns + k] = -less[k];
        rc = ana_gemm(ctx, 0, 0, n, columns, rows->p, 1, chunk, rows->p, right, columns,
                      1, out + first * columns, columns);
    }
    return rc;
}

static int start_sweep(struct ana_ctx *ctx, const struct ana_gram_fit *fit,
                       const struct ana_picked *rows, int64_t pairs, struct sweep *sweep)
{
    const int64_t n = rows->n, p = rows->p;
    const int rotate = pairs > n;

    *sweep = (struct sweep){.width = pairs < ANA_GRAM_COLUMNS ? pairs : ANA_GRAM_COLUMNS};
    sweep->scaled = ana_alloc(ctx, p * sweep->width, sizeof(double));
    sweep->prediction = ana_alloc(ctx, n * sweep->width, sizeof(double));
    sweep->chunk = ana_alloc(ctx, ANA_GRAM_ROWS * p, sizeof(double));
    if (rotate)
        sweep->rotated = ana_alloc(ctx, n * p, sizeof(double));
    else
        sweep->weights = ana_alloc(ctx, (p + 1) * sweep->width, sizeof(double));
    if (!sweep->scaled || !sweep->prediction || !sweep->chunk ||
        !(rotate ? sweep->rotated : sweep->weights))
        return ANA_ERESOURCE;
    return rotate ? multiply_rows(ctx, rows, fit->basis, p, fit->offset, sweep->chunk,
                                  sweep->rotated)
                  : 0;
}

static int predict_block(struct ana_ctx *ctx, const struct ana_gram_fit *fit,
                         const struct ana_picked *rows, const double *alpha,
                         const int64_t *target, int64_t width, struct sweep *sweep)
{
    const int64_t p = fit->p, skip = fit->first, r = p - skip;
    double *shift = sweep->weights ? sweep->weights + p * width : NULL;
    int rc;

    for (int64_t k = 0; k < r; k++)
        for (int64_t i = 0; i < width; i++)
            sweep->scaled[k * width + i] = fit->c[(skip + k) * fit->t + target[i]] /
                                           (fit->lambda[skip + k] + alpha[i]);
    if (sweep->rotated)
        return ana_gemm(ctx, 0, 0, rows->n, width, r, 1, sweep->rotated + skip, p,
                        sweep->scaled, width, 0, sweep->prediction, width);
    rc = ana_gemm(ctx, 0, 0, p, width, r, 1, fit->basis + skip, p, sweep->scaled, width,
                  0, sweep->weights, width);
    if (rc == 0)
        rc = ana_gemm(ctx, 0, 0, 1, width, r, 1, fit->offset + skip, p, sweep->scaled,
                      width, 0, shift, width);
    if (rc == 0)
        rc = multiply_rows(ctx, rows, sweep->weights, width, shift, sweep->chunk,
                           sweep->prediction);
    return rc;
}

int ana_gram_fit_predict(struct ana_ctx *ctx, const struct ana_gram_fit *fit,
                         const struct ana_picked *rows, const struct ana_pairs *pairs,
                         void (*take)(void *arg, int64_t first, int64_t width,
                                      const double *prediction),
                         void *arg)
{
    struct sweep sweep;
    int rc = start_sweep(ctx, fit, rows, pairs->n, &sweep);

    for (int64_t first = 0; rc == 0 && first < pairs->n; first += sweep.width) {
        const int64_t width =
            pairs->n - first < sweep.width ? pairs->n - first : sweep.width;

        rc = predict_block(ctx, fit, rows, pairs->alpha + first, pairs->target + first,
                           width, &sweep);
        if (rc == 0)
            take(arg, first, width, sweep.prediction);
    }
    finish_sweep(ctx, &sweep);
    return rc;
}
