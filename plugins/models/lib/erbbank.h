/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MODELS_LIB_ERBBANK_H
#define MODELS_LIB_ERBBANK_H

#include <anaflow/anaflow.h>

/* The cochlear filters that networks of McDermott's group are trained on: half cosines on
 * the ERB scale with low- and high-pass ones at the ends, applied to the spectrum of the
 * whole sound. (The plugin `cochleagram` has filters that local pieces of sound go
 * through; these are the published front ends, to the sample.) */
struct erb_bank;

/* Filters for sounds of `length` samples, silence included, at `rate` Hz: factor * (n + 1)
 * - 1 half cosines between low and high, and `factor` low-pass and high-pass ones each.
 * Owns: the caller. Threads: any. */
int erb_bank_create(struct ana_ctx *ctx, int64_t length, double rate, int64_t n,
                    double low, double high, int64_t factor, struct erb_bank **out);
void erb_bank_destroy(struct ana_ctx *ctx, struct erb_bank *bank);
int64_t erb_bank_channels(const struct erb_bank *bank);

/* Hilbert envelopes of n samples (n <= length, silence follows): frame i of channel c is
 *   sum_k kernel[k] envelope[i hop + k - before],  0 outside the n samples,
 * into frames x channels. Negative frequencies are left out; positive ones count
 * `positive` times, 0 and the Nyquist frequency once. */
struct erb_frames {
    int64_t hop, before, taps, frames;
    const double *kernel;
    double positive;
};
int erb_bank_run(struct ana_ctx *ctx, const struct erb_bank *bank, int64_t n,
                 const float *sound, const struct erb_frames *frames, double *out);

/* Kaiser's window, n points (Kaiser 1974). */
void kaiser_window(int64_t n, double beta, double *window);

#endif
