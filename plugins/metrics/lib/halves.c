/* SPDX-License-Identifier: BSD-3-Clause
 *
 * With the quarters of both sides, S1 = A21 + A22, S2 = S1 - A11, S3 = A11 - A21,
 * S4 = A12 - S2 and T1 = B12 - B11, T2 = B22 - T1, T3 = B22 - B12, T4 = T2 - B21:
 *
 *     C11 = A11 B11 + A12 B21             U = A11 B11 + S2 T2
 *     C12 = U + S1 T1 + S4 B22            C21 = U + S3 T3 - A22 T4
 *     C22 = U + S3 T3 + S1 T1
 *
 * A21 itself is not needed. Sums are left to the products where these can add up.
 */
#include "plugins/metrics/lib/halves.h"

#include <anaflow/linalg.h>
#include <string.h>

enum { A11, A12, A22, S1, S2, S3, S4, PARTS };

int64_t ana_half(int64_t size)
{
    return (size + 1) / 2;
}

static const float *part_of(const struct ana_halves *halves, int part)
{
    return halves->parts + part * halves->m * halves->n;
}

int ana_halves_create(struct ana_ctx *ctx, int64_t rows, int64_t columns,
                      struct ana_halves *halves)
{
    const int64_t m = ana_half(rows), n = ana_half(columns);

    *halves = (struct ana_halves){.m = m, .n = n};
    halves->parts = ana_alloc(ctx, PARTS * m * n, sizeof *halves->parts);
    return halves->parts ? 0 : ANA_ERESOURCE;
}

/* A21 waits where S1 will be. */
void ana_halves_place(const struct ana_halves *halves, int64_t row, float **first,
                      float **second)
{
    const int64_t cells = halves->m * halves->n;
    const int below = row >= halves->m;
    float *at = halves->parts + (row - (below ? halves->m : 0)) * halves->n;

    *first = at + (below ? S1 : A11) * cells;
    *second = at + (below ? A22 : A12) * cells;
}

void ana_halves_complete(const struct ana_halves *halves, int64_t first, int64_t last)
{
    const int64_t cells = halves->m * halves->n;
    float *part = halves->parts;

    for (int64_t i = first * halves->n; i < last * halves->n; i++) {
        const float a11 = part[A11 * cells + i], a12 = part[A12 * cells + i];
        const float a21 = part[S1 * cells + i], a22 = part[A22 * cells + i];
        const double s2 = (double)a21 + (double)a22 - (double)a11;

        part[S1 * cells + i] = a21 + a22;
        part[S2 * cells + i] = (float)s2;
        part[S3 * cells + i] = a11 - a21;
        part[S4 * cells + i] = (float)((double)a12 - s2);
    }
}

void ana_halves_finish(struct ana_ctx *ctx, struct ana_halves *halves)
{
    ana_free(ctx, halves->parts);
    memset(halves, 0, sizeof *halves);
}

/* T1 to T4 (n x w) of the quarters of b. */
static void combine(int which, int64_t n, int64_t w, const float *b, float *t)
{
    for (int64_t i = 0; i < n; i++) {
        const float *b11 = b + i * 2 * w, *b12 = b11 + w;
        const float *b21 = b + (n + i) * 2 * w, *b22 = b21 + w;
        float *to = t + i * w;

        for (int64_t j = 0; which == 1 && j < w; j++)
            to[j] = b12[j] - b11[j];
        for (int64_t j = 0; which == 2 && j < w; j++)
            to[j] = b22[j] - (b12[j] - b11[j]);
        for (int64_t j = 0; which == 3 && j < w; j++)
            to[j] = b22[j] - b12[j];
        for (int64_t j = 0; which == 4 && j < w; j++)
            to[j] = (b22[j] - (b12[j] - b11[j])) - b21[j];
    }
}

/* A product of halves that is added to c, or is it (beta 0). */
static int multiply(struct ana_ctx *ctx, const struct ana_halves *halves, int part,
                    int64_t w, const float *b, int64_t stride, float sign, float beta,
                    float *c)
{
    return ana_gemm_f32(ctx, 0, 0, halves->m, w, halves->n, sign, part_of(halves, part),
                        halves->n, b, stride, beta, c, 2 * w);
}

/* The same of T1 to T4. */
static int multiply_sum(struct ana_ctx *ctx, const struct ana_halves *halves, int part,
                        int64_t w, const float *b, int which, float *room, float beta,
                        float *c)
{
    combine(which, halves->n, w, b, room);
    return multiply(ctx, halves, part, w, room, w, which == 4 ? -1 : 1, beta, c);
}

/* c = a + b, each m x w of a matrix twice as wide. */
static void add(int64_t m, int64_t w, const float *a, const float *b, float *c)
{
    for (int64_t i = 0; i < m * 2 * w; i += 2 * w)
        for (int64_t j = i; j < i + w; j++)
            c[j] = a[j] + b[j];
}

int ana_halves_multiply(struct ana_ctx *ctx, const struct ana_halves *halves, int64_t w,
                        const float *b, float *room, float *c)
{
    const int64_t m = halves->m, n = halves->n;
    const float *b11 = b, *b21 = b + n * 2 * w, *b22 = b21 + w;
    float *c11 = c, *c12 = c + w, *c21 = c + m * 2 * w, *c22 = c21 + w;
    int rc = multiply(ctx, halves, A11, w, b11, 2 * w, 1, 0, c21);

    for (int64_t i = 0; rc == 0 && i < m; i++)
        memcpy(c11 + i * 2 * w, c21 + i * 2 * w, (size_t)w * sizeof *c);
    if (rc == 0)
        rc = multiply(ctx, halves, A12, w, b21, 2 * w, 1, 1, c11);
    if (rc == 0) /* U */
        rc = multiply_sum(ctx, halves, S2, w, b, 2, room, 1, c21);
    if (rc == 0)
        rc = multiply_sum(ctx, halves, S1, w, b, 1, room, 0, c22);
    if (rc != 0)
        return rc;
    add(m, w, c21, c22, c12);
    rc = multiply(ctx, halves, S4, w, b22, 2 * w, 1, 1, c12);
    if (rc == 0)
        rc = multiply_sum(ctx, halves, S3, w, b, 3, room, 1, c21);
    if (rc != 0)
        return rc;
    add(m, w, c21, c22, c22);
    return multiply_sum(ctx, halves, A22, w, b, 4, room, 1, c21);
}

double ana_halves_bytes(int64_t rows, int64_t columns)
{
    return PARTS * 4 * (double)ana_half(rows) * (double)ana_half(columns);
}

double ana_halves_target_flops(int64_t rows, int64_t columns)
{
    return PARTS * ana_gemm_flops(ana_half(rows), 1, ana_half(columns)) / 2;
}
