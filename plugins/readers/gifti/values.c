/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Numbers as text, as base64, or as base64 of a zlib stream. Nothing is made larger than
 * the array's sizes promise, nor for less text than they need.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "gifti.h"

static const char letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int width_of(const struct gii_array *a)
{
    return (int)ana_dtype_size(a->dtype);
}

double gii_value(const struct gii_array *a, int64_t i)
{
    const uint8_t *p = a->value + i * width_of(a);
    int32_t whole;
    float f;
    double d;

    switch (a->dtype) {
    case ANA_U8:
        return (double)*p;
    case ANA_I32:
        memcpy(&whole, p, sizeof whole);
        return (double)whole;
    case ANA_F32:
        memcpy(&f, p, sizeof f);
        return (double)f;
    default:
        memcpy(&d, p, sizeof d);
        return d;
    }
}

static void put(struct gii_array *a, int64_t i, double value)
{
    uint8_t *p = a->value + i * width_of(a);

    if (a->dtype == ANA_U8)
        *p = (uint8_t)value;
    else if (a->dtype == ANA_I32)
        memcpy(p, &(int32_t){(int32_t)value}, 4);
    else if (a->dtype == ANA_F32)
        memcpy(p, &(float){(float)value}, 4);
    else
        memcpy(p, &value, 8);
}

static int fits(const struct gii_array *a, double value)
{
    if (a->dtype == ANA_U8)
        return value >= 0 && value <= 255 && value == floor(value);
    if (a->dtype == ANA_I32)
        return value >= INT32_MIN && value <= INT32_MAX && value == floor(value);
    return 1;
}

static int from_text(struct ana_ctx *ctx, const char *where, const char *text,
                     struct gii_array *a)
{
    const char *at = text;
    char *end;

    for (int64_t i = 0; i < a->n; i++, at = end) {
        const double value = strtod(at, &end);

        if (end == at || !fits(a, value))
            return ana_fail(
                ctx, ANA_EDATA,
                "%s: value %lld of %lld of this array is no number of its type", where,
                (long long)i + 1, (long long)a->n);
        put(a, i, value);
    }
    if (at[strspn(at, " \t\r\n")] != 0)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: %lld values were expected in this array, and more follow",
                        where, (long long)a->n);
    return 0;
}

static int digit(char c)
{
    const char *at = c ? strchr(letters, c) : NULL;

    return at ? (int)(at - letters) : -1;
}

/* Bytes of base64, blanks passed over; -1 at a character that is none. */
static int64_t decode(const char *text, int64_t n, uint8_t *out)
{
    uint32_t bits = 0;
    int held = 0;
    int64_t made = 0;

    for (int64_t i = 0; i < n; i++) {
        const char c = text[i];

        if (c == ' ' || c == '\n' || c == '\r' || c == '\t')
            continue;
        if (c == '=')
            break;
        if (digit(c) < 0)
            return -1;
        bits = (bits << 6 | (uint32_t)digit(c)) & 0xffffff;
        if (++held == 4) {
            out[made++] = (uint8_t)(bits >> 16);
            out[made++] = (uint8_t)(bits >> 8);
            out[made++] = (uint8_t)bits;
            held = 0;
        }
    }
    if (held >= 2)
        out[made++] = (uint8_t)(bits >> (held == 2 ? 4 : 10));
    if (held == 3)
        out[made++] = (uint8_t)(bits >> 2);
    return made;
}

char *gii_base64(struct ana_ctx *ctx, const uint8_t *b, int64_t n)
{
    char *out = ana_alloc(ctx, 4 * ((n + 2) / 3) + 1, 1), *to = out;

    for (int64_t i = 0; out && i < n; i += 3) {
        const uint32_t bits = (uint32_t)b[i] << 16 |
                              (uint32_t)(i + 1 < n ? b[i + 1] : 0) << 8 |
                              (uint32_t)(i + 2 < n ? b[i + 2] : 0);

        *to++ = letters[bits >> 18];
        *to++ = letters[bits >> 12 & 63];
        *to++ = i + 1 < n ? letters[bits >> 6 & 63] : '=';
        *to++ = i + 2 < n ? letters[bits & 63] : '=';
    }
    return out;
}

