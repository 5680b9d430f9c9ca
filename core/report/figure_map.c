/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Maps over the positions of electrodes and sensors: a dot a target, its colour the score,
 * or the depth of the layer that it follows best. Scores at or below 0 are rings, n/a is a
 * point. Voxels and vertices, more than a dot each can show, have no map here.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/escape.h"
#include "report/figures.h"
#include "report/outline.h"
#include "report/scores.h"

enum { MOST_TARGETS = 3000 };

static const double WIDTH = 340, TOP = 46, GAP = 10, HIGHEST = 230, KEY_HEIGHT = 60,
                    TITLE = 18;

struct map {
    const struct ana_panel *panel;
    struct ana_figure *figure;
    struct ana_views views;
    struct ana_frame frames[3];
    double *values;              /* n_targets: what the colours show */
    const struct ana_point **at; /* n_targets: the point whose score it is, or NULL */
    struct ana_scale scale;
    const char *label;   /* of the scale */
    int depth;           /* the colours are depths, not scores */
    int hollow, missing; /* such targets are drawn */
};

static int is_worth_it(const struct ana_panel *panel)
{
    const struct ana_score_block *b = panel->key;

    return !b->pooled && b->targets && b->n_targets <= MOST_TARGETS &&
           ana_panel_best(panel);
}

static double view_width(const struct ana_view *view)
{
    return view->u1 - view->u0;
}

static double view_height(const struct ana_view *view)
{
    return view->v1 - view->v0;
}

/* Both sides in a row, the top view below with the key beside it; one side stands beside
 * the top view. Sets figure->height to the lower edge; returns the key's place. */
static void lay_out(struct map *map, double *key_x, double *key_y, double *key_width)
{
    const int both = map->views.n == 3;
    const struct ana_view *first = &map->views.view[0];
    const struct ana_view *last = &map->views.view[map->views.n - 1];
    const double wide = both                ? 2 * view_width(first)
                        : map->views.n == 2 ? view_width(first) + view_width(last)
                                            : view_width(first);
    const double tall = fmax(view_height(first), view_height(last));
    const double scale = fmin((WIDTH - GAP * (map->views.n > 1)) / wide, HIGHEST / tall);
    const double title = map->views.n == 1 ? 0 : TITLE;
    double x = map->views.n == 1 ? (WIDTH - wide * scale) / 2 : 0, y = TOP + title;

    for (int64_t k = 0; k < map->views.n; k++) {
        const struct ana_view *view = &map->views.view[k];

        if (k == 2) {
            x = 0;
            y += view_height(first) * scale + GAP + title;
        }
        map->frames[k] = (struct ana_frame){view, x, y, scale};
        x += view_width(view) * scale + GAP;
    }
    *key_x = both ? x + 14 : 14;
    *key_width = WIDTH - *key_x - 14;
    y += both ? view_height(last) * scale : tall * scale;
    *key_y = both ? y - KEY_HEIGHT - 26 : y + 26;
    map->figure->width = WIDTH;
    map->figure->height = both ? y + 8 : *key_y + KEY_HEIGHT + 8;
}

static double dot_radius(int64_t n)
{
    return n <= 60 ? 4.5 : n <= 200 ? 3.6 : n <= 600 ? 2.8 : 2.2;
}

static void add_tip(struct map *map, int64_t t)
{
    const struct ana_score_block *b = map->panel->key;
    const struct ana_target *target = &b->targets[t];
    const struct ana_point *at = map->at[t];
    struct ana_text *body = &map->figure->body;
    const char *region = ana_block_region(b, t);
    char number[32];

    ana_text_add(body, "<title>");
    ana_add_xml(body, target->name);
    if (ana_says(region)) {
        ana_text_add(body, ", ");
        ana_add_xml(body, region);
    }
    ana_text_add(body, ", (");
    for (int i = 0; i < 3; i++)
        ana_text_add(body, "%s%s%.1f", i ? ", " : "",
                     target->position[i] < 0 ? "\u2212" : "", fabs(target->position[i]));
    ana_text_add(body, ") mm: ");
    ana_text_add(body, "%s",
                 ana_show_score(at ? at->block->score[t] : (double)NAN, number));
    if (at && ana_says(at->block->layer)) {
        ana_text_add(body, " at ");
        ana_add_xml(body, at->block->layer);
    }
    ana_text_add(body, "</title>");
}

