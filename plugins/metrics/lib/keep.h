/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_KEEP_H
#define METRICS_KEEP_H

#include <anaflow/metric.h>

/* What an encoding metric hands out on request, as named arrays in float32. */

/* Rows of the largest test set. */
int64_t ana_keep_rows(const struct ana_problem *problem);

/* `prediction`, folds x rows x targets: row i of a fold is its i-th test row; folds with
 * fewer than `rows` end in NaN. prediction: m x t, the targets from `first` on.
 *
 * Errors:  as `ana_out_array`. Threads: any. */
int ana_keep_predictions(struct ana_ctx *ctx, struct ana_out *out, int64_t rows,
                         int64_t fold, int64_t first, int64_t m, int64_t t,
                         const double *prediction);

/* `weights`, folds x features x targets, and `intercept`, folds x targets, of which
 * weights (p x t) and intercept (t) are one fold's from target `first` on. */
int ana_keep_weights(struct ana_ctx *ctx, struct ana_out *out, int64_t fold,
                     int64_t first, int64_t p, int64_t t, const double *weights,
                     const double *intercept);

/* State every value of a grid that was chosen from. Errors: ANA_ERESOURCE. */
int ana_note_grid(struct ana_ctx *ctx, struct ana_out *out, const char *name, int64_t n,
                  const double *values);

/* Bytes of the two. */
int64_t ana_keep_bytes(const struct ana_problem *problem, int predictions, int weights,
                       int64_t p);

#endif
