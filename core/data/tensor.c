/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Tensors: who owns the memory, how it is laid out, what its axes mean. The owner is
 * one counted block behind all tensors that share the data; axis labels hang on it in
 * a list that only grows, so that a reader in another thread never loses one.
 */
#include "data/tensor.h"

#include <stdatomic.h>
#include <string.h>

#include "base/checked.h"

/* One copied axis; labels, coordinates and the labels' text follow in the same block. */
struct axis_copy {
    struct axis_copy *next;
    struct ana_axis axis;
};

struct owner {
    atomic_llong references;
    void (*release)(void *memory);
    void *memory;
    _Atomic(struct axis_copy *) axes;
};

static void release_block(void *memory)
{
    ana_free(NULL, memory);
}

int ana_shape_ok(int32_t dtype, int32_t ndim, const int64_t *shape, int64_t *count,
                 int64_t *bytes)
{
    int64_t product = 1, true_count = 1;

    if (ndim < 0 || ndim > ANA_MAX_DIMS || ana_dtype_size(dtype) == 0)
        return 0;
    for (int32_t d = 0; d < ndim; d++) {
        if (!ana_mul_ok(product, shape[d] == 0 ? 1 : shape[d], &product))
            return 0;
        true_count = shape[d] == 0 ? 0 : true_count;
    }
    if (!ana_mul_ok(product, (int64_t)ana_dtype_size(dtype), &product))
        return 0;
    *count = true_count == 0 ? 0 : product / (int64_t)ana_dtype_size(dtype);
    *bytes = true_count == 0 ? 0 : product;
    return 1;
}

void ana_tensor_view(int32_t dtype, int32_t ndim, const int64_t *shape, void *data,
                     struct ana_tensor *out)
{
    int64_t stride = 1;

    memset(out, 0, sizeof *out);
    out->size = sizeof *out;
    out->dtype = dtype;
    out->ndim = ndim;
    out->data = data;
    for (int32_t d = ndim - 1; d >= 0; d--) {
        out->shape[d] = shape[d];
        out->strides[d] = stride;
        stride *= shape[d] > 0 ? shape[d] : 1;
    }
}

int ana_tensor_adopt(struct ana_ctx *ctx, struct ana_tensor *tensor,
                     void (*release)(void *memory), void *memory)
{
    struct owner *owner = ana_alloc(ctx, 1, sizeof *owner);

    if (!owner)
        return ANA_ERESOURCE;
    atomic_init(&owner->references, 1);
    atomic_init(&owner->axes, NULL);
    owner->release = release;
    owner->memory = memory;
    tensor->owner = owner;
    return 0;
}

int ana_tensor_create(struct ana_ctx *ctx, int32_t dtype, int32_t ndim,
                      const int64_t *shape, struct ana_tensor *out)
{
    int64_t count, bytes;
    void *data;

    memset(out, 0, sizeof *out);
    if (ana_dtype_size(dtype) == 0)
        return ana_fail(ctx, ANA_ESHAPE, "a tensor of the unknown type %d", (int)dtype);
    if (ndim < 0 || ndim > ANA_MAX_DIMS)
        return ana_fail(ctx, ANA_ESHAPE, "a tensor of %d axes; 0 to %d are possible",
                        (int)ndim, ANA_MAX_DIMS);
    for (int32_t d = 0; d < ndim; d++)
        if (shape[d] < 0)
            return ana_fail(ctx, ANA_ESHAPE, "a tensor of size %lld along axis %d",
                            (long long)shape[d], (int)d);
    if (!ana_shape_ok(dtype, ndim, shape, &count, &bytes))
        return ana_fail(ctx, ANA_ERESOURCE,
                        "a tensor of more than 2^63 bytes was asked for");
    data = ana_alloc(ctx, bytes, 1);
    if (!data)
        return ANA_ERESOURCE;
    ana_tensor_view(dtype, ndim, shape, data, out);
    if (ana_tensor_adopt(ctx, out, release_block, data) != 0) {
        ana_free(ctx, data);
        memset(out, 0, sizeof *out);
        return ANA_ERESOURCE;
    }
    return 0;
}

void ana_tensor_ref(const struct ana_tensor *tensor, struct ana_tensor *out)
{
    struct owner *owner = tensor->owner;

    if (owner)
        atomic_fetch_add(&owner->references, 1);
    *out = *tensor;
}

void ana_tensor_finish(struct ana_tensor *tensor)
{
    struct owner *owner = tensor->owner;
    struct axis_copy *axis, *next;

    memset(tensor, 0, sizeof *tensor);
    if (!owner || atomic_fetch_sub(&owner->references, 1) > 1)
        return;
    for (axis = atomic_load(&owner->axes); axis; axis = next) {
        next = axis->next;
        ana_free(NULL, axis);
    }
    owner->release(owner->memory);
    ana_free(NULL, owner);
}

