/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Showing a stretch of one stimulus to a model. A model that takes another's frames is shown what that
 * one makes of the same stretch of sound. Stretches before onset and after the end
 * that a recording reaches are digital silence, which the model hears like any sound;
 * long sounds go in chunks with the context that the model says it needs, or in the
 * windows that the study asks for (activations_windows.c).
 */
#include "pipeline/activations_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "base/text.h"

static int audio_input(struct ana_ctx *ctx, double rate, double a, double b,
                       struct ana_input *input)
{
    int64_t first, n;
    int rc;

    ana_extent_samples(rate, a, b, &first, &n);
    rc = ana_tensor_create(ctx, ANA_F32, 1, (const int64_t[]){n}, &input->data);

    input->rate = rate;
    input->start = (double)first / rate;
    if (rc == 0)
        rc = ana_stimulus_audio(ctx, input->stimulus, rate, first, n, input->data.data);
    return rc;
}

/* What the model that feeds this one makes of [a, b). */
static int frames_input(struct ana_ctx *ctx, struct ana_opened_model *model,
                        const struct ana_extent *whole, double a, double b,
                        struct ana_input *input)
{
    struct ana_opened_model *feeder = model->input;
    const struct ana_layer *layer = &feeder->info.layers[model->input_layer];
    struct ana_frames frames = {
        .layer = model->input_layer, .units = 1, .from = a, .to = b};
    struct ana_sink sink = {.frames = &frames};
    struct ana_extent extent = {whole->low, whole->high, a, b, 0};
    const float scale = (float)model->study->scale, offset = (float)model->study->offset;
    uint8_t *wanted = ana_alloc(ctx, feeder->info.n_layers, 1);
    int rc;

    if (!wanted)
        return ANA_ERESOURCE;
    wanted[model->input_layer] = 1;
    if (a <= whole->low && b >= whole->high && feeder->window == 0)
        ana_extent_first(&feeder->info, &extent);
    for (int32_t d = 0; d < layer->ndim; d++)
        frames.units *= layer->shape[d];
    rc = ana_stretch_run(ctx, feeder, input->stimulus, &extent, wanted, &sink, 0);
    if (rc == 0)
        rc = ana_tensor_create(ctx, ANA_F32, 2, (const int64_t[]){frames.n, frames.units},
                               &input->data);
    for (int64_t i = 0; rc == 0 && i < frames.n * frames.units; i++)
        ((float *)input->data.data)[i] = scale * frames.x[i] + offset;
    input->rate = layer->rate;
    input->start = frames.n > 0 ? frames.time : a;
    ana_free(ctx, frames.x);
    ana_free(ctx, wanted);
    return rc;
}

static int make_input(struct ana_ctx *ctx, struct ana_opened_model *model,
                      const struct ana_extent *extent, double a, double b,
                      struct ana_input *input)
{
    const char *kind = model->info.input == ANA_INPUT_TOKENS ? "words" : "an image";

    if (model->vt->prepare && model->info.input != ANA_INPUT_FRAMES)
        return model->vt->prepare(ctx, model->self, input->stimulus, input);
    switch (model->info.input) {
    case ANA_INPUT_AUDIO:
        if (input->stimulus->audio_rate <= 0)
            return ana_fail(ctx, ANA_EDATA,
                            "the stimulus has no sound and the model wants one");
        return audio_input(ctx, model->info.input_rate, a, b, input);
    case ANA_INPUT_FRAMES:
        return frames_input(ctx, model, extent, a, b, input);
    case ANA_INPUT_NONE:
        return 0;
    default:
        return ana_fail(ctx, ANA_EPLUGIN, "the model wants %s and has no prepare()",
                        kind);
    }
}

int ana_model_forward(struct ana_ctx *ctx, struct ana_opened_model *model,
                      const struct ana_batch *batch, const uint8_t *wanted,
                      struct ana_sink *sink)
{
    struct ana_model_cost cost = {.size = sizeof cost};
    int rc = model->vt->cost(ctx, model->self, batch, wanted, &cost);

    if (rc != 0)
        return rc;
    ana_ctx_mute_flops(ctx, 1);
    rc = model->vt->forward(ctx, model->self, batch, wanted, sink);
    ana_ctx_mute_flops(ctx, 0);
    ana_ctx_count_flops(ctx, cost.flops);
    return rc;
}

