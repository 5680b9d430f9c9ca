/* SPDX-License-Identifier: BSD-3-Clause
 *
 * plugins.json: verdicts on plugin files, so that a broken one is loaded once and not at
 * every start.
 */
#include "plugin/remember.h"

#include <dlfcn.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/context.h"
#include "base/file.h"

enum { MOST_BYTES = 16 << 20, HASH_ROOM = 33 };

struct ana_memory {
    char *path;
    json_t *root, *plugins;
    int changed;
};

char *ana_cache_folder(struct ana_ctx *ctx)
{
    const char *named = getenv("ANAFLOW_CACHE"), *xdg = getenv("XDG_CACHE_HOME"),
               *home = getenv("HOME");

    if (named && *named)
        return ana_strdup(ctx, named);
    if (xdg && *xdg == '/')
        return ana_path_join(ctx, xdg, "anaflow");
    return home && *home ? ana_path_join(ctx, home, ".cache/anaflow") : NULL;
}

static int64_t mtime_of(const struct stat *st)
{
    return (int64_t)st->st_mtim.tv_sec * INT64_C(1000000000) + st->st_mtim.tv_nsec;
}

/* "PATH SIZE MTIME" of the library that these verdicts were made with. */
static void name_library(char *text, size_t room)
{
    struct stat st = {.st_size = 0};
    Dl_info info = {.dli_fname = ""};
    void (*self)(struct ana_memory *) = ana_memory_destroy;
    void *address;

    memcpy(&address, &self, sizeof address);
    if (dladdr(address, &info) && info.dli_fname)
        stat(info.dli_fname, &st);
    snprintf(text, room, "%s %lld %lld", info.dli_fname ? info.dli_fname : "",
             (long long)st.st_size, (long long)mtime_of(&st));
}

static int hash_file(const char *path, char hash[HASH_ROOM])
{
    XXH3_state_t *state = XXH3_createState();
    FILE *file = fopen(path, "re");
    XXH128_hash_t value;
    char buffer[1 << 16];
    size_t n;
    int good = state && file && XXH3_128bits_reset(state) == XXH_OK;

    while (good && (n = fread(buffer, 1, sizeof buffer, file)) > 0)
        good = XXH3_128bits_update(state, buffer, n) == XXH_OK;
    good = good && !ferror(file);
    if (good) {
        value = XXH3_128bits_digest(state);
        snprintf(hash, HASH_ROOM, "%016llx%016llx", (unsigned long long)value.high64,
                 (unsigned long long)value.low64);
    }
    if (file)
        fclose(file);
    XXH3_freeState(state);
    return good;
}

/* The verdicts of the file, if it is one of this library's; else none. */
static void read_memory(struct ana_memory *memory, const char *library)
{
    json_error_t error;
    struct stat st;
    json_t *root = NULL, *plugins;

    if (stat(memory->path, &st) == 0 && st.st_size <= MOST_BYTES)
        root = json_load_file(memory->path, JSON_REJECT_DUPLICATES, &error);
    plugins = json_object_get(root, "plugins");
    if (json_is_array(plugins) &&
        strcmp(json_string_value(json_object_get(root, "library"))
                   ? json_string_value(json_object_get(root, "library"))
                   : "",
               library) == 0) {
        memory->root = root;
        memory->plugins = plugins;
        return;
    }
    json_decref(root);
    memory->plugins = json_array();
    memory->root =
        json_pack("{s:s, s:o}", "library", library, "plugins", memory->plugins);
}

int ana_memory_create(struct ana_ctx *ctx, struct ana_memory **out)
{
    struct ana_memory *memory = calloc(1, sizeof *memory);
    char library[4600], *folder = ana_cache_folder(ctx);

    *out = memory;
    name_library(library, sizeof library);
    if (memory) {
        memory->path = folder ? ana_path_join(ctx, folder, "plugins.json") : NULL;
        if (!memory->path)
            memory->path = ana_strdup(ctx, "");
        if (memory->path)
            read_memory(memory, library);
    }
    ana_free(ctx, folder);
    if (memory && memory->root)
        return 0;
    ana_memory_destroy(memory);
    *out = NULL;
    return ana_fail(ctx, ANA_ERESOURCE, "no memory for what is known of plugins");
}

