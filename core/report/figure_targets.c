/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Target x layer as a heat map, the best layer of each target framed; regions (median
 * over their targets) instead of targets where those are too many. Scores above 0 are
 * blue, below 0 orange, 0 is the paper: the tint's opacity carries the size, so that the
 * same file reads on a dark page.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/escape.h"
#include "report/figures.h"
#include "report/scores.h"

enum { MOST_ROWS = 40 };

static const double TOP = 46, ROW = 20, HEAD = 22, NUMBER_ROOM = 40;

/* One row: a target, or a region (then target = -1). */
struct row {
    const char *name, *region;
    int64_t target, n;
};

struct map {
    struct ana_ctx *ctx;
    const struct ana_panel *panel;
    struct ana_figure *figure;
    struct ana_columns columns;
    struct row rows[MOST_ROWS];
    int64_t n_rows;
    int by_region, grouped; /* rows are regions; targets stand under their region */
    double *values;         /* n_rows x n_points */
    double most;            /* largest |value| */
};

/* Number of the region in rows, or -1. */
static int64_t find_region(const struct map *map, const char *region)
{
    for (int64_t r = 0; r < map->n_rows; r++)
        if (strcmp(map->rows[r].region, region) == 0)
            return r;
    return -1;
}

/* Targets in their recording's order, but those of one region together. */
static void list_targets(struct map *map)
{
    const struct ana_score_block *b = map->panel->key;

    for (int64_t t = 0; t < b->n_targets; t++) {
        const char *region = ana_block_region(b, t);
        int64_t at = map->n_rows;

        region = ana_says(region) ? region : "";
        for (int64_t r = 0; r < map->n_rows; r++)
            if (strcmp(map->rows[r].region, region) == 0)
                at = r + 1;
            else
                map->grouped = 1;
        memmove(&map->rows[at + 1], &map->rows[at],
                (size_t)(map->n_rows - at) * sizeof *map->rows);
        map->rows[at] = (struct row){ana_block_target(b, t), region, t, 1};
        map->n_rows++;
    }
}

static int list_regions(struct map *map)
{
    const struct ana_score_block *b = map->panel->key;

    map->by_region = 1;
    for (int64_t t = 0; t < b->n_targets; t++) {
        const char *region = ana_block_region(b, t);
        int64_t r = find_region(map, ana_says(region) ? region : "");

        if (r < 0 && map->n_rows == MOST_ROWS)
            return 0;
        if (r < 0) {
            r = map->n_rows++;
            region = ana_says(region) ? region : "";
            map->rows[r] = (struct row){*region ? region : "no region", region, -1, 0};
        }
        map->rows[r].n++;
    }
    return map->n_rows > 1;
}

static int fill_regions(struct map *map, const struct ana_score_block *b, int64_t column)
{
    double *scores = ana_alloc(map->ctx, b->n_targets, sizeof *scores);
    int rc = scores ? 0 : ANA_ERESOURCE;

    for (int64_t r = 0; rc == 0 && r < map->n_rows; r++) {
        struct ana_spread spread;
        int64_t n = 0;

        for (int64_t t = 0; t < b->n_targets; t++) {
            const char *region = ana_block_region(b, t);

            if (strcmp(ana_says(region) ? region : "", map->rows[r].region) == 0)
                scores[n++] = b->score[t];
        }
        rc = ana_spread_of(map->ctx, n, scores, &spread);
        map->values[r * map->panel->n_points + column] = spread.median;
    }
    ana_free(map->ctx, scores);
    return rc;
}

