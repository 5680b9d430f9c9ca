/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Score by lag, where each lag was fitted by itself: one figure in place of a panel a lag.
 * A line a layer through the medians over targets; or, for the best of them, a line a
 * region.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/escape.h"
#include "report/figures.h"
#include "report/scores.h"

enum {
    MOST_REGIONS = 8,
    MOST_NAMES = 256, /* regions that are looked at to find those */
    MOST_BANDS = 3    /* bold lines that leave room for their quartiles */
};

static const double LEFT = 46, TOP = 46, PLOT = 520, HEIGHT = 232, NAMES = 150;

struct line {
    char label[128];           /* "" = thin, without a name */
    int paint;                 /* ANA_SERIES + ... */
    struct ana_spread *spread; /* of each lag; n = 0 where it has no score */
    double end;                /* where its name stands */
};

struct curves {
    struct ana_ctx *ctx;
    struct ana_figure *figure;
    int64_t n_lags, n_lines;
    const struct ana_panel **panel; /* n_lags, by lag */
    struct line *line;
    struct ana_scale y;
};

static int by_lag(const void *a, const void *b)
{
    const struct ana_panel *const *x = a, *const *y = b;

    return ((*x)->key->lag > (*y)->key->lag) - ((*x)->key->lag < (*y)->key->lag);
}

static int find_panels(struct curves *c, int64_t n, const struct ana_panel *panels,
                       int64_t first)
{
    c->panel = ana_alloc(c->ctx, n, sizeof *c->panel);
    if (!c->panel)
        return ANA_ERESOURCE;
    for (int64_t p = 0; p < n; p++)
        if (p == first || ana_panels_lags_apart(&panels[first], &panels[p]))
            c->panel[c->n_lags++] = &panels[p];
    qsort(c->panel, (size_t)c->n_lags, sizeof(void *), by_lag);
    return 0;
}

static int take_lines(struct curves *c, int64_t n)
{
    c->line = ana_alloc(c->ctx, n, sizeof *c->line);
    c->n_lines = c->line ? n : 0;
    for (int64_t i = 0; i < c->n_lines; i++) {
        c->line[i].spread = ana_alloc(c->ctx, c->n_lags, sizeof *c->line->spread);
        if (!c->line[i].spread)
            return ANA_ERESOURCE;
    }
    return c->line ? 0 : ANA_ERESOURCE;
}

/* The same point of another lag's panel: at the same place, or wherever it is. */
static const struct ana_point *point_at(const struct ana_panel *panel, int64_t s,
                                        int64_t i, const struct ana_score_block *like)
{
    const struct ana_series *series = s < panel->n_series ? &panel->series[s] : NULL;

    if (series && i < series->n &&
        strcmp(series->points[i].block->comparison, like->comparison) == 0)
        return &series->points[i];
    return ana_panel_find(panel, like);
}

static double highest(const struct curves *c, const struct line *line)
{
    double most = -INFINITY;

    for (int64_t k = 0; k < c->n_lags; k++)
        if (line->spread[k].n > 0)
            most = fmax(most, line->spread[k].median);
    return most;
}

/* Comparison, model and layer, where each says something. */
static void name_line(const struct ana_series *series, int64_t i, struct line *line)
{
    const char *layer = series->points[i].block->layer;
    const int grouped = series->group && strcmp(series->group, series->label) != 0;
    const int deep = series->n > 1 && ana_says(layer);

    snprintf(line->label, sizeof line->label, "%.50s%s%.40s%s%.30s",
             grouped ? series->group : "", grouped ? ", " : "", series->label,
             deep ? ", " : "", deep ? layer : "");
}

/* A line a layer; the best of each series has a name. */
static int fill_layers(struct curves *c)
{
    const struct ana_panel *panel = c->panel[0];
    int64_t at = 0;
    int rc = take_lines(c, panel->n_points);

    for (int64_t s = 0; rc == 0 && s < panel->n_series; s++) {
        const struct ana_series *series = &panel->series[s];
        int64_t best = at;

        for (int64_t i = 0; i < series->n; i++, at++) {
            c->line[at].paint = panel->own_key ? ANA_SERIES + (int)s % ANA_SERIES_COLOURS
                                               : ana_series_paint(panel, s);
            for (int64_t k = 0; k < c->n_lags; k++) {
                const struct ana_point *point =
                    point_at(c->panel[k], s, i, series->points[i].block);

                if (point)
                    c->line[at].spread[k] = point->spread;
            }
            if (highest(c, &c->line[at]) > highest(c, &c->line[best]))
                best = at;
        }
        if (series->n > 0)
            name_line(series, best - (at - series->n), &c->line[best]);
    }
    return rc;
}

