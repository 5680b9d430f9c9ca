/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_STAMP_H
#define ANA_PIPELINE_STAMP_H

#include "pipeline/gather.h"

/* The file by which `anaflow simulate` marks a folder as a recording of nobody. */
#define ANA_SIMULATED_FILE "SIMULATED.txt"

/* Stamp the results with what [study] simulated says, and with a sentence of our own
 * where a recording comes from a marked folder and the study does not say so.
 * Errors: ANA_ERESOURCE. */
int ana_stamp_study(struct ana_ctx *ctx, struct ana_gather *gather,
                    const struct ana_study *study);

#endif
