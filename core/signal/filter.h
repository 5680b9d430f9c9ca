/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_SIGNAL_FILTER_H
#define ANA_SIGNAL_FILTER_H

#include <anaflow/base.h>

/* Recursive filters as second-order sections, y[t] = b0 x[t] + b1 x[t-1] + b2 x[t-2]
 * - a1 y[t-1] - a2 y[t-2], one section after another; a first-order section has b2 = a2 =
 * 0. Frequencies in Hz. */
struct ana_section {
    double b0, b1, b2, a1, a2;
};
enum { ANA_MOST_SECTIONS = 24 };
struct ana_filter {
    int n;
    struct ana_section section[ANA_MOST_SECTIONS];
};

/* Butterworth of an order (1 .. 12; of a band-pass, of each edge), designed by the
 * bilinear transform with warped edges, as scipy.signal.butter does. Half power (-3 dB) at
 * the edges; filtered twice (ana_filter_twice), a quarter.
 * low  NAN or 0 = low-pass below `high`; high NAN or 0 = high-pass above `low`
 * Errors: ANA_EPARAM where an edge is not between 0 and half the rate, with both. */
int ana_butterworth(struct ana_ctx *ctx, int order, double low, double high, double rate,
                    struct ana_filter *out);

/* Chebyshev (type 1) low-pass of an even order below `edge`, whose gain lies between 1 and
 * -ripple dB up to there, as scipy.signal.cheby1. Errors: ANA_EPARAM. */
int ana_chebyshev(struct ana_ctx *ctx, int order, double ripple, double edge, double rate,
                  struct ana_filter *out);

/* A notch at `frequency` of quality q = frequency / bandwidth at -3 dB (as
 * scipy.signal.iirnotch). Errors: ANA_EPARAM. */
int ana_notch(struct ana_ctx *ctx, double frequency, double q, double rate,
              struct ana_filter *out);

/* Filter n samples `stride` apart forward and backward in place: zero phase, the square of
 * the filter's gain. Each end is extended by 3 x (2 sections + 1) samples of odd
 * reflection (less 3 a first-order section) and each pass begins in the steady state of
 * its first sample, as scipy.signal.sosfiltfilt.
 * work  n + 2 * ana_filter_edge() doubles
 * Errors: ANA_EPARAM where n is not longer than the edge. Threads: any. */
int64_t ana_filter_edge(const struct ana_filter *filter);
int ana_filter_twice(struct ana_ctx *ctx, const struct ana_filter *filter, double *x,
                     int64_t n, int64_t stride, double *work);

/* Amplitude of the analytic signal, |x + i H(x)|, of n samples (FFT over all of them,
 * negative frequencies dropped, as scipy.signal.hilbert).
 * out n; may be x. work 4 n doubles. fft of length n. */
struct ana_fft;
int ana_envelope(struct ana_ctx *ctx, const struct ana_fft *fft, const double *x,
                 int64_t n, double *work, double *out);

#endif
