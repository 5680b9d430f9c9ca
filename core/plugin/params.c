/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A plugin's parameters: settings from the INI file held against the plugin's own
 * table. Every value is parsed once, here; the plugin then asks by name and gets
 * numbers (params_get.c).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "plugin/params_private.h"
#include "plugin/registry.h"
#include "plugin/value.h"

static const struct ana_param *find_param(const struct ana_plugin *plugin,
                                          const char *name)
{
    for (int64_t i = 0; i < plugin->n_params; i++)
        if (strcmp(plugin->params[i].name, name) == 0)
            return &plugin->params[i];
    return NULL;
}

static int fail_unknown(struct ana_ctx *ctx, const struct ana_plugin *plugin,
                        const char *key)
{
    const char **names = ana_alloc(ctx, plugin->n_params, sizeof *names);
    const char *near;
    char *list;
    int rc;

    if (!names)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < plugin->n_params; i++)
        names[i] = plugin->params[i].name;
    near = ana_text_nearest(key, names, plugin->n_params);
    list = ana_text_list(names, plugin->n_params, 12);
    if (near)
        rc = ana_fail(ctx, ANA_EPARAM,
                      "the %s plugin %s has no key `%s`; did you mean `%s`?",
                      ana_kind_name(plugin->kind), plugin->id, key, near);
    else
        rc = ana_fail(ctx, ANA_EPARAM,
                      "the %s plugin %s has no key `%s`; its keys are: %s",
                      ana_kind_name(plugin->kind), plugin->id, key,
                      plugin->n_params && list ? list : "none");
    free(list);
    ana_free(ctx, names);
    return rc;
}

static int check_bounds(struct ana_ctx *ctx, const struct ana_param *param, double value)
{
    char found[32], min[32], max[32];
    const char *unit = param->unit ? param->unit : "";

    if ((param->min == 0 && param->max == 0) ||
        (value >= param->min && value <= param->max))
        return 0;
    ana_text_number(value, found);
    ana_text_number(param->min, min);
    ana_text_number(param->max, max);
    if (isinf(param->max))
        return ana_fail(ctx, ANA_EPARAM, "%s%s%s is too small, expected at least %s%s%s",
                        found, *unit ? " " : "", unit, min, *unit ? " " : "", unit);
    if (isinf(param->min))
        return ana_fail(ctx, ANA_EPARAM, "%s%s%s is too large, expected at most %s%s%s",
                        found, *unit ? " " : "", unit, max, *unit ? " " : "", unit);
    return ana_fail(ctx, ANA_EPARAM, "%s%s%s is outside the allowed %s..%s%s%s", found,
                    *unit ? " " : "", unit, min, max, *unit ? " " : "", unit);
}

static int parse_int(struct ana_ctx *ctx, const struct ana_param *param, const char *text,
                     struct ana_params_entry *entry)
{
    double value;
    int rc;

    if (!param->unit)
        rc = ana_value_int(ctx, text, &entry->whole);
    else
        rc = ana_value_number(ctx, text, param->unit, &value, NULL);
    if (rc != 0)
        return rc;
    if (param->unit) {
        if (value != floor(value) || fabs(value) > 9e15)
            return ana_fail(ctx, ANA_EPARAM, "'%s' is not a whole number of %s", text,
                            param->unit);
        entry->whole = (int64_t)value;
    }
    return check_bounds(ctx, param, (double)entry->whole);
}

static int parse_bool(struct ana_ctx *ctx, const char *text,
                      struct ana_params_entry *entry)
{
    int value = 0;
    const int rc = ana_value_bool(ctx, text, &value);

    entry->whole = value;
    return rc;
}

