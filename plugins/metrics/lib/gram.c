/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Sums over rows: X'X, XX' and X'Y. Blocks of the result are the items of a parallel
 * loop, chunks of rows (or columns) are added up in order inside each, so that the bits
 * are the same on any number of threads.
 */
#include "plugins/metrics/lib/gram.h"

#include <anaflow/linalg.h>
#include <string.h>

struct work {
    const struct ana_picked *rows, *more; /* of a kernel: the first and the last rows */
    double *out;
    int64_t n; /* all rows of a kernel */
    int64_t r;
    const double *basis, *offset;
    const float *basis_f32;
    float *rotated;
};

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t blocks(int64_t n)
{
    return (n + ANA_GRAM_BLOCK - 1) / ANA_GRAM_BLOCK;
}

static const float *row_of(const struct ana_picked *rows, int64_t i)
{
    return rows->x + (rows->row ? rows->row[i] : i) * rows->p;
}

/* How many picked rows from `first` on follow each other. */
static int64_t run_length(const struct ana_picked *rows, int64_t first)
{
    int64_t n = 1;

    if (!rows->row)
        return rows->n - first;
    while (first + n < rows->n && rows->row[first + n] == rows->row[first] + n)
        n++;
    return n;
}

/* chunk (n x columns) = the picked rows from `first` on, columns from `from` on. */
static void widen(const struct ana_picked *rows, int64_t first, int64_t n, int64_t from,
                  int64_t columns, double *chunk)
{
    for (int64_t i = 0; i < n; i++) {
        const float *x = row_of(rows, first + i) + from;

        for (int64_t k = 0; k < columns; k++)
            chunk[i * columns + k] = (double)x[k];
    }
}

static void mirror(int64_t n, double *c)
{
    enum { BLOCK = 64 };

    for (int64_t i0 = 0; i0 < n; i0 += BLOCK)
        for (int64_t j0 = 0; j0 <= i0; j0 += BLOCK)
            for (int64_t i = i0; i < least(n, i0 + BLOCK); i++)
                for (int64_t j = j0; j < least(i, j0 + BLOCK); j++)
                    c[i * n + j] = c[j * n + i];
}

/* Rows [from, from + BLOCK) of the upper triangle of X'X. Chunks are as large for narrow
 * blocks as for wide ones: so the next finds the memory that the last one left. */
static int gram_block(struct ana_ctx *ctx, void *arg, int64_t b)
{
    const struct work *work = arg;
    const int64_t p = work->rows->p, n = work->rows->n, from = b * ANA_GRAM_BLOCK;
    const int64_t width = p - from, high = least(width, ANA_GRAM_BLOCK);
    double *chunk = ana_alloc(ctx, least(n, ANA_GRAM_ROWS) * p, sizeof *chunk);
    int rc = chunk ? 0 : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < high; i++)
        memset(work->out + (from + i) * p + from, 0, (size_t)width * sizeof(double));
    for (int64_t first = 0; rc == 0 && first < n; first += ANA_GRAM_ROWS) {
        const int64_t count = least(n - first, ANA_GRAM_ROWS);

        widen(work->rows, first, count, from, width, chunk);
        rc = ana_gemm(ctx, 1, 0, high, width, count, 1, chunk, width, chunk, width, 1,
                      work->out + from * p + from, p);
    }
    ana_free(ctx, chunk);
    return rc;
}

int ana_gram(struct ana_ctx *ctx, const struct ana_picked *rows, double *gram,
             double *sum)
{
    struct work work = {.rows = rows, .out = gram};
    const int64_t p = rows->p;
    int rc = ana_parallel_for(ctx, blocks(p), gram_block, &work);

    if (rc != 0)
        return rc;
    mirror(p, gram);
    if (!sum)
        return 0;
    memset(sum, 0, (size_t)p * sizeof *sum);
    for (int64_t i = 0; i < rows->n; i++) {
        const float *x = row_of(rows, i);

        for (int64_t k = 0; k < p; k++)
            sum[k] += (double)x[k];
    }
    return 0;
}

