/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MODELS_LIB_CLIP_H
#define MODELS_LIB_CLIP_H

#include <anaflow/anaflow.h>

/* Networks that hear a clip of 2 s: a front end makes a picture of it (time x frequency),
 * and every stage of what follows is a layer. What differs is a table; the rest of their
 * plugins is here: opening, the list of layers, the cost, and a clip's way. */

typedef int clip_emit(struct ana_ctx *ctx, void *to, int layer, const float *x);

struct clip_kind {
    const char *builtin; /* config.json of `checkpoint = random` */
    double rate;         /* Hz of the sound */
    int64_t samples;     /* of a clip, at most; silence follows */
    int64_t pixels;      /* numbers of a picture */
    int64_t spectrum;    /* length of the front end's transforms (erbbank.h) */
    int64_t work;        /* numbers in double that it holds besides */
    double transforms;   /* operations of those transforms, a clip */
    int n_layers;
    size_t network_size; /* of what `open` fills */

    int (*open)(struct ana_ctx *ctx, struct ana_checkpoint *checkpoint, void *network);
    void (*close)(struct ana_ctx *ctx, void *network);
    int (*open_front_end)(struct ana_ctx *ctx, void **front_end);
    void (*close_front_end)(struct ana_ctx *ctx, void *front_end);

    /* Layer i; and its moments. */
    void (*describe)(const void *network, int i, struct ana_layer *layer);
    int64_t (*rows)(const void *network, int i);
    /* Of one clip: bytes behind the front end, and operations up to what is wanted. */
    void (*cost)(const void *network, const uint8_t *wanted, struct ana_model_cost *cost);

    /* A picture of n <= samples; the pass, which emits what is wanted. */
    int (*see)(struct ana_ctx *ctx, const void *front_end, int64_t n, const float *sound,
               float *picture);
    int (*run)(struct ana_ctx *ctx, const void *network, const float *picture,
               const uint8_t *wanted, clip_emit *emit, void *to);
};

/* The functions of the plugin's table, behind its own `open` that names the kind. */
int clip_open(struct ana_ctx *ctx, const struct clip_kind *kind,
              const struct ana_model_source *source, void **self);
int clip_describe(struct ana_ctx *ctx, void *self, struct ana_model_info *info);
int clip_cost(struct ana_ctx *ctx, void *self, const struct ana_batch *batch,
              const uint8_t *wanted, struct ana_model_cost *cost);
int clip_forward(struct ana_ctx *ctx, void *self, const struct ana_batch *batch,
                 const uint8_t *wanted, struct ana_sink *sink);
void clip_close(struct ana_ctx *ctx, void *self);

#endif
