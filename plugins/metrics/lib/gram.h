/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_GRAM_H
#define METRICS_GRAM_H

#include "plugins/metrics/lib/split.h"

/* Chosen rows of a matrix, in chunks that fit the cache: what Gram matrices of training
 * sets that overlap are added up from. */
struct ana_picked {
    const double *x;    /* p columns */
    const int64_t *row; /* n row numbers; NULL = 0 .. n - 1 */
    int64_t n, p;
};

/* Sums over the picked rows, in their order.
 *
 * y     t columns, the same rows
 * gram  p x p = X'X;  xy  p x t = X'y;  sum_x  p;  sum_y  t */
struct ana_moments {
    double *gram, *xy, *sum_x, *sum_y;
};
int ana_moments_sum(struct ana_ctx *ctx, const struct ana_picked *rows, int64_t t,
                    const double *y, struct ana_moments *moments);
int ana_moments_create(struct ana_ctx *ctx, int64_t p, int64_t t,
                       struct ana_moments *moments);
void ana_moments_finish(struct ana_ctx *ctx, struct ana_moments *moments);

/* Turn the sums over a part of `all` rows into those over the n rows that remain, then
 * centre and scale each column of x by the remaining rows' own mean and population SD.
 * A column whose variance there is below 1e-12 of what it is over `all` becomes 0.
 *
 * shift, scale  p: x -> (x - shift) * scale, what was done
 * mean_y        t: the remaining rows' mean of y */
void ana_moments_remain(const struct ana_moments *all, struct ana_moments *part,
                        int64_t p, int64_t t, int64_t n, int centre, int scaled,
                        double *shift, double *scale, double *mean_y);

/* Ridge of one training set for every penalty: w = V (c / (lambda + alpha)). */
struct ana_gram_fit {
    int64_t p, t;
    int64_t first; /* directions below it are rounding */
    double
        *basis; /* p x p: V, its rows scaled like x's columns; weakest direction first */
    double *offset; /* p: shift' basis */
    double *lambda; /* p */
    double *c;      /* p x t: V'X'y */
    double *mean;   /* t: what a prediction adds */
};

/* Fit from moments, whose gram is taken over. shift and scale: p, or NULL.
 *
 * Owns:    the caller; release with `ana_gram_fit_finish`.
 * Threads: any. */
int ana_gram_fit_create(struct ana_ctx *ctx, int64_t n, int64_t p, int64_t t,
                        struct ana_moments *moments, const double *shift,
                        const double *scale, struct ana_gram_fit *fit);
void ana_gram_fit_finish(struct ana_ctx *ctx, struct ana_gram_fit *fit);

/* Predictions of picked rows for `columns` pairs of a penalty and a target, handed to
 * `take` in blocks: prediction is n x width, less the mean, for the pairs from `first` on.
 * Threads: any. */
struct ana_pairs {
    int64_t n;
    const double *alpha;   /* n */
    const int64_t *target; /* n */
};
int ana_gram_fit_predict(struct ana_ctx *ctx, const struct ana_gram_fit *fit,
                         const struct ana_picked *rows, const struct ana_pairs *pairs,
                         void (*take)(void *arg, int64_t first, int64_t width,
                                      const double *prediction),
                         void *arg);

/* Pairs of one block. */
enum { ANA_GRAM_COLUMNS = 1024, ANA_GRAM_ROWS = 1024 };

#endif
