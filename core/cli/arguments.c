/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The command line against the tables. Like getopt_long (--name=value, --name value, -o
 * value, -ovalue, `--` ends the options), but the tables are the only list of options,
 * and a misspelt one is answered with the nearest.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/command.h"

enum { MOST_NAMES = 64 };

/* "list, info" where `word` is the first of commands of two words; else NULL. (free) */
static char *second_words(const char *word)
{
    const char *names[MOST_NAMES];
    const size_t n = strlen(word);
    int64_t found = 0;

    for (int64_t i = 0; i < ana_n_commands && found < MOST_NAMES; i++)
        if (strncmp(ana_commands[i]->name, word, n) == 0 &&
            ana_commands[i]->name[n] == ' ')
            names[found++] = ana_commands[i]->name + n + 1;
    return found ? ana_text_list(names, found, MOST_NAMES) : NULL;
}

int ana_command_is_group(const char *word)
{
    char *seconds = second_words(word);
    const int is = seconds != NULL;

    free(seconds);
    return is;
}

static int fail_unknown_command(struct ana_ctx *ctx, const char *word, const char *second)
{
    char first[MOST_NAMES][32];
    const char *names[MOST_NAMES], *near;
    char *seconds = second_words(word);
    int64_t n = 0;

    if (seconds) {
        ana_fail(ctx, ANA_EPARAM, "`%s`%s%s%s needs one of: %s", word,
                 second ? ", not `" : "", second ? second : "", second ? "`," : "",
                 seconds);
        free(seconds);
        return ANA_EPARAM;
    }
    for (; n < ana_n_commands && n < MOST_NAMES; n++) {
        snprintf(first[n], sizeof first[n], "%.*s",
                 (int)strcspn(ana_commands[n]->name, " "), ana_commands[n]->name);
        names[n] = first[n];
    }
    near = ana_text_nearest(word, names, n);
    return ana_fail(ctx, ANA_EPARAM,
                    "there is no command '%s'%s%s%s; `anaflow --help` lists them", word,
                    near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* Words of `name` that argv[1] ... begin with; 0 = another command. */
static int words_matched(const char *name, int argc, char **argv)
{
    const char *space = strchr(name, ' ');

    if (!space)
        return strcmp(argv[1], name) == 0;
    if (argc < 3 || strlen(argv[1]) != (size_t)(space - name) ||
        strncmp(argv[1], name, (size_t)(space - name)) != 0)
        return 0;
    return strcmp(argv[2], space + 1) == 0 ? 2 : 0;
}

int ana_command_find(struct ana_ctx *ctx, int argc, char **argv,
                     const struct ana_command **out, int *words)
{
    for (int64_t i = 0; i < ana_n_commands; i++) {
        *words = words_matched(ana_commands[i]->name, argc, argv);
        if (*words > 0) {
            *out = ana_commands[i];
            return 0;
        }
    }
    *out = NULL;
    return fail_unknown_command(ctx, argv[1], argc > 2 ? argv[2] : NULL);
}

/* The i-th option of a command, those of all commands behind its own. */
static const struct ana_option *option_at(const struct ana_command *command, int64_t i)
{
    if (i < command->n_options)
        return command->options + i;
    i -= command->n_options;
    return i < ana_n_common_options ? ana_common_options + i : NULL;
}

static int fail_unknown_option(struct ana_ctx *ctx, const struct ana_command *command,
                               const char *word)
{
    const size_t n = strcspn(word, "=");
    const char *names[MOST_NAMES], *near = NULL;
    const struct ana_option *option;
    struct ana_text name = {0};
    int64_t count = 0;
    int rc;

    while (count < MOST_NAMES && (option = option_at(command, count)))
        names[count++] = option->name;
    ana_text_write(&name, word, (int64_t)n);
    if (!name.failed && n > 2 && word[1] == '-')
        near = ana_text_nearest(name.data + 2, names, count);
    rc = ana_fail(ctx, ANA_EPARAM,
                  "`%s` has no option %.*s%s%s%s; `anaflow %s --help` lists them",
                  command->name, (int)n, word, near ? ", did you mean --" : "",
                  near ? near : "", near ? "?" : "", command->name);
    ana_text_finish(&name);
    return rc;
}

/* The option that a word like "--set=a" or "-sa" names, and the value stuck to it. */
static const struct ana_option *match(const struct ana_command *command, const char *word,
                                      const char **stuck)
{
    const struct ana_option *option;

    *stuck = NULL;
    for (int64_t i = 0; (option = option_at(command, i)); i++) {
        const size_t n = strlen(option->name);

        if (strncmp(word, "--", 2) == 0 && strncmp(word + 2, option->name, n) == 0 &&
            (word[n + 2] == 0 || word[n + 2] == '=')) {
            *stuck = word[n + 2] ? word + n + 3 : NULL;
            return option;
        }
        if (word[1] != '-' && word[1] == option->letter) {
            *stuck = word[2] ? word + 2 : NULL;
            return option;
        }
    }
    return NULL;
}

static int add_given(struct ana_ctx *ctx, struct ana_arguments *arguments,
                     const struct ana_option *option, const char *value)
{
    if (option->argument && !option->many && ana_arguments_value(arguments, option->name))
        return ana_fail(ctx, ANA_EPARAM, "--%s is given twice; once is enough",
                        option->name);
    arguments->given[arguments->n_given].option = option;
    arguments->given[arguments->n_given++].value = value;
    return 0;
}

/* One option, with its value in the next word if need be: *i moves along. */
static int take_option(struct ana_ctx *ctx, struct ana_arguments *arguments, int argc,
                       char **argv, int *i)
{
    const char *stuck;
    const struct ana_option *option = match(arguments->command, argv[*i], &stuck);

    if (!option)
        return fail_unknown_option(ctx, arguments->command, argv[*i]);
    if (!option->argument && stuck)
        return ana_fail(ctx, ANA_EPARAM, "--%s takes no value, found '%s'", option->name,
                        stuck);
    if (!option->argument)
        return add_given(ctx, arguments, option, NULL);
    if (!stuck && *i + 1 < argc)
        stuck = argv[++*i];
    if (!stuck || !*stuck)
        return ana_fail(ctx, ANA_EPARAM, "--%s needs a value: --%s %s", option->name,
                        option->name, option->argument);
    return add_given(ctx, arguments, option, stuck);
}

static int take_operand(struct ana_ctx *ctx, struct ana_arguments *arguments,
                        const char *word)
{
    const struct ana_command *command = arguments->command;

    if (!command->operand)
        return ana_fail(ctx, ANA_EPARAM, "`%s` takes nothing but options, found '%s'",
                        command->name, word);
    if (arguments->operand && command->second && !arguments->second) {
        arguments->second = word;
        return 0;
    }
    if (arguments->second)
        return ana_fail(ctx, ANA_EPARAM, "`%s` takes %s and %s, found '%s' behind '%s'",
                        command->name, command->operand, command->second, word,
                        arguments->second);
    if (arguments->operand)
        return ana_fail(ctx, ANA_EPARAM, "`%s` takes one %s, found '%s' and '%s'",
                        command->name, command->operand, arguments->operand, word);
    arguments->operand = word;
    return 0;
}

static int take_words(struct ana_ctx *ctx, struct ana_arguments *arguments, int argc,
                      char **argv, int first)
{
    int rc = 0, options = 1;

    for (int i = first; rc == 0 && i < argc; i++) {
        if (options && strcmp(argv[i], "--") == 0)
            options = 0;
        else if (options && argv[i][0] == '-' && argv[i][1])
            rc = take_option(ctx, arguments, argc, argv, &i);
        else
            rc = take_operand(ctx, arguments, argv[i]);
    }
    return rc;
}

int ana_arguments_parse(struct ana_ctx *ctx, const struct ana_command *command, int argc,
                        char **argv, int first, struct ana_arguments *out)
{
    int rc;

    *out = (struct ana_arguments){.command = command};
    out->given = ana_alloc(ctx, argc, sizeof *out->given);
    if (!out->given)
        return ANA_ERESOURCE;
    rc = take_words(ctx, out, argc, argv, first);
    if (ana_arguments_value(out, "help") || ana_arguments_value(out, "version"))
        return 0;
    if (rc == 0 &&
        ((command->operand && !out->operand) || (command->second && !out->second)))
        rc = ana_fail(ctx, ANA_EPARAM, "`%s`: the %s is missing: anaflow %s %s%s%s",
                      command->name, out->operand ? command->second : command->operand,
                      command->name, command->operand, command->second ? " " : "",
                      command->second ? command->second : "");
    return rc;
}

const char *ana_arguments_value(const struct ana_arguments *arguments, const char *name)
{
    for (int64_t i = arguments->n_given - 1; i >= 0; i--)
        if (strcmp(arguments->given[i].option->name, name) == 0)
            return arguments->given[i].value ? arguments->given[i].value : "";
    return NULL;
}
