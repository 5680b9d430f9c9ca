/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_LARGE_PUSH_H
#define METRICS_LARGE_PUSH_H

#include "plugins/metrics/lib/large_unit.h"

/* What a tile of targets gives with the items [first, last) of a stage, all of one fold:
 * losses are added up, choices made, scores handed out. Threads: any. */
int ana_large_push_fold(struct ana_ctx *ctx, struct ana_large_y *y,
                        const struct ana_large_stage *stage, int64_t first, int64_t last,
                        const struct ana_tile *tile, struct ana_large_room *room,
                        struct ana_out *out);

#endif