/* Bytes that the copy of an axis with n samples needs behind its head. */
static int measure_axis(const struct ana_axis *axis, int64_t n, int64_t *bytes)
{
    int64_t each = 0, total = sizeof(struct axis_copy);

    each += axis->coords ? (int64_t)sizeof *axis->coords : 0;
    each += axis->labels ? (int64_t)sizeof *axis->labels : 0;
    if (!ana_mul_ok(n, each, &each) || !ana_add_ok(total, each, &total))
        return 0;
    for (int64_t i = 0; axis->labels && i < n; i++)
        if (!ana_add_ok(total, (int64_t)strlen(axis->labels[i]) + 1, &total))
            return 0;
    *bytes = total;
    return 1;
}

/* Lay the axis, its coordinates, its labels and their text out in one block. */
static void copy_axis(const struct ana_axis *axis, int64_t n, struct axis_copy *copy)
{
    double *coords = (double *)(void *)(copy + 1);
    const char **labels = (const char **)(void *)(coords + (axis->coords ? n : 0));
    char *text = (char *)(labels + (axis->labels ? n : 0));

    copy->axis = *axis;
    copy->axis.size = sizeof copy->axis;
    copy->axis.name[sizeof copy->axis.name - 1] = 0;
    copy->axis.unit[sizeof copy->axis.unit - 1] = 0;
    if (axis->coords) {
        memcpy(coords, axis->coords, (size_t)n * sizeof *coords);
        copy->axis.coords = coords;
    }
    if (!axis->labels)
        return;
    for (int64_t i = 0; i < n; i++) {
        const size_t length = strlen(axis->labels[i]) + 1;

        memcpy(text, axis->labels[i], length);
        labels[i] = text;
        text += length;
    }
    copy->axis.labels = labels;
}

int ana_tensor_set_axis(struct ana_ctx *ctx, struct ana_tensor *tensor, int32_t dim,
                        const struct ana_axis *axis)
{
    struct owner *owner = tensor->owner;
    struct axis_copy *copy;
    int64_t bytes;

    if (dim < 0 || dim >= tensor->ndim)
        return ana_fail(ctx, ANA_ESHAPE,
                        "axis %d of a tensor of %d axes cannot be labelled", (int)dim,
                        (int)tensor->ndim);
    if (!owner)
        return ana_fail(ctx, ANA_ESHAPE,
                        "a tensor that borrows its data cannot be labelled");
    if (!measure_axis(axis, tensor->shape[dim], &bytes))
        return ana_fail(ctx, ANA_ERESOURCE, "the labels of axis %d do not fit in memory",
                        (int)dim);
    copy = ana_alloc(ctx, bytes, 1);
    if (!copy)
        return ANA_ERESOURCE;
    copy_axis(axis, tensor->shape[dim], copy);
    copy->next = atomic_load(&owner->axes);
    while (!atomic_compare_exchange_weak(&owner->axes, &copy->next, copy))
        ;
    tensor->axes[dim] = &copy->axis;
    return 0;
}

int ana_tensor_slice(struct ana_ctx *ctx, struct ana_tensor *tensor, int32_t dim,
                     int64_t first, int64_t n)
{
    const struct ana_axis *axis;
    struct ana_axis moved;

    if (dim < 0 || dim >= tensor->ndim)
        return ana_fail(ctx, ANA_ESHAPE,
                        "axis %d of a tensor of %d axes cannot be sliced", (int)dim,
                        (int)tensor->ndim);
    if (first < 0 || n < 0 || n > tensor->shape[dim] || first > tensor->shape[dim] - n)
        return ana_fail(ctx, ANA_ESHAPE,
                        "%lld items from number %lld are outside an axis of %lld",
                        (long long)n, (long long)first, (long long)tensor->shape[dim]);
    if (first == 0 && n == tensor->shape[dim])
        return 0;
    axis = tensor->axes[dim];
    tensor->axes[dim] = NULL;
    if (n > 0)
        tensor->data = (char *)tensor->data + first * tensor->strides[dim] *
                                                  (int64_t)ana_dtype_size(tensor->dtype);
    tensor->shape[dim] = n;
    if (!axis || axis->labels || axis->coords || axis->rate <= 0 || !tensor->owner)
        return 0;
    moved = *axis;
    moved.start += (double)first / axis->rate;
    return ana_tensor_set_axis(ctx, tensor, dim, &moved);
}

int64_t ana_tensor_count(const struct ana_tensor *tensor)
{
    int64_t n = 1;

    for (int32_t d = 0; d < tensor->ndim; d++) {
        if (tensor->shape[d] == 0)
            return 0;
        n *= tensor->shape[d];
    }
    return n;
}

int ana_tensor_contiguous(const struct ana_tensor *tensor)
{
    int64_t stride = 1;

    if (ana_tensor_count(tensor) == 0)
        return 1;
    for (int32_t d = tensor->ndim - 1; d >= 0; d--) {
        if (tensor->shape[d] != 1 && tensor->strides[d] != stride)
            return 0;
        stride *= tensor->shape[d];
    }
    return 1;
}
