/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The network as a table (Kell et al. 2018, fig. 1; the published graph). Convolutions and
 * dense layers end in max(x, 0), but the logits. Windows are laid as TensorFlow's "SAME":
 * ceil(n / step) of them, the pixels that this lacks shared out to both sides, the odd
 * one behind; means count the pixels inside alone. Local response norm over 5 channels:
 * x / (1 + 0.001 sum x^2)^0.75.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "network.h"

static const struct stage STAGES[N_LAYERS] = {
    {"cochleagram", "", INPUT, 0, 1, 1, 1},
    {"conv1", "", CONVOLUTION, 0, 9, 3, 96},
    {"rnorm1", "", NORM, 1, 1, 1, 0},
    {"pool1", "", LARGEST, 2, 3, 2, 0},
    {"conv2", "", CONVOLUTION, 3, 5, 2, 256},
    {"rnorm2", "", NORM, 4, 1, 1, 0},
    {"pool2", "", LARGEST, 5, 3, 2, 0},
    {"conv3", "", CONVOLUTION, 6, 3, 1, 512},
    {"conv4_W", "word", CONVOLUTION, 7, 3, 1, 1024},
    {"conv5_W", "word", CONVOLUTION, 8, 3, 1, 512},
    {"pool5_W", "word", MEAN, 9, 3, 2, 0},
    {"fc6_W", "word", DENSE, 10, 1, 1, 1024},
    {"fctop_W", "word", LOGITS, 11, 1, 1, 589},
    {"conv4_G", "genre", CONVOLUTION, 7, 3, 1, 1024},
    {"conv5_G", "genre", CONVOLUTION, 13, 3, 1, 512},
    {"pool5_G", "genre", MEAN, 14, 3, 2, 0},
    {"fc6_G", "genre", DENSE, 15, 1, 1, 1024},
    {"fctop_G", "genre", LOGITS, 16, 1, 1, 43},
};

static int has_weights(const struct stage *stage)
{
    return stage->kind == CONVOLUTION || stage->kind == DENSE || stage->kind == LOGITS;
}

static int is_flat(const struct stage *stage)
{
    return stage->kind == DENSE || stage->kind == LOGITS;
}

static void same_padding(int64_t n, const struct stage *stage, int64_t *before,
                         int64_t *after)
{
    const int64_t out = (n + stage->step - 1) / stage->step;
    const int64_t lack = (out - 1) * stage->step + stage->edge - n;

    *before = lack > 0 ? lack / 2 : 0;
    *after = lack > 0 ? lack - lack / 2 : 0;
}

static void place_stage(struct network *network, int i)
{
    const struct stage *stage = &network->stage[i];
    const struct place *from = &network->place[stage->from];
    struct place *place = &network->place[i];
    int64_t before, after;

    if (stage->kind == INPUT) {
        *place = (struct place){EDGE, EDGE, 1, 1, 0.5};
        return;
    }
    if (is_flat(stage)) {
        *place = (struct place){1, 1, stage->units, EDGE, EDGE / 2.0};
        return;
    }
    same_padding(from->rows, stage, &before, &after);
    *place = (struct place){
        .rows = (from->rows + stage->step - 1) / stage->step,
        .columns = (from->columns + stage->step - 1) / stage->step,
        .channels = stage->units > 0 ? stage->units : from->channels,
        .hop = from->hop * (double)stage->step,
        .centre =
            from->centre + from->hop * ((double)(stage->edge - 1) / 2 - (double)before)};
}

/* Widths other than the published ones, for networks of the same kind: "units" =
 * {"conv1": 96, ...} in config.json. */
static int read_units(struct ana_ctx *ctx, const struct ana_checkpoint *checkpoint,
                      struct stage *stage)
{
    char key[64];

    snprintf(key, sizeof key, "units_%s", stage->name);
    return ana_config_int(ctx, checkpoint, key, &stage->units, 1, 65536, &stage->units);
}

