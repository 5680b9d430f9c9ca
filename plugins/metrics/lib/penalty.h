/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_PENALTY_H
#define METRICS_PENALTY_H

#include "plugins/metrics/lib/design.h"

/* How good each penalty is for each target, as a loss: smaller is better. A curve is
 * n_alphas x t; all of them are closed forms on one design, none refits.
 *
 * y       n x t, centred by `ana_design_project`; overwritten
 * b       r x t, from the same call
 * alphas  >= 0 */

/* Mean squared error of leaving each training row out, also where p >= n - 1. */
int ana_loss_loo(struct ana_ctx *ctx, const struct ana_design *design, int64_t n_alphas,
                 const double *alphas, int64_t t, double *y, const double *b,
                 double *curve);

/* The leave-one-out squared errors themselves for one alpha, n x t, for tests and for
 * metrics that need them. y is overwritten by its part outside U. */
int ana_loo_errors(struct ana_ctx *ctx, const struct ana_design *design, double alpha,
                   int64_t t, double *y, const double *b, double *errors);

/* Generalised cross-validation: mean(e^2) / (1 - (tr H + 1) / n)^2. */
int ana_loss_gcv(struct ana_ctx *ctx, const struct ana_design *design, int64_t n_alphas,
                 const double *alphas, int64_t t, double *y, const double *b,
                 double *curve);

#define ANA_LOSS_R2 1  /* 1 - R2 with the held-out rows' own mean */
#define ANA_LOSS_MSE 2 /* mean squared error */
#define ANA_LOSS_R 3   /* 1 - Pearson's r; 1 where the prediction is constant */

/* Add the loss on a design's held-out rows to a curve, for the mean over inner folds.
 * With R2 and r, a target that is constant on these rows has none and is left out of
 * that mean; counted (t) holds how many folds each target's sum has.
 *
 * mean  t, the training means;  y_test  m x t */
int ana_loss_held_out(struct ana_ctx *ctx, const struct ana_design *design, int32_t loss,
                      int64_t n_alphas, const double *alphas, int64_t t,
                      const double *mean, const double *b, const double *y_test,
                      double *curve, int64_t *counted);

/* What a squared error on held-out rows counts for each target: 1 / SST around the own
 * mean (also for r), or 1 / m; 0 where the target is constant. */
void ana_loss_weight(int32_t loss, int64_t m, int64_t t, const double *y_test,
                     double *weight);

/* Add the loss of mean + prediction (m x t) to one row of a curve.
 *
 * room  ANA_LOSS_ROOM x t */
#define ANA_LOSS_ROOM 4
void ana_loss_add(int32_t loss, int64_t m, int64_t t, const double *mean,
                  const double *prediction, const double *y_test, const double *weight,
                  double *room, double *curve);

/* Turn sums into means; NaN where a target was never counted. */
void ana_loss_mean(int64_t n_alphas, int64_t t, const int64_t *counted, double *curve);

/* The place of the best alpha for each target (t), alphas ascending. Within 1e-12 of the
 * best is a tie, and ties go to the larger alpha; so does a curve without numbers. */
void ana_penalty_choose(int64_t n_alphas, int64_t t, const double *curve,
                        int64_t *choice);

/* Whether the losses of one target, t apart, are alike within 1e-12, or are none. */
int ana_penalty_is_flat(int64_t n_alphas, int64_t t, const double *curve);

/* How many choices stand at the first and the last alpha, flat curves left out. */
void ana_penalty_edges(int64_t n_alphas, int64_t t, const double *curve,
                       const int64_t *choice, int64_t *low, int64_t *high);

#endif