static int fill(struct map *map)
{
    const struct ana_panel *panel = map->panel;
    int64_t column = 0;
    int rc = 0;

    map->values = ana_alloc(map->ctx, map->n_rows * panel->n_points, sizeof *map->values);
    if (!map->values)
        return ANA_ERESOURCE;
    for (int64_t s = 0; s < panel->n_series; s++)
        for (int64_t i = 0; i < panel->series[s].n; i++, column++) {
            const struct ana_score_block *b = panel->series[s].points[i].block;

            if (map->by_region && rc == 0)
                rc = fill_regions(map, b, column);
            for (int64_t r = 0; r < map->n_rows && !map->by_region; r++)
                map->values[r * panel->n_points + column] =
                    map->rows[r].target < b->n_targets ? b->score[map->rows[r].target]
                                                       : (double)NAN;
        }
    for (int64_t k = 0; k < map->n_rows * panel->n_points; k++)
        if (fabs(map->values[k]) > map->most)
            map->most = fabs(map->values[k]);
    return rc;
}

/* Opacity of a cell: at most what leaves its number a contrast of 4.5:1. */
static double tint(double share)
{
    return 0.04 + 0.66 * share;
}

static void draw_cell(struct map *map, double x, double y, double value, int best)
{
    struct ana_figure *figure = map->figure;
    const double width = map->columns.slot - 2, share = fabs(value) / map->most;
    struct ana_text *body = &figure->body;
    char number[32];

    ana_text_add(body, "<g>");
    if (!isnan(value) && map->most > 0)
        ana_svg_rect(figure, x - width / 2, y + 1, width, ROW - 2,
                     value < 0 ? ANA_COLD : ANA_WARM, tint(share));
    if (best) {
        ana_text_add(body, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"",
                     x - width / 2 + 0.75, y + 1.75, width - 1.5, ROW - 3.5);
        ana_svg_stroke(figure, ANA_INK, 1.5);
        ana_text_add(body, "/>\n");
    }
    if (map->columns.slot >= NUMBER_ROOM || (isnan(value) && map->columns.slot >= 24))
        ana_svg_text(figure,
                     (struct ana_lettering){.x = x,
                                            .y = y + 14,
                                            .anchor = ANA_MIDDLE,
                                            .paint = isnan(value) ? ANA_MUTED : ANA_INK},
                     ana_show_score(value, number));
    else
        ana_text_add(body, "<title>%s</title>", ana_show_score(value, number));
    ana_text_add(body, "</g>\n");
}

/* The best point of each series that has several; of the row if this one has not, or
 * stands among those of other comparisons. */
static int is_best(const struct map *map, const double *values, int64_t first,
                   const struct ana_series *series, int64_t i)
{
    const int alone = series->n > 1 && !map->panel->own_key;
    const int64_t from = alone ? first : 0;
    const int64_t to = alone ? first + series->n : map->panel->n_points;

    if (!(values[first + i] > 0) || to - from < 2)
        return 0;
    for (int64_t k = from; k < to; k++)
        if (values[k] > values[first + i] ||
            (values[k] == values[first + i] && k < first + i))
            return 0;
    return 1;
}

static void draw_row(struct map *map, int64_t r, double y)
{
    const double *values = map->values + r * map->panel->n_points;
    char label[160], count[32];

    if (map->by_region)
        snprintf(label, sizeof label, "%.120s (%s)", map->rows[r].name,
                 ana_show_count(map->rows[r].n, count));
    else
        snprintf(label, sizeof label, "%s", map->rows[r].name ? map->rows[r].name : "");
    ana_svg_text(map->figure,
                 (struct ana_lettering){.x = map->columns.left - 6,
                                        .y = y + 14,
                                        .anchor = ANA_END,
                                        .paint = ANA_INK,
                                        .room = map->columns.left - 8},
                 label);
    for (int64_t s = 0, first = 0; s < map->panel->n_series;
         first += map->panel->series[s++].n)
        for (int64_t i = 0; i < map->panel->series[s].n; i++)
            draw_cell(map, ana_columns_x(&map->columns, s, i), y, values[first + i],
                      is_best(map, values, first, &map->panel->series[s], i));
}

