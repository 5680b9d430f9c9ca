/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Plugins of a study: which one a section means, and its parameters, from the
 * [plugin ID] section first and the section's own keys on top. What belongs to a
 * plugin is whatever its table has; nothing here knows any of them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "pipeline/study_private.h"

enum { MOST_KEYS = 40 };

int ana_plugin_has(const struct ana_plugin *plugin, const char *key)
{
    for (int64_t i = 0; plugin && i < plugin->n_params; i++)
        if (strcmp(plugin->params[i].name, key) == 0)
            return 1;
    return 0;
}

static struct ana_setting setting_of(struct ana_build *b, const struct ana_ini_key *key)
{
    return (struct ana_setting){.key = key->name,
                                .value = key->value,
                                .where = ana_build_where(b, key),
                                .folder = key->folder};
}

static void keep_default(struct ana_build *b, const struct ana_plugin *plugin,
                         const struct ana_setting *setting)
{
    struct ana_plugin_default *grown =
        ana_build_more(b, b->defaults, b->n_defaults, sizeof *grown);

    if (!grown)
        return;
    b->defaults = grown;
    grown[b->n_defaults].plugin = plugin;
    grown[b->n_defaults++].setting = *setting;
}

/* A key of [plugin ID] goes to every kind of plugin with that id that has it; where
 * none has, the first says what it does have. */
static void take_default(struct ana_build *b, int64_t n,
                         const struct ana_plugin *const *plugins, struct ana_ini_key *key)
{
    const struct ana_setting setting = setting_of(b, key);
    int taken = 0;

    key->used = 1;
    for (int64_t i = 0; i < n; i++) {
        if (!ana_plugin_has(plugins[i], key->name))
            continue;
        taken = 1;
        if (!ana_problem_caught(b, ana_params_check(b->ctx, plugins[i], &setting)))
            keep_default(b, plugins[i], &setting);
    }
    if (!taken)
        ana_problem_caught(b, ana_params_check(b->ctx, plugins[0], &setting));
}

/* Whether a section names this plugin: the section then reports that it is missing. */
static int is_named(const struct ana_ini *ini, const char *id)
{
    for (int64_t i = 0; i < ini->n_sections; i++) {
        const struct ana_ini_key *key = ana_ini_key(&ini->sections[i], "plugin");

        if (key && strcmp(key->value, id) == 0)
            return 1;
    }
    return 0;
}

static void miss_plugin(struct ana_build *b, const struct ana_ini_section *section)
{
    const struct ana_plugin_entry *entries;
    const int64_t n = ana_registry_entries(b->registry, &entries);
    const char **ids = ana_arena_alloc(b->arena, n, sizeof *ids), *near;
    int64_t n_ids = 0;
    char *list;

    if (!ids) {
        b->failed = 1;
        return;
    }
    for (int64_t i = 0; i < n; i++)
        if (entries[i].plugin)
            ids[n_ids++] = entries[i].plugin->id;
    near = ana_text_nearest(section->name, ids, n_ids);
    list = ana_text_list(ids, n_ids, 40);
    ana_problem(b, ANA_EPLUGIN, ana_build_place(b, section).where,
                "[plugin %s]: no plugin of that id is installed%s%s%s; there are: %s",
                section->name, near ? ", did you mean '" : "", near ? near : "",
                near ? "'?" : "", n_ids > 0 && list ? list : "none");
    free(list);
}

static void build_plugin_section(struct ana_build *b,
                                 const struct ana_ini_section *section)
{
    const struct ana_plugin *plugins[3];
    const struct ana_plugin_entry *entries;
    const int64_t n_entries = ana_registry_entries(b->registry, &entries);
    int64_t n = 0;

    for (int64_t i = 0; i < n_entries && n < 3; i++)
        if (entries[i].plugin && strcmp(entries[i].plugin->id, section->name) == 0)
            plugins[n++] = entries[i].plugin;
    if (n == 0 && section->name[0] && !is_named(b->ini, section->name))
        miss_plugin(b, section);
    for (int64_t k = 0; k < section->n_keys; k++) {
        section->keys[k].used = 1;
        if (n > 0)
            take_default(b, n, plugins, &section->keys[k]);
    }
}

void ana_build_defaults(struct ana_build *b)
{
    for (int64_t i = 0; i < b->ini->n_sections; i++)
        if (strcmp(b->ini->sections[i].kind, "plugin") == 0)
            build_plugin_section(b, &b->ini->sections[i]);
}

/* Ids of a kind, for a section that names none. */
static const char *list_kind(struct ana_build *b, int32_t kind)
{
    const struct ana_plugin_entry *entries;
    const int64_t n = ana_registry_entries(b->registry, &entries);
    struct ana_text text = {0};
    const char *kept;

    ana_text_write(&text, "", 0);
    for (int64_t i = 0; i < n; i++)
        if (entries[i].plugin && entries[i].plugin->kind == kind)
            ana_text_add(&text, "%s%s", text.length ? ", " : "", entries[i].plugin->id);
    kept = ana_build_format(b, "%s", text.length > 0 ? text.data : "none");
    ana_text_finish(&text);
    return kept;
}

