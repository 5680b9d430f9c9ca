/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From positions in space to places on paper. Sensors on a head go through the azimuthal
 * equidistant projection: the angle from the top of the sphere that fits them becomes the
 * distance from the middle, so that what lies at the rim of a cap stays apart.
 */
#include "report/places.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const double MARGIN = 6;                        /* mm around what is shown */
static const double BRAIN[] = {76, -110, 78, -58, 86}; /* MNI: |x|, y, y, z, z */

/* Coordinate systems of heads, as BIDS and their makers name them; those that have x to
 * the front and y to the left are turned. */
static const struct {
    const char *name;
    int turned;
} heads[] = {{"head", 0},       {"CapTrak", 0}, {"ElektaNeuromag", 0},
             {"ChietiItab", 0}, {"EEGLAB", 1},  {"EEGLAB-HJ", 1},
             {"CTF", 1},        {"4DBti", 1},   {"KitYokogawa", 1}};

static int head_number(const char *space)
{
    for (int i = 0; space && i < (int)(sizeof heads / sizeof *heads); i++)
        if (strcasecmp(space, heads[i].name) == 0)
            return i;
    return -1;
}

int ana_places_kind(const char *space)
{
    static const char *const brains[] = {"MNI", "ICBM", "fsaverage"};

    if (head_number(space) >= 0)
        return ANA_PLACES_HEAD;
    for (size_t i = 0; space && i < sizeof brains / sizeof *brains; i++)
        for (const char *p = space; *p; p++)
            if (strncasecmp(p, brains[i], strlen(brains[i])) == 0)
                return ANA_PLACES_MNI;
    return ANA_PLACES_OTHER;
}

static int has_place(const struct ana_target *target)
{
    return isfinite(target->position[0]) && isfinite(target->position[1]) &&
           isfinite(target->position[2]);
}

/* x to the right, y to the front, z up. */
static void upright(const struct ana_target *target, double xyz[3])
{
    const int head = head_number(target->space);

    memcpy(xyz, target->position, 3 * sizeof *xyz);
    if (head >= 0 && heads[head].turned) {
        xyz[0] = -target->position[1];
        xyz[1] = target->position[0];
    }
}

/* 1 = left, 0 = right: as the recording says, else by x. */
static int is_left(const struct ana_target *target)
{
    if (target->hemisphere && *target->hemisphere)
        return target->hemisphere[0] == 'L';
    return target->position[0] < 0;
}

/* Solve a x = b, 4 equations, by elimination with row exchange; 0 if they are singular. */
static int solve4(double a[4][5], double x[4])
{
    for (int k = 0; k < 4; k++) {
        int pivot = k;

        for (int i = k + 1; i < 4; i++)
            if (fabs(a[i][k]) > fabs(a[pivot][k]))
                pivot = i;
        for (int j = 0; j < 5; j++) {
            const double other = a[k][j];

            a[k][j] = a[pivot][j];
            a[pivot][j] = other;
        }
        if (!(fabs(a[k][k]) > 1e-9 * fabs(a[0][0])))
            return 0;
        for (int i = 0; i < 4; i++)
            for (int j = 4; i != k && j >= k; j--)
                a[i][j] -= a[i][k] / a[k][k] * a[k][j];
    }
    for (int k = 0; k < 4; k++)
        x[k] = a[k][4] / a[k][k];
    return 1;
}

/* The sphere |p - c| = r nearest to the positions: 2 c.p + (r^2 - |c|^2) = |p|^2 by least
 * squares. Positions that lie in one plane or far from the sphere keep to their mean. */
