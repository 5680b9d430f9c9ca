/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_DATA_TENSOR_H
#define ANA_DATA_TENSOR_H

#include <anaflow/tensor.h>

/* What file readers need beyond <anaflow/tensor.h>: tensors on memory that is not
 * ours to free, and elements by type. */

/* Make a borrowed tensor the owner of its memory: `release(memory)` is called when the
 * last reference is finished. Nothing changes on failure.
 * Errors: ANA_ERESOURCE. Threads: any, on its own tensor. */
int ana_tensor_adopt(struct ana_ctx *ctx, struct ana_tensor *tensor,
                     void (*release)(void *memory), void *memory);

/* Bytes of a shape in *bytes (>= 0), its elements in *count; 0 if either does not fit
 * in 63 bits, a size is negative, or there are more than ANA_MAX_DIMS. The product
 * counts a 0 as 1, so that strides fit as well; *count has the true number. */
int ana_shape_ok(int32_t dtype, int32_t ndim, const int64_t *shape, int64_t *count,
                 int64_t *bytes);

/* Whether a type is a float (NaN and Inf exist). */
int ana_dtype_is_float(int32_t dtype);

/* n elements from `data` at element `offset`, `stride` apart, as doubles; and back in
 * unit stride, rounding to nearest even. */
void ana_elements_load(int32_t dtype, const void *data, int64_t offset, int64_t stride,
                       int64_t n, double *out);
void ana_elements_store(int32_t dtype, const double *in, int64_t n, void *data,
                        int64_t offset);

/* Walk a tensor in C order as rows of its last axis: the element offset of row r
 * (r counts all axes but the last). */
int64_t ana_tensor_row(const struct ana_tensor *tensor, int64_t row);

#endif
