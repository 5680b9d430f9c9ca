/* SPDX-License-Identifier: BSD-3-Clause
 *
 * All plugins that were found, good and refused. A broken file costs its own plugin
 * and nothing else; why it was refused is kept for whoever asks for it by name.
 */
#include "plugin/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "base/text.h"
#include "plugin/descriptor.h"
#include "plugin/load.h"
#include "plugin/scan.h"
#include "plugin/search.h"

enum { MOST_LISTED = 40 };

struct ana_registry {
    int64_t n;
    struct ana_plugin_entry *entry;
    const struct ana_plugin **loaded; /* n: the entries' plugins, refused ones too */
    int64_t n_files;
    struct ana_plugin_place *file; /* the entries' paths */
};

/* Keep why a file was refused: "PATH: sentence". Forgets the failure in ctx. */
static int refuse(struct ana_ctx *ctx, struct ana_plugin_entry *entry)
{
    struct ana_text text = {0};
    char *problem = NULL;

    if (ana_ctx_status(ctx) == ANA_ERESOURCE) /* no fault of the file */
        return ANA_ERESOURCE;
    ana_text_add(&text, "%s: %s", entry->path, ana_error(ctx));
    ana_ctx_clear(ctx);
    if (!text.failed)
        problem = ana_strdup(ctx, text.data);
    ana_text_finish(&text);
    if (!problem)
        return ana_fail(ctx, ANA_ERESOURCE, "no memory for the list of plugins");
    entry->plugin = NULL;
    entry->problem = problem;
    ana_log(ctx, "plugin refused: %s", problem);
    return 0;
}

static int load_entries(struct ana_ctx *ctx, struct ana_registry *registry)
{
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < registry->n; i++) {
        struct ana_plugin_entry *entry = registry->entry + i;

        entry->path = registry->file[i].path;
        entry->from_package = registry->file[i].from_package;
        if (registry->file[i].problem)
            ana_fail(ctx, ANA_EPLUGIN, "%s", registry->file[i].problem);
        if (registry->file[i].problem ||
            ana_plugin_load(ctx, entry->path, &entry->plugin) != 0)
            rc = refuse(ctx, entry);
        registry->loaded[i] = entry->plugin;
    }
    return rc;
}

/* The other entry with this one's kind and id, or NULL. */
static const struct ana_plugin_entry *find_twin(const struct ana_registry *registry,
                                                int64_t number,
                                                const struct ana_plugin *const *plugins)
{
    for (int64_t i = 0; i < registry->n; i++)
        if (i != number && plugins[i] && plugins[i]->kind == plugins[number]->kind &&
            strcmp(plugins[i]->id, plugins[number]->id) == 0)
            return registry->entry + i;
    return NULL;
}

/* Two files with one kind and id: which of them a study means cannot be known. */
static int refuse_twins(struct ana_ctx *ctx, struct ana_registry *registry)
{
    const struct ana_plugin **plugins = ana_alloc(ctx, registry->n, sizeof *plugins);
    int rc = plugins ? 0 : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < registry->n; i++)
        plugins[i] = registry->entry[i].plugin;
    for (int64_t i = 0; rc == 0 && i < registry->n; i++) {
        const struct ana_plugin_entry *twin =
            plugins[i] ? find_twin(registry, i, plugins) : NULL;

        if (!twin)
            continue;
        ana_fail(ctx, ANA_EPLUGIN, "%s %s is also in %s; take one of the two away",
                 ana_kind_name(plugins[i]->kind), plugins[i]->id, twin->path);
        rc = refuse(ctx, registry->entry + i);
    }
    ana_free(ctx, plugins);
    return rc;
}

int ana_registry_create(struct ana_ctx *ctx, struct ana_registry **out)
{
    struct ana_registry *registry = ana_alloc(ctx, 1, sizeof *registry);
    int rc = registry ? ana_plugin_load_begin(ctx) : ANA_ERESOURCE;

    *out = NULL;
    if (rc != 0)
        goto fail;
    rc = ana_plugin_files(ctx, &registry->n_files, &registry->file);
    if (rc == 0)
        rc = ana_plugin_scan(ctx, registry->n_files, registry->file);
    if (rc != 0)
        goto fail;
    registry->entry = ana_alloc(ctx, registry->n_files, sizeof *registry->entry);
    registry->loaded = ana_alloc(ctx, registry->n_files, sizeof *registry->loaded);
    rc = registry->entry && registry->loaded ? 0 : ANA_ERESOURCE;
    if (rc != 0)
        goto fail;
    registry->n = registry->n_files;
    rc = load_entries(ctx, registry);
    if (rc == 0)
        rc = refuse_twins(ctx, registry);
    if (rc != 0)
        goto fail;
    *out = registry;
    return 0;
fail:
    ana_registry_destroy(registry);
    return rc;
}

