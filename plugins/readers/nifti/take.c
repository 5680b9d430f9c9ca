/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A compressed image from its first value to its last, once: while one piece is inflated,
 * the wanted voxels of the piece before are put into blocks, and from there into the
 * answer of whoever asked first. Where the pool has two threads free, both are at work.
 */
#include <string.h>

#include "nifti.h"

enum { PIECE = NII_TAKING / 2 }; /* bytes */

struct taking {
    struct nii_file *file;
    const struct nii_space *space;
    const struct nii_request *request;
    struct nii_stream *stream;
    uint8_t *piece[2];
    int64_t volume, all; /* values of one volume, of all of them */
    int64_t at, most;    /* first value of the piece that is put; values of a piece */
    int current;         /* which of the two that is */
};

static int64_t piece_size(const struct taking *taking, int64_t at)
{
    return taking->all - at < taking->most ? taking->all - at : taking->most;
}

static int inflate(struct ana_ctx *ctx, struct taking *taking, int64_t at, int which)
{
    const int width = taking->file->header.type->width;

    return at < taking->all
               ? nii_stream_next(ctx, taking->stream, piece_size(taking, at) * width,
                                 taking->piece[which])
               : 0;
}

/* The first wanted voxel at or behind a place of the volume. */
static int64_t first_voxel(const struct nii_space *space, int64_t place)
{
    int64_t low = 0, high = space->n_voxels;

    while (low < high) {
        const int64_t middle = low + (high - low) / 2;

        if (space->voxel[middle] < place)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* n numbers of one width: voxel[i] of them lies at stored + (voxel[i] - origin) * width. */
static void copy_voxels(const uint8_t *stored, int64_t origin, const int64_t *voxel,
                        int64_t n, int width, uint8_t *row)
{
#define COPY(bytes)                                                                      \
    for (int64_t i = 0; i < n; i++)                                                      \
    memcpy(row + i * (bytes), stored + (voxel[i] - origin) * (bytes), bytes)

    switch (width) {
    case 1:
        COPY(1);
        break;
    case 2:
        COPY(2);
        break;
    case 4:
        COPY(4);
        break;
    default:
        COPY(8);
        break;
    }
#undef COPY
}

/* The wanted voxels among values [from, to) of volume t. */
static void put_stretch(const struct taking *taking, int64_t t, int64_t from, int64_t to,
                        const uint8_t *stored)
{
    const struct nii_space *space = taking->space;
    const struct nii_blocks *blocks = &taking->file->blocks;
    const int64_t last = first_voxel(space, to);

    for (int64_t v = first_voxel(space, from), end; v < last; v = end) {
        const int64_t b = v / NII_BLOCK;

        end = (b + 1) * NII_BLOCK < last ? (b + 1) * NII_BLOCK : last;
        copy_voxels(stored, from, space->voxel + v, end - v, blocks->width,
                    nii_blocks_row(blocks, b, t) + v % NII_BLOCK * blocks->width);
    }
}

static void answer(const struct taking *taking, int64_t t)
{
    const struct nii_request *request = taking->request;

    if (t < request->first || t >= request->first + request->n)
        return;
    for (int64_t v = 0, end; v < request->n_voxels; v = end) {
        const int64_t b = request->voxels[v] / NII_BLOCK;

        end = nii_same_block(request, v);
        nii_convert(&taking->file->header, nii_blocks_row(&taking->file->blocks, b, t),
                    b * NII_BLOCK, request->voxels + v, end - v, request,
                    (t - request->first) * request->stride + v);
    }
}

/* All of a volume has come. */
static int close_row(struct ana_ctx *ctx, const struct taking *taking, int64_t t)
{
    const struct nii_blocks *blocks = &taking->file->blocks;
    const int64_t n = t % blocks->room + 1;

    answer(taking, t);
    return n == blocks->room || t + 1 == blocks->T
               ? nii_blocks_flush(ctx, blocks, t + 1 - n, n)
               : 0;
}

static int put(struct ana_ctx *ctx, const struct taking *taking)
{
    const int width = taking->file->header.type->width;
    const uint8_t *stored = taking->piece[taking->current];
    const int64_t end = taking->at + piece_size(taking, taking->at);
    int rc = 0;

    for (int64_t at = taking->at, next; rc == 0 && at < end; at = next) {
        const int64_t t = at / taking->volume, begins = t * taking->volume;

        next = begins + taking->volume < end ? begins + taking->volume : end;
        put_stretch(taking, t, at - begins, next - begins, stored);
        stored += (next - at) * width;
        if (next == begins + taking->volume)
            rc = close_row(ctx, taking, t);
    }
    return rc;
}

static int work(struct ana_ctx *ctx, void *arg, int64_t i)
{
    struct taking *taking = arg;

    return i == 0 ? inflate(ctx, taking, taking->at + taking->most, !taking->current)
                  : put(ctx, taking);
}

static int take_all(struct ana_ctx *ctx, struct taking *taking)
{
    int rc = inflate(ctx, taking, 0, 0);

    for (; rc == 0 && taking->at < taking->all; taking->at += taking->most) {
        rc = ana_parallel_for(ctx, 2, work, taking);
        taking->current = !taking->current;
        if (rc == 0 && ana_cancelled(ctx))
            rc = ana_fail(ctx, ANA_ECANCEL, "interrupted");
    }
    return rc == 0 ? nii_stream_end(ctx, taking->stream) : rc;
}

int nii_blocks_make(struct ana_ctx *ctx, struct nii_file *file,
                    const struct nii_space *space, const struct nii_request *request)
{
    const struct nii_header *h = &file->header;
    struct taking taking = {.file = file,
                            .space = space,
                            .request = request,
                            .volume = h->dim[0] * h->dim[1] * h->dim[2],
                            .most = PIECE / h->type->width};
    int rc = nii_stream_open(ctx, file, &taking.stream);

    taking.all = taking.volume * h->n_volumes;
    if (taking.all < taking.most)
        taking.most = taking.all;
    for (int i = 0; rc == 0 && i < 2; i++) {
        taking.piece[i] = ana_alloc(ctx, taking.most, (size_t)h->type->width);
        rc = taking.piece[i] ? 0 : ANA_ERESOURCE;
    }
    if (rc == 0)
        rc = nii_blocks_create(ctx, file, space->n_voxels, &file->blocks);
    if (rc == 0)
        rc = take_all(ctx, &taking);
    ana_free(ctx, taking.piece[0]);
    ana_free(ctx, taking.piece[1]);
    nii_stream_close(ctx, taking.stream);
    if (rc != 0)
        nii_blocks_finish(ctx, &file->blocks);
    else if (file->blocks.fd >= 0) { /* all of it is written */
        ana_free(ctx, file->blocks.memory);
        file->blocks.memory = NULL;
    }
    return rc;
}
