/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A box of an .npy file, read line by line: of a file that is larger than the memory that
 * there is, no more than the box is ever held, mapped pages included.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "data/npy.h"
#include "data/npy_header.h"
#include "data/tensor.h"

enum { BUFFER = 1 << 16 }; /* bytes */

struct reading {
    const char *path;
    int fd;
    struct ana_npy_header header;
    int64_t step[ANA_MAX_DIMS]; /* elements of the file between neighbours */
    uint8_t *buffer;
};

static int look_at_header(struct ana_ctx *ctx, struct reading *r)
{
    const uint8_t *data;
    int64_t n, step = 1;
    int rc = ana_file_map(ctx, r->path, &data, &n);

    if (rc != 0)
        return rc;
    rc = ana_npy_parse(ctx, r->path, data, n, &r->header);
    ana_file_unmap(data, n);
    if (rc == 0 && r->header.dtype == 0)
        rc = ana_fail(ctx, ANA_EDATA, "%s: holds text ('%s'); numbers were expected here",
                      r->path, r->header.type);
    for (int32_t i = 0; rc == 0 && i < r->header.ndim; i++) {
        const int32_t d = r->header.fortran ? i : r->header.ndim - 1 - i;

        r->step[d] = step;
        step *= r->header.shape[d];
    }
    return rc;
}

static int check_box(struct ana_ctx *ctx, const struct reading *r, const int64_t *first,
                     const struct ana_tensor *out)
{
    const struct ana_npy_header *h = &r->header;
    int inside = out->ndim == h->ndim &&
                 (out->dtype == ANA_F32 || out->dtype == ANA_F64) &&
                 ana_tensor_contiguous(out);

    for (int32_t d = 0; inside && d < h->ndim; d++)
        inside = first[d] >= 0 && out->shape[d] >= 0 && out->shape[d] <= h->shape[d] &&
                 first[d] <= h->shape[d] - out->shape[d];
    return inside
               ? 0
               : ana_fail(ctx, ANA_ESHAPE,
                          "%s: the part that is asked for does not lie in it", r->path);
}

static int read_bytes(struct ana_ctx *ctx, const struct reading *r, int64_t at, int64_t n)
{
    for (int64_t done = 0; done < n;) {
        const ssize_t got =
            pread(r->fd, r->buffer + done, (size_t)(n - done), (off_t)(at + done));

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return ana_fail(ctx, ANA_EDATA, "%s: byte %lld cannot be read: %s", r->path,
                            (long long)(at + done),
                            got < 0 ? strerror(errno) : "the file ends there");
        done += got;
    }
    return 0;
}

static void turn_round(int64_t n, int64_t size, uint8_t *item)
{
    for (int64_t i = 0; i < n; i++, item += size)
        for (int64_t k = 0; k < size / 2; k++) {
            const uint8_t byte = item[k];

            item[k] = item[size - 1 - k];
            item[size - 1 - k] = byte;
        }
}

/* n numbers of the buffer to places `stride` apart, from element `at` of out on. */
static void put_numbers(const struct reading *r, int64_t n, struct ana_tensor *out,
                        int64_t at, int64_t stride)
{
    const float *narrow = (const void *)r->buffer;
    struct ana_tensor view;

    ana_tensor_view(r->header.dtype, 1, &n, r->buffer, &view);
    for (int64_t i = 0; i < n; i++) {
        const double value =
            r->header.dtype == ANA_F32 ? (double)narrow[i] : ana_tensor_get(&view, i);

        if (out->dtype == ANA_F32)
            ((float *)out->data)[at + i * stride] = (float)value;
        else
            ((double *)out->data)[at + i * stride] = value;
    }
}

/* n neighbours of the file from its element `from` on. */
static int read_line(struct ana_ctx *ctx, const struct reading *r, int64_t from,
                     int64_t n, struct ana_tensor *out, int64_t at, int64_t stride)
{
    const int64_t size = r->header.item_size, most = BUFFER / size;
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < n; i += most) {
        const int64_t some = n - i < most ? n - i : most;

        rc = read_bytes(ctx, r, r->header.offset + (from + i) * size, some * size);
        if (rc == 0 && r->header.swapped)
            turn_round(some, size, r->buffer);
        if (rc == 0)
            put_numbers(r, some, out, at + i * stride, stride);
    }
    return rc;
}

/* Every line of the box along the axis whose neighbours stand side by side in the file. */
static int read_lines(struct ana_ctx *ctx, const struct reading *r, const int64_t *first,
                      struct ana_tensor *out)
{
    const int32_t ndim = out->ndim, along = r->header.fortran ? 0 : ndim - 1;
    const int64_t n = ana_tensor_count(out), line = ndim > 0 ? out->shape[along] : 1;
    const int64_t stride = ndim > 0 ? out->strides[along] : 1;
    int64_t place[ANA_MAX_DIMS] = {0};
    int rc = 0;

    for (int64_t done = 0; rc == 0 && done < n; done += line) {
        int64_t from = 0, at = 0;

        for (int32_t d = 0; d < ndim; d++) {
            from += (first[d] + place[d]) * r->step[d];
            at += place[d] * out->strides[d];
        }
        rc = read_line(ctx, r, from, line, out, at, stride);
        for (int32_t d = ndim - 1; d >= 0; d--) {
            if (d == along)
                continue;
            if (++place[d] < out->shape[d])
                break;
            place[d] = 0;
        }
    }
    return rc;
}

int ana_npy_read_part(struct ana_ctx *ctx, const char *path, const int64_t *first,
                      struct ana_tensor *out)
{
    struct reading r = {.path = path, .fd = -1};
    int rc = look_at_header(ctx, &r);

    if (rc == 0)
        rc = check_box(ctx, &r, first, out);
    if (rc != 0)
        return rc;
    r.buffer = ana_alloc(ctx, BUFFER, 1);
    if (!r.buffer)
        return ANA_ERESOURCE;
    r.fd = open(path, O_RDONLY | O_CLOEXEC);
    rc = r.fd >= 0 ? read_lines(ctx, &r, first, out)
                   : ana_fail(ctx, ANA_EDATA, "%s: cannot be opened: %s", path,
                              strerror(errno));
    if (r.fd >= 0)
        close(r.fd);
    ana_free(ctx, r.buffer);
    return rc;
}
