/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A small curve a region: score by relative depth, median and quartiles over the region's
 * targets, the models side by side on one scale for all regions. The best layer of each
 * model is ringed; a model of one layer is a level.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/escape.h"
#include "report/figures.h"
#include "report/scores.h"
#include "report/twins.h"

enum {
    MOST_REGIONS = 16,
    MOST_NAMES = 512, /* regions that are looked at to find those */
    IN_TWO_COLUMNS = 12
};

static const double LEFT = 34, PLOT = 146, PLOT_HEIGHT = 84, GAP = 12;
static const double HEAD = 32, ROW_GAP = 16, LEGEND_ROW = 18;

struct region {
    const char *name;          /* "" = of no region */
    int64_t n;                 /* targets */
    double ceiling;            /* median over them; NaN = none */
    struct ana_spread *spread; /* n_points of the panel */
};

struct curves {
    struct ana_ctx *ctx;
    const struct ana_panel *panel;
    struct ana_figure *figure;
    struct region region[MOST_NAMES];
    int64_t n_regions, n_found;
    int64_t *of; /* a target: number of its region, -1 = of none that is drawn */
    int columns;
    double top; /* of the first row */
    struct ana_scale y;
};

static const char *region_of(const struct ana_panel *panel, int64_t target)
{
    const char *region = ana_block_region(panel->key, target);

    return ana_says(region) ? region : "";
}

/* Leave out the last of the smallest regions. */
static void drop_smallest(struct curves *c)
{
    int64_t least = 0;

    for (int64_t r = 1; r < c->n_regions; r++)
        if (c->region[r].n <= c->region[least].n)
            least = r;
    c->n_regions--;
    memmove(&c->region[least], &c->region[least + 1],
            (size_t)(c->n_regions - least) * sizeof *c->region);
    for (int64_t t = 0; t < c->panel->key->n_targets; t++)
        c->of[t] = c->of[t] == least ? -1 : c->of[t] - (c->of[t] > least);
}

/* The regions with most targets, in the order of their first target; 0 = too many names,
 * or but one. */
static int find_regions(struct curves *c)
{
    for (int64_t t = 0; t < c->panel->key->n_targets; t++) {
        const char *name = region_of(c->panel, t);
        int64_t r = 0;

        while (r < c->n_regions && strcmp(c->region[r].name, name) != 0)
            r++;
        if (r == MOST_NAMES)
            return 0;
        if (r == c->n_regions)
            c->region[c->n_regions++].name = name;
        c->region[r].n++;
        c->of[t] = r;
    }
    c->n_found = c->n_regions;
    while (c->n_regions > MOST_REGIONS)
        drop_smallest(c);
    return c->n_regions > 1;
}

/* Values of a region's targets, the spread of which is wanted. */
static int spread_in(struct curves *c, const struct region *region, int64_t n_targets,
                     const double *values, double *some, struct ana_spread *out)
{
    int64_t n = 0;

    for (int64_t t = 0; t < n_targets; t++)
        if (c->of[t] == region - c->region)
            some[n++] = values[t];
    return ana_spread_of(c->ctx, n, some, out);
}

static int fill_region(struct curves *c, struct region *region, double *some)
{
    const struct ana_panel *panel = c->panel;
    const int64_t n_targets = panel->key->n_targets;
    struct ana_spread spread;
    int64_t at = 0;
    int rc = 0;

    region->spread = ana_alloc(c->ctx, panel->n_points, sizeof *region->spread);
    if (!region->spread)
        return ANA_ERESOURCE;
    for (int64_t s = 0; s < panel->n_series; s++)
        for (int64_t i = 0; rc == 0 && i < panel->series[s].n; i++, at++) {
            const struct ana_score_block *b = panel->series[s].points[i].block;

            rc = spread_in(c, region, b->n_targets < n_targets ? b->n_targets : n_targets,
                           b->score, some, &region->spread[at]);
        }
    region->ceiling = (double)NAN;
    if (rc == 0 && panel->key->ceiling) {
        rc = spread_in(c, region, n_targets, panel->key->ceiling, some, &spread);
        region->ceiling = spread.median;
    }
    return rc;
}

