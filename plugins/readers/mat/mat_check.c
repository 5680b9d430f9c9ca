/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a MAT file's own headers promise, before matio is handed it: the kind from the
 * first bytes; in v4 and v5 files that each variable ends inside the file. Layouts as in
 * MathWorks' "MAT-File Format" (5 and 4); v7.3 is HDF5 behind 512 bytes of header.
 */
#include "mat.h"
#include "mat_walk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { V5_HEAD = 128, MI_MATRIX = 14, MI_COMPRESSED = 15, V4_HEAD = 20, V73_HEAD = 520 };

static uint32_t word_at(const uint8_t *bytes, int swap)
{
    uint32_t word;

    memcpy(&word, bytes, sizeof word);
    return swap ? __builtin_bswap32(word) : word;
}

/* The type word of a v4 variable, MOPT in decimal: M byte order, O 0, P type, T kind. */
static int v4_type_ok(uint32_t mopt)
{
    return mopt / 1000 <= 1 && mopt / 100 % 10 == 0 && mopt / 10 % 10 <= 5 &&
           mopt % 10 <= 2;
}

static int v4_head_ok(const uint8_t *head, int swap)
{
    return v4_type_ok(word_at(head, swap)) && word_at(head + 12, swap) <= 1 &&
           word_at(head + 16, swap) >= 2 && word_at(head + 16, swap) <= 64;
}

