/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The context that every call is handed. Two parts: what one run shares, behind
 * a lock and counted references, and what each thread has for itself, so that
 * errors never cross threads by accident.
 */
#include "base/context.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/text.h"

enum { STACK_DEPTH = 16, CONTEXT_LENGTH = 256, ERROR_LENGTH = 4096, ALIGNMENT = 64 };

struct shared {
    atomic_int references;
    atomic_llong in_use, peak, flops;
    atomic_llong asked, refuse; /* allocations so far; the one that is to fail */
    atomic_int stopping;
    atomic_int cancelled; /* lock-free, so a signal handler may set it */
    pthread_mutex_t lock;
    uint64_t seed;
    int verbose;
    FILE *terminal, *log;
    atomic_llong limit;
    struct ana_pool *pool;
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
    struct shared *shared;
    int status, nested, mute, depth;
    char stack[STACK_DEPTH][CONTEXT_LENGTH];
    char error[ERROR_LENGTH];
};

/* In front of each block that ana_alloc gives out, so that ana_free can count. */
struct block_head {
    struct shared *shared;
    int64_t bytes;
};

int ana_ctx_create(const struct ana_ctx_options *options, struct ana_ctx **out)
{
    struct ana_ctx *ctx = calloc(1, sizeof *ctx);
    struct shared *shared = calloc(1, sizeof *shared);

    *out = NULL;
    if (!ctx || !shared || pthread_mutex_init(&shared->lock, NULL) != 0) {
        free(ctx);
        free(shared);
        return ANA_ERESOURCE;
    }
    atomic_init(&shared->references, 1);
    shared->seed = options->seed;
    shared->verbose = options->verbose;
    shared->terminal = options->terminal;
    atomic_init(&shared->limit, options->memory);
    ctx->shared = shared;
    *out = ctx;
    return 0;
}

int ana_ctx_child(struct ana_ctx *parent, struct ana_ctx **out)
{
    struct ana_ctx *ctx = calloc(1, sizeof *ctx);

    *out = ctx;
    if (!ctx)
        return ana_fail(parent, ANA_ERESOURCE, "no memory for a worker's context");
    atomic_fetch_add(&parent->shared->references, 1);
    ctx->shared = parent->shared;
    ctx->mute = parent->mute;
    ctx->depth = parent->depth;
    memcpy(ctx->stack, parent->stack, sizeof ctx->stack);
    return 0;
}

void ana_ctx_destroy(struct ana_ctx *ctx)
{
    struct shared *shared;

    if (!ctx)
        return;
    shared = ctx->shared;
    free(ctx);
    if (atomic_fetch_sub(&shared->references, 1) > 1)
        return;
    for (int64_t i = 0; i < shared->n_warnings; i++)
        free((void *)(uintptr_t)shared->warnings[i].text);
    free(shared->warnings);
    pthread_mutex_destroy(&shared->lock);
    free(shared);
}

/* "metric ridge, model coch: " in front of a sentence. */
static size_t write_contexts(const struct ana_ctx *ctx, char *out, size_t room)
{
    const int depth = ctx->depth < STACK_DEPTH ? ctx->depth : STACK_DEPTH;
    size_t n = 0;

    out[0] = 0;
    for (int i = 0; i < depth && n < room; i++) {
        int k = snprintf(out + n, room - n, "%s%s", ctx->stack[i],
                         i + 1 < depth ? ", " : ": ");
        n += k > 0 ? (size_t)k : 0;
    }
    return n < room ? n : room - 1;
}

int ana_fail(struct ana_ctx *ctx, int status, const char *fmt, ...)
{
    size_t n = write_contexts(ctx, ctx->error, sizeof ctx->error);
    va_list args;

    va_start(args, fmt);
    vsnprintf(ctx->error + n, sizeof ctx->error - n, fmt, args);
    va_end(args);
    ctx->status = status;
    return status;
}

const char *ana_error(const struct ana_ctx *ctx)
{
    return ctx->error;
}

int ana_ctx_status(const struct ana_ctx *ctx)
{
    return ctx->status;
}