/* TensorFlow's frequency x time x in x out -> out x time x frequency x in. */
static void turn_weights(const struct stage *stage, int64_t in, const float *w, float *to)
{
    const int64_t k = stage->edge, out = stage->units;

    for (int64_t f = 0; f < k; f++)
        for (int64_t t = 0; t < k; t++)
            for (int64_t c = 0; c < in; c++)
                for (int64_t o = 0; o < out; o++)
                    to[((o * k + t) * k + f) * in + c] =
                        w[((f * k + t) * in + c) * out + o];
}

/* in x out -> out x in, where `in` counts frequency x time x channels in the file and
 * time x frequency x channels here. */
static void turn_dense(const struct place *from, int64_t out, const float *w, float *to)
{
    const int64_t T = from->rows, F = from->columns, C = from->channels;

    for (int64_t f = 0; f < F; f++)
        for (int64_t t = 0; t < T; t++)
            for (int64_t c = 0; c < C; c++)
                for (int64_t o = 0; o < out; o++)
                    to[o * T * F * C + (t * F + f) * C + c] =
                        w[((f * T + t) * C + c) * out + o];
}

static int load_stage(struct ana_ctx *ctx, struct ana_checkpoint *checkpoint,
                      struct network *network, int i)
{
    const struct stage *stage = &network->stage[i];
    const struct place *from = &network->place[stage->from];
    const int64_t in =
        is_flat(stage) ? from->rows * from->columns * from->channels : from->channels;
    const int64_t fan_in = in * stage->edge * stage->edge;
    struct ana_weight weight = {.size = sizeof weight,
                                .ndim = 4,
                                .init = ANA_INIT_NORMAL,
                                .shape = {stage->edge, stage->edge, in, stage->units},
                                .scale = sqrt(2 / (double)fan_in)};
    const struct ana_weight bias = {
        .size = sizeof bias, .ndim = 1, .shape = {stage->units}};
    const float *w;

    if (is_flat(stage)) {
        weight.ndim = 2;
        weight.shape[0] = in;
        weight.shape[1] = stage->units;
    }
    w = ana_checkpoint_weight(ctx, checkpoint, &weight, "%s.W|%s/W", stage->name,
                              stage->name);
    network->bias[i] = ana_checkpoint_weight(ctx, checkpoint, &bias, "%s.b|%s/b",
                                             stage->name, stage->name);
    if (!w)
        return 0;
    network->w[i] = ana_alloc(ctx, fan_in * stage->units, sizeof *network->w[i]);
    if (!network->w[i])
        return ANA_ERESOURCE;
    if (is_flat(stage))
        turn_dense(from, stage->units, w, network->w[i]);
    else
        turn_weights(stage, in, w, network->w[i]);
    return 0;
}

int network_open(struct ana_ctx *ctx, struct ana_checkpoint *checkpoint, void *arg)
{
    struct network *network = arg;
    static const char *const prefixes[] = {"", "model.", NULL};
    const char *type;
    int rc = ana_checkpoint_type(ctx, checkpoint, "kell2018", &type);

    memcpy(network->stage, STAGES, sizeof STAGES);
    ana_checkpoint_prefix(checkpoint, prefixes, "conv1.W|conv1/W");
    for (int i = 0; rc == 0 && i < N_LAYERS; i++) {
        if (has_weights(&network->stage[i]))
            rc = read_units(ctx, checkpoint, &network->stage[i]);
        if (rc == 0)
            place_stage(network, i);
        if (rc == 0 && has_weights(&network->stage[i]))
            rc = load_stage(ctx, checkpoint, network, i);
    }
    return rc == 0 ? ana_checkpoint_finish(ctx, checkpoint, NULL) : rc;
}

void network_close(struct ana_ctx *ctx, void *arg)
{
    struct network *network = arg;

    for (int i = 0; i < N_LAYERS; i++)
        ana_free(ctx, network->w[i]);
}