static void fit_sphere(const struct ana_view *view, const struct ana_target *targets,
                       double centre[3], double *radius)
{
    double a[4][5] = {{0}}, x[4], mean[3] = {0}, size = 0;

    for (int64_t i = 0; i < view->n; i++) {
        double p[5] = {0, 0, 0, 1, 0};

        upright(&targets[view->places[i].target], p);
        p[4] = p[0] * p[0] + p[1] * p[1] + p[2] * p[2];
        p[3] = 1;
        for (int k = 0; k < 4; k++)
            for (int j = 0; j < 5; j++)
                a[k][j] += p[k] * p[j];
        for (int k = 0; k < 3; k++)
            mean[k] += p[k] / (double)view->n;
    }
    for (int64_t i = 0; i < view->n; i++) {
        double p[3];

        upright(&targets[view->places[i].target], p);
        size += hypot(hypot(p[0] - mean[0], p[1] - mean[1]), p[2] - mean[2]) /
                (double)view->n;
    }
    memcpy(centre, mean, sizeof mean);
    *radius = size > 0 ? size : 1;
    if (view->n >= 8 && solve4(a, x)) {
        const double c[3] = {x[0] / 2, x[1] / 2, x[2] / 2};
        const double r2 = x[3] + c[0] * c[0] + c[1] * c[1] + c[2] * c[2];

        if (r2 > 0.25 * size * size && r2 < 9 * size * size) {
            memcpy(centre, c, sizeof c);
            *radius = sqrt(r2);
        }
    }
}

static void flatten_head(struct ana_views *views, struct ana_view *view,
                         const struct ana_target *targets)
{
    double centre[3], radius;

    fit_sphere(view, targets, centre, &radius);
    views->radius = radius * acos(-1) / 2; /* a quarter of the way round */
    view->u0 = view->v0 = -1.06 * views->radius;
    view->u1 = 1.06 * views->radius;
    view->v1 = 1.16 * views->radius; /* room for the nose */
    for (int64_t i = 0; i < view->n; i++) {
        double p[3], across, angle;

        upright(&targets[view->places[i].target], p);
        for (int k = 0; k < 3; k++)
            p[k] -= centre[k];
        across = hypot(p[0], p[1]);
        angle = atan2(across, p[2]);
        view->places[i].u = across > 0 ? radius * angle * p[0] / across : 0;
        view->places[i].v = across > 0 ? radius * angle * p[1] / across : 0;
        view->places[i].near = -angle;
    }
}

/* Wide enough for every place. */
static void widen(struct ana_view *view)
{
    for (int64_t i = 0; i < view->n; i++) {
        view->u0 = fmin(view->u0, view->places[i].u - MARGIN);
        view->u1 = fmax(view->u1, view->places[i].u + MARGIN);
        view->v0 = fmin(view->v0, view->places[i].v - MARGIN);
        view->v1 = fmax(view->v1, view->places[i].v + MARGIN);
    }
}

static void look_at_brain(const struct ana_views *views, struct ana_view *view,
                          const struct ana_target *targets)
{
    const int top = view->kind == ANA_VIEW_TOP;
    const int left = view->kind == ANA_VIEW_LEFT;

    view->u0 = view->v0 = INFINITY;
    view->u1 = view->v1 = -INFINITY;
    if (views->kind == ANA_PLACES_MNI) {
        view->u0 = top ? -BRAIN[0] : left ? -BRAIN[2] : BRAIN[1];
        view->u1 = top ? BRAIN[0] : left ? -BRAIN[1] : BRAIN[2];
        view->v0 = top ? BRAIN[1] : BRAIN[3];
        view->v1 = top ? BRAIN[2] : BRAIN[4];
    }
    for (int64_t i = 0; i < view->n; i++) {
        const double *p = targets[view->places[i].target].position;
        struct ana_place *place = &view->places[i];

        place->u = top ? p[0] : left ? -p[1] : p[1];
        place->v = top ? p[1] : p[2];
        place->near = top ? p[2] : fabs(p[0]);
    }
}

