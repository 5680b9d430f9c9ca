/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The plugin: parameters, the list of layers, and a sound's way through extractor.c and
 * encoder.c (README.md).
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "network.h"

struct model {
    struct shape shape;
    struct weights weights;
    struct ana_checkpoint *checkpoint;
    int64_t reach;
    struct ana_layer *layer;
    char (*name)[24];
    struct ana_model_info info;
};

static const struct ana_param PARAMS[] = {
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_CHOICE,
     .name = "shape",
     .fallback = "wav2vec2-base",
     .choices =
         "wav2vec2-base|wav2vec2-large|hubert-base|hubert-large|wavlm-base|wavlm-large",
     .help = "what `checkpoint = random` builds"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_CHOICE,
     .name = "normalise",
     .fallback = "auto",
     .choices = "auto|yes|no",
     .help = "sound to mean 0 and variance 1; auto: as preprocessor_config.json says"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_INT,
     .name = "attention_reach",
     .fallback = "50",
     .min = 0,
     .max = 100000,
     .help = "frames to either side that the layers attention* keep of each map"},
};

static void close_model(struct ana_ctx *ctx, void *self)
{
    struct model *model = self;

    if (!model)
        return;
    weights_finish(ctx, &model->weights);
    ana_checkpoint_close(ctx, model->checkpoint);
    ana_free(ctx, model->layer);
    ana_free(ctx, model->name);
    ana_free(ctx, model);
}

static void set_layer(struct model *model, int64_t i, int32_t kind, int64_t convs,
                      int64_t units, double depth)
{
    struct ana_layer *layer = &model->layer[i];
    int64_t hop, field;

    shape_field(&model->shape, convs, &hop, &field);
    *layer = (struct ana_layer){.size = sizeof *layer,
                                .kind = kind,
                                .timing = ANA_TIMING_RATE,
                                .ndim = 1,
                                .id = model->name[i],
                                .branch = "",
                                .depth = depth,
                                .rate = model->shape.rate / (double)hop,
                                .start = (double)field / 2 / model->shape.rate,
                                .shape = {units}};
}

static int describe_layers(struct ana_ctx *ctx, struct model *model)
{
    const struct shape *shape = &model->shape;
    const int64_t C = shape->n_convs, L = shape->layers, n = C + 2 + 2 * L;
    const double last = (double)(C + 1 + L);

    model->layer = ana_alloc(ctx, n, sizeof *model->layer);
    model->name = ana_alloc(ctx, n, sizeof *model->name);
    if (!model->layer || !model->name)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < C; i++) {
        snprintf(model->name[i], sizeof *model->name, "conv%d", (int)i + 1);
        set_layer(model, i, ANA_LAYER_ACTIVATION, i + 1, shape->channels[i],
                  (double)i / last);
    }
    snprintf(model->name[C], sizeof *model->name, "projection");
    set_layer(model, C, ANA_LAYER_ACTIVATION, C, shape->width, (double)C / last);
    for (int64_t i = 0; i <= L; i++) {
        const int64_t hidden = layer_hidden(shape, i), map = layer_attention(shape, i);

        snprintf(model->name[hidden], sizeof *model->name, "%d", (int)i);
        set_layer(model, hidden, ANA_LAYER_ACTIVATION, C, shape->width,
                  (double)hidden / last);
        if (i == 0)
            continue;
        snprintf(model->name[map], sizeof *model->name, "attention%d", (int)i);
        set_layer(model, map, ANA_LAYER_ATTENTION, C, shape->heads,
                  (double)hidden / last);
        model->layer[map].ndim = 2;
        model->layer[map].shape[1] = 2 * model->reach + 1;
    }
    model->info.n_layers = n;
    model->info.layers = model->layer;
    return 0;
}

static int open_model(struct ana_ctx *ctx, const struct ana_params *params,
                      const struct ana_model_source *source, void **self)
{
    const char *normalise = ana_param_text(params, "normalise");
    const char *builtin = shape_builtin(ana_param_text(params, "shape"));
    struct model *model = *self = ana_alloc(ctx, 1, sizeof *model);
    int64_t hop, field;
    int rc;

    if (!model)
        return ANA_ERESOURCE;
    model->reach = ana_param_int(params, "attention_reach");
    rc = ana_checkpoint_open(ctx, source, builtin, &model->checkpoint);
    if (rc == 0)
        rc = shape_read(ctx, model->checkpoint, &model->shape);
    if (rc == 0)
        rc = weights_load(ctx, model->checkpoint, &model->shape, &model->weights);
    if (rc == 0)
        rc = describe_layers(ctx, model);
    if (rc != 0) {
        close_model(ctx, model);
        *self = NULL;
        return rc;
    }
    if (strcmp(normalise, "auto") != 0)
        model->shape.normalise = strcmp(normalise, "yes") == 0;
    shape_field(&model->shape, model->shape.n_convs, &hop, &field);
    model->info.size = sizeof model->info;
    model->info.flags = ANA_MODEL_REENTRANT | ANA_MODEL_CONTROLS | ANA_MODEL_TOGETHER;
    model->info.input = ANA_INPUT_AUDIO;
    model->info.channels = 1;
    model->info.input_rate = model->shape.rate;
    model->info.hop = (double)hop / model->shape.rate;
    return 0;
}

