/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Warnings in an order that does not depend on threads.
 */
#include "report/warnings.h"

#include <stdlib.h>
#include <string.h>

static int by_text(const void *a, const void *b)
{
    const struct ana_warning *x = a, *y = b;

    return strcmp(x->text, y->text);
}

int ana_warnings_sorted(struct ana_ctx *ctx, const struct ana_results *results,
                        int64_t *n, struct ana_warning **out)
{
    const struct ana_warning *list = results->warnings;

    *n = list ? results->n_warnings : ana_ctx_warnings(ctx, &list);
    *out = ana_alloc(ctx, *n, sizeof **out);
    if (!*out)
        return ANA_ERESOURCE;
    if (*n > 0) {
        memcpy(*out, list, (size_t)*n * sizeof **out);
        qsort(*out, (size_t)*n, sizeof **out, by_text);
    }
    return 0;
}
