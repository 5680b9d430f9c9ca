/* SPDX-License-Identifier: BSD-3-Clause
 *
 * y'Dy = sum over blocks of rows y_I'(D_II y_I + 2 D_I,right y_right), with the products of
 * all penalties in one, so that targets are packed once for them.
 */
#include "plugins/metrics/lib/quadric.h"

#include <anaflow/linalg.h>
#include <math.h>
#include <string.h>

enum { COLUMNS = 512, ROWS = 4 }; /* whose products are added up at a time */

/* A block: its rows, those right of its first column, and how many stand before it. */
struct block {
    int64_t first, rows, right, before;
};

static struct block first_block(int64_t n)
{
    return (struct block){0, n < ANA_QUADRIC_ROWS ? n : ANA_QUADRIC_ROWS, n, 0};
}

static struct block next_block(int64_t n, const struct block *b)
{
    const int64_t first = b->first + b->rows, right = n - first;

    return (struct block){first, right < ANA_QUADRIC_ROWS ? right : ANA_QUADRIC_ROWS,
                          right, b->before + b->rows * b->right};
}

static int64_t cells_of(int64_t n)
{
    struct block b = first_block(n);

    while (b.rows > 0)
        b = next_block(n, &b);
    return b.before;
}

/* What a block has of the q-th penalty: rows x right. */
static float *part_of(const struct ana_quadric *quadric, const struct block *b, int64_t q)
{
    return quadric->parts + quadric->few.k * b->before + q * b->rows * b->right;
}

int ana_quadric_create(struct ana_ctx *ctx, int64_t n, int64_t n_alphas,
                       const double *alphas, double low, double high,
                       const struct ana_few_plan *plan, struct ana_quadric **out)
{
    struct ana_quadric *quadric = *out = ana_alloc(ctx, 1, sizeof *quadric);
    int rc;

    if (!quadric)
        return ANA_ERESOURCE;
    quadric->n = n;
    rc = ana_few_create(ctx, n_alphas, alphas, low, high, plan, &quadric->few);
    if (rc != 0)
        return rc;
    quadric->parts = ana_alloc(ctx, quadric->few.k * cells_of(n), sizeof(float));
    return quadric->parts ? 0 : ANA_ERESOURCE;
}

void ana_quadric_destroy(struct ana_ctx *ctx, struct ana_quadric *quadric)
{
    if (!quadric)
        return;
    ana_few_finish(ctx, &quadric->few);
    ana_free(ctx, quadric->parts);
    ana_free(ctx, quadric);
}

/* Whether a fold trains on one of the rows [first, first + n); from is the place in its list
 * where to look first, and after that where to look for rows behind these. */
static int trains(const struct ana_fold *fold, int64_t first, int64_t n, int64_t *from)
{
    const int64_t start = *from;

    while (*from < fold->n_train && fold->train[*from] < first + n)
        ++*from;
    return *from > start;
}

/* M'M / m. */
static int add_squares(struct ana_ctx *ctx, const struct ana_quadric *quadric, int64_t q,
                       const struct ana_fold *fold, const float *map)
{
    const int64_t n = quadric->n, m = fold->n_test;
    const float by = (float)(1 / (double)m);
    int64_t from = 0;
    int rc = 0;

    for (struct block b = first_block(n); rc == 0 && b.rows > 0; b = next_block(n, &b)) {
        float *to = part_of(quadric, &b, q);
        const float *own = map + b.first;

        if (!trains(fold, b.first, b.rows, &from))
            continue;
        rc = ana_gemm_f32(ctx, 1, 0, b.rows, b.rows, m, by, own, n, own, n, 1, to,
                          b.right);
        if (rc == 0 && b.right > b.rows)
            rc = ana_gemm_f32(ctx, 1, 0, b.rows, b.right - b.rows, m, 2 * by, own, n,
                              own + b.rows, n, 1, to + b.rows, b.right);
    }
    return rc;
}

/* - S'M / m - M'S / m in one block: the test rows [i, last) that are among its own rows,
 * which have both within the diagonal, and what others behind it have in its columns. */
static void add_cross(const struct block *b, int64_t n, const struct ana_fold *fold,
                      int64_t i, int64_t last, const float *map, float *to)
{
    const float by = (float)(1 / (double)fold->n_test);

    for (int64_t k = i; k < last; k++) {
        const float *row = map + k * n + b->first;
        float *own = to + (fold->test[k] - b->first) * b->right;

        for (int64_t j = 0; j < b->rows; j++)
            own[j] -= by * row[j];
        for (int64_t j = b->rows; j < b->right; j++)
            own[j] -= 2 * by * row[j];
    }
    for (int64_t r = 0; r < b->rows; r++) { /* a map's lines stay in the cache */
        const float *column = map + b->first + r;
        float *own = to + r * b->right;

        for (int64_t k = i; k < last; k++)
            own[fold->test[k] - b->first] -= by * column[k * n];
        for (int64_t k = last; k < fold->n_test; k++)
            own[fold->test[k] - b->first] -= 2 * by * column[k * n];
    }
}

/* (h'1'M + M'1h) / m in one block. */
static void add_means(const struct block *b, const double *mean, const double *sum,
                      float *to)
{
    for (int64_t r = 0; r < b->rows; r++) {
        const double own_mean = mean[b->first + r], own_sum = sum[b->first + r];
        float *own = to + r * b->right;

        for (int64_t j = 0; j < b->right; j++) {
            const int64_t at = b->first + j;
            const double both = own_mean * sum[at] + own_sum * mean[at];

            own[j] += (float)(j < b->rows ? both : 2 * both);
        }
    }
}

