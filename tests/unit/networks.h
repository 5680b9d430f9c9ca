/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What tests of networks share: opening one on a checkpoint, showing it a sound or
 * frames, and comparing each layer with a .npy of ../shared/reference.
 */
#ifndef TESTS_NETWORKS_H
#define TESTS_NETWORKS_H

#include <anaflow/anaflow.h>

#include "plugin/params.h"
#include "tests/unit/helpers.h"

enum { TEST_MOST_LAYERS = 256, SMALL = 10000 };

/* Keeps everything that is emitted of item 0, or of each item where there are n_items of
 * them beside each other; each sample must come once. */
struct ana_sink {
    int64_t n_items;
    int64_t units[TEST_MOST_LAYERS], frames[TEST_MOST_LAYERS];
    int64_t emitted[TEST_MOST_LAYERS], room[TEST_MOST_LAYERS];
    float *data[TEST_MOST_LAYERS];
};

int ana_sink_emit(struct ana_ctx *ctx, struct ana_sink *sink, int64_t item, int64_t layer,
                  int64_t first, const struct ana_tensor *samples)
{
    const int64_t n = samples->shape[0],
                  units = n > 0 ? ana_tensor_count(samples) / n : 0;

    ck_assert_int_ge(item, 0);
    ck_assert_int_lt(item, sink->n_items > 0 ? sink->n_items : 1);
    sink += item;
    ck_assert_int_lt(layer, TEST_MOST_LAYERS);
    ck_assert_int_eq(samples->dtype, ANA_F32);
    ck_assert(ana_tensor_contiguous(samples));
    if (ana_tensor_find_nonfinite(samples, NULL) != -1)
        return ana_fail(ctx, ANA_ENUMERIC, "layer %lld is not finite", (long long)layer);
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
    for (int i = 0; i < TEST_MOST_LAYERS; i++) {
        ck_assert_int_eq(sink->emitted[i], sink->frames[i]);
        free(sink->data[i]);
    }
    *sink = (struct ana_sink){0};
}

/* A network under test. */
struct test_network {
    const struct ana_plugin *plugin;
    void *self;
    struct ana_model_info info;
};

static inline int test_network_open(struct ana_ctx *ctx, const struct ana_plugin *plugin,
                                    const struct ana_model_source *source,
                                    const char *const *settings,
                                    struct test_network *network)
{
    struct ana_setting list[16] = {{0}};
    struct ana_params *params;
    int64_t n = 0;
    int rc;

    *network = (struct test_network){.plugin = plugin};
    for (; settings && settings[0]; settings += 2)
        list[n++] = (struct ana_setting){settings[0], settings[1], "test.ini:1"};
    rc = ana_params_create(ctx, plugin, n, list, &params);
    if (rc != 0)
        return rc;
    rc = plugin->model->open(ctx, params, source, &network->self);
    ck_assert_ptr_null(ana_params_misused(params));
    ana_params_destroy(params);
    network->info.size = sizeof network->info;
    if (rc == 0)
        rc = plugin->model->describe(ctx, network->self, &network->info);
    return rc;
}

static inline int64_t test_network_layer(const struct test_network *network,
                                         const char *id)
{
    for (int64_t i = 0; i < network->info.n_layers; i++)
        if (strcmp(network->info.layers[i].id, id) == 0)
            return i;
    ck_abort_msg("there is no layer %s", id);
    return -1;
}

/* Show n samples (x units, 0 = sound); wanted NULL = all but attention. The network must
 * count as many operations as it said, within 10 %, and hold no more bytes. */
static inline int test_network_run(struct ana_ctx *ctx,
                                   const struct test_network *network, const float *data,
                                   int64_t n, int64_t units, const uint8_t *wanted,
                                   struct ana_sink *sink)
{
    const int64_t shape[] = {n, units};
    uint8_t all[TEST_MOST_LAYERS];
    struct ana_model_cost cost = {.size = sizeof cost};
    struct ana_input item = {.size = sizeof item, .rate = network->info.input_rate};
    struct ana_batch batch = {.size = sizeof batch, .n = 1, .item = &item};
    double before;
    int64_t bytes, most;
    int rc;

