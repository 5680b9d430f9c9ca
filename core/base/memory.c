/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Memory that is counted, and the work that is counted beside it.
 */
#include <stdlib.h>
#include <string.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "base/checked.h"
#include "base/context_parts.h"
#include "base/text.h"

enum { ALIGNMENT = 64 };

/* Blocks of so many bytes come from the system and go back to it: zeros already, so that
 * nobody has to write them. Sanitizers watch the bounds of what malloc gives. */
#if defined(__SANITIZE_ADDRESS__)
static const int64_t large = INT64_MAX;
#else
static const int64_t large = 1 << 20;
#endif

void ana_give_back(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
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

static void count_bytes(struct ana_shared *shared, int64_t bytes)
{
    long long now = atomic_fetch_add(&shared->in_use, bytes) + bytes;
    long long peak = atomic_load(&shared->peak);

    while (now > peak && !atomic_compare_exchange_weak(&shared->peak, &peak, now))
        ;
}

int64_t ana_ctx_room(const struct ana_ctx *ctx)
{
    const long long limit = atomic_load(&ctx->shared->limit);
    const long long left = limit - atomic_load(&ctx->shared->in_use);

    return limit <= 0 ? 0 : left > 1 ? left : 1;
}

void ana_ctx_charge(struct ana_ctx *ctx, int64_t bytes)
{
    count_bytes(ctx->shared, bytes);
}

void ana_ctx_loop_begins(struct ana_ctx *ctx)
{
    atomic_fetch_add(&ctx->shared->loops, 1);
}

void ana_ctx_loop_plans(struct ana_ctx *ctx, int64_t bytes)
{
    atomic_store(&ctx->shared->planned, bytes);
}

void ana_ctx_loop_ends(struct ana_ctx *ctx)
{
    if (atomic_fetch_sub(&ctx->shared->loops, 1) > 1)
        return;
    atomic_store(&ctx->shared->planned, 0);
    ana_spare_give_back(ctx->shared, -1);
}

static struct ana_block *head_of(void *memory)
{
    return (struct ana_block *)(void *)((char *)memory - ALIGNMENT);
}

/* What is in use and what is spare never hold more than the run once did or is planned to,
 * and a little for blocks of other sizes. */
static int64_t most_held(const struct ana_shared *shared)
{
    enum { SHARE = 10, MOST = 8 << 20 };
    const int64_t peak = atomic_load(&shared->peak), some = peak / SHARE;
    const int64_t held = peak + (some < MOST ? some : MOST);
    const int64_t planned = atomic_load(&shared->planned);

    return held > planned ? held : planned;
}

static struct ana_block *make_block(int64_t total)
{
    return total < large ? aligned_alloc(ALIGNMENT, (size_t)total) : ana_large_map(total);
}

/* A block that is counted already; 1 in `fresh` where the system has just zeroed it. What is
 * spare goes before a run fails. */
static struct ana_block *find_block(struct ana_shared *shared, int64_t total, int *fresh)
{
    struct ana_block *block = total < large ? NULL : ana_spare_take(shared, total);

    *fresh = total >= large && !block;
    if (block)
        return block;
    ana_spare_give_back(shared, most_held(shared));
    block = make_block(total);
    if (block || atomic_load(&shared->spare_bytes) == 0)
        return block;
    ana_spare_give_back(shared, -1);
    return make_block(total);
}

static void *take(struct ana_ctx *ctx, int64_t count, size_t size, int *fresh)
{
    struct ana_shared *shared = ctx->shared;
    struct ana_block *block = NULL;
    int64_t bytes, total, limit;
    char more[32], most[32];

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
    if (atomic_fetch_add(&shared->asked, 1) + 1 != atomic_load(&shared->refuse)) {
        count_bytes(shared, total);
        block = find_block(shared, total, fresh);
        if (!block)
            atomic_fetch_sub(&shared->in_use, total);
    }
    if (!block) {
        ana_fail(ctx, ANA_ERESOURCE, "the system has no %s of memory to give",
                 ana_text_bytes(bytes, more));
        return NULL;
    }
    block->shared = shared;
    block->bytes = total;
    return (char *)block + ALIGNMENT;
}

void *ana_alloc(struct ana_ctx *ctx, int64_t count, size_t size)
{
    int fresh;
    void *memory = take(ctx, count, size, &fresh);

    if (memory && !fresh)
        memset(memory, 0, (size_t)count * size);
    return memory;
}

void *ana_alloc_unset(struct ana_ctx *ctx, int64_t count, size_t size)
{
    int fresh;

    return take(ctx, count, size, &fresh);
}

void ana_free(struct ana_ctx *ctx, void *memory)
{
    struct ana_block *block;
    struct ana_shared *shared;

    (void)ctx;
    if (!memory)
        return;
    block = head_of(memory);
    shared = block->shared;
    atomic_fetch_sub(&shared->in_use, block->bytes);
    if (block->bytes < large)
        free(block);
    else if (atomic_load(&shared->loops) > 0)
        ana_spare_leave(shared, block);
    else
        ana_large_unmap(block);
}

char *ana_strdup(struct ana_ctx *ctx, const char *text)
{
    const size_t n = strlen(text) + 1;
    char *copy = ana_alloc(ctx, (int64_t)n, 1);

    if (copy)
        memcpy(copy, text, n);
    return copy;
}
