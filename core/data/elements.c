/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The elements of tensors: sizes and names of types, reading and writing any of them
 * as doubles, conversion, and the search for NaN and Inf.
 *
 * Half floats after IEEE 754-2008: binary16 = 1 sign, 5 exponent (bias 15), 10 fraction
 * bits; bfloat16 = the upper half of a binary32.
 */
#include <math.h>
#include <string.h>

#include "data/tensor.h"

enum { BLOCK = 512 }; /* doubles on the stack at a time */

static const struct {
    const char *name;
    int32_t size;
} types[] = {
    [ANA_F32] = {"float32", 4}, [ANA_F64] = {"float64", 8}, [ANA_I8] = {"int8", 1},
    [ANA_U8] = {"uint8", 1},    [ANA_I16] = {"int16", 2},   [ANA_U16] = {"uint16", 2},
    [ANA_I32] = {"int32", 4},   [ANA_U32] = {"uint32", 4},  [ANA_I64] = {"int64", 8},
    [ANA_U64] = {"uint64", 8},  [ANA_F16] = {"float16", 2}, [ANA_BF16] = {"bfloat16", 2},
    [ANA_BOOL] = {"bool", 1},
};

static int known(int32_t dtype)
{
    return dtype >= ANA_F32 && dtype <= ANA_BOOL;
}

size_t ana_dtype_size(int32_t dtype)
{
    return known(dtype) ? (size_t)types[dtype].size : 0;
}

const char *ana_dtype_name(int32_t dtype)
{
    return known(dtype) ? types[dtype].name : "?";
}

int ana_dtype_is_float(int32_t dtype)
{
    return dtype == ANA_F32 || dtype == ANA_F64 || dtype == ANA_F16 || dtype == ANA_BF16;
}

static double half_to_double(uint16_t bits)
{
    const int exponent = bits >> 10 & 31, fraction = bits & 1023;
    double value;

    if (exponent == 31)
        value = fraction ? NAN : INFINITY;
    else if (exponent == 0)
        value = ldexp(fraction, -24);
    else
        value = ldexp(fraction + 1024, exponent - 25);
    return bits & 0x8000 ? -value : value;
}

/* Round to nearest even at the last of the 10 fraction bits, or of the subnormals. */
static uint16_t double_to_half(double value)
{
    const uint16_t sign = signbit(value) ? 0x8000 : 0;
    const double size = fabs(value);
    int exponent;
    double steps;

    if (isnan(value))
        return sign | 0x7e00;
    if (size >= 65520) /* halfway from the largest half to the next */
        return sign | 0x7c00;
    frexp(size, &exponent);
    if (size == 0 || exponent < -13)
        exponent = -13;
    steps = rint(ldexp(size, 11 - exponent)); /* 1024 .. 2048, below for subnormals */
    return (uint16_t)(sign + ((exponent + 13) << 10) + (int)steps);
}

static double bfloat_to_double(uint16_t bits)
{
    const uint32_t wide = (uint32_t)bits << 16;
    float value;

    memcpy(&value, &wide, sizeof value);
    return value;
}

/* From double through float to odd: the float keeps a sticky last bit, so that the
 * second rounding cannot go astray. */
