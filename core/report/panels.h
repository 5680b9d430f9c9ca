/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_REPORT_PANELS_H
#define ANA_REPORT_PANELS_H

#include "report/results.h"
#include "report/spread.h"

/* The blocks of a run in the order in which a reader asks: one panel is one comparison,
 * recording, metric, measure, part and lag; in it one series a model; in it the layers
 * from the shallowest to the deepest. */

struct ana_point {
    const struct ana_score_block *block;
    struct ana_spread spread; /* over targets, of the medians over folds */
};

struct ana_series {
    char label[96];    /* the model, and what tells it from the panel's other series */
    const char *group; /* its comparison, in a panel of several; else NULL */
    int number;        /* its place in its own comparison, which chooses its colour */
    int64_t n;
    struct ana_point *points;
    int64_t best; /* highest median over targets, the shallower of equals; -1 = all n/a */
};

struct ana_panel {
    const struct ana_score_block *key; /* its first block */
    int64_t n_series;
    struct ana_series *series;
    int64_t n_points;
    int64_t best; /* the series with the highest median, -1 = all n/a */
    int joined;   /* 1 = of several comparisons; or one of those that were joined */
    struct ana_score_block *own_key; /* of a panel of several comparisons */
};

struct ana_panels {
    int64_t n;
    struct ana_panel *panels;
    int64_t n_joined; /* from `ana_panels_join` */
    struct ana_panel *joined;
};

/* Owns: the caller; release with `ana_panels_destroy`. Errors: ANA_ERESOURCE. */
int ana_panels_create(struct ana_ctx *ctx, const struct ana_results *results,
                      struct ana_panels **out);
void ana_panels_destroy(struct ana_ctx *ctx, struct ana_panels *panels);

/* Put comparisons of one recording by one measure side by side: each is a panel of
 * `joined` whose series are those of all its comparisons. Errors: ANA_ERESOURCE. */
int ana_panels_join(struct ana_ctx *ctx, struct ana_panels *panels);

/* The point with the best median of all series, or NULL. */
const struct ana_point *ana_panel_best(const struct ana_panel *panel);

/* Find the best point of each series, and the best series. Release what a panel holds. */
void ana_panel_find_best(struct ana_panel *panel);
void ana_panel_finish(struct ana_ctx *ctx, struct ana_panel *panel);

/* The point of the same space, model, variant and layer as `like`, or NULL. */
const struct ana_point *ana_panel_find(const struct ana_panel *panel,
                                       const struct ana_score_block *like);

/* 1 if a panel's measure is the one that figures draw: marked as primary, or the first
 * of a comparison whose metric marks none. */
int ana_panel_primary(const struct ana_panels *panels, int64_t panel);

/* 1 if two panels differ in nothing but their measure. */
int ana_panel_siblings(const struct ana_panel *a, const struct ana_panel *b);

/* 1 if two panels differ in nothing but their lag, which both have. */
int ana_panels_lags_apart(const struct ana_panel *a, const struct ana_panel *b);

/* "averaged, fmri", with the subject, part and lag where the panel has them. */
void ana_panel_title(const struct ana_panel *panel, char *buffer, size_t room);

/* Relative depth as the layer states it, or by its place in the series: 0 first, 1 last. */
double ana_series_depth(const struct ana_series *series, int64_t point);

/* Which point of the panel (or of one series, if series >= 0) each of the n_targets of
 * its blocks scores highest on: place[t] counts points through all series; -1 = no point
 * has a score above 0. The shallower of equals. Blocks whose targets differ in number
 * are left out. */
void ana_panel_peaks(const struct ana_panel *panel, int64_t series, int64_t *place);

#endif
