/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `anaflow run FILE`: compute a study.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/open_study.h"
#include "cli/terminal.h"
#include "pipeline/execute.h"

enum { MOST_JOBS = 1024 };

/* A word as a shell would need it typed. */
static void quote(struct ana_text *text, const char *word)
{
    if (word[0] && strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_-./=:,+@%") == strlen(word)) {
        ana_text_add(text, " %s", word);
        return;
    }
    ana_text_add(text, " '");
    for (const char *c = word; *c; c++)
        ana_text_add(text, *c == '\'' ? "'\\''" : "%c", *c);
    ana_text_add(text, "'");
}

/* The command as typed, for log and report. Owns: the caller (ana_text_finish). */
static void write_command(const struct ana_arguments *arguments, struct ana_text *text)
{
    ana_text_add(text, "anaflow %s", arguments->command->name);
    quote(text, arguments->operand);
    for (int64_t i = 0; i < arguments->n_given; i++) {
        ana_text_add(text, " --%s", arguments->given[i].option->name);
        if (arguments->given[i].value)
            quote(text, arguments->given[i].value);
    }
}

static int read_jobs(struct ana_ctx *ctx, const struct ana_arguments *arguments,
                     int64_t *jobs)
{
    const char *value = ana_arguments_value(arguments, "jobs");

    *jobs = 0;
    if (value && (!ana_text_to_int(value, jobs) || *jobs < 1 || *jobs > MOST_JOBS))
        return ana_fail(ctx, ANA_EPARAM,
                        "--jobs is '%s', expected a whole number 1 .. %d", value,
                        MOST_JOBS);
    return 0;
}

/* What readers take of the disk: " (21 MB of it compressed files, inflated once)". */
static void tell_reading(const struct ana_reading *r, struct ana_text *text)
{
    char bytes[32];

    if (r->to_keep > 0)
        ana_text_add(text, " (%s of it compressed files, inflated once into the cache",
                     ana_text_bytes(r->to_keep, bytes));
    else if (r->is_kept > 0)
        ana_text_add(text, " (0 B of it compressed files");
    if (r->is_kept > 0)
        ana_text_add(text, "; %s are in the cache already",
                     ana_text_bytes(r->is_kept, bytes));
    if (r->to_keep + r->is_kept > 0)
        ana_text_add(text, ")");
    if (r->scratch > 0)
        ana_text_add(text, " (and %s while it runs)", ana_text_bytes(r->scratch, bytes));
}

/* What the run will take, in two lines. */
static void tell(void *arg, const struct ana_plan *plan, int64_t memory)
{
    char most[32], allowed[32], disk[32], seconds[64], flops[32], done[48] = "";
    struct ana_text more = {0};

    (void)arg;
    if (plan->stored > 0 && plan->stored == plan->tasks)
        snprintf(done, sizeof done, " (done before)");
    else if (plan->stored > 0)
        snprintf(done, sizeof done, " (%lld done before)", (long long)plan->stored);
    tell_reading(&plan->reading, &more);
    if (plan->seconds < 10)
        snprintf(seconds, sizeof seconds, "%.2g s", plan->seconds);
    else
        ana_time_text(plan->seconds, seconds, sizeof seconds);
    printf("plan: %lld task%s%s, %lld score%s a measure and fold; %s, %s operations\n"
           "      at most %s of memory (allowed: %s), %s on disk%s, %d thread%s\n",
           (long long)plan->tasks, plan->tasks == 1 ? "" : "s", done,
           (long long)plan->scores, plan->scores == 1 ? "" : "s", seconds,
           ana_text_amount(plan->flops, flops), ana_text_bytes_up(plan->memory, most),
           ana_text_bytes(memory, allowed),
           ana_text_bytes(
               plan->results + plan->store + plan->cache + plan->reading.to_keep, disk),
           more.data ? more.data : "", plan->threads, plan->threads == 1 ? "" : "s");
    ana_text_finish(&more);
    fflush(stdout);
}

