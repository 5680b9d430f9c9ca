/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The headers of NIfTI-1 (348 bytes) and NIfTI-2 (540), in either byte order: the first
 * number, the header's own size, tells version and order.
 */
#include "nifti.h"

#include <math.h>
#include <string.h>

static const struct nii_type types[] = {
    {2, ANA_U8, 1},     {4, ANA_I16, 2},    {8, ANA_I32, 4},    {16, ANA_F32, 4},
    {64, ANA_F64, 8},   {256, ANA_I8, 1},   {512, ANA_U16, 2},  {768, ANA_U32, 4},
    {1024, ANA_I64, 8}, {1280, ANA_U64, 8}, {1536, ANA_F64, 16}};

const struct nii_type *nii_type(int code)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].code == code)
            return &types[i];
    return NULL;
}

/* Where the fields of the two versions stand. */
struct layout {
    int dim, dim_width, type, pixdim, real_width, offset, slope, units, qform, sform;
    int quaternion, q_offset, rows, magic, code_width;
};
static const struct layout layouts[2] = {
    {40, 2, 70, 76, 4, 108, 112, 123, 252, 254, 256, 268, 280, 344, 2},
    {16, 8, 12, 104, 8, 168, 176, 500, 344, 348, 352, 376, 400, 4, 4}};

struct bytes {
    const uint8_t *at;
    int big_endian;
};

static uint64_t unsigned_at(const struct bytes *b, int at, int width)
{
    uint64_t x = 0;

    for (int i = 0; i < width; i++)
        x |= (uint64_t)b->at[at + (b->big_endian ? width - 1 - i : i)] << 8 * i;
    return x;
}

static int64_t whole_at(const struct bytes *b, int at, int width)
{
    const uint64_t x = unsigned_at(b, at, width);

    return width == 2   ? (int64_t)(int16_t)x
           : width == 4 ? (int64_t)(int32_t)x
                        : (int64_t)x;
}

static double real_at(const struct bytes *b, int at, int width)
{
    const uint64_t bits = unsigned_at(b, at, width);
    const uint32_t half = (uint32_t)bits;
    double d;
    float f;

    if (width == 4) {
        memcpy(&f, &half, sizeof f);
        return (double)f;
    }
    memcpy(&d, &bits, sizeof d);
    return d;
}

static int take_sizes(struct ana_ctx *ctx, const char *path, const struct bytes *b,
                      const struct layout *l, struct nii_header *h)
{
    const int64_t axes = whole_at(b, l->dim, l->dim_width);
    int64_t values = 1;

    if (axes < 1 || axes > 7)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: byte %d, dim[0]: expected 1 to 7 axes, found %lld", path,
                        l->dim, (long long)axes);
    h->n_volumes = 1;
    for (int d = 1; d <= 7; d++) {
        const int at = l->dim + d * l->dim_width;
        int64_t size = d <= axes ? whole_at(b, at, l->dim_width) : 1;

        if (size < 1 || __builtin_mul_overflow(values, size, &values) ||
            values > INT64_MAX / 32)
            return ana_fail(ctx, ANA_EDATA,
                            "%s: byte %d, dim[%d]: expected a size of at least 1 that a "
                            "file can have, found %lld",
                            path, at, d, (long long)size);
        if (d <= 3)
            h->dim[d - 1] = size;
        else if (d == 4)
            h->n_volumes = size;
        else if (size > 1)
            return ana_fail(ctx, ANA_EDATA,
                            "%s: byte %d, dim[%d] is %lld: only space and time are read",
                            path, at, d, (long long)size);
    }
    return 0;
}

static int take_type(struct ana_ctx *ctx, const char *path, const struct bytes *b,
                     const struct layout *l, struct nii_header *h)
{
    const int code = (int)whole_at(b, l->type, 2);
    const char *what = code == 32 || code == 1792 || code == 2048 ? "complex numbers"
                       : code == 128 || code == 2304              ? "colours"
                       : code == 1                                ? "single bits"
                                                                  : "an unknown type";

    h->type = nii_type(code);
    if (h->type)
        return 0;
    return ana_fail(ctx, ANA_EDATA,
                    "%s: byte %d, datatype %d: holds %s, not whole or real numbers; "
                    "convert it to float32",
                    path, l->type, code, what);
}

/* Slope 0 or not finite means that nothing is scaled. */
static int take_scaling(struct ana_ctx *ctx, const char *path, const struct bytes *b,
                        const struct layout *l, struct nii_header *h)
{
    h->slope = real_at(b, l->slope, l->real_width);
    h->intercept = real_at(b, l->slope + l->real_width, l->real_width);
    if (h->slope == 0 || !isfinite(h->slope)) {
        h->slope = 1;
        h->intercept = 0;
    }
    if (!isfinite(h->intercept))
        return ana_fail(ctx, ANA_EDATA,
                        "%s: byte %d, scl_inter: expected a finite number beside a slope "
                        "of %g",
                        path, l->slope + l->real_width, h->slope);
    return 0;
}

/* sform where it has a code, else qform, else spacing alone, centred as nibabel does. */
static void take_affine(const struct bytes *b, const struct layout *l,
                        struct nii_header *h)
{
    const int w = l->real_width;
    double q[3], offset[3], spacing[3];
    const double qfac = real_at(b, l->pixdim, w) < 0 ? -1 : 1;
    const int64_t sform = whole_at(b, l->sform, l->code_width);
    const int64_t qform = whole_at(b, l->qform, l->code_width);

