/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Any network as an ONNX file, through ONNX Runtime (README.md). The file's own bytes
 * tell its nodes (graph.c), a run on noise tells the inner tensors' shapes (probe.c),
 * track.c follows time through them, layers.c chooses what is handed out, and runtime.c
 * computes it, one thread an item.
 */
#include "onnx.h"

#include <stdio.h>
#include <string.h>

#include "twin.h"

static const struct ana_param PARAMS[] = {
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_REAL,
     .name = "rate",
     .fallback = "16 kHz",
     .min = 1,
     .max = 1e6,
     .unit = "Hz",
     .help = "rate of the sound that it was trained on; frames have their own"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_REAL,
     .name = "scale",
     .fallback = "1",
     .help = "each number of its input is multiplied by this; 32768 for int16 range"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_REAL,
     .name = "offset",
     .fallback = "0",
     .help = "and this is added"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_TEXT,
     .name = "axes",
     .fallback = "auto",
     .help = "its input's axes: batch, time, frequency, channel; auto = guessed"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_TEXT,
     .name = "output_axes",
     .fallback = "auto",
     .help = "its outputs' axes, where frequency cannot be followed to them"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_CHOICE,
     .name = "tensors",
     .fallback = "learned",
     .choices = "learned|all",
     .help = "layers: after each learned operation's last pointwise one, or every node"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_CHOICE,
     .name = "names",
     .fallback = "kind",
     .choices = "kind|node",
     .help = "layers are called by kind and number (Conv7), or as their nodes are"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_TEXT,
     .name = "feed",
     .fallback = "",
     .help = "values of its other inputs, as in `sr=16000 state=0`; 0 if not given"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_TEXT,
     .name = "fixed",
     .fallback = "",
     .help = "globs of weights or nodes that control networks keep (a front end)"},
};

static void close_model(struct ana_ctx *ctx, void *arg)
{
    struct onnx *onnx = arg;

    if (!onnx)
        return;
    runtime_close(ctx, onnx->runtime);
    for (int64_t i = 0; onnx->feed && i < onnx->n_feeds; i++)
        ana_free(ctx, onnx->feed[i].data);
    for (int64_t i = 0; onnx->tap && i < onnx->n_layers; i++)
        ana_free(ctx, onnx->tap[i].id);
    graph_close(ctx, &onnx->graph);
    ana_free(ctx, onnx->feed);
    ana_free(ctx, (void *)onnx->feed_name);
    ana_free(ctx, onnx->track);
    ana_free(ctx, onnx->type);
    ana_free(ctx, onnx->tap);
    ana_free(ctx, onnx->layer);
    ana_free(ctx, onnx->path);
    ana_free(ctx, onnx);
}

static int check_source(struct ana_ctx *ctx, const struct ana_model_source *source)
{
    const struct ana_layer *input = source->input;

    if (!source->checkpoint || strcmp(source->checkpoint, "random") == 0)
        return ana_fail(ctx, ANA_EPARAM,
                        "an onnx model is a file: write `checkpoint = FILE.onnx`; for an "
                        "untrained twin add `controls = random`");
    if (input && input->timing != ANA_TIMING_RATE)
        return ana_fail(
            ctx, ANA_EPARAM,
            "layer `%s` of the model named by `input` has no samples over time",
            input->id);
    return 0;
}

/* The session that runs: only what a layer is stays an output, all else may be fused. */
static int open_session(struct ana_ctx *ctx, struct onnx *onnx, const char *folder)
{
    int32_t *tensors = ana_alloc(ctx, onnx->n_layers, sizeof *tensors);
    uint8_t *bytes = NULL;
    int64_t size;
    int rc = tensors ? 0 : ANA_ERESOURCE;

    for (int64_t i = 0, n = 0; rc == 0 && i < onnx->n_layers; i++) {
        int64_t before = 0; /* an output may be declared once only */

        while (before < i && onnx->tap[before].tensor != onnx->tap[i].tensor)
            before++;
        if (before == i)
            tensors[n++] = onnx->tap[i].tensor;
        if (i == onnx->n_layers - 1)
            rc = graph_with_outputs(ctx, &onnx->graph, n, tensors, &bytes, &size);
    }
    if (rc == 0)
        rc = runtime_open(ctx, onnx->path, bytes, size, folder, 0, &onnx->runtime);
    ana_free(ctx, bytes);
    ana_free(ctx, tensors);
    ana_free(ctx, onnx->graph.bytes);
    onnx->graph.bytes = NULL;
    return rc;
}