    ck_assert_int_le(network->info.n_layers, TEST_MOST_LAYERS);
    for (int64_t i = 0; i < network->info.n_layers; i++)
        all[i] = network->info.layers[i].kind != ANA_LAYER_ATTENTION;
    ana_tensor_view(ANA_F32, units > 0 ? 2 : 1, shape, (void *)(uintptr_t)data,
                    &item.data);
    rc = network->plugin->model->cost(ctx, network->self, &batch, wanted ? wanted : all,
                                      &cost);
    before = ana_ctx_flops(ctx);
    bytes = ana_ctx_memory(ctx, NULL);
    ana_ctx_forget_peak(ctx);
    if (rc == 0)
        rc = network->plugin->model->forward(ctx, network->self, &batch,
                                             wanted ? wanted : all, sink);
    ana_ctx_memory(ctx, &most);
    if (rc == 0)
        ck_assert_int_le(most - bytes, cost.bytes + SMALL);
    if (rc == 0)
        ck_assert_double_eq_tol(cost.flops / (ana_ctx_flops(ctx) - before), 1, .1);
    return rc;
}

/* What every step-th layer alone costs is what is then counted: a pass ends with the last
 * layer that is wanted. */
static inline void test_network_costs(struct ana_ctx *ctx,
                                      const struct test_network *network,
                                      const float *data, int64_t n, int64_t step)
{
    for (int64_t i = 0; i < network->info.n_layers; i += step) {
        uint8_t wanted[TEST_MOST_LAYERS] = {0};
        struct ana_sink sink = {0};

        wanted[i] = 1;
        ck_assert_msg(test_network_run(ctx, network, data, n, 0, wanted, &sink) == 0,
                      "%s", ana_error(ctx));
        test_sink_finish(&sink);
    }
}

static inline void test_network_close(struct ana_ctx *ctx, struct test_network *network)
{
    network->plugin->model->close(ctx, network->self);
    *network = (struct test_network){0};
}

/* The largest difference relative to the largest value, as the reference compares. */
static inline double test_against_npy(struct ana_ctx *ctx, const char *path,
                                      const float *got, int64_t frames, int64_t units)
{
    struct ana_tensor want;
    double most = 0, scale = 0;

    ck_assert_msg(ana_npy_read(ctx, path, &want) == 0, "%s", ana_error(ctx));
    ck_assert_int_eq(want.shape[0], frames);
    ck_assert_int_eq(want.ndim > 1 ? want.shape[1] : 1, units);
    for (int64_t i = 0; i < frames * units; i++) {
        const double w = ana_tensor_get(&want, i), d = fabs((double)got[i] - w);

        most = d > most || isnan(d) ? d : most;
        scale = fabs(w) > scale ? fabs(w) : scale;
    }
    ana_tensor_finish(&want);
    return most / scale;
}

/* The same against FOLDER/ID.npy that holds every 16th moment where there are more than
 * 40, as make_auditory_cnns.py writes them. */
static inline double test_against_moments(struct ana_ctx *ctx, const char *folder,
                                          const char *id, const struct ana_sink *sink,
                                          int64_t layer)
{
    const int64_t units = sink->units[layer], step = sink->frames[layer] > 40 ? 16 : 1;
    const int64_t n = (sink->frames[layer] + step - 1) / step;
    float *some = malloc((size_t)(n * units) * sizeof *some);
    char path[4400];
    double d;

    for (int64_t i = 0; i < n; i++)
        memcpy(some + i * units, sink->data[layer] + i * step * units,
               (size_t)units * sizeof *some);
    snprintf(path, sizeof path, "%s/%s.npy", folder, id);
    d = test_against_npy(ctx, path, some, n, units);
    free(some);
    return d;
}

#endif
