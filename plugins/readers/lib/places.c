/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the numbers of EEGLAB's chanlocs are, which no field of them says: by their distances
 * from the origin.
 */
#include "places.h"

#include <math.h>

#define SPHERE 85. /* mm: the radius that EEGLAB gives its own sphere */

/* The least and the largest distance; 0 = no place is known. */
static int64_t distances(int64_t n, int64_t stride, const double *place, double *least,
                         double *most)
{
    int64_t known = 0;

    *least = INFINITY;
    *most = 0;
    for (int64_t i = 0; i < n; i++) {
        const double *p = place + i * stride;
        const double r = sqrt(p[0] * p[0] + p[1] * p[1] + p[2] * p[2]);

        if (!isfinite(r))
            continue;
        known++;
        *least = r < *least ? r : *least;
        *most = r > *most ? r : *most;
    }
    return known;
}

void places_to_mm(struct ana_ctx *ctx, const char *path, int64_t n, int64_t stride,
                  double *place)
{
    double least, most, scale;

    if (distances(n, stride, place, &least, &most) < 2)
        return;
    if (least > .95 && most < 1.05) {
        scale = SPHERE;
        ana_warn(
            ctx,
            "%s: the positions lie on a sphere of radius 1: they are directions, and "
            "were put on EEGLAB's sphere of %g mm",
            path, SPHERE);
    } else if (most > 0 && most < .3) {
        scale = 1000;
        ana_warn(ctx,
                 "%s: the positions were taken for metres, since none lies %g or more "
                 "from the origin",
                 path, .3);
    } else {
        return;
    }
    for (int64_t i = 0; i < n; i++)
        for (int d = 0; d < 3; d++)
            place[i * stride + d] *= scale;
}
