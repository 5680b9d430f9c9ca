/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the steps of `prepare =` make of a recording's geometry: how long each unit is and
 * when its samples lie.
 */
#include <math.h>
#include <string.h>

#include "pipeline/prepare_work.h"

void ana_geometry_finish(struct ana_ctx *ctx, struct ana_geometry *g)
{
    ana_free(ctx, g->n);
    ana_free(ctx, g->start);
    ana_free(ctx, (void *)g->name);
    memset(g, 0, sizeof *g);
}

int ana_geometry_copy(struct ana_ctx *ctx, const struct ana_geometry *from,
                      struct ana_geometry *out)
{
    *out = *from;
    out->n = ana_alloc(ctx, from->n_units, sizeof *out->n);
    out->start = ana_alloc(ctx, from->n_units, sizeof *out->start);
    out->name = ana_alloc(ctx, from->n_units, sizeof *out->name);
    if (!out->n || !out->start || !out->name) {
        ana_geometry_finish(ctx, out);
        return ANA_ERESOURCE;
    }
    memcpy(out->n, from->n, (size_t)from->n_units * sizeof *out->n);
    memcpy(out->start, from->start, (size_t)from->n_units * sizeof *out->start);
    for (int64_t u = 0; from->name && u < from->n_units; u++)
        out->name[u] = from->name[u];
    return 0;
}

void ana_geometry_samples(const struct ana_geometry *g, int64_t unit, double a, double b,
                          int64_t *first, int64_t *n)
{
    const double at = (a - g->start[unit]) * g->rate, to = (b - g->start[unit]) * g->rate;
    int64_t last;

    *first = (int64_t)ceil(at - 1e-6);
    last = (int64_t)ceil(to - 1e-6);
    *first = *first < 0 ? 0 : *first;
    last = last > g->n[unit] ? g->n[unit] : last;
    *n = last > *first ? last - *first : 0;
}

static int interval_geometry(struct ana_ctx *ctx, const struct ana_step *step,
                             struct ana_geometry *g)
{
    for (int64_t u = 0; u < g->n_units; u++) {
        int64_t first, n;

        ana_geometry_samples(g, u, step->a, step->b, &first, &n);
        if (n == 0)
            return ana_fail(
                ctx, ANA_EPARAM,
                "%s(%g..%g s) holds no sample: unit %lld runs from %g to %g s",
                ana_step_name(step), step->a, step->b, (long long)u, g->start[u],
                g->start[u] + (double)g->n[u] / g->rate);
        if (step->kind == ANA_STEP_BASELINE)
            continue;
        g->start[u] =
            step->kind == ANA_STEP_CROP ? g->start[u] + (double)first / g->rate : 0;
        g->n[u] = step->kind == ANA_STEP_CROP ? n : 1;
    }
    if (step->kind == ANA_STEP_AVERAGE) {
        g->layout = ANA_LAYOUT_ROWS;
        g->one_run = 1;
        g->rate = 0;
    }
    return 0;
}

static int trim_geometry(struct ana_ctx *ctx, const struct ana_step *step,
                         struct ana_geometry *g)
{
    const double unit = step->in_tr ? 1 : g->rate;
    const int64_t a = llround(step->a * unit), b = llround(step->b * unit);

    for (int64_t u = 0; u < g->n_units; u++) {
        if (a + b >= g->n[u])
            return ana_fail(ctx, ANA_EPARAM,
                            "trim drops %lld samples and unit %lld has only %lld",
                            (long long)(a + b), (long long)u, (long long)g->n[u]);
        g->n[u] -= a + b;
        g->start[u] += (double)a / g->rate;
    }
    return 0;
}

/* 1 if a step needs no samples over time. */
static int timeless(const struct ana_step *step)
{
    return step->kind == ANA_STEP_ZSCORE || step->kind == ANA_STEP_CLIP ||
           step->kind == ANA_STEP_TRIALS || ana_step_is_montage(step);
}

int ana_step_geometry(struct ana_ctx *ctx, const struct ana_step *step,
                      struct ana_geometry *g)
{
    if (!timeless(step) && g->rate <= 0)
        return ana_fail(
            ctx, ANA_EPARAM,
            "%s needs samples over time, and this recording has one value an item",
            ana_step_name(step));
    switch (step->kind) {
    case ANA_STEP_TRIM:
        return trim_geometry(ctx, step, g);
    case ANA_STEP_HIGHPASS:
    case ANA_STEP_LOWPASS:
    case ANA_STEP_BANDPASS:
    case ANA_STEP_NOTCH:
    case ANA_STEP_HIGHGAMMA:
        return ana_step_check_filter(ctx, step, g);
    case ANA_STEP_RESAMPLE:
        if (step->order != ANA_RESAMPLE_SOXR) {
            const int rc = ana_step_check_filter(ctx, step, g);

            if (rc != 0)
                return rc;
        }
        for (int64_t u = 0; u < g->n_units; u++)
            g->n[u] = (int64_t)ceil((double)g->n[u] * step->a / g->rate - 1e-9);
        g->rate = step->a;
        return 0;
    case ANA_STEP_AVERAGE:
    case ANA_STEP_CROP:
    case ANA_STEP_BASELINE:
        return interval_geometry(ctx, step, g);
    case ANA_STEP_EPOCHS:
    case ANA_STEP_TRIALS:
        return ana_trials_geometry(ctx, step, g);
    default: /* the others leave the clock as it is */
        return 0;
    }
}
