/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The filters of a chunk undone, the last one first: Fletcher's checksum behind the bytes,
 * deflate, shuffle (byte k of all elements together). The buffers have the size that the
 * dataset promises, so that a chunk which unpacks to more is refused, not followed.
 */
#include <string.h>

#include <libdeflate.h>

#include "h5.h"

/* Fletcher's sums over 16-bit words, the high byte first, modulo 65535 where 0 is only
 * the sum of nothing. */
static uint32_t fletcher32(const uint8_t *bytes, int64_t n)
{
    uint64_t low = 0, high = 0;

    for (int64_t i = 0; i < n; i += 2) {
        low += (uint64_t)bytes[i] << 8 | (i + 1 < n ? bytes[i + 1] : 0);
        high += low;
        if (i % 512 == 510) {
            low = (low - (low > 0)) % 65535 + (low > 0);
            high = (high - (high > 0)) % 65535 + (high > 0);
        }
    }
    low = (low - (low > 0)) % 65535 + (low > 0);
    high = (high - (high > 0)) % 65535 + (high > 0);
    return (uint32_t)(high << 16 | low);
}

static int check_sum(struct ana_ctx *ctx, const struct h5_array *a, const uint8_t *bytes,
                     int64_t *n)
{
    uint32_t sum, swapped, stored;

    if (*n < 4)
        return h5_damaged_part(ctx, a->file, a->name, "has a chunk", a->stored_at,
                               "without its checksum");
    *n -= 4;
    sum = fletcher32(bytes, *n);
    swapped = (sum & 0x00ff00ff) << 8 | (sum & 0xff00ff00) >> 8; /* HDF5 before 1.6.3 */
    stored = (uint32_t)bytes[*n] | (uint32_t)bytes[*n + 1] << 8 |
             (uint32_t)bytes[*n + 2] << 16 | (uint32_t)bytes[*n + 3] << 24;
    if (stored != sum && stored != swapped)
        return h5_damaged_part(ctx, a->file, a->name, "has a chunk", a->stored_at,
                               "whose checksum is wrong");
    return 0;
}

static int inflate(struct ana_ctx *ctx, const struct h5_array *a, const uint8_t *from,
                   int64_t n, uint8_t *to, int64_t room, int64_t *made)
{
    struct libdeflate_decompressor *unpacker = libdeflate_alloc_decompressor();
    enum libdeflate_result result;
    size_t used = 0;

    if (!unpacker)
        return ana_fail(ctx, ANA_ERESOURCE, "no memory to unpack %s", a->file->path);
    result =
        libdeflate_zlib_decompress(unpacker, from, (size_t)n, to, (size_t)room, &used);
    libdeflate_free_decompressor(unpacker);
    *made = (int64_t)used;
    if (result == LIBDEFLATE_INSUFFICIENT_SPACE)
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: `%.200s` has a chunk at byte %lld that unpacks to more than its "
            "%lld bytes; the file is damaged",
            a->file->path, a->name, (long long)a->stored_at, (long long)a->block_bytes);
    return result == LIBDEFLATE_SUCCESS
               ? 0
               : h5_damaged_part(ctx, a->file, a->name, "has a chunk", a->stored_at,
                                 "that does not unpack");
}

static void unshuffle(const uint8_t *from, int64_t n, int64_t width, uint8_t *to)
{
    const int64_t whole = n / width;

    for (int64_t k = 0; k < width; k++)
        for (int64_t i = 0; i < whole; i++)
            to[i * width + k] = from[k * whole + i];
    memcpy(to + whole * width, from + whole * width, (size_t)(n - whole * width));
}

int h5_unpack(struct ana_ctx *ctx, struct h5_array *a, uint32_t mask, int64_t n)
{
    const int64_t room = a->block_bytes + 4 * (int64_t)a->n_filters;
    uint8_t *from = a->stored;
    int rc = 0;

    for (int i = a->n_filters - 1; rc == 0 && i >= 0; i--) {
        uint8_t *to = from == a->held ? a->spare : a->held;

        if (mask >> i & 1)
            continue;
        if (a->filter[i].id == H5Z_FILTER_FLETCHER32) {
            rc = check_sum(ctx, a, from, &n);
            continue;
        }
        if (a->filter[i].id == H5Z_FILTER_DEFLATE)
            rc = inflate(ctx, a, from, n, to, room, &n);
        else if (n <= room)
            unshuffle(from, n, a->filter[i].width, to);
        else
            rc = h5_damaged_part(ctx, a->file, a->name, "has a chunk", a->stored_at,
                                 "that is too long");
        from = to;
    }
    if (rc == 0 && n != a->block_bytes)
        rc = ana_fail(
            ctx, ANA_EDATA,
            "%s: `%.200s` has a chunk at byte %lld of %lld bytes where %lld were "
            "expected; the file is damaged",
            a->file->path, a->name, (long long)a->stored_at, (long long)n,
            (long long)a->block_bytes);
    if (rc == 0 && from != a->held)
        memcpy(a->held, from, (size_t)n);
    return rc;
}
