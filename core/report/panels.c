/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Score blocks, as they came off the tasks, sorted into panels, series and layers.
 * Everything keeps its order of first appearance, but layers go by depth.
 */
#include "report/panels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/escape.h"
#include "report/twins.h"

static int same(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

static int same_lag(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static int same_but_measure_and_lag(const struct ana_score_block *a,
                                    const struct ana_score_block *b)
{
    return same(a->comparison, b->comparison) && same(a->subject, b->subject) &&
           same(a->brain, b->brain) && same(a->metric, b->metric) &&
           same(a->part, b->part);
}

static int same_panel_but_measure(const struct ana_score_block *a,
                                  const struct ana_score_block *b)
{
    return same_but_measure_and_lag(a, b) && same_lag(a->lag, b->lag);
}

static int same_series(const struct ana_score_block *a, const struct ana_score_block *b)
{
    return same(a->features, b->features) && same(a->model, b->model) &&
           same(a->variant, b->variant);
}

int ana_panel_siblings(const struct ana_panel *a, const struct ana_panel *b)
{
    return same_panel_but_measure(a->key, b->key);
}

int ana_panels_lags_apart(const struct ana_panel *a, const struct ana_panel *b)
{
    const struct ana_score_block *x = a->key, *y = b->key;

    return same_but_measure_and_lag(x, y) && same(x->measure, y->measure) &&
           !isnan(x->lag) && !isnan(y->lag) && x->lag != y->lag;
}

/* Where each block goes. */
struct place {
    const struct ana_score_block *block;
    int64_t panel, series, order;
};

/* Panels by first appearance, then series by first appearance within each. */
static void assign(const struct ana_results *results, struct place *places,
                   int64_t *first, int64_t *n_panels)
{
    *n_panels = 0;
    for (int64_t b = 0; b < results->n_blocks; b++) {
        const struct ana_score_block *block = &results->blocks[b];
        int64_t p = 0, most = -1;

        while (p < *n_panels && !(same_panel_but_measure(places[first[p]].block, block) &&
                                  same(places[first[p]].block->measure, block->measure)))
            p++;
        if (p == *n_panels)
            first[(*n_panels)++] = b;
        places[b] = (struct place){block, p, -1, b};
        for (int64_t i = first[p]; i < b; i++) {
            if (places[i].panel != p)
                continue;
            if (same_series(places[i].block, block))
                places[b].series = places[i].series;
            most = places[i].series > most ? places[i].series : most;
        }
        if (places[b].series < 0)
            places[b].series = most + 1;
    }
}

static int by_panel_series_depth(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    const double dx = x->block->depth, dy = y->block->depth;

    if (x->panel != y->panel)
        return x->panel < y->panel ? -1 : 1;
    if (x->series != y->series)
        return x->series < y->series ? -1 : 1;
    if (isnan(dx) != isnan(dy))
        return isnan(dx) ? 1 : -1;
    if (!isnan(dx) && dx != dy)
        return dx < dy ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

void ana_panel_find_best(struct ana_panel *panel)
{
    double best = -INFINITY;

    panel->best = -1;
    for (int64_t s = 0; s < panel->n_series; s++) {
        struct ana_series *series = &panel->series[s];
        double highest = -INFINITY;

        series->best = -1;
        for (int64_t i = 0; i < series->n; i++) {
            const double median = series->points[i].spread.median;

            if (median > highest) {
                highest = median;
                series->best = i;
            }
        }
        if (highest > best) {
            best = highest;
            panel->best = s;
        }
    }
}

static void label_series(struct ana_panel *panel)
{
    for (int64_t s = 0; s < panel->n_series; s++) {
        const struct ana_score_block *b = panel->series[s].points[0].block;
        const char *model = ana_says(b->model) ? b->model : b->features;
        int spaces = 0, variants = 0;

        for (int64_t other = 0; other < panel->n_series; other++) {
            const struct ana_score_block *o = panel->series[other].points[0].block;

            spaces |= same(o->model, b->model) && !same(o->features, b->features);
            variants |= same(o->model, b->model) && !same(o->variant, b->variant);
        }
        spaces &= ana_says(b->model) && ana_says(b->features);
        variants &= ana_says(b->variant);
        snprintf(panel->series[s].label, sizeof panel->series[s].label, "%s%s%s%s%s",
                 model ? model : "", spaces ? ", " : "", spaces ? b->features : "",
                 variants ? ", " : "", variants ? b->variant : "");
    }
}

/* Control networks of a kind share a colour. */
static void number_series(struct ana_panel *panel)
{
    int next = 0;

    for (int64_t s = 0; s < panel->n_series; s++) {
        const int64_t first = ana_twins_first(panel, s);

        panel->series[s].number =
            first >= 0 && first < s ? panel->series[first].number : next++;
    }
}

/* The runs of equal (panel, series) in the sorted places become the tree. */
static int build_panel(struct ana_ctx *ctx, const struct place *places, int64_t n,
                       struct ana_panel *panel)
{
    int64_t at = 0;

    panel->n_points = n;
    panel->n_series = places[n - 1].series + 1;
    panel->series = ana_alloc(ctx, panel->n_series, sizeof *panel->series);
    if (!panel->series)
        return ANA_ERESOURCE;
    for (int64_t s = 0; s < panel->n_series; s++) {
        struct ana_series *series = &panel->series[s];

        while (at + series->n < n && places[at + series->n].series == s)
            series->n++;
        series->points = ana_alloc(ctx, series->n, sizeof *series->points);
        if (!series->points)
            return ANA_ERESOURCE;
        for (int64_t i = 0; i < series->n; i++) {
            const struct ana_score_block *block = places[at + i].block;

            series->points[i].block = block;
            if (ana_spread_of(ctx, block->n_targets, block->score,
                              &series->points[i].spread) != 0)
                return ANA_ERESOURCE;
        }
        at += series->n;
    }
    panel->key = panel->series[0].points[0].block;
    number_series(panel);
    label_series(panel);
    ana_panel_find_best(panel);
    return 0;
}

int ana_panels_create(struct ana_ctx *ctx, const struct ana_results *results,
                      struct ana_panels **out)
{
    const int64_t n = results->n_blocks;
    struct ana_panels *made = ana_alloc(ctx, 1, sizeof *made);
    struct place *places = ana_alloc(ctx, n, sizeof *places);
    int64_t *first = ana_alloc(ctx, n, sizeof *first), n_panels = 0;
    int rc = made && places && first ? 0 : ANA_ERESOURCE;

    *out = NULL;
    if (rc == 0) {
        assign(results, places, first, &n_panels);
        qsort(places, (size_t)n, sizeof *places, by_panel_series_depth);
        made->panels = ana_alloc(ctx, n_panels, sizeof *made->panels);
        rc = made->panels ? 0 : ANA_ERESOURCE;
    }
    for (int64_t p = 0, at = 0; rc == 0 && p < n_panels; p++) {
        int64_t many = 0;

        while (at + many < n && places[at + many].panel == p)
            many++;
        made->n = p + 1; /* what destroy has to look at, even if this one fails */
        rc = build_panel(ctx, places + at, many, &made->panels[p]);
        at += many;
    }
    ana_free(ctx, places);
    ana_free(ctx, first);
    if (rc != 0) {
        ana_panels_destroy(ctx, made);
        return rc;
    }
    *out = made;
    return 0;
}

void ana_panel_finish(struct ana_ctx *ctx, struct ana_panel *panel)
{
    for (int64_t s = 0; panel->series && s < panel->n_series; s++)
        ana_free(ctx, panel->series[s].points);
    ana_free(ctx, panel->series);
    ana_free(ctx, panel->own_key);
}

void ana_panels_destroy(struct ana_ctx *ctx, struct ana_panels *panels)
{
    if (!panels)
        return;
    for (int64_t p = 0; p < panels->n; p++)
        ana_panel_finish(ctx, &panels->panels[p]);
    for (int64_t p = 0; p < panels->n_joined; p++)
        ana_panel_finish(ctx, &panels->joined[p]);
    ana_free(ctx, panels->panels);
    ana_free(ctx, panels->joined);
    ana_free(ctx, panels);
}

const struct ana_point *ana_panel_find(const struct ana_panel *panel,
                                       const struct ana_score_block *like)
{
    for (int64_t s = 0; s < panel->n_series; s++)
        for (int64_t i = 0; i < panel->series[s].n; i++) {
            const struct ana_point *point = &panel->series[s].points[i];

            if (same_series(point->block, like) && same(point->block->layer, like->layer))
                return point;
        }
    return NULL;
}

const struct ana_point *ana_panel_best(const struct ana_panel *panel)
{
    const struct ana_series *series =
        panel->best < 0 ? NULL : &panel->series[panel->best];

    return series ? &series->points[series->best] : NULL;
}

int ana_panel_primary(const struct ana_panels *panels, int64_t panel)
{
    const struct ana_panel *self = &panels->panels[panel];
    int64_t first = -1;

    if (self->key->primary)
        return 1;
    for (int64_t p = 0; p < panels->n; p++) {
        if (!ana_panel_siblings(&panels->panels[p], self))
            continue;
        if (panels->panels[p].key->primary)
            return 0;
        first = first < 0 ? p : first;
    }
    return first == panel;
}

void ana_panel_title(const struct ana_panel *panel, char *buffer, size_t room)
{
    const struct ana_score_block *b = panel->key;
    const int named = same(b->comparison, b->brain);
    char lag[40] = "";

    if (!isnan(b->lag))
        snprintf(lag, sizeof lag, ", lag %g s", b->lag);
    /* A comparison is often called after its recording. */
    snprintf(buffer, room, "%s%s%s%s%s%s%s%s", b->comparison, named ? "" : ", ",
             named ? "" : b->brain, ana_says(b->subject) ? ", " : "",
             ana_says(b->subject) ? b->subject : "", ana_says(b->part) ? ", part " : "",
             ana_says(b->part) ? b->part : "", lag);
}

double ana_series_depth(const struct ana_series *series, int64_t point)
{
    const double stated = series->points[point].block->depth;

    if (!isnan(stated))
        return stated;
    return series->n > 1 ? (double)point / (double)(series->n - 1) : (double)NAN;
}

void ana_panel_peaks(const struct ana_panel *panel, int64_t only, int64_t *place)
{
    const int64_t n = panel->key->n_targets;

    for (int64_t t = 0; t < n; t++) {
        double highest = 0;
        int64_t at = 0;

        place[t] = -1;
        for (int64_t s = 0; s < panel->n_series; s++)
            for (int64_t i = 0; i < panel->series[s].n; i++, at++) {
                const struct ana_score_block *block = panel->series[s].points[i].block;

                if ((only >= 0 && s != only) || block->n_targets != n)
                    continue;
                if (block->score[t] > highest) {
                    highest = block->score[t];
                    place[t] = at;
                }
            }
    }
}
