/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_LARGE_UNIT_H
#define METRICS_LARGE_UNIT_H

#include "plugins/metrics/lib/fit.h"
#include "plugins/metrics/lib/large.h"
#include "plugins/metrics/lib/map.h"
#include "plugins/metrics/lib/sweep.h"

/* One training set of the problem: inner fold `inner` of outer fold `fold`, or the outer
 * training set itself (inner = -1). */
struct ana_large_item {
    int64_t fold, inner;
};

/* It, factored. Rows are places in the outer training rows. */
struct ana_large_unit {
    struct ana_sweep *sweep; /* inner, in its directions */
    struct ana_fit *fit;     /* outer; inner where it rotates targets of its own */
    struct ana_map *map;     /* dual, by maps; or of the first inner unit of a fold, */
    struct ana_quadric *quadric; /* the losses of all its inner units */
    int64_t n, m, n_lacking, n_gap;
    int64_t *train, *test;
    int64_t *lacking; /* what training lacks: the held-out rows and a gap around them */
    int64_t *gap;     /* that gap */
};

/* What one pass over y works with: items [first, last) and their units. */
struct ana_large_stage {
    int64_t first, last;
    struct ana_large_unit *units; /* last - first */
    struct ana_tensor *x; /* n_folds, n x p: the training rows in the directions that
                                     lead (T), where units rotate T'Y */
    struct ana_large_unit *leads; /* n_folds: the rows of the inner fold that leads */
    double *square; /* n_folds: sum of the squares of X, where an outer unit is made */
};

struct ana_large {
    const struct ana_problem *problem;
    const struct ana_space *space;
    struct ana_ridge ridge; /* alphas owned */
    double *alphas;
    int32_t dual, kept;
    int32_t spectral;       /* dual: in the directions of each kernel, not by maps */
    int32_t leave_out;      /* maps of inner training sets by leaving rows out of K^-1 */
    int32_t squared, pad;   /* leaving out: losses of a fold's units by one quadric */
    enum ana_map_form form; /* how maps of inner training sets are kept */
    int64_t least, most;    /* penalties that maps are made of, whatever the features */
    int64_t solved;         /* of the least */
    int64_t n_items, n_stages, making;
    struct ana_large_item *items;
    int64_t *stage_end;             /* n_stages */
    struct ana_large_stage *stages; /* n_stages, where kept */
    int64_t block;
    double bytes, begun, pushing; /* the most that is held; of it before and in pushes */
    double flops, made, factor, loops; /* made and factor: of flops */
};

/* What a worker works in: left by one tile to the next, since fresh pages from the system
 * cost more than much of what is done in them. */
struct ana_large_room {
    float *y;    /* targets and X'Y of one fold */
    float *work; /* of one unit at a time */
    int64_t y_floats, work_floats;
};

struct ana_large_y {
    const struct ana_large *large;
    int64_t n_targets, stage;
    struct ana_large_stage own; /* where not kept */
    double *curves;             /* n_folds x n_alphas x n_targets, with several stages */
    int64_t *counted;           /* n_folds x n_targets */
    int64_t *shared;            /* n_folds: the choice of a shared alpha, */
    double *sizes;              /* ana_quadric_size of passes before, or 0 */
    int64_t n_rooms;
    _Atomic(struct ana_large_room *) *rooms; /* n_rooms, NULL = in use or not made yet */
};

/* Lay out items, stages and sizes; everything is set but the units. */
int ana_large_lay_out(struct ana_ctx *ctx, const struct ana_problem *problem,
                      const struct ana_ridge *ridge, struct ana_large *large);
void ana_large_lay_down(struct ana_ctx *ctx, struct ana_large *large);

int ana_large_make_stage(struct ana_ctx *ctx, const struct ana_large *large,
                         int64_t stage, struct ana_large_stage *out);
void ana_large_drop_stage(struct ana_ctx *ctx, const struct ana_large *large,
                          struct ana_large_stage *stage);

#endif
