/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A list of the files that were opened.
 */
#include "base/seen.h"

#include <string.h>

#include "base/context.h"

/* Called with the run's lock held: no ana_fail, no warning here. */
static void note(void *arg, const char *path)
{
    struct ana_seen *seen = arg;
    char **grown, *copy;

    for (int64_t i = seen->n - 1; i >= 0; i--)
        if (strcmp(seen->path[i], path) == 0)
            return;
    if (seen->n == seen->room) {
        grown = ana_alloc(seen->ctx, seen->room ? 2 * seen->room : 16, sizeof *grown);
        if (!grown) {
            seen->failed = 1;
            return;
        }
        if (seen->n > 0)
            memcpy(grown, seen->path, (size_t)seen->n * sizeof *grown);
        ana_free(seen->ctx, seen->path);
        seen->path = grown;
        seen->room = seen->room ? 2 * seen->room : 16;
    }
    copy = ana_strdup(seen->ctx, path);
    if (copy)
        seen->path[seen->n++] = copy;
    else
        seen->failed = 1;
}

void ana_seen_begin(struct ana_ctx *ctx, struct ana_seen *seen)
{
    seen->ctx = ctx;
    ana_ctx_watch(ctx, note, seen);
}

int ana_seen_end(struct ana_ctx *ctx, struct ana_seen *seen)
{
    ana_ctx_watch(ctx, NULL, NULL);
    return seen->failed ? ana_fail(ctx, ANA_ERESOURCE, "no memory for a list of files")
                        : 0;
}

void ana_seen_finish(struct ana_ctx *ctx, struct ana_seen *seen)
{
    for (int64_t i = 0; i < seen->n; i++)
        ana_free(ctx, seen->path[i]);
    ana_free(ctx, seen->path);
    memset(seen, 0, sizeof *seen);
}
