/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_STATS_FOLDS_WORK_H
#define ANA_STATS_FOLDS_WORK_H

#include "stats/folds.h"

/* What the files of the folds share. A split is made in three steps: a part for each
 * row (by kind), then an inner fold for each training row, then the gaps and the lists
 * of rows that a metric reads. */

#define ANA_PART_NONE 0
#define ANA_PART_TRAIN 1
#define ANA_PART_TEST 2

struct ana_folds_work {
    const struct ana_folds_spec *spec;
    const struct ana_fold_rows *rows;

    /* The rows of group g, ascending: member[start[g]] .. member[start[g + 1] - 1]. */
    int64_t *start, *member;
    /* Groups that have rows: by name where order must not matter, else as recorded. */
    int64_t n_order, *order;

    /* What is held out whole. */
    int64_t n_units;
    int64_t *unit;    /* n_rows */
    int64_t *stratum; /* n_units; all 0 without strata */

    /* The split that is being made. */
    int64_t split;  /* its number, from 0 */
    uint8_t *part;  /* n_rows: ANA_PART_... */
    int32_t *inner; /* n_rows: inner fold in which a training row is tested, or -1 */
    int64_t n_inner;
    int64_t *choice; /* n_rows: scratch */
    int leaky;
};

/* folds_units.c: check the rows, sort the groups, number the units.
 * Owns: the caller; ana_folds_work_close also after a failure. */
int ana_folds_work_open(struct ana_ctx *ctx, const struct ana_folds_spec *spec,
                        const struct ana_fold_rows *rows, struct ana_folds_work *work);
void ana_folds_work_close(struct ana_ctx *ctx, struct ana_folds_work *work);

/* What n units are called in a message: "stimuli", "stimulus". */
const char *ana_folds_what(const struct ana_folds_work *work, int64_t n);

/* 1 if the units are dealt at random. */
int ana_folds_exchangeable(const struct ana_folds_spec *spec);

/* Blocks of `length` samples in a run of `total`: the last one takes a remainder below
 * half a block with it. >= 1. */
int64_t ana_folds_count_blocks(int64_t total, int64_t length);

/* folds_deal.c: a label 0 .. k-1 for each of n units, sizes within 1 of each other, in
 * total and in each stratum; at random, fixed by (seed, stage, index). */
int ana_folds_deal(struct ana_ctx *ctx, const char *stage, int64_t index, int64_t n,
                   const int64_t *stratum, int64_t k, int64_t *label);

/* Draw n_test units for testing and n_train others for training, in the strata's
 * proportions: label ANA_PART_... */
int ana_folds_draw(struct ana_ctx *ctx, const char *stage, int64_t index, int64_t n,
                   const int64_t *stratum, int64_t n_train, int64_t n_test,
                   int64_t *label);

/* folds_inner.c: w->inner and w->n_inner for the parts in w->part, as the spec says;
 * left alone where a file has set them. */
int ana_folds_make_inner(struct ana_ctx *ctx, struct ana_folds_work *work);

/* Start split number `split` with all rows in no part and no inner fold. */
void ana_folds_begin_split(struct ana_folds_work *work, int64_t split);

/* folds_build.c: drop training rows within the gap of a test row of their group. */
void ana_folds_apply_gap(const struct ana_folds_work *work, uint8_t *part);

/* The lists of one split. Owns: the caller; ana_fold_release also after a failure. */
int ana_fold_build(struct ana_ctx *ctx, struct ana_folds_work *work,
                   struct ana_fold *fold);
void ana_fold_release(struct ana_ctx *ctx, struct ana_fold *fold);

/* folds_file.c: all splits of spec->file. */
int ana_folds_read(struct ana_ctx *ctx, struct ana_folds_work *work, int64_t *n,
                   struct ana_fold **folds);

#endif
