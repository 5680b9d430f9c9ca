/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The NIfTI-2 side of a CIFTI file: sizes, type, the extension with the XML (code 32), and
 * the values.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <anaflow/files.h>

#include "cifti.h"

enum { HEADER = 540, FIRST_EXTENSION = 544, CIFTI_CODE = 32 };
static const int64_t most_xml = 1ll << 30;

static uint64_t number_at(const uint8_t *b, int64_t at, int width, int big)
{
    uint64_t x = 0;

    for (int i = 0; i < width; i++)
        x |= (uint64_t)b[at + (big ? width - 1 - i : i)] << 8 * i;
    return x;
}

static double real_at(const uint8_t *b, int64_t at, int big)
{
    const uint64_t bits = number_at(b, at, 8, big);
    double d;

    memcpy(&d, &bits, sizeof d);
    return d;
}

static int width_of(int code)
{
    switch (code) {
    case 2:
    case 256:
        return 1;
    case 4:
    case 512:
        return 2;
    case 8:
    case 16:
    case 768:
        return 4;
    case 64:
    case 1024:
    case 1280:
        return 8;
    default:
        return 0;
    }
}

static double value_of(const uint8_t *p, int code, int width, int big)
{
    const uint64_t bits = number_at(p, 0, width, big);
    const uint32_t half = (uint32_t)bits;
    double d;
    float f;

    switch (code) {
    case 256:
        return (double)(int8_t)bits;
    case 4:
        return (double)(int16_t)bits;
    case 8:
        return (double)(int32_t)half;
    case 1024:
        return (double)(int64_t)bits;
    case 16:
        memcpy(&f, &half, sizeof f);
        return (double)f;
    case 64:
        memcpy(&d, &bits, sizeof d);
        return d;
    default:
        return (double)bits;
    }
}

static int take_sizes(struct ana_ctx *ctx, const uint8_t *b, struct cii_file *f)
{
    int64_t dim[8];

    for (int d = 0; d < 8; d++)
        dim[d] = (int64_t)number_at(b, 16 + 8 * d, 8, f->big_endian);
    if (dim[0] < 6 || dim[0] > 7)
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: byte 16, dim[0]: a CIFTI matrix lies along dim[5] and dim[6], "
            "found %lld axes",
            f->path, (long long)dim[0]);
    for (int d = 1; d <= 7; d++)
        if (d <= dim[0] && (dim[d] < 1 || (d != 5 && d != 6 && dim[d] != 1)))
            return ana_fail(
                ctx, ANA_EDATA, "%s: byte %d, dim[%d]: expected %s, found %lld", f->path,
                16 + 8 * d, d, d == 5 || d == 6 ? "1 or more" : "1", (long long)dim[d]);
    f->T = dim[5];
    f->N = dim[6];
    f->code = (int)number_at(b, 12, 2, f->big_endian);
    f->width = width_of(f->code);
    if (f->width == 0)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: byte 12, datatype %d: expected whole or real numbers",
                        f->path, f->code);
    return 0;
}

static int check_length(struct ana_ctx *ctx, const uint8_t *b, int64_t size,
                        struct cii_file *f)
{
    int64_t need;

    f->offset = (int64_t)number_at(b, 168, 8, f->big_endian);
    f->slope = real_at(b, 176, f->big_endian);
    f->intercept = real_at(b, 184, f->big_endian);
    if (f->slope != 0 && isfinite(f->slope) && !isfinite(f->intercept))
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: byte 184, scl_inter: expected a finite number beside a slope "
            "of %g",
            f->path, f->slope);
    if (f->slope == 0 || !isfinite(f->slope)) {
        f->slope = 1;
        f->intercept = 0;
    }
    if (f->offset < FIRST_EXTENSION || f->offset > size)
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: byte 168, vox_offset: expected %d to %lld, the file's length, "
            "found %lld",
            f->path, FIRST_EXTENSION, (long long)size, (long long)f->offset);
    if (__builtin_mul_overflow(f->T, f->N, &need) ||
        __builtin_mul_overflow(need, f->width, &need) || need > size - f->offset)
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: byte %lld: the file ends, and %lld x %lld values of %d bytes do not fit "
            "into the %lld bytes from %lld on; it is cut short, copy it again",
            f->path, (long long)size, (long long)f->T, (long long)f->N, f->width,
            (long long)(size - f->offset), (long long)f->offset);
    return 0;
}

/* Extensions lie between the header and the values, each with its size and code. */
static int find_xml(struct ana_ctx *ctx, FILE *in, struct cii_file *f)
{
    uint8_t head[8];

    for (int64_t at = FIRST_EXTENSION; at + 8 <= f->offset;) {
        int64_t size;

        if (fseeko(in, at, SEEK_SET) != 0 || fread(head, 1, 8, in) != 8)
            break;
        size = (int32_t)number_at(head, 0, 4, f->big_endian);
        if (size < 8 || size > f->offset - at || size > most_xml)
            return ana_fail(
                ctx, ANA_EDATA,
                "%s: byte %lld, esize: an extension of %lld bytes does not fit "
                "before the values, at byte %lld",
                f->path, (long long)at, (long long)size, (long long)f->offset);
        if (number_at(head, 4, 4, f->big_endian) == CIFTI_CODE) {
            f->xml = ana_alloc(ctx, size - 8 + 1, 1);
            if (!f->xml)
                return ANA_ERESOURCE;
            f->n_xml = (int64_t)fread(f->xml, 1, (size_t)(size - 8), in);
            while (f->n_xml > 0 && f->xml[f->n_xml - 1] == 0) /* padding */
                f->n_xml--;
            return 0;
        }
        at += size;
    }
    return ana_fail(
        ctx, ANA_EDATA,
        "%s: has no CIFTI extension (code 32) between its header and its values, byte "
        "%d to %lld; a plain NIfTI image is read by `plugin = nifti`",
        f->path, FIRST_EXTENSION, (long long)f->offset);
}

