/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_SIMULATE_PLACE_H
#define ANA_PIPELINE_SIMULATE_PLACE_H

#include <anaflow/base.h>

/* A place on the side of a made-up brain for electrode `number`, mm.
 *
 * along  0 = back of the temporal lobe, 1 = its tip
 * down   0 = its upper edge, 1 = its lower edge
 * left   1 = the left side
 *
 * Fixed by the study's seed and the number. */
void ana_simulate_place(struct ana_ctx *ctx, int64_t number, double along, double down,
                        int left, double xyz[3]);

#endif
