/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Names of the tensors, their shapes, and how the published code draws them before
 * training (transformers' _init_weights): dense layers normal with SD 0.02 and no bias,
 * the projection uniform within 1/sqrt(in), convolutions He-normal, the positional one
 * normal with 2 / sqrt(taps x channels of a group).
 */
#include <math.h>
#include <stdio.h>

#include "network.h"

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

static struct dense load_dense(const struct loader *l, int64_t out, int64_t in,
                               int32_t init, double scale, double bias_scale,
                               const char *name)
{
    struct dense dense;

    dense.w = WEIGHT(l, 2, init, scale, DIMS(out, in), "%s.weight", name);
    dense.bias = WEIGHT(l, 1, bias_scale > 0 ? ANA_INIT_UNIFORM : ANA_INIT_CONSTANT,
                        bias_scale, DIMS(out), "%s.bias", name);
    return dense;
}

static struct norm load_norm(const struct loader *l, int64_t n, const char *name)
{
    struct norm norm;

    norm.gain = WEIGHT(l, 1, ANA_INIT_CONSTANT, 1, DIMS(n), "%s.weight", name);
    norm.bias = WEIGHT(l, 1, ANA_INIT_CONSTANT, 0, DIMS(n), "%s.bias", name);
    return norm;
}

struct ana_nn_conv1d_layer shape_conv(const struct shape *shape, int64_t i,
                                      const struct conv *weights)
{
    return (struct ana_nn_conv1d_layer){.size = sizeof(struct ana_nn_conv1d_layer),
                                        .in = i > 0 ? shape->channels[i - 1] : 1,
                                        .out = shape->channels[i],
                                        .taps = shape->taps[i],
                                        .stride = shape->stride[i],
                                        .groups = 1,
                                        .w = weights->w,
                                        .sums = weights->sums};
}

/* Centred; of an even number of taps the last frame is dropped. */
struct ana_nn_conv1d_layer shape_position(const struct shape *shape,
                                          const float *spectrum)
{
    const int64_t K = shape->position_taps;

    return (struct ana_nn_conv1d_layer){.size = sizeof(struct ana_nn_conv1d_layer),
                                        .in = shape->width,
                                        .out = shape->width,
                                        .taps = K,
                                        .stride = 1,
                                        .groups = shape->position_groups,
                                        .pad_before = K / 2,
                                        .pad_after = K / 2 - (K % 2 == 0),
                                        .spectrum = spectrum};
}

/* Most of these convolutions have three taps every second frame, which go faster. */
static int add_sums(struct ana_ctx *ctx, const struct shape *shape, int64_t i,
                    struct conv *conv)
{
    const struct ana_nn_conv1d_layer layer = shape_conv(shape, i, conv);

    if (layer.taps != 3 || layer.stride != 2)
        return 0;
    conv->sums = ana_alloc(ctx, 2 * layer.out * layer.in, sizeof *conv->sums);
    return conv->sums ? ana_nn_conv1d_sums(ctx, &layer, conv->sums) : ANA_ERESOURCE;
}

static int load_convolution(const struct loader *l, const struct shape *shape, int64_t i,
                            struct conv *conv)
{
    const int64_t in = i > 0 ? shape->channels[i - 1] : 1, out = shape->channels[i];
    const double fan_in = (double)(in * shape->taps[i]);
    const struct ana_weight weight = {.size = sizeof weight,
                                      .flags = ANA_WEIGHT_COPIED,
                                      .ndim = 3,
                                      .init = ANA_INIT_NORMAL,
                                      .shape = {out, in, shape->taps[i]},
                                      .scale = sqrt(2 / fan_in)};
    const float *w;
    char name[80];
    int rc;

    w = ana_checkpoint_weight(l->ctx, l->checkpoint, &weight,
                              "feature_extractor.conv_layers.%d.conv.weight", (int)i);
    if (shape->conv_bias)
        conv->bias = WEIGHT(l, 1, ANA_INIT_UNIFORM, sqrt(1 / fan_in), DIMS(out),
                            "feature_extractor.conv_layers.%d.conv.bias", (int)i);
    snprintf(name, sizeof name, "feature_extractor.conv_layers.%d.layer_norm", (int)i);
    if (i == 0 || !shape->group_norm)
        conv->norm = load_norm(l, out, name);
    if (!w)
        return 0;
    conv->w = ana_alloc(l->ctx, out * in * shape->taps[i], sizeof *conv->w);
    if (!conv->w)
        return ANA_ERESOURCE;
    rc = ana_nn_conv1d_weights(l->ctx, out, in, shape->taps[i], w, conv->w);
    return rc == 0 && i > 0 ? add_sums(l->ctx, shape, i, conv) : rc;
}

/* w = v g / |v|, |v| over both kinds of channels: one gain a tap (Salimans & Kingma
 * 2016). An untrained g is |v|, so w is v. */
static void weigh_taps(const struct shape *shape, const float *g, float *w)
{
    const int64_t K = shape->position_taps;
    const int64_t rows = shape->width, C = shape->width / shape->position_groups;

    for (int64_t k = 0; g && k < K; k++) {
        double square = 0;

        for (int64_t o = 0; o < rows; o++)
            for (int64_t c = 0; c < C; c++) {
                const double v = (double)w[(o * K + k) * C + c];

                square += v * v;
            }
        for (int64_t o = 0; o < rows; o++)
            for (int64_t c = 0; c < C; c++)
                w[(o * K + k) * C + c] =
                    (float)((double)w[(o * K + k) * C + c] * (double)g[k] / sqrt(square));
    }
}

/* With 128 taps their transform is what goes fast. */
static int transform_position(struct ana_ctx *ctx, const struct shape *shape,
                              const float *w, struct weights *weights)
{
    struct ana_nn_conv1d_layer layer = shape_position(shape, NULL);
    int64_t n;
    int rc;

    layer.w = w;
    rc = ana_nn_conv1d_spectrum_size(ctx, &layer, &n);
    if (rc == 0 && !(weights->position = ana_alloc(ctx, n, sizeof *weights->position)))
        rc = ANA_ERESOURCE;
    return rc == 0 ? ana_nn_conv1d_spectrum(ctx, &layer, weights->position) : rc;
}

static int load_position(const struct loader *l, const struct shape *shape,
                         struct weights *weights)
{
    const int64_t C = shape->width / shape->position_groups, K = shape->position_taps;
    const int random = ana_checkpoint_is_random(l->checkpoint);
    const struct ana_weight weight = {.size = sizeof weight,
                                      .flags = ANA_WEIGHT_COPIED,
                                      .ndim = 3,
                                      .init = ANA_INIT_NORMAL,
                                      .shape = {shape->width, C, K},
                                      .scale = 2 * sqrt(1 / (double)(K * C))};
    const float *v, *g = NULL;
    float *w;
    int rc;

    weights->position_bias = WEIGHT(l, 1, ANA_INIT_CONSTANT, 0, DIMS(shape->width),
                                    "encoder.pos_conv_embed.conv.bias");
    v = ana_checkpoint_weight(
        l->ctx, l->checkpoint, &weight,
        "encoder.pos_conv_embed.conv.weight_v|"
        "encoder.pos_conv_embed.conv.parametrizations.weight.original1");
    if (!random)
        g = WEIGHT(l, 3, ANA_INIT_CONSTANT, 1, DIMS(1, 1, K),
                   "encoder.pos_conv_embed.conv.weight_g|"
                   "encoder.pos_conv_embed.conv.parametrizations.weight.original0");
    if (!v || (!g && !random))
        return 0;
    w = ana_alloc(l->ctx, shape->width * C * K, sizeof *w);
    if (!w)
        return ANA_ERESOURCE;
    rc = ana_nn_conv1d_weights(l->ctx, shape->width, C, K, v, w);
    weigh_taps(shape, g, w);
    if (rc == 0)
        rc = transform_position(l->ctx, shape, w, weights);
    ana_free(l->ctx, w);
    return rc;
}

static struct dense load_in_layer(const struct loader *l, int64_t i, const char *part,
                                  int64_t out, int64_t in)
{
    char name[96];

    snprintf(name, sizeof name, "encoder.layers.%d.%s", (int)i, part);
    return load_dense(l, out, in, ANA_INIT_NORMAL, 0.02, 0, name);
}

static void load_layer(const struct loader *l, const struct shape *shape, int64_t i,
                       struct layer *layer)
{
    const int64_t D = shape->width, F = shape->inner, H = shape->heads;
    char name[96];

    layer->q = load_in_layer(l, i, "attention.q_proj", D, D);
    layer->k = load_in_layer(l, i, "attention.k_proj", D, D);
    layer->v = load_in_layer(l, i, "attention.v_proj", D, D);
    layer->out = load_in_layer(l, i, "attention.out_proj", D, D);
    layer->up = load_in_layer(l, i, "feed_forward.intermediate_dense", F, D);
    layer->down = load_in_layer(l, i, "feed_forward.output_dense", D, F);
    snprintf(name, sizeof name, "encoder.layers.%d.layer_norm", (int)i);
    layer->attention_norm = load_norm(l, D, name);
    snprintf(name, sizeof name, "encoder.layers.%d.final_layer_norm", (int)i);
    layer->final_norm = load_norm(l, D, name);
    if (!shape->wavlm)
        return;
    layer->gate_w =
        WEIGHT(l, 2, ANA_INIT_NORMAL, 0.02, DIMS(8, D / H),
               "encoder.layers.%d.attention.gru_rel_pos_linear.weight", (int)i);
    layer->gate_bias =
        WEIGHT(l, 1, ANA_INIT_CONSTANT, 0, DIMS(8),
               "encoder.layers.%d.attention.gru_rel_pos_linear.bias", (int)i);
    layer->gate_factor = WEIGHT(l, 4, ANA_INIT_CONSTANT, 1, DIMS(1, H, 1, 1),
                                "encoder.layers.%d.attention.gru_rel_pos_const", (int)i);
}

int weights_load(struct ana_ctx *ctx, struct ana_checkpoint *checkpoint,
                 const struct shape *shape, struct weights *weights)
{
    static const char *const prefixes[] = {
        "", "wav2vec2.", "hubert.", "wavlm.", "model.encoder.", "encoder.", NULL};
    /* What pre-training alone needs. */
    static const char *const unused[] = {"masked_spec_embed", "quantizer.*",
                                         "project_q.*",       "project_hid.*",
                                         "adapter.*",         NULL};
    const struct loader l = {ctx, checkpoint};
    const int64_t C = shape->channels[shape->n_convs - 1];
    int rc = 0;

    weights->checkpoint = checkpoint;
    ana_checkpoint_prefix(checkpoint, prefixes,
                          "feature_extractor.conv_layers.0.conv.weight");
    for (int64_t i = 0; rc == 0 && i < shape->n_convs; i++)
        rc = load_convolution(&l, shape, i, &weights->conv[i]);
    if (shape->project_norm)
        weights->project_norm = load_norm(&l, C, "feature_projection.layer_norm");
    weights->project =
        load_dense(&l, shape->width, C, ANA_INIT_UNIFORM, sqrt(1 / (double)C),
                   sqrt(1 / (double)C), "feature_projection.projection");
    if (rc == 0)
        rc = load_position(&l, shape, weights);
    weights->encoder_norm = load_norm(&l, shape->width, "encoder.layer_norm");
    weights->layer = ana_alloc(ctx, shape->layers, sizeof *weights->layer);
    if (rc != 0 || !weights->layer)
        return rc != 0 ? rc : ANA_ERESOURCE;
    if (shape->wavlm)
        weights->relative =
            WEIGHT(&l, 2, ANA_INIT_NORMAL, 1, DIMS(shape->buckets, shape->heads),
                   "encoder.layers.0.attention.rel_attn_embed.weight");
    for (int64_t i = 0; i < shape->layers; i++)
        load_layer(&l, shape, i, &weights->layer[i]);
    return ana_checkpoint_finish(ctx, checkpoint, unused);
}

void weights_finish(struct ana_ctx *ctx, struct weights *weights)
{
    for (int64_t i = 0; i < MOST_CONVS; i++) {
        ana_free(ctx, weights->conv[i].w);
        ana_free(ctx, weights->conv[i].sums);
    }
    ana_free(ctx, weights->position);
    ana_free(ctx, weights->layer);
}
