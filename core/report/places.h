/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_REPORT_PLACES_H
#define ANA_REPORT_PLACES_H

#include <anaflow/reader.h>

/* Where targets with positions are drawn: a brain from its sides and from above, or the
 * head from above with its surface laid flat. Lengths are mm (of the flat head: mm along
 * its surface), u to the right and v up on the paper. */

/* What the space of the positions is, from its name. */
#define ANA_PLACES_OTHER 0 /* a brain, or what else has x to the right, y to the front */
#define ANA_PLACES_MNI 1   /* with MNI's origin and size: an outline can be drawn */
#define ANA_PLACES_HEAD 2  /* sensors on a head */

#define ANA_VIEW_LEFT 0
#define ANA_VIEW_RIGHT 1
#define ANA_VIEW_TOP 2
#define ANA_VIEW_HEAD 3

struct ana_place {
    int64_t target;
    double u, v, near; /* near: larger = towards the reader */
};

struct ana_view {
    int kind; /* ANA_VIEW_... */
    int64_t n;
    struct ana_place *places; /* from the farthest to the nearest */
    double u0, u1, v0, v1;    /* what the view shows */
};

struct ana_views {
    int kind;                    /* ANA_PLACES_... */
    const char *space;           /* as the recording calls it, "" = it does not */
    double radius;               /* of the head's circle in a flat view */
    int64_t n_placed, n_without; /* targets with and without a position in this space */
    int64_t n;
    struct ana_view view[3];
};

/* The views of these targets; none if fewer than two have a position. A side without
 * targets has no view.
 * Owns: the caller; release with `ana_views_finish`. Errors: ANA_ERESOURCE. */
int ana_views_create(struct ana_ctx *ctx, int64_t n_targets,
                     const struct ana_target *targets, struct ana_views *out);
void ana_views_finish(struct ana_ctx *ctx, struct ana_views *views);

/* ANA_PLACES_... of a space's name. */
int ana_places_kind(const char *space);

#endif
