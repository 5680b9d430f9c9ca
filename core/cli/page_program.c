/* SPDX-License-Identifier: BSD-3-Clause
 *
 * anaflow(1), from the tables that --help prints.
 */
#include "base/version.h"
#include "cli/command.h"
#include "cli/page.h"

static void put_option(FILE *out, const struct ana_option *option)
{
    fputs(".It", out);
    if (option->letter)
        fprintf(out, " Fl %c ,", option->letter);
    fprintf(out, " Fl -%s", option->name);
    if (option->argument) {
        fputs(" Ar ", out);
        ana_page_words(out, option->argument);
    }
    fputc('\n', out);
    ana_page_text(out, option->help);
    fputs(".\n", out);
}

static void put_options(FILE *out, int64_t n, const struct ana_option *options)
{
    if (n == 0)
        return;
    fputs(".Bl -tag -width Ds\n", out);
    for (int64_t i = 0; i < n; i++)
        put_option(out, &options[i]);
    fputs(".El\n", out);
}

static void put_synopsis(FILE *out, const struct ana_command *command)
{
    fprintf(out, ".Nm\n.Cm %s\n", command->name);
    for (int64_t i = 0; i < command->n_options; i++) {
        const struct ana_option *option = &command->options[i];

        fprintf(out, ".Op Fl -%s%s", option->name, option->argument ? " Ar " : "");
        if (option->argument)
            ana_page_words(out, option->argument);
        fputc('\n', out);
    }
    if (command->operand)
        fprintf(out, ".Ar %s\n", command->operand);
    if (command->second)
        fprintf(out, ".Ar %s\n", command->second);
}

static void put_command(FILE *out, const struct ana_command *command)
{
    fprintf(out, ".Ss %s\n", command->name);
    ana_page_text(out, command->details);
    put_options(out, command->n_options, command->options);
}

static void put_meanings(FILE *out, const char *title, int64_t n,
                         const struct ana_meaning *meaning)
{
    fprintf(out, ".Sh %s\n.Bl -tag -width Ds\n", title);
    for (int64_t i = 0; i < n; i++) {
        fprintf(out, ".It %s%s\n", meaning[i].word ? "" : "Ev ", meaning[i].name);
        if (meaning[i].word)
            fprintf(out, "%s:\n", meaning[i].word);
        ana_page_text(out, meaning[i].help);
    }
    fputs(".El\n", out);
}

static void put_examples(FILE *out)
{
    fputs(".Sh EXAMPLES\n.Bd -literal\n", out);
    for (int64_t i = 0; i < ana_n_commands; i++)
        for (const char *c = ana_commands[i]->examples; c && *c; c++) {
            if (c == ana_commands[i]->examples || c[-1] == '\n')
                fputs("\\&", out);
            if (*c == '\\')
                fputs("\\e", out);
            else
                fputc(*c, out);
            if (!c[1])
                fputc('\n', out);
        }
    fputs(".Ed\n", out);
}

void ana_page_program(FILE *out)
{
    fprintf(out,
            ".\\\" Written by anaflow %s, `anaflow manual anaflow`, from the tables of "
            "--help.\n"
            ".Dd November 26, 2026\n.Dt ANAFLOW 1\n.Os\n"
            ".Sh NAME\n.Nm anaflow\n"
            ".Nd compare a network's inside with a brain's\n.Sh SYNOPSIS\n",
            ana_version());
    for (int64_t i = 0; i < ana_n_commands; i++)
        put_synopsis(out, ana_commands[i]);
    fputs(".Sh DESCRIPTION\n", out);
    ana_page_text(
        out,
        "Given stimuli, models that can be shown them, and recordings of people who were "
        "shown them, anaflow scores how well every layer of a model predicts every "
        "voxel, "
        "electrode or sensor on held-out stimuli, and writes tables, figures and a page "
        "to look at. What is compared stands in an INI file.");
    fputs("See\n.Xr anaflow.ini 5 .\n.Pp\nOptions of every command:\n", out);
    put_options(out, ana_n_common_options, ana_common_options);
    fputs(".Sh COMMANDS\n", out);
    for (int64_t i = 0; i < ana_n_commands; i++)
        put_command(out, ana_commands[i]);
    put_meanings(out, "ENVIRONMENT", ana_n_environment, ana_environment);
    put_meanings(out, "EXIT STATUS", ana_n_exits, ana_exits);
    put_examples(out);
    fputs(".Sh SEE ALSO\n.Xr anaflow.ini 5\n", out);
}