void ana_ctx_clear(struct ana_ctx *ctx)
{
    ctx->status = 0;
    ctx->error[0] = 0;
}

int ana_ctx_adopt(struct ana_ctx *ctx, const struct ana_ctx *child)
{
    ctx->status = child->status;
    memcpy(ctx->error, child->error, sizeof ctx->error);
    return ctx->status;
}

void ana_context_push(struct ana_ctx *ctx, const char *fmt, ...)
{
    va_list args;

    if (ctx->depth < STACK_DEPTH) {
        va_start(args, fmt);
        vsnprintf(ctx->stack[ctx->depth], CONTEXT_LENGTH, fmt, args);
        va_end(args);
        if (ctx->shared->steps)
            ctx->shared->steps(ctx->shared->steps_arg, ctx, ctx->depth,
                               ctx->stack[ctx->depth]);
    }
    ctx->depth++;
}

void ana_context_pop(struct ana_ctx *ctx)
{
    if (ctx->depth > 0)
        ctx->depth--;
    if (ctx->shared->steps)
        ctx->shared->steps(ctx->shared->steps_arg, ctx, ctx->depth, NULL);
}

void ana_ctx_set_steps(struct ana_ctx *ctx,
                       void (*hear)(void *arg, const void *id, int depth,
                                    const char *text),
                       void *arg)
{
    ctx->shared->steps_arg = arg;
    ctx->shared->steps = hear;
}

void ana_ctx_step(struct ana_ctx *ctx, const char *fmt, ...)
{
    char text[CONTEXT_LENGTH];
    va_list args;

    if (!ctx->shared->steps)
        return;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    ctx->shared->steps(ctx->shared->steps_arg, ctx, ctx->depth, text);
}

static void write_line(struct shared *shared, FILE *file, const char *mark,
                       const char *text)
{
    (void)shared;
    if (file) {
        fprintf(file, "%s%s\n", mark, text);
        fflush(file);
    }
}

void ana_log(struct ana_ctx *ctx, const char *fmt, ...)
{
    struct shared *shared = ctx->shared;
    char text[ERROR_LENGTH];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    pthread_mutex_lock(&shared->lock);
    write_line(shared, shared->log, "", text);
    if (shared->verbose)
        write_line(shared, shared->terminal, "", text);
    pthread_mutex_unlock(&shared->lock);
}

/* Keep a warning once; 1 if it is new. Called with the lock held. */
static int keep_warning(struct shared *shared, const char *text)
{
    struct ana_warning *grown;

    for (int64_t i = 0; i < shared->n_warnings; i++) {
        if (strcmp(shared->warnings[i].text, text) == 0) {
            shared->warnings[i].count++;
            return 0;
        }
    }
    if (shared->n_warnings == shared->room) {
        int64_t room = shared->room ? 2 * shared->room : 16;

        grown = realloc(shared->warnings, (size_t)room * sizeof *grown);
        if (!grown)
            return 1;
        shared->warnings = grown;
        shared->room = room;
    }
    shared->warnings[shared->n_warnings].text = strdup(text);
    if (!shared->warnings[shared->n_warnings].text)
        return 1;
    shared->warnings[shared->n_warnings++].count = 1;
    return 1;
}

void ana_warn(struct ana_ctx *ctx, const char *fmt, ...)
{
    struct shared *shared = ctx->shared;
    char text[ERROR_LENGTH];
    size_t n = write_contexts(ctx, text, sizeof text);
    va_list args;

    va_start(args, fmt);
    vsnprintf(text + n, sizeof text - n, fmt, args);
    va_end(args);
    pthread_mutex_lock(&shared->lock);
    if (keep_warning(shared, text)) {
        write_line(shared, shared->log, "warning: ", text);
        write_line(shared, shared->terminal, "warning: ", text);
    }
    pthread_mutex_unlock(&shared->lock);
}

