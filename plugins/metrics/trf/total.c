/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Products of the lagged features with one block of targets over all rows, and trial by
 * trial where folds hold out whole trials again and again: a training set is then all of
 * them less a few, without looking at a row.
 */
#include <string.h>

#include "plugins/metrics/trf/set.h"

struct summing {
    const struct trf *trf;
    int64_t t;
    const double *y;
    struct trf_total *total;
};

static int add_part(struct ana_ctx *ctx, void *arg, int64_t g)
{
    const struct summing *s = arg;
    const struct ana_problem *problem = s->trf->problem;
    int64_t *row = ana_alloc(ctx, problem->n_rows, sizeof *row);
    int rc = row ? lagged_sums_create(ctx, s->trf->lagged.p, s->t, 0, &s->total->part[g])
                 : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < problem->n_rows; i++)
        if (problem->group[i] == g)
            row[s->total->size[g]++] = i;
    if (rc == 0)
        rc = lagged_add(ctx, &s->trf->lagged, s->total->size[g], row, s->t, s->y, 1,
                        &s->total->part[g]);
    ana_free(ctx, row);
    return rc;
}

static int sum_parts(struct ana_ctx *ctx, struct summing *s)
{
    const int64_t G = s->trf->problem->n_groups, p = s->trf->lagged.p;
    struct trf_total *total = s->total;
    int rc;

    total->part = ana_alloc(ctx, G, sizeof *total->part);
    total->size = ana_alloc(ctx, G, sizeof *total->size);
    rc = total->part && total->size ? ana_parallel_for(ctx, G, add_part, s)
                                    : ANA_ERESOURCE;
    for (int64_t g = 0; rc == 0 && g < G; g++) {
        for (int64_t i = 0; i < p * s->t; i++)
            total->all.cross[i] += total->part[g].cross[i];
        for (int64_t j = 0; j < 2 * s->t; j++)
            total->all.y_sum[j] += total->part[g].y_sum[j];
    }
    total->all.n = (double)s->trf->lagged.n_rows;
    return rc;
}

static int sum_rows(struct ana_ctx *ctx, struct summing *s)
{
    const int64_t n = s->trf->lagged.n_rows;
    int64_t *row = ana_alloc(ctx, n, sizeof *row);
    int rc;

    for (int64_t i = 0; row && i < n; i++)
        row[i] = i;
    rc = row ? lagged_add(ctx, &s->trf->lagged, n, row, s->t, s->y, 1, &s->total->all)
             : ANA_ERESOURCE;
    ana_free(ctx, row);
    return rc;
}

int trf_total_create(struct ana_ctx *ctx, const struct trf *trf, int64_t t,
                     const double *y, struct trf_total *total)
{
    struct summing s = {trf, t, y, total};
    const int64_t p = trf->lagged.p;
    int rc;

    memset(total, 0, sizeof *total);
    rc = lagged_sums_create(ctx, p, t, 0, &total->all);
    if (rc == 0)
        rc = trf_keeps_parts(trf, trf->problem, t) ? sum_parts(ctx, &s)
                                                   : sum_rows(ctx, &s);
    if (rc == 0)
        memcpy(total->all.sum, trf->total.sum, (size_t)p * sizeof(double));
    total->all.gram = trf->total.gram; /* borrowed */
    return rc;
}

void trf_total_finish(struct ana_ctx *ctx, const struct trf *trf, struct trf_total *total)
{
    for (int64_t g = 0; total->part && g < trf->problem->n_groups; g++)
        lagged_sums_finish(ctx, &total->part[g]);
    ana_free(ctx, total->part);
    ana_free(ctx, total->size);
    total->all.gram = NULL;
    lagged_sums_finish(ctx, &total->all);
    memset(total, 0, sizeof *total);
}
