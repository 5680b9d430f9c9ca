/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Half-cosine filters (McDermott & Simoncelli 2011, "Sound texture perception via
 * statistics of the auditory periphery", Neuron 71:926): with E the ERB scale, E_c a
 * filter's centre and s d its reach,
 *   H_c(f) = 2 cos(pi (E(f) - E_c) / (2 s d))  where |E(f) - E_c| < s d, f > 0
 * and 0 elsewhere, so that the output is analytic and its modulus the Hilbert
 * envelope. With s = 1 the squares of all filters add up to a constant.
 *
 * The impulse response is cut to |t| <= 4 / (E_0 - low, in Hz), the lowest filter's lower
 * half being the narrowest, by a Kaiser window whose leakage is below 1e-11: a segment's
 * inner frames then are what the whole sound gives, even after compression
 * (cochleagram.c). A segment is filtered in the frequency domain (overlap-save). Only the
 * bins of a filter's band go back to time, folded to a rate of at least four widths, at
 * which the envelope is taken; folding a one-sided band shifts it, and the modulus does
 * not notice.
 *
 * N samples a segment, C channels.
 */
#include "bank.h"

#include <math.h>

static const double REACH = 4;   /* of the impulse response, in 1 / lower half width */
static const double KAISER = 24; /* beta: side lobes at -226 dB */
static const double OVERSAMPLING = 4; /* envelope rate over width */
static const double SECONDS = 2.25;   /* a segment's frames without margin, at least */

struct band {
    int64_t first, bins; /* bins of the segment's transform, the first may lie below 0 */
    double *gain;        /* the window's transform has no phase: real */
    int64_t per_frame;   /* envelope samples a frame */
};

struct half_cosine {
    struct ana_fft *fft;   /* length N */
    struct band *band;     /* C */
    struct ana_fft **fold; /* by per_frame: length B * per_frame, or NULL */
    int64_t n_fold;
};

/* Modified Bessel function of the first kind, order 0 (its power series). */
static double bessel_i0(double x)
{
    double term = 1, sum = 1;

    for (int k = 1; term > 1e-18 * sum; k++) {
        term *= (x / (2 * k)) * (x / (2 * k));
        sum += term;
    }
    return sum;
}

struct design {
    const struct bank_options *options;
    double step;   /* d */
    double bin;    /* Hz between bins of the segment's transform */
    int64_t n;     /* N */
    int64_t reach; /* samples to each side of the impulse response's middle */
    int64_t
        lobe; /* bins to each side of the window's transform that are not below 1e-11 */
    double *window; /* its transform over N, lobe + 1 bins from 0 up (it is even) */
};

/* Edges of the filter around `centre` in Hz. */
static void edges(const struct design *design, double centre, double *low, double *high)
{
    const double E = ana_erb_number(centre);
    const double reach = (double)design->options->overlap * design->step;

    *low = ana_erb_frequency(E - reach);
    *high = ana_erb_frequency(E + reach);
}

/* The Kaiser window's transform, whose main lobe is all that matters. */
static int design_window(struct ana_ctx *ctx, const struct half_cosine *filters,
                         struct design *design)
{
    const int64_t N = design->n;
    double *const a = ana_alloc(ctx, N, 2 * sizeof *a), *const b = ana_alloc(
                                                            ctx, N, 2 * sizeof *b);
    int rc = a && b ? 0 : ANA_ERESOURCE;

    design->lobe = (int64_t)ceil(sqrt(KAISER * KAISER + M_PI * M_PI) / M_PI * (double)N /
                                 (double)(2 * design->reach));
    design->window = ana_alloc(ctx, design->lobe + 1, sizeof *design->window);
    if (!design->window)
        rc = ANA_ERESOURCE;
    for (int64_t i = -design->reach; rc == 0 && i <= design->reach; i++) {
        const double u = (double)i / (double)design->reach;

        a[2 * ((i + N) % N)] = bessel_i0(KAISER * sqrt(1 - u * u)) / bessel_i0(KAISER);
    }
    if (rc == 0)
        rc = ana_fft_forward(ctx, filters->fft, a, b);
    for (int64_t m = 0; rc == 0 && m <= design->lobe; m++)
        design->window[m] = b[2 * m] / (double)N;
    ana_free(ctx, a);
    ana_free(ctx, b);
    return rc;
}

/* The filter's bins, smeared by the window: cutting the impulse response in time is a
 * convolution in frequency. */
static int design_band(struct ana_ctx *ctx, const struct bank *bank,
                       const struct design *design, int64_t c, struct band *band)
{
    const double E = ana_erb_number(bank->centre[c]);
    const double reach = (double)design->options->overlap * design->step;
    int64_t from, to;
    double low, high;

    edges(design, bank->centre[c], &low, &high);
    band->per_frame = (int64_t)ceil(OVERSAMPLING * (high - low) / design->options->rate);
    band->per_frame = band->per_frame < 4 ? 4 : band->per_frame;
    band->per_frame = band->per_frame > bank->hop ? bank->hop : band->per_frame;
    from = (int64_t)floor(low / design->bin);
    to = (int64_t)ceil(high / design->bin);
    to = 2 * to > design->n ? design->n / 2 : to;
    band->first = from - design->lobe;
    band->bins = to + design->lobe + 1 - band->first;
    band->gain = ana_alloc(ctx, band->bins, sizeof *band->gain);
    if (!band->gain)
        return ANA_ERESOURCE;
    for (int64_t b = from; b <= to; b++) {
        const double away = ana_erb_number((double)b * design->bin) - E;
        const double h = fabs(away) < reach ? 2 * cos(M_PI * away / (2 * reach)) : 0;

        for (int64_t m = -design->lobe; m <= design->lobe; m++)
            band->gain[b + m - band->first] += h * design->window[m < 0 ? -m : m];
    }
    return 0;
}

static int plan_folds(struct ana_ctx *ctx, const struct bank *bank,
                      struct half_cosine *filters)
{
    int rc = 0;

    for (int64_t c = 0; c < bank->channels; c++)
        if (filters->band[c].per_frame >= filters->n_fold)
            filters->n_fold = filters->band[c].per_frame + 1;
    filters->fold = ana_alloc(ctx, filters->n_fold, sizeof(struct ana_fft *));
    if (!filters->fold)
        return ANA_ERESOURCE;
    for (int64_t c = 0; rc == 0 && c < bank->channels; c++) {
        const int64_t k = filters->band[c].per_frame;

        if (!filters->fold[k])
            rc = ana_fft_create(ctx, bank->frames * k, &filters->fold[k]);
    }
    return rc;
}

/* Length of the impulse response and of a segment, from the narrowest filter. */
static void size_segment(const struct bank_options *options, struct bank *bank,
                         struct design *design)
{
    const double low = ana_erb_number(options->low), high = ana_erb_number(options->high);
    int64_t inner;

    design->step = (high - low) / (double)(options->channels - 1 + 2 * options->overlap);
    design->reach =
        (int64_t)ceil(REACH / (bank->centre[0] - options->low) * options->input_rate);
    bank->before = bank->after = (design->reach + bank->hop - 1) / bank->hop + SMOOTHING;
    inner = (int64_t)ceil(SECONDS * options->rate);
    if (inner < 2 * bank->before)
        inner = 2 * bank->before;
    bank->frames = ana_fft_good_length(inner + bank->before + bank->after);
    design->n = bank->frames * bank->hop;
    design->bin = options->input_rate / (double)design->n;
}

int half_cosine_create(struct ana_ctx *ctx, const struct bank_options *options,
                       struct bank *bank)
{
    struct half_cosine *const filters = ana_alloc(ctx, 1, sizeof *filters);
    struct design design = {.options = options};
    int rc;

    if (!filters)
        return ANA_ERESOURCE;
    bank->half_cosine = filters;
    size_segment(options, bank, &design);
    filters->band = ana_alloc(ctx, bank->channels, sizeof *filters->band);
    if (!filters->band)
        return ANA_ERESOURCE;
    rc = ana_fft_create(ctx, design.n, &filters->fft);
    if (rc == 0)
        rc = design_window(ctx, filters, &design);
    for (int64_t c = 0; rc == 0 && c < bank->channels; c++)
        rc = design_band(ctx, bank, &design, c, &filters->band[c]);
    if (rc == 0)
        rc = plan_folds(ctx, bank, filters);
    ana_free(ctx, design.window);
    return rc;
}

void half_cosine_destroy(struct ana_ctx *ctx, int64_t channels,
                         struct half_cosine *filters)
{
    if (!filters)
        return;
    for (int64_t c = 0; filters->band && c < channels; c++)
        ana_free(ctx, filters->band[c].gain);
    for (int64_t k = 0; filters->fold && k < filters->n_fold; k++)
        ana_fft_destroy(ctx, filters->fold[k]);
    ana_free(ctx, filters->band);
    ana_free(ctx, filters->fold);
    ana_fft_destroy(ctx, filters->fft);
    ana_free(ctx, filters);
}

double half_cosine_flops(const struct bank *bank)
{
    double flops = ana_fft_flops(bank->half_cosine->fft);

    for (int64_t c = 0; c < bank->channels; c++)
        flops +=
            ana_fft_flops(bank->half_cosine->fold[bank->half_cosine->band[c].per_frame]);
    return flops;
}

double half_cosine_samples(const struct bank *bank)
{
    double samples = 0;

    for (int64_t c = 0; c < bank->channels; c++)
        samples += (double)(bank->frames * bank->half_cosine->band[c].per_frame);
    return samples;
}

int half_cosine_begin(struct ana_ctx *ctx, const struct bank *bank,
                      struct bank_work *work)
{
    return ana_fft_forward(ctx, bank->half_cosine->fft, work->sound, work->spectrum);
}

int half_cosine_run(struct ana_ctx *ctx, const struct bank *bank, int64_t channel,
                    struct bank_work *work, int64_t *per_frame)
{
    const struct band *const band = &bank->half_cosine->band[channel];
    const int64_t N = bank->frames * bank->hop, M = bank->frames * band->per_frame;
    const double scale = (double)M / (double)N;
    int rc;

    for (int64_t i = 0; i < 2 * M; i++)
        work->band[i] = 0;
    for (int64_t i = 0; i < band->bins; i++) {
        const double *const from = work->spectrum + 2 * ((band->first + i + N) % N);
        double *const to = work->band + 2 * ((band->first + i + N) % M);

        to[0] += scale * band->gain[i] * from[0];
        to[1] += scale * band->gain[i] * from[1];
    }
    rc = ana_fft_inverse(ctx, bank->half_cosine->fold[band->per_frame], work->band,
                         work->analytic);
    if (rc != 0)
        return rc;
    for (int64_t j = 0; j < M; j++) {
        const double *const z = work->analytic + 2 * j;

        work->envelope[j] = sqrt(z[0] * z[0] + z[1] * z[1]);
    }
    *per_frame = band->per_frame;
    return 0;
}
