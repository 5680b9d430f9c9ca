/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A model under test: what it is shown. The sound is a chord under a slow envelope with
 * noise, also as a file for models that prepare their input themselves.
 */
#include "check/model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/context.h"
#include "plugin/describe.h"

enum { CHANNELS = 64, FRAME_RATE = 100, FILE_RATE = 16000, SIDE = 32, TOKENS = 8 };

static double sound_at(double t, int64_t i)
{
    const double envelope = 0.55 + 0.45 * sin(2 * M_PI * 3 * t);

    return envelope * (0.2 * sin(2 * M_PI * 220 * t) + 0.15 * sin(2 * M_PI * 1330 * t) +
                       0.1 * sin(2 * M_PI * 3700 * t)) +
           0.05 * ana_noise(i);
}

static void put(FILE *file, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        putc((int)(value >> (8 * i)) & 255, file);
}

/* A mono WAV file of 16 bits. */
static int write_sound(struct ana_ctx *ctx, const char *path, double seconds)
{
    const uint32_t n = (uint32_t)(seconds * FILE_RATE);
    FILE *file = fopen(path, "wbe");

    if (!file)
        return ana_fail(ctx, ANA_ERESOURCE, "%s cannot be written", path);
    fputs("RIFF", file);
    put(file, 36 + 2 * n, 4);
    fputs("WAVEfmt ", file);
    put(file, 16, 4);
    put(file, 1, 2);
    put(file, 1, 2);
    put(file, FILE_RATE, 4);
    put(file, 2 * FILE_RATE, 4);
    put(file, 2, 2);
    put(file, 16, 2);
    fputs("data", file);
    put(file, 2 * n, 4);
    for (uint32_t i = 0; i < n; i++)
        put(file, (uint32_t)lrint(20000 * sound_at((double)i / FILE_RATE, i)) & 0xffff,
            2);
    return fclose(file) == 0 ? 0
                             : ana_fail(ctx, ANA_ERESOURCE, "%s cannot be written", path);
}

static void describe_front(struct ana_model_bench *model)
{
    for (int i = 0; i < CHANNELS; i++)
        model->frequency[i] = 50 * exp2((double)i * 7.2 / (CHANNELS - 1));
    model->axis = (struct ana_axis){.size = sizeof model->axis,
                                    .kind = ANA_AXIS_FREQUENCY,
                                    .name = "frequency",
                                    .unit = "Hz",
                                    .coords = model->frequency};
    model->front = (struct ana_layer){.size = sizeof model->front,
                                      .kind = ANA_LAYER_OUTPUT,
                                      .timing = ANA_TIMING_RATE,
                                      .ndim = 1,
                                      .id = "input",
                                      .branch = "",
                                      .rate = FRAME_RATE,
                                      .shape = {CHANNELS},
                                      .axes = {&model->axis}};
}

int ana_model_bench_open(struct ana_bench *bench, struct ana_model_bench *model)
{
    const char *given = bench->check->options.checkpoint;
    const struct {
        const char *checkpoint;
        int frames;
    } tries[] = {{given, 0}, {given, 1}, {"random", 0}, {"random", 1}};
    char first[1024] = "";
    int rc = 0;

    memset(model, 0, sizeof *model);
    model->bench = bench;
    model->vt = bench->check->plugin->model;
    describe_front(model);
    for (int i = 0; i < (given ? 2 : 4); i++) {
        struct ana_model_source source = {.size = sizeof source,
                                          .checkpoint = tries[i].checkpoint};

        source.input = tries[i].frames ? &model->front : NULL;
        rc = model->vt->open(bench->ctx, ana_test_params(bench->test), &source,
                             &model->self);
        if (rc != ANA_EPARAM && rc != ANA_EDATA)
            break;
        if (i == 0)
            snprintf(first, sizeof first, "%s", ana_error(bench->ctx));
        model->vt->close(bench->ctx, model->self);
        model->self = NULL;
    }
    if (rc == ANA_EPARAM || rc == ANA_EDATA)
        return ana_fail(bench->ctx, rc, "%s", first);
    return rc ? rc
              : ana_model_describe(bench->ctx, model->vt, model->self, &model->info,
                                   &model->layers);
}

