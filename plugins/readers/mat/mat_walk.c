/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A walk through one variable of a MAT v5 file before matio sees it: every element lies
 * inside its parent and every array has as many numbers as its dimensions say. matio
 * trusts those, and a file that lies would make it read or ask for memory beyond them.
 * Layout as in MathWorks' "MAT-File Format", chapter 1; v7 packs a variable with zlib.
 */
#include "mat_walk.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

enum {
    DEEPEST = 24,
    MOST_DIMS = 32,
    MI_INT8 = 1,
    MI_UINT8 = 2,
    MI_INT32 = 5,
    MI_UINT32 = 6,
    MI_MATRIX = 14,
    MI_COMPRESSED = 15,
    MI_UTF8 = 16,
    MI_UTF16 = 17,
    MI_UTF32 = 18,
    CLASS_CELL = 1,
    CLASS_STRUCT = 2,
    CLASS_OBJECT = 3,
    CLASS_CHAR = 4,
    CLASS_SPARSE = 5,
    CLASS_LAST_NUMBER = 15,
    FLAG_COMPLEX = 0x800,
    CHUNK = 1 << 16
};

/* Bytes of one variable, unpacked on the way. */
struct bytes {
    FILE *file;
    int swap, packed;
    int64_t stored; /* packed bytes not read yet */
    z_stream z;
    uint8_t in[CHUNK];
    char what[160]; /* why the walk ended */
};

/* An element's tag; a small one has its bytes in the tag itself. */
struct element {
    uint32_t type;
    int64_t n;
    int small;
    uint8_t data[4];
};

static int complain(struct bytes *b, const char *what)
{
    snprintf(b->what, sizeof b->what, "%s", what);
    return -1;
}

static uint32_t word_at(const struct bytes *b, const uint8_t *bytes)
{
    uint32_t word;

    memcpy(&word, bytes, sizeof word);
    return b->swap ? __builtin_bswap32(word) : word;
}

static int unpack(struct bytes *b, uint8_t *out, int64_t n)
{
    b->z.next_out = out;
    b->z.avail_out = (uInt)n;
    while (b->z.avail_out > 0) {
        int rc;

        if (b->z.avail_in == 0 && b->stored > 0) {
            const size_t want = b->stored < CHUNK ? (size_t)b->stored : CHUNK;

            b->z.avail_in = (uInt)fread(b->in, 1, want, b->file);
            b->z.next_in = b->in;
            b->stored -= (int64_t)want;
        }
        rc = inflate(&b->z, Z_NO_FLUSH);
        if (rc == Z_STREAM_END && b->z.avail_out > 0)
            return complain(b, "its packed bytes hold less than it says");
        if (rc != Z_OK && rc != Z_STREAM_END)
            return complain(b, "its packed bytes cannot be unpacked");
    }
    return 0;
}

/* The next n bytes, which belong to what has `left`; out NULL = skip them. */
static int take(struct bytes *b, int64_t *left, uint8_t *out, int64_t n)
{
    uint8_t waste[4096];

    if (n > *left)
        return complain(b, "an element is longer than what it stands in");
    *left -= n;
    if (!out && !b->packed)
        return fseeko(b->file, n, SEEK_CUR) == 0 ? 0 : complain(b, "it cannot be read");
    while (n > 0) {
        const int64_t k = out || n < (int64_t)sizeof waste ? n : (int64_t)sizeof waste;
        uint8_t *to = out ? out : waste;

        if (b->packed ? unpack(b, to, k) != 0
                      : fread(to, 1, (size_t)k, b->file) != (size_t)k)
            return b->what[0] ? -1 : complain(b, "it cannot be read");
        n -= k;
    }
    return 0;
}

static int take_tag(struct bytes *b, int64_t *left, struct element *e)
{
    uint8_t tag[8];

    if (take(b, left, tag, sizeof tag) != 0)
        return -1;
    e->type = word_at(b, tag);
    e->n = word_at(b, tag + 4);
    e->small = e->type >> 16 != 0;
    if (!e->small)
        return 0;
    e->n = e->type >> 16;
    e->type &= 0xffff;
    memcpy(e->data, tag + 4, 4);
    return e->n <= 4 ? 0 : complain(b, "a small element has more than 4 bytes");
}

/* The rest of an element with its padding; the first `most` bytes of it into out. */
static int take_body(struct bytes *b, int64_t *left, const struct element *e,
                     uint8_t *out, int64_t most)
{
    const int64_t n = e->n < most ? e->n : most, padded = e->n + (-e->n & 7);

    if (e->small) {
        if (n > 0)
            memcpy(out, e->data, (size_t)n);
        return 0;
    }
    if (n > 0 && take(b, left, out, n) != 0)
        return -1;
    return take(b, left, NULL, padded - n);
}

