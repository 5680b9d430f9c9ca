/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_REPORT_REGION_CELL_H
#define ANA_REPORT_REGION_CELL_H

#include "report/panels.h"
#include "report/scores.h"
#include "report/svg.h"

/* A plot's size, and what lies between two of them. */
#define ANA_CELL_WIDTH 146.0
#define ANA_CELL_HEIGHT 84.0
#define ANA_CELL_GAP 12.0

/* The targets of one region in numbers. */
struct ana_region {
    const char *name;          /* "" = of no region */
    int64_t n;                 /* targets */
    double ceiling;            /* median over them; NaN = none */
    struct ana_spread *spread; /* n_points of the panel */
};

/* The plot of one region: where it stands, and what it shares with the others. */
struct ana_region_cell {
    struct ana_figure *figure;
    const struct ana_panel *panel;
    const struct ana_region *region;
    double x, y;              /* upper left corner of the plot */
    struct ana_scale scale;   /* of the scores, in the figure */
    int32_t leftmost, lowest; /* its axis has numbers */
};

/* Draw everything of a region into the figure. Errors: none; see `ana_figure_check`. */
void ana_region_cell_draw(const struct ana_region_cell *cell);

/* The series that stands for s: that of the first twin of its kind, or s itself. */
int64_t ana_region_shown_as(const struct ana_panel *panel, int64_t s);
int ana_region_stands_for_twins(const struct ana_panel *panel, int64_t s);

#endif