void ana_model_forget_items(struct ana_model_bench *model)
{
    for (int i = 0; i < model->n_items; i++) {
        ana_tensor_finish(&model->item[i].data);
        ana_buffer_finish(&model->buffer[i]);
    }
    model->n_items = 0;
}

void ana_model_bench_close(struct ana_model_bench *model)
{
    ana_model_forget_items(model);
    ana_buffer_finish(&model->wanted);
    if (!model->vt)
        return;
    ana_free(model->bench->ctx, model->layers);
    model->vt->close(model->bench->ctx, model->self);
    model->self = NULL;
}

static void describe_stimulus(struct ana_model_bench *model, int i, double seconds)
{
    static const char *const words[] = {"the", "quick", "brown", "fox", "jumps", "over"};
    const char *id = model->bench->check->options.stimulus;
    const int n = (int)(sizeof words / sizeof *words);

    for (int w = 0; w < n; w++)
        model->word[w] = (struct ana_word){words[w], 0.1 * w, 0.09};
    snprintf(model->sound[i], sizeof model->sound[i], "%s/%d.wav",
             model->bench->check->folder, i);
    model->stimulus[i] =
        (struct ana_stimulus){.size = sizeof model->stimulus[i],
                              .id = id ? id : "test",
                              .duration = seconds,
                              .audio_rate = FILE_RATE,
                              .channels = 1,
                              .audio_frames = (int64_t)(seconds * FILE_RATE),
                              .audio_path = model->sound[i],
                              .n_words = n,
                              .words = model->word};
}

/* The numbers of an item that the model does not prepare itself. */
static double number_at(const struct ana_model_bench *model, int64_t i)
{
    if (model->info.input == ANA_INPUT_AUDIO)
        return sound_at((double)i / model->info.input_rate, i);
    if (model->info.input == ANA_INPUT_FRAMES)
        return 0.5 +
               0.5 * sin(0.37 * (double)(i % CHANNELS) + 0.21 * (double)(i / CHANNELS)) +
               0.1 * ana_noise(i);
    return 0.5 + 0.5 * ana_noise(i);
}

static int shape_of_item(struct ana_ctx *ctx, const struct ana_model_bench *model,
                         double seconds, int64_t shape[3])
{
    const struct ana_model_info *info = &model->info;

    switch (info->input) {
    case ANA_INPUT_AUDIO:
        shape[0] = llround(seconds * info->input_rate);
        return 1;
    case ANA_INPUT_FRAMES:
        shape[0] = llround(seconds * FRAME_RATE);
        shape[1] = CHANNELS;
        return 2;
    case ANA_INPUT_TOKENS:
        shape[0] = TOKENS;
        return 1;
    case ANA_INPUT_IMAGE:
        shape[0] = shape[1] = SIDE;
        shape[2] = info->channels > 0 ? info->channels : 3;
        return 3;
    default:
        (void)ctx;
        return 0;
    }
}

/* Into a buffer that lies as the bench says, and may only be read. */
static int place(struct ana_model_bench *model, int i)
{
    struct ana_tensor *data = &model->item[i].data;
    const int64_t bytes = ana_tensor_count(data) * (int64_t)ana_dtype_size(data->dtype);
    struct ana_tensor view;

    if (data->ndim == 0 || !data->data)
        return 0;
    if (!ana_tensor_contiguous(data))
        return 0;
    if (ana_buffer_create(model->bench->place, bytes, &model->buffer[i]) != 0)
        return ana_fail(model->bench->ctx, ANA_ERESOURCE, "no memory for an item");
    memcpy(model->buffer[i].data, data->data, (size_t)bytes);
    ana_buffer_freeze(&model->buffer[i]);
    ana_tensor_view(data->dtype, data->ndim, data->shape, model->buffer[i].data, &view);
    memcpy(view.axes, data->axes, sizeof view.axes);
    ana_tensor_finish(data);
    *data = view;
    return 0;
}

static int fill(struct ana_model_bench *model, double seconds, struct ana_input *item)
{
    const int tokens = model->info.input == ANA_INPUT_TOKENS;
    int64_t shape[3] = {0}, n;
    struct ana_ctx *ctx = model->bench->ctx;
    const int ndim = shape_of_item(ctx, model, seconds, shape);
    int rc;

    if (ndim == 0)
        return 0;
    rc = ana_tensor_create(ctx, tokens ? ANA_I64 : ANA_F32, ndim, shape, &item->data);
    if (rc != 0)
        return rc;
    n = ana_tensor_count(&item->data);
    for (int64_t i = 0; i < n; i++) {
        if (tokens)
            ((int64_t *)item->data.data)[i] = 1 + 7 * i % 50;
        else
            ((float *)item->data.data)[i] = (float)number_at(model, i);
    }
    return 0;
}