/* chunk = the rows of a kernel from `from` on, columns from `first` on. */
static void widen_both(const struct work *work, int64_t from, int64_t first,
                       int64_t columns, double *chunk)
{
    const int64_t n = work->rows->n, begun = from > n ? from - n : 0;
    const int64_t above = from < n ? n - from : 0;

    if (above > 0)
        widen(work->rows, from, above, first, columns, chunk);
    if (work->more)
        widen(work->more, begun, work->more->n - begun, first, columns,
              chunk + above * columns);
}

/* Rows [from, from + BLOCK) of the upper triangle of XX'. */
static int kernel_block(struct ana_ctx *ctx, void *arg, int64_t b)
{
    const struct work *work = arg;
    const int64_t p = work->rows->p, n = work->n, from = b * ANA_GRAM_BLOCK;
    const int64_t high = least(n - from, ANA_GRAM_BLOCK);
    double *chunk = ana_alloc(ctx, n * least(p, ANA_GRAM_ROWS), sizeof *chunk);
    int rc = chunk ? 0 : ANA_ERESOURCE;

    for (int64_t first = 0; rc == 0 && first < p; first += ANA_GRAM_ROWS) {
        const int64_t columns = least(p - first, ANA_GRAM_ROWS);

        widen_both(work, from, first, columns, chunk);
        rc = ana_gemm(ctx, 0, 1, high, n - from, columns, 1, chunk, columns, chunk,
                      columns, first > 0, work->out + from * n + from, n);
    }
    ana_free(ctx, chunk);
    return rc;
}

int ana_kernel(struct ana_ctx *ctx, const struct ana_picked *rows,
               const struct ana_picked *more, double *kernel)
{
    struct work work = {
        .rows = rows, .more = more, .out = kernel, .n = rows->n + (more ? more->n : 0)};
    const int rc = ana_parallel_for(ctx, blocks(work.n), kernel_block, &work);

    if (rc == 0)
        mirror(work.n, kernel);
    return rc;
}

static int rotate_block(struct ana_ctx *ctx, void *arg, int64_t b)
{
    const struct work *work = arg;
    const int64_t p = work->rows->p, r = work->r, first = b * ANA_GRAM_BLOCK;
    const int64_t n = least(work->rows->n - first, ANA_GRAM_BLOCK);
    double *chunk = ana_alloc(ctx, n * p, sizeof *chunk);
    double *product = ana_alloc(ctx, n * r, sizeof *product);
    int rc = ANA_ERESOURCE;

    if (chunk && product) {
        widen(work->rows, first, n, 0, p, chunk);
        rc = ana_gemm(ctx, 0, 0, n, r, p, 1, chunk, p, work->basis, r, 0, product, r);
    }
    for (int64_t i = 0; rc == 0 && i < n; i++)
        for (int64_t k = 0; k < r; k++)
            work->rotated[(first + i) * r + k] =
                (float)(product[i * r + k] - work->offset[k]);
    ana_free(ctx, chunk);
    ana_free(ctx, product);
    return rc;
}

int ana_rotate(struct ana_ctx *ctx, const struct ana_picked *rows, int64_t r,
               const double *basis, const double *offset, float *out)
{
    struct work work = {
        .rows = rows, .r = r, .basis = basis, .offset = offset, .rotated = out};

    return ana_parallel_for(ctx, blocks(rows->n), rotate_block, &work);
}

/* Rows of a block in float32, whose products are short. */
enum { ROTATED = 2 * ANA_GRAM_BLOCK };

