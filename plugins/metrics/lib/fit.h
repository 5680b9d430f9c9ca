/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_FIT_H
#define METRICS_FIT_H

#include "plugins/metrics/lib/spectrum.h"

/* A training set and its held-out rows in the directions of a spectrum, in float32:
 * b = T'y, prediction = T_test (b / (lambda + alpha)). */
struct ana_fit {
    int64_t n, m, p, r;
    double size;
    double *lambda; /* r */
    float *train;   /* n x r: T, or NULL */
    float *test;    /* m x r, or NULL */
    float *basis;   /* p x r, or NULL */
    float *maps;    /* for each of some penalties m x p, or NULL */
};

/* train, test and basis are left out where `train` or `held` is NULL or basis is 0.
 *
 * Owns:    the caller; release with `ana_fit_destroy`.
 * Threads: any. */
int ana_fit_create(struct ana_ctx *ctx, const struct ana_spectrum *spectrum,
                   const struct ana_picked *train, const struct ana_picked *held,
                   int basis, struct ana_fit **out);
void ana_fit_destroy(struct ana_ctx *ctx, struct ana_fit *fit);

/* b (r x w) = T'y; y is n x w. Threads: any, as below. */
int ana_fit_rotate(struct ana_ctx *ctx, const struct ana_fit *fit, int64_t w,
                   const float *y, float *b);

/* The same from sums over the training rows, xy (p x w), which the basis turns. */
int ana_fit_turn(struct ana_ctx *ctx, const struct ana_fit *fit, int64_t w,
                 const float *xy, float *b);

/* b /= lambda + alpha, in place, a penalty for each target (w). */
void ana_fit_shrink(const struct ana_fit *fit, int64_t w, const double *alpha, float *b);

/* prediction (m x w) = T_test b, or weights (p x w) = basis b, of a shrunken b. */
int ana_fit_predict(struct ana_ctx *ctx, const struct ana_fit *fit, int64_t w,
                    const float *b, float *prediction);
int ana_fit_weights(struct ana_ctx *ctx, const struct ana_fit *fit, int64_t w,
                    const float *b, float *weights);

/* Make of test and basis, which go, the maps from sums over the training rows to predictions,
 * T_test (basis / (lambda + alpha))', for n penalties.
 *
 * Owns:    the fit, whose maps go with it.
 * Errors:  ANA_ERESOURCE; test and basis are gone then too.
 * Threads: any, of a fit one at a time. */
int ana_fit_map(struct ana_ctx *ctx, struct ana_fit *fit, int64_t n,
                const double *alphas);
/* prediction (m x w) by the map of each target's choice (w: 0 .. n - 1), from xy (p x w).
 * room is (p + m) x w. Threads: any. */
int ana_fit_predict_chosen(struct ana_ctx *ctx, const struct ana_fit *fit, int64_t n,
                           int64_t w, const float *xy, const int64_t *choice, float *room,
                           float *prediction);

#endif
