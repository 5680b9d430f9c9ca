/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A compressed image cannot be read here and there: its wanted voxels are kept in blocks
 * of W voxels x R volumes, so that a tile of targets is a few stretches, each checked when
 * it is read. R volumes of all voxels gather in memory until their blocks are put.
 */
#include <stdio.h>
#include <string.h>

#include <anaflow/tensor.h>

#include "gunzip.h"
#include "nifti.h"

enum {
    WIDEST = 1024, /* voxels */
    GATHERED = 8 << 20,
    READ = 4 << 20,   /* bytes: while making, at once */
    LARGEST = 1 << 18 /* of a block */
};
/* Rises where blocks of an older anaflow would not do. */
static const char layout[] = "nifti 1";

static int64_t parts(int64_t n, int64_t most)
{
    return n > 0 ? (n + most - 1) / most : 1;
}

static int64_t row_bytes(const struct nii_blocks *blocks)
{
    return blocks->W * blocks->stored.type->width;
}

static int64_t block_bytes(const struct nii_blocks *blocks)
{
    return blocks->R * row_bytes(blocks);
}

/* As many parts as their largest size asks for, all of one size. */
static void choose_shape(struct nii_blocks *blocks)
{
    int64_t most;

    blocks->across = parts(blocks->V, WIDEST);
    blocks->W = parts(blocks->V, blocks->across);
    most = GATHERED / (blocks->across * row_bytes(blocks));
    most = most < LARGEST / row_bytes(blocks) ? most : LARGEST / row_bytes(blocks);
    blocks->along = parts(blocks->T, most > 0 ? most : 1);
    blocks->R = parts(blocks->T, blocks->along);
    blocks->along = parts(blocks->T, blocks->R);
}

static char *write_how(struct ana_ctx *ctx, const struct nii_blocks *blocks,
                       const struct nii_header *h)
{
    char text[512];

    snprintf(text, sizeof text,
             "%s\nimage = %lld x %lld x %lld x %lld, type %d%s, from byte %lld\n"
             "block = %lld voxels x %lld volumes, %s",
             layout, (long long)h->dim[0], (long long)h->dim[1], (long long)h->dim[2],
             (long long)h->n_volumes, h->type->code, h->big_endian ? ", big-endian" : "",
             (long long)h->offset, (long long)blocks->W, (long long)blocks->R,
             ana_dtype_name(blocks->stored.type->dtype));
    return ana_strdup(ctx, text);
}

static char *write_what(struct ana_ctx *ctx, const struct nii_blocks *blocks,
                        const char *stem)
{
    char text[512];

    snprintf(text, sizeof text, "%.200s, inflated: %lld volumes x %lld voxels, %s", stem,
             (long long)blocks->T, (long long)blocks->V,
             ana_dtype_name(blocks->stored.type->dtype));
    return ana_strdup(ctx, text);
}

int nii_blocks_plan(struct ana_ctx *ctx, struct nii_file *file,
                    const struct nii_space *space)
{
    struct nii_blocks *blocks = &file->blocks;

    *blocks = (struct nii_blocks){.T = file->header.n_volumes,
                                  .V = space->n_voxels,
                                  .stored = nii_picked(&file->header)};
    choose_shape(blocks);
    blocks->how = write_how(ctx, blocks, &file->header);
    blocks->what = write_what(ctx, blocks, file->stem);
    blocks->key = (struct ana_blocks_key){.size = sizeof blocks->key,
                                          .file = file->data,
                                          .how = blocks->how,
                                          .numbers = space->voxel,
                                          .n_numbers = space->n_voxels,
                                          .what = blocks->what,
                                          .n = blocks->across * blocks->along,
                                          .bytes = block_bytes(blocks)};
    return blocks->how && blocks->what ? 0 : ANA_ERESOURCE;
}

void nii_blocks_finish(struct ana_ctx *ctx, struct nii_blocks *blocks)
{
    ana_blocks_close(ctx, blocks->kept);
    ana_free(ctx, blocks->memory);
    ana_free(ctx, blocks->how);
    ana_free(ctx, blocks->what);
    memset(blocks, 0, sizeof *blocks);
}

