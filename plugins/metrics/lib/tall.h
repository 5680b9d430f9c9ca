/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_TALL_H
#define METRICS_TALL_H

#include "plugins/metrics/lib/split.h"

/* Ridge for many more rows than features, when a factored design (n x r for every inner
 * fold) would not fit: one inner fold's X at a time, through its p x p Gram matrix. All
 * targets at once; inner folds only, no leave-one-out.
 *
 * Accuracy: a Gram matrix squares the condition number, so that penalties below some
 * 1e-10 of X's largest squared singular value act as that. */

/* Loss of every alpha: curve is n_alphas x t; y rows x t as in split.h.
 *
 * Errors:  as `ana_design_from_space`.
 * Threads: any. */
int ana_tall_curve(struct ana_ctx *ctx, const struct ana_space *space,
                   const struct ana_fold *fold, const struct ana_ridge *ridge,
                   const struct ana_tensor *y, double *curve);

/* As `ana_split_predict`. */
int ana_tall_predict(struct ana_ctx *ctx, const struct ana_space *space,
                     const struct ana_fold *fold, const struct ana_ridge *ridge,
                     const struct ana_tensor *y, const int64_t *choice,
                     double *prediction, double *mean);

/* The most bytes that either takes, and the operations of both. */
int64_t ana_tall_bytes(const struct ana_fold *fold, int64_t p, int64_t t,
                       int64_t n_alphas);
double ana_tall_flops(const struct ana_fold *fold, int64_t p, int64_t t,
                      int64_t n_alphas);

#endif
