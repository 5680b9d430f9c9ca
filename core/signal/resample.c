/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Change of sampling rate with soxr's band-limited interpolation, whose delay it
 * removes itself: out[k] is the signal at k / to seconds. soxr rounds the number of
 * samples; we ask for ceil(n to / from) and feed silence behind the end for the last.
 */
#include <math.h>
#include <string.h>

#include <soxr.h>

#include "signal/resample.h"

enum { SILENCE = 256 }; /* frames fed at a time behind the end */

int64_t ana_resample_length(int64_t n, double from, double to)
{
    /* 1e-9 of a sample: n to / from may be whole, and its rounding must not add one */
    return (int64_t)ceil((double)n * to / from - 1e-9);
}

static int check(struct ana_ctx *ctx, int64_t n, int64_t channels, double from, double to,
                 int64_t n_out)
{
    if (!(from > 0) || !(to > 0) || !isfinite(from) || !isfinite(to))
        return ana_fail(ctx, ANA_EPARAM,
                        "resampling from %g Hz to %g Hz: rates are above 0", from, to);
    if (n < 0 || channels < 1 || channels > 1 << 16)
        return ana_fail(ctx, ANA_ESHAPE, "resampling %lld samples of %lld channels",
                        (long long)n, (long long)channels);
    if (n_out != ana_resample_length(n, from, to))
        return ana_fail(
            ctx, ANA_ESHAPE,
            "resampling %lld samples from %g Hz to %g Hz gives %lld, not %lld",
            (long long)n, from, to, (long long)ana_resample_length(n, from, to),
            (long long)n_out);
    return 0;
}

/* Feed x, then silence, until n_out frames have come. */
static int stream(struct ana_ctx *ctx, soxr_t soxr, const float *x, int64_t n,
                  int64_t channels, float *out, int64_t n_out)
{
    float *const silence = ana_alloc(ctx, SILENCE * channels, sizeof *silence);
    int64_t fed = 0, got = 0;
    soxr_error_t error = NULL;

    if (!silence)
        return ANA_ERESOURCE;
    while (got < n_out && !error) {
        const float *const in = fed < n ? x + fed * channels : silence;
        const size_t room = (size_t)(n_out - got);
        size_t used = 0, made = 0;

        error = soxr_process(soxr, in, fed < n ? (size_t)(n - fed) : SILENCE, &used,
                             out + got * channels, room, &made);
        fed += (int64_t)used;
        got += (int64_t)made;
        if (!error && used == 0 && made == 0)
            error = "it neither takes nor gives samples";
    }
    ana_free(ctx, silence);
    return error ? ana_fail(ctx, ANA_ERESOURCE, "soxr: %s", error) : 0;
}

int ana_resample(struct ana_ctx *ctx, const float *x, int64_t n, int64_t channels,
                 double from, double to, float *out, int64_t n_out)
{
    const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
    const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
    int rc = check(ctx, n, channels, from, to, n_out);
    soxr_error_t error = NULL;
    soxr_t soxr;

    if (rc != 0)
        return rc;
    if (from == to) {
        if (n > 0)
            memcpy(out, x, (size_t)(n * channels) * sizeof *out);
        return 0;
    }
    soxr = soxr_create(from, to, (unsigned)channels, &error, NULL, &quality, &runtime);
    if (!soxr)
        return ana_fail(ctx, ANA_ERESOURCE, "soxr: %s", error);
    rc = stream(ctx, soxr, x, n, channels, out, n_out);
    soxr_delete(soxr);
    return rc;
}
