/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A model that keeps all rules: the mean level of each quarter of a frame of sound. An
 * animal defines one of the places below before it includes this.
 */
#ifndef TESTS_ZOO_MODEL_H
#define TESTS_ZOO_MODEL_H

#include <math.h>
#include <stdio.h>

#include <anaflow/model.h>

#include "tests/zoo/zoo.h"

#ifndef ZOO_FLAGS
#define ZOO_FLAGS (ANA_MODEL_EXACT_IN_CHUNKS | ANA_MODEL_REENTRANT)
#endif
#ifndef ZOO_GIVEN /* units a frame that come out */
#define ZOO_GIVEN 4
#endif
#ifndef ZOO_BEFORE /* with self, batch, i (the item), n (frames): before the work */
#define ZOO_BEFORE
#endif
#ifndef ZOO_COSTED /* with batch, cost: once they are known */
#define ZOO_COSTED
#endif
#ifndef ZOO_AFTER /* also with y (n x ZOO_GIVEN): before it is handed out */
#define ZOO_AFTER
#endif
/* ZOO_PREPARE: it prepares its input, and what it does without a file */
#ifndef ZOO_WITHOUT_MEMORY
#define ZOO_WITHOUT_MEMORY return ANA_ERESOURCE
#endif
#ifndef ZOO_EMITTED /* of n frames, those that are handed out */
#define ZOO_EMITTED n
#endif
#ifndef ZOO_EXTRA /* numbers that are allocated and not announced */
#define ZOO_EXTRA 0
#endif

enum { ZOO_FRAME = 160, ZOO_UNITS = 4 };

struct zoo_model {
    int64_t calls;
};

static int zoo_open(struct ana_ctx *ctx, const struct ana_params *params,
                    const struct ana_model_source *source, void **self)
{
    (void)params, (void)source;
    *self = ana_alloc(ctx, 1, sizeof(struct zoo_model));
    return *self ? 0 : ANA_ERESOURCE;
}

static int zoo_describe(struct ana_ctx *ctx, void *self, struct ana_model_info *info)
{
    static const struct ana_layer layers[] = {{.size = sizeof(struct ana_layer),
                                               .kind = ANA_LAYER_ACTIVATION,
                                               .timing = ANA_TIMING_RATE,
                                               .ndim = 1,
                                               .id = "level",
                                               .branch = "",
                                               .rate = 100,
                                               .start = 0.005,
                                               .shape = {ZOO_UNITS}}};

    (void)ctx, (void)self;
    *info = (struct ana_model_info){.size = sizeof *info,
                                    .flags = ZOO_FLAGS,
                                    .input = ANA_INPUT_AUDIO,
                                    .channels = 1,
                                    .input_rate = 16000,
                                    .context_before = 0.01,
                                    .context_after = 0.01,
                                    .hop = 0.01,
                                    .n_layers = 1,
                                    .layers = layers};
    return 0;
}

static int zoo_cost(struct ana_ctx *ctx, void *self, const struct ana_batch *batch,
                    const uint8_t *wanted, struct ana_model_cost *cost)
{
    (void)ctx, (void)self, (void)wanted;
    for (int64_t i = 0; i < batch->n; i++) {
        const int64_t n = batch->item[i].data.shape[0] / ZOO_FRAME;

        cost->bytes += n * ZOO_UNITS * (int64_t)sizeof(float);
        cost->flops += 2.0 * (double)n * ZOO_FRAME;
    }
    ZOO_COSTED;
    return 0;
}

static void zoo_levels(const float *x, int64_t n, float *y)
{
    for (int64_t k = 0; k < n * ZOO_UNITS; k++) {
        const float *part =
            x + k / ZOO_UNITS * ZOO_FRAME + k % ZOO_UNITS * (ZOO_FRAME / ZOO_UNITS);
        float sum = 0;

        for (int i = 0; i < ZOO_FRAME / ZOO_UNITS; i++)
            sum += fabsf(part[i]);
        y[k / ZOO_UNITS * ZOO_GIVEN + k % ZOO_UNITS] = sum / (ZOO_FRAME / ZOO_UNITS);
    }
}

static int zoo_item(struct ana_ctx *ctx, struct zoo_model *self,
                    const struct ana_batch *batch, int64_t i, struct ana_sink *sink)
{
    const int64_t n = batch->item[i].data.shape[0] / ZOO_FRAME;
    const int64_t shape[] = {ZOO_EMITTED, ZOO_GIVEN};
    float *y = ana_alloc(ctx, n * ZOO_GIVEN + ZOO_EXTRA, sizeof *y);
    struct ana_tensor view;
    int rc;

    (void)self;
    if (!y)
        ZOO_WITHOUT_MEMORY;
    ZOO_BEFORE;
    zoo_levels(batch->item[i].data.data, n, y);
    ZOO_AFTER;
    ana_tensor_view(ANA_F32, 2, shape, y, &view);
    rc = ana_sink_emit(ctx, sink, i, 0, 0, &view);
    ana_free(ctx, y);
    return rc;
}

static int zoo_forward(struct ana_ctx *ctx, void *self, const struct ana_batch *batch,
                       const uint8_t *wanted, struct ana_sink *sink)
{
    int rc = 0;

    for (int64_t i = 0; rc == 0 && wanted[0] && i < batch->n; i++)
        rc = zoo_item(ctx, self, batch, i, sink);
    return rc;
}

#ifdef ZOO_PREPARE
/* Ramps as long as the stimulus, for a sound whose file can be opened. */
static int zoo_prepare(struct ana_ctx *ctx, void *self,
                       const struct ana_stimulus *stimulus, struct ana_input *input)
{
    const int64_t n = (int64_t)(stimulus->duration * 16000);
    FILE *file = stimulus->audio_path ? fopen(stimulus->audio_path, "re") : NULL;
    int rc;

    (void)self;
    if (!stimulus->audio_path)
        return ana_fail(ctx, ANA_EDATA, "there is no sound");
    if (!file)
        ZOO_PREPARE;
    fclose(file);
    rc = ana_tensor_create(ctx, ANA_F32, 1, &n, &input->data);
    for (int64_t i = 0; rc == 0 && i < n; i++)
        ((float *)input->data.data)[i] = (float)(i % 100) / 100;
    input->rate = 16000;
    return rc;
}
#endif

static const struct ana_model_vt zoo_table = {.size = sizeof zoo_table,
                                              .open = zoo_open,
                                              .describe = zoo_describe,
#ifdef ZOO_PREPARE
                                              .prepare = zoo_prepare,
#endif
                                              .cost = zoo_cost,
                                              .forward = zoo_forward,
                                              .close = ana_free};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_MODEL), ZOO_NAMES(ZOO_ID), .model = &zoo_table};

#endif
