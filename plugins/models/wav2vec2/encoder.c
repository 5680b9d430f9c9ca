/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Projection, convolutional positions, transformer layers (Baevski et al. 2020, after
 * Vaswani et al. 2017):
 *   x = W norm(features) + b
 *   x = x + GELU(conv(x))
 *   base:   x = norm(x);  each layer  x = norm(x + attend(x)),  x = norm(x + feed(x))
 *   stable: each layer  x = x + attend(norm(x)),  x = x + feed(norm(x));  norm at the end
 *
 * Hidden state 0 is what enters the first layer, i what layer i gives; in the stable
 * style the last one has gone through the norm at the end.
 */
#include <math.h>
#include <string.h>

#include "network.h"

struct state {
    const struct shape *shape;
    const struct weights *weights;
    const struct output *output;
    int64_t item, n;      /* items from `item` on, ... */
    const int64_t *first; /* ... i's rows begin at first[i] */
    int64_t T;            /* rows in all */
    float *x;             /* T x D */
    float *y;             /* T x D: a norm of x, or what attention gave */
    float *wide;  /* T x max(3 D, inner): queries, keys, values; or the feed-forward */
    float **bias; /* WavLM: n of H x (2T_i - 1) */
    float *gates; /* WavLM: T x H */
    float *near;  /* T x H x (2 reach + 1), or NULL */
};

static int dense(struct ana_ctx *ctx, const struct state *s, const struct dense *weights,
                 int64_t in, int64_t out, const float *x, int32_t act, float *y,
                 int64_t ldy)
{
    const struct ana_nn_tail tail = {
        .size = sizeof tail, .act = act, .bias = weights->bias};

    return ana_nn_linear_strided(ctx, s->T, in, out, x, in, weights->w, &tail, y, ldy);
}

/* x = x + W y + b, normalised afterwards in the base style. */
static int add_to_x(struct ana_ctx *ctx, const struct state *s,
                    const struct dense *weights, int64_t in, const float *y,
                    const struct norm *norm)
{
    struct ana_nn_tail tail = {.size = sizeof tail,
                               .bias = weights->bias,
                               .residual = s->x,
                               .eps = (float)s->shape->eps};

    if (!s->shape->stable) {
        tail.gain = norm->gain;
        tail.shift = norm->bias;
    }
    return ana_nn_linear(ctx, s->T, in, s->shape->width, y, weights->w, &tail, s->x);
}

static int normalise(struct ana_ctx *ctx, const struct state *s, const struct norm *norm,
                     const float *x, float *y)
{
    return ana_nn_layer_norm(ctx, s->T, s->shape->width, x, norm->gain, norm->bias,
                             (float)s->shape->eps, y);
}

static int emit(struct ana_ctx *ctx, const struct state *s, int64_t layer, int64_t units,
                const float *x)
{
    int rc = 0;

    for (int64_t i = 0; rc == 0 && s->output->wanted[layer] && i < s->n; i++)
        rc = s->output->emit(ctx, s->output->to, s->item + i, layer, 0,
                             s->first[i + 1] - s->first[i], units,
                             x + s->first[i] * units);
    return rc;
}

/* Each item's frames to each other: wide -> y. */
static int attend_items(struct ana_ctx *ctx, const struct state *s, int64_t map)
{
    const struct shape *shape = s->shape;
    const int64_t D = shape->width, H = shape->heads;
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < s->n; i++) {
        const int64_t row = s->first[i], T = s->first[i + 1] - row;
        const float *q = s->wide + row * 3 * D;
        const struct ana_nn_attention attention = {
            .size = sizeof attention,
            .n_queries = T,
            .n_keys = T,
            .heads = H,
            .kv_heads = H,
            .width = D / H,
            .scale = 1 / sqrtf((float)(D / H)),
            .q = q,
            .k = q + D,
            .v = q + 2 * D,
            .ld_q = 3 * D,
            .ld_k = 3 * D,
            .ld_v = 3 * D,
            .ld_out = D,
            .bias = shape->wavlm ? s->bias[i] : NULL,
            .gate = shape->wavlm ? s->gates + row * H : NULL,
            .near = s->output->wanted[map]
                        ? s->near + row * H * (2 * s->output->reach + 1)
                        : NULL,
            .reach = s->output->reach};

        rc = ana_nn_attend(ctx, &attention, s->y + row * D);
    }
    return rc;
}

