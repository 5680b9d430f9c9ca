/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_REPORT_PAGE_H
#define ANA_REPORT_PAGE_H

#include "report/figures.h"

/* Parts of report.html, each added to the text; whether it grew is the caller's to check
 * (text.failed). All names and sentences are escaped. */

/* The figures of one panel with the measure that figures draw. */
struct ana_drawn {
    const struct ana_panel *panel;
    int all_lags; /* 1 = the panel is the best lag's of those that `layers` draws */
    struct ana_figure layers, best, measures, targets; /* an empty body = not drawn */
    struct ana_figure regions, depths;
    int64_t n_maps; /* the first is the best model's, or of all comparisons */
    struct ana_figure *maps;
};

/* "<h2 id=ID>Title</h2>" and sentences. */
void ana_page_heading(struct ana_text *html, const char *id, const char *title);

/* One finding a panel: the best layer of each model in words. */
int ana_page_findings(struct ana_ctx *ctx, struct ana_text *html,
                      const struct ana_panels *panels, int64_t n,
                      const struct ana_drawn *drawn);

/* Where the targets of a panel's best model peak, as one sentence. */
int ana_page_peaks(struct ana_ctx *ctx, struct ana_text *html,
                   const struct ana_panel *panel);

/* One section a panel with its figures. */
void ana_page_figures(struct ana_text *html, int64_t n, const struct ana_drawn *drawn);

/* Named arrays over time, n figures of which some may be empty. */
void ana_page_arrays(struct ana_text *html, int64_t n, const struct ana_figure *figures);

/* The columns that name a block in the tables of layers and of targets. */
#define ANA_COLUMN_SPACE 3
#define ANA_COLUMN_VARIANT 5
#define ANA_COLUMN_METRIC 7
#define ANA_COLUMN_LAG 10
#define ANA_N_COLUMNS 11
const char *ana_column_head(int column);
const char *ana_column_text(const struct ana_score_block *block, int column,
                            char buffer[32]);

/* said[c] = 1 if column c is worth its room: some block has a name there; space, variant
 * and metric only where they differ. */
void ana_columns_said(const struct ana_panels *panels, int said[ANA_N_COLUMNS]);

/* Table of every layer and measure; columns that say nothing are left out. */
void ana_page_layers(struct ana_text *html, const struct ana_panels *panels);

/* The scores of targets as JSON for the page's script: all of them, or the highest
 * 5,000 of the measures that figures draw. */
int ana_page_targets(struct ana_ctx *ctx, struct ana_text *html,
                     const struct ana_panels *panels);

/* Methods, measures, notes and counters. */
void ana_page_methods(struct ana_text *html, const struct ana_results *results,
                      const struct ana_panels *panels);

/* Resolved configuration; versions, machine, plugins, inputs; the folder's files. */
void ana_page_lock(struct ana_ctx *ctx, struct ana_text *html,
                   const struct ana_results *results);

#endif
