/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `anaflow plugin info ID`: all that a plugin declares of itself.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/terminal.h"
#include "plugin/registry.h"

static const char *type_name(int32_t type)
{
    static const char *const names[] = {"?",         "whole number", "number",
                                        "yes or no", "text",         "one of",
                                        "numbers",   "range",        "path"};

    return type >= ANA_PARAM_INT && type <= ANA_PARAM_PATH ? names[type] : names[0];
}

static void print_bounds(const struct ana_param *param)
{
    char low[32], high[32];

    if (param->min == 0 && param->max == 0)
        return;
    if (isinf(param->max))
        printf(", at least %s", ana_text_number(param->min, low));
    else if (isinf(param->min))
        printf(", at most %s", ana_text_number(param->max, high));
    else
        printf(", %s .. %s", ana_text_number(param->min, low),
               ana_text_number(param->max, high));
}

static void print_param(const struct ana_param *param)
{
    printf("  %s%s%s", ana_terminal_bold(stdout), param->name,
           ana_terminal_plain(stdout));
    if (!param->fallback)
        printf(" (must be given)");
    else if (*param->fallback)
        printf(" = %s", param->fallback);
    printf("\n      %s\n      %s", param->help, type_name(param->type));
    if (param->choices)
        putchar(' ');
    for (const char *c = param->choices; c && *c; c++)
        fputs(*c == '|' ? ", " : (char[]){*c, 0}, stdout);
    if (param->unit)
        printf(" in %s", param->unit);
    print_bounds(param);
    putchar('\n');
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
