/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Whisper's encoder (Radford et al. 2023):
 *   x = GELU(conv1(mel)),  x = GELU(conv2(x)) with stride 2,  x = x + positions
 *   each layer  x = x + attend(norm(x)),  x = x + feed(norm(x));  a norm at the end
 * Hidden state 0 is what enters the first layer, i what layer i gives, the last one after
 * the norm at the end.
 */
#include <math.h>

#include "network.h"

struct state {
    const struct shape *shape;
    const struct weights *weights;
    const struct output *output;
    float *x;    /* P x D */
    float *y;    /* P x D: a norm of x, or what attention gave */
    float *wide; /* 2 P x D, P x 3 D or P x inner */
    float *near; /* P x H x (2 reach + 1), or NULL */
};

static const float eps = 1e-5f;

static int emit(struct ana_ctx *ctx, const struct state *s, int64_t layer, int64_t n,
                int64_t units, const float *x)
{
    return s->output->wanted[layer]
               ? s->output->emit(ctx, s->output->to, layer, n, units, x)
               : 0;
}

static int dense(struct ana_ctx *ctx, const struct state *s, const struct dense *weights,
                 int64_t in, int64_t out, const float *x, int32_t act, float *y,
                 int64_t ldy)
{
    const struct ana_nn_tail tail = {
        .size = sizeof tail, .act = act, .bias = weights->bias};

    return ana_nn_linear_strided(ctx, s->shape->positions, in, out, x, in, weights->w,
                                 &tail, y, ldy);
}

/* x = x + W y + b */
static int add_to_x(struct ana_ctx *ctx, const struct state *s,
                    const struct dense *weights, int64_t in, const float *y)
{
    const struct ana_nn_tail tail = {
        .size = sizeof tail, .bias = weights->bias, .residual = s->x};

    return ana_nn_linear(ctx, s->shape->positions, in, s->shape->width, y, weights->w,
                         &tail, s->x);
}

static int normalise(struct ana_ctx *ctx, const struct state *s, const struct norm *norm)
{
    return ana_nn_layer_norm(ctx, s->shape->positions, s->shape->width, s->x, norm->gain,
                             norm->bias, eps, s->y);
}

static int convolve(struct ana_ctx *ctx, const struct state *s, int i, int64_t n,
                    const float *x, float *y)
{
    const struct ana_nn_conv1d_layer conv = {.size = sizeof conv,
                                             .in = i ? s->shape->width : s->shape->bands,
                                             .out = s->shape->width,
                                             .taps = 3,
                                             .stride = i ? 2 : 1,
                                             .groups = 1,
                                             .pad_before = 1,
                                             .pad_after = 1,
                                             .w = s->weights->conv[i]};
    const struct ana_nn_tail tail = {
        .size = sizeof tail, .act = ANA_NN_GELU, .bias = s->weights->conv_bias[i]};

    return ana_nn_conv1d(ctx, &conv, n, x, &tail, y);
}

static int enter(struct ana_ctx *ctx, const struct state *s, const float *mel)
{
    const int64_t P = s->shape->positions, D = s->shape->width;
    int rc = convolve(ctx, s, 0, 2 * P, mel, s->wide);

    if (rc == 0)
        rc = emit(ctx, s, LAYER_CONV1, 2 * P, D, s->wide);
    if (rc == 0)
        rc = convolve(ctx, s, 1, 2 * P, s->wide, s->x);
    if (rc == 0)
        rc = emit(ctx, s, LAYER_CONV2, P, D, s->x);
    for (int64_t i = 0; rc == 0 && i < P * D; i++)
        s->x[i] += s->weights->position[i];
    return rc;
}

