/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Elements of a MAT-file: a tag of type and size, the data, padding to 8 bytes; small ones
 * stand in their tag. Arrays are elements of elements.
 */
#include "mat5.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include <anaflow/files.h>

enum { HEADER = 128, MATRIX = 14, COMPRESSED = 15, MOST_ARRAYS = 4096 };

struct element {
    int type;
    const uint8_t *data;
    int64_t n, total; /* bytes of the data, and with tag and padding */
};

static uint64_t bits_at(const uint8_t *p, int width, int swap)
{
    uint64_t x = 0;

    for (int i = 0; i < width; i++)
        x |= (uint64_t)p[swap ? width - 1 - i : i] << 8 * i;
    return x;
}

/* The element at p, within n bytes; 0 if it does not fit. */
static int take(const uint8_t *p, int64_t n, int swap, struct element *e)
{
    uint32_t head;

    if (n < 8)
        return 0;
    head = (uint32_t)bits_at(p, 4, swap);
    if (head >> 16) {
        *e = (struct element){(int)(head & 0xffff), p + 4, (int64_t)(head >> 16), 8};
        return e->n <= 4;
    }
    e->type = (int)head;
    e->data = p + 8;
    e->n = (int64_t)bits_at(p + 4, 4, swap);
    e->total = 8 + (e->type == COMPRESSED ? e->n : (e->n + 7) / 8 * 8);
    if (e->total > n && 8 + e->n == n) /* the last padding may be missing */
        e->total = n;
    return e->total <= n;
}

static int width_of(int type)
{
    static const int widths[] = {0, 1, 1, 2, 2, 4, 4, 4, 0, 8, 0, 0, 8, 8, 0, 0, 1, 2, 4};

    return type >= 0 && type < (int)(sizeof widths / sizeof *widths) ? widths[type] : 0;
}

static int take_sizes(const struct element *e, int swap, struct m5 *out)
{
    if (e->type != 5 || e->n < 8 || e->n % 4)
        return 0;
    out->n = 1;
    for (int64_t d = 0; d < e->n / 4; d++) {
        const int64_t size = (int32_t)bits_at(e->data + 4 * d, 4, swap);

        if (size < 0 || __builtin_mul_overflow(out->n, size, &out->n) ||
            out->n > INT64_MAX / 16)
            return 0;
        if (d == 0)
            out->rows = size;
    }
    out->columns = out->rows > 0 ? out->n / out->rows : 0;
    return 1;
}

/* The rest of a struct or cell, or the numbers of another array. */
static int take_content(const uint8_t *p, int64_t n, int swap, struct m5 *out)
{
    struct element e;

    if (out->class_ == M5_STRUCT) {
        if (!take(p, n, swap, &e) || e.type != 5 || e.n != 4)
            return 0;
        out->field_room = (int32_t)bits_at(e.data, 4, swap);
        p += e.total;
        n -= e.total;
        if (!take(p, n, swap, &e) || out->field_room < 1 || e.n % out->field_room)
            return 0;
        out->field = (const char *)e.data;
        out->n_fields = e.n / out->field_room;
        p += e.total;
        n -= e.total;
    }
    if (out->class_ == M5_STRUCT || out->class_ == M5_CELL) {
        out->data = p;
        out->bytes = n;
        return 1;
    }
    if (out->class_ != M5_CHAR && (out->class_ < 6 || out->class_ > 15))
        return 1; /* objects, functions, sparse: known by name only */
    if (out->n == 0 && n == 0)
        return 1;
    if (!take(p, n, swap, &e))
        return 0;
    out->type = e.type;
    out->data = e.data;
    out->bytes = e.n;
    return width_of(e.type) > 0 && e.n / width_of(e.type) >= out->n;
}

