/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Score by layer: a line through the medians over targets, the quartiles behind it, and
 * every target as a dot, or the shape of their distribution where they are many.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "report/escape.h"
#include "report/figures.h"
#include "report/marks.h"
#include "report/twins.h"

enum {
    MOST_DODGED = 3 /* models that share a slot before only lines are drawn */
};

static const double LEFT = 46, TOP = 46, HEIGHT = 232;

/* What the parts of one figure share. */
struct drawing {
    struct ana_ctx *ctx;
    const struct ana_panel *panel;
    struct ana_figure *figure;
    struct ana_columns columns;
    struct ana_scale y;
    int64_t hidden; /* dots that lie outside of the axis, drawn at its edge */
};

static double median_ceiling(struct ana_ctx *ctx, const struct ana_score_block *b)
{
    struct ana_spread spread = {.median = (double)NAN};

    if (b->ceiling && ana_spread_of(ctx, b->n_targets, b->ceiling, &spread) != 0)
        return (double)NAN;
    return spread.median;
}

/* The axis holds 0, every dot and the middle 90 % of many; but a long tail below 0, as
 * R2 has, may not take more room than the scores above. */
static struct ana_scale score_scale(struct ana_ctx *ctx, const struct ana_panel *panel)
{
    double low = 0, high = 0;

    for (int64_t s = 0; s < panel->n_series; s++)
        for (int64_t i = 0; i < panel->series[s].n; i++) {
            const struct ana_point *point = &panel->series[s].points[i];
            int64_t n;
            const double *dots = ana_marks_values(point->block, &n);

            for (int64_t k = 0; k < n; k++) {
                low = fmin(low, dots[k]);
                high = fmax(high, dots[k]);
            }
            low = fmin(low, n ? point->spread.q1 : point->spread.p05);
            high = fmax(high, n ? point->spread.q3 : point->spread.p95);
        }
    high = fmax(high, median_ceiling(ctx, panel->key));
    if (low == 0 && high == 0)
        high = 1;
    low = fmax(low, -fmax(high, 0.1));
    return ana_scale_nice(low, high, TOP + HEIGHT, TOP, 5);
}

static double slot_width(const struct drawing *d)
{
    return d->columns.mode == ANA_DEPTH ? 26 : d->columns.slot;
}

/* Models that share a slot stand a little apart in it. */
static double point_x(const struct drawing *d, int64_t s, int64_t i)
{
    const int64_t n = d->panel->n_series;
    double x = ana_columns_x(&d->columns, s, i);

    if (d->columns.mode == ANA_SHARED && n > 1 && n <= MOST_DODGED)
        x += ((double)s - (double)(n - 1) / 2) * fmin(slot_width(d) / (double)n, 26);
    return x;
}

static double half_room(const struct drawing *d)
{
    const double shared =
        d->columns.mode == ANA_SHARED ? fmin((double)d->panel->n_series, MOST_DODGED) : 1;

    return fmin(slot_width(d) * 0.4 / shared, 26);
}

/* Models that cross each other show their quartiles as bands, and no targets. */
static int crowded(const struct drawing *d)
{
    return d->columns.mode == ANA_DEPTH ||
           (d->columns.mode == ANA_SHARED && d->panel->n_series > MOST_DODGED);
}

static void draw_quartiles(struct drawing *d, int64_t s, int64_t i)
{
    const struct ana_spread *spread = &d->panel->series[s].points[i].spread;
    const double half = fmin(half_room(d) * 0.55, 11), x = point_x(d, s, i);
    const double q1 = ana_scale_clamped(&d->y, spread->q1);
    const double q3 = ana_scale_clamped(&d->y, spread->q3);
    const double median = ana_scale_clamped(&d->y, spread->median);

    if (spread->n == 0)
        return;
    if (spread->n > 1)
        ana_svg_rect(d->figure, x - half, q3, 2 * half, fmax(q1 - q3, 1),
                     ana_series_paint(d->panel, s), 0.22);
    if (spread->n > 1) {
        ana_svg_line(d->figure, x - half, median, x + half, median,
                     ana_series_paint(d->panel, s), 2.5);
        return;
    }
    ana_text_add(&d->figure->body, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\"", x, median);
    ana_svg_fill(d->figure, ana_series_paint(d->panel, s));
    ana_text_add(&d->figure->body, "/>\n");
}

