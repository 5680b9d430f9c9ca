/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_QUADRIC_H
#define METRICS_QUADRIC_H

#include "plugins/metrics/lib/few.h"

/* Mean squared errors of all inner folds of a training set together, as quadratic forms of
 * its targets, in the dual. With M the map of a fold that predicts m held-out rows S y from
 * the others, and h y their mean where an intercept takes that (else 0),
 *
 *     sum |(S - 1h - M) y|^2 / m = sum |(S - 1h) y|^2 / m + y'Dy
 *     D = sum (M'M - (S - 1h)'M - M'(S - 1h)) / m
 *
 * over the folds. D is symmetric, so that its upper half is enough: a target takes half of
 * the operations that predictions by all M would. Only sums over folds are known, which is
 * why losses that each fold scales by its own targets cannot be had so.
 *
 * D is kept for a few penalties, in float32; the others' are combinations (few.h). n rows of
 * the training set. */
struct ana_quadric {
    int64_t n;
    struct ana_few few;
    float
        *parts; /* for each block of ANA_QUADRIC_ROWS rows, of all few one after another:
                     what is right of its first column, doubled beyond its last */
};
enum { ANA_QUADRIC_ROWS = 128 };

/* All 0, for eigenvalues and a plan as in ana_few_create.
 *
 * Owns:    the caller; release with `ana_quadric_destroy`, also after an error.
 * Threads: any. */
int ana_quadric_create(struct ana_ctx *ctx, int64_t n, int64_t n_alphas,
                       const double *alphas, double low, double high,
                       const struct ana_few_plan *plan, struct ana_quadric **out);
void ana_quadric_destroy(struct ana_ctx *ctx, struct ana_quadric *quadric);

/* Add a fold's map with the q-th penalty: M, m x n, 0 but in columns of training rows. Of the
 * limit there is no product M'M.
 *
 * intercept  1 = h takes the mean
 * Threads:   any; different penalties at the same time. */
int ana_quadric_add(struct ana_ctx *ctx, struct ana_quadric *quadric, int64_t q,
                    const struct ana_fold *fold, int intercept, const float *map);

/* errors (n_alphas x w) += y'Dy of all penalties; y: n x w. room is ana_quadric_room floats
 * for each of w. Threads: any. */
int ana_quadric_errors(struct ana_ctx *ctx, const struct ana_quadric *quadric, int64_t w,
                       const float *y, float *room, double *errors);

/* What targets of white noise, of size 1, are predicted to be at the most, squared, a fold:
 * rounding is in proportion to 1 more than that. Threads: any. */
double ana_quadric_size(const struct ana_quadric *quadric, int64_t n_folds);

/* Of k penalties: floats of a target that errors are found in; bytes kept; operations of one
 * target, and of adding a fold with one penalty. */
int64_t ana_quadric_room(int64_t k);
double ana_quadric_bytes(int64_t n, int64_t k);
double ana_quadric_target_flops(int64_t n, int64_t k);
double ana_quadric_add_flops(int64_t n, const struct ana_fold *fold);

#endif
