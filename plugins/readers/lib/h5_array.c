/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a dataset is: its numbers' type, its shape, how it is stored, all checked before
 * anything is sized by it.
 */
#include <stdio.h>
#include <string.h>

#include "h5.h"
#include "h5_decode.h"

/* Bytes that one stored byte can stand for: deflate reaches 1032. */
enum { MOST_PACKED = 1100, AT_ONCE = 1 << 20, FREELY = 64 << 20 };

static int turned(hid_t type)
{
    const int big = H5Tget_order(type) == H5T_ORDER_BE;

    return big != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) ? 8 : 0;
}

static int32_t integer_dtype(int width, int is_signed)
{
    static const int32_t s[] = {0, ANA_I8, ANA_I16, 0, ANA_I32, 0, 0, 0, ANA_I64};
    static const int32_t u[] = {0, ANA_U8, ANA_U16, 0, ANA_U32, 0, 0, 0, ANA_U64};

    return width > 8 ? 0 : is_signed ? s[width] : u[width];
}

static void take_integer(hid_t type, struct h5_array *a)
{
    const int is_signed = H5Tget_sign(type) == H5T_SGN_2;

    if (H5Tget_precision(type) != 8 * H5Tget_size(type) || H5Tget_offset(type) != 0) {
        a->what = "integers that fill a part of their bytes";
        return;
    }
    a->dtype = integer_dtype(a->width, is_signed);
    a->code = (is_signed ? H5_SIGNED : H5_UNSIGNED) | turned(type);
    a->what = "integers of an odd width";
}

static void take_float(hid_t type, struct h5_array *a)
{
    static const size_t exponents[] = {0, 0, 5, 0, 8, 0, 0, 0, 11};
    size_t sign, exponent, n_exponent, mantissa, n_mantissa;

    a->what = "floating point numbers that are not IEEE 754 of 2, 4 or 8 bytes";
    if (a->width > 8 || exponents[a->width] == 0 ||
        H5Tget_fields(type, &sign, &exponent, &n_exponent, &mantissa, &n_mantissa) < 0)
        return;
    if (n_exponent != exponents[a->width] || mantissa != 0 ||
        n_mantissa + n_exponent + 1 != 8 * (size_t)a->width || exponent != n_mantissa ||
        sign != exponent + n_exponent || H5Tget_norm(type) != H5T_NORM_IMPLIED ||
        H5Tget_ebias(type) != ((size_t)1 << (n_exponent - 1)) - 1 ||
        H5Tget_order(type) > H5T_ORDER_BE)
        return;
    a->dtype = a->width == 8 ? ANA_F64 : ANA_F32;
    a->code = H5_FLOAT | turned(type);
}

static void take_enum(hid_t type, struct h5_array *a)
{
    hid_t base = H5Tget_super(type);

    if (base >= 0 && H5Tget_class(base) == H5T_INTEGER)
        take_integer(base, a);
    if (base >= 0)
        H5Tclose(base);
    if (a->dtype && a->width == 1 && H5Tget_nmembers(type) == 2)
        a->dtype = ANA_BOOL;
}

static int take_type(struct ana_ctx *ctx, struct h5_array *a)
{
    hid_t type = H5Dget_type(a->id);
    const H5T_class_t kind = type < 0 ? H5T_NO_CLASS : H5Tget_class(type);
    const size_t width = type < 0 ? 0 : H5Tget_size(type);

    if (width == 0 || width > 1 << 20) {
        if (type >= 0)
            H5Tclose(type);
        return h5_damaged(ctx, a->file, a->id, a->name, "has no type that could be read");
    }
    a->width = (int)width;
    switch (kind) {
    case H5T_INTEGER:
        take_integer(type, a);
        break;
    case H5T_FLOAT:
        take_float(type, a);
        break;
    case H5T_ENUM:
        take_enum(type, a);
        break;
    default:
        a->what = kind == H5T_STRING      ? "text"
                  : kind == H5T_COMPOUND  ? "compound values"
                  : kind == H5T_REFERENCE ? "references"
                  : kind == H5T_VLEN      ? "sequences of varying length"
                  : kind == H5T_ARRAY     ? "arrays in an array"
                  : kind == H5T_OPAQUE    ? "opaque bytes"
                  : kind == H5T_BITFIELD  ? "bit fields"
                                          : "values of an unknown kind";
    }
    H5Tclose(type);
    return 0;
}

int64_t h5_array_count(const struct h5_array *a)
{
    int64_t n = 1;

    for (int32_t d = 0; d < a->ndim; d++)
        n *= a->shape[d];
    return n;
}

