/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Is this a plugin that we can call? A file may hold anything under our symbol's name,
 * so each part is looked at only after the part that says how long it is.
 */
#include "plugin/descriptor.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <anaflow/metric.h>
#include <anaflow/model.h>
#include <anaflow/reader.h>

#include "base/text.h"
#include "plugin/registry.h"
#include "plugin/widen.h"

enum { HEAD_BYTES = 32, ID_LENGTH = 63 };

_Static_assert(offsetof(struct ana_plugin, id) == HEAD_BYTES, "the head is frozen");
_Static_assert(offsetof(struct ana_plugin, abi_major) == 8, "the head is frozen");
_Static_assert(offsetof(struct ana_plugin, size) == 16, "the head is frozen");

/* A function that a kind cannot do without. */
struct entry {
    const char *name;
    size_t offset;
};
#define MODEL(f)                                                                         \
    {                                                                                    \
#f, offsetof(struct ana_model_vt, f)                                             \
    }
#define READER(f)                                                                        \
    {                                                                                    \
#f, offsetof(struct ana_reader_vt, f)                                            \
    }
#define METRIC(f)                                                                        \
    {                                                                                    \
#f, offsetof(struct ana_metric_vt, f)                                            \
    }
static const struct entry model_entries[] = {MODEL(open), MODEL(describe), MODEL(cost),
                                             MODEL(forward), MODEL(close)};
static const struct entry reader_entries[] = {
    READER(probe), READER(open), READER(describe), READER(read), READER(close)};
static const struct entry metric_entries[] = {
    METRIC(plan), METRIC(begin),   METRIC(open_y), METRIC(push),
    METRIC(pass), METRIC(close_y), METRIC(close)};

const char *ana_kind_name(int32_t kind)
{
    switch (kind) {
    case ANA_KIND_MODEL:
        return "model";
    case ANA_KIND_READER:
        return "reader";
    case ANA_KIND_METRIC:
        return "metric";
    default:
        return "?";
    }
}

/* The magic as a message can show it: what cannot be printed becomes '?'. */
static void printable(const uint8_t magic[8], char out[9])
{
    for (int i = 0; i < 8; i++)
        out[i] = (char)(isprint(magic[i]) ? magic[i] : magic[i] ? '?' : ' ');
    out[8] = 0;
}

/* Major 0 may still change with each minor. */
static int speaks(uint32_t major, uint32_t minor)
{
    if (major != ANA_ABI_MAJOR)
        return 0;
    return major == 0 ? minor == ANA_ABI_MINOR : minor <= ANA_ABI_MINOR;
}

/* Structs only grow at their ends: an older plugin's is shorter than ours. */
static int can_be_size(uint32_t size)
{
    return size >= ANA_UP_TO(struct ana_plugin, metric) &&
           size <= sizeof(struct ana_plugin);
}

static void itemise(const struct ana_plugin *head, struct ana_text *items)
{
    if (!speaks(head->abi_major, head->abi_minor))
        ana_text_add(
            items, "; it was built for plugin interface %u.%u, this anaflow speaks %d.%d",
            head->abi_major, head->abi_minor, ANA_ABI_MAJOR, ANA_ABI_MINOR);
    if (!can_be_size(head->size))
        ana_text_add(items, "; its descriptor has %u bytes, this anaflow's has %zu",
                     head->size, sizeof(struct ana_plugin));
    if (head->kind < ANA_KIND_MODEL || head->kind > ANA_KIND_METRIC)
        ana_text_add(items,
                     "; its kind is %d, expected %d (model), %d (reader) or %d (metric)",
                     head->kind, ANA_KIND_MODEL, ANA_KIND_READER, ANA_KIND_METRIC);
    if (head->reserved != 0)
        ana_text_add(items, "; the reserved word of its head is not 0");
}

