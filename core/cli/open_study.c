/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From the command line to a checked study: what `run` and `check` have in common.
 */
#include "cli/open_study.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "base/text.h"
#include "cli/terminal.h"
#include "plugin/apart.h"

/* "main", or a name before its metric's: "main" of "main-ridge", where there are several. */
static int means(const struct ana_study_comparison *comparison, const char *name)
{
    const size_t n = strlen(name);

    return strncmp(comparison->name, name, n) == 0 &&
           (comparison->name[n] == 0 || comparison->name[n] == '-');
}

static int fail_unknown(struct ana_ctx *ctx, const struct ana_study *study,
                        const char *name)
{
    const char **names = ana_alloc(ctx, study->n_comparisons, sizeof *names), *near;
    char *list;

    if (!names)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < study->n_comparisons; i++)
        names[i] = study->comparisons[i].name;
    near = ana_text_nearest(name, names, study->n_comparisons);
    list = ana_text_list(names, study->n_comparisons, 12);
    ana_fail(ctx, ANA_EPARAM, "--only: there is no comparison '%s'%s%s%s There are: %s",
             name, near ? ", did you mean '" : ".", near ? near : "", near ? "'?" : "",
             list ? list : "");
    free(list);
    ana_free(ctx, (void *)names);
    return ANA_EPARAM;
}

/* Leave the comparisons that --only names, in their order. */
static int keep_only(struct ana_ctx *ctx, const struct ana_arguments *arguments,
                     struct ana_study *study)
{
    uint8_t *wanted = ana_alloc(ctx, study->n_comparisons, 1);
    int64_t kept = 0;
    int rc = wanted ? 0 : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < arguments->n_given; i++) {
        int found = 0;

        if (strcmp(arguments->given[i].option->name, "only") != 0)
            continue;
        for (int64_t c = 0; c < study->n_comparisons; c++)
            if (means(&study->comparisons[c], arguments->given[i].value))
                wanted[c] = found = 1;
        if (!found)
            rc = fail_unknown(ctx, study, arguments->given[i].value);
    }
    for (int64_t c = 0; rc == 0 && c < study->n_comparisons; c++)
        if (wanted[c])
            study->comparisons[kept++] = study->comparisons[c];
    if (rc == 0)
        study->n_comparisons = kept;
    ana_free(ctx, wanted);
    return rc;
}

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
    rc = ana_study_create(ctx, registry, ini, out);
    if (rc == 0)
        ana_apart_set_timeout(ana_ctx_apart(ctx), (*out)->timeout);
    if (rc == 0 && ana_arguments_value(arguments, "only")) {
        rc = keep_only(ctx, arguments, *out);
        if (rc != 0) {
            ana_study_destroy(ctx, *out);
            *out = NULL;
        }
    }
    return rc;
}

int ana_fail_with_problems(struct ana_ctx *ctx, const struct ana_study *study)
{
    const int64_t last = study->n_problems - 1;

    for (int64_t i = 0; i < last; i++)
        fprintf(stderr, "%sanaflow:%s %s\n", ana_terminal_red(stderr),
                ana_terminal_plain(stderr), study->problems[i]);
    return last < 0 ? 0 : ana_fail(ctx, study->status, "%s", study->problems[last]);
}

const char **ana_list_again(struct ana_ctx *ctx, const struct ana_arguments *arguments)
{
    const char **again = ana_alloc(ctx, arguments->n_given + 2, sizeof *again);
    int64_t n = 1;

    if (!again)
        return NULL;
    again[0] = arguments->operand;
    for (int64_t i = 0; i < arguments->n_given; i++)
        if (strcmp(arguments->given[i].option->name, "set") == 0)
            again[n++] = arguments->given[i].value;
    return again;
}
