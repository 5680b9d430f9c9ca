/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A compressed image cannot be read here and there: its wanted voxels are kept in blocks
 * of NII_BLOCK voxels x T as they are stored, so that a tile of targets is one stretch. Up
 * to IN_MEMORY bytes are kept in memory, more in a scratch file that has no name and
 * goes with the process.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nifti.h"

enum { IN_MEMORY = 64 << 20 };

/* Where block b begins. */
static int64_t block_at(const struct nii_blocks *blocks, int64_t b)
{
    return b * NII_BLOCK * blocks->T * blocks->width;
}

/* A file without a name in the cache folder, else where temporary files go. */
static int scratch(struct ana_ctx *ctx, int *fd)
{
    const char *folders[] = {getenv("ANAFLOW_CACHE"), getenv("TMPDIR"), "/var/tmp",
                             "/tmp"};
    char path[4096];

    *fd = -1;
    for (size_t i = 0; i < sizeof folders / sizeof *folders && *fd < 0; i++) {
        if (!folders[i] || strlen(folders[i]) > sizeof path - 32)
            continue;
        strcpy(path, folders[i]);
        strcat(path, "/anaflow-XXXXXX");
        *fd = mkostemp(path, O_CLOEXEC);
        if (*fd >= 0)
            unlink(path);
    }
    return *fd >= 0 ? 0
                    : ana_fail(ctx, ANA_ERESOURCE,
                               "no scratch file can be made: %s; set TMPDIR to a folder "
                               "with room",
                               strerror(errno));
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
                            "the scratch file cannot be written: %s; free some space or "
                            "set TMPDIR to a folder with room",
                            strerror(errno));
        done += put;
    }
    return 0;
}

struct taking {
    const struct nii_space *space;
    struct nii_blocks *blocks;
    uint8_t row[NII_BLOCK * 8];
};

static int take_volume(struct ana_ctx *ctx, void *arg, int64_t t, const uint8_t *volume)
{
    struct taking *taking = arg;
    struct nii_blocks *blocks = taking->blocks;
    const int64_t V = blocks->V, width = blocks->width;
    int rc = 0;

    for (int64_t b = 0; rc == 0 && b * NII_BLOCK < V; b++) {
        const int64_t n = V - b * NII_BLOCK < NII_BLOCK ? V - b * NII_BLOCK : NII_BLOCK;
        const int64_t at = block_at(blocks, b) + t * NII_BLOCK * width;
        uint8_t *row = blocks->fd < 0 ? blocks->memory + at : taking->row;

        for (int64_t v = 0; v < n; v++)
            memcpy(row + v * width,
                   volume + taking->space->voxel[b * NII_BLOCK + v] * width,
                   (size_t)width);
        if (blocks->fd >= 0)
            rc = write_at(ctx, blocks->fd, at, n * width, row);
    }
    return rc;
}

int nii_blocks_make(struct ana_ctx *ctx, const struct nii_file *file,
                    const struct nii_space *space, struct nii_blocks *out)
{
    const int64_t bytes = nii_file_bytes(file, space->n_voxels);
    struct taking *taking = ana_alloc(ctx, 1, sizeof *taking);
    int rc = taking ? 0 : ANA_ERESOURCE;

    *out = (struct nii_blocks){.T = file->header.n_volumes,
                               .V = space->n_voxels,
                               .width = file->header.type->width,
                               .fd = -1};
    if (rc == 0 && bytes <= IN_MEMORY) {
        out->memory = ana_alloc(ctx, bytes, 1);
        rc = out->memory ? 0 : ANA_ERESOURCE;
    } else if (rc == 0) {
        rc = scratch(ctx, &out->fd);
    }
    if (rc == 0) {
        taking->space = space;
        taking->blocks = out;
        rc = nii_stream(ctx, file, take_volume, taking);
    }
    ana_free(ctx, taking);
    if (rc != 0)
        nii_blocks_finish(ctx, out);
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

/* The rows [first, first + n) of one block: in memory as they are, else read. */
static int load_rows(struct ana_ctx *ctx, const struct nii_blocks *blocks, int64_t b,
                     int64_t first, int64_t n, uint8_t *buffer, const uint8_t **rows)
{
    const int64_t a_row = NII_BLOCK * blocks->width;
    const int64_t at = block_at(blocks, b) + first * a_row;
    const int64_t last = blocks->V - b * NII_BLOCK; /* the last row may end early */
    const int64_t tail = last < NII_BLOCK ? (NII_BLOCK - last) * blocks->width : 0;

    if (blocks->fd < 0) {
        *rows = blocks->memory + at;
        return 0;
    }
    *rows = buffer;
    return read_at(ctx, blocks->fd, at, n * a_row - tail, buffer);
}

/* Values of some voxels of one row of a block. The type that scanners store, in this
 * machine's order, has a loop of its own: fMRI is read through here. */
static void take_row(const struct nii_header *h, const uint8_t *row, int64_t n,
                     const int64_t *voxels, double *out)
{
    const int width = h->type->width;
    int16_t whole;

    if (h->type->dtype == ANA_I16 && !h->big_endian)
        for (int64_t v = 0; v < n; v++) {
            memcpy(&whole, row + voxels[v] % NII_BLOCK * 2, sizeof whole);
            out[v] = (double)whole * h->slope + h->intercept;
        }
    else
        for (int64_t v = 0; v < n; v++)
            out[v] =
                nii_value(row + voxels[v] % NII_BLOCK * width, h->type, h->big_endian) *
                    h->slope +
                h->intercept;
}

int nii_blocks_read(struct ana_ctx *ctx, const struct nii_file *file, int64_t first,
                    int64_t n, int64_t n_voxels, const int64_t *voxels, double *out)
{
    const struct nii_blocks *blocks = &file->blocks;
    const struct nii_header *h = &file->header;
    const int64_t a_row = NII_BLOCK * blocks->width;
    uint8_t *buffer =
        blocks->fd < 0 ? NULL : ana_alloc(ctx, n * NII_BLOCK, (size_t)blocks->width);
    const uint8_t *rows = NULL;
    int64_t loaded = -1;
    int rc = blocks->fd < 0 || buffer ? 0 : ANA_ERESOURCE;

    for (int64_t v = 0, end; rc == 0 && v < n_voxels; v = end) {
        const int64_t b = voxels[v] / NII_BLOCK;

        for (end = v + 1; end < n_voxels && voxels[end] / NII_BLOCK == b;)
            end++;
        if (b != loaded)
            rc = load_rows(ctx, blocks, b, first, n, buffer, &rows);
        loaded = b;
        for (int64_t t = 0; rc == 0 && t < n; t++)
            take_row(h, rows + t * a_row, end - v, voxels + v, out + t * n_voxels + v);
    }
    ana_free(ctx, buffer);
    return rc;
}
