/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A compressed image, volume by volume. Where the whole of it is small, libdeflate inflates
 * it at once, which is several times as fast; otherwise zlib does, a volume at a time.
 * Neither is ever asked for more bytes than the header promises.
 */
#include <errno.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "nifti.h"

enum { AT_ONCE = 384 << 20 };

static int cut_short(struct ana_ctx *ctx, const struct nii_file *file, int64_t t)
{
    return ana_fail(ctx, ANA_EDATA,
                    "%s: ends inside volume %lld of %lld; it is cut short, copy it again",
                    file->data, (long long)t, (long long)file->header.n_volumes);
}

static int64_t volume_bytes(const struct nii_header *h)
{
    return h->dim[0] * h->dim[1] * h->dim[2] * h->type->width;
}

static int skip(gzFile in, int64_t n)
{
    uint8_t waste[4096];

    while (n > 0) {
        const int got = gzread(in, waste, (unsigned)(n < 4096 ? n : 4096));

        if (got <= 0)
            return 0;
        n -= got;
    }
    return 1;
}

/* zlib takes 32-bit counts. */
static int read_whole(gzFile in, int64_t n, uint8_t *out)
{
    while (n > 0) {
        const int got = gzread(in, out, (unsigned)(n < 1 << 30 ? n : 1 << 30));

        if (got <= 0)
            return 0;
        out += got;
        n -= got;
    }
    return 1;
}

static int stream_slowly(struct ana_ctx *ctx, const struct nii_file *file,
                         int (*take)(struct ana_ctx *ctx, void *arg, int64_t t,
                                     const uint8_t *volume),
                         void *arg)
{
    const int64_t bytes = volume_bytes(&file->header);
    uint8_t *volume = ana_alloc(ctx, bytes, 1);
    gzFile in = gzopen(file->data, "rb");
    int rc = 0, error = Z_OK;

    if (!volume || !in)
        rc = volume ? ana_fail(ctx, ANA_EDATA, "%s: cannot be opened: %s", file->data,
                               strerror(errno))
                    : ANA_ERESOURCE;
    if (rc == 0)
        gzbuffer(in, 1 << 18);
    if (rc == 0 && !skip(in, file->header.offset))
        rc = cut_short(ctx, file, 0);
    for (int64_t t = 0; rc == 0 && t < file->header.n_volumes; t++) {
        if (ana_cancelled(ctx))
            rc = ana_fail(ctx, ANA_ECANCEL, "interrupted");
        else if (read_whole(in, bytes, volume))
            rc = take(ctx, arg, t, volume);
        else if (gzerror(in, &error) && error != Z_OK && error != Z_BUF_ERROR)
            rc = ana_fail(ctx, ANA_EDATA,
                          "%s: volume %lld of %lld cannot be inflated; the file is "
                          "damaged, copy it again",
                          file->data, (long long)t, (long long)file->header.n_volumes);
        else
            rc = cut_short(ctx, file, t);
    }
    if (in)
        gzclose(in);
    ana_free(ctx, volume);
    return rc;
}

/* Inflate all members into n bytes; 0 where that does not come out even. */
static int inflate_at_once(const uint8_t *in, size_t n_in, uint8_t *out, size_t n_out)
{
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    size_t used = 0, made = 0;
    int ok = d != NULL;

    while (ok && made < n_out && used < n_in) {
        size_t a = 0, b = 0;

        ok = libdeflate_gzip_decompress_ex(d, in + used, n_in - used, out + made,
                                           n_out - made, &a, &b) == LIBDEFLATE_SUCCESS;
        used += a;
        made += b;
    }
    libdeflate_free_decompressor(d);
    return ok && made == n_out;
}

/* The whole compressed file, mapped; NULL where that fails. */
static uint8_t *map_file(const char *path, size_t *n)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    void *at = MAP_FAILED;

    if (fd >= 0 && fstat(fd, &status) == 0 && status.st_size > 0) {
        *n = (size_t)status.st_size;
        at = mmap(NULL, *n, PROT_READ, MAP_PRIVATE, fd, 0);
    }
    if (fd >= 0)
        close(fd);
    return at == MAP_FAILED ? NULL : at;
}

int nii_stream(struct ana_ctx *ctx, const struct nii_file *file,
               int (*take)(struct ana_ctx *ctx, void *arg, int64_t t,
                           const uint8_t *volume),
               void *arg)
{
    const struct nii_header *h = &file->header;
    const int64_t bytes = h->offset + volume_bytes(h) * h->n_volumes;
    size_t n = 0;
    uint8_t *packed = bytes <= AT_ONCE ? map_file(file->data, &n) : NULL;
    uint8_t *all = NULL;
    int rc = 0, whole;

    if (packed && (int64_t)n > bytes / 1032) /* deflate shrinks by no more */
        all = ana_alloc(ctx, bytes, 1);
    whole = all && inflate_at_once(packed, n, all, (size_t)bytes);
    if (packed)
        munmap(packed, n);
    for (int64_t t = 0; whole && rc == 0 && t < h->n_volumes; t++)
        rc = take(ctx, arg, t, all + h->offset + t * volume_bytes(h));
    ana_free(ctx, all);
    return whole ? rc : stream_slowly(ctx, file, take, arg);
}
