/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_EXAMINE_H
#define ANA_PIPELINE_EXAMINE_H

#include "pipeline/study.h"

/* What a study turned out to be once its files were opened. */
struct ana_examined {
    int64_t tasks;  /* spaces x metrics that would be scored */
    int64_t scores; /* targets of all tasks together */
    int64_t bytes;  /* the most that activations and one task take */
};

/* Find what can be known about a study without computing: open its stimuli, models and
 * recordings (headers, no samples), bind rows to stimuli by name, make the folds, and
 * ask each metric for its plan. Whatever is wrong becomes one of the study's problems,
 * with file and line; what a problem leaves whole is examined all the same.
 *
 * memory  bytes that a run may use
 *
 * Errors: ANA_ERESOURCE where memory for this itself is short; ANA_ECANCEL. */
int ana_study_examine(struct ana_ctx *ctx, struct ana_study *study, int64_t memory,
                      struct ana_examined *out);

#endif
