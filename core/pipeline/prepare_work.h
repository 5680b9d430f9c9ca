/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_PREPARE_WORK_H
#define ANA_PIPELINE_PREPARE_WORK_H

#include "pipeline/prepare.h"

/* What ana_step_apply leaves to other files: each works in place on units one after
 * another, n x V float64. */
enum { ANA_MOST_NOTCHES = 16 };

/* HIGHPASS, LOWPASS, BANDPASS, NOTCH; HIGHGAMMA (prepare_filter.c). */
int ana_step_filter(struct ana_ctx *ctx, const struct ana_step *step,
                    const struct ana_geometry *g, int64_t V, double *x);
int ana_step_high_gamma(struct ana_ctx *ctx, const struct ana_step *step,
                        const struct ana_geometry *g, int64_t V, double *x);

/* Whether a filter fits the rate and the units that it would run on; RESAMPLE of n samples
 * of V targets by poly or decimate (prepare_filter.c). */
int ana_step_check_filter(struct ana_ctx *ctx, const struct ana_step *step,
                          const struct ana_geometry *g);
int ana_step_resample(struct ana_ctx *ctx, const struct ana_step *step, double rate,
                      int64_t n, int64_t V, const double *x, double *out, int64_t n_out);

/* What EPOCHS and TRIALS make of a geometry; the trials cut out of runs; those of one
 * stimulus averaged into out, whose geometry is `after` (prepare_trials.c). */
int ana_trials_geometry(struct ana_ctx *ctx, const struct ana_step *step,
                        struct ana_geometry *g);
int ana_trials_cut(struct ana_ctx *ctx, const struct ana_step *step,
                   const struct ana_geometry *g, int64_t V, const double *x, double *out);
int ana_trials_average(struct ana_ctx *ctx, const struct ana_step *step,
                       const struct ana_geometry *g, const struct ana_geometry *after,
                       int64_t V, const double *x, double *out);

#endif
