/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The model `arrays`: activations that something else computed, in NPY or safetensors
 * files. It is shown nothing; it looks the stimulus up by name and hands its rows out.
 */
#include "arrays.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void arrays_close(struct ana_ctx *ctx, void *self)
{
    struct arrays *arrays = self;

    if (!arrays)
        return;
    layers_close(ctx, arrays);
    for (int64_t i = 0; arrays->names && i < arrays->n_names; i++)
        ana_free(ctx, arrays->names[i]);
    ana_free(ctx, arrays->names);
    ana_free(ctx, arrays->names_path);
    ana_free(ctx, arrays->info);
    ana_free(ctx, arrays);
}

/* Layers in order, evenly deep from 0 to 1. */
static int describe_layers(struct ana_ctx *ctx, struct arrays *arrays)
{
    const int64_t n = arrays->n_layers;

    arrays->info = ana_alloc(ctx, n, sizeof *arrays->info);
    if (!arrays->info)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < n; i++) {
        const struct layer *layer = &arrays->layers[i];

        arrays->info[i] = (struct ana_layer){
            .size = sizeof *arrays->info,
            .kind = ANA_LAYER_ACTIVATION,
            .timing = arrays->rate > 0 ? ANA_TIMING_RATE : ANA_TIMING_ITEM,
            .ndim = layer->ndim,
            .id = layer->id,
            .branch = "",
            .depth = n > 1 ? (double)i / (double)(n - 1) : 0,
            .rate = arrays->rate,
            .start = arrays->rate > 0 ? arrays->start : 0,
        };
        memcpy(arrays->info[i].shape, layer->shape, sizeof layer->shape);
    }
    return 0;
}

static int arrays_open(struct ana_ctx *ctx, const struct ana_params *params,
                       const struct ana_model_source *source, void **self)
{
    struct arrays *arrays = ana_alloc(ctx, 1, sizeof *arrays);
    int needs_names = 0, rc;

    *self = NULL;
    if (!arrays)
        return ANA_ERESOURCE;
    arrays->rate = ana_param_real(params, "rate");
    arrays->start = ana_param_real(params, "start");
    rc = layers_open(ctx, arrays, ana_param_text(params, "data"));
    for (int64_t i = 0; i < arrays->n_layers; i++)
        needs_names |= arrays->layers[i].n_files == 0;
    if (rc == 0 && needs_names)
        rc = names_read(ctx, arrays, ana_param_text(params, "names"));
    if (rc == 0 && source->checkpoint)
        rc = ana_fail(
            ctx, ANA_EPARAM,
            "the model arrays has no `checkpoint`; its files are named by `data`");
    if (rc == 0)
        rc = describe_layers(ctx, arrays);
    if (rc == 0)
        *self = arrays;
    else
        arrays_close(ctx, arrays);
    return rc;
}

static int arrays_describe(struct ana_ctx *ctx, void *self, struct ana_model_info *info)
{
    const struct arrays *arrays = self;

    (void)ctx;
    *info = (struct ana_model_info){
        .size = sizeof *info,
        .flags = ANA_MODEL_REENTRANT,
        .input = ANA_INPUT_NONE,
        .n_layers = arrays->n_layers,
        .layers = arrays->info,
    };
    return 0;
}

/* Every stimulus has its row or file in each wanted layer. */
static int find_all(struct ana_ctx *ctx, const struct arrays *arrays,
                    const struct ana_batch *batch, const uint8_t *wanted)
{
    int rows = 0, rc = 0;

    for (int64_t i = 0; rc == 0 && i < arrays->n_layers; i++) {
        const struct layer *layer = &arrays->layers[i];

        if (wanted[i] && layer->n_files > 0)
            rc = names_find_all(ctx, layer->n_files, layer->files, batch, layer->path);
        rows |= wanted[i] && layer->n_files == 0;
    }
    if (rc == 0 && rows)
        rc = names_find_all(ctx, arrays->n_names, arrays->names, batch,
                            arrays->names_path);
    return rc;
}

static int arrays_cost(struct ana_ctx *ctx, void *self, const struct ana_batch *batch,
                       const uint8_t *wanted, struct ana_model_cost *cost)
{
    const struct arrays *arrays = self;
    int64_t most = 0;

    for (int64_t i = 0; i < arrays->n_layers; i++) {
        const struct layer *layer = &arrays->layers[i];
        double seconds = 0;
        int64_t n = layer->units;

        for (int64_t k = 0; k < batch->n; k++)
            seconds = fmax(seconds, batch->item[k].stimulus->duration);
        if (arrays->rate > 0)
            n *= layer->n_files > 0 ? (int64_t)(seconds * arrays->rate) + 1
                                    : layer->array.shape[1];
        most = wanted[i] && n > most ? n : most;
    }
    cost->bytes = most * 12; /* as the file has it, and as float32 */
    cost->flops = 0;
    cost->loops = 4 * (double)most;
    return find_all(ctx, arrays, batch, wanted);
}

/* "[3, 0, 16]": the element number `at` of a tensor as NumPy counts it; `row` goes in
 * front where the tensor is one row of a larger one (else it is negative). */
