/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where the work of earlier runs lies, and how it is taken back without trusting it.
 */
#include "pipeline/cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "base/file.h"
#include "plugin/remember.h"

enum { KEY = 32 };

/* Make the folder and take part in it. Whoever finds nobody else there clears away what
 * killed processes left; a temporary file beside a living process may be its own. */
static int enter_folder(struct ana_ctx *ctx, struct ana_cache *cache, int role)
{
    char *path = ana_path_join(ctx, cache->folder, ".lock");
    int rc = path ? 0 : ANA_ERESOURCE;

    if (rc == 0 && role != ANA_CACHE_LOOK)
        rc = ana_folder_make(ctx, cache->activations);
    if (rc == 0 && role == ANA_CACHE_RUN) {
        rc = ana_lock_take(ctx, path, ANA_LOCK_ALONE, &cache->lock);
        if (rc == 0 && cache->lock >= 0) {
            ana_folder_sweep(cache->folder);
            ana_folder_sweep(cache->activations);
            ana_folder_sweep(cache->blocks);
            ana_lock_change(cache->lock, ANA_LOCK_SHARED);
        } else if (rc == 0) {
            rc = ana_lock_take(ctx, path, ANA_LOCK_SHARED, &cache->lock);
        }
    }
    ana_free(ctx, path);
    return rc;
}

static int name_folders(struct ana_ctx *ctx, struct ana_cache *cache)
{
    cache->activations = ana_path_join(ctx, cache->folder, "activations");
    cache->blocks = ana_path_join(ctx, cache->folder, "blocks");
    return cache->activations && cache->blocks ? 0 : ANA_ERESOURCE;
}

static int choose_folder(struct ana_ctx *ctx, const char *written, int role,
                         struct ana_cache *cache)
{
    int rc;

    cache->folder = written ? ana_strdup(ctx, written) : ana_cache_folder(ctx);
    if (cache->folder) {
        rc = name_folders(ctx, cache);
        if (rc == 0)
            rc = enter_folder(ctx, cache, role);
        if (rc == 0 || written || getenv("ANAFLOW_CACHE"))
            return rc;
        ana_log(ctx, "the cache is kept in %s: %s", cache->results, ana_error(ctx));
        ana_ctx_clear(ctx);
        ana_free(ctx, cache->folder);
        ana_free(ctx, cache->activations);
        ana_free(ctx, cache->blocks);
    }
    cache->folder = ana_strdup(ctx, cache->results);
    rc = cache->folder ? name_folders(ctx, cache) : ANA_ERESOURCE;
    return rc == 0 ? enter_folder(ctx, cache, role) : rc;
}

int ana_cache_open(struct ana_ctx *ctx, const char *written, const char *output, int role,
                   struct ana_cache *cache)
{
    char *index;
    int rc;

    memset(cache, 0, sizeof *cache);
    cache->lock = -1;
    cache->look = role == ANA_CACHE_LOOK;
    cache->results = ana_path_join(ctx, output, ".store");
    if (!cache->results)
        return ANA_ERESOURCE;
    rc = role == ANA_CACHE_RUN ? ana_folder_make(ctx, cache->results) : 0;
    if (rc == 0 && role == ANA_CACHE_RUN)
        ana_folder_sweep(cache->results);
    if (rc == 0)
        rc = choose_folder(ctx, written, role, cache);
    if (rc != 0)
        return rc;
    ana_ctx_set_scratch(ctx, cache->folder);
    index = ana_path_join(ctx, cache->folder, "files");
    rc = index ? ana_known_files_create(ctx, index, &cache->known) : ANA_ERESOURCE;
    ana_free(ctx, index);
    if (rc == 0) {
        cache->keeper = (struct ana_keeper){
            .folder = cache->blocks, .known = cache->known, .look = cache->look};
        ana_ctx_set_keeper(ctx, &cache->keeper);
    }
    return rc;
}

void ana_cache_forget(struct ana_cache *cache)
{
    cache->fresh = cache->keeper.fresh = 1;
}

/* What a task's process left that was killed with this run; beside another run nobody
 * knows whose a temporary file is. */
static void leave_folder(const struct ana_cache *cache)
{
    if (cache->lock < 0)
        return;
    ana_folder_sweep(cache->results);
    if (!ana_lock_change(cache->lock, ANA_LOCK_ALONE))
        return;
    ana_folder_sweep(cache->folder);
    ana_folder_sweep(cache->activations);
    ana_folder_sweep(cache->blocks);
}

