/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_BASE_WARNED_H
#define ANA_BASE_WARNED_H

#include "base/context.h"

/* The warnings of a part of a run, so that who takes that part's result from a store can
 * say them again. Start with {0}. */
struct ana_warned {
    int64_t n;
    struct ana_warning *warning; /* texts owned */
};

/* How often each warning was given up to now. Owns: the caller (`ana_warned_finish`). */
int ana_warned_mark(struct ana_ctx *ctx, struct ana_warned *mark);

/* What was given since a mark. Nothing else may run in between on this context.
 * Owns: the caller. */
int ana_warned_since(struct ana_ctx *ctx, const struct ana_warned *mark,
                     struct ana_warned *out);

/* Add a text with a count; with `most` the larger count stands, else their sum. */
int ana_warned_add(struct ana_ctx *ctx, struct ana_warned *list, const char *text,
                   int64_t count, int most);

/* Give all of them again, as often as the list says less those in `but` (or NULL). */
void ana_warned_repeat(struct ana_ctx *ctx, const struct ana_warned *list,
                       const struct ana_warned *but);

void ana_warned_finish(struct ana_ctx *ctx, struct ana_warned *list);

#endif
