/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A plugin's table of parameters, checked once at loading, so that whoever reads it
 * later (INI checks, `plugin info`, manual, completion) can take it as it stands.
 */
#include <ctype.h>
#include <string.h>

#include "plugin/descriptor.h"
#include "plugin/params.h"

enum { MOST_PARAMS = 256 };

static int valid_name(const char *name)
{
    return islower((unsigned char)name[0]) &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == strlen(name);
}

static int check_form(struct ana_ctx *ctx, const struct ana_param *param, int64_t number)
{
    if (!param->name || !valid_name(param->name))
        return ana_fail(ctx, ANA_EPLUGIN,
                        "its parameter %lld is called \"%.80s\", expected lower case "
                        "letters, digits, '_' and '-'",
                        (long long)number, param->name ? param->name : "");
    if (param->type < ANA_PARAM_INT || param->type > ANA_PARAM_PATH)
        return ana_fail(ctx, ANA_EPLUGIN,
                        "its parameter `%s` has type %d, expected %d .. %d", param->name,
                        param->type, ANA_PARAM_INT, ANA_PARAM_PATH);
    return 0;
}

static int check_content(struct ana_ctx *ctx, const struct ana_param *param)
{
    const int is_choice = param->type == ANA_PARAM_CHOICE;

    if (!param->help || !*param->help)
        return ana_fail(ctx, ANA_EPLUGIN,
                        "its parameter `%s` has no help; write one line", param->name);
    if (is_choice != (param->choices && *param->choices))
        return ana_fail(ctx, ANA_EPLUGIN,
                        "its parameter `%s` has %s; a CHOICE has \"a|b\", others NULL",
                        param->name, is_choice ? "no choices" : "choices");
    if (!(param->min <= param->max))
        return ana_fail(ctx, ANA_EPLUGIN,
                        "its parameter `%s` has bounds %g .. %g, expected low .. high",
                        param->name, param->min, param->max);
    return 0;
}

/* The default must be what a user could write; an empty list is a plugin's "none". */
static int check_default(struct ana_ctx *ctx, const struct ana_plugin *plugin,
                         const struct ana_param *param)
{
    const struct ana_setting setting = {param->name, param->fallback, "its default"};

    if (!param->fallback || (param->type == ANA_PARAM_LIST && !*param->fallback))
        return 0;
    return ana_params_check(ctx, plugin, &setting) == 0 ? 0 : ANA_EPLUGIN;
}

static int check_unique(struct ana_ctx *ctx, const struct ana_param *params, int64_t last)
{
    for (int64_t i = 0; i < last; i++)
        if (strcmp(params[i].name, params[last].name) == 0)
            return ana_fail(ctx, ANA_EPLUGIN, "it has two parameters called `%s`",
                            params[last].name);
    return 0;
}

int ana_descriptor_count_params(struct ana_ctx *ctx, int64_t n,
                                const struct ana_param *params)
{
    if (n < 0 || n > MOST_PARAMS || (n > 0 && !params))
        return ana_fail(ctx, ANA_EPLUGIN,
                        "its table has %lld parameters%s, expected 0 .. %d", (long long)n,
                        params ? "" : " and is NULL", MOST_PARAMS);
    return 0;
}

int ana_descriptor_check_params(struct ana_ctx *ctx, const struct ana_plugin *plugin)
{
    const struct ana_param *params = plugin->params;
    const int64_t n = plugin->n_params;
    int rc = 0;

    /* Forms first: the default of one is read with the whole table at hand. */
    for (int64_t i = 0; rc == 0 && i < n; i++)
        rc = check_form(ctx, params + i, i + 1);
    for (int64_t i = 0; rc == 0 && i < n; i++) {
        rc = check_unique(ctx, params, i);
        if (rc == 0)
            rc = check_content(ctx, params + i);
        if (rc == 0)
            rc = check_default(ctx, plugin, params + i);
    }
    return rc;
}
