/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The values of an image from the first to the last, plain or compressed, never more of
 * them than the header promises.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "deflate.h"
#include "gunzip.h"
#include "nifti.h"

struct nii_stream {
    const struct nii_file *file;
    int fd;
    int64_t done, all; /* bytes of values so far, of all */
    struct gunzip *gunzip;
    const uint8_t *rest; /* inflated, but not yet taken */
    int64_t n_rest;
};

enum { MOST_BEYOND = 64 << 20 }; /* bytes behind the values that are looked at */

/* Why no more bytes come. */
#define SHORT DEFLATE_SHORT
#define UNREAD GUNZIP_UNREAD

static int64_t volume_bytes(const struct nii_header *h)
{
    return h->dim[0] * h->dim[1] * h->dim[2] * h->type->width;
}

static int64_t read_some(int fd, int64_t n, uint8_t *out)
{
    ssize_t got;

    do
        got = read(fd, out, (size_t)(n < 1 << 30 ? n : 1 << 30));
    while (got < 0 && errno == EINTR);
    return got;
}

static int read_plain(struct nii_stream *s, int64_t n, uint8_t *out)
{
    while (n > 0) {
        const int64_t got = read_some(s->fd, n, out);

        if (got <= 0)
            return got < 0 ? UNREAD : SHORT;
        out += got;
        n -= got;
    }
    return 0;
}

static int more(struct ana_ctx *ctx, struct nii_stream *s, int *why)
{
    const int rc = gunzip_next(ctx, s->gunzip, &s->rest, &s->n_rest, why);

    if (rc == 0 && *why == 0 && s->n_rest == 0)
        *why = SHORT;
    return rc;
}

/* Pass over n bytes, or put them to `out`. */
static int take(struct ana_ctx *ctx, struct nii_stream *s, int64_t n, uint8_t *out,
                int *why)
{
    int rc = 0;

    for (int64_t part; rc == 0 && *why == 0 && n > 0; n -= part) {
        part = 0;
        if (s->n_rest == 0)
            rc = more(ctx, s, why);
        if (rc != 0 || *why != 0)
            continue;
        part = n < s->n_rest ? n : s->n_rest;
        if (out) {
            memcpy(out, s->rest, (size_t)part);
            out += part;
        }
        s->rest += part;
        s->n_rest -= part;
    }
    return rc;
}

/* The byte of the file at which nothing more came. */
static long long stood_at(const struct nii_stream *s)
{
    struct stat status;

    if (s->gunzip)
        return gunzip_at(s->gunzip);
    return fstat(s->fd, &status) == 0 ? (long long)status.st_size : 0;
}

static int refuse(struct ana_ctx *ctx, const struct nii_stream *s, int why)
{
    const struct nii_file *file = s->file;
    const long long t = s->done / volume_bytes(&file->header);
    const long long T = file->header.n_volumes;

    switch (why) {
    case SHORT:
        return ana_fail(ctx, ANA_EDATA,
                        "%s: byte %lld: ends inside volume %lld of %lld; it is cut "
                        "short, copy it again",
                        file->data, stood_at(s), t, T);
    case UNREAD:
        return ana_fail(ctx, ANA_EDATA, "%s: volume %lld of %lld cannot be read: %s",
                        file->data, t, T, strerror(errno));
    case GUNZIP_SUM:
        return ana_fail(ctx, ANA_EDATA,
                        "%s: byte %lld: what it holds does not have its checksum; the "
                        "file is damaged, copy it again",
                        file->data, stood_at(s));
    default:
        return ana_fail(ctx, ANA_EDATA,
                        "%s: byte %lld, inside volume %lld of %lld, cannot be inflated "
                        "(%s); the file is damaged, copy it again",
                        file->data, (long long)gunzip_at(s->gunzip), t, T,
                        gunzip_reason(why));
    }
}

/* What the header promises can come out of a file of this size. */
static int check_promise(struct ana_ctx *ctx, const struct nii_stream *s)
{
    const struct nii_header *h = &s->file->header;
    const int64_t promised = h->offset + volume_bytes(h) * h->n_volumes;
    struct stat status;

    if (fstat(s->fd, &status) == 0 &&
        promised / (s->file->compressed ? NII_MOST_SHRINK : 1) > (int64_t)status.st_size)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: byte %lld: the file ends, and so little cannot hold the "
                        "%lld bytes that its header promises; it is cut short, copy it "
                        "again",
                        s->file->data, (long long)status.st_size, (long long)promised);
    return 0;
}

