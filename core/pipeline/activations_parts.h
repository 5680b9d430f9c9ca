/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_ACTIVATIONS_PARTS_H
#define ANA_PIPELINE_ACTIVATIONS_PARTS_H

#include "pipeline/activations.h"
#include "pipeline/extent.h"
#include "pipeline/sink.h"
#include "pipeline/windows.h"

/* What activations.c and activations_windows.c (one stimulus) give to each other, to
 * activations_run.c (all of them) and to effort.c (all on paper). */

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

/* No sample of the item that still comes is centred before `time`; +inf: none comes. Rows
 * of the sink's traces that cannot change any more are finished. */
int ana_sink_pass(struct ana_ctx *ctx, const struct ana_sink *sink, int64_t item,
                  double time);

/* `ana_stretch_run` of a model with windows. */
int ana_windows_run(struct ana_ctx *ctx, struct ana_opened_model *model,
                    const struct ana_stimulus *stimulus, const struct ana_extent *extent,
                    const uint8_t *wanted, struct ana_sink *sink, int64_t item);

/* Where the clips end that go into one call with the one at `first`: short ones of a model
 * that gains by it, which are shown whole. By the stimuli alone, so that bits never depend
 * on how many workers there are. */
int64_t ana_clips_end(const struct ana_opened_model *model,
                      const struct ana_stimuli *stimuli, int64_t n_items,
                      const int64_t *items, int64_t n_traces,
                      struct ana_trace *const *traces, int64_t first);

/* Seconds of silence before `low` that the windows of a stretch from there on reach into:
 * a window's, where a model of one length keeps the last sample of each; else 0. */
double ana_windows_ahead(const struct ana_opened_model *model, double low);

/* The windows of samples (or frames) [low, high) of a model's input; how many of them go
 * in one call; bytes of the samples of one that are held until the call is over. */
struct ana_windows ana_windows_grid(const struct ana_opened_model *model, int64_t low,
                                    int64_t high, double ahead);
int64_t ana_windows_at_once(const struct ana_opened_model *model, const uint8_t *wanted);
int64_t ana_windows_held(const struct ana_opened_model *model, const uint8_t *wanted);

#endif