const struct ana_plugin *
ana_build_plugin(struct ana_build *b, const struct ana_ini_section *section, int32_t kind)
{
    const struct ana_ini_key *key = ana_build_key(b, section, "plugin");
    const struct ana_place place = ana_build_place(b, section);
    const struct ana_plugin *plugin = NULL;
    int rc;

    if (!key) {
        if (!ana_ini_key(section, "plugin"))
            ana_problem(b, ANA_EPARAM, place.where,
                        "%s needs `plugin = ID`; the %s plugins are: %s", place.section,
                        ana_kind_name(kind), list_kind(b, kind));
        return NULL;
    }
    ana_context_push(b->ctx, "%s: %s", ana_build_where(b, key), place.section);
    rc = ana_registry_find(b->ctx, b->registry, kind, key->value, &plugin);
    ana_context_pop(b->ctx);
    ana_problem_caught(b, rc);
    return plugin;
}

/* A key that neither the section nor its plugin has. */
static void miss_key(struct ana_build *b, const struct ana_ini_section *section,
                     const struct ana_plugin *plugin, const struct ana_ini_key *key)
{
    const char *known[MOST_KEYS];
    const int64_t n_known = ana_build_known(section, known, MOST_KEYS);
    const int64_t n = n_known + plugin->n_params;
    const char **names = ana_arena_alloc(b->arena, n, sizeof *names), *near;
    char *list;

    if (!names) {
        b->failed = 1;
        return;
    }
    for (int64_t i = 0; i < n; i++)
        names[i] =
            i < plugin->n_params ? plugin->params[i].name : known[i - plugin->n_params];
    near = ana_text_nearest(key->name, names, n);
    list = ana_text_list(names, n, 40);
    ana_problem(b, ANA_EPARAM, ana_build_where(b, key),
                "neither %s nor its plugin %s has a key `%s`; %s%s%s",
                ana_build_place(b, section).section, plugin->id, key->name,
                near ? "did you mean `" : "there are: ",
                near   ? near
                : list ? list
                       : "",
                near ? "`?" : "");
    free(list);
}

/* The section's settings that fit the table, behind the defaults that apply and what the
 * dataset says. */
static int64_t collect(struct ana_build *b, const struct ana_ini_section *section,
                       const struct ana_plugin *plugin, int64_t n_extra,
                       const struct ana_setting *extra, struct ana_setting *settings,
                       int *wrong)
{
    int64_t n = 0;

    for (int64_t i = 0; i < n_extra; i++)
        if (ana_plugin_has(plugin, extra[i].key))
            settings[n++] = extra[i];
    for (int64_t i = 0; i < b->n_defaults; i++)
        if (b->defaults[i].plugin == plugin)
            settings[n++] = b->defaults[i].setting;
    for (int64_t i = 0; i < section->n_keys; i++) {
        struct ana_ini_key *key = &section->keys[i];

        if (key->used)
            continue;
        key->used = 1;
        settings[n] = setting_of(b, key);
        if (!ana_plugin_has(plugin, key->name)) {
            miss_key(b, section, plugin, key);
            *wrong = 1;
        } else if (ana_problem_caught(b,
                                      ana_params_check(b->ctx, plugin, &settings[n]))) {
            *wrong = 1;
        } else {
            n++;
        }
    }
    return n;
}

struct ana_params *ana_build_params(struct ana_build *b,
                                    const struct ana_ini_section *section,
                                    const struct ana_plugin *plugin)
{
    return ana_build_params_with(b, section, plugin, 0, NULL);
}

struct ana_params *ana_build_params_with(struct ana_build *b,
                                         const struct ana_ini_section *section,
                                         const struct ana_plugin *plugin, int64_t n_extra,
                                         const struct ana_setting *extra)
{
    struct ana_setting *settings = ana_arena_alloc(
        b->arena, b->n_defaults + section->n_keys + n_extra, sizeof *settings);
    const struct ana_place place = ana_build_place(b, section);
    struct ana_params *params = NULL;
    int wrong = 0, rc;
    int64_t n;

    /* Whose keys they are is not known without the plugin: that it is missing was said. */
    for (int64_t i = 0; !plugin && i < section->n_keys; i++)
        section->keys[i].used = 1;
    if (!plugin || !settings) {
        b->failed |= !settings;
        return NULL;
    }
    n = collect(b, section, plugin, n_extra, extra, settings, &wrong);
    ana_context_push(b->ctx, "%s: %s", place.where, place.section);
    rc = ana_params_create(b->ctx, plugin, n, settings, &params);
    ana_context_pop(b->ctx);
    if (rc != ANA_EPARAM || !wrong)
        ana_problem_caught(b, rc);
    return params;
}
