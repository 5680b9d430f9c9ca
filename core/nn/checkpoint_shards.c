/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The files that hold a checkpoint's weights: model.safetensors, or the shards that
 * model.safetensors.index.json maps names to.
 */
#include <anaflow/files.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "nn/checkpoint.h"

enum { MOST_SHARDS = 1000, LARGEST_INDEX = 1 << 26 };

/* Takes no memory: what could not be had would look like a file that is not there. */
static int there(const char *folder, const char *name)
{
    char path[4096];

    return snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path &&
           access(path, F_OK) == 0;
}

static int fail_no_weights(struct ana_ctx *ctx, const struct ana_checkpoint *checkpoint)
{
    char pickle[256];

    if (ana_find_pickle(checkpoint->folder, pickle))
        return ana_fail_pickle(ctx, checkpoint->folder, pickle, checkpoint->folder);
    return ana_fail(ctx, ANA_EDATA,
                    "checkpoint %s: holds no model.safetensors (and no "
                    "model.safetensors.index.json)",
                    checkpoint->folder);
}

static int add_shard(struct ana_ctx *ctx, struct ana_checkpoint *checkpoint,
                     const char *name, int64_t *which)
{
    struct ana_shard *shard;
    char *path = ana_path_join(ctx, checkpoint->folder, name);

    if (!path)
        return ANA_ERESOURCE;
    for (*which = 0; *which < checkpoint->n_shards; ++*which)
        if (strcmp(checkpoint->shard[*which].path, path) == 0) {
            ana_free(ctx, path);
            return 0;
        }
    if (checkpoint->n_shards == MOST_SHARDS) {
        ana_free(ctx, path);
        return ana_fail(ctx, ANA_EDATA,
                        "%s/model.safetensors.index.json: names more than %d files",
                        checkpoint->folder, MOST_SHARDS);
    }
    shard = &checkpoint->shard[checkpoint->n_shards++];
    shard->path = path;
    if (access(path, F_OK) != 0)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: is missing; model.safetensors.index.json says that it holds "
                        "weights",
                        path);
    return ana_safetensors_open(ctx, path, &shard->file);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct ana_named *)a)->name,
                  ((const struct ana_named *)b)->name);
}

/* All tensors of all shards, by name, each in one shard only. */
static int list_names(struct ana_ctx *ctx, struct ana_checkpoint *checkpoint)
{
    const char *const *names;
    int64_t n = 0;

    for (int64_t s = 0; s < checkpoint->n_shards; s++)
        n += ana_safetensors_names(checkpoint->shard[s].file, &names);
    checkpoint->named = ana_alloc(ctx, n, sizeof *checkpoint->named);
    if (!checkpoint->named)
        return ANA_ERESOURCE;
    for (int64_t s = 0; s < checkpoint->n_shards; s++) {
        n = ana_safetensors_names(checkpoint->shard[s].file, &names);
        for (int64_t i = 0; i < n; i++)
            checkpoint->named[checkpoint->n_names++] =
                (struct ana_named){.name = names[i], .shard = (int32_t)s};
    }
    qsort(checkpoint->named, (size_t)checkpoint->n_names, sizeof *checkpoint->named,
          by_name);
    for (int64_t i = 1; i < checkpoint->n_names; i++)
        if (strcmp(checkpoint->named[i - 1].name, checkpoint->named[i].name) == 0)
            return ana_fail(ctx, ANA_EDATA, "tensor '%s' is in both %s and %s",
                            checkpoint->named[i].name,
                            checkpoint->shard[checkpoint->named[i - 1].shard].path,
                            checkpoint->shard[checkpoint->named[i].shard].path);
    return 0;
}

static int is_basename(const char *name)
{
    return name && *name && name[0] != '.' && !strchr(name, '/') && strlen(name) < 256;
}

static struct ana_named *find_exact(const struct ana_checkpoint *checkpoint,
                                    const char *name)
{
    const struct ana_named key = {.name = name};

    if (checkpoint->n_names == 0)
        return NULL;
    return bsearch(&key, checkpoint->named, (size_t)checkpoint->n_names,
                   sizeof *checkpoint->named, by_name);
}

