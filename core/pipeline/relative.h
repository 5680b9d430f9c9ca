/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_RELATIVE_H
#define ANA_PIPELINE_RELATIVE_H

#include "pipeline/gather.h"

/* `relative_to` of [compare]: for each score of a comparison the score divided by that of
 * its baseline, of the same recording, measure, lag, target and fold; n/a where the
 * baseline's is not above 0. It becomes a measure of its own, "MEASURE/BASELINE". A
 * baseline of several layers, or of other folds, gives none, with a warning. */
int ana_gather_relative(struct ana_ctx *ctx, struct ana_gather *gather,
                        const struct ana_study *study);

#endif
