/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_SCORE_H
#define METRICS_SCORE_H

#include <anaflow/base.h>

/* What held-out predictions are worth, one number a target. */
struct ana_scores {
    double *r;                /* Pearson's r; 0 for a constant prediction */
    double *r2;               /* max(r, 0)^2 */
    double *R2;               /* 1 - SSE / SST, SST around the held-out rows' own mean */
    int64_t constant_targets; /* their three scores are NaN */
    int64_t constant_predictions;
};

/* Numbers of a plain loop (struct ana_metric_plan) that scoring one value takes. */
enum { ANA_SCORED = 40 };

/* Score predictions (m x t, less mean, t) of y (m x t). A prediction is constant if it
 * moves by less than 1e-13 of the target's largest magnitude: added to its mean, nothing
 * of it would remain.
 *
 * Owns:    scores' arrays have room for t and belong to the caller.
 * Errors:  ANA_ERESOURCE; ANA_ENUMERIC for a prediction that is not finite.
 * Threads: any. */
int ana_score(struct ana_ctx *ctx, int64_t m, int64_t t, const double *prediction,
              const double *mean, const double *y, struct ana_scores *scores);

#endif