    for (int i = 0; i < 3; i++) {
        q[i] = real_at(b, l->quaternion + i * w, w);
        offset[i] = real_at(b, l->q_offset + i * w, w);
        spacing[i] = fabs(real_at(b, l->pixdim + (i + 1) * w, w));
    }
    memset(h->affine, 0, sizeof h->affine);
    h->space = (int)(sform > 0 ? sform : qform);
    if (sform > 0) {
        for (int i = 0; i < 12; i++)
            h->affine[i / 4][i % 4] = real_at(b, l->rows + i * w, w);
    } else if (qform > 0) {
        nii_affine_quaternion(q, offset, spacing, qfac, h->affine);
    } else {
        h->space = 0;
        for (int i = 0; i < 3; i++) {
            h->affine[i][i] = i == 0 ? -spacing[i] : spacing[i];
            h->affine[i][3] = -h->affine[i][i] * (double)(h->dim[i] - 1) / 2;
        }
    }
}

static int check_affine(struct ana_ctx *ctx, const char *path, const struct bytes *b,
                        const struct layout *l, const struct nii_header *h)
{
    const int w = l->real_width;
    const int by_rows = whole_at(b, l->sform, l->code_width) > 0;

    for (int i = 0; i < 12; i++)
        if (!isfinite(h->affine[i / 4][i % 4]))
            return ana_fail(ctx, ANA_EDATA,
                            "%s: byte %d: row %d of its %s is not finite; the header is "
                            "damaged",
                            path,
                            by_rows    ? l->rows + i * w
                            : h->space ? l->quaternion
                                       : l->pixdim + w,
                            i / 4, h->space ? "affine" : "spacing");
    return 0;
}

/* xyzt_units: bits 3 to 5 are the unit of time. */
static void take_time(const struct bytes *b, const struct layout *l, struct nii_header *h)
{
    const int units =
        l->code_width == 2 ? b->at[l->units] : (int)whole_at(b, l->units, 4);
    const double step = real_at(b, l->pixdim + 4 * l->real_width, l->real_width);
    const int unit = units & 0x38; /* 32, 40, 48: Hz, ppm, rad/s, which are no time */
    const double scale = unit == 16 ? 1e-3 : unit == 24 ? 1e-6 : unit < 32 ? 1 : 0;

    h->tr = h->n_volumes > 1 && isfinite(step) && step > 0 ? step * scale : 0;
}

static int take_offset(struct ana_ctx *ctx, const char *path, const struct bytes *b,
                       const struct layout *l, struct nii_header *h)
{
    const double offset =
        h->version == 1 ? real_at(b, l->offset, 4) : (double)whole_at(b, l->offset, 8);
    const double least = h->pair ? 0 : h->version == 1 ? 352 : 544;

    if (!(offset >= 0 && offset < 1e15) || (offset > 0 && offset < least))
        return ana_fail(ctx, ANA_EDATA,
                        "%s: byte %d, vox_offset: expected at least %g, found %g", path,
                        l->offset, least, offset);
    h->offset = offset > 0 ? (int64_t)offset : (int64_t)least;
    return 0;
}

static int find_version(struct ana_ctx *ctx, const char *path, const uint8_t *bytes,
                        int64_t n, struct nii_header *h)
{
    static const struct {
        int big_endian, version;
        uint8_t size[4];
    } known[] = {{0, 1, {92, 1, 0, 0}},
                 {1, 1, {0, 0, 1, 92}},
                 {0, 2, {28, 2, 0, 0}},
                 {1, 2, {0, 0, 2, 28}}};

    h->version = 0;
    for (size_t i = 0; n >= 4 && i < 4; i++)
        if (memcmp(bytes, known[i].size, 4) == 0) {
            h->version = known[i].version;
            h->big_endian = known[i].big_endian;
        }
    if (h->version == 0)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: byte 0: is no NIfTI header: expected its size, 348 or 540",
                        path);
    if (n < (h->version == 1 ? 348 : 540))
        return ana_fail(ctx, ANA_EDATA,
                        "%s: byte %lld: the file ends inside its NIfTI-%d header", path,
                        (long long)n, h->version);
    return 0;
}

int64_t nii_tr_byte(const struct nii_header *h)
{
    const struct layout *l = &layouts[h->version == 2];

    if (h->version == NII_MGH) /* behind the values */
        return h->offset +
               h->dim[0] * h->dim[1] * h->dim[2] * h->n_volumes * h->type->width;
    return l->pixdim + 4 * l->real_width;
}

int nii_header_parse(struct ana_ctx *ctx, const char *path, const uint8_t *bytes,
                     int64_t n, struct nii_header *h)
{
    const struct layout *l;
    struct bytes b = {bytes, 0};
    int rc;

    memset(h, 0, sizeof *h);
    rc = find_version(ctx, path, bytes, n, h);
    if (rc != 0)
        return rc;
    l = &layouts[h->version - 1];
    b.big_endian = h->big_endian;
    h->pair = bytes[l->magic + 1] == 'i';
    if (bytes[l->magic] != 'n' || (bytes[l->magic + 1] != '+' && !h->pair) ||
        bytes[l->magic + 2] != '0' + h->version)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: byte %d, magic: expected 'n+%d' or 'ni%d'; it may be an "
                        "Analyze file, convert it to NIfTI",
                        path, l->magic, h->version, h->version);
    rc = take_sizes(ctx, path, &b, l, h);
    if (rc == 0)
        rc = take_type(ctx, path, &b, l, h);
    if (rc == 0)
        rc = take_offset(ctx, path, &b, l, h);
    if (rc == 0)
        rc = take_scaling(ctx, path, &b, l, h);
    if (rc != 0)
        return rc;
    take_affine(&b, l, h);
    take_time(&b, l, h);
    return check_affine(ctx, path, &b, l, h);
}