/* The sides show one scale, and so does what they show of front and back. */
static void share_extents(struct ana_views *views)
{
    double front = -INFINITY, back = INFINITY, low = INFINITY, high = -INFINITY;

    for (int64_t k = 0; k < views->n; k++) {
        const struct ana_view *v = &views->view[k];

        if (v->kind == ANA_VIEW_TOP) {
            front = fmax(front, v->v1);
            back = fmin(back, v->v0);
            continue;
        }
        front = fmax(front, v->kind == ANA_VIEW_LEFT ? -v->u0 : v->u1);
        back = fmin(back, v->kind == ANA_VIEW_LEFT ? -v->u1 : v->u0);
        low = fmin(low, v->v0);
        high = fmax(high, v->v1);
    }
    for (int64_t k = 0; k < views->n; k++) {
        struct ana_view *v = &views->view[k];

        if (v->kind == ANA_VIEW_TOP) {
            v->v0 = back;
            v->v1 = front;
            continue;
        }
        v->u0 = v->kind == ANA_VIEW_LEFT ? -front : back;
        v->u1 = v->kind == ANA_VIEW_LEFT ? -back : front;
        v->v0 = low;
        v->v1 = high;
    }
}

static int farthest_first(const void *a, const void *b)
{
    const struct ana_place *p = a, *q = b;

    if (p->near != q->near)
        return p->near < q->near ? -1 : 1;
    return p->target < q->target ? -1 : 1;
}

static int shows(const struct ana_views *views, int kind, const struct ana_target *target)
{
    if (!has_place(target) ||
        strcmp(target->space ? target->space : "", views->space) != 0)
        return 0;
    return kind == ANA_VIEW_LEFT    ? is_left(target)
           : kind == ANA_VIEW_RIGHT ? !is_left(target)
                                    : 1;
}

static int add_view(struct ana_ctx *ctx, struct ana_views *views, int kind,
                    int64_t n_targets, const struct ana_target *targets)
{
    struct ana_view *view = &views->view[views->n];

    view->kind = kind;
    for (int64_t t = 0; t < n_targets; t++)
        view->n += shows(views, kind, &targets[t]);
    if (view->n == 0)
        return 0;
    views->n++;
    view->places = ana_alloc(ctx, view->n, sizeof *view->places);
    if (!view->places)
        return ANA_ERESOURCE;
    for (int64_t t = 0, i = 0; t < n_targets; t++)
        if (shows(views, kind, &targets[t]))
            view->places[i++].target = t;
    if (kind == ANA_VIEW_HEAD)
        flatten_head(views, view, targets);
    else
        look_at_brain(views, view, targets);
    widen(view);
    qsort(view->places, (size_t)view->n, sizeof *view->places, farthest_first);
    return 0;
}

int ana_views_create(struct ana_ctx *ctx, int64_t n_targets,
                     const struct ana_target *targets, struct ana_views *out)
{
    static const int brain[] = {ANA_VIEW_LEFT, ANA_VIEW_RIGHT, ANA_VIEW_TOP};
    int rc = 0;

    memset(out, 0, sizeof *out);
    /* The first target with a position says which space is drawn. */
    for (int64_t t = 0; targets && t < n_targets && !out->space; t++)
        if (has_place(&targets[t]))
            out->space = targets[t].space ? targets[t].space : "";
    for (int64_t t = 0; out->space && t < n_targets; t++)
        out->n_placed += shows(out, ANA_VIEW_TOP, &targets[t]);
    out->n_without = n_targets - out->n_placed;
    if (out->n_placed < 2)
        return 0;
    out->kind = ana_places_kind(out->space);
    if (out->kind == ANA_PLACES_HEAD)
        return add_view(ctx, out, ANA_VIEW_HEAD, n_targets, targets);
    for (int i = 0; rc == 0 && i < 3; i++)
        rc = add_view(ctx, out, brain[i], n_targets, targets);
    if (rc == 0)
        share_extents(out);
    return rc;
}

void ana_views_finish(struct ana_ctx *ctx, struct ana_views *views)
{
    for (int k = 0; k < 3; k++)
        ana_free(ctx, views->view[k].places);
    memset(views, 0, sizeof *views);
}