int mat_kind(const uint8_t *head, int64_t n)
{
    static const uint8_t hdf5[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
    const int little = n >= V5_HEAD && head[126] == 'I' && head[127] == 'M';
    const int big = n >= V5_HEAD && head[126] == 'M' && head[127] == 'I';

    if ((little && head[125] == 1) || (big && head[124] == 1))
        return 5;
    if (((little && head[125] == 2) || (big && head[124] == 2)) && n >= V73_HEAD &&
        memcmp(head + 512, hdf5, sizeof hdf5) == 0)
        return 7;
    if (n >= V4_HEAD && (v4_head_ok(head, 0) || v4_head_ok(head, 1)))
        return 4;
    return 0;
}

static int cut_short(struct ana_ctx *ctx, const char *path, int64_t variable, int64_t at,
                     int64_t needed, int64_t bytes)
{
    return ana_fail(
        ctx, ANA_EDATA,
        "%s: is cut short: variable %lld at byte %lld needs %lld bytes, the file "
        "ends at byte %lld; copy it again",
        path, (long long)variable, (long long)at, (long long)needed, (long long)bytes);
}

static int check_v5(struct ana_ctx *ctx, const char *path, FILE *file, int swap,
                    int64_t bytes)
{
    int64_t at = V5_HEAD;
    char what[160];
    uint8_t tag[8];

    for (int64_t i = 1; at < bytes; i++) {
        uint32_t type, size;

        if (fseeko(file, at, SEEK_SET) != 0 ||
            fread(tag, 1, sizeof tag, file) != sizeof tag)
            return cut_short(ctx, path, i, at, sizeof tag, bytes);
        type = word_at(tag, swap);
        size = word_at(tag + 4, swap);
        if (type != MI_MATRIX && type != MI_COMPRESSED)
            return ana_fail(
                ctx, ANA_EDATA,
                "%s: byte %lld: expected a variable, found element type %u; the "
                "file is damaged",
                path, (long long)at, type);
        if (size < 8 || size > bytes - at - 8)
            return cut_short(ctx, path, i, at, 8 + (int64_t)size, bytes);
        if (mat_walk(file, swap, type, size, what) != 0)
            return ana_fail(ctx, ANA_EDATA,
                            "%s: variable %lld at byte %lld is damaged: %s", path,
                            (long long)i, (long long)at, what);
        at += 8 + (int64_t)size;
    }
    return 0;
}

static int check_v4(struct ana_ctx *ctx, const char *path, FILE *file, int64_t bytes)
{
    static const int64_t sizes[] = {8, 4, 4, 2, 2, 1};
    int64_t at = 0;
    uint8_t head[V4_HEAD];

    for (int64_t i = 1; at < bytes; i++) {
        int64_t needed;
        int swap;

        if (fseeko(file, at, SEEK_SET) != 0 ||
            fread(head, 1, sizeof head, file) != V4_HEAD)
            return cut_short(ctx, path, i, at, V4_HEAD, bytes);
        swap = !v4_head_ok(head, 0);
        if (swap && !v4_head_ok(head, 1))
            return ana_fail(
                ctx, ANA_EDATA,
                "%s: byte %lld: this is no header of a MAT v4 variable; the file "
                "is damaged",
                path, (long long)at);
        needed = sizes[word_at(head, swap) / 10 % 10] * (1 + word_at(head + 12, swap));
        if (__builtin_mul_overflow(needed, (int64_t)word_at(head + 4, swap), &needed) ||
            __builtin_mul_overflow(needed, (int64_t)word_at(head + 8, swap), &needed) ||
            __builtin_add_overflow(needed, V4_HEAD + (int64_t)word_at(head + 16, swap),
                                   &needed))
            needed = INT64_MAX;
        if (needed > bytes - at)
            return cut_short(ctx, path, i, at, needed, bytes);
        at += needed;
    }
    return 0;
}

/* A header that begins as v5's or v7.3's: where it leaves off being one. */
static int refuse_head(struct ana_ctx *ctx, const char *path, const uint8_t *head,
                       int64_t n)
{
    const int little = head[126] == 'I' && head[127] == 'M';
    const int big = head[126] == 'M' && head[127] == 'I';
    const int version = little ? head[125] : head[124];
    char where[120];

    if (n < V5_HEAD)
        snprintf(where, sizeof where, "the file ends at byte %lld", (long long)n);
    else if (!little && !big)
        snprintf(where, sizeof where, "byte 126: expected IM or MI, the order of bytes");
    else if (version != 2)
        snprintf(where, sizeof where, "byte 124: expected version 1 or 2, found %d",
                 version);
    else if (n < V73_HEAD)
        snprintf(where, sizeof where,
                 "version 2 is HDF5 from byte 512 on, and the file ends at byte %lld",
                 (long long)n);
    else
        snprintf(where, sizeof where, "version 2 is HDF5, and at byte 512 stands none");
    return ana_fail(ctx, ANA_EDATA,
                    "%s: begins as a MAT file, but its header of 128 bytes is damaged: "
                    "%s",
                    path, where);
}

static int refuse_kind(struct ana_ctx *ctx, const char *path, const uint8_t *head,
                       int64_t n)
{
    static const uint8_t hdf5[4] = {0x89, 'H', 'D', 'F'};

    if (n == 0)
        return ana_fail(ctx, ANA_EDATA, "%s: byte 0: the file is empty", path);
    if (n >= 4 && memcmp(head, hdf5, sizeof hdf5) == 0)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: is an HDF5 file, but not one of MATLAB's (v7.3)", path);
    if (n >= 18 && memcmp(head, "# Created by Octav", 18) == 0)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: is in Octave's own text format; save it with `save -v7`",
                        path);
    if (n >= 6 && memcmp(head, "MATLAB", 6) == 0)
        return refuse_head(ctx, path, head, n);
    return ana_fail(ctx, ANA_EDATA,
                    "%s: is no MAT file: v4, v5, v7 and v7.3 begin differently at byte 0",
                    path);
}

int mat_check(struct ana_ctx *ctx, const char *path, int64_t *bytes)
{
    uint8_t head[1024] = {0};
    struct stat st;
    FILE *file;
    size_t n;
    int kind, rc = 0;

    if (stat(path, &st) != 0)
        return ana_fail(ctx, ANA_EDATA, "%s: cannot be opened: %s", path,
                        strerror(errno));
    if (!S_ISREG(st.st_mode))
        return ana_fail(ctx, ANA_EDATA, "%s: is not a regular file", path);
    file = fopen(path, "rb");
    if (!file)
        return ana_fail(ctx, ANA_EDATA, "%s: cannot be opened: %s", path,
                        strerror(errno));
    *bytes = st.st_size;
    n = fread(head, 1, sizeof head, file);
    kind = mat_kind(head, (int64_t)n);
    if (kind == 0)
        rc = refuse_kind(ctx, path, head, (int64_t)n);
    else if (kind == 5 && st.st_size == V5_HEAD)
        rc = ana_fail(ctx, ANA_EDATA, "%s: holds no variables", path);
    else if (kind == 5)
        rc = check_v5(ctx, path, file,
                      (head[126] == 'M') != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__),
                      st.st_size);
    else if (kind == 4)
        rc = check_v4(ctx, path, file, st.st_size);
    fclose(file);
    return rc;
}