/* The array that an element of type MATRIX holds. */
static int parse(const struct element *matrix, int swap, struct m5 *out)
{
    const uint8_t *p = matrix->data;
    int64_t n = matrix->n;
    struct element e;

    memset(out, 0, sizeof *out);
    out->swap = swap;
    if (matrix->type != MATRIX)
        return 0;
    if (n == 0) { /* [] in a field */
        out->class_ = 6;
        return 1;
    }
    if (!take(p, n, swap, &e) || e.type != 6 || e.n < 8)
        return 0;
    out->class_ = (int)(bits_at(e.data, 4, swap) & 0xff);
    out->complex_ = (bits_at(e.data, 4, swap) & 0x800) != 0;
    p += e.total;
    n -= e.total;
    if (!take(p, n, swap, &e) || !take_sizes(&e, swap, out))
        return 0;
    p += e.total;
    n -= e.total;
    if (!take(p, n, swap, &e))
        return 0;
    out->name = (const char *)e.data;
    out->n_name = e.n;
    return take_content(p + e.total, n - e.total, swap, out);
}

int m5_next(const struct m5 *of, struct m5_walk *walk, struct m5 *out)
{
    const int64_t each = of->class_ == M5_STRUCT ? of->n_fields : 1;
    struct element e;

    if (walk->bad || each == 0 || walk->k / each >= of->n)
        return 0;
    if (!take(of->data + walk->at, of->bytes - walk->at, of->swap, &e) ||
        !parse(&e, of->swap, out)) {
        walk->bad = 1;
        return 0;
    }
    walk->element = walk->k / each;
    walk->field = walk->k % each;
    walk->k++;
    walk->at += e.total;
    return 1;
}

int m5_at(const struct m5 *of, const struct m5_walk *walk, const char *name)
{
    const char *field = of->field + walk->field * of->field_room;
    const size_t n = strnlen(field, (size_t)of->field_room);

    return strlen(name) == n && memcmp(field, name, n) == 0;
}

int m5_field(const struct m5 *of, const char *name, struct m5 *out)
{
    struct m5_walk walk = {0};

    if (of->class_ == M5_STRUCT)
        while (m5_next(of, &walk, out) && walk.element == 0)
            if (m5_at(of, &walk, name))
                return 1;
    memset(out, 0, sizeof *out);
    return 0;
}

double m5_number(const struct m5 *a, int64_t i)
{
    const int width = width_of(a->type);
    uint64_t bits;
    uint32_t half;
    float f;
    double d;

    if (a->class_ < 6 || a->class_ > 15 || i < 0 || i >= a->n || width == 0)
        return (double)NAN;
    bits = bits_at(a->data + i * width, width, a->swap);
    half = (uint32_t)bits;
    switch (a->type) {
    case 1:
        return (double)(int8_t)bits;
    case 3:
        return (double)(int16_t)bits;
    case 5:
        return (double)(int32_t)half;
    case 7:
        memcpy(&f, &half, sizeof f);
        return (double)f;
    case 9:
        memcpy(&d, &bits, sizeof d);
        return d;
    case 12:
        return (double)(int64_t)bits;
    default:
        return (double)bits;
    }
}

/* One code point as UTF-8; what is none becomes '?'. */
static int64_t put_character(uint32_t c, char *out)
{
    const int n = c < 0x20 ? 0 : ana_utf8_put(c, out);

    if (n > 0)
        return n;
    out[0] = c < 0x20 ? ' ' : '?';
    return 1;
}

void m5_text(const struct m5 *a, char *out, int64_t room)
{
    const int width = width_of(a->type);
    const int64_t units = a->type == 16 ? a->bytes : a->n; /* UTF-8 takes more bytes */
    int64_t n = 0, from = 0;

    out[0] = 0;
    if (a->class_ >= 6 && a->class_ <= 15 && a->n == 1)
        snprintf(out, (size_t)room, "%.15g", m5_number(a, 0));
    if (a->class_ != M5_CHAR)
        return;
    for (int64_t i = 0; i < units && n + 4 < room; i++) {
        const uint32_t c = (uint32_t)bits_at(a->data + i * width, width, a->swap);

        if (a->type == 16 && c >= 0x80) /* UTF-8 already */
            out[n++] = (char)c;
        else
            n += put_character(c, out + n);
    }
    while (n > 0 && out[n - 1] == ' ')
        n--;
    out[n] = 0;
    while (out[from] == ' ')
        from++;
    memmove(out, out + from, (size_t)(n - from) + 1);
}