/* Pass over the header and its extensions. */
static int begin(struct ana_ctx *ctx, struct nii_stream *s)
{
    const int64_t offset = s->file->header.offset;
    int why = 0, rc = 0;

    if (!s->file->compressed) {
        why = lseek(s->fd, (off_t)offset, SEEK_SET) < 0 ? UNREAD : 0;
    } else {
        rc = gunzip_open(ctx, s->fd, offset + s->all, &s->gunzip);
        if (rc == 0)
            rc = take(ctx, s, offset, NULL, &why);
    }
    return why != 0 ? refuse(ctx, s, why) : rc;
}

int nii_stream_open(struct ana_ctx *ctx, const struct nii_file *file, int64_t volumes,
                    struct nii_stream **out)
{
    struct nii_stream *s = ana_alloc(ctx, 1, sizeof *s);
    int rc;

    *out = s;
    if (!s)
        return ANA_ERESOURCE;
    s->file = file;
    s->all = volume_bytes(&file->header) * volumes;
    s->fd = open(file->data, O_RDONLY | O_CLOEXEC);
    if (s->fd < 0)
        return ana_fail(ctx, ANA_EDATA, "%s: cannot be opened: %s", file->data,
                        strerror(errno));
    posix_fadvise(s->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    rc = check_promise(ctx, s);
    return rc == 0 ? begin(ctx, s) : rc;
}

int nii_stream_next(struct ana_ctx *ctx, struct nii_stream *s, int64_t bytes,
                    uint8_t *out)
{
    int why = 0, rc = 0;

    if (s->file->compressed)
        rc = take(ctx, s, bytes, out, &why);
    else
        why = read_plain(s, bytes, out);
    if (why != 0)
        return refuse(ctx, s, why);
    s->done += bytes;
    return rc;
}

int nii_stream_some(struct ana_ctx *ctx, struct nii_stream *s, const uint8_t **bytes,
                    int64_t *n)
{
    const int64_t left = s->all - s->done;
    int why = 0, rc = 0;

    if (s->n_rest == 0 && left > 0)
        rc = more(ctx, s, &why);
    if (why != 0)
        return refuse(ctx, s, why);
    *bytes = s->rest;
    *n = s->n_rest < left ? s->n_rest : left;
    s->rest += *n;
    s->n_rest -= *n;
    s->done += *n;
    return rc;
}

/* Each run is to hear of it, not only the one that inflates the file. */
static void warn_of_more(struct ana_ctx *ctx, const struct nii_file *file)
{
    char what[160];

    snprintf(what, sizeof what,
             "holds %d MB more than the values of its header and goes on; whether "
             "it is damaged was not looked at",
             MOST_BEYOND >> 20);
    if (file->blocks.kept)
        ana_blocks_warn(ctx, file->blocks.kept, what);
    else
        ana_warn(ctx, "%s: %s", file->data, what);
}

/* More than the header promises is no error, a checksum that does not fit is: it stands
 * behind all that there is, which damage in the middle may have made longer. */
int nii_stream_end(struct ana_ctx *ctx, struct nii_stream *s)
{
    int64_t beyond = s->n_rest;
    int why = 0, rc = 0;

    s->n_rest = s->gunzip != NULL;
    while (rc == 0 && why == 0 && s->n_rest > 0 && beyond <= MOST_BEYOND) {
        rc = gunzip_next(ctx, s->gunzip, &s->rest, &s->n_rest, &why);
        beyond += s->n_rest;
    }
    if (rc == 0 && beyond > MOST_BEYOND)
        warn_of_more(ctx, s->file);
    if (why == 0 || why == GUNZIP_HEADER)
        return rc;
    if (why == SHORT)
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: byte %lld: its checksum is cut off, so that nobody can tell whether its "
            "%lld volumes are right; it is cut short, copy it again",
            s->file->data, stood_at(s), (long long)s->file->header.n_volumes);
    s->done -= s->done > 0; /* inside the last volume */
    return refuse(ctx, s, why);
}

void nii_stream_close(struct ana_ctx *ctx, struct nii_stream *s)
{
    if (!s)
        return;
    gunzip_close(ctx, s->gunzip);
    if (s->fd >= 0)
        close(s->fd);
    ana_free(ctx, s);
}

int nii_first_volume(struct ana_ctx *ctx, const struct nii_file *file, uint8_t *out)
{
    struct nii_stream *s;
    int rc = nii_stream_open(ctx, file, 1, &s);

    if (rc == 0)
        rc = nii_stream_next(ctx, s, volume_bytes(&file->header), out);
    if (rc == 0 && file->header.n_volumes == 1)
        rc = nii_stream_end(ctx, s);
    nii_stream_close(ctx, s);
    return rc;
}
