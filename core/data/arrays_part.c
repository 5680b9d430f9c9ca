/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Pieces that are larger than what is held of them: a few rows at a time of the targets
 * that are asked for come from the file, each time anew.
 */
#include "data/arrays.h"

#include <string.h>

enum { PART_BYTES = 8 << 20, LINE_BYTES = 1 << 17 }; /* a format reads through a line */

int64_t ana_arrays_part_bytes(void)
{
    return PART_BYTES + LINE_BYTES;
}

int ana_arrays_find_parts(struct ana_ctx *ctx, struct ana_arrays *arrays,
                          struct ana_piece *piece)
{
    int32_t can = 0;
    int rc = 0;

    if (arrays->format->part && !arrays->var.times && ana_arrays_is_large(piece))
        rc = arrays->format->part(ctx, arrays->file, arrays->var.name, piece->cell, NULL,
                                  NULL, &can);
    piece->in_parts = can;
    return rc;
}

/* What a part holds of each role: one run, some rows, a stretch of targets. */
struct part {
    int64_t first[ANA_ROLES], count[ANA_ROLES];
};

/* Read it as a piece of its own; `to` has room for it. */
static int read_part(struct ana_ctx *ctx, struct ana_arrays *arrays,
                     const struct ana_piece *piece, const struct part *part,
                     struct ana_piece *to)
{
    int64_t first[ANA_MAX_DIMS] = {0};
    struct ana_tensor view;
    int32_t can;

    for (int32_t d = 0; d < piece->ndim; d++)
        to->shape[d] = 1;
    for (int32_t role = 0; role < ANA_ROLES; role++)
        if (piece->dim[role] >= 0) {
            first[piece->dim[role]] = part->first[role];
            to->shape[piece->dim[role]] = part->count[role];
        }
    ana_tensor_view(to->dtype, piece->ndim, to->shape, to->data, &view);
    return arrays->format->part(ctx, arrays->file, arrays->var.name, piece->cell, first,
                                &view, &can);
}

/* Targets of the box from k on that stand side by side in the file. */
static int64_t stretch(const struct ana_box *box, int64_t k)
{
    int64_t end = k + 1;

    if (!box->target)
        return box->count[ANA_ROLE_TARGET] - k;
    while (end < box->count[ANA_ROLE_TARGET] &&
           box->target[end] == box->target[end - 1] + 1)
        end++;
    return end - k;
}

static int64_t at_most(int64_t n, int64_t most)
{
    return n < most ? n : most > 1 ? most : 1;
}

/* Targets [k, k + n) of the box. */
static int read_stretch(struct ana_ctx *ctx, struct ana_arrays *arrays,
                        const struct ana_piece *piece, const struct ana_box *box,
                        int64_t k, int64_t n, struct ana_piece *to)
{
    const int64_t numbers = PART_BYTES / (int64_t)ana_dtype_size(to->dtype);
    const int64_t S = box->count[ANA_ROLE_STIMULUS], T = box->count[ANA_ROLE_TIME];
    const int64_t times = at_most(T, numbers / n), stimuli = at_most(S, numbers / n / T);
    int rc = 0;

    for (int64_t s = 0; rc == 0 && s < S; s += stimuli)
        for (int64_t t = 0; rc == 0 && t < T; t += times) {
            struct ana_box some = *box;
            struct part part;

            memcpy(part.first, box->first, sizeof part.first);
            part.first[ANA_ROLE_STIMULUS] += s;
            part.first[ANA_ROLE_TIME] += t;
            part.first[ANA_ROLE_TARGET] =
                box->target ? box->target[k] : box->first[ANA_ROLE_TARGET] + k;
            memcpy(part.count, box->count, sizeof part.count);
            part.count[ANA_ROLE_STIMULUS] = S - s < stimuli ? S - s : stimuli;
            part.count[ANA_ROLE_TIME] = T - t < times ? T - t : times;
            part.count[ANA_ROLE_TARGET] = n;
            rc = read_part(ctx, arrays, piece, &part, to);
            memset(some.first, 0, sizeof some.first);
            memcpy(some.count, part.count, sizeof some.count);
            some.target = NULL;
            some.at += s * box->stride[ANA_ROLE_STIMULUS] +
                       t * box->stride[ANA_ROLE_TIME] + k * box->stride[ANA_ROLE_TARGET];
            if (rc == 0)
                ana_box_copy(to, &some);
        }
    return rc;
}

int ana_arrays_read_parts(struct ana_ctx *ctx, struct ana_arrays *arrays,
                          const struct ana_piece *piece, const struct ana_box *box)
{
    const int32_t type = ana_arrays_type(piece->dtype);
    const int64_t most = PART_BYTES / (int64_t)ana_dtype_size(type);
    struct ana_piece to = *piece;
    int rc = ana_arrays_turn_to(ctx, arrays, piece->file);

    to.dtype = type;
    to.data = rc == 0 ? ana_alloc(ctx, PART_BYTES, 1) : NULL;
    if (rc == 0 && !to.data)
        rc = ANA_ERESOURCE;
    for (int64_t k = 0, n; rc == 0 && k < box->count[ANA_ROLE_TARGET]; k += n) {
        n = at_most(stretch(box, k), most);
        rc = read_stretch(ctx, arrays, piece, box, k, n, &to);
    }
    ana_free(ctx, to.data);
    return rc;
}
