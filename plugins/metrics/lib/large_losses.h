/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_LARGE_LOSSES_H
#define METRICS_LARGE_LOSSES_H

#include "plugins/metrics/lib/large_tile.h"

/* Add the losses of n inner folds to the tile's curve, and how many count to counted; the
 * tile's room is as wide as ana_large_losses_room says. T'Y of the unit that leads lies
 * there already, behind its held-out rows. Threads: any. */
int ana_large_losses(struct ana_ctx *ctx, struct ana_large_tile *t,
                     const struct ana_large_unit *units, int64_t n);

/* Floats that they work in with w targets. */
int64_t ana_large_losses_room(const struct ana_large_unit *units, int64_t n, int64_t w);

#endif
