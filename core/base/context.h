/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_BASE_CONTEXT_H
#define ANA_BASE_CONTEXT_H

#include <stdio.h>

#include <anaflow/base.h>

/* The program's side of struct ana_ctx: what a run shares (log, warnings, cancel,
 * seed, workers, memory count) and what each thread has of its own (error text,
 * stack of contexts). Warnings, log and progress may come from any thread. */

struct ana_pool;
struct ana_apart;

struct ana_ctx_options {
    uint64_t seed;
    int verbose;    /* log lines go to `terminal` too */
    FILE *terminal; /* warnings and log; NULL = silent */
    int64_t memory; /* bytes that ana_alloc may have in use; 0 = no limit */
};

struct ana_warning {
    const char *text; /* with its contexts in front */
    int64_t count;
};

/* The first context of a run.
 * Owns: the caller; release with `ana_ctx_destroy`, children first. */
int ana_ctx_create(const struct ana_ctx_options *options, struct ana_ctx **out);

/* Another context on the same run, with the parent's stack of contexts copied. */
int ana_ctx_child(struct ana_ctx *parent, struct ana_ctx **out);

/* Release a context; the last one releases what the run shares. NULL is allowed. */
void ana_ctx_destroy(struct ana_ctx *ctx);

/* The status of the last failure, 0 if none; forget it. */
int ana_ctx_status(const struct ana_ctx *ctx);
void ana_ctx_clear(struct ana_ctx *ctx);

/* Take over a child's failure as it stands (no context is added). Returns its status. */
int ana_ctx_adopt(struct ana_ctx *ctx, const struct ana_ctx *child);

/* Whether log lines go to the terminal, too. */
void ana_ctx_set_verbose(struct ana_ctx *ctx, int verbose);

void ana_ctx_set_seed(struct ana_ctx *ctx, uint64_t seed);
uint64_t ana_ctx_seed(const struct ana_ctx *ctx);

/* Also write log and warnings to this file (run.log); NULL = stop. Not owned. */
void ana_ctx_set_log(struct ana_ctx *ctx, FILE *file);

/* Write the lines of before there was a log, such as of recordings that were opened, and
 * forget them. */
void ana_ctx_tell_early(struct ana_ctx *ctx, FILE *file);

/* The pool that `ana_parallel_for` uses; NULL = the caller's thread. Not owned. */
void ana_ctx_set_pool(struct ana_ctx *ctx, struct ana_pool *pool);
struct ana_pool *ana_ctx_pool(const struct ana_ctx *ctx);

/* Who works with readers that are kept apart (plugin/apart.h); NULL = they work here. Not
 * owned. */
void ana_ctx_set_apart(struct ana_ctx *ctx, struct ana_apart *apart);
struct ana_apart *ana_ctx_apart(const struct ana_ctx *ctx);

/* The files that `ana_writer_close` leaves to come into place together (base/file_set.h);
 * NULL = each by itself. Not owned. */
struct ana_file_set;
void ana_ctx_set_files(struct ana_ctx *ctx, struct ana_file_set *set);
struct ana_file_set *ana_ctx_files(const struct ana_ctx *ctx);

/* Where `ana_scratch` makes files: the run's cache folder; copied. */
void ana_ctx_set_scratch(struct ana_ctx *ctx, const char *folder);

/* The cache that `ana_blocks_open` looks into (data/blocks.h); NULL = none. Not owned. */
struct ana_keeper;
void ana_ctx_set_keeper(struct ana_ctx *ctx, const struct ana_keeper *keeper);
const struct ana_keeper *ana_ctx_keeper(const struct ana_ctx *ctx);

/* Ask the run to stop. Safe in a signal handler. */
void ana_ctx_cancel(struct ana_ctx *ctx);

/* Ask the run to stop once the task at hand is finished, and whether that was asked. Safe
 * in a signal handler. */
void ana_ctx_stop(struct ana_ctx *ctx);
int ana_ctx_stopping(const struct ana_ctx *ctx);

/* What the run has warned of so far, in order of first mention. Owns: the run. */
int64_t ana_ctx_warnings(struct ana_ctx *ctx, const struct ana_warning **out);

/* Warn `count` times with a text that has its contexts already: what an earlier run or
 * another process was warned of. */
