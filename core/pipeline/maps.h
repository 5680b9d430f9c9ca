/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_MAPS_H
#define ANA_PIPELINE_MAPS_H

#include "pipeline/features.h"
#include "report/results.h"

/* Write maps/NAME.EXTENSION for every block of scores whose recording's reader can write
 * maps: one value a target (the median over folds) in the recording's own space, NaN where
 * there is no score. Names are those of arrays/. Recordings whose targets are not
 * channels of the reader (bipolar references) have none. A map that cannot be written is
 * a warning: the scores are elsewhere, too.
 * Errors: ANA_ERESOURCE, ANA_ECANCEL. Threads: main. */
int ana_maps_write(struct ana_ctx *ctx, const struct ana_opened *opened,
                   const struct ana_results *results);

#endif
