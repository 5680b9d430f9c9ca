/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_DESIGN_H
#define METRICS_DESIGN_H

#include <anaflow/metric.h>

/* One training set and the rows held out from it, rotated into the directions that
 * the training rows span: X - mean = U diag(s) V'. Every ridge answer is then a
 * diagonal scaling:
 *
 *     b = U' (y - mean y)                            r x targets
 *     held-out prediction = mean y + T (s / (s^2 + alpha) * b),   T = (X' - mean) V
 *
 * n training rows, m held-out rows, p features, r directions. */
struct ana_design {
    int64_t n, m, p, r;
    int32_t intercept; /* 1 = y and X are centred by their training means */
    int32_t full;      /* 1 = U spans all that n rows can hold: nothing is left over */
    int64_t *train, *test; /* n, m rows of the problem, or NULL */
    double *u;    /* n x r, orthonormal, orthogonal to the constant if intercept */
    double *s;    /* r, descending, > 0 */
    double *t;    /* m x r */
    double *left; /* n: (I - 11'/n - UU')_ii, exactly 0 where nothing is left over */
    double *v;    /* p x r, orthonormal, or NULL */
    double *mean; /* p: what was subtracted from the features */
};

/* Rotate a training set by the cheapest form that is accurate: the SVD of X while
 * that is a matter of moments, else the eigenvectors of X'X (p <= n) or XX' (p > n).
 * Directions below max(n, p) * 2^-52 of the largest (of X, or of its square) are
 * rounding and are dropped.
 *
 * train   n x p, overwritten
 * test    m x p, overwritten; NULL if m is 0
 *
 * Owns:    the caller owns the design; release with `ana_design_destroy`.
 * Errors:  ANA_ERESOURCE; ANA_ENUMERIC where a value is not finite.
 * Threads: any. */
int ana_design_create(struct ana_ctx *ctx, int64_t n, int64_t m, int64_t p, double *train,
                      double *test, int intercept, struct ana_design **out);

/* The same by a form of the caller's choice: the forms agree, which tests hold them to.
 * GRAM needs p <= n. */
#define ANA_DESIGN_SVD 1
#define ANA_DESIGN_GRAM 2
#define ANA_DESIGN_KERNEL 3
#define ANA_DESIGN_BASIS 4 /* added to one of them: keep v and mean, for weights */
int ana_design_create_by(struct ana_ctx *ctx, int32_t form, int64_t n, int64_t m,
                         int64_t p, double *train, double *test, int intercept,
                         struct ana_design **out);

/* The form that `ana_design_create` takes. Threads: any. */
int32_t ana_design_form(int64_t n, int64_t p);

/* Whether LAPACK's 32-bit sizes hold what it decomposes. Errors: ANA_ERESOURCE. */
int ana_design_fits(struct ana_ctx *ctx, int64_t n, int64_t p);

/* The same for a fold's rows of a space: delays, scaling and PCA fitted on the fold's
 * training rows alone; the design remembers both sets of rows.
 *
 * most  > 0: keep that many directions, those of the largest s (principal components of
 *       the training rows); 0 = all
 * basis 1 = keep v and mean, for weights */
int ana_design_from_space(struct ana_ctx *ctx, const struct ana_space *space,
                          const struct ana_fold *fold, int intercept, int64_t most,
                          int basis, struct ana_design **out);

void ana_design_destroy(struct ana_ctx *ctx, struct ana_design *design);

/* Centre y (n x t, in place) by its training means (t; 0 without an intercept) and
 * rotate it: b = U' y, r x t. Threads: any. */
int ana_design_project(struct ana_ctx *ctx, const struct ana_design *design, int64_t t,
                       double *y, double *mean, double *b);

/* Held-out predictions less the training mean, m x t, with penalty alpha[choice[j]]
 * for target j. Threads: any. */
int ana_design_predict(struct ana_ctx *ctx, const struct ana_design *design, int64_t t,
                       const double *b, const double *alphas, const int64_t *choice,
                       double *prediction);

/* The same with one penalty for all targets; work has room for r x t. Threads: any. */
int ana_design_predict_all(struct ana_ctx *ctx, const struct ana_design *design,
                           int64_t t, const double *b, double alpha, double *work,
                           double *prediction);

/* Weights (p x t) of such predictions, and what is added to their sum (t): of a design
 * with v. mean: the training means of y. Threads: any. */
int ana_design_weights(struct ana_ctx *ctx, const struct ana_design *design, int64_t t,
                       const double *b, const double *mean, const double *alphas,
                       const int64_t *choice, double *weights, double *intercept);

/* Subtract the column means of train (n x p; into mean, zeroed by the caller) from train
 * and test (m x p). Threads: any. */
void ana_centre_columns(int64_t n, int64_t m, int64_t p, double *train, double *test,
                        double *mean);

/* Bytes that a design keeps, and the most that making it takes beside these (its X
 * included). Threads: any. */
double ana_design_bytes(int64_t n, int64_t m, int64_t p);
double ana_design_work_bytes(int64_t n, int64_t m, int64_t p);

/* Floating-point operations of making one, and those of them that the decomposition
 * takes; directions that it has where no column follows from others. Threads: any. */
double ana_design_flops(int64_t n, int64_t m, int64_t p);
double ana_design_factor_flops(int64_t n, int64_t p);
int64_t ana_design_rank(int64_t n, int64_t p);

/* Keep the first `most` directions of a design that has more. Threads: any. */
void ana_design_keep(struct ana_design *design, int64_t most);

#endif
