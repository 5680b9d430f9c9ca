/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_ROWS_H
#define ANA_PIPELINE_ROWS_H

#include "data/stimuli.h"
#include "pipeline/recording.h"

/* The rows of a comparison: a recording's units in a fixed order, each bound to its
 * stimulus by name. Separate stimuli stand in the order of the stimulus set, so that
 * two recordings that list them differently give the same rows; runs keep the order
 * in which they were recorded. */
struct ana_rows {
    int32_t layout; /* ANA_LAYOUT_... of the prepared recording */
    double rate;    /* Hz; 0 for ROWS */
    int64_t n_groups;
    int64_t *unit;     /* n_groups: the recording's unit */
    int64_t *item;     /* n_groups: the stimulus' number, -1 without stimuli */
    const char **name; /* n_groups: stimulus id, or the unit's own name */
    int64_t *n;        /* n_groups: samples */
    double *start;     /* n_groups: s from onset to sample 0 */
    int64_t n_rows;
    int64_t *group, *moment;               /* n_rows */
    const struct ana_recording *recording; /* whose rows these are */
    int32_t by_order; /* 1 = names did not match, bound in the order of both lists */
};

/* Bind a recording. stimuli may be NULL (no model is compared): units keep their own
 * names. Where `shared` is 1, several runs may have been recorded to one stimulus (by
 * several subjects); they keep their own names then, too.
 * Owns:   the caller; release with `ana_rows_destroy`. Names belong to recording and
 *         stimuli.
 * Errors: ANA_EDATA listing the first five names that are missing or double on either
 *         side. */
int ana_rows_create(struct ana_ctx *ctx, const struct ana_recording *recording,
                    const struct ana_stimuli *stimuli, int shared, struct ana_rows **out);
void ana_rows_destroy(struct ana_ctx *ctx, struct ana_rows *rows);

/* 1 if both have the same stimuli, samples and clock: they may share an x side. */
int ana_rows_equal(const struct ana_rows *a, const struct ana_rows *b);

/* Find for each group of rows the unit of another recording with the same name (as
 * ana_stimuli_find compares names), or that of the stimulus it was recorded to, or, where no name matches at all and both have as
 * many, the unit in the same place (*by_order = 1).
 * unit has rows->n_groups places. Errors: ANA_EDATA with names. */
int ana_rows_bind(struct ana_ctx *ctx, const struct ana_rows *rows,
                  const struct ana_recording *other, int64_t *unit, int32_t *by_order);

#endif
