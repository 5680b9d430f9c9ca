/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `anaflow plugin list`: what was found, and why a file was refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/terminal.h"
#include "plugin/registry.h"
#include "plugin/remember.h"

/* By kind as data flows, then by id; refused files last, by path. */
static int in_order(const void *a, const void *b)
{
    const struct ana_plugin_entry *x = a, *y = b;

    if (!x->plugin || !y->plugin)
        return x->plugin ? -1 : y->plugin ? 1 : strcmp(x->path, y->path);
    if (x->plugin->kind != y->plugin->kind)
        return x->plugin->kind - y->plugin->kind;
    return strcmp(x->plugin->id, y->plugin->id);
}

static void print_entries(int64_t n, const struct ana_plugin_entry *entry)
{
    int width = 4;

    for (int64_t i = 0; i < n; i++)
        if (entry[i].plugin && (int)strlen(entry[i].plugin->id) > width)
            width = (int)strlen(entry[i].plugin->id);
    for (int64_t i = 0; i < n; i++) {
        const struct ana_plugin *plugin = entry[i].plugin;

        if (plugin)
            printf("%-7s %s%-*s%s  %-7s %s\n", ana_kind_name(plugin->kind),
                   ana_terminal_bold(stdout), width, plugin->id,
                   ana_terminal_plain(stdout), plugin->version, plugin->summary);
        else
            printf("refused %s\n", entry[i].problem);
    }
}

static void print_absent(int32_t kind, const char *id, const char *needs)
{
    printf("absent  the %s plugin %s: %s\n", ana_kind_name(kind), id, needs);
}

static int list(struct ana_ctx *ctx, const struct ana_arguments *arguments)
{
    const struct ana_plugin_entry *entry;
    struct ana_plugin_entry *sorted;
    struct ana_registry *registry;
    int64_t n;
    int rc;

    if (ana_arguments_value(arguments, "fresh"))
        ana_memory_forget(ctx);
    rc = ana_registry_create(ctx, &registry);
    if (rc != 0)
        return rc;
    n = ana_registry_entries(registry, &entry);
    sorted = ana_alloc(ctx, n, sizeof *sorted);
    if (sorted) {
        memcpy(sorted, entry, (size_t)n * sizeof *sorted);
        qsort(sorted, (size_t)n, sizeof *sorted, in_order);
        print_entries(n, sorted);
        ana_plugins_absent(ctx, registry, print_absent);
    }
    rc = sorted ? 0 : ANA_ERESOURCE;
    if (rc == 0 && n == 0)
        puts("no plugins were found; `anaflow doctor` shows where they are looked for");
    ana_free(ctx, sorted);
    ana_registry_destroy(registry);
    return rc;
}

static const struct ana_option options[] = {
    {"fresh", 0, NULL, "try again what crashed, hung or exited when it was loaded", 0},
};

const struct ana_command ana_command_plugin_list = {
    .name = "plugin list",
    .summary = "list the plugins, and why a file was refused",
    .details =
        "Lists models, readers and metrics with their versions, one a line, then the\n"
        "files that were found but refused, each with the reason, and plugins of the\n"
        "package that are not part of this build, with what they need. A file from\n"
        "outside the package is loaded in a helper process first; one that crashes,\n"
        "hangs or exits there is skipped until it changes.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .run = list,
};