static struct ana_scale score_scale(const struct curves *c)
{
    double low = 0, high = 0;

    for (int64_t i = 0; i < c->n_lines; i++)
        for (int64_t k = 0; k < c->n_lags; k++) {
            const struct ana_spread *spread = &c->line[i].spread[k];

            if (spread->n == 0)
                continue;
            low = fmin(low, *c->line[i].label ? spread->q1 : spread->median);
            high = fmax(high, *c->line[i].label ? spread->q3 : spread->median);
        }
    if (low == 0 && high == 0)
        high = 1;
    low = fmax(low, -fmax(high, 0.1));
    return ana_scale_nice(low, high, TOP + HEIGHT, TOP, 5);
}

static double lag_x(const struct curves *c, double lag)
{
    const double first = c->panel[0]->key->lag;

    return LEFT + PLOT * (lag - first) / (c->panel[c->n_lags - 1]->key->lag - first);
}

static void draw_band(const struct curves *c, const struct line *line)
{
    struct ana_text *body = &c->figure->body;
    int64_t drawn = 0;

    ana_text_add(body, "<path d=\"M0 0");
    for (int64_t k = 0; k < 2 * c->n_lags; k++) {
        const int64_t i = k < c->n_lags ? k : 2 * c->n_lags - 1 - k;
        const struct ana_spread *spread = &line->spread[i];

        if (spread->n > 0)
            ana_text_add(
                body, "%s%.1f %.1f", drawn++ ? "L" : "M", lag_x(c, c->panel[i]->key->lag),
                ana_scale_clamped(&c->y, k < c->n_lags ? spread->q3 : spread->q1));
    }
    ana_text_add(body, drawn ? "Z\"" : "\"");
    ana_svg_fill(c->figure, line->paint);
    ana_text_add(body, " fill-opacity=\"0.14\"/>\n");
}

/* Through the medians, the highest ringed where the line has a name. */
static void draw_line(const struct curves *c, struct line *line)
{
    struct ana_text *body = &c->figure->body;
    int64_t best = -1;
    int drawing = 0;

    ana_text_add(body, "<path d=\"M0 0");
    for (int64_t k = 0; k < c->n_lags; k++) {
        const struct ana_spread *spread = &line->spread[k];
        const double y = ana_scale_clamped(&c->y, spread->median);

        if (spread->n > 0) {
            ana_text_add(body, "%s%.1f %.1f", drawing ? "L" : "M",
                         lag_x(c, c->panel[k]->key->lag), y);
            line->end = y;
        }
        drawing = spread->n > 0;
        if (drawing && (best < 0 || spread->median > line->spread[best].median))
            best = k;
    }
    ana_text_add(body, "\"");
    ana_svg_stroke(c->figure, line->paint, *line->label ? 2 : .75);
    ana_text_add(body, " stroke-linejoin=\"round\"%s/>\n",
                 *line->label ? "" : " stroke-opacity=\"0.5\"");
    if (best < 0 || !*line->label)
        return;
    ana_text_add(body, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\"",
                 lag_x(c, c->panel[best]->key->lag),
                 ana_scale_clamped(&c->y, line->spread[best].median));
    ana_svg_stroke(c->figure, line->paint, 1.75);
    ana_text_add(body, "/>\n");
}

static int by_end(const void *a, const void *b)
{
    const struct line *const *x = a, *const *y = b;

    return ((*x)->end > (*y)->end) - ((*x)->end < (*y)->end);
}

