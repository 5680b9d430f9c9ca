/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_BASE_PROCESS_H
#define ANA_BASE_PROCESS_H

#include <stdio.h>

#include <anaflow/base.h>

/* Helpers: this program, started again as `anaflow worker ...`, for work that may crash,
 * hang or exit. A helper reports in lines on descriptor ANA_REPORT_FD; what it prints
 * beside that is kept for messages. Faults are contained, nothing is secured. */

#define ANA_REPORT_FD 3

struct ana_process;

#define ANA_PROCESS_EXITED 1   /* by itself: `number` is its exit code */
#define ANA_PROCESS_KILLED 2   /* by the signal `number` */
#define ANA_PROCESS_TOO_SLOW 3 /* said nothing for `seconds` and was killed */

/* How a helper ended. */
struct ana_process_end {
    int how, number;
    int by_us; /* killed here, after it had stopped to report and did not end */
    double seconds;
    char printed[512]; /* the last that it printed, one line of it; "" = nothing */
};

/* Start a helper: `anaflow worker ARGUMENTS`. It dies with the thread that started it.
 *
 * arguments  behind `worker`, NULL at the end
 * talk       1 = `ana_process_send` will be used; else its standard input is empty
 *
 * Owns:   the caller; release with `ana_process_finish`.
 * Errors: ANA_ERESOURCE where the program is not found or not started. */
int ana_process_start(struct ana_ctx *ctx, const char *const *arguments, int talk,
                      struct ana_process **out);

/* Write one line to its standard input; a helper that is gone is noticed by the next
 * `ana_process_line`. */
void ana_process_send(struct ana_process *process, const char *fmt, ...) ANA_PRINTF(2, 3);

/* Write bytes to its standard input, all of them; as `ana_process_send` of one that is
 * gone. It must be reading. */
void ana_process_write(struct ana_process *process, const void *bytes, int64_t n);

/* The next line of its report, without the newline; NULL = it has ended, or has said
 * nothing for `seconds` (0 = for ever) and was killed.
 *
 * Owns:   the process; valid until the next call.
 * Errors: ANA_ECANCEL (it is killed), ANA_ERESOURCE. */
int ana_process_line(struct ana_ctx *ctx, struct ana_process *process, double seconds,
                     const char **line);

/* The next n bytes of its report, which an earlier line of it announced; *got is 0 where
 * it ended before, or said nothing for `seconds`. Errors: as `ana_process_line`. */
int ana_process_bytes(struct ana_ctx *ctx, struct ana_process *process, double seconds,
                      void *bytes, int64_t n, int *got);

/* Wait for its end (killing it if it is not at one), say how it was, release it.
 * `end` may be NULL; so may the process. */
void ana_process_finish(struct ana_ctx *ctx, struct ana_process *process,
                        struct ana_process_end *end);

/* "it crashed (SIGSEGV: Segmentation fault)", "it called exit(3)", "it did not come back
 * within 5 s": how a helper ended that should have gone on. */
void ana_process_describe(const struct ana_process_end *end, char *text, size_t room);

/* The helper's side, once at its start: no core dumps, death with its parent, and a bound
 * on memory (bytes of address space; 0 = none). */
void ana_process_behave(int64_t memory);

/* The helper's side: write one line to the report; newlines in it become blanks. */
void ana_process_report(const char *fmt, ...) ANA_PRINTF(1, 2);

/* The helper's side: write bytes to the report, behind a line that says how many. */
void ana_process_answer(const void *bytes, int64_t n);

/* The helper's side: a stream whose lines are lines `log TEXT` of the report. NULL = there
 * is no memory for it. Owns: the caller; fclose. */
FILE *ana_process_log(void);

#endif
