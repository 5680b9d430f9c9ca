/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_ENCODED_H
#define METRICS_ENCODED_H

#include "plugins/metrics/lib/encode.h"

/* The y side of a metric that is the engine with other settings: its x side begins with
 * this, and the four calls below are its open_y, push, pass and close_y. */
struct ana_encoded {
    struct ana_encoder *encoder;
    /* states the metric's conventions once its last pass has ended */
    int (*state)(struct ana_ctx *ctx, const void *xs, struct ana_out *out);
};

int ana_encoded_open_y(struct ana_ctx *ctx, void *xs, const struct ana_y *y, void **ys);
int ana_encoded_push(struct ana_ctx *ctx, void *ys, const struct ana_tile *tile,
                     struct ana_out *out);
int ana_encoded_pass(struct ana_ctx *ctx, void *ys, struct ana_out *out, int32_t *again);
void ana_encoded_close_y(struct ana_ctx *ctx, void *ys);

#endif
