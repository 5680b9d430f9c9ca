/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_CLI_TERMINAL_H
#define ANA_CLI_TERMINAL_H

#include <stdio.h>

#include <anaflow/base.h>

/* What a terminal gets and a file or pipe does not. */

/* 1 if the stream is a terminal that can move its cursor. */
int ana_terminal_is(FILE *stream);

/* The escapes that make text stand out and end it, "" where the stream is no terminal or
 * NO_COLOR is set (no-color.org). */
const char *ana_terminal_bold(FILE *stream);
const char *ana_terminal_red(FILE *stream);
const char *ana_terminal_plain(FILE *stream);

/* "2 h 5 min", "3 min 10 s", "8 s": two units at most. */
void ana_time_text(double seconds, char *out, size_t room);

/* Progress on standard error: one line that is rewritten on a terminal, with the time
 * left; elsewhere a plain line at every tenth. Begin before the work, end after it. */
struct ana_progress {
    int on_terminal;
    double begun, shown; /* s of the monotonic clock */
    int64_t tenth;       /* the last one that was said */
};
void ana_progress_begin(struct ana_ctx *ctx, struct ana_progress *progress);
void ana_progress_end(struct ana_ctx *ctx, struct ana_progress *progress);

#endif