static int damaged(struct ana_ctx *ctx, const struct m5_file *f, int64_t at,
                   const char *what)
{
    return ana_fail(ctx, ANA_EDATA,
                    "%s: byte %lld: %s; the file is damaged, copy it again", f->path,
                    (long long)at, what);
}

/* Inflate one element: its own tag says how long it is. */
static int inflate_element(struct ana_ctx *ctx, const struct m5_file *f, int64_t at,
                           const struct element *packed, uint8_t **out, int64_t *n)
{
    z_stream stream = {.next_in = (uint8_t *)(uintptr_t)packed->data,
                       .avail_in = (uInt)packed->n};
    uint8_t head[8];
    int rc = 0, ok = inflateInit(&stream) == Z_OK;

    *out = NULL;
    if (!ok)
        return ana_fail(ctx, ANA_ERESOURCE, "out of memory");
    stream.next_out = head;
    stream.avail_out = 8;
    ok = inflate(&stream, Z_NO_FLUSH) >= 0 && stream.avail_out == 0;
    *n = ok ? 8 + (int64_t)bits_at(head + 4, 4, f->swap) : 0;
    if (ok && *n / 1032 > packed->n + 1) /* deflate makes no more of a byte */
        ok = 0;
    if (ok) {
        *out = ana_alloc(ctx, *n, 1);
        rc = *out ? 0 : ANA_ERESOURCE;
    }
    if (ok && rc == 0) {
        memcpy(*out, head, 8);
        stream.next_out = *out + 8;
        stream.avail_out = (uInt)(*n - 8);
        inflate(&stream, Z_FINISH);
        ok = stream.avail_out == 0;
    }
    inflateEnd(&stream);
    return rc || ok ? rc : damaged(ctx, f, at, "a compressed array does not inflate");
}

static int add_array(struct ana_ctx *ctx, struct m5_file *f, int64_t at,
                     const struct element *e, uint8_t *inflated, int64_t n_inflated)
{
    if (f->n_arrays >= MOST_ARRAYS) {
        ana_free(ctx, inflated);
        return damaged(ctx, f, at, "more arrays than a .set has");
    }
    f->inflated[f->n_arrays] = inflated;
    f->n_inflated[f->n_arrays] = n_inflated;
    f->at[f->n_arrays] = at;
    if (!parse(e, f->swap, &f->array[f->n_arrays++]))
        return damaged(ctx, f, at, "an array whose parts do not fit into it");
    return 0;
}

static int take_arrays(struct ana_ctx *ctx, struct m5_file *f)
{
    struct element e, inner;
    int rc = 0;

    f->array = ana_alloc(ctx, MOST_ARRAYS, sizeof *f->array);
    f->inflated = ana_alloc(ctx, MOST_ARRAYS, sizeof *f->inflated);
    f->n_inflated = ana_alloc(ctx, MOST_ARRAYS, sizeof *f->n_inflated);
    f->at = ana_alloc(ctx, MOST_ARRAYS, sizeof *f->at);
    if (!f->array || !f->inflated || !f->n_inflated || !f->at)
        return ANA_ERESOURCE;
    for (int64_t at = HEADER; rc == 0 && at < f->n_memory; at += e.total) {
        uint8_t *inflated = NULL;
        int64_t n = 0;

        if (!take(f->memory + at, f->n_memory - at, f->swap, &e))
            return damaged(ctx, f, at, "an element that is longer than the file");
        inner = e;
        if (e.type == COMPRESSED) {
            rc = inflate_element(ctx, f, at, &e, &inflated, &n);
            if (rc == 0 && !take(inflated, n, f->swap, &inner)) {
                ana_free(ctx, inflated);
                return damaged(ctx, f, at, "a compressed array that is cut short");
            }
        }
        if (rc == 0 && inner.type == MATRIX)
            rc = add_array(ctx, f, at, &inner, inflated, n);
        else
            ana_free(ctx, inflated);
    }
    return rc;
}

