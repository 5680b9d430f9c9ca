/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Large blocks, which come from the system and go back to it, and those that are left for
 * the next. A system must find and clear what it gives: where it has to ask a host for it,
 * that takes ten times as long as what is then done in it.
 */
#include <sys/mman.h>

#include "base/context_parts.h"

enum { SMALL_PAGE = 1 << 12, LARGE_PAGE = 1 << 21 };

static int64_t whole_pages(int64_t bytes)
{
    return (bytes + SMALL_PAGE - 1) / SMALL_PAGE * SMALL_PAGE;
}

/* Pages of 2 MB spare most of what a system's faults take. Where there are none, nothing
 * changes. */
static void use_large_pages(char *block, int64_t from, int64_t to)
{
    const int64_t first = (from + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
    const int64_t last = to / LARGE_PAGE * LARGE_PAGE;

    if (first < last)
        madvise(block + first, (size_t)(last - first), MADV_HUGEPAGE);
}

static void *map_pages(int64_t bytes)
{
    return mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                -1, 0);
}

/* What is as large as two of them begins on a large page, and everything has room to grow
 * by an eighth: that takes addresses only. */
struct ana_block *ana_large_map(int64_t total)
{
    const int64_t align = total < 2 * LARGE_PAGE ? SMALL_PAGE : LARGE_PAGE;
    struct ana_block *block;
    int64_t room, lead;
    char *map;

    if (total > INT64_MAX / 2)
        return NULL;
    room = whole_pages(total + total / 8);
    map = map_pages(room + align - SMALL_PAGE);
    if (map == MAP_FAILED) { /* where addresses are limited, it does not grow */
        room = whole_pages(total);
        map = map_pages(room + align - SMALL_PAGE);
    }
    if (map == MAP_FAILED)
        return NULL;
    lead = (align - (int64_t)((uintptr_t)map % (uintptr_t)align)) % align;
    if (lead > 0)
        munmap(map, (size_t)lead);
    if (lead < align - SMALL_PAGE)
        munmap(map + lead + room, (size_t)(align - SMALL_PAGE - lead));
    if (align == LARGE_PAGE)
        use_large_pages(map + lead, 0, total);
    block = (struct ana_block *)(void *)(map + lead);
    block->room = room;
    return block;
}

void ana_large_unmap(struct ana_block *block)
{
    munmap(block, (size_t)block->room);
}

/* Bytes of it that are in memory change from one use to the next. */
static void resize(struct ana_block *block, int64_t total)
{
    const int64_t had = whole_pages(block->bytes), has = whole_pages(total);
    char *map = (char *)block;

    if (has < had)
        madvise(map + has, (size_t)(had - has), MADV_DONTNEED);
    else if ((uintptr_t)map % LARGE_PAGE == 0)
        use_large_pages(map, had, total);
}

static struct ana_block *remove_spare(struct ana_shared *shared, int i)
{
    struct ana_block *block = shared->spare[i];

    atomic_fetch_sub(&shared->spare_bytes, block->bytes);
    shared->n_spares--;
    for (; i < shared->n_spares; i++)
        shared->spare[i] = shared->spare[i + 1];
    return block;
}

void ana_spare_leave(struct ana_shared *shared, struct ana_block *block)
{
    struct ana_block *oldest = NULL;

    pthread_mutex_lock(&shared->spare_lock);
    if (shared->n_spares == ANA_SPARES)
        oldest = remove_spare(shared, 0);
    shared->spare[shared->n_spares++] = block;
    atomic_fetch_add(&shared->spare_bytes, block->bytes);
    pthread_mutex_unlock(&shared->spare_lock);
    if (oldest)
        ana_large_unmap(oldest);
}

static int64_t distance(const struct ana_block *block, int64_t total)
{
    return block->bytes > total ? block->bytes - total : total - block->bytes;
}

struct ana_block *ana_spare_take(struct ana_shared *shared, int64_t total)
{
    struct ana_block *block = NULL;
    int best = -1;

    if (atomic_load(&shared->spare_bytes) == 0)
        return NULL;
    pthread_mutex_lock(&shared->spare_lock);
    for (int i = 0; i < shared->n_spares; i++) {
        const struct ana_block *spare = shared->spare[i];

        if (spare->room >= total && total >= spare->bytes - spare->bytes / 4 &&
            (best < 0 || distance(spare, total) < distance(shared->spare[best], total)))
            best = i;
    }
    if (best >= 0)
        block = remove_spare(shared, best);
    pthread_mutex_unlock(&shared->spare_lock);
    if (block)
        resize(block, total);
    return block;
}

void ana_spare_give_back(struct ana_shared *shared, int64_t most)
{
    for (;;) {
        struct ana_block *block = NULL;

        if (atomic_load(&shared->spare_bytes) == 0)
            return;
        pthread_mutex_lock(&shared->spare_lock);
        if (shared->n_spares > 0 &&
            atomic_load(&shared->in_use) + atomic_load(&shared->spare_bytes) > most)
            block = remove_spare(shared, 0);
        pthread_mutex_unlock(&shared->spare_lock);
        if (!block)
            return;
        ana_large_unmap(block);
    }
}
