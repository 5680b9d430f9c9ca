/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The header of an .npy file (NumPy enhancement proposal 1): the bytes 93 'NUMPY',
 * version, length of the header, then a Python dict literal of exactly three keys,
 *     {'descr': '<f4', 'fortran_order': False, 'shape': (165, 6), }
 * which is read by a scanner that knows this form and no other Python.
 */
#include "data/npy_header.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "data/tensor.h"

enum { MOST_HEADER = 65536, HAS_TYPE = 1, HAS_ORDER = 2, HAS_SHAPE = 4 };

static const char how_to_save[] =
    "save it from Python with np.save(path, np.ascontiguousarray(a, 'float32'))";

struct scanner {
    struct ana_ctx *ctx;
    const char *path;
    const uint8_t *data; /* the whole file */
    int64_t at, end;     /* bytes of the file */
    int64_t shape_at;    /* where its shape stands */
};

static void skip_blanks(struct scanner *s)
{
    while (s->at < s->end && (s->data[s->at] == ' ' || s->data[s->at] == '\n'))
        s->at++;
}

/* "expected ':', found 'x'" with the byte. */
static int fail_expected(struct scanner *s, const char *expected)
{
    char found[32];

    if (s->at >= s->end)
        snprintf(found, sizeof found, "its end");
    else if (isprint(s->data[s->at]))
        snprintf(found, sizeof found, "'%c'", s->data[s->at]);
    else
        snprintf(found, sizeof found, "the byte 0x%02x", s->data[s->at]);
    return ana_fail(s->ctx, ANA_EDATA,
                    "%s: byte %lld of the NPY header: expected %s, found %s", s->path,
                    (long long)s->at, expected, found);
}

/* Take one punctuation mark, blanks in front allowed. 1 = taken. */
static int take(struct scanner *s, char mark)
{
    skip_blanks(s);
    if (s->at >= s->end || s->data[s->at] != (uint8_t)mark)
        return 0;
    s->at++;
    return 1;
}

static int take_word(struct scanner *s, const char *word)
{
    const int64_t n = (int64_t)strlen(word);

    skip_blanks(s);
    if (s->end - s->at < n || memcmp(s->data + s->at, word, (size_t)n) != 0)
        return 0;
    s->at += n;
    return 1;
}

/* A quoted string without escapes, shorter than room. */
static int scan_string(struct scanner *s, char *out, int64_t room, const char *what)
{
    int64_t n = 0;
    uint8_t quote;

    skip_blanks(s);
    if (s->at >= s->end || (s->data[s->at] != '\'' && s->data[s->at] != '"'))
        return fail_expected(s, what);
    quote = s->data[s->at++];
    while (s->at < s->end && s->data[s->at] != quote) {
        if (n + 1 >= room || !isprint(s->data[s->at]) || s->data[s->at] == '\\')
            return fail_expected(s, what);
        out[n++] = (char)s->data[s->at++];
    }
    out[n] = 0;
    if (s->at >= s->end)
        return fail_expected(s, "a closing quote");
    s->at++;
    return 0;
}

static int scan_size(struct scanner *s, int64_t *out)
{
    int64_t value = 0;

    skip_blanks(s);
    if (s->at >= s->end || !isdigit(s->data[s->at]))
        return fail_expected(s, "a size");
    for (; s->at < s->end && isdigit(s->data[s->at]); s->at++)
        if (!ana_mul_ok(value, 10, &value) ||
            !ana_add_ok(value, s->data[s->at] - '0', &value))
            return ana_fail(s->ctx, ANA_EDATA,
                            "%s: byte %lld of the NPY header: a size beyond 2^63",
                            s->path, (long long)s->at);
    if (s->at < s->end && s->data[s->at] == 'L') /* Python 2 */
        s->at++;
    *out = value;
    return 0;
}

/* (), (3,), (3, 4), (3, 4,) */
static int scan_shape(struct scanner *s, struct ana_npy_header *out)
{
    int comma = 0, rc;

    if (!take(s, '('))
        return fail_expected(s, "the shape's '('");
    s->shape_at = s->at - 1;
    out->ndim = 0;
    while (!take(s, ')')) {
        if (out->ndim > 0 && !comma)
            return fail_expected(s, "',' or ')'");
        if (out->ndim == ANA_MAX_DIMS)
            return ana_fail(s->ctx, ANA_EDATA,
                            "%s: byte %lld of the NPY header: the array has more than %d "
                            "axes",
                            s->path, (long long)s->at, ANA_MAX_DIMS);
        rc = scan_size(s, &out->shape[out->ndim++]);
        if (rc != 0)
            return rc;
        comma = take(s, ',');
    }
    if (out->ndim == 1 && !comma)
        return fail_expected(s, "',' inside '(n,)'");
    return 0;
}

static int scan_order(struct scanner *s, struct ana_npy_header *out)
{
    if (take_word(s, "True"))
        out->fortran = 1;
    else if (take_word(s, "False"))
        out->fortran = 0;
    else
        return fail_expected(s, "True or False");
    return 0;
}

/* The kinds that NumPy has and anaflow does not read, with what to do instead; at: the
 * byte where the type stands. */
