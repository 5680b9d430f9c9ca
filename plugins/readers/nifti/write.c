/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A map in the space of the images that were read: NIfTI-1, or NIfTI-2 where an axis has
 * more than 32,767 voxels (FreeSurfer's vertices), float32, one value a voxel. It
 * appears under its name whole or not at all, and is the same bytes whenever it is made.
 */
#include <errno.h>
#include <libdeflate.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nifti.h"

enum { HEADER = 352, HEADER_2 = 544 }; /* bytes before the values */

static void put(uint8_t *at, const void *value, size_t n)
{
    memcpy(at, value, n); /* little-endian, as this machine */
}

static void put16(uint8_t *header, int at, int16_t value)
{
    put(header + at, &value, sizeof value);
}

static void put_real(uint8_t *header, int at, double value)
{
    const float f = (float)value;

    put(header + at, &f, sizeof f);
}

static double spacing(const struct nii_space *space, int d)
{
    double square = 0;

    for (int i = 0; i < 3; i++)
        square += space->affine[i][d] * space->affine[i][d];
    return sqrt(square);
}

static int code_of(const struct nii_header *like)
{
    return like->space > 0 ? like->space : 2;
}

static void fill_header(const struct nii_space *space, const struct nii_header *like,
                        uint8_t *header)
{
    const int32_t size = 348;

    put(header, &size, sizeof size);
    put16(header, 40, 3);
    for (int d = 0; d < 7; d++)
        put16(header, 42 + 2 * d, (int16_t)(d < 3 ? space->dim[d] : 1));
    put16(header, 70, 16);
    put16(header, 72, 32);
    for (int d = 0; d < 3; d++)
        put_real(header, 80 + 4 * d, spacing(space, d));
    put_real(header, 76, 1);
    put_real(header, 108, HEADER);
    put_real(header, 112, 1);
    header[123] = 2; /* mm */
    put16(header, 254, (int16_t)code_of(like));
    for (int i = 0; i < 12; i++)
        put_real(header, 280 + 4 * i, space->affine[i / 4][i % 4]);
    memcpy(header + 344, "n+1", 4);
}

static void put_double(uint8_t *header, int at, double value)
{
    put(header + at, &value, sizeof value);
}

/* The same with 64-bit sizes and reals. */
static void fill_header_2(const struct nii_space *space, const struct nii_header *like,
                          uint8_t *header)
{
    const int32_t size = 540, units = 2, code = code_of(like);
    const int64_t n = 3, offset = HEADER_2, one = 1;

    put(header, &size, sizeof size);
    memcpy(header + 4, "n+2\0\r\n\032\n", 8);
    put16(header, 12, 16);
    put16(header, 14, 32);
    put(header + 16, &n, sizeof n);
    for (int d = 0; d < 7; d++)
        put(header + 24 + 8 * d, d < 3 ? &space->dim[d] : &one, sizeof one);
    put_double(header, 104, 1);
    for (int d = 0; d < 3; d++)
        put_double(header, 112 + 8 * d, spacing(space, d));
    put(header + 168, &offset, sizeof offset);
    put_double(header, 176, 1);
    put(header + 348, &code, sizeof code);
    for (int i = 0; i < 12; i++)
        put_double(header, 400 + 8 * i, space->affine[i / 4][i % 4]);
    put(header + 500, &units, sizeof units);
}

static int is_long(const struct nii_space *space)
{
    return space->dim[0] > INT16_MAX || space->dim[1] > INT16_MAX ||
           space->dim[2] > INT16_MAX;
}

/* The bytes as a gzip member without a name or a date. */
static int compress_bytes(struct ana_ctx *ctx, const uint8_t *bytes, int64_t n,
                          uint8_t **out, int64_t *n_out)
{
    struct libdeflate_compressor *c = libdeflate_alloc_compressor(6);
    size_t room;

    *out = NULL;
    if (!c)
        return ana_fail(ctx, ANA_ERESOURCE, "out of memory");
    room = libdeflate_gzip_compress_bound(c, (size_t)n);
    *out = ana_alloc(ctx, (int64_t)room, 1);
    if (*out)
        *n_out = (int64_t)libdeflate_gzip_compress(c, bytes, (size_t)n, *out, room);
    libdeflate_free_compressor(c);
    return *out ? 0 : ANA_ERESOURCE;
}

static int write_whole(struct ana_ctx *ctx, const char *path, const uint8_t *bytes,
                       int64_t n)
{
    char temporary[4200];
    FILE *file;
    int ok;

    if (strlen(path) > 4096)
        return ana_fail(ctx, ANA_ERESOURCE, "%s: the name is too long", path);
    snprintf(temporary, sizeof temporary, "%s.tmp-%06ld", path, (long)getpid() % 1000000);
    file = fopen(temporary, "wb");
    if (!file)
        return ana_fail(ctx, ANA_ERESOURCE, "%s: cannot be written: %s", path,
                        strerror(errno));
    ok = fwrite(bytes, 1, (size_t)n, file) == (size_t)n && fflush(file) == 0 &&
         fsync(fileno(file)) == 0;
    ok = fclose(file) == 0 && ok;
    if (ok && rename(temporary, path) == 0)
        return 0;
    ana_fail(ctx, ANA_ERESOURCE, "%s: cannot be written: %s", path, strerror(errno));
    unlink(temporary);
    return ANA_ERESOURCE;
}

int nii_write(struct ana_ctx *ctx, const struct nii_space *space,
              const struct nii_header *like, const double *value, const char *path)
{
    const int64_t volume = space->dim[0] * space->dim[1] * space->dim[2];
    const int64_t header = is_long(space) ? HEADER_2 : HEADER;
    const size_t length = strlen(path);
    const int packed = length > 3 && strcasecmp(path + length - 3, ".gz") == 0;
    uint8_t *bytes = ana_alloc(ctx, header + 4 * volume, 1), *small = NULL;
    int64_t n = header + 4 * volume;
    int rc = bytes ? 0 : ANA_ERESOURCE;

    if (rc == 0)
        (is_long(space) ? fill_header_2 : fill_header)(space, like, bytes);
    for (int64_t v = 0; rc == 0 && v < space->n_voxels; v++)
        put(bytes + header + 4 * space->voxel[v], &(float){(float)value[v]}, 4);
    if (rc == 0 && packed)
        rc = compress_bytes(ctx, bytes, n, &small, &n);
    if (rc == 0)
        rc = write_whole(ctx, path, packed ? small : bytes, n);
    ana_free(ctx, small);
    ana_free(ctx, bytes);
    return rc;
}