static int take_shape(struct ana_ctx *ctx, struct h5_array *a)
{
    hsize_t dims[H5S_MAX_RANK];
    hid_t space = H5Dget_space(a->id);
    const int ndim = space < 0 ? -1 : H5Sget_simple_extent_dims(space, dims, NULL);
    const int null = ndim >= 0 && H5Sget_simple_extent_type(space) == H5S_NULL;
    int64_t bytes = a->width;

    if (space >= 0)
        H5Sclose(space);
    if (ndim < 0)
        return h5_damaged(ctx, a->file, a->id, a->name,
                          "has no shape that could be read");
    if (ndim > H5_MOST_DIMS)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: `%.200s` has %d dimensions; at most %d are read",
                        a->file->path, a->name, ndim, H5_MOST_DIMS);
    a->ndim = null ? 1 : ndim;
    a->shape[0] = 0;
    for (int d = 0; d < ndim; d++) {
        if (dims[d] > INT64_MAX / 2 ||
            (dims[d] > 0 && __builtin_mul_overflow(bytes, (int64_t)dims[d], &bytes)))
            return ana_fail(
                ctx, ANA_EDATA,
                "%s: `%.200s` says that its dimension %d has %llu values, more "
                "than any file holds; the file is damaged",
                a->file->path, a->name, d + 1, (unsigned long long)dims[d]);
        a->shape[d] = (int64_t)dims[d];
    }
    return 0;
}

static const char *filter_name(int id)
{
    switch (id) {
    case H5Z_FILTER_SZIP:
        return "szip";
    case H5Z_FILTER_NBIT:
        return "n-bit";
    case H5Z_FILTER_SCALEOFFSET:
        return "scale-offset";
    case 307:
        return "bzip2";
    case 32000:
        return "lzf";
    case 32001:
        return "blosc";
    case 32004:
        return "lz4";
    case 32008:
        return "bitshuffle";
    case 32013:
        return "zfp";
    case 32015:
        return "zstd";
    default:
        return "of no name that is known here";
    }
}

static int take_filters(struct ana_ctx *ctx, hid_t plist, struct h5_array *a)
{
    const int n = H5Pget_nfilters(plist);

    if (n < 0 || n > (int)(sizeof a->filter / sizeof *a->filter))
        return h5_damaged(ctx, a->file, a->id, a->name,
                          "has no list of filters that is read");
    for (int i = 0; i < n; i++) {
        unsigned flags, values[8] = {0}, config;
        size_t n_values = 8;
        const int id = H5Pget_filter2(plist, (unsigned)i, &flags, &n_values, values, 0,
                                      NULL, &config);

        if (id != H5Z_FILTER_DEFLATE && id != H5Z_FILTER_SHUFFLE &&
            id != H5Z_FILTER_FLETCHER32)
            return ana_fail(ctx, ANA_EDATA,
                            "%s: `%.200s` is stored with filter %d (%s), which is not "
                            "read; rewrite it with `h5repack -f GZIP=4 OLD NEW`",
                            a->file->path, a->name, id, filter_name(id));
        a->filter[i].id = id;
        a->filter[i].width =
            n_values > 0 && values[0] > 0 ? values[0] : (unsigned)a->width;
    }
    a->n_filters = n;
    return 0;
}

static int take_chunks(struct ana_ctx *ctx, hid_t plist, struct h5_array *a)
{
    hsize_t dims[H5S_MAX_RANK];
    const int ndim = H5Pget_chunk(plist, H5S_MAX_RANK, dims);

    a->chunked = 1;
    a->block_bytes = a->width;
    if (ndim != a->ndim)
        return h5_damaged(ctx, a->file, a->id, a->name,
                          "has chunks of another rank than itself");
    for (int d = 0; d < ndim; d++) {
        if (dims[d] < 1 || dims[d] > H5_MOST_CHUNK ||
            (a->block_bytes *= (int64_t)dims[d]) > H5_MOST_CHUNK)
            return ana_fail(ctx, ANA_EDATA,
                            "%s: `%.200s` is stored in chunks of more than %lld MB (%llu "
                            "along dimension %d); rewrite it with `h5repack -l`",
                            a->file->path, a->name, H5_MOST_CHUNK >> 20,
                            (unsigned long long)dims[d], d + 1);
        a->block[d] = (int64_t)dims[d];
    }
    return take_filters(ctx, plist, a);
}

/* Without chunks: rows, of the first dimensions one at a time, until it is about 1 MB. */
static void make_blocks(struct h5_array *a)
{
    memcpy(a->block, a->shape, sizeof a->block);
    a->block_bytes = a->width * h5_array_count(a);
    for (int32_t d = 0; d < a->ndim && a->block_bytes > AT_ONCE; d++) {
        const int64_t one = a->block_bytes / a->block[d];
        const int64_t rows = one < AT_ONCE ? AT_ONCE / one : 1;

        a->block[d] = rows < a->block[d] ? rows : a->block[d];
        a->block_bytes = one * a->block[d];
    }
}

