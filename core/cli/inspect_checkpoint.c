/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a folder with a network's weights, or a file with a network, is: which plugin reads it, its layers, its
 * parameters, and what a minute of sound takes. The plugins that read checkpoints are
 * asked in turn; none is named here.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/context.h"
#include "base/file.h"
#include "cli/inspect.h"
#include "linalg/pool.h"
#include "nn/checkpoint.h"
#include "pipeline/rates.h"
#include "plugin/describe.h"
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
    for (int i = 0; !found && i < 4; i++) {
        static const char *const weights[] = {
            "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin",
            "pytorch_model.bin.index.json"};
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

/* What the plugins said that read other checkpoints: one sentence of them all. */
struct refusals {
    struct ana_text what, types;
};

/* 1 if the error is that of a plugin which reads other checkpoints; it is taken in. */
static int add_refusal(struct refusals *refusals, const char *error)
{
    int at;
    const char *types = ana_checkpoint_foreign(error, &at);

    if (!types)
        return 0;
    if (refusals->what.length == 0)
        ana_text_write(&refusals->what, error, at);
    ana_text_add(&refusals->types, refusals->types.length > 0 ? ", %s" : "%s", types);
    return 1;
}

static int fail_unread(struct ana_ctx *ctx, const char *path, int is_file,
                       const struct refusals *refusals)
{
    if (refusals->what.data && refusals->types.data)
        return ana_fail(ctx, ANA_EDATA, "%s, which no plugin reads; they read %s",
                        refusals->what.data, refusals->types.data);
    return ana_fail(ctx, ANA_EPLUGIN,
                    "%s: no plugin that reads such %s is there; `anaflow plugin list` "
                    "says what an absent one needs",
                    path, is_file ? "files" : "checkpoints");
}

/* The plugin whose architecture config.json describes, or whose format a file is in,
 * opened. */
static int find_plugin(struct ana_ctx *ctx, const struct ana_registry *registry,
                       const char *path, int is_file, const struct ana_plugin **plugin,
                       void **self)
{
    const uint32_t flag = is_file ? ANA_MODEL_CHECKPOINT_FILE : ANA_MODEL_CHECKPOINT;
    const struct ana_plugin_entry *entry;
    const int64_t n = ana_registry_entries(registry, &entry);
    struct refusals refusals = {0};
    int rc = ANA_EDATA, done = 0;

    *plugin = NULL;
    for (int64_t i = 0; !done && i < n; i++) {
        const struct ana_plugin *candidate = entry[i].plugin;

        if (!candidate || candidate->kind != ANA_KIND_MODEL ||
            !(candidate->model->flags & flag))
            continue;
        rc = open_with(ctx, candidate, path, self);
        if (rc == 0)
            *plugin = candidate;
        done = rc == 0 || !add_refusal(&refusals, ana_error(ctx));
    }
    if (!done)
        rc = fail_unread(ctx, path, is_file, &refusals);
    ana_text_finish(&refusals.what);
    ana_text_finish(&refusals.types);
    return rc;
}

/* What config.json calls the network: "hubert (HubertModel)". */
static void set_architecture(struct ana_facts *facts, const json_t *config)
{
    const char *type = json_string_value(json_object_get(config, "model_type"));
    const char *class_ =
        json_string_value(json_array_get(json_object_get(config, "architectures"), 0));
    struct ana_text text = {0};

    if (!type)
        return;
    ana_text_add(&text, class_ ? "%.60s (%.60s)" : "%.60s", type, class_);
    ana_json_text(facts->root, "architecture", text.data, &facts->failed);
    ana_text_finish(&text);
}

/* Numbers and bytes in the files of a folder's weights. */
static int count_weights(struct ana_facts *facts, const char *path, int64_t *numbers,
                         int64_t *bytes)
{
    struct ana_ctx *ctx = facts->ctx;
    const struct ana_model_source source = {
        .size = sizeof source, .checkpoint = path, .flags = ANA_SOURCE_DESCRIBE};
    struct ana_checkpoint *checkpoint;
    int rc = ana_checkpoint_open(ctx, &source, NULL, &checkpoint);

    *numbers = *bytes = 0;
    if (rc != 0)
        return rc;
    set_architecture(facts, checkpoint->config);
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

static void set_layers(struct ana_facts *facts, const struct ana_model_info *info)
{
    int64_t maps = 0, last = 0;

    for (int64_t i = 0; i < info->n_layers; i++)
        if (info->layers[i].kind == ANA_LAYER_ATTENTION)
            maps++;
        else
            last = i;
    ana_json_count(facts->root, "layers", info->n_layers - maps, &facts->failed);
    ana_json_count(facts->root, "attention_maps", maps, &facts->failed);
    ana_json_text(facts->root, "first_layer", info->layers[0].id, &facts->failed);
    ana_json_text(facts->root, "last_layer", info->layers[last].id, &facts->failed);
    ana_json_real(facts->root, "first_rate", info->layers[0].rate, &facts->failed);
    ana_json_real(facts->root, "last_rate", info->layers[last].rate, &facts->failed);
}

static const double MEASURING = 0.02; /* s */

/* About how long a pass takes here, with all threads at work. */
static void set_seconds(struct ana_facts *facts, const struct ana_model_cost *cost,
                        json_t *minute)
{
    struct ana_rates rates;

    if (ana_rates_measure(facts->ctx, MEASURING, &rates) != 0) {
        ana_ctx_clear(facts->ctx);
        return;
    }
    ana_json_real(minute, "seconds",
                  ((cost->flops - cost->slow) / rates.gemm_f32 +
                   cost->slow / rates.transform + cost->loops / rates.loop) /
                      (double)rates.threads,
                  &facts->failed);
    ana_json_count(minute, "threads", rates.threads, &facts->failed);
    ana_json_real(minute, "flops_per_second", rates.gemm_f32 * (double)rates.threads,
                  &facts->failed);
}

static int set_minute(struct ana_facts *facts, const struct ana_plugin *plugin,
                      void *self, const struct ana_model_info *info)
{
    struct ana_ctx *ctx = facts->ctx;
    const int64_t shape[] = {(int64_t)(60 * info->input_rate), info->channels};
    struct ana_input item = {.size = sizeof item, .rate = info->input_rate};
    const struct ana_batch batch = {.size = sizeof batch, .n = 1, .item = &item};
    struct ana_model_cost cost = {.size = sizeof cost};
    uint8_t *wanted = ana_alloc(ctx, info->n_layers, 1);
    json_t *minute;
    int rc;

    if (!wanted)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < info->n_layers; i++)
        wanted[i] = info->layers[i].kind != ANA_LAYER_ATTENTION;
    ana_tensor_view(ANA_F32, info->input == ANA_INPUT_AUDIO ? 1 : 2, shape, NULL,
                    &item.data);
    rc = plugin->model->cost(ctx, self, &batch, wanted, &cost);
    if (rc == 0) {
        minute = json_object();
        ana_json_count(minute, "bytes", cost.bytes, &facts->failed);
        ana_json_real(minute, "flops", cost.flops, &facts->failed);
        set_seconds(facts, &cost, minute);
        ana_json_set(facts->root, "minute", minute, &facts->failed);
    }
    ana_free(ctx, wanted);
    return rc;
}

static int set_model(struct ana_facts *facts, const char *path,
                     const struct ana_plugin *plugin, void *self)
{
    struct ana_model_info info;
    int64_t numbers = 0, bytes = 0;
    void *layers = NULL;
    struct stat st;
    int rc = ana_model_describe(facts->ctx, plugin->model, self, &info, &layers);

    if (rc == 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
        numbers = info.parameters;
        bytes = st.st_size;
    } else if (rc == 0) {
        rc = count_weights(facts, path, &numbers, &bytes);
    }
    if (rc == 0) {
        ana_json_text(facts->root, "kind", "checkpoint", &facts->failed);
        ana_json_text(facts->root, "plugin", plugin->id, &facts->failed);
        ana_json_text(facts->root, "summary", plugin->summary, &facts->failed);
        set_layers(facts, &info);
        ana_json_count(facts->root, "parameters",
                       info.parameters > 0 ? info.parameters : numbers, &facts->failed);
        ana_json_count(facts->root, "numbers", numbers, &facts->failed);
        ana_json_count(facts->root, "bytes", bytes, &facts->failed);
        ana_json_text(facts->root, "input",
                      info.input == ANA_INPUT_AUDIO ? "sound" : "another model's frames",
                      &facts->failed);
        ana_json_real(facts->root, "rate", info.input_rate, &facts->failed);
        rc = set_minute(facts, plugin, self, &info);
    }
    ana_free(facts->ctx, layers);
    return rc;
}

int ana_inspect_checkpoint(struct ana_facts *facts, const char *path, int is_file)
{
    struct ana_ctx *ctx = facts->ctx;
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
        rc = find_plugin(ctx, registry, path, is_file, &plugin, &self);
    if (rc == 0)
        rc = set_model(facts, path, plugin, self);
    if (plugin)
        plugin->model->close(ctx, self);
    ana_ctx_set_pool(ctx, NULL);
    ana_pool_destroy(pool);
    ana_registry_destroy(registry);
    return rc;
}