/* Only the head may be read here: the file may have been built for another interface. */
static int check_head(struct ana_ctx *ctx, const void *symbol, int64_t bytes)
{
    struct ana_plugin head = {.id = NULL};
    struct ana_text items = {0};
    char magic[9];
    int rc = 0;

    if (bytes < HEAD_BYTES)
        return ana_fail(
            ctx, ANA_EPLUGIN,
            "`anaflow_plugin` has %lld bytes, a descriptor begins with a head of %d; "
            "define it as a struct ana_plugin behind ANA_PLUGIN_EXPORT",
            (long long)bytes, HEAD_BYTES);
    memcpy(&head, symbol, HEAD_BYTES);
    if (memcmp(head.magic, "anaflow", 8) != 0) {
        printable(head.magic, magic);
        return ana_fail(
            ctx, ANA_EPLUGIN,
            "`anaflow_plugin` begins with \"%s\", expected \"anaflow\" and a zero "
            "byte; begin the descriptor with ANA_PLUGIN_HEAD(kind)",
            magic);
    }
    itemise(&head, &items);
    if (items.length > 0)
        rc = ana_fail(
            ctx, ANA_EPLUGIN,
            "%s; build it again with this anaflow's headers, or use the anaflow it "
            "was built for",
            items.data + 2);
    else if (bytes < (int64_t)head.size)
        rc = ana_fail(
            ctx, ANA_EPLUGIN,
            "`anaflow_plugin` has %lld bytes but says that it has %u; build it again",
            (long long)bytes, head.size);
    ana_text_finish(&items);
    return rc;
}

static int valid_id(const char *id)
{
    const size_t n = strlen(id);

    return n > 0 && n <= ID_LENGTH && islower((unsigned char)id[0]) &&
           strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

static int check_names(struct ana_ctx *ctx, const struct ana_plugin *plugin)
{
    const struct {
        const char *name, *value;
    } texts[] = {{"version", plugin->version},
                 {"summary", plugin->summary},
                 {"licence", plugin->licence}};

    if (!plugin->id || !valid_id(plugin->id))
        return ana_fail(
            ctx, ANA_EPLUGIN,
            "its id is \"%.80s\", expected lower case letters, digits and '-', a "
            "letter first, %d at most",
            plugin->id ? plugin->id : "", ID_LENGTH);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!texts[i].value || !*texts[i].value)
            return ana_fail(ctx, ANA_EPLUGIN, "its `%s` is empty; every plugin states it",
                            texts[i].name);
    if (!plugin->citation)
        return ana_fail(ctx, ANA_EPLUGIN, "its `citation` is NULL; write \"\" for none");
    return 0;
}

/* The function table of a kind: its first version's length, and today's. */
struct table {
    const void *given;  /* the plugin's own */
    size_t least, full; /* bytes */
    const struct entry *entries;
    size_t n_entries;
};

#define COUNT(a) (sizeof(a) / sizeof *(a))

static struct table table_of(const struct ana_plugin *plugin)
{
    if (plugin->kind == ANA_KIND_MODEL)
        return (struct table){plugin->model, ANA_UP_TO(struct ana_model_vt, close),
                              sizeof *plugin->model, model_entries, COUNT(model_entries)};
    if (plugin->kind == ANA_KIND_READER)
        return (struct table){plugin->reader, ANA_UP_TO(struct ana_reader_vt, close),
                              sizeof *plugin->reader, reader_entries,
                              COUNT(reader_entries)};
    return (struct table){plugin->metric, ANA_UP_TO(struct ana_metric_vt, close),
                          sizeof *plugin->metric, metric_entries, COUNT(metric_entries)};
}

static int check_functions(struct ana_ctx *ctx, const char *kind,
                           const struct table *table, const void *ours)
{
    void (*function)(void);

    for (size_t i = 0; i < table->n_entries; i++) {
        memcpy(&function, (const char *)ours + table->entries[i].offset, sizeof function);
        if (!function)
            return ana_fail(ctx, ANA_EPLUGIN,
                            "its function `%s` is NULL; every %s has one",
                            table->entries[i].name, kind);
    }
    return 0;
}