static int set_up(struct ana_ctx *ctx, const struct ana_params *params,
                  const struct ana_model_source *source, struct onnx *onnx)
{
    const char *control =
        source->size >= offsetof(struct ana_model_source, twin) + sizeof source->twin
            ? source->control
            : NULL;
    char *folder = ana_strdup(ctx, source->checkpoint), *slash;
    int rc = folder ? graph_open(ctx, onnx->path, &onnx->graph) : ANA_ERESOURCE;

    if (folder) {
        slash = strrchr(folder, '/');
        snprintf(folder, strlen(folder) + 1, "%s", slash ? "" : ".");
        if (slash)
            memcpy(folder, source->checkpoint, (size_t)(slash - folder));
        if (slash)
            folder[slash - folder] = 0;
    }
    if (rc == 0 && control && control[0])
        rc = twin_make(ctx, &onnx->graph, control, source->twin,
                       ana_param_text(params, "fixed"));
    if (rc == 0)
        rc = input_set_up(ctx, onnx, params, source->input);
    if (rc == 0)
        rc = probe_run(ctx, onnx, folder);
    if (rc == 0)
        rc = layers_set_up(ctx, onnx, params);
    if (rc == 0 && !(source->flags & ANA_SOURCE_DESCRIBE))
        rc = open_session(ctx, onnx, folder);
    ana_free(ctx, folder);
    return rc;
}

/* Numbers of a weight: fractions are learned, whole numbers are shapes and indices. */
static int64_t count_learned(const struct graph_tensor *tensor)
{
    int64_t n = 1;

    if (!tensor->is_weight ||
        (tensor->type != ONNX_FLOAT && tensor->type != ONNX_DOUBLE &&
         tensor->type != ONNX_FLOAT16))
        return 0;
    for (int32_t d = 0; d < tensor->ndim; d++)
        n *= tensor->shape[d];
    return n;
}

static int open_model(struct ana_ctx *ctx, const struct ana_params *params,
                      const struct ana_model_source *source, void **out)
{
    int rc = check_source(ctx, source);
    struct onnx *onnx;

    *out = NULL;
    if (rc != 0)
        return rc;
    onnx = ana_alloc(ctx, 1, sizeof *onnx);
    if (!onnx)
        return ANA_ERESOURCE;
    onnx->path = ana_strdup(ctx, source->checkpoint);
    onnx->frames = source->input != NULL;
    onnx->rate = source->input ? source->input->rate : ana_param_real(params, "rate");
    onnx->scale = ana_param_real(params, "scale");
    onnx->offset = ana_param_real(params, "offset");
    rc = onnx->path ? set_up(ctx, params, source, onnx) : ANA_ERESOURCE;
    for (int64_t t = 0; rc == 0 && t < onnx->graph.n_tensors; t++)
        onnx->info.parameters += count_learned(&onnx->graph.tensor[t]);
    if (rc == 0)
        *out = onnx;
    else
        close_model(ctx, onnx);
    return rc;
}

static int describe(struct ana_ctx *ctx, void *self, struct ana_model_info *info)
{
    (void)ctx;
    *info = ((const struct onnx *)self)->info;
    return 0;
}

struct show {
    const struct onnx *onnx;
    const struct ana_batch *batch;
    const uint8_t *wanted;
    struct ana_sink *sink;
};

