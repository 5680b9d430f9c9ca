/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_GATHER_H
#define ANA_PIPELINE_GATHER_H

#include "base/arena.h"
#include "pipeline/tasks.h"
#include "report/results.h"

/* A run's results while they grow; everything but the arrays belongs to the arena.
 * Start with {.arena.ctx = ctx}. */
struct ana_gather {
    struct ana_arena arena;
    struct ana_results results;
    struct ana_score_block *blocks;
    struct ana_choice_block *choices;
    struct ana_array_block *arrays;
    int64_t n_blobs;
    struct ana_blob *blobs; /* what the arrays point into */
    struct ana_counter *counters;
    struct ana_note *notes;
    const char **failures, **methods, **references, **inputs;
    const struct ana_plugin **plugins;
    const char **plugin_paths, **plugin_params;
};

void ana_gather_finish(struct ana_gather *gather);

/* Take over what a task found for its y number i, and of `result` its blob. */
int ana_gather_result(struct ana_ctx *ctx, struct ana_gather *gather,
                      const struct ana_opened *opened, const struct ana_planned *task,
                      int64_t i, struct ana_result *result);

int ana_gather_failure(struct ana_gather *gather, const char *sentence);
/* Add a sentence to the methods, unless it is there. */
int ana_gather_method(struct ana_gather *gather, const char *sentence);
/* Add a work to the references, unless it is there; number: its place, from 1. */
int ana_gather_reference(struct ana_gather *gather, const char *work, int64_t *number);
/* Add a sentence to the stamp, unless it is there. */
int ana_gather_stamp(struct ana_gather *gather, const char *sentence);
int ana_gather_input(struct ana_gather *gather, const char *path);
int ana_gather_plugin(struct ana_gather *gather, const struct ana_plugin *plugin,
                      const char *path, const char *params);

/* Point the results at the lists. */
const struct ana_results *ana_gather_results(struct ana_gather *gather);

#endif
