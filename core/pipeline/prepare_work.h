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

#endif
