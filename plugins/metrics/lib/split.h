/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_SPLIT_H
#define METRICS_SPLIT_H

#include "plugins/metrics/lib/penalty.h"

/* What a ridge regression is told. */
struct ana_ridge {
    int64_t n_alphas;
    const double *alphas; /* ascending, no repeats, >= 0 */
    int32_t intercept;
    int32_t shared;      /* 1 = one alpha for all targets of a fold */
    int32_t loss;        /* ANA_LOSS_..., for inner folds */
    int32_t weights;     /* 1 = also hand out the weights of each outer fold */
    int32_t relative;    /* 1 = alphas times the square of the training set's largest s */
    int32_t fractional;  /* 1 = alphas are fractions of the least-squares weights' norm
                           instead, descending; over inner folds only */
    int64_t predictions; /* > 0: hand out held-out predictions as arrays of so many rows a
                            fold, those of its largest test set */
    int64_t most;    /* > 0: fit in that many principal directions of the training rows */
    int32_t float64; /* 1 = in float64 with any number of rows, through designs */
    int32_t unnamed; /* 1 = there is no penalty to hand out (least squares) */
};

/* One outer fold with all that its penalty is chosen on, factored once. Inner folds are
 * sets of rows like any other: delays, scaling and PCA are fitted anew on each one's
 * training rows, so that nothing of the rows it is judged by leaks into it. */
struct ana_split {
    const struct ana_fold *fold; /* borrowed */
    struct ana_design *outer;
    int64_t n_inner;
    struct ana_design **inner;
};

/* ANA_EPARAM where a fold has too few rows, or alphas to choose from and no inner choice. */
int ana_split_check(struct ana_ctx *ctx, const struct ana_fold *fold,
                    const struct ana_ridge *ridge);

/* ANA_EPARAM where each inner fold tests a single row, which has neither R2 nor r to choose
 * by; for what is chosen over them by such a loss. */
int ana_split_check_single(struct ana_ctx *ctx, const struct ana_fold *fold,
                           int32_t loss);

/* Owns:    the caller; release with `ana_split_destroy`. The fold must outlive it.
 * Errors:  as `ana_split_check` and `ana_design_from_space`.
 * Threads: any. */
int ana_split_create(struct ana_ctx *ctx, const struct ana_space *space,
                     const struct ana_fold *fold, const struct ana_ridge *ridge,
                     struct ana_split **out);
void ana_split_destroy(struct ana_ctx *ctx, struct ana_split *split);

/* Loss of every alpha for the t targets of y: curve is n_alphas x t.
 *
 * y  rows of the problem x t, float64, any strides. Threads: any. */
int ana_split_curve(struct ana_ctx *ctx, const struct ana_split *split,
                    const struct ana_ridge *ridge, const struct ana_tensor *y,
                    double *curve);

/* Weights (p x t) of the features as `ana_fold_matrix` makes them, and what is added to
 * their sum (t), fitted as by `ana_split_predict`; the ridge asks for weights.
 * Threads: any. */
int ana_split_weights(struct ana_ctx *ctx, const struct ana_split *split,
                      const struct ana_ridge *ridge, const struct ana_tensor *y,
                      const int64_t *choice, double *weights, double *intercept);

/* Fit all training rows with the chosen alphas (t places) and predict the test rows less
 * the training mean: prediction n_test x t, mean t. penalty (t; may be NULL) are those that
 * were used, in scikit-learn's convention. Threads: any. */
int ana_split_predict(struct ana_ctx *ctx, const struct ana_split *split,
                      const struct ana_ridge *ridge, const struct ana_tensor *y,
                      const int64_t *choice, double *prediction, double *mean,
                      double *penalty);

/* An inner fold with its rows counted in the problem's rows.
 * Owns: the caller; release its rows with `ana_split_inner_free`. */
int ana_split_inner_fold(struct ana_ctx *ctx, const struct ana_fold *fold, int64_t inner,
                         struct ana_fold *out);
void ana_split_inner_free(struct ana_ctx *ctx, struct ana_fold *inner);

/* to (n x t) = the given rows of y. Threads: any. */
void ana_take_rows(const struct ana_tensor *y, int64_t n, const int64_t *rows,
                   double *to);

#endif
