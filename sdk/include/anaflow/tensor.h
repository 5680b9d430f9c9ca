/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANAFLOW_TENSOR_H
#define ANAFLOW_TENSOR_H

#include <anaflow/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The most axes of a tensor. Since: ABI 0.1. */
#define ANA_MAX_DIMS 8

/* Element types. Since: ABI 0.1. */
#define ANA_F32 1
#define ANA_F64 2
#define ANA_I8 3
#define ANA_U8 4
#define ANA_I16 5
#define ANA_U16 6
#define ANA_I32 7
#define ANA_U32 8
#define ANA_I64 9
#define ANA_U64 10
#define ANA_F16 11
#define ANA_BF16 12
#define ANA_BOOL 13

/* What an axis counts. Since: ABI 0.1. */
#define ANA_AXIS_OTHER 0
#define ANA_AXIS_STIMULUS 1 /* items, trials, rows */
#define ANA_AXIS_TIME 2
#define ANA_AXIS_TARGET 3  /* voxels, electrodes, sensors */
#define ANA_AXIS_FEATURE 4 /* units of a layer */
#define ANA_AXIS_FREQUENCY 5
#define ANA_AXIS_RUN 6
#define ANA_AXIS_FOLD 7

/* What one dimension of a tensor means. Since: ABI 0.1. */
struct ana_axis {
    uint32_t size; /* sizeof (struct ana_axis) */
    int32_t kind;  /* ANA_AXIS_... */
    char name[32]; /* "frequency", "scale", ... */
    char unit[16]; /* of start and coords: "s", "Hz", "cyc/oct"; "" = none */
    double rate;   /* samples a second of an evenly sampled time axis, else 0 */
    double start;  /* coordinate of sample 0 */
    const char *const *labels; /* one name a sample, or NULL */
    const double *coords;      /* one coordinate a sample, ascending, or NULL */
};

/* A view of numbers with labelled axes. Strides count elements, not bytes, and
 * may be negative or 0. A tensor without an owner borrows its data.
 * Since: ABI 0.1. */
struct ana_tensor {
    uint32_t size; /* sizeof (struct ana_tensor) */
    int32_t dtype; /* ANA_F32 ... */
    int32_t ndim;  /* 0 .. ANA_MAX_DIMS */
    uint32_t flags;
    int64_t shape[ANA_MAX_DIMS];
    int64_t strides[ANA_MAX_DIMS];
    void *data;                                /* element (0, 0, ...) */
    const struct ana_axis *axes[ANA_MAX_DIMS]; /* NULL = unlabelled */
    void *owner; /* shared memory behind data and axes, or NULL = borrowed */
};

/* Flag: the data must not be written to. Since: ABI 0.1. */
#define ANA_TENSOR_READ_ONLY 1u

/* Bytes of one element; 0 for an unknown type. Threads: any. Since: ABI 0.1. */
ANA_API size_t ana_dtype_size(int32_t dtype);

/* "float32", "int16", ...; "?" for an unknown type.
 * Owns: nobody; it lives as long as the program. Threads: any. Since: ABI 0.1. */
ANA_API const char *ana_dtype_name(int32_t dtype);

/* A zeroed tensor in C order (last axis fastest), without axes.
 *
 * Owns:    the caller; release with `ana_tensor_finish`.
 * Errors:  ANA_ESHAPE for a negative size or more than 8 axes; ANA_ERESOURCE
 *          where the bytes overflow or cannot be had.
 * Threads: any, on its own `out`.
 * Since:   ABI 0.1 */
ANA_API int ana_tensor_create(struct ana_ctx *ctx, int32_t dtype, int32_t ndim,
                              const int64_t *shape, struct ana_tensor *out);

/* A view in C order of memory that the caller keeps; never fails.
 *
 * Owns:    nothing.
 * Threads: any.
 * Since:   ABI 0.1 */
ANA_API void ana_tensor_view(int32_t dtype, int32_t ndim, const int64_t *shape,
                             void *data, struct ana_tensor *out);

/* Another tensor on the same memory; the memory goes when the last one is finished.
 *
 * Owns:    the caller; release with `ana_tensor_finish`.
 * Threads: any.
 * Since:   ABI 0.1 */
ANA_API void ana_tensor_ref(const struct ana_tensor *tensor, struct ana_tensor *out);

/* Release a tensor and leave it empty; an empty one is allowed.
 *
 * Threads: any, on its own tensor.
 * Since:   ABI 0.1 */
ANA_API void ana_tensor_finish(struct ana_tensor *tensor);

/* Narrow a tensor in place to [first, first + n) of one axis. Labels and
 * coordinates are not narrowed: the axis of that dimension is dropped unless it
 * has only a rate, whose start moves along. A borrowed tensor has nowhere to keep the
 * moved axis and drops it. The whole range keeps everything.
 *
 * Errors:  ANA_ESHAPE if the range is outside the axis.
 * Threads: any, on its own tensor.
 * Since:   ABI 0.1 */
ANA_API int ana_tensor_slice(struct ana_ctx *ctx, struct ana_tensor *tensor, int32_t dim,
                             int64_t first, int64_t n);

/* Label one dimension; labels and coordinates (shape[dim] of each, or NULL) are
 * copied into the tensor's own memory.
 *
 * Errors:  ANA_ESHAPE for a wrong dim or a borrowed tensor; ANA_ERESOURCE.
 * Threads: any, on its own tensor.
 * Since:   ABI 0.1 */
ANA_API int ana_tensor_set_axis(struct ana_ctx *ctx, struct ana_tensor *tensor,
                                int32_t dim, const struct ana_axis *axis);

/* Number of elements; 1 for a scalar. Threads: any. Since: ABI 0.1. */
ANA_API int64_t ana_tensor_count(const struct ana_tensor *tensor);

/* 1 if the elements lie in C order without gaps. Threads: any. Since: ABI 0.1. */
ANA_API int ana_tensor_contiguous(const struct ana_tensor *tensor);

/* The element with flat C-order number `i` as a double, whatever its type.
 *
 * Threads: any.
 * Since:   ABI 0.1 */
ANA_API double ana_tensor_get(const struct ana_tensor *tensor, int64_t i);

/* Copy into C order as another type. Integers beyond 2^53 round; floats to
 * integers are refused.
 *
 * Owns:    the caller owns `out`.
 * Errors:  ANA_ESHAPE for float to integer; ANA_ERESOURCE.
 * Threads: any, on its own `out`.
 * Since:   ABI 0.1 */
ANA_API int ana_tensor_convert(struct ana_ctx *ctx, const struct ana_tensor *tensor,
                               int32_t dtype, struct ana_tensor *out);

/* Flat C-order number of the first NaN or Inf, or -1; their count in *count
 * (may be NULL).
 *
 * Threads: any.
 * Since:   ABI 0.1 */
ANA_API int64_t ana_tensor_find_nonfinite(const struct ana_tensor *tensor,
                                          int64_t *count);

#ifdef __cplusplus
}
#endif
#endif
