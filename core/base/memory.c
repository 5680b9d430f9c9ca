/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Memory that is counted, and the work that is counted beside it.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

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
static const int64_t large = 4 << 20;
#endif

/* In front of each block that ana_alloc gives out, so that ana_free can count. */
struct block_head {
    struct ana_shared *shared;
    int64_t bytes;
};

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

/* Large blocks come fresh from the system: pages of 2 MB spare most of what its faults
 * take. Where there are none, nothing changes. */
static void use_large_pages(char *block, int64_t total)
{
    enum { PAGE = 1 << 21 };
    const uintptr_t first = ((uintptr_t)block + PAGE - 1) / PAGE * PAGE;
    const uintptr_t last = ((uintptr_t)block + (uintptr_t)total) / PAGE * PAGE;

    if (first < last)
        madvise((void *)first, last - first, MADV_HUGEPAGE);
}

/* Begins on a large page: where it does not, up to two of them are had in small ones. */
static char *map_aligned(int64_t total)
{
    enum { LARGE = 1 << 21, SMALL = 1 << 12 };
    const size_t used = ((size_t)total + SMALL - 1) / SMALL * SMALL;
    char *map = mmap(NULL, used + LARGE, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    size_t lead;

    if (map == MAP_FAILED)
        return NULL;
    lead = (LARGE - (uintptr_t)map % LARGE) % LARGE;
    if (lead > 0)
        munmap(map, lead);
    if (lead < LARGE)
        munmap(map + lead + used, LARGE - lead);
    return map + lead;
}

static char *ask(int64_t total)
{
    char *block;

    if (total < large)
        return aligned_alloc(ALIGNMENT, (size_t)total);
    block = map_aligned(total);
    if (block)
        use_large_pages(block, total);
    return block;
}

static int leave_spare(struct ana_shared *shared, struct block_head *head)
{
    for (int i = 0; i < ANA_SPARES; i++) {
        void *none = NULL;

        if (atomic_compare_exchange_strong(&shared->spare[i], &none, head))
            return 1;
    }
    return 0;
}

static void give_spare_back(struct ana_shared *shared, struct block_head *head)
{
    atomic_fetch_sub(&shared->spare_bytes, head->bytes);
    munmap(head, (size_t)head->bytes);
}

void ana_memory_drop_spares(struct ana_shared *shared)
{
    for (int i = 0; i < ANA_SPARES; i++) {
        struct block_head *head = atomic_exchange(&shared->spare[i], NULL);

        if (head)
            give_spare_back(shared, head);
    }
}

/* One of just that size, or NULL. */
static void *take_spare(struct ana_shared *shared, int64_t total)
{
    for (int i = 0; atomic_load(&shared->spare_bytes) > 0 && i < ANA_SPARES; i++) {
        struct block_head *head = atomic_exchange(&shared->spare[i], NULL);

        if (head && head->bytes == total) {
            atomic_fetch_sub(&shared->spare_bytes, total);
            return head;
        }
        if (head && !leave_spare(shared, head))
            give_spare_back(shared, head);
    }
    return NULL;
}

void ana_ctx_loop_begins(struct ana_ctx *ctx)
{
    atomic_fetch_add(&ctx->shared->loops, 1);
}

void ana_ctx_loop_ends(struct ana_ctx *ctx)
{
    if (atomic_fetch_sub(&ctx->shared->loops, 1) == 1)
        ana_memory_drop_spares(ctx->shared);
}

static struct block_head *head_of(void *memory)
{
    return (struct block_head *)(void *)((char *)memory - ALIGNMENT);
}

/* A block that is counted already; 1 in `fresh` where the system has just zeroed it. What is
 * spare makes room for it: both together never hold more than the run once did. */
static char *find_block(struct ana_shared *shared, int64_t total, int *fresh)
{
    char *block = total < large ? NULL : take_spare(shared, total);

    *fresh = total >= large && !block;
    if (block)
        return block;
    if (atomic_load(&shared->spare_bytes) > 0 &&
        atomic_load(&shared->in_use) + atomic_load(&shared->spare_bytes) >
            atomic_load(&shared->peak))
        ana_memory_drop_spares(shared);
    return ask(total);
}

static void *take(struct ana_ctx *ctx, int64_t count, size_t size, int *fresh)
{
    struct ana_shared *shared = ctx->shared;
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
    head = (struct block_head *)(void *)block;
    head->shared = shared;
    head->bytes = total;
    return block + ALIGNMENT;
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
    struct block_head *head;
    struct ana_shared *shared;

    (void)ctx;
    if (!memory)
        return;
    head = head_of(memory);
    shared = head->shared;
    atomic_fetch_sub(&shared->in_use, head->bytes);
    if (head->bytes < large) {
        free(head);
        return;
    }
    if (atomic_load(&shared->loops) > 0) {
        atomic_fetch_add(&shared->spare_bytes, head->bytes);
        if (!leave_spare(shared, head))
            give_spare_back(shared, head);
        return;
    }
    munmap(head, (size_t)head->bytes);
}

char *ana_strdup(struct ana_ctx *ctx, const char *text)
{
    const size_t n = strlen(text) + 1;
    char *copy = ana_alloc(ctx, (int64_t)n, 1);

    if (copy)
        memcpy(copy, text, n);
    return copy;
}
