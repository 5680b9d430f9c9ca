/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_TASKS_H
#define ANA_PIPELINE_TASKS_H

#include "pipeline/cache.h"
#include "pipeline/keys.h"
#include "pipeline/task.h"

/* A run as an ordered list of tasks. Each has a name, keys made from everything that it
 * depends on, and a state: stored already, or to do and why. A task leaves what it finds
 * in the cache or the store and nowhere else, so that it makes no difference which
 * process ran it, and when. */

#define ANA_TASK_SHOW 1  /* a model is shown the stimuli, for one clock or pooling */
#define ANA_TASK_SCORE 2 /* one x side against every recording that shares its rows */

/* One result of a scoring task. */
struct ana_planned_y {
    int64_t comparison, recording; /* of the study */
    const struct ana_rows *rows;
    const char *name; /* "score averaged coch conv1" */
    const char *key;
    int todo;
    const char *why; /* "alphas changed"; "stored" where there is nothing to do */
};

struct ana_planned {
    int32_t kind; /* ANA_TASK_... */
    int todo, failed;
    const char *name; /* "show coch sounds", "score averaged coch conv1" */
    const char *why;
    struct ana_class *class_;
    /* ANA_TASK_SHOW */
    int64_t model;
    const struct ana_features *features; /* its rows and clock */
    int64_t n_traces;
    struct ana_trace **trace; /* with different keys */
    const char **space;       /* n_traces: the first [features] that wants it */
    int *wanted;              /* n_traces: 1 = missing, and some score needs it */
    /* ANA_TASK_SCORE */
    const struct ana_study_comparison *comparison; /* the first of those it answers */
    int64_t *variant;                              /* n_x of the comparison */
    int64_t n_y;
    struct ana_planned_y *y;
};

struct ana_tasks {
    struct ana_arena arena;
    const struct ana_opened *opened;
    struct ana_cache *cache;
    struct ana_keys keys, before; /* of this run, and as the last one wrote them */
    int64_t n_named;              /* what the last run had: names and keys */
    struct ana_node *named;
    int64_t n_classes;
    struct ana_class *classes;
    struct ana_rows **rows;
    int64_t n;
    struct ana_planned *task;
    struct ana_kept_file **kept; /* recordings: info.n_kept of each */
};

/* What a reader makes of a file once (blocks.h). */
struct ana_kept_file {
    struct ana_hash name; /* of the entry in the cache, which recordings share */
    int64_t recording, bytes;
    int there;                  /* 1 = it is in the cache */
    int again;                  /* 1 = its recording has one before it of the same name */
    struct ana_kept_file *next; /* of that name, the first of another recording; a ring */
};

/* Make the list: classes, folds, keys, and what is stored already. Nothing is computed.
 *
 * cache  borrowed; with cache->fresh, nothing counts as stored. NULL = a list to plan
 *        with and not to run: nothing counts as stored, and files are told apart by their
 *        paths, so that none is read
 *
 * Owns:   the caller; release with `ana_tasks_finish`, also after a failure.
 * Errors: of names, layers, folds and files, as their functions say. */
int ana_tasks_create(struct ana_ctx *ctx, const struct ana_registry *registry,
                     const struct ana_opened *opened, struct ana_cache *cache,
                     struct ana_tasks *tasks);
void ana_tasks_finish(struct ana_ctx *ctx, struct ana_tasks *tasks);

/* Remember the keys and what they were made from, for the next run's reasons; and the
 * hashes of the files. */
int ana_tasks_remember(struct ana_ctx *ctx, struct ana_tasks *tasks);

/* Do what is to do of one task, in this process: afterwards its activations are in the
 * cache, or its results in the store.
 * Errors: of the plugins, with the task in front. */
int ana_tasks_run(struct ana_ctx *ctx, struct ana_tasks *tasks, int64_t number,
                  struct ana_budget *budget);

/* What the readers of the recordings take on disk, once those of what is to do have been
 * read: scratch files; blocks that they put into the cache, and those that are there. */
struct ana_reading {
    int64_t scratch, to_keep, is_kept; /* bytes */
};
int ana_tasks_reading(struct ana_ctx *ctx, const struct ana_tasks *tasks,
                      struct ana_reading *all);

/* The same of one recording, where those with read[r] = 1 were read before: what they have
 * put into the cache is not made again. */
struct ana_reading ana_tasks_first_reading(const struct ana_tasks *tasks,
                                           const uint8_t *read, int64_t recording);

/* The failed task whose activations this one needs, or NULL: it cannot be run, then. */
const struct ana_planned *ana_tasks_blocked(const struct ana_tasks *tasks,
                                            int64_t number);

/* Give the warnings of a task again that were given elsewhere: by an earlier run for
 * what was stored; with `elsewhere` = 1, by another process for what it did just now. */
int ana_tasks_repeat(struct ana_ctx *ctx, const struct ana_tasks *tasks, int64_t number,
                     int elsewhere);

/* Read one result of a scoring task; its collector is NULL where there is none.
 * Owns: the caller; `ana_result_finish`. */
int ana_tasks_result(struct ana_ctx *ctx, const struct ana_tasks *tasks, int64_t number,
                     int64_t y, struct ana_result *out);

/* tasks_state.c: what is stored, and why something is not. */
int ana_tasks_state(struct ana_ctx *ctx, struct ana_tasks *tasks);
int ana_tasks_recall(struct ana_ctx *ctx, struct ana_tasks *tasks);

#endif
