/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Structs of a plugin, made as long as ours.
 */
#include "plugin/widen.h"

#include <string.h>

int ana_widen(struct ana_ctx *ctx, const char *what, const void *structs, int64_t n,
              size_t least, size_t full, void **out)
{
    const char *from = structs;
    uint32_t size, first = 0;
    char *to;

    *out = to = ana_alloc(ctx, n, full);
    if (!to)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < n; i++) {
        memcpy(&size, from, sizeof size);
        first = i == 0 ? size : first;
        if (size < least || size > full || size != first) {
            ana_free(ctx, to);
            *out = NULL;
            return ana_fail(ctx, ANA_EPLUGIN,
                            "its %s %lld has %u bytes, this anaflow's have %zu; set "
                            "`size` to sizeof and build it again with this anaflow's "
                            "headers",
                            what, (long long)i + 1, size, full);
        }
        memcpy(to + (size_t)i * full, from, size);
        memcpy(to + (size_t)i * full, &(uint32_t){(uint32_t)full}, sizeof size);
        from += size;
    }
    return 0;
}
