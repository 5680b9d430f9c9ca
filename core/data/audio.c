/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A stretch of a sound at any rate. With rate / file rate = L / M in lowest terms, output
 * sample j L coincides with frame j M of the file, so a resampler that is started at such
 * a frame has the same phase as one that began with the file. It is started 256 periods
 * of the slower clock early; its filter was seen to reach 128 (twelve pairs of rates,
 * the same bits from there on), so what comes out depends on the sound alone and not on
 * where the stretch begins. Uncommon ratios need soxr's precise clock for that: its
 * usual one strays by 3e-6 within seconds.
 */
#include <math.h>
#include <soxr.h>
#include <string.h>

#include <anaflow/stimulus.h>

#include "base/checked.h"
#include "data/audio_file.h"

enum { BLOCK = 4096, MARGIN = 256 };

/* The two clocks: L output samples last as long as M frames. */
struct clocks {
    int64_t L, M;
};

struct stream {
    struct ana_ctx *ctx;
    struct ana_audio_file *file;
    soxr_t soxr;
    int64_t at;           /* the next frame to read */
    int64_t filled, used; /* of `in` */
    double in[BLOCK];
    float out[BLOCK];
};

static int64_t gcd(int64_t a, int64_t b)
{
    while (b) {
        const int64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* rate as a fraction with a denominator of up to 1000, over the file's whole rate. */
static int find_clocks(struct ana_ctx *ctx, double rate, double file_rate,
                       struct clocks *out)
{
    for (int64_t q = 1; q <= 1000; q++) {
        const double p = rate * (double)q;
        int64_t common;

        if (!(p >= 1 && p <= 1e10) || fabs(p - rint(p)) > 1e-12 * p)
            continue;
        out->L = (int64_t)rint(p);
        out->M = (int64_t)file_rate * q;
        common = gcd(out->L, out->M);
        out->L /= common;
        out->M /= common;
        return 0;
    }
    return ana_fail(
        ctx, ANA_EPARAM,
        "sound cannot be resampled to %.17g Hz; give a whole number or a fraction "
        "of small numbers",
        rate);
}

static int refill(struct stream *s)
{
    int rc = ana_audio_file_read(s->ctx, s->file, s->at, BLOCK, s->in);

    s->at += BLOCK;
    s->filled = BLOCK;
    s->used = 0;
    return rc;
}

/* Push frames until at least one sample comes out, into s->out. */
static int pull(struct stream *s, int64_t *n)
{
    size_t taken, given = 0;

    for (int64_t tries = 0; given == 0; tries++) {
        soxr_error_t error;
        int rc = s->used == s->filled ? refill(s) : 0;

        if (rc != 0)
            return rc;
        if (ana_cancelled(s->ctx))
            return ana_fail(s->ctx, ANA_ECANCEL, "interrupted");
        error = soxr_process(s->soxr, s->in + s->used, (size_t)(s->filled - s->used),
                             &taken, s->out, BLOCK, &given);
        if (error || tries > 1 << 20)
            return ana_fail(s->ctx, ANA_ENUMERIC, "the resampler soxr gave up: %s",
                            error ? error : "it gives no samples");
        s->used += (int64_t)taken;
    }
    *n = (int64_t)given;
    return 0;
}

/* Samples [first, first + n) of the output clock, from a fresh resampler. */
static int resample(struct stream *s, const struct clocks *clocks, int64_t first,
                    int64_t n, float *out)
{
    const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT64_I, SOXR_FLOAT32_I);
    const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, SOXR_HI_PREC_CLOCK);
    const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
    const int64_t period = clocks->L > clocks->M ? clocks->L / clocks->M + 1 : 1;
    const int64_t cycle = floor_divide(first - MARGIN * period, clocks->L);
    int64_t skip = first - cycle * clocks->L, given = 0;
    soxr_error_t error;
    int rc;

    s->at = cycle * clocks->M;
    s->soxr = soxr_create((double)clocks->M, (double)clocks->L, 1, &error, &io, &quality,
                          &runtime);
    if (!s->soxr)
        return ana_fail(s->ctx, ANA_ERESOURCE, "the resampler soxr cannot start: %s",
                        error);
    for (int64_t done = 0; done < n;) {
        int64_t k;

        rc = pull(s, &given);
        if (rc != 0)
            return rc;
        k = given - skip < n - done ? given - skip : n - done;
        if (k > 0) {
            memcpy(out + done, s->out + skip, (size_t)k * sizeof *out);
            done += k;
        }
        skip = skip > given ? skip - given : 0;
    }
    return 0;
}

