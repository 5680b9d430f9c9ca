/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Showing stimuli to models. A model that takes another's frames is shown what that
 * one makes of the same stretch of sound. Stretches before onset and after the end
 * that a recording reaches are digital silence, which the model hears like any sound;
 * long sounds go in chunks with the context that the model says it needs.
 */
#include "pipeline/activations.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "base/text.h"
#include "pipeline/extent.h"
#include "pipeline/sink.h"

static int open_input(struct ana_ctx *ctx, const struct ana_study *study,
                      struct ana_opened_model *models, struct ana_opened_model *model)
{
    struct ana_opened_model *input = &models[model->study->input];
    uint8_t *selected;
    int64_t found = 0;
    int rc;

    (void)study;
    model->input = input;
    model->input_layer = input->info.n_layers - 1;
    if (!model->study->input_layer)
        return 0;
    selected = ana_alloc(ctx, input->info.n_layers, 1);
    if (!selected)
        return ANA_ERESOURCE;
    rc = ana_layers_select(ctx, &input->info, model->study->input_layer, selected);
    for (int64_t i = 0; i < input->info.n_layers; i++)
        if (selected[i]) {
            model->input_layer = i;
            found++;
        }
    ana_free(ctx, selected);
    if (rc == 0 && found != 1)
        rc = ana_fail(ctx, ANA_EPARAM, "`input` must name one layer, '%s' names %lld",
                      model->study->input_layer, (long long)found);
    return rc;
}

static int check_info(struct ana_ctx *ctx, const struct ana_opened_model *model)
{
    const struct ana_model_info *info = &model->info;

    if (info->n_layers < 1 || !info->layers)
        return ana_fail(ctx, ANA_EPLUGIN, "the model describes no layers");
    for (int64_t i = 0; i < info->n_layers; i++) {
        const struct ana_layer *layer = &info->layers[i];

        if (!layer->id || layer->ndim < 1 || layer->ndim > 4 ||
            (layer->timing == ANA_TIMING_RATE && !(layer->rate > 0)))
            return ana_fail(ctx, ANA_EPLUGIN, "layer number %lld is described wrongly",
                            (long long)i);
        for (int32_t d = 0; d < layer->ndim; d++)
            if (layer->shape[d] < 1 || layer->shape[d] > INT32_MAX)
                return ana_fail(ctx, ANA_EPLUGIN, "layer %s has %lld units on axis %d",
                                layer->id, (long long)layer->shape[d], d);
    }
    if (info->input == ANA_INPUT_FRAMES && !model->input)
        return ana_fail(ctx, ANA_EPARAM,
                        "the model takes another model's frames: add `input = MODEL`");
    if (info->input != ANA_INPUT_FRAMES && model->input)
        return ana_fail(ctx, ANA_EPARAM, "the model takes no frames: remove `input`");
    return 0;
}

int ana_model_open(struct ana_ctx *ctx, const struct ana_study *study,
                   struct ana_opened_model *models, int64_t i, uint32_t flags)
{
    struct ana_opened_model *model = &models[i];
    struct ana_model_source source = {.size = sizeof source, .flags = flags};
    int rc = 0;

    if (model->vt)
        return 0;
    model->study = &study->models[i];
    if (model->study->input >= 0) {
        rc = ana_model_open(ctx, study, models, model->study->input, flags);
        if (rc != 0)
            return rc;
    }
    ana_context_push(ctx, "%s: model %s", model->study->place.where, model->study->name);
    if (model->study->input >= 0)
        rc = open_input(ctx, study, models, model);
    source.checkpoint = model->study->checkpoint;
    source.input = model->input ? &model->input->info.layers[model->input_layer] : NULL;
    if (rc == 0)
        rc = model->study->plugin->model->open(ctx, model->study->params, &source,
                                               &model->self);
    if (rc == 0) {
        model->vt = model->study->plugin->model;
        rc =
            ana_model_describe(ctx, model->vt, model->self, &model->info, &model->layers);
    }
    if (rc == 0)
        rc = check_info(ctx, model);
    ana_context_pop(ctx);
    return rc;
}

void ana_models_close(struct ana_ctx *ctx, int64_t n, struct ana_opened_model *models)
{
    for (int64_t i = 0; models && i < n; i++) {
        if (models[i].vt)
            models[i].vt->close(ctx, models[i].self);
        ana_free(ctx, models[i].layers);
    }
}

