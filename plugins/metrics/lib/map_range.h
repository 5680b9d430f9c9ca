/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_MAP_RANGE_H
#define METRICS_MAP_RANGE_H

#include <anaflow/metric.h>

/* Where the eigenvalues of a kernel lie, with a margin. */
struct ana_range {
    double least;     /* the smallest */
    double low, high; /* of those that count beside the smallest penalty: directions in
                         which nothing moves, as the constant of centred columns, do not */
};

enum { ANA_RANGE_TURNS = 6, ANA_RANGE_VECTORS = 4 };

/* range->high of a kernel (n x n, `stride` from row to row). Threads: any. */
int ana_map_range_high(struct ana_ctx *ctx, int64_t n, int64_t stride,
                       const double *kernel, double trace, struct ana_range *range);

/* What else belongs to range, once it has its high, from the Cholesky factor of kernel +
 * least_alpha. Threads: any. */
int ana_map_range_low(struct ana_ctx *ctx, int64_t n, const double *factor, double trace,
                      double least_alpha, struct ana_range *range);

#endif
