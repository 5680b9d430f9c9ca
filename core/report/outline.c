/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Outlines to find one's way on a map: a brain as large as MNI152 from its sides and from
 * above, and a head with nose and ears. They are drawings, no anatomy to measure in.
 */
#include "report/outline.h"

#include <math.h>

struct point {
    double a, b; /* y, z of the side; x, y from above; mm */
};

static const struct point cerebrum[] = {
    {72, 2},    {68, 24},   {56, 46},   {38, 62},   {14, 73},   {-12, 79},
    {-38, 78},  {-62, 68},  {-84, 50},  {-99, 26},  {-105, 4},  {-102, -12},
    {-90, -20}, {-72, -22}, {-55, -25}, {-38, -33}, {-20, -41}, {0, -47},
    {14, -46},  {23, -37},  {25, -27},  {34, -22},  {48, -21},  {63, -14}};
static const struct point cerebellum[] = {{-47, -28}, {-49, -42}, {-60, -54}, {-76, -57},
                                          {-91, -47}, {-97, -32}, {-92, -20}};
static const struct point lateral_fissure[] = {
    {25, -27}, {14, -12}, {-8, -3}, {-32, 9}, {-50, 22}};
static const struct point central_fissure[] = {{-24, 78}, {-20, 58}, {-8, 36}, {2, 12}};
static const struct point from_above[] = {
    {0, 66},    {7, 72},    {18, 73},    {33, 66},    {47, 50},   {57, 30},   {64, 8},
    {68, -16},  {67, -42},  {59, -68},   {46, -89},   {30, -102}, {14, -107}, {4, -104},
    {0, -98},   {-4, -104}, {-14, -107}, {-30, -102}, {-46, -89}, {-59, -68}, {-67, -42},
    {-68, -16}, {-64, 8},   {-57, 30},   {-47, 50},   {-33, 66},  {-18, 73},  {-7, 72}};

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))

double ana_frame_x(const struct ana_frame *frame, double u)
{
    return frame->x + (u - frame->view->u0) * frame->scale;
}

double ana_frame_y(const struct ana_frame *frame, double v)
{
    return frame->y + (frame->view->v1 - v) * frame->scale;
}

static void place(const struct ana_frame *frame, struct point p, double *x, double *y)
{
    *x = ana_frame_x(frame, frame->view->kind == ANA_VIEW_LEFT ? -p.a : p.a);
    *y = ana_frame_y(frame, p.b);
}

/* A smooth curve through the points (Catmull-Rom), open or closed. */
static void curve(struct ana_figure *figure, const struct ana_frame *frame,
                  const struct point *points, int n, int closed, int paint)
{
    double x, y;

    place(frame, points[0], &x, &y);
    ana_text_add(&figure->body, "<path d=\"M%.1f %.1f", x, y);
    for (int i = 0; i < (closed ? n : n - 1); i++) {
        const struct point p0 = points[i > 0 ? i - 1 : closed ? n - 1 : 0];
        const struct point p1 = points[i], p2 = points[(i + 1) % n];
        const struct point p3 = points[closed || i + 2 < n ? (i + 2) % n : n - 1];
        double x1, y1, x2, y2;

        place(frame, (struct point){p1.a + (p2.a - p0.a) / 6, p1.b + (p2.b - p0.b) / 6},
              &x1, &y1);
        place(frame, (struct point){p2.a - (p3.a - p1.a) / 6, p2.b - (p3.b - p1.b) / 6},
              &x2, &y2);
        place(frame, p2, &x, &y);
        ana_text_add(&figure->body, "C%.1f %.1f %.1f %.1f %.1f %.1f", x1, y1, x2, y2, x,
                     y);
    }
    ana_text_add(&figure->body, closed ? "Z\"" : "\"");
    ana_svg_stroke(figure, paint, paint == ANA_RULE ? 1 : 0.75);
    ana_text_add(&figure->body, "/>\n");
}

static void draw_head(struct ana_figure *figure, const struct ana_frame *frame,
                      double radius)
{
    const double x = ana_frame_x(frame, 0), y = ana_frame_y(frame, 0);
    const double r = radius * frame->scale, nose = 0.1 * r;

    ana_text_add(&figure->body, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"", x, y, r);
    ana_svg_stroke(figure, ANA_MUTED, 1);
    ana_text_add(&figure->body, "/>\n<path d=\"M%.1f %.1fL%.1f %.1fL%.1f %.1f\"",
                 x - nose, y - r * 0.996, x, y - r - nose, x + nose, y - r * 0.996);
    ana_svg_stroke(figure, ANA_MUTED, 1);
    ana_text_add(&figure->body, " stroke-linejoin=\"round\"/>\n");
    for (int side = -1; side <= 1; side += 2) {
        ana_text_add(&figure->body, "<path d=\"M%.1f %.1fq%.1f %.1f 0 %.1f\"",
                     x + side * r, y - 0.13 * r, side * 0.1 * r, 0.13 * r, 0.26 * r);
        ana_svg_stroke(figure, ANA_MUTED, 1);
        ana_text_add(&figure->body, "/>\n");
    }
}

void ana_outline_draw(struct ana_figure *figure, const struct ana_views *views,
                      const struct ana_frame *frame)
{
    static const struct point middle[] = {{0, 66}, {0, -98}};

    if (views->kind == ANA_PLACES_HEAD)
        draw_head(figure, frame, views->radius);
    if (views->kind != ANA_PLACES_MNI)
        return;
    if (frame->view->kind == ANA_VIEW_TOP) {
        curve(figure, frame, from_above, COUNT(from_above), 1, ANA_MUTED);
        curve(figure, frame, middle, 2, 0, ANA_RULE);
        return;
    }
    curve(figure, frame, cerebellum, COUNT(cerebellum), 0, ANA_RULE);
    curve(figure, frame, lateral_fissure, COUNT(lateral_fissure), 0, ANA_RULE);
    curve(figure, frame, central_fissure, COUNT(central_fissure), 0, ANA_RULE);
    curve(figure, frame, cerebrum, COUNT(cerebrum), 1, ANA_MUTED);
}
