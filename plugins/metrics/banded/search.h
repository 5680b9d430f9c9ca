/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BANDED_SEARCH_H
#define BANDED_SEARCH_H

#include <stdatomic.h>

#include "plugins/metrics/banded/bands.h"
#include "plugins/metrics/lib/map.h"
#include "plugins/metrics/lib/sweep.h"

enum { BANDS_DRAWS = 4, BANDS_TILE = 512 }; /* that are tried at once; targets */

struct bands_room; /* what a draw by kernels is worked on in */

/* Draws of one subset of the bands: n training rows of the outer fold, t targets. */
struct bands_batch {
    const struct bands_fold *fold;
    uint32_t mask;
    int32_t pad;
    int64_t t, first, draws; /* draws of this batch, from `first` on */
    const double *y;         /* n x t */
    float *y32;              /* the same, standardised; or NULL */
    double *sd;              /* t: by what */
    double *weight;          /* n_inner x t: what its squared errors count */
    double *gamma;           /* BANDS_DRAWS x n_bands */
    int64_t parts;           /* curves of a draw: n_inner, or 1 that all add up in */
    double *curve;           /* BANDS_DRAWS x parts x n_alphas x t */
    int64_t *counted;        /* BANDS_DRAWS x parts x t */
    _Atomic(struct bands_room *) rooms[BANDS_DRAWS]; /* that nobody is in, or NULL */
};

/* One inner fold of one draw. */
struct bands_piece {
    const struct bands_batch *search;
    const struct ana_fold *inner;
    const double *gamma;
    double *curve;
    int64_t *counted;
};

/* A factored inner training set in float32: its map, or a sweep and the fit it goes with. */
struct bands_factors {
    struct ana_map *map;
    struct ana_sweep *sweep;
    struct ana_fit *fit;
};

/* The inner fold of a draw, counted in the batch; where its curve is the draw's, the first
 * one clears it. */
struct bands_piece bands_piece_of(const struct bands_batch *s, int64_t draw,
                                  int64_t inner);

/* Floats of a target that a tile's work takes: rows of y, and what they are rotated to. */
int64_t bands_tile_floats(const struct bands_piece *piece, const struct bands_factors *f);

/* All tiles of targets of one factored inner training set; y: room for a tile's floats.
 * Errors: ANA_ERESOURCE, ANA_ENUMERIC. Threads: any, a piece each. */
int bands_add_tiles(struct ana_ctx *ctx, const struct bands_piece *piece,
                    const struct bands_factors *f, float *y);

/* The i-th inner fold of the batch by a decomposition of its own; the d-th draw by its
 * kernel, all inner folds from one inverse a penalty. For `ana_parallel_for` over a struct
 * bands_batch. */
int bands_run_piece(struct ana_ctx *ctx, void *s, int64_t i);
int bands_run_draw(struct ana_ctx *ctx, void *s, int64_t d);

/* Release the rooms that draws left. Threads: one. */
void bands_drop_rooms(struct ana_ctx *ctx, struct bands_batch *s);

/* to (n x t) = these rows of the targets. */
void bands_take_targets(int64_t n, const int64_t *rows, int64_t t, const double *from,
                        double *to);

#endif
