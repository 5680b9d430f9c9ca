/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_FIT_H
#define ANA_PIPELINE_FIT_H

#include "pipeline/effort.h"
#include "pipeline/features.h"

/* `project = pca N`, `fit = NAME`: components of a layer over the stimuli of another set,
 * found before the scored ones are shown. */

/* ANA_EDATA where a stimulus of the rows is one of the set that the space's PCA would be
 * fitted on, by id or by file: it would have seen what it is tested on. */
int ana_fit_check(struct ana_ctx *ctx, const struct ana_opened *opened,
                  const struct ana_features *features);

/* Show a model the sets that its traces' components are fitted on, one stimulus after the
 * other, and leave each trace its projection. Nothing for traces without. */
int ana_fit_traces(struct ana_ctx *ctx, const struct ana_opened *opened, int64_t model,
                   int64_t n, struct ana_trace *const *traces);

/* What that takes; zeros for traces without. */
int ana_fit_effort(struct ana_ctx *ctx, const struct ana_opened *opened, int64_t model,
                   int64_t n, struct ana_trace *const *traces, struct ana_effort *effort);

#endif
