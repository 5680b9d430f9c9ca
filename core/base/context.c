/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The context that every call is handed. Two parts: what one run shares, behind
 * a lock and counted references, and what each thread has for itself, so that
 * errors never cross threads by accident.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/context_parts.h"
#include "base/text.h"

int ana_ctx_create(const struct ana_ctx_options *options, struct ana_ctx **out)
{
    struct ana_ctx *ctx = calloc(1, sizeof *ctx);
    struct ana_shared *shared = calloc(1, sizeof *shared);

    *out = NULL;
    if (!ctx || !shared || pthread_mutex_init(&shared->lock, NULL) != 0 ||
        pthread_mutex_init(&shared->spare_lock, NULL) != 0) {
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
    struct ana_shared *shared;

    if (!ctx)
        return;
    shared = ctx->shared;
    free(ctx);
    if (atomic_fetch_sub(&shared->references, 1) > 1)
        return;
    ana_spare_give_back(shared, -1);
    for (int64_t i = 0; i < shared->n_warnings; i++)
        free((void *)(uintptr_t)shared->warnings[i].text);
    free(shared->warnings);
    ana_text_finish(&shared->early);
    free(shared->scratch);
    pthread_mutex_destroy(&shared->lock);
    pthread_mutex_destroy(&shared->spare_lock);
    free(shared);
}

size_t ana_context_write(const struct ana_ctx *ctx, char *out, size_t room)
{
    const int depth = ctx->depth < ANA_STACK_DEPTH ? ctx->depth : ANA_STACK_DEPTH;
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
    size_t n = ana_context_write(ctx, ctx->error, sizeof ctx->error);
    va_list args;

    va_start(args, fmt);
    vsnprintf(ctx->error + n, sizeof ctx->error - n, fmt, args);
    va_end(args);
    ana_text_clean(ctx->error + n);
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

    if (ctx->depth < ANA_STACK_DEPTH) {
        va_start(args, fmt);
        vsnprintf(ctx->stack[ctx->depth], ANA_CONTEXT_LENGTH, fmt, args);
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
    char text[ANA_CONTEXT_LENGTH];
    va_list args;

    if (!ctx->shared->steps)
        return;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    ctx->shared->steps(ctx->shared->steps_arg, ctx, ctx->depth, text);
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

void ana_ctx_tell_early(struct ana_ctx *ctx, FILE *file)
{
    pthread_mutex_lock(&ctx->shared->lock);
    if (ctx->shared->early.data)
        fputs(ctx->shared->early.data, file);
    if (ctx->shared->n_early_lost > 0)
        fprintf(file, "(%lld more lines were not kept)\n",
                (long long)ctx->shared->n_early_lost);
    ana_text_finish(&ctx->shared->early);
    ctx->shared->n_early_lost = 0;
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

void ana_ctx_set_apart(struct ana_ctx *ctx, struct ana_apart *apart)
{
    ctx->shared->apart = apart;
}

struct ana_apart *ana_ctx_apart(const struct ana_ctx *ctx)
{
    return ctx->shared->apart;
}

void ana_ctx_set_files(struct ana_ctx *ctx, struct ana_file_set *set)
{
    ctx->shared->files = set;
}

struct ana_file_set *ana_ctx_files(const struct ana_ctx *ctx)
{
    return ctx->shared->files;
}

void ana_ctx_set_nested(struct ana_ctx *ctx, int nested)
{
    ctx->nested = nested;
}

int ana_ctx_nested(const struct ana_ctx *ctx)
{
    return ctx->nested;
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
