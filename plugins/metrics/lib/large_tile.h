/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_LARGE_TILE_H
#define METRICS_LARGE_TILE_H

#include "plugins/metrics/lib/large_unit.h"

/* A tile of targets on one fold. */
struct ana_large_tile {
    const struct ana_large *large;
    const struct ana_large_stage *stage;
    const struct ana_fold *fold;
    const struct ana_tensor *x; /* n x p: T, where units rotate T'Y */
    struct ana_large_room *room;
    int64_t number, n, w;
    float *y;          /* n x w, standardised */
    double *mean, *sd; /* w */
    double *sum;       /* w: of the standardised y over all training rows */
    float *xy;         /* p x w: T'Y over them */
    double size; /* of predictions of noise, squared, where losses are squares; else 0 */
    double *curve;    /* n_alphas x w, with `stride` between penalties */
    int64_t *counted; /* w */
    int64_t stride;
};

/* From y and what is set already (large, stage, fold, x, room, number, n, w): targets less
 * their mean over the training rows, where there is an intercept, over their SD or size.
 * Where nothing moves, y is 0 and sd 1. y lies in room.
 *
 * Owns:    the caller; release with `ana_large_tile_finish`, also after an error.
 * Threads: any, of a room one at a time. */
int ana_large_tile_start(struct ana_ctx *ctx, const struct ana_tensor *y,
                         struct ana_large_tile *t);
void ana_large_tile_finish(struct ana_ctx *ctx, struct ana_large_tile *t);

/* Room for what a unit works in: at least so many floats, whatever is in them. */
int ana_large_tile_widen(struct ana_ctx *ctx, const struct ana_large_tile *t,
                         int64_t floats);

/* n rows of a matrix w wide, to others that are as wide or wider: what is beyond is 0. */
void ana_large_tile_rows(int64_t n, const int64_t *rows, int64_t w, const float *from,
                         int64_t width, float *to);
/* The same where they lie already, if they follow each other; else in room. */
const float *ana_large_tile_find(int64_t n, const int64_t *rows, int64_t w,
                                 const float *from, float *room);

#endif
