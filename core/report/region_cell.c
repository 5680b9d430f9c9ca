/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What is drawn of one region: for each model its curve of medians with a band along the
 * quartiles, one dashed line for all control networks of a kind, a level for a model of
 * one layer and for the ceiling; the best layer ringed, the best of all named.
 */
#include "report/region_cell.h"

#include <math.h>
#include <stdio.h>

#include "report/escape.h"
#include "report/figures.h"
#include "report/twins.h"

static double depth_x(const struct ana_region_cell *cell, const struct ana_series *series,
                      int64_t i)
{
    const double depth = ana_series_depth(series, i);

    return cell->x + ANA_CELL_WIDTH * (isnan(depth) ? 0.5 : 0.04 + 0.92 * depth);
}

static double score_y(const struct ana_region_cell *cell, double score)
{
    return ana_scale_clamped(&cell->scale, score);
}

static void draw_level(const struct ana_region_cell *cell,
                       const struct ana_spread *spread, int paint, const char *dashes)
{
    struct ana_figure *figure = cell->figure;

    if (spread->n == 0)
        return;
    ana_text_add(&figure->body, "<path d=\"M%.1f %.1fh%.1f\" stroke-dasharray=\"%s\"",
                 cell->x, score_y(cell, spread->median), ANA_CELL_WIDTH, dashes);
    ana_svg_stroke(figure, paint, 1.5);
    ana_text_add(&figure->body, "/>\n");
}

/* There and back along the quartiles. */
static void draw_band(const struct ana_region_cell *cell, const struct ana_series *series,
                      const struct ana_spread *spread, int paint)
{
    struct ana_figure *figure = cell->figure;
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

static void draw_curve(const struct ana_region_cell *cell,
                       const struct ana_series *series, const struct ana_spread *spread,
                       int paint)
{
    struct ana_figure *figure = cell->figure;
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

int64_t ana_region_shown_as(const struct ana_panel *panel, int64_t s)
{
    const int64_t first = panel->series[s].n > 1 ? ana_twins_first(panel, s) : -1;

    return first >= 0 ? first : s;
}

int ana_region_stands_for_twins(const struct ana_panel *panel, int64_t s)
{
    return panel->series[s].n > 1 && ana_twins_first(panel, s) == s;
}

/* Layer i of the twins of series `first` in a region: as `ana_twins_at`. */
static int64_t twins_at(const struct ana_region_cell *cell, int64_t first, int64_t i,
                        double *mean, double *low, double *high)
{
    const struct ana_panel *panel = cell->panel;
    double sum = 0;
    int64_t n = 0, at = 0;

    *low = INFINITY;
    *high = -INFINITY;
    for (int64_t k = 0; k < panel->n_series; at += panel->series[k++].n) {
        const struct ana_spread *spread = &cell->region->spread[at + i];

        if (ana_region_shown_as(panel, k) != first || spread->n == 0)
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
static void draw_twins(const struct ana_region_cell *cell, int64_t s)
{
    const struct ana_series *series = &cell->panel->series[s];
    const int paint = ana_series_paint(cell->panel, s);
    struct ana_figure *figure = cell->figure;
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
static void name_best(const struct ana_region_cell *cell)
{
    const struct ana_panel *panel = cell->panel;
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
    ana_svg_text(cell->figure,
                 (struct ana_lettering){.x = cell->x,
                                        .y = cell->y - 6,
                                        .paint = ana_series_paint(panel, best),
                                        .room = ANA_CELL_WIDTH + ANA_CELL_GAP - 2},
                 text);
}

static void name_region(const struct ana_region_cell *cell)
{
    char text[256], count[32];

    snprintf(text, sizeof text, "%.200s (%s)",
             *cell->region->name ? cell->region->name : "no region",
             ana_show_count(cell->region->n, count));
    ana_svg_text(cell->figure,
                 (struct ana_lettering){.x = cell->x,
                                        .y = cell->y - 21,
                                        .paint = ANA_INK,
                                        .bold = 1,
                                        .room = ANA_CELL_WIDTH},
                 text);
}

/* Grid lines; numbers at the left column and below the lowest row. */
static void draw_axes(const struct ana_region_cell *cell)
{
    const struct ana_scale *s = &cell->scale;
    static const char *const ticks[] = {"0", "0.5", "1"};
    const int64_t n = llround((s->high - s->low) / s->step);

    if (cell->leftmost)
        ana_svg_axis_y(cell->figure, s, cell->x, cell->x + ANA_CELL_WIDTH);
    for (int64_t i = 0; !cell->leftmost && i <= n; i++) {
        const double value = s->low + (double)i * s->step;
        const double y = ana_scale_at(s, value);

        ana_svg_line(cell->figure, cell->x, y, cell->x + ANA_CELL_WIDTH, y,
                     fabs(value) < s->step / 2 ? ANA_MUTED : ANA_RULE, 1);
    }
    for (int i = 0; cell->lowest && i < 3; i++)
        ana_svg_text(
            cell->figure,
            (struct ana_lettering){.x = cell->x + ANA_CELL_WIDTH * (0.04 + 0.46 * i),
                                   .y = cell->y + ANA_CELL_HEIGHT + 15,
                                   .anchor = ANA_MIDDLE,
                                   .paint = ANA_MUTED},
            ticks[i]);
}

void ana_region_cell_draw(const struct ana_region_cell *cell)
{
    const struct ana_panel *panel = cell->panel;
    const struct ana_spread ceiling = {.n = !isnan(cell->region->ceiling),
                                       .median = cell->region->ceiling};
    int64_t first = 0;

    draw_axes(cell);
    draw_level(cell, &ceiling, ANA_MUTED, "3 3");
    for (int64_t s = 0; s < panel->n_series; first += panel->series[s++].n) {
        const struct ana_series *series = &panel->series[s];
        const struct ana_spread *spread = cell->region->spread + first;

        if (ana_region_shown_as(panel, s) != s)
            continue;
        if (ana_region_stands_for_twins(panel, s))
            draw_twins(cell, s);
        else if (series->n == 1)
            draw_level(cell, spread, ana_series_paint(panel, s), "6 3");
        else
            draw_curve(cell, series, spread, ana_series_paint(panel, s));
    }
    name_region(cell);
    name_best(cell);
}
