/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Layers along the horizontal axis: side by side, shared by models with the same layer
 * names, or by relative depth; and their labels.
 */
#include "report/figures.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/escape.h"

enum {
    LONG_MODEL = 4,   /* layers from which two models are compared by depth */
    MOST_SHARED = 24, /* layers that models share as slots; deeper ones go by depth */
};

static const double GAP = 0.7;         /* slots between models that stand beside */
static const double TURNED_ROOM = 104; /* longest label at 45 degrees */
static const double SINE_45 = 0.7071;

static int layers_in_common(const struct ana_panel *panel)
{
    const struct ana_series *first = &panel->series[0];

    for (int64_t s = 1; s < panel->n_series; s++) {
        const struct ana_series *other = &panel->series[s];

        if (other->n != first->n || first->n < 2)
            return 0;
        for (int64_t i = 0; i < first->n; i++)
            if (strcmp(first->points[i].block->layer, other->points[i].block->layer) != 0)
                return 0;
    }
    return 1;
}

static int long_models(const struct ana_panel *panel)
{
    int n = 0;

    for (int64_t s = 0; s < panel->n_series; s++)
        n += panel->series[s].n >= LONG_MODEL;
    return n >= 2;
}

struct ana_columns ana_columns_make(const struct ana_panel *panel, int may_overlay,
                                    double left, double least, double narrowest)
{
    struct ana_columns columns = {panel, ANA_BESIDE, left, 0, least};
    double slots = (double)panel->n_points + GAP * (double)(panel->n_series - 1);

    may_overlay &= !panel->own_key; /* comparisons stand beside each other */
    if (panel->n_series == 1 ||
        (may_overlay && panel->series[0].n <= MOST_SHARED && layers_in_common(panel))) {
        columns.mode = ANA_SHARED;
        slots = (double)panel->series[0].n;
    } else if (may_overlay && long_models(panel)) {
        columns.mode = ANA_DEPTH;
        columns.width =
            fmax(least, 300); /* with names beside it, a phone can shrink it */
        columns.slot = columns.width;
        return columns;
    }
    columns.width = fmax(least, slots * narrowest);
    columns.slot = columns.width / slots;
    return columns;
}

struct ana_columns ana_layer_columns(const struct ana_panel *panel)
{
    const double n = (double)panel->series[0].n; /* many layers stand closer */

    return ana_columns_make(panel, 1, 46, 296,
                            n <= MOST_SHARED ? 26 : fmax(13, 26 * MOST_SHARED / n));
}

double ana_columns_x(const struct ana_columns *columns, int64_t series, int64_t point)
{
    const struct ana_panel *panel = columns->panel;
    double place = (double)point + 0.5;

    if (columns->mode == ANA_DEPTH) {
        const double depth = ana_series_depth(&panel->series[series], point);

        return columns->left +
               columns->width * (isnan(depth) ? 0.5 : 0.03 + 0.94 * depth);
    }
    for (int64_t s = 0; columns->mode == ANA_BESIDE && s < series; s++)
        place += (double)panel->series[s].n + GAP;
    return columns->left + place * columns->slot;
}

static const char *layer_name(const struct ana_series *series, int64_t point)
{
    const char *layer = series->points[point].block->layer;

    return ana_says(layer) ? layer : series->label;
}

int ana_series_paint(const struct ana_panel *panel, int64_t series)
{
    return ANA_SERIES + panel->series[series].number;
}

static double widest_label(const struct ana_columns *columns)
{
    double widest = 0;

    for (int64_t s = 0; s < columns->panel->n_series; s++)
        for (int64_t i = 0; i < columns->panel->series[s].n; i++)
            widest = fmax(widest,
                          ana_svg_text_width(layer_name(&columns->panel->series[s], i)));
    return widest;
}

static double depth_labels(struct ana_figure *figure, const struct ana_columns *columns,
                           double y)
{
    static const char *const ticks[] = {"0", "0.25", "0.5", "0.75", "1"};

    for (int i = 0; i < 5; i++)
        ana_svg_text(figure,
                     (struct ana_lettering){
                         .x = columns->left + columns->width * (0.03 + 0.94 * 0.25 * i),
                         .y = y + 16,
                         .anchor = ANA_MIDDLE,
                         .paint = ANA_MUTED},
                     ticks[i]);
    ana_svg_text(figure,
                 (struct ana_lettering){.x = columns->left + columns->width / 2,
                                        .y = y + 36,
                                        .anchor = ANA_MIDDLE,
                                        .paint = ANA_MUTED},
                 "relative depth of the layer (0 first, 1 last)");
    return 44;
}

static void layer_label(struct ana_figure *figure, const struct ana_columns *columns,
                        int64_t s, int64_t i, int turned, double y)
{
    const double x = ana_columns_x(columns, s, i);
    struct ana_lettering how = {.x = x,
                                .y = y + 16,
                                .anchor = ANA_MIDDLE,
                                .paint = ANA_INK,
                                .room = columns->slot};

    if (turned) {
        how = (struct ana_lettering){
            .x = x + 4, .y = y + 13, .turn = -45, .anchor = ANA_END, .paint = ANA_INK};
        how.room = fmin(TURNED_ROOM, x / SINE_45); /* stays inside the figure */
    }
    ana_svg_text(figure, how, layer_name(&columns->panel->series[s], i));
}