/* Through the medians; it breaks where a layer has none. */
static void draw_median_line(struct drawing *d, int64_t s)
{
    const struct ana_series *series = &d->panel->series[s];
    int drawing = 0;

    ana_text_add(&d->figure->body, "<path d=\"M0 0");
    for (int64_t i = 0; i < series->n; i++) {
        const double median = series->points[i].spread.median;

        if (isnan(median)) {
            drawing = 0;
            continue;
        }
        ana_text_add(&d->figure->body, "%s%.1f %.1f", drawing ? "L" : "M",
                     point_x(d, s, i), ana_scale_clamped(&d->y, median));
        drawing = 1;
    }
    ana_text_add(&d->figure->body, "\"");
    ana_svg_stroke(d->figure, ana_series_paint(d->panel, s), 1.75);
    ana_text_add(&d->figure->body, " stroke-linejoin=\"round\"/>\n");
}

/* A model of one layer among deep ones is a level to compare with. */
static void draw_level(struct drawing *d, int64_t s)
{
    const struct ana_spread *spread = &d->panel->series[s].points[0].spread;
    const double y = ana_scale_clamped(&d->y, spread->median);
    const double q1 = ana_scale_clamped(&d->y, spread->q1);
    const double q3 = ana_scale_clamped(&d->y, spread->q3);

    if (spread->n == 0)
        return;
    if (spread->n > 1)
        ana_svg_rect(d->figure, d->columns.left, q3, d->columns.width, q1 - q3,
                     ana_series_paint(d->panel, s), 0.1);
    ana_text_add(&d->figure->body, "<path d=\"M%.1f %.1fH%.1f\" stroke-dasharray=\"6 3\"",
                 d->columns.left, y, d->columns.left + d->columns.width);
    ana_svg_stroke(d->figure, ana_series_paint(d->panel, s), 1.75);
    ana_text_add(&d->figure->body, "/>\n");
}

/* There and back along the quartiles; layers that are n/a are left out. */
static void draw_band(struct drawing *d, int64_t s)
{
    const struct ana_series *series = &d->panel->series[s];
    struct ana_text *body = &d->figure->body;
    int64_t n = 0;

    for (int64_t i = 0; i < series->n; i++)
        n += series->points[i].spread.n > 0;
    if (n < 2)
        return;
    ana_text_add(body, "<path d=\"");
    for (int64_t k = 0, drawn = 0; k < 2 * series->n; k++) {
        const int64_t i = k < series->n ? k : 2 * series->n - 1 - k;
        const struct ana_spread *spread = &series->points[i].spread;

        if (spread->n > 0)
            ana_text_add(
                body, "%s%.1f %.1f", drawn++ ? "L" : "M", point_x(d, s, i),
                ana_scale_clamped(&d->y, k < series->n ? spread->q3 : spread->q1));
    }
    ana_text_add(body, "Z\"");
    ana_svg_fill(d->figure, ana_series_paint(d->panel, s));
    ana_text_add(body, " fill-opacity=\"%s\"/>\n",
                 d->panel->n_series > MOST_DODGED ? "0.07" : "0.12");
}

/* A ceiling is the recording's own: one line for all layers. */
static void draw_ceiling(struct drawing *d)
{
    const double ceiling = median_ceiling(d->ctx, d->panel->key);
    const double y = ana_scale_clamped(&d->y, ceiling);

    if (isnan(ceiling))
        return;
    ana_text_add(&d->figure->body, "<path d=\"M%.1f %.1fH%.1f\" stroke-dasharray=\"3 3\"",
                 d->columns.left, y, d->columns.left + d->columns.width);
    ana_svg_stroke(d->figure, ANA_MUTED, 1.25);
    ana_text_add(&d->figure->body, "/>\n");
    ana_svg_text(
        d->figure,
        (struct ana_lettering){.x = d->columns.left + 4, .y = y - 5, .paint = ANA_MUTED},
        "ceiling");
}

