/* SPDX-License-Identifier: BSD-3-Clause
 *
 * With E(f) = 9.265 ln(1 + f / 228.8) (Glasberg & Moore 1990), C centres E_c evenly
 * between E(low) and E(high) a step d apart, and half width s d:
 *   g_c(f) = cos(pi/2 (E(f) - E_c) / (s d)) / sqrt(s) within s d of E_c, else 0
 * The i-th low-pass filter is sqrt(1 - (s g_i)^2)/sqrt(s) below the centre of filter i,
 * the high-pass ones likewise above the last: the squares add up to 1 everywhere.
 */
#include "plugins/models/lib/erbbank.h"

#include <math.h>
#include <string.h>

struct filter {
    int64_t first, n; /* bins */
    double *gain;
};

struct erb_bank {
    int64_t length, channels;
    struct filter *filter;
    struct ana_fft *fft;
};

static double erb_of(double hz)
{
    return 9.265 * log(1 + hz / (24.7 * 9.265));
}

static double hz_of(double erb)
{
    return 24.7 * 9.265 * (exp(erb / 9.265) - 1);
}

struct design {
    double bin, step, low;
    int64_t bins, factor, cosines;
};

static double centre_of(const struct design *d, int64_t i)
{
    return d->low + (double)(i + 1) * d->step;
}

static double half_cosine(const struct design *d, int64_t i, double hz)
{
    const double away = erb_of(hz) - centre_of(d, i);
    const double reach = (double)d->factor * d->step;

    return fabs(away) < reach ? cos(away / (2 * reach) * M_PI) : 0;
}

/* Kinds: -1 low-pass beside cosine i, 0 the cosine, 1 high-pass. */
static int design_filter(struct ana_ctx *ctx, const struct design *d, int kind, int64_t i,
                         struct filter *filter)
{
    const double centre = hz_of(centre_of(d, i));
    int64_t last = 0;

    filter->first = d->bins;
    filter->gain = ana_alloc(ctx, d->bins, sizeof *filter->gain);
    if (!filter->gain)
        return ANA_ERESOURCE;
    for (int64_t k = 0; k < d->bins; k++) {
        const double hz = (double)k * d->bin, g = half_cosine(d, i, hz);
        double gain = kind == 0 ? g : 0;

        if ((kind < 0 && hz < centre) || (kind > 0 && hz > centre))
            gain = sqrt(1 - g * g);
        if (gain == 0)
            continue;
        filter->first = k < filter->first ? k : filter->first;
        last = k;
        filter->gain[k] = gain / sqrt((double)d->factor);
    }
    filter->n = last + 1 - filter->first;
    if (filter->n < 1)
        return ana_fail(ctx, ANA_EPARAM,
                        "an ERB filter lies between two frequencies of "
                        "the sound's spectrum");
    memmove(filter->gain, filter->gain + filter->first,
            (size_t)filter->n * sizeof *filter->gain);
    return 0;
}

int erb_bank_create(struct ana_ctx *ctx, int64_t length, double rate, int64_t n,
                    double low, double high, int64_t factor, struct erb_bank **out)
{
    const int64_t cosines = factor * (n + 1) - 1;
    const struct design d = {.bin = rate / (double)length,
                             .step = (erb_of(high) - erb_of(low)) / (double)(cosines + 1),
                             .low = erb_of(low),
                             .bins = length / 2 + 1,
                             .factor = factor,
                             .cosines = cosines};
    struct erb_bank *bank = *out = ana_alloc(ctx, 1, sizeof *bank);
    int rc = 0;

    if (!bank)
        return ANA_ERESOURCE;
    bank->length = length;
    bank->channels = cosines + 2 * factor;
    bank->filter = ana_alloc(ctx, bank->channels, sizeof *bank->filter);
    if (!bank->filter)
        return ANA_ERESOURCE;
    for (int64_t i = 0; rc == 0 && i < factor; i++) {
        rc = design_filter(ctx, &d, -1, i, &bank->filter[i]);
        if (rc == 0)
            rc = design_filter(ctx, &d, 1, cosines - 1 - i,
                               &bank->filter[bank->channels - 1 - i]);
    }
    for (int64_t i = 0; rc == 0 && i < cosines; i++)
        rc = design_filter(ctx, &d, 0, i, &bank->filter[factor + i]);
    return rc == 0 ? ana_fft_create(ctx, length, &bank->fft) : rc;
}