static int run_piece(struct ana_ctx *ctx, struct ana_opened_model *model,
                     const struct ana_stimulus *stimulus, const struct ana_extent *extent,
                     const uint8_t *wanted, struct ana_sink *sink);

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
    const struct ana_extent extent = {whole->low, whole->high, a, b, 0};
    uint8_t *wanted = ana_alloc(ctx, feeder->info.n_layers, 1);
    int rc;

    if (!wanted)
        return ANA_ERESOURCE;
    wanted[model->input_layer] = 1;
    for (int32_t d = 0; d < layer->ndim; d++)
        frames.units *= layer->shape[d];
    rc = run_piece(ctx, feeder, input->stimulus, &extent, wanted, &sink);
    if (rc == 0)
        rc = ana_tensor_create(ctx, ANA_F32, 2, (const int64_t[]){frames.n, frames.units},
                               &input->data);
    if (rc == 0 && frames.n > 0)
        memcpy(input->data.data, frames.x,
               (size_t)(frames.n * frames.units) * sizeof *frames.x);
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
static int forward(struct ana_ctx *ctx, struct ana_opened_model *model,
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

/* One forward call on the piece of time that the wanted samples depend on. */
static int run_piece(struct ana_ctx *ctx, struct ana_opened_model *model,
                     const struct ana_stimulus *stimulus, const struct ana_extent *extent,
                     const uint8_t *wanted, struct ana_sink *sink)
{
    struct ana_input input = {.size = sizeof input, .stimulus = stimulus};
    const struct ana_batch batch = {.size = sizeof batch, .n = 1, .item = &input};
    const struct ana_model_info *info = &model->info;
    double a, b;
    int rc;

    if (ana_cancelled(ctx))
        return ana_fail(ctx, ANA_ECANCEL, "interrupted");
    ana_extent_input(info, extent, &a, &b);
    ana_context_push(ctx, "model %s, stimulus %s", model->study->name, stimulus->id);
    rc = make_input(ctx, model, extent, a, b, &input);
    sink->info = info;
    sink->wanted = wanted;
    sink->id = stimulus->id;
    sink->start = input.start;
    sink->duration = stimulus->duration;
    if (rc == 0)
        rc = forward(ctx, model, &batch, wanted, sink);
    ana_tensor_finish(&input.data);
    ana_context_pop(ctx);
    return rc;
}

struct job {
    struct ana_opened_model *model;
    const struct ana_stimuli *stimuli;
    const int64_t *items;
    int64_t n_items, n_traces;
    struct ana_trace *const *traces;
    const uint8_t *wanted;
};

static int run_item(struct ana_ctx *ctx, void *arg, int64_t i)
{
    const struct job *job = arg;
    const struct ana_stimulus *stimulus = &job->stimuli->item[job->items[i]];
    struct ana_sink sink = {.item = i, .n_traces = job->n_traces, .traces = job->traces};
    struct ana_extent extent =
        ana_extent_whole(job->n_traces, job->traces, i, stimulus->duration);
    int rc = 0, more = 1;

    for (ana_extent_first(&job->model->info, &extent); rc == 0 && more;
         more = ana_extent_next(&extent)) {
        sink.from = extent.from > extent.low ? extent.from : -(double)INFINITY;
        sink.to = extent.to < extent.high ? extent.to : (double)INFINITY;
        rc = run_piece(ctx, job->model, stimulus, &extent, job->wanted, &sink);
    }
    return rc;
}

static int run_pass(struct ana_ctx *ctx, struct job *job)
{
    uint8_t *wanted = ana_alloc(ctx, job->model->info.n_layers, 1);
    int rc = 0, any = 0;

    if (!wanted)
        return ANA_ERESOURCE;
    for (int64_t t = 0; t < job->n_traces; t++)
        if (job->traces[t]) {
            wanted[job->traces[t]->layer] = 1;
            any = 1;
        }
    job->wanted = wanted;
    if (any && (job->model->info.flags & ANA_MODEL_REENTRANT))
        rc = ana_parallel_for(ctx, job->n_items, run_item, job);
    else
        for (int64_t i = 0; any && rc == 0 && i < job->n_items; i++)
            rc = run_item(ctx, job, i);
    ana_free(ctx, wanted);
    return rc;
}

/* Pooled traces are made from the stimulus as it is, those on a clock from the one
 * with silence around it, so that a pooled score never depends on what else is asked. */
int ana_model_run(struct ana_ctx *ctx, struct ana_opened_model *model,
                  const struct ana_stimuli *stimuli, int64_t n_items,
                  const int64_t *items, int64_t n_traces, struct ana_trace *const *traces)
{
    struct ana_trace **some = ana_alloc(ctx, n_traces, sizeof *some);
    struct job job = {model, stimuli, items, n_items, n_traces, some, NULL};
    int rc = some ? 0 : ANA_ERESOURCE;

    for (int pooled = 1; rc == 0 && pooled >= 0; pooled--) {
        for (int64_t t = 0; t < n_traces; t++)
            some[t] = (traces[t]->stretch == NULL) == pooled ? traces[t] : NULL;
        rc = run_pass(ctx, &job);
    }
    ana_free(ctx, some);
    return rc;
}
