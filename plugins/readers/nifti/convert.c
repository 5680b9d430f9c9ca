/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From stored numbers to values: stored * slope + intercept, in double.
 */
#include <string.h>

#include "nifti.h"

static double wide_value(const uint8_t *p, int big_endian)
{
    uint8_t bytes[16];

    for (int i = 0; i < 16; i++)
        bytes[i] = p[big_endian ? 15 - i : i];
    return nii_wide(bytes);
}

double nii_value(const uint8_t *p, const struct nii_type *type, int big_endian)
{
    uint64_t bits = 0;
    uint32_t half;
    double d;
    float f;

    if (type->width > 8)
        return wide_value(p, big_endian);
    for (int i = 0; i < type->width; i++)
        bits |= (uint64_t)p[big_endian ? type->width - 1 - i : i] << 8 * i;
    half = (uint32_t)bits;
    switch (type->dtype) {
    case ANA_I8:
        return (double)(int8_t)bits;
    case ANA_I16:
        return (double)(int16_t)bits;
    case ANA_I32:
        return (double)(int32_t)half;
    case ANA_I64:
        return (double)(int64_t)bits;
    case ANA_F32:
        memcpy(&f, &half, sizeof f);
        return (double)f;
    case ANA_F64:
        memcpy(&d, &bits, sizeof d);
        return d;
    default:
        return (double)bits;
    }
}

/* The type, if its numbers can be taken as they lie; else 0. */
static int32_t plain_dtype(const struct nii_header *h)
{
    return h->big_endian || h->type->width > 8 ? 0 : h->type->dtype;
}

/* Numbers of this machine's order, a loop a type: fMRI is read through here. */
#define LOOP(type, to)                                                                   \
    for (int64_t i = 0; i < n; i++) {                                                    \
        type x;                                                                          \
                                                                                         \
        memcpy(&x, stored + i * (int64_t)sizeof x, sizeof x);                            \
        out[i] = (to)((double)x * slope + intercept);                                    \
    }                                                                                    \
    return

static void to_f32(const struct nii_header *h, const uint8_t *stored, int64_t n,
                   float *out)
{
    const double slope = h->slope, intercept = h->intercept;

    switch (plain_dtype(h)) {
    case ANA_U8:
        LOOP(uint8_t, float);
    case ANA_I16:
        LOOP(int16_t, float);
    case ANA_U16:
        LOOP(uint16_t, float);
    case ANA_F32:
        LOOP(float, float);
    case ANA_F64:
        LOOP(double, float);
    default:
        for (int64_t i = 0; i < n; i++)
            out[i] =
                (float)(nii_value(stored + i * h->type->width, h->type, h->big_endian) *
                            slope +
                        intercept);
    }
}

static void to_f64(const struct nii_header *h, const uint8_t *stored, int64_t n,
                   double *out)
{
    const double slope = h->slope, intercept = h->intercept;

    switch (plain_dtype(h)) {
    case ANA_U8:
        LOOP(uint8_t, double);
    case ANA_I16:
        LOOP(int16_t, double);
    case ANA_U16:
        LOOP(uint16_t, double);
    case ANA_F32:
        LOOP(float, double);
    case ANA_F64:
        LOOP(double, double);
    default:
        for (int64_t i = 0; i < n; i++)
            out[i] =
                nii_value(stored + i * h->type->width, h->type, h->big_endian) * slope +
                intercept;
    }
}

static void convert(const struct nii_header *h, const uint8_t *stored, int64_t n,
                    const struct nii_request *request, int64_t at)
{
    if (request->dtype == ANA_F32)
        to_f32(h, stored, n, (float *)request->out + at);
    else
        to_f64(h, stored, n, (double *)request->out + at);
}

static int are_neighbours(const int64_t *index, int64_t n)
{
    int64_t apart = 0;

    for (int64_t i = 1; i < n; i++)
        apart |= index[i] - index[i - 1] - 1;
    return apart == 0;
}

void nii_convert(const struct nii_header *h, const uint8_t *stored, int64_t origin,
                 const int64_t *index, int64_t n, const struct nii_request *request,
                 int64_t at)
{
    const int width = h->type->width;
    const int whole = are_neighbours(index, n);

    for (int64_t i = 0, end; i < n; i = end) { /* neighbours at once */
        for (end = whole ? n : i + 1; end < n && index[end] == index[end - 1] + 1;)
            end++;
        convert(h, stored + (index[i] - origin) * width, end - i, request, at + i);
    }
}

/* Types whose every number float32 holds. */
static int fits_f32(const struct nii_type *type)
{
    return type->width <= 2 || type->dtype == ANA_F32;
}

struct nii_header nii_picked(const struct nii_header *h)
{
    struct nii_header picked = *h;

    if (fits_f32(h->type) || h->type->width > 8) {
        picked.type = nii_type(fits_f32(h->type) ? NII_FLOAT32 : NII_FLOAT64);
        picked.big_endian = 0;
    }
    return picked;
}

static void pick_wide(const struct nii_header *h, const uint8_t *stored, int64_t origin,
                      const int64_t *voxel, int64_t n, uint8_t *out)
{
    for (int64_t i = 0; i < n; i++) {
        const double x = wide_value(stored + (voxel[i] - origin) * 16, h->big_endian);

        memcpy(out + i * (int64_t)sizeof x, &x, sizeof x);
    }
}

#define PICK(from, to)                                                                   \
    for (int64_t i = 0; i < n; i++) {                                                    \
        from x;                                                                          \
        to y;                                                                            \
                                                                                         \
        memcpy(&x, stored + (voxel[i] - origin) * (int64_t)sizeof x, sizeof x);          \
        y = (to)x;                                                                       \
        memcpy(out + i * (int64_t)sizeof y, &y, sizeof y);                               \
    }                                                                                    \
    return

void nii_pick(const struct nii_header *h, const uint8_t *stored, int64_t origin,
              const int64_t *voxel, int64_t n, uint8_t *out)
{
    const struct nii_type *type = h->type;

    if (type->width > 8) {
        pick_wide(h, stored, origin, voxel, n, out);
        return;
    }
    if (!fits_f32(type) && type->width == 4) {
        PICK(uint32_t, uint32_t);
    }
    if (!fits_f32(type)) {
        PICK(uint64_t, uint64_t);
    }
    switch (plain_dtype(h)) {
    case ANA_I8:
        PICK(int8_t, float);
    case ANA_U8:
        PICK(uint8_t, float);
    case ANA_I16:
        PICK(int16_t, float);
    case ANA_U16:
        PICK(uint16_t, float);
    case ANA_F32:
        PICK(uint32_t, uint32_t);
    default:
        for (int64_t i = 0; i < n; i++) {
            const float x = (float)nii_value(stored + (voxel[i] - origin) * type->width,
                                             type, h->big_endian);

            memcpy(out + i * (int64_t)sizeof x, &x, sizeof x);
        }
    }
}