void erb_bank_destroy(struct ana_ctx *ctx, struct erb_bank *bank)
{
    if (!bank)
        return;
    for (int64_t i = 0; bank->filter && i < bank->channels; i++)
        ana_free(ctx, bank->filter[i].gain);
    ana_free(ctx, bank->filter);
    ana_fft_destroy(ctx, bank->fft);
    ana_free(ctx, bank);
}

int64_t erb_bank_channels(const struct erb_bank *bank)
{
    return bank->channels;
}

struct job {
    const struct erb_bank *bank;
    const struct erb_frames *frames;
    int64_t n;
    const double *spectrum;
    double *out;
};

static double frame_of(const struct erb_frames *frames, int64_t i, int64_t n,
                       const double *envelope)
{
    const int64_t start = i * frames->hop - frames->before;
    double sum = 0;

    for (int64_t k = start < 0 ? -start : 0; k < frames->taps && start + k < n; k++)
        sum += frames->kernel[k] * envelope[start + k];
    return sum;
}

static int run_channel(struct ana_ctx *ctx, void *arg, int64_t c)
{
    const struct job *job = arg;
    const int64_t N = job->bank->length;
    const struct filter *filter = &job->bank->filter[c];
    double *band = ana_alloc(ctx, N, 4 * sizeof *band), *z = band + 2 * N;
    int rc;

    if (!band)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < filter->n; i++) {
        const int64_t k = filter->first + i;
        const double g =
            filter->gain[i] * (k > 0 && 2 * k < N ? job->frames->positive : 1);

        band[2 * k] = g * job->spectrum[2 * k];
        band[2 * k + 1] = g * job->spectrum[2 * k + 1];
    }
    rc = ana_fft_inverse(ctx, job->bank->fft, band, z);
    for (int64_t i = 0; rc == 0 && i < job->n; i++)
        band[i] = sqrt(z[2 * i] * z[2 * i] + z[2 * i + 1] * z[2 * i + 1]);
    for (int64_t i = 0; rc == 0 && i < job->frames->frames; i++)
        job->out[i * job->bank->channels + c] = frame_of(job->frames, i, job->n, band);
    ana_free(ctx, band);
    return rc;
}

int erb_bank_run(struct ana_ctx *ctx, const struct erb_bank *bank, int64_t n,
                 const float *sound, const struct erb_frames *frames, double *out)
{
    double *x = ana_alloc(ctx, bank->length, 4 * sizeof *x);
    struct job job = {bank, frames, n, x ? x + 2 * bank->length : NULL, out};
    int rc;

    if (!x)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < n; i++)
        x[2 * i] = (double)sound[i];
    rc = ana_fft_forward(ctx, bank->fft, x, x + 2 * bank->length);
    if (rc == 0)
        rc = ana_parallel_for(ctx, bank->channels, run_channel, &job);
    ana_free(ctx, x);
    return rc;
}

/* The modified Bessel function I0, by its series. */
static double bessel(double x)
{
    double sum = 1, term = 1;

    for (int k = 1; term > 1e-17 * sum; k++) {
        term *= x / (2 * k) * (x / (2 * k));
        sum += term;
    }
    return sum;
}

void kaiser_window(int64_t n, double beta, double *window)
{
    for (int64_t i = 0; i < n; i++) {
        const double t = n > 1 ? 2 * (double)i / (double)(n - 1) - 1 : 0;

        window[i] = bessel(beta * sqrt(1 - t * t)) / bessel(beta);
    }
}