/* The model's name in its colour, under a line across its layers. */
static void model_label(struct ana_figure *figure, const struct ana_columns *columns,
                        int64_t s, double y)
{
    const struct ana_series *series = &columns->panel->series[s];
    const double x0 = ana_columns_x(columns, s, 0) - columns->slot * 0.42;
    const double x1 = ana_columns_x(columns, s, series->n - 1) + columns->slot * 0.42;

    if (!ana_says(series->points[0].block->layer) && series->n == 1)
        return; /* its name stands there already */
    ana_svg_line(figure, x0, y, x1, y, ana_series_paint(columns->panel, s), 2);
    ana_svg_text(figure,
                 (struct ana_lettering){.x = (x0 + x1) / 2,
                                        .y = y + 17,
                                        .anchor = ANA_MIDDLE,
                                        .paint = ana_series_paint(columns->panel, s),
                                        .bold = 1,
                                        .room = x1 - x0 + columns->slot * GAP},
                 series->label);
}

/* Comparisons under their models, in a panel of several. */
static double group_labels(struct ana_figure *figure, const struct ana_columns *columns,
                           double y)
{
    const struct ana_panel *panel = columns->panel;
    double x0 = 0;

    if (!panel->series[0].group)
        return 0;
    for (int64_t s = 0; s < panel->n_series; s++) {
        const struct ana_series *series = &panel->series[s];
        const int last = s + 1 == panel->n_series ||
                         strcmp(panel->series[s + 1].group, series->group) != 0;
        double x1;

        if (s == 0 || strcmp(panel->series[s - 1].group, series->group) != 0)
            x0 = ana_columns_x(columns, s, 0) - columns->slot * 0.42;
        if (!last)
            continue;
        x1 = ana_columns_x(columns, s, series->n - 1) + columns->slot * 0.42;
        ana_svg_line(figure, x0, y, x1, y, ANA_MUTED, 1);
        ana_svg_text(figure,
                     (struct ana_lettering){.x = (x0 + x1) / 2,
                                            .y = y + 17,
                                            .anchor = ANA_MIDDLE,
                                            .paint = ANA_INK,
                                            .bold = 1,
                                            .room = x1 - x0 + columns->slot * GAP},
                     series->group);
    }
    return 28;
}

double ana_columns_labels(struct ana_figure *figure, const struct ana_columns *columns,
                          double y)
{
    const double widest = widest_label(columns);
    const int turned = widest > columns->slot - 6;
    const int64_t every = columns->slot < 15 ? (int64_t)ceil(15 / columns->slot) : 1;
    double height = turned ? 14 + fmin(widest, TURNED_ROOM) * SINE_45 : 20;

    if (columns->mode == ANA_DEPTH)
        return depth_labels(figure, columns, y);
    for (int64_t s = 0; s < columns->panel->n_series; s++) {
        if (columns->mode == ANA_SHARED && s > 0)
            break;
        for (int64_t i = 0; i < columns->panel->series[s].n; i += every)
            layer_label(figure, columns, s, i, turned, y);
    }
    if (columns->mode == ANA_BESIDE) {
        for (int64_t s = 0; s < columns->panel->n_series; s++)
            model_label(figure, columns, s, y + height + 6);
        height += 30;
        return height + group_labels(figure, columns, y + height);
    }
    if (columns->panel->n_series == 1) {
        const char *model = columns->panel->series[0].label;
        char label[160];

        snprintf(label, sizeof label,
                 columns->panel->n_points > 1 ? "layer of %s, first to last" : "%s",
                 model);
        /* Rather the model's name than the words about it. */
        if (ana_svg_text_width(label) > columns->width)
            snprintf(label, sizeof label, "%s", model);
        ana_svg_text(figure,
                     (struct ana_lettering){.x = columns->left + columns->width / 2,
                                            .y = y + height + 16,
                                            .anchor = ANA_MIDDLE,
                                            .paint = ANA_MUTED,
                                            .room = columns->width},
                     label);
        height += 24;
    }
    return height;
}

void ana_figure_name(const struct ana_panel *panel, const char *kind, const char *what,
                     struct ana_figure *figure)
{
    const struct ana_score_block *b = panel->key;
    const char *const parts[] = {b->comparison, b->brain, b->subject, b->part};
    struct ana_text name = {0};
    char title[160];

    ana_text_add(&name, "%s", kind);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (ana_says(parts[i]) && (i != 1 || strcmp(parts[0], parts[1]) != 0)) {
            ana_text_add(&name, "_");
            ana_add_file_part(&name, parts[i], 32);
        }
    if (!isnan(b->lag))
        ana_text_add(&name, "_%gs", b->lag);
    figure->body.failed |= name.failed;
    snprintf(figure->name, sizeof figure->name, "%s", name.data ? name.data : kind);
    ana_text_finish(&name);
    ana_panel_title(panel, title, sizeof title);
    snprintf(figure->title, sizeof figure->title, "%s: %s", what, title);
}

void ana_figure_heading(struct ana_figure *figure, const char *title, const char *below,
                        double room)
{
    ana_svg_text(figure,
                 (struct ana_lettering){.x = 4, .y = 16, .paint = ANA_INK, .bold = 1},
                 title);
    ana_svg_text(
        figure, (struct ana_lettering){.x = 4, .y = 34, .paint = ANA_MUTED, .room = room},
        below);
}

void ana_measure_label(const struct ana_score_block *block, char *buffer, size_t room)
{
    if (block->n_folds > 1)
        snprintf(buffer, room, "%s, median over %lld folds", block->measure,
                 (long long)block->n_folds);
    else
        snprintf(buffer, room, "%s", block->measure);
}

int ana_figure_check(struct ana_ctx *ctx, const struct ana_figure *figure)
{
    if (figure->body.failed || figure->caption.failed)
        return ana_fail(ctx, ANA_ERESOURCE, "no memory for the figure '%s'",
                        figure->title);
    return 0;
}
