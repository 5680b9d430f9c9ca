/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The numbers of a piece, in memory while there is room: 64 MB of pieces, or the one
 * that is needed where it is larger; the longest unused leaves first. A product
 * R (m x k) W (k x n) keeps its factors and makes tiles of 1024 x 256, always the same
 * ones, so that a value's bits do not depend on which rows and targets were asked for.
 */
#include "data/arrays.h"

#include <string.h>

#include <anaflow/linalg.h>

#include "base/checked.h"

enum { CACHE_BYTES = 64 << 20 };

int32_t ana_arrays_type(int32_t stored)
{
    switch (stored) {
    case ANA_F64:
    case ANA_I32:
    case ANA_U32:
    case ANA_I64:
    case ANA_U64:
        return ANA_F64;
    default:
        return ANA_F32;
    }
}

void ana_arrays_unload(struct ana_ctx *ctx, struct ana_arrays *arrays,
                       struct ana_piece *piece)
{
    if (!piece->data && !piece->right)
        return;
    ana_free(ctx, piece->data);
    ana_free(ctx, piece->right);
    piece->data = NULL;
    piece->right = NULL;
    arrays->loaded_bytes -= piece->bytes;
}

static void make_room(struct ana_ctx *ctx, struct ana_arrays *arrays, int64_t bytes)
{
    while (arrays->loaded_bytes > 0 && arrays->loaded_bytes > CACHE_BYTES - bytes) {
        struct ana_piece *oldest = NULL;

        for (int64_t i = 0; i < arrays->n_pieces; i++) {
            struct ana_piece *piece = &arrays->piece[i];

            if (piece->data && (!oldest || piece->last_use < oldest->last_use))
                oldest = piece;
        }
        if (!oldest)
            return;
        ana_arrays_unload(ctx, arrays, oldest);
    }
}

/* One variable, or one cell of it, of `shape` into new memory. */
static int load_array(struct ana_ctx *ctx, struct ana_arrays *arrays, const char *name,
                      int64_t cell, int32_t dtype, int32_t ndim, const int64_t *shape,
                      void **out)
{
    struct ana_tensor view;
    int64_t n = 1;
    int rc;

    for (int32_t d = 0; d < ndim; d++)
        if (!ana_mul_ok(n, shape[d], &n))
            return ana_fail(ctx, ANA_ERESOURCE, "%s: `%s` does not fit in memory",
                            arrays->path[arrays->at], name ? name : "the array");
    *out = ana_alloc(ctx, n, ana_dtype_size(dtype));
    if (!*out)
        return ANA_ERESOURCE;
    ana_tensor_view(dtype, ndim, shape, *out, &view);
    rc = arrays->format->load(ctx, arrays->file, name, cell, &view);
    if (rc == 0)
        return 0;
    ana_free(ctx, *out);
    *out = NULL;
    return rc;
}

static int load_product(struct ana_ctx *ctx, struct ana_arrays *arrays,
                        struct ana_piece *piece)
{
    const int64_t left[] = {piece->shape[0], piece->inner};
    const int64_t right[] = {piece->inner, piece->shape[1]};
    int rc =
        load_array(ctx, arrays, arrays->var.name, -1, ANA_F64, 2, left, &piece->data);

    if (rc != 0)
        return rc;
    rc = load_array(ctx, arrays, arrays->var.times, -1, ANA_F64, 2, right,
                    (void **)&piece->right);
    if (rc == 0)
        return 0;
    ana_free(ctx, piece->data);
    piece->data = NULL;
    return rc;
}

/* What a piece, or the two factors of one, will take; a size that overflows is left for
 * load_array to refuse. */
static int64_t count_bytes(const struct ana_piece *piece, int32_t type)
{
    int64_t bytes = (int64_t)ana_dtype_size(type);

    if (piece->inner > 0)
        return ana_add_ok(piece->shape[0], piece->shape[1], &bytes) &&
                       ana_mul_ok(bytes, piece->inner, &bytes) &&
                       ana_mul_ok(bytes, sizeof(double), &bytes)
                   ? bytes
                   : CACHE_BYTES;
    for (int32_t d = 0; d < piece->ndim; d++)
        if (!ana_mul_ok(bytes, piece->shape[d], &bytes))
            return CACHE_BYTES;
    return bytes;
}

