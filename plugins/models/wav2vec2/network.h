/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WAV2VEC2_NETWORK_H
#define WAV2VEC2_NETWORK_H

#include <anaflow/anaflow.h>

/* wav2vec 2.0, HuBERT and WavLM: sound -> seven convolutions -> projection -> a
 * convolution for position -> L transformer layers. What the three share is most of it;
 * where they differ, a field of `struct shape` says so.
 *
 * N samples, T frames, C channels of the convolutions, D = width, H heads. */

enum { MOST_CONVS = 16 };

/* What config.json says. */
struct shape {
    int wavlm;        /* gated relative position bias in every layer's attention */
    int group_norm;   /* "group": one norm over time in the first convolution;
                         "layer": a norm over channels in each */
    int conv_bias;    /* convolutions have biases */
    int stable;       /* norms before attention and feed-forward, not after */
    int project_norm; /* a norm before the projection (all but some HuBERTs) */
    int normalise;    /* the sound has mean 0 and variance 1 */
    int32_t conv_act, act;
    int64_t n_convs, channels[MOST_CONVS], taps[MOST_CONVS], stride[MOST_CONVS];
    int64_t width, inner, heads, layers; /* D, feed-forward, H, L */
    int64_t position_taps, position_groups;
    int64_t buckets, farthest; /* WavLM's table of relative positions */
    double eps, rate;          /* of layer norms; Hz */
};

struct norm {
    const float *gain, *bias;
};

struct dense {
    const float *w, *bias;
};

struct conv {
    float *w;    /* channels last; ours */
    float *sums; /* `ana_nn_conv1d_sums`, or NULL; ours */
    const float *bias;
    struct norm norm; /* gain NULL = none */
};

struct layer {
    struct dense q, k, v, out, up, down;
    struct norm attention_norm, final_norm;
    const float *gate_w, *gate_bias, *gate_factor; /* WavLM: 8 x D/H, 8, H */
};

struct weights {
    const struct ana_checkpoint *checkpoint; /* whose the tensors are */
    struct conv conv[MOST_CONVS];
    struct norm project_norm, encoder_norm;
    struct dense project;
    float *position; /* the convolution's kernel, transformed; ours */
    const float *position_bias;
    const float *relative; /* WavLM: buckets x H */
    struct layer *layer;   /* L of them; ours */
};

/* config.c: read, check, and the built-in shapes ("wav2vec2-base", ...) as JSON. */
int shape_read(struct ana_ctx *ctx, const struct ana_checkpoint *checkpoint,
               struct shape *shape);
const char *shape_builtin(const char *name);
/* Frames after `convs` convolutions of n samples; 0 if n is too short. */
int64_t shape_frames(const struct shape *shape, int64_t convs, int64_t n);
/* Samples between frames, and samples that one sees, after `convs` convolutions. */
void shape_field(const struct shape *shape, int64_t convs, int64_t *hop, int64_t *field);

/* weights.c */
int weights_load(struct ana_ctx *ctx, struct ana_checkpoint *checkpoint,
                 const struct shape *shape, struct weights *weights);
void weights_finish(struct ana_ctx *ctx, struct weights *weights);

/* Where results go: `emit` is called for what `wanted` marks. Numbers of layers:
 * 0 .. n_convs - 1 the convolutions, then the projection, hidden states 0 .. L, and
 * attention 1 .. L. */
struct output {
    const uint8_t *wanted;
    int64_t reach; /* frames to either side in attention's maps */
    int (*emit)(struct ana_ctx *ctx, void *to, int64_t item, int64_t layer, int64_t first,
                int64_t n, int64_t units, const float *x);
    void *to;
};

static inline int64_t layer_projection(const struct shape *shape)
{
    return shape->n_convs;
}
static inline int64_t layer_hidden(const struct shape *shape, int64_t i)
{
    return shape->n_convs + 1 + i;
}
static inline int64_t layer_attention(const struct shape *shape, int64_t i) /* from 1 */
{
    return shape->n_convs + 1 + shape->layers + i;
}

/* Layers of the transformer to run for what is wanted; -1 = not even positions. */
static inline int64_t last_wanted(const struct shape *shape, const uint8_t *wanted)
{
    int64_t last = -1;

    for (int64_t i = 0; i <= shape->layers; i++)
        if (wanted[layer_hidden(shape, i)] ||
            (i > 0 && wanted[layer_attention(shape, i)]))
            last = i;
    return last;
}

/* extractor.c: sound (already normalised) -> T x C of the last convolution. */
int extract(struct ana_ctx *ctx, const struct shape *shape, const struct weights *weights,
            int64_t item, int64_t n, const float *sound, const struct output *output,
            float *features);

/* weights.c: a convolution as core/nn takes it, without and with its weights. */
struct ana_nn_conv1d_layer shape_conv(const struct shape *shape, int64_t i,
                                      const struct conv *weights);
struct ana_nn_conv1d_layer shape_position(const struct shape *shape,
                                          const float *spectrum);

/* encoder.c: items [item, item + n), one's frames behind the other's: first[i] .. first[i
 * + 1] are rows of T x C features -> hidden states. What is not between frames takes all
 * items at once, so that short ones share what weights cost. Overwrites features. */
int encode(struct ana_ctx *ctx, const struct shape *shape, const struct weights *weights,
           int64_t item, int64_t n, const int64_t *first, float *features,
           const struct output *output);

/* relative.c: WavLM's bias of key - query, H x (2T - 1), and one layer's gates, T x H. */
void relative_bias(const struct shape *shape, const float *table, int64_t T, float *bias);
void relative_gates(const struct shape *shape, const struct layer *layer, int64_t T,
                    const float *x, float *gates);

#endif
