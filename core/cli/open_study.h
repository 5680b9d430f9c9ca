/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_CLI_OPEN_STUDY_H
#define ANA_CLI_OPEN_STUDY_H

#include "cli/command.h"
#include "pipeline/study.h"

/* The option of the commands that read a study. */
#define ANA_OPTION_SET                                                                   \
    {                                                                                    \
        "set", 's', "SECTION.KEY=VALUE", "change a key of the file; repeat for more", 1  \
    }

#define ANA_OPTION_ONLY                                                                  \
    {                                                                                    \
        "only", 0, "NAME", "this comparison alone; repeat for more", 1                   \
    }

/* Read the study that the operand names, with what --set changes and --only leaves of its comparisons. What is wrong inside
 * it is in its `problems`, not a failure.
 * Owns: the caller; release with `ana_study_destroy`.
 * Errors: ANA_EPARAM for a file that is no INI file or a --set that is none,
 *         or an --only that names no comparison. */
int ana_open_study(struct ana_ctx *ctx, const struct ana_registry *registry,
                   const struct ana_arguments *arguments, struct ana_study **out);

/* The study's file and each --set, for processes that open it again; NULL at the end.
 * Owns: the caller (ana_free). NULL: no memory. */
const char **ana_list_again(struct ana_ctx *ctx, const struct ana_arguments *arguments);

/* Fail with a study's problems: each is a line on standard error, the last one the
 * command's own error. 0 if there are none. */
int ana_fail_with_problems(struct ana_ctx *ctx, const struct ana_study *study);

#endif