/* Time first, units behind it: [outer][T][inner] -> [T][outer * inner]. */
static int emit(struct ana_ctx *ctx, const struct show *show, int64_t item, int64_t layer,
                const struct runtime_value *value)
{
    const struct onnx *onnx = show->onnx;
    const struct tap *tap = &onnx->tap[layer];
    const int64_t units = tap->outer * tap->inner;
    const int32_t dtype = value->type == ONNX_FLOAT    ? ANA_F32
                          : value->type == ONNX_DOUBLE ? ANA_F64
                                                       : ANA_F16;
    struct ana_tensor raw, single = {0}, out = {0};
    int64_t all = 1, T;
    int rc;

    for (int32_t d = 0; d < value->ndim; d++)
        all *= value->shape[d];
    T = tap->time >= 0 && tap->time < value->ndim ? value->shape[tap->time] : 1;
    if (!value->data || all != T * units)
        return ana_fail(ctx, ANA_EPLUGIN,
                        "layer %s gave %lld numbers where %lld samples of %lld were "
                        "expected: its shape changes in a way that no probe showed",
                        tap->id, (long long)all, (long long)T, (long long)units);
    ana_tensor_view(dtype, 1, &all, value->data, &raw);
    rc = ana_tensor_convert(ctx, &raw, ANA_F32, &single);
    if (rc == 0)
        rc = ana_tensor_create(ctx, ANA_F32, 2, (const int64_t[]){T, units}, &out);
    for (int64_t o = 0; rc == 0 && o < tap->outer; o++)
        for (int64_t t = 0; t < T; t++)
            memcpy((float *)out.data + t * units + o * tap->inner,
                   (const float *)single.data + (o * T + t) * tap->inner,
                   (size_t)tap->inner * sizeof(float));
    if (rc == 0)
        rc = ana_sink_emit(ctx, show->sink, item, layer, 0, &out);
    ana_tensor_finish(&out);
    ana_tensor_finish(&single);
    return rc;
}

static int run_item(struct ana_ctx *ctx, const struct show *show, int64_t item,
                    int64_t n_out, const int64_t *layers, const char *const *names)
{
    const struct onnx *onnx = show->onnx;
    const struct ana_tensor *data = &show->batch->item[item].data;
    const int64_t n = data->shape[0];
    float *filled = ana_alloc(ctx, n * onnx->input.units, sizeof *filled);
    struct runtime_value *in = ana_alloc(ctx, onnx->n_feeds + 1, sizeof *in);
    const char **in_names = ana_alloc(ctx, onnx->n_feeds + 1, sizeof *in_names);
    struct runtime_outputs out = {0};
    int rc = filled && in && in_names ? 0 : ANA_ERESOURCE;

    if (rc == 0)
        rc = input_fill(ctx, onnx, n, data->data, filled, &in[0]);
    if (rc == 0) {
        in_names[0] = onnx->graph.tensor[onnx->input.tensor].name;
        for (int64_t i = 0; i < onnx->n_feeds; i++) {
            in[i + 1] = onnx->feed[i];
            in_names[i + 1] = onnx->feed_name[i];
        }
        rc = runtime_run(ctx, onnx->runtime, onnx->n_feeds + 1, in_names, in, n_out,
                         names, &out);
    }
    for (int64_t i = 0; rc == 0 && i < n_out; i++)
        rc = emit(ctx, show, item, layers[i], &out.value[i]);
    runtime_release(ctx, onnx->runtime, &out);
    ana_free(ctx, (void *)in_names);
    ana_free(ctx, in);
    ana_free(ctx, filled);
    return rc;
}

