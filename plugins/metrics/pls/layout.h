/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLS_LAYOUT_H
#define PLS_LAYOUT_H

#include "plugins/metrics/pls/fold.h"

/* How a problem is worked through, decided from its shapes and the memory allowed.
 *
 * kept    designs of all folds are made once, for every y
 * stream  y comes in tiles of PLS_TILE targets, twice for each of the stages that the folds
 *         are worked through in; else it is held whole. Where targets outnumber directions
 *         in every fold, and held whole they would not fit */
struct pls_layout {
    int32_t kept, stream;
    int64_t making, running; /* folds factored, and folds run (or fitted), at once */
    int64_t n_stages;        /* of a stream */
    double bytes, begun;     /* as in a metric's plan, as the others */
    double flops, begin_flops, factor, loops;
};
enum { PLS_TILE = 2 * PLS_BLOCK };

void pls_lay_out(const struct ana_ctx *ctx, const struct pls_x *x,
                 struct pls_layout *layout);

/* The fold behind the last of the stage that begins with `first`, from the shapes and the
 * memory that the layout was made for. Threads: any. */
int64_t pls_stage_end(const struct pls_x *x, const struct pls_layout *layout,
                      int64_t first);

#endif
