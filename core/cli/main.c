/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The program: find the command, hand it its arguments, say in one sentence why it
 * failed, and end with that failure's code. Each command is a file of this folder.
 */
#include <stdio.h>
#include <string.h>

#include "base/context.h"
#include "base/version.h"
#include "cli/command.h"
#include "cli/page.h"
#include "cli/terminal.h"
#include "cli/worker.h"
#include "plugin/apart.h"

const struct ana_command *const ana_commands[] = {
    &ana_command_run,          &ana_command_check,       &ana_command_new,
    &ana_command_report,       &ana_command_inspect,     &ana_command_simulate,
    &ana_command_plugin_list,  &ana_command_plugin_info, &ana_command_plugin_new,
    &ana_command_plugin_check, &ana_command_cache_ls,    &ana_command_cache_gc,
    &ana_command_cache_verify, &ana_command_doctor,
};
const int64_t ana_n_commands = sizeof ana_commands / sizeof *ana_commands;

const struct ana_option ana_common_options[] = {
    {"verbose", 'v', NULL, "show the log, too", 0},
    {"help", 'h', NULL, "say what a command does and takes", 0},
    {"version", 0, NULL, "print the version", 0},
};
const int64_t ana_n_common_options =
    sizeof ana_common_options / sizeof *ana_common_options;

static int run_command(struct ana_ctx *ctx, int argc, char **argv)
{
    struct ana_arguments arguments = {.given = NULL};
    const struct ana_command *command;
    int words, rc = ana_command_find(ctx, argc, argv, &command, &words);

    if (rc == 0)
        rc = ana_arguments_parse(ctx, command, argc, argv, 1 + words, &arguments);
    if (rc == 0 && ana_arguments_value(&arguments, "help")) {
        ana_help_command(command);
    } else if (rc == 0 && ana_arguments_value(&arguments, "version")) {
        printf("anaflow %s\n", ana_version());
    } else if (rc == 0) {
        ana_ctx_set_verbose(ctx, ana_arguments_value(&arguments, "verbose") != NULL);
        rc = command->run(ctx, &arguments);
    }
    ana_free(ctx, arguments.given);
    return rc;
}

/* With someone to ask for what readers of unsafe libraries say. */
static int run_command_apart(struct ana_ctx *ctx, int argc, char **argv)
{
    struct ana_apart *apart;
    int rc = ana_apart_create(ctx, &apart);

    if (rc != 0)
        return rc;
    ana_ctx_set_apart(ctx, apart);
    rc = run_command(ctx, argc, argv);
    ana_ctx_set_apart(ctx, NULL);
    ana_apart_destroy(ctx, apart);
    return rc;
}

/* What can be asked without naming a command. */
static int dispatch(struct ana_ctx *ctx, int argc, char **argv)
{
    if (argc < 2)
        return ana_fail(ctx, ANA_EPARAM,
                        "a command is missing, such as `anaflow run pipeline.ini`; "
                        "`anaflow --help` lists them");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        ana_help_program();
        return 0;
    }
    if (argc == 3 && ana_command_is_group(argv[1]) &&
        (strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0)) {
        ana_help_program();
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("anaflow %s\n", ana_version());
        return 0;
    }
    if (strcmp(argv[1], "worker") == 0)
        return ana_worker(ctx, argc - 2, argv + 2);
    if (strcmp(argv[1], "manual") == 0)
        return ana_manual(ctx, argc - 2, argv + 2);
    if (strcmp(argv[1], "complete") == 0)
        return ana_complete(ctx, argc - 2, argv + 2);
    return run_command_apart(ctx, argc, argv);
}

int main(int argc, char **argv)
{
    struct ana_ctx *ctx;
    int rc;

    if (ana_ctx_create(&(struct ana_ctx_options){.terminal = stderr}, &ctx) != 0) {
        fputs("anaflow: no memory to begin with\n", stderr);
        return ana_exit_code(ANA_ERESOURCE);
    }
    rc = dispatch(ctx, argc, argv);
    if (fflush(stdout) != 0 && rc == 0)
        rc = ana_fail(ctx, ANA_ERESOURCE, "standard output cannot be written");
    if (rc == ANA_ERESOURCE && ana_ctx_status(ctx) != rc) /* an older failure's words */
        ana_fail(ctx, rc, "the system has no memory to give");
    if (rc != 0 && *ana_error(ctx))
        fprintf(stderr, "%sanaflow:%s %s\n", ana_terminal_red(stderr),
                ana_terminal_plain(stderr), ana_error(ctx));
    ana_ctx_destroy(ctx);
    return ana_exit_code(rc);
}
