/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_REPORT_NAMES_H
#define ANA_REPORT_NAMES_H

#include <anaflow/base.h>

/* File names that are already taken in one folder: two comparisons whose names differ
 * only in what a file name cannot hold, or in case, still get two files. Start with {0}. */
struct ana_names {
    int64_t n, room;
    char **taken;
};

/* `wanted`, or wanted_2, wanted_3 ... The same calls in the same order give the same
 * names. NULL if there is no memory. Owns: the names. */
const char *ana_names_take(struct ana_ctx *ctx, struct ana_names *names,
                           const char *wanted);
void ana_names_finish(struct ana_ctx *ctx, struct ana_names *names);

#endif
