/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_CLASS_H
#define ANA_PIPELINE_CLASS_H

#include "pipeline/task.h"

/* Comparisons whose recordings have the same rows: they share activations, folds and
 * factored x sides. */
struct ana_class {
    const struct ana_rows *rows;
    int64_t stimuli; /* set, -1 = none */
    int64_t n_members;
    int64_t *comparison;                 /* n_members, of the study */
    const struct ana_rows **member_rows; /* n_members: each recording's own */
    struct ana_features **features; /* n_features of the study; NULL = not used here */
    struct ana_folds *folds;
};

/* Group the comparisons of a study.
 *
 * rows  n_comparisons places: receives each comparison's rows
 *
 * Owns:   the caller; release with `ana_classes_destroy` (rows too).
 * Errors: ANA_EDATA for names that do not match; ANA_EPARAM. */
int ana_classes_create(struct ana_ctx *ctx, const struct ana_opened *opened, int64_t *n,
                       struct ana_class **classes, struct ana_rows **rows);
void ana_classes_destroy(struct ana_ctx *ctx, const struct ana_opened *opened, int64_t n,
                         struct ana_class *classes, struct ana_rows **rows);

/* Work out the class' feature spaces and folds; nothing is run yet. */
int ana_class_prepare(struct ana_ctx *ctx, const struct ana_opened *opened,
                      struct ana_class *class_);

/* The folds of a class: [folds] with times turned into samples, defaults chosen by
 * layout, and gaps as long as the delays (class_folds.c). */
int ana_class_folds(struct ana_ctx *ctx, const struct ana_opened *opened,
                    struct ana_class *class_);

/* Labels to balance folds by, from a table of names and labels; NULL where none.
 * Owns: the caller (each, then the list). */
int ana_class_strata(struct ana_ctx *ctx, const struct ana_opened *opened,
                     const struct ana_class *class_, char ***out);

#endif