static int attend(struct ana_ctx *ctx, const struct state *s, int64_t l, const float *x)
{
    const struct layer *layer = &s->weights->layer[l];
    const struct shape *shape = s->shape;
    const int64_t D = shape->width, map = layer_attention(shape, l + 1);
    int rc = dense(ctx, s, &layer->q, D, D, x, ANA_NN_NONE, s->wide, 3 * D);

    if (rc == 0)
        rc = dense(ctx, s, &layer->k, D, D, x, ANA_NN_NONE, s->wide + D, 3 * D);
    if (rc == 0)
        rc = dense(ctx, s, &layer->v, D, D, x, ANA_NN_NONE, s->wide + 2 * D, 3 * D);
    if (rc == 0 && shape->wavlm)
        relative_gates(shape, layer, s->T, x, s->gates);
    if (rc == 0)
        rc = attend_items(ctx, s, map);
    if (rc == 0)
        rc = add_to_x(ctx, s, &layer->out, D, s->y, &layer->attention_norm);
    return rc == 0 ? emit(ctx, s, map, shape->heads * (2 * s->output->reach + 1), s->near)
                   : rc;
}

static int feed_forward(struct ana_ctx *ctx, const struct state *s, int64_t l,
                        const float *x)
{
    const struct layer *layer = &s->weights->layer[l];
    const int64_t D = s->shape->width, F = s->shape->inner;
    int rc = dense(ctx, s, &layer->up, D, F, x, s->shape->act, s->wide, F);

    return rc == 0 ? add_to_x(ctx, s, &layer->down, F, s->wide, &layer->final_norm) : rc;
}

/* Weights that a pass has used may go; mapping them anew from the page cache costs some
 * percent of a layer's time at 500 frames, less and less beyond. So from LONG frames on
 * the largest matrix goes, which keeps ten seconds near 300 MB, and all of them from
 * LONGER on, where that is a small part of the time. */
enum { LONG = 400, LONGER = 800 };

static void rest_layer(const struct state *s, const struct layer *layer)
{
    const float *const used[] = {layer->down.w, layer->q.w,   layer->k.w,
                                 layer->v.w,    layer->out.w, layer->up.w};
    const size_t n = s->T < LONG ? 0 : s->T < LONGER ? 1 : sizeof used / sizeof *used;

    for (size_t i = 0; i < n; i++)
        ana_checkpoint_rest(s->weights->checkpoint, used[i]);
}

static int run_layer(struct ana_ctx *ctx, const struct state *s, int64_t l)
{
    const struct layer *layer = &s->weights->layer[l];
    const int stable = s->shape->stable;
    int rc = stable ? normalise(ctx, s, &layer->attention_norm, s->x, s->y) : 0;

    if (rc == 0)
        rc = attend(ctx, s, l, stable ? s->y : s->x);
    if (rc == 0 && stable)
        rc = normalise(ctx, s, &layer->final_norm, s->x, s->y);
    if (rc == 0)
        rc = feed_forward(ctx, s, l, stable ? s->y : s->x);
    rest_layer(s, layer);
    return rc;
}

static int project(struct ana_ctx *ctx, const struct state *s, float *features)
{
    const struct weights *weights = s->weights;
    const int64_t C = s->shape->channels[s->shape->n_convs - 1];
    int rc = 0;

    if (s->shape->project_norm)
        rc =
            ana_nn_layer_norm(ctx, s->T, C, features, weights->project_norm.gain,
                              weights->project_norm.bias, (float)s->shape->eps, features);
    if (rc == 0)
        rc = dense(ctx, s, &weights->project, C, s->shape->width, features, ANA_NN_NONE,
                   s->x, s->shape->width);
    return rc == 0 ? emit(ctx, s, layer_projection(s->shape), s->shape->width, s->x) : rc;
}

