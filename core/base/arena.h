/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_BASE_ARENA_H
#define ANA_BASE_ARENA_H

#include <anaflow/base.h>

/* Memory that is released all at once: for trees of small things, like a study, whose
 * parts live exactly as long as the whole. Start with {.ctx = ctx}; every function
 * returns NULL where there is no memory (recorded in ctx as ANA_ERESOURCE).
 * Threads: one at a time. */
struct ana_arena {
    struct ana_ctx *ctx;
    struct ana_arena_block *blocks; /* private */
};

/* `count` zeroed items of `size` bytes. */
void *ana_arena_alloc(struct ana_arena *arena, int64_t count, size_t size);

/* Copies of a text, of its first n bytes, or of a formatted one. */
char *ana_arena_strdup(struct ana_arena *arena, const char *text);
char *ana_arena_copy(struct ana_arena *arena, const char *text, int64_t n);
char *ana_arena_format(struct ana_arena *arena, const char *fmt, ...) ANA_PRINTF(2, 3);

/* Room for one more item behind the n of `items`: `items` itself, or a copy twice as
 * large whenever n is a power of two. The item is zeroed. */
void *ana_arena_more(struct ana_arena *arena, void *items, int64_t n, size_t size);

void ana_arena_finish(struct ana_arena *arena);

#endif