static int convolve(struct ana_ctx *ctx, const struct network *network, int i,
                    const float *x, float *y)
{
    const struct stage *stage = &network->stage[i];
    const struct place *from = &network->place[stage->from];
    const struct ana_nn_tail tail = {
        .size = sizeof tail, .act = ANA_NN_RELU, .bias = network->bias[i]};
    struct ana_nn_conv2d_layer conv = {.size = sizeof conv,
                                       .in = from->channels,
                                       .out = stage->units,
                                       .groups = 1,
                                       .taps = {stage->edge, stage->edge},
                                       .stride = {stage->step, stage->step},
                                       .w = network->w[i]};

    same_padding(from->rows, stage, &conv.pad_before[0], &conv.pad_after[0]);
    same_padding(from->columns, stage, &conv.pad_before[1], &conv.pad_after[1]);
    return ana_nn_conv2d(ctx, &conv, from->rows, from->columns, x, &tail, y);
}

static int pool(struct ana_ctx *ctx, const struct network *network, int i, const float *x,
                float *y)
{
    const struct stage *stage = &network->stage[i];
    const struct place *from = &network->place[stage->from];
    struct ana_nn_pool2d_layer pool = {.size = sizeof pool,
                                       .kind = stage->kind == LARGEST ? ANA_NN_MAX
                                                                      : ANA_NN_MEAN,
                                       .taps = {stage->edge, stage->edge},
                                       .stride = {stage->step, stage->step}};

    same_padding(from->rows, stage, &pool.pad_before[0], &pool.pad_after[0]);
    same_padding(from->columns, stage, &pool.pad_before[1], &pool.pad_after[1]);
    return ana_nn_pool2d(ctx, &pool, from->rows, from->columns, from->channels, x, y);
}

static int run_stage(struct ana_ctx *ctx, const struct network *network, int i,
                     const float *x, float *y)
{
    const struct stage *stage = &network->stage[i];
    const struct place *from = &network->place[stage->from];
    const int64_t pixels = from->rows * from->columns;
    const struct ana_nn_tail tail = {.size = sizeof tail,
                                     .act =
                                         stage->kind == DENSE ? ANA_NN_RELU : ANA_NN_NONE,
                                     .bias = network->bias[i]};

    switch (stage->kind) {
    case CONVOLUTION:
        return convolve(ctx, network, i, x, y);
    case NORM: /* alpha is divided by the number of channels there */
        return ana_nn_local_response_norm(ctx, pixels, from->channels, 5, 5 * 1e-3f,
                                          0.75f, 1, x, y);
    case LARGEST:
    case MEAN:
        return pool(ctx, network, i, x, y);
    default:
        return ana_nn_linear(ctx, 1, pixels * from->channels, stage->units, x,
                             network->w[i], &tail, y);
    }
}

/* Stages that a wanted one depends on, and itself. */
void mark_needed(const struct network *network, const uint8_t *wanted, uint8_t *needed)
{
    memcpy(needed, wanted, N_LAYERS);
    for (int i = N_LAYERS - 1; i > 0; i--)
        if (needed[i])
            needed[network->stage[i].from] = 1;
}

int network_run(struct ana_ctx *ctx, const void *arg, const float *image,
                const uint8_t *wanted, clip_emit *emit, void *to)
{
    const struct network *network = arg;
    const float *in[N_LAYERS] = {image};
    float *out[N_LAYERS] = {NULL};
    uint8_t needed[N_LAYERS];
    int rc = 0;

    mark_needed(network, wanted, needed);
    for (int i = 0; rc == 0 && i < N_LAYERS; i++) {
        const struct place *place = &network->place[i];

        if (!needed[i])
            continue;
        if (i > 0) {
            in[i] = out[i] = ana_alloc(
                ctx, place->rows * place->columns * place->channels, sizeof **out);
            rc = out[i] ? run_stage(ctx, network, i, in[network->stage[i].from], out[i])
                        : ANA_ERESOURCE;
        }
        if (rc == 0 && wanted[i])
            rc = emit(ctx, to, i, in[i]);
    }
    for (int i = 0; i < N_LAYERS; i++)
        ana_free(ctx, out[i]);
    return rc;
}
