/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Made-up places for simulated electrodes, so that maps have something to show: on an
 * ellipsoid about as large as a brain, where the temporal lobes would lie, in mm as MNI152
 * counts them (x to the right, y to the front, z up).
 */
#include "pipeline/simulate_place.h"

#include <math.h>

/* Centre and half axes of the ellipsoid; the patch of it that holds the electrodes. */
static const double CENTRE[] = {0, -17, 15}, AXIS[] = {66, 88, 60};
static const double BACK = -62, FRONT = 16, TOP = 18, BOTTOM = -24, SCATTER = 1.2;

void ana_simulate_place(struct ana_ctx *ctx, int64_t number, double along, double down,
                        int left, double xyz[3])
{
    struct ana_rng rng;
    double y, z;

    ana_rng_init(ctx, "simulate place", number, &rng);
    xyz[1] = BACK + along * (FRONT - BACK) + SCATTER * ana_rng_normal(&rng);
    xyz[2] = TOP + down * (BOTTOM - TOP) + SCATTER * ana_rng_normal(&rng);
    y = (xyz[1] - CENTRE[1]) / AXIS[1];
    z = (xyz[2] - CENTRE[2]) / AXIS[2];
    xyz[0] = CENTRE[0] + (left ? -1 : 1) * AXIS[0] * sqrt(fmax(1 - y * y - z * z, 0));
}
