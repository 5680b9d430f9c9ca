/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_TRF_SET_H
#define METRICS_TRF_SET_H

#include "plugins/metrics/trf/trf.h"

/* Sums over all rows and, where it pays, cross products and sums of y of each group. */
struct trf_total {
    struct lagged_sums all;   /* its gram and sum are borrowed */
    struct lagged_sums *part; /* n_groups, without gram; NULL = none */
    int64_t *size;            /* n_groups: rows */
};

/* Of y (n_rows x t). Owns: the caller; release with `trf_total_finish`, also after an
 * error. Threads: the loop's own; on all workers. */
int trf_total_create(struct ana_ctx *ctx, const struct trf *trf, int64_t t,
                     const double *y, struct trf_total *total);
void trf_total_finish(struct ana_ctx *ctx, const struct trf *trf,
                      struct trf_total *total);

/* What a set keeps of the rows that are held out of it: their sums in the room of the
 * factor, which the first factor overwrites, or in a room of their own. */
#define TRF_HELD_NONE 0
#define TRF_HELD_BRIEFLY 1
#define TRF_HELD_APART 2

/* A training set, centred and scaled, ready to be solved for any penalty; room for one
 * after the other. */
struct trf_set {
    const struct trf *trf;
    int64_t t;
    int32_t held;
    struct lagged_sums train, test;
    double *shift, *scale; /* p each */
    double *y_shift;       /* t */
    double *factor;        /* room for p x p */
};

/* Room for sets of t targets. Owns: the caller; release with `trf_set_finish`, also after
 * an error. */
int trf_set_create(struct ana_ctx *ctx, const struct trf *trf, int64_t t, int32_t held,
                   struct trf_set *set);
void trf_set_finish(struct ana_ctx *ctx, struct trf_set *set);
double trf_set_bytes(int64_t p, int64_t t, int32_t held); /* most of one */

/* Take a fold: sums over its training rows (places in the problem) and, with_test, as they
 * are, over its test rows. y: n_rows x t. Threads: any, on distinct sets. */
int trf_set_take(struct ana_ctx *ctx, struct trf_set *set, const struct ana_fold *fold,
                 const double *y, const struct trf_total *total, int with_test);

/* factor = the Cholesky factor of a view with a penalty (upper triangle, q x q). */
int trf_set_factor(struct ana_ctx *ctx, const struct trf_set *set,
                   const struct trf_view *view, double alpha, double *factor);

/* Weights per unit of x (m F x n), and the offset (n), of the n targets listed; NULL: of
 * all t. factor: room for q x q. */
int trf_set_solve(struct ana_ctx *ctx, const struct trf_set *set,
                  const struct trf_view *view, double alpha, int64_t n,
                  const int64_t *target, double *factor, double *weights, double *offset);

/* Loss of these weights (of all t) on the test rows; NaN where a target is constant
 * there. spare: m F x t. For sets that hold these sums apart. */
int trf_set_loss(struct ana_ctx *ctx, const struct trf_set *set,
                 const struct trf_view *view, int32_t loss, const double *weights,
                 const double *offset, double *spare, double *out);

/* Of one target y and its prediction over n rows: the difference of their means, and sums
 * of squares and products about the means. */
struct trf_moments {
    double n, bias, prediction, product, y, y_raw; /* y_raw: about 0 */
};
/* The loss; NaN where the target is constant (but for the squared error). */
double trf_loss(int32_t loss, const struct trf_moments *moments);

#endif
