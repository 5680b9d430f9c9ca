/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The pass (He et al. 2016, fig. 5 right, the 3 x 3 convolution stepping):
 *   block(x) = relu(norm(wide(relu(norm(middle(relu(norm(narrow(x)))))))) + shortcut(x))
 * with batch norms folded into the convolutions' tails.
 */
#include <string.h>

#include "network.h"

/* A picture on its way. */
struct picture {
    int64_t rows, columns, channels;
    float *x;
};

static int convolve(struct ana_ctx *ctx, const struct conv *weights,
                    const struct picture *from, const float *residual, int32_t act,
                    struct picture *to)
{
    const int64_t pad = weights->edge / 2;
    const struct ana_nn_conv2d_layer conv = {.size = sizeof conv,
                                             .in = weights->in,
                                             .out = weights->out,
                                             .groups = 1,
                                             .taps = {weights->edge, weights->edge},
                                             .stride = {weights->step, weights->step},
                                             .pad_before = {pad, pad},
                                             .pad_after = {pad, pad},
                                             .w = weights->w};
    const struct ana_nn_tail tail = {.size = sizeof tail,
                                     .act = act,
                                     .scale = weights->scale,
                                     .bias = weights->shift,
                                     .residual = residual};

    to->rows = ana_nn_conv2d_length(&conv, 0, from->rows);
    to->columns = ana_nn_conv2d_length(&conv, 1, from->columns);
    to->channels = weights->out;
    to->x = ana_alloc(ctx, to->rows * to->columns * to->channels, sizeof *to->x);
    if (!to->x)
        return ANA_ERESOURCE;
    return ana_nn_conv2d(ctx, &conv, from->rows, from->columns, from->x, &tail, to->x);
}

/* Replaces the picture by the block's. */
static int run_block(struct ana_ctx *ctx, const struct block *block, struct picture *x)
{
    struct picture narrow = {0}, middle = {0}, wide = {0}, shortcut = {0};
    int rc = convolve(ctx, &block->narrow, x, NULL, ANA_NN_RELU, &narrow);

    if (rc == 0)
        rc = convolve(ctx, &block->middle, &narrow, NULL, ANA_NN_RELU, &middle);
    if (rc == 0 && block->shortcut.w)
        rc = convolve(ctx, &block->shortcut, x, NULL, ANA_NN_NONE, &shortcut);
    if (rc == 0)
        rc = convolve(ctx, &block->wide, &middle, shortcut.x ? shortcut.x : x->x,
                      ANA_NN_RELU, &wide);
    ana_free(ctx, narrow.x);
    ana_free(ctx, middle.x);
    ana_free(ctx, shortcut.x);
    ana_free(ctx, x->x);
    *x = wide;
    return rc;
}

static int largest(struct ana_ctx *ctx, struct picture *x)
{
    const struct ana_nn_pool2d_layer pool = {.size = sizeof pool,
                                             .kind = ANA_NN_MAX,
                                             .taps = {3, 3},
                                             .stride = {2, 2},
                                             .pad_before = {1, 1},
                                             .pad_after = {1, 1}};
    struct picture to = {ana_nn_pool2d_length(&pool, 0, x->rows),
                         ana_nn_pool2d_length(&pool, 1, x->columns), x->channels, NULL};
    int rc = ANA_ERESOURCE;

    to.x = ana_alloc(ctx, to.rows * to.columns * to.channels, sizeof *to.x);
    if (to.x)
        rc = ana_nn_pool2d(ctx, &pool, x->rows, x->columns, x->channels, x->x, to.x);
    ana_free(ctx, x->x);
    *x = to;
    return rc;
}

/* Means over the whole picture, in double, and the classes. */
static int finish(struct ana_ctx *ctx, const struct network *network,
                  const struct picture *x, float *mean, float *classes)
{
    const int64_t pixels = x->rows * x->columns, C = x->channels;
    const struct ana_nn_tail tail = {.size = sizeof tail, .bias = network->bias};

    for (int64_t c = 0; c < C; c++) {
        double sum = 0;

        for (int64_t i = 0; i < pixels; i++)
            sum += (double)x->x[i * C + c];
        mean[c] = (float)(sum / (double)pixels);
    }
    return ana_nn_linear(ctx, 1, C, network->classes, mean, network->w, &tail, classes);
}

