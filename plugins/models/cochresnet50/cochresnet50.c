/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The plugin: a clip of 2 s through cochleagram.c and resnet.c (README.md).
 */
#include "network.h"

static const char *const NAMES[N_LAYERS] = {"cochleagram", "conv1",   "maxpool",
                                            "layer1",      "layer2",  "layer3",
                                            "layer4",      "avgpool", "final"};

/* Frame i of the cochleagram is centred at sample 100 i + 500; every window that steps is
 * centred on an even pixel. */
static void describe_layer(const void *network, int i, struct ana_layer *layer)
{
    static const double every[N_LAYERS] = {1, 2, 4, 4, 8, 16, 32, 400, 400};
    const struct place *place = &((const struct network *)network)->place[i];
    const int flat = i >= AVGPOOL;

    if (i == FINAL)
        layer->kind = ANA_LAYER_OUTPUT;
    layer->ndim = flat ? 1 : 2;
    layer->id = NAMES[i];
    layer->branch = "";
    layer->depth = (double)i / (N_LAYERS - 1);
    layer->rate = 200 / every[i];
    layer->start = flat ? 1 : 500.5 / RATE;
    layer->shape[0] = flat ? place->channels : place->columns;
    layer->shape[1] = flat ? 0 : place->channels;
}

static int64_t count_rows(const void *network, int i)
{
    return ((const struct network *)network)->place[i].rows;
}

static void estimate(const void *arg, const uint8_t *wanted, struct ana_model_cost *cost)
{
    const struct network *network = arg;
    const struct place *p = network->place;
    int64_t most = 0;

    for (int i = CONV1; i <= LAYER4; i++)
        if (p[i].rows * p[i].columns * p[i].channels > most)
            most = p[i].rows * p[i].columns * p[i].channels;
    cost->bytes = 4 * 4 * most;
    cost->flops = network_flops(network, wanted);
}

static const struct clip_kind KIND = {
    .builtin = "{\"model_type\":\"cochresnet50\",\"widths\":[64,128,256,512],"
               "\"blocks\":[3,4,6,3]}",
    .rate = RATE,
    .samples = SAMPLES,
    .pixels = FRAMES * CHANNELS,
    .spectrum = SAMPLES,
    .transforms = 5.0 * (CHANNELS + 1) * SAMPLES * 15.3,
    .work = FRAMES * CHANNELS,
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
    .id = "cochresnet50",
    .version = "1.0",
    .summary = "CochResNet50 of Tuckute et al. 2023: a ResNet-50 on a cochleagram",
    .licence = "BSD-3-Clause",
    .citation = "Tuckute, Feather, Boebinger & McDermott 2023, PLoS Biol 21: e3002366",
    .model = &MODEL,
};
