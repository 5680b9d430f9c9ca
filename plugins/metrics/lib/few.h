/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_FEW_H
#define METRICS_FEW_H

#include <anaflow/metric.h>

/* A few penalties whose ridge solutions give those of all the others: over eigenvalues
 * from `low` to `high` the functions 1 / (lambda + alpha) are close to each other, and
 * each is a combination of a few of them to float32 precision. Where the largest penalty
 * is beyond the eigenvalues, the first of the few is the limit of them all, alpha / (lambda
 * + alpha) times lambda = lambda, which needs no solution.
 *
 * What a penalty takes off squared errors consists of s + s' - s s' of pairs of eigenvalues,
 * with s = lambda / (lambda + alpha): -2 y'p + p'p of predictions p. The same weights serve
 * it where a plan says so; that of the limit is without the product. */
struct ana_few {
    int64_t n_alphas, k;
    int64_t *pick;  /* k places in the list of penalties; n_alphas = that limit */
    double *weight; /* n_alphas x k */
};

/* What a plan counts on. Where less than `least` are enough, `least` are taken; where
 * `solved` is as many, the limit is not among them. */
struct ana_few_plan {
    int64_t least, solved;
    double span; /* times that eigenvalues below the largest need not be told apart; 0 =
                    as far as they go */
    int32_t squares; /* 1 = what a penalty takes off squared errors is mixed, too */
};

/* low > 0, high >= low; the eigenvalues that occur lie between them.
 *
 * Owns:    the caller; release with `ana_few_finish`, also after an error.
 * Threads: any. */
int ana_few_create(struct ana_ctx *ctx, int64_t n_alphas, const double *alphas,
                   double low, double high, const struct ana_few_plan *plan,
                   struct ana_few *few);
/* The penalty of the k-th of the few; INFINITY for the limit. */
double ana_few_alpha(const struct ana_few *few, const double *alphas, int64_t k);

/* The most that are taken and the most that are solved where the largest eigenvalue, with
 * its margin, is between `first` and `last`, and others are down to `span` times smaller. */
int ana_few_within(struct ana_ctx *ctx, int64_t n_alphas, const double *alphas,
                   double first, double last, double span, int64_t *most,
                   int64_t *solved);

/* The most that are taken, whatever the eigenvalues. */
int ana_few_most(struct ana_ctx *ctx, int64_t n_alphas, const double *alphas,
                 int32_t squares, int64_t *most);

void ana_few_finish(struct ana_ctx *ctx, struct ana_few *few);

#endif
