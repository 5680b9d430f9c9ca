/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How far a space's delays reach, in samples of the recording's clock.
 */
#include <math.h>
#include <stdlib.h>

#include "pipeline/features_parts.h"

static double seconds_to_samples(const struct ana_time *time, double rate)
{
    return time->unit == ANA_TIME_TR ? time->value : time->value * rate;
}

static int by_length(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return (x[1] - x[0] > y[1] - y[0]) - (x[1] - x[0] < y[1] - y[0]);
}

/* Windows from 0 to each time, and every delay that one of them holds. */
static int make_windows(struct ana_ctx *ctx, struct ana_features *f)
{
    const struct ana_study_features *s = f->study;
    int64_t low = 0, high = 0;

    f->windows = ana_alloc(ctx, 2 * s->n_delays, sizeof *f->windows);
    if (!f->windows)
        return ANA_ERESOURCE;
    f->n_windows = s->n_delays;
    for (int64_t i = 0; i < s->n_delays; i++) {
        const double end = seconds_to_samples(&s->delays[i], f->rows->rate);
        const int64_t last =
            end > 0 ? (int64_t)floor(end + 1e-6) : (int64_t)ceil(end - 1e-6);

        f->windows[2 * i] = last < 0 ? last : 0;
        f->windows[2 * i + 1] = last > 0 ? last : 0;
        low = last < low ? last : low;
        high = last > high ? last : high;
    }
    if (high - low > 100000)
        return ana_fail(ctx, ANA_EPARAM,
                        "the windows of `delays` hold over 100,000 samples");
    qsort(f->windows, (size_t)f->n_windows, 2 * sizeof *f->windows, by_length);
    f->n_delays = high - low + 1;
    f->delays = ana_alloc(ctx, f->n_delays, sizeof *f->delays);
    for (int64_t d = 0; f->delays && d < f->n_delays; d++)
        f->delays[d] = low + d;
    return f->delays ? 0 : ANA_ERESOURCE;
}

/* Each delay is the nearest sample; the same one twice would count double. */
static int check_apart(struct ana_ctx *ctx, const struct ana_features *f)
{
    for (int64_t d = 1; d < f->n_delays; d++)
        for (int64_t e = 0; e < d; e++)
            if (f->delays[d] == f->delays[e])
                return ana_fail(
                    ctx, ANA_EPARAM,
                    "delays %lld and %lld fall on the same sample at %g Hz "
                    "(number %lld from 0); write delays that are at least a sample "
                    "apart",
                    (long long)e + 1, (long long)d + 1, f->rows->rate,
                    (long long)f->delays[d]);
    return 0;
}

int ana_features_delays(struct ana_ctx *ctx, struct ana_features *f)
{
    const struct ana_study_features *s = f->study;
    const double rate = f->rows->rate;
    int64_t low, high;

    if (s->n_delays == 0) {
        f->n_delays = 1;
        f->delays = ana_alloc(ctx, 1, sizeof *f->delays);
        return f->delays ? 0 : ANA_ERESOURCE;
    }
    if (f->reduce != ANA_REDUCE_NONE || rate <= 0)
        return ana_fail(
            ctx, ANA_EPARAM,
            "`delays` need samples over time, and here each stimulus is one value; "
            "remove `delays` or compare with a recording over time");
    if (s->lag_mode != ANA_LAGS_JOINT && s->nuisance)
        return ana_fail(
            ctx, ANA_EPARAM,
            "`nuisance = yes` cleans all delays together, and `delays = tune` "
            "and `lag = each` take them one by one; leave one of them out");
    if (s->lag_mode == ANA_LAGS_TUNE)
        return make_windows(ctx, f);
    if (!s->delays_range) {
        f->n_delays = s->n_delays;
        f->delays = ana_alloc(ctx, s->n_delays, sizeof *f->delays);
        for (int64_t d = 0; f->delays && d < s->n_delays; d++)
            f->delays[d] = llround(seconds_to_samples(&s->delays[d], rate));
        return f->delays ? check_apart(ctx, f) : ANA_ERESOURCE;
    }
    low = (int64_t)ceil(seconds_to_samples(&s->delays[0], rate) - 1e-6);
    high = (int64_t)floor(seconds_to_samples(&s->delays[1], rate) + 1e-6);
    if (high < low || high - low > 100000)
        return ana_fail(ctx, ANA_EPARAM,
                        "`delays` hold no sample at %g Hz, or over 100,000", rate);
    f->n_delays = high - low + 1;
    f->delays = ana_alloc(ctx, f->n_delays, sizeof *f->delays);
    for (int64_t d = 0; f->delays && d < f->n_delays; d++)
        f->delays[d] = low + d;
    return f->delays ? 0 : ANA_ERESOURCE;
}

int ana_features_stretches(struct ana_ctx *ctx, struct ana_features *f)
{
    int64_t back = 0, ahead = 0;

    f->stretch = ana_alloc(ctx, f->rows->n_groups, sizeof *f->stretch);
    if (!f->stretch)
        return ANA_ERESOURCE;
    for (int64_t d = 0; d < f->n_delays; d++) {
        back = f->delays[d] > back ? f->delays[d] : back;
        ahead = -f->delays[d] > ahead ? -f->delays[d] : ahead;
    }
    for (int64_t g = 0; g < f->rows->n_groups; g++)
        f->stretch[g] =
            (struct ana_stretch){-back, f->rows->n[g] + back + ahead, f->rows->start[g]};
    return 0;
}
