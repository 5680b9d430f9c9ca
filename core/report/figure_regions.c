/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A small plot a region: score by relative depth, the models on one scale for all
 * regions. Which regions, over which targets, and where on the figure each stands.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/escape.h"
#include "report/figures.h"
#include "report/region_cell.h"
#include "report/twins.h"

enum {
    MOST_REGIONS = 16,
    MOST_NAMES = 512, /* regions that are looked at to find those */
    IN_TWO_COLUMNS = 12
};

static const double LEFT = 34, HEAD = 32, ROW_GAP = 16, LEGEND_ROW = 18;

struct curves {
    struct ana_ctx *ctx;
    const struct ana_panel *panel;
    struct ana_figure *figure;
    struct ana_region region[MOST_NAMES];
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
static int spread_in(struct curves *c, const struct ana_region *region, int64_t n_targets,
                     const double *values, double *some, struct ana_spread *out)
{
    int64_t n = 0;

    for (int64_t t = 0; t < n_targets; t++)
        if (c->of[t] == region - c->region)
            some[n++] = values[t];
    return ana_spread_of(c->ctx, n, some, out);
}

static int fill_region(struct curves *c, struct ana_region *region, double *some)
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
        const struct ana_region *region = &c->region[r];

        for (int64_t k = 0; k < c->panel->n_points; k++) {
            low = fmin(low, region->spread[k].q1);
            high = fmax(high, region->spread[k].q3);
        }
        high = fmax(high, region->ceiling);
    }
    if (low == 0 && high == 0)
        high = 1;
    low = fmax(low, -fmax(high, 0.1) / 2);
    return ana_scale_nice(low, high, ANA_CELL_HEIGHT, 0, 6);
}

static void draw_region(struct curves *c, int64_t r)
{
    const double pitch = HEAD + ANA_CELL_HEIGHT + ROW_GAP;
    struct ana_region_cell cell = {.figure = c->figure,
                                   .panel = c->panel,
                                   .region = &c->region[r],
                                   .x = LEFT + (double)(r % c->columns) *
                                                   (ANA_CELL_WIDTH + ANA_CELL_GAP),
                                   .y = c->top + (double)(r / c->columns) * pitch + HEAD,
                                   .scale = c->y,
                                   .leftmost = r % c->columns == 0,
                                   .lowest = r + c->columns >= c->n_regions};

    cell.scale.from += cell.y;
    cell.scale.to += cell.y;
    ana_region_cell_draw(&cell);
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

        if (ana_region_shown_as(c->panel, s) != s)
            continue;
        snprintf(label, sizeof label, "%s", c->panel->series[s].label);
        if (ana_region_stands_for_twins(c->panel, s))
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
        twins |= ana_region_stands_for_twins(c->panel, s);
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
    width = LEFT + c->columns * (ANA_CELL_WIDTH + ANA_CELL_GAP) - ANA_CELL_GAP + 4;
    ana_figure_name(c->panel, "region-curves", "Score by layer in each region", figure);
    ana_measure_label(c->panel->key, label, sizeof label);
    ana_figure_heading(figure, "Score by layer in each region", label, width - 8);
    c->top = 46 + draw_legend(c, 46, width);
    c->y = score_scale(c);
    for (int64_t r = 0; r < c->n_regions; r++)
        draw_region(c, r);
    figure->width = width;
    figure->height = c->top + (double)rows * (HEAD + ANA_CELL_HEIGHT + ROW_GAP) + 30;
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
