/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The table of layers, and the columns that it shares with the table of targets.
 */
#include <math.h>
#include <string.h>

#include "report/escape.h"
#include "report/page.h"

enum { MOST_ROWS = 2000 };

static const char *const heads[ANA_N_COLUMNS] = {
    "Comparison", "Subject", "Recording", "Space", "Model",  "Variant",
    "Layer",      "Metric",  "Measure",   "Part",  "Lag (s)"};

const char *ana_column_head(int column)
{
    return heads[column];
}

const char *ana_column_text(const struct ana_score_block *b, int column, char buffer[32])
{
    const char *const names[ANA_N_COLUMNS] = {
        b->comparison, b->subject, b->brain,   b->features, b->model, b->variant,
        b->layer,      b->metric,  b->measure, b->part,     NULL};

    if (column == ANA_COLUMN_LAG && !isnan(b->lag))
        ana_shortest(b->lag, buffer);
    else
        strcpy(buffer, "n/a");
    return column == ANA_COLUMN_LAG  ? buffer
           : ana_says(names[column]) ? names[column]
                                     : "n/a";
}

void ana_columns_said(const struct ana_panels *panels, int said[ANA_N_COLUMNS])
{
    char first[32], buffer[32];

    memset(said, 0, ANA_N_COLUMNS * sizeof *said);
    for (int64_t p = 0; p < panels->n; p++)
        for (int64_t s = 0; s < panels->panels[p].n_series; s++)
            for (int64_t i = 0; i < panels->panels[p].series[s].n; i++)
                for (int c = 0; c < ANA_N_COLUMNS; c++) {
                    const struct ana_score_block *b =
                        panels->panels[p].series[s].points[i].block;
                    const char *name = ana_column_text(b, c, buffer);

                    if (c == ANA_COLUMN_SPACE || c == ANA_COLUMN_VARIANT ||
                        c == ANA_COLUMN_METRIC)
                        said[c] |= strcmp(name, ana_column_text(panels->panels[0].key, c,
                                                                first)) != 0;
                    else
                        said[c] |= ana_says(name);
                }
}

static void add_cell(struct ana_text *html, const char *class, const char *text)
{
    ana_text_add(html, "<td%s%s%s>", *class ? " class=\"" : "", class,
                 *class ? "\"" : "");
    ana_add_xml(html, text);
    ana_text_add(html, "</td>");
}

static void add_score_cell(struct ana_text *html, double score)
{
    char number[32];

    add_cell(html, isnan(score) ? "n na" : "n", ana_show_score(score, number));
}

static void add_layer_row(struct ana_text *html, const struct ana_panel *panel,
                          const struct ana_series *series, int64_t i,
                          const int said[ANA_N_COLUMNS])
{
    const struct ana_point *point = &series->points[i];
    const struct ana_spread *spread = &point->spread;
    char buffer[32];

    ana_text_add(html, point == ana_panel_best(panel) && panel->n_points > 1
                           ? "<tr class=\"best\">"
                           : "<tr>");
    for (int c = 0; c < ANA_N_COLUMNS; c++)
        if (said[c])
            add_cell(html, c == ANA_COLUMN_LAG ? "n" : "",
                     ana_column_text(point->block, c, buffer));
    add_score_cell(html, spread->median);
    add_score_cell(html, spread->q1);
    add_score_cell(html, spread->q3);
    add_cell(html, "n", ana_show_count(spread->n, buffer));
    add_cell(html, "n", ana_show_count(spread->n_na, buffer));
    ana_text_add(html, "</tr>\n");
}

void ana_page_layers(struct ana_text *html, const struct ana_panels *panels)
{
    int said[ANA_N_COLUMNS];
    int64_t shown = 0, total = 0;

    ana_columns_said(panels, said);
    ana_page_heading(html, "layers", "Scores by layer");
    ana_text_add(html,
                 "<p class=\"note\">Median and quartiles over targets of each target's "
                 "median over folds; bold: the best layer of a comparison.</p>\n"
                 "<div class=\"table\" tabindex=\"0\"><table id=\"layer-scores\">"
                 "<thead><tr>");
    for (int c = 0; c < ANA_N_COLUMNS; c++)
        if (said[c])
            ana_text_add(html, "<th%s>%s</th>", c == ANA_COLUMN_LAG ? " class=\"n\"" : "",
                         heads[c]);
    ana_text_add(html, "<th class=\"n\">Median</th><th class=\"n\">Lower quartile</th>"
                       "<th class=\"n\">Upper quartile</th><th class=\"n\">Targets</th>"
                       "<th class=\"n\">n/a</th></tr></thead>\n<tbody>\n");
    for (int64_t p = 0; p < panels->n; p++)
        for (int64_t s = 0; s < panels->panels[p].n_series; s++)
            for (int64_t i = 0; i < panels->panels[p].series[s].n; i++)
                if (total++ < MOST_ROWS) {
                    add_layer_row(html, &panels->panels[p], &panels->panels[p].series[s],
                                  i, said);
                    shown++;
                }
    ana_text_add(html, "</tbody></table></div>\n");
    if (shown < total)
        ana_text_add(html,
                     "<p class=\"note\">The first %lld of %lld rows; all are in "
                     "<a href=\"summary.json\">summary.json</a>.</p>\n",
                     (long long)shown, (long long)total);
}
