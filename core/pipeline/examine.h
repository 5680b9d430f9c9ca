/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_EXAMINE_H
#define ANA_PIPELINE_EXAMINE_H

#include "pipeline/study.h"
#include "plugin/registry.h"

/* What a run of a study from nothing would take, as `run` plans it (pipeline/plan.h); all
 * of it 0 where something is wrong. */
struct ana_examined {
    int64_t tasks;
    int64_t scores;  /* targets of all tasks together */
    int64_t bytes;   /* of memory, the most at one time, the program included */
    int64_t disk;    /* bytes that are written */
    double flops;    /* floating-point operations */
    int32_t threads; /* that this is for */
    char *folds; /* a line for each set of comparisons with the same rows: how they are
                        split, as the report of a run says it; NULL = none. Owned (free) */
};

/* Find what can be known about a study without computing: open its stimuli, models and
 * recordings (headers, no samples), bind rows to stimuli by name, make the folds, and
 * ask each metric for its plan. Whatever is wrong becomes one of the study's problems,
 * with file and line; what a problem leaves whole is examined all the same. Where nothing
 * is wrong, the whole run is planned and held against the limits.
 *
 * memory  bytes that a run may use
 *
 * Owns:   out->folds is the caller's, also after an error; free.
 * Errors: ANA_ERESOURCE where memory for this itself is short; ANA_ECANCEL. */
int ana_study_examine(struct ana_ctx *ctx, const struct ana_registry *registry,
                      struct ana_study *study, int64_t memory, struct ana_examined *out);

#endif
