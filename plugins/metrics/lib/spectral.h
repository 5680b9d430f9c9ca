/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_SPECTRAL_H
#define METRICS_SPECTRAL_H

#include "plugins/metrics/lib/fit.h"
#include "plugins/metrics/lib/sweep.h"

/* One training set of the dual in the directions of its kernel, K = U diag(lambda) U': they
 * are those of X, X'U lambda^-1/2, so that what serves the primal's directions serves them:
 * training rows are U lambda^1/2 and held-out ones K_test,train U lambda^-1/2. What that
 * takes depends on shapes alone, not on the kernel, as the number of penalties that an
 * ana_map solves does.
 *
 * As ana_map_create. With penalties to choose from, n_alphas > 0: the sweep over them and
 * a fit that rotates training targets; else a fit that predicts.
 *
 * sweep  NULL without penalties
 *
 * Owns:    the caller: `ana_sweep_destroy`, `ana_fit_destroy`.
 * Threads: any. */
int ana_spectral_create(struct ana_ctx *ctx, int64_t N, const double *kernel, int64_t n,
                        const int64_t *train, int64_t m, const int64_t *test, int centre,
                        int64_t n_alphas, const double *alphas, struct ana_sweep **sweep,
                        struct ana_fit **fit);

/* Bytes kept and the most while it is made; operations of making one, and of one target. */
double ana_spectral_bytes(int64_t n, int64_t m, int64_t n_alphas);
double ana_spectral_work_bytes(int64_t n, int64_t m, int64_t n_alphas);
double ana_spectral_flops(int64_t n, int64_t m, int64_t n_alphas);
double ana_spectral_target_flops(int64_t n, int64_t m, int64_t n_alphas);

#endif
