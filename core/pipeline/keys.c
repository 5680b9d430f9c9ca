/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Keys made from words: nodes, plugins, files, and this program itself.
 */
#include "pipeline/keys.h"

#include <dlfcn.h>
#include <string.h>

#include "base/context.h"
#include "base/file.h"
#include "base/version.h"
#include "linalg/pool.h"
#include "plugin/params.h"

const char *ana_keys_text(const struct ana_keys *keys, const char *key)
{
    for (int64_t i = 0; i < keys->n; i++)
        if (strcmp(keys->node[i].key, key) == 0)
            return keys->node[i].text;
    return NULL;
}

const char *ana_keys_recall(const struct ana_keys *keys, const void *what,
                            const char *kind)
{
    for (int64_t i = 0; i < keys->n_remembered; i++)
        if (keys->remembered[i].what == what &&
            strcmp(keys->remembered[i].kind, kind) == 0)
            return keys->remembered[i].key;
    return NULL;
}

int ana_keys_remember(struct ana_ctx *ctx, struct ana_keys *keys, const void *what,
                      const char *kind, const char *key)
{
    struct ana_remembered *grown =
        ana_arena_more(&keys->arena, keys->remembered, keys->n_remembered, sizeof *grown);

    (void)ctx;
    if (!grown)
        return ANA_ERESOURCE;
    keys->remembered = grown;
    grown[keys->n_remembered++] = (struct ana_remembered){what, kind, key};
    return 0;
}

int ana_keys_node(struct ana_ctx *ctx, struct ana_keys *keys, struct ana_text *text,
                  const char **key)
{
    struct ana_hash hash;
    struct ana_node *grown;
    int rc = 0;

    *key = NULL;
    if (text->failed || !text->data) {
        ana_text_finish(text);
        return ana_fail(ctx, ANA_ERESOURCE, "no memory for a key");
    }
    hash = ana_hash_bytes(text->data, text->length);
    for (int64_t i = 0; i < keys->n && !*key; i++)
        if (strcmp(keys->node[i].key, hash.hex) == 0)
            *key = keys->node[i].key;
    if (!*key) {
        grown = ana_arena_more(&keys->arena, keys->node, keys->n, sizeof *grown);
        if (grown) {
            keys->node = grown;
            grown[keys->n].key = ana_arena_strdup(&keys->arena, hash.hex);
            grown[keys->n].text = ana_arena_strdup(&keys->arena, text->data);
            *key = grown[keys->n].text ? grown[keys->n].key : NULL;
        }
        keys->n += *key != NULL;
        rc = *key ? 0 : ANA_ERESOURCE;
    }
    ana_text_finish(text);
    return rc;
}

/* A file by its content, or by its name in a list that is only planned with. */
static int hash_file(struct ana_ctx *ctx, struct ana_keys *keys, const char *path,
                     struct ana_hash *hash)
{
    if (keys->known)
        return ana_known_files_hash(ctx, keys->known, path, hash);
    *hash = ana_hash_bytes(path, (int64_t)strlen(path));
    return 0;
}

/* This library by its content: a build with another compiler or a mended fault is another
 * program, whatever its version says. */
static int program_node(struct ana_ctx *ctx, struct ana_keys *keys)
{
    struct ana_text text = {0};
    struct ana_hash hash;
    Dl_info info;
    int rc = 0;

    ana_text_add(&text, "anaflow = %s\nBLAS = %s\n", ana_version(), ana_blas_name());
    if (dladdr((void *)(uintptr_t)&ana_keys_begin, &info) != 0 && info.dli_fname &&
        strchr(info.dli_fname, '/')) {
        rc = hash_file(ctx, keys, info.dli_fname, &hash);
        ana_text_add(&text, "build of anaflow = %s\n", rc == 0 ? hash.hex : "");
    }
    if (rc != 0)
        ana_text_finish(&text);
    return rc ? rc : ana_keys_node(ctx, keys, &text, &keys->program);
}

int ana_keys_begin(struct ana_ctx *ctx, const struct ana_opened *opened,
                   const struct ana_registry *registry, struct ana_known_files *known,
                   struct ana_keys *keys)
{
    memset(keys, 0, sizeof *keys);
    keys->arena.ctx = ctx;
    keys->opened = opened;
    keys->registry = registry;
    keys->known = known;
    return program_node(ctx, keys);
}

void ana_keys_finish(struct ana_keys *keys)
{
    if (keys->arena.ctx)
        ana_arena_finish(&keys->arena);
    memset(keys, 0, sizeof *keys);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash && slash[1] ? slash + 1 : path;
}

static int file_line(struct ana_ctx *ctx, struct ana_keys *keys, const char *path,
                     const char *name, struct ana_text *text)
{
    struct ana_hash hash;
    int rc = hash_file(ctx, keys, path, &hash);

    if (rc == 0)
        ana_text_add(text, "file %s = %s\n", name, hash.hex);
    return rc;
}

