/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_ISOLATE_H
#define ANA_PIPELINE_ISOLATE_H

#include "base/process.h"
#include "pipeline/execute.h"
#include "pipeline/tasks.h"

/* Tasks in a process of their own. One helper, `anaflow worker task`, opens the same study
 * again and does the tasks that it is told, one after another; what it finds goes into the
 * cache and the store, as everywhere. When a task ends it, that task has failed, with the
 * plugin, the signal and the last input in its sentence, and the next one starts another
 * helper. */

#define ANA_MOST_AT 64   /* contexts at work at once */
#define ANA_MOST_DEEP 16 /* texts of one */

/* What the contexts of a helper are at, by what it said last. */
struct ana_at {
    char id[24];
    char *text[ANA_MOST_DEEP];
};

struct ana_isolate {
    const struct ana_registry *registry;
    const struct ana_study *study;
    const char *const *again; /* the study's file, then each --set; NULL at the end */
    const char *output;
    int64_t jobs, memory; /* bytes that the run may use */
    int fresh;
    struct ana_process *process; /* NULL = none is running */
    int n_at;
    struct ana_at at[ANA_MOST_AT]; /* [0]: the helper's main thread */
    int64_t counted, resident;     /* most bytes that a helper has had */
};

/* Names of the plugins because of which a task is isolated, "" if it is not: with `auto`,
 * those from outside the package. Readers of unsafe libraries work apart in any case
 * (plugin/apart.h). */
void ana_isolate_culprits(const struct ana_isolate *isolate,
                          const struct ana_planned *task, struct ana_text *names);

/* 1 if any plugin of the study would isolate a task. */
int ana_isolate_wanted(const struct ana_isolate *isolate);

/* Open and plan the study in a helper before that is done here: what crashes, hangs or
 * exits there would do so here.
 * Errors: ANA_EPLUGIN where it did; ANA_ECANCEL; ANA_ERESOURCE. A study that is refused in
 * a sentence is no failure: it will be here, too. */
int ana_isolate_open(struct ana_ctx *ctx, struct ana_isolate *isolate);

/* Do one task in the helper, with the budget as it stands.
 * Errors: those of the task; ANA_EPLUGIN where it ended the helper. */
int ana_isolate_run(struct ana_ctx *ctx, struct ana_isolate *isolate,
                    const struct ana_tasks *tasks, int64_t number, const char *culprits,
                    const struct ana_budget *budget);
void ana_isolate_close(struct ana_ctx *ctx, struct ana_isolate *isolate);

/* The helper's side, with the study opened from the arguments: do the tasks that standard
 * input names until it ends.
 * Owns: takes the study over. */
int ana_isolate_serve(struct ana_ctx *ctx, const struct ana_registry *registry,
                      struct ana_study *take_study,
                      const struct ana_run_options *options);

#endif
