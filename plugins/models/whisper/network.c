/* SPDX-License-Identifier: BSD-3-Clause
 *
 * config.json of Whisper, its tensors' names and shapes, and what an untrained one looks
 * like: dense layers and convolutions normal with SD 0.02, biases 0, norms 1 and 0
 * (transformers' _init_weights); the positions are sinusoids and never change.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "network.h"

#define SHAPE(width, layers, heads, inner, bands)                                        \
    "{\"model_type\":\"whisper\",\"d_model\":" #width ",\"encoder_layers\":" #layers     \
    ",\"encoder_attention_heads\":" #heads ",\"encoder_ffn_dim\":" #inner                \
    ",\"num_mel_bins\":" #bands "}"

const char *shape_builtin(const char *name)
{
    static const char *const shapes[][2] = {
        {"tiny", SHAPE(384, 4, 6, 1536, 80)},
        {"base", SHAPE(512, 6, 8, 2048, 80)},
        {"small", SHAPE(768, 12, 12, 3072, 80)},
        {"medium", SHAPE(1024, 24, 16, 4096, 80)},
        {"large", SHAPE(1280, 32, 20, 5120, 80)},
        {"large-v3", SHAPE(1280, 32, 20, 5120, 128)},
    };

    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        if (strcmp(shapes[i][0], name) == 0)
            return shapes[i][1];
    return NULL;
}

/* What the front end here is fixed to; another value would be another network. */
static int check_front_end(struct ana_ctx *ctx, const struct ana_checkpoint *checkpoint,
                           const struct shape *shape)
{
    const int64_t bands = shape->bands, rate = RATE, hop = HOP, window = WINDOW;
    const struct {
        const char *key;
        int64_t want;
    } fixed[] = {{"preprocessor.feature_size", bands},
                 {"preprocessor.sampling_rate", rate},
                 {"preprocessor.hop_length", hop},
                 {"preprocessor.n_fft", window}};
    int64_t found;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < sizeof fixed / sizeof *fixed; i++)
        rc = ana_config_int(ctx, checkpoint, fixed[i].key, &fixed[i].want, fixed[i].want,
                            fixed[i].want, &found);
    return rc;
}

int shape_read(struct ana_ctx *ctx, const struct ana_checkpoint *checkpoint,
               struct shape *shape)
{
    const struct {
        const char *key;
        int64_t fallback, high, *out;
    } sizes[] = {
        {"num_mel_bins", 80, 1024, &shape->bands},
        {"max_source_positions", 1500, 1 << 20, &shape->positions},
        {"d_model", 384, 65536, &shape->width},
        {"encoder_ffn_dim", 1536, 262144, &shape->inner},
        {"encoder_attention_heads", 6, 4096, &shape->heads},
        {"encoder_layers", 4, 512, &shape->layers},
    };
    const char *type, *act;
    int rc = ana_checkpoint_type(ctx, checkpoint, "whisper", &type);

    for (size_t i = 0; rc == 0 && i < sizeof sizes / sizeof *sizes; i++)
        rc = ana_config_int(ctx, checkpoint, sizes[i].key, &sizes[i].fallback, 1,
                            sizes[i].high, sizes[i].out);
    if (rc == 0 &&
        (shape->width % shape->heads != 0 || shape->width % 2 != 0 || shape->width < 4))
        return ana_fail(
            ctx, ANA_EDATA,
            "config.json: d_model %lld must be even, 4 or more, and a multiple "
            "of encoder_attention_heads %lld",
            (long long)shape->width, (long long)shape->heads);
    if (rc == 0)
        rc = ana_config_text(ctx, checkpoint, "activation_function", "gelu", &act);
    if (rc != 0)
        return rc;
    shape->act = ANA_NN_GELU;
    if (strcmp(act, "relu") == 0)
        shape->act = ANA_NN_RELU;
    else if (strcmp(act, "gelu") != 0)
        return ana_fail(
            ctx, ANA_EDATA,
            "config.json: \"activation_function\" is \"%.40s\"; gelu and relu "
            "are known",
            act);
    return check_front_end(ctx, checkpoint, shape);
}

struct loader {
    struct ana_ctx *ctx;
    struct ana_checkpoint *checkpoint;
};

#define WEIGHT(loader, ndims, kind, factor, dims, ...)                                   \
    ana_checkpoint_weight((loader)->ctx, (loader)->checkpoint,                           \
                          &(struct ana_weight){.size = sizeof(struct ana_weight),        \
                                               .ndim = (ndims),                          \
                                               .init = (kind),                           \
                                               .shape = dims,                            \
                                               .scale = (factor)},                       \
                          __VA_ARGS__)
#define DIMS(...)                                                                        \
    {                                                                                    \
        __VA_ARGS__                                                                      \
    }

