/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A filter bank on the ERB scale E(f) (Glasberg & Moore 1990). With C filters that
 * each reach s steps to either side, the C - 1 + 2 s steps of the bank fill
 * [E(low), E(high)] exactly: E_c = E(low) + (s + c) d.
 *
 * The envelope is smoothed by a raised cosine (Hann) of 4 frames and sampled at the
 * middle of each frame. Its response is 0 at half the frame rate and -2.4 dB at 0.16
 * of the rate. It has no negative lobes, so that an envelope never falls below 0 and a
 * click does not ring, which the compression would make visible.
 *
 * C channels, K samples a frame, B frames a segment, N = B K.
 */
#include "bank.h"

#include <math.h>

static int check(struct ana_ctx *ctx, const struct bank_options *o, int64_t hop)
{
    if (!(o->low < o->high))
        return ana_fail(ctx, ANA_EPARAM, "low = %g Hz is not below high = %g Hz", o->low,
                        o->high);
    if (o->high > o->input_rate / 2)
        return ana_fail(
            ctx, ANA_EPARAM,
            "high = %g Hz is above half of input_rate = %g Hz: sound sampled at "
            "that rate holds nothing there; lower `high` or raise `input_rate`",
            o->high, o->input_rate);
    if (hop < 4 || fabs((double)hop * o->rate - o->input_rate) > 1e-9 * o->input_rate)
        return ana_fail(
            ctx, ANA_EPARAM,
            "input_rate = %g Hz is not a whole multiple (4 or more) of rate = %g "
            "Hz; the nearest that is: input_rate = %g Hz",
            o->input_rate, o->rate, (double)(hop < 4 ? 4 : hop) * o->rate);
    return 0;
}

int bank_create(struct ana_ctx *ctx, const struct bank_options *options,
                struct bank **out)
{
    const int64_t C = options->channels, s = options->overlap;
    const double low = ana_erb_number(options->low), high = ana_erb_number(options->high);
    const double step = (high - low) / (double)(C - 1 + 2 * s);
    const int64_t hop = llround(options->input_rate / options->rate);
    int rc = check(ctx, options, hop);
    struct bank *bank;

    if (rc != 0)
        return rc;
    bank = ana_alloc(ctx, 1, sizeof *bank);
    if (!bank)
        return ANA_ERESOURCE;
    bank->channels = C;
    bank->hop = hop;
    bank->centre = ana_alloc(ctx, C, sizeof *bank->centre);
    if (!bank->centre) {
        bank_destroy(ctx, bank);
        return ANA_ERESOURCE;
    }
    for (int64_t c = 0; c < C; c++)
        bank->centre[c] = ana_erb_frequency(low + (double)(s + c) * step);
    rc = options->gammatone ? gammatone_create(ctx, options, bank)
                            : half_cosine_create(ctx, options, bank);
    if (rc != 0) {
        bank_destroy(ctx, bank);
        return rc;
    }
    *out = bank;
    return 0;
}

void bank_destroy(struct ana_ctx *ctx, struct bank *bank)
{
    if (!bank)
        return;
    half_cosine_destroy(ctx, bank->channels, bank->half_cosine);
    ana_free(ctx, bank->gammatone);
    ana_free(ctx, bank->centre);
    ana_free(ctx, bank);
}

int bank_work_create(struct ana_ctx *ctx, const struct bank *bank, struct bank_work *work)
{
    const int64_t N = bank->frames * bank->hop;

    *work = (struct bank_work){
        .sound = ana_alloc(ctx, N, 2 * sizeof *work->sound),
        .spectrum = ana_alloc(ctx, bank->half_cosine ? N : 0, 2 * sizeof *work->spectrum),
        .band = ana_alloc(ctx, bank->half_cosine ? N : 0, 2 * sizeof *work->band),
        .analytic = ana_alloc(ctx, N, 2 * sizeof *work->analytic),
        .envelope = ana_alloc(ctx, N, sizeof *work->envelope),
        .kernel = ana_alloc(ctx, 2 * SMOOTHING * bank->hop + 1, sizeof *work->kernel),
    };
    if (work->sound && work->spectrum && work->band && work->analytic && work->envelope &&
        work->kernel)
        return 0;
    bank_work_finish(ctx, work);
    return ANA_ERESOURCE;
}

