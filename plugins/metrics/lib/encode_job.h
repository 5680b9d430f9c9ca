/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_ENCODE_JOB_H
#define METRICS_ENCODE_JOB_H

#include "plugins/metrics/lib/split.h"

/* One outer fold of one set of targets, from the losses of the penalties to the scores
 * handed out. */
struct ana_encode_job {
    const struct ana_ridge *ridge;
    const struct ana_split *split;
    const struct ana_fold *fold;
    int64_t number;             /* of the fold */
    int64_t block;              /* targets worked on at once */
    int64_t first;              /* target of y's first column */
    const struct ana_tensor *y; /* rows x t */
    int32_t want_predictions;
    int32_t pad;
    const double *penalty; /* of each target handed out; NULL = alphas[choice] */
    struct ana_out *out;
};

/* Losses: n_alphas x t. Threads: any, as all below. */
int ana_encode_curve(struct ana_ctx *ctx, const struct ana_encode_job *job,
                     double *curve);

/* Choose, predict, score and hand out. given: the place of the alpha to take, or -1. */
int ana_encode_run(struct ana_ctx *ctx, const struct ana_encode_job *job, int64_t given);

/* Score predictions (test rows x t, less mean, t) of y_test with the chosen penalties and
 * hand everything out; the prediction gets its mean added where it is kept or wanted. first
 * counts from the job's own first target. split may be NULL, y is not used, choice not with
 * an unnamed penalty. */
int ana_encode_hand_out(struct ana_ctx *ctx, const struct ana_encode_job *job,
                        int64_t first, int64_t t, const int64_t *choice,
                        double *prediction, const double *mean, const double *y_test);

/* Choose each target's penalty (or one for all) from its curve, n_alphas x t, and count
 * choices at the edges. */
int ana_encode_choose(struct ana_ctx *ctx, const struct ana_ridge *ridge, int64_t t,
                      const double *curve, struct ana_out *out, int64_t *choice);

/* The best alpha for the mean loss of t targets; the strides are those of a curve's
 * penalties and targets. Edge hits are counted. */
int ana_encode_choose_shared(struct ana_ctx *ctx, const struct ana_ridge *ridge,
                             int64_t t, const double *curve, int64_t alpha_stride,
                             int64_t target_stride, struct ana_out *out, int64_t *choice);

#endif
