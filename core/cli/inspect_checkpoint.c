/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a folder with a network's weights is: which plugin reads it, its layers, its
 * parameters, and what a minute of sound takes. The plugins that read checkpoints are
 * asked in turn; none is named here.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <anaflow/linalg.h>

#include "base/context.h"
#include "base/file.h"
#include "cli/inspect.h"
#include "linalg/pool.h"
#include "nn/checkpoint.h"
#include "plugin/params.h"
#include "plugin/registry.h"

int ana_is_checkpoint(struct ana_ctx *ctx, const char *path)
{
    char *config = ana_path_join(ctx, path, "config.json");
    int found = 0;
    json_t *value =
        config && access(config, F_OK) == 0 ? json_load_file(config, 0, NULL) : NULL;

    /* One that is not JSON is a checkpoint where weights lie beside it. */
    if (value)
        found = json_object_get(value, "model_type") != NULL;
    json_decref(value);
    ana_free(ctx, config);
    for (int i = 0; !found && i < 3; i++) {
        static const char *const weights[] = {
            "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin"};
        char *file = ana_path_join(ctx, path, weights[i]);

        found = file && access(file, F_OK) == 0;
        ana_free(ctx, file);
    }
    return found;
}

static int open_with(struct ana_ctx *ctx, const struct ana_plugin *plugin,
                     const char *path, void **self)
{
    const struct ana_model_source source = {.size = sizeof source, .checkpoint = path};
    struct ana_params *params = NULL;
    int rc = ana_params_create(ctx, plugin, 0, NULL, &params);

    if (rc == 0)
        rc = plugin->model->open(ctx, params, &source, self);
    ana_params_destroy(params);
    return rc;
}

/* The plugin whose architecture config.json describes, opened. */
static int find_plugin(struct ana_ctx *ctx, const struct ana_registry *registry,
                       const char *path, const struct ana_plugin **plugin, void **self)
{
    const struct ana_plugin_entry *entry;
    const int64_t n = ana_registry_entries(registry, &entry);
    int rc = ANA_EDATA, asked = 0;

    *plugin = NULL;
    for (int64_t i = 0; i < n; i++) {
        const struct ana_plugin *candidate = entry[i].plugin;

        if (!candidate || candidate->kind != ANA_KIND_MODEL ||
            !(candidate->model->flags & ANA_MODEL_CHECKPOINT))
            continue;
        asked = 1;
        rc = open_with(ctx, candidate, path, self);
        if (rc == 0)
            *plugin = candidate;
        if (rc == 0 || !ana_checkpoint_is_foreign(ana_error(ctx)))
            return rc;
    }
    if (!asked)
        return ana_fail(ctx, ANA_EPLUGIN, "%s: no plugin that reads checkpoints is there",
                        path);
    return rc;
}

