/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `anaflow plugin check FILE.so`: the conformance test, a line a rule.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "check/check.h"
#include "cli/command.h"
#include "cli/terminal.h"

enum { MOST_SETTINGS = 20 };

static const char *outcome_name(int outcome)
{
    return outcome == ANA_RULE_HOLDS   ? "holds"
           : outcome == ANA_RULE_FAILS ? "FAILS"
                                       : "untried";
}

static void print_verdict(void *arg, const struct ana_verdict *v)
{
    const int fails = v->outcome == ANA_RULE_FAILS;

    (void)arg;
    printf("%s%-7s%s %-10s %s", fails ? ana_terminal_red(stdout) : "",
           outcome_name(v->outcome), fails ? ana_terminal_plain(stdout) : "", v->rule,
           v->claim);
    if (fails)
        printf("\n                   %s", v->sentence);
    else if (*v->sentence)
        printf(" (%s)", v->sentence);
    putchar('\n');
    fflush(stdout);
}

static void keep_verdict(void *arg, const struct ana_verdict *v)
{
    json_array_append_new(arg, json_pack("{s:s, s:s, s:s, s:s}", "rule", v->rule, "claim",
                                         v->claim, "outcome", outcome_name(v->outcome),
                                         "sentence", v->sentence));
}

/* --set KEY=VALUE, split at the first '='. Owns: the caller frees list[0], then list. */
static int read_settings(struct ana_ctx *ctx, const struct ana_arguments *arguments,
                         struct ana_check_options *options, char *copy[],
                         const char *list[])
{
    for (int64_t i = 0; i < arguments->n_given; i++) {
        char *equals;

        if (strcmp(arguments->given[i].option->name, "set") != 0)
            continue;
        if (options->n_settings == MOST_SETTINGS)
            return ana_fail(ctx, ANA_EPARAM, "more than %d settings", MOST_SETTINGS);
        copy[options->n_settings] = ana_strdup(ctx, arguments->given[i].value);
        if (!copy[options->n_settings])
            return ANA_ERESOURCE;
        equals = strchr(copy[options->n_settings], '=');
        list[2 * options->n_settings] = copy[options->n_settings];
        list[2 * options->n_settings + 1] = equals ? equals + 1 : "";
        options->n_settings++;
        if (!equals)
            return ana_fail(ctx, ANA_EPARAM, "--set is '%s', expected KEY=VALUE",
                            arguments->given[i].value);
        *equals = 0;
    }
    return 0;
}

static int check_json(struct ana_ctx *ctx, const struct ana_check_options *options)
{
    json_t *verdicts = json_array();
    int rc = ana_check_plugin(ctx, options, keep_verdict, verdicts);
    json_t *root = json_pack("{s:s, s:b, s:o}", "file", options->path, "passes", rc == 0,
                             "rules", verdicts);
    char *text = root ? json_dumps(root, JSON_INDENT(1)) : NULL;

    if (text)
        puts(text);
    else
        rc = ana_fail(ctx, ANA_ERESOURCE, "no memory for the verdicts");
    free(text);
    json_decref(root);
    return rc;
}

static int check(struct ana_ctx *ctx, const struct ana_arguments *arguments)
{
    const char *list[2 * MOST_SETTINGS + 1] = {NULL};
    char *copy[MOST_SETTINGS] = {NULL};
    struct ana_check_options options = {
        .path = arguments->operand,
        .settings = list,
        .file = ana_arguments_value(arguments, "file"),
        .variable = ana_arguments_value(arguments, "variable"),
        .checkpoint = ana_arguments_value(arguments, "checkpoint"),
        .stimulus = ana_arguments_value(arguments, "stimulus")};
    const char *rate = ana_arguments_value(arguments, "rate");
    char here[4096];
    int rc = read_settings(ctx, arguments, &options, copy, list);

    /* The loader looks for a name without '/' in its own folders. */
    if (!strchr(options.path, '/') &&
        snprintf(here, sizeof here, "./%s", options.path) < (int)sizeof here)
        options.path = here;
    if (rc == 0 && access(options.path, R_OK) != 0)
        rc = ana_fail(ctx, ANA_EDATA, "%s: cannot be read: %s; build the plugin first",
                      options.path, strerror(errno));

    if (rc == 0 && rate &&
        (!ana_text_to_double(rate, &options.rate) || options.rate <= 0))
        rc = ana_fail(ctx, ANA_EPARAM, "--rate is '%s', expected a number of Hz", rate);

    /* What malloc keeps in each thread's cache looks like a leak where rounds are few; the
     * helpers do without. */
    setenv("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0", 0);
    if (rc == 0 && ana_arguments_value(arguments, "json"))
        rc = check_json(ctx, &options);
    else if (rc == 0)
        rc = ana_check_plugin(ctx, &options, print_verdict, NULL);
    for (int i = 0; i < MOST_SETTINGS; i++)
        ana_free(ctx, copy[i]);
    return rc;
}

static const struct ana_option options[] = {
    {"set", 0, "KEY=VALUE", "give one of its parameters", 1},
    {"file", 0, "FILE",
     "what a reader is to read; default: tables and arrays made for it", 0},
    {"variable", 0, "NAME", "which variable of that file", 0},
    {"rate", 0, "HZ", "the rate of its samples, where the file does not say", 0},
    {"checkpoint", 0, "PATH", "the checkpoint of a model; default: none, then `random`",
     0},
    {"stimulus", 0, "ID", "the stimulus that a model is shown; default: test", 0},
    {"json", 0, NULL, "print the verdicts as JSON", 0},
};

const struct ana_command ana_command_plugin_check = {
    .name = "plugin check",
    .operand = "FILE.so",
    .summary = "test that a plugin keeps the rules of the interface",
    .details =
        "Tries one rule after another, each in a process of its own: that the file "
        "loads,\n"
        "what it declares and exports, good and hostile input, memory, threads, the "
        "same\n"
        "bits again, and what its flags promise. A line a rule; where one fails, why.\n"
        "A rule that cannot be tried says so and fails nothing.",
    .examples = "  anaflow plugin check cosine.so\n"
                "  anaflow plugin check my-reader/my-reader.so --file recording.dat",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .run = check,
};
