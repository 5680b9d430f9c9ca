/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef COCHRESNET50_NETWORK_H
#define COCHRESNET50_NETWORK_H

#include "plugins/models/lib/clip.h"

/* CochResNet50 of Tuckute et al. 2023: a ResNet-50 (He et al. 2016) on a cochleagram of 2
 * s. Pictures are time x frequency x channels, so that a row is a moment. */

enum {
    RATE = 20000,
    SAMPLES = 2 * RATE, /* of a clip */
    FRAMES = 390,       /* 200 Hz, whole windows alone */
    CHANNELS = 211,     /* cochlear */
    MOST_BLOCKS = 64
};

enum {
    COCHLEAGRAM,
    CONV1,
    MAXPOOL,
    LAYER1,
    LAYER4 = LAYER1 + 3,
    AVGPOOL,
    FINAL,
    N_LAYERS
};

struct conv {
    int64_t in, out, edge, step;
    float *w;             /* out x time x frequency x in; ours */
    float *scale, *shift; /* the batch norm behind it, folded; shift = scale + out */
};

struct block {
    struct conv narrow, middle, wide, shortcut; /* shortcut.w NULL = the input itself */
};

/* A layer's picture; 1 x 1 behind the mean. */
struct place {
    int64_t rows, columns, channels;
};

struct network {
    int64_t stem, widths[4], blocks[4], classes;
    struct conv first;
    struct block block[MOST_BLOCKS]; /* of all four layers, one behind the other */
    const float *w, *bias;           /* of the classes; NULL = none */
    struct place place[N_LAYERS];
};

/* network.c: the checkpoint. resnet.c: the pass; emit(layer, picture) for what is wanted. */
int network_open(struct ana_ctx *ctx, struct ana_checkpoint *checkpoint, void *network);
void network_close(struct ana_ctx *ctx, void *network);
int network_run(struct ana_ctx *ctx, const void *network, const float *image,
                const uint8_t *wanted, clip_emit *emit, void *to);
double network_flops(const struct network *network, const uint8_t *wanted);

/* cochleagram.c: FRAMES x CHANNELS. */
int front_end_create(struct ana_ctx *ctx, void **out);
void front_end_destroy(struct ana_ctx *ctx, void *front_end);
int front_end_run(struct ana_ctx *ctx, const void *front_end, int64_t n,
                  const float *sound, float *image);

#endif
