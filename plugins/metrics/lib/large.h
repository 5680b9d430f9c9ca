/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_LARGE_H
#define METRICS_LARGE_H

#include "plugins/metrics/lib/encode.h"

/* The engine for problems of a thousand rows and more: float32 products, float64
 * decompositions, any number of penalties at the price of one, targets in tiles of which
 * nothing is kept but scores.
 *
 * A unit is a training set, factored: an inner fold, whose losses it adds to, or an outer
 * one, which predicts. Units are made from sums over rows that overlapping training sets
 * share. Where all fit into half the memory they are made once and serve every y; else
 * each pass over y makes and drops some of them. */
struct ana_large;
struct ana_large_y;

/* Whether a problem is worked this way: from its shapes alone, as are all the choices on
 * which the bits of an answer depend. */
int ana_large_suits(const struct ana_problem *problem, const struct ana_ridge *ridge);

/* Fills passes, block, bytes, begun, pushing, flops of the layout. */
int ana_large_plan(struct ana_ctx *ctx, const struct ana_problem *problem,
                   const struct ana_ridge *ridge, struct ana_encode_layout *layout);

/* Owns, Errors, Threads: as the calls of encode.h that hand on to these. */
int ana_large_create(struct ana_ctx *ctx, const struct ana_problem *problem,
                     const struct ana_ridge *ridge, struct ana_large **out);
void ana_large_destroy(struct ana_ctx *ctx, struct ana_large *large);
int ana_large_open(struct ana_ctx *ctx, const struct ana_large *large, int64_t n_targets,
                   struct ana_large_y **out);
int ana_large_push(struct ana_ctx *ctx, struct ana_large_y *y,
                   const struct ana_tile *tile, struct ana_out *out);
int ana_large_pass(struct ana_ctx *ctx, struct ana_large_y *y, struct ana_out *out,
                   int32_t *again);
void ana_large_close(struct ana_ctx *ctx, struct ana_large_y *y);

#endif
