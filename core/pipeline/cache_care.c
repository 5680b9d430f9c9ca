/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Listing, checking and thinning out what is kept.
 */
#include "pipeline/cache_care.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/context.h"
#include "base/file.h"

static char *first_line(struct ana_ctx *ctx, const char *path)
{
    struct ana_blob blob;
    int64_t n = 0;
    char *line = NULL;

    if (ana_blob_peek(ctx, path, &blob) != 0)
        ana_ctx_clear(ctx);
    if (blob.data) {
        while (n < blob.n_note && blob.note[n] != '\n')
            n++;
        line = ana_alloc(ctx, n + 1, 1);
        if (line && n > 0)
            memcpy(line, blob.note, (size_t)n);
    } else {
        line = ana_strdup(ctx, "damaged");
    }
    ana_blob_close(&blob);
    return line;
}

/* What is remembered of how fast a machine is (calibrate.h). */
static int is_speed(const char *name)
{
    return strncmp(name, "speed-", 6) == 0 && ana_hash_is(name + 6);
}

static int is_entry(const char *name)
{
    char key[33] = "";
    const size_t n = strlen(name);

    if (n == 36 && strcmp(name + 32, ".npy") == 0) {
        memcpy(key, name, 32);
        return ana_hash_is(key);
    }
    return is_speed(name) || ana_hash_is(name) || strcmp(name, "files") == 0 ||
           strcmp(name, "tasks") == 0;
}

static int add_item(struct ana_ctx *ctx, const char *path, int64_t *n,
                    struct ana_cache_item **items)
{
    struct ana_cache_item *grown = *items, *item;
    struct ana_file_sign sign;
    struct timespec now;

    if (!ana_file_sign(path, &sign))
        return 0;
    if ((*n & (*n - 1)) == 0) { /* room doubles at powers of two */
        grown = ana_alloc(ctx, *n > 0 ? 2 * *n : 1, sizeof *grown);
        if (!grown)
            return ANA_ERESOURCE;
        if (*n > 0)
            memcpy(grown, *items, (size_t)*n * sizeof *grown);
        ana_free(ctx, *items);
        *items = grown;
    }
    item = &grown[(*n)++];
    clock_gettime(CLOCK_REALTIME, &now);
    item->bytes = sign.size;
    item->idle =
        (double)now.tv_sec + 1e-9 * (double)now.tv_nsec - 1e-9 * (double)sign.mtime;
    item->path = ana_strdup(ctx, path);
    item->what = first_line(ctx, path);
    return item->path && item->what ? 0 : ANA_ERESOURCE;
}

static int add_folder(struct ana_ctx *ctx, const char *folder, const char *under,
                      int (*wanted)(const char *name), int64_t *n,
                      struct ana_cache_item **items)
{
    char *whole = *under ? ana_path_join(ctx, folder, under) : ana_strdup(ctx, folder);
    char **names = NULL;
    int64_t n_names = 0;
    int rc = whole ? ana_folder_list(ctx, whole, &n_names, &names) : ANA_ERESOURCE;

    for (int64_t i = 0; i < n_names; i++) {
        char *path = ana_path_join(ctx, whole, names[i]);

        if (rc == 0 && !path)
            rc = ANA_ERESOURCE;
        if (rc == 0 && wanted(names[i]))
            rc = add_item(ctx, path, n, items);
        ana_free(ctx, path);
        ana_free(ctx, names[i]);
    }
    ana_free(ctx, names);
    ana_free(ctx, whole);
    return rc;
}

static int by_use(const void *a, const void *b)
{
    const struct ana_cache_item *x = a, *y = b;

    return x->idle != y->idle ? (x->idle > y->idle) - (x->idle < y->idle)
                              : strcmp(x->path, y->path);
}