/* The file's own rate: no filter. */
static int copy(struct stream *s, int64_t first, int64_t n, float *out)
{
    for (int64_t done = 0; done < n;) {
        const int64_t k = n - done < BLOCK ? n - done : BLOCK;
        int rc = ana_audio_file_read(s->ctx, s->file, first + done, k, s->in);

        if (rc != 0)
            return rc;
        for (int64_t i = 0; i < k; i++)
            out[done + i] = (float)s->in[i];
        done += k;
    }
    return 0;
}

/* The part of [first, first + n) in which the file has sound: 0 <= k M < frames L. */
static int clip(struct ana_ctx *ctx, const struct ana_stimulus *stimulus,
                const struct clocks *clocks, int64_t *first, int64_t *n)
{
    int64_t end, last;

    if (*n < 0 || __builtin_add_overflow(*first, *n, &last))
        return ana_fail(ctx, ANA_EPARAM, "%lld samples of sound from number %lld on",
                        (long long)*n, (long long)*first);
    if (!ana_mul_ok(stimulus->audio_frames, clocks->L, &end))
        return ana_fail(ctx, ANA_EDATA, "%s: is too long to be resampled",
                        stimulus->audio_path);
    end = (end + clocks->M - 1) / clocks->M;
    last = last < end ? last : end;
    *first = *first > 0 ? *first : 0;
    *n = last > *first ? last - *first : 0;
    return 0;
}

/* The file as it is now against what it was when the study began. */
static int open_file(struct ana_ctx *ctx, const struct ana_stimulus *stimulus,
                     struct ana_audio_file **out)
{
    struct ana_audio_info info;
    int rc = ana_audio_file_open(ctx, stimulus->audio_path, &info, out);

    if (rc != 0)
        return rc;
    if (info.frames == stimulus->audio_frames && info.rate == stimulus->audio_rate)
        return 0;
    return ana_fail(ctx, ANA_EDATA, "%s: has changed since the study began; run it again",
                    stimulus->audio_path);
}

int ana_stimulus_audio(struct ana_ctx *ctx, const struct ana_stimulus *stimulus,
                       double rate, int64_t first, int64_t n, float *out)
{
    struct clocks clocks = {0};
    int64_t from = first, count = n;
    struct stream *s;
    int rc;

    if (!stimulus->audio_path || !(stimulus->audio_rate > 0))
        return ana_fail(ctx, ANA_EDATA, "the stimulus %s has no sound", stimulus->id);
    rc = find_clocks(ctx, rate, stimulus->audio_rate, &clocks);
    if (rc == 0)
        rc = clip(ctx, stimulus, &clocks, &from, &count);
    if (rc != 0)
        return rc;
    memset(out, 0, (size_t)n * sizeof *out);
    if (count == 0)
        return 0;
    s = ana_alloc(ctx, 1, sizeof *s);
    if (!s)
        return ANA_ERESOURCE;
    s->ctx = ctx;
    rc = open_file(ctx, stimulus, &s->file);
    if (rc == 0 && clocks.L == clocks.M)
        rc = copy(s, from, count, out + (from - first));
    else if (rc == 0)
        rc = resample(s, &clocks, from, count, out + (from - first));
    if (s->soxr)
        soxr_delete(s->soxr);
    ana_audio_file_close(ctx, s->file);
    ana_free(ctx, s);
    return rc;
}