static int show_item(struct ana_ctx *ctx, void *arg, int64_t item)
{
    const struct show *show = arg;
    const struct onnx *onnx = show->onnx;
    const struct ana_tensor *data = &show->batch->item[item].data;
    const char **names = ana_alloc(ctx, onnx->n_layers, sizeof *names);
    int64_t *layers = ana_alloc(ctx, onnx->n_layers, sizeof *layers), n = 0;
    int rc = names && layers ? 0 : ANA_ERESOURCE;

    if (rc == 0 && (data->dtype != ANA_F32 || !ana_tensor_contiguous(data) ||
                    data->ndim != (onnx->frames ? 2 : 1) ||
                    (onnx->frames && data->shape[1] != onnx->input.units)))
        rc = ana_fail(ctx, ANA_ESHAPE, "expected %s of %lld float32 numbers",
                      onnx->frames ? "frames" : "samples", (long long)onnx->input.units);
    for (int64_t i = 0; rc == 0 && i < onnx->n_layers; i++)
        if (show->wanted[i]) {
            layers[n] = i;
            names[n++] = onnx->graph.tensor[onnx->tap[i].tensor].name;
        }
    if (rc == 0 && n > 0 && data->shape[0] > 0)
        rc = run_item(ctx, show, item, n, layers, names);
    ana_free(ctx, layers);
    ana_free(ctx, (void *)names);
    return rc;
}

static int forward(struct ana_ctx *ctx, void *arg, const struct ana_batch *batch,
                   const uint8_t *wanted, struct ana_sink *sink)
{
    struct show show = {arg, batch, wanted, sink};

    return ana_parallel_for(ctx, batch->n, show_item, &show);
}

/* Every tensor of the probe, scaled to the longest item: an upper bound. FLOPs are those
 * of the convolutions and matrix products; what ONNX Runtime takes beside them, to lay
 * factors out and to apply pointwise operations, goes with the cells of all tensors. */
static int cost(struct ana_ctx *ctx, void *arg, const struct ana_batch *batch,
                const uint8_t *wanted, struct ana_model_cost *out)
{
    const double each =
        5; /* numbers of a plain loop a cell, by a network of 20 convolutions */
    const struct onnx *onnx = arg;
    const struct graph *g = &onnx->graph;
    double cells = 0, flops = 0, most = 0, all = 0;

    (void)ctx;
    (void)wanted;
    for (int64_t i = 0; i < g->n_nodes; i++) {
        const struct graph_node *node = &g->node[i];
        const int32_t t = node->n_out > 0 ? node->out[0] : -1;
        const int32_t w = node->n_in > 1 ? node->in[1] : -1;
        double n = 1, k = 1;

        if (t < 0 || !onnx->track[t].dynamic || onnx->track[t].ndim < 0)
            continue;
        for (int32_t d = 0; d < onnx->track[t].ndim; d++)
            n *= (double)onnx->track[t].shape[d];
        cells += n;
        if (w < 0 || !(op_kind(node->op) & OP_LEARNED) || g->tensor[w].ndim < 2)
            continue;
        for (int32_t d = strcmp(node->op, "Conv") == 0; d < g->tensor[w].ndim; d++)
            k *= (double)g->tensor[w].shape[d];
        flops += strcmp(node->op, "Conv") == 0
                     ? 2 * n * k
                     : 2 * n * (double)g->tensor[w].shape[g->tensor[w].ndim - 2];
    }
    for (int64_t i = 0; i < batch->n; i++) {
        const double n = (double)batch->item[i].data.shape[0] / (double)onnx->probe;

        most = n > most ? n : most;
        all += n;
    }
    out->bytes = (int64_t)(cells * most * 4);
    out->flops = flops * all;
    out->loops = each * cells * all;
    return 0;
}

static const struct ana_model_vt MODEL = {.size = sizeof MODEL,
                                          .flags = ANA_MODEL_CHECKPOINT_FILE,
                                          .open = open_model,
                                          .describe = describe,
                                          .cost = cost,
                                          .forward = forward,
                                          .close = close_model};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_MODEL),
    .id = "onnx",
    .version = "1.0",
    .summary = "any network saved as ONNX, every inner tensor a layer, by ONNX Runtime",
    .licence = "BSD-3-Clause",
    .citation = "",
    .params = PARAMS,
    .n_params = sizeof PARAMS / sizeof *PARAMS,
    .model = &MODEL,
};
