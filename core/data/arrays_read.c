/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Rows of a run for some targets, whatever the order of the axes in the files: each
 * axis is a stride in its piece, and each piece a place in the result.
 */
#include "data/arrays.h"

#include <string.h>

static int64_t target_of(const struct ana_box *box, int64_t i)
{
    return box->target ? box->target[i] : box->first[ANA_ROLE_TARGET] + i;
}

static void put(const struct ana_box *box, int64_t at, double value)
{
    if (box->out->dtype == ANA_F64)
        ((double *)box->out->data)[at] = value;
    else
        ((float *)box->out->data)[at] = (float)value;
}

/* Elements between neighbours along each role; 0 where the array lacks it. */
static void find_strides(const struct ana_piece *piece, int64_t stride[ANA_ROLES])
{
    int64_t step[ANA_MAX_DIMS], n = 1;

    for (int32_t d = piece->ndim - 1; d >= 0; d--) {
        step[d] = n;
        n *= piece->shape[d];
    }
    for (int32_t role = 0; role < ANA_ROLES; role++)
        stride[role] = piece->dim[role] < 0 ? 0 : step[piece->dim[role]];
}

static void copy_line(const struct ana_piece *piece, const struct ana_box *box,
                      int64_t from, int64_t step, int64_t at)
{
    const double *wide = piece->dtype == ANA_F64 ? piece->data : NULL;
    const float *narrow = piece->data;

    for (int64_t k = 0; k < box->count[ANA_ROLE_TARGET]; k++) {
        const int64_t i = from + target_of(box, k) * step;

        put(box, at + k * box->stride[ANA_ROLE_TARGET],
            wide ? wide[i] : (double)narrow[i]);
    }
}

void ana_box_copy(const struct ana_piece *piece, const struct ana_box *box)
{
    int64_t stride[ANA_ROLES];

    find_strides(piece, stride);
    for (int64_t s = 0; s < box->count[ANA_ROLE_STIMULUS]; s++)
        for (int64_t t = 0; t < box->count[ANA_ROLE_TIME]; t++)
            copy_line(piece, box,
                      box->first[ANA_ROLE_RUN] * stride[ANA_ROLE_RUN] +
                          (box->first[ANA_ROLE_STIMULUS] + s) *
                              stride[ANA_ROLE_STIMULUS] +
                          (box->first[ANA_ROLE_TIME] + t) * stride[ANA_ROLE_TIME],
                      stride[ANA_ROLE_TARGET],
                      box->at + s * box->stride[ANA_ROLE_STIMULUS] +
                          t * box->stride[ANA_ROLE_TIME]);
}

static int copy_plain(struct ana_ctx *ctx, struct ana_arrays *arrays,
                      struct ana_piece *piece, const struct ana_box *box)
{
    int rc;

    if (piece->in_parts)
        return ana_arrays_read_parts(ctx, arrays, piece, box);
    rc = ana_arrays_load(ctx, arrays, piece);
    if (rc == 0)
        ana_box_copy(piece, box);
    return rc;
}

/* Rows of one tile after the other; `row` is the product's other axis. */
static int copy_product(struct ana_ctx *ctx, struct ana_arrays *arrays,
                        struct ana_piece *piece, const struct ana_box *box)
{
    const int32_t row =
        arrays->role[0] == ANA_ROLE_TARGET ? arrays->role[1] : arrays->role[0];
    const int across = arrays->role[0] == ANA_ROLE_TARGET; /* targets run down the left */
    const int64_t last = box->first[row] + box->count[row];
    const int64_t high = across ? ANA_TILE_COLUMNS : ANA_TILE_ROWS;

    for (int64_t r0 = box->first[row]; r0 < last;) {
        const int64_t end = r0 - r0 % high + high, r1 = end < last ? end : last;

        for (int64_t k = 0; k < box->count[ANA_ROLE_TARGET]; k++) {
            const int64_t target = target_of(box, k);
            int rc = across ? ana_arrays_tile(ctx, arrays, piece, target, r0)
                            : ana_arrays_tile(ctx, arrays, piece, r0, target);

            if (rc != 0)
                return rc;
            for (int64_t r = r0; r < r1; r++) {
                const int64_t i = (across ? target : r) - arrays->tile_at[0];
                const int64_t j = (across ? r : target) - arrays->tile_at[1];

                put(box,
                    box->at + (r - box->first[row]) * box->stride[row] +
                        k * box->stride[ANA_ROLE_TARGET],
                    arrays->tile[i * ANA_TILE_COLUMNS + j]);
            }
        }
        r0 = r1;
    }
    return 0;
}

static int copy(struct ana_ctx *ctx, struct ana_arrays *arrays, struct ana_piece *piece,
                const struct ana_box *box)
{
    return arrays->var.times ? copy_product(ctx, arrays, piece, box)
                             : copy_plain(ctx, arrays, piece, box);
}

