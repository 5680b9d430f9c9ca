/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From the command line to a checked study: what `run` and `check` have in common.
 */
#include "cli/open_study.h"

#include <stdio.h>
#include <string.h>

#include "cli/terminal.h"

int ana_open_study(struct ana_ctx *ctx, const struct ana_registry *registry,
                   const struct ana_arguments *arguments, struct ana_study **out)
{
    struct ana_ini *ini;
    int rc = ana_ini_read(ctx, arguments->operand, &ini);

    *out = NULL;
    if (rc != 0)
        return rc;
    for (int64_t i = 0; rc == 0 && i < arguments->n_given; i++) {
        if (strcmp(arguments->given[i].option->name, "set") == 0)
            rc = ana_ini_set(ctx, ini, arguments->given[i].value);
    }
    if (rc != 0) {
        ana_ini_destroy(ini);
        return rc;
    }
    return ana_study_create(ctx, registry, ini, out);
}

int ana_fail_with_problems(struct ana_ctx *ctx, const struct ana_study *study)
{
    const int64_t last = study->n_problems - 1;

    for (int64_t i = 0; i < last; i++)
        fprintf(stderr, "%sanaflow:%s %s\n", ana_terminal_red(stderr),
                ana_terminal_plain(stderr), study->problems[i]);
    return last < 0 ? 0 : ana_fail(ctx, study->status, "%s", study->problems[last]);
}