static int fill(struct curves *c)
{
    double *some = ana_alloc(c->ctx, c->panel->key->n_targets, sizeof *some);
    int rc = some ? 0 : ANA_ERESOURCE;

    for (int64_t r = 0; rc == 0 && r < c->n_regions; r++)
        rc = fill_region(c, &c->region[r], some);
    ana_free(c->ctx, some);
    return rc;
}

/* One scale for all regions; what lies far below 0 goes to the edge. */
static struct ana_scale score_scale(const struct curves *c)
{
    double low = 0, high = 0;

    for (int64_t r = 0; r < c->n_regions; r++) {
        const struct region *region = &c->region[r];

        for (int64_t k = 0; k < c->panel->n_points; k++) {
            low = fmin(low, region->spread[k].q1);
            high = fmax(high, region->spread[k].q3);
        }
        high = fmax(high, region->ceiling);
    }
    if (low == 0 && high == 0)
        high = 1;
    low = fmax(low, -fmax(high, 0.1) / 2);
    return ana_scale_nice(low, high, PLOT_HEIGHT, 0, 6);
}

/* The plot of one region. */
struct cell {
    struct curves *curves;
    const struct region *region;
    double x, y; /* upper left corner of the plot */
    struct ana_scale scale;
};

static double depth_x(const struct cell *cell, const struct ana_series *series, int64_t i)
{
    const double depth = ana_series_depth(series, i);

    return cell->x + PLOT * (isnan(depth) ? 0.5 : 0.04 + 0.92 * depth);
}

static double score_y(const struct cell *cell, double score)
{
    return ana_scale_clamped(&cell->scale, score);
}

static void draw_level(const struct cell *cell, const struct ana_spread *spread,
                       int paint, const char *dashes)
{
    struct ana_figure *figure = cell->curves->figure;

    if (spread->n == 0)
        return;
    ana_text_add(&figure->body, "<path d=\"M%.1f %.1fh%.1f\" stroke-dasharray=\"%s\"",
                 cell->x, score_y(cell, spread->median), PLOT, dashes);
    ana_svg_stroke(figure, paint, 1.5);
    ana_text_add(&figure->body, "/>\n");
}

/* There and back along the quartiles. */
static void draw_band(const struct cell *cell, const struct ana_series *series,
                      const struct ana_spread *spread, int paint)
{
    struct ana_figure *figure = cell->curves->figure;
    int64_t drawn = 0;

    if (cell->region->n < 2)
        return;
    ana_text_add(&figure->body, "<path d=\"M0 0");
    for (int64_t k = 0; k < 2 * series->n; k++) {
        const int64_t i = k < series->n ? k : 2 * series->n - 1 - k;

        if (spread[i].n > 0)
            ana_text_add(&figure->body, "%s%.1f %.1f", drawn++ ? "L" : "M",
                         depth_x(cell, series, i),
                         score_y(cell, k < series->n ? spread[i].q3 : spread[i].q1));
    }
    ana_text_add(&figure->body, drawn ? "Z\"" : "\"");
    ana_svg_fill(figure, paint);
    ana_text_add(&figure->body, " fill-opacity=\"0.14\"/>\n");
}

static int64_t best_of(const struct ana_series *series, const struct ana_spread *spread)
{
    int64_t best = -1;

    for (int64_t i = 0; i < series->n; i++)
        if (spread[i].n > 0 && (best < 0 || spread[i].median > spread[best].median))
            best = i;
    return best;
}

static void draw_curve(const struct cell *cell, const struct ana_series *series,
                       const struct ana_spread *spread, int paint)
{
    struct ana_figure *figure = cell->curves->figure;
    const int64_t best = best_of(series, spread);
    int drawing = 0;

    draw_band(cell, series, spread, paint);
    ana_text_add(&figure->body, "<path d=\"M0 0");
    for (int64_t i = 0; i < series->n; i++) {
        if (spread[i].n > 0)
            ana_text_add(&figure->body, "%s%.1f %.1f", drawing ? "L" : "M",
                         depth_x(cell, series, i), score_y(cell, spread[i].median));
        drawing = spread[i].n > 0;
    }
    ana_text_add(&figure->body, "\"");
    ana_svg_stroke(figure, paint, 1.75);
    ana_text_add(&figure->body, " stroke-linejoin=\"round\"/>\n");
    if (best < 0)
        return;
    ana_text_add(&figure->body, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"",
                 depth_x(cell, series, best), score_y(cell, spread[best].median));
    ana_svg_stroke(figure, paint, 1.75);
    ana_text_add(&figure->body, "/>\n");
}