static int64_t type_size(uint32_t type)
{
    static const int8_t sizes[] = {0, 1, 1, 2, 2, 4, 4, 4, 0, 8,
                                   0, 0, 8, 8, 0, 0, 1, 2, 4};

    return type < sizeof sizes ? sizes[type] : 0;
}

/* An element of `count` numbers. */
static int walk_numbers(struct bytes *b, int64_t *left, int64_t count)
{
    struct element e;
    int64_t size;

    if (take_tag(b, left, &e) != 0)
        return -1;
    size = type_size(e.type);
    if (size == 0 || e.type > 13)
        return complain(b, "its numbers are of no known type");
    if (e.n % size != 0 || e.n / size != count)
        return complain(b, "it has another number of values than its dimensions say");
    return take_body(b, left, &e, NULL, 0);
}

/* Text: bytes as many as characters, but UTF-8 and UTF-16 may need more. */
static int walk_text(struct bytes *b, int64_t *left, int64_t count)
{
    struct element e;
    int64_t size;

    if (take_tag(b, left, &e) != 0)
        return -1;
    size = type_size(e.type);
    if (size == 0 || size > 4 || e.n % size != 0)
        return complain(b, "its text is of no known type");
    if (e.n / size < count || (e.n / size != count && e.type < MI_UTF8) ||
        e.n / size / 4 > count)
        return complain(b, "it has another number of letters than its dimensions say");
    return take_body(b, left, &e, NULL, 0);
}

static int walk_matrix(struct bytes *b, int64_t *left, int depth);

static int walk_matrices(struct bytes *b, int64_t *left, int64_t count, int depth)
{
    for (int64_t i = 0; i < count; i++) {
        struct element e;

        if (take_tag(b, left, &e) != 0)
            return -1;
        if (e.type != MI_MATRIX || e.small)
            return complain(b, "a cell or field of it is no array");
        if (e.n > *left)
            return complain(b, "an element is longer than what it stands in");
        *left -= e.n;
        if (e.n > 0 && walk_matrix(b, &e.n, depth + 1) != 0)
            return -1;
    }
    return 0;
}

static int walk_struct(struct bytes *b, int64_t *left, int64_t count, int depth)
{
    uint8_t word[4] = {0};
    struct element e;
    int64_t length, n_fields;

    if (take_tag(b, left, &e) != 0 || take_body(b, left, &e, word, 4) != 0)
        return -1;
    length = word_at(b, word);
    if (e.type != MI_INT32 || e.n != 4 || length < 1 || length > 4096)
        return complain(b, "the names of its fields are damaged");
    if (take_tag(b, left, &e) != 0)
        return -1;
    n_fields = e.n / length;
    if (e.type != MI_INT8 || e.n % length != 0 ||
        (n_fields > 0 && count > INT64_MAX / n_fields))
        return complain(b, "the names of its fields are damaged");
    if (take_body(b, left, &e, NULL, 0) != 0)
        return -1;
    return walk_matrices(b, left, count * n_fields, depth);
}

/* Where the stored numbers of each column begin, piece by piece: they ascend to the last,
 * which is how many are stored, no more than there are row numbers. */
static int walk_starts(struct bytes *b, int64_t *left, const struct element *e,
                       int64_t *n_stored)
{
    uint8_t piece[4096];
    uint32_t before = 0;

    for (int64_t done = 0, n; done < e->n; done += n) {
        n = e->n - done < (int64_t)sizeof piece ? e->n - done : (int64_t)sizeof piece;
        if (e->small)
            memcpy(piece, e->data, (size_t)n);
        else if (take(b, left, piece, n) != 0)
            return -1;
        for (int64_t i = 0; i < n; i += 4) {
            const uint32_t start = word_at(b, piece + i);

            if (start > *n_stored || start < before)
                return complain(b, "its column numbers are damaged");
            before = start;
        }
    }
    *n_stored = before;
    return e->small ? 0 : take(b, left, NULL, -e->n & 7);
}

