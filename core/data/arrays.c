/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Named arrays as a recording: `data = FILES : VAR(axis=names, ...) @ rate`. Open
 * looks at every file once and in order: which arrays there are (pieces), which
 * dimension is which axis, then names and clocks; numbers are read when asked for.
 */
#include "data/arrays.h"

#include <string.h>

static const char *copy_text(struct ana_ctx *ctx, struct ana_arrays *arrays,
                             const char *text, int *rc)
{
    const char *copy = text ? ana_arrays_keep(ctx, arrays, ana_strdup(ctx, text)) : NULL;

    if (text && !copy)
        *rc = ANA_ERESOURCE;
    return copy;
}

/* The source may go before the recording does. */
static int copy_source(struct ana_ctx *ctx, struct ana_arrays *arrays,
                       const struct ana_source *source)
{
    int rc = 0;

    arrays->rate = source->rate;
    arrays->var = source->var;
    arrays->var.file = copy_text(ctx, arrays, source->var.file, &rc);
    arrays->var.name = copy_text(ctx, arrays, source->var.name, &rc);
    arrays->var.cells = copy_text(ctx, arrays, source->var.cells, &rc);
    arrays->var.times = copy_text(ctx, arrays, source->var.times, &rc);
    for (int64_t i = 0; i < source->var.n_axes; i++) {
        const struct ana_array_axis *axis = &source->var.axis[i];

        arrays->var.axis[i].name = copy_text(ctx, arrays, axis->name, &rc);
        arrays->var.axis[i].names = copy_text(ctx, arrays, axis->names, &rc);
    }
    arrays->path = ana_alloc(ctx, source->n_files, sizeof *arrays->path);
    if (!arrays->path)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < source->n_files; i++) {
        arrays->path[i] = ana_strdup(ctx, source->files[i]);
        if (!arrays->path[i])
            return ANA_ERESOURCE;
        arrays->n_files++;
    }
    return rc;
}

static struct ana_piece *add_piece(struct ana_ctx *ctx, struct ana_arrays *arrays)
{
    const int64_t n = arrays->n_pieces;
    struct ana_piece *grown = arrays->piece;

    if ((n & (n - 1)) == 0) { /* full at every power of two */
        grown = ana_alloc(ctx, n ? 2 * n : 1, sizeof *grown);
        if (!grown)
            return NULL;
        if (n > 0)
            memcpy(grown, arrays->piece, (size_t)n * sizeof *grown);
        ana_free(ctx, arrays->piece);
        arrays->piece = grown;
    }
    memset(&grown[n], 0, sizeof *grown);
    grown[n].file = arrays->at;
    arrays->n_pieces++;
    return &grown[n];
}

static int refuse_text(struct ana_ctx *ctx, const struct ana_arrays *arrays,
                       const char *name)
{
    return ana_fail(ctx, ANA_EDATA, "%s: `%s` holds no array of numbers",
                    arrays->path[arrays->at], name);
}

/* The other factor of R * W. */
static int shape_product(struct ana_ctx *ctx, struct ana_arrays *arrays,
                         struct ana_piece *piece)
{
    const char *name = arrays->var.times;
    int64_t shape[ANA_MAX_DIMS];
    char left[192], right[192];
    int32_t dtype, ndim;
    int rc =
        ana_arrays_holds(arrays, name, 1)
            ? arrays->format->shape(ctx, arrays->file, name, -1, &dtype, &ndim, shape)
            : ana_arrays_missing(ctx, arrays, name, " to multiply with");

    if (rc != 0)
        return rc;
    if (dtype == 0)
        return refuse_text(ctx, arrays, name);
    if (piece->ndim != 2 || ndim != 2 || piece->shape[1] != shape[0] || shape[0] < 1)
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: `%s` is %s and `%s` is %s; the columns of the left factor must "
            "be the rows of the right one",
            arrays->path[arrays->at], ana_arrays_name(arrays),
            ana_shape_text(piece->ndim, piece->shape, left), name,
            ana_shape_text(ndim, shape, right));
    piece->inner = shape[0];
    piece->shape[1] = shape[1];
    return 0;
}

/* The variable, or one cell of it, as a piece with its dimensions bound to axes. */
static int take_piece(struct ana_ctx *ctx, struct ana_arrays *arrays, int64_t cell,
                      int64_t cells)
{
    struct ana_piece *piece = add_piece(ctx, arrays);
    int rc;

    if (!piece)
        return ANA_ERESOURCE;
    piece->cell = cell;
    piece->cells = cells;
    rc = arrays->format->shape(ctx, arrays->file, arrays->var.name, cell, &piece->dtype,
                               &piece->ndim, piece->shape);
    if (rc == 0 && piece->dtype == 0)
        rc = refuse_text(ctx, arrays, ana_arrays_name(arrays));
    if (rc == 0 && arrays->var.times)
        rc = shape_product(ctx, arrays, piece);
    if (rc == 0 && arrays->var.n_axes == 0)
        rc = ana_arrays_default_axes(ctx, arrays, piece->ndim);
    if (rc == 0 && arrays->layout == 0)
        rc = ana_arrays_choose_layout(ctx, arrays);
    if (rc == 0)
        rc = ana_arrays_bind(ctx, arrays, piece);
    return rc == 0 ? ana_arrays_find_parts(ctx, arrays, piece) : rc;
}

