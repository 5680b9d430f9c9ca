/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_REPORT_FIGURES_H
#define ANA_REPORT_FIGURES_H

#include "report/panels.h"
#include "report/svg.h"

/* One figure each; an empty body where the panel has nothing to draw.
 * Owns: the caller; release with `ana_figure_finish`. Errors: ANA_ERESOURCE. */

/* Score by layer: median, quartiles and every target (or the shape of many). */
int ana_figure_layers(struct ana_ctx *ctx, const struct ana_panel *panel,
                      struct ana_figure *out);

/* How many targets score highest at each layer; nothing with one layer or target. */
int ana_figure_best(struct ana_ctx *ctx, const struct ana_panel *panel,
                    struct ana_figure *out);

/* Target x layer, or region x layer where there are more than 40 targets. */
int ana_figure_targets(struct ana_ctx *ctx, const struct ana_panel *panel,
                       struct ana_figure *out);

/* Every measure of one comparison at its best layers: nulls beside scores. Nothing if
 * the panel has no siblings. */
int ana_figure_measures(struct ana_ctx *ctx, const struct ana_panels *panels,
                        int64_t panel, struct ana_figure *out);

/* A curve a region; nothing where the targets have no two regions, or no model has two
 * layers. */
int ana_figure_regions(struct ana_ctx *ctx, const struct ana_panel *panel,
                       struct ana_figure *out);

/* Score by lag, each fitted by itself, of the panels that differ from the first one in
 * nothing but their lag: a line a layer, the best of each model named. And, of the best
 * point of the panel `best` (one of them), a line a region; nothing without two regions. */
int ana_figure_lags(struct ana_ctx *ctx, int64_t n, const struct ana_panel *panels,
                    int64_t first, struct ana_figure *out);
int ana_figure_lag_regions(struct ana_ctx *ctx, int64_t n, const struct ana_panel *panels,
                           int64_t first, const struct ana_panel *best,
                           struct ana_figure *out);

/* Scores over the positions of the targets: those of series `series` at its best layer, or
 * (-1) the highest of each target. Nothing where no two targets have a position, or where
 * they are too many for dots. */
int ana_figure_map(struct ana_ctx *ctx, const struct ana_panel *panel, int64_t series,
                   struct ana_figure *out);

/* The depth of each target's best layer of the panel's best model over the positions;
 * nothing below three layers. */
int ana_figure_depths(struct ana_ctx *ctx, const struct ana_panel *panel,
                      struct ana_figure *out);

/* A named array over time; nothing for one without a time axis and targets. */
int ana_figure_kernel(struct ana_ctx *ctx, const struct ana_array_block *array,
                      struct ana_figure *out);

/* The colour of a series: the same for a model in every comparison of its report. */
int ana_series_paint(const struct ana_panel *panel, int64_t series);

/* Where layers stand on the horizontal axis. */
#define ANA_BESIDE 0 /* a slot a layer, the models one after the other */
#define ANA_SHARED 1 /* a slot a layer name that all models have in common */
#define ANA_DEPTH 2  /* relative depth 0..1: long models of different make */

struct ana_columns {
    const struct ana_panel *panel;
    int mode;
    double left, slot; /* of the first slot; a slot's width (DEPTH: the plot's width) */
    double width;      /* of the whole plot */
};

/* Lay out a panel from `left` on: at least `least` wide, slots at least `narrowest`. */
struct ana_columns ana_columns_make(const struct ana_panel *panel, int may_overlay,
                                    double left, double least, double narrowest);

/* The layout that the scores by layer and the best-layer histogram share. */
struct ana_columns ana_layer_columns(const struct ana_panel *panel);
double ana_columns_x(const struct ana_columns *columns, int64_t series, int64_t point);

/* Layer names (and model names where they stand beside each other) from y down; the
 * height that this took. */
double ana_columns_labels(struct ana_figure *figure, const struct ana_columns *columns,
                          double y);

/* Name and title of a panel's figure: kind "layers" gives "layers_averaged_fmri". */
void ana_figure_name(const struct ana_panel *panel, const char *kind, const char *what,
                     struct ana_figure *figure);

/* Bold title and muted second line at the top of a figure of this width. */
void ana_figure_heading(struct ana_figure *figure, const char *title, const char *below,
                        double room);

/* "r2, median over 10 folds". */
void ana_measure_label(const struct ana_score_block *block, char *buffer, size_t room);

/* ANA_ERESOURCE if a text of the figure could not grow. */
int ana_figure_check(struct ana_ctx *ctx, const struct ana_figure *figure);

#endif
