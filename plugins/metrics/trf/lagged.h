/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_TRF_LAGGED_H
#define METRICS_TRF_LAGGED_H

#include <anaflow/metric.h>

/* Sums over rows of the lagged matrix, which is never made. Its row r holds, delay by
 * delay, the F features of sample base[r] - delay (column d F + f), its p = D F columns in
 * ascending order of delays.
 *
 * The Gram matrix by shifts: with B(d, e) = sum over rows of x[base - d]' x[base - e], an
 * unbroken stretch of rows [a, b) gives
 *
 *     B(d + s, e + s) = B(d, e) + sum_{q = 1..s} x[a-q-d]' x[a-q-e] - x[b-q-d]' x[b-q-e]
 *
 * so one product F x n x F serves all pairs of delays that are equally far apart: n F^2 D
 * operations in place of n F^2 D^2. */
struct lagged {
    int64_t n_samples, n_rows, F, D, p;
    const double *x;     /* n_samples x F */
    const int64_t *base; /* n_rows */
    int64_t *delays;     /* D, ascending */
    int64_t n_chains;    /* distances between delays that occur */
    int64_t *chain;      /* n_chains + 1: where each begins in `pair` */
    int64_t *pair;       /* 2 places of `delays` each, d <= e, along each chain */
};

/* x and base are borrowed. Owns: the caller; release with `lagged_finish`, also after an
 * error. Threads: any. */
int lagged_create(struct ana_ctx *ctx, int64_t n_samples, int64_t n_rows, int64_t F,
                  const double *x, const int64_t *base, int64_t n_delays,
                  const int64_t *delays, struct lagged *out);
void lagged_finish(struct ana_ctx *ctx, struct lagged *lagged);

/* Sums over some rows. Zero them first. */
struct lagged_sums {
    double *gram;  /* p x p: blocks of rows d and columns e >= d alone; NULL = none */
    double *sum;   /* p */
    double *cross; /* p x t: X'Y */
    double *y_sum; /* t */
    double *y_square;
    double n;
};
int lagged_sums_create(struct ana_ctx *ctx, int64_t p, int64_t t, int with_gram,
                       struct lagged_sums *out);
void lagged_sums_zero(int64_t p, int64_t t, struct lagged_sums *sums);
void lagged_sums_finish(struct ana_ctx *ctx, struct lagged_sums *sums);

/* Add sign times the sums over n rows (ascending) to *sums; y is n_rows x t in C order.
 * On all workers; the bits do not depend on how many there are. */
int lagged_add(struct ana_ctx *ctx, const struct lagged *lagged, int64_t n,
               const int64_t *row, int64_t t, const double *y, double sign,
               struct lagged_sums *sums);

/* Both triangles of the Gram matrix from the blocks that were summed. */
void lagged_mirror(int64_t p, int64_t F, double *gram);

/* out (n x t) = the rows' predictions X w, w p x t, from lags [first, first + m) alone
 * (w has their m F rows). */
int lagged_predict(struct ana_ctx *ctx, const struct lagged *lagged, int64_t n,
                   const int64_t *row, int64_t first, int64_t m, int64_t t,
                   const double *w, double *out);

/* Operations of the products behind the Gram matrix over n rows. */
double lagged_gram_flops(const struct lagged *lagged, double n);

#endif
