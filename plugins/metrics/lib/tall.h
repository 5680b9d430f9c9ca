/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_TALL_H
#define METRICS_TALL_H

#include "plugins/metrics/lib/split.h"

/* Ridge for many more rows than features, where a factored design (n x r for every inner
 * fold) would be too large: p x p Gram matrices of one outer fold at a time, all targets
 * at once. Inner folds only, no leave-one-out.
 *
 * Accuracy: a Gram matrix squares the condition number, so that penalties below some
 * 1e-10 of X's largest squared singular value act as that. */
struct ana_tall;

/* An outer fold of a space and a y (rows x t, as in split.h); all must outlive it.
 *
 * Owns:    the caller; release with `ana_tall_destroy`.
 * Errors:  as `ana_design_from_space`.
 * Threads: any. */
int ana_tall_create(struct ana_ctx *ctx, const struct ana_space *space,
                    const struct ana_fold *fold, const struct ana_ridge *ridge,
                    const struct ana_tensor *y, struct ana_tall **out);
void ana_tall_destroy(struct ana_ctx *ctx, struct ana_tall *tall);

/* Loss of every alpha: curve is n_alphas x t. Threads: the object's own. */
int ana_tall_curve(struct ana_ctx *ctx, struct ana_tall *tall, double *curve);

/* As `ana_split_predict`; to be called once, last. Threads: the object's own. */
int ana_tall_predict(struct ana_ctx *ctx, struct ana_tall *tall, const int64_t *choice,
                     double *prediction, double *mean);

/* The most bytes that all this takes, and its operations. */
int64_t ana_tall_bytes(const struct ana_space *space, const struct ana_fold *fold,
                       int64_t t, int64_t n_alphas);
double ana_tall_flops(const struct ana_space *space, const struct ana_fold *fold,
                      int64_t t, int64_t n_alphas);
double ana_tall_factor_flops(const struct ana_space *space, const struct ana_fold *fold,
                             int64_t n_alphas);

#endif
