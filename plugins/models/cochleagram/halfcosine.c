/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Half-cosine filters (McDermott & Simoncelli 2011, "Sound texture perception via
 * statistics of the auditory periphery", Neuron 71:926): with E the ERB scale, E_c a
 * filter's centre and s d its reach,
 *   H_c(f) = 2 cos(pi (E(f) - E_c) / (2 s d))  where |E(f) - E_c| < s d, f > 0
 * and 0 elsewhere, so that the output is analytic and its modulus the Hilbert
 * envelope. With s = 1 the squares of all filters add up to a constant.
 *
 * The impulse response is cut to |t| <= 8 / (width of the narrowest filter in Hz) by a
 * Kaiser window whose own leakage is below 1e-11: a segment's inner frames then are
 * what the whole sound gives, even after compression (cochleagram.c). A segment is
 * filtered in the frequency domain (overlap-save). Only the bins of the filter's band
 * go back to time, folded to a rate of at least four widths, at which the envelope is
 * taken; folding a one-sided band shifts it, and the modulus does not notice.
 *
 * N samples a segment, C channels.
 */
#include "bank.h"

#include <math.h>

static const double REACH = 8;        /* half length of the response, in 1 / width */
static const double KAISER = 24;      /* beta: side lobes at -226 dB */
static const double OVERSAMPLING = 4; /* envelope rate over width */
static const double SECONDS = 2.25;   /* a segment's frames without margin, at least */

struct band {
    int64_t first, bins; /* bins of the segment's transform, counted from -N/2 .. N */
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
    double step;    /* d */
    int64_t n;      /* N */
    int64_t reach;  /* samples to each side of the impulse response's middle */
    double *window; /* reach + 1 */
    double *a, *b;  /* N pairs each */
};

/* Edges of filter c in Hz. */
static void edges(const struct design *design, double centre, double *low, double *high)
{
    const double E = ana_erb_number(centre);
    const double reach = (double)design->options->overlap * design->step;

    *low = ana_erb_frequency(E - reach);
    *high = ana_erb_frequency(E + reach);
}

/* b = transform of the windowed impulse response; real but for rounding. */
static int design_response(struct ana_ctx *ctx, const struct half_cosine *filters,
                           const struct design *design, double centre)
{
    const double reach = (double)design->options->overlap * design->step;
    const double E = ana_erb_number(centre),
                 bin = design->options->input_rate / (double)design->n;
    int rc;

    for (int64_t i = 0; i < design->n; i++) {
        const double away = ana_erb_number((double)i * bin) - E;
        const int inside = 2 * i <= design->n && fabs(away) < reach;

        design->a[2 * i] = inside ? 2 * cos(M_PI * away / (2 * reach)) : 0;
        design->a[2 * i + 1] = 0;
    }
    rc = ana_fft_inverse(ctx, filters->fft, design->a, design->b);
    if (rc != 0)
        return rc;
    for (int64_t i = 0; i < design->n; i++) {
        const int64_t lag = 2 * i <= design->n ? i : design->n - i;
        const double w = lag <= design->reach ? design->window[lag] : 0;

        design->a[2 * i] = w * design->b[2 * i];
        design->a[2 * i + 1] = w * design->b[2 * i + 1];
    }
    return ana_fft_forward(ctx, filters->fft, design->a, design->b);
}

/* Keep the filter's bins and as many around them as the window's main lobe smears. */
static int design_band(struct ana_ctx *ctx, const struct bank *bank,
                       struct half_cosine *filters, const struct design *design,
                       int64_t c)
{
    const double bin = design->options->input_rate / (double)design->n;
    const double lobe = sqrt(KAISER * KAISER + M_PI * M_PI) / M_PI *
                        design->options->input_rate / (double)(2 * design->reach);
    struct band *const band = &filters->band[c];
    double low, high;
    int rc;

    edges(design, bank->centre[c], &low, &high);
    band->per_frame = (int64_t)ceil(OVERSAMPLING * (high - low) / design->options->rate);
    band->per_frame = band->per_frame < 4 ? 4 : band->per_frame;
    band->per_frame = band->per_frame > bank->hop ? bank->hop : band->per_frame;
    band->first = (int64_t)floor((low - lobe) / bin);
    band->bins = (int64_t)ceil((high + lobe) / bin) + 1 - band->first;
    if (band->bins > bank->frames * band->per_frame)
        band->bins = bank->frames * band->per_frame;
    band->gain = ana_alloc(ctx, band->bins, sizeof *band->gain);
    if (!band->gain)
        return ANA_ERESOURCE;
    rc = design_response(ctx, filters, design, bank->centre[c]);
    for (int64_t i = 0; i < band->bins; i++)
        band->gain[i] = design->b[2 * ((band->first + i + design->n) % design->n)];
    return rc;
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
    double from, to;

    design->step = (high - low) / (double)(options->channels - 1 + 2 * options->overlap);
    edges(design, bank->centre[0], &from, &to);
    design->reach = (int64_t)ceil(REACH / (to - from) * options->input_rate);
    bank->before = bank->after = (design->reach + bank->hop - 1) / bank->hop + SMOOTHING;
    inner = (int64_t)ceil(SECONDS * options->rate);
    if (inner < 2 * bank->before)
        inner = 2 * bank->before;
    bank->frames = ana_fft_good_length(inner + bank->before + bank->after);
    design->n = bank->frames * bank->hop;
}

int half_cosine_create(struct ana_ctx *ctx, const struct bank_options *options,
                       struct bank *bank)
{
    struct half_cosine *filters = ana_alloc(ctx, 1, sizeof *filters);
    struct design design = {.options = options};
    int rc = ANA_ERESOURCE;

    if (!filters)
        return rc;
    bank->half_cosine = filters;
    size_segment(options, bank, &design);
    filters->band = ana_alloc(ctx, bank->channels, sizeof *filters->band);
    design.window = ana_alloc(ctx, design.reach + 1, sizeof *design.window);
    design.a = ana_alloc(ctx, design.n, 2 * sizeof *design.a);
    design.b = ana_alloc(ctx, design.n, 2 * sizeof *design.b);
    if (!filters->band || !design.window || !design.a || !design.b)
        goto done;
    for (int64_t i = 0; i <= design.reach; i++) {
        const double u = (double)i / (double)design.reach;

        design.window[i] = bessel_i0(KAISER * sqrt(1 - u * u)) / bessel_i0(KAISER);
    }
    rc = ana_fft_create(ctx, design.n, &filters->fft);
    for (int64_t c = 0; rc == 0 && c < bank->channels; c++)
        rc = design_band(ctx, bank, filters, &design, c);
    if (rc == 0)
        rc = plan_folds(ctx, bank, filters);
done:
    ana_free(ctx, design.window);
    ana_free(ctx, design.a);
    ana_free(ctx, design.b);
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

        to[0] = scale * band->gain[i] * from[0];
        to[1] = scale * band->gain[i] * from[1];
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