/* Twins of one kind: a line through their means, their range behind it. */
static void draw_twins(struct drawing *d, int64_t s)
{
    const int64_t n = d->panel->series[s].n;
    struct ana_text *body = &d->figure->body;
    double mean, low, high;

    ana_text_add(body, "<path d=\"");
    for (int64_t k = 0, drawn = 0; k < 2 * n; k++) {
        const int64_t i = k < n ? k : 2 * n - 1 - k;

        if (ana_twins_at(d->panel, s, i, &mean, &low, &high) > 0)
            ana_text_add(body, "%s%.1f %.1f", drawn++ ? "L" : "M", point_x(d, s, i),
                         ana_scale_clamped(&d->y, k < n ? high : low));
    }
    ana_text_add(body, "Z\"");
    ana_svg_fill(d->figure, ana_series_paint(d->panel, s));
    ana_text_add(body, " fill-opacity=\"0.15\"/>\n<path d=\"M0 0");
    for (int64_t i = 0, drawing = 0; i < n; i++) {
        if (ana_twins_at(d->panel, s, i, &mean, &low, &high) > 0)
            ana_text_add(body, "%s%.1f %.1f", drawing ? "L" : "M", point_x(d, s, i),
                         ana_scale_clamped(&d->y, mean));
        drawing = !isnan(mean);
    }
    ana_text_add(body, "\" stroke-dasharray=\"5 3\"");
    ana_svg_stroke(d->figure, ana_series_paint(d->panel, s), 1.75);
    ana_text_add(body, "/>\n");
}

static void draw_series(struct drawing *d, int64_t s)
{
    const struct ana_series *series = &d->panel->series[s];
    const int64_t first = series->n > 1 ? ana_twins_first(d->panel, s) : -1;

    if (first == s)
        draw_twins(d, s);
    if (first >= 0)
        return;

    if (d->columns.mode == ANA_DEPTH && series->n == 1) {
        draw_level(d, s);
        return;
    }
    for (int64_t i = 0; i < series->n; i++) {
        const struct ana_marks marks = {d->figure, &d->y, point_x(d, s, i), half_room(d),
                                        ana_series_paint(d->panel, s)};

        if (crowded(d))
            break;
        d->hidden += ana_marks_draw(&marks, series->points[i].block);
        draw_quartiles(d, s, i);
    }
    if (crowded(d))
        draw_band(d, s);
    if (series->n > 1)
        draw_median_line(d, s);
}

struct end_label {
    double y;
    int64_t series;
};

static int by_y(const void *a, const void *b)
{
    const struct end_label *p = a, *q = b;

    if (p->y != q->y)
        return p->y < q->y ? -1 : 1;
    return p->series < q->series ? -1 : 1;
}

/* Names of the models at the right ends of their lines, at least a line apart. */
static int label_ends(struct drawing *d)
{
    struct end_label *ends = ana_alloc(d->ctx, d->panel->n_series, sizeof *ends);
    int64_t n = 0;

    if (!ends)
        return ANA_ERESOURCE;
    for (int64_t s = 0; s < d->panel->n_series; s++) {
        const struct ana_series *series = &d->panel->series[s];
        const int64_t first = series->n > 1 ? ana_twins_first(d->panel, s) : -1;
        double last = series->points[series->n - 1].spread.median, low, high;

        if (first >= 0 && first != s)
            continue;
        if (first == s)
            ana_twins_at(d->panel, s, series->n - 1, &last, &low, &high);
        ends[n++] =
            (struct end_label){ana_scale_clamped(&d->y, isnan(last) ? 0 : last), s};
    }
    qsort(ends, (size_t)n, sizeof *ends, by_y);
    for (int64_t s = 1; s < n; s++)
        ends[s].y = fmax(ends[s].y, ends[s - 1].y + 15);
    for (int64_t s = n - 1; s >= 0; s--) {
        const double lowest = s == n - 1 ? TOP + HEIGHT : ends[s + 1].y - 15;
        const struct ana_series *series = &d->panel->series[ends[s].series];
        char label[96];

        snprintf(label, sizeof label, "%s", series->label);
        if (series->n > 1 && ana_twins_first(d->panel, ends[s].series) >= 0)
            ana_twins_label(d->panel, ends[s].series, label, sizeof label);
        ends[s].y = fmin(ends[s].y, lowest);
        ana_svg_text(d->figure,
                     (struct ana_lettering){.x = d->columns.left + d->columns.width + 6,
                                            .y = ends[s].y + 4,
                                            .paint = ANA_SERIES + series->number,
                                            .bold = 1,
                                            .room = 112},
                     label);
    }
    ana_free(d->ctx, ends);
    return 0;
}

