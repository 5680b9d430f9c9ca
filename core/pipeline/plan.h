/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_PLAN_H
#define ANA_PIPELINE_PLAN_H

#include "pipeline/rates.h"
#include "pipeline/tasks.h"

/* What a run will take, worked out before it starts: from the shapes of what was opened,
 * the models' cost() and the metrics' plan(). */

/* What memory goes to, at the moment when it is highest. */
#define ANA_PLAN_MODELS 1      /* passes of models in flight */
#define ANA_PLAN_ACTIVATIONS 2 /* layers and recordings as feature spaces */
#define ANA_PLAN_METRIC 3      /* a metric at work */
#define ANA_PLAN_RECORDING                                                               \
    4                      /* a recording that is read and prepared, or scored in tiles */
#define ANA_PLAN_RESULTS 5 /* scores, and the page that is made of them */
#define ANA_PLAN_OPENING 6 /* behind us */

struct ana_plan {
    int64_t tasks, stored; /* all, and those of them that are done already */
    int64_t scores;        /* targets of all tasks together */
    double flops;          /* of linear algebra and, as they say, of models */
    double seconds;        /* 0 = no rates were given */
    double writing;        /* of them, writing the results */
    double *task_seconds;  /* tasks */
    double *task_flops;    /* tasks */
    int64_t memory;        /* bytes, the most at one time, the program itself included */
    int64_t program;       /* of it: the program, its libraries, their buffers */
    int64_t slack;         /* of that: for small things that are not planned one by one */
    int64_t left;          /* bytes for one task with its x side */
    int32_t largest;       /* ANA_PLAN_... of the highest moment */
    int32_t threads;
    int64_t largest_bytes;
    char what[160];  /* what that is, in words: "metric ridge" */
    char advice[80]; /* a key that was tried and makes it fit; "" = none was */
    int64_t results, store, cache; /* bytes on disk: output folder, what tasks found,
                                      activations that are not kept yet */
    struct ana_reading reading;    /* bytes on disk, too, that readers take */
};

/* Plan the tasks of a study: what is to do of them takes operations, time and memory; all
 * of them are written in the end.
 *
 * rates   of this machine, or NULL: then there is no time
 * memory  bytes that the run may use, the program itself included
 *
 * Owns:   the caller; release with `ana_plan_finish`, also after a failure.
 * Errors: of cost() and plan(); ANA_ERESOURCE where a metric cannot fit into what is
 *         left, with the keys that would help. */
int ana_plan_make(struct ana_ctx *ctx, const struct ana_tasks *tasks,
                  const struct ana_rates *rates, int64_t memory, struct ana_plan *plan);
void ana_plan_finish(struct ana_ctx *ctx, struct ana_plan *plan);

/* Bytes by which the program's own size differs from one run to the next. */
#define ANA_PLAN_WAVERS ((int64_t)3 << 20)

/* Where the plan needs more than `memory`, look for a key that makes it fit, by planning
 * with it: plan->advice. Opened and tasks are as before. Threads: main. */
void ana_plan_advise(struct ana_ctx *ctx, struct ana_opened *opened,
                     const struct ana_tasks *tasks, int64_t memory,
                     struct ana_plan *plan);

/* ANA_ERESOURCE where the plan needs more than `memory`, more than `disk` (0 = no limit),
 * or more than is free at `output` or `cache`, with the numbers and the two keys that
 * would make it fit. */
int ana_plan_check(struct ana_ctx *ctx, const struct ana_plan *plan, int64_t memory,
                   int64_t disk, const char *output, const char *cache);

/* Bytes of the process and of the helpers that live beside it: what is in memory now,
 * helpers with the most that they have had, and the most so far. 0 = not known. */
int64_t ana_process_memory(int64_t *most);

/* Bytes free for us where `path` will be made, and the folder that was asked; < 0 = not
 * known. */
int64_t ana_disk_free(struct ana_ctx *ctx, const char *path);

#endif
