/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The conformance test: one helper a rule, one verdict a helper.
 */
#include "check/check.h"

#include <errno.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/context.h"
#include "base/process.h"
#include "base/text.h"
#include "check/rules.h"
#include "plugin/load.h"

enum { MOST_ARGUMENTS = 48 };

static int remove_one(const char *path, const struct stat *st, int kind,
                      struct FTW *place)
{
    (void)st, (void)kind, (void)place;
    remove(path);
    return 0;
}

/* "holds NOTE", "fails SENTENCE", "untried WHY", or how the helper died. */
static int read_verdict(struct ana_ctx *ctx, const struct ana_rule *rule,
                        struct ana_process *process, struct ana_verdict *verdict)
{
    struct ana_process_end end;
    const char *line = NULL;
    char how[256], doing[600] = "";
    int rc;

    do {
        if (line)
            snprintf(doing, sizeof doing, " in %s", line + 6);
        rc = ana_process_line(ctx, process, rule->seconds, &line);
    } while (rc == 0 && line && strncmp(line, "doing ", 6) == 0);
    if (rc == 0 && line) {
        verdict->outcome = strncmp(line, "holds", 5) == 0   ? ANA_RULE_HOLDS
                           : strncmp(line, "fails", 5) == 0 ? ANA_RULE_FAILS
                                                            : ANA_RULE_UNTRIED;
        snprintf(verdict->sentence, sizeof verdict->sentence, "%s",
                 strchr(line, ' ') ? strchr(line, ' ') + 1 : "");
        ana_process_finish(ctx, process, NULL);
        return 0;
    }
    ana_process_finish(ctx, process, &end);
    ana_process_describe(&end, how, sizeof how);
    verdict->outcome = ANA_RULE_FAILS;
    snprintf(verdict->sentence, sizeof verdict->sentence, "%s%s%s%.200s", how, doing,
             *end.printed ? "; the last it said: " : "", end.printed);
    return rc;
}

static int try_rule(struct ana_ctx *ctx, const struct ana_check_options *options,
                    const struct ana_rule *rule, const char *folder,
                    struct ana_verdict *verdict)
{
    char rate[32];
    const char *arguments[MOST_ARGUMENTS] = {
        "check",
        rule->id,
        folder,
        options->path,
        options->file ? options->file : "",
        options->variable ? options->variable : "",
        rate,
        options->checkpoint ? options->checkpoint : "",
        options->stimulus ? options->stimulus : "",
    };
    struct ana_process *process;
    int64_t n = 9;
    int rc;

    ana_text_number(options->rate, rate);

    for (int64_t i = 0; i < 2 * options->n_settings && n + 1 < MOST_ARGUMENTS; i++)
        arguments[n++] = options->settings[i];
    rc = ana_process_start(ctx, arguments, 0, &process);
    return rc ? rc : read_verdict(ctx, rule, process, verdict);
}

/* The kind as the first rules find it; 0 while it is not known. */
static uint32_t kind_in(const struct ana_verdict *verdict)
{
    if (strncmp(verdict->sentence, "model ", 6) == 0)
        return ANA_KIND_BIT(ANA_KIND_MODEL);
    if (strncmp(verdict->sentence, "reader ", 7) == 0)
        return ANA_KIND_BIT(ANA_KIND_READER);
    return strncmp(verdict->sentence, "metric ", 7) == 0 ? ANA_KIND_BIT(ANA_KIND_METRIC)
                                                         : ANA_ALL_KINDS;
}

int ana_check_plugin(struct ana_ctx *ctx, const struct ana_check_options *options,
                     void (*tell)(void *arg, const struct ana_verdict *verdict),
                     void *arg)
{
    char folder[] = "/tmp/anaflow-check-XXXXXX";
    const char *closed = NULL, *why = "";
    uint32_t kinds = ANA_ALL_KINDS;
    int rc = 0, failed = 0;

    if (!mkdtemp(folder))
        return ana_fail(ctx, ANA_ERESOURCE, "%s cannot be made: %s", folder,
                        strerror(errno));
    for (int64_t i = 0; rc == 0 && i < ana_n_rules; i++) {
        const struct ana_rule *rule = ana_rules + i;
        struct ana_verdict verdict = {rule->id, rule->claim, ANA_RULE_UNTRIED, ""};

        if (!(rule->kinds & kinds))
            continue;
        if (closed)
            snprintf(verdict.sentence, sizeof verdict.sentence,
                     "`%s` %s, and this stands on it", closed, why);
        else
            rc = try_rule(ctx, options, rule, folder, &verdict);
        if (rc != 0)
            break;
        failed += verdict.outcome == ANA_RULE_FAILS;
        if (rule->gate && verdict.outcome != ANA_RULE_HOLDS && !closed) {
            closed = rule->id;
            why = verdict.outcome == ANA_RULE_FAILS ? "fails" : "was not tried";
        }
        if (strcmp(rule->id, "descriptor") == 0 && verdict.outcome == ANA_RULE_HOLDS)
            kinds = kind_in(&verdict);
        tell(arg, &verdict);
    }
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    if (rc == 0 && failed > 0)
        rc = ana_fail(ctx, ANA_EPLUGIN, "%s: %d %s", options->path, failed,
                      failed == 1 ? "rule fails" : "rules fail");
    return rc;
}

int ana_untried(struct ana_check *check, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(check->note, sizeof check->note, fmt, args);
    va_end(args);
    return ANA_UNTRIED;
}

void ana_found(struct ana_check *check, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(check->note, sizeof check->note, fmt, args);
    va_end(args);
}

int ana_check_load(struct ana_check *check)
{
    int rc = ana_plugin_load_begin(check->ctx);

    if (rc == 0)
        rc = ana_plugin_load(check->ctx, check->options.path, &check->plugin);
    return rc;
}

static const char *given(const char *argument)
{
    return *argument ? argument : NULL;
}

int ana_check_serve(struct ana_ctx *ctx, int argc, char **argv)
{
    struct ana_check check = {.ctx = ctx};
    const struct ana_rule *rule = NULL;
    int rc;

    if (argc < 8)
        return ana_fail(ctx, ANA_EPARAM, "the worker's job `check` has 8 arguments");
    for (int64_t i = 0; i < ana_n_rules; i++)
        if (strcmp(ana_rules[i].id, argv[0]) == 0)
            rule = ana_rules + i;
    if (!rule)
        return ana_fail(ctx, ANA_EPARAM, "there is no rule '%s'", argv[0]);
    check.folder = argv[1];
    check.options = (struct ana_check_options){.path = argv[2],
                                               .file = given(argv[3]),
                                               .variable = given(argv[4]),
                                               .rate = strtod(argv[5], NULL),
                                               .checkpoint = given(argv[6]),
                                               .stimulus = given(argv[7]),
                                               .n_settings = (argc - 8) / 2};
    check.options.settings = (const char *const *)(argv + 8);
    rc = rule->test(&check);
    if (rc == 0)
        ana_process_report("holds %s", check.note);
    else if (rc == ANA_UNTRIED)
        ana_process_report("untried %s", check.note);
    else
        ana_process_report("fails %s", *ana_error(ctx) ? ana_error(ctx)
                                                       : "it failed without a sentence");
    return 0;
}