/* Bytes of a file once it is inflated. */
static int64_t bytes_of(const struct nii_header *h)
{
    return h->offset + h->dim[0] * h->dim[1] * h->dim[2] * h->n_volumes * h->type->width;
}

int64_t nii_blocks_memory(const struct nii_file *file)
{
    const struct nii_blocks *blocks = &file->blocks;
    const int64_t block = block_bytes(blocks);

    return blocks->across * block + gunzip_memory(bytes_of(&file->header)) +
           (block > READ ? block : READ);
}

int64_t nii_blocks_held(const struct nii_file *file)
{
    const int64_t hash = 16, more = 1024; /* a block; how, what, paths */

    return hash * file->blocks.key.n + more;
}

uint8_t *nii_blocks_row(const struct nii_blocks *blocks, int64_t b, int64_t t)
{
    return blocks->memory + b * block_bytes(blocks) + t % blocks->R * row_bytes(blocks);
}

struct putting {
    const struct nii_blocks *blocks;
    int64_t t;
};

static int put_block(struct ana_ctx *ctx, void *arg, int64_t b)
{
    const struct putting *p = arg;
    const struct nii_blocks *blocks = p->blocks;
    const int64_t R = blocks->R, rest = R - 1 - p->t % R;

    if (rest > 0) /* volumes behind the last */
        memset(nii_blocks_row(blocks, b, p->t) + row_bytes(blocks), 0,
               (size_t)(rest * row_bytes(blocks)));
    return ana_blocks_put(ctx, blocks->kept, b * blocks->along + p->t / R,
                          blocks->memory + b * block_bytes(blocks));
}

int nii_blocks_put(struct ana_ctx *ctx, const struct nii_blocks *blocks, int64_t t)
{
    struct putting p = {blocks, t};

    return ana_parallel_for(ctx, blocks->across, put_block, &p);
}

/* Rows [first, first + n) of the request's voxels [v, end), which lie in block b of the
 * voxels, through a buffer for `most` blocks. */
static int read_block(struct ana_ctx *ctx, const struct nii_blocks *blocks, int64_t b,
                      int64_t v, int64_t end, const struct nii_request *request,
                      int64_t most, uint8_t *buffer, int32_t *lost)
{
    const int64_t R = blocks->R, last = request->first + request->n;
    int rc = 0;

    for (int64_t t = request->first, to; rc == 0 && !*lost && t < last; t = to) {
        const int64_t k = t / R, begins = k * R;
        const int64_t n = parts(last, R) - k < most ? parts(last, R) - k : most;

        to = (k + n) * R < last ? (k + n) * R : last;
        rc = ana_blocks_get(ctx, blocks->kept, b * blocks->along + k, n, buffer, lost);
        for (int64_t s = t; rc == 0 && !*lost && s < to; s++)
            nii_convert(&blocks->stored, buffer + (s - begins) * row_bytes(blocks),
                        b * blocks->W, request->voxels + v, end - v, request,
                        (s - request->first) * request->stride + v);
    }
    return rc;
}

int nii_blocks_read(struct ana_ctx *ctx, const struct nii_blocks *blocks,
                    const struct nii_request *request, int32_t *lost)
{
    const int64_t all = parts(request->n, blocks->R) + 1,
                  few = READ / block_bytes(blocks);
    const int64_t most = few < 1 ? 1 : few < all ? few : all;
    uint8_t *buffer = ana_alloc(ctx, most, (size_t)block_bytes(blocks));
    int rc = buffer ? 0 : ANA_ERESOURCE;

    *lost = 0;
    for (int64_t v = 0, end; rc == 0 && !*lost && v < request->n_voxels; v = end) {
        end = nii_same_block(blocks, request, v);
        rc = read_block(ctx, blocks, request->voxels[v] / blocks->W, v, end, request,
                        most, buffer, lost);
    }
    ana_free(ctx, buffer);
    return rc;
}

int64_t nii_same_block(const struct nii_blocks *blocks, const struct nii_request *request,
                       int64_t v)
{
    const int64_t first = request->voxels[v] / blocks->W * blocks->W;
    const int64_t last = first + blocks->W;

    do
        v++;
    while (v < request->n_voxels && request->voxels[v] >= first &&
           request->voxels[v] < last);
    return v;
}