static int execute(struct ana_ctx *ctx, const struct ana_registry *registry,
                   struct ana_study *take_study, const struct ana_run_options *options)
{
    struct ana_progress progress;
    char *folder =
        ana_strdup(ctx, options->output ? options->output : take_study->output);
    int rc;

    if (!folder) {
        ana_study_destroy(ctx, take_study);
        return ANA_ERESOURCE;
    }
    ana_interrupt_catch(ctx, 1);
    ana_progress_begin(ctx, &progress);
    rc = ana_run(ctx, registry, take_study, options);
    ana_progress_end(ctx, &progress);
    if (rc == 0 && !options->dry_run)
        printf("results are in %s: report.html, scores.tsv, summary.json\n", folder);
    ana_free(ctx, folder);
    return rc;
}

static int run(struct ana_ctx *ctx, const struct ana_arguments *arguments)
{
    struct ana_run_options options = {.output = ana_arguments_value(arguments, "output"),
                                      .fresh = ana_arguments_value(arguments, "fresh") !=
                                               NULL};
    struct ana_registry *registry = NULL;
    struct ana_study *study = NULL;
    const char **again = ana_list_again(ctx, arguments);
    struct ana_text command = {0};
    int rc = again ? read_jobs(ctx, arguments, &options.jobs) : ANA_ERESOURCE;

    if (rc == 0)
        rc = ana_registry_create(ctx, &registry);
    if (rc == 0)
        rc = ana_open_study(ctx, registry, arguments, &study);
    if (rc == 0 && study->n_problems > 0) {
        rc = ana_fail_with_problems(ctx, study);
    } else if (rc == 0 && ana_arguments_value(arguments, "why")) {
        rc = ana_why(ctx, registry, study, &options, stdout);
        study = NULL;
    } else if (rc == 0) {
        write_command(arguments, &command);
        options.dry_run = ana_arguments_value(arguments, "dry-run") != NULL;
        options.tell = tell;
        if (ana_arguments_value(arguments, "in-process"))
            ana_ctx_set_apart(ctx, NULL);
        else
            options.again = again;
        options.command = command.failed ? "" : command.data;
        rc = execute(ctx, registry, study, &options);
        study = NULL;
    }
    ana_free(ctx, (void *)again);
    ana_text_finish(&command);
    ana_study_destroy(ctx, study);
    ana_registry_destroy(registry);
    return rc;
}

static const struct ana_option options[] = {
    {"output", 'o', "DIR", "the folder of the results; beats [study] output", 0},
    ANA_OPTION_SET,
    ANA_OPTION_ONLY,
    {"dry-run", 'n', NULL, "say what the run would take, and stop", 0},
    {"jobs", 'j', "N", "worker threads; default: all cores", 0},
    {"fresh", 0, NULL, "compute everything again, whatever is stored", 0},
    {"in-process", 0, NULL,
     "run no task and no reader in a process of its own; with --jobs 1, what a debugger "
     "wants",
     0},
    {"why", 0, NULL, "say what would be computed again and why, and stop", 0},
};

const struct ana_command ana_command_run = {
    .name = "run",
    .operand = "FILE",
    .summary = "compute a study and write its results",
    .details =
        "Shows the stimuli to the models, compares every layer with the recordings, and\n"
        "writes scores.tsv, summary.json, arrays, figures and report.html into the\n"
        "output folder. First says what that takes: tasks, time, operations, memory and\n"
        "disk; what passes `memory` or `disk` of [study], or this machine, is refused\n"
        "before it starts. Ctrl-C stops after the task at hand; twice stops at once.\n"
        "Tasks with plugins from outside the package run in a process of their own: one "
        "that\n"
        "crashes, hangs or exits is reported, and the others go on (`isolate` and "
        "`timeout` of\n"
        "[study]). "
        "What was computed is kept: a run that was stopped or killed goes on where it "
        "was,\n"
        "and one with a changed line computes only what depends on it. --why says what\n"
        "that is; run.log says it, too.",
    .examples = "  anaflow run pipeline.ini\n"
                "  anaflow run pipeline.ini --dry-run\n"
                "  anaflow run pipeline.ini --output results/rsa --set 'metric "
                "score.plugin=rsa'",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .run = run,
};
