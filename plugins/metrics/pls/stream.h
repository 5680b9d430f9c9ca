/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLS_STREAM_H
#define PLS_STREAM_H

#include "plugins/metrics/pls/layout.h"

/* One y that comes in tiles, twice for each stage of folds: PLS needs of it X'yy'X, which is
 * a sum over targets, and then each target by itself. */
struct pls_stream;

/* What open_y, push, pass and close_y do.
 * Owns:    the caller; release with `pls_stream_destroy`. x and layout must outlive it.
 * Errors:  as `pls_design`; ANA_ENUMERIC where products are too large for a number.
 * Threads: push any number at once, the others main. */
int pls_stream_create(struct ana_ctx *ctx, const struct pls_x *x,
                      const struct pls_layout *layout, struct pls_stream **out);
int pls_stream_push(struct ana_ctx *ctx, struct pls_stream *stream,
                    const struct ana_tile *tile, struct ana_out *out);
int pls_stream_pass(struct ana_ctx *ctx, struct pls_stream *stream, struct ana_out *out,
                    int32_t *again);
void pls_stream_destroy(struct ana_ctx *ctx, struct pls_stream *stream);

#endif