/* The series that stands for s: that of the first twin of its kind, or s itself. */
static int64_t shown_as(const struct ana_panel *panel, int64_t s)
{
    const int64_t first = panel->series[s].n > 1 ? ana_twins_first(panel, s) : -1;

    return first >= 0 ? first : s;
}

static int stands_for_twins(const struct ana_panel *panel, int64_t s)
{
    return panel->series[s].n > 1 && ana_twins_first(panel, s) == s;
}

/* Layer i of the twins of series `first` in a region: as `ana_twins_at`. */
static int64_t twins_at(const struct cell *cell, int64_t first, int64_t i, double *mean,
                        double *low, double *high)
{
    const struct ana_panel *panel = cell->curves->panel;
    double sum = 0;
    int64_t n = 0, at = 0;

    *low = INFINITY;
    *high = -INFINITY;
    for (int64_t k = 0; k < panel->n_series; at += panel->series[k++].n) {
        const struct ana_spread *spread = &cell->region->spread[at + i];

        if (shown_as(panel, k) != first || spread->n == 0)
            continue;
        sum += spread->median;
        *low = fmin(*low, spread->median);
        *high = fmax(*high, spread->median);
        n++;
    }
    *mean = n > 0 ? sum / (double)n : (double)NAN;
    return n;
}

/* Twins of one kind: their mean, dashed, and their range behind it. */
static void draw_twins(const struct cell *cell, int64_t s)
{
    const struct ana_series *series = &cell->curves->panel->series[s];
    const int paint = ana_series_paint(cell->curves->panel, s);
    struct ana_figure *figure = cell->curves->figure;
    double mean, low, high;

    ana_text_add(&figure->body, "<path d=\"M0 0");
    for (int64_t k = 0, drawn = 0; k < 2 * series->n; k++) {
        const int64_t i = k < series->n ? k : 2 * series->n - 1 - k;

        if (twins_at(cell, s, i, &mean, &low, &high) > 0)
            ana_text_add(&figure->body, "%s%.1f %.1f", drawn++ ? "L" : "M",
                         depth_x(cell, series, i),
                         score_y(cell, k < series->n ? high : low));
    }
    ana_text_add(&figure->body, "\"");
    ana_svg_fill(figure, paint);
    ana_text_add(&figure->body, " fill-opacity=\"0.15\"/>\n<path d=\"M0 0");
    for (int64_t i = 0, drawing = 0; i < series->n; i++) {
        if (twins_at(cell, s, i, &mean, &low, &high) > 0)
            ana_text_add(&figure->body, "%s%.1f %.1f", drawing ? "L" : "M",
                         depth_x(cell, series, i), score_y(cell, mean));
        drawing = !isnan(mean);
    }
    ana_text_add(&figure->body, "\" stroke-dasharray=\"5 3\"");
    ana_svg_stroke(figure, paint, 1.5);
    ana_text_add(&figure->body, "/>\n");
}

/* "0.451: layer3, depth 0.50" of the region's best point, in its model's colour. */
static void name_best(const struct cell *cell)
{
    const struct ana_panel *panel = cell->curves->panel;
    const struct ana_spread *spread = cell->region->spread;
    int64_t best = -1, at = -1, first = 0, first_of_best = 0;
    char text[256], number[32], depth[32] = "";
    const struct ana_series *series;
    const char *layer;

    for (int64_t s = 0; s < panel->n_series; first += panel->series[s++].n) {
        const int64_t i = best_of(&panel->series[s], spread + first);

        if (i >= 0 && (best < 0 || spread[first + i].median > spread[at].median)) {
            best = s;
            at = first + i;
            first_of_best = first;
        }
    }
    if (best < 0)
        return;
    series = &panel->series[best];
    layer = series->points[at - first_of_best].block->layer;
    if (series->n > 1)
        snprintf(depth, sizeof depth, ", depth %.2f",
                 ana_series_depth(series, at - first_of_best));
    snprintf(text, sizeof text, "%s: %.160s%s", ana_show_score(spread[at].median, number),
             ana_says(layer) ? layer : series->label, depth);
    ana_svg_text(cell->curves->figure,
                 (struct ana_lettering){.x = cell->x,
                                        .y = cell->y - 6,
                                        .paint = ana_series_paint(panel, best),
                                        .room = PLOT + GAP - 2},
                 text);
}

