/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Writing .npy files: version 1.0, C order, data aligned to 64 bytes as NumPy does.
 */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "data/npy.h"
#include "data/npy_write.h"
#include "data/tensor.h"

enum { ALIGNMENT = 64, PREAMBLE = 10, MOST_DICT = 512 };

static const char *numpy_type(int32_t dtype)
{
    static const char *const names[] = {
        [ANA_F32] = "f4", [ANA_F64] = "f8", [ANA_I8] = "i1",  [ANA_U8] = "u1",
        [ANA_I16] = "i2", [ANA_U16] = "u2", [ANA_I32] = "i4", [ANA_U32] = "u4",
        [ANA_I64] = "i8", [ANA_U64] = "u8", [ANA_F16] = "f2", [ANA_BOOL] = "b1",
    };

    return ana_dtype_size(dtype) > 0 ? names[dtype] : NULL;
}

/* Preamble and dict, padded with blanks to a multiple of 64 that ends in a newline. */
static size_t write_header(const struct ana_tensor *tensor, const char *type, char *out)
{
    const char machine = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? '<' : '>';
    const size_t room = PREAMBLE + MOST_DICT;
    size_t n = PREAMBLE, padded;

    n += (size_t)snprintf(out + n, room - n,
                          "{'descr': '%c%s', 'fortran_order': False, 'shape': (",
                          ana_dtype_size(tensor->dtype) == 1 ? '|' : machine, type);
    for (int32_t d = 0; d < tensor->ndim; d++)
        n += (size_t)snprintf(out + n, room - n, "%s%lld%s", d ? " " : "",
                              (long long)tensor->shape[d],
                              d + 1 < tensor->ndim || d == 0 ? "," : "");
    n += (size_t)snprintf(out + n, room - n, "), }");
    padded = (n + ALIGNMENT) / ALIGNMENT * ALIGNMENT;
    memset(out + n, ' ', padded - n);
    out[padded - 1] = '\n';
    memcpy(out, "\x93NUMPY\x01\x00", 8);
    out[8] = (char)((padded - PREAMBLE) & 255);
    out[9] = (char)((padded - PREAMBLE) >> 8);
    return padded;
}

_Static_assert(PREAMBLE + MOST_DICT + ALIGNMENT <= ANA_NPY_HEADER_ROOM, "room");

int64_t ana_npy_write_header(const struct ana_tensor *tensor,
                             char out[ANA_NPY_HEADER_ROOM])
{
    return (int64_t)write_header(tensor, numpy_type(tensor->dtype), out);
}

/* Rows of the last axis; elements one by one where they do not lie side by side. */
static void write_data(const struct ana_tensor *tensor, FILE *file)
{
    const int64_t size = (int64_t)ana_dtype_size(tensor->dtype);
    const int32_t last = tensor->ndim - 1;
    const int64_t length = tensor->ndim > 0 ? tensor->shape[last] : 1;
    const int64_t stride = tensor->ndim > 0 ? tensor->strides[last] : 1;
    const int64_t n = ana_tensor_count(tensor);
    const char *const data = tensor->data;

    for (int64_t i = 0; i < n; i += length) {
        const char *row = data + ana_tensor_row(tensor, i / length) * size;

        if (stride == 1) {
            fwrite(row, (size_t)size, (size_t)length, file);
            continue;
        }
        for (int64_t k = 0; k < length; k++)
            fwrite(row + k * stride * size, (size_t)size, 1, file);
    }
}

int ana_npy_write(struct ana_ctx *ctx, const char *path, const struct ana_tensor *tensor)
{
    const char *const type = numpy_type(tensor->dtype);
    char header[PREAMBLE + MOST_DICT + ALIGNMENT];
    struct ana_writer writer;
    int rc;

    if (!type)
        return ana_fail(ctx, ANA_ESHAPE, "%s: NumPy has no %s; convert to float32 first",
                        path, ana_dtype_name(tensor->dtype));
    rc = ana_writer_open(ctx, path, &writer);
    if (rc != 0)
        return rc;
    fwrite(header, 1, write_header(tensor, type, header), writer.file);
    write_data(tensor, writer.file);
    return ana_writer_close(ctx, &writer);
}
