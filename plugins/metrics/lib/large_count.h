/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_LARGE_COUNT_H
#define METRICS_LARGE_COUNT_H

#include "plugins/metrics/lib/large_tile.h"

/* Count the targets whose smallest loss is so small beside their squares that the rounding to
 * float32 shows in it: half a per cent; curve: means over the inner folds, n_alphas rows. */
int ana_large_count_lost(struct ana_ctx *ctx, const struct ana_large_tile *t,
                         const double *curve, int64_t stride, struct ana_out *out);

/* Count the penalties that were chosen so small, beside the features' size, that the
 * rounding of these to float32 shows: an error of 2^-24 in columns of X is as large as what
 * such a penalty lets through of its weakest directions. */
int ana_large_count_small(struct ana_ctx *ctx, const struct ana_large_tile *t,
                          const struct ana_large_unit *unit, const int64_t *choice,
                          struct ana_out *out);

#endif
