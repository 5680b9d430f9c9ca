/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A compressed image cannot be read here and there: its wanted voxels are kept in blocks
 * of NII_BLOCK voxels x T as they are stored, so that a tile of targets is one stretch.
 * Those of a small recording stay in memory; else rows gather there until each block's
 * are worth a write to a scratch file, which has no name and goes with the process.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "gunzip.h"
#include "nifti.h"

enum { GATHERED = 8 << 20, ROWS_READ = 4 << 20 }; /* bytes */

static int64_t block_count(int64_t V)
{
    return (V + NII_BLOCK - 1) / NII_BLOCK;
}

/* Bytes of one row of one block. */
static int64_t row_bytes(const struct nii_blocks *blocks)
{
    return (int64_t)NII_BLOCK * blocks->width;
}

/* Where row t of block b stands in the scratch file. */
static int64_t row_at(const struct nii_blocks *blocks, int64_t b, int64_t t)
{
    return (b * blocks->T + t) * row_bytes(blocks);
}

uint8_t *nii_blocks_row(const struct nii_blocks *blocks, int64_t b, int64_t t)
{
    return blocks->memory + (b * blocks->room + t % blocks->room) * row_bytes(blocks);
}

/* Rows to gather before they are written. */
static int64_t gathered(const struct nii_file *file, int64_t n_voxels)
{
    const int64_t a_row = block_count(n_voxels) * NII_BLOCK * file->header.type->width;
    const int64_t n = a_row > 0 ? GATHERED / a_row : 1;

    if (file->in_memory || n > file->header.n_volumes)
        return file->header.n_volumes;
    return n > 1 ? n : 1;
}

/* Rows of one block to read at once. */
static int64_t rows_read(const struct nii_blocks *blocks, int64_t n)
{
    const int64_t most = ROWS_READ / row_bytes(blocks);

    return n < most ? n : most;
}

/* Bytes of a file once it is inflated. */
static int64_t bytes_of(const struct nii_header *h)
{
    return h->offset + h->dim[0] * h->dim[1] * h->dim[2] * h->n_volumes * h->type->width;
}

int64_t nii_blocks_memory(const struct nii_file *file, int64_t n_voxels)
{
    return block_count(n_voxels) * NII_BLOCK * gathered(file, n_voxels) *
               file->header.type->width +
           gunzip_memory(bytes_of(&file->header)) + ROWS_READ;
}

int nii_blocks_create(struct ana_ctx *ctx, const struct nii_file *file, int64_t n_voxels,
                      struct nii_blocks *out)
{
    int rc = 0;

    *out = (struct nii_blocks){.T = file->header.n_volumes,
                               .V = n_voxels,
                               .width = file->header.type->width,
                               .fd = -1,
                               .room = gathered(file, n_voxels)};
    out->memory = ana_alloc(ctx, block_count(n_voxels) * out->room, row_bytes(out));
    if (!out->memory)
        return ANA_ERESOURCE;
    if (!file->in_memory)
        rc = ana_scratch(ctx, nii_file_bytes(file, n_voxels), &out->fd);
    return rc;
}

void nii_blocks_finish(struct ana_ctx *ctx, struct nii_blocks *blocks)
{
    ana_free(ctx, blocks->memory);
    if (blocks->fd >= 0)
        close(blocks->fd);
    blocks->memory = NULL;
    blocks->fd = -1;
}

static int write_at(struct ana_ctx *ctx, int fd, int64_t at, int64_t n,
                    const uint8_t *bytes)
{
    for (int64_t done = 0; done < n;) {
        const ssize_t put = pwrite(fd, bytes + done, (size_t)(n - done), at + done);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return ana_fail(ctx, ANA_ERESOURCE,
                            "the scratch file cannot be written: %s; free some space, or "
                            "choose another folder with `cache` in [study]",
                            strerror(errno));
        done += put;
    }
    return 0;
}

struct flushing {
    const struct nii_blocks *blocks;
    int64_t t, n;
};

static int flush_block(struct ana_ctx *ctx, void *arg, int64_t b)
{
    const struct flushing *f = arg;

    return write_at(ctx, f->blocks->fd, row_at(f->blocks, b, f->t),
                    f->n * row_bytes(f->blocks), nii_blocks_row(f->blocks, b, 0));
}

int nii_blocks_flush(struct ana_ctx *ctx, const struct nii_blocks *blocks, int64_t t,
                     int64_t n)
{
    struct flushing f = {blocks, t, n};

    return blocks->fd < 0
               ? 0
               : ana_parallel_for(ctx, block_count(blocks->V), flush_block, &f);
}

static int read_at(struct ana_ctx *ctx, int fd, int64_t at, int64_t n, uint8_t *bytes)
{
    for (int64_t done = 0; done < n;) {
        const ssize_t got = pread(fd, bytes + done, (size_t)(n - done), at + done);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return ana_fail(ctx, ANA_ERESOURCE, "the scratch file cannot be read: %s",
                            got < 0 ? strerror(errno) : "it ends early");
        done += got;
    }
    return 0;
}

/* Rows [first, first + n) of the request's voxels [v, end), which lie in block b. */
static int read_block(struct ana_ctx *ctx, const struct nii_file *file, int64_t b,
                      int64_t v, int64_t end, const struct nii_request *request,
                      uint8_t *buffer)
{
    const struct nii_blocks *blocks = &file->blocks;
    const int64_t most = rows_read(blocks, request->n);
    int rc = 0;

    for (int64_t from = 0; rc == 0 && from < request->n; from += most) {
        const int64_t n = request->n - from < most ? request->n - from : most;
        const int64_t first = request->first + from;
        const uint8_t *rows = buffer;

        if (blocks->fd < 0)
            rows = nii_blocks_row(blocks, b, first);
        else
            rc = read_at(ctx, blocks->fd, row_at(blocks, b, first), n * row_bytes(blocks),
                         buffer);
        for (int64_t t = 0; rc == 0 && t < n; t++)
            nii_convert(&file->header, rows + t * row_bytes(blocks), b * NII_BLOCK,
                        request->voxels + v, end - v, request,
                        (from + t) * request->stride + v);
    }
    return rc;
}

int nii_blocks_read(struct ana_ctx *ctx, const struct nii_file *file,
                    const struct nii_request *request)
{
    const struct nii_blocks *blocks = &file->blocks;
    uint8_t *buffer = NULL;
    int rc = 0;

    if (blocks->fd >= 0) {
        buffer = ana_alloc(ctx, rows_read(blocks, request->n), (size_t)row_bytes(blocks));
        rc = buffer ? 0 : ANA_ERESOURCE;
    }
    for (int64_t v = 0, end; rc == 0 && v < request->n_voxels; v = end) {
        end = nii_same_block(request, v);
        rc = read_block(ctx, file, request->voxels[v] / NII_BLOCK, v, end, request,
                        buffer);
    }
    ana_free(ctx, buffer);
    return rc;
}

int64_t nii_same_block(const struct nii_request *request, int64_t v)
{
    const int64_t b = request->voxels[v] / NII_BLOCK;

    do
        v++;
    while (v < request->n_voxels && request->voxels[v] / NII_BLOCK == b);
    return v;
}
