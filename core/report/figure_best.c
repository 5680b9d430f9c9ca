/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Best-layer histogram on the same horizontal axis as the scores by layer: one bar a
 * layer, as high as the number of targets that score highest there. Models that share
 * the axis are counted each by itself in a row of its own; models that stand beside each
 * other are counted against each other, every target once.
 */
#include <math.h>
#include <stdio.h>

#include "report/escape.h"
#include "report/figures.h"

static const double LEFT = 46, TOP = 44, ROW = 92, BAR_ROOM = 62;

struct bars {
    const struct ana_panel *panel;
    struct ana_figure *figure;
    struct ana_columns columns;
    int each;        /* one count a model */
    int64_t *count;  /* a point of the panel */
    int64_t most;    /* the highest bar's */
    int64_t nowhere; /* targets that score above 0 at no point, in any of the counts */
};

static int count_peaks(struct ana_ctx *ctx, struct bars *bars)
{
    const int64_t n = bars->panel->key->n_targets;
    int64_t *place = ana_alloc(ctx, n, sizeof *place);

    if (!place)
        return ANA_ERESOURCE;
    for (int64_t s = 0; s < (bars->each ? bars->panel->n_series : 1); s++) {
        int64_t none = 0;

        ana_panel_peaks(bars->panel, bars->each ? s : -1, place);
        for (int64_t t = 0; t < n; t++)
            if (place[t] >= 0)
                bars->count[place[t]]++;
            else
                none++;
        bars->nowhere = none > bars->nowhere ? none : bars->nowhere;
    }
    for (int64_t i = 0; i < bars->panel->n_points; i++)
        bars->most = bars->count[i] > bars->most ? bars->count[i] : bars->most;
    ana_free(ctx, place);
    return 0;
}

static double slot_width(const struct bars *bars, const struct ana_series *series)
{
    return bars->columns.mode == ANA_DEPTH ? bars->columns.width / (double)series->n
                                           : bars->columns.slot;
}

static double bar_width(const struct bars *bars, const struct ana_series *series)
{
    const double slot = slot_width(bars, series);

    return fmin(slot * 0.72, bars->columns.mode == ANA_DEPTH ? 20 : 34);
}

static void draw_bar(struct bars *bars, int64_t s, int64_t i, int64_t n, double bottom)
{
    const struct ana_series *series = &bars->panel->series[s];
    const double x = ana_columns_x(&bars->columns, s, i), width = bar_width(bars, series);
    const double height = BAR_ROOM * (double)n / (double)bars->most;
    char number[32];

    if (n == 0)
        return;
    ana_show_count(n, number);
    ana_text_add(&bars->figure->body, "<g><title>");
    ana_add_xml(&bars->figure->body, series->points[i].block->layer);
    ana_text_add(&bars->figure->body, ": %s</title>", number);
    ana_svg_rect(bars->figure, x - width / 2, bottom - height, width, height,
                 ana_series_paint(bars->panel, s), 0.75);
    ana_text_add(&bars->figure->body, "</g>\n");
    if (slot_width(bars, series) < ana_svg_text_width(number) + 2 && n < bars->most)
        return; /* no room for every number: the highest bar's gives the scale */
    ana_svg_text(
        bars->figure,
        (struct ana_lettering){
            .x = x, .y = bottom - height - 4, .anchor = ANA_MIDDLE, .paint = ANA_INK},
        number);
}

/* The bars of one model on the baseline of row `row`. */
static void draw_series(struct bars *bars, int64_t s, int64_t first, int64_t row)
{
    const struct ana_series *series = &bars->panel->series[s];
    const double bottom = TOP + ROW * (double)(row + 1);

    for (int64_t i = 0; i < series->n; i++)
        draw_bar(bars, s, i, bars->count[first + i], bottom);
    if (s == 0 || bars->each)
        ana_svg_line(bars->figure, LEFT, bottom, LEFT + bars->columns.width, bottom,
                     ANA_MUTED, 1);
    if (bars->each && bars->panel->n_series > 1)
        ana_svg_text(bars->figure,
                     (struct ana_lettering){.x = LEFT + bars->columns.width + 6,
                                            .y = bottom - 4,
                                            .paint = ana_series_paint(bars->panel, s),
                                            .bold = 1,
                                            .room = 112},
                     series->label);
}

/* Returns the number of rows. */
static int64_t draw_rows(struct bars *bars)
{
    int64_t first = 0, row = 0;

    for (int64_t s = 0; s < bars->panel->n_series; s++) {
        const int64_t n = bars->panel->series[s].n;

        if (!bars->each || n > 1) {
            draw_series(bars, s, first, row);
            row += bars->each;
        }
        first += n;
    }
    return bars->each ? row : 1;
}

static void write_caption(const struct bars *bars)
{
    struct ana_text *caption = &bars->figure->caption;
    char number[32];

    ana_text_add(caption, "Number of targets whose ");
    ana_add_utf8(caption, bars->panel->key->measure);
    ana_text_add(caption, " is highest at each layer");
    if (bars->panel->n_series > 1)
        ana_text_add(caption, bars->each ? ", counted for each model by itself"
                              : bars->panel->own_key
                                  ? ", each counted once over all comparisons"
                                  : ", each counted once over all models");
    ana_text_add(caption, "; the first of equal layers counts.");
    if (bars->nowhere > 0)
        ana_text_add(caption,
                     " Targets that score above 0 nowhere are left out (%s%s of %lld).",
                     bars->each && bars->panel->n_series > 1 ? "at most " : "",
                     ana_show_count(bars->nowhere, number),
                     (long long)bars->panel->key->n_targets);
}

int ana_figure_best(struct ana_ctx *ctx, const struct ana_panel *panel,
                    struct ana_figure *out)
{
    struct bars bars = {.panel = panel, .figure = out};
    int64_t n_rows;
    int rc;

    if (panel->n_points < 2 || panel->key->n_targets < 2 || !ana_panel_best(panel))
        return 0;
    bars.columns = ana_layer_columns(panel);
    bars.each = bars.columns.mode != ANA_BESIDE;
    bars.count = ana_alloc(ctx, panel->n_points, sizeof *bars.count);
    rc = bars.count ? count_peaks(ctx, &bars) : ANA_ERESOURCE;
    if (rc == 0) {
        ana_figure_name(panel, "best-layer", "Best layer of each target", out);
        ana_figure_heading(out, "Best layer of each target", "number of targets",
                           LEFT + bars.columns.width);
        n_rows = draw_rows(&bars);
        out->width =
            LEFT + bars.columns.width + (bars.each && panel->n_series > 1 ? 122 : 10);
        out->height = TOP + ROW * (double)n_rows;
        out->height += ana_columns_labels(out, &bars.columns, out->height) + 8;
        write_caption(&bars);
        rc = ana_figure_check(ctx, out);
    }
    ana_free(ctx, bars.count);
    return rc;
}
