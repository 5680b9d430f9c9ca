/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_REPORT_SVG_H
#define ANA_REPORT_SVG_H

#include "base/text.h"

/* A figure as it is drawn: the inside of an svg element. Colours stand in the elements
 * themselves, so that any editor shows them, and each has a class, by which report.html
 * sets its own for a dark screen. Lengths are CSS pixels, y points down. */
struct ana_figure {
    char name[160]; /* of the file, without folder and ".svg" */
    char title[256];
    double width, height;
    struct ana_text body;
    struct ana_text caption; /* plain text: what is drawn */
};

void ana_figure_finish(struct ana_figure *figure);

/* The figure as a file of its own, with title, white background and the results' stamp
 * ("" = none) below. Named for screen readers by its title and caption. */
void ana_figure_write_file(const struct ana_figure *figure, const char *stamp,
                           struct ana_text *out);

/* The figure as an element of the page, which shows the stamp itself. */
void ana_figure_write(const struct ana_figure *figure, struct ana_text *out);

/* Colours of paper and ink, and of the series: dark enough for text on white (contrast
 * 4.5:1 and more) and told apart by colour-blind readers (after Okabe & Ito 2008). */
enum {
    ANA_INK,
    ANA_MUTED,
    ANA_RULE,
    ANA_WARM,               /* tints of scores above */
    ANA_COLD,               /* and below 0 */
    ANA_SERIES,             /* ANA_SERIES + number of the series */
    ANA_SERIES_COLOURS = 6, /* then they begin again */
    ANA_MAP = 1000,         /* ANA_MAP + step of the colours of maps, pale to dark */
    ANA_MAP_STEPS = 32
};

/* "#rrggbb" of a step of the map's colours (on a dark screen they run from dark to pale),
 * and the paint of a share from 0 to 1. */
const char *ana_map_colour(int step, char buffer[8]);
int ana_map_paint(double share);

/* Attributes that paint: class and colour. Lines never scale with the fill's opacity. */
void ana_svg_fill(struct ana_figure *figure, int paint);
void ana_svg_stroke(struct ana_figure *figure, int paint, double width);

#define ANA_START 0
#define ANA_MIDDLE 1
#define ANA_END 2

/* One line of text on its baseline, cut to `room` pixels with "…" (0 = no limit), the
 * whole text then in a tooltip. bold: 0 or 1. turn: degrees about (x, y). */
struct ana_lettering {
    double x, y, room, turn;
    int anchor, paint, bold;
};
void ana_svg_text(struct ana_figure *figure, struct ana_lettering how, const char *text);

void ana_svg_line(struct ana_figure *figure, double x1, double y1, double x2, double y2,
                  int paint, double width);
void ana_svg_rect(struct ana_figure *figure, double x, double y, double width,
                  double height, int paint, double opacity);

/* Estimated width of 12 px text (Helvetica's widths, rounded up). Allocates nothing, so that a
 * figure is never laid out by a width that could not be had. */
double ana_svg_text_width(const char *text);

/* A linear axis: value v stands at from + (v - low) / (high - low) * (to - from). */
struct ana_scale {
    double low, high, from, to;
    double step; /* between ticks */
    int decimals;
};

/* A scale that covers [low, high], ends on ticks and has about `ticks` of them. */
struct ana_scale ana_scale_nice(double low, double high, double from, double to,
                                int ticks);
double ana_scale_at(const struct ana_scale *scale, double value);

/* Values outside of the scale go to its edge. */
double ana_scale_clamped(const struct ana_scale *scale, double value);

/* Grid lines and tick labels of a vertical axis for a plot from x0 to x1. */
void ana_svg_axis_y(struct ana_figure *figure, const struct ana_scale *scale, double x0,
                    double x1);
/* And of a horizontal one for a plot from y0 (top) to y1. */
void ana_svg_axis_x(struct ana_figure *figure, const struct ana_scale *scale, double y0,
                    double y1);

#endif