/* "a|b|c" holds `text`; otherwise a sentence with all of them. */
static int parse_choice(struct ana_ctx *ctx, const struct ana_param *param,
                        const char *text)
{
    const char *names[64], *near;
    char *copy = ana_strdup(ctx, param->choices ? param->choices : "");
    char *list, *rest = copy;
    int64_t n = 0;
    int rc = ANA_EPARAM;

    if (!copy)
        return ANA_ERESOURCE;
    for (char *c; n < 64 && (c = strsep(&rest, "|")) != NULL; n++) {
        names[n] = c;
        if (strcmp(c, text) == 0)
            rc = 0;
    }
    if (rc != 0) {
        near = ana_text_nearest(text, names, n);
        list = ana_text_list(names, n, 64);
        ana_fail(ctx, rc, "'%s' is none of its choices: %s%s%s%s", text, list ? list : "",
                 near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
        free(list);
    }
    ana_free(ctx, copy);
    return rc;
}

/* An empty fallback is an empty list: the plugin's "none". */
static int parse_list(struct ana_ctx *ctx, const struct ana_param *param,
                      const char *text, struct ana_params_entry *entry)
{
    int rc = 0;

    if (text[0] != 0 || entry->given)
        rc = ana_value_list(ctx, text, param->unit, &entry->n, &entry->list, NULL);
    for (int64_t i = 0; i < entry->n && rc == 0; i++)
        rc = check_bounds(ctx, param, entry->list[i]);
    return rc;
}

static int parse(struct ana_ctx *ctx, const struct ana_param *param, const char *text,
                 struct ana_params_entry *entry)
{
    int rc;

    switch (param->type) {
    case ANA_PARAM_INT:
        return parse_int(ctx, param, text, entry);
    case ANA_PARAM_REAL:
        rc = ana_value_number(ctx, text, param->unit, &entry->low, NULL);
        return rc == 0 ? check_bounds(ctx, param, entry->low) : rc;
    case ANA_PARAM_BOOL:
        return parse_bool(ctx, text, entry);
    case ANA_PARAM_TEXT:
    case ANA_PARAM_PATH:
        return 0;
    case ANA_PARAM_CHOICE:
        return parse_choice(ctx, param, text);
    case ANA_PARAM_LIST:
        return parse_list(ctx, param, text, entry);
    case ANA_PARAM_RANGE:
        rc = ana_value_range(ctx, text, param->unit, &entry->low, &entry->high, NULL);
        rc = rc == 0 ? check_bounds(ctx, param, entry->low) : rc;
        return rc == 0 ? check_bounds(ctx, param, entry->high) : rc;
    default:
        return ana_fail(ctx, ANA_EPLUGIN,
                        "the parameter table has the unknown type %d; the "
                        "plugin was built for another anaflow",
                        param->type);
    }
}

int ana_params_check(struct ana_ctx *ctx, const struct ana_plugin *plugin,
                     const struct ana_setting *setting)
{
    const struct ana_param *param = find_param(plugin, setting->key);
    struct ana_params_entry entry = {.given = 1};
    int rc;

    if (param)
        ana_context_push(ctx, "%s: `%s` of the %s plugin %s", setting->where,
                         setting->key, ana_kind_name(plugin->kind), plugin->id);
    else
        ana_context_push(ctx, "%s", setting->where);
    rc = param ? parse(ctx, param, setting->value, &entry)
               : fail_unknown(ctx, plugin, setting->key);
    ana_context_pop(ctx);
    ana_free(ctx, entry.list);
    return rc;
}

/* Parse the fallback: what is wrong with it is the plugin's fault. */
static int take_fallback(struct ana_ctx *ctx, const struct ana_plugin *plugin,
                         struct ana_params_entry *entry)
{
    const struct ana_param *param = entry->param;
    char *sentence;
    int rc;

    if (!param->fallback)
        return ana_fail(ctx, ANA_EPARAM,
                        "the %s plugin %s needs the key `%s` (%s); add it to "
                        "the section or to [plugin %s]",
                        ana_kind_name(plugin->kind), plugin->id, param->name,
                        param->help ? param->help : "no help", plugin->id);
    entry->text = ana_strdup(ctx, param->fallback);
    if (!entry->text)
        return ANA_ERESOURCE;
    ana_context_push(ctx, "the default of `%s` in the %s plugin %s", param->name,
                     ana_kind_name(plugin->kind), plugin->id);
    rc = parse(ctx, param, param->fallback, entry);
    ana_context_pop(ctx);
    if (rc == ANA_EPARAM) {
        sentence = strdup(ana_error(ctx));
        rc = ana_fail(ctx, ANA_EPLUGIN, "%s", sentence ? sentence : "a default is wrong");
        free(sentence);
    }
    return rc;
}

static int take_setting(struct ana_ctx *ctx, const struct ana_plugin *plugin,
                        const struct ana_setting *setting, struct ana_params_entry *entry)
{
    int rc = ana_params_check(ctx, plugin, setting);

    if (rc != 0)
        return rc;
    entry->given = 1;
    if (entry->param->type == ANA_PARAM_PATH && setting->folder && *setting->value)
        entry->text = ana_path_join(ctx, setting->folder, setting->value);
    else
        entry->text = ana_strdup(ctx, setting->value);
    return entry->text ? parse(ctx, entry->param, setting->value, entry) : ANA_ERESOURCE;
}

static int fill(struct ana_ctx *ctx, struct ana_params *params, int64_t n,
                const struct ana_setting *settings)
{
    int rc = 0;

    for (int64_t k = 0; k < n && rc == 0; k++)
        if (!find_param(params->plugin, settings[k].key))
            rc = ana_params_check(ctx, params->plugin, &settings[k]);
    for (int64_t i = 0; i < params->n && rc == 0; i++) {
        struct ana_params_entry *entry = &params->entries[i];
        const struct ana_setting *last = NULL;

        entry->param = &params->plugin->params[i];
        for (int64_t k = 0; k < n; k++)
            if (strcmp(settings[k].key, entry->param->name) == 0)
                last = &settings[k];
        rc = last ? take_setting(ctx, params->plugin, last, entry)
                  : take_fallback(ctx, params->plugin, entry);
    }
    return rc;
}

static int by_name(const void *a, const void *b)
{
    const struct ana_params_entry *const *x = a, *const *y = b;

    return strcmp((*x)->param->name, (*y)->param->name);
}

static int write_lines(struct ana_ctx *ctx, struct ana_params *params)
{
    const struct ana_params_entry **sorted =
        ana_alloc(ctx, params->n, sizeof(struct ana_params_entry *));
    struct ana_text text = {0};

    if (!sorted)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < params->n; i++)
        sorted[i] = &params->entries[i];
    qsort(sorted, (size_t)params->n, sizeof *sorted, by_name);
    ana_text_write(&text, "", 0);
    for (int64_t i = 0; i < params->n; i++)
        ana_text_add(&text, "%s = %s\n", sorted[i]->param->name, sorted[i]->text);
    params->lines = text.data && !text.failed ? ana_strdup(ctx, text.data) : NULL;
    ana_text_finish(&text);
    ana_free(ctx, sorted);
    return params->lines ? 0 : ana_fail(ctx, ANA_ERESOURCE, "no memory for parameters");
}

