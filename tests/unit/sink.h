/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A sink that keeps everything, for tests that compile a model plugin into themselves:
 * it stands in for the core's, and insists that each sample comes once.
 */
#ifndef TESTS_SINK_H
#define TESTS_SINK_H

#include <anaflow/anaflow.h>

#include "plugin/params.h"
#include "tests/unit/helpers.h"

enum { TEST_LAYERS = 4 };

struct ana_sink {
    int64_t units[TEST_LAYERS];
    int64_t frames[TEST_LAYERS]; /* samples so far: last + 1 */
    int64_t emitted[TEST_LAYERS];
    int64_t room[TEST_LAYERS];
    float *data[TEST_LAYERS]; /* of item 0 */
};

int ana_sink_emit(struct ana_ctx *ctx, struct ana_sink *sink, int64_t item, int64_t layer,
                  int64_t first, const struct ana_tensor *samples)
{
    const int64_t n = samples->shape[0],
                  units = ana_tensor_count(samples) / (n > 0 ? n : 1);

    (void)ctx;
    ck_assert_int_eq(item, 0);
    ck_assert_int_eq(samples->dtype, ANA_F32);
    ck_assert(ana_tensor_contiguous(samples));
    ck_assert_int_eq(ana_tensor_find_nonfinite(samples, NULL), -1);
    if (first + n > sink->room[layer]) {
        sink->room[layer] = 2 * (first + n);
        sink->data[layer] = realloc(sink->data[layer],
                                    (size_t)(sink->room[layer] * units) * sizeof(float));
    }
    sink->units[layer] = units;
    sink->emitted[layer] += n;
    if (first + n > sink->frames[layer])
        sink->frames[layer] = first + n;
    memcpy(sink->data[layer] + first * units, samples->data,
           (size_t)(n * units) * sizeof(float));
    return 0;
}

static inline void test_sink_finish(struct ana_sink *sink)
{
    for (int i = 0; i < TEST_LAYERS; i++) {
        ck_assert_int_eq(sink->emitted[i], sink->frames[i]);
        free(sink->data[i]);
    }
    *sink = (struct ana_sink){0};
}

/* Open the model of `plugin` with settings "key", "value", ..., NULL; 0 or its error. */
static inline int test_open(struct ana_ctx *ctx, const struct ana_plugin *plugin,
                            const struct ana_layer *input, const char *const *settings,
                            void **self)
{
    const struct ana_model_source source = {.size = sizeof source, .input = input};
    struct ana_setting list[16] = {{0}};
    struct ana_params *params;
    int64_t n = 0;
    int rc;

    for (; settings && settings[0]; settings += 2)
        list[n++] = (struct ana_setting){settings[0], settings[1], "test.ini:1"};
    rc = ana_params_create(ctx, plugin, n, list, &params);
    if (rc != 0)
        return rc;
    rc = plugin->model->open(ctx, params, &source, self);
    ck_assert_ptr_null(ana_params_misused(params));
    ana_params_destroy(params);
    return rc;
}

/* Show one item of n samples (x units) to the model, all layers wanted. */
static inline int test_forward(struct ana_ctx *ctx, const struct ana_plugin *plugin,
                               void *self, const float *data, int64_t n, int64_t units,
                               struct ana_sink *sink)
{
    const uint8_t wanted[TEST_LAYERS] = {1, 1, 1, 1};
    const int64_t shape[] = {n, units};
    struct ana_input item = {.size = sizeof item};
    struct ana_batch batch = {.size = sizeof batch, .n = 1, .item = &item};
    struct ana_model_info info;

    ck_assert_int_eq(plugin->model->describe(ctx, self, &info), 0);
    item.rate = info.input_rate;
    ana_tensor_view(ANA_F32, units > 0 ? 2 : 1, shape, (void *)(uintptr_t)data,
                    &item.data);
    return plugin->model->forward(ctx, self, &batch, wanted, sink);
}

/* What the model said that a pass takes against what it then takes: operations within
 * 10 %, memory below and above half of it. Nothing is kept of the pass but the samples. */
static inline void test_cost(struct ana_ctx *ctx, const struct ana_plugin *plugin,
                             void *self, const float *data, int64_t n, int64_t units,
                             struct ana_sink *sink)
{
    const uint8_t wanted[TEST_LAYERS] = {1, 1, 1, 1};
    const int64_t shape[] = {n, units}, before = ana_ctx_memory(ctx, NULL);
    const double counted = ana_ctx_flops(ctx);
    struct ana_input item = {.size = sizeof item};
    struct ana_batch batch = {.size = sizeof batch, .n = 1, .item = &item};
    struct ana_model_cost cost = {.size = sizeof cost};
    double flops, peak;
    int64_t most;

    ana_tensor_view(ANA_F32, units > 0 ? 2 : 1, shape, NULL, &item.data);
    ck_assert_int_eq(plugin->model->cost(ctx, self, &batch, wanted, &cost), 0);
    ana_ctx_forget_peak(ctx);
    ck_assert_int_eq(test_forward(ctx, plugin, self, data, n, units, sink), 0);
    ana_ctx_memory(ctx, &most);
    peak = (double)(most - before);
    flops = ana_ctx_flops(ctx) - counted;
    ck_assert_msg(fabs(cost.flops / flops - 1) < .1, "%.4g operations said, %.4g counted",
                  cost.flops, flops);
    ck_assert_msg(peak <= (double)cost.bytes + 1e4 && (double)cost.bytes <= 2 * peak,
                  "%.3f MB said, %.3f MB held", (double)cost.bytes / 1e6, peak / 1e6);
}

#endif
