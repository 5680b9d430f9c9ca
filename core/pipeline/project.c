/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Sparse random projections (project.h). R is kept by units, one list of places and signs
 * each: F N / sqrt F entries. What lies between two entries is drawn at once: it is
 * geometric. Axes that were fitted (components.h) are kept whole.
 */
#include "pipeline/project.h"

#include <math.h>
#include <string.h>

#include "base/checked.h"

struct ana_project {
    int64_t units, n;
    double value;
    int64_t *first; /* units + 1: where a unit's entries begin */
    int32_t *entry; /* place, or -1 - place where the sign is minus */
    float *axes;    /* n x units, with the mean of each unit; NULL = at random */
    double *mean;
};

/* Entries in reading order; only their number where `entry` is NULL. */
static int64_t draw(struct ana_ctx *ctx, const struct ana_project *p, int64_t layer,
                    int64_t *first, int32_t *entry)
{
    const double miss = log1p(-1 / sqrt((double)p->units));
    const double cells = (double)p->units * (double)p->n;
    struct ana_rng rng;
    int64_t count = 0, unit = 0;
    double at = -1;

    ana_rng_init(ctx, "project", (uint64_t)layer, &rng);
    for (;;) {
        at += 1 + floor(log(1 - ana_rng_uniform(&rng)) / miss);
        if (!(at < cells))
            break;
        const int64_t cell = (int64_t)at, place = cell % p->n;
        const int plus = ana_rng_uniform(&rng) < 0.5;

        for (; entry && unit <= cell / p->n; unit++)
            first[unit] = count;
        if (entry)
            entry[count] = (int32_t)(plus ? place : -1 - place);
        count++;
    }
    for (; entry && unit <= p->units; unit++)
        first[unit] = count;
    return count;
}

int ana_project_create(struct ana_ctx *ctx, int64_t units, int64_t n, int64_t layer,
                       struct ana_project **out)
{
    struct ana_project *p = *out = ana_alloc(ctx, 1, sizeof *p);
    int64_t cells;

    if (!p)
        return ANA_ERESOURCE;
    if (!ana_mul_ok(units, n, &cells) || n > INT32_MAX)
        return ana_fail(ctx, ANA_ERESOURCE, "%lld units onto %lld: that does not fit",
                        (long long)units, (long long)n);
    p->units = units;
    p->n = n;
    p->value = sqrt(sqrt((double)units) / (double)n);
    p->first = ana_alloc(ctx, units + 1, sizeof *p->first);
    p->entry = ana_alloc(ctx, draw(ctx, p, layer, NULL, NULL) + 1, sizeof *p->entry);
    if (!p->first || !p->entry)
        return ANA_ERESOURCE;
    draw(ctx, p, layer, p->first, p->entry);
    return 0;
}

int ana_project_create_axes(struct ana_ctx *ctx, int64_t units, int64_t n,
                            const double *mean, const float *axes,
                            struct ana_project **out)
{
    struct ana_project *p = *out = ana_alloc(ctx, 1, sizeof *p);

    if (!p)
        return ANA_ERESOURCE;
    p->units = units;
    p->n = n;
    p->axes = ana_alloc(ctx, n * units, sizeof *p->axes);
    p->mean = ana_alloc(ctx, units, sizeof *p->mean);
    if (!p->axes || !p->mean)
        return ANA_ERESOURCE;
    memcpy(p->axes, axes, (size_t)(n * units) * sizeof *axes);
    memcpy(p->mean, mean, (size_t)units * sizeof *mean);
    return 0;
}

void ana_project_destroy(struct ana_ctx *ctx, struct ana_project *p)
{
    if (!p)
        return;
    ana_free(ctx, p->first);
    ana_free(ctx, p->entry);
    ana_free(ctx, p->axes);
    ana_free(ctx, p->mean);
    ana_free(ctx, p);
}

void ana_project_apply(const struct ana_project *p, const float *x, double *sums,
                       float *y)
{
    for (int64_t i = 0; i < p->n; i++)
        sums[i] = 0;
    for (int64_t i = 0; p->axes && i < p->n; i++) {
        const float *axis = p->axes + i * p->units;

        for (int64_t f = 0; f < p->units; f++)
            sums[i] += (double)axis[f] * ((double)x[f] - p->mean[f]);
        y[i] = (float)sums[i];
    }
    if (p->axes)
        return;
    for (int64_t f = 0; f < p->units; f++)
        for (int64_t e = p->first[f]; e < p->first[f + 1]; e++) {
            const int32_t to = p->entry[e];

            if (to >= 0)
                sums[to] += (double)x[f];
            else
                sums[-1 - to] -= (double)x[f];
        }
    for (int64_t i = 0; i < p->n; i++)
        y[i] = (float)(sums[i] * p->value);
}
