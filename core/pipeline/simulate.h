/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_SIMULATE_H
#define ANA_PIPELINE_SIMULATE_H

#include "pipeline/study.h"

/* Make recordings whose electrodes follow known layers, to see whether an analysis
 * finds them again. For each [simulate NAME] of the study:
 *
 *   features = names   spaces to follow; every variant (layer) of each is planted
 *   targets = N        electrodes for each variant
 *   noise = list       SD of the noise over SD of the signal, taken in turn
 *   rate = R Hz        the recording's clock
 *   output = FOLDER
 *
 * Electrode k of a variant is y = X w + noise * e: X the variant's columns with the
 * space's delays, each to mean 0 and SD 1 over all stimuli; w and e standard normal,
 * X w scaled to SD 1. The best r that any model can reach is 1 / sqrt(1 + noise^2).
 *
 * FOLDER receives one NPY a stimulus (time x target, float32), targets.txt,
 * electrodes.tsv (name, x, y, z, region, hemisphere, space; the region is what an electrode
 * follows, the place is made up), truth.tsv (target, features, model, layer, noise, best_r)
 * and SIMULATED.txt. Fixed by the study's seed.
 *
 * folder  beats `output`; NULL = as written
 * Errors: ANA_EPARAM; of the models; ANA_ERESOURCE. */
int ana_simulate(struct ana_ctx *ctx, const struct ana_study *study, const char *folder);

#endif
