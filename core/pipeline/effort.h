/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_EFFORT_H
#define ANA_PIPELINE_EFFORT_H

#include "pipeline/activations.h"

/* What showing stimuli to a model takes, as the model says from shapes alone. */
struct ana_effort {
    double flops, slow, loops; /* as in <anaflow/model.h>, of all passes */
    double sound;              /* samples of sound read and resampled */
    int64_t bytes;             /* the most that one pass holds, its input included */
    double seconds; /* the most that one pass gives samples of, before rows of traces are
                       finished */
};

/* What `ana_model_run` would take, with the same arguments: the models that feed this one
 * included. Nothing is computed but what prepare() makes of words and images, for some
 * of the stimuli. Errors: of the plugin's cost and prepare. */
int ana_model_effort(struct ana_ctx *ctx, struct ana_opened_model *model,
                     const struct ana_stimuli *stimuli, int64_t n_items,
                     const int64_t *items, int64_t n_traces,
                     struct ana_trace *const *traces, struct ana_effort *effort);

#endif
