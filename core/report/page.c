/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The SVG files of figures/ and report.html: one offline page, warnings first, then the findings in
 * words, the figures, the tables, and what stands behind them. It asks nothing of the
 * network, which its content security policy makes the browser enforce.
 */
#include "report/page.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "config.h"
#include "core/report/page_assets.h"
#include "report/escape.h"
#include "report/names.h"
#include "report/warnings.h"

enum {
    MOST_PANELS = 40 /* in the page, which would be endless for many comparisons */
};

static void add_lines(struct ana_text *html, const char *const *lines)
{
    for (; *lines; lines++)
        ana_text_write(html, *lines, (int64_t)strlen(*lines));
}

/* On a dark screen the colours of maps run the other way: a high score shines. */
static void add_dark_map(struct ana_text *html)
{
    char colour[8];

    ana_text_add(html, "@media screen and (prefers-color-scheme: dark) {\n");
    for (int i = 0; i < ANA_MAP_STEPS; i++)
        ana_text_add(html, "%s.f-m%d { fill: %s; }", i % 8 ? " " : "\n", i,
                     ana_map_colour(ANA_MAP_STEPS - 1 - i, colour));
    ana_text_add(html, "\n}\n");
}

/* Every printed page says what its results are, and its number. */
static void add_page_foot(struct ana_text *html, const struct ana_results *results)
{
    const int stamped = ana_says(results->stamp);

    ana_text_add(html, "@page { @bottom-left { content: \"");
    ana_add_css_string(html, stamped ? results->stamp : results->study);
    ana_text_add(html,
                 "\"; font: %s 8pt sans-serif; } @bottom-right { content: counter(page)"
                 " \"/\" counter(pages); font: 8pt sans-serif; } }\n",
                 stamped ? "bold" : "normal");
}

static void add_head(struct ana_text *html, const struct ana_results *results)
{
    ana_text_add(
        html,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
        "style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n"
        "<meta name=\"generator\" content=\"anaflow %s\">\n"
        "<link rel=\"icon\" href=\"data:,\">\n<title>",
        PACKAGE_VERSION);
    ana_add_xml(html, results->study);
    ana_text_add(html, " – anaflow report</title>\n<style>\n");
    add_lines(html, page_css);
    add_dark_map(html);
    add_page_foot(html, results);
    ana_text_add(html, "</style>\n</head>\n<body>\n");
}

static void add_banner(struct ana_text *html, const char *class, const char *title,
                       int64_t n, const char *const *sentences)
{
    if (n == 0)
        return;
    ana_text_add(html,
                 "<div class=\"banner%s\" role=\"note\"><p><strong>%s</strong></p><ul>\n",
                 class, title);
    for (int64_t i = 0; i < n; i++) {
        ana_text_add(html, "<li>");
        ana_add_xml(html, sentences[i]);
        ana_text_add(html, "</li>\n");
    }
    ana_text_add(html, "</ul></div>\n");
}

static int add_warnings(struct ana_ctx *ctx, struct ana_text *html,
                        const struct ana_results *results)
{
    struct ana_warning *warnings;
    int64_t n;

    if (ana_warnings_sorted(ctx, results, &n, &warnings) != 0)
        return ANA_ERESOURCE;
    if (n > 0)
        ana_text_add(html,
                     "<div class=\"banner\" role=\"note\"><p><strong>%lld warning%s"
                     "</strong></p><ul>\n",
                     (long long)n, n == 1 ? "" : "s");
    for (int64_t i = 0; i < n; i++) {
        ana_text_add(html, "<li>");
        ana_add_xml(html, warnings[i].text);
        if (warnings[i].count > 1)
            ana_text_add(html, " (%lld times)", (long long)warnings[i].count);
        ana_text_add(html, "</li>\n");
    }
    ana_text_add(html, n > 0 ? "</ul></div>\n" : "");
    ana_free(ctx, warnings);
    return 0;
}

