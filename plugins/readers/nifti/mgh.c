/* SPDX-License-Identifier: BSD-3-Clause
 *
 * FreeSurfer's MGH header (surfer.nmr.mgh.harvard.edu/fswiki/FsTutorial/MghFormat): 284
 * bytes, big-endian, the values behind them, and a few numbers at the end, the first of
 * which is TR in ms. Surfaces' values have a vertex each along the first axis.
 */
#include <math.h>
#include <string.h>
#include <zlib.h>

#include "nifti.h"

enum { DATA = 284 };

static int32_t whole_at(const uint8_t *b, int at)
{
    return (int32_t)((uint32_t)b[at] << 24 | (uint32_t)b[at + 1] << 16 |
                     (uint32_t)b[at + 2] << 8 | (uint32_t)b[at + 3]);
}

static double real_at(const uint8_t *b, int at)
{
    const int32_t bits = whole_at(b, at);
    float f;

    memcpy(&f, &bits, sizeof f);
    return (double)f;
}

int nii_is_mgh(const char *path, const uint8_t *bytes, int64_t n)
{
    const size_t length = strlen(path);

    return n >= 4 && whole_at(bytes, 0) == 1 && length > 4 &&
           (strcasecmp(path + length - 4, ".mgh") == 0 ||
            strcasecmp(path + length - 4, ".mgz") == 0 ||
            (length > 7 && strcasecmp(path + length - 7, ".mgh.gz") == 0));
}

static int take_sizes(struct ana_ctx *ctx, const char *path, const uint8_t *b,
                      struct nii_header *h)
{
    static const char *const names[] = {"width", "height", "depth", "nframes"};
    int64_t values = 1;

    for (int d = 0; d < 4; d++) {
        const int64_t size = whole_at(b, 4 + 4 * d);

        if (size < 1 || __builtin_mul_overflow(values, size, &values) ||
            values > INT64_MAX / 32)
            return ana_fail(ctx, ANA_EDATA,
                            "%s: byte %d, %s: expected a size of at least 1 that a file "
                            "can have, found %lld",
                            path, 4 + 4 * d, names[d], (long long)size);
        *(d < 3 ? &h->dim[d] : &h->n_volumes) = size;
    }
    return 0;
}

static int take_type(struct ana_ctx *ctx, const char *path, const uint8_t *b,
                     struct nii_header *h)
{
    const int code = whole_at(b, 20);

    h->type = nii_type(code == 0    ? 2
                       : code == 1  ? 8
                       : code == 3  ? 16
                       : code == 4  ? 4
                       : code == 10 ? 512
                                    : -1);
    return h->type ? 0
                   : ana_fail(ctx, ANA_EDATA,
                              "%s: byte 20, type %d: expected 0 (uchar), 1 (int), 3 "
                              "(float), 4 (short) or 10 (ushort)",
                              path, code);
}

/* Columns of directions times spacing; the centre of the grid lies at c. */
static int take_affine(struct ana_ctx *ctx, const char *path, const uint8_t *b,
                       struct nii_header *h)
{
    static const double plain[3][3] = {{-1, 0, 0}, {0, 0, 1}, {0, -1, 0}};
    const int good = b[28] << 8 | b[29];

    h->space = good ? 1 : 0;
    for (int i = 0; i < 3; i++) {
        double at = good ? real_at(b, 78 + 4 * i) : 0;

        for (int j = 0; j < 3; j++) {
            h->affine[i][j] = good ? (double)(float)(real_at(b, 42 + 12 * j + 4 * i) *
                                                     real_at(b, 30 + 4 * j))
                                   : plain[i][j];
            at -= h->affine[i][j] * (double)h->dim[j] / 2;
        }
        h->affine[i][3] = (double)(float)at; /* float32, as all that it is made of */
        for (int j = 0; j < 4; j++)
            if (!isfinite(h->affine[i][j]))
                return ana_fail(
                    ctx, ANA_EDATA,
                    "%s: byte 30: spacing, directions and centre give an affine "
                    "whose row %d is not finite; the header is damaged",
                    path, i);
    }
    return 0;
}

int nii_mgh_parse(struct ana_ctx *ctx, const char *path, const uint8_t *bytes, int64_t n,
                  struct nii_header *h)
{
    int rc;

    memset(h, 0, sizeof *h);
    if (n < DATA)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: byte %lld: the file ends inside its MGH header of %d bytes",
                        path, (long long)n, DATA);
    h->version = NII_MGH;
    h->big_endian = 1;
    h->offset = DATA;
    h->slope = 1;
    rc = take_sizes(ctx, path, bytes, h);
    if (rc == 0)
        rc = take_type(ctx, path, bytes, h);
    return rc == 0 ? take_affine(ctx, path, bytes, h) : rc;
}

double nii_mgh_tr(const char *path, const struct nii_header *h)
{
    const int64_t end =
        h->offset + h->dim[0] * h->dim[1] * h->dim[2] * h->n_volumes * h->type->width;
    gzFile in = gzopen(path, "rb");
    uint8_t bytes[4];
    double tr = 0;

    if (in && gzseek(in, (z_off_t)end, SEEK_SET) == (z_off_t)end &&
        gzread(in, bytes, 4) == 4)
        tr = real_at(bytes, 0) / 1000;
    if (in)
        gzclose(in);
    return isfinite(tr) && tr > 0 ? tr : 0;
}
