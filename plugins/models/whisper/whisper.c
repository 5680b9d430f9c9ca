/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The plugin: parameters, the list of layers, and a sound's way through logmel.c and
 * encoder.c in windows of 30 s (README.md).
 */
#include <stdio.h>
#include <string.h>

#include "network.h"

struct model {
    struct shape shape;
    struct weights weights;
    struct logmel *logmel;
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
     .fallback = "base",
     .choices = "tiny|base|small|medium|large|large-v3",
     .help = "what `checkpoint = random` builds"},
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
    logmel_destroy(ctx, model->logmel);
    ana_checkpoint_close(ctx, model->checkpoint);
    ana_free(ctx, model->layer);
    ana_free(ctx, model->name);
    ana_free(ctx, model);
}

/* Frame i is centred i hops after the window's first sample. */
static void set_layer(struct model *model, int64_t i, int64_t place, int64_t units,
                      double rate)
{
    const double last = (double)(LAYER_HIDDEN + model->shape.layers);

    model->layer[i] = (struct ana_layer){.size = sizeof *model->layer,
                                         .kind = ANA_LAYER_ACTIVATION,
                                         .timing = ANA_TIMING_RATE,
                                         .ndim = 1,
                                         .id = model->name[i],
                                         .branch = "",
                                         .depth = (double)place / last,
                                         .rate = rate,
                                         .shape = {units}};
}

static int describe_layers(struct ana_ctx *ctx, struct model *model)
{
    static const char *const first[] = {"mel", "conv1", "conv2"};
    const struct shape *shape = &model->shape;
    const int64_t L = shape->layers, n = LAYER_HIDDEN + 1 + 2 * L;
    const double rate = (double)RATE / HOP;

    model->layer = ana_alloc(ctx, n, sizeof *model->layer);
    model->name = ana_alloc(ctx, n, sizeof *model->name);
    if (!model->layer || !model->name)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < n; i++) {
        const int64_t hidden = i - LAYER_HIDDEN;

        if (i < LAYER_HIDDEN)
            snprintf(model->name[i], sizeof *model->name, "%s", first[i]);
        else if (hidden <= L)
            snprintf(model->name[i], sizeof *model->name, "%d", (int)hidden);
        else
            snprintf(model->name[i], sizeof *model->name, "attention%d",
                     (int)(hidden - L));
        set_layer(model, i, hidden > L ? i - L : i,
                  i == LAYER_MEL ? shape->bands : shape->width,
                  i < LAYER_CONV2 ? rate : rate / 2);
        if (hidden <= L)
            continue;
        model->layer[i].kind = ANA_LAYER_ATTENTION;
        model->layer[i].ndim = 2;
        model->layer[i].shape[0] = shape->heads;
        model->layer[i].shape[1] = 2 * model->reach + 1;
    }
    model->info.n_layers = n;
    model->info.layers = model->layer;
    return 0;
}