static int describe(struct ana_ctx *ctx, void *self, struct ana_model_info *info)
{
    const struct model *model = self;

    (void)ctx;
    *info = model->info;
    info->parameters = ana_checkpoint_parameters(model->checkpoint);
    return 0;
}

/* Items that go through the encoder together: from `first` on, as many as stay within
 * ROWS frames; the return value is their end. */
enum { ROWS = 1000 };

static int64_t group_end(const struct shape *shape, const struct ana_batch *batch,
                         int64_t first)
{
    int64_t end = first, frames = 0;

    do
        frames += shape_frames(shape, shape->n_convs, batch->item[end++].data.shape[0]);
    while (end < batch->n &&
           frames + shape_frames(shape, shape->n_convs, batch->item[end].data.shape[0]) <=
               ROWS);
    return end;
}

/* Bytes of one item's frames and sound. */
static double add_item_cost(const struct model *model, int64_t n, const uint8_t *wanted,
                            struct ana_model_cost *cost)
{
    const struct shape *shape = &model->shape;
    const int64_t T = shape_frames(shape, shape->n_convs, n);
    const struct ana_nn_conv1d_layer position =
        shape_position(shape, model->weights.position);
    const double D = (double)shape->width, F = (double)shape->inner, t = (double)T;
    const double C = (double)shape->channels[shape->n_convs - 1];
    const int64_t last = last_wanted(shape, wanted);

    for (int64_t l = 0; l < shape->n_convs; l++) {
        const struct ana_nn_conv1d_layer conv =
            shape_conv(shape, l, &model->weights.conv[l]);

        cost->flops += ana_nn_conv1d_flops(&conv, shape_frames(shape, l, n));
    }
    if (shape->group_norm) /* moments of the first layer's windows */
        cost->flops += 2 * (double)(shape_frames(shape, 1, n) * shape->taps[0]) *
                       (double)shape->taps[0];
    if (last >= 0 || wanted[layer_projection(shape)])
        cost->flops += 2 * t * D * C;
    if (last >= 0)
        cost->flops += ana_nn_conv1d_flops(&position, T) +
                       (double)last * (2 * t * (4 * D * D + 2 * D * F) + 4 * t * t * D);
    return 4 * ((double)n + t * (2 * D + (F > 3 * D ? F : 3 * D) + C));
}

/* Numbers a frame of the attention maps that are kept. */
static double map_numbers(const struct model *model, const uint8_t *wanted)
{
    const struct shape *shape = &model->shape;

    for (int64_t i = 1; i <= shape->layers; i++)
        if (wanted[layer_attention(shape, i)])
            return (double)(shape->heads * (2 * model->reach + 1));
    return 0;
}

static int estimate(struct ana_ctx *ctx, void *self, const struct ana_batch *batch,
                    const uint8_t *wanted, struct ana_model_cost *cost)
{
    const struct model *model = self;
    const struct shape *shape = &model->shape;
    const double workers = (double)ana_workers(ctx), map = map_numbers(model, wanted);
    double most = 0;

    cost->flops = 0;
    for (int64_t i = 0, end; i < batch->n; i = end) {
        double bytes = 4 * workers *
                       ((4200 * 1.5 + 1920) * (double)shape->channels[0] + /* tiles */
                        64 * 768); /* weights that are turned for a product */

        end = group_end(shape, batch, i);
        for (int64_t k = i; k < end; k++) {
            const int64_t n = batch->item[k].data.shape[0];
            const double t = (double)shape_frames(shape, shape->n_convs, n);

            bytes += add_item_cost(model, n, wanted, cost) + 4 * t * map;
            if (k == i) /* rows of scores, a head's keys and values */
                bytes +=
                    4 * t * workers * (128 + 2 * (double)(shape->width / shape->heads));
        }
        most = bytes > most ? bytes : most;
    }
    cost->bytes = (int64_t)most;
    return 0;
}

