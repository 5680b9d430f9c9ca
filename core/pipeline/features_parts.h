/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_FEATURES_PARTS_H
#define ANA_PIPELINE_FEATURES_PARTS_H

#include "pipeline/features.h"

/* What features_delays.c gives to features.c. */

/* `delays` in samples of the rows' clock: "0..390 ms" at 100 Hz is 0, 1, .. 39; a list is
 * rounded to the nearest samples; windows hold every delay that one of them has. Errors:
 * ANA_EPARAM where there is no clock, or no sample. */
int ana_features_delays(struct ana_ctx *ctx, struct ana_features *features);

/* The stretch of each group that the delays reach. */
int ana_features_stretches(struct ana_ctx *ctx, struct ana_features *features);

#endif
