/* SPDX-License-Identifier: BSD-3-Clause
 *
 * An arena: blocks in a chain, filled from the front, released together.
 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/checked.h"

enum { BLOCK_BYTES = 16384, ALIGNMENT = 16 };

struct ana_arena_block {
    struct ana_arena_block *next;
    int64_t used, room;
    int64_t pad; /* keeps `bytes` on the alignment */
    char bytes[];
};

static struct ana_arena_block *add_block(struct ana_arena *arena, int64_t least)
{
    const int64_t room = least > BLOCK_BYTES ? least : BLOCK_BYTES;
    struct ana_arena_block *block =
        ana_alloc(arena->ctx, room + (int64_t)sizeof *block, 1);

    if (!block)
        return NULL;
    block->room = room;
    block->next = arena->blocks;
    arena->blocks = block;
    return block;
}

void *ana_arena_alloc(struct ana_arena *arena, int64_t count, size_t size)
{
    struct ana_arena_block *block = arena->blocks;
    int64_t bytes;
    void *place;

    if (!ana_mul_ok(count, (int64_t)size, &bytes) || bytes > INT64_MAX / 4) {
        ana_fail(arena->ctx, ANA_ERESOURCE,
                 "%lld items of %zu bytes do not fit in memory", (long long)count, size);
        return NULL;
    }
    bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (!block || block->room - block->used < bytes)
        block = add_block(arena, bytes);
    if (!block)
        return NULL;
    place = block->bytes + block->used;
    block->used += bytes;
    return place;
}

char *ana_arena_copy(struct ana_arena *arena, const char *text, int64_t n)
{
    char *copy = ana_arena_alloc(arena, n + 1, 1);

    if (copy)
        memcpy(copy, text, (size_t)n);
    return copy;
}

char *ana_arena_strdup(struct ana_arena *arena, const char *text)
{
    return ana_arena_copy(arena, text, (int64_t)strlen(text));
}

char *ana_arena_format(struct ana_arena *arena, const char *fmt, ...)
{
    va_list args, again;
    char *text = NULL;
    int n;

    va_start(args, fmt);
    va_copy(again, args);
    n = vsnprintf(NULL, 0, fmt, args);
    if (n >= 0)
        text = ana_arena_alloc(arena, (int64_t)n + 1, 1);
    if (text)
        vsnprintf(text, (size_t)n + 1, fmt, again);
    va_end(again);
    va_end(args);
    return text;
}

void *ana_arena_more(struct ana_arena *arena, void *items, int64_t n, size_t size)
{
    void *grown;

    if (n > 0 && (n & (n - 1)) != 0)
        return items;
    grown = ana_arena_alloc(arena, n > 0 ? 2 * n : 1, size);
    if (grown && n > 0)
        memcpy(grown, items, (size_t)n * size);
    return grown;
}

void ana_arena_finish(struct ana_arena *arena)
{
    struct ana_arena_block *next;

    for (struct ana_arena_block *block = arena->blocks; block; block = next) {
        next = block->next;
        ana_free(arena->ctx, block);
    }
    arena->blocks = NULL;
}
