/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_BASE_CONTEXT_PARTS_H
#define ANA_BASE_CONTEXT_PARTS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#include "base/context.h"
#include "base/text.h"

/* What a context is made of: context.c (errors and where they are), context_log.c (what a
 * run says) and memory.c (what it takes) share it, nobody else. */

enum { ANA_STACK_DEPTH = 16, ANA_CONTEXT_LENGTH = 256, ANA_ERROR_LENGTH = 4096 };
enum { ANA_SPARES = 256 };

/* In front of each block that ana_alloc gives out, so that ana_free can count. */
struct ana_block {
    struct ana_shared *shared;
    int64_t bytes; /* itself included */
    int64_t room;  /* of a large one: addresses that are its own */
};

struct ana_shared {
    atomic_int references;
    atomic_llong in_use, peak, flops;
    atomic_llong asked, refuse; /* allocations so far; the one that is to fail */
    atomic_int loops;           /* that run: large blocks are kept until they end */
    atomic_llong planned;       /* bytes that they will hold; 0 = not known */
    pthread_mutex_t spare_lock;
    atomic_llong spare_bytes; /* set behind the lock */
    int n_spares;
    struct ana_block *spare[ANA_SPARES]; /* large, the oldest first */
    atomic_int stopping;
    atomic_int cancelled; /* lock-free, so a signal handler may set it */
    pthread_mutex_t lock;
    uint64_t seed;
    int verbose;
    FILE *terminal, *log;
    struct ana_text early; /* lines of before there was a log */
    int64_t n_early_lost;  /* those that it had no room for */
    atomic_llong limit;
    struct ana_pool *pool;
    struct ana_apart *apart;
    struct ana_file_set *files;
    const struct ana_keeper *keeper;
    char *scratch; /* folder of scratch files; NULL = the system's */
    struct ana_warning *warnings;
    int64_t n_warnings, room;
    void (*hear)(void *arg, int64_t done, int64_t total);
    void *hear_arg;
    void (*saw)(void *arg, const char *path);
    void *saw_arg;
    void (*steps)(void *arg, const void *id, int depth, const char *text);
    void *steps_arg;
};

struct ana_ctx {
    struct ana_shared *shared;
    int status, nested, mute, depth;
    char stack[ANA_STACK_DEPTH][ANA_CONTEXT_LENGTH];
    char error[ANA_ERROR_LENGTH];
};

/* A large block from the system, zeroed, and back; NULL where there is none. */
struct ana_block *ana_large_map(int64_t total);
void ana_large_unmap(struct ana_block *block);

/* Keep a large block for later. Have one that was kept and is about as large, not zeroed;
 * NULL = there is none. Threads: any. */
void ana_spare_leave(struct ana_shared *shared, struct ana_block *block);
struct ana_block *ana_spare_take(struct ana_shared *shared, int64_t total);

/* Give kept blocks back to the system, oldest first, until they and what is in use are no
 * more than `most` bytes. Threads: any. */
void ana_spare_give_back(struct ana_shared *shared, int64_t most);

/* "metric ridge, model coch: " in front of a sentence; how many bytes that is. */
size_t ana_context_write(const struct ana_ctx *ctx, char *out, size_t room);

#endif