static int attend(struct ana_ctx *ctx, const struct state *s, int64_t l)
{
    const struct layer *layer = &s->weights->layer[l];
    const int64_t P = s->shape->positions, D = s->shape->width, H = s->shape->heads;
    const int64_t map = LAYER_HIDDEN + s->shape->layers + 1 + l;
    const struct ana_nn_attention attention = {.size = sizeof attention,
                                               .n_queries = P,
                                               .n_keys = P,
                                               .heads = H,
                                               .kv_heads = H,
                                               .width = D / H,
                                               .scale = 1 / sqrtf((float)(D / H)),
                                               .q = s->wide,
                                               .k = s->wide + D,
                                               .v = s->wide + 2 * D,
                                               .ld_q = 3 * D,
                                               .ld_k = 3 * D,
                                               .ld_v = 3 * D,
                                               .ld_out = D,
                                               .near = s->output->wanted[map] ? s->near
                                                                              : NULL,
                                               .reach = s->output->reach};
    int rc = normalise(ctx, s, &layer->attention_norm);

    if (rc == 0)
        rc = dense(ctx, s, &layer->q, D, D, s->y, ANA_NN_NONE, s->wide, 3 * D);
    if (rc == 0)
        rc = dense(ctx, s, &layer->k, D, D, s->y, ANA_NN_NONE, s->wide + D, 3 * D);
    if (rc == 0)
        rc = dense(ctx, s, &layer->v, D, D, s->y, ANA_NN_NONE, s->wide + 2 * D, 3 * D);
    if (rc == 0)
        rc = ana_nn_attend(ctx, &attention, s->y);
    if (rc == 0)
        rc = add_to_x(ctx, s, &layer->out, D, s->y);
    return rc == 0 ? emit(ctx, s, map, P, H * (2 * s->output->reach + 1), s->near) : rc;
}

static int feed_forward(struct ana_ctx *ctx, const struct state *s, int64_t l)
{
    const struct layer *layer = &s->weights->layer[l];
    const int64_t D = s->shape->width, F = s->shape->inner;
    int rc = normalise(ctx, s, &layer->final_norm);

    if (rc == 0)
        rc = dense(ctx, s, &layer->up, D, F, s->y, s->shape->act, s->wide, F);
    return rc == 0 ? add_to_x(ctx, s, &layer->down, F, s->wide) : rc;
}

static int emit_hidden(struct ana_ctx *ctx, const struct state *s, int64_t i)
{
    const int64_t layer = LAYER_HIDDEN + i, P = s->shape->positions, D = s->shape->width;
    int rc;

    if (!s->output->wanted[layer] || i < s->shape->layers)
        return emit(ctx, s, layer, P, D, s->x);
    rc = normalise(ctx, s, &s->weights->final_norm);
    return rc == 0 ? emit(ctx, s, layer, P, D, s->y) : rc;
}

static int open_state(struct ana_ctx *ctx, struct state *s)
{
    const int64_t P = s->shape->positions, D = s->shape->width, L = s->shape->layers;
    const int64_t wide = s->shape->inner > 3 * D ? s->shape->inner : 3 * D;
    const int64_t map = s->shape->heads * (2 * s->output->reach + 1);
    int maps = 0;

    for (int64_t i = 1; i <= L; i++)
        maps |= s->output->wanted[LAYER_HIDDEN + L + i];
    s->x = ana_alloc(ctx, P * D, sizeof *s->x);
    s->y = ana_alloc(ctx, P * D, sizeof *s->y);
    s->wide = ana_alloc(ctx, P * wide, sizeof *s->wide);
    if (!s->x || !s->y || !s->wide)
        return ANA_ERESOURCE;
    if (maps && !(s->near = ana_alloc(ctx, P * map, sizeof *s->near)))
        return ANA_ERESOURCE;
    return 0;
}

int encode(struct ana_ctx *ctx, const struct shape *shape, const struct weights *weights,
           const float *mel, const struct output *output)
{
    struct state s = {.shape = shape, .weights = weights, .output = output};
    const int64_t last = last_wanted(shape, output->wanted);
    int rc = 0;

    if (last < 0 && !output->wanted[LAYER_CONV1] && !output->wanted[LAYER_CONV2])
        return 0;
    rc = open_state(ctx, &s);
    if (rc == 0)
        rc = enter(ctx, &s, mel);
    if (rc == 0)
        rc = emit_hidden(ctx, &s, 0);
    for (int64_t l = 0; rc == 0 && l < last; l++) {
        rc = attend(ctx, &s, l);
        if (rc == 0)
            rc = feed_forward(ctx, &s, l);
        if (rc == 0)
            rc = emit_hidden(ctx, &s, l + 1);
    }
    ana_free(ctx, s.x);
    ana_free(ctx, s.y);
    ana_free(ctx, s.wide);
    ana_free(ctx, s.near);
    return rc;
}
