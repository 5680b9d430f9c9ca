/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLS_FOLD_H
#define PLS_FOLD_H

#include "plugins/metrics/lib/design.h"

/* What a PLS regression is told. */
struct pls_settings {
    int64_t components;
    int32_t scale;       /* 1 = columns of x and y over their SDs on the training rows */
    int32_t weights;     /* 1 = hand them out */
    int64_t predictions; /* > 0: hand them out, in arrays of so many rows a fold */
};

/* One comparison's x: all rows as they are, or made anew for each fold where principal
 * components have to be fitted to its training rows. */
struct pls_x {
    const struct ana_problem *problem;
    struct pls_settings settings;
    struct ana_tensor rows;      /* n_rows x p float32, or no data */
    struct ana_design **designs; /* n_folds; NULL where they are made when needed */
};

/* Targets that are worked on at once. */
enum { PLS_BLOCK = 256 };

/* A fold's training features, centred (and scaled), in their principal directions, and its
 * test rows in these. Where weights are wanted, v and mean are those of the features as
 * they are: (x - mean) v.
 *
 * Owns:    the caller; release with `ana_design_destroy`.
 * Errors:  as `ana_fold_matrix` and `ana_design_create`.
 * Threads: any. */
int pls_design(struct ana_ctx *ctx, const struct pls_x *x, int64_t fold,
               struct ana_design **out);

/* Fit a fold's training rows of y (rows of the problem x t, float64, any strides), predict
 * its test rows, score and hand out. Threads: any. */
int pls_run_fold(struct ana_ctx *ctx, const struct pls_x *x, int64_t fold,
                 const struct ana_design *design, const struct ana_tensor *y,
                 struct ana_out *out);

/* What these take: bytes beside the design, operations, numbers of plain loops. */
struct pls_effort {
    double bytes, flops, factor, loops;
};
void pls_fold_effort(const struct pls_x *x, int64_t fold, int64_t targets,
                     struct pls_effort *effort);

#endif