static int emit(struct ana_ctx *ctx, void *to, int64_t item, int64_t layer, int64_t first,
                int64_t n, int64_t units, const float *x)
{
    const int64_t shape[] = {n, units};
    struct ana_tensor view;

    ana_tensor_view(ANA_F32, 2, shape, (void *)(uintptr_t)x, &view);
    return ana_sink_emit(ctx, to, item, layer, first, &view);
}

/* (x - mean) / sqrt(variance + 1e-7) over the item, as the published feature extractor. */
static void normalise_sound(int64_t n, const float *x, float *y)
{
    double mean = 0, var = 0;

    for (int64_t i = 0; i < n; i++)
        mean += (double)x[i];
    mean /= (double)n;
    for (int64_t i = 0; i < n; i++)
        var += ((double)x[i] - mean) * ((double)x[i] - mean);
    var = 1 / sqrt(var / (double)n + 1e-7);
    for (int64_t i = 0; i < n; i++)
        y[i] = (float)(((double)x[i] - mean) * var);
}

static int extract_item(struct ana_ctx *ctx, const struct model *model, int64_t item,
                        const struct ana_tensor *sound, const struct output *output,
                        float *features)
{
    const int64_t n = sound->shape[0];
    float *normal = NULL;
    int rc;

    if (model->shape.normalise) {
        normal = ana_alloc(ctx, n, sizeof *normal);
        if (!normal)
            return ANA_ERESOURCE;
        normalise_sound(n, sound->data, normal);
    }
    rc = extract(ctx, &model->shape, &model->weights, item, n,
                 normal ? normal : sound->data, output, features);
    ana_free(ctx, normal);
    return rc;
}

/* Where each item's frames begin, of items [from, end). */
static int place_frames(struct ana_ctx *ctx, const struct shape *shape,
                        const struct ana_batch *batch, int64_t from, int64_t end,
                        int64_t *first)
{
    int64_t hop, field;

    shape_field(shape, shape->n_convs, &hop, &field);
    for (int64_t i = from; i < end; i++) {
        const int64_t n = batch->item[i].data.shape[0];
        const int64_t T = shape_frames(shape, shape->n_convs, n);

        if (T < 1)
            return ana_fail(ctx, ANA_EDATA,
                            "the sound has %lld samples at %g Hz; the network needs %lld "
                            "for its first frame",
                            (long long)n, shape->rate, (long long)field);
        first[i - from + 1] = first[i - from] + T;
    }
    return 0;
}

static int run_group(struct ana_ctx *ctx, const struct model *model,
                     const struct ana_batch *batch, int64_t from, int64_t end,
                     const struct output *output)
{
    const struct shape *shape = &model->shape;
    const int64_t n = end - from, C = shape->channels[shape->n_convs - 1];
    int64_t *first = ana_alloc(ctx, n + 1, sizeof *first);
    float *features = NULL;
    int rc = first ? place_frames(ctx, shape, batch, from, end, first) : ANA_ERESOURCE;

    if (rc == 0 && !(features = ana_alloc(ctx, first[n] * C, sizeof *features)))
        rc = ANA_ERESOURCE;
    for (int64_t i = 0; rc == 0 && i < n; i++)
        rc = extract_item(ctx, model, from + i, &batch->item[from + i].data, output,
                          features + first[i] * C);
    if (rc == 0)
        rc = encode(ctx, shape, &model->weights, from, n, first, features, output);
    ana_free(ctx, features);
    ana_free(ctx, first);
    return rc;
}

static int forward(struct ana_ctx *ctx, void *self, const struct ana_batch *batch,
                   const uint8_t *wanted, struct ana_sink *sink)
{
    const struct model *model = self;
    const struct output output = {wanted, model->reach, emit, sink};
    int rc = 0;

    for (int64_t i = 0, end; rc == 0 && i < batch->n; i = end) {
        end = group_end(&model->shape, batch, i);
        rc = run_group(ctx, model, batch, i, end, &output);
    }
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
    .id = "wav2vec2",
    .version = "1.0",
    .summary = "wav2vec 2.0, HuBERT and WavLM: every layer of speech transformers",
    .licence = "BSD-3-Clause",
    .citation =
        "Baevski et al. 2020, NeurIPS 33; Hsu et al. 2021, IEEE/ACM TASLP 29; Chen "
        "et al. 2022, IEEE JSTSP 16",
    .params = PARAMS,
    .n_params = sizeof PARAMS / sizeof *PARAMS,
    .model = &MODEL,
};