static int read_header(struct ana_ctx *ctx, FILE *in, struct cii_file *f)
{
    uint8_t b[HEADER];
    struct stat status;
    size_t n;
    int rc;

    if (fstat(fileno(in), &status) != 0 || !S_ISREG(status.st_mode))
        return ana_fail(ctx, ANA_EDATA, "%s: is no file", f->path);
    n = fread(b, 1, sizeof b, in);
    if (n >= 2 && b[0] == 0x1f && b[1] == 0x8b)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: is compressed (byte 0); inflate it with gunzip", f->path);
    if (n < sizeof b)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: byte %lld: the file ends inside its NIfTI-2 header", f->path,
                        (long long)n);
    f->big_endian = number_at(b, 0, 4, 1) == HEADER;
    if (number_at(b, 0, 4, f->big_endian) != HEADER || memcmp(b + 4, "n+2", 3) != 0)
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: byte 0: expected a NIfTI-2 header (540, n+2), which every CIFTI "
            "file has",
            f->path);
    rc = take_sizes(ctx, b, f);
    if (rc == 0)
        rc = check_length(ctx, b, (int64_t)status.st_size, f);
    return rc == 0 ? find_xml(ctx, in, f) : rc;
}

/* "rest" of "/data/rest.dtseries.nii". */
static char *make_stem(struct ana_ctx *ctx, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *stem = ana_strdup(ctx, slash ? slash + 1 : path), *dot;

    for (int i = 0; stem && i < 2; i++) {
        dot = strrchr(stem, '.');
        if (dot && dot != stem)
            *dot = 0;
    }
    return stem;
}

int cii_file_open(struct ana_ctx *ctx, const char *path, struct cii_file *f)
{
    int rc = ana_file_check(ctx, path);
    FILE *in = rc == 0 ? fopen(path, "rb") : NULL;

    memset(f, 0, sizeof *f);
    if (rc != 0)
        return rc;
    f->path = ana_strdup(ctx, path);
    f->stem = make_stem(ctx, path);
    rc = !f->path || !f->stem ? ANA_ERESOURCE
         : !in
             ? ana_fail(ctx, ANA_EDATA, "%s: cannot be opened: %s", path, strerror(errno))
             : read_header(ctx, in, f);
    if (in)
        fclose(in);
    return rc == 0 ? cii_xml_parse(ctx, f) : rc;
}

static void free_list(struct ana_ctx *ctx, int64_t n, char **list)
{
    for (int64_t i = 0; i < n; i++)
        ana_free(ctx, list[i]);
    ana_free(ctx, list);
}

void cii_file_finish(struct ana_ctx *ctx, struct cii_file *f)
{
    free_list(ctx, f->n_maps, f->map_name);
    free_list(ctx, f->n_structures, f->structure);
    free_list(ctx, f->n_parcels, f->parcel);
    free_list(ctx, f->n_labels, f->label);
    ana_free(ctx, f->key);
    ana_free(ctx, f->place);
    ana_free(ctx, f->xml);
    ana_free(ctx, f->path);
    ana_free(ctx, f->stem);
    memset(f, 0, sizeof *f);
}

int cii_file_read(struct ana_ctx *ctx, const struct cii_file *f, int64_t first, int64_t n,
                  double *out)
{
    const int64_t count = n * f->T, at = f->offset + first * f->T * f->width;
    uint8_t *bytes = ana_alloc(ctx, count, (size_t)f->width);
    FILE *in = fopen(f->path, "rb");
    int rc = bytes ? 0 : ANA_ERESOURCE;

    if (rc == 0 && (!in || fseeko(in, at, SEEK_SET) != 0 ||
                    fread(bytes, (size_t)f->width, (size_t)count, in) != (size_t)count))
        rc = ana_fail(ctx, ANA_EDATA, "%s: %lld values cannot be read at byte %lld",
                      f->path, (long long)count, (long long)at);
    for (int64_t i = 0; rc == 0 && i < count; i++)
        out[i] =
            value_of(bytes + i * f->width, f->code, f->width, f->big_endian) * f->slope +
            f->intercept;
    if (in)
        fclose(in);
    ana_free(ctx, bytes);
    return rc;
}

int cii_same_places(const struct cii_file *a, const struct cii_file *b)
{
    if (a->N != b->N || a->places != b->places)
        return 0;
    for (int64_t n = 0; n < a->N; n++) {
        const struct cii_place *p = &a->place[n], *q = &b->place[n];

        if (p->i != q->i || p->j != q->j || p->k != q->k ||
            (p->structure >= 0) != (q->structure >= 0) ||
            (p->structure >= 0 &&
             strcmp(a->structure[p->structure], b->structure[q->structure]) != 0) ||
            (a->places == CII_PARCELS && strcmp(a->parcel[n], b->parcel[n]) != 0))
            return 0;
    }
    return 1;
}