static void draw_dot(struct map *map, const struct ana_frame *frame,
                     const struct ana_place *place, double radius)
{
    struct ana_text *body = &map->figure->body;
    const double value = map->values[place->target];
    const int hollow = !map->depth && value <= 0;

    ana_text_add(body, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"",
                 ana_frame_x(frame, place->u), ana_frame_y(frame, place->v),
                 isnan(value) ? 1.2 : radius);
    if (isnan(value)) {
        ana_svg_fill(map->figure, ANA_MUTED);
        map->missing = 1;
    } else if (hollow) {
        ana_svg_stroke(map->figure, ANA_MUTED, 1);
        ana_text_add(body, " pointer-events=\"all\"");
        map->hollow = 1;
    } else {
        ana_svg_fill(map->figure, ana_map_paint((value - map->scale.low) /
                                                (map->scale.high - map->scale.low)));
        ana_text_add(body, " stroke=\"#59626b\" stroke-width=\".5\"");
    }
    ana_text_add(body, ">");
    add_tip(map, place->target);
    ana_text_add(body, "</circle>\n");
}

static void draw_view(struct map *map, const struct ana_frame *frame)
{
    static const char *const titles[] = {"Left, \u2190 front", "Right, front \u2192",
                                         "Top, \u2191 front", ""};
    const struct ana_view *view = frame->view;

    if (view->kind != ANA_VIEW_HEAD) {
        ana_text_add(&map->figure->body,
                     "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"",
                     frame->x + 0.5, frame->y + 0.5, view_width(view) * frame->scale - 1,
                     view_height(view) * frame->scale - 1);
        ana_svg_stroke(map->figure, ANA_RULE, 1);
        ana_text_add(&map->figure->body, "/>\n");
    }
    ana_svg_text(
        map->figure,
        (struct ana_lettering){.x = frame->x + 4, .y = frame->y - 5, .paint = ANA_MUTED},
        titles[view->kind]);
    ana_outline_draw(map->figure, &map->views, frame);
    for (int64_t i = 0; i < view->n; i++)
        draw_dot(map, frame, &view->places[i], dot_radius(map->views.n_placed));
}

/* The colours with their ticks, the rings, and how long 20 mm are. */
static void draw_key(struct map *map, double x, double y, double width)
{
    struct ana_figure *figure = map->figure;
    struct ana_scale *scale = &map->scale;
    const double step = width / ANA_MAP_STEPS, mm = map->frames[0].scale;

    scale->from = x;
    scale->to = x + width;
    ana_svg_text(figure,
                 (struct ana_lettering){.x = x, .y = y, .paint = ANA_INK, .room = width},
                 map->label);
    for (int i = 0; i < ANA_MAP_STEPS; i++)
        ana_svg_rect(figure, x + step * i, y + 8, step + (i + 1 < ANA_MAP_STEPS ? .4 : 0),
                     11, ANA_MAP + i, 1);
    ana_svg_axis_x(figure, scale, y + 19, y + 22);
    y += KEY_HEIGHT;
    if (map->views.kind != ANA_PLACES_HEAD) {
        ana_svg_line(figure, x + width - 20 * mm, y - 3, x + width, y - 3, ANA_MUTED, 2);
        ana_svg_text(figure,
                     (struct ana_lettering){.x = x + width - 20 * mm - 5,
                                            .y = y + 1,
                                            .anchor = ANA_END,
                                            .paint = ANA_MUTED},
                     "20 mm");
    }
    if (map->hollow) {
        ana_text_add(&figure->body, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\"", x + 5,
                     y - 4);
        ana_svg_stroke(figure, ANA_MUTED, 1);
        ana_text_add(&figure->body, "/>\n");
        ana_svg_text(figure,
                     (struct ana_lettering){.x = x + 14, .y = y + 1, .paint = ANA_MUTED},
                     "0 or less");
    }
}

