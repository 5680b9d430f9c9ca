/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Whisper's log-mel spectrogram (Radford et al. 2023):
 *   power[t, k] = |sum_n hann[n] x[160 t + n - 200] exp(-2 pi i k n / 400)|^2
 *   mel[t, m]   = log10 max(sum_k F[m, k] power[t, k], 1e-10)
 *   out         = (max(mel, max over the clip - 8) + 4) / 4
 * The sound is mirrored 200 samples beyond both ends; padding with silence comes first,
 * so a padded end mirrors silence. F: triangles on Slaney's mel scale (linear up to 1
 * kHz, then 27 steps to a factor of 6.4), of area 1 in Hz x 2.
 */
#include <math.h>
#include <string.h>

#include "network.h"

enum { BLOCK = 64 }; /* frames of a task */

struct logmel {
    struct ana_fft *fft;
    int64_t bands;
    double *window;  /* periodic Hann */
    double *filters; /* M x BINS */
};

static double hz_of_mel(double mel)
{
    return mel < 15 ? mel * 200 / 3 : 1000 * exp((mel - 15) * log(6.4) / 27);
}

static double mel_of_hz(double hz)
{
    return hz < 1000 ? hz * 3 / 200 : 15 + log(hz / 1000) * 27 / log(6.4);
}

static void design_filters(int64_t bands, double *filters)
{
    const double top = mel_of_hz(RATE / 2.0);

    for (int64_t m = 0; m < bands; m++) {
        const double low = hz_of_mel(top * (double)m / (double)(bands + 1));
        const double mid = hz_of_mel(top * (double)(m + 1) / (double)(bands + 1));
        const double high = hz_of_mel(top * (double)(m + 2) / (double)(bands + 1));

        for (int k = 0; k < BINS; k++) {
            const double hz = (double)k * RATE / WINDOW;
            const double up = (hz - low) / (mid - low), down = (high - hz) / (high - mid);
            const double side = up < down ? up : down;

            filters[m * BINS + k] = side > 0 ? side * 2 / (high - low) : 0;
        }
    }
}

int logmel_create(struct ana_ctx *ctx, int64_t bands, struct logmel **out)
{
    struct logmel *logmel = *out = ana_alloc(ctx, 1, sizeof *logmel);

    if (!logmel)
        return ANA_ERESOURCE;
    logmel->bands = bands;
    logmel->window = ana_alloc(ctx, WINDOW, sizeof *logmel->window);
    logmel->filters = ana_alloc(ctx, bands * BINS, sizeof *logmel->filters);
    if (!logmel->window || !logmel->filters)
        return ANA_ERESOURCE;
    for (int i = 0; i < WINDOW; i++)
        logmel->window[i] = (1 - cos(2 * M_PI * i / WINDOW)) / 2;
    design_filters(bands, logmel->filters);
    return ana_fft_create(ctx, WINDOW, &logmel->fft);
}

void logmel_destroy(struct ana_ctx *ctx, struct logmel *logmel)
{
    if (!logmel)
        return;
    ana_fft_destroy(ctx, logmel->fft);
    ana_free(ctx, logmel->window);
    ana_free(ctx, logmel->filters);
    ana_free(ctx, logmel);
}

const double *logmel_filters(const struct logmel *logmel)
{
    return logmel->filters;
}

double logmel_flops(const struct logmel *logmel, int64_t frames)
{
    return (double)frames * ana_fft_flops(logmel->fft);
}

struct job {
    const struct logmel *logmel;
    int64_t n, padded, frames; /* samples; with silence; frames */
    const float *sound;
    float *mel;
};

/* Sample i of the padded sound, mirrored at its ends. */
static double sample(const struct job *job, int64_t i)
{
    i = i < 0 ? -i : i;
    i = i >= job->padded ? 2 * (job->padded - 1) - i : i;
    return i >= 0 && i < job->n ? (double)job->sound[i] : 0;
}

static int run_frame(struct ana_ctx *ctx, const struct job *job, int64_t t)
{
    const struct logmel *logmel = job->logmel;
    double in[2 * WINDOW], out[2 * WINDOW], power[BINS];
    int rc;

    for (int i = 0; i < WINDOW; i++) {
        in[2 * i] = logmel->window[i] * sample(job, t * HOP + i - WINDOW / 2);
        in[2 * i + 1] = 0;
    }
    rc = ana_fft_forward(ctx, logmel->fft, in, out);
    for (int k = 0; k < BINS; k++)
        power[k] = out[2 * k] * out[2 * k] + out[2 * k + 1] * out[2 * k + 1];
    for (int64_t m = 0; rc == 0 && m < logmel->bands; m++) {
        const double *filter = logmel->filters + m * BINS;
        double sum = 0;

        for (int k = 0; k < BINS; k++)
            sum += filter[k] * power[k];
        job->mel[t * logmel->bands + m] = (float)log10(sum > 1e-10 ? sum : 1e-10);
    }
    return rc;
}

static int run_block(struct ana_ctx *ctx, void *arg, int64_t block)
{
    const struct job *job = arg;
    int rc = 0;

    for (int64_t t = block * BLOCK; rc == 0 && t < (block + 1) * BLOCK && t < job->frames;
         t++)
        rc = run_frame(ctx, job, t);
    return rc;
}

int logmel_run(struct ana_ctx *ctx, const struct logmel *logmel, int64_t n,
               const float *sound, int64_t frames, float *mel)
{
    struct job job = {.logmel = logmel,
                      .n = n,
                      .padded = frames * HOP > n ? frames * HOP : n,
                      .frames = frames,
                      .sound = sound,
                      .mel = mel};
    float most = -10;
    int rc = ana_parallel_for(ctx, (frames + BLOCK - 1) / BLOCK, run_block, &job);

    for (int64_t i = 0; rc == 0 && i < frames * logmel->bands; i++)
        most = mel[i] > most ? mel[i] : most;
    for (int64_t i = 0; rc == 0 && i < frames * logmel->bands; i++)
        mel[i] = ((mel[i] > most - 8 ? mel[i] : most - 8) + 4) / 4;
    return rc;
}
