/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Preparation by trials: runs cut into them, and those of one stimulus averaged.
 *
 * Epoch i takes out[t, v] = x[first_i + t, v]; the mean over the trials i = 1 .. m of one
 * stimulus is out[t, v] = (1 / m) sum_i x_i[t, v].
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/prepare_work.h"

struct named {
    const char *name;
    int64_t unit;
};

static int by_name(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    const int order = strcmp(x->name, y->name);

    return order ? order : (x->unit > y->unit) - (x->unit < y->unit);
}

static int by_unit(const void *a, const void *b)
{
    const struct named *x = a, *y = b;

    return (x->unit > y->unit) - (x->unit < y->unit);
}

/* Trials that are averaged need samples at the same times. */
static int check_alike(struct ana_ctx *ctx, const struct ana_geometry *g, int64_t a,
                       int64_t b)
{
    const double slack = g->rate > 0 ? 1e-3 / g->rate : 1e-9;

    if (g->n[a] == g->n[b] && fabs(g->start[a] - g->start[b]) <= slack)
        return 0;
    return ana_fail(ctx, ANA_EDATA,
                    "trials(average): two presentations of '%s' have %lld samples from "
                    "%g s and %lld from %g s; cut them alike first, as with crop(A..B s)",
                    g->name[a], (long long)g->n[a], g->start[a], (long long)g->n[b],
                    g->start[b]);
}

/* Number the names in the order of their first units. */
static int number_names(struct ana_ctx *ctx, const struct ana_geometry *g,
                        struct named *list, int64_t *member)
{
    struct named *first = ana_alloc(ctx, g->n_units, sizeof *first);
    int64_t *number = ana_alloc(ctx, g->n_units, sizeof *number), n = 0;
    int rc = first && number ? 0 : ANA_ERESOURCE;

    qsort(list, (size_t)g->n_units, sizeof *list, by_name);
    for (int64_t i = 0; rc == 0 && i < g->n_units; i++) {
        const int fresh = i == 0 || strcmp(list[i - 1].name, list[i].name) != 0;

        if (fresh)
            first[n++] = list[i];
        member[list[i].unit] = first[n - 1].unit;
        rc = check_alike(ctx, g, first[n - 1].unit, list[i].unit);
    }
    if (rc == 0)
        qsort(first, (size_t)n, sizeof *first, by_unit);
    for (int64_t i = 0; rc == 0 && i < n; i++)
        number[first[i].unit] = i;
    for (int64_t u = 0; rc == 0 && u < g->n_units; u++)
        member[u] = number[member[u]];
    ana_free(ctx, first);
    ana_free(ctx, number);
    return rc;
}

int ana_step_group(struct ana_ctx *ctx, const struct ana_geometry *g,
                   struct ana_step *step)
{
    struct named *list;
    int rc;

    for (int64_t u = 0; u < g->n_units; u++)
        if (!g->name || !g->name[u])
            return ana_fail(ctx, ANA_EDATA,
                            "%s needs to know what was presented, and unit %lld of this "
                            "recording names no stimulus",
                            ana_step_name(step), (long long)u);
    if (!step->order)
        return 0;
    list = ana_alloc(ctx, g->n_units, sizeof *list);
    step->member = ana_alloc(ctx, g->n_units, sizeof *step->member);
    step->n_members = step->member ? g->n_units : 0;
    for (int64_t u = 0; list && u < g->n_units; u++)
        list[u] = (struct named){g->name[u], u};
    rc = list && step->member ? number_names(ctx, g, list, step->member) : ANA_ERESOURCE;
    ana_free(ctx, list);
    return rc;
}

static int epochs_geometry(struct ana_ctx *ctx, const struct ana_step *step,
                           struct ana_geometry *g)
{
    struct ana_geometry cut = {.layout = ANA_LAYOUT_EPOCHS,
                               .one_run = 1,
                               .n_units = step->n_trials,
                               .rate = g->rate};

    cut.n = ana_alloc(ctx, cut.n_units, sizeof *cut.n);
    cut.start = ana_alloc(ctx, cut.n_units, sizeof *cut.start);
    cut.name = ana_alloc(ctx, cut.n_units, sizeof *cut.name);
    if (!cut.n || !cut.start || !cut.name) {
        ana_geometry_finish(ctx, &cut);
        return ANA_ERESOURCE;
    }
    for (int64_t i = 0; i < cut.n_units; i++) {
        cut.n[i] = step->n_samples;
        cut.start[i] = step->start;
        cut.name[i] = step->trial[i].stimulus;
    }
    ana_geometry_finish(ctx, g);
    *g = cut;
    return 0;
}

int ana_trials_geometry(struct ana_ctx *ctx, const struct ana_step *step,
                        struct ana_geometry *g)
{
    int64_t n = 0;

    if (step->kind == ANA_STEP_EPOCHS)
        return epochs_geometry(ctx, step, g);
    if (!step->order) {
        g->singles = 1;
        return 0;
    }
    for (int64_t u = 0; u < g->n_units; u++)
        if (step->member[u] == n) { /* the first of its stimulus */
            g->n[n] = g->n[u];
            g->start[n] = g->start[u];
            g->name[n++] = g->name[u];
        }
    g->n_units = n;
    return 0;
}

/* Where each unit's samples begin, and behind the last one where they end. */
static int64_t *offsets(struct ana_ctx *ctx, const struct ana_geometry *g)
{
    int64_t *offset = ana_alloc(ctx, g->n_units + 1, sizeof *offset);

    for (int64_t u = 0; offset && u < g->n_units; u++)
        offset[u + 1] = offset[u] + g->n[u];
    return offset;
}

int ana_trials_cut(struct ana_ctx *ctx, const struct ana_step *step,
                   const struct ana_geometry *g, int64_t V, const double *x, double *out)
{
    const int64_t n = step->n_samples * V;
    int64_t *offset = offsets(ctx, g);

    if (!offset)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < step->n_trials; i++)
        memcpy(out + i * n, x + (offset[step->trial[i].unit] + step->trial[i].first) * V,
               (size_t)n * sizeof *out);
    ana_free(ctx, offset);
    return 0;
}

int ana_trials_average(struct ana_ctx *ctx, const struct ana_step *step,
                       const struct ana_geometry *g, const struct ana_geometry *after,
                       int64_t V, const double *x, double *out)
{
    int64_t *offset = offsets(ctx, after);
    double *count = ana_alloc(ctx, after->n_units, sizeof *count);
    int rc = offset && count ? 0 : ANA_ERESOURCE;

    if (rc == 0)
        memset(out, 0, (size_t)(offset[after->n_units] * V) * sizeof *out);
    for (int64_t u = 0; rc == 0 && u < g->n_units; u++) {
        double *sum = out + offset[step->member[u]] * V;

        count[step->member[u]]++;
        for (int64_t i = 0; i < g->n[u] * V; i++)
            sum[i] += x[i];
        x += g->n[u] * V;
    }
    for (int64_t u = 0; rc == 0 && u < after->n_units; u++)
        for (int64_t i = offset[u] * V; i < offset[u + 1] * V; i++)
            out[i] /= count[u];
    ana_free(ctx, offset);
    ana_free(ctx, count);
    return rc;
}
