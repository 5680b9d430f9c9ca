/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The one file that is open at a time, and what to say when it lacks a variable.
 */
#include "data/arrays.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

void ana_arrays_shut(struct ana_ctx *ctx, struct ana_arrays *arrays)
{
    if (arrays->at < 0)
        return;
    arrays->format->close(ctx, arrays->file);
    ana_strings_finish(ctx, &arrays->held);
    arrays->file = NULL;
    arrays->at = -1;
}

int ana_arrays_turn_to(struct ana_ctx *ctx, struct ana_arrays *arrays, int64_t i)
{
    int rc;

    if (arrays->at == i)
        return 0;
    ana_arrays_shut(ctx, arrays);
    rc = arrays->format->open(ctx, arrays->path[i], &arrays->file);
    if (rc != 0)
        return rc;
    arrays->at = i;
    rc = arrays->format->list(ctx, arrays->file, &arrays->held.n, &arrays->held.item);
    if (rc != 0) {
        arrays->held = (struct ana_strings){0}; /* what failed has freed its own */
        ana_arrays_shut(ctx, arrays);
    }
    return rc;
}

static int lists(const struct ana_strings *held, const char *name, size_t n)
{
    for (int64_t i = 0; i < held->n; i++)
        if (strlen(held->item[i]) == n && strncmp(held->item[i], name, n) == 0)
            return 1;
    return 0;
}

int ana_arrays_holds(const struct ana_arrays *arrays, const char *name, int top)
{
    return lists(&arrays->held, name, strlen(name)) ||
           (top && lists(&arrays->held, name, strcspn(name, ".")));
}

int ana_arrays_missing(struct ana_ctx *ctx, const struct ana_arrays *arrays,
                       const char *name, const char *what)
{
    const char *const *held = (const char *const *)arrays->held.item;
    const char *near =
        name[0] && name[1] ? ana_text_nearest(name, held, arrays->held.n) : NULL;
    char *list = ana_text_list(held, arrays->held.n, 12);

    ana_fail(ctx, ANA_EDATA, "%s: holds no `%s`%s%s%s%s; it holds %s",
             arrays->path[arrays->at], name, what, near ? "; did you mean `" : "",
             near ? near : "", near ? "`?" : "",
             arrays->held.n > 0 && list ? list : "no variable that could be read");
    free(list);
    return ANA_EDATA;
}

const char *ana_arrays_name(const struct ana_arrays *arrays)
{
    return arrays->var.name ? arrays->var.name : "the array";
}

const char *ana_arrays_keep(struct ana_ctx *ctx, struct ana_arrays *arrays, char *text)
{
    if (text && arrays->kept.n == arrays->kept_room) {
        const int64_t room = arrays->kept_room ? 2 * arrays->kept_room : 64;
        char **grown = ana_alloc(ctx, room, sizeof *grown);

        if (!grown) {
            ana_free(ctx, text);
            return NULL;
        }
        if (arrays->kept.n > 0)
            memcpy(grown, arrays->kept.item, (size_t)arrays->kept.n * sizeof *grown);
        ana_free(ctx, arrays->kept.item);
        arrays->kept.item = grown;
        arrays->kept_room = room;
    }
    if (text)
        arrays->kept.item[arrays->kept.n++] = text;
    return text;
}
