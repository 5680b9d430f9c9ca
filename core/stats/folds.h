/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_STATS_FOLDS_H
#define ANA_STATS_FOLDS_H

#include <anaflow/metric.h>

/* Splits into training and test rows that do not leak.
 *
 * Units are what is held out whole. Separate stimuli (ROWS, EPOCHS) and subjects are
 * exchangeable: units are dealt at random, fixed by the seed and by the units' NAMES
 * (sorted), so that the order in which a recording lists them does not matter.
 * Runs and blocks of one recording are contiguous and never shuffled. */

#define ANA_FOLDS_STIMULUS 1 /* exchangeable groups, random */
#define ANA_FOLDS_RUN 2      /* leave whole runs out, in their order */
#define ANA_FOLDS_BLOCK 3    /* contiguous blocks of each run, with a gap */
#define ANA_FOLDS_SUBJECT 4
#define ANA_FOLDS_FILE 5
#define ANA_FOLDS_SHUFFLE 6 /* single samples at random: only with allow_leakage */

/* How to split: what [folds] says. Times are in samples here. */
struct ana_folds_spec {
    int32_t by;          /* ANA_FOLDS_... */
    int32_t inner;       /* ANA_INNER_... */
    int64_t outer;       /* k folds; 0: train/test if given, else leave one unit out */
    int64_t train, test; /* "83/82": units in training and test; 0 = not given */
    int64_t repeats;     /* >= 1 */
    int64_t inner_folds; /* for ANA_INNER_FOLDS; 0 = as many as the file's `inner` has */
    int64_t block;       /* samples a block of ANA_FOLDS_BLOCK; 0 = run length / outer */
    int64_t inner_block; /* samples an inner block, dealt to the inner folds in turn; 0 =
                            inner folds hold out whole units as the outer ones do (of
                            ANA_FOLDS_BLOCK: equal stretches of what is left) */
    int64_t gap;         /* samples left out on both sides of a test block */
    const char *file;    /* ANA_FOLDS_FILE: TSV stimulus, split, part (train|test); if
                            wanted inner, first and last (samples of the stimulus),
                            repeat, fold */
    int allow_leakage;
    int inner_default; /* 1 = nobody wrote `inner`: a file's inner folds stand instead of
                          it, and too few training units give fewer inner folds */
};

/* The rows to split. */
struct ana_fold_rows {
    int64_t n_rows;
    const int64_t *group;  /* per row: which unit (stimulus, run, subject) */
    const int64_t *moment; /* per row: sample within the group; ascending in a group */
    int64_t n_groups;
    const char *const *names;   /* n_groups */
    const char *const *stratum; /* n_groups labels to balance over folds, or NULL */
};

struct ana_folds {
    int64_t n;
    const struct ana_fold *fold;
    int leaky;    /* 1 = samples of a series were shuffled */
    void *memory; /* private */
};

/* Make the folds, fixed by the seed of ctx.
 * Owns: the caller; release with `ana_folds_destroy`.
 * Errors: ANA_EPARAM where there are too few units ("165 stimuli cannot give 100/82"),
 *         where ANA_INNER_LOO meets rows that are samples of one recording (ANA_INNER_GCV
 *         only warns), or where a fold would be empty; ANA_EDATA for the file, with
 *         line numbers.
 * Threads: any. */
int ana_folds_create(struct ana_ctx *ctx, const struct ana_folds_spec *spec,
                     const struct ana_fold_rows *rows, struct ana_folds **out);
void ana_folds_destroy(struct ana_ctx *ctx, struct ana_folds *folds);

/* Write the folds in the form ANA_FOLDS_FILE reads: one line a group and split, or one
 * an unbroken stretch where a group is cut. Read with the same gap, they are the same
 * folds. */
int ana_folds_write(struct ana_ctx *ctx, const struct ana_folds *folds,
                    const struct ana_fold_rows *rows, const char *path);

#endif
