/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_LARGE_MAKING_H
#define METRICS_LARGE_MAKING_H

#include "plugins/metrics/lib/large_cost.h"

enum { ANA_MAKING_ROOMS = 256 }; /* as many as a pool has threads */

/* A stage while it is made: one fold after another. */
struct ana_making {
    const struct ana_large *large;
    struct ana_large_stage *stage;
    int64_t first, n; /* items of the batch */
    const struct ana_fold *fold;
    struct ana_tensor x, x_test; /* of the fold */
    double *gram, *sum;          /* primal: p x p, p */
    struct ana_spectrum lead;    /* primal: the directions, whole, */
    struct ana_tensor rotated;   /* that all training rows are in, n x p: T */
    int in_place;                /* 1 = gram and sum are those of T, and so are units */
    struct ana_spectrum beside;  /* primal: of the unit that is made beside them */
    double *kernel;              /* dual: (n + m)^2 */
    /* primal: ana_eigh_room(p) numbers each, or NULL: what one decomposition leaves to the
     * next, since fresh pages cost as much as a tenth of it */
    _Atomic(double *) rooms[ANA_MAKING_ROOMS];
};

/* Whether sums and kernels are those of columns less their mean. */
int ana_making_centred(const struct ana_large *large);

/* n places: those given, or 0 .. n - 1. The caller frees them. */
int64_t *ana_making_rows(struct ana_ctx *ctx, int64_t n, const int64_t *from);

/* Which places of the outer training rows an inner training set (or the outer one, -1)
 * has, lacks and tests. */
int ana_making_take(struct ana_ctx *ctx, const struct ana_fold *fold, int64_t inner,
                    struct ana_large_unit *unit);

/* The matrices of an inner fold, made from its own rows; the caller finishes them. */
int ana_making_inner(struct ana_ctx *ctx, const struct ana_making *making, int64_t inner,
                     struct ana_tensor *x, struct ana_tensor *x_test);

/* What the training sets of a fold share, from its matrices x and x_test; items `first` to
 * `last` will be made, one of them in part already now (ana_large_beside). */
int ana_making_start_primal(struct ana_ctx *ctx, struct ana_making *making, int64_t first,
                            int64_t last);
int ana_making_start_dual(struct ana_ctx *ctx, struct ana_making *making);

/* One unit whose rows are taken: of an inner fold, or the outer one (-1). */
int ana_making_primal(struct ana_ctx *ctx, struct ana_making *making, int64_t inner,
                      struct ana_large_unit *unit);
int ana_making_dual(struct ana_ctx *ctx, const struct ana_making *making, int64_t inner,
                    struct ana_large_unit *unit);

/* Give back what those worked in, at the end of a fold. */
void ana_making_drop_rooms(struct ana_ctx *ctx, struct ana_making *making);

/* Dual: all units of the items [first, last) of one fold, from what they share. */
int ana_making_left_out(struct ana_ctx *ctx, const struct ana_making *making,
                        int64_t first, int64_t last);

#endif
