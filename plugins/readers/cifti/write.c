/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A map of one value a place as CIFTI-2: the places are described in the words of the file
 * that was read. It appears under its name whole or not at all, and is the same bytes
 * whenever it is made.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cifti.h"

enum { HEADER = 544, DENSE_SCALAR = 3006, PARCEL_SCALAR = 3008 };

static const char begin_xml[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<CIFTI Version=\"2\"><Matrix>"
    "<MatrixIndicesMap AppliesToMatrixDimension=\"0\" "
    "IndicesMapToDataType=\"CIFTI_INDEX_TYPE_SCALARS\"><NamedMap><MapName>score</MapName>"
    "</NamedMap></MatrixIndicesMap>";
static const char end_xml[] = "</Matrix></CIFTI>\n";

static void put(uint8_t *at, int64_t value, int width)
{
    for (int i = 0; i < width; i++)
        at[i] = (uint8_t)((uint64_t)value >> 8 * i);
}

static void put_real(uint8_t *at, double value)
{
    memcpy(at, &value, sizeof value); /* little-endian, as this machine */
}

static void fill_header(const struct cii_file *like, int64_t extension, uint8_t *b)
{
    const int parcels = like->places == CII_PARCELS;

    put(b, 540, 4);
    memcpy(b + 4, "n+2\0\r\n\032\n", 8);
    put(b + 12, 16, 2);
    put(b + 14, 32, 2);
    put(b + 16, 6, 8);
    for (int d = 1; d <= 7; d++) {
        put(b + 16 + 8 * d, d == 6 ? like->N : 1, 8);
        put_real(b + 104 + 8 * d, 1);
    }
    put_real(b + 104, 1);
    put(b + 168, HEADER + extension, 8);
    put_real(b + 176, 1);
    put(b + 500, 10, 4); /* mm, s */
    put(b + 504, parcels ? PARCEL_SCALAR : DENSE_SCALAR, 4);
    memcpy(b + 508, parcels ? "ConnParcelScalr" : "ConnDenseScalar", 15);
    b[540] = 1; /* extensions follow */
}

static int write_all(FILE *out, const struct cii_file *like, const double *value)
{
    const int64_t n_map = like->map_to - like->map_from;
    const int64_t n_xml = (int64_t)(sizeof begin_xml - 1 + sizeof end_xml - 1) + n_map;
    const int64_t extension = (8 + n_xml + 15) / 16 * 16;
    uint8_t header[HEADER] = {0}, head[8];

    fill_header(like, extension, header);
    put(head, extension, 4);
    put(head + 4, 32, 4);
    fwrite(header, 1, sizeof header, out);
    fwrite(head, 1, sizeof head, out);
    fwrite(begin_xml, 1, sizeof begin_xml - 1, out);
    fwrite(like->xml + like->map_from, 1, (size_t)n_map, out);
    fwrite(end_xml, 1, sizeof end_xml - 1, out);
    for (int64_t i = 8 + n_xml; i < extension; i++)
        fputc(0, out);
    for (int64_t i = 0; i < like->N; i++) {
        const float x = (float)value[i];

        fwrite(&x, sizeof x, 1, out);
    }
    return fflush(out) == 0 && !ferror(out) && fsync(fileno(out)) == 0;
}

int cii_write(struct ana_ctx *ctx, const struct cii_file *like, const double *value,
              const char *path)
{
    char temporary[4200];
    FILE *out;
    int ok;

    if (strlen(path) > 4096)
        return ana_fail(ctx, ANA_ERESOURCE, "%s: the name is too long", path);
    snprintf(temporary, sizeof temporary, "%s.tmp-%06ld", path, (long)getpid() % 1000000);
    out = fopen(temporary, "wb");
    ok = out && write_all(out, like, value);
    ok = (!out || fclose(out) == 0) && ok;
    if (ok && rename(temporary, path) == 0)
        return 0;
    ana_fail(ctx, ANA_ERESOURCE, "%s: cannot be written: %s", path, strerror(errno));
    unlink(temporary);
    return ANA_ERESOURCE;
}
