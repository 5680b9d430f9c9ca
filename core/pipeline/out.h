/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_OUT_H
#define ANA_PIPELINE_OUT_H

#include <pthread.h>

#include <anaflow/metric.h>

/* Everything that a metric hands out for one y, gathered under a lock; what the
 * public ana_out_* functions fill. */

/* Scores of one measure and part. */
struct ana_out_table {
    char *measure, *part;
    int32_t pooled;  /* columns are named sets of targets */
    int32_t derived; /* made by the core from predictions */
    int64_t n_folds; /* rows; 1 for scores without folds */
    int32_t no_folds;
    int32_t pad;
    double lag;        /* s; NaN = none */
    int64_t n_targets; /* columns */
    char **names;      /* n_targets, if pooled */
    double *score;     /* n_folds x n_targets; NaN = n/a */
    uint8_t *seen;     /* the same shape: 1 = handed out */
};

struct ana_out_choice_table {
    char *name;
    double *values; /* n_folds x n_targets */
};

struct ana_out_counter {
    char *what;
    int64_t n, of;
};

/* A named array: [folds x] the metric's own axes [x targets], labelled. */
struct ana_out_array {
    char *name, *help;
    int32_t folds, targets; /* 1 = has that axis */
    struct ana_tensor values;
};

struct ana_collector {
    pthread_mutex_t lock;
    const struct ana_problem *problem; /* borrowed; NULL once it takes nothing more */
    const struct ana_metric_plan *plan;
    int64_t n_folds, n_targets;
    int64_t n_measures;
    struct ana_measure *measures; /* of the plan, texts owned; the first is primary */
    int64_t n_tables;
    struct ana_out_table *tables;
    int64_t n_choices;
    struct ana_out_choice_table *choices;
    int64_t n_counters;
    struct ana_out_counter *counters;
    int64_t n_notes;
    char **notes;
    int64_t n_arrays;
    struct ana_out_array *arrays;
};

/* What a push is handed: the collector and the tile that is being pushed. */
struct ana_out {
    struct ana_collector *collector;
    const struct ana_tile
        *tile; /* in pass: all targets where y is held whole, else NULL */
};

/* Owns: the caller; release with `ana_collector_destroy`. Problem and plan must outlive
 * what fills it; both NULL make an empty one for a result that was kept. */
int ana_collector_create(struct ana_ctx *ctx, const struct ana_problem *problem,
                         const struct ana_metric_plan *plan, int64_t n_targets,
                         struct ana_collector **out);
void ana_collector_destroy(struct ana_ctx *ctx, struct ana_collector *collector);
void ana_out_array_finish(struct ana_ctx *ctx, struct ana_out_array *array);

/* Fail with ANA_EPLUGIN where a target of a measure was never scored in some fold. */
int ana_collector_complete(struct ana_ctx *ctx, const struct ana_collector *collector);

/* Names and one-line formulas of the measures that the core derives from held-out
 * predictions of trials over time (see out_clips.c). */
const struct ana_measure *ana_clip_measures(int64_t *n);

/* Compute those measures for one fold and n targets.
 *
 * y      T x n float64 (any strides): all rows of the problem
 * p      n_test x n float64, C order: predictions of fold's test rows
 * score  n_measures x n, in the order of `ana_clip_measures`; NaN = n/a */
int ana_clip_scores(struct ana_ctx *ctx, const struct ana_problem *problem,
                    const struct ana_fold *fold, const struct ana_tensor *y,
                    const struct ana_tensor *p, double *score);

#endif
