/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_MAP_RANGE_H
#define METRICS_MAP_RANGE_H

#include <anaflow/metric.h>

/* Between which eigenvalues those of a kernel (n x n) lie, with a margin: by power
 * iterations on the kernel, and on the inverse of kernel + least_alpha, given as its
 * Cholesky factor. */
enum { ANA_RANGE_TURNS = 12, ANA_RANGE_VECTORS = 4 };
int ana_map_range(struct ana_ctx *ctx, int64_t n, const double *kernel,
                  const double *factor, double trace, double least_alpha, double *low,
                  double *high);

#endif
