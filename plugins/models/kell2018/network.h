/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KELL2018_NETWORK_H
#define KELL2018_NETWORK_H

#include "plugins/models/lib/clip.h"

/* The branched network of Kell et al. 2018. Pictures are time x frequency x channels, so
 * that a row is a moment: EDGE x EDGE pixels of a cochleagram of 2 s. */

enum {
    EDGE = 256,
    RATE = 16000,
    SAMPLES = 2 * RATE, /* of a clip */
    COCHLEAGRAM = 0,    /* number of the layer that is the input */
    N_LAYERS = 18
};

enum stage_kind { INPUT, CONVOLUTION, NORM, LARGEST, MEAN, DENSE, LOGITS };

/* One stage; `from` is the number of the stage that feeds it. */
struct stage {
    const char *name, *branch;
    enum stage_kind kind;
    int from;
    int64_t edge, step; /* of the window and between windows, in pixels of its input */
    int64_t units;      /* channels; 0 = as the input */
};

/* A stage's output in this network, and when its columns of time happen. */
struct place {
    int64_t rows, columns, channels; /* time, frequency; 1 x 1 behind pool5 */
    double hop, centre;              /* pixels of the cochleagram; of column 0 */
};

struct network {
    struct stage stage[N_LAYERS];
    struct place place[N_LAYERS];
    float *w[N_LAYERS]; /* out x time x frequency x in; ours */
    const float *bias[N_LAYERS];
};

/* network.c; `network` is a struct network, as clip.h hands it over. */
int network_open(struct ana_ctx *ctx, struct ana_checkpoint *checkpoint, void *network);
void network_close(struct ana_ctx *ctx, void *network);
/* needed[i] = 1 for stages that are wanted, or feed one. */
void mark_needed(const struct network *network, const uint8_t *wanted, uint8_t *needed);
/* emit(stage, output) for each stage that is wanted, or needed for one. */
int network_run(struct ana_ctx *ctx, const void *network, const float *image,
                const uint8_t *wanted, clip_emit *emit, void *to);

/* cochleagram.c: EDGE x EDGE (time x frequency), 0 .. 255. */
int front_end_create(struct ana_ctx *ctx, void **out);
void front_end_destroy(struct ana_ctx *ctx, void *front_end);
int front_end_run(struct ana_ctx *ctx, const void *front_end, int64_t n,
                  const float *sound, float *image);

#endif