static struct dense load_dense(const struct loader *l, int64_t i, const char *part,
                               int64_t out, int64_t in, int bias)
{
    struct dense dense = {0};

    dense.w = WEIGHT(l, 2, ANA_INIT_NORMAL, 0.02, DIMS(out, in), "layers.%d.%s.weight",
                     (int)i, part);
    if (bias)
        dense.bias = WEIGHT(l, 1, ANA_INIT_CONSTANT, 0, DIMS(out), "layers.%d.%s.bias",
                            (int)i, part);
    return dense;
}

static struct norm load_norm(const struct loader *l, int64_t n, const char *name)
{
    struct norm norm;

    norm.gain = WEIGHT(l, 1, ANA_INIT_CONSTANT, 1, DIMS(n), "%s.weight", name);
    norm.bias = WEIGHT(l, 1, ANA_INIT_CONSTANT, 0, DIMS(n), "%s.bias", name);
    return norm;
}

static int load_convolution(const struct loader *l, int64_t in, int64_t out, int i,
                            struct weights *weights)
{
    const float *w =
        WEIGHT(l, 3, ANA_INIT_NORMAL, 0.02, DIMS(out, in, 3), "conv%d.weight", i + 1);

    weights->conv_bias[i] =
        WEIGHT(l, 1, ANA_INIT_CONSTANT, 0, DIMS(out), "conv%d.bias", i + 1);
    if (!w)
        return 0;
    weights->conv[i] = ana_alloc(l->ctx, out * in * 3, sizeof(float));
    if (!weights->conv[i])
        return ANA_ERESOURCE;
    return ana_nn_conv1d_weights(l->ctx, out, in, 3, w, weights->conv[i]);
}

/* In the checkpoint, or made where there is none to read. */
static int load_positions(const struct loader *l, const struct shape *shape,
                          struct weights *weights)
{
    const int64_t P = shape->positions, D = shape->width;
    const struct ana_weight weight = {
        .size = sizeof weight, .flags = ANA_WEIGHT_FIXED, .ndim = 2, .shape = {P, D}};

    weights->position =
        ana_checkpoint_weight(l->ctx, l->checkpoint, &weight, "embed_positions.weight");
    if (weights->position || !ana_checkpoint_is_random(l->checkpoint))
        return 0;
    weights->sinusoids = ana_alloc(l->ctx, P * D, sizeof(float));
    if (!weights->sinusoids)
        return ANA_ERESOURCE;
    weights->position = weights->sinusoids;
    return ana_nn_sinusoids(l->ctx, P, D, 10000, weights->sinusoids);
}

static void load_layer(const struct loader *l, const struct shape *shape, int64_t i,
                       struct layer *layer)
{
    const int64_t D = shape->width, F = shape->inner;
    char name[64];

    layer->q = load_dense(l, i, "self_attn.q_proj", D, D, 1);
    layer->k = load_dense(l, i, "self_attn.k_proj", D, D, 0);
    layer->v = load_dense(l, i, "self_attn.v_proj", D, D, 1);
    layer->out = load_dense(l, i, "self_attn.out_proj", D, D, 1);
    layer->up = load_dense(l, i, "fc1", F, D, 1);
    layer->down = load_dense(l, i, "fc2", D, F, 1);
    snprintf(name, sizeof name, "layers.%d.self_attn_layer_norm", (int)i);
    layer->attention_norm = load_norm(l, D, name);
    snprintf(name, sizeof name, "layers.%d.final_layer_norm", (int)i);
    layer->final_norm = load_norm(l, D, name);
}

int weights_load(struct ana_ctx *ctx, struct ana_checkpoint *checkpoint,
                 const struct shape *shape, struct weights *weights)
{
    static const char *const prefixes[] = {"model.encoder.", "encoder.", "", NULL};
    const struct loader l = {ctx, checkpoint};
    int rc;

    ana_checkpoint_prefix(checkpoint, prefixes, "conv1.weight");
    rc = load_convolution(&l, shape->bands, shape->width, 0, weights);
    if (rc == 0)
        rc = load_convolution(&l, shape->width, shape->width, 1, weights);
    if (rc == 0)
        rc = load_positions(&l, shape, weights);
    weights->final_norm = load_norm(&l, shape->width, "layer_norm");
    weights->layer = ana_alloc(ctx, shape->layers, sizeof *weights->layer);
    if (rc != 0 || !weights->layer)
        return rc != 0 ? rc : ANA_ERESOURCE;
    for (int64_t i = 0; i < shape->layers; i++)
        load_layer(&l, shape, i, &weights->layer[i]);
    return ana_checkpoint_finish(ctx, checkpoint, NULL);
}

void weights_finish(struct ana_ctx *ctx, struct weights *weights)
{
    ana_free(ctx, weights->conv[0]);
    ana_free(ctx, weights->conv[1]);
    ana_free(ctx, weights->sinusoids);
    ana_free(ctx, weights->layer);
}
