/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The network's input, as its authors' demonstration makes it with pycochleagram: 2 s at
 * 16 kHz, as much silence behind, 211 filters (n = 50, 20 Hz .. 8 kHz, 4 times
 * overcomplete, low- and high-pass included), Hilbert envelopes, 200 Hz by a windowed
 * sinc (scipy's resample_poly), negative values to 0, power 0.3, the whole scaled to 0 ..
 * 255, and 400 x 211 resized to 256 x 256 by Lanczos' kernel (Pillow's, 3 lobes).
 */
#include <math.h>
#include <string.h>

#include "network.h"
#include "plugins/models/lib/erbbank.h"

enum { HOP = 80, HALF = 10 * HOP, TAPS = 2 * HALF + 1, FRAMES = SAMPLES / HOP };

struct front_end {
    struct erb_bank *bank;
    double kernel[TAPS];
};

/* A sinc cut off at half the frame rate under Kaiser's window, of sum 1. */
static void design_kernel(double *kernel)
{
    double sum = 0;

    kaiser_window(TAPS, 5, kernel);
    for (int k = 0; k < TAPS; k++) {
        const double t = M_PI * (k - HALF) / HOP;

        kernel[k] *= k == HALF ? 1 : sin(t) / t;
        sum += kernel[k];
    }
    for (int k = 0; k < TAPS; k++)
        kernel[k] /= sum;
}

int front_end_create(struct ana_ctx *ctx, void **out)
{
    struct front_end *front_end = *out = ana_alloc(ctx, 1, sizeof *front_end);

    if (!front_end)
        return ANA_ERESOURCE;
    design_kernel(front_end->kernel);
    return erb_bank_create(ctx, (int64_t)2 * SAMPLES, RATE, 50, 20, 8000, 4,
                           &front_end->bank);
}

void front_end_destroy(struct ana_ctx *ctx, void *arg)
{
    struct front_end *front_end = arg;

    if (!front_end)
        return;
    erb_bank_destroy(ctx, front_end->bank);
    ana_free(ctx, front_end);
}

static double lanczos(double x)
{
    const double t = M_PI * x;

    if (fabs(x) >= 3)
        return 0;
    return x == 0 ? 1 : sin(t) / t * sin(t / 3) / (t / 3);
}

/* A line of n numbers, `step` apart, resized to EDGE numbers `to_step` apart. */
static void resize_line(int64_t n, const double *x, int64_t step, double *y,
                        int64_t to_step)
{
    const double scale = (double)n / EDGE, wide = scale > 1 ? scale : 1;

    for (int64_t i = 0; i < EDGE; i++) {
        const double centre = ((double)i + 0.5) * scale;
        int64_t from = (int64_t)(centre - 3 * wide + 0.5);
        int64_t to = (int64_t)(centre + 3 * wide + 0.5);
        double sum = 0, weights = 0;

        from = from < 0 ? 0 : from;
        to = to > n ? n : to;
        for (int64_t k = from; k < to; k++) {
            const double w = lanczos(((double)k - centre + 0.5) / wide);

            sum += w * x[k * step];
            weights += w;
        }
        y[i * to_step] = sum / weights;
    }
}

static void scale_to_255(int64_t n, double *x)
{
    double least = INFINITY, most = -INFINITY;

    for (int64_t i = 0; i < n; i++) {
        x[i] = x[i] > 0 ? pow(x[i], 0.3) : 0;
        least = x[i] < least ? x[i] : least;
        most = x[i] > most ? x[i] : most;
    }
    for (int64_t i = 0; i < n; i++) /* silence has no range and stays 0 */
        x[i] = most > least ? 255 * (1 - (most - x[i]) / (most - least)) : 0;
}

int front_end_run(struct ana_ctx *ctx, const void *arg, int64_t n, const float *sound,
                  float *image)
{
    const struct front_end *front_end = arg;
    const int64_t C = erb_bank_channels(front_end->bank);
    const struct erb_frames frames = {.hop = HOP,
                                      .before = HALF,
                                      .taps = TAPS,
                                      .frames = FRAMES,
                                      .kernel = front_end->kernel,
                                      .positive = 2};
    double *x = ana_alloc(ctx, FRAMES * C, sizeof *x);
    double *y = ana_alloc(ctx, EDGE * C, sizeof *y);
    double *z = ana_alloc(ctx, EDGE * EDGE, sizeof *z);
    float *padded = ana_alloc(ctx, SAMPLES, sizeof *padded);
    int rc = ANA_ERESOURCE;

    if (x && y && z && padded) {
        memcpy(padded, sound, (size_t)n * sizeof *sound);
        rc = erb_bank_run(ctx, front_end->bank, SAMPLES, padded, &frames, x);
    }
    if (rc == 0) {
        scale_to_255(FRAMES * C, x);
        for (int64_t c = 0; c < C; c++) /* over time, then over frequency */
            resize_line(FRAMES, x + c, C, y + c, C);
        for (int64_t t = 0; t < EDGE; t++)
            resize_line(C, y + t * C, 1, z + t * EDGE, 1);
        for (int64_t i = 0; i < (int64_t)EDGE * EDGE; i++)
            image[i] = (float)z[i];
    }
    ana_free(ctx, x);
    ana_free(ctx, y);
    ana_free(ctx, z);
    ana_free(ctx, padded);
    return rc;
}
