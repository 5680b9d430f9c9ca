/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANAFLOW_BASE_H
#define ANAFLOW_BASE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Exported from the library; checked like printf. Since: ABI 0.1. */
#define ANA_API __attribute__((visibility("default")))
#define ANA_PRINTF(f, a) __attribute__((format(printf, f, a)))

/* What a function returns: 0, or one of these. Each has one exit code of the
 * program (`ana_exit_code`). Since: ABI 0.1. */
#define ANA_OK 0
#define ANA_EPARAM (-2)    /* configuration: a key, a value, an option; exit 2 */
#define ANA_EDATA (-3)     /* a file or its content; exit 3 */
#define ANA_EPLUGIN (-4)   /* a plugin that cannot be loaded or broke a promise; exit 4 */
#define ANA_ERESOURCE (-5) /* memory, disk, permission; exit 5 */
#define ANA_ENUMERIC (-6) /* a number that is not finite, a solver that gave up; exit 6 */
#define ANA_ESHAPE (-7)   /* a tensor of another shape or type than promised; exit 4 */
#define ANA_ECANCEL (-130) /* the run was interrupted; exit 130 */

/* What each call is handed: log, progress, cancel, memory, error text, workers
 * and random numbers. Opaque. One thread uses a context at a time; a parallel
 * loop hands each of its threads one of its own. Since: ABI 0.1. */
struct ana_ctx;

/* Record why a call fails, behind the contexts now stacked, and return `status`.
 *
 * The sentence says what, where (file, line, byte), what was expected and what
 * to do. A second failure on the same context replaces the first.
 *
 * Owns:    copies the text.
 * Errors:  returns `status` unchanged.
 * Threads: the context's own.
 * Since:   ABI 0.1 */
ANA_API int ana_fail(struct ana_ctx *ctx, int status, const char *fmt, ...)
    ANA_PRINTF(3, 4);

/* The sentence of the last failure, or "" if there was none.
 *
 * Owns:    the context; valid until the next failure on it.
 * Threads: the context's own.
 * Since:   ABI 0.1 */
ANA_API const char *ana_error(const struct ana_ctx *ctx);

/* Say what is being worked on ("metric ridge"), for every error and warning
 * until the matching `ana_context_pop`. At most 16 deep; deeper ones are dropped.
 *
 * Owns:    copies the text.
 * Threads: the context's own.
 * Since:   ABI 0.1 */
ANA_API void ana_context_push(struct ana_ctx *ctx, const char *fmt, ...) ANA_PRINTF(2, 3);
ANA_API void ana_context_pop(struct ana_ctx *ctx);

/* Write one line to the run's log; shown on the terminal with --verbose.
 *
 * Threads: the context's own.
 * Since:   ABI 0.1 */
ANA_API void ana_log(struct ana_ctx *ctx, const char *fmt, ...) ANA_PRINTF(2, 3);

/* Warn of something that the reader of the report must know. The same sentence
 * twice is kept once and counted.
 *
 * Threads: the context's own.
 * Since:   ABI 0.1 */
ANA_API void ana_warn(struct ana_ctx *ctx, const char *fmt, ...) ANA_PRINTF(2, 3);

/* Say how far this call is: `done` of `total` units of its own choosing.
 *
 * Threads: the context's own.
 * Since:   ABI 0.1 */
ANA_API void ana_progress(struct ana_ctx *ctx, int64_t done, int64_t total);

/* Whether the run is being stopped: 1 = return ANA_ECANCEL soon.
 *
 * Threads: any.
 * Since:   ABI 0.1 */
ANA_API int ana_cancelled(const struct ana_ctx *ctx);

/* `count` zeroed items of `size` bytes, aligned to 64 bytes; NULL if there is
 * no memory, the product overflows or count is negative (the error is recorded
 * as ANA_ERESOURCE). A count of 0 gives a pointer that may be freed.
 *
 * Owns:    the caller; free with `ana_free`.
 * Threads: the context's own.
 * Since:   ABI 0.1 */
ANA_API void *ana_alloc(struct ana_ctx *ctx, int64_t count, size_t size);

/* Give back what `ana_alloc` gave; NULL is allowed.
 *
 * Threads: any.
 * Since:   ABI 0.1 */
ANA_API void ana_free(struct ana_ctx *ctx, void *memory);

/* A copy of `text` from `ana_alloc`; NULL (recorded) if there is no memory.
 *
 * Owns:    the caller; free with `ana_free`.
 * Threads: the context's own.
 * Since:   ABI 0.1 */
ANA_API char *ana_strdup(struct ana_ctx *ctx, const char *text);

/* A file for what does not fit into memory, opened to read and write: it has no name,
 * lies in the run's cache folder, and ends when it is closed. `bytes` of disk are taken
 * for it at once where the file system can. A reader says in `scratch` of its description
 * what it will take.
 *
 * Owns:    the caller; close(2) it.
 * Errors:  ANA_ERESOURCE: no room, or no folder that can be written.
 * Threads: any.
 * Since:   ABI 0.1 */
ANA_API int ana_scratch(struct ana_ctx *ctx, int64_t bytes, int *fd);

/* Call `work(ctx_i, arg, i)` for i = 0 .. n-1 on the run's workers, each call
 * with a context of its own; return when all are done.
 *
 * Which thread takes which i is not fixed: to get the same bits for any number
 * of threads, write each i's result to its own place and reduce afterwards in
 * order. Nested loops run in the caller's thread.
 *
 * Errors:  the status of the lowest failing i; its sentence is in `ctx`.
 * Threads: the context's own.
 * Since:   ABI 0.1 */
ANA_API int ana_parallel_for(struct ana_ctx *ctx, int64_t n,
                             int (*work)(struct ana_ctx *ctx, void *arg, int64_t i),
                             void *arg);

/* How many calls of a parallel loop may be under way at once, >= 1: for a metric's
 * plan and for the size of batches, never for what is computed.
 *
 * Threads: any.
 * Since:   ABI 0.1 */
ANA_API int64_t ana_workers(const struct ana_ctx *ctx);

/* A stream of random numbers fixed by (the study's seed, stage, index) and by
 * nothing else: Philox 4x32-10 (Salmon et al. 2011). Since: ABI 0.1. */
struct ana_rng {
    uint64_t key;      /* from the seed and the stage */
    uint64_t index;    /* which stream of the stage */
    uint64_t counter;  /* blocks drawn so far */
    uint32_t block[4]; /* the current block */
    uint32_t used;     /* words of the block already handed out */
    uint32_t pad;
};

/* Start the stream (seed of the run, stage, index).
 *
 * Threads: the context's own.
 * Since:   ABI 0.1 */
ANA_API void ana_rng_init(const struct ana_ctx *ctx, const char *stage, int64_t index,
                          struct ana_rng *rng);

/* 64 random bits; a number in [0, 1) with 53 of them; a standard normal
 * (Box-Muller); an unbiased integer in [0, n), n >= 1.
 *
 * Threads: the stream's own.
 * Since:   ABI 0.1 */
ANA_API uint64_t ana_rng_u64(struct ana_rng *rng);
ANA_API double ana_rng_uniform(struct ana_rng *rng);
ANA_API double ana_rng_normal(struct ana_rng *rng);
ANA_API int64_t ana_rng_below(struct ana_rng *rng, int64_t n);

/* Shuffle n indices in place (Fisher-Yates, from the last down).
 *
 * Threads: the stream's own.
 * Since:   ABI 0.1 */
ANA_API void ana_rng_shuffle(struct ana_rng *rng, int64_t n, int64_t *index);

#ifdef __cplusplus
}
#endif
#endif
