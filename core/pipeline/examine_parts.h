/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_EXAMINE_PARTS_H
#define ANA_PIPELINE_EXAMINE_PARTS_H

#include "pipeline/class.h"
#include "pipeline/examine.h"

/* A study under examination: examine.c opens and binds, examine_class.c goes through
 * what shares its rows. */
struct ana_examination {
    struct ana_ctx *ctx;
    struct ana_study *study;
    struct ana_opened opened;
    uint8_t *model_failed, *layers_failed; /* n_models: 1 = reported already */
    int64_t n_classes;
    struct ana_class *classes; /* n_comparisons places */
    struct ana_rows **rows;
    int64_t allowed, memory; /* bytes: that a run may use; without the program itself */
    struct ana_examined found;
};

/* Spaces, folds and tasks of one class. Errors: as `ana_study_examine`. */
int ana_examine_class(struct ana_examination *e, struct ana_class *class_);

/* The plan of a study in which nothing is wrong, into `found`; what does not fit becomes a
 * problem. Errors: as `ana_study_examine`. */
int ana_examine_plan(struct ana_examination *e, const struct ana_registry *registry);

/* 1 if the set that a model is shown has been opened. */
int ana_examine_stimuli_ready(const struct ana_examination *e, int64_t model);

#endif
