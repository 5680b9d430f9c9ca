/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The plugin: a clip of 2 s through cochleagram.c and network.c, every stage a layer
 * (README.md).
 */
#include <string.h>

#include "network.h"

struct model {
    struct network network;
    struct front_end *front_end;
    struct ana_checkpoint *checkpoint;
    struct ana_layer layer[N_LAYERS];
    struct ana_model_info info;
};

static void close_model(struct ana_ctx *ctx, void *self)
{
    struct model *model = self;

    if (!model)
        return;
    network_close(ctx, &model->network);
    front_end_destroy(ctx, model->front_end);
    ana_checkpoint_close(ctx, model->checkpoint);
    ana_free(ctx, model);
}

/* Depth along the network: branches share the numbers of their stages. */
static void describe_layer(struct model *model, int i)
{
    const struct stage *stage = &model->network.stage[i];
    const struct place *place = &model->network.place[i];
    const double pixels = EDGE / 2.0; /* a second */

    model->layer[i] = (struct ana_layer){
        .size = sizeof model->layer[i],
        .kind = i == 12 || i == 17 ? ANA_LAYER_OUTPUT : ANA_LAYER_ACTIVATION,
        .timing = ANA_TIMING_RATE,
        .ndim = place->columns > 1 ? 2 : 1,
        .id = stage->name,
        .branch = stage->branch,
        .depth = (i < 13 ? i : i - 5) / 12.0,
        .rate = pixels / place->hop,
        .start = place->centre / pixels,
        .shape = {place->columns > 1 ? place->columns : place->channels,
                  place->channels}};
}

static int open_model(struct ana_ctx *ctx, const struct ana_params *params,
                      const struct ana_model_source *source, void **self)
{
    struct model *model = *self = ana_alloc(ctx, 1, sizeof *model);
    int rc;

    (void)params;
    if (!model)
        return ANA_ERESOURCE;
    rc = ana_checkpoint_open(ctx, source, "{\"model_type\":\"kell2018\"}",
                             &model->checkpoint);
    if (rc == 0)
        rc = network_open(ctx, model->checkpoint, &model->network);
    if (rc == 0 && !(source->flags & ANA_SOURCE_DESCRIBE))
        rc = front_end_create(ctx, &model->front_end);
    if (rc != 0) {
        close_model(ctx, model);
        *self = NULL;
        return rc;
    }
    for (int i = 0; i < N_LAYERS; i++)
        describe_layer(model, i);
    model->info =
        (struct ana_model_info){.size = sizeof model->info,
                                .flags = ANA_MODEL_REENTRANT | ANA_MODEL_CONTROLS,
                                .input = ANA_INPUT_AUDIO,
                                .channels = 1,
                                .input_rate = RATE,
                                .n_layers = N_LAYERS,
                                .layers = model->layer};
    return 0;
}

static int describe(struct ana_ctx *ctx, void *self, struct ana_model_info *info)
{
    (void)ctx;
    *info = ((struct model *)self)->info;
    return 0;
}

static int estimate(struct ana_ctx *ctx, void *self, const struct ana_batch *batch,
                    const uint8_t *wanted, struct ana_model_cost *cost)
{
    const struct network *network = &((struct model *)self)->network;
    double flops = 5.0 * 212 * 64000 * 16; /* transforms of the front end */
    int64_t numbers = 0;

    (void)wanted;
    for (int i = 1; i < N_LAYERS; i++) {
        const struct stage *stage = &network->stage[i];
        const struct place *place = &network->place[i],
                           *from = &network->place[stage->from];
        const int64_t pixels = place->rows * place->columns;

        numbers += pixels * place->channels;
        if (stage->kind == CONVOLUTION)
            flops += 2 * (double)(pixels * place->channels) *
                     (double)(stage->edge * stage->edge * from->channels);
        else if (stage->kind == DENSE || stage->kind == LOGITS)
            flops += 2 * (double)(from->rows * from->columns * from->channels) *
                     (double)place->channels;
    }
    cost->bytes = 4 * numbers + 8 * 4 * (int64_t)64000 * (1 + ana_workers(ctx));
    cost->flops = flops * (double)batch->n;
    return 0;
}

struct target {
    const struct model *model;
    struct ana_sink *sink;
    int64_t item;
};

static int emit(struct ana_ctx *ctx, void *to, int stage, const float *x)
{
    const struct target *target = to;
    const struct place *place = &target->model->network.place[stage];
    const int64_t shape[] = {place->rows, place->columns * place->channels};
    struct ana_tensor view;

    ana_tensor_view(ANA_F32, 2, shape, (void *)(uintptr_t)x, &view);
    return ana_sink_emit(ctx, target->sink, target->item, stage, 0, &view);
}

static int forward(struct ana_ctx *ctx, void *self, const struct ana_batch *batch,
                   const uint8_t *wanted, struct ana_sink *sink)
{
    const struct model *model = self;
    float *image = ana_alloc(ctx, EDGE * EDGE, sizeof *image);
    int rc = image ? 0 : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < batch->n; i++) {
        const struct ana_tensor *sound = &batch->item[i].data;
        struct target target = {model, sink, i};

        if (sound->shape[0] > SAMPLES + 1)
            rc =
                ana_fail(ctx, ANA_EPARAM,
                         "the network hears 2 s, the sound is %.3f s; add `window = 2 s, "
                         "stride 1 s` to the model",
                         (double)sound->shape[0] / RATE);
        else
            rc = front_end_run(ctx, model->front_end,
                               sound->shape[0] < SAMPLES ? sound->shape[0] : SAMPLES,
                               sound->data, image);
        if (rc == 0)
            rc = network_run(ctx, &model->network, image, wanted, emit, &target);
    }
    ana_free(ctx, image);
    return rc;
}

static const struct ana_model_vt MODEL = {
    .size = sizeof MODEL,
    .flags = ANA_MODEL_CHECKPOINT,
    .open = open_model,
    .describe = describe,
    .cost = estimate,
    .forward = forward,
    .close = close_model,
};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_MODEL),
    .id = "kell2018",
    .version = "1.0",
    .summary = "the branched auditory network of Kell et al. 2018: words and genres",
    .licence = "BSD-3-Clause",
    .citation = "Kell, Yamins, Shook, Norman-Haignere & McDermott 2018, Neuron 98: 630",
    .model = &MODEL,
};