static void write_caption(struct map *map, const char *what)
{
    static const char *const drawn[] = {
        "", "The outline is a drawing to find one's way.",
        "The head is seen from above, its surface laid flat; the circle is a quarter of "
        "the way round from the top."};
    struct ana_text *caption = &map->figure->caption;
    char number[32];

    ana_text_add(caption, "%s Dots: %s targets with a position, in mm of ", what,
                 ana_show_count(map->views.n_placed, number));
    ana_add_utf8(caption, ana_says(map->views.space) ? map->views.space
                                                     : "a space without a name");
    ana_text_add(caption, ".");
    if (map->hollow)
        ana_text_add(caption, " Rings: 0 or less.");
    if (map->missing)
        ana_text_add(caption,
                     map->depth ? " Points: no layer scores above 0." : " Points: n/a.");
    if (map->views.n_without > 0)
        ana_text_add(caption, " %s without one %s left out.",
                     ana_show_count(map->views.n_without, number),
                     map->views.n_without == 1 ? "is" : "are");
    if (*drawn[map->views.kind])
        ana_text_add(caption, " %s", drawn[map->views.kind]);
}

/* Draw what `values` hold under a title; the views are already known. */
static int draw(struct ana_ctx *ctx, struct map *map, const char *title,
                const char *below, const char *what)
{
    double x, y, width;

    ana_figure_heading(map->figure, title, below, WIDTH - 8);
    lay_out(map, &x, &y, &width);
    for (int64_t k = 0; k < map->views.n; k++)
        draw_view(map, &map->frames[k]);
    draw_key(map, x, y, width);
    write_caption(map, what);
    return ana_figure_check(ctx, map->figure);
}

static int begin(struct ana_ctx *ctx, const struct ana_panel *panel, struct map *map)
{
    const int64_t n = panel->key->n_targets;

    map->panel = panel;
    map->values = ana_alloc(ctx, n, sizeof *map->values);
    map->at = ana_alloc(ctx, n, sizeof *map->at);
    if (!map->values || !map->at)
        return ANA_ERESOURCE;
    return ana_views_create(ctx, n, panel->key->targets, &map->views);
}

static void finish(struct ana_ctx *ctx, struct map *map)
{
    ana_views_finish(ctx, &map->views);
    ana_free(ctx, map->values);
    ana_free(ctx, (void *)map->at);
}

/* Point number `place` of the panel, as `ana_panel_peaks` counts. */
static const struct ana_point *point_of(const struct ana_panel *panel, int64_t place,
                                        const struct ana_series **series, int64_t *i)
{
    int64_t s = 0;

    while (place >= panel->series[s].n)
        place -= panel->series[s++].n;
    *series = &panel->series[s];
    *i = place;
    return &panel->series[s].points[place];
}

/* What target t reaches anywhere in the panel. */
static const struct ana_point *highest(const struct ana_panel *panel, int64_t t)
{
    const struct ana_point *best = NULL;

    for (int64_t s = 0; s < panel->n_series; s++)
        for (int64_t i = 0; i < panel->series[s].n; i++) {
            const struct ana_point *point = &panel->series[s].points[i];

            if (point->block->n_targets == panel->key->n_targets &&
                !isnan(point->block->score[t]) &&
                (!best || point->block->score[t] > best->block->score[t]))
                best = point;
        }
    return best;
}

