/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MODULATION_H
#define MODULATION_H

#include <anaflow/anaflow.h>

#include "filters.h"

enum { FULL, MEAN, LAYERS };
enum { RATE, DIRECTION, SCALE, FREQUENCY, AXES };
enum { DOWN, UP, DIRECTIONS };

/* The model: C input channels, F frequencies, R rates, S scales. */
struct modulation {
    int64_t C, F, R, S;
    double *rate, *scale, *frequency;
    int64_t *below;  /* F: input channel under each frequency, */
    double *portion; /* F: and how far it lies towards the next */
    struct rate_filters filters;
    float *matrix; /* F x 2SF: scale_matrix() */
    struct ana_axis axis[AXES];
    struct ana_layer layer[LAYERS];
    struct ana_model_info info;
};

/* Frames that one item of n is worked on at a time: a block and the margins that the rate
 * filters reach into (none longer than the item), padded to N for the transform. */
struct block {
    int64_t frames, before, after, N;
};
void energy_block(const struct modulation *self, int64_t n, struct block *block);

/* Bytes that `energy_run` works in. */
double energy_bytes(const struct modulation *self, const struct block *block);

/* Emit the wanted layers of one item: x is n x C. */
int energy_run(struct ana_ctx *ctx, const struct modulation *self, const float *x,
               int64_t n, int64_t item, const uint8_t *wanted, struct ana_sink *sink);

#endif
