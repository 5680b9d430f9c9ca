/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The values of an image from the first to the last, plain or compressed. ISA-L inflates
 * in a stream nearly as fast as libdeflate does at once and holds 90 kB instead of the
 * whole image; it is never asked for more bytes than the header promises.
 */
#include <errno.h>
#include <fcntl.h>
#include <isa-l/igzip_lib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nifti.h"

enum { IN = 1 << 16 }; /* stays in the nearest caches */

struct nii_stream {
    const struct nii_file *file;
    int fd, compressed, ended;
    int64_t done; /* bytes of values so far */
    struct inflate_state state;
    uint8_t in[IN];
};

/* Why no more bytes come. */
#define SHORT (-1000)  /* the file ends */
#define UNREAD (-1001) /* it cannot be read: errno */

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

static int refill(struct nii_stream *s)
{
    const int64_t got = read_some(s->fd, IN, s->in);

    if (got < 0)
        return UNREAD;
    s->ended = got == 0;
    s->state.next_in = s->in;
    s->state.avail_in = (uint32_t)got;
    return 0;
}

/* A file may have several members one after another, as bgzip makes them. What stands
 * behind the last is passed over: padding, or nothing of ours. */
static int next_member(struct nii_stream *s)
{
    struct inflate_state *z = &s->state;

    while (z->avail_in > 0 && *z->next_in == 0) {
        z->next_in++;
        z->avail_in--;
    }
    if (z->avail_in > 0 &&
        (z->next_in[0] != 0x1f || (z->avail_in > 1 && z->next_in[1] != 0x8b))) {
        z->avail_in = 0;
        s->ended = 1;
    }
    if (z->avail_in == 0)
        return 0;
    isal_inflate_reset(z);
    z->crc_flag = ISAL_GZIP;
    return 1;
}

static int inflate_some(struct nii_stream *s, int64_t n, uint8_t *out)
{
    struct inflate_state *z = &s->state;

    while (n > 0) {
        const uint32_t room = (uint32_t)(n < 1 << 30 ? n : 1 << 30);
        int rc = z->avail_in == 0 && !s->ended ? refill(s) : 0;

        if (rc != 0)
            return rc;
        if (z->block_state == ISAL_BLOCK_FINISH && !next_member(s)) {
            if (s->ended)
                return SHORT;
            continue;
        }
        z->next_out = out;
        z->avail_out = room;
        rc = isal_inflate(z);
        out += room - z->avail_out;
        n -= room - z->avail_out;
        if (rc != ISAL_DECOMP_OK)
            return rc;
        if (s->ended && z->avail_out == room && z->block_state != ISAL_BLOCK_FINISH)
            return SHORT;
    }
    return 0;
}

static int take(struct nii_stream *s, int64_t n, uint8_t *out)
{
    return s->compressed ? inflate_some(s, n, out) : read_plain(s, n, out);
}

static int refuse(struct ana_ctx *ctx, const struct nii_stream *s, int why)
{
    const struct nii_file *file = s->file;
    const long long t = s->done / volume_bytes(&file->header);
    const long long T = file->header.n_volumes;

    switch (why) {
    case SHORT:
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: ends inside volume %lld of %lld; it is cut short, copy it again",
            file->data, t, T);
    case UNREAD:
        return ana_fail(ctx, ANA_EDATA, "%s: volume %lld of %lld cannot be read: %s",
                        file->data, t, T, strerror(errno));
    case ISAL_INCORRECT_CHECKSUM:
        return ana_fail(ctx, ANA_EDATA,
                        "%s: what it holds does not have its checksum; the file is "
                        "damaged, copy it again",
                        file->data);
    default:
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: volume %lld of %lld cannot be inflated (ISA-L error %d); the "
            "file is damaged, copy it again",
            file->data, t, T, why);
    }
}

/* Pass over the header and its extensions. */
static int skip(struct nii_stream *s, int64_t n)
{
    uint8_t waste[4096];
    int rc = 0;

    if (!s->compressed)
        return lseek(s->fd, (off_t)n, SEEK_SET) < 0 ? UNREAD : 0;
    for (int64_t part; rc == 0 && n > 0; n -= part) {
        part = n < (int64_t)sizeof waste ? n : (int64_t)sizeof waste;
        rc = take(s, part, waste);
    }
    return rc;
}

/* What the header promises can come out of a file of this size. */
static int check_promise(struct ana_ctx *ctx, const struct nii_stream *s)
{
    const struct nii_header *h = &s->file->header;
    const int64_t promised = h->offset + volume_bytes(h) * h->n_volumes;
    struct stat status;

    if (fstat(s->fd, &status) == 0 &&
        promised / (s->compressed ? NII_MOST_SHRINK : 1) > (int64_t)status.st_size)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: has %lld bytes, which cannot hold the %lld that its header "
                        "promises; it is cut short, copy it again",
                        s->file->data, (long long)status.st_size, (long long)promised);
    return 0;
}

int nii_stream_open(struct ana_ctx *ctx, const struct nii_file *file,
                    struct nii_stream **out)
{
    struct nii_stream *s = ana_alloc(ctx, 1, sizeof *s);
    int rc, why;

    *out = s;
    if (!s)
        return ANA_ERESOURCE;
    s->file = file;
    s->compressed = file->compressed;
    isal_inflate_init(&s->state);
    s->state.crc_flag = ISAL_GZIP;
    s->fd = open(file->data, O_RDONLY | O_CLOEXEC);
    if (s->fd < 0)
        return ana_fail(ctx, ANA_EDATA, "%s: cannot be opened: %s", file->data,
                        strerror(errno));
    posix_fadvise(s->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    rc = check_promise(ctx, s);
    why = rc == 0 ? skip(s, file->header.offset) : 0;
    return why != 0 ? refuse(ctx, s, why) : rc;
}

int nii_stream_next(struct ana_ctx *ctx, struct nii_stream *s, int64_t bytes,
                    uint8_t *out)
{
    const int why = take(s, bytes, out);

    if (why != 0)
        return refuse(ctx, s, why);
    s->done += bytes;
    return 0;
}

/* More than the header promises is no error, a checksum that does not fit is. */
int nii_stream_end(struct ana_ctx *ctx, struct nii_stream *s)
{
    uint8_t more;
    const int why = s->compressed ? inflate_some(s, 1, &more) : 0;

    if (why == ISAL_INCORRECT_CHECKSUM ||
        (why == SHORT && s->state.block_state != ISAL_BLOCK_FINISH)) {
        s->done -= s->done > 0; /* inside the last volume */
        return refuse(ctx, s, why);
    }
    return 0;
}

void nii_stream_close(struct ana_ctx *ctx, struct nii_stream *s)
{
    if (s && s->fd >= 0)
        close(s->fd);
    ana_free(ctx, s);
}

int nii_first_volume(struct ana_ctx *ctx, const struct nii_file *file, uint8_t *out)
{
    struct nii_stream *s;
    int rc = nii_stream_open(ctx, file, &s);

    if (rc == 0)
        rc = nii_stream_next(ctx, s, volume_bytes(&file->header), out);
    if (rc == 0 && file->header.n_volumes == 1)
        rc = nii_stream_end(ctx, s);
    nii_stream_close(ctx, s);
    return rc;
}
