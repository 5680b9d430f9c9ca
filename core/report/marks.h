/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_REPORT_MARKS_H
#define ANA_REPORT_MARKS_H

#include "report/results.h"
#include "report/svg.h"

/* Where the targets of one layer are drawn: about x, at most `room` to either side. */
struct ana_marks {
    struct ana_figure *figure;
    const struct ana_scale *y;
    double x, room;
    int paint;
};

/* The values that are dots: a score a target, or a fold where there is one target;
 * n = 0 where they are too many to tell apart. */
const double *ana_marks_values(const struct ana_score_block *block, int64_t *n);

/* A swarm of dots, or the shape of many targets' distribution. Returns how many dots lie
 * outside of the axis and are drawn hollow at its edge. */
int64_t ana_marks_draw(const struct ana_marks *marks,
                       const struct ana_score_block *block);

#endif
