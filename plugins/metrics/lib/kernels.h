/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_KERNELS_H
#define METRICS_KERNELS_H

#include <anaflow/metric.h>

/* The kernels of a training set, among itself and with its held-out rows. */
struct ana_kernels {
    int64_t n, m;
    double *own;   /* n x n */
    double *cross; /* n x m */
    double trace;  /* of own; 1 where that is 0 */
};

/* From the kernel of all rows concerned.
 *
 * kernel       N x N: XX'
 * train, test  n and m of its rows
 * centre       1 = as if x were less its mean over the training rows
 *
 * Owns:    the caller; release with `ana_kernels_finish`, also after an error.
 * Threads: any. */
int ana_kernels_create(struct ana_ctx *ctx, int64_t N, const double *kernel, int64_t n,
                       const int64_t *train, int64_t m, const int64_t *test, int centre,
                       struct ana_kernels *k);
void ana_kernels_finish(struct ana_ctx *ctx, struct ana_kernels *k);

#endif
