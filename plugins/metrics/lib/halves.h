/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_HALVES_H
#define METRICS_HALVES_H

#include <anaflow/metric.h>

/* A product in float32 of a matrix that is used again and again: by seven products of its
 * halves instead of eight (Strassen 1969, in Winograd's form). A row is combined with the
 * one half the rows below it, a column with the one half the columns behind it, and
 * rounding is of the size of the larger of both: a column's last bits depend on the one it
 * is paired with, and a column of zeros gives such rounding rather than 0. Odd sizes are made
 * even by zeros. */
struct ana_halves {
    int64_t m, n; /* of the matrix: rows and columns, half of each rounded up */
    float *parts; /* 7 x m x n: what the right side's halves are multiplied by */
};

/* Room for a matrix, 0 yet.
 *
 * Owns:    the caller; release with `ana_halves_finish`, also after an error.
 * Threads: any. */
int ana_halves_create(struct ana_ctx *ctx, int64_t rows, int64_t columns,
                      struct ana_halves *halves);
/* Where a row's first n columns belong, and the others. */
void ana_halves_place(const struct ana_halves *halves, int64_t row, float **first,
                      float **second);
/* To be called before products for each row of the first half once, when it and that as far
 * down in the second half are there: for rows [first, last), others at the same time if need
 * be. */
void ana_halves_complete(const struct ana_halves *halves, int64_t first, int64_t last);
void ana_halves_finish(struct ana_ctx *ctx, struct ana_halves *halves);

/* c (2m x 2w) = a b. b (2n x 2w) is 0 in a last row or column that makes it even; room is
 * n x w. Threads: any. */
int ana_halves_multiply(struct ana_ctx *ctx, const struct ana_halves *halves, int64_t w,
                        const float *b, float *room, float *c);

/* Half of a size, rounded up. */
int64_t ana_half(int64_t size);
/* Bytes that are kept; operations of a target, two of which make one column of b's halves. */
double ana_halves_bytes(int64_t rows, int64_t columns);
double ana_halves_target_flops(int64_t rows, int64_t columns);

#endif