static int add_header(struct ana_ctx *ctx, struct ana_text *html,
                      const struct ana_results *results, int64_t n_drawn)
{
    const int complete =
        !ana_says(results->status) || strcmp(results->status, "complete") == 0;
    int rc;

    ana_text_add(html, "<header>\n<p class=\"kicker\">anaflow report</p>\n<h1>");
    ana_add_xml(html, results->study);
    ana_text_add(html, "</h1>\n<p class=\"meta\">");
    ana_add_xml(html, complete ? "Complete" : results->status);
    ana_text_add(html, " · seed %llu · anaflow %s</p>\n",
                 (unsigned long long)results->seed,
                 results->version ? results->version : PACKAGE_VERSION);
    if (ana_says(results->stamp)) {
        ana_text_add(html, "<div class=\"stamp\" role=\"note\"><p>");
        ana_add_xml(html, results->stamp);
        ana_text_add(html, "</p></div>\n");
    }
    if (!complete && results->n_failures == 0)
        add_banner(html, " bad", "Not complete", 1, &results->status);
    add_banner(html, " bad", "What failed", results->n_failures, results->failures);
    rc = add_warnings(ctx, html, results);
    ana_text_add(html,
                 "<nav aria-label=\"Contents\"><a href=\"#findings\">In short</a>"
                 "%s<a href=\"#layers\">Scores by layer</a><a href=\"#targets-heading\">"
                 "Scores by target</a><a href=\"#methods\">How it was computed</a>"
                 "<a href=\"#configuration\">Configuration</a><a href=\"#versions\">"
                 "Versions</a><a href=\"#files\">Files</a></nav>\n</header>\n",
                 n_drawn ? "<a href=\"#figures-1\">Figures</a>" : "");
    return rc;
}

static int write_page(struct ana_ctx *ctx, const struct ana_results *results,
                      const struct ana_panels *panels, int64_t n,
                      const struct ana_drawn *drawn, const struct ana_figure *kernels)
{
    const int64_t shown = n < MOST_PANELS ? n : MOST_PANELS;
    struct ana_text html = {0};
    char *path = ana_path_join(ctx, results->folder, "report.html");
    int rc = path ? 0 : ANA_ERESOURCE;

    add_head(&html, results);
    if (rc == 0)
        rc = add_header(ctx, &html, results, n);
    ana_text_add(&html, "<main>\n");
    if (rc == 0)
        rc = ana_page_findings(ctx, &html, panels, shown, drawn);
    if (shown < n)
        ana_text_add(&html,
                     "<p class=\"note\">The first %lld of %lld; all are in the table of "
                     "layers and in figures/.</p>\n",
                     (long long)shown, (long long)n);
    ana_page_figures(&html, shown, drawn);
    ana_page_arrays(&html,
                    results->n_arrays < MOST_PANELS ? results->n_arrays : MOST_PANELS,
                    kernels);
    ana_page_layers(&html, panels);
    if (rc == 0)
        rc = ana_page_targets(ctx, &html, panels);
    ana_page_methods(&html, results, panels);
    ana_page_lock(ctx, &html, results);
    ana_text_add(&html,
                 "</main>\n<footer>Made by anaflow %s. This page works without a "
                 "network.</footer>\n<script>\n",
                 PACKAGE_VERSION);
    add_lines(&html, page_js);
    ana_text_add(&html, "</script>\n</body>\n</html>\n");
    if (rc == 0 && html.failed)
        rc = ana_fail(ctx, ANA_ERESOURCE, "report.html: no memory for the page");
    if (rc == 0)
        rc = ana_file_write(ctx, path, html.data, html.length);
    ana_text_finish(&html);
    ana_free(ctx, path);
    return rc;
}

/* 1 if an earlier panel is drawn for this one's lag as well. */
static int is_drawn(const struct ana_panel *panels, int64_t p)
{
    for (int64_t first = 0; first < p; first++)
        if (ana_panels_lags_apart(&panels[first], &panels[p]))
            return 1;
    return 0;
}

/* The panel of the lag with the highest median; the first of equals. */
static const struct ana_panel *best_lag(int64_t n, const struct ana_panel *panels,
                                        int64_t first)
{
    const struct ana_panel *best = &panels[first];

    for (int64_t p = first; p < n; p++) {
        const struct ana_point *point = ana_panel_best(&panels[p]);
        const struct ana_point *other = ana_panel_best(best);

        if (point && ana_panels_lags_apart(&panels[first], &panels[p]) &&
            (!other || point->spread.median > other->spread.median))
            best = &panels[p];
    }
    return best;
}