void ana_memory_destroy(struct ana_memory *memory)
{
    if (!memory)
        return;
    json_decref(memory->root);
    ana_free(NULL, memory->path);
    free(memory);
}

static json_t *find_entry(const struct ana_memory *memory, const char *path)
{
    json_t *entry;
    size_t i;

    json_array_foreach(memory->plugins, i, entry)
    {
        const char *known = json_string_value(json_object_get(entry, "path"));

        if (known && strcmp(known, path) == 0)
            return entry;
    }
    return NULL;
}

static int unchanged(const json_t *entry, const char *path)
{
    const char *known = json_string_value(json_object_get(entry, "hash"));
    char hash[HASH_ROOM];
    struct stat st;

    if (stat(path, &st) != 0 ||
        json_integer_value(json_object_get(entry, "size")) != (json_int_t)st.st_size)
        return 0;
    if (json_integer_value(json_object_get(entry, "mtime")) == (json_int_t)mtime_of(&st))
        return 1;
    return known && hash_file(path, hash) && strcmp(known, hash) == 0;
}

int ana_memory_find(const struct ana_memory *memory, const char *path,
                    const char **reason)
{
    char *real = realpath(path, NULL);
    const json_t *entry = real ? find_entry(memory, real) : NULL;
    const int known = entry && unchanged(entry, real);

    *reason = known ? json_string_value(json_object_get(entry, "reason")) : NULL;
    free(real);
    return known;
}

void ana_memory_note(struct ana_memory *memory, const char *path, const char *reason)
{
    char *real = realpath(path, NULL), hash[HASH_ROOM];
    json_t *entry = real ? find_entry(memory, real) : NULL, *fresh;
    struct stat st;

    if (real && stat(real, &st) == 0 && hash_file(real, hash)) {
        fresh = json_pack("{s:s, s:I, s:I, s:s, s:s?}", "path", real, "size",
                          (json_int_t)st.st_size, "mtime", (json_int_t)mtime_of(&st),
                          "hash", hash, "reason", reason);
        if (fresh && entry)
            json_object_update(entry, fresh);
        else if (fresh)
            json_array_append(memory->plugins, fresh);
        json_decref(fresh);
        memory->changed = 1;
    }
    free(real);
}

/* Take out files that are gone. */
static void prune(struct ana_memory *memory)
{
    for (size_t i = json_array_size(memory->plugins); i-- > 0;) {
        const char *path = json_string_value(
            json_object_get(json_array_get(memory->plugins, i), "path"));

        if (!path || access(path, F_OK) != 0)
            json_array_remove(memory->plugins, i);
    }
}

void ana_memory_save(struct ana_ctx *ctx, struct ana_memory *memory)
{
    char *folder = memory->changed ? ana_cache_folder(ctx) : NULL, *text;

    if (!folder)
        return;
    prune(memory);
    text = json_dumps(memory->root, JSON_INDENT(1) | JSON_SORT_KEYS);
    if (text && (ana_folder_make(ctx, folder) != 0 ||
                 ana_file_write(ctx, memory->path, text, (int64_t)strlen(text)) != 0)) {
        ana_log(ctx, "what is known of plugins is not kept: %s", ana_error(ctx));
        ana_ctx_clear(ctx);
    }
    memory->changed = 0;
    free(text);
    ana_free(ctx, folder);
}

void ana_memory_forget(struct ana_ctx *ctx)
{
    char *folder = ana_cache_folder(ctx);
    char *path = folder ? ana_path_join(ctx, folder, "plugins.json") : NULL;

    if (path)
        unlink(path);
    ana_free(ctx, path);
    ana_free(ctx, folder);
}