void ana_warn_again(struct ana_ctx *ctx, const char *text, int64_t count);

/* The context's last sentence tells of a kept file that cannot be believed: warn of it, and
 * that it is removed and computed again, and go on without an error. */
void ana_warn_removed(struct ana_ctx *ctx);

/* `ana_alloc` without zeroing, for what is written before it is read: on blocks of
 * megabytes that are had again and again, clearing takes percents. Release with
 * `ana_free`. */
void *ana_alloc_unset(struct ana_ctx *ctx, int64_t count, size_t size);

/* Around a loop: large blocks that its items free are left to those that follow and take
 * about as much, as far as the run held so much already, since fresh pages cost more than
 * most of what is done in them. Where the outermost loop ends they go back to the system.
 * Plans: it will hold so many bytes anyway, with all that is in use. */
void ana_ctx_loop_begins(struct ana_ctx *ctx);
void ana_ctx_loop_plans(struct ana_ctx *ctx, int64_t bytes);
void ana_ctx_loop_ends(struct ana_ctx *ctx);

/* Give freed memory back to the system: between two kinds of work, whose blocks differ in
 * size, it would stay and come on top. Takes a millisecond. Threads: any. */
void ana_give_back(void);

/* Bytes that ana_alloc and the tensors have in use, and the most so far. */
int64_t ana_ctx_memory(const struct ana_ctx *ctx, int64_t *peak);

/* Forget the peak: what is in use now is the most so far. */
void ana_ctx_forget_peak(struct ana_ctx *ctx);

/* Bytes that ana_alloc may have in use from here on; 0 = no limit. */
void ana_ctx_limit_memory(struct ana_ctx *ctx, int64_t bytes);

/* Bytes that ana_alloc may still have; 0 = no limit. */
int64_t ana_ctx_room(const struct ana_ctx *ctx);

/* Count bytes that a helper holds for this run, or (less than 0) has given back, as if they
 * were allocated here. */
void ana_ctx_charge(struct ana_ctx *ctx, int64_t bytes);

/* Floating-point operations of the run so far: those of core/linalg and of transforms, by
 * the formulas of <anaflow/linalg.h>, and what models say of themselves. Whole numbers, so
 * that the sum is the same in any order. Threads: any. */
void ana_ctx_count_flops(struct ana_ctx *ctx, double flops);
double ana_ctx_flops(const struct ana_ctx *ctx);

/* Count nothing on this context and its children: what runs gives its own account. */
void ana_ctx_mute_flops(struct ana_ctx *ctx, int mute);

/* Who hears of each context that is pushed and (text = NULL) popped, and of the steps of
 * `ana_ctx_step`, which stand in no error: `id` tells the contexts of threads apart,
 * `depth` is the number of those around it. Called in the thread that works. */
void ana_ctx_set_steps(struct ana_ctx *ctx,
                       void (*hear)(void *arg, const void *id, int depth,
                                    const char *text),
                       void *arg);
void ana_ctx_step(struct ana_ctx *ctx, const char *fmt, ...) ANA_PRINTF(2, 3);

/* For tests of what happens without memory: how often memory was asked for so far, and
 * that the n-th time from here on there is none (0 = always some). */
int64_t ana_ctx_allocations(const struct ana_ctx *ctx);
void ana_ctx_fail_allocation(struct ana_ctx *ctx, int64_t n);

/* Who hears of `ana_progress`; NULL = nobody. */
void ana_ctx_set_progress(struct ana_ctx *ctx,
                          void (*hear)(void *arg, int64_t done, int64_t total),
                          void *arg);

/* Who hears of every file that is opened to be read (base/seen.h); NULL = nobody. `saw`
 * is called with the run's lock held. */
void ana_ctx_watch(struct ana_ctx *ctx, void (*saw)(void *arg, const char *path),
                   void *arg);
void ana_ctx_saw(struct ana_ctx *ctx, const char *path);

/* The program's exit code for a status (design.md §5). */
int ana_exit_code(int status);

/* Mark the thread as a worker, whose parallel loops run in place. */
void ana_ctx_set_nested(struct ana_ctx *ctx, int nested);
int ana_ctx_nested(const struct ana_ctx *ctx);

#endif
