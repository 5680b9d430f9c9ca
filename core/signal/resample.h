/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_SIGNAL_RESAMPLE_H
#define ANA_SIGNAL_RESAMPLE_H

#include <anaflow/base.h>

/* From one evenly sampled clock to another. */

/* A one-shot change of rate with soxr at very high quality, group delay removed:
 * out sample k is the signal at time k / to. n_out = ceil(n * to / from).
 * x n x channels (interleaved), out n_out x channels. */
int ana_resample(struct ana_ctx *ctx, const float *x, int64_t n, int64_t channels,
                 double from, double to, float *out, int64_t n_out);

/* Samples of features onto a recording's clock. x: n x F, sample i centred at
 * x_start + i / x_rate (s). out: m x F, sample j at y_start + j / y_rate.
 * Where x is the faster clock, each out sample is the mean of the x samples whose
 * centres lie in its bin [t - 1/(2 rate), t + 1/(2 rate)), an anti-aliasing average;
 * where x is slower, linear interpolation between neighbours. Out samples beyond
 * x's ends take fill (F values). */
int ana_align(struct ana_ctx *ctx, const float *x, int64_t n, int64_t features,
              double x_start, double x_rate, double y_start, double y_rate,
              const float *fill, int64_t m, float *out);

#endif
