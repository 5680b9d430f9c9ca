/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The plugin: a clip of 2 s through cochleagram.c and network.c, every stage a layer
 * (README.md).
 */
#include "network.h"

/* Depth along the network: branches share the numbers of their stages. */
static void describe_layer(const void *arg, int i, struct ana_layer *layer)
{
    const struct network *network = arg;
    const struct place *place = &network->place[i];
    const double pixels = EDGE / 2.0; /* a second */

    if (i == 12 || i == 17)
        layer->kind = ANA_LAYER_OUTPUT;
    layer->ndim = place->columns > 1 ? 2 : 1;
    layer->id = network->stage[i].name;
    layer->branch = network->stage[i].branch;
    layer->depth = (i < 13 ? i : i - 5) / 12.0;
    layer->rate = pixels / place->hop;
    layer->start = place->centre / pixels;
    layer->shape[0] = place->columns > 1 ? place->columns : place->channels;
    layer->shape[1] = place->columns > 1 ? place->channels : 0;
}

static int64_t count_rows(const void *network, int i)
{
    return ((const struct network *)network)->place[i].rows;
}

static void estimate(const void *arg, const uint8_t *wanted, struct ana_model_cost *cost)
{
    const struct network *network = arg;
    uint8_t needed[N_LAYERS];

    mark_needed(network, wanted, needed);
    cost->bytes = 0;
    for (int i = 1; i < N_LAYERS; i++) {
        const struct stage *stage = &network->stage[i];
        const struct place *place = &network->place[i],
                           *from = &network->place[stage->from];
        const int64_t pixels = place->rows * place->columns;

        if (!needed[i])
            continue;
        cost->bytes += 4 * pixels * place->channels;
        if (stage->kind == CONVOLUTION)
            cost->flops += 2 * (double)(pixels * place->channels) *
                           (double)(stage->edge * stage->edge * from->channels);
        else if (stage->kind == DENSE || stage->kind == LOGITS)
            cost->flops += 2 * (double)(from->rows * from->columns * from->channels) *
                           (double)place->channels;
    }
}

static const struct clip_kind KIND = {
    .builtin = "{\"model_type\":\"kell2018\"}",
    .rate = RATE,
    .samples = SAMPLES,
    .pixels = EDGE * EDGE,
    .spectrum = 2 * SAMPLES,
    .transforms = 5.0 * 212 * 64000 * 16,
    .work = (400 + EDGE) * 211 + EDGE * EDGE, /* frames, then resized twice */
    .n_layers = N_LAYERS,
    .network_size = sizeof(struct network),
    .open = network_open,
    .close = network_close,
    .open_front_end = front_end_create,
    .close_front_end = front_end_destroy,
    .describe = describe_layer,
    .rows = count_rows,
    .cost = estimate,
    .see = front_end_run,
    .run = network_run,
};

static int open_model(struct ana_ctx *ctx, const struct ana_params *params,
                      const struct ana_model_source *source, void **self)
{
    (void)params;
    return clip_open(ctx, &KIND, source, self);
}

static const struct ana_model_vt MODEL = {
    .size = sizeof MODEL,
    .flags = ANA_MODEL_CHECKPOINT,
    .open = open_model,
    .describe = clip_describe,
    .cost = clip_cost,
    .forward = clip_forward,
    .close = clip_close,
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