int ana_arrays_is_large(const struct ana_piece *piece)
{
    return count_bytes(piece, ana_arrays_type(piece->dtype)) > CACHE_BYTES;
}

int ana_arrays_load(struct ana_ctx *ctx, struct ana_arrays *arrays,
                    struct ana_piece *piece)
{
    const int32_t type = ana_arrays_type(piece->dtype);
    int rc;

    piece->last_use = ++arrays->clock;
    if (piece->data)
        return 0;
    piece->bytes = count_bytes(piece, type);
    make_room(ctx, arrays, piece->bytes);
    rc = ana_arrays_turn_to(ctx, arrays, piece->file);
    if (rc == 0 && arrays->var.times)
        rc = load_product(ctx, arrays, piece);
    else if (rc == 0)
        rc = load_array(ctx, arrays, arrays->var.name, piece->cell, type, piece->ndim,
                        piece->shape, &piece->data);
    if (rc != 0)
        return rc;
    piece->dtype = arrays->var.times ? ANA_F64 : type;
    arrays->loaded_bytes += piece->bytes;
    return 0;
}

int64_t ana_arrays_held(const struct ana_arrays *arrays)
{
    int64_t all = 0, most = 0;

    for (int64_t i = 0; i < arrays->n_pieces; i++) {
        const struct ana_piece *piece = &arrays->piece[i];
        const int64_t bytes = piece->in_parts
                                  ? ana_arrays_part_bytes()
                                  : count_bytes(piece, ana_arrays_type(piece->dtype));

        most = bytes > most ? bytes : most;
        all = all < CACHE_BYTES ? all + bytes : all;
    }
    if (all > CACHE_BYTES)
        all = most > CACHE_BYTES ? most : CACHE_BYTES;
    if (arrays->var.times)
        all += ANA_TILE_ROWS * ANA_TILE_COLUMNS * (int64_t)sizeof(double);
    return arrays->format->flags & ANA_ARRAYS_HOLDS ? all + most : all;
}

int ana_arrays_tile(struct ana_ctx *ctx, struct ana_arrays *arrays,
                    struct ana_piece *piece, int64_t i, int64_t j)
{
    const int64_t i0 = i - i % ANA_TILE_ROWS, j0 = j - j % ANA_TILE_COLUMNS;
    const int64_t m = piece->shape[0], n = piece->shape[1], k = piece->inner;
    const int64_t rows = m - i0 < ANA_TILE_ROWS ? m - i0 : ANA_TILE_ROWS;
    const int64_t columns = n - j0 < ANA_TILE_COLUMNS ? n - j0 : ANA_TILE_COLUMNS;
    const int64_t number = piece - arrays->piece;
    int rc;

    if (arrays->tile && arrays->tile_piece == number && arrays->tile_at[0] == i0 &&
        arrays->tile_at[1] == j0)
        return 0;
    rc = ana_arrays_load(ctx, arrays, piece);
    if (rc == 0 && !arrays->tile)
        arrays->tile =
            ana_alloc(ctx, (int64_t)ANA_TILE_ROWS * ANA_TILE_COLUMNS, sizeof(double));
    if (rc != 0 || !arrays->tile)
        return rc ? rc : ANA_ERESOURCE;
    arrays->tile_piece = -1;
    rc = ana_gemm(ctx, 0, 0, rows, columns, k, 1, (const double *)piece->data + i0 * k, k,
                  piece->right + j0, n, 0, arrays->tile, ANA_TILE_COLUMNS);
    if (rc != 0)
        return rc;
    arrays->tile_piece = number;
    arrays->tile_at[0] = i0;
    arrays->tile_at[1] = j0;
    return 0;
}
