/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_ACTIVATIONS_PARTS_H
#define ANA_PIPELINE_ACTIVATIONS_PARTS_H

#include "pipeline/activations.h"
#include "pipeline/extent.h"
#include "pipeline/sink.h"

/* What activations.c (one stimulus) gives to activations_run.c (all of them). */

/* The model's forward(), counted as what the model says of it. Errors: the plugin's. */
int ana_model_forward(struct ana_ctx *ctx, struct ana_opened_model *model,
                      const struct ana_batch *batch, const uint8_t *wanted,
                      struct ana_sink *sink);

/* The input of the piece of time that the wanted samples depend on, and where its samples
 * go. Owns: the caller; release input->data, also after a failure. */
int ana_piece_input(struct ana_ctx *ctx, struct ana_opened_model *model,
                    const struct ana_extent *extent, int64_t item,
                    struct ana_input *input, struct ana_sink_item *to);

/* What a model makes of the wanted stretch, whole, in chunks or in windows. Errors: the
 * plugin's; ANA_EPLUGIN where samples are missing or come twice. */
int ana_stretch_run(struct ana_ctx *ctx, struct ana_opened_model *model,
                    const struct ana_stimulus *stimulus, const struct ana_extent *extent,
                    const uint8_t *wanted, struct ana_sink *sink, int64_t item);

#endif
