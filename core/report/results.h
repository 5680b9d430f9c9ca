/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_REPORT_RESULTS_H
#define ANA_REPORT_RESULTS_H

#include <anaflow/reader.h>
#include <anaflow/stats.h>
#include <anaflow/tensor.h>

struct ana_machine;
struct ana_warning;

/* What a run found, gathered by the pipeline and written by the report. Strings and
 * arrays belong to whoever filled them in and outlive the report's calls. */

/* Scores of one layer (or space) against one recording with one measure. */
struct ana_score_block {
    const char *comparison, *subject, *brain, *features, *model, *variant, *layer;
    const char *branch;
    double depth; /* 0..1; NaN = the space is not one layer */
    const char *metric, *measure, *measure_help, *part;
    double lag;               /* s; NaN = none */
    int32_t primary;          /* 1 = the measure that figures draw */
    int32_t pooled;           /* 1 = target_names name sets of targets ("all", regions) */
    int64_t n_rows;           /* rows of the problem */
    const int64_t *fold_rows; /* n_folds: rows scored in each; NULL = all of them */
    int64_t n_folds;          /* 0 = scores without folds: by_fold has one row */
    int64_t n_targets;
    const struct ana_target *targets; /* n_targets, or NULL if pooled */
    const char *const *target_names;  /* n_targets, if pooled */
    const double *by_fold;            /* max(n_folds, 1) x n_targets; NaN = n/a */
    const double *score;              /* n_targets: median over folds */
    const double *ceiling;            /* n_targets or NULL */
    const char *ceiling_note;         /* "not available: no repeats" */
};

/* A value chosen per fold and target (alpha), kept as an array. */
struct ana_choice_block {
    const char *comparison, *brain, *features, *layer, *metric, *name;
    int64_t n_folds, n_targets;
    const double *values; /* n_folds x n_targets */
};

/* A named array that a metric handed out: kernels, weights, predictions. */
struct ana_array_block {
    const char *comparison, *subject, *brain, *features, *model, *variant, *layer;
    const char *metric, *name, *help;
    int64_t n_targets;
    const struct ana_target *targets; /* of the axis of kind TARGET; NULL = has none */
    struct ana_tensor values;         /* labelled; float32 or float64, in C order */
};

struct ana_counter {
    const char *comparison, *metric, *what; /* "alpha at the low edge of the grid" */
    int64_t n, of;
};

struct ana_note {
    const char *comparison, *metric, *text;
};

struct ana_results {
    const char *study;   /* [study] name */
    const char *folder;  /* output folder, exists */
    const char *config;  /* the resolved configuration, INI text */
    const char *stamp;   /* "" or what every output must say first ("samples were
                                shuffled...", "simulated recording") */
    const char *command; /* how it was started */
    uint64_t seed;
    double seconds; /* wall time */
    int64_t n_blocks;
    const struct ana_score_block *blocks;
    int64_t n_choices;
    const struct ana_choice_block *choices;
    int64_t n_counters;
    const struct ana_counter *counters;
    int64_t n_notes;
    const struct ana_note *notes;
    int64_t n_inputs; /* files that were read, for the lock */
    const char *const *inputs;
    int64_t n_plugins;
    const struct ana_plugin *const *plugins; /* those that took part */
    const char *const *plugin_paths;         /* n_plugins */
    const char *const *plugin_params;        /* n_plugins: resolved parameters, text */
    int64_t n_methods;
    const char *const *methods; /* sentences: what was done, in order */
    int32_t fold_rows;  /* rows per fold in scores.tsv: 1 yes, 0 no, -1 where a block
                                has at most 1,000 targets */
    const char *status; /* "complete", "incomplete: 2 of 7 tasks failed" */
    int64_t n_failures;
    const char *const *failures; /* one sentence a failed task */
    int64_t n_references;
    const char *const *references; /* works to cite; methods cite the first as "[1]" */
    int64_t n_arrays;
    const struct ana_array_block *arrays;
    int64_t n_warnings;
    const struct ana_warning *warnings; /* by the alphabet; NULL = those of the context */
    const struct ana_machine *machine;  /* that computed it; NULL = this one */
    const char *version; /* of the anaflow that computed it; NULL = this one */
};

/* Write everything of a results folder but the figures' page: scores.tsv,
 * summary.json, arrays/, anaflow.lock.json, and report.json, from which the page can be
 * made again. Each file whole or not at all; all together where a set of files is open
 * (base/file_set.h), as for a run. */
int ana_results_write(struct ana_ctx *ctx, const struct ana_results *results);

/* Read back what `ana_results_write` left in a folder, so that `ana_report_write` gives
 * the same page, byte for byte (by the same anaflow).
 *
 * Owns:    the caller; release with `ana_results_destroy`.
 * Errors:  ANA_EDATA with the file and what is wrong with it.
 * Threads: one at a time. */
int ana_results_read(struct ana_ctx *ctx, const char *folder, struct ana_results **out);
void ana_results_destroy(struct ana_ctx *ctx, struct ana_results *results);

/* Write figures/ (SVG) and report.html (offline, figures inlined). */
int ana_report_write(struct ana_ctx *ctx, const struct ana_results *results);

#endif
