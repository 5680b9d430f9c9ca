/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_TASK_H
#define ANA_PIPELINE_TASK_H

#include "pipeline/features.h"
#include "pipeline/result.h"
#include "stats/folds.h"

/* One y of a task: a recording whose rows equal the x side's. */
struct ana_task_y {
    int64_t comparison; /* of the study */
    int64_t recording;
    const struct ana_rows *rows; /* its own units in the shared order */
    int wanted;                  /* 0 = only counts for the plan */
    struct ana_result result;    /* what was found; owned by the task */
};

/* One comparison's x side with its folds, factored once, and every y that shares the
 * rows. */
struct ana_task {
    const struct ana_study_metric *metric;
    int64_t n_features; /* spaces; several are bands */
    const struct ana_features *const *features;
    const int64_t *variant; /* of each */
    const struct ana_rows *rows;
    const struct ana_folds *folds;
    int64_t n_y;
    struct ana_task_y *y;
    struct ana_metric_plan plan; /* filled in by the run */
    int64_t room;                /* bytes for reading y, filled in with it */
    int64_t threads;
    int unchecked; /* 1 = planned whatever it takes: the plan of the run says what it is */
    struct ana_y widest;
    struct ana_problem problem;
    struct ana_space **spaces;
    const struct ana_space **space_list;
    /* Called for each wanted y once it is scored, with its result, which is released
     * afterwards. */
    int (*finished)(struct ana_ctx *ctx, void *arg, int64_t y, struct ana_result *result);
    void *arg;
};

/* What a run may use and whom it tells. */
struct ana_budget {
    int64_t memory; /* bytes for the whole run */
    int64_t left;   /* of them, for one task with its x side; 0 = what is not in use */
    int64_t limit;  /* what may be allocated at all; 0 = no limit */
    double done, total; /* progress, in seconds that were planned */
    double each;        /* s of a target of the task at hand */
};

/* Tell how far the run is with so many targets of a y; and that they are done. */
void ana_budget_progress(struct ana_ctx *ctx, const struct ana_budget *budget,
                         int64_t targets);
void ana_budget_spend(struct ana_ctx *ctx, struct ana_budget *budget, int64_t targets);

/* Bytes of an x side's samples once they are loaded. */
int64_t ana_task_x_bytes(const struct ana_task *task);

/* Make a task's spaces and its problem, and ask the metric for its plan, with fewer tiles
 * at once where all do not fit (tiling.h); nothing is computed, and variants that only
 * have a shape will do.
 *
 * left  bytes that the task may use, its x side included
 *
 * Release with `ana_task_finish`.
 * Errors: of the metric, with the task in front; ANA_ERESOURCE where its plan passes what
 *         it may use, naming the keys that would make it fit. */
int ana_task_plan(struct ana_ctx *ctx, const struct ana_opened *opened,
                  struct ana_task *task, int64_t left);

/* Run a task, planned first; each wanted y's result is complete when `finished` gets it.
 *
 * mark  the warnings from before the x side's samples were read (base/warned.h)
 *
 * Errors: of the metric, with task and y in front; ANA_ERESOURCE where its plan passes
 *         the budget, naming the keys that would make it fit. */
int ana_task_run(struct ana_ctx *ctx, const struct ana_opened *opened,
                 struct ana_task *task, const struct ana_warned *mark,
                 struct ana_budget *budget);
void ana_task_finish(struct ana_ctx *ctx, struct ana_task *task);

#endif