static int add_positions(struct ana_ctx *ctx, const struct state *s)
{
    const struct ana_nn_conv1d_layer conv =
        shape_position(s->shape, s->weights->position);
    const struct ana_nn_tail tail = {.size = sizeof tail,
                                     .act = s->shape->conv_act,
                                     .bias = s->weights->position_bias};
    int rc = ana_nn_conv1d_each(ctx, &conv, s->n, s->first, s->x, &tail, s->y);

    for (int64_t i = 0; rc == 0 && i < s->T * s->shape->width; i++)
        s->x[i] += s->y[i];
    if (rc == 0 && !s->shape->stable)
        rc = normalise(ctx, s, &s->weights->encoder_norm, s->x, s->x);
    return rc;
}

/* The hidden state i; the last one of the stable style is normalised on its way out. */
static int emit_hidden(struct ana_ctx *ctx, const struct state *s, int64_t i)
{
    const int64_t layer = layer_hidden(s->shape, i);
    int rc;

    if (!s->output->wanted[layer] || !s->shape->stable || i < s->shape->layers)
        return emit(ctx, s, layer, s->shape->width, s->x);
    rc = normalise(ctx, s, &s->weights->encoder_norm, s->x, s->y);
    return rc == 0 ? emit(ctx, s, layer, s->shape->width, s->y) : rc;
}

static int open_state(struct ana_ctx *ctx, struct state *s)
{
    const struct shape *shape = s->shape;
    const int64_t D = shape->width, wide = shape->inner > 3 * D ? shape->inner : 3 * D;
    const int64_t span = 2 * s->output->reach + 1;
    int maps = 0;

    for (int64_t i = 1; i <= shape->layers; i++)
        maps |= s->output->wanted[layer_attention(shape, i)];
    s->x = ana_alloc(ctx, s->T * D, sizeof *s->x);
    s->y = ana_alloc(ctx, s->T * D, sizeof *s->y);
    s->wide = ana_alloc(ctx, s->T * wide, sizeof *s->wide);
    if (!s->x || !s->y || !s->wide)
        return ANA_ERESOURCE;
    if (maps && !(s->near = ana_alloc(ctx, s->T * shape->heads * span, sizeof *s->near)))
        return ANA_ERESOURCE;
    if (!shape->wavlm)
        return 0;
    s->bias = ana_alloc(ctx, s->n, sizeof *s->bias);
    s->gates = ana_alloc(ctx, s->T * shape->heads, sizeof *s->gates);
    if (!s->bias || !s->gates)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < s->n; i++) {
        const int64_t T = s->first[i + 1] - s->first[i];

        s->bias[i] = ana_alloc(ctx, shape->heads * (2 * T - 1), sizeof **s->bias);
        if (!s->bias[i])
            return ANA_ERESOURCE;
        relative_bias(shape, s->weights->relative, T, s->bias[i]);
    }
    return 0;
}

int encode(struct ana_ctx *ctx, const struct shape *shape, const struct weights *weights,
           int64_t item, int64_t n, const int64_t *first, float *features,
           const struct output *output)
{
    struct state s = {.shape = shape,
                      .weights = weights,
                      .output = output,
                      .item = item,
                      .n = n,
                      .first = first,
                      .T = first[n]};
    const int64_t last = last_wanted(shape, output->wanted);
    int rc = 0;

    if (last < 0 && !output->wanted[layer_projection(shape)])
        return 0;
    rc = open_state(ctx, &s);
    if (rc == 0)
        rc = project(ctx, &s, features);
    if (rc == 0 && last >= 0)
        rc = add_positions(ctx, &s);
    if (rc == 0 && last >= 0)
        rc = emit_hidden(ctx, &s, 0);
    for (int64_t l = 0; rc == 0 && l < last; l++) {
        rc = run_layer(ctx, &s, l);
        if (rc == 0)
            rc = emit_hidden(ctx, &s, l + 1);
    }
    ana_free(ctx, s.x);
    ana_free(ctx, s.y);
    ana_free(ctx, s.wide);
    ana_free(ctx, s.near);
    for (int64_t i = 0; s.bias && i < n; i++)
        ana_free(ctx, s.bias[i]);
    ana_free(ctx, s.bias);
    ana_free(ctx, s.gates);
    return rc;
}