int ana_cache_items(struct ana_ctx *ctx, const char *folder, const char *output,
                    int64_t *n, struct ana_cache_item **out)
{
    int rc = 0;

    *n = 0;
    *out = NULL;
    if (folder)
        rc = add_folder(ctx, folder, "", is_entry, n, out);
    if (rc == 0 && folder)
        rc = add_folder(ctx, folder, "activations", is_entry, n, out);
    if (rc == 0 && folder)
        rc = add_folder(ctx, folder, "blocks", is_entry, n, out);
    if (rc == 0 && output)
        rc = add_folder(ctx, output, ".store", is_entry, n, out);
    if (rc == 0 && output)
        rc = add_folder(ctx, output, ".store/activations", is_entry, n, out);
    if (rc == 0 && output)
        rc = add_folder(ctx, output, ".store/blocks", is_entry, n, out);
    if (*n > 0)
        qsort(*out, (size_t)*n, sizeof **out, by_use);
    return rc;
}

void ana_cache_items_free(struct ana_ctx *ctx, int64_t n, struct ana_cache_item *items)
{
    for (int64_t i = 0; i < n; i++) {
        ana_free(ctx, items[i].path);
        ana_free(ctx, items[i].what);
    }
    ana_free(ctx, items);
}

int ana_cache_check(struct ana_ctx *ctx, const struct ana_cache_item *item)
{
    struct ana_blob blob;
    int rc = ana_blob_open(ctx, item->path, &blob);

    ana_blob_close(&blob);
    return rc;
}

static void sweep(struct ana_ctx *ctx, const char *folder, const char *under)
{
    char *whole = ana_path_join(ctx, folder, under);

    if (whole)
        ana_folder_sweep(whole);
    ana_free(ctx, whole);
}

/* What killed runs left, unless one is at work. */
static int sweep_alone(struct ana_ctx *ctx, const char *folder)
{
    char *path = ana_path_join(ctx, folder, ".lock");
    int lock = -1, rc = path ? 0 : ANA_ERESOURCE;

    if (rc == 0 && ana_folder_is(folder))
        rc = ana_lock_take(ctx, path, ANA_LOCK_ALONE, &lock);
    if (lock >= 0) {
        ana_folder_sweep(folder);
        sweep(ctx, folder, "activations");
        sweep(ctx, folder, "blocks");
        ana_lock_release(&lock);
    }
    ana_free(ctx, path);
    return rc;
}

/* They take no room to speak of: only their age counts. */
static int add_old_speeds(struct ana_ctx *ctx, const char *folder, double older,
                          int64_t *n, struct ana_cache_item **items)
{
    struct ana_cache_item *speeds = NULL;
    int64_t n_speeds = 0;
    int rc = add_folder(ctx, folder, "", is_speed, &n_speeds, &speeds);

    for (int64_t i = 0; rc == 0 && i < n_speeds; i++)
        if (speeds[i].idle > older)
            rc = add_item(ctx, speeds[i].path, n, items);
    ana_cache_items_free(ctx, n_speeds, speeds);
    return rc;
}

int ana_cache_collect(struct ana_ctx *ctx, const char *folder, double older, int64_t most,
                      int64_t *n_removed, int64_t *bytes_removed)
{
    struct ana_cache_item *items = NULL;
    int64_t n = 0, kept = 0;
    int rc = sweep_alone(ctx, folder);

    *n_removed = 0;
    *bytes_removed = 0;
    if (rc == 0)
        rc = add_folder(ctx, folder, "activations", is_entry, &n, &items);
    if (rc == 0)
        rc = add_folder(ctx, folder, "blocks", is_entry, &n, &items);
    if (rc == 0 && isfinite(older))
        rc = add_old_speeds(ctx, folder, older, &n, &items);
    if (n > 0)
        qsort(items, (size_t)n, sizeof *items, by_use);
    for (int64_t i = 0; rc == 0 && i < n; i++) {
        if (items[i].idle <= older && (most < 0 || kept + items[i].bytes <= most)) {
            kept += items[i].bytes;
            continue;
        }
        rc = ana_file_remove(ctx, items[i].path);
        ++*n_removed;
        *bytes_removed += items[i].bytes;
    }
    ana_cache_items_free(ctx, n, items);
    return rc;
}
