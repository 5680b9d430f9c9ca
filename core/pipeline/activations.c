/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Showing a stretch of one stimulus to a model. A model that takes another's frames is shown what that
 * one makes of the same stretch of sound. Stretches before onset and after the end
 * that a recording reaches are digital silence, which the model hears like any sound;
 * long sounds go in chunks with the context that the model says it needs, or in the
 * windows that the study asks for.
 */
#include "pipeline/activations_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "base/text.h"
#include "pipeline/windows.h"

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

/* A forward pass counts as what the model says of it, whatever its products are made by. */
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

/* The input of the piece of time that the wanted samples depend on, and where its samples
 * go. */
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

/* Bytes that one window's samples take while they wait for their turn. */
static double window_bytes(const struct ana_opened_model *model, const uint8_t *wanted)
{
    double bytes = 0;

    for (int64_t i = 0; i < model->info.n_layers; i++) {
        const struct ana_layer *layer = &model->own[i];
        double units = 1, n = 1;

        for (int32_t d = 0; d < layer->ndim; d++)
            units *= (double)layer->shape[d];
        if (layer->timing == ANA_TIMING_RATE &&
            model->study->window.keep != ANA_KEEP_LAST)
            n = layer->rate * (double)model->window / model->info.input_rate;
        bytes += wanted[i] ? n * units * sizeof(float) : 0;
    }
    return bytes;
}

enum { MOST_WINDOWS = 32, WINDOW_BYTES = 64 << 20 };

/* One stimulus' windows, and the input that is at hand: all frames, or a stretch of
 * sound. */
struct cut {
    struct ana_opened_model *model;
    const struct ana_stimulus *stimulus;
    const struct ana_extent *extent;
    struct ana_windows grid;
    struct ana_input all; /* of frames */
    const uint8_t *wanted;
    int64_t item;
};

/* Samples [first, end) of the input as an item. hull: what sound was read, from sample
 * `from` on. */
static void cut_window(const struct cut *cut, const struct ana_tensor *hull, int64_t from,
                       int64_t first, int64_t end, struct ana_input *input)
{
    const struct ana_tensor *x = hull ? hull : &cut->all.data;
    const int64_t units = x->ndim > 1 ? x->shape[1] : 1;
    const int64_t shape[] = {end - first, units};

    *input = (struct ana_input){.size = sizeof *input, .stimulus = cut->stimulus};
    input->rate = cut->model->info.input_rate;
    input->start = (double)first / input->rate + (hull ? 0 : cut->all.start);
    ana_tensor_view(ANA_F32, x->ndim, shape, (float *)x->data + (first - from) * units,
                    &input->data);
}

/* Windows k .. k + n - 1 in one forward call. */
static int show_windows(struct ana_ctx *ctx, const struct cut *cut, int64_t k, int64_t n,
                        struct ana_sink *sink)
{
    const double rate = cut->model->info.input_rate;
    const int sound = cut->model->info.input == ANA_INPUT_AUDIO;
    const double zero = sound ? 0 : cut->all.start;
    struct ana_input input[MOST_WINDOWS];
    struct ana_sink_item to[MOST_WINDOWS];
    struct ana_batch batch = {.size = sizeof batch, .n = n, .item = input};
    struct ana_tensor hull = {.size = 0};
    int64_t first = 0, end = 0, low = INT64_MAX, high = INT64_MIN;
    int rc = 0;

    for (int64_t i = 0; i < n; i++) {
        ana_window_at(&cut->grid, k + i, &first, &end);
        low = first < low ? first : low;
        high = end > high ? end : high;
    }
    if (sound)
        rc = ana_tensor_create(ctx, ANA_F32, 1, (const int64_t[]){high - low}, &hull);
    if (sound && rc == 0)
        rc = ana_stimulus_audio(ctx, cut->stimulus, rate, low, high - low, hull.data);
    for (int64_t i = 0; rc == 0 && i < n; i++) {
        ana_window_at(&cut->grid, k + i, &first, &end);
        cut_window(cut, sound ? &hull : NULL, sound ? low : 0, first, end, &input[i]);
        to[i] = (struct ana_sink_item){.id = cut->stimulus->id,
                                       .start = input[i].start,
                                       .duration = cut->stimulus->duration,
                                       .item = cut->item};
        ana_window_kept(&cut->grid, k + i, &to[i].from, &to[i].to);
        to[i].from = zero + to[i].from / rate;
        to[i].to = zero + to[i].to / rate;
        to[i].moment =
            zero +
            (cut->grid.keep == ANA_KEEP_LAST ? (double)end : (double)(first + end) / 2) /
                rate;
    }
    sink->n_items = n;
    sink->items = to;
    if (rc == 0)
        rc = ana_sink_begin(ctx, sink);
    if (rc == 0)
        rc = ana_model_forward(ctx, cut->model, &batch, cut->wanted, sink);
    rc = ana_sink_end(ctx, sink, rc);
    ana_tensor_finish(&hull);
    return rc;
}

