/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_LINALG_POOL_H
#define ANA_LINALG_POOL_H

#include <anaflow/base.h>

/* A fixed set of worker threads, each with one BLAS thread (OpenBLAS is set to one
 * thread a call when the first pool is made; ANA_ERESOURCE if it is the OpenMP build,
 * which ignores that). */
struct ana_pool;

/* n_threads >= 1, the caller's own included.
 * Owns: the caller; release with `ana_pool_destroy`. Threads: main. */
int ana_pool_create(struct ana_ctx *ctx, int64_t n_threads, struct ana_pool **out);
void ana_pool_destroy(struct ana_pool *pool);
int64_t ana_pool_threads(const struct ana_pool *pool);

/* What `ana_parallel_for` does on a context that has a pool. */
int ana_pool_for(struct ana_ctx *ctx, struct ana_pool *pool, int64_t n,
                 int (*work)(struct ana_ctx *ctx, void *arg, int64_t i), void *arg);

/* ana_parallel_for with at most `at_once` >= 1 calls under way: where each holds much. */
int ana_parallel_few(struct ana_ctx *ctx, int64_t n, int64_t at_once,
                     int (*work)(struct ana_ctx *ctx, void *arg, int64_t i), void *arg);

/* Name of the BLAS and of its kernel ("OpenBLAS 0.3.21, Haswell"), for doctor, lock. */
const char *ana_blas_name(void);
/* 1 if OpenBLAS obeys openblas_set_num_threads, after setting it to 1. */
int ana_blas_single_thread(void);

#endif
