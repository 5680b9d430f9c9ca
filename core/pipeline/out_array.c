/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Named arrays that a metric hands out tile by tile (kernels, weights, predictions),
 * put together as [folds x] its own axes x all targets.
 */
#include <math.h>
#include <string.h>

#include "data/tensor.h"
#include "pipeline/out.h"

static int refuse(struct ana_ctx *ctx, const char *name, const char *why)
{
    return ana_fail(ctx, ANA_EPLUGIN, "the metric's array '%s' %s", name, why);
}

static int check_array(struct ana_ctx *ctx, const struct ana_collector *c,
                       const char *name, int64_t fold, int64_t first,
                       const struct ana_tensor *values)
{
    const int64_t n = values->ndim > 0 ? values->shape[values->ndim - 1] : 0;
    const int32_t most = ANA_MAX_DIMS - (fold >= 0);

    if (!name || !name[0] || strpbrk(name, "/\n"))
        return refuse(ctx, name ? name : "", "has no name that a file can have");
    if (values->dtype != ANA_F32 && values->dtype != ANA_F64)
        return refuse(ctx, name, "is neither float32 nor float64");
    if (values->ndim < 1 || values->ndim > most)
        return refuse(ctx, name, "has no axis, or more than 7");
    if (fold < -1 || fold >= c->n_folds)
        return refuse(ctx, name, "is of a fold that there is not");
    if (first < -1 || (first >= 0 && (first > c->n_targets || n > c->n_targets - first)))
        return refuse(ctx, name, "is of targets that there are not");
    return 0;
}

static int set_axes(struct ana_ctx *ctx, const struct ana_tensor *values, int32_t own,
                    int folds, int targets, struct ana_tensor *out)
{
    const struct ana_axis fold = {
        .size = sizeof fold, .kind = ANA_AXIS_FOLD, .name = "fold"};
    const struct ana_axis target = {
        .size = sizeof target, .kind = ANA_AXIS_TARGET, .name = "target"};
    int rc = folds ? ana_tensor_set_axis(ctx, out, 0, &fold) : 0;

    for (int32_t d = 0; rc == 0 && d < own; d++)
        if (values->axes[d])
            rc = ana_tensor_set_axis(ctx, out, d + folds, values->axes[d]);
    if (rc == 0 && targets)
        rc = ana_tensor_set_axis(ctx, out, out->ndim - 1, &target);
    return rc;
}

/* Places that are never handed out are NaN. */
static void fill(struct ana_tensor *t)
{
    const int64_t n = ana_tensor_count(t);

    for (int64_t i = 0; i < n; i++)
        if (t->dtype == ANA_F32)
            ((float *)t->data)[i] = NAN;
        else
            ((double *)t->data)[i] = (double)NAN;
}

/* Find or make an array; NULL with the reason in *rc. Called with the lock held. */
static struct ana_out_array *find_array(struct ana_ctx *ctx, struct ana_collector *c,
                                        const char *name, const char *help, int folds,
                                        int targets, const struct ana_tensor *values,
                                        int *rc)
{
    const int32_t own = values->ndim - targets;
    int64_t shape[ANA_MAX_DIMS + 1] = {c->n_folds};
    struct ana_out_array *array;

    for (int32_t d = 0; d < own; d++)
        shape[d + folds] = values->shape[d];
    if (targets)
        shape[own + folds] = c->n_targets;
    for (int64_t i = 0; i < c->n_arrays; i++) {
        array = &c->arrays[i];
        if (strcmp(array->name, name) != 0)
            continue;
        if (array->folds == folds && array->targets == targets &&
            array->values.dtype == values->dtype &&
            array->values.ndim == values->ndim + folds &&
            memcmp(array->values.shape, shape,
                   (size_t)array->values.ndim * sizeof *shape) == 0)
            return array;
        *rc = refuse(ctx, name, "comes in two shapes or types");
        return NULL;
    }
    *rc = ANA_ERESOURCE;
    array = ana_alloc(ctx, c->n_arrays + 1, sizeof *array);
    if (!array)
        return NULL;
    if (c->n_arrays > 0)
        memcpy(array, c->arrays, (size_t)c->n_arrays * sizeof *array);
    ana_free(ctx, c->arrays);
    c->arrays = array;
    array += c->n_arrays;
    array->folds = folds;
    array->targets = targets;
    array->name = ana_strdup(ctx, name);
    array->help = ana_strdup(ctx, help ? help : "");
    if (array->name && array->help)
        *rc = ana_tensor_create(ctx, values->dtype, values->ndim + folds, shape,
                                &array->values);
    if (array->values.data)
        *rc = set_axes(ctx, values, own, folds, targets, &array->values);
    if (*rc != 0) {
        ana_out_array_finish(ctx, array);
        return NULL;
    }
    fill(&array->values);
    c->n_arrays++;
    return array;
}

void ana_out_array_finish(struct ana_ctx *ctx, struct ana_out_array *array)
{
    ana_free(ctx, array->name);
    ana_free(ctx, array->help);
    ana_tensor_finish(&array->values);
    memset(array, 0, sizeof *array);
}

/* Rows of the last axis, each to its place among all targets. */
static int copy_rows(struct ana_ctx *ctx, const struct ana_out_array *array, int64_t fold,
                     int64_t first, const struct ana_tensor *from)
{
    const int32_t last = from->ndim - 1;
    const int64_t n = from->shape[last], width = array->values.shape[last + array->folds];
    const int64_t rows = n > 0 ? ana_tensor_count(from) / n : 0;
    double *row = ana_alloc(ctx, n, sizeof *row);

    if (!row)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < rows; i++) {
        const int64_t at = (array->folds ? fold * rows + i : i) * width + first;

        ana_elements_load(from->dtype, from->data, ana_tensor_row(from, i),
                          from->strides[last], n, row);
        for (int64_t k = 0; k < n; k++)
            if (isinf(row[k])) {
                ana_free(ctx, row);
                return ana_fail(ctx, ANA_ENUMERIC,
                                "the metric's array '%s' is infinite at target %lld of "
                                "its row %lld",
                                array->name, (long long)(first + k), (long long)i);
            }
        ana_elements_store(array->values.dtype, row, n, array->values.data, at);
    }
    ana_free(ctx, row);
    return 0;
}

int ana_out_array(struct ana_ctx *ctx, struct ana_out *out, const char *name,
                  const char *help, int64_t fold, int64_t first,
                  const struct ana_tensor *values)
{
    struct ana_collector *c = out->collector;
    struct ana_out_array *array;
    int rc = check_array(ctx, c, name, fold, first, values);

    if (rc != 0)
        return rc;
    pthread_mutex_lock(&c->lock);
    array = find_array(ctx, c, name, help, fold >= 0, first >= 0, values, &rc);
    if (array)
        rc = copy_rows(ctx, array, fold, first >= 0 ? first : 0, values);
    pthread_mutex_unlock(&c->lock);
    return rc;
}
