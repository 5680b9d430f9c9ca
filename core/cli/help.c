/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Help, from the tables of commands and options.
 */
#include <stdio.h>
#include <string.h>

#include "base/version.h"
#include "cli/command.h"

enum { COLUMN = 30 };

static void print_option(const struct ana_option *option)
{
    char name[64];

    snprintf(name, sizeof name, "--%s%s%s", option->name, option->argument ? " " : "",
             option->argument ? option->argument : "");
    if (option->letter)
        printf("  -%c, %-*s%s\n", option->letter, COLUMN - 6, name, option->help);
    else
        printf("      %-*s%s\n", COLUMN - 6, name, option->help);
}

void ana_help_program(void)
{
    char name[64];

    printf("anaflow %s: how closely does a network's inside match a brain's?\n\n"
           "Usage: anaflow COMMAND [OPTION]... [OPERAND]\n\nCommands:\n",
           ana_version());
    for (int64_t i = 0; i < ana_n_commands; i++) {
        snprintf(name, sizeof name, "%s%s%s%s%s", ana_commands[i]->name,
                 ana_commands[i]->operand ? " " : "",
                 ana_commands[i]->operand ? ana_commands[i]->operand : "",
                 ana_commands[i]->second ? " " : "",
                 ana_commands[i]->second ? ana_commands[i]->second : "");
        printf("  %-*s%s\n", COLUMN - 2, name, ana_commands[i]->summary);
    }
    puts("\nOptions of every command:");
    for (int64_t i = 0; i < ana_n_common_options; i++)
        print_option(ana_common_options + i);
    puts("\nEnvironment:");
    for (int64_t i = 0; i < ana_n_environment; i++)
        printf("  %-*s%s\n", COLUMN - 2, ana_environment[i].name,
               ana_environment[i].help);
    printf("\nExit status:");
    for (int64_t i = 0; i < ana_n_exits; i++)
        printf("%s %s %s", i > 0 ? "," : "", ana_exits[i].name, ana_exits[i].word);
    puts(".");
}

void ana_help_command(const struct ana_command *command)
{
    printf("Usage: anaflow %s [OPTION]...%s%s%s%s\n\n%s\n\nOptions:\n", command->name,
           command->operand ? " " : "", command->operand ? command->operand : "",
           command->second ? " " : "", command->second ? command->second : "",
           command->details);
    for (int64_t i = 0; i < command->n_options; i++)
        print_option(command->options + i);
    for (int64_t i = 0; i < ana_n_common_options; i++)
        print_option(ana_common_options + i);
    if (command->examples)
        printf("\nExamples:\n%s\n", command->examples);
}
