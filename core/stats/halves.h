/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_STATS_HALVES_H
#define ANA_STATS_HALVES_H

#include <anaflow/base.h>

enum { ANA_HALVINGS = 100 };

/* A best layer without looking at its own score (Tuckute et al. 2023): of the folds, a
 * random half chooses each target's layer (highest median, the shallower of equals), the
 * other half scores it. Over ANA_HALVINGS halvings, which depend on nothing but the
 * number of folds: */
struct ana_halves {
    double score;                       /* median of the medians over targets */
    double depth, depth_p05, depth_p95; /* of the median over targets of the relative
                                           depth chosen: median, 5th, 95th percentile */
    int64_t n_halvings;                 /* 0 = fewer than 4 folds, or nothing to choose */
};

/* The same of one target; arrays of n_targets, NaN where it never had a score. */
struct ana_halves_targets {
    double *score, *depth, *depth_p05, *depth_p95;
};

/* Choose and score.
 *
 * layers   n_layers, from the shallowest to the deepest, each n_folds x n_targets; NaN =
 *          n/a, left out
 * depth    n_layers: 0 first .. 1 last
 * targets  where each target's numbers go, or NULL
 *
 * Errors:  ANA_ERESOURCE. Threads: any. */
int ana_halves_choose(struct ana_ctx *ctx, int64_t n_layers, int64_t n_folds,
                      int64_t n_targets, const double *const *layers, const double *depth,
                      struct ana_halves *out, struct ana_halves_targets *targets);

#endif
