/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Controls: weights drawn as before training, or shuffled within their tensor. Streams
 * are keyed by the tensor's name, the twin and a block of numbers, so that neither the
 * order of tensors nor the number of threads matters.
 */
#include <anaflow/nn.h>

#include "nn/checkpoint.h"

enum { BLOCK = 1 << 16 };

struct draw {
    const struct ana_weight *weight;
    const char *name;
    int64_t twin, n;
    float *x;
};

static int draw_block(struct ana_ctx *ctx, void *arg, int64_t block)
{
    const struct draw *draw = arg;
    const int64_t from = block * BLOCK,
                  to = from + BLOCK < draw->n ? from + BLOCK : draw->n;
    const double scale = draw->weight->scale;
    struct ana_rng rng;

    ana_rng_init(ctx, draw->name, draw->twin * ((int64_t)1 << 24) + block, &rng);
    for (int64_t i = from; i < to; i++)
        switch (draw->weight->init) {
        case ANA_INIT_NORMAL:
            draw->x[i] = (float)(scale * ana_rng_normal(&rng));
            break;
        case ANA_INIT_UNIFORM:
            draw->x[i] = (float)(scale * (2 * ana_rng_uniform(&rng) - 1));
            break;
        default:
            draw->x[i] = (float)scale;
        }
    return 0;
}

int ana_checkpoint_draw(struct ana_ctx *ctx, const struct ana_weight *weight,
                        const char *name, int64_t twin, int64_t n, float *x)
{
    struct draw draw = {weight, name, twin, n, x};

    return ana_parallel_for(ctx, (n + BLOCK - 1) / BLOCK, draw_block, &draw);
}

/* Fisher-Yates from the last down, on the numbers themselves. */
int ana_checkpoint_shuffle(struct ana_ctx *ctx, const char *name, int64_t twin, int64_t n,
                           float *x)
{
    struct ana_rng rng;

    ana_rng_init(ctx, name, twin, &rng);
    for (int64_t i = n - 1; i > 0; i--) {
        const int64_t j = ana_rng_below(&rng, i + 1);
        const float held = x[i];

        x[i] = x[j];
        x[j] = held;
    }
    return 0;
}