static uint16_t double_to_bfloat(double value)
{
    float narrow = (float)value;
    uint32_t bits;

    memcpy(&bits, &narrow, sizeof bits);
    if (isnan(value))
        return (uint16_t)(bits >> 16 | 0x40);
    if (isfinite(value) && (double)narrow != value) {
        if (fabs((double)narrow) > fabs(value))
            bits--;
        bits |= 1;
    }
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

#define LOAD(type, expression)                                                           \
    for (int64_t i = 0; i < n; i++) {                                                    \
        const type x = ((const type *)data)[offset + i * stride];                        \
        out[i] = (expression);                                                           \
    }                                                                                    \
    break

void ana_elements_load(int32_t dtype, const void *data, int64_t offset, int64_t stride,
                       int64_t n, double *out)
{
    switch (dtype) {
    case ANA_F32:
        LOAD(float, (double)x);
    case ANA_F64:
        LOAD(double, x);
    case ANA_I8:
        LOAD(int8_t, (double)x);
    case ANA_U8:
        LOAD(uint8_t, (double)x);
    case ANA_I16:
        LOAD(int16_t, (double)x);
    case ANA_U16:
        LOAD(uint16_t, (double)x);
    case ANA_I32:
        LOAD(int32_t, (double)x);
    case ANA_U32:
        LOAD(uint32_t, (double)x);
    case ANA_I64:
        LOAD(int64_t, (double)x);
    case ANA_U64:
        LOAD(uint64_t, (double)x);
    case ANA_F16:
        LOAD(uint16_t, half_to_double(x));
    case ANA_BF16:
        LOAD(uint16_t, bfloat_to_double(x));
    case ANA_BOOL:
        LOAD(uint8_t, x != 0);
    default:
        break;
    }
}

#define STORE(type, expression)                                                          \
    for (int64_t i = 0; i < n; i++) {                                                    \
        const double x = in[i];                                                          \
        ((type *)data)[offset + i] = (type)(expression);                                 \
    }                                                                                    \
    break

void ana_elements_store(int32_t dtype, const double *in, int64_t n, void *data,
                        int64_t offset)
{
    switch (dtype) {
    case ANA_F32:
        STORE(float, x);
    case ANA_F64:
        STORE(double, x);
    case ANA_I8:
        STORE(int8_t, x);
    case ANA_U8:
        STORE(uint8_t, x);
    case ANA_I16:
        STORE(int16_t, x);
    case ANA_U16:
        STORE(uint16_t, x);
    case ANA_I32:
        STORE(int32_t, x);
    case ANA_U32:
        STORE(uint32_t, x);
    case ANA_F16:
        STORE(uint16_t, double_to_half(x));
    case ANA_BF16:
        STORE(uint16_t, double_to_bfloat(x));
    case ANA_BOOL:
        STORE(uint8_t, x != 0);
    default:
        break; /* 64-bit integers do not pass through doubles */
    }
}

int64_t ana_tensor_row(const struct ana_tensor *tensor, int64_t row)
{
    int64_t offset = 0;

    for (int32_t d = tensor->ndim - 2; d >= 0; d--) {
        offset += row % tensor->shape[d] * tensor->strides[d];
        row /= tensor->shape[d];
    }
    return offset;
}

/* Length and stride of the last axis; a scalar is a row of one. */
static int64_t row_length(const struct ana_tensor *tensor, int64_t *stride)
{
    *stride = tensor->ndim > 0 ? tensor->strides[tensor->ndim - 1] : 1;
    return tensor->ndim > 0 ? tensor->shape[tensor->ndim - 1] : 1;
}

double ana_tensor_get(const struct ana_tensor *tensor, int64_t i)
{
    int64_t stride, length = row_length(tensor, &stride), offset;
    double value = NAN;

    if (length == 0)
        return value;
    offset = ana_tensor_row(tensor, i / length) + i % length * stride;
    ana_elements_load(tensor->dtype, tensor->data, offset, stride, 1, &value);
    return value;
}

/* Unsigned 64-bit numbers keep their bits here; the caller knows the type. */
static int64_t load_integer(int32_t dtype, const void *data, int64_t offset)
{
    switch (dtype) {
    case ANA_I8:
        return ((const int8_t *)data)[offset];
    case ANA_U8:
        return ((const uint8_t *)data)[offset];
    case ANA_I16:
        return ((const int16_t *)data)[offset];
    case ANA_U16:
        return ((const uint16_t *)data)[offset];
    case ANA_I32:
        return ((const int32_t *)data)[offset];
    case ANA_U32:
        return ((const uint32_t *)data)[offset];
    case ANA_BOOL:
        return ((const uint8_t *)data)[offset] != 0;
    default:
        return ((const int64_t *)data)[offset];
    }
}

/* 1 if the integer fits the type and was written. */
static int store_integer(int32_t dtype, int64_t value, int from_unsigned, void *data,
                         int64_t offset)
{
    static const int64_t least[] = {
        [ANA_I8] = INT8_MIN,   [ANA_U8] = 0,          [ANA_I16] = INT16_MIN,
        [ANA_U16] = 0,         [ANA_I32] = INT32_MIN, [ANA_U32] = 0,
        [ANA_I64] = INT64_MIN, [ANA_U64] = 0,         [ANA_BOOL] = 0};
    static const int64_t most[] = {
        [ANA_I8] = INT8_MAX,    [ANA_U8] = UINT8_MAX,  [ANA_I16] = INT16_MAX,
        [ANA_U16] = UINT16_MAX, [ANA_I32] = INT32_MAX, [ANA_U32] = UINT32_MAX,
        [ANA_I64] = INT64_MAX,  [ANA_U64] = INT64_MAX, [ANA_BOOL] = 1};
    const double narrow = (double)value;

    if ((from_unsigned && value < 0) || value < least[dtype] || value > most[dtype])
        return 0;
    if (dtype == ANA_I64 || dtype == ANA_U64)
        ((int64_t *)data)[offset] = value;
    else
        ana_elements_store(dtype, &narrow, 1, data, offset);
    return 1;
}

static int convert_integers(struct ana_ctx *ctx, const struct ana_tensor *in,
                            struct ana_tensor *out)
{
    int64_t stride, length = row_length(in, &stride), n = ana_tensor_count(in),
                    offset = 0;

    for (int64_t i = 0; i < n; i++) {
        int64_t value;

        if (i % length == 0)
            offset = ana_tensor_row(in, i / length);
        value = load_integer(in->dtype, in->data, offset + i % length * stride);
        if (!store_integer(out->dtype, value, in->dtype == ANA_U64, out->data, i))
            return ana_fail(ctx, ANA_ESHAPE, "element %lld, %.0f, does not fit %s",
                            (long long)i, ana_tensor_get(in, i),
                            ana_dtype_name(out->dtype));
    }
    return 0;
}

static void convert_floats(const struct ana_tensor *in, struct ana_tensor *out)
{
    int64_t stride, length = row_length(in, &stride);
    const int64_t n = ana_tensor_count(in);
    double block[BLOCK];

    for (int64_t i = 0; i < n;) {
        const int64_t column = i % length, left = length - column;
        const int64_t k = left < BLOCK ? left : BLOCK;
        const int64_t offset = ana_tensor_row(in, i / length) + column * stride;

        ana_elements_load(in->dtype, in->data, offset, stride, k, block);
        ana_elements_store(out->dtype, block, k, out->data, i);
        i += k;
    }
}

/* The same type: bytes are copied, so that nothing rounds. */
static void copy_rows(const struct ana_tensor *in, struct ana_tensor *out)
{
    const size_t size = ana_dtype_size(in->dtype);
    const int64_t n = ana_tensor_count(in);
    int64_t stride, length = row_length(in, &stride);
    char *to = out->data;

    if (n > 0 && ana_tensor_contiguous(in)) {
        memcpy(to, in->data, (size_t)n * size);
        return;
    }
    for (int64_t i = 0; i < n; i += length) {
        const char *from =
            (const char *)in->data + ana_tensor_row(in, i / length) * (int64_t)size;

        for (int64_t k = 0; k < length; k++, to += size)
            memcpy(to, from + k * stride * (int64_t)size, size);
    }
}

static int copy_axes(struct ana_ctx *ctx, const struct ana_tensor *in,
                     struct ana_tensor *out)
{
    for (int32_t d = 0; d < in->ndim; d++)
        if (in->axes[d] && ana_tensor_set_axis(ctx, out, d, in->axes[d]) != 0)
            return ANA_ERESOURCE;
    return 0;
}

int ana_tensor_convert(struct ana_ctx *ctx, const struct ana_tensor *tensor,
                       int32_t dtype, struct ana_tensor *out)
{
    int rc;

    memset(out, 0, sizeof *out);
    if (ana_dtype_is_float(tensor->dtype) && known(dtype) && !ana_dtype_is_float(dtype))
        return ana_fail(ctx, ANA_ESHAPE,
                        "%s is not converted to %s: fractions would be lost",
                        ana_dtype_name(tensor->dtype), ana_dtype_name(dtype));
    rc = ana_tensor_create(ctx, dtype, tensor->ndim, tensor->shape, out);
    if (rc != 0)
        return rc;
    if (tensor->dtype == dtype)
        copy_rows(tensor, out);
    else if (ana_dtype_is_float(dtype))
        convert_floats(tensor, out);
    else
        rc = convert_integers(ctx, tensor, out);
    if (rc == 0)
        rc = copy_axes(ctx, tensor, out);
    if (rc != 0)
        ana_tensor_finish(out);
    return rc;
}

/* The sign is free once the exponent is masked: one more than its largest sets it. */
static int all_finite(int64_t n, const double *x)
{
    const uint64_t exponent = UINT64_C(0x7ff) << 52, one = UINT64_C(1) << 52;
    uint64_t any = 0;

    for (int64_t i = 0; i < n; i++) {
        uint64_t bits;

        memcpy(&bits, x + i, sizeof bits);
        any |= (bits & exponent) + one;
    }
    return any >> 63 == 0;
}

int64_t ana_tensor_find_nonfinite(const struct ana_tensor *tensor, int64_t *count)
{
    int64_t stride, length = row_length(tensor, &stride), first = -1, found = 0;
    const int64_t n = ana_dtype_is_float(tensor->dtype) ? ana_tensor_count(tensor) : 0;
    double block[BLOCK];

    for (int64_t i = 0; i < n;) {
        const int64_t column = i % length, left = length - column;
        const int64_t k = left < BLOCK ? left : BLOCK;
        const int64_t at = ana_tensor_row(tensor, i / length) + column * stride;
        const double *values = block;

        if (tensor->dtype == ANA_F64 && stride == 1)
            values = (const double *)tensor->data + at;
        else
            ana_elements_load(tensor->dtype, tensor->data, at, stride, k, block);
        for (int64_t j = all_finite(k, values) ? k : 0; j < k; j++) {
            if (isfinite(values[j]))
                continue;
            first = found++ == 0 ? i + j : first;
        }
        i += k;
    }
    if (count)
        *count = found;
    return first;
}
