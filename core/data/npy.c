/* SPDX-License-Identifier: BSD-3-Clause
 *
 * NumPy's .npy files: numbers as tensors, mapped where that saves a copy, and lists of
 * strings. Fortran order is a matter of strides.
 */
#include "data/npy.h"

#include <string.h>

#include <anaflow/files.h>

#include "base/file.h"
#include "data/npy_header.h"
#include "data/tensor.h"

/* Smaller files are copied: a page of memory each, and nothing breaks when somebody
 * replaces the file during a run. */
enum { LEAST_MAPPED = 1 << 20 };

struct mapping {
    const uint8_t *data;
    int64_t n;
};

static void release_mapping(void *memory)
{
    struct mapping *mapping = memory;

    ana_file_unmap(mapping->data, mapping->n);
    ana_free(NULL, mapping);
}

static int open_file(struct ana_ctx *ctx, const char *path, struct mapping *file,
                     struct ana_npy_header *header)
{
    int rc = ana_file_map(ctx, path, &file->data, &file->n);

    if (rc != 0)
        return rc;
    rc = ana_npy_parse(ctx, path, file->data, file->n, header);
    if (rc != 0)
        ana_file_unmap(file->data, file->n);
    return rc;
}

static void set_fortran_strides(struct ana_tensor *tensor)
{
    int64_t stride = 1;

    for (int32_t d = 0; d < tensor->ndim; d++) {
        tensor->strides[d] = stride;
        stride *= tensor->shape[d] > 0 ? tensor->shape[d] : 1;
    }
}

/* Copy n items of `size` bytes, each turned round. */
static void copy_swapped(const uint8_t *from, int64_t n, int64_t size, uint8_t *to)
{
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < size; k++)
            to[i * size + k] = from[i * size + size - 1 - k];
}

static int copy_data(struct ana_ctx *ctx, const struct mapping *file,
                     const struct ana_npy_header *header, struct ana_tensor *out)
{
    const uint8_t *const from = file->data + header->offset;
    int rc = ana_tensor_create(ctx, header->dtype, header->ndim, header->shape, out);

    if (rc != 0)
        return rc;
    if (header->swapped)
        copy_swapped(from, header->count, header->item_size, out->data);
    else if (header->count > 0)
        memcpy(out->data, from, (size_t)(header->count * header->item_size));
    return 0;
}

static int keep_mapping(struct ana_ctx *ctx, const struct mapping *file,
                        const struct ana_npy_header *header, struct ana_tensor *out)
{
    struct mapping *kept = ana_alloc(ctx, 1, sizeof *kept);

    if (!kept)
        return ANA_ERESOURCE;
    *kept = *file;
    ana_tensor_view(header->dtype, header->ndim, header->shape,
                    (void *)(uintptr_t)(file->data + header->offset), out);
    out->flags |= ANA_TENSOR_READ_ONLY;
    if (ana_tensor_adopt(ctx, out, release_mapping, kept) == 0)
        return 0;
    ana_free(ctx, kept);
    return ANA_ERESOURCE;
}

int ana_npy_read(struct ana_ctx *ctx, const char *path, struct ana_tensor *out)
{
    struct ana_npy_header header;
    struct mapping file;
    int mapped = 0, rc;

    memset(out, 0, sizeof *out);
    rc = open_file(ctx, path, &file, &header);
    if (rc != 0)
        return rc;
    if (header.dtype == 0) {
        rc = ana_fail(ctx, ANA_EDATA, "%s: holds text ('%s'); numbers were expected here",
                      path, header.type);
    } else if (file.n >= LEAST_MAPPED && !header.swapped &&
               header.offset % header.item_size == 0) {
        rc = keep_mapping(ctx, &file, &header, out);
        mapped = rc == 0;
    } else {
        rc = copy_data(ctx, &file, &header, out);
    }
    if (!mapped)
        ana_file_unmap(file.data, file.n);
    if (rc == 0 && header.fortran)
        set_fortran_strides(out);
    return rc;
}

