/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `anaflow plugin info ID`: all that a plugin declares of itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/page.h"
#include "cli/terminal.h"
#include "plugin/registry.h"

static void print_param(const struct ana_param *param)
{
    struct ana_text kind = {0};

    printf("  %s%s%s", ana_terminal_bold(stdout), param->name,
           ana_terminal_plain(stdout));
    if (!param->fallback)
        printf(" (must be given)");
    else if (*param->fallback)
        printf(" = %s", param->fallback);
    ana_param_describe(param, &kind);
    printf("\n      %s\n      %s\n", param->help, kind.failed ? "" : kind.data);
    ana_text_finish(&kind);
}

static void print_plugin(const struct ana_plugin_entry *entry)
{
    const struct ana_plugin *plugin = entry->plugin;

    printf("%s%s%s %s (%s)\n  %s\n", ana_terminal_bold(stdout), plugin->id,
           ana_terminal_plain(stdout), plugin->version, ana_kind_name(plugin->kind),
           plugin->summary);
    printf("  Licence: %s\n", plugin->licence);
    if (*plugin->citation)
        printf("  Cite: %s\n", plugin->citation);
    printf("  File: %s\n", entry->path);
    puts(plugin->n_params > 0 ? "\nParameters:" : "\nIt has no parameters.");
    for (int64_t i = 0; i < plugin->n_params; i++)
        print_param(plugin->params + i);
}

static int fail_unknown(struct ana_ctx *ctx, int64_t n,
                        const struct ana_plugin_entry *entry, const char *id)
{
    const char **ids = ana_alloc(ctx, n, sizeof *ids), *near;
    int64_t n_ids = 0;

    if (!ids)
        return ANA_ERESOURCE;
    for (int32_t kind = ANA_KIND_MODEL; kind <= ANA_KIND_METRIC; kind++) {
        char *needs = ana_plugin_absent(ctx, kind, id);

        if (needs) {
            ana_fail(ctx, ANA_EPLUGIN, "the %s plugin '%s' is not part of this build: %s",
                     ana_kind_name(kind), id, needs);
            ana_free(ctx, needs);
            ana_free(ctx, ids);
            return ANA_EPLUGIN;
        }
    }
    for (int64_t i = 0; i < n; i++) {
        char *stem = entry[i].plugin ? NULL : ana_text_stem(entry[i].path);
        const int refused = stem && strcmp(stem, id) == 0;

        free(stem);
        if (refused) {
            ana_free(ctx, ids);
            return ana_fail(ctx, ANA_EPLUGIN, "%s", entry[i].problem);
        }
        if (entry[i].plugin)
            ids[n_ids++] = entry[i].plugin->id;
    }
    near = ana_text_nearest(id, ids, n_ids);
    ana_fail(ctx, ANA_EPLUGIN,
             "there is no plugin '%s'%s%s%s; `anaflow plugin list` lists them", id,
             near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
    ana_free(ctx, ids);
    return ANA_EPLUGIN;
}

/* A model and a reader may have one id: both are shown. */
static int info(struct ana_ctx *ctx, const struct ana_arguments *arguments)
{
    const char *id = arguments->operand;
    const struct ana_plugin_entry *entry;
    struct ana_registry *registry;
    int64_t n, found = 0;
    int rc = ana_registry_create(ctx, &registry);

    if (rc != 0)
        return rc;
    n = ana_registry_entries(registry, &entry);
    for (int64_t i = 0; i < n; i++) {
        if (!entry[i].plugin || strcmp(entry[i].plugin->id, id) != 0)
            continue;
        if (found++ > 0)
            putchar('\n');
        print_plugin(entry + i);
    }
    if (found == 0)
        rc = fail_unknown(ctx, n, entry, id);
    ana_registry_destroy(registry);
    return rc;
}

const struct ana_command ana_command_plugin_info = {
    .name = "plugin info",
    .operand = "ID",
    .summary = "say what a plugin is and which keys it takes",
    .details =
        "Prints what a plugin declares of itself: summary, version, licence, what to "
        "cite,\n"
        "its file, and each of its keys with default, type, unit, bounds and help.",
    .examples = "  anaflow plugin info ridge",
    .run = info,
};