int ana_model_item(struct ana_model_bench *model, double seconds)
{
    struct ana_ctx *ctx = model->bench->ctx;
    const int i = model->n_items;
    struct ana_input *item = &model->item[i];
    int rc;

    if (i == ANA_MOST_ITEMS)
        return ana_fail(ctx, ANA_ERESOURCE, "too many items");
    describe_stimulus(model, i, seconds);
    *item = (struct ana_input){.size = sizeof *item,
                               .stimulus = &model->stimulus[i],
                               .rate = model->info.input == ANA_INPUT_FRAMES
                                           ? FRAME_RATE
                                           : model->info.input_rate};
    model->n_items++;
    if (model->vt->prepare && model->info.input != ANA_INPUT_FRAMES) {
        rc = write_sound(ctx, model->sound[i], seconds);
        if (rc == 0)
            rc = model->vt->prepare(ctx, model->self, &model->stimulus[i], item);
    } else {
        rc = fill(model, seconds, item);
    }
    return rc ? rc : place(model, i);
}

int ana_model_part(struct ana_model_bench *model, int64_t from, int64_t first, int64_t n)
{
    const struct ana_input *whole = &model->item[from];
    const int i = model->n_items;
    int rc;

    if (i == ANA_MOST_ITEMS)
        return ana_fail(model->bench->ctx, ANA_ERESOURCE, "too many items");
    model->item[i] = *whole;
    model->item[i].data.owner = NULL;
    model->item[i].start = whole->start + (double)first / whole->rate;
    model->n_items++;
    rc = ana_tensor_slice(model->bench->ctx, &model->item[i].data, 0, first, n);
    return rc ? rc : place(model, i);
}

int ana_model_bench_info(struct ana_ctx *ctx, const struct ana_model_info *info)
{
    if (info->input < ANA_INPUT_AUDIO || info->input > ANA_INPUT_NONE)
        return ana_fail(ctx, ANA_EPLUGIN, "its input is of kind %d, expected 1 .. 5",
                        info->input);
    if (info->input == ANA_INPUT_AUDIO && !(info->input_rate > 0))
        return ana_fail(ctx, ANA_EPLUGIN, "it takes sound at %g Hz", info->input_rate);
    if (info->n_layers < 1 || !info->layers)
        return ana_fail(ctx, ANA_EPLUGIN, "it describes no layers");
    for (int64_t i = 0; i < info->n_layers; i++) {
        const struct ana_layer *layer = &info->layers[i];

        if (!layer->id || !*layer->id || !layer->branch)
            return ana_fail(ctx, ANA_EPLUGIN, "layer number %lld has no id or branch",
                            (long long)i);
        for (int64_t k = 0; k < i; k++)
            if (strcmp(layer->id, info->layers[k].id) == 0)
                return ana_fail(ctx, ANA_EPLUGIN, "two layers are called `%s`",
                                layer->id);
        if (layer->ndim < 1 || layer->ndim > 4 || layer->timing < ANA_TIMING_RATE ||
            layer->timing > ANA_TIMING_ITEM || !(layer->depth >= 0 && layer->depth <= 1))
            return ana_fail(ctx, ANA_EPLUGIN,
                            "layer `%s` has %d axes, timing %d and depth %g; expected 1 "
                            ".. 4, 1 .. 3 and 0 .. 1",
                            layer->id, layer->ndim, layer->timing, layer->depth);
        if (layer->timing == ANA_TIMING_RATE && !(layer->rate > 0))
            return ana_fail(ctx, ANA_EPLUGIN, "layer `%s` has samples at %g Hz",
                            layer->id, layer->rate);
        for (int32_t d = 0; d < layer->ndim; d++)
            if (layer->shape[d] < 1)
                return ana_fail(ctx, ANA_EPLUGIN, "layer `%s` has %lld units on axis %d",
                                layer->id, (long long)layer->shape[d], d);
    }
    return 0;
}
