/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The steps of `prepare =`: their grammar, and what they make of a recording's
 * geometry. The arithmetic is in prepare_apply.c.
 */
#include "pipeline/prepare.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "plugin/value.h"

static const char *const step_names[] = {"average",  "crop",   "trim", "baseline",
                                         "resample", "zscore", "shift"};
enum { N_STEPS = 7 };

void ana_geometry_finish(struct ana_ctx *ctx, struct ana_geometry *g)
{
    ana_free(ctx, g->n);
    ana_free(ctx, g->start);
    memset(g, 0, sizeof *g);
}

int ana_geometry_copy(struct ana_ctx *ctx, const struct ana_geometry *from,
                      struct ana_geometry *out)
{
    *out = *from;
    out->n = ana_alloc(ctx, from->n_units, sizeof *out->n);
    out->start = ana_alloc(ctx, from->n_units, sizeof *out->start);
    if (!out->n || !out->start) {
        ana_geometry_finish(ctx, out);
        return ANA_ERESOURCE;
    }
    memcpy(out->n, from->n, (size_t)from->n_units * sizeof *out->n);
    memcpy(out->start, from->start, (size_t)from->n_units * sizeof *out->start);
    return 0;
}

static int unknown_step(struct ana_ctx *ctx, const char *name)
{
    const char *nearest = ana_text_nearest(name, step_names, N_STEPS);

    return ana_fail(
        ctx, ANA_EPARAM,
        "preparation '%s' is not known%s%s%s; there are average(A..B s), crop(A..B "
        "s), trim(A, B), baseline(A..B s), resample(R Hz), zscore(run) and shift(A s)",
        name, nearest ? ", did you mean '" : "", nearest ? nearest : "",
        nearest ? "'?" : "");
}

static int parse_arguments(struct ana_ctx *ctx, const char *text, int64_t n, char **args,
                           struct ana_step *step)
{
    const int64_t wanted = step->kind == ANA_STEP_TRIM ? 2 : 1;
    const char *first = NULL, *second = NULL;
    int rc;

    if (n != wanted)
        return ana_fail(ctx, ANA_EPARAM, "'%s' takes %lld argument%s, not %lld", text,
                        (long long)wanted, wanted == 1 ? "" : "s", (long long)n);
    switch (step->kind) {
    case ANA_STEP_ZSCORE:
        return strcmp(args[0], "run") == 0
                   ? 0
                   : ana_fail(ctx, ANA_EPARAM, "'%s': only zscore(run) is known", text);
    case ANA_STEP_RESAMPLE:
        rc = ana_value_number(ctx, args[0], "Hz", &step->a, NULL);
        if (rc == 0 && !(step->a > 0))
            rc = ana_fail(ctx, ANA_EPARAM, "'%s': the rate must be above 0", text);
        return rc;
    case ANA_STEP_SHIFT:
        return ana_value_number(ctx, args[0], "s", &step->a, NULL);
    case ANA_STEP_TRIM:
        rc = ana_value_number(ctx, args[0], "s", &step->a, &first);
        if (rc == 0)
            rc = ana_value_number(ctx, args[1], "s", &step->b, &second);
        if (rc == 0 && (!first != !second || step->a < 0 || step->b < 0))
            rc = ana_fail(ctx, ANA_EPARAM,
                          "'%s': both arguments must be 0 or more, in the same unit",
                          text);
        step->in_tr = first != NULL;
        return rc;
    default:
        return ana_value_range(ctx, args[0], "s", &step->a, &step->b, NULL);
    }
}

int ana_step_parse(struct ana_ctx *ctx, const char *text, struct ana_step *out)
{
    char *name = NULL, **args = NULL;
    int64_t n = 0;
    int rc = ana_value_call(ctx, text, &name, &n, &args);

    memset(out, 0, sizeof *out);
    for (int32_t k = 0; rc == 0 && k < N_STEPS; k++)
        if (strcmp(step_names[k], name) == 0)
            out->kind = k + 1;
    if (rc == 0)
        rc = out->kind ? parse_arguments(ctx, text, n, args, out)
                       : unknown_step(ctx, name);
    for (int64_t i = 0; args && i < n; i++)
        ana_free(ctx, args[i]);
    ana_free(ctx, args);
    ana_free(ctx, name);
    return rc;
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
                step_names[step->kind - 1], step->a, step->b, (long long)u, g->start[u],
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

int ana_step_geometry(struct ana_ctx *ctx, const struct ana_step *step,
                      struct ana_geometry *g)
{
    if (step->kind != ANA_STEP_ZSCORE && g->rate <= 0)
        return ana_fail(
            ctx, ANA_EPARAM,
            "%s needs samples over time, and this recording has one value an item",
            step_names[step->kind - 1]);
    switch (step->kind) {
    case ANA_STEP_ZSCORE:
    case ANA_STEP_SHIFT:
        return 0;
    case ANA_STEP_TRIM:
        return trim_geometry(ctx, step, g);
    case ANA_STEP_RESAMPLE:
        for (int64_t u = 0; u < g->n_units; u++)
            g->n[u] = (int64_t)ceil((double)g->n[u] * step->a / g->rate - 1e-9);
        g->rate = step->a;
        return 0;
    default:
        return interval_geometry(ctx, step, g);
    }
}