/* The names beside the ends of their lines, apart from each other. */
static int draw_names(struct curves *c)
{
    struct line **named = ana_alloc(c->ctx, c->n_lines, sizeof *named);
    int64_t n = 0;

    if (!named)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < c->n_lines; i++)
        if (*c->line[i].label)
            named[n++] = &c->line[i];
    qsort(named, (size_t)n, sizeof(void *), by_end);
    for (int64_t i = 1; i < n; i++)
        named[i]->end = fmax(named[i]->end, named[i - 1]->end + 15);
    for (int64_t i = n - 1; i >= 0; i--) {
        named[i]->end =
            fmin(named[i]->end, i == n - 1 ? TOP + HEIGHT : named[i + 1]->end - 15);
        ana_svg_text(c->figure,
                     (struct ana_lettering){.x = LEFT + PLOT + 8,
                                            .y = named[i]->end + 4,
                                            .paint = named[i]->paint,
                                            .bold = 1,
                                            .room = NAMES - 10},
                     named[i]->label);
    }
    ana_free(c->ctx, named);
    return 0;
}

static void draw_lags(const struct curves *c)
{
    const double first = c->panel[0]->key->lag, last = c->panel[c->n_lags - 1]->key->lag;
    const struct ana_scale scale = ana_scale_nice(first, last, LEFT, LEFT + PLOT, 8);
    char text[32];

    if (first < 0 && last > 0)
        ana_svg_line(c->figure, lag_x(c, 0), TOP, lag_x(c, 0), TOP + HEIGHT, ANA_MUTED,
                     1);
    for (int64_t i = 0; i <= llround((scale.high - scale.low) / scale.step); i++) {
        const double at = scale.low + (double)i * scale.step;

        if (at < first - 1e-9 || at > last + 1e-9)
            continue;
        snprintf(text, sizeof text, "%g", round(1e6 * at) / 1e3 + 0.);
        ana_svg_text(c->figure,
                     (struct ana_lettering){.x = lag_x(c, at),
                                            .y = TOP + HEIGHT + 16,
                                            .anchor = ANA_MIDDLE,
                                            .paint = ANA_MUTED},
                     text);
    }
    ana_svg_text(c->figure,
                 (struct ana_lettering){.x = LEFT + PLOT / 2,
                                        .y = TOP + HEIGHT + 34,
                                        .anchor = ANA_MIDDLE,
                                        .paint = ANA_MUTED},
                 "lag (ms); positive: the past of what predicts");
}

static int draw(struct curves *c, const char *kind, const char *what)
{
    struct ana_score_block key = *c->panel[0]->key;
    struct ana_panel named = *c->panel[0];
    int64_t bold = 0;
    char label[128];

    key.lag = (double)NAN; /* the figure is of all of them */
    named.key = &key;
    ana_figure_name(&named, kind, what, c->figure);
    ana_measure_label(&key, label, sizeof label);
    ana_figure_heading(c->figure, what, label, LEFT + PLOT);
    c->y = score_scale(c);
    ana_svg_axis_y(c->figure, &c->y, LEFT, LEFT + PLOT);
    draw_lags(c);
    for (int64_t i = 0; i < c->n_lines; i++)
        bold += *c->line[i].label != 0;
    for (int64_t i = 0; i < c->n_lines; i++)
        if (*c->line[i].label && bold <= MOST_BANDS)
            draw_band(c, &c->line[i]);
    for (int pass = 0; pass < 2; pass++) /* the named ones on top */
        for (int64_t i = 0; i < c->n_lines; i++)
            if ((*c->line[i].label != 0) == pass)
                draw_line(c, &c->line[i]);
    c->figure->width = LEFT + PLOT + NAMES;
    c->figure->height = TOP + HEIGHT + 46;
    ana_text_add(&c->figure->caption, "Median ");
    ana_add_utf8(&c->figure->caption, key.measure);
    ana_text_add(&c->figure->caption,
                 " over targets of each of %lld lags, every lag fitted and scored by "
                 "itself. Ring: the best lag%s.%s",
                 (long long)c->n_lags, bold > 1 ? " of each line" : "",
                 bold <= MOST_BANDS ? " Band: quartiles over targets." : "");
    return draw_names(c);
}

static void finish(struct curves *c)
{
    for (int64_t i = 0; i < c->n_lines; i++)
        ana_free(c->ctx, c->line[i].spread);
    ana_free(c->ctx, c->line);
    ana_free(c->ctx, c->panel);
}

