/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_REPORT_OUTLINE_H
#define ANA_REPORT_OUTLINE_H

#include "report/places.h"
#include "report/svg.h"

/* A view on paper: its upper left corner, and px a mm. */
struct ana_frame {
    const struct ana_view *view;
    double x, y, scale;
};

double ana_frame_x(const struct ana_frame *frame, double u);
double ana_frame_y(const struct ana_frame *frame, double v);

/* Brain or head behind the places of a view; nothing where the space is not known. */
void ana_outline_draw(struct ana_figure *figure, const struct ana_views *views,
                      const struct ana_frame *frame);

#endif
