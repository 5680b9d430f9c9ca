/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The plugin's side of networks that hear a clip of 2 s.
 */
#include "plugins/models/lib/clip.h"

#include <math.h>

struct model {
    const struct clip_kind *kind;
    void *network, *front_end;
    struct ana_checkpoint *checkpoint;
    struct ana_layer *layer;
    struct ana_model_info info;
};

void clip_close(struct ana_ctx *ctx, void *self)
{
    struct model *model = self;

    if (!model)
        return;
    if (model->network)
        model->kind->close(ctx, model->network);
    model->kind->close_front_end(ctx, model->front_end);
    ana_checkpoint_close(ctx, model->checkpoint);
    ana_free(ctx, model->network);
    ana_free(ctx, model->layer);
    ana_free(ctx, model);
}

static int open_parts(struct ana_ctx *ctx, const struct ana_model_source *source,
                      struct model *model)
{
    const struct clip_kind *kind = model->kind;
    int rc;

    model->layer = ana_alloc(ctx, kind->n_layers, sizeof *model->layer);
    model->network = ana_alloc(ctx, 1, kind->network_size);
    if (!model->layer || !model->network)
        return ANA_ERESOURCE;
    rc = ana_checkpoint_open(ctx, source, kind->builtin, &model->checkpoint);
    if (rc == 0)
        rc = kind->open(ctx, model->checkpoint, model->network);
    if (rc == 0 && !(source->flags & ANA_SOURCE_DESCRIBE))
        rc = kind->open_front_end(ctx, &model->front_end);
    return rc;
}

int clip_open(struct ana_ctx *ctx, const struct clip_kind *kind,
              const struct ana_model_source *source, void **self)
{
    struct model *model = *self = ana_alloc(ctx, 1, sizeof *model);
    int rc;

    if (!model)
        return ANA_ERESOURCE;
    model->kind = kind;
    rc = open_parts(ctx, source, model);
    if (rc != 0) {
        clip_close(ctx, model);
        *self = NULL;
        return rc;
    }
    for (int i = 0; i < kind->n_layers; i++) {
        model->layer[i] = (struct ana_layer){.size = sizeof *model->layer,
                                             .kind = ANA_LAYER_ACTIVATION,
                                             .timing = ANA_TIMING_RATE};
        kind->describe(model->network, i, &model->layer[i]);
    }
    model->info =
        (struct ana_model_info){.size = sizeof model->info,
                                .flags = ANA_MODEL_REENTRANT | ANA_MODEL_CONTROLS,
                                .input = ANA_INPUT_AUDIO,
                                .channels = 1,
                                .input_rate = kind->rate,
                                .n_layers = kind->n_layers,
                                .layers = model->layer};
    return 0;
}

int clip_describe(struct ana_ctx *ctx, void *self, struct ana_model_info *info)
{
    const struct model *model = self;

    (void)ctx;
    *info = model->info;
    info->parameters = ana_checkpoint_parameters(model->checkpoint);
    return 0;
}

int clip_cost(struct ana_ctx *ctx, void *self, const struct ana_batch *batch,
              const uint8_t *wanted, struct ana_model_cost *cost)
{
    const struct model *model = self;
    const struct clip_kind *kind = model->kind;
    const int64_t front = 8 * (kind->spectrum * (4 + 6 * ana_workers(ctx)) + kind->work) +
                          4 * kind->samples;

    double clips = 0;

    for (int64_t i = 0; i < batch->n; i++) /* longer ones in clips side by side */
        clips += ceil(fmax((double)(batch->item[i].data.shape[0] - 1), 1) /
                      (double)kind->samples);
    cost->flops = cost->slow = 0;
    kind->cost(model->network, wanted, cost);
    cost->bytes = 4 * kind->pixels + (front > cost->bytes ? front : cost->bytes);
    cost->flops = (cost->flops + kind->transforms) * clips;
    cost->slow = kind->transforms * clips;
    return 0;
}

struct target {
    const struct model *model;
    struct ana_sink *sink;
    int64_t item;
};

static int emit(struct ana_ctx *ctx, void *to, int layer, const float *x)
{
    const struct target *target = to;
    const struct ana_layer *l = &target->model->layer[layer];
    const int64_t shape[] = {target->model->kind->rows(target->model->network, layer),
                             l->ndim > 1 ? l->shape[0] * l->shape[1] : l->shape[0]};
    struct ana_tensor view;

    ana_tensor_view(ANA_F32, 2, shape, (void *)(uintptr_t)x, &view);
    return ana_sink_emit(ctx, target->sink, target->item, layer, 0, &view);
}

/* One sample more than a clip is a rounding of its length. */
static int run_clip(struct ana_ctx *ctx, const struct target *target,
                    const struct ana_tensor *sound, const uint8_t *wanted, float *picture)
{
    const struct model *model = target->model;
    const struct clip_kind *kind = model->kind;
    const int64_t n = sound->shape[0];
    int rc;

    if (n > kind->samples + 1)
        return ana_fail(ctx, ANA_EPARAM,
                        "the network hears 2 s, the sound is %.3f s; add `window = 2 s, "
                        "stride 1 s` to the model",
                        (double)n / kind->rate);
    rc = kind->see(ctx, model->front_end, n < kind->samples ? n : kind->samples,
                   sound->data, picture);
    return rc ? rc
              : kind->run(ctx, model->network, picture, wanted, emit,
                          (void *)(uintptr_t)target);
}

int clip_forward(struct ana_ctx *ctx, void *self, const struct ana_batch *batch,
                 const uint8_t *wanted, struct ana_sink *sink)
{
    const struct model *model = self;
    float *picture = ana_alloc(ctx, model->kind->pixels, sizeof *picture);
    int rc = picture ? 0 : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < batch->n; i++) {
        const struct target target = {model, sink, i};

        rc = run_clip(ctx, &target, &batch->item[i].data, wanted, picture);
    }
    ana_free(ctx, picture);
    return rc;
}
