/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_SIGNAL_RESAMPLE_H
#define ANA_SIGNAL_RESAMPLE_H

#include <anaflow/base.h>

/* From one evenly sampled clock to another. */

/* Samples that n of them become: ceil(n to / from), whole results exact. */
int64_t ana_resample_length(int64_t n, double from, double to);

/* A one-shot change of rate with soxr at very high quality, group delay removed:
 * out sample k is the signal at time k / to.
 * x n x channels (interleaved), out n_out x channels, n_out = ana_resample_length().
 * Errors: ANA_EPARAM, ANA_ESHAPE, ANA_ERESOURCE. Threads: any. */
int ana_resample(struct ana_ctx *ctx, const float *x, int64_t n, int64_t channels,
                 double from, double to, float *out, int64_t n_out);

/* to / from as a ratio of whole numbers in lowest terms. 0, or -1 where there is none of
 * at most 20,000. */
int ana_ratio(double from, double to, int64_t *up, int64_t *down);

/* The same by a ratio, as scipy.signal.resample_poly with its own filter (a sinc of ten
 * lobes in a Kaiser window, beta 5), in double; beyond x's ends stand zeros.
 * x n x channels, out n_out x channels, n_out = ceil(n up / down).
 * Errors: ANA_ERESOURCE. Threads: any. */
int ana_resample_poly(struct ana_ctx *ctx, const double *x, int64_t n, int64_t channels,
                      int64_t up, int64_t down, double *out, int64_t n_out);

/* Samples of features onto a recording's clock. x: n x F, sample i centred at
 * x_start + i / x_rate (s). out: m x F, sample j at y_start + j / y_rate.
 * Where x is the faster clock, each out sample is the mean of the x samples whose
 * centres lie in its bin [t - 1/(2 rate), t + 1/(2 rate)), an anti-aliasing average;
 * where x is as fast or slower, linear interpolation between neighbours (an end's
 * sample holds for half its period). Out samples beyond x's ends take fill (F values).
 * Errors: ANA_EPARAM, ANA_ESHAPE. Threads: any. */
int ana_align(struct ana_ctx *ctx, const float *x, int64_t n, int64_t features,
              double x_start, double x_rate, double y_start, double y_rate,
              const float *fill, int64_t m, float *out);

#endif