void ana_registry_destroy(struct ana_registry *registry)
{
    if (!registry)
        return;
    for (int64_t i = 0; i < registry->n; i++)
        ana_free(NULL, (void *)(uintptr_t)registry->entry[i].problem);
    for (int64_t i = 0; registry->loaded && i < registry->n; i++)
        ana_descriptor_release(registry->loaded[i]);
    ana_free(NULL, (void *)registry->loaded);
    ana_free(NULL, registry->entry);
    ana_plugin_places_free(NULL, registry->n_files, registry->file);
    ana_free(NULL, registry);
}

int64_t ana_registry_entries(const struct ana_registry *registry,
                             const struct ana_plugin_entry **out)
{
    *out = registry->entry;
    return registry->n;
}

/* Ids of a kind, in the order found. Owns: the caller (free). */
static const char **ids_of(const struct ana_registry *registry, int32_t kind, int64_t *n)
{
    const char **ids = calloc((size_t)registry->n + 1, sizeof *ids);

    *n = 0;
    for (int64_t i = 0; ids && i < registry->n; i++)
        if (registry->entry[i].plugin && registry->entry[i].plugin->kind == kind)
            ids[(*n)++] = registry->entry[i].plugin->id;
    return ids;
}

/* A refused file called ID.so: most likely what was asked for. */
static const char *refused(const struct ana_registry *registry, const char *id)
{
    for (int64_t i = 0; i < registry->n; i++) {
        char *stem =
            registry->entry[i].problem ? ana_text_stem(registry->entry[i].path) : NULL;
        const int same = stem && strcmp(stem, id) == 0;

        free(stem);
        if (same)
            return registry->entry[i].problem;
    }
    return NULL;
}

/* The kind that does have this id, or 0. */
static int32_t other_kind(const struct ana_registry *registry, const char *id)
{
    for (int64_t i = 0; i < registry->n; i++)
        if (registry->entry[i].plugin && strcmp(registry->entry[i].plugin->id, id) == 0)
            return registry->entry[i].plugin->kind;
    return 0;
}

static int fail_to_find(struct ana_ctx *ctx, const struct ana_registry *registry,
                        int32_t kind, const char *id)
{
    int64_t n;
    const char **ids = ids_of(registry, kind, &n), *near = NULL;
    const char *problem = refused(registry, id);
    const int32_t other = other_kind(registry, id);
    char *list = ids ? ana_text_list(ids, n, MOST_LISTED) : NULL;
    char *absent = ana_plugin_absent(ctx, kind, id);

    if (ids)
        near = ana_text_nearest(id, ids, n);
    if (problem)
        ana_fail(ctx, ANA_EPLUGIN, "the %s plugin '%s' was refused: %s",
                 ana_kind_name(kind), id, problem);
    else if (absent)
        ana_fail(ctx, ANA_EPLUGIN, "the %s plugin '%s' is not part of this build: %s",
                 ana_kind_name(kind), id, absent);
    else if (other)
        ana_fail(ctx, ANA_EPLUGIN, "'%s' is a %s plugin, no %s; the %s plugins are: %s",
                 id, ana_kind_name(other), ana_kind_name(kind), ana_kind_name(kind),
                 list && *list ? list : "none");
    else
        ana_fail(ctx, ANA_EPLUGIN, "there is no %s plugin '%s'%s%s%s; there are: %s",
                 ana_kind_name(kind), id, near ? ", did you mean '" : "",
                 near ? near : "", near ? "'?" : "", list && *list ? list : "none");
    ana_free(ctx, absent);
    free(list);
    free(ids);
    return ANA_EPLUGIN;
}

int ana_registry_find(struct ana_ctx *ctx, const struct ana_registry *registry,
                      int32_t kind, const char *id, const struct ana_plugin **out)
{
    *out = NULL;
    for (int64_t i = 0; i < registry->n; i++) {
        const struct ana_plugin *plugin = registry->entry[i].plugin;

        if (plugin && plugin->kind == kind && strcmp(plugin->id, id) == 0) {
            *out = plugin;
            return 0;
        }
    }
    return fail_to_find(ctx, registry, kind, id);
}

const struct ana_plugin *ana_registry_surest(struct ana_ctx *ctx,
                                             const struct ana_registry *registry,
                                             const char *path, int32_t *confidence)
{
    const char *const files[] = {path};
    const struct ana_source source = {
        .size = sizeof source, .n_files = 1, .files = files, .text = path};
    const struct ana_plugin *best = NULL;
    const struct ana_plugin_entry *entry;
    const int64_t n = ana_registry_entries(registry, &entry);

    *confidence = 0;
    for (int64_t i = 0; i < n; i++) {
        int32_t sure = 0;

        if (!entry[i].plugin || entry[i].plugin->kind != ANA_KIND_READER)
            continue;
        if (entry[i].plugin->reader->probe(ctx, &source, &sure) == 0 &&
            sure > *confidence) {
            *confidence = sure;
            best = entry[i].plugin;
        }
    }
    return best;
}
