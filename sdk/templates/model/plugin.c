/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A model: a network of two layers on frames of sound,
 *     hidden = max(0, gain W1 x),  output = tanh(W2 hidden),
 * where x are the S = 160 samples of a frame of 10 ms and the weights are random numbers
 * fixed by the seed. W1 is H x S, W2 is O x H, layers are n x H and n x O for n frames.
 * The contract is <anaflow/model.h>; more layers to build from are in <anaflow/nn.h>.
 */
#include <math.h>

#include <anaflow/anaflow.h>

enum { S = 160, H = 16, O = 8 };

/* What [plugin @name@] may set; anaflow checks it and fills in defaults. */
static const struct ana_param params[] = {
    {sizeof *params, ANA_PARAM_REAL, .name = "gain", .fallback = "1", .min = 0,
     .max = 1e6, .help = "factor of the sound before the first layer"},
};

/* 100 frames a second, each centred 5 ms after its first sample. */
static const struct ana_layer layers[] = {
    {sizeof *layers, ANA_LAYER_ACTIVATION, ANA_TIMING_RATE, .ndim = 1, .shape = {H},
     .id = "hidden", .branch = "", .depth = 0, .rate = 100, .start = 0.005},
    {sizeof *layers, ANA_LAYER_OUTPUT, ANA_TIMING_RATE, .ndim = 1, .shape = {O},
     .id = "output", .branch = "", .depth = 1, .rate = 100, .start = 0.005}};

struct net {
    float w1[H * S], w2[O * H];
};

static int open(struct ana_ctx *ctx, const struct ana_params *p,
                const struct ana_model_source *source, void **self)
{
    struct net *net = *self = ana_alloc(ctx, 1, sizeof *net); /* close frees it */
    struct ana_rng rng;
    (void)source;
    if (!net)
        return ANA_ERESOURCE;
    ana_rng_init(ctx, "@name@ weights", 0, &rng);
    for (int i = 0; i < S * H; i++)
        net->w1[i] = (float)(ana_param_real(p, "gain") * ana_rng_normal(&rng) / sqrt(S));
    for (int i = 0; i < H * O; i++)
        net->w2[i] = (float)(ana_rng_normal(&rng) / sqrt(H));
    return ANA_OK;
}

static int describe(struct ana_ctx *ctx, void *self, struct ana_model_info *info)
{
    (void)ctx, (void)self;
    *info = (struct ana_model_info){
        .size = sizeof *info, .flags = ANA_MODEL_EXACT_IN_CHUNKS | ANA_MODEL_REENTRANT,
        .input = ANA_INPUT_AUDIO, .channels = 1, .input_rate = 16000,
        .context_before = 0.005, .context_after = 0.005, /* s that a frame sees */
        .hop = 0.01, /* s: where a long sound may be cut */
        .n_layers = sizeof layers / sizeof *layers, .layers = layers};
    return ANA_OK;
}

/* Bytes and operations of one forward call, from shapes alone. */
static int cost(struct ana_ctx *ctx, void *self, const struct ana_batch *batch,
                const uint8_t *wanted, struct ana_model_cost *out)
{
    (void)ctx, (void)self, (void)wanted;
    for (int64_t i = 0; i < batch->n; i++) {
        const int64_t n = batch->item[i].data.shape[0] / S;
        out->bytes += n * (H + O) * (int64_t)sizeof(float);
        out->flops += 2.0 * (double)n * (S * H + H * O);
    }
    return ANA_OK;
}

/* One layer of item i: y (n x to) = act(x (n x from) w'), to the sink if wanted. */
static int run_layer(struct ana_ctx *ctx, int64_t i, int64_t layer, int64_t n,
                     int64_t from, int64_t to, const float *x, const float *w, float *y,
                     const uint8_t *wanted, struct ana_sink *sink)
{
    const struct ana_nn_tail tail = {
        .size = sizeof tail, .act = layer == 0 ? ANA_NN_RELU : ANA_NN_TANH};
    int rc = ana_nn_linear(ctx, n, from, to, x, w, &tail, y);
    struct ana_tensor view;

    ana_tensor_view(ANA_F32, 2, (const int64_t[]){n, to}, y, &view);
    if (rc != ANA_OK || !wanted[layer])
        return rc;
    return ana_sink_emit(ctx, sink, i, layer, 0, &view);
}

static int forward(struct ana_ctx *ctx, void *self, const struct ana_batch *batch,
                   const uint8_t *wanted, struct ana_sink *sink)
{
    const struct net *net = self;
    int rc = ANA_OK;
    for (int64_t i = 0; rc == ANA_OK && i < batch->n; i++) {
        const struct ana_tensor *sound = &batch->item[i].data;
        const int64_t n = sound->shape[0] / S; /* whole frames */
        float *y = ana_alloc(ctx, n * H, sizeof *y);
        float *z = ana_alloc(ctx, n * O, sizeof *z);

        rc = !y || !z ? ANA_ERESOURCE
                      : run_layer(ctx, i, 0, n, S, H, sound->data, net->w1, y, wanted,
                                  sink);
        if (rc == ANA_OK && wanted[1])
            rc = run_layer(ctx, i, 1, n, H, O, y, net->w2, z, wanted, sink);
        ana_free(ctx, y);
        ana_free(ctx, z);
    }
    return rc;
}

static const struct ana_model_vt table = {.size = sizeof table, .open = open,
    .describe = describe, .cost = cost, .forward = forward, .close = ana_free};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_MODEL), .id = "@name@", .version = "1.0",
    .summary = "Two layers with random weights on frames of sound",
    .licence = "BSD-3-Clause", .citation = "",
    .params = params, .n_params = sizeof params / sizeof *params, .model = &table};
