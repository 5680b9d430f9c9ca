/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Comparisons of one recording beside each other: the same targets, several feature
 * spaces (delays, say, or acoustic features and a network). Which of them all a target
 * follows is read off one panel.
 */
#include <math.h>
#include <string.h>

#include "report/panels.h"

enum {
    MOST_POINTS = 40 /* that one figure shows side by side */
};

static int same(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

static int belong_together(const struct ana_panel *a, const struct ana_panel *b)
{
    const struct ana_score_block *x = a->key, *y = b->key;

    return !same(x->comparison, y->comparison) && same(x->brain, y->brain) &&
           same(x->subject, y->subject) && same(x->metric, y->metric) &&
           same(x->measure, y->measure) && same(x->part, y->part) &&
           (x->lag == y->lag || (isnan(x->lag) && isnan(y->lag))) &&
           x->n_targets == y->n_targets;
}

/* Whether panel p goes with the first one of its group. */
static int in_group(const struct ana_panels *panels, int64_t first, int64_t p)
{
    return p == first || (p > first && ana_panel_primary(panels, p) &&
                          belong_together(&panels->panels[first], &panels->panels[p]));
}

/* 1 if an earlier panel goes with this one: its group was looked at with that one. */
static int has_earlier(const struct ana_panels *panels, int64_t panel)
{
    for (int64_t p = 0; p < panel; p++)
        if (ana_panel_primary(panels, p) && in_group(panels, p, panel))
            return 1;
    return 0;
}

static int copy_series(struct ana_ctx *ctx, const struct ana_panel *from,
                       struct ana_panel *to)
{
    for (int64_t s = 0; s < from->n_series; s++) {
        struct ana_series *series = &to->series[to->n_series];
        const size_t size = (size_t)from->series[s].n * sizeof *series->points;

        *series = from->series[s];
        series->group = from->key->comparison;
        series->points = ana_alloc(ctx, series->n, sizeof *series->points);
        if (!series->points)
            return ANA_ERESOURCE;
        memcpy(series->points, from->series[s].points, size);
        to->n_series++;
        to->n_points += series->n;
    }
    return 0;
}

static int join_group(struct ana_ctx *ctx, struct ana_panels *panels, int64_t first,
                      int64_t n_series)
{
    struct ana_panel *joined = &panels->joined[panels->n_joined++];

    joined->joined = 1;
    joined->series = ana_alloc(ctx, n_series, sizeof *joined->series);
    joined->own_key = ana_alloc(ctx, 1, sizeof *joined->own_key);
    if (!joined->series || !joined->own_key)
        return ANA_ERESOURCE;
    *joined->own_key = *panels->panels[first].key;
    joined->own_key->comparison = "all comparisons";
    joined->key = joined->own_key;
    for (int64_t p = first; p < panels->n; p++) {
        if (!in_group(panels, first, p))
            continue;
        panels->panels[p].joined = 1;
        if (copy_series(ctx, &panels->panels[p], joined) != 0)
            return ANA_ERESOURCE;
    }
    ana_panel_find_best(joined);
    return 0;
}

int ana_panels_join(struct ana_ctx *ctx, struct ana_panels *panels)
{
    panels->joined = ana_alloc(ctx, panels->n, sizeof *panels->joined);
    if (!panels->joined)
        return ANA_ERESOURCE;
    for (int64_t first = 0; first < panels->n; first++) {
        int64_t n_panels = 0, n_points = 0, n_series = 0;

        if (panels->panels[first].joined || !ana_panel_primary(panels, first) ||
            has_earlier(panels, first))
            continue;
        for (int64_t p = first; p < panels->n; p++)
            if (in_group(panels, first, p)) {
                n_panels++;
                n_points += panels->panels[p].n_points;
                n_series += panels->panels[p].n_series;
            }
        if (n_panels > 1 && n_points <= MOST_POINTS &&
            join_group(ctx, panels, first, n_series) != 0)
            return ANA_ERESOURCE;
    }
    return 0;
}