/* Every target is a piece of its own. */
static int read_target_pieces(struct ana_ctx *ctx, struct ana_arrays *arrays,
                              const struct ana_box *whole)
{
    for (int64_t k = 0; k < whole->count[ANA_ROLE_TARGET]; k++) {
        struct ana_box box = *whole;
        int rc;

        box.target = NULL;
        box.first[ANA_ROLE_TARGET] = 0;
        box.count[ANA_ROLE_TARGET] = 1;
        box.at += k * whole->stride[ANA_ROLE_TARGET];
        rc = copy(ctx, arrays, &arrays->piece[target_of(whole, k)], &box);
        if (rc != 0)
            return rc;
    }
    return 0;
}

/* Every row is a piece of its own. */
static int read_row_pieces(struct ana_ctx *ctx, struct ana_arrays *arrays,
                           const struct ana_box *whole)
{
    for (int64_t i = 0; i < whole->count[ANA_ROLE_STIMULUS]; i++) {
        const int64_t piece = whole->first[ANA_ROLE_STIMULUS] + i;
        struct ana_box box = *whole;
        int rc;

        box.first[ANA_ROLE_STIMULUS] = 0;
        box.count[ANA_ROLE_STIMULUS] = 1;
        box.at += i * whole->stride[ANA_ROLE_STIMULUS];
        rc = copy(ctx, arrays, &arrays->piece[piece], &box);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static int check(struct ana_ctx *ctx, const struct ana_arrays *arrays, int64_t run,
                 int64_t first, int64_t n, const int64_t *targets, int64_t n_targets,
                 const struct ana_tensor *out)
{
    const int epochs = arrays->layout == ANA_LAYOUT_EPOCHS;

    if (run < 0 || run >= arrays->n_runs || first < 0 || n < 0 ||
        n > arrays->runs[run].n || first > arrays->runs[run].n - n)
        return ana_fail(ctx, ANA_ESHAPE,
                        "read: %lld rows from %lld on of run %lld do not exist",
                        (long long)n, (long long)first, (long long)run);
    for (int64_t k = 0; k < n_targets && targets; k++)
        if (targets[k] < 0 || targets[k] >= arrays->n_targets)
            return ana_fail(ctx, ANA_ESHAPE, "read: target %lld does not exist",
                            (long long)targets[k]);
    if ((out->dtype != ANA_F32 && out->dtype != ANA_F64) || out->ndim != 2 + epochs ||
        out->shape[0] != n || out->shape[out->ndim - 1] != n_targets ||
        (epochs && out->shape[1] != arrays->piece[0].extent[ANA_ROLE_TIME]) ||
        (!targets && n_targets != arrays->n_targets))
        return ana_fail(ctx, ANA_ESHAPE,
                        "read: the result is no float32 or float64 of %lld rows x %lld "
                        "targets%s",
                        (long long)n, (long long)n_targets,
                        epochs ? " with time between" : "");
    return 0;
}

int ana_arrays_read(struct ana_ctx *ctx, void *self, int64_t run, int64_t first,
                    int64_t n, const int64_t *targets, int64_t n_targets,
                    struct ana_tensor *out)
{
    struct ana_arrays *arrays = self;
    const int epochs = arrays->layout == ANA_LAYOUT_EPOCHS;
    const int series = arrays->layout == ANA_LAYOUT_SERIES;
    const int32_t row = series ? ANA_ROLE_TIME : ANA_ROLE_STIMULUS;
    struct ana_box box = {.target = targets, .out = out};
    int rc = check(ctx, arrays, run, first, n, targets, n_targets, out);
    int64_t per_piece;

    if (rc != 0)
        return rc;
    for (int32_t role = 0; role < ANA_ROLES; role++)
        box.count[role] = 1;
    box.count[ANA_ROLE_TIME] = epochs ? out->shape[1] : 1;
    box.stride[ANA_ROLE_TIME] = epochs ? out->strides[1] : 0;
    box.first[row] = first;
    box.count[row] = n;
    box.stride[row] = out->strides[0];
    box.count[ANA_ROLE_TARGET] = n_targets;
    box.stride[ANA_ROLE_TARGET] = out->strides[out->ndim - 1];
    if (arrays->n_pieces > 1 && arrays->stack == ANA_ROLE_TARGET)
        return read_target_pieces(ctx, arrays, &box);
    if (arrays->stack == ANA_ROLE_STIMULUS)
        return read_row_pieces(ctx, arrays, &box);
    per_piece = series ? arrays->piece[0].extent[ANA_ROLE_RUN] : 1;
    box.first[ANA_ROLE_RUN] = run % per_piece;
    return copy(ctx, arrays, &arrays->piece[series ? run / per_piece : 0], &box);
}
