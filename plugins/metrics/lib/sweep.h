/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_SWEEP_H
#define METRICS_SWEEP_H

#include "plugins/metrics/lib/spectrum.h"

/* Squared errors on held-out rows for every penalty, at a cost that does not depend on
 * how many there are. With A = the held-out rows in a training set's directions,
 * G = A'A, f = 1 / (lambda + alpha) and b the rotated targets, a prediction is A (f b):
 *
 *     |y - A f b|^2 = |y|^2 - 2 sum_i f_i b_i (A'y)_i + sum_ij b_i b_j G_ij f_i f_j
 *
 * and f_i f_j = (f_i - f_j) / (lambda_j - lambda_i), so that with the antisymmetric
 * H_ij = G_ij / (lambda_j - lambda_i) and z = H b the double sum is 2 sum_i (f_i - c) b_i
 * z_i for any constant c. Pairs nearer than 1 % would divide rounding by almost nothing;
 * there f_i f_j = (f_i^2 + f_j^2) / 2 to 5e-5. Everything is then linear
 * in f_i, f_i - c and f_i^2: products n_alphas x 3r with what each target gives, a band of
 * directions at a time. */
struct ana_sweep {
    int64_t m, p, r, n_alphas;
    float *basis; /* p x r: what X'Y is rotated by; in far's block, as held is */
    float *held;  /* m x r: A */
    float *sums;  /* r: A'1 */
    float *place; /* r: mean x of the training rows, rotated */
    int64_t n;    /* training rows */
    float *far;   /* r x r: H, 0 where a pair is near */
    float *near;  /* the near entries of G: for each band of ANA_SWEEP_BAND rows, a
                       matrix of those rows x its columns */
    int64_t *from, *columns, *start; /* of each band: first column, columns, place */
    float *factors;                  /* of each band: n_alphas x 3 (rows of the band) */
};
enum { ANA_SWEEP_BAND = 32 };

/* spectrum's directions and the m held-out rows. Takes nothing over. Of a spectrum without
 * a basis (p = 0) the rows are in its directions already, m x r, and targets are rotated by
 * others: not ana_sweep_rotate, ana_sweep_turn. room: r x r numbers to work in, or NULL.
 *
 * Owns:    the caller; release with `ana_sweep_destroy`.
 * Threads: any. */
int ana_sweep_create(struct ana_ctx *ctx, const struct ana_spectrum *spectrum,
                     const struct ana_picked *held, int64_t n_alphas,
                     const double *alphas, double *room, struct ana_sweep **out);
/* Rotate T'Y instead of X'Y from now on, T = X times the other spectrum's whole basis: its
 * columns are as long as their directions are strong, so that sums in float32 keep the digits
 * of weak ones. room: p x r numbers to work in. */
int ana_sweep_turn(struct ana_ctx *ctx, const struct ana_spectrum *spectrum,
                   const struct ana_spectrum *other, double *room,
                   struct ana_sweep *sweep);
void ana_sweep_destroy(struct ana_ctx *ctx, struct ana_sweep *sweep);

/* cross (r x w) = A'y of the held-out y (m x w). Threads: any, as below. */
int ana_sweep_cross(struct ana_ctx *ctx, const struct ana_sweep *sweep, int64_t w,
                    const float *y, float *cross);

/* b (r x w): the targets of the training rows, rotated; from sums over these and the
 * held-out rows together, xy = X'y (p x w) and sum = 1'y (w), less the cross of the
 * held-out rows. */
int ana_sweep_rotate(struct ana_ctx *ctx, const struct ana_sweep *sweep, int64_t w,
                     const float *xy, const double *sum, const float *cross, float *b);

/* b or cross (r x w) from sums over rows that are in the sweep's directions, but for their
 * place: less that times sum = 1'y (w) over the same rows. Threads: any. */
void ana_sweep_place(const struct ana_sweep *sweep, int64_t w, const double *sum,
                     float *b);

/* errors (n_alphas x w) = squared errors of the held-out y (m x w, less `offset`, w) of
 * every penalty, given rotated targets b (r x w). work is ana_sweep_work x w: the cross of
 * y, and room. */
int ana_sweep_errors(struct ana_ctx *ctx, const struct ana_sweep *sweep, int64_t w,
                     const float *b, const float *y, const double *offset, float *work,
                     double *errors);

/* Floats of a target that errors are found in. */
int64_t ana_sweep_work(int64_t r);
/* Bytes that it keeps. */
double ana_sweep_bytes(int64_t m, int64_t p, int64_t n_alphas);
/* Operations of making one (without its spectrum), and of one target. */
double ana_sweep_flops(int64_t m, int64_t p);
double ana_sweep_target_flops(int64_t m, int64_t p, int64_t n_alphas);

#endif
