/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MODULATION_FILTERS_H
#define MODULATION_FILTERS_H

#include <anaflow/anaflow.h>

/* The modulation filters of Chi, Ru & Shamma 2005, each as a finite impulse response. */

struct rate_filters {
    int64_t n;             /* rates */
    int64_t before, after; /* frames: a response reaches from -after to +before */
    double *response;      /* n x (after + 1 + before) pairs; lag -after first */
};

/* Analytic impulse responses at `frame_rate`; lags in frames.
 * Owns: the caller (rate_filters_finish). Errors: ANA_ERESOURCE. */
int rate_filters_create(struct ana_ctx *ctx, int64_t n, const double *rates,
                        double frame_rate, struct rate_filters *out);
void rate_filters_finish(struct ana_ctx *ctx, struct rate_filters *filters);

/* The one-sided scale filters as one matrix to multiply a spectrum of F channels with:
 * out, F x (2 * n * F): out[i][(p * n + s) * F + j] is what channel i adds to channel j
 * after scale s, p = 0 its real and 1 its imaginary part. `resolution` is the channels
 * an octave. Errors: ANA_ERESOURCE. */
int scale_matrix(struct ana_ctx *ctx, int64_t n, const double *scales, double resolution,
                 int64_t channels, float *out);

#endif