static double draw_rows(struct map *map)
{
    double y = TOP;

    for (int64_t r = 0; r < map->n_rows; r++) {
        const char *region = map->rows[r].region;

        if (map->grouped && (r == 0 || strcmp(region, map->rows[r - 1].region) != 0)) {
            ana_svg_text(map->figure,
                         (struct ana_lettering){
                             .x = 4, .y = y + 16, .paint = ANA_MUTED, .bold = 1},
                         *region ? region : "no region");
            y += HEAD;
        }
        draw_row(map, r, y);
        y += ROW;
    }
    return y;
}

static double name_room(const struct map *map)
{
    double widest = 0;

    for (int64_t r = 0; r < map->n_rows; r++)
        widest =
            fmax(widest, ana_svg_text_width(map->rows[r].name ? map->rows[r].name : ""));
    return fmin(widest + (map->by_region ? 52 : 14), 150);
}

/* Darkest blue = the largest score, where the cells have no numbers. */
static double draw_key(struct map *map, double y)
{
    char number[32];

    if (map->columns.slot >= NUMBER_ROOM || map->most <= 0)
        return 0;
    ana_svg_text(map->figure,
                 (struct ana_lettering){.x = 4, .y = y + 12, .paint = ANA_MUTED}, "0");
    for (int i = 0; i < 10; i++)
        ana_svg_rect(map->figure, 16 + 12 * i, y + 2, 12, 12, ANA_WARM,
                     tint((i + 0.5) / 10));
    ana_svg_text(map->figure,
                 (struct ana_lettering){.x = 142, .y = y + 12, .paint = ANA_MUTED},
                 ana_show_score(map->most, number));
    return 22;
}

static void draw_map(struct map *map)
{
    const struct ana_panel *panel = map->panel;
    struct ana_figure *figure = map->figure;
    const char *what = map->by_region ? "Score of each region" : "Score of each target";
    const double left = fmax(name_room(map), 52);
    char label[128], measure[96];
    double y;

    ana_figure_name(panel, map->by_region ? "regions" : "targets", what, figure);
    map->columns =
        ana_columns_make(panel, 0, left, fmin(44.0 * panel->n_points, 352 - left),
                         panel->n_points <= 8 ? NUMBER_ROOM + 1 : 18);
    ana_measure_label(panel->key, measure, sizeof measure);
    snprintf(label, sizeof label, "%s%s", measure,
             panel->n_points > 1 ? "; framed: best layer" : "");
    ana_figure_heading(figure, what, label, 0);
    y = draw_rows(map);
    y += ana_columns_labels(figure, &map->columns, y);
    y += draw_key(map, y + 6);
    figure->width = fmax(left + map->columns.width + 8, ana_svg_text_width(label) + 10);
    figure->height = y + 12;
    ana_text_add(
        &figure->caption,
        "Each row is one %s; blue is above 0, orange below, darker is further from 0.",
        map->by_region ? "region, the median over its targets" : "target");
    if (panel->n_points > 1)
        ana_text_add(&figure->caption, " The frame marks the best layer%s.",
                     panel->own_key        ? " of all comparisons"
                     : panel->n_series > 1 ? " of each model"
                                           : "");
}

int ana_figure_targets(struct ana_ctx *ctx, const struct ana_panel *panel,
                       struct ana_figure *out)
{
    struct map *map = ana_alloc(ctx, 1, sizeof *map);
    int rc = 0;

    if (!map)
        return ANA_ERESOURCE;
    map->ctx = ctx;
    map->panel = panel;
    map->figure = out;
    if (panel->key->n_targets < 2 || !ana_panel_best(panel))
        goto done;
    if (panel->key->n_targets <= MOST_ROWS)
        list_targets(map);
    else if (!list_regions(map))
        goto done;
    rc = fill(map);
    if (rc == 0) {
        draw_map(map);
        rc = ana_figure_check(ctx, out);
    }
done:
    ana_free(ctx, map->values);
    ana_free(ctx, map);
    return rc;
}