static void write_index(const struct ana_tensor *x, int64_t row, int64_t at, char *out,
                        size_t room)
{
    int64_t index[ANA_MAX_DIMS] = {0};
    size_t n = 0;

    for (int32_t d = x->ndim - 1; d >= 0; d--) {
        index[d] = at % x->shape[d];
        at /= x->shape[d];
    }
    if (row >= 0)
        index[0] = row;
    for (int32_t d = 0; d < x->ndim && n < room; d++)
        n += (size_t)snprintf(out + n, room - n, "%s%lld", d ? ", " : "[",
                              (long long)index[d]);
    if (n < room)
        snprintf(out + n, room - n, "]");
}

/* One stimulus' numbers as float32 in C order, all of them finite. */
static int convert(struct ana_ctx *ctx, const struct ana_tensor *x, const char *path,
                   int64_t row, const char *id, struct ana_tensor *out)
{
    int64_t at, count;
    char index[200];
    int rc = ana_tensor_convert(ctx, x, ANA_F32, out);

    if (rc != 0)
        return rc;
    at = ana_tensor_find_nonfinite(out, &count);
    if (at < 0)
        return 0;
    write_index(x, row, at, index, sizeof index);
    rc = ana_fail(
        ctx, ANA_EDATA,
        "%s: element %s, of stimulus '%s', is %s (%lld such values there)", path, index,
        id, isfinite(ana_tensor_get(x, at)) ? "too large for float32" : "not finite",
        (long long)count);
    ana_tensor_finish(out);
    return rc;
}

static int read_row(struct ana_ctx *ctx, const struct arrays *arrays,
                    const struct layer *layer, const char *id, struct ana_tensor *out)
{
    struct ana_tensor row;
    int64_t i;
    int rc = names_find(ctx, arrays->n_names, arrays->names, id, arrays->names_path, &i);

    if (rc != 0)
        return rc;
    ana_tensor_ref(&layer->array, &row);
    rc = ana_tensor_slice(ctx, &row, 0, i, 1);
    if (rc == 0)
        rc = convert(ctx, &row, layer->path, i, id, out);
    ana_tensor_finish(&row);
    return rc;
}

static int read_file(struct ana_ctx *ctx, const struct layer *layer, const char *id,
                     struct ana_tensor *out)
{
    struct ana_tensor x;
    int64_t i;
    int rc = names_find(ctx, layer->n_files, layer->files, id, layer->path, &i);

    if (rc == 0)
        rc = ana_npy_read(ctx, layer->files[i], &x);
    if (rc != 0)
        return rc;
    if (ana_tensor_count(&x) % layer->units != 0)
        rc = ana_fail(ctx, ANA_EDATA,
                      "%s: has changed since the study began; run it again",
                      layer->files[i]);
    else
        rc = convert(ctx, &x, layer->files[i], -1, id, out);
    ana_tensor_finish(&x);
    return rc;
}

static int emit(struct ana_ctx *ctx, const struct arrays *arrays, int64_t number,
                int64_t item, const char *id, struct ana_sink *sink)
{
    const struct layer *layer = &arrays->layers[number];
    struct ana_tensor x, samples;
    int rc = layer->n_files > 0 ? read_file(ctx, layer, id, &x)
                                : read_row(ctx, arrays, layer, id, &x);

    if (rc != 0)
        return rc;
    ana_tensor_view(ANA_F32, 2,
                    (const int64_t[]){ana_tensor_count(&x) / layer->units, layer->units},
                    x.data, &samples);
    rc = ana_sink_emit(ctx, sink, item, number, 0, &samples);
    ana_tensor_finish(&x);
    return rc;
}

static int arrays_forward(struct ana_ctx *ctx, void *self, const struct ana_batch *batch,
                          const uint8_t *wanted, struct ana_sink *sink)
{
    const struct arrays *arrays = self;
    int rc = 0;

    for (int64_t item = 0; item < batch->n; item++)
        for (int64_t layer = 0; rc == 0 && layer < arrays->n_layers; layer++)
            if (wanted[layer])
                rc = emit(ctx, arrays, layer, item, batch->item[item].stimulus->id, sink);
    return rc;
}

static const struct ana_param params[] = {
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_PATH,
     .name = "data",
     .help =
         "folder, file or pattern of the .npy and .safetensors files, one array a layer"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_PATH,
     .name = "names",
     .fallback = "",
     .help = "list of the stimuli in row order; empty: names.txt (.tsv, .npy) beside the "
             "data"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_REAL,
     .name = "rate",
     .fallback = "0",
     .min = 0,
     .max = 1e9,
     .unit = "Hz",
     .help = "samples a second of the arrays' time axis; 0: they have none"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_REAL,
     .name = "start",
     .fallback = "0",
     .unit = "s",
     .help = "time of the first sample's centre after the stimulus' onset"},
};

static const struct ana_model_vt model = {
    .size = sizeof model,
    .open = arrays_open,
    .describe = arrays_describe,
    .cost = arrays_cost,
    .forward = arrays_forward,
    .close = arrays_close,
};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_MODEL),
    .id = "arrays",
    .version = "1.0",
    .summary = "Activations computed elsewhere, from NPY or safetensors files",
    .licence = "BSD-3-Clause",
    .citation = "",
    .params = params,
    .n_params = sizeof params / sizeof *params,
    .model = &model,
};
