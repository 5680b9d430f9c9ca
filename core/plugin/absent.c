/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Plugins of the package that could not be built here: in the place of each lies
 * KINDs/ID/absent.txt, whose first line says what it needs.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "base/text.h"
#include "plugin/registry.h"
#include "plugin/search.h"

char *ana_plugin_absent(struct ana_ctx *ctx, int32_t kind, const char *id)
{
    char *place = NULL, line[512] = "";
    struct ana_text text = {0};
    FILE *file = NULL;

    if (strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(id))
        return NULL;
    place = ana_package_place(ctx, "plugins", ANA_PLUGINS_DIR);
    if (place)
        ana_text_add(&text, "%s/%ss/%s/absent.txt", place, ana_kind_name(kind), id);
    if (place && !text.failed)
        file = fopen(text.data, "re");
    if (file && !fgets(line, sizeof line, file))
        line[0] = 0;
    if (file)
        fclose(file);
    ana_text_finish(&text);
    ana_free(ctx, place);
    line[strcspn(line, "\n")] = 0;
    return line[0] ? ana_strdup(ctx, line) : NULL;
}

/* A build tree that was configured twice may hold both. */
static int is_here(const struct ana_registry *registry, int32_t kind, const char *id)
{
    const struct ana_plugin_entry *entry;
    const int64_t n = ana_registry_entries(registry, &entry);

    for (int64_t i = 0; i < n; i++)
        if (entry[i].plugin && entry[i].plugin->kind == kind &&
            strcmp(entry[i].plugin->id, id) == 0)
            return 1;
    return 0;
}

void ana_plugins_absent(struct ana_ctx *ctx, const struct ana_registry *registry,
                        void (*say)(int32_t kind, const char *id, const char *needs))
{
    char *place = ana_package_place(ctx, "plugins", ANA_PLUGINS_DIR);

    for (int32_t kind = ANA_KIND_MODEL; place && kind <= ANA_KIND_METRIC; kind++) {
        char folder[4096];
        struct dirent **found = NULL;
        int n;

        snprintf(folder, sizeof folder, "%s/%ss", place, ana_kind_name(kind));
        n = scandir(folder, &found, NULL, alphasort);
        for (int i = 0; i < n; i++) {
            char *needs = ana_plugin_absent(ctx, kind, found[i]->d_name);

            if (needs && !is_here(registry, kind, found[i]->d_name))
                say(kind, found[i]->d_name, needs);
            ana_free(ctx, needs);
            free(found[i]);
        }
        free(found);
    }
    ana_free(ctx, place);
}
