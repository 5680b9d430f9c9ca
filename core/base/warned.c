/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Warnings as a list that can be kept and given again.
 */
#include "base/warned.h"

#include <string.h>

static struct ana_warning *find(const struct ana_warned *list, const char *text)
{
    for (int64_t i = 0; list && i < list->n; i++)
        if (strcmp(list->warning[i].text, text) == 0)
            return &list->warning[i];
    return NULL;
}

int ana_warned_add(struct ana_ctx *ctx, struct ana_warned *list, const char *text,
                   int64_t count, int most)
{
    struct ana_warning *had = find(list, text), *grown;

    if (had) {
        had->count = !most ? had->count + count : count > had->count ? count : had->count;
        return 0;
    }
    grown = ana_alloc(ctx, list->n + 1, sizeof *grown);
    if (!grown)
        return ANA_ERESOURCE;
    if (list->n > 0)
        memcpy(grown, list->warning, (size_t)list->n * sizeof *grown);
    ana_free(ctx, list->warning);
    list->warning = grown;
    grown[list->n].text = ana_strdup(ctx, text);
    grown[list->n].count = count;
    if (!grown[list->n].text)
        return ANA_ERESOURCE;
    list->n++;
    return 0;
}

int ana_warned_mark(struct ana_ctx *ctx, struct ana_warned *mark)
{
    const struct ana_warned nothing = {0};

    return ana_warned_since(ctx, &nothing, mark);
}

int ana_warned_since(struct ana_ctx *ctx, const struct ana_warned *mark,
                     struct ana_warned *out)
{
    const struct ana_warning *all;
    const int64_t n = ana_ctx_warnings(ctx, &all);
    int rc = 0;

    memset(out, 0, sizeof *out);
    for (int64_t i = 0; rc == 0 && i < n; i++) {
        const struct ana_warning *before = find(mark, all[i].text);
        const int64_t count = all[i].count - (before ? before->count : 0);

        if (count > 0)
            rc = ana_warned_add(ctx, out, all[i].text, count, 0);
    }
    if (rc != 0)
        ana_warned_finish(ctx, out);
    return rc;
}

void ana_warned_repeat(struct ana_ctx *ctx, const struct ana_warned *list,
                       const struct ana_warned *but)
{
    for (int64_t i = 0; i < list->n; i++) {
        const struct ana_warning *less = find(but, list->warning[i].text);

        ana_warn_again(ctx, list->warning[i].text,
                       list->warning[i].count - (less ? less->count : 0));
    }
}

void ana_warned_finish(struct ana_ctx *ctx, struct ana_warned *list)
{
    for (int64_t i = 0; i < list->n; i++)
        ana_free(ctx, (void *)(uintptr_t)list->warning[i].text);
    ana_free(ctx, list->warning);
    memset(list, 0, sizeof *list);
}
