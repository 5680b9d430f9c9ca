/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The findings of a run in sentences, and the figures with their captions.
 */
#include <math.h>
#include <string.h>

#include "report/escape.h"
#include "report/page.h"
#include "report/series_halves.h"

enum {
    MOST_DOTS = 2000,       /* of maps behind a summary */
    WIDEST_TO_SHRINK = 480, /* px */
    MOST_NAMED = 4          /* models that a finding names beside the best */
};

void ana_page_heading(struct ana_text *html, const char *id, const char *title)
{
    ana_text_add(html, "<h2 id=\"%s\">", id);
    ana_add_xml(html, title);
    ana_text_add(html, "</h2>\n");
}

static void add_strong(struct ana_text *html, const char *name)
{
    ana_text_add(html, "<strong>");
    ana_add_xml(html, name);
    ana_text_add(html, "</strong>");
}

/* "modulation, layer full (relative depth 1.00)" */
static void add_layer(struct ana_text *html, const struct ana_series *series,
                      int64_t point)
{
    const struct ana_score_block *b = series->points[point].block;
    const double depth = ana_series_depth(series, point);

    if (series->group && strcmp(series->group, series->label) != 0) {
        ana_add_xml(html, series->group);
        ana_text_add(html, ", ");
    }
    add_strong(html, series->label);
    if (ana_says(b->layer)) {
        ana_text_add(html, ", layer ");
        add_strong(html, b->layer);
    }
    if (series->n > 2 && !isnan(depth))
        ana_text_add(html, " (relative depth %.2f)", depth);
}

static void add_evidence(struct ana_text *html, const struct ana_panel *panel,
                         const struct ana_point *best)
{
    const struct ana_score_block *b = best->block;
    char number[32], other[32];

    if (b->pooled && b->n_targets == 1)
        ana_text_add(html, ": one score for all targets");
    else
        ana_text_add(html, ": median over %s target%s",
                     ana_show_count(best->spread.n, number),
                     best->spread.n == 1 ? "" : "s");
    if (best->spread.n > 1)
        ana_text_add(html, ", quartiles %s to %s",
                     ana_show_score(best->spread.q1, number),
                     ana_show_score(best->spread.q3, other));
    if (b->n_folds > 1)
        ana_text_add(html, ", %lld folds", (long long)b->n_folds);
    ana_text_add(html, ", %s rows.", ana_show_count(b->n_rows, number));
    if (best->spread.n_na > 0)
        ana_text_add(html, " %s of %lld targets %s n/a.",
                     ana_show_count(best->spread.n_na, number), (long long)b->n_targets,
                     best->spread.n_na == 1 ? "is" : "are");
    if (panel->n_points > 1)
        ana_text_add(html, " Best of %lld layers%s.", (long long)panel->n_points,
                     panel->own_key        ? " of all comparisons"
                     : panel->n_series > 1 ? " of all models"
                                           : "");
}

/* Where each lag was fitted by itself, this is the best of them. */
static void add_lags(struct ana_text *html, const struct ana_panels *panels,
                     const struct ana_panel *panel)
{
    const struct ana_panel *all = panel->own_key ? panels->joined : panels->panels;
    const int64_t n = panel->own_key ? panels->n_joined : panels->n;
    int64_t lags = 1;

    for (int64_t p = 0; p < n; p++)
        lags += ana_panels_lags_apart(panel, &all[p]);
    if (lags > 1)
        ana_text_add(html, " Best of %lld lags.", (long long)lags);
}