int ana_npy_shape(struct ana_ctx *ctx, const char *path, int32_t *dtype, int32_t *ndim,
                  int64_t *shape)
{
    struct ana_npy_header header;
    struct mapping file;
    int rc = open_file(ctx, path, &file, &header);

    if (rc != 0)
        return rc;
    *dtype = header.dtype;
    *ndim = header.ndim;
    memcpy(shape, header.shape, sizeof header.shape);
    ana_file_unmap(file.data, file.n);
    return 0;
}

/* One item of UCS-4 as UTF-8 with its length; -1 where a number is no character. */
static int64_t decode_unicode(const uint8_t *item, int64_t units, int swapped, char *out)
{
    int64_t n = 0, used = 0;

    for (int64_t i = 0; i < units; i++) {
        uint32_t code;
        int k;

        memcpy(&code, item + 4 * i, sizeof code);
        code = swapped ? __builtin_bswap32(code) : code;
        k = ana_utf8_put(code, out + n);
        if (k == 0)
            return -1;
        n += k;
        used = code ? n : used;
    }
    out[used] = 0; /* NumPy pads with zeros */
    return used;
}

static int64_t decode_bytes(const uint8_t *item, int64_t n, char *out)
{
    while (n > 0 && item[n - 1] == 0)
        n--;
    memcpy(out, item, (size_t)n);
    out[n] = 0;
    return ana_utf8_invalid(out, n) < 0 ? n : -1;
}

/* UTF-8 of UCS-4 never has more bytes than it. */
static int read_item(struct ana_ctx *ctx, const char *path, const struct mapping *file,
                     const struct ana_npy_header *header, int64_t i, char **out)
{
    const int64_t at = header->offset + i * header->item_size;
    int64_t n;

    *out = ana_alloc(ctx, header->item_size + 1, 1);
    if (!*out)
        return ANA_ERESOURCE;
    if (header->letter == 'U')
        n = decode_unicode(file->data + at, header->item_size / 4, header->swapped, *out);
    else
        n = decode_bytes(file->data + at, header->item_size, *out);
    if (n < 0)
        return ana_fail(ctx, ANA_EDATA, "%s: string %lld, at byte %lld, is not %s", path,
                        (long long)i + 1, (long long)at,
                        header->letter == 'U' ? "Unicode"
                                              : "UTF-8; save the array as 'U'");
    if (memchr(*out, 0, (size_t)n))
        return ana_fail(ctx, ANA_EDATA, "%s: string %lld, at byte %lld, has a NUL in it",
                        path, (long long)i + 1, (long long)at);
    return 0;
}

static int check_strings(struct ana_ctx *ctx, const char *path,
                         const struct ana_npy_header *header)
{
    if (header->dtype != 0)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: holds %s; names were expected here: np.save(path, "
                        "np.array(names, 'U'))",
                        path, ana_dtype_name(header->dtype));
    if (header->ndim > 1)
        return ana_fail(ctx, ANA_EDATA, "%s: a list of names has one axis, this has %d",
                        path, (int)header->ndim);
    return 0;
}

int ana_npy_read_text(struct ana_ctx *ctx, const char *path, int64_t *n, char ***strings)
{
    struct ana_npy_header header;
    struct mapping file;
    int rc;

    *n = 0;
    *strings = NULL;
    rc = open_file(ctx, path, &file, &header);
    if (rc != 0)
        return rc;
    rc = check_strings(ctx, path, &header);
    if (rc == 0) {
        *strings = ana_alloc(ctx, header.count, sizeof **strings);
        rc = *strings ? 0 : ANA_ERESOURCE;
    }
    for (int64_t i = 0; rc == 0 && i < header.count; i++)
        rc = read_item(ctx, path, &file, &header, i, &(*strings)[i]);
    if (rc == 0) {
        *n = header.count;
    } else if (*strings) {
        for (int64_t i = 0; i < header.count; i++)
            ana_free(ctx, (*strings)[i]);
        ana_free(ctx, *strings);
        *strings = NULL;
    }
    ana_file_unmap(file.data, file.n);
    return rc;
}