/* A map a model, the best one's first; one map where comparisons are joined. */
static int draw_maps(struct ana_ctx *ctx, struct ana_drawn *drawn)
{
    const struct ana_panel *panel = drawn->panel;
    const int64_t n = panel->own_key ? 1 : panel->n_series;
    int64_t at = 1;
    int rc = 0;

    if (panel->best < 0)
        return 0;
    drawn->maps = ana_alloc(ctx, n, sizeof *drawn->maps);
    if (!drawn->maps)
        return ANA_ERESOURCE;
    drawn->n_maps = n;
    for (int64_t s = 0; rc == 0 && s < n; s++)
        rc = panel->own_key ? ana_figure_map(ctx, panel, -1, &drawn->maps[0])
                            : ana_figure_map(ctx, panel, s,
                                             &drawn->maps[s == panel->best ? 0 : at++]);
    return rc;
}

/* The figures of panel p of the panels; p < 0: of `panel`, which joins several. */
static int draw(struct ana_ctx *ctx, const struct ana_panels *panels, int64_t p,
                const struct ana_panel *panel, struct ana_drawn *drawn)
{
    int rc;

    drawn->panel = panel;
    rc = ana_figure_layers(ctx, drawn->panel, &drawn->layers);
    if (rc == 0)
        rc = ana_figure_best(ctx, drawn->panel, &drawn->best);
    if (rc == 0 && p >= 0)
        rc = ana_figure_measures(ctx, panels, p, &drawn->measures);
    if (rc == 0)
        rc = ana_figure_targets(ctx, drawn->panel, &drawn->targets);
    if (rc == 0)
        rc = ana_figure_regions(ctx, drawn->panel, &drawn->regions);
    if (rc == 0)
        rc = ana_figure_depths(ctx, drawn->panel, &drawn->depths);
    return rc == 0 ? draw_maps(ctx, drawn) : rc;
}

static void say_lag(const struct ana_panel *panel, struct ana_figure *figure)
{
    if (figure->body.length > 0)
        ana_text_add(&figure->caption, " At a lag of %g s, the best.", panel->key->lag);
}

/* One figure for the scores of all lags of panel `first`, where each was fitted by itself,
 * and the best lag's map and targets. */
static int draw_lags(struct ana_ctx *ctx, int64_t n, const struct ana_panel *panels,
                     int64_t first, struct ana_drawn *drawn)
{
    int rc;

    drawn->panel = best_lag(n, panels, first);
    drawn->all_lags = 1;
    rc = ana_figure_lags(ctx, n, panels, first, &drawn->layers);
    if (rc == 0)
        rc = ana_figure_lag_regions(ctx, n, panels, first, drawn->panel, &drawn->regions);
    if (rc == 0)
        rc = ana_figure_targets(ctx, drawn->panel, &drawn->targets);
    if (rc == 0)
        rc = draw_maps(ctx, drawn);
    say_lag(drawn->panel, &drawn->targets);
    for (int64_t i = 0; i < drawn->n_maps; i++)
        say_lag(drawn->panel, &drawn->maps[i]);
    return rc;
}

static void finish_drawn(struct ana_ctx *ctx, struct ana_drawn *drawn)
{
    for (int64_t i = 0; i < drawn->n_maps; i++)
        ana_figure_finish(&drawn->maps[i]);
    ana_free(ctx, drawn->maps);
    ana_figure_finish(&drawn->regions);
    ana_figure_finish(&drawn->depths);
    ana_figure_finish(&drawn->layers);
    ana_figure_finish(&drawn->best);
    ana_figure_finish(&drawn->measures);
    ana_figure_finish(&drawn->targets);
}

