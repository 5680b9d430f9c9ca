/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_SIGNAL_KERNEL_H
#define ANA_SIGNAL_KERNEL_H

#include <anaflow/base.h>

/* How samples at any times come onto a regular clock of `rate` Hz: each weighs what the
 * kernel says of the time between it and a sample of the clock,
 *
 *     out[j] = sum_i w(t_j - t_i) x[i] / norm
 *
 * Lanczos (signal/lanczos.h): w is low-passed at the clock's rate, or at that of x where
 * x is slower. A haemodynamic response (signal/hrf.h): w = h over 32 s, the convolution
 * of x with h as it stands at the scans.
 * norm keeps a constant x of a regular rate what it is. Samples without a rate (words)
 * have norm 1 under Lanczos, and the response's integral under h: words that come denser
 * give more. */
#define ANA_KERNEL_NONE 0
#define ANA_KERNEL_LANCZOS 1
#define ANA_KERNEL_GLOVER 2
#define ANA_KERNEL_SPM 3

struct ana_kernel {
    int32_t kind; /* ANA_KERNEL_... */
    int32_t pad;
    double lobes; /* of LANCZOS */
};

/* A kernel between two clocks; x_rate = 0: samples without a rate. */
struct ana_kernel_on {
    int32_t kind, pad;
    double lobes, cutoff;
    double before,
        after; /* s: a sample at t reaches the clock over [t - before, t + after] */
    double norm;
};

void ana_kernel_on(const struct ana_kernel *kernel, double x_rate, double rate,
                   struct ana_kernel_on *out);

/* w(dt) / norm for the clock's time less the sample's, in s. */
double ana_kernel_weight(const struct ana_kernel_on *kernel, double dt);

/* The rows [*first, *end) of a clock that a sample at time t (s) reaches: row k lies at
 * start + k / rate, 0 <= k < n. Neither
 * end falls as t grows. */
void ana_kernel_reach(const struct ana_kernel_on *kernel, double t, double start,
                      double rate, int64_t n, int64_t *first, int64_t *end);

/* Add one sample of F features at time t (s) to the rows of a clock that it reaches:
 * row k lies at start + k / rate, 0 <= k < n. sum is n x F. Threads: any. */
void ana_kernel_spread(const struct ana_kernel_on *kernel, double t, int64_t F,
                       const float *x, double start, double rate, int64_t n, double *sum);

#endif
