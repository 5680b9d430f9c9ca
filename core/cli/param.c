/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a plugin's parameter takes, in words: for `plugin info` and the manual.
 */
#include <math.h>

#include "cli/page.h"

static const char *type_name(int32_t type)
{
    static const char *const names[] = {"?",         "whole number", "number",
                                        "yes or no", "text",         "one of",
                                        "numbers",   "range",        "path"};

    return type >= ANA_PARAM_INT && type <= ANA_PARAM_PATH ? names[type] : names[0];
}

static void add_bounds(const struct ana_param *param, struct ana_text *out)
{
    char low[32], high[32];

    if (param->min == 0 && param->max == 0)
        return;
    if (isinf(param->max))
        ana_text_add(out, ", at least %s", ana_text_number(param->min, low));
    else if (isinf(param->min))
        ana_text_add(out, ", at most %s", ana_text_number(param->max, high));
    else
        ana_text_add(out, ", %s .. %s", ana_text_number(param->min, low),
                     ana_text_number(param->max, high));
}

void ana_param_describe(const struct ana_param *param, struct ana_text *out)
{
    ana_text_add(out, "%s", type_name(param->type));
    if (param->choices)
        ana_text_add(out, " ");
    for (const char *c = param->choices; c && *c; c++)
        ana_text_add(out, "%s", *c == '|' ? ", " : (char[]){*c, 0});
    if (param->unit)
        ana_text_add(out, " in %s", param->unit);
    add_bounds(param, out);
}
