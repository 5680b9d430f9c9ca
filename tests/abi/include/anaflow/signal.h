/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANAFLOW_SIGNAL_H
#define ANAFLOW_SIGNAL_H

#include <anaflow/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A discrete Fourier transform of one length, planned once, used by any number
 * of threads. Opaque. Since: ABI 0.1. */
struct ana_fft;

/* Plan length n >= 1 (any n; products of 2, 3, 5, 7 are fast).
 * Owns: the caller; release with `ana_fft_destroy`. Errors: ANA_ERESOURCE, ANA_EPARAM.
 * Threads: any. Since: ABI 0.1. */
ANA_API int ana_fft_create(struct ana_ctx *ctx, int64_t n, struct ana_fft **out);
ANA_API void ana_fft_destroy(struct ana_ctx *ctx, struct ana_fft *fft);

/* X[k] = sum_t x[t] exp(-2 pi i k t / n), not scaled; the inverse has + and 1/n.
 * in, out: n interleaved (re, im) pairs, distinct.
 * Errors: ANA_ERESOURCE. Threads: any. Since: ABI 0.1. */
ANA_API int ana_fft_forward(struct ana_ctx *ctx, const struct ana_fft *fft,
                            const double *in, double *out);
ANA_API int ana_fft_inverse(struct ana_ctx *ctx, const struct ana_fft *fft,
                            const double *in, double *out);

/* The least length >= n that is a product of 2, 3 and 5. Threads: any. Since: ABI 0.1. */
ANA_API int64_t ana_fft_good_length(int64_t n);

/* Equivalent rectangular bandwidth of the auditory filter at f Hz (Glasberg &
 * Moore 1990): 24.7 (4.37 f / 1000 + 1) Hz; the number of ERBs below f; its inverse.
 * Threads: any. Since: ABI 0.1. */
ANA_API double ana_erb(double frequency);
ANA_API double ana_erb_number(double frequency);
ANA_API double ana_erb_frequency(double number);

#ifdef __cplusplus
}
#endif
#endif
