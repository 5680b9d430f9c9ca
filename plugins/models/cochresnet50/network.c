/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The checkpoint: torchvision's names of a ResNet with bottleneck blocks, its initialisation
 * (He-normal by fan-out, norms 1 and 0, classes uniform within 1/sqrt(in)), and the batch
 * norms folded into scale and shift.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "network.h"

static const float eps = 1e-5f;

struct loader {
    struct ana_ctx *ctx;
    struct ana_checkpoint *checkpoint;
};

/* gain, bias, mean and variance of a batch norm; the latter two are no weights. */
static int load_norm(const struct loader *l, const char *name, struct conv *conv)
{
    const struct ana_weight gain = {
        .size = sizeof gain, .ndim = 1, .shape = {conv->out}, .scale = 1};
    const struct ana_weight bias = {.size = sizeof bias, .ndim = 1, .shape = {conv->out}};
    const struct ana_weight fixed = {
        .size = sizeof fixed, .flags = ANA_WEIGHT_FIXED, .ndim = 1, .shape = {conv->out}};
    const float *g =
        ana_checkpoint_weight(l->ctx, l->checkpoint, &gain, "%s.weight", name);
    const float *b = ana_checkpoint_weight(l->ctx, l->checkpoint, &bias, "%s.bias", name);
    const float *mean =
        ana_checkpoint_weight(l->ctx, l->checkpoint, &fixed, "%s.running_mean", name);
    const float *var =
        ana_checkpoint_weight(l->ctx, l->checkpoint, &fixed, "%s.running_var", name);
    const int untrained = ana_checkpoint_is_random(l->checkpoint);

    conv->scale = ana_alloc(l->ctx, conv->out, 2 * sizeof *conv->scale);
    if (!conv->scale)
        return ANA_ERESOURCE;
    conv->shift = conv->scale + conv->out;
    if (!g || !b || (!untrained && (!mean || !var)))
        return 0;
    for (int64_t c = 0; untrained && c < conv->out; c++) {
        conv->scale[c] = g[c] / sqrtf(1 + eps); /* mean 0, variance 1 */
        conv->shift[c] = b[c];
    }
    return untrained ? 0
                     : ana_nn_batch_norm_fold(l->ctx, conv->out, mean, var, g, b, NULL,
                                              eps, conv->scale, conv->shift);
}

/* torch's out x in x frequency x time -> out x time x frequency x in. */
static void turn_weights(const struct conv *conv, const float *w, float *to)
{
    const int64_t k = conv->edge;

    for (int64_t o = 0; o < conv->out; o++)
        for (int64_t c = 0; c < conv->in; c++)
            for (int64_t f = 0; f < k; f++)
                for (int64_t t = 0; t < k; t++)
                    to[((o * k + t) * k + f) * conv->in + c] =
                        w[((o * conv->in + c) * k + f) * k + t];
}

static int load_conv(const struct loader *l, const char *conv_name, const char *norm_name,
                     int64_t in, int64_t out, int64_t edge, int64_t step,
                     struct conv *conv)
{
    const struct ana_weight weight = {.size = sizeof weight,
                                      .flags = ANA_WEIGHT_COPIED,
                                      .ndim = 4,
                                      .init = ANA_INIT_NORMAL,
                                      .shape = {out, in, edge, edge},
                                      .scale = sqrt(2 / (double)(out * edge * edge))};
    const float *w =
        ana_checkpoint_weight(l->ctx, l->checkpoint, &weight, "%s.weight", conv_name);

    conv->in = in;
    conv->out = out;
    conv->edge = edge;
    conv->step = step;
    if (w) {
        conv->w = ana_alloc(l->ctx, out * in * edge * edge, sizeof *conv->w);
        if (!conv->w)
            return ANA_ERESOURCE;
        turn_weights(conv, w, conv->w);
    }
    return load_norm(l, norm_name, conv);
}

static int load_part(const struct loader *l, int64_t layer, int64_t i, int part,
                     int64_t in, int64_t out, int64_t edge, int64_t step,
                     struct conv *conv)
{
    char conv_name[64], norm_name[64];

    if (part == 0) {
        snprintf(conv_name, sizeof conv_name, "layer%d.%d.downsample.0", (int)layer + 1,
                 (int)i);
        snprintf(norm_name, sizeof norm_name, "layer%d.%d.downsample.1", (int)layer + 1,
                 (int)i);
    } else {
        snprintf(conv_name, sizeof conv_name, "layer%d.%d.conv%d", (int)layer + 1, (int)i,
                 part);
        snprintf(norm_name, sizeof norm_name, "layer%d.%d.bn%d", (int)layer + 1, (int)i,
                 part);
    }
    return load_conv(l, conv_name, norm_name, in, out, edge, step, conv);
}

/* The first block of a layer changes the width, and of layers 2 to 4 the size: its 3 x 3
 * convolution steps by two. */
