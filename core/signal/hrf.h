/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_SIGNAL_HRF_H
#define ANA_SIGNAL_HRF_H

#include <anaflow/base.h>

/* Haemodynamic responses to a moment of activity: the difference of two gamma densities of
 * unit scale d, of shapes p1/d and p2/d, the second times `ratio`:
 *
 *     h(t) = g(t; p1/d1, d1) - ratio g(t; p2/d2, d2)
 *
 *     Glover 1999 (as nilearn): p1 6, p2 12, d .9, ratio .48
 *     SPM: p1 6, p2 16, d 1, ratio .167 */
#define ANA_HRF_GLOVER 1
#define ANA_HRF_SPM 2

/* h at time t (s), not scaled: its integral over all t is 1 - ratio. */
double ana_hrf(int kind, double t);

/* n samples on nilearn's grid, linspace(0, length, n), shifted by dt and divided by
 * their sum. */
void ana_hrf_samples(int kind, double length, double dt, int64_t n, double *out);

/* Convolve F features (n x F at `rate` Hz, sample i at i / rate) with a response sampled at
 * that rate over 32 s and divided by its sum: out[t] = sum_k h[k] x[t - k], in place; before
 * the first sample stands 0.
 * Errors: ANA_ERESOURCE. Threads: any. */
int ana_hrf_convolve(struct ana_ctx *ctx, int kind, double rate, int64_t n, int64_t F,
                     float *x);

#endif
