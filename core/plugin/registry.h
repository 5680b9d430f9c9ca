/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PLUGIN_REGISTRY_H
#define ANA_PLUGIN_REGISTRY_H

#include <anaflow/metric.h>
#include <anaflow/model.h>
#include <anaflow/reader.h>

/* The plugins that were found. Searched in this order, the first id wins only
 * within one file: two files with one kind and id are both refused.
 *   ANAFLOW_PLUGIN_PATH (folders, ':' between), the build tree when the program
 *   runs from one, $(pkglibdir)/plugins, ~/.local/lib/anaflow/plugins
 * Loading happens on the main thread; nothing is ever unloaded. */
struct ana_registry;

struct ana_plugin_entry {
    const char *path;                /* the file */
    const struct ana_plugin *plugin; /* NULL if it was refused */
    const char *problem;             /* the sentence why, or NULL */
    int from_package;                /* from the build tree or pkglibdir */
};

/* Find and load everything; files from outside the package only after a helper has
 * loaded them without harm (plugin/scan.h). A broken plugin is an entry with a problem,
 * not a failure. Owns: the caller; release with `ana_registry_destroy`. */
int ana_registry_create(struct ana_ctx *ctx, struct ana_registry **out);
void ana_registry_destroy(struct ana_registry *registry);

int64_t ana_registry_entries(const struct ana_registry *registry,
                             const struct ana_plugin_entry **out);

/* The plugin of a kind (ANA_KIND_...) called id. If there is none: ANA_EPLUGIN with
 * the nearest id, those there are, and the problem of a refused file of that name. */
int ana_registry_find(struct ana_ctx *ctx, const struct ana_registry *registry,
                      int32_t kind, const char *id, const struct ana_plugin **out);

/* The reader that is surest of a file (0..100); NULL = none is. */
const struct ana_plugin *ana_registry_surest(struct ana_ctx *ctx,
                                             const struct ana_registry *registry,
                                             const char *path, int32_t *confidence);

/* What a plugin of the package needs that is not part of this build, in a sentence; NULL =
 * there is no such plugin. Owns: the caller (ana_free). And all of them, by kind and id. */
char *ana_plugin_absent(struct ana_ctx *ctx, int32_t kind, const char *id);
void ana_plugins_absent(struct ana_ctx *ctx, const struct ana_registry *registry,
                        void (*say)(int32_t kind, const char *id, const char *needs));

const char *ana_kind_name(int32_t kind); /* "model", "reader", "metric" */

#endif