/* The other models' best layers, from the best down. */
static void add_others(struct ana_text *html, const struct ana_panel *panel)
{
    double below = INFINITY;
    int64_t last = -1;

    for (int64_t named = 0; named < MOST_NAMED; named++) {
        int64_t next = -1;
        double highest = -INFINITY;
        char number[32];

        for (int64_t s = 0; s < panel->n_series; s++) {
            const struct ana_series *series = &panel->series[s];
            const double median = series->best < 0
                                      ? (double)NAN
                                      : series->points[series->best].spread.median;

            if (s != panel->best && median > highest &&
                (median < below || (median == below && s > last))) {
                highest = median;
                next = s;
            }
        }
        if (next < 0)
            break;
        ana_text_add(html, "%s", named ? "; " : " Then ");
        add_layer(html, &panel->series[next], panel->series[next].best);
        ana_text_add(html, ": %s", ana_show_score(highest, number));
        below = highest;
        last = next;
    }
    if (last >= 0)
        ana_text_add(html, ".");
}

/* The other measures of the best layer: a null that scores as high must not hide below. */
static void add_measures(struct ana_text *html, const struct ana_panels *panels,
                         const struct ana_panel *panel, const struct ana_point *best)
{
    char number[32];
    int n = 0;

    for (int64_t p = 0; p < panels->n; p++) {
        const struct ana_panel *other = &panels->panels[p];
        const struct ana_point *point = ana_panel_find(other, best->block);

        if (other == panel || !point || !ana_panel_siblings(other, panel))
            continue;
        ana_text_add(html, n++ ? ", " : " There too: ");
        ana_add_xml(html, other->key->measure);
        ana_text_add(html, " %s", ana_show_score(point->spread.median, number));
    }
    ana_text_add(html, n ? "." : "");
}

static int add_finding(struct ana_ctx *ctx, struct ana_text *html,
                       const struct ana_panels *panels, const struct ana_panel *panel)
{
    const struct ana_point *best = ana_panel_best(panel);
    const struct ana_score_block *b = panel->key;
    char title[160], number[32];
    int rc = 0;

    ana_panel_title(panel, title, sizeof title);
    ana_text_add(html, "<li><div class=\"score\">%s<small>",
                 ana_show_score(best ? best->spread.median : (double)NAN, number));
    ana_add_xml(html, b->measure);
    ana_text_add(html, "</small></div><div><p><span class=\"name\">");
    ana_add_xml(html, title);
    ana_text_add(html, "</span> ");
    if (best) {
        add_layer(html, &panel->series[panel->best], panel->series[panel->best].best);
        add_evidence(html, panel, best);
        add_lags(html, panels, panel);
        add_measures(html, panels, panel, best);
        rc = ana_series_halves_words(ctx, &panel->series[panel->best], html);
        if (rc == 0 &&
            (panel->own_key || !panel->joined)) /* said once for those that are joined */
            rc = ana_page_peaks(ctx, html, panel);
        if (!panel->own_key)
            add_others(html, panel);
    } else {
        ana_text_add(html, "No target has a score (all n/a).");
    }
    if (!b->ceiling && ana_says(b->ceiling_note)) {
        ana_text_add(html, " Ceiling ");
        ana_add_xml(html, b->ceiling_note);
        ana_text_add(html, ".");
    }
    ana_text_add(html, "</p></div></li>\n");
    return rc;
}

int ana_page_findings(struct ana_ctx *ctx, struct ana_text *html,
                      const struct ana_panels *panels, int64_t n,
                      const struct ana_drawn *drawn)
{
    int chosen = 0, lags = 0, rc = 0;

    ana_page_heading(html, "findings", "In short");
    if (n == 0)
        ana_text_add(html, "<p>No scores were computed.</p>\n");
    ana_text_add(html, n ? "<ul class=\"findings\">\n" : "");
    for (int64_t i = 0; rc == 0 && i < n; i++) {
        rc = add_finding(ctx, html, panels, drawn[i].panel);
        chosen |= (drawn[i].panel->n_points > 1 || drawn[i].all_lags) &&
                  ana_panel_best(drawn[i].panel);
        lags |= drawn[i].all_lags;
    }
    ana_text_add(html, n ? "</ul>\n" : "");
    if (chosen)
        ana_text_add(
            html,
            "<p class=\"note\">A best layer%s is chosen by the scores that it is shown "
            "with, so its score is a little optimistic beside one named in "
            "advance.</p>\n",
            lags ? " or lag" : "");
    return rc;
}

