/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_EXECUTE_H
#define ANA_PIPELINE_EXECUTE_H

#include "pipeline/plan.h"

struct ana_run_options {
    const char *output;  /* beats [study] output; NULL = as the study says */
    const char *command; /* how the program was started, for the log */
    int64_t jobs;        /* worker threads; 0 = [study] jobs, or all cores */
    /* The study's file, then each --set, NULL at the end: what a process of its own opens
     * the study with. NULL = every task runs in this one. */
    const char *const *again;
    int fresh;   /* 1 = compute everything, whatever is stored */
    int dry_run; /* 1 = plan and stop; nothing is written */
    /* Told what the run will take and what memory it may use, before it starts; or NULL. */
    void (*tell)(void *arg, const struct ana_plan *plan, int64_t memory);
    void *tell_arg;
};

/* Run a study: open what it names, bind rows, show the models what they need, score
 * every comparison, write results and report into the output folder.
 *
 * A task that fails is reported and the others go on; the run then returns the status
 * of the first failure, after everything else was written.
 *
 * Owns:   takes the study over.
 * Errors: any; the sentence is in ctx. The folder holds whole files only. */
int ana_run(struct ana_ctx *ctx, const struct ana_registry *registry,
            struct ana_study *take_study, const struct ana_run_options *options);

/* Write for each task of a study whether its results are stored already, or why it would
 * be computed. Nothing is computed or written.
 *
 * Owns:   takes the study over.
 * Errors: those of opening what it names. */
int ana_why(struct ana_ctx *ctx, const struct ana_registry *registry,
            struct ana_study *take_study, const struct ana_run_options *options,
            FILE *out);

#endif
