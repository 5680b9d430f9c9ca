/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One y on the engine, as the calls of a metric.
 */
#include "plugins/metrics/lib/encoded.h"

struct encoded_y {
    const struct ana_encoded *x;
    struct ana_encoding *encoding;
};

int ana_encoded_open_y(struct ana_ctx *ctx, void *xs, const struct ana_y *y, void **ys)
{
    struct encoded_y *opened = ana_alloc(ctx, 1, sizeof *opened);
    int rc = ANA_ERESOURCE;

    *ys = NULL;
    if (!opened)
        return rc;
    opened->x = xs;
    rc = ana_encoding_create(ctx, opened->x->encoder, y, &opened->encoding);
    if (rc == 0)
        *ys = opened;
    else
        ana_free(ctx, opened);
    return rc;
}

int ana_encoded_push(struct ana_ctx *ctx, void *ys, const struct ana_tile *tile,
                     struct ana_out *out)
{
    return ana_encoding_push(ctx, ((struct encoded_y *)ys)->encoding, tile, out);
}

int ana_encoded_pass(struct ana_ctx *ctx, void *ys, struct ana_out *out, int32_t *again)
{
    struct encoded_y *opened = ys;
    int rc = ana_encoding_pass(ctx, opened->encoding, out, again);

    return rc == 0 && !*again ? opened->x->state(ctx, opened->x, out) : rc;
}

void ana_encoded_close_y(struct ana_ctx *ctx, void *ys)
{
    struct encoded_y *opened = ys;

    if (!opened)
        return;
    ana_encoding_destroy(ctx, opened->encoding);
    ana_free(ctx, opened);
}