static int refuse_type(struct scanner *s, const struct ana_npy_header *header, int64_t at)
{
    const char *const type = header->type;

    switch (header->letter) {
    case 'O':
        return ana_fail(s->ctx, ANA_EDATA,
                        "%s: byte %lld of the NPY header: holds Python objects ('%s'), "
                        "which only Python can read; for "
                        "numbers %s, for names np.save(path, np.array(names, 'U'))",
                        s->path, (long long)at, type, how_to_save);
    case 'c':
        return ana_fail(s->ctx, ANA_EDATA,
                        "%s: byte %lld of the NPY header: holds complex numbers ('%s'); "
                        "save np.abs(a), or a.real and "
                        "a.imag as two files",
                        s->path, (long long)at, type);
    case 'm':
    case 'M':
        return ana_fail(s->ctx, ANA_EDATA,
                        "%s: byte %lld of the NPY header: holds dates or time spans "
                        "('%s'); save seconds as numbers",
                        s->path, (long long)at, type);
    case 'V':
        return ana_fail(s->ctx, ANA_EDATA,
                        "%s: byte %lld of the NPY header: holds raw bytes without a type "
                        "('%s', as bfloat16 becomes); %s",
                        s->path, (long long)at, type, how_to_save);
    default:
        return ana_fail(s->ctx, ANA_EDATA,
                        "%s: byte %lld of the NPY header: has the type '%s', which is "
                        "not one of f2 f4 f8 i1 i2 i4 i8 u1 u2 "
                        "u4 u8 b1 U S; %s",
                        s->path, (long long)at, type, how_to_save);
    }
}

/* NumPy's letter and size as a type of ours: 0 = text, -1 = neither. */
static int32_t find_dtype(char letter, int64_t size)
{
    static const struct {
        char letter;
        int8_t size;
        int16_t dtype;
    } known[] = {
        {'f', 2, ANA_F16}, {'f', 4, ANA_F32}, {'f', 8, ANA_F64}, {'i', 1, ANA_I8},
        {'i', 2, ANA_I16}, {'i', 4, ANA_I32}, {'i', 8, ANA_I64}, {'u', 1, ANA_U8},
        {'u', 2, ANA_U16}, {'u', 4, ANA_U32}, {'u', 8, ANA_U64}, {'b', 1, ANA_BOOL},
    };

    if ((letter == 'U' || letter == 'S') && size > 0)
        return 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].letter == letter && known[i].size == size)
            return known[i].dtype;
    return -1;
}

static int scan_type(struct scanner *s, struct ana_npy_header *out)
{
    const char machine = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? '<' : '>';
    const char *digits;
    char *end;
    int64_t at;
    int rc;

    skip_blanks(s);
    if (s->at < s->end && (s->data[s->at] == '[' || s->data[s->at] == '('))
        return ana_fail(
            s->ctx, ANA_EDATA,
            "%s: is a structured array (byte %lld of the NPY header); save one "
            "field a file: np.save(path, a['field'])",
            s->path, (long long)s->at);
    at = s->at;
    rc = scan_string(s, out->type, sizeof out->type, "a type such as '<f4'");
    if (rc != 0)
        return rc;
    digits = out->type + strspn(out->type, "<>|=");
    out->letter = *digits;
    out->item_size = out->letter ? strtoll(digits + 1, &end, 10) : 0;
    if (digits - out->type > 1 || out->letter == 0 || !isalpha((uint8_t)out->letter) ||
        *end || !isdigit((uint8_t)digits[1]))
        out->dtype = -1;
    else
        out->dtype = find_dtype(out->letter, out->item_size);
    if (out->dtype < 0)
        return refuse_type(s, out, at);
    if (out->letter == 'U' && !ana_mul_ok(out->item_size, 4, &out->item_size))
        return refuse_type(s, out, at);
    out->swapped =
        (out->type[0] == '<' || out->type[0] == '>') && out->type[0] != machine;
    return 0;
}

static int scan_entry(struct scanner *s, struct ana_npy_header *out, int *seen)
{
    static const char *const names[] = {"descr", "fortran_order", "shape"};
    const int64_t start = s->at;
    char key[24];
    int which = 0, rc = scan_string(s, key, sizeof key, "a key in quotes");

    if (rc != 0)
        return rc;
    while (which < 3 && strcmp(key, names[which]) != 0)
        which++;
    if (which == 3 || *seen & 1 << which)
        return ana_fail(
            s->ctx, ANA_EDATA, "%s: byte %lld of the NPY header: key '%s' is %s", s->path,
            (long long)start, key, which == 3 ? "not NumPy's" : "there twice");
    *seen |= 1 << which;
    if (!take(s, ':'))
        return fail_expected(s, "':'");
    if (1 << which == HAS_TYPE)
        return scan_type(s, out);
    return 1 << which == HAS_ORDER ? scan_order(s, out) : scan_shape(s, out);
}

