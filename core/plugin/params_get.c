/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a plugin asks of its parameters, by name. What it asks for wrongly is
 * remembered for the caller to report.
 */
#include <stdio.h>
#include <string.h>

#include "plugin/params_private.h"

const char *ana_params_misused(const struct ana_params *params)
{
    return atomic_load(&params->misuse->set) ? params->misuse->name : NULL;
}

/* The entry of that name and type; NULL and remembered if the table has none.
 * type 0 = any. */
static const struct ana_params_entry *look_up(const struct ana_params *params,
                                              const char *name, int32_t type)
{
    for (int64_t i = 0; i < params->n; i++) {
        const struct ana_param *param = params->entries[i].param;

        if (strcmp(param->name, name) == 0 &&
            (type == 0 || param->type == type ||
             (type == ANA_PARAM_TEXT &&
              (param->type == ANA_PARAM_CHOICE || param->type == ANA_PARAM_PATH))))
            return &params->entries[i];
    }
    if (!atomic_flag_test_and_set(&params->misuse->taken)) {
        snprintf(params->misuse->name, sizeof params->misuse->name, "%s", name);
        atomic_store(&params->misuse->set, 1);
    }
    return NULL;
}

int64_t ana_param_int(const struct ana_params *params, const char *name)
{
    const struct ana_params_entry *entry = look_up(params, name, ANA_PARAM_INT);

    return entry ? entry->whole : 0;
}

double ana_param_real(const struct ana_params *params, const char *name)
{
    const struct ana_params_entry *entry = look_up(params, name, ANA_PARAM_REAL);

    return entry ? entry->low : 0;
}

int ana_param_bool(const struct ana_params *params, const char *name)
{
    const struct ana_params_entry *entry = look_up(params, name, ANA_PARAM_BOOL);

    return entry ? (int)entry->whole : 0;
}

const char *ana_param_text(const struct ana_params *params, const char *name)
{
    const struct ana_params_entry *entry = look_up(params, name, ANA_PARAM_TEXT);

    return entry ? entry->text : "";
}

const double *ana_param_list(const struct ana_params *params, const char *name,
                             int64_t *n)
{
    const struct ana_params_entry *entry = look_up(params, name, ANA_PARAM_LIST);

    *n = entry ? entry->n : 0;
    return entry ? entry->list : NULL;
}

void ana_param_range(const struct ana_params *params, const char *name, double *low,
                     double *high)
{
    const struct ana_params_entry *entry = look_up(params, name, ANA_PARAM_RANGE);

    *low = entry ? entry->low : 0;
    *high = entry ? entry->high : 0;
}

int ana_param_given(const struct ana_params *params, const char *name)
{
    const struct ana_params_entry *entry = look_up(params, name, 0);

    return entry ? entry->given : 0;
}
