/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Unique file names within a folder.
 */
#include "report/names.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

static int is_taken(const struct ana_names *names, const char *name)
{
    for (int64_t i = 0; i < names->n; i++)
        if (strcasecmp(names->taken[i], name) == 0)
            return 1;
    return 0;
}

static int make_room(struct ana_ctx *ctx, struct ana_names *names)
{
    const int64_t room = names->room ? 2 * names->room : 16;
    char **grown;

    if (names->n < names->room)
        return 0;
    grown = ana_alloc(ctx, room, sizeof *grown);
    if (!grown)
        return ANA_ERESOURCE;
    if (names->n > 0)
        memcpy(grown, names->taken, (size_t)names->n * sizeof *grown);
    ana_free(ctx, names->taken);
    names->taken = grown;
    names->room = room;
    return 0;
}

const char *ana_names_take(struct ana_ctx *ctx, struct ana_names *names,
                           const char *wanted)
{
    struct ana_text name = {0};
    char *kept = NULL;

    ana_text_add(&name, "%s", wanted);
    for (int64_t k = 2; !name.failed && is_taken(names, name.data); k++) {
        name.length = 0;
        ana_text_add(&name, "%s_%lld", wanted, (long long)k);
    }
    if (name.failed)
        ana_fail(ctx, ANA_ERESOURCE, "no memory for the file name '%s'", wanted);
    else if (make_room(ctx, names) == 0)
        kept = ana_strdup(ctx, name.data);
    ana_text_finish(&name);
    if (kept)
        names->taken[names->n++] = kept;
    return kept;
}

void ana_names_finish(struct ana_ctx *ctx, struct ana_names *names)
{
    for (int64_t i = 0; i < names->n; i++)
        ana_free(ctx, names->taken[i]);
    ana_free(ctx, names->taken);
    memset(names, 0, sizeof *names);
}
