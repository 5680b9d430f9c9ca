/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_LEAVE_ROOM_H
#define METRICS_LEAVE_ROOM_H

#include "plugins/metrics/lib/map_inverse.h"

/* What leaving rows out is worked in, which may stay from one call to the next. */
struct ana_leave_room {
    int64_t n_folds, at_once;
    int64_t features;            /* of kernels, at most; 0 = not known */
    struct ana_inverse *inverse; /* at_once, of each share */
    double *factor; /* n x n: Cholesky's of the smallest, for who takes the first */
    float **rows;   /* n_folds: of the maps; */
    int64_t *cells; /* how many there are */
};

/* Most rows that one of the folds leaves out of n. */
int64_t ana_most_left(int64_t n, int64_t n_folds, const struct ana_fold *folds);

/* Most rows that one of them tests. */
int64_t ana_most_tested(int64_t n_folds, const struct ana_fold *folds);

/* All that an inverse needs that it does not have yet, or after an error nothing: the room
 * may serve another call. Threads: any, an inverse each. */
int ana_leave_room_open(struct ana_ctx *ctx, const struct ana_leaving *l,
                        struct ana_inverse *v);

/* Rows for the k-th fold's whole map, which stay the room's. Threads: one. */
int ana_leave_room_lend(struct ana_ctx *ctx, struct ana_leave_room *room, int64_t k,
                        struct ana_map *map);

/* n x n to factorise in: what the last call left with an inverse, if there is nothing else;
 * NULL = no memory. Threads: one. */
double *ana_leave_room_factor(struct ana_ctx *ctx, int64_t n,
                              struct ana_leave_room *room);

/* All maps of l, whose range and empty maps are there. */
int ana_leave_share(struct ana_ctx *ctx, struct ana_leaving *l,
                    struct ana_leave_room *room);

/* The factor's matrix is the inverse's now, and the other way round. Threads: one. */
void ana_leave_room_swap(struct ana_leave_room *room, struct ana_inverse *v);

#endif