static int check_header(struct ana_ctx *ctx, struct m5_file *f)
{
    const uint8_t *b = f->memory;

    if (f->n_memory >= 8 && memcmp(b, "\x89HDF\r\n\x1a\n", 8) == 0)
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: is of MATLAB 7.3; in EEGLAB, untick 'allow more than 2 GB' or "
            "save(..., '-v7')",
            f->path);
    if (f->n_memory > 520 && memcmp(b, "MATLAB 7.3", 10) == 0)
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: is of MATLAB 7.3; in EEGLAB, save it with '-v7' or '-v6', or "
            "read its samples with plugin = mat and data = FILE : "
            "EEG.data(target=EEG.chanlocs.labels, time) @ RATE Hz",
            f->path);
    if (f->n_memory < HEADER)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: byte %lld: the file ends inside its MAT header of %d bytes",
                        f->path, (long long)f->n_memory, HEADER);
    f->swap = memcmp(b + 126, "MI", 2) == 0;
    if (!f->swap && memcmp(b + 126, "IM", 2) != 0)
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: byte 126: expected IM or MI, the byte order of a MAT-file of "
            "level 5",
            f->path);
    return 0;
}

int m5_read(struct ana_ctx *ctx, const char *path, struct m5_file *f)
{
    struct stat status;
    int rc = ana_file_check(ctx, path);
    FILE *in = rc == 0 ? fopen(path, "rb") : NULL;

    memset(f, 0, sizeof *f);
    f->path = path;
    if (rc != 0)
        return rc;
    if (!in)
        return ana_fail(ctx, ANA_EDATA, "%s: cannot be opened: %s", path,
                        strerror(errno));
    if (fstat(fileno(in), &status) != 0 || !S_ISREG(status.st_mode))
        rc = ana_fail(ctx, ANA_EDATA, "%s: is no file", path);
    f->n_memory = rc == 0 ? (int64_t)status.st_size : 0;
    f->memory = rc == 0 ? ana_alloc(ctx, f->n_memory + 1, 1) : NULL;
    if (rc == 0 && !f->memory)
        rc = ANA_ERESOURCE;
    if (rc == 0 && fread(f->memory, 1, (size_t)f->n_memory, in) != (size_t)f->n_memory)
        rc = ana_fail(ctx, ANA_EDATA, "%s: cannot be read to its end", path);
    fclose(in);
    if (rc == 0)
        rc = check_header(ctx, f);
    return rc == 0 ? take_arrays(ctx, f) : rc;
}

void m5_finish(struct ana_ctx *ctx, struct m5_file *f)
{
    for (int64_t i = 0; i < f->n_arrays; i++)
        ana_free(ctx, f->inflated[i]);
    ana_free(ctx, f->inflated);
    ana_free(ctx, f->n_inflated);
    ana_free(ctx, f->at);
    ana_free(ctx, f->array);
    ana_free(ctx, f->memory);
    memset(f, 0, sizeof *f);
}

void m5_place(const struct m5_file *f, const struct m5 *array, char out[48])
{
    const uint8_t *data = array ? array->data : NULL;

    snprintf(out, 48, "byte %d", HEADER);
    if (data && data >= f->memory && data < f->memory + f->n_memory)
        snprintf(out, 48, "byte %lld", (long long)(data - f->memory));
    for (int64_t i = 0; data && i < f->n_arrays; i++)
        if (f->inflated[i] && data >= f->inflated[i] &&
            data < f->inflated[i] + f->n_inflated[i])
            snprintf(out, 48, "byte %lld, compressed", (long long)f->at[i]);
}

const struct m5 *m5_find(const struct m5_file *f, const char *name)
{
    for (int64_t i = 0; i < f->n_arrays; i++)
        if ((int64_t)strlen(name) == f->array[i].n_name &&
            memcmp(f->array[i].name, name, strlen(name)) == 0)
            return &f->array[i];
    return NULL;
}