void ana_warn_again(struct ana_ctx *ctx, const char *text, int64_t count)
{
    struct shared *shared = ctx->shared;

    pthread_mutex_lock(&shared->lock);
    for (int64_t i = 0; i < count; i++)
        if (keep_warning(shared, text)) {
            write_line(shared, shared->log, "warning: ", text);
            write_line(shared, shared->terminal, "warning: ", text);
        }
    pthread_mutex_unlock(&shared->lock);
}

int64_t ana_ctx_warnings(struct ana_ctx *ctx, const struct ana_warning **out)
{
    *out = ctx->shared->warnings;
    return ctx->shared->n_warnings;
}

void ana_progress(struct ana_ctx *ctx, int64_t done, int64_t total)
{
    struct shared *shared = ctx->shared;

    pthread_mutex_lock(&shared->lock);
    if (shared->hear)
        shared->hear(shared->hear_arg, done, total);
    pthread_mutex_unlock(&shared->lock);
}

void ana_ctx_set_progress(struct ana_ctx *ctx,
                          void (*hear)(void *arg, int64_t done, int64_t total), void *arg)
{
    pthread_mutex_lock(&ctx->shared->lock);
    ctx->shared->hear = hear;
    ctx->shared->hear_arg = arg;
    pthread_mutex_unlock(&ctx->shared->lock);
}

void ana_ctx_watch(struct ana_ctx *ctx, void (*saw)(void *arg, const char *path),
                   void *arg)
{
    pthread_mutex_lock(&ctx->shared->lock);
    ctx->shared->saw = saw;
    ctx->shared->saw_arg = arg;
    pthread_mutex_unlock(&ctx->shared->lock);
}

void ana_ctx_saw(struct ana_ctx *ctx, const char *path)
{
    struct shared *shared = ctx->shared;

    pthread_mutex_lock(&shared->lock);
    if (shared->saw)
        shared->saw(shared->saw_arg, path);
    pthread_mutex_unlock(&shared->lock);
}

int ana_cancelled(const struct ana_ctx *ctx)
{
    return atomic_load(&ctx->shared->cancelled) != 0;
}

void ana_ctx_stop(struct ana_ctx *ctx)
{
    atomic_store(&ctx->shared->stopping, 1);
}

int ana_ctx_stopping(const struct ana_ctx *ctx)
{
    return atomic_load(&ctx->shared->stopping) != 0;
}

void ana_ctx_cancel(struct ana_ctx *ctx)
{
    atomic_store(&ctx->shared->cancelled, 1);
}

void ana_ctx_set_verbose(struct ana_ctx *ctx, int verbose)
{
    pthread_mutex_lock(&ctx->shared->lock);
    ctx->shared->verbose = verbose;
    pthread_mutex_unlock(&ctx->shared->lock);
}

void ana_ctx_set_seed(struct ana_ctx *ctx, uint64_t seed)
{
    ctx->shared->seed = seed;
}

uint64_t ana_ctx_seed(const struct ana_ctx *ctx)
{
    return ctx->shared->seed;
}

void ana_ctx_set_log(struct ana_ctx *ctx, FILE *file)
{
    pthread_mutex_lock(&ctx->shared->lock);
    ctx->shared->log = file;
    pthread_mutex_unlock(&ctx->shared->lock);
}

void ana_ctx_set_pool(struct ana_ctx *ctx, struct ana_pool *pool)
{
    ctx->shared->pool = pool;
}

struct ana_pool *ana_ctx_pool(const struct ana_ctx *ctx)
{
    return ctx->shared->pool;
}

void ana_ctx_set_nested(struct ana_ctx *ctx, int nested)
{
    ctx->nested = nested;
}

int ana_ctx_nested(const struct ana_ctx *ctx)
{
    return ctx->nested;
}

int64_t ana_ctx_memory(const struct ana_ctx *ctx, int64_t *peak)
{
    if (peak)
        *peak = atomic_load(&ctx->shared->peak);
    return atomic_load(&ctx->shared->in_use);
}

void ana_ctx_forget_peak(struct ana_ctx *ctx)
{
    atomic_store(&ctx->shared->peak, atomic_load(&ctx->shared->in_use));
}