/* Copy the function table of its kind, as long as ours. */
static int take_table(struct ana_ctx *ctx, struct ana_plugin *plugin)
{
    const int tables =
        (plugin->model != NULL) + (plugin->reader != NULL) + (plugin->metric != NULL);
    const struct table table = table_of(plugin);
    const char *kind = ana_kind_name(plugin->kind);
    uint32_t size;
    void *ours;
    int rc;

    plugin->model = NULL;
    plugin->reader = NULL;
    plugin->metric = NULL;
    if (!table.given)
        return ana_fail(ctx, ANA_EPLUGIN,
                        "it says that it is a %s, but its `%s` is NULL; point it at the "
                        "struct ana_%s_vt",
                        kind, kind, kind);
    memcpy(&size, table.given, sizeof size);
    if (size < table.least || size > table.full)
        return ana_fail(
            ctx, ANA_EPLUGIN,
            "its struct ana_%s_vt has %u bytes, this anaflow's has %zu; set `size` "
            "to sizeof and build it again with this anaflow's headers",
            kind, size, table.full);
    rc = ana_widen(ctx, "table", table.given, 1, table.least, table.full, &ours);
    if (rc != 0)
        return rc;
    if (plugin->kind == ANA_KIND_MODEL)
        plugin->model = ours;
    else if (plugin->kind == ANA_KIND_READER)
        plugin->reader = ours;
    else
        plugin->metric = ours;
    rc = check_functions(ctx, kind, &table, ours);
    if (rc == 0 && tables > 1)
        rc = ana_fail(
            ctx, ANA_EPLUGIN,
            "it has function tables of %d kinds; a plugin is of one kind, the others "
            "are NULL",
            tables);
    return rc;
}

static int take_params(struct ana_ctx *ctx, const struct ana_param *given,
                       struct ana_plugin *plugin)
{
    void *ours = NULL;
    int rc = ana_descriptor_count_params(ctx, plugin->n_params, given);

    if (rc == 0)
        rc = ana_widen(ctx, "parameter", given, plugin->n_params,
                       ANA_UP_TO(struct ana_param, help), sizeof *given, &ours);
    plugin->params = ours;
    return rc ? rc : ana_descriptor_check_params(ctx, plugin);
}

/* All but the parameters, which are left where the plugin has them. */
static int read_bare(struct ana_ctx *ctx, const void *symbol, int64_t bytes,
                     struct ana_plugin **out, const struct ana_param **params)
{
    struct ana_plugin *plugin;
    void *ours;
    int rc = check_head(ctx, symbol, bytes);

    *out = NULL;
    if (rc != 0)
        return rc;
    plugin = ours = ana_alloc(ctx, 1, sizeof *plugin);
    if (!ours)
        return ANA_ERESOURCE;
    memcpy(ours, symbol, ((const struct ana_plugin *)symbol)->size);
    plugin->size = sizeof *plugin;
    rc = check_names(ctx, plugin);
    if (rc != 0) { /* nothing of it is ours yet */
        ana_free(ctx, ours);
        return rc;
    }
    *params = plugin->params;
    plugin->params = NULL;
    rc = take_table(ctx, plugin);
    if (rc == 0)
        *out = plugin;
    else
        ana_descriptor_release(plugin);
    return rc;
}

int ana_descriptor_read_bare(struct ana_ctx *ctx, const void *symbol, int64_t bytes,
                             const struct ana_plugin **out)
{
    const struct ana_param *given;
    struct ana_plugin *plugin;
    const int rc = read_bare(ctx, symbol, bytes, &plugin, &given);

    if (rc == 0)
        plugin->n_params = 0;
    *out = plugin;
    return rc;
}

int ana_descriptor_read(struct ana_ctx *ctx, const void *symbol, int64_t bytes,
                        const struct ana_plugin **out)
{
    const struct ana_param *given;
    struct ana_plugin *plugin;
    int rc = read_bare(ctx, symbol, bytes, &plugin, &given);

    *out = NULL;
    if (rc != 0)
        return rc;
    rc = take_params(ctx, given, plugin);
    if (rc == 0)
        *out = plugin;
    else
        ana_descriptor_release(plugin);
    return rc;
}

void ana_descriptor_release(const struct ana_plugin *plugin)
{
    if (!plugin)
        return;
    ana_free(NULL, (void *)(uintptr_t)plugin->model);
    ana_free(NULL, (void *)(uintptr_t)plugin->reader);
    ana_free(NULL, (void *)(uintptr_t)plugin->metric);
    ana_free(NULL, (void *)(uintptr_t)plugin->params);
    ana_free(NULL, (void *)(uintptr_t)plugin);
}
