/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_MAP_RANGE_H
#define METRICS_MAP_RANGE_H

#include <anaflow/metric.h>

/* Between which eigenvalues those of a kernel (n x n, `stride` from row to row) lie, with a margin: by power
 * iterations on the kernel, and on the inverse of kernel + least_alpha, given as its
 * Cholesky factor. */
enum { ANA_RANGE_TURNS = 6, ANA_RANGE_VECTORS = 4 };
int ana_map_range(struct ana_ctx *ctx, int64_t n, int64_t stride, const double *kernel,
                  const double *factor, double trace, double least_alpha, double *low,
                  double *high);

/* One training set's map of one penalty (INFINITY: the limit K_test,train), m x n; as
 * ana_map_create. */
int ana_map_solve(struct ana_ctx *ctx, int64_t N, const double *kernel, int64_t n,
                  const int64_t *train, int64_t m, const int64_t *test, int centre,
                  double alpha, float *map);

#endif