static int is_needed(const uint8_t *wanted, int from)
{
    for (int i = from; i < N_LAYERS; i++)
        if (wanted[i])
            return 1;
    return 0;
}

static int run_layers(struct ana_ctx *ctx, const struct network *network,
                      const uint8_t *wanted, clip_emit *emit, void *to, struct picture *x)
{
    const struct block *block = network->block;
    int rc = 0;

    for (int i = 0; rc == 0 && i < 4 && is_needed(wanted, LAYER1 + i); i++) {
        for (int64_t b = 0; rc == 0 && b < network->blocks[i]; b++)
            rc = run_block(ctx, block++, x);
        if (rc == 0 && wanted[LAYER1 + i])
            rc = emit(ctx, to, LAYER1 + i, x->x);
    }
    return rc;
}

int network_run(struct ana_ctx *ctx, const void *arg, const float *image,
                const uint8_t *wanted, clip_emit *emit, void *to)
{
    const struct network *network = arg;
    const struct picture input = {FRAMES, CHANNELS, 1, (float *)(uintptr_t)image};
    const int64_t C = 4 * network->widths[3];
    struct picture x = {0};
    float *ends = ana_alloc(ctx, C + network->classes, sizeof *ends);
    int rc = ends ? 0 : ANA_ERESOURCE;

    if (rc == 0 && wanted[COCHLEAGRAM])
        rc = emit(ctx, to, COCHLEAGRAM, image);
    if (rc == 0 && is_needed(wanted, CONV1))
        rc = convolve(ctx, &network->first, &input, NULL, ANA_NN_RELU, &x);
    if (rc == 0 && wanted[CONV1])
        rc = emit(ctx, to, CONV1, x.x);
    if (rc == 0 && is_needed(wanted, MAXPOOL))
        rc = largest(ctx, &x);
    if (rc == 0 && wanted[MAXPOOL])
        rc = emit(ctx, to, MAXPOOL, x.x);
    if (rc == 0)
        rc = run_layers(ctx, network, wanted, emit, to, &x);
    if (rc == 0 && is_needed(wanted, AVGPOOL)) {
        rc = finish(ctx, network, &x, ends, ends + C);
        if (rc == 0 && wanted[AVGPOOL])
            rc = emit(ctx, to, AVGPOOL, ends);
        if (rc == 0 && wanted[FINAL])
            rc = emit(ctx, to, FINAL, ends + C);
    }
    ana_free(ctx, x.x);
    ana_free(ctx, ends);
    return rc;
}

static double conv_flops(const struct conv *conv, double pixels)
{
    return 2 * pixels * (double)(conv->edge * conv->edge * conv->in * conv->out);
}

double network_flops(const struct network *network, const uint8_t *wanted)
{
    const struct place *p = network->place;
    const struct block *block = network->block;
    double flops = 0;

    if (is_needed(wanted, CONV1))
        flops += conv_flops(&network->first, (double)(p[CONV1].rows * p[CONV1].columns));
    for (int i = 0; i < 4 && is_needed(wanted, LAYER1 + i); i++) {
        const double out = (double)(p[LAYER1 + i].rows * p[LAYER1 + i].columns);
        double in = (double)(p[LAYER1 + i - 1].rows * p[LAYER1 + i - 1].columns);

        for (int64_t b = 0; b < network->blocks[i]; b++, block++) {
            flops += conv_flops(&block->narrow, in) + conv_flops(&block->middle, out) +
                     conv_flops(&block->wide, out);
            if (b == 0)
                flops += conv_flops(&block->shortcut, out);
            in = out;
        }
    }
    if (is_needed(wanted, AVGPOOL))
        flops += 2 * 4 * (double)network->widths[3] * (double)network->classes;
    return flops;
}