/* What was promised against what is stored. */
static int check_stored(struct ana_ctx *ctx, const struct h5_array *a)
{
    const int64_t stored = (int64_t)H5Dget_storage_size(a->id);
    const int64_t needed = a->width * h5_array_count(a);
    const int64_t at = h5_header_of(a->file, a->id);

    H5Eclear2(H5E_DEFAULT);
    if (needed == 0)
        return 0;
    if (stored == 0)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: `%.200s` has room for %lld values and none was ever written",
                        a->file->path, a->name, (long long)h5_array_count(a));
    if (stored < 0 || stored > a->file->bytes || (!a->chunked && stored < needed) ||
        (needed > FREELY && needed / MOST_PACKED > stored))
        return ana_fail(ctx, ANA_EDATA,
                        "%s: `%.200s` at byte %lld promises %lld bytes of values and the "
                        "file of %lld bytes stores %lld for it; it is damaged",
                        a->file->path, a->name, (long long)(at < 0 ? a->file->root : at),
                        (long long)needed, (long long)a->file->bytes, (long long)stored);
    return 0;
}

/* What blocks that were never written hold: zeros, unless the file says otherwise. The
 * library crashes on a fill value without a type, so that it is asked only where one is
 * defined. */
static int take_fill(struct ana_ctx *ctx, hid_t plist, struct h5_array *a)
{
    H5D_fill_value_t defined = H5D_FILL_VALUE_UNDEFINED;
    const hid_t type = H5Dget_type(a->id);

    a->fill = ana_alloc(ctx, a->width, 1);
    if (a->fill && type >= 0 && H5Pfill_value_defined(plist, &defined) >= 0 &&
        defined == H5D_FILL_VALUE_USER_DEFINED &&
        H5Pget_fill_value(plist, type, a->fill) < 0)
        memset(a->fill, 0, (size_t)a->width);
    if (type >= 0)
        H5Tclose(type);
    H5Eclear2(H5E_DEFAULT);
    return a->fill ? 0 : ANA_ERESOURCE;
}

static int take_layout(struct ana_ctx *ctx, struct h5_array *a)
{
    hid_t plist = H5Dget_create_plist(a->id);
    const H5D_layout_t layout = plist < 0 ? H5D_LAYOUT_ERROR : H5Pget_layout(plist);
    int rc = 0;

    if (layout == H5D_VIRTUAL)
        rc =
            ana_fail(ctx, ANA_EDATA,
                     "%s: `%.200s` is a virtual dataset, put together from other files, "
                     "which are not opened; make a copy with `h5repack -l CONTI OLD NEW`",
                     a->file->path, a->name);
    else if (layout != H5D_CHUNKED && layout != H5D_CONTIGUOUS && layout != H5D_COMPACT)
        rc =
            h5_damaged(ctx, a->file, a->id, a->name, "is stored in no way that is known");
    else if (H5Pget_external_count(plist) > 0)
        rc = ana_fail(ctx, ANA_EDATA,
                      "%s: `%.200s` keeps its values in other files, which are not "
                      "opened; make a copy with `h5repack -l CONTI OLD NEW`",
                      a->file->path, a->name);
    if (rc == 0)
        rc = take_type(ctx, a);
    if (rc == 0)
        rc = take_shape(ctx, a);
    if (rc == 0 && layout == H5D_CHUNKED)
        rc = take_chunks(ctx, plist, a);
    else if (rc == 0)
        make_blocks(a);
    if (rc == 0)
        rc = check_stored(ctx, a);
    if (rc == 0 && a->dtype)
        rc = take_fill(ctx, plist, a);
    if (plist >= 0)
        H5Pclose(plist);
    return rc;
}

int h5_array_open(struct ana_ctx *ctx, const struct h5_file *file, hid_t id,
                  const char *name, struct h5_array *a)
{
    h5_quiet();
    *a = (struct h5_array){.file = file, .id = id, .held_at = -1, .what = ""};
    a->name = ana_strdup(ctx, name);
    if (!a->name)
        return ANA_ERESOURCE;
    if (H5Iget_type(id) != H5I_DATASET)
        return ana_fail(ctx, ANA_EDATA, "%s: `%.200s` is a group, not a dataset",
                        file->path, name);
    return take_layout(ctx, a);
}

void h5_array_close(struct ana_ctx *ctx, struct h5_array *a)
{
    h5_quiet();
    h5_drop(a->id);
    ana_free(ctx, a->name);
    ana_free(ctx, a->fill);
    h5_array_forget(ctx, a);
    ana_free(ctx, a->slot);
    ana_free(ctx, a->held);
    ana_free(ctx, a->stored);
    ana_free(ctx, a->spare);
    *a = (struct h5_array){.id = -1};
}
