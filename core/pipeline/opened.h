/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_OPENED_H
#define ANA_PIPELINE_OPENED_H

#include "pipeline/features.h"

/* Open the stimulus sets, models and recordings of a study (borrowed).
 * Release with `ana_opened_finish`, also after a failure. */
int ana_opened_create(struct ana_ctx *ctx, const struct ana_study *study,
                      struct ana_opened *opened);
void ana_opened_finish(struct ana_ctx *ctx, struct ana_opened *opened);

/* The same in steps, for `check`, which goes on behind a failure: room for everything,
 * then one stimulus set. */
int ana_opened_begin(struct ana_ctx *ctx, const struct ana_study *study,
                     struct ana_opened *opened);
int ana_opened_stimuli(struct ana_ctx *ctx, struct ana_opened *opened, int64_t number);

/* The stimulus set that a comparison's models are shown; -1 where it has no model.
 * Errors: ANA_EPARAM where there is none, or more than one. */
int ana_comparison_stimuli(struct ana_ctx *ctx, const struct ana_study *study,
                           int64_t number, int64_t *set);

#endif
