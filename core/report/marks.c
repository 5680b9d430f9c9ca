/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The targets of one layer as a swarm of dots that do not overlap, or, where they are
 * many, as the outline of their smoothed histogram.
 */
#include "report/marks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/escape.h"
#include "report/scores.h"

enum {
    MOST_DOTS = 60, /* targets up to which each has a dot */
    BINS = 56       /* of a distribution's shape */
};

const double *ana_marks_values(const struct ana_score_block *block, int64_t *n)
{
    *n = block->n_targets == 1 ? block->n_folds : block->n_targets;
    if (*n > MOST_DOTS)
        *n = 0;
    return block->n_targets == 1 ? block->by_fold : block->score;
}

struct dot {
    double y, dx;
    int64_t index;
};

static int by_height(const void *a, const void *b)
{
    const struct dot *p = a, *q = b;

    if (p->y != q->y)
        return p->y < q->y ? -1 : 1;
    return p->index < q->index ? -1 : 1;
}

static int is_clear(const struct dot *dots, int64_t i, double radius)
{
    for (int64_t j = 0; j < i; j++)
        if (hypot(dots[i].dx - dots[j].dx, dots[i].y - dots[j].y) < 2 * radius)
            return 0;
    return 1;
}

/* Each dot as near to the middle as the earlier ones allow. */
static void spread_dots(struct dot *dots, int64_t n, double radius, double room)
{
    for (int64_t i = 0; i < n; i++) {
        double offset = 0;

        for (int step = 0;; step++) {
            offset = (double)((step + 1) / 2) * radius * 1.1;
            if (offset > room)
                break;
            dots[i].dx = step % 2 ? offset : -offset;
            if (is_clear(dots, i, radius))
                break;
        }
        if (offset > room) /* overlap is all that is left */
            dots[i].dx = i % 2 ? room / 2 : -room / 2;
    }
}

static void draw_dot(const struct ana_marks *marks, const struct ana_score_block *block,
                     const struct dot *dot, double radius, double value, int outside)
{
    struct ana_text *body = &marks->figure->body;
    char number[32];

    ana_text_add(body, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"", marks->x + dot->dx,
                 dot->y, radius);
    if (outside)
        ana_svg_stroke(marks->figure, marks->paint, 1);
    else
        ana_svg_fill(marks->figure, marks->paint);
    ana_text_add(body, " opacity=\"0.55\"><title>");
    if (block->n_targets == 1)
        ana_text_add(body, "fold %lld", (long long)dot->index);
    else
        ana_add_xml(body, ana_block_target(block, dot->index));
    ana_text_add(body, " %s</title></circle>\n", ana_show_score(value, number));
}

static int64_t draw_dots(const struct ana_marks *marks,
                         const struct ana_score_block *block, int64_t n,
                         const double *values)
{
    const double radius = n > 30 || marks->room < 12 ? 2.2 : 3;
    struct dot dots[MOST_DOTS];
    int64_t shown = 0, n_outside = 0;

    for (int64_t k = 0; k < n; k++)
        if (!isnan(values[k]))
            dots[shown++] = (struct dot){ana_scale_clamped(marks->y, values[k]), 0, k};
    qsort(dots, (size_t)shown, sizeof *dots, by_height);
    spread_dots(dots, shown, radius, marks->room);
    for (int64_t k = 0; k < shown; k++) {
        const double value = values[dots[k].index];
        const int outside = value < marks->y->low || value > marks->y->high;

        draw_dot(marks, block, &dots[k], radius, value, outside);
        n_outside += outside;
    }
    return n_outside;
}

/* One round of smoothing by (1 4 6 4 1)/16. */
static void smooth(double share[BINS])
{
    static const double weight[] = {1 / 16.0, 4 / 16.0, 6 / 16.0, 4 / 16.0, 1 / 16.0};
    double out[BINS] = {0};

    for (int k = 0; k < BINS; k++)
        for (int w = -2; w <= 2; w++)
            if (k + w >= 0 && k + w < BINS)
                out[k] += weight[w + 2] * share[k + w];
    memcpy(share, out, sizeof out);
}

/* Smoothed counts per bin of the axis; returns the largest. */
static double histogram(const struct ana_score_block *block,
                        const struct ana_scale *scale, double share[BINS])
{
    double most = 0;

    memset(share, 0, BINS * sizeof *share);
    for (int64_t t = 0; t < block->n_targets; t++) {
        const double place = (block->score[t] - scale->low) / (scale->high - scale->low);

        if (place >= 0 && place <= 1) /* false for NaN */
            share[(int)fmin(place * BINS, BINS - 1)]++;
    }
    smooth(share);
    smooth(share);
    for (int k = 0; k < BINS; k++)
        most = fmax(most, share[k]);
    return most;
}

/* Up the right side, down the left. */
static void draw_shape(const struct ana_marks *marks, const struct ana_score_block *block)
{
    const struct ana_scale *y = marks->y;
    struct ana_text *body = &marks->figure->body;
    double share[BINS], most = histogram(block, y, share);

    if (most <= 0)
        return;
    ana_text_add(body, "<path d=\"M");
    for (int k = 0; k < 2 * BINS; k++) {
        const int bin = k < BINS ? k : 2 * BINS - 1 - k;
        const double part = share[bin] / most < 2e-3 ? 0 : share[bin] / most;
        const double value = y->low + (bin + 0.5) / BINS * (y->high - y->low);

        ana_text_add(body, "%s%.1f %.1f", k ? "L" : "",
                     marks->x + (k < BINS ? part : -part) * marks->room,
                     ana_scale_at(y, value));
    }
    ana_text_add(body, "Z\"");
    ana_svg_fill(marks->figure, marks->paint);
    ana_text_add(body, " fill-opacity=\"0.2\"/>\n");
}

int64_t ana_marks_draw(const struct ana_marks *marks, const struct ana_score_block *block)
{
    int64_t n;
    const double *values = ana_marks_values(block, &n);

    if (n > 0)
        return draw_dots(marks, block, n, values);
    if (block->n_targets > 1)
        draw_shape(marks, block);
    return 0;
}