int ana_piece_input(struct ana_ctx *ctx, struct ana_opened_model *model,
                    const struct ana_extent *extent, int64_t item,
                    struct ana_input *input, struct ana_sink_item *to)
{
    double a, b;
    int rc;

    *to = (struct ana_sink_item){.id = input->stimulus->id,
                                 .duration = input->stimulus->duration,
                                 .from = -(double)INFINITY,
                                 .to = (double)INFINITY,
                                 .item = item,
                                 .n_words = input->stimulus->n_words,
                                 .words = input->stimulus->words};
    if (extent->from > extent->low)
        to->from = extent->from;
    if (extent->to < extent->high)
        to->to = extent->to;
    ana_extent_input(&model->info, extent, &a, &b);
    rc = make_input(ctx, model, extent, a, b, input);
    to->start = input->start;
    return rc;
}

/* One forward call on one piece. */
static int run_piece(struct ana_ctx *ctx, struct ana_opened_model *model,
                     const struct ana_stimulus *stimulus, const struct ana_extent *extent,
                     const uint8_t *wanted, struct ana_sink *sink, int64_t item)
{
    struct ana_input input = {.size = sizeof input, .stimulus = stimulus};
    const struct ana_batch batch = {.size = sizeof batch, .n = 1, .item = &input};
    struct ana_sink_item to;
    int rc = ana_piece_input(ctx, model, extent, item, &input, &to);

    sink->n_items = 1;
    sink->items = &to;
    if (rc == 0)
        rc = ana_model_forward(ctx, model, &batch, wanted, sink);
    ana_tensor_finish(&input.data);
    return rc;
}

int ana_sink_pass(struct ana_ctx *ctx, const struct ana_sink *sink, int64_t item,
                  double time)
{
    int rc = 0;

    for (int64_t t = 0; rc == 0 && t < sink->n_traces; t++)
        if (sink->traces[t])
            rc = isinf(time) ? ana_trace_end(ctx, sink->traces[t], item)
                             : ana_trace_pass(ctx, sink->traces[t], item, time);
    return rc;
}

/* The whole, or chunk after chunk. */
static int run_pieces(struct ana_ctx *ctx, struct ana_opened_model *model,
                      const struct ana_stimulus *stimulus,
                      const struct ana_extent *extent, const uint8_t *wanted,
                      struct ana_sink *sink, int64_t item)
{
    struct ana_extent piece = *extent;
    int rc, more;

    do {
        rc = ana_cancelled(ctx)
                 ? ana_fail(ctx, ANA_ECANCEL, "interrupted")
                 : run_piece(ctx, model, stimulus, &piece, wanted, sink, item);
        more = ana_extent_next(&piece);
        if (rc == 0 && more)
            rc = ana_sink_pass(ctx, sink, item, piece.from);
    } while (rc == 0 && more);
    return rc ? rc
              : ana_sink_covered(ctx, sink, 0, fmin(extent->high, stimulus->duration));
}

int ana_stretch_run(struct ana_ctx *ctx, struct ana_opened_model *model,
                    const struct ana_stimulus *stimulus, const struct ana_extent *extent,
                    const uint8_t *wanted, struct ana_sink *sink, int64_t item)
{
    int rc = 0;

    sink->info = &model->info;
    sink->own = model->own;
    sink->wanted = wanted;
    sink->coverage = ana_alloc(ctx, model->info.n_layers, sizeof *sink->coverage);
    if (!sink->coverage)
        return ANA_ERESOURCE;
    ana_context_push(ctx, "model %s, stimulus %s", model->study->name, stimulus->id);
    if (model->window > 0)
        rc = ana_windows_run(ctx, model, stimulus, extent, wanted, sink, item);
    else
        rc = run_pieces(ctx, model, stimulus, extent, wanted, sink, item);
    if (rc == 0)
        rc = ana_sink_pass(ctx, sink, item, (double)INFINITY);
    ana_context_pop(ctx);
    ana_free(ctx, sink->coverage);
    sink->coverage = NULL;
    return rc;
}