int ana_params_create(struct ana_ctx *ctx, const struct ana_plugin *plugin, int64_t n,
                      const struct ana_setting *settings, struct ana_params **out)
{
    struct ana_params *params = ana_alloc(ctx, 1, sizeof *params);
    int rc = ANA_ERESOURCE;

    *out = NULL;
    if (!params)
        return rc;
    params->ctx = ctx;
    params->plugin = plugin;
    params->n = plugin->n_params;
    params->entries = ana_alloc(ctx, params->n, sizeof *params->entries);
    params->misuse = ana_alloc(ctx, 1, sizeof *params->misuse);
    if (!params->entries || !params->misuse)
        goto fail;
    atomic_flag_clear(&params->misuse->taken);
    rc = fill(ctx, params, n, settings);
    if (rc == 0)
        rc = write_lines(ctx, params);
    if (rc != 0)
        goto fail;
    *out = params;
    return 0;
fail:
    ana_params_destroy(params);
    return rc;
}

void ana_params_destroy(struct ana_params *params)
{
    if (!params)
        return;
    for (int64_t i = 0; params->entries && i < params->n; i++) {
        ana_free(params->ctx, params->entries[i].text);
        ana_free(params->ctx, params->entries[i].list);
    }
    ana_free(params->ctx, params->entries);
    ana_free(params->ctx, params->lines);
    ana_free(params->ctx, params->misuse);
    ana_free(params->ctx, params);
}

const char *ana_params_text(const struct ana_params *params)
{
    return params->lines;
}
