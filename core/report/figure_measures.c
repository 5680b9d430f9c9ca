/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Every measure of a comparison at the layer that is best by the first one: a score
 * stands beside its null (the time-in-clip mean, say) and beside what is left without it.
 */
#include <math.h>
#include <stdio.h>

#include "report/escape.h"
#include "report/figures.h"

static const double TOP = 46, ROW = 20, HEAD = 24, PLOT = 190, VALUE_ROOM = 46;

struct list {
    const struct ana_panels *panels;
    const struct ana_panel *self;
    struct ana_figure *figure;
    struct ana_scale x;
    double left, y;
    int beyond; /* a median lies below the axis */
};

/* The point of `panel` on the layer where series s of `self` is best; NULL = none. */
static const struct ana_point *matching_point(const struct ana_panel *self, int64_t s,
                                              const struct ana_panel *panel)
{
    const struct ana_series *series = &self->series[s];

    return series->best < 0 ? NULL
                            : ana_panel_find(panel, series->points[series->best].block);
}

static struct ana_scale measure_scale(const struct list *list)
{
    double low = 0, high = 0;

    for (int64_t p = 0; p < list->panels->n; p++)
        for (int64_t s = 0; s < list->self->n_series; s++) {
            const struct ana_panel *panel = &list->panels->panels[p];
            const struct ana_point *point = ana_panel_siblings(panel, list->self)
                                                ? matching_point(list->self, s, panel)
                                                : NULL;

            if (!point || point->spread.n == 0)
                continue;
            low = fmin(low, point->spread.q1);
            high = fmax(high, point->spread.q3);
        }
    low = fmax(low, -fmax(high, 0.1)); /* an R2 far below 0 goes to the edge */
    return ana_scale_nice(low, high > 0 ? high : 1, list->left, list->left + PLOT, 4);
}

static void draw_spread(struct list *list, const struct ana_point *point, int64_t s)
{
    const struct ana_spread *spread = &point->spread;
    const double y = list->y + ROW / 2, x = ana_scale_clamped(&list->x, spread->median);
    const int paint = ana_series_paint(list->self, s);
    char number[32];

    if (spread->n > 1)
        ana_svg_rect(list->figure, ana_scale_clamped(&list->x, spread->q1), y - 4,
                     ana_scale_clamped(&list->x, spread->q3) -
                         ana_scale_clamped(&list->x, spread->q1),
                     8, paint, 0.28);
    if (spread->median < list->x.low) { /* points to where it lies */
        ana_text_add(&list->figure->body, "<path d=\"M%.1f %.1fl8 -5v10Z\"", x - 4, y);
        list->beyond = 1;
    } else if (spread->n > 0) {
        ana_text_add(&list->figure->body, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\"", x,
                     y);
    }
    if (spread->n > 0) {
        ana_svg_fill(list->figure, paint);
        ana_text_add(&list->figure->body, "/>\n");
    }
    ana_svg_text(list->figure,
                 (struct ana_lettering){.x = list->left + PLOT + VALUE_ROOM,
                                        .y = y + 4,
                                        .anchor = ANA_END,
                                        .paint = spread->n ? ANA_INK : ANA_MUTED},
                 ana_show_score(spread->median, number));
}

static void draw_measure(struct list *list, const struct ana_panel *panel)
{
    const int64_t n = list->self->n_series;

    if (n > 1) {
        ana_svg_text(list->figure,
                     (struct ana_lettering){
                         .x = 4, .y = list->y + 17, .paint = ANA_INK, .bold = 1},
                     panel->key->measure);
        list->y += HEAD;
    }
    for (int64_t s = 0; s < n; s++) {
        const struct ana_point *point = matching_point(list->self, s, panel);

        if (!point)
            continue;
        ana_svg_text(list->figure,
                     (struct ana_lettering){
                         .x = list->left - 10,
                         .y = list->y + ROW / 2 + 4,
                         .anchor = ANA_END,
                         .paint = n > 1 ? ana_series_paint(list->self, s) : ANA_INK,
                         .room = list->left - 12},
                     n > 1 ? list->self->series[s].label : panel->key->measure);
        draw_spread(list, point, s);
        list->y += ROW;
    }
}

static int64_t count_siblings(const struct list *list)
{
    int64_t n = 0;

    for (int64_t p = 0; p < list->panels->n; p++)
        n += ana_panel_siblings(&list->panels->panels[p], list->self);
    return n;
}

/* Height of the rows, to draw the grid under them first. */
static double rows_height(const struct list *list, int64_t n_measures)
{
    int64_t rows = 0;

    for (int64_t s = 0; s < list->self->n_series; s++)
        rows += list->self->series[s].best >= 0;
    return (double)n_measures *
           (ROW * (double)rows + (list->self->n_series > 1 ? HEAD : 0));
}

static double label_room(const struct list *list)
{
    double widest = 0;

    for (int64_t s = 0; s < list->self->n_series && list->self->n_series > 1; s++)
        widest = fmax(widest, ana_svg_text_width(list->self->series[s].label));
    for (int64_t p = 0; p < list->panels->n; p++)
        if (ana_panel_siblings(&list->panels->panels[p], list->self))
            widest =
                fmax(widest, ana_svg_text_width(list->panels->panels[p].key->measure));
    return fmin(widest + 14, 108);
}

static void write_caption(const struct list *list, struct ana_text *caption)
{
    ana_text_add(caption, "Each measure at the layer that is best by %s (",
                 list->self->key->measure);
    for (int64_t s = 0, shown = 0; s < list->self->n_series; s++) {
        const struct ana_series *series = &list->self->series[s];
        const char *layer;

        if (series->best < 0)
            continue;
        layer = series->points[series->best].block->layer;
        ana_text_add(caption, "%s%s%s%s", shown++ ? ", " : "", series->label,
                     ana_says(layer) ? " " : "", ana_says(layer) ? layer : "");
    }
    ana_text_add(caption, "). Dot: median over targets; bar: quartiles.%s",
                 list->beyond ? " Triangle: beyond the axis." : "");
}

int ana_figure_measures(struct ana_ctx *ctx, const struct ana_panels *panels,
                        int64_t panel, struct ana_figure *out)
{
    struct list list = {panels, &panels->panels[panel], out, {0}, 0, TOP, 0};
    const int64_t n_measures = count_siblings(&list);
    double height;

    if (n_measures < 2 || !ana_panel_best(list.self))
        return 0;
    ana_figure_name(list.self, "measures", "All measures", out);
    list.left = label_room(&list);
    list.x = measure_scale(&list);
    height = rows_height(&list, n_measures);
    ana_figure_heading(out, "All measures at the best layer",
                       "median and quartiles over targets", 0);
    ana_svg_axis_x(out, &list.x, TOP, TOP + height + 4);
    for (int64_t p = 0; p < panels->n; p++)
        if (ana_panel_siblings(&panels->panels[p], list.self))
            draw_measure(&list, &panels->panels[p]);
    out->width = list.left + PLOT + VALUE_ROOM + 6;
    out->height = TOP + height + 34;
    write_caption(&list, &out->caption);
    return ana_figure_check(ctx, out);
}