static int take_cells(struct ana_ctx *ctx, struct ana_arrays *arrays, int64_t cells)
{
    int64_t n = 0, *picked = NULL;
    int rc = ana_arrays_pick(ctx, arrays, cells, &n, &picked);

    if (rc == 0 && n == 0)
        rc = ana_fail(ctx, ANA_EDATA, "%s: `%s` has no cells", arrays->path[arrays->at],
                      ana_arrays_name(arrays));
    for (int64_t i = 0; rc == 0 && i < n; i++)
        rc = take_piece(ctx, arrays, picked[i], cells);
    ana_free(ctx, picked);
    return rc;
}

static int take_file(struct ana_ctx *ctx, struct ana_arrays *arrays, int64_t i)
{
    const char *name = arrays->var.name;
    int64_t cells = 0;
    int rc = ana_arrays_turn_to(ctx, arrays, i);

    if (rc == 0 && name && !ana_arrays_holds(arrays, name, 1))
        rc = ana_arrays_missing(ctx, arrays, name, "");
    if (rc == 0)
        rc = arrays->format->cells(ctx, arrays->file, name, &cells);
    if (rc != 0)
        return rc;
    if (cells > 0 && !arrays->var.cells)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: `%s` has %lld cells; say which, as in `%s{1-3}` or `%s{*}`",
                        arrays->path[i], ana_arrays_name(arrays), (long long)cells,
                        ana_arrays_name(arrays), ana_arrays_name(arrays));
    if (cells == 0 && arrays->var.cells)
        return ana_fail(ctx, ANA_EDATA, "%s: `%s` is no cell array; leave out {%s}",
                        arrays->path[i], ana_arrays_name(arrays), arrays->var.cells);
    return cells > 0 ? take_cells(ctx, arrays, cells) : take_piece(ctx, arrays, -1, 0);
}

static int open_pieces(struct ana_ctx *ctx, struct ana_arrays *arrays)
{
    int rc = 0;

    if (arrays->n_files == 0)
        return ana_fail(ctx, ANA_EDATA, "no file to read; check the path in `data`");
    for (int64_t i = 0; rc == 0 && i < arrays->n_files; i++)
        rc = take_file(ctx, arrays, i);
    if (rc == 0 && arrays->n_pieces > 1 && arrays->stack == ANA_ROLE_NONE)
        return ana_fail(
            ctx, ANA_EPARAM,
            "%lld files or cells, but the axes that are named leave none to stack "
            "them along; name one file, or leave out `target` where each is one",
            (long long)arrays->n_pieces);
    if (rc == 0)
        rc = ana_arrays_label(ctx, arrays);
    return rc == 0 ? ana_arrays_make_info(ctx, arrays) : rc;
}

int ana_arrays_open(struct ana_ctx *ctx, const struct ana_array_file_vt *format,
                    const struct ana_source *source, struct ana_arrays **out)
{
    struct ana_arrays *arrays = ana_alloc(ctx, 1, sizeof *arrays);
    int rc;

    *out = NULL;
    if (!arrays)
        return ANA_ERESOURCE;
    memcpy(&arrays->our_format, format,
           format->size < sizeof *format ? format->size : sizeof *format);
    arrays->format = &arrays->our_format;
    arrays->at = -1;
    arrays->tile_piece = -1;
    rc = copy_source(ctx, arrays, source);
    if (rc == 0)
        rc = open_pieces(ctx, arrays);
    ana_arrays_shut(ctx, arrays);
    if (rc != 0) {
        ana_arrays_close(ctx, arrays);
        return rc;
    }
    *out = arrays;
    return 0;
}

void ana_arrays_close(struct ana_ctx *ctx, void *self)
{
    struct ana_arrays *arrays = self;
    if (!arrays)
        return;
    ana_arrays_shut(ctx, arrays);
    for (int64_t i = 0; i < arrays->n_pieces; i++)
        ana_arrays_unload(ctx, arrays, &arrays->piece[i]);
    for (int64_t i = 0; i < arrays->n_files; i++)
        ana_free(ctx, arrays->path[i]);
    for (int32_t role = 0; role < ANA_ROLES; role++)
        ana_strings_finish(ctx, &arrays->names[role]);
    ana_strings_finish(ctx, &arrays->kept);
    ana_free(ctx, arrays->path);
    ana_free(ctx, arrays->piece);
    ana_free(ctx, arrays->runs);
    ana_free(ctx, arrays->targets);
    ana_free(ctx, arrays->row_names);
    ana_free(ctx, arrays->tile);
    ana_free(ctx, arrays);
}
