/* SPDX-License-Identifier: BSD-3-Clause
 *
 * FreeSurfer's .annot: a colour a vertex, and a table of what colours mean
 * (surfer.nmr.mgh.harvard.edu/fswiki/LabelsClutsAnnotationFiles). 32-bit numbers, the
 * highest byte first; tables of version 1 (entries in order) and 2 (numbered).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <anaflow/files.h>

#include "gifti.h"

enum { MOST_TABLE = 1 << 20, MOST_ENTRIES = 65536, MOST_NAME = 1024 };

/* A file in memory, read from its start. */
struct annot {
    const char *path;
    uint8_t *bytes;
    int64_t n, at;
    int64_t room;    /* entries that there is room for below */
    int32_t *colour; /* of each entry: red + 256 green + 65536 blue; -1 = none */
    int64_t *sorted; /* n_sorted: colours with the entry's number below, ascending */
    int64_t n_sorted;
};

enum { NUMBER = 20 }; /* bits of an entry's number */

static int take(struct ana_ctx *ctx, struct annot *a, const char *what, int32_t *value)
{
    const uint8_t *b = a->bytes + a->at;

    if (a->n - a->at < 4)
        return ana_fail(ctx, ANA_EDATA, "%s: byte %lld: ends before %s; it is cut short",
                        a->path, (long long)a->at, what);
    *value = (int32_t)((uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 |
                       (uint32_t)b[3]);
    a->at += 4;
    return 0;
}

/* A text with its length in front; *text is in the file, and ends where `length` says. */
static int take_text(struct ana_ctx *ctx, struct annot *a, const char *what,
                     const char **text, int32_t *length)
{
    const int64_t at = a->at;
    int rc = take(ctx, a, what, length);

    if (rc == 0 && (*length < 0 || *length > a->n - a->at))
        rc = ana_fail(ctx, ANA_EDATA, "%s: byte %lld: %s has a length of %d bytes",
                      a->path, (long long)at, what, *length);
    if (rc == 0) {
        *text = (const char *)a->bytes + a->at;
        a->at += *length;
    }
    return rc;
}

static int read_file(struct ana_ctx *ctx, struct annot *a, int64_t N)
{
    const int64_t most = 4 + 8 * N + MOST_TABLE;
    int rc = ana_file_check(ctx, a->path);
    FILE *in = rc == 0 ? fopen(a->path, "rb") : NULL;

    if (rc != 0)
        return rc;
    if (!in)
        return ana_fail(ctx, ANA_EDATA, "%s: cannot be opened", a->path);
    a->bytes = ana_alloc(ctx, most, 1);
    a->n = a->bytes ? (int64_t)fread(a->bytes, 1, (size_t)most, in) : 0;
    fclose(in);
    return a->bytes ? 0 : ANA_ERESOURCE;
}

/* How many entries the table has, and (a->room) below which number each is. */
static int begin_table(struct ana_ctx *ctx, struct annot *a, int *numbered, int64_t *n)
{
    int32_t has = 0, first = 0, length, entries;
    const char *text;
    const int64_t at = a->at;
    int rc = take(ctx, a, "its table", &has);

    if (rc == 0 && has == 0)
        return ana_fail(ctx, ANA_EDATA, "%s: byte %lld: has no table of names", a->path,
                        (long long)at);
    if (rc == 0)
        rc = take(ctx, a, "its table", &first);
    if (rc == 0 && first < 0 && first != -2)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: byte %lld: a table of version %d; expected "
                        "1 or 2",
                        a->path, (long long)at + 4, -first);
    *numbered = first == -2;
    if (rc == 0 && *numbered)
        rc = take(ctx, a, "its table", &first);
    if (rc == 0)
        rc = take_text(ctx, a, "the table's file", &text, &length);
    entries = first;
    if (rc == 0 && *numbered)
        rc = take(ctx, a, "its table", &entries);
    if (rc == 0 && (first < 1 || first > MOST_ENTRIES || entries < 0 || entries > first))
        rc = ana_fail(ctx, ANA_EDATA,
                      "%s: byte %lld: a table of %d entries, numbered below %d; expected "
                      "1 to %d",
                      a->path, (long long)at, entries, first, MOST_ENTRIES);
    a->room = first;
    *n = entries;
    return rc;
}

static int take_entry(struct ana_ctx *ctx, struct annot *a, int numbered, int64_t i,
                      char **name)
{
    int32_t number = (int32_t)i, length = 0, part[4] = {0};
    const char *text = "";
    const int64_t at = a->at;
    int rc = numbered ? take(ctx, a, "an entry", &number) : 0;

    if (rc == 0)
        rc = take_text(ctx, a, "an entry's name", &text, &length);
    for (int c = 0; rc == 0 && c < 4; c++)
        rc = take(ctx, a, "an entry's colour", &part[c]);
    if (rc != 0)
        return rc;
    if (number < 0 || number >= a->room || length > MOST_NAME || name[number])
        return ana_fail(ctx, ANA_EDATA,
                        "%s: byte %lld: entry %d is none of %lld, comes twice or has a "
                        "name of %d bytes",
                        a->path, (long long)at, number, (long long)a->room, length);
    name[number] = ana_alloc(ctx, length + 1, 1);
    if (!name[number])
        return ANA_ERESOURCE;
    memcpy(name[number], text, (size_t)length);
    a->colour[number] = (int32_t)((uint32_t)part[0] & 255) |
                        (int32_t)((uint32_t)part[1] & 255) << 8 |
                        (int32_t)((uint32_t)part[2] & 255) << 16;
    return 0;
}

