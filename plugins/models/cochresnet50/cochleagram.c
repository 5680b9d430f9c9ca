/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The network's input, as chcochleagram makes it: 2 s at 20 kHz, 211 filters (n = 50, 50 Hz
 * .. 10 kHz, 4 times overcomplete, low- and high-pass included), half of the Hilbert
 * envelope (negative frequencies are left out, positive ones not doubled), 200 Hz by a
 * sinc under Kaiser's window of 1001 samples (from -500.5 to 499.5 as published, which
 * is half a sample early), only where the window lies inside; (max(x, 0) + 1e-8)^0.3.
 */
#include <math.h>
#include <string.h>

#include "network.h"
#include "plugins/models/lib/erbbank.h"

enum { HOP = 100, TAPS = 1001 };

struct front_end {
    struct erb_bank *bank;
    double kernel[TAPS];
};

int front_end_create(struct ana_ctx *ctx, void **out)
{
    struct front_end *front_end = *out = ana_alloc(ctx, 1, sizeof *front_end);

    if (!front_end)
        return ANA_ERESOURCE;
    kaiser_window(TAPS, 5, front_end->kernel);
    for (int k = 0; k < TAPS; k++) {
        const double t = M_PI * (k - TAPS / 2.0) / HOP; /* never 0 */

        front_end->kernel[k] *= sin(t) / t / HOP;
    }
    return erb_bank_create(ctx, SAMPLES, RATE, 50, 50, 10000, 4, &front_end->bank);
}

void front_end_destroy(struct ana_ctx *ctx, void *arg)
{
    struct front_end *front_end = arg;

    if (!front_end)
        return;
    erb_bank_destroy(ctx, front_end->bank);
    ana_free(ctx, front_end);
}

int front_end_run(struct ana_ctx *ctx, const void *arg, int64_t n, const float *sound,
                  float *image)
{
    const struct front_end *front_end = arg;
    const struct erb_frames frames = {.hop = HOP,
                                      .taps = TAPS,
                                      .frames = FRAMES,
                                      .kernel = front_end->kernel,
                                      .positive = 1};
    double *x = ana_alloc(ctx, FRAMES * CHANNELS, sizeof *x);
    float *padded = ana_alloc(ctx, SAMPLES, sizeof *padded);
    int rc = ANA_ERESOURCE;

    if (x && padded) {
        memcpy(padded, sound, (size_t)n * sizeof *sound);
        rc = erb_bank_run(ctx, front_end->bank, SAMPLES, padded, &frames, x);
    }
    for (int64_t i = 0; rc == 0 && i < FRAMES * CHANNELS; i++)
        image[i] = (float)pow((x[i] > 0 ? x[i] : 0) + 1e-8, 0.3);
    ana_free(ctx, x);
    ana_free(ctx, padded);
    return rc;
}