static void write_caption(struct drawing *d)
{
    const struct ana_score_block *b = d->panel->key;
    struct ana_text *caption = &d->figure->caption;
    char count[32];
    int64_t n;

    ana_marks_values(b, &n);
    ana_add_utf8(caption, b->measure);
    if (ana_says(b->measure_help)) {
        ana_text_add(caption, ": ");
        ana_add_utf8(caption, b->measure_help);
    }
    if (b->n_targets > 1)
        ana_text_add(caption, ". Mark and line: median over %s targets",
                     ana_show_count(b->n_targets, count));
    else
        ana_text_add(caption, ". Mark and line: %s",
                     b->n_folds > 1 ? "median" : "the score");
    if (b->n_folds > 1)
        ana_text_add(caption, "%s over %lld folds",
                     b->n_targets > 1 ? " of each target's median" : "",
                     (long long)b->n_folds);
    ana_text_add(caption, ".");
    if (b->n_targets > 1)
        ana_text_add(caption, " %s: quartiles over targets.",
                     crowded(d) ? "Band" : "Box");
    if (!crowded(d) && n > 0)
        ana_text_add(caption, " Dots: %s.", b->n_targets == 1 ? "folds" : "targets");
    else if (!crowded(d) && b->n_targets > 1)
        ana_text_add(caption, " Shape: how the targets are distributed.");
    for (int64_t s = 0; s < d->panel->n_series; s++)
        if (d->panel->series[s].n > 1 && ana_twins_first(d->panel, s) >= 0) {
            ana_text_add(caption,
                         " Dashed lines: the mean of a model's control networks of "
                         "one kind, and behind it their range.");
            break;
        }
    if (d->hidden > 0)
        ana_text_add(caption, " %lld hollow dots lie outside of the axis.",
                     (long long)d->hidden);
    if (b->ceiling)
        ana_text_add(caption, " Dashed: ceiling, median over targets.");
}

int ana_figure_layers(struct ana_ctx *ctx, const struct ana_panel *panel,
                      struct ana_figure *out)
{
    struct drawing d = {ctx, panel, out, {0}, {0}, 0};
    const int64_t n = panel->n_series;
    char label[128];
    int ends;

    ana_figure_name(panel, "layers", "Score by layer", out);
    d.columns = ana_layer_columns(panel);
    d.y = score_scale(ctx, panel);
    ends = d.columns.mode != ANA_BESIDE && n > 1;
    ana_measure_label(panel->key, label, sizeof label);
    ana_figure_heading(out, "Score by layer", label, LEFT + d.columns.width);
    ana_svg_axis_y(out, &d.y, LEFT, LEFT + d.columns.width);
    draw_ceiling(&d);
    for (int64_t s = 0; s < n; s++)
        draw_series(&d, s);
    if (!ana_panel_best(panel))
        ana_svg_text(out,
                     (struct ana_lettering){.x = LEFT + d.columns.width / 2,
                                            .y = TOP + HEIGHT / 2,
                                            .anchor = ANA_MIDDLE,
                                            .paint = ANA_MUTED},
                     "n/a: no target has a score");
    if (ends && label_ends(&d) != 0)
        return ANA_ERESOURCE;
    out->width = LEFT + d.columns.width + (ends ? 122 : 10);
    out->height = TOP + HEIGHT + ana_columns_labels(out, &d.columns, TOP + HEIGHT) + 8;
    write_caption(&d);
    return ana_figure_check(ctx, out);
}