static int read_table(struct ana_ctx *ctx, struct annot *a, int64_t *n, char ***name)
{
    int64_t entries = 0;
    int numbered = 0;
    int rc = begin_table(ctx, a, &numbered, &entries);

    if (rc != 0)
        return rc;
    a->colour = ana_alloc(ctx, a->room, sizeof *a->colour);
    *name = ana_alloc(ctx, a->room, sizeof **name);
    if (!a->colour || !*name)
        return ANA_ERESOURCE;
    *n = a->room;
    for (int64_t i = 0; i < a->room; i++)
        a->colour[i] = -1;
    for (int64_t i = 0; rc == 0 && i < entries; i++)
        rc = take_entry(ctx, a, numbered, i, *name);
    for (int64_t i = 0; rc == 0 && i < a->room; i++)
        if (!(*name)[i]) {
            (*name)[i] = ana_strdup(ctx, "");
            rc = (*name)[i] ? 0 : ANA_ERESOURCE;
        }
    return rc;
}

static int ascending(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static int sort_colours(struct ana_ctx *ctx, struct annot *a)
{
    a->sorted = ana_alloc(ctx, a->room, sizeof *a->sorted);
    if (!a->sorted)
        return ANA_ERESOURCE;
    for (int64_t k = 0; k < a->room; k++)
        if (a->colour[k] >= 0)
            a->sorted[a->n_sorted++] = (int64_t)a->colour[k] << NUMBER | k;
    qsort(a->sorted, (size_t)a->n_sorted, sizeof *a->sorted, ascending);
    return 0;
}

/* The first entry of a colour; -1 = there is none. */
static int64_t entry_of(const struct annot *a, int32_t colour)
{
    int64_t low = 0, high = a->n_sorted;

    while (low < high) {
        const int64_t half = low + (high - low) / 2;

        if (a->sorted[half] >> NUMBER < colour)
            low = half + 1;
        else
            high = half;
    }
    return low < a->n_sorted && a->sorted[low] >> NUMBER == colour
               ? a->sorted[low] & (((int64_t)1 << NUMBER) - 1)
               : -1;
}

/* The vertices' colours, by the table. */
static int name_vertices(struct ana_ctx *ctx, struct annot *a, int64_t N, int64_t *region)
{
    const int rc = sort_colours(ctx, a);

    for (int64_t i = 0; rc == 0 && i < N; i++) {
        int32_t vertex = 0, colour = 0;

        a->at = 4 + 8 * i;
        take(ctx, a, "its vertices", &vertex);
        take(ctx, a, "its vertices", &colour);
        if (vertex < 0 || vertex >= N)
            return ana_fail(ctx, ANA_EDATA, "%s: byte %lld: vertex %d does not exist",
                            a->path, (long long)(4 + 8 * i), vertex);
        region[vertex] = entry_of(a, colour);
    }
    return rc;
}

int gii_annot_read(struct ana_ctx *ctx, const char *path, int64_t N, int64_t *region,
                   int64_t *n, char ***name)
{
    struct annot a = {.path = path};
    int32_t vertices = 0;
    int rc = read_file(ctx, &a, N);

    *n = 0;
    *name = NULL;
    if (rc == 0)
        rc = take(ctx, &a, "its vertices", &vertices);
    if (rc == 0 && vertices != N)
        rc = ana_fail(ctx, ANA_EDATA,
                      "%s: is of %d vertices and the data of %lld; it belongs to another "
                      "mesh or hemisphere",
                      path, vertices, (long long)N);
    if (rc == 0 && a.n < 4 + 8 * N)
        rc = ana_fail(ctx, ANA_EDATA,
                      "%s: byte %lld: ends before its vertices; it is "
                      "cut short",
                      path, (long long)a.n);
    a.at = 4 + 8 * N;
    if (rc == 0)
        rc = read_table(ctx, &a, n, name);
    if (rc == 0)
        rc = name_vertices(ctx, &a, N, region);
    ana_free(ctx, a.bytes);
    ana_free(ctx, a.colour);
    ana_free(ctx, a.sorted);
    return rc;
}

/* By the file's own length, before anything is made as long as it says. */
int gii_annot_vertices(struct ana_ctx *ctx, const char *path, int64_t *n)
{
    struct annot a = {.path = path};
    int32_t vertices = 0;
    struct stat st = {.st_size = 0};
    int rc = read_file(ctx, &a, 0);

    if (rc == 0)
        rc = take(ctx, &a, "its vertices", &vertices);
    if (rc == 0 &&
        (vertices < 1 || stat(path, &st) != 0 || (st.st_size - 4) / 8 < (off_t)vertices))
        rc = ana_fail(ctx, ANA_EDATA,
                      "%s: byte 0: is of %d vertices, for which its %lld bytes have no "
                      "room; it is damaged or no annotation",
                      path, vertices, (long long)st.st_size);
    ana_free(ctx, a.bytes);
    *n = rc == 0 ? vertices : 0;
    return rc;
}
