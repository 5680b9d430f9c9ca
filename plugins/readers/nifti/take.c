/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A compressed image from its first value to its last, once: the wanted voxels of each
 * stretch that was inflated are put into blocks, and from there into the answer of whoever
 * asked first; a task a volume.
 */
#include <string.h>

#include "nifti.h"

struct taking {
    struct nii_file *file;
    const struct nii_space *space;
    const struct nii_request *request;
    int64_t volume;        /* values of one */
    int64_t at, end;       /* of the stretch: its first value, one past its last */
    const uint8_t *stored; /* value `at` */
};

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

/* The wanted voxels among values [from, to) of volume t. */
static void put_stretch(const struct taking *taking, int64_t t, int64_t from, int64_t to,
                        const uint8_t *stored)
{
    const struct nii_space *space = taking->space;
    const struct nii_blocks *blocks = &taking->file->blocks;
    const int64_t last = first_voxel(space, to);

    for (int64_t v = first_voxel(space, from), end; v < last; v = end) {
        const int64_t b = v / blocks->W, next = (b + 1) * blocks->W;

        end = next < last ? next : last;
        nii_pick(&taking->file->header, stored, from, space->voxel + v, end - v,
                 nii_blocks_row(blocks, b, t) +
                     v % blocks->W * blocks->stored.type->width);
    }
}

static void answer(const struct taking *taking, int64_t t)
{
    const struct nii_request *request = taking->request;
    const struct nii_blocks *blocks = &taking->file->blocks;

    if (t < request->first || t >= request->first + request->n)
        return;
    for (int64_t v = 0, end; v < request->n_voxels; v = end) {
        const int64_t b = request->voxels[v] / blocks->W;

        end = nii_same_block(blocks, request, v);
        nii_convert(&blocks->stored, nii_blocks_row(blocks, b, t), b * blocks->W,
                    request->voxels + v, end - v, request,
                    (t - request->first) * request->stride + v);
    }
}

/* What the stretch has of a volume, counted from the one it begins in. */
static int put_volume(struct ana_ctx *ctx, void *arg, int64_t i)
{
    const struct taking *taking = arg;
    const int64_t t = taking->at / taking->volume + i, begins = t * taking->volume;
    const int64_t from = i == 0 ? taking->at : begins;
    const int64_t all = begins + taking->volume;

    (void)ctx;
    put_stretch(taking, t, from - begins,
                (all < taking->end ? all : taking->end) - begins,
                taking->stored + (from - taking->at) * taking->file->header.type->width);
    if (all <= taking->end)
        answer(taking, t);
    return 0;
}

/* Volumes for which blocks have room, then those are put. */
static int put(struct ana_ctx *ctx, const struct taking *stretch)
{
    const struct nii_blocks *blocks = &stretch->file->blocks;
    const int width = stretch->file->header.type->width;
    struct taking part = *stretch;
    int rc = 0;

    while (rc == 0 && part.at < stretch->end) {
        const int64_t t = part.at / part.volume;
        const int64_t full = (t / blocks->R + 1) * blocks->R;
        const int64_t last = full < blocks->T ? full : blocks->T;

        part.end = last * part.volume < stretch->end ? last * part.volume : stretch->end;
        rc = ana_parallel_for(ctx, (part.end - 1) / part.volume - t + 1, put_volume,
                              &part);
        if (rc == 0 && part.end == last * part.volume)
            rc = nii_blocks_put(ctx, blocks, last - 1);
        part.stored += (part.end - part.at) * width;
        part.at = part.end;
    }
    return rc;
}

static int take_all(struct ana_ctx *ctx, struct taking *taking, struct nii_stream *stream)
{
    const int width = taking->file->header.type->width;
    const int64_t all = taking->volume * taking->file->header.n_volumes;
    int64_t beyond = 0; /* bytes of a value that is not yet whole */
    int rc = 0;

    while (rc == 0 && taking->at < all) {
        const uint8_t *bytes;
        int64_t n;

        rc = nii_stream_some(ctx, stream, &bytes, &n);
        if (rc != 0)
            break;
        taking->stored = bytes - beyond;
        taking->end = taking->at + (beyond + n) / width;
        beyond = (beyond + n) % width;
        rc = put(ctx, taking);
        taking->at = taking->end;
        if (rc == 0 && ana_cancelled(ctx))
            rc = ana_fail(ctx, ANA_ECANCEL, "interrupted");
    }
    return rc == 0 ? nii_stream_end(ctx, stream) : rc;
}

int nii_blocks_make(struct ana_ctx *ctx, struct nii_file *file,
                    const struct nii_space *space, const struct nii_request *request)
{
    const struct nii_header *h = &file->header;
    struct taking taking = {.file = file,
                            .space = space,
                            .request = request,
                            .volume = h->dim[0] * h->dim[1] * h->dim[2]};
    struct nii_stream *stream;
    int rc = nii_stream_open(ctx, file, h->n_volumes, &stream);

    if (rc == 0) {
        file->blocks.memory =
            ana_alloc(ctx, file->blocks.across, (size_t)file->blocks.key.bytes);
        rc = file->blocks.memory ? take_all(ctx, &taking, stream) : ANA_ERESOURCE;
    }
    nii_stream_close(ctx, stream);
    ana_free(ctx, file->blocks.memory);
    file->blocks.memory = NULL;
    return rc == 0 ? ana_blocks_seal(ctx, file->blocks.kept) : rc;
}
