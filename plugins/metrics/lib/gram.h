/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_GRAM_H
#define METRICS_GRAM_H

#include <anaflow/metric.h>

/* Chosen rows of a float32 matrix. What is summed over them is summed in float64, in
 * their order, on all workers; the bits do not depend on how many there are. */
struct ana_picked {
    const float *x;     /* p columns */
    const int64_t *row; /* n row numbers, ascending; NULL = 0 .. n - 1 */
    int64_t n, p;
};

/* gram (p x p, both triangles) = X'X and sum (p; may be NULL) = X'1. */
int ana_gram(struct ana_ctx *ctx, const struct ana_picked *rows, double *gram,
             double *sum);

/* kernel (n x n, both triangles) = XX' of the rows and, below them, of `more` (or NULL), a
 * matrix of as many columns; n counts both. */
int ana_kernel(struct ana_ctx *ctx, const struct ana_picked *rows,
               const struct ana_picked *more, double *kernel);

/* out (n x r) = X basis - 1 offset'; basis p x r, offset r. Products in float64: columns
 * that are small beside the others keep the digits of float32. */
int ana_rotate(struct ana_ctx *ctx, const struct ana_picked *rows, int64_t r,
               const double *basis, const double *offset, float *out);
/* The same in float32, three times as fast, where no column is small (see
 * ana_spectrum_is_even). */
int ana_rotate_f32(struct ana_ctx *ctx, const struct ana_picked *rows, int64_t r,
                   const float *basis, const double *offset, float *out);

/* Operations that the first two are counted as. */
double ana_gram_flops(int64_t n, int64_t p);
double ana_kernel_flops(int64_t n, int64_t p);

/* c (p x w) += X'Y over the rows, in float32; y has w columns and is indexed by the same
 * row numbers. Threads: any. */
int ana_cross(struct ana_ctx *ctx, const struct ana_picked *rows, int64_t w,
              const float *y, float *c);
/* How many rows it lays side by side at a time, since they do not follow each other. */
int64_t ana_cross_laid(const struct ana_picked *rows);

/* Rows that ana_cross and the others take at once. */
enum { ANA_GRAM_ROWS = 512, ANA_GRAM_BLOCK = 256 };

#endif
