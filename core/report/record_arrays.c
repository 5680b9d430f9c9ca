/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The named arrays of a results folder read back, with their axes.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/context.h"
#include "data/npy.h"
#include "report/store.h"

static int refuse(struct ana_ctx *ctx, const char *folder, const char *what)
{
    return ana_fail(ctx, ANA_EDATA,
                    "%s/report.json: `%s` of a named array is not what was written; the "
                    "file has been changed, or another anaflow wrote it: run the study "
                    "again",
                    folder, what);
}

static const char *text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static double real(const json_t *value)
{
    return json_is_real(value) ? json_real_value(value) : 0;
}

/* Coordinates and labels live in the arena until the tensor has its copy. */
static int read_axis(struct ana_ctx *ctx, struct ana_arena *arena, const char *folder,
                     const json_t *object, int32_t d, struct ana_tensor *values)
{
    const json_t *coords = json_object_get(object, "coords");
    const json_t *labels = json_object_get(object, "labels");
    const char *name = text(object, "name"), *unit = text(object, "unit");
    struct ana_axis axis = {.size = sizeof axis,
                            .kind = ana_arrays_kind(text(object, "kind")),
                            .rate = real(json_object_get(object, "rate")),
                            .start = real(json_object_get(object, "start"))};
    const size_t n = (size_t)values->shape[d];
    const char **label =
        labels ? ana_arena_alloc(arena, (int64_t)n + 1, sizeof *label) : NULL;
    double *coord = coords ? ana_arena_alloc(arena, (int64_t)n + 1, sizeof *coord) : NULL;

    if ((labels && !label) || (coords && !coord))
        return ANA_ERESOURCE;
    if (!name || !unit || (coords && json_array_size(coords) != n) ||
        (labels && json_array_size(labels) != n))
        return refuse(ctx, folder, "axes");
    for (size_t i = 0; i < n; i++) {
        if (coord)
            coord[i] = real(json_array_get(coords, i));
        if (label && !(label[i] = json_string_value(json_array_get(labels, i))))
            return refuse(ctx, folder, "labels");
    }
    snprintf(axis.name, sizeof axis.name, "%s", name);
    snprintf(axis.unit, sizeof axis.unit, "%s", unit);
    axis.coords = coord;
    axis.labels = label;
    return ana_tensor_set_axis(ctx, values, d, &axis);
}

static int read_array(struct ana_ctx *ctx, struct ana_arena *arena, const char *folder,
                      const json_t *object, struct ana_array_block *a)
{
    const json_t *axes = json_object_get(object, "axes");
    const char *file = text(object, "array"), *path;
    int rc;

    a->comparison = text(object, "comparison");
    a->subject = text(object, "subject");
    a->brain = text(object, "brain");
    a->features = text(object, "features");
    a->model = text(object, "model");
    a->variant = text(object, "variant");
    a->layer = text(object, "layer");
    a->metric = text(object, "metric");
    a->name = text(object, "name");
    a->help = text(object, "help");
    if (!file || strchr(file, '/') || !a->comparison || !a->subject || !a->brain ||
        !a->features || !a->model || !a->variant || !a->layer || !a->metric || !a->name ||
        !a->help)
        return refuse(ctx, folder, "name");
    path = ana_arena_format(arena, "%s/arrays/%s.npy", folder, file);
    rc = path ? ana_npy_read(ctx, path, &a->values) : ANA_ERESOURCE;
    if (rc == 0 && (json_array_size(axes) != (size_t)a->values.ndim ||
                    (a->values.dtype != ANA_F32 && a->values.dtype != ANA_F64)))
        rc = refuse(ctx, folder, "axes");
    for (int32_t d = 0; rc == 0 && d < a->values.ndim; d++) {
        const json_t *axis = json_array_get(axes, (size_t)d);

        if (json_integer_value(json_object_get(axis, "n")) != a->values.shape[d])
            rc = refuse(ctx, folder, "n");
        else
            rc = read_axis(ctx, arena, folder, axis, d, &a->values);
    }
    return rc;
}

int ana_record_arrays(struct ana_ctx *ctx, struct ana_arena *arena, const char *folder,
                      const json_t *root, struct ana_results *results)
{
    const json_t *list = json_object_get(root, "arrays");
    const int64_t n = (int64_t)json_array_size(list);
    struct ana_array_block *arrays = ana_arena_alloc(arena, n + 1, sizeof *arrays);
    int rc = arrays ? 0 : ANA_ERESOURCE;

    results->arrays = arrays;
    for (int64_t i = 0; rc == 0 && i < n; i++) {
        results->n_arrays = i + 1;
        rc = read_array(ctx, arena, folder, json_array_get(list, (size_t)i), &arrays[i]);
    }
    return rc;
}