/* How many windows from k on a forward call takes; those that end before the wanted
 * stretch begins, or begin behind it, are passed over. */
static int64_t next_windows(const struct cut *cut, int64_t most, int64_t *k)
{
    const double rate = cut->model->info.input_rate;
    const double zero = cut->model->info.input == ANA_INPUT_AUDIO ? 0 : cut->all.start;
    int64_t first, end, n = 0;

    while (ana_window_at(&cut->grid, *k, &first, &end) &&
           zero + (double)end / rate < cut->extent->from)
        ++*k;
    while (n < most && ana_window_at(&cut->grid, *k + n, &first, &end) &&
           zero + (double)first / rate < cut->extent->to)
        n++;
    return n;
}

/* A stimulus in windows: memory grows with the window and not with the stimulus, but for
 * the frames of a model that feeds this one. */
static int run_windows(struct ana_ctx *ctx, struct cut *cut, struct ana_sink *sink)
{
    struct ana_opened_model *model = cut->model;
    const double bytes = window_bytes(model, cut->wanted);
    const double most = bytes > 0 ? WINDOW_BYTES / bytes : MOST_WINDOWS;
    const int64_t batch = most < 1              ? 1
                          : most < MOST_WINDOWS ? (int64_t)most
                                                : MOST_WINDOWS;
    int64_t k = 0, n;
    int rc = 0;

    cut->grid = (struct ana_windows){.length = model->window,
                                     .stride = model->stride,
                                     .keep = model->study->window.keep,
                                     .align = 1};
    if (model->info.hop > 0)
        cut->grid.align = llround(model->info.hop * model->info.input_rate);
    if (cut->grid.align < 1)
        cut->grid.align = 1;
    if (model->info.input == ANA_INPUT_AUDIO) {
        ana_extent_samples(model->info.input_rate, cut->extent->low, cut->extent->high,
                           &cut->grid.low, &n);
        cut->grid.high = cut->grid.low + n;
    } else {
        cut->all.size = sizeof cut->all;
        cut->all.stimulus = cut->stimulus;
        rc = frames_input(ctx, model, cut->extent, cut->extent->low, cut->extent->high,
                          &cut->all);
        cut->grid.high = rc == 0 ? cut->all.data.shape[0] : 0;
    }
    sink->windows = 1;
    sink->last = cut->grid.keep == ANA_KEEP_LAST;
    while (rc == 0 && (n = next_windows(cut, batch, &k)) > 0) {
        rc = ana_cancelled(ctx) ? ana_fail(ctx, ANA_ECANCEL, "interrupted")
                                : show_windows(ctx, cut, k, n, sink);
        k += n;
    }
    ana_tensor_finish(&cut->all.data);
    return rc;
}

/* What a model makes of the wanted stretch, whole, in chunks or in windows. */
int ana_stretch_run(struct ana_ctx *ctx, struct ana_opened_model *model,
                    const struct ana_stimulus *stimulus, const struct ana_extent *extent,
                    const uint8_t *wanted, struct ana_sink *sink, int64_t item)
{
    struct cut cut = {model, stimulus, extent, {0}, {0}, wanted, item};
    struct ana_extent piece = *extent;
    int rc = 0;

    sink->info = &model->info;
    sink->own = model->own;
    sink->wanted = wanted;
    sink->coverage = ana_alloc(ctx, model->info.n_layers, sizeof *sink->coverage);
    if (!sink->coverage)
        return ANA_ERESOURCE;
    ana_context_push(ctx, "model %s, stimulus %s", model->study->name, stimulus->id);
    if (model->window > 0 && model->info.input == ANA_INPUT_AUDIO &&
        stimulus->audio_rate <= 0)
        rc =
            ana_fail(ctx, ANA_EDATA, "the stimulus has no sound and the model wants one");
    else if (model->window > 0)
        rc = run_windows(ctx, &cut, sink);
    else
        do {
            rc = ana_cancelled(ctx)
                     ? ana_fail(ctx, ANA_ECANCEL, "interrupted")
                     : run_piece(ctx, model, stimulus, &piece, wanted, sink, item);
        } while (rc == 0 && ana_extent_next(&piece));
    if (rc == 0 && model->window <= 0)
        rc = ana_sink_covered(ctx, sink, 0, fmin(extent->high, stimulus->duration));
    ana_context_pop(ctx);
    ana_free(ctx, sink->coverage);
    sink->coverage = NULL;
    return rc;
}