static void name_region(const struct cell *cell)
{
    char text[256], count[32];

    snprintf(text, sizeof text, "%.200s (%s)",
             *cell->region->name ? cell->region->name : "no region",
             ana_show_count(cell->region->n, count));
    ana_svg_text(
        cell->curves->figure,
        (struct ana_lettering){
            .x = cell->x, .y = cell->y - 21, .paint = ANA_INK, .bold = 1, .room = PLOT},
        text);
}

/* Grid lines; numbers at the left column and below the lowest row. */
static void draw_axes(const struct cell *cell, int64_t r)
{
    const struct curves *c = cell->curves;
    const struct ana_scale *s = &cell->scale;
    static const char *const ticks[] = {"0", "0.5", "1"};
    const int64_t n = llround((s->high - s->low) / s->step);

    if (r % c->columns == 0)
        ana_svg_axis_y(c->figure, s, cell->x, cell->x + PLOT);
    for (int64_t i = 0; r % c->columns != 0 && i <= n; i++) {
        const double value = s->low + (double)i * s->step;
        const double y = ana_scale_at(s, value);

        ana_svg_line(c->figure, cell->x, y, cell->x + PLOT, y,
                     fabs(value) < s->step / 2 ? ANA_MUTED : ANA_RULE, 1);
    }
    for (int i = 0; r + c->columns >= c->n_regions && i < 3; i++)
        ana_svg_text(c->figure,
                     (struct ana_lettering){.x = cell->x + PLOT * (0.04 + 0.46 * i),
                                            .y = cell->y + PLOT_HEIGHT + 15,
                                            .anchor = ANA_MIDDLE,
                                            .paint = ANA_MUTED},
                     ticks[i]);
}

static void draw_region(struct curves *c, int64_t r)
{
    const double pitch = HEAD + PLOT_HEIGHT + ROW_GAP;
    struct cell cell = {c, &c->region[r], LEFT + (double)(r % c->columns) * (PLOT + GAP),
                        c->top + (double)(r / c->columns) * pitch + HEAD, c->y};
    const struct ana_spread ceiling = {.n = !isnan(cell.region->ceiling),
                                       .median = cell.region->ceiling};
    int64_t first = 0;

    cell.scale.from += cell.y;
    cell.scale.to += cell.y;
    draw_axes(&cell, r);
    draw_level(&cell, &ceiling, ANA_MUTED, "3 3");
    for (int64_t s = 0; s < c->panel->n_series; first += c->panel->series[s++].n) {
        const struct ana_series *series = &c->panel->series[s];
        const struct ana_spread *spread = cell.region->spread + first;

        if (shown_as(c->panel, s) != s)
            continue;
        if (stands_for_twins(c->panel, s))
            draw_twins(&cell, s);
        else if (series->n == 1)
            draw_level(&cell, spread, ana_series_paint(c->panel, s), "6 3");
        else
            draw_curve(&cell, series, spread, ana_series_paint(c->panel, s));
    }
    name_region(&cell);
    name_best(&cell);
}

/* The models' names in their colours, as many a line as fit; the height this took. */
static double draw_legend(struct curves *c, double y, double width)
{
    double x = 4;

    if (c->panel->n_series < 2)
        return 0;
    for (int64_t s = 0; s < c->panel->n_series; s++) {
        char label[96];
        double room;

        if (shown_as(c->panel, s) != s)
            continue;
        snprintf(label, sizeof label, "%s", c->panel->series[s].label);
        if (stands_for_twins(c->panel, s))
            ana_twins_label(c->panel, s, label, sizeof label);
        room = fmin(ana_svg_text_width(label) * 1.08, width - 8);

        if (x > 4 && x + room > width) {
            x = 4;
            y += LEGEND_ROW;
        }
        ana_svg_text(c->figure,
                     (struct ana_lettering){.x = x,
                                            .y = y + 8,
                                            .paint = ana_series_paint(c->panel, s),
                                            .bold = 1,
                                            .room = room + 1},
                     label);
        x += room + 16;
    }
    return y + LEGEND_ROW - 46;
}