static void add_figure(struct ana_text *html, const struct ana_figure *figure)
{
    if (figure->body.length == 0)
        return;
    /* On a phone narrow figures shrink to the screen, wide ones scroll. */
    ana_text_add(html, "<figure%s style=\"width:%.0fpx\"><div class=\"scroll\">",
                 figure->width <= WIDEST_TO_SHRINK ? " class=\"fits\"" : "",
                 fmax(figure->width, 340));
    ana_figure_write(figure, html);
    ana_text_add(html, "</div><figcaption>");
    ana_add_xml(html, figure->caption.data);
    ana_text_add(html, "</figcaption></figure>\n");
}

/* Two figures on one horizontal axis, one below the other. */
static void add_stack(struct ana_text *html, const struct ana_figure *upper,
                      const struct ana_figure *lower)
{
    ana_text_add(html, "<div class=\"stack\">\n");
    add_figure(html, upper);
    add_figure(html, lower);
    ana_text_add(html, "</div>\n");
}

/* The best model's maps stand open, those of the others behind a summary. */
static void add_maps(struct ana_text *html, const struct ana_drawn *drawn)
{
    if (drawn->n_maps == 0 || drawn->maps[0].body.length == 0)
        return;
    add_figure(html, &drawn->maps[0]);
    add_figure(html, &drawn->depths);
    if (drawn->n_maps == 1)
        return;
    if ((drawn->n_maps - 1) * drawn->panel->key->n_targets > MOST_DOTS) {
        ana_text_add(html,
                     "<p class=\"note\">Maps of the other %lld models stand in "
                     "figures/.</p>\n",
                     (long long)drawn->n_maps - 1);
        return;
    }
    ana_text_add(html,
                 "<details class=\"maps\"><summary>Maps of the other models (%lld)"
                 "</summary><div class=\"figures\">\n",
                 (long long)drawn->n_maps - 1);
    for (int64_t i = 1; i < drawn->n_maps; i++)
        add_figure(html, &drawn->maps[i]);
    ana_text_add(html, "</div></details>\n");
}

void ana_page_figures(struct ana_text *html, int64_t n, const struct ana_drawn *drawn)
{
    for (int64_t i = 0; i < n; i++) {
        const struct ana_score_block *b = drawn[i].panel->key;
        char title[160];

        struct ana_score_block key = *b;
        struct ana_panel named = *drawn[i].panel;

        key.lag = drawn[i].all_lags ? (double)NAN : b->lag;
        named.key = &key;
        ana_panel_title(&named, title, sizeof title);
        ana_text_add(html, "<section><h2 id=\"figures-%lld\">", (long long)i + 1);
        ana_add_xml(html, title);
        ana_text_add(html, " <span class=\"of\">");
        ana_add_xml(html, b->metric);
        ana_text_add(html, ", ");
        ana_add_xml(html, b->measure);
        ana_text_add(html, "</span></h2>\n<div class=\"figures\">\n");
        add_stack(html, &drawn[i].layers, &drawn[i].best);
        add_figure(html, &drawn[i].regions);
        add_figure(html, &drawn[i].measures);
        add_figure(html, &drawn[i].targets);
        add_maps(html, &drawn[i]);
        ana_text_add(html, "</div></section>\n");
    }
}

void ana_page_arrays(struct ana_text *html, int64_t n, const struct ana_figure *figures)
{
    int64_t shown = 0;

    for (int64_t i = 0; i < n; i++) {
        if (figures[i].body.length == 0)
            continue;
        if (shown++ == 0)
            ana_text_add(html, "<section><h2 id=\"arrays\">Over time</h2>\n"
                               "<div class=\"figures\">\n");
        add_figure(html, &figures[i]);
    }
    if (shown > 0)
        ana_text_add(html, "</div></section>\n");
}