int ana_figure_lags(struct ana_ctx *ctx, int64_t n, const struct ana_panel *panels,
                    int64_t first, struct ana_figure *out)
{
    struct curves c = {.ctx = ctx, .figure = out};
    int rc = find_panels(&c, n, panels, first);

    if (rc == 0 && c.n_lags > 1) {
        rc = fill_layers(&c);
        if (rc == 0)
            rc = draw(&c, "lags", "Score by lag");
        if (rc == 0 && c.n_lines > c.panel[0]->n_series)
            ana_text_add(&out->caption, " Thin: the other layers.");
        if (rc == 0)
            rc = ana_figure_check(ctx, out);
    }
    finish(&c);
    return rc;
}

/* The regions with most targets, by their first target; returns how many, 0 = but one. */
static int64_t find_regions(const struct ana_score_block *b, const char **name,
                            int64_t *left_out)
{
    int64_t n = 0, count[MOST_NAMES] = {0};

    *left_out = 0;
    for (int64_t t = 0; t < b->n_targets; t++) {
        const char *region = ana_block_region(b, t);
        int64_t r = 0;

        region = ana_says(region) ? region : "no region";
        while (r < n && strcmp(name[r], region) != 0)
            r++;
        if (r == MOST_NAMES)
            return 0;
        if (r == n)
            name[n++] = region;
        count[r]++;
    }
    for (; n > MOST_REGIONS; n--, ++*left_out) {
        int64_t least = 0;

        for (int64_t r = 1; r < n; r++)
            least = count[r] <= count[least] ? r : least;
        memmove(name + least, name + least + 1, (size_t)(n - least - 1) * sizeof *name);
        memmove(count + least, count + least + 1,
                (size_t)(n - least - 1) * sizeof *count);
    }
    return n > 1 ? n : 0;
}

static int fill_region(struct curves *c, const struct ana_panel *best, const char *region,
                       struct line *line)
{
    const struct ana_series *series = &best->series[best->best];
    double *some = ana_alloc(c->ctx, best->key->n_targets, sizeof *some);
    int rc = some ? 0 : ANA_ERESOURCE;

    snprintf(line->label, sizeof line->label, "%.120s", region);
    for (int64_t k = 0; rc == 0 && k < c->n_lags; k++) {
        const struct ana_point *point = point_at(c->panel[k], best->best, series->best,
                                                 series->points[series->best].block);
        int64_t n = 0;

        for (int64_t t = 0; point && t < point->block->n_targets; t++) {
            const char *own = ana_block_region(point->block, t);

            if (strcmp(ana_says(own) ? own : "no region", region) == 0 &&
                n < best->key->n_targets)
                some[n++] = point->block->score[t];
        }
        rc = ana_spread_of(c->ctx, n, some, &line->spread[k]);
    }
    ana_free(c->ctx, some);
    return rc;
}

int ana_figure_lag_regions(struct ana_ctx *ctx, int64_t n, const struct ana_panel *panels,
                           int64_t first, const struct ana_panel *best,
                           struct ana_figure *out)
{
    struct curves c = {.ctx = ctx, .figure = out};
    const char *name[MOST_NAMES];
    int64_t n_regions, left_out;
    int rc;

    if (best->best < 0 || best->own_key || best->key->pooled || !best->key->targets)
        return 0;
    n_regions = find_regions(best->key, name, &left_out);
    rc = n_regions > 0 ? find_panels(&c, n, panels, first) : 0;
    if (rc == 0 && c.n_lags > 1) {
        rc = take_lines(&c, n_regions);
        for (int64_t r = 0; rc == 0 && r < n_regions; r++) {
            c.line[r].paint = ANA_SERIES + (int)r % ANA_SERIES_COLOURS;
            rc = fill_region(&c, best, name[r], &c.line[r]);
        }
        if (rc == 0)
            rc = draw(&c, "lag-regions", "Score by lag in each region");
        if (rc == 0 && left_out > 0)
            ana_text_add(&out->caption, " %lld regions with fewer targets are left out.",
                         (long long)left_out);
        if (rc == 0)
            rc = ana_figure_check(ctx, out);
    }
    finish(&c);
    return rc;
}
