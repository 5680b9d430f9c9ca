/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `anaflow check FILE`: what a study would do, and all that is wrong with it, found
 * without computing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/open_study.h"
#include "pipeline/budget.h"
#include "pipeline/examine.h"
#include "pipeline/isolate.h"

/* What a run from nothing takes, as `run --dry-run` says it, but for the time. */
static void print_size(const struct ana_examined *found, int64_t memory)
{
    char most[32], allowed[32], disk[32], flops[32];

    printf("\nSize\n  %lld task%s, %lld scores a measure and fold; %s operations\n"
           "  at most %s of memory (allowed: %s), %s on disk, %d thread%s\n",
           (long long)found->tasks, found->tasks == 1 ? "" : "s",
           (long long)found->scores, ana_text_amount(found->flops, flops),
           ana_text_bytes_up(found->bytes, most), ana_text_bytes(memory, allowed),
           ana_text_bytes(found->disk, disk), found->threads,
           found->threads == 1 ? "" : "s");
}

static int64_t memory_allowed(const struct ana_study *study)
{
    return study->memory > 0 ? study->memory : ana_memory_available();
}

static int examine(struct ana_ctx *ctx, const struct ana_registry *registry,
                   struct ana_study *study)
{
    const int64_t memory = memory_allowed(study);
    struct ana_examined found = {0};
    int rc = ana_study_examine(ctx, registry, study, memory, &found);

    if (rc == 0 && study->n_problems == 0 && found.folds)
        printf("\nSplits, as the report of a run will say\n%s", found.folds);
    if (rc == 0 && study->n_problems == 0 && found.tasks > 0)
        print_size(&found, memory);
    free(found.folds);
    return rc;
}

/* In a helper first, where a plugin or a reader's library may crash on what it opens. */
static int open_apart(struct ana_ctx *ctx, const struct ana_registry *registry,
                      const struct ana_arguments *arguments,
                      const struct ana_study *study)
{
    const char **again = ana_list_again(ctx, arguments);
    struct ana_isolate isolate = {.registry = registry,
                                  .study = study,
                                  .again = again,
                                  .output = study->output,
                                  .jobs = 1,
                                  .memory = memory_allowed(study)};
    int rc = again ? 0 : ANA_ERESOURCE;

    if (rc == 0 && study->n_problems == 0 && ana_isolate_wanted(&isolate))
        rc = ana_isolate_open(ctx, &isolate);
    ana_isolate_close(ctx, &isolate);
    ana_free(ctx, (void *)again);
    return rc;
}

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
    if (rc == 0 && !ana_arguments_value(arguments, "ini-only"))
        rc = open_apart(ctx, registry, arguments, study);
    if (rc == 0 && !ana_arguments_value(arguments, "ini-only"))
        rc = examine(ctx, registry, study);
    fflush(stdout);
    if (rc == 0)
        rc = ana_fail_with_problems(ctx, study);
    ana_study_destroy(ctx, study);
    ana_registry_destroy(registry);
    return rc;
}

static const struct ana_option options[] = {
    ANA_OPTION_SET,
    ANA_OPTION_ONLY,
    {"ini-only", 0, NULL, "look at the INI file alone; open nothing that it names", 0},
};

const struct ana_command ana_command_check = {
    .name = "check",
    .operand = "FILE",
    .summary = "say what a study would do, and everything that is wrong with it",
    .details =
        "Reads the INI file as `run` would and explains it in words: stimuli, models,\n"
        "recordings, feature spaces, folds and comparisons. Then opens what it names:\n"
        "headers of sounds and arrays, models without their weights. Every mistake that\n"
        "can be found without computing is a line on standard error, with its place:\n"
        "missing files, shapes that do not fit, layers that do not exist, names without\n"
        "a stimulus, too few rows for the folds, more memory than there is.",
    .examples = "  anaflow check pipeline.ini\n"
                "  anaflow check pipeline.ini --set folds.outer=5",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .run = check,
};