static int rotate_block_f32(struct ana_ctx *ctx, void *arg, int64_t b)
{
    const struct work *work = arg;
    const int64_t p = work->rows->p, r = work->r, first = b * ROTATED;
    const int64_t n = least(work->rows->n - first, ROTATED);
    const int apart = run_length(work->rows, first) < n;
    float *chunk = apart ? ana_alloc(ctx, n * p, sizeof *chunk) : NULL;
    float *to = work->rotated + first * r;
    int rc = apart && !chunk ? ANA_ERESOURCE : 0;

    for (int64_t i = 0; chunk && i < n; i++)
        memcpy(chunk + i * p, row_of(work->rows, first + i), (size_t)p * sizeof *chunk);
    if (rc == 0)
        rc =
            ana_gemm_f32(ctx, 0, 0, n, r, p, 1, chunk ? chunk : row_of(work->rows, first),
                         p, work->basis_f32, r, 0, to, r);
    for (int64_t i = 0; rc == 0 && i < n; i++)
        for (int64_t k = 0; k < r; k++)
            to[i * r + k] = (float)((double)to[i * r + k] - work->offset[k]);
    ana_free(ctx, chunk);
    return rc;
}

int ana_rotate_f32(struct ana_ctx *ctx, const struct ana_picked *rows, int64_t r,
                   const float *basis, const double *offset, float *out)
{
    struct work work = {
        .rows = rows, .r = r, .basis_f32 = basis, .offset = offset, .rotated = out};

    return ana_parallel_for(ctx, (rows->n + ROTATED - 1) / ROTATED, rotate_block_f32,
                            &work);
}

/* The sum over blocks of columns of ana_gemm_flops(block, columns from it on, n), in closed
 * form: p may be any number. */
double ana_gram_flops(int64_t n, int64_t p)
{
    const double whole = (double)(p / ANA_GRAM_BLOCK),
                 rest = (double)(p % ANA_GRAM_BLOCK);
    const double block = ANA_GRAM_BLOCK;

    return 2 * (double)n *
           (block * (whole * (double)p - block * whole * (whole - 1) / 2) + rest * rest);
}

double ana_kernel_flops(int64_t n, int64_t p)
{
    return ana_gram_flops(p, n);
}

/* Scattered rows are laid side by side first. */
static int cross_scattered(struct ana_ctx *ctx, const struct ana_picked *rows,
                           int64_t first, int64_t n, int64_t w, const float *y, float *c)
{
    const int64_t p = rows->p;
    float *xs = ana_alloc(ctx, n * p, sizeof *xs),
          *ys = ana_alloc(ctx, n * w, sizeof *ys);
    int rc = ANA_ERESOURCE;

    if (xs && ys) {
        for (int64_t i = 0; i < n; i++) {
            memcpy(xs + i * p, row_of(rows, first + i), (size_t)p * sizeof *xs);
            memcpy(ys + i * w, y + rows->row[first + i] * w, (size_t)w * sizeof *ys);
        }
        rc = ana_gemm_f32(ctx, 1, 0, p, w, n, 1, xs, p, ys, w, 1, c, w);
    }
    ana_free(ctx, xs);
    ana_free(ctx, ys);
    return rc;
}

/* Runs so long are not worth moving. */
enum { SHORT = 64 };

int64_t ana_cross_laid(const struct ana_picked *rows)
{
    for (int64_t first = 0; first < rows->n;) {
        const int64_t n = run_length(rows, first);

        if (n < SHORT && n < rows->n)
            return least(rows->n - first, ANA_GRAM_ROWS);
        first += n;
    }
    return 0;
}

int ana_cross(struct ana_ctx *ctx, const struct ana_picked *rows, int64_t w,
              const float *y, float *c)
{
    int rc = 0;

    for (int64_t first = 0; rc == 0 && first < rows->n;) {
        const int64_t at = rows->row ? rows->row[first] : first;
        int64_t n = run_length(rows, first);

        if (n >= SHORT || n == rows->n) {
            n = least(n, 4 * ANA_GRAM_ROWS);
            rc = ana_gemm_f32(ctx, 1, 0, rows->p, w, n, 1, rows->x + at * rows->p,
                              rows->p, y + at * w, w, 1, c, w);
        } else {
            n = least(rows->n - first, ANA_GRAM_ROWS);
            rc = cross_scattered(ctx, rows, first, n, w, y, c);
        }
        first += n;
    }
    return rc;
}
