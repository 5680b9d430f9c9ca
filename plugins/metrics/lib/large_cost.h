/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_LARGE_COST_H
#define METRICS_LARGE_COST_H

#include "plugins/metrics/lib/large_unit.h"
#include "plugins/metrics/lib/spectral.h"

/* What the parts of a large problem take, from shapes alone. */

/* The sizes of one unit. */
struct ana_large_sizes {
    int64_t n, m, p;
    int64_t lacking, gap; /* rows of the outer training set that are not in it; and not
                             tested by it either */
    int outer, lead;      /* the outer one; the inner one that leads; */
    int first, pad;       /* the first inner one of its fold */
};
struct ana_large_sizes ana_large_sizes(const struct ana_large *large,
                                       const struct ana_large_item *item);

/* Whether units rotate the sums T'Y over all training rows rather than rows of Y. */
int ana_large_rotates(const struct ana_large *large);

/* Whether they are in the directions of the first inner fold, which then need not be turned
 * for it: where the folds take columns as they are. Else in those of all rows. */
int ana_large_led(const struct ana_large *large);

/* Whether predictions of m test rows are made by a map of each penalty, where another
 * training set leads: to turn all targets would take longer. */
int ana_large_maps(const struct ana_large *large, int64_t m);

/* Whether one of the units [first, last) of a fold is decomposed beside these directions:
 * the outer one where an inner fold leads, else the first if it is an inner one. */
int ana_large_beside(const struct ana_large *large, int64_t first, int64_t last);

/* Whether the units [first, last) of a fold share nothing of it: all have kernels of their
 * own. */
int ana_large_apart(const struct ana_large *large, int64_t first, int64_t last);

/* Bytes: what a unit keeps; what making it takes beside that and what its fold holds. */
double ana_large_unit_bytes(const struct ana_large *large,
                            const struct ana_large_sizes *s);
double ana_large_unit_work(const struct ana_large *large,
                           const struct ana_large_sizes *s);

/* Bytes of a fold: X, where units of it rotate X'Y; the most while its shared matrices are
 * made on so many workers, the unit made beside them included, at the same time if there may
 * be two at once; what is held of these while the units [first, last) are made. */
double ana_large_x_bytes(const struct ana_large *large, int64_t fold);
double ana_large_start_bytes(const struct ana_large *large, int64_t first, int64_t last,
                             double workers, double at_once);
double ana_large_fold_bytes(const struct ana_large *large, int64_t first, int64_t last);

/* Operations of making the units [first, last) of one fold, its shared matrices included,
 * and those of decompositions among them. */
double ana_large_make_flops(const struct ana_large *large, int64_t first, int64_t last,
                            double *factor);

/* Of one target: operations and numbers that plain loops touch; sums: of the units of a fold
 * in a stage together, from `first` on. */
double ana_large_target_flops(const struct ana_large *large,
                              const struct ana_large_sizes *s);
double ana_large_target_loops(const struct ana_large *large,
                              const struct ana_large_sizes *s);
double ana_large_sums_flops(const struct ana_large *large, int64_t first);

/* Floats that a target of a tile takes in its worker, and those that a tile takes however
 * many targets it has. */
double ana_large_tile_floats(const struct ana_large *large);
double ana_large_worker_floats(const struct ana_large *large);

#endif
