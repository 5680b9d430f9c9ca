/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_TRF_RUN_H
#define METRICS_TRF_RUN_H

#include "plugins/metrics/trf/losses.h"

/* A block of targets on its way through nested cross-validation, shared by run.c (the
 * order of things), choose.c, fit.c and hand_out.c. */

/* One worker's rooms. */
struct trf_lane {
    struct trf_set set;
    struct trf_losses losses;
};

struct trf_run {
    const struct trf *trf;
    const struct trf_y *about;
    struct ana_out *out;
    struct attending *attending;
    int64_t first, t, n_units, each; /* each: numbers of one unit's curve */
    const double *y;                 /* n_rows x t */
    struct trf_total total;
    int64_t *unit; /* n_folds + 1: the first inner fold of each */
    double *curve; /* n_units x n_views x n_alphas x t */
    int64_t n_lanes;
    struct trf_lane *lanes;
};

/* What is chosen for a block of t targets in one outer fold. */
struct trf_choice {
    int64_t *alpha; /* n_views x t: places in alphas */
    int64_t *view;  /* t: which window; 0 but for ANA_LAGS_TUNE */
};

/* Each view's penalty by the mean loss over fold k's inner folds; of windows the one with
 * the smallest loss, the shortest of equals. Choices at the edges are counted. */
int trf_choose(struct ana_ctx *ctx, const struct trf_run *run, int64_t k,
               struct trf_choice *choice);

/* Weights (p x t, 0 before) and offsets (n_views x t where each lag is fitted by itself,
 * else t) of all views from a set, each target with its own penalty (and window). factor:
 * a room of p x p for each worker. */
int trf_fit(struct ana_ctx *ctx, const struct trf_set *set,
            const struct trf_choice *choice, int64_t n_factors, double *const *factor,
            double *weights, double *offset);

/* Predict fold k's test rows, score them, and hand out scores, choices, arrays. */
int trf_hand_out(struct ana_ctx *ctx, const struct trf_run *run, int64_t k,
                 const struct trf_choice *choice, const double *weights,
                 const double *offset);

#endif