/* Inflate into exactly n bytes: 1 if the stream holds as many and no more. */
static int inflate_exactly(const uint8_t *in, int64_t n_in, uint8_t *out, int64_t n)
{
    z_stream stream = {.next_in = (uint8_t *)(uintptr_t)in};
    int64_t in_left = n_in, out_left = n;
    int rc;
    uint8_t more;

    if (inflateInit2(&stream, 15 + 32) != Z_OK)
        return 0;
    stream.next_out = out;
    do {
        const uInt give = (uInt)(in_left < 1 << 30 ? in_left : 1 << 30);
        const uInt room = (uInt)(out_left < 1 << 30 ? out_left : 1 << 30);

        stream.avail_in = give;
        stream.avail_out = room;
        rc = inflate(&stream, Z_NO_FLUSH);
        in_left -= give - stream.avail_in;
        out_left -= room - stream.avail_out;
    } while (rc == Z_OK && out_left > 0 && in_left > 0);
    if (rc == Z_OK && out_left == 0) { /* its end may come as a block of its own */
        stream.next_out = &more;
        stream.avail_out = 1;
        stream.avail_in = (uInt)(in_left < 1 << 30 ? in_left : 1 << 30);
        rc = inflate(&stream, Z_NO_FLUSH);
        rc = stream.avail_out == 1 ? rc : Z_DATA_ERROR;
    }
    inflateEnd(&stream);
    return rc == Z_STREAM_END && out_left == 0;
}

static void swap_bytes(struct gii_array *a)
{
    const int w = width_of(a);

    for (int64_t i = 0; i < a->n; i++)
        for (int k = 0; k < w / 2; k++) {
            uint8_t *p = a->value + i * w, kept = p[k];

            p[k] = p[w - 1 - k];
            p[w - 1 - k] = kept;
        }
}

static int from_base64(struct ana_ctx *ctx, const char *where, const char *text,
                       int64_t n, struct gii_array *a)
{
    const int64_t need = a->n * width_of(a);
    uint8_t *bytes = ana_alloc(ctx, n / 4 * 3 + 4, 1);
    int64_t got;
    int rc = bytes ? 0 : ANA_ERESOURCE;

    if (rc != 0)
        return rc;
    got = decode(text, n, bytes);
    if (got < 0)
        rc = ana_fail(ctx, ANA_EDATA, "%s: <Data> holds characters that are not base64",
                      where);
    else if (a->encoding == GII_BASE64 && got != need)
        rc = ana_fail(ctx, ANA_EDATA, "%s: %lld values need %lld bytes, found %lld",
                      where, (long long)a->n, (long long)need, (long long)got);
    else if (a->encoding == GII_BASE64)
        memcpy(a->value, bytes, (size_t)need);
    else if (!inflate_exactly(bytes, got, a->value, need))
        rc = ana_fail(ctx, ANA_EDATA,
                      "%s: <Data> does not inflate to the %lld bytes of %lld values; the "
                      "file is damaged",
                      where, (long long)need, (long long)a->n);
    ana_free(ctx, bytes);
    return rc;
}

/* C order from Fortran's. */
static int turn(struct ana_ctx *ctx, struct gii_array *a)
{
    const int w = width_of(a);
    uint8_t *to = ana_alloc(ctx, a->n, (size_t)w);

    if (!to)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < a->n; i++) {
        int64_t rest = i, at = 0;

        for (int d = 0; d < a->ndim; d++) {
            at = at * a->dim[d] + rest % a->dim[d];
            rest /= a->dim[d];
        }
        memcpy(to + at * w, a->value + i * w, (size_t)w);
    }
    ana_free(ctx, a->value);
    a->value = to;
    return 0;
}

int gii_arrange(struct ana_ctx *ctx, struct gii_array *a)
{
    if (a->big_endian && a->encoding != GII_ASCII)
        swap_bytes(a);
    return a->column_major && a->ndim > 1 ? turn(ctx, a) : 0;
}

int gii_values(struct ana_ctx *ctx, const char *where, const char *text, int64_t n,
               struct gii_array *a)
{
    /* deflate makes at most 1032 bytes of one; a number of text has a blank beside it */
    const int64_t most = a->encoding == GII_ASCII  ? n / 2 + 1
                         : a->encoding == GII_GZIP ? (n / 4 * 3 + 4) * 1032 / width_of(a)
                                                   : (n / 4 * 3 + 4) / width_of(a);
    int rc;

    if (a->n > most)
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: %lld values cannot stand in the %lld characters of <Data>; the "
            "file is cut short or its Dim is wrong",
            where, (long long)a->n, (long long)n);
    a->value = ana_alloc(ctx, a->n, (size_t)width_of(a));
    if (!a->value)
        return ANA_ERESOURCE;
    rc = a->encoding == GII_ASCII ? from_text(ctx, where, text, a)
                                  : from_base64(ctx, where, text, n, a);
    return rc == 0 ? gii_arrange(ctx, a) : rc;
}