/* Numbers and bytes in the files of weights. */
static int count_weights(struct ana_ctx *ctx, const char *path, int64_t *numbers,
                         int64_t *bytes)
{
    const struct ana_model_source source = {
        .size = sizeof source, .checkpoint = path, .flags = ANA_SOURCE_DESCRIBE};
    struct ana_checkpoint *checkpoint;
    int rc = ana_checkpoint_open(ctx, &source, NULL, &checkpoint);

    *numbers = *bytes = 0;
    if (rc != 0)
        return rc;
    for (int64_t i = 0; rc == 0 && i < checkpoint->n_names; i++) {
        const struct ana_named *named = &checkpoint->named[i];
        struct ana_tensor tensor;

        rc = ana_safetensors_get(ctx, checkpoint->shard[named->shard].file, named->name,
                                 &tensor);
        *numbers += ana_tensor_count(&tensor);
        *bytes += ana_tensor_count(&tensor) * (int64_t)ana_dtype_size(tensor.dtype);
        ana_tensor_finish(&tensor);
    }
    ana_checkpoint_close(ctx, checkpoint);
    return rc;
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Operations a second of one thread's matrix product; 0 if it cannot be had. */
static double product_rate(struct ana_ctx *ctx)
{
    enum { N = 512 };
    float *a = ana_alloc(ctx, N * N, 3 * sizeof *a);
    double rate = 0;

    for (int i = 0; a && i < 4; i++) {
        const double start = seconds();

        if (ana_gemm_f32(ctx, 0, 1, N, N, N, 1, a, N, a + N * N, N, 0, a + 2 * N * N,
                         N) != 0)
            break;
        rate = 2.0 * N * N * N / (seconds() - start);
    }
    ana_free(ctx, a);
    return rate;
}

static void print_layers(const struct ana_model_info *info)
{
    int64_t maps = 0, last = 0;

    for (int64_t i = 0; i < info->n_layers; i++)
        if (info->layers[i].kind == ANA_LAYER_ATTENTION)
            maps++;
        else
            last = i;
    printf("  layers      %lld: %s ... %s", (long long)(info->n_layers - maps),
           info->layers[0].id, info->layers[last].id);
    if (maps > 0)
        printf("; and %lld maps of attention (layers = attention*)", (long long)maps);
    printf("\n");
}

static int print_minute(struct ana_ctx *ctx, const struct ana_plugin *plugin, void *self,
                        const struct ana_model_info *info)
{
    const int64_t shape[] = {(int64_t)(60 * info->input_rate), info->channels};
    struct ana_input item = {.size = sizeof item, .rate = info->input_rate};
    const struct ana_batch batch = {.size = sizeof batch, .n = 1, .item = &item};
    struct ana_model_cost cost = {.size = sizeof cost};
    uint8_t *wanted = ana_alloc(ctx, info->n_layers, 1);
    const double rate = product_rate(ctx) * (double)ana_workers(ctx);
    int rc;

    if (!wanted)
        return ANA_ERESOURCE;
    memset(wanted, 1, (size_t)info->n_layers);
    ana_tensor_view(ANA_F32, info->input == ANA_INPUT_AUDIO ? 1 : 2, shape, NULL,
                    &item.data);
    rc = plugin->model->cost(ctx, self, &batch, wanted, &cost);
    if (rc == 0) {
        printf("  a minute    %.0f MB beside the weights, %.0f billion operations",
               (double)cost.bytes / 1e6, cost.flops / 1e9);
        if (rate > 0)
            printf(", about %.2g s here (%lld threads, products at %.0f GFLOP/s)",
                   cost.flops / rate, (long long)ana_workers(ctx), rate / 1e9);
        printf("\n");
    }
    ana_free(ctx, wanted);
    return rc;
}

static int print_model(struct ana_ctx *ctx, const char *path,
                       const struct ana_plugin *plugin, void *self)
{
    struct ana_model_info info = {.size = sizeof info};
    int64_t numbers, bytes;
    int rc = plugin->model->describe(ctx, self, &info);

    if (rc == 0)
        rc = count_weights(ctx, path, &numbers, &bytes);
    if (rc != 0)
        return rc;
    printf("%s: a network's weights, for the model plugin %s (%s)\n", path, plugin->id,
           plugin->summary);
    print_layers(&info);
    printf("  parameters  %.3g million in %.3g MB\n", (double)numbers / 1e6,
           (double)bytes / 1e6);
    printf("  input       %s at %g Hz\n",
           info.input == ANA_INPUT_AUDIO ? "sound" : "another model's frames",
           info.input_rate);
    rc = print_minute(ctx, plugin, self, &info);
    if (rc == 0)
        printf("as a model:\n  plugin = %s\n  checkpoint = %s\n", plugin->id, path);
    return rc;
}

int ana_inspect_checkpoint(struct ana_ctx *ctx, const char *path)
{
    struct ana_registry *registry = NULL;
    struct ana_pool *pool = NULL;
    const struct ana_plugin *plugin = NULL;
    const int64_t cores = sysconf(_SC_NPROCESSORS_ONLN);
    void *self = NULL;
    int rc = ana_registry_create(ctx, &registry);

    if (rc == 0)
        rc = ana_pool_create(ctx, cores > 0 && cores < 64 ? cores : 1, &pool);
    ana_ctx_set_pool(ctx, pool);
    if (rc == 0)
        rc = find_plugin(ctx, registry, path, &plugin, &self);
    if (rc == 0)
        rc = print_model(ctx, path, plugin, self);
    if (plugin)
        plugin->model->close(ctx, self);
    ana_ctx_set_pool(ctx, NULL);
    ana_pool_destroy(pool);
    ana_registry_destroy(registry);
    return rc;
}