/* Every name of the index must lie in the file that the index says. */
static int check_index(struct ana_ctx *ctx, const struct ana_checkpoint *checkpoint,
                       json_t *map)
{
    const char *name;
    json_t *value;

    json_object_foreach(map, name, value)
    {
        const struct ana_named *named = find_exact(checkpoint, name);
        const char *path =
            named ? checkpoint->shard[named->shard].path : checkpoint->folder;
        const char *slash = strrchr(path, '/');

        if (!named || strcmp(slash ? slash + 1 : path, json_string_value(value)) != 0)
            return ana_fail(ctx, ANA_EDATA,
                            "%s/model.safetensors.index.json: tensor '%s' is not in %s",
                            checkpoint->folder, name, json_string_value(value));
    }
    return 0;
}

static int open_listed(struct ana_ctx *ctx, struct ana_checkpoint *checkpoint,
                       json_t *map)
{
    const char *name;
    json_t *value;
    int64_t which;
    int rc = 0;

    if (!json_is_object(map) || json_object_size(map) == 0)
        return ana_fail(ctx, ANA_EDATA,
                        "%s/model.safetensors.index.json: \"weight_map\" is missing or "
                        "empty",
                        checkpoint->folder);
    json_object_foreach(map, name, value)
    {
        if (!is_basename(json_string_value(value)))
            return ana_fail(ctx, ANA_EDATA,
                            "%s/model.safetensors.index.json: tensor '%s' is not mapped "
                            "to the name of a file in the same folder",
                            checkpoint->folder, name);
        rc = add_shard(ctx, checkpoint, json_string_value(value), &which);
        if (rc != 0)
            return rc;
    }
    rc = list_names(ctx, checkpoint);
    return rc == 0 ? check_index(ctx, checkpoint, map) : rc;
}

static int open_sharded(struct ana_ctx *ctx, struct ana_checkpoint *checkpoint)
{
    char *path = ana_path_join(ctx, checkpoint->folder, "model.safetensors.index.json");
    char *data = NULL;
    json_error_t error;
    json_t *index = NULL;
    int64_t n;
    int rc = path ? ana_file_read(ctx, path, LARGEST_INDEX, &data, &n) : ANA_ERESOURCE;

    if (rc == 0) {
        index = json_loadb(data, (size_t)n, JSON_REJECT_DUPLICATES, &error);
        if (!index)
            rc = ana_fail(ctx, ANA_EDATA, "%s: is not JSON, line %d, byte %d: %s", path,
                          error.line, error.position, error.text);
    }
    if (rc == 0)
        rc = open_listed(ctx, checkpoint, json_object_get(index, "weight_map"));
    json_decref(index);
    ana_free(ctx, data);
    ana_free(ctx, path);
    return rc;
}

int ana_checkpoint_open_weights(struct ana_ctx *ctx, struct ana_checkpoint *checkpoint)
{
    int64_t which;
    int rc;

    checkpoint->shard = ana_alloc(ctx, MOST_SHARDS, sizeof *checkpoint->shard);
    if (!checkpoint->shard)
        return ANA_ERESOURCE;
    if (there(checkpoint->folder, "model.safetensors")) {
        rc = add_shard(ctx, checkpoint, "model.safetensors", &which);
        return rc == 0 ? list_names(ctx, checkpoint) : rc;
    }
    if (there(checkpoint->folder, "model.safetensors.index.json"))
        return open_sharded(ctx, checkpoint);
    return fail_no_weights(ctx, checkpoint);
}

void ana_checkpoint_close_weights(struct ana_ctx *ctx, struct ana_checkpoint *checkpoint)
{
    for (int64_t i = 0; i < checkpoint->n_shards; i++) {
        ana_safetensors_close(ctx, checkpoint->shard[i].file);
        ana_free(ctx, checkpoint->shard[i].path);
    }
    ana_free(ctx, checkpoint->shard);
    ana_free(ctx, checkpoint->named);
}

struct ana_named *ana_checkpoint_find(const struct ana_checkpoint *checkpoint,
                                      const char *prefix, const char *name, char *full)
{
    while (*name) {
        const size_t n = strcspn(name, "|");
        struct ana_named *named;

        snprintf(full, 256, "%s%.*s", prefix, (int)n, name);
        named = find_exact(checkpoint, full);
        if (named)
            return named;
        name += n + (name[n] == '|');
    }
    return NULL;
}
