/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_SPECTRUM_H
#define METRICS_SPECTRUM_H

#include "plugins/metrics/lib/gram.h"

/* The directions that a training set's rows span, from its Gram matrix:
 * Z'Z = V diag(lambda) V' with Z = (X - 1 shift') diag(scale). Everything is in units of
 * the largest eigenvalue: lambda <= 1, and basis = diag(scale) V / size, so that
 * (X - 1 shift') basis has columns of squared norm lambda. Penalties are divided by
 * size^2. */
struct ana_spectrum {
    int64_t n, p, r; /* training rows, features, directions: p, so that what is done with
                        them is known beforehand */
    int64_t null;    /* the first so many are rounding: their basis is 0, and lambda only
                        keeps them apart */
    double size;     /* square root of the largest eigenvalue */
    double *lambda;  /* r, ascending */
    double *basis;   /* p x r */
    double *offset;  /* r: shift' basis */
};

/* From sums over the n training rows, gram (p x p, taken over: the basis in the end) and sum
 * (p). room: what ana_eigh_in works in, or NULL.
 *
 * centre, scaled  what is done to each column: less its mean, over its population SD. A
 *                 column whose variance is below 1e-12 of `all` (p: the diagonal of the
 *                 Gram matrix before rows were taken out) becomes 0.
 *
 * Owns:    the caller; release with `ana_spectrum_finish`, also after an error.
 * Threads: any. */
int ana_spectrum_create(struct ana_ctx *ctx, int64_t n, int64_t p, double *gram,
                        const double *sum, const double *all, int centre, int scaled,
                        double *room, struct ana_spectrum *spectrum);
/* The same, but for the basis and offset of null directions, which are as those of others:
 * the basis is whole, for rows that are not of the training set. */
int ana_spectrum_find(struct ana_ctx *ctx, int64_t n, int64_t p, double *gram,
                      const double *sum, const double *all, int centre, int scaled,
                      double *room, struct ana_spectrum *spectrum);
/* Whether all directions are about as strong, with the least penalty: float32 products then
 * keep the digits of each, as they keep those of what is made of them. Threads: any. */
int ana_spectrum_is_even(const struct ana_spectrum *spectrum, double alpha);
void ana_spectrum_finish(struct ana_ctx *ctx, struct ana_spectrum *spectrum);

#endif