static int open_model(struct ana_ctx *ctx, const struct ana_params *params,
                      const struct ana_model_source *source, void **self)
{
    const char *builtin = shape_builtin(ana_param_text(params, "shape"));
    struct model *model = *self = ana_alloc(ctx, 1, sizeof *model);
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
        rc = logmel_create(ctx, model->shape.bands, &model->logmel);
    if (rc == 0)
        rc = describe_layers(ctx, model);
    if (rc != 0) {
        close_model(ctx, model);
        *self = NULL;
        return rc;
    }
    model->info.size = sizeof model->info;
    model->info.flags = ANA_MODEL_REENTRANT | ANA_MODEL_CONTROLS;
    model->info.input = ANA_INPUT_AUDIO;
    model->info.channels = 1;
    model->info.input_rate = RATE;
    model->info.hop = (double)(2 * HOP) / RATE;
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

/* Samples of a window, and windows of a sound. */
static int64_t window_samples(const struct shape *shape)
{
    return 2 * shape->positions * HOP;
}

static int64_t count_windows(const struct shape *shape, int64_t n)
{
    return (n + window_samples(shape) - 1) / window_samples(shape);
}

static int estimate(struct ana_ctx *ctx, void *self, const struct ana_batch *batch,
                    const uint8_t *wanted, struct ana_model_cost *cost)
{
    const struct model *model = self;
    const struct shape *shape = &model->shape;
    const double P = (double)shape->positions, D = (double)shape->width;
    const double F = (double)shape->inner, M = (double)shape->bands;
    const int64_t last = last_wanted(shape, wanted);
    const double layer = 2 * P * (4 * D * D + 2 * D * F) + 4 * P * P * D;
    double each = logmel_flops(model->logmel, 2 * shape->positions);
    double row = 2 * M + 4 * D + 2 * D + (F > 3 * D ? F : 3 * D);

    if (last >= 0 || wanted[LAYER_CONV1] || wanted[LAYER_CONV2])
        each += 2 * P * D * 3 * (2 * M + D);
    if (last > 0)
        each += (double)last * layer;
    for (int64_t i = 1; i <= shape->layers; i++) /* what of attention maps is kept */
        if (wanted[LAYER_HIDDEN + shape->layers + i]) {
            row += (double)(shape->heads * (2 * model->reach + 1));
            break;
        }
    /* rows of scores, a head's keys and values; weights that are turned for a product */
    cost->bytes =
        (int64_t)(4 * P * row) +
        ana_workers(ctx) * 4 *
            ((128 + 2 * (shape->width / shape->heads)) * shape->positions + 64 * 768);
    cost->flops = cost->slow = 0;
    for (int64_t i = 0; i < batch->n; i++) {
        const int64_t n = count_windows(shape, batch->item[i].data.shape[0]);

        cost->flops += each * (double)n;
        cost->slow += logmel_flops(model->logmel, 2 * shape->positions * n);
    }
    return 0;
}

struct target {
    struct ana_sink *sink;
    int64_t item, window; /* number of the window in its item */
};

static int emit(struct ana_ctx *ctx, void *to, int64_t layer, int64_t n, int64_t units,
                const float *x)
{
    const struct target *target = to;
    const int64_t shape[] = {n, units};
    struct ana_tensor view;

    ana_tensor_view(ANA_F32, 2, shape, (void *)(uintptr_t)x, &view);
    return ana_sink_emit(ctx, target->sink, target->item, layer, target->window * n,
                         &view);
}

static int run_window(struct ana_ctx *ctx, const struct model *model, int64_t n,
                      const float *sound, float *mel, const struct output *output)
{
    const int64_t frames = 2 * model->shape.positions;
    int rc = logmel_run(ctx, model->logmel, n, sound, frames, mel);

    if (rc == 0 && output->wanted[LAYER_MEL])
        rc = output->emit(ctx, output->to, LAYER_MEL, frames, model->shape.bands, mel);
    return rc == 0 ? encode(ctx, &model->shape, &model->weights, mel, output) : rc;
}

static int forward(struct ana_ctx *ctx, void *self, const struct ana_batch *batch,
                   const uint8_t *wanted, struct ana_sink *sink)
{
    const struct model *model = self;
    const int64_t room = window_samples(&model->shape);
    float *mel =
        ana_alloc(ctx, 2 * model->shape.positions * model->shape.bands, sizeof *mel);
    int rc = mel ? 0 : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < batch->n; i++) {
        const struct ana_tensor *sound = &batch->item[i].data;
        const int64_t n = sound->shape[0];

        if (n < 1)
            rc = ana_fail(ctx, ANA_EDATA, "the sound has no samples");
        for (int64_t w = 0; rc == 0 && w < count_windows(&model->shape, n); w++) {
            struct target target = {sink, i, w};
            const struct output output = {wanted, model->reach, emit, &target};
            const int64_t left = n - w * room;

            rc = run_window(ctx, model, left < room ? left : room,
                            (const float *)sound->data + w * room, mel, &output);
        }
    }
    ana_free(ctx, mel);
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
    .id = "whisper",
    .version = "1.0",
    .summary = "Whisper's encoder with its log-mel front end, in windows of 30 s",
    .licence = "BSD-3-Clause",
    .citation = "Radford et al. 2023, Proc. ICML 202",
    .params = PARAMS,
    .n_params = sizeof PARAMS / sizeof *PARAMS,
    .model = &MODEL,
};
