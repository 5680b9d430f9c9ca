/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_ENCODE_JOB_H
#define METRICS_ENCODE_JOB_H

#include "plugins/metrics/lib/split.h"
#include "plugins/metrics/lib/tall.h"

/* One outer fold of one set of targets, from the losses of the penalties to the scores
 * handed out. */
struct ana_encode_job {
    const struct ana_ridge *ridge;
    const struct ana_split *split;
    struct ana_tall *tall; /* instead of a split, of all of y */
    const struct ana_fold *fold;
    int64_t number;             /* of the fold */
    int64_t block;              /* targets worked on at once */
    int64_t first;              /* target of y's first column */
    const struct ana_tensor *y; /* rows x t */
    int32_t want_predictions;
    int32_t pad;
    struct ana_out *out;
};

/* Losses: n_alphas x t. Threads: any, as all below. */
int ana_encode_curve(struct ana_ctx *ctx, const struct ana_encode_job *job,
                     double *curve);

/* Choose, predict, score and hand out. given: the place of the alpha to take, or -1. */
int ana_encode_run(struct ana_ctx *ctx, const struct ana_encode_job *job, int64_t given);

/* The best alpha for the mean loss of t targets; the strides are those of a curve's
 * penalties and targets. Edge hits are counted. */
int ana_encode_choose_shared(struct ana_ctx *ctx, const struct ana_ridge *ridge,
                             int64_t t, const double *curve, int64_t alpha_stride,
                             int64_t target_stride, struct ana_out *out, int64_t *choice);

#endif
