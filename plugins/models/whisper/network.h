/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WHISPER_NETWORK_H
#define WHISPER_NETWORK_H

#include <anaflow/anaflow.h>

/* Whisper's encoder: a log-mel spectrogram of 30 s -> two convolutions -> positions -> L
 * transformer layers.
 *
 * M mel bands, P = positions (1500), 2 P frames of 10 ms, D = width, H heads. */

enum { HOP = 160, WINDOW = 400, BINS = WINDOW / 2 + 1, RATE = 16000 };

struct shape {
    int64_t bands, positions, width, inner, heads,
        layers; /* M, P, D, feed-forward, H, L */
    int32_t act;
};

struct norm {
    const float *gain, *bias;
};

struct dense {
    const float *w, *bias;
};

struct layer {
    struct dense q, k, v, out, up, down; /* k has no bias */
    struct norm attention_norm, final_norm;
};

struct weights {
    float *conv[2]; /* channels last; ours */
    const float *conv_bias[2];
    const float *position; /* P x D */
    float *sinusoids;      /* ours, where the checkpoint has none */
    struct norm final_norm;
    struct layer *layer; /* L of them; ours */
};

/* network.c: config.json and the tensors' names. */
int shape_read(struct ana_ctx *ctx, const struct ana_checkpoint *checkpoint,
               struct shape *shape);
const char *shape_builtin(const char *name);
int weights_load(struct ana_ctx *ctx, struct ana_checkpoint *checkpoint,
                 const struct shape *shape, struct weights *weights);
void weights_finish(struct ana_ctx *ctx, struct weights *weights);

/* logmel.c: the front end. filters: M x BINS, Slaney's. mel: frames x M, of n samples
 * followed by silence up to frames x HOP. */
struct logmel;
int logmel_create(struct ana_ctx *ctx, int64_t bands, struct logmel **out);
void logmel_destroy(struct ana_ctx *ctx, struct logmel *logmel);
const double *logmel_filters(const struct logmel *logmel);
double logmel_flops(const struct logmel *logmel, int64_t frames);
int logmel_run(struct ana_ctx *ctx, const struct logmel *logmel, int64_t n,
               const float *sound, int64_t frames, float *mel);

/* Where results go. Layers: 0 mel, 1 and 2 the convolutions, then hidden states 0 .. L,
 * and attention 1 .. L. */
enum { LAYER_MEL, LAYER_CONV1, LAYER_CONV2, LAYER_HIDDEN };

/* Layers of the transformer to run for what is wanted; -1 = not even positions. */
static inline int64_t last_wanted(const struct shape *shape, const uint8_t *wanted)
{
    int64_t last = -1;

    for (int64_t i = 0; i <= shape->layers; i++)
        if (wanted[LAYER_HIDDEN + i] ||
            (i > 0 && wanted[LAYER_HIDDEN + shape->layers + i]))
            last = i;
    return last;
}

struct output {
    const uint8_t *wanted;
    int64_t reach;
    int (*emit)(struct ana_ctx *ctx, void *to, int64_t layer, int64_t n, int64_t units,
                const float *x);
    void *to;
};

/* encoder.c: 2 P x M -> hidden states of P frames. */
int encode(struct ana_ctx *ctx, const struct shape *shape, const struct weights *weights,
           const float *mel, const struct output *output);

#endif
