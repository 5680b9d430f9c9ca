/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Best-layer histogram: one bar a layer, as long as the number of targets that score
 * highest there. Long models are counted each by itself; short ones and baselines against
 * each other, every target once.
 */
#include <math.h>
#include <stdio.h>

#include "report/escape.h"
#include "report/figures.h"

enum {
    LONG_MODEL = 4
};

static const double WIDTH = 352, ROW = 20, TOP = 46, VALUE_ROOM = 84;

static int counted_each(const struct ana_panel *panel)
{
    for (int64_t s = 0; s < panel->n_series; s++)
        if (panel->series[s].n >= LONG_MODEL)
            return 1;
    return panel->n_series == 1;
}

/* Targets per point, through all series; total[s] = targets counted for a series. */
static int count_peaks(struct ana_ctx *ctx, const struct ana_panel *panel, int each,
                       int64_t *count, int64_t *total)
{
    const int64_t n = panel->key->n_targets, rounds = each ? panel->n_series : 1;
    int64_t *place = ana_alloc(ctx, n, sizeof *place);

    if (!place)
        return ANA_ERESOURCE;
    for (int64_t round = 0; round < rounds; round++) {
        ana_panel_peaks(panel, each ? round : -1, place);
        for (int64_t t = 0; t < n; t++)
            if (place[t] >= 0) {
                count[place[t]]++;
                total[round]++;
            }
    }
    ana_free(ctx, place);
    return 0;
}

static double label_room(const struct ana_panel *panel)
{
    double widest = 0;

    for (int64_t s = 0; s < panel->n_series; s++)
        for (int64_t i = 0; i < panel->series[s].n; i++) {
            const char *layer = panel->series[s].points[i].block->layer;

            widest = fmax(widest, ana_svg_text_width(ana_says(layer)
                                                         ? layer
                                                         : panel->series[s].label));
        }
    return fmin(widest + 4, 132);
}

struct bars {
    struct ana_figure *figure;
    double y, left;
    int64_t most; /* the longest bar's count */
};

static void draw_bar(struct bars *bars, const char *name, int64_t n, int64_t of, int paint)
{
    const double room = WIDTH - bars->left - VALUE_ROOM;
    const double length = bars->most ? room * (double)n / (double)bars->most : 0;
    char number[32], value[64];

    ana_svg_text(bars->figure,
                 (struct ana_lettering){.x = bars->left - 6,
                                        .y = bars->y + 14,
                                        .anchor = ANA_END,
                                        .paint = ANA_INK,
                                        .room = bars->left - 6},
                 name);
    ana_svg_rect(bars->figure, bars->left, bars->y + 3, n ? fmax(length, 1) : 0, ROW - 6,
                 paint, 0.75);
    if (n > 0)
        snprintf(value, sizeof value, "%s (%.0f %%)", ana_show_count(n, number),
                 100.0 * (double)n / (double)of);
    else
        snprintf(value, sizeof value, "0");
    ana_svg_text(bars->figure,
                 (struct ana_lettering){.x = bars->left + length + 5,
                                        .y = bars->y + 14,
                                        .paint = n ? ANA_INK : ANA_MUTED},
                 value);
    bars->y += ROW;
}

static void draw_series(struct bars *bars, const struct ana_panel *panel, int64_t s,
                        const int64_t *count, int64_t of)
{
    const struct ana_series *series = &panel->series[s];

    if (panel->n_series > 1 && (series->n > 1 || ana_says(series->points[0].block->layer))) {
        ana_svg_text(bars->figure,
                     (struct ana_lettering){.x = 4,
                                            .y = bars->y + 15,
                                            .paint = ANA_SERIES + (int)s,
                                            .bold = 1,
                                            .room = WIDTH - 8},
                     series->label);
        bars->y += ROW;
    }
    for (int64_t i = 0; i < series->n; i++) {
        const char *layer = series->points[i].block->layer;

        draw_bar(bars, ana_says(layer) ? layer : series->label, count[i], of,
                 ANA_SERIES + (int)s);
    }
}

static void write_caption(const struct ana_panel *panel, int each, int64_t counted,
                          struct ana_text *caption)
{
    const int64_t n = panel->key->n_targets;
    char number[32];

    ana_text_add(caption, "Number of targets whose %s is highest at each layer",
                 panel->key->measure);
    if (panel->n_series > 1)
        ana_text_add(caption, each ? ", counted for each model by itself"
                                   : ", each counted once over all models");
    ana_text_add(caption, "; the first of equal layers counts.");
    if (counted < n)
        ana_text_add(caption, " %s of %lld targets score above 0 nowhere%s and are left out.",
                     ana_show_count(n - counted, number), (long long)n,
                     each && panel->n_series > 1 ? " in the first model" : "");
}

int ana_figure_best(struct ana_ctx *ctx, const struct ana_panel *panel,
                    struct ana_figure *out)
{
    const int each = counted_each(panel);
    int64_t *count = ana_alloc(ctx, panel->n_points, sizeof *count);
    int64_t *total = ana_alloc(ctx, panel->n_series, sizeof *total);
    struct bars bars = {out, TOP, 0, 0};
    int rc = count && total ? count_peaks(ctx, panel, each, count, total) : ANA_ERESOURCE;

    if (rc != 0 || panel->n_points < 2 || panel->key->n_targets < 2)
        goto done;
    ana_figure_name(panel, "best-layer", "Best layer of each target", out);
    ana_svg_text(out, (struct ana_lettering){.x = 4, .y = 16, .paint = ANA_INK, .bold = 1},
                 "Best layer of each target");
    ana_svg_text(out, (struct ana_lettering){.x = 4, .y = 34, .paint = ANA_MUTED},
                 "number of targets that score highest there");
    bars.left = label_room(panel) + 8;
    for (int64_t i = 0; i < panel->n_points; i++)
        bars.most = count[i] > bars.most ? count[i] : bars.most;
    for (int64_t s = 0, at = 0; s < panel->n_series; at += panel->series[s++].n)
        if (!each || panel->series[s].n > 1)
            draw_series(&bars, panel, s, count + at, total[each ? s : 0]);
    ana_svg_line(out, bars.left, TOP, bars.left, bars.y, ANA_MUTED, 1);
    out->width = WIDTH;
    out->height = bars.y + 8;
    write_caption(panel, each, total[0], &out->caption);
    rc = ana_figure_check(ctx, out);
done:
    ana_free(ctx, count);
    ana_free(ctx, total);
    return rc;
}
