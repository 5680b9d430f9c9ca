/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A map of one value a vertex as .func.gii: float32, zlib and base64, the same bytes
 * whenever it is made.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "gifti.h"

/* Float32 of the values as a zlib stream in base64. */
static char *encode(struct ana_ctx *ctx, int64_t N, const double *value)
{
    uLongf room = compressBound((uLong)(4 * N));
    float *x = ana_alloc(ctx, N, sizeof *x);
    uint8_t *packed = ana_alloc(ctx, (int64_t)room, 1);
    char *text = NULL;

    for (int64_t v = 0; x && packed && v < N; v++)
        x[v] = (float)value[v];
    if (x && packed &&
        compress2(packed, &room, (const uint8_t *)x, (uLong)(4 * N), 6) == Z_OK)
        text = gii_base64(ctx, packed, (int64_t)room);
    ana_free(ctx, packed);
    ana_free(ctx, x);
    return text;
}

static void write_text(FILE *out, int64_t N, const char *hemisphere, const char *data)
{
    fprintf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                 "<!DOCTYPE GIFTI SYSTEM "
                 "\"http://www.nitrc.org/frs/download.php/115/gifti.dtd\">\n"
                 "<GIFTI Version=\"1.0\" NumberOfDataArrays=\"1\">\n<MetaData>\n");
    if (*hemisphere)
        fprintf(
            out,
            "<MD><Name>AnatomicalStructurePrimary</Name><Value>Cortex%s</Value></MD>\n",
            *hemisphere == 'L' ? "Left" : "Right");
    fprintf(out,
            "</MetaData>\n<LabelTable/>\n<DataArray Intent=\"NIFTI_INTENT_NONE\" "
            "DataType=\"NIFTI_TYPE_FLOAT32\" ArrayIndexingOrder=\"RowMajorOrder\" "
            "Dimensionality=\"1\" Dim0=\"%lld\" Encoding=\"GZipBase64Binary\" "
            "Endian=\"LittleEndian\" ExternalFileName=\"\" ExternalFileOffset=\"\">\n"
            "<MetaData><MD><Name>Name</Name><Value>score</Value></MD></MetaData>\n"
            "<Data>%s</Data>\n</DataArray>\n</GIFTI>\n",
            (long long)N, data);
}

int gii_write(struct ana_ctx *ctx, int64_t N, const double *value, const char *hemisphere,
              const char *path)
{
    char temporary[4200], *data;
    FILE *out;
    int ok;

    if (strlen(path) > 4096)
        return ana_fail(ctx, ANA_ERESOURCE, "%s: the name is too long", path);
    data = encode(ctx, N, value);
    if (!data)
        return ana_fail(ctx, ANA_ERESOURCE, "%s: no memory to write it", path);
    snprintf(temporary, sizeof temporary, "%s.tmp-%06ld", path, (long)getpid() % 1000000);
    out = fopen(temporary, "wb");
    if (out)
        write_text(out, N, hemisphere, data);
    ok = out && fflush(out) == 0 && !ferror(out) && fsync(fileno(out)) == 0;
    ok = (!out || fclose(out) == 0) && ok;
    ok = ok && rename(temporary, path) == 0;
    if (!ok) {
        ana_fail(ctx, ANA_ERESOURCE, "%s: cannot be written: %s", path, strerror(errno));
        unlink(temporary);
    }
    ana_free(ctx, data);
    return ok ? 0 : ANA_ERESOURCE;
}
