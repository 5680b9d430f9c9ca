/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_CLASS_H
#define ANA_PIPELINE_CLASS_H

#include "pipeline/task.h"

/* Comparisons whose recordings have the same rows: they share activations, folds and
 * factored x sides. */
struct ana_class {
    const struct ana_rows *rows;
    int64_t stimuli;                     /* set, -1 = none */
    const struct ana_recording *cleaned; /* whose nuisance is taken out of x; or NULL */
    int64_t n_members;
    int64_t *comparison;                 /* n_members, of the study */
    const struct ana_rows **member_rows; /* n_members: each recording's own */
    struct ana_features **features; /* n_features of the study; NULL = not used here */
    struct ana_fold_rows units;     /* the rows as folds see them */
    struct ana_folds_spec spec;     /* how the folds were made, in samples */
    struct ana_folds *folds;
    char **labels;          /* n_groups: subject of each, for by = subject; else NULL */
    int64_t *unit, *sample; /* n_rows: its subject, and the place among that one's rows */
    const char **subjects;  /* units.n_groups names, out of labels */
};

/* Group the comparisons of a study.
 *
 * rows  n_comparisons places: receives each comparison's rows
 *
 * Owns:   the caller; release with `ana_classes_destroy` (rows too).
 * Errors: ANA_EDATA for names that do not match; ANA_EPARAM. */
int ana_classes_create(struct ana_ctx *ctx, const struct ana_opened *opened, int64_t *n,
                       struct ana_class **classes, struct ana_rows **rows);

/* The same for one comparison, for `check`, which goes on behind a failure: put it into
 * its class, one of n so far; classes has n_comparisons places. */
int ana_class_add(struct ana_ctx *ctx, const struct ana_opened *opened, int64_t number,
                  int64_t *n, struct ana_class *classes, struct ana_rows **rows);
void ana_classes_destroy(struct ana_ctx *ctx, const struct ana_opened *opened, int64_t n,
                         struct ana_class *classes, struct ana_rows **rows);

/* Work out the class' feature spaces and folds; nothing is run yet. */
int ana_class_prepare(struct ana_ctx *ctx, const struct ana_opened *opened,
                      struct ana_class *class_);

/* Bytes that the activations of a prepared class take; ANA_ERESOURCE where they are more
 * than `memory`, naming the keys that would make them fit. */
int64_t ana_class_bytes(const struct ana_opened *opened, const struct ana_class *class_);
int ana_class_fits(struct ana_ctx *ctx, const struct ana_opened *opened,
                   const struct ana_class *class_, int64_t memory);

/* The folds of a class: [folds] with times turned into samples, defaults chosen by
 * layout, and gaps as long as the delays reach (class_folds.c). */
int ana_class_folds(struct ana_ctx *ctx, const struct ana_opened *opened,
                    struct ana_class *class_);

/* A label for each group, from a table of two columns, name and label.
 * key   the INI key that named the table, for messages
 * Owns: the caller (each, then the list). */
int ana_class_labels(struct ana_ctx *ctx, const char *path, const char *key,
                     const struct ana_class *class_, char ***out);

/* The rows as folds see them: a unit is a stimulus or run, or, by = subject, all of a
 * subject's runs together (class_units.c). */
int ana_class_units(struct ana_ctx *ctx, const struct ana_opened *opened,
                    struct ana_class *class_);
void ana_class_units_finish(struct ana_ctx *ctx, struct ana_class *class_);

#endif