/* Row numbers below the rows, columns' beginnings that ascend: matio follows both. */
static int walk_sparse(struct bytes *b, int64_t *left, const int64_t *dims, int complex)
{
    struct element e;
    int64_t n_stored;
    int rc;

    if (take_tag(b, left, &e) != 0 || take_body(b, left, &e, NULL, 0) != 0)
        return -1;
    n_stored = e.n / 4;
    if (e.type != MI_INT32 || e.n % 4 != 0 || take_tag(b, left, &e) != 0)
        return b->what[0] ? -1 : complain(b, "its row numbers are damaged");
    if (e.type != MI_INT32 || e.n % 4 != 0 || e.n / 4 - 1 != dims[1] || e.n > *left + 4)
        return complain(b, "its column numbers are damaged");
    rc = walk_starts(b, left, &e, &n_stored);
    for (int part = 0; rc == 0 && part <= complex; part++)
        rc = walk_numbers(b, left, n_stored);
    return rc;
}

/* Flags, dimensions and name: what every array begins with. */
static int walk_head(struct bytes *b, int64_t *left, uint32_t *flags, int64_t *count,
                     int64_t dims[2])
{
    uint8_t body[4 * MOST_DIMS] = {0};
    struct element e;

    if (take_tag(b, left, &e) != 0 || take_body(b, left, &e, body, 8) != 0)
        return -1;
    if (e.type != MI_UINT32 || e.n != 8)
        return complain(b, "its flags are damaged");
    *flags = word_at(b, body);
    if ((*flags & 0xff) < CLASS_CELL || (*flags & 0xff) > CLASS_LAST_NUMBER)
        return 1; /* a function or an object, which nothing here reads */
    if (take_tag(b, left, &e) != 0)
        return -1;
    if (e.type != MI_INT32 || e.n % 4 != 0 || e.n < 8 || e.n > 4 * MOST_DIMS)
        return complain(b, "its dimensions are damaged");
    if (take_body(b, left, &e, body, e.n) != 0)
        return -1;
    *count = 1;
    for (int64_t d = 0; d < e.n / 4; d++) {
        const uint32_t size = word_at(b, body + 4 * d);

        if (size > INT32_MAX || __builtin_mul_overflow(*count, (int64_t)size, count))
            return complain(b, "its dimensions are larger than any file");
        if (d < 2)
            dims[d] = size;
    }
    if (take_tag(b, left, &e) != 0)
        return -1;
    if ((e.type != MI_INT8 && e.type != MI_UINT8 && e.type != MI_UTF8) || e.n > 4096)
        return complain(b, "its name is damaged");
    return take_body(b, left, &e, NULL, 0);
}

static int walk_matrix(struct bytes *b, int64_t *left, int depth)
{
    int64_t count = 0, dims[2] = {0};
    struct element e;
    uint32_t flags = 0;
    int rc = walk_head(b, left, &flags, &count, dims);

    if (depth > DEEPEST)
        return complain(b, "it is nested deeper than any real file");
    if (rc < 0)
        return -1;
    if (rc > 0)
        return take(b, left, NULL, *left);
    switch (flags & 0xff) {
    case CLASS_CELL:
        rc = walk_matrices(b, left, count, depth);
        break;
    case CLASS_OBJECT:
        if (take_tag(b, left, &e) != 0 || take_body(b, left, &e, NULL, 0) != 0)
            return -1;
        rc = walk_struct(b, left, count, depth);
        break;
    case CLASS_STRUCT:
        rc = walk_struct(b, left, count, depth);
        break;
    case CLASS_CHAR:
        rc = walk_text(b, left, count);
        break;
    case CLASS_SPARSE:
        rc = walk_sparse(b, left, dims, (flags & FLAG_COMPLEX) != 0);
        break;
    default:
        rc = walk_numbers(b, left, count);
        if (rc == 0 && (flags & FLAG_COMPLEX))
            rc = walk_numbers(b, left, count);
    }
    return rc == 0 ? take(b, left, NULL, *left) : rc;
}

int mat_walk(FILE *file, int swap, uint32_t type, int64_t n, char what[160])
{
    struct bytes *b = calloc(1, sizeof *b);
    struct element e = {.type = type, .n = n};
    int64_t left = 8;
    int rc = 0;

    if (!b) {
        snprintf(what, 160, "there is no memory to check it");
        return -1;
    }
    b->file = file;
    b->swap = swap;
    b->packed = type == MI_COMPRESSED;
    b->stored = n;
    if (b->packed && inflateInit(&b->z) != Z_OK)
        rc = complain(b, "there is no memory to check it");
    if (rc == 0 && b->packed)
        rc = take_tag(b, &left, &e);
    if (rc == 0 && (e.type != MI_MATRIX || e.small))
        rc = complain(b, "it is no array");
    if (rc == 0)
        rc = walk_matrix(b, &e.n, 0);
    if (b->packed)
        inflateEnd(&b->z);
    snprintf(what, 160, "%s", b->what);
    free(b);
    return rc;
}
