/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_DATA_BIDS_EVENTS_H
#define ANA_DATA_BIDS_EVENTS_H

#include "data/bids.h"
#include "data/events.h"

/* Where a stim_file lies: DATASET/stimuli/NAME. NULL without memory. Owns: the caller
 * (ana_free). */
char *ana_bids_stimulus(struct ana_ctx *ctx, const struct ana_bids *bids,
                        const char *stim_file);

#endif