void ana_cache_close(struct ana_ctx *ctx, struct ana_cache *cache)
{
    if (ana_ctx_keeper(ctx) == &cache->keeper)
        ana_ctx_set_keeper(ctx, NULL);
    ana_known_files_destroy(ctx, cache->known);
    leave_folder(cache);
    ana_lock_release(&cache->lock);
    ana_free(ctx, cache->folder);
    ana_free(ctx, cache->activations);
    ana_free(ctx, cache->blocks);
    ana_free(ctx, cache->results);
    memset(cache, 0, sizeof *cache);
    cache->lock = -1;
}

static char *path_of(struct ana_ctx *ctx, const struct ana_cache *cache, int kind,
                     const char *key)
{
    const int npy = kind == ANA_KEPT_ACTIVATIONS;
    char name[KEY + 8];

    snprintf(name, sizeof name, "%.32s%s", key, npy ? ".npy" : "");
    return ana_path_join(ctx, npy ? cache->activations : cache->results, name);
}

/* The sentence has its contexts already; the report must name the file. */
static int remove_damaged(struct ana_ctx *ctx, const struct ana_cache *cache,
                          const char *path)
{

    if (cache->look) {
        ana_ctx_clear(ctx);
        return 0;
    }

    ana_warn_removed(ctx);
    return ana_file_remove(ctx, path);
}

int ana_cache_get(struct ana_ctx *ctx, const struct ana_cache *cache, int kind,
                  const char *key, struct ana_blob *out, int *damaged)
{
    char *path = path_of(ctx, cache, kind, key);
    int rc;

    memset(out, 0, sizeof *out);
    if (damaged)
        *damaged = 0;
    if (!path)
        return ANA_ERESOURCE;
    rc = ana_blob_open(ctx, path, out);
    if (rc == ANA_EDATA) {
        rc = remove_damaged(ctx, cache, path);
        if (damaged)
            *damaged = 1;
    } else if (rc == 0 && out->data && kind == ANA_KEPT_ACTIVATIONS && !cache->look) {
        ana_file_touch(path); /* gc goes by when an entry was used */
    }
    ana_free(ctx, path);
    return rc;
}

int ana_cache_peek(struct ana_ctx *ctx, const struct ana_cache *cache, int kind,
                   const char *key, struct ana_blob *out)
{
    char *path = path_of(ctx, cache, kind, key);
    int rc;

    memset(out, 0, sizeof *out);
    if (!path)
        return ANA_ERESOURCE;
    rc = ana_blob_peek(ctx, path, out);
    if (rc == ANA_EDATA) {
        ana_ctx_clear(ctx);
        rc = 0;
    }
    ana_free(ctx, path);
    return rc;
}

int ana_cache_put(struct ana_ctx *ctx, const struct ana_cache *cache, int kind,
                  const char *key, int64_t n_pieces, const struct ana_piece *pieces,
                  const char *note)
{
    char *path = path_of(ctx, cache, kind, key);
    int rc = path ? ana_blob_write(ctx, path, n_pieces, pieces, note) : ANA_ERESOURCE;

    ana_free(ctx, path);
    return rc;
}

int ana_cache_begin(struct ana_ctx *ctx, const struct ana_cache *cache, int kind,
                    const char *key, int64_t n, struct ana_blob_writer *out)
{
    char *path = path_of(ctx, cache, kind, key);
    int rc = path ? ana_blob_begin(ctx, path, n, out) : ANA_ERESOURCE;

    ana_free(ctx, path);
    return rc;
}

int ana_cache_has(struct ana_ctx *ctx, const struct ana_cache *cache, int kind,
                  const char *key)
{
    char *path = path_of(ctx, cache, kind, key);
    struct ana_file_sign sign;
    const int has = path && ana_file_sign(path, &sign);

    ana_free(ctx, path);
    return has;
}

int ana_cache_keep_only(struct ana_ctx *ctx, const struct ana_cache *cache, int64_t n,
                        const char *const *keys)
{
    char **names;
    int64_t n_names;
    int rc = ana_folder_list(ctx, cache->results, &n_names, &names);

    for (int64_t i = 0; i < n_names; i++) {
        int wanted = !ana_hash_is(names[i]);

        for (int64_t k = 0; k < n && !wanted; k++)
            wanted = strcmp(names[i], keys[k]) == 0;
        if (rc == 0 && !wanted) {
            char *path = ana_path_join(ctx, cache->results, names[i]);

            rc = path ? ana_file_remove(ctx, path) : ANA_ERESOURCE;
            ana_free(ctx, path);
        }
        ana_free(ctx, names[i]);
    }
    ana_free(ctx, names);
    return rc;
}
