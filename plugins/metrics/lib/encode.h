/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_ENCODE_H
#define METRICS_ENCODE_H

#include "plugins/metrics/lib/split.h"

/* The encoding engine: nested cross-validated ridge of every target on one space, driven
 * through the calls of `struct ana_metric_vt`. */

/* How a problem is worked through, decided from its shapes and the memory allowed.
 *
 * large   a thousand rows and more: the engine of large.h, which has its own ways
 * kept    designs of all folds are made once and shared by every y; else each fold is
 *         made, used for all targets and dropped
 * gather  y is held whole and folds run in parallel at the end of the pass; else each
 *         tile of targets is scored as it comes, for all folds */
struct ana_encode_layout {
    int32_t large, kept, gather;
    int32_t passes;
    int64_t block;                            /* targets worked on at once */
    int64_t making, running;                  /* folds factored, and folds run, at once */
    int64_t pieces;                           /* of the work, where it is gathered */
    int64_t bytes, begun, pushing;            /* as in a metric's plan */
    double flops, begin_flops, factor, loops; /* as in a metric's plan */
};

int ana_encode_layout(struct ana_ctx *ctx, const struct ana_problem *problem,
                      const struct ana_ridge *ridge, struct ana_encode_layout *layout);

/* The plan that a layout is: everything but its size field. */
void ana_encode_fill_plan(const struct ana_encode_layout *layout,
                          struct ana_metric_plan *plan);

/* The measures of the engine, the one that figures draw first: r2, r, R2. */
const struct ana_measure *ana_encode_measures(int64_t *n);

struct ana_encoder;  /* the x side */
struct ana_encoding; /* one y on it */

/* The x side; designs are made here where the layout keeps them. The problem must outlive
 * it, the ridge's alphas are copied.
 *
 * Owns:    the caller; release with `ana_encoder_destroy`.
 * Errors:  ANA_EPARAM for a problem without folds or with several spaces; as
 *          `ana_split_create`.
 * Threads: main. */
int ana_encoder_create(struct ana_ctx *ctx, const struct ana_problem *problem,
                       const struct ana_ridge *ridge, struct ana_encoder **out);
void ana_encoder_destroy(struct ana_ctx *ctx, struct ana_encoder *encoder);

/* What open_y, push, pass and close_y do.
 *
 * Errors:  ANA_ENUMERIC at a value of y that is not finite, with its row and target.
 * Threads: push any number at once, the others main. */
int ana_encoding_create(struct ana_ctx *ctx, const struct ana_encoder *encoder,
                        const struct ana_y *y, struct ana_encoding **out);
int ana_encoding_push(struct ana_ctx *ctx, struct ana_encoding *encoding,
                      const struct ana_tile *tile, struct ana_out *out);
int ana_encoding_pass(struct ana_ctx *ctx, struct ana_encoding *encoding,
                      struct ana_out *out, int32_t *again);
void ana_encoding_destroy(struct ana_ctx *ctx, struct ana_encoding *encoding);

#endif
