/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_REPORT_STORE_H
#define ANA_REPORT_STORE_H

#include <jansson.h>

#include "base/arena.h"
#include "report/names.h"
#include "report/results.h"

/* Write arrays/NAME.npy for every score block (folds x targets, float64, NaN = n/a),
 * every choice and every named array. names[b] is the file name without ".npy" of block
 * b, those of choices follow, then those of named arrays; finish them with `ana_names_finish`. */
int ana_store_write(struct ana_ctx *ctx, const struct ana_results *results,
                    struct ana_names *names);

/* The next file name, without extension, of a block's array and map: called for each block
 * in order. NULL if there is no memory. Owns: the names. */
const char *ana_block_name(struct ana_ctx *ctx, struct ana_names *names,
                           const struct ana_score_block *block);

/* Write summary.json; arrays as named by `ana_store_write`. */
int ana_summary_write(struct ana_ctx *ctx, const struct ana_results *results,
                      const struct ana_names *names);

/* Write report.json, what `ana_results_read` reads beside the arrays. */
int ana_record_write(struct ana_ctx *ctx, const struct ana_results *results,
                     const struct ana_names *names);

/* The format of report.json; another one is refused. */
#define ANA_RECORD_FORMAT 1

/* Named arrays in report.json: with the labels and coordinates of their axes, and where
 * their targets are; in summary.json: where, and which axes. */
void ana_arrays_record(const struct ana_results *results, const struct ana_names *names,
                       json_t *root, int *failed);
void ana_arrays_summary(const struct ana_results *results, const struct ana_names *names,
                        json_t *root, int *failed);

/* Read them back from report.json and arrays/; values belong to the results, which finish
 * them also after an error. */
int ana_record_arrays(struct ana_ctx *ctx, struct ana_arena *arena, const char *folder,
                      const json_t *root, struct ana_results *results);

/* ANA_AXIS_... of its name there; OTHER for what is none, or NULL. */
int32_t ana_arrays_kind(const char *name);

/* Write anaflow.lock.json: what has to be the same for the same bytes to come out. */
int ana_lock_write(struct ana_ctx *ctx, const struct ana_results *results);

#endif