/* The largest score that any map of the panel shows, so that all have one scale. */
static double largest(const struct ana_panel *panel)
{
    double most = 0;

    for (int64_t s = 0; s < panel->n_series; s++)
        for (int64_t i = 0; i < panel->series[s].n; i++) {
            const struct ana_score_block *b = panel->series[s].points[i].block;

            if (i != panel->series[s].best && !panel->own_key)
                continue;
            for (int64_t t = 0; t < b->n_targets; t++)
                most = b->score[t] > most ? b->score[t] : most;
        }
    return most > 0 ? most : 1;
}

/* "music, layer conv2"; "music, layer2" where the layer's name says what it is. */
static void describe(const struct ana_series *s, char *below, size_t room)
{
    const char *layer = s ? s->points[s->best].block->layer : NULL;
    const int says_so = layer && strncmp(layer, "layer", 5) == 0;

    if (!s)
        snprintf(below, room, "each target's highest of all comparisons");
    else if (!ana_says(layer))
        snprintf(below, room, "%s", s->label);
    else
        snprintf(below, room, "%s, %s%.120s", s->label, says_so ? "" : "layer ", layer);
}

int ana_figure_map(struct ana_ctx *ctx, const struct ana_panel *panel, int64_t series,
                   struct ana_figure *out)
{
    const struct ana_series *s = series >= 0 ? &panel->series[series] : NULL;
    struct map map = {.figure = out};
    char measure[96], below[256];
    int rc;

    if (!is_worth_it(panel) || (s && s->best < 0))
        return 0;
    rc = begin(ctx, panel, &map);
    for (int64_t t = 0; rc == 0 && t < panel->key->n_targets; t++) {
        map.at[t] = s ? &s->points[s->best] : highest(panel, t);
        map.values[t] = map.at[t] && t < map.at[t]->block->n_targets
                            ? map.at[t]->block->score[t]
                            : (double)NAN;
    }
    if (rc == 0 && map.views.n > 0) {
        ana_measure_label(panel->key, measure, sizeof measure);
        describe(s, below, sizeof below);
        ana_figure_name(panel, "map", "Scores over positions", out);
        if (s && series != panel->best) {
            const size_t n = strlen(out->name);

            snprintf(out->name + n, sizeof out->name - n, "_%lld", (long long)series + 1);
        }
        map.scale = ana_scale_nice(0, largest(panel), 0, 1, 5);
        map.label = measure;
        rc = draw(ctx, &map, "Scores over positions", below,
                  s ? "Colour: the score of each target at one layer, the one with the "
                      "highest median."
                    : "Colour: the highest score of each target over all layers.");
    }
    finish(ctx, &map);
    return rc;
}

int ana_figure_depths(struct ana_ctx *ctx, const struct ana_panel *panel,
                      struct ana_figure *out)
{
    const struct ana_series *best = panel->best >= 0 ? &panel->series[panel->best] : NULL;
    struct map map = {.figure = out};
    int64_t *place;
    int rc;

    if (!is_worth_it(panel) || panel->own_key || best->n < 3)
        return 0;
    place = ana_alloc(ctx, panel->key->n_targets, sizeof *place);
    rc = place ? begin(ctx, panel, &map) : ANA_ERESOURCE;
    if (rc == 0)
        ana_panel_peaks(panel, panel->best, place);
    for (int64_t t = 0; rc == 0 && t < panel->key->n_targets; t++) {
        const struct ana_series *series = NULL;
        int64_t i = 0;

        if (place[t] >= 0)
            map.at[t] = point_of(panel, place[t], &series, &i);
        map.values[t] = series ? ana_series_depth(series, i) : (double)NAN;
    }
    if (rc == 0 && map.views.n > 0) {
        map.depth = 1;
        map.scale = ana_scale_nice(0, 1, 0, 1, 4);
        map.label = "relative depth (0 first, 1 last)";
        ana_figure_name(panel, "depth-map", "Best layer over positions", out);
        rc = draw(ctx, &map, "Best layer over positions", best->label,
                  "Colour: relative depth of the layer at which each target scores "
                  "highest.");
    }
    ana_free(ctx, place);
    finish(ctx, &map);
    return rc;
}
