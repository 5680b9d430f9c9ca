/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `anaflow check FILE`: what a study would do, and all that is wrong with it, without
 * reading any data.
 */
#include <stdio.h>

#include "cli/command.h"
#include "cli/open_study.h"

static int check(struct ana_ctx *ctx, const struct ana_arguments *arguments)
{
    struct ana_study *study = NULL;
    struct ana_registry *registry;
    int rc = ana_registry_create(ctx, &registry);

    if (rc != 0)
        return rc;
    rc = ana_open_study(ctx, registry, arguments, &study);
    if (rc == 0)
        rc = ana_study_explain(ctx, study, stdout);
    fflush(stdout);
    if (rc == 0)
        rc = ana_fail_with_problems(ctx, study);
    ana_study_destroy(ctx, study);
    ana_registry_destroy(registry);
    return rc;
}

static const struct ana_option options[] = {ANA_OPTION_SET};

const struct ana_command ana_command_check = {
    .name = "check",
    .operand = "FILE",
    .summary = "say what a study would do, and everything that is wrong with it",
    .details =
        "Reads the INI file as `run` would and explains it in words: stimuli, models,\n"
        "recordings, feature spaces, folds and comparisons. Every mistake that can be\n"
        "seen without computing is a line on standard error, with its place. No data is "
        "read.",
    .examples = "  anaflow check pipeline.ini\n"
                "  anaflow check pipeline.ini --set folds.outer=5",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .run = check,
};