static int write_figure(struct ana_ctx *ctx, const struct ana_results *results,
                        const char *folder, struct ana_names *names,
                        const struct ana_figure *figure)
{
    struct ana_text path = {0}, svg = {0};
    const char *name;
    int rc = ANA_ERESOURCE;

    if (figure->body.length == 0)
        return 0;
    name = ana_names_take(ctx, names, figure->name);
    if (!name)
        return ANA_ERESOURCE;
    ana_text_add(&path, "%s/%s.svg", folder, name);
    ana_figure_write_file(figure, ana_says(results->stamp) ? results->stamp : "", &svg);
    if (path.failed || svg.failed)
        ana_fail(ctx, ANA_ERESOURCE, "figures/%s.svg: no memory to draw it", name);
    else
        rc = ana_file_write(ctx, path.data, svg.data, svg.length);
    ana_text_finish(&path);
    ana_text_finish(&svg);
    return rc;
}

static int write_figures(struct ana_ctx *ctx, const struct ana_results *results,
                         int64_t n, const struct ana_drawn *drawn,
                         const struct ana_figure *kernels)
{
    char *folder = ana_path_join(ctx, results->folder, "figures");
    struct ana_names names = {0};
    int rc = folder ? ana_folder_make(ctx, folder) : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < n; i++) {
        rc = write_figure(ctx, results, folder, &names, &drawn[i].layers);
        if (rc == 0)
            rc = write_figure(ctx, results, folder, &names, &drawn[i].best);
        if (rc == 0)
            rc = write_figure(ctx, results, folder, &names, &drawn[i].measures);
        if (rc == 0)
            rc = write_figure(ctx, results, folder, &names, &drawn[i].targets);
        if (rc == 0)
            rc = write_figure(ctx, results, folder, &names, &drawn[i].regions);
        for (int64_t k = 0; rc == 0 && k < drawn[i].n_maps; k++)
            rc = write_figure(ctx, results, folder, &names, &drawn[i].maps[k]);
        if (rc == 0)
            rc = write_figure(ctx, results, folder, &names, &drawn[i].depths);
    }
    for (int64_t i = 0; rc == 0 && i < results->n_arrays; i++)
        rc = write_figure(ctx, results, folder, &names, &kernels[i]);
    ana_names_finish(ctx, &names);
    ana_free(ctx, folder);
    return rc;
}

int ana_report_write(struct ana_ctx *ctx, const struct ana_results *results)
{
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0), old = uselocale(c);
    struct ana_panels *panels = NULL;
    struct ana_drawn *drawn = NULL;
    struct ana_figure *kernels = ana_alloc(ctx, results->n_arrays, sizeof *kernels);
    int64_t n = 0;
    int rc = ana_panels_create(ctx, results, &panels);

    if (rc == 0)
        rc = ana_panels_join(ctx, panels);
    if (rc == 0 && !(drawn = ana_alloc(ctx, panels->n + panels->n_joined, sizeof *drawn)))
        rc = ANA_ERESOURCE;
    for (int64_t p = 0; rc == 0 && p < panels->n_joined; p++)
        if (isnan(panels->joined[p].key->lag))
            rc = draw(ctx, panels, -1, &panels->joined[p], &drawn[n++]);
        else if (!is_drawn(panels->joined, p))
            rc = draw_lags(ctx, panels->n_joined, panels->joined, p, &drawn[n++]);
    for (int64_t p = 0; rc == 0 && p < panels->n; p++)
        if (!ana_panel_primary(panels, p) || is_drawn(panels->panels, p))
            continue;
        else if (isnan(panels->panels[p].key->lag))
            rc = draw(ctx, panels, p, &panels->panels[p], &drawn[n++]);
        else
            rc = draw_lags(ctx, panels->n, panels->panels, p, &drawn[n++]);
    if (rc == 0 && !kernels)
        rc = ANA_ERESOURCE;
    for (int64_t i = 0; rc == 0 && i < results->n_arrays; i++)
        rc = ana_figure_kernel(ctx, &results->arrays[i], &kernels[i]);
    if (rc == 0)
        rc = write_figures(ctx, results, n, drawn, kernels);
    if (rc == 0)
        rc = write_page(ctx, results, panels, n, drawn, kernels);
    for (int64_t i = 0; kernels && i < results->n_arrays; i++)
        ana_figure_finish(&kernels[i]);
    ana_free(ctx, kernels);
    for (int64_t i = 0; i < n; i++)
        finish_drawn(ctx, &drawn[i]);
    ana_free(ctx, drawn);
    ana_panels_destroy(ctx, panels);
    uselocale(old);
    freelocale(c);
    return rc;
}