/* All files under a folder, by their names from there. */
static int folder_lines(struct ana_ctx *ctx, struct ana_keys *keys, const char *folder,
                        const char *under, int depth, struct ana_text *text)
{
    char **names;
    int64_t n;
    int rc = ana_folder_list(ctx, folder, &n, &names);

    for (int64_t i = 0; i < n; i++) {
        char *path = ana_path_join(ctx, folder, names[i]);
        char *name =
            *under ? ana_path_join(ctx, under, names[i]) : ana_strdup(ctx, names[i]);
        struct ana_file_sign sign;

        if (rc == 0 && (!path || !name))
            rc = ANA_ERESOURCE;
        if (rc == 0 && ana_file_sign(path, &sign))
            rc = file_line(ctx, keys, path, name, text);
        else if (rc == 0 && depth > 0 && ana_folder_is(path))
            rc = folder_lines(ctx, keys, path, name, depth - 1, text);
        ana_free(ctx, path);
        ana_free(ctx, name);
        ana_free(ctx, names[i]);
    }
    ana_free(ctx, names);
    return rc;
}

int ana_keys_files(struct ana_ctx *ctx, struct ana_keys *keys, const char *path,
                   struct ana_text *text)
{
    struct ana_file_sign sign;
    char **paths;
    int64_t n;
    int rc;

    if (ana_file_sign(path, &sign))
        return file_line(ctx, keys, path, base_name(path), text);
    if (ana_folder_is(path))
        return folder_lines(ctx, keys, path, "", 4, text);
    rc = ana_file_glob(ctx, path, &n, &paths);
    for (int64_t i = 0; i < n; i++) {
        if (rc == 0 && ana_file_sign(paths[i], &sign))
            rc = file_line(ctx, keys, paths[i], base_name(paths[i]), text);
        else if (rc == 0 && ana_folder_is(paths[i]))
            rc = folder_lines(ctx, keys, paths[i], base_name(paths[i]), 4, text);
        ana_free(ctx, paths[i]);
    }
    ana_free(ctx, paths);
    if (rc == 0 && n == 0) /* "random", or a pattern that only the plugin understands */
        ana_text_add(text, "path %s = as written\n", path);
    return rc;
}

static const struct ana_param *path_param(const struct ana_plugin *plugin,
                                          const char *line)
{
    for (int64_t i = 0; i < plugin->n_params; i++) {
        const size_t n = strlen(plugin->params[i].name);

        if (plugin->params[i].type == ANA_PARAM_PATH &&
            strncmp(line, plugin->params[i].name, n) == 0 &&
            strncmp(line + n, " = ", 3) == 0)
            return &plugin->params[i];
    }
    return NULL;
}

/* A path counts by what lies there, everything else by its text. */
static int params_lines(struct ana_ctx *ctx, struct ana_keys *keys,
                        const struct ana_plugin *plugin, const struct ana_params *params,
                        struct ana_text *text)
{
    int rc = 0;

    for (const char *line = ana_params_text(params); rc == 0 && *line;) {
        const size_t n = strcspn(line, "\n");
        const struct ana_param *path = path_param(plugin, line);
        const char *value = path ? ana_param_text(params, path->name) : NULL;

        if (!path)
            ana_text_add(text, "parameter %.*s\n", (int)n, line);
        else if (value && *value)
            rc = ana_keys_files(ctx, keys, value, text);
        line += n + (line[n] == '\n');
    }
    return rc;
}

int ana_keys_plugin(struct ana_ctx *ctx, struct ana_keys *keys,
                    const struct ana_plugin *plugin, const struct ana_params *params,
                    struct ana_text *text)
{
    const struct ana_plugin_entry *entries;
    const int64_t n = ana_registry_entries(keys->registry, &entries);
    struct ana_hash hash;
    int rc = 0;

    ana_text_add(text, "plugin %s = %s\n", plugin->id, plugin->version);
    for (int64_t i = 0; rc == 0 && i < n; i++)
        if (entries[i].plugin == plugin) {
            rc = hash_file(ctx, keys, entries[i].path, &hash);
            ana_text_add(text, "build of plugin %s = %s\n", plugin->id,
                         rc == 0 ? hash.hex : "");
        }
    return rc ? rc : params_lines(ctx, keys, plugin, params, text);
}

int ana_keys_seen(struct ana_ctx *ctx, struct ana_keys *keys, const struct ana_seen *seen,
                  struct ana_text *text)
{
    struct ana_text files = {0};
    const char *key;
    int rc = 0;

    if (seen->n == 0)
        return 0;
    for (int64_t i = 0; rc == 0 && i < seen->n; i++)
        rc = file_line(ctx, keys, seen->path[i], base_name(seen->path[i]), &files);
    if (rc != 0) {
        ana_text_finish(&files);
        return rc;
    }
    rc = ana_keys_node(ctx, keys, &files, &key);
    if (rc == 0)
        ana_text_add(text, "@files that were read = %s\n", key);
    return rc;
}

static int is_known(const char *key, const struct ana_plugin *plugin, int64_t n_known,
                    const char *const *known)
{
    for (int64_t i = 0; i < n_known; i++)
        if (strcmp(key, known[i]) == 0)
            return 1;
    for (int64_t i = 0; plugin && i < plugin->n_params; i++)
        if (strcmp(key, plugin->params[i].name) == 0)
            return 1;
    return 0;
}

void ana_keys_settings(const struct ana_keys *keys, const char *kind, const char *name,
                       const struct ana_plugin *plugin, int64_t n_known,
                       const char *const *known, struct ana_text *text)
{
    const struct ana_ini_section *section =
        ana_ini_section(keys->opened->study->ini, kind, name);

    for (int64_t i = 0; section && i < section->n_keys; i++)
        if (!is_known(section->keys[i].name, plugin, n_known, known))
            ana_text_add(text, "setting %s = %s\n", section->keys[i].name,
                         section->keys[i].value);
}