static void write_caption(struct curves *c)
{
    const struct ana_score_block *b = c->panel->key;
    struct ana_text *caption = &c->figure->caption;
    int levels = 0, twins = 0;

    for (int64_t s = 0; s < c->panel->n_series; s++) {
        levels |= c->panel->series[s].n == 1;
        twins |= stands_for_twins(c->panel, s);
    }
    ana_text_add(caption, "Median ");
    ana_add_utf8(caption, b->measure);
    ana_text_add(caption,
                 " over the targets of each region (their number in brackets) by "
                 "relative depth of the layer. Band: quartiles. Ring: the best "
                 "layer of each model; named: the best of all.");
    if (twins)
        ana_text_add(caption, " Dashed lines: the mean of a model's control networks of "
                              "one kind, and behind it their range.");
    if (levels)
        ana_text_add(caption, " Long dashes: a model of one layer.");
    if (b->ceiling)
        ana_text_add(caption, " Short dashes: ceiling.");
    if (c->n_found > c->n_regions)
        ana_text_add(caption, " The %lld of %lld regions with most targets.",
                     (long long)c->n_regions, (long long)c->n_found);
}

static void draw(struct curves *c)
{
    struct ana_figure *figure = c->figure;
    int64_t rows;
    double width;
    char label[128];

    c->columns = c->n_regions <= IN_TWO_COLUMNS ? 2 : 4;
    rows = (c->n_regions + c->columns - 1) / c->columns;
    width = LEFT + c->columns * (PLOT + GAP) - GAP + 4;
    ana_figure_name(c->panel, "region-curves", "Score by layer in each region", figure);
    ana_measure_label(c->panel->key, label, sizeof label);
    ana_figure_heading(figure, "Score by layer in each region", label, width - 8);
    c->top = 46 + draw_legend(c, 46, width);
    c->y = score_scale(c);
    for (int64_t r = 0; r < c->n_regions; r++)
        draw_region(c, r);
    figure->width = width;
    figure->height = c->top + (double)rows * (HEAD + PLOT_HEIGHT + ROW_GAP) + 30;
    ana_svg_text(figure,
                 (struct ana_lettering){.x = LEFT + (width - LEFT) / 2,
                                        .y = figure->height - 12,
                                        .anchor = ANA_MIDDLE,
                                        .paint = ANA_MUTED},
                 "relative depth of the layer (0 first, 1 last)");
    write_caption(c);
}

static int has_depth(const struct ana_panel *panel)
{
    for (int64_t s = 0; s < panel->n_series; s++)
        if (panel->series[s].n > 1)
            return 1;
    return 0;
}

int ana_figure_regions(struct ana_ctx *ctx, const struct ana_panel *panel,
                       struct ana_figure *out)
{
    struct curves *c;
    int rc = 0;

    if (panel->own_key || panel->key->pooled || !panel->key->targets ||
        !ana_panel_best(panel) || !has_depth(panel))
        return 0;
    c = ana_alloc(ctx, 1, sizeof *c);
    if (!c)
        return ANA_ERESOURCE;
    c->ctx = ctx;
    c->panel = panel;
    c->figure = out;
    c->of = ana_alloc(ctx, panel->key->n_targets, sizeof *c->of);
    if (!c->of) {
        rc = ANA_ERESOURCE;
    } else if (find_regions(c)) {
        rc = fill(c);
        if (rc == 0)
            draw(c);
        if (rc == 0)
            rc = ana_figure_check(ctx, out);
    }
    ana_free(ctx, c->of);
    for (int64_t r = 0; r < MOST_NAMES; r++)
        ana_free(ctx, c->region[r].spread);
    ana_free(ctx, c);
    return rc;
}