static int load_layer(const struct loader *l, const struct network *network,
                      int64_t layer, int64_t in, struct block *block)
{
    const int64_t width = network->widths[layer], out = 4 * width;
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < network->blocks[layer]; i++, block++) {
        const int64_t step = layer > 0 && i == 0 ? 2 : 1;

        rc = load_part(l, layer, i, 1, in, width, 1, 1, &block->narrow);
        if (rc == 0)
            rc = load_part(l, layer, i, 2, width, width, 3, step, &block->middle);
        if (rc == 0)
            rc = load_part(l, layer, i, 3, width, out, 1, 1, &block->wide);
        if (rc == 0 && i == 0)
            rc = load_part(l, layer, i, 0, in, out, 1, step, &block->shortcut);
        in = out;
    }
    return rc;
}

static void load_classes(const struct loader *l, struct network *network)
{
    const int64_t in = 4 * network->widths[3];
    const double bound = sqrt(1 / (double)in);
    const struct ana_weight w = {.size = sizeof w,
                                 .ndim = 2,
                                 .init = ANA_INIT_UNIFORM,
                                 .shape = {network->classes, in},
                                 .scale = bound};
    const struct ana_weight bias = {.size = sizeof bias,
                                    .ndim = 1,
                                    .init = ANA_INIT_UNIFORM,
                                    .shape = {network->classes},
                                    .scale = bound};

    network->w = ana_checkpoint_weight(l->ctx, l->checkpoint, &w, "fc.weight");
    network->bias = ana_checkpoint_weight(l->ctx, l->checkpoint, &bias, "fc.bias");
}

static void place_layers(struct network *network)
{
    struct place *p = network->place;

    p[COCHLEAGRAM] = (struct place){FRAMES, CHANNELS, 1};
    p[CONV1] = (struct place){(FRAMES + 1) / 2, (CHANNELS + 1) / 2, network->stem};
    p[MAXPOOL] = (struct place){(p[CONV1].rows + 1) / 2, (p[CONV1].columns + 1) / 2,
                                network->stem};
    for (int i = 0; i < 4; i++) {
        const struct place *from = &p[LAYER1 + i - 1];
        const int64_t step = i > 0 ? 2 : 1;

        p[LAYER1 + i] =
            (struct place){(from->rows + step - 1) / step,
                           (from->columns + step - 1) / step, 4 * network->widths[i]};
    }
    p[AVGPOOL] = (struct place){1, 1, 4 * network->widths[3]};
    p[FINAL] = (struct place){1, 1, network->classes};
}

static int read_shape(struct ana_ctx *ctx, const struct ana_checkpoint *checkpoint,
                      struct network *network)
{
    const int64_t stem = 64, classes = 794;
    int64_t n = 0;
    const char *type;
    int rc = ana_checkpoint_type(ctx, checkpoint, "cochresnet50", &type);

    if (rc == 0)
        rc = ana_config_int(ctx, checkpoint, "stem", &stem, 1, 65536, &network->stem);
    if (rc == 0)
        rc = ana_config_int(ctx, checkpoint, "classes", &classes, 1, 1 << 24,
                            &network->classes);
    if (rc == 0)
        rc = ana_config_list(ctx, checkpoint, "widths", 4, 1, 16384, &n, network->widths);
    if (rc == 0 && n != 4)
        return ana_fail(ctx, ANA_EDATA, "config.json: \"widths\" has %lld numbers, not 4",
                        (long long)n);
    if (rc == 0)
        rc = ana_config_list(ctx, checkpoint, "blocks", 4, 1, MOST_BLOCKS / 4, &n,
                             network->blocks);
    if (rc == 0 && n != 4)
        return ana_fail(ctx, ANA_EDATA, "config.json: \"blocks\" has %lld numbers, not 4",
                        (long long)n);
    return rc;
}

int network_open(struct ana_ctx *ctx, struct ana_checkpoint *checkpoint, void *arg)
{
    struct network *network = arg;
    static const char *const prefixes[] = {"",         "model.",          "model.1.",
                                           "1.model.", "attacker.model.", NULL};
    static const char *const unused[] = {"*.num_batches_tracked", NULL};
    const struct loader l = {ctx, checkpoint};
    struct block *block = network->block;
    int rc = read_shape(ctx, checkpoint, network);
    int64_t in = network->stem;

    if (rc != 0)
        return rc;
    ana_checkpoint_prefix(checkpoint, prefixes, "layer1.0.conv1.weight");
    rc = load_conv(&l, "conv1", "bn1", 1, network->stem, 7, 2, &network->first);
    for (int64_t i = 0; rc == 0 && i < 4; i++) {
        rc = load_layer(&l, network, i, in, block);
        block += network->blocks[i];
        in = 4 * network->widths[i];
    }
    load_classes(&l, network);
    place_layers(network);
    return rc == 0 ? ana_checkpoint_finish(ctx, checkpoint, unused) : rc;
}

static void close_conv(struct ana_ctx *ctx, struct conv *conv)
{
    ana_free(ctx, conv->w);
    ana_free(ctx, conv->scale);
}

void network_close(struct ana_ctx *ctx, void *arg)
{
    struct network *network = arg;

    close_conv(ctx, &network->first);
    for (int64_t i = 0; i < MOST_BLOCKS; i++) {
        close_conv(ctx, &network->block[i].narrow);
        close_conv(ctx, &network->block[i].middle);
        close_conv(ctx, &network->block[i].wide);
        close_conv(ctx, &network->block[i].shortcut);
    }
}