void ana_ctx_limit_memory(struct ana_ctx *ctx, int64_t bytes)
{
    atomic_store(&ctx->shared->limit, bytes);
}

void ana_ctx_count_flops(struct ana_ctx *ctx, double flops)
{
    if (!ctx->mute && flops > 0 && flops < 9e18)
        atomic_fetch_add_explicit(&ctx->shared->flops, (long long)flops,
                                  memory_order_relaxed);
}

double ana_ctx_flops(const struct ana_ctx *ctx)
{
    return (double)atomic_load(&ctx->shared->flops);
}

void ana_ctx_mute_flops(struct ana_ctx *ctx, int mute)
{
    ctx->mute = mute;
}

int64_t ana_ctx_allocations(const struct ana_ctx *ctx)
{
    return atomic_load(&ctx->shared->asked);
}

void ana_ctx_fail_allocation(struct ana_ctx *ctx, int64_t n)
{
    atomic_store(&ctx->shared->refuse, n > 0 ? atomic_load(&ctx->shared->asked) + n : 0);
}

static void count_bytes(struct shared *shared, int64_t bytes)
{
    long long now = atomic_fetch_add(&shared->in_use, bytes) + bytes;
    long long peak = atomic_load(&shared->peak);

    while (now > peak && !atomic_compare_exchange_weak(&shared->peak, &peak, now))
        ;
}

void *ana_alloc(struct ana_ctx *ctx, int64_t count, size_t size)
{
    struct shared *shared = ctx->shared;
    struct block_head *head;
    int64_t bytes, total, limit;
    char *block, more[32], most[32];

    if (!ana_mul_ok(count, (int64_t)size, &bytes) ||
        !ana_add_ok(bytes, 2 * ALIGNMENT, &total)) {
        ana_fail(ctx, ANA_ERESOURCE, "%lld items of %zu bytes do not fit in memory",
                 (long long)count, size);
        return NULL;
    }
    total -= total % ALIGNMENT;
    limit = atomic_load(&shared->limit);
    if (limit > 0 && atomic_load(&shared->in_use) + total > limit) {
        ana_fail(ctx, ANA_ERESOURCE,
                 "%s more would pass the limit of %s; raise `memory` in [study]",
                 ana_text_bytes(bytes, more), ana_text_bytes(limit, most));
        return NULL;
    }
    block = NULL;
    if (atomic_fetch_add(&shared->asked, 1) + 1 != atomic_load(&shared->refuse))
        block = aligned_alloc(ALIGNMENT, (size_t)total);
    if (!block) {
        ana_fail(ctx, ANA_ERESOURCE, "the system has no %s of memory to give",
                 ana_text_bytes(bytes, more));
        return NULL;
    }
    memset(block, 0, (size_t)total);
    head = (struct block_head *)(void *)block;
    head->shared = shared;
    head->bytes = total;
    count_bytes(shared, total);
    return block + ALIGNMENT;
}

void ana_free(struct ana_ctx *ctx, void *memory)
{
    struct block_head *head;

    (void)ctx;
    if (!memory)
        return;
    head = (struct block_head *)(void *)((char *)memory - ALIGNMENT);
    atomic_fetch_sub(&head->shared->in_use, head->bytes);
    free(head);
}

char *ana_strdup(struct ana_ctx *ctx, const char *text)
{
    const size_t n = strlen(text) + 1;
    char *copy = ana_alloc(ctx, (int64_t)n, 1);

    if (copy)
        memcpy(copy, text, n);
    return copy;
}

int ana_exit_code(int status)
{
    switch (status) {
    case ANA_OK:
        return 0;
    case ANA_EPARAM:
        return 2;
    case ANA_EDATA:
        return 3;
    case ANA_EPLUGIN:
        return 4;
    case ANA_ESHAPE:
        return 4;
    case ANA_ERESOURCE:
        return 5;
    case ANA_ENUMERIC:
        return 6;
    case ANA_ECANCEL:
        return 130;
    default:
        return 4;
    }
}
