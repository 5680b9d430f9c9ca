/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_CLI_COMMAND_H
#define ANA_CLI_COMMAND_H

#include <anaflow/base.h>

/* A subcommand and its options as data: parsing, --help, manual and completion all
 * come from these tables. */
struct ana_option {
    const char *name;     /* "output" of --output */
    char letter;          /* 'o' of -o; 0 = none */
    const char *argument; /* "DIR"; NULL = a flag */
    const char *help;     /* one line */
    int many;             /* may be given several times */
};

struct ana_arguments;

struct ana_command {
    const char *name;     /* "run", "plugin list" */
    const char *operand;  /* "FILE"; NULL = it takes none. One is needed */
    const char *second;   /* another one that is needed, behind the first; or NULL */
    const char *summary;  /* one line */
    const char *details;  /* paragraphs of --help, lines under 80 letters */
    const char *examples; /* one a line */
    const struct ana_option *options;
    int64_t n_options;
    int (*run)(struct ana_ctx *ctx, const struct ana_arguments *arguments);
};

/* What was typed behind a command's name. Strings are those of argv. */
struct ana_given {
    const struct ana_option *option;
    const char *value; /* NULL for a flag */
};

struct ana_arguments {
    const struct ana_command *command;
    const char *operand; /* NULL if there is none */
    const char *second;
    int64_t n_given;
    struct ana_given *given;
};

/* The commands, in the order in which help lists them; the options that all have. */
extern const struct ana_command *const ana_commands[];
extern const int64_t ana_n_commands;
extern const struct ana_option ana_common_options[];
extern const int64_t ana_n_common_options;

/* What the program answers to, and ends with, beside its options. */
struct ana_meaning {
    const char *name; /* "NO_COLOR", "3" */
    const char *word; /* of an exit code: "data" */
    const char *help; /* a sentence without its point */
};
extern const struct ana_meaning ana_environment[], ana_exits[];
extern const int64_t ana_n_environment, ana_n_exits;

extern const struct ana_command ana_command_run, ana_command_check, ana_command_inspect,
    ana_command_plugin_list, ana_command_plugin_info, ana_command_plugin_new,
    ana_command_plugin_check, ana_command_doctor, ana_command_new, ana_command_report,
    ana_command_simulate, ana_command_cache_ls, ana_command_cache_gc,
    ana_command_cache_verify;

/* The command that argv[1] (and argv[2]) name; the number of words taken in *words.
 * ANA_EPARAM with the nearest name. */
int ana_command_find(struct ana_ctx *ctx, int argc, char **argv,
                     const struct ana_command **out, int *words);

/* 1 if commands of two words begin with this one: "plugin", "cache". */
int ana_command_is_group(const char *word);

/* Sort argv[first] .. into options and operand. `--help` and `--version` stop the search
 * for mistakes. ANA_EPARAM with the nearest option.
 * Owns: the caller frees `given` (ana_free). */
int ana_arguments_parse(struct ana_ctx *ctx, const struct ana_command *command, int argc,
                        char **argv, int first, struct ana_arguments *out);

/* The value of an option, "" for a flag that was given, NULL if it was not. */
const char *ana_arguments_value(const struct ana_arguments *arguments, const char *name);

/* Help of the program, and of one command, on standard output. */
void ana_help_program(void);
void ana_help_command(const struct ana_command *command);

#endif