static int scan_dict(struct scanner *s, struct ana_npy_header *out)
{
    int comma = 1, seen = 0, rc;

    if (!take(s, '{'))
        return fail_expected(s, "'{'");
    while (!take(s, '}')) {
        if (!comma)
            return fail_expected(s, "',' or '}'");
        rc = scan_entry(s, out, &seen);
        if (rc != 0)
            return rc;
        comma = take(s, ',');
    }
    skip_blanks(s);
    if (s->at < s->end)
        return fail_expected(s, "blanks to the header's end");
    if (seen != (HAS_TYPE | HAS_ORDER | HAS_SHAPE))
        return ana_fail(s->ctx, ANA_EDATA, "%s: the NPY header lacks the key '%s'",
                        s->path,
                        !(seen & HAS_TYPE)    ? "descr"
                        : !(seen & HAS_ORDER) ? "fortran_order"
                                              : "shape");
    return 0;
}

/* Magic, version and the header's length: leaves the scanner on the dict. */
static int scan_preamble(struct scanner *s, int64_t n)
{
    const uint8_t *const d = s->data;
    int64_t length;

    if (n >= 4 && memcmp(d, "PK\x03\x04", 4) == 0)
        return ana_fail(
            s->ctx, ANA_EDATA,
            "%s: is a ZIP archive (.npz); unpack it and name one of its .npy files",
            s->path);
    if (n >= 6 && n < 10 && memcmp(d, "\x93NUMPY", 6) == 0)
        return ana_fail(s->ctx, ANA_EDATA,
                        "%s: ends inside the first 10 bytes of the NPY header, at byte "
                        "%lld; it was cut short",
                        s->path, (long long)n);
    if (n < 10 || memcmp(d, "\x93NUMPY", 6) != 0)
        return ana_fail(s->ctx, ANA_EDATA,
                        "%s: is not an NPY file: byte 0 does not begin 93 'NUMPY'",
                        s->path);
    if (d[6] < 1 || d[6] > 3 || d[7] != 0)
        return ana_fail(s->ctx, ANA_EDATA,
                        "%s: NPY version %d.%d (byte 6); 1.0, 2.0 and 3.0 are known",
                        s->path, d[6], d[7]);
    if (d[6] > 1 && n < 12)
        return ana_fail(s->ctx, ANA_EDATA,
                        "%s: ends inside the NPY header's length, at byte %lld", s->path,
                        (long long)n);
    length = d[8] | d[9] << 8;
    if (d[6] > 1)
        length |= (int64_t)d[10] << 16 | (int64_t)d[11] << 24;
    s->at = d[6] > 1 ? 12 : 10;
    s->end = s->at + length;
    if (length > MOST_HEADER)
        return ana_fail(s->ctx, ANA_EDATA,
                        "%s: byte 8 promises an NPY header of %lld bytes; at most %d are "
                        "read",
                        s->path, (long long)length, MOST_HEADER);
    if (s->end > n)
        return ana_fail(
            s->ctx, ANA_EDATA,
            "%s: the NPY header promises %lld bytes, but the file ends at byte %lld",
            s->path, (long long)length, (long long)n);
    return 0;
}

/* "165 x 6" */
static void write_shape(const struct ana_npy_header *header, char *out, size_t room)
{
    size_t n = 0;

    out[0] = 0;
    for (int32_t d = 0; d < header->ndim && n < room; d++)
        n += (size_t)snprintf(out + n, room - n, "%s%lld", d ? " x " : "",
                              (long long)header->shape[d]);
    if (header->ndim == 0)
        snprintf(out, room, "one");
}

/* The sizes against each other and against the file. */
static int check_size(struct scanner *s, int64_t n, struct ana_npy_header *header)
{
    const int32_t type = header->dtype ? header->dtype : ANA_I8;
    const int64_t letters = header->dtype ? 1 : header->item_size;
    int64_t count, total = 0;
    char shape[200];

    write_shape(header, shape, sizeof shape);
    if (!ana_shape_ok(type, header->ndim, header->shape, &count, &total) ||
        !ana_mul_ok(total, letters, &total))
        return ana_fail(s->ctx, ANA_EDATA,
                        "%s: byte %lld: the NPY header's shape, %s, is more than a file "
                        "can hold",
                        s->path, (long long)s->shape_at, shape);
    header->count = count;
    header->offset = s->end;
    if (total > n - s->end)
        return ana_fail(
            s->ctx, ANA_EDATA,
            "%s: the NPY header promises %s elements of '%s' (%lld bytes), but only "
            "%lld follow it at byte %lld; the file was cut short",
            s->path, shape, header->type, (long long)total, (long long)(n - s->end),
            (long long)s->end);
    if (total < n - s->end)
        ana_warn(s->ctx, "%s: %lld bytes after the array's end were not read", s->path,
                 (long long)(n - s->end - total));
    return 0;
}

int ana_npy_parse(struct ana_ctx *ctx, const char *path, const uint8_t *data, int64_t n,
                  struct ana_npy_header *out)
{
    struct scanner s = {.ctx = ctx, .path = path, .data = data};
    int rc = scan_preamble(&s, n);

    memset(out, 0, sizeof *out);
    if (rc == 0)
        rc = scan_dict(&s, out);
    if (rc == 0)
        rc = check_size(&s, n, out);
    return rc;
}
