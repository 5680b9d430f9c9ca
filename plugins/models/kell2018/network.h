/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KELL2018_NETWORK_H
#define KELL2018_NETWORK_H

#include <anaflow/anaflow.h>

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

/* network.c */
int network_open(struct ana_ctx *ctx, struct ana_checkpoint *checkpoint,
                 struct network *network);
void network_close(struct ana_ctx *ctx, struct network *network);
/* emit(stage, output) for each stage that is wanted, or needed for one. */
int network_run(struct ana_ctx *ctx, const struct network *network, const float *image,
                const uint8_t *wanted,
                int (*emit)(struct ana_ctx *ctx, void *to, int stage, const float *x),
                void *to);

/* cochleagram.c: EDGE x EDGE (time x frequency), 0 .. 255. */
struct front_end;
int front_end_create(struct ana_ctx *ctx, struct front_end **out);
void front_end_destroy(struct ana_ctx *ctx, struct front_end *front_end);
int front_end_run(struct ana_ctx *ctx, const struct front_end *front_end, int64_t n,
                  const float *sound, float *image);

#endif
