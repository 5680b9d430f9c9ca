/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A model that warns at each stimulus: two layers, the sound and its square at 100 Hz. Its
 * second random twin gives no finite numbers.
 */
#include <math.h>
#include <string.h>

#include <anaflow/anaflow.h>

static const char bursting; /* that twin */

static const struct ana_layer layers[] = {
    {.size = sizeof *layers,
     .kind = ANA_LAYER_ACTIVATION,
     .timing = ANA_TIMING_RATE,
     .ndim = 1,
     .id = "voice",
     .branch = "",
     .rate = 100,
     .shape = {1}},
    {.size = sizeof *layers,
     .kind = ANA_LAYER_ACTIVATION,
     .timing = ANA_TIMING_RATE,
     .ndim = 1,
     .id = "power",
     .branch = "",
     .depth = 1,
     .rate = 100,
     .shape = {1}},
};

static int hoarse_open(struct ana_ctx *ctx, const struct ana_params *params,
                       const struct ana_model_source *source, void **self)
{
    const int random = source->control && strcmp(source->control, "random") == 0;

    (void)ctx, (void)params;
    *self = (void *)(uintptr_t)layers;
    if (random && source->twin == 1)
        *self = (void *)(uintptr_t)&bursting;
    return 0;
}

static int hoarse_describe(struct ana_ctx *ctx, void *self, struct ana_model_info *info)
{
    (void)ctx, (void)self;
    *info = (struct ana_model_info){.size = sizeof *info,
                                    .flags = ANA_MODEL_REENTRANT | ANA_MODEL_CONTROLS,
                                    .input = ANA_INPUT_AUDIO,
                                    .channels = 1,
                                    .input_rate = 100,
                                    .n_layers = 2,
                                    .layers = layers};
    return 0;
}

static int hoarse_cost(struct ana_ctx *ctx, void *self, const struct ana_batch *batch,
                       const uint8_t *wanted, struct ana_model_cost *cost)
{
    (void)ctx, (void)self, (void)batch, (void)wanted;
    cost->bytes = 0;
    cost->flops = 0;
    return 0;
}

static int hoarse_forward(struct ana_ctx *ctx, void *self, const struct ana_batch *batch,
                          const uint8_t *wanted, struct ana_sink *sink)
{
    const float factor = self == &bursting ? INFINITY : 1;
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < batch->n; i++) {
        const struct ana_tensor *sound = &batch->item[i].data;
        const int64_t n = sound->shape[0];
        const float *x = sound->data;

        ana_warn(ctx, "the voice is hoarse");
        for (int64_t l = 0; rc == 0 && l < 2; l++) {
            struct ana_tensor out;

            if (!wanted[l])
                continue;
            rc = ana_tensor_create(ctx, ANA_F32, 2, (const int64_t[]){n, 1}, &out);
            for (int64_t k = 0; rc == 0 && k < n; k++)
                ((float *)out.data)[k] = factor * (l == 0 ? x[k] : x[k] * x[k]);
            if (rc == 0)
                rc = ana_sink_emit(ctx, sink, i, l, 0, &out);
            ana_tensor_finish(&out);
        }
    }
    return rc;
}

static void hoarse_close(struct ana_ctx *ctx, void *self)
{
    (void)ctx, (void)self;
}

static const struct ana_model_vt table = {.size = sizeof table,
                                          .open = hoarse_open,
                                          .describe = hoarse_describe,
                                          .cost = hoarse_cost,
                                          .forward = hoarse_forward,
                                          .close = hoarse_close};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_MODEL),
    .id = "hoarse",
    .version = "1.0",
    .summary = "Warns at each stimulus",
    .licence = "BSD-3-Clause",
    .citation = "",
    .model = &table};