/* Both of all blocks. */
static int add_linear(struct ana_ctx *ctx, const struct ana_quadric *quadric, int64_t q,
                      const struct ana_fold *fold, int intercept, const float *map)
{
    const int64_t n = quadric->n, m = fold->n_test;
    double *mean = ana_alloc(ctx, 2 * n, sizeof *mean), *sum = mean + n;
    int64_t i = 0;

    if (!mean)
        return ANA_ERESOURCE;
    for (int64_t j = 0; j < fold->n_train; j++)
        mean[fold->train[j]] = 1 / (double)fold->n_train;
    for (int64_t k = 0; intercept && k < m; k++)
        for (int64_t j = 0; j < n; j++)
            sum[j] += (double)map[k * n + j] / (double)m;
    for (struct block b = first_block(n); b.rows > 0; b = next_block(n, &b)) {
        int64_t last = i;

        while (last < m && fold->test[last] < b.first + b.rows)
            last++;
        add_cross(&b, n, fold, i, last, map, part_of(quadric, &b, q));
        if (intercept)
            add_means(&b, mean, sum, part_of(quadric, &b, q));
        i = last;
    }
    ana_free(ctx, mean);
    return 0;
}

int ana_quadric_add(struct ana_ctx *ctx, struct ana_quadric *quadric, int64_t q,
                    const struct ana_fold *fold, int intercept, const float *map)
{
    const int rc = add_linear(ctx, quadric, q, fold, intercept, map);
    const int limit = quadric->few.pick[q] == quadric->few.n_alphas;

    return rc == 0 && !limit ? add_squares(ctx, quadric, q, fold, map) : rc;
}

/* sum (w) += y'z over the rows of both, a few of which float32 adds up as well as it holds
 * each. */
static void add_products(int64_t rows, int64_t w, int64_t step, const float *y,
                         const float *z, double *sum)
{
    int64_t i = 0;

    for (; i + ROWS <= rows; i += ROWS) {
        const float *y0 = y + i * step, *y1 = y0 + step, *y2 = y1 + step, *y3 = y2 + step;
        const float *z0 = z + i * step, *z1 = z0 + step, *z2 = z1 + step, *z3 = z2 + step;

        for (int64_t j = 0; j < w; j++)
            sum[j] += (double)((y0[j] * z0[j] + y1[j] * z1[j]) +
                               (y2[j] * z2[j] + y3[j] * z3[j]));
    }
    for (; i < rows; i++)
        for (int64_t j = 0; j < w; j++)
            sum[j] += (double)(y[i * step + j] * z[i * step + j]);
}

/* Of all the few (k x w), a block's; the columns stay in the cache. */
static void add_block(const struct block *b, int64_t k, int64_t w, const float *y,
                      const float *z, double *sum)
{
    for (int64_t j = 0; j < w; j += COLUMNS)
        for (int64_t q = 0; q < k; q++)
            add_products(b->rows, w - j < COLUMNS ? w - j : COLUMNS, w,
                         y + b->first * w + j, z + q * b->rows * w + j, sum + q * w + j);
}

int ana_quadric_errors(struct ana_ctx *ctx, const struct ana_quadric *quadric, int64_t w,
                       const float *y, float *room, double *errors)
{
    const struct ana_few *few = &quadric->few;
    const int64_t n = quadric->n, k = few->k;
    double *sum = ana_alloc(ctx, k * w, sizeof *sum);
    int rc = sum ? 0 : ANA_ERESOURCE;

    for (struct block b = first_block(n); rc == 0 && b.rows > 0; b = next_block(n, &b)) {
        rc = ana_gemm_f32(ctx, 0, 0, k * b.rows, w, b.right, 1, part_of(quadric, &b, 0),
                          b.right, y + b.first * w, w, 0, room, w);
        if (rc == 0)
            add_block(&b, k, w, y, room, sum);
    }
    for (int64_t a = 0; rc == 0 && a < few->n_alphas; a++)
        for (int64_t q = 0; q < k; q++) {
            const double by = few->weight[a * k + q];

            for (int64_t j = 0; (by > 0 || by < 0) && j < w; j++)
                errors[a * w + j] += by * sum[q * w + j];
        }
    ana_free(ctx, sum);
    return rc;
}

double ana_quadric_size(const struct ana_quadric *quadric, int64_t n_folds)
{
    const int64_t n = quadric->n;
    double most = 0;

    for (int64_t q = 0; q < quadric->few.k; q++) {
        double sum = 0;

        if (quadric->few.pick[q] == quadric->few.n_alphas)
            continue;
        for (struct block b = first_block(n); b.rows > 0; b = next_block(n, &b)) {
            const float *part = part_of(quadric, &b, q);

            for (int64_t r = 0; r < b.rows; r++)
                sum += (double)part[r * b.right + r];
        }
        most = fmax(most, sum / (double)n_folds);
    }
    return most;
}

int64_t ana_quadric_room(int64_t k)
{
    return k * ANA_QUADRIC_ROWS;
}

double ana_quadric_bytes(int64_t n, int64_t k)
{
    return 4 * (double)k * (double)cells_of(n);
}

double ana_quadric_target_flops(int64_t n, int64_t k)
{
    double flops = 0;

    for (struct block b = first_block(n); b.rows > 0; b = next_block(n, &b))
        flops += ana_gemm_flops(k * b.rows, 1, b.right);
    return flops;
}

double ana_quadric_add_flops(int64_t n, const struct ana_fold *fold)
{
    double flops = 0;
    int64_t from = 0;

    for (struct block b = first_block(n); b.rows > 0; b = next_block(n, &b))
        if (trains(fold, b.first, b.rows, &from))
            flops += ana_gemm_flops(b.rows, b.right, fold->n_test);
    return flops;
}
