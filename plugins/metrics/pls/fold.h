/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLS_FOLD_H
#define PLS_FOLD_H

#include "plugins/metrics/lib/design.h"
#include "plugins/metrics/pls/components.h"

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

/* The columns [first, first + w) of y. Owns: y. Threads: any, as all below. */
struct ana_tensor pls_columns(const struct ana_tensor *y, int64_t first, int64_t w);

/* b (r x w) = X'y of a fold's training rows in its principal directions, over X's largest
 * singular value; y (rows of the problem x w, float64, any strides) in units of `unit`, or,
 * with `scale`, each over its SD. */
int pls_fold_products(struct ana_ctx *ctx, const struct pls_x *x, int64_t fold,
                      const struct ana_design *design, const struct ana_tensor *y,
                      double unit, double *b);

/* A fold's components, and its test rows' scores (m x k). */
struct pls_fit {
    struct pls_components found;
    double *map;
};

/* From the sum of b b' over all targets (r x r, overwritten; unit 1).
 *
 * Owns:    the caller; release with `pls_fit_finish`, also after an error.
 * Errors:  ANA_ERESOURCE; ANA_ENUMERIC where the sum is not finite. */
int pls_fit_sum(struct ana_ctx *ctx, const struct pls_x *x, int64_t fold,
                const struct ana_design *design, double *gram, struct pls_fit *fit);
void pls_fit_finish(struct ana_ctx *ctx, struct pls_fit *fit);

/* Predict, score and hand out a fold's test rows of y, whose first column is `target`. */
int pls_hand_out(struct ana_ctx *ctx, const struct pls_x *x, int64_t fold,
                 const struct ana_design *design, const struct pls_fit *fit,
                 const struct ana_tensor *y, int64_t target, struct ana_out *out);

/* Count the components that were asked for and do not exist. */
int pls_count_lacking(struct ana_ctx *ctx, const struct pls_x *x,
                      const struct pls_fit *fit, struct ana_out *out);

/* All of that with the whole y at hand. */
int pls_run_fold(struct ana_ctx *ctx, const struct pls_x *x, int64_t fold,
                 const struct ana_design *design, const struct ana_tensor *y,
                 struct ana_out *out);

#endif