void bank_work_finish(struct ana_ctx *ctx, struct bank_work *work)
{
    ana_free(ctx, work->sound);
    ana_free(ctx, work->spectrum);
    ana_free(ctx, work->band);
    ana_free(ctx, work->analytic);
    ana_free(ctx, work->envelope);
    ana_free(ctx, work->kernel);
    *work = (struct bank_work){0};
}

/* A gammatone filter: 40 operations a sample. */
double bank_segment_flops(const struct bank *bank)
{
    return bank->half_cosine
               ? half_cosine_flops(bank)
               : 40.0 * (double)(bank->frames * bank->hop) * (double)bank->channels;
}

/* Loading, the moduli, and the smoothing of the frames that are kept. */
double bank_segment_loops(const struct bank *bank)
{
    const double C = (double)bank->channels, N = (double)(bank->frames * bank->hop);
    const double samples = bank->half_cosine ? half_cosine_samples(bank) : N * C;
    const double kept =
        (double)(bank->frames - bank->before - bank->after) / (double)bank->frames;

    return N + samples * (6 + 2 * SMOOTHING * kept);
}

int64_t bank_work_bytes(const struct bank *bank)
{
    const int64_t N = bank->frames * bank->hop, taps = 2 * SMOOTHING * bank->hop + 1;

    return 8 * ((bank->half_cosine ? 11 : 5) * N + taps); /* a transform's own 2 N, too */
}

static void load(const struct bank *bank, const float *sound, int64_t n, int64_t first,
                 double *out)
{
    const int64_t N = bank->frames * bank->hop,
                  start = (first - bank->before) * bank->hop;

    for (int64_t i = 0; i < N; i++) {
        const int64_t at = start + i;

        out[2 * i] = at >= 0 && at < n ? (double)sound[at] : 0;
        out[2 * i + 1] = 0;
    }
}

/* Low-pass the envelope (k samples a frame) and take it at the middles of `count`
 * frames from frame `first` of the segment on; out has `stride` between frames. */
static void sample_frames(const double *envelope, int64_t k, double *kernel,
                          int64_t first, int64_t count, double *out, int64_t stride)
{
    const int64_t reach = SMOOTHING * k, taps = 2 * reach + 1;
    const int64_t from = k / 2 - reach; /* first tap, from the frame's start */
    double sum = 0;

    for (int64_t t = 0; t < taps; t++) {
        const double away = (double)(from + t) - (double)k / 2;

        kernel[t] = fabs(away) < (double)reach ? 1 + cos(M_PI * away / (double)reach) : 0;
        sum += kernel[t];
    }
    for (int64_t i = 0; i < count; i++) {
        const double *const e = envelope + (first + i) * k + from;
        double mean = 0;

        for (int64_t t = 0; t < taps; t++)
            mean += kernel[t] * e[t];
        out[i * stride] = mean / sum;
    }
}

int bank_run(struct ana_ctx *ctx, const struct bank *bank, struct bank_work *work,
             const float *sound, int64_t n, int64_t first, int64_t count, double *out)
{
    int rc = 0;

    load(bank, sound, n, first, work->sound);
    if (bank->half_cosine)
        rc = half_cosine_begin(ctx, bank, work);
    for (int64_t c = 0; rc == 0 && c < bank->channels; c++) {
        int64_t per_frame = 0;

        if (bank->half_cosine)
            rc = half_cosine_run(ctx, bank, c, work, &per_frame);
        else
            gammatone_run(bank, c, work, &per_frame);
        if (rc == 0)
            sample_frames(work->envelope, per_frame, work->kernel, bank->before, count,
                          out + c, bank->channels);
    }
    return rc;
}
