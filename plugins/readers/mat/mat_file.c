/* SPDX-License-Identifier: BSD-3-Clause
 *
 * MAT files as ana_arrays_* wants them: shapes and numbers. MATLAB stores the first
 * dimension fastest, x[i0 + d0 (i1 + d1 i2 ...)]; what leaves here has the last one
 * fastest.
 */
#include "mat.h"

#include <stdio.h>
#include <string.h>

#include <hdf5.h>

/* matio's messages would reach the terminal; what fails is told from its results. */
static void drop_message(int level, char *message)
{
    (void)level;
    (void)message;
}

static void close_file(struct ana_ctx *ctx, void *self)
{
    struct mat_file *file = self;

    if (!file)
        return;
    Mat_VarFree(file->kept);
    ana_free(ctx, file->name);
    if (file->mat)
        Mat_Close(file->mat);
    ana_free(ctx, file->path);
    ana_free(ctx, file);
}

static int open_file(struct ana_ctx *ctx, const char *path, void **out)
{
    struct mat_file *file = ana_alloc(ctx, 1, sizeof *file);
    int rc;

    *out = NULL;
    if (!file)
        return ANA_ERESOURCE;
    file->path = ana_strdup(ctx, path);
    rc = file->path ? mat_check(ctx, path, &file->bytes) : ANA_ERESOURCE;
    if (rc == 0) {
        Mat_LogInitFunc("anaflow", drop_message);
        H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
        file->mat = Mat_Open(path, MAT_ACC_RDONLY);
        if (!file->mat)
            rc = ana_fail(ctx, ANA_EDATA, "%s: could not be opened as a MAT file", path);
    }
    if (rc != 0) {
        close_file(ctx, file);
        return rc;
    }
    *out = file;
    return 0;
}

static int cells(struct ana_ctx *ctx, void *self, const char *name, int64_t *n)
{
    struct mat_place place;
    int rc = mat_find(ctx, self, name, -1, 0, &place);

    *n = rc == 0 ? place.n : 0;
    return rc;
}

static int32_t type_of(const matvar_t *variable)
{
    if (variable->isLogical && variable->class_type == MAT_C_UINT8)
        return ANA_BOOL;
    switch (variable->class_type) {
    case MAT_C_DOUBLE:
        return ANA_F64;
    case MAT_C_SINGLE:
        return ANA_F32;
    case MAT_C_INT8:
        return ANA_I8;
    case MAT_C_UINT8:
        return ANA_U8;
    case MAT_C_INT16:
        return ANA_I16;
    case MAT_C_UINT16:
        return ANA_U16;
    case MAT_C_INT32:
        return ANA_I32;
    case MAT_C_UINT32:
        return ANA_U32;
    case MAT_C_INT64:
        return ANA_I64;
    case MAT_C_UINT64:
        return ANA_U64;
    default:
        return 0;
    }
}

static const char *shown(const char *name)
{
    return name ? name : "the array";
}

static int refuse(struct ana_ctx *ctx, const struct mat_file *file, const char *name,
                  const char *what)
{
    return ana_fail(ctx, ANA_EDATA, "%s: `%s` %s", file->path, shown(name), what);
}

static int shape_of(struct ana_ctx *ctx, const struct mat_file *file, const char *name,
                    const matvar_t *variable, int32_t *dtype, int32_t *ndim,
                    int64_t *shape)
{
    if (!variable)
        return refuse(ctx, file, name, "has an empty cell where numbers were expected");
    if (variable->class_type == MAT_C_SPARSE)
        return refuse(ctx, file, name, "is sparse; save it with full()");
    if (variable->isComplex)
        return refuse(ctx, file, name, "is complex; save its real part, or abs() of it");
    if (variable->class_type == MAT_C_OPAQUE || variable->class_type == MAT_C_OBJECT)
        return refuse(ctx, file, name,
                      "is a MATLAB object (string, table, categorical ...); save it as "
                      "cellstr() or double()");
    if (variable->rank < 1 || variable->rank > ANA_MAX_DIMS || !variable->dims)
        return refuse(ctx, file, name,
                      "has no 1 to 8 dimensions; the file may be damaged");
    *dtype = type_of(variable);
    *ndim = variable->rank;
    for (int d = 0; d < variable->rank; d++) {
        if (variable->dims[d] > INT64_MAX)
            return refuse(ctx, file, name, "has a dimension that no memory can hold");
        shape[d] = (int64_t)variable->dims[d];
    }
    return 0;
}

static int shape(struct ana_ctx *ctx, void *self, const char *name, int64_t cell,
                 int32_t *dtype, int32_t *ndim, int64_t *sizes)
{
    struct mat_place place;
    int rc = mat_find(ctx, self, name, cell, 0, &place);

    if (rc == 0 && place.n > 0) {
        *dtype = 0;
        *ndim = 1;
        sizes[0] = place.n;
        return 0;
    }
    return rc == 0 ? shape_of(ctx, self, name, place.variable, dtype, ndim, sizes) : rc;
}

static double number_at(const void *data, int32_t dtype, int64_t i)
{
    switch (dtype) {
    case ANA_F64:
        return ((const double *)data)[i];
    case ANA_F32:
        return (double)((const float *)data)[i];
    case ANA_I8:
        return ((const int8_t *)data)[i];
    case ANA_U8:
    case ANA_BOOL:
        return ((const uint8_t *)data)[i];
    case ANA_I16:
        return ((const int16_t *)data)[i];
    case ANA_U16:
        return ((const uint16_t *)data)[i];
    case ANA_I32:
        return ((const int32_t *)data)[i];
    case ANA_U32:
        return ((const uint32_t *)data)[i];
    case ANA_I64:
        return (double)((const int64_t *)data)[i];
    default:
        return (double)((const uint64_t *)data)[i];
    }
}

/* Column-major numbers into C order: i counts as MATLAB does, `at` is its place. */
static void turn(const void *data, int32_t dtype, const struct ana_tensor *out, int64_t n)
{
    int64_t index[ANA_MAX_DIMS] = {0}, at = 0;

    for (int64_t i = 0; i < n; i++) {
        if (out->dtype == ANA_F64)
            ((double *)out->data)[at] = number_at(data, dtype, i);
        else
            ((float *)out->data)[at] = (float)number_at(data, dtype, i);
        for (int32_t d = 0; d < out->ndim; d++) {
            at += out->strides[d];
            if (++index[d] < out->shape[d])
                break;
            at -= out->strides[d] * out->shape[d];
            index[d] = 0;
        }
    }
}

static int load(struct ana_ctx *ctx, void *self, const char *name, int64_t cell,
                struct ana_tensor *out)
{
    const int64_t n = ana_tensor_count(out);
    int64_t sizes[ANA_MAX_DIMS];
    struct mat_place place;
    int32_t dtype, ndim;
    int rc = mat_find(ctx, self, name, cell, 1, &place);

    if (rc == 0)
        rc = shape_of(ctx, self, name, place.variable, &dtype, &ndim, sizes);
    if (rc != 0)
        return rc;
    if (dtype == 0 || !place.variable->data || mat_count(place.variable) != n ||
        (size_t)n > place.variable->nbytes / ana_dtype_size(dtype))
        return refuse(ctx, self, name,
                      "has fewer numbers than its header says; the file is damaged");
    turn(place.variable->data, dtype, out, n);
    return 0;
}

static int note(struct ana_ctx *ctx, void *self, const char *name, char **out)
{
    struct mat_place place;
    const matvar_t *v;
    char text[96] = "";
    int rc = mat_find(ctx, self, name, -1, 0, &place);

    if (rc != 0)
        return rc;
    v = place.variable;
    if (place.n > 0 || (v && v->class_type == MAT_C_CELL))
        snprintf(text, sizeof text, "%s of %lld", v ? "cell array" : "struct array",
                 (long long)place.n);
    else if (v && v->class_type == MAT_C_CHAR)
        snprintf(text, sizeof text, "text");
    else if (v && v->class_type == MAT_C_STRUCT)
        snprintf(text, sizeof text, "struct%s", mat_count(v) == 1 ? "" : " array");
    else if (v && v->class_type == MAT_C_SPARSE)
        snprintf(text, sizeof text, "sparse: not read");
    else if (v && v->isComplex)
        snprintf(text, sizeof text, "complex: not read");
    else if (!v || type_of(v) == 0)
        snprintf(text, sizeof text, "not read");
    *out = ana_strdup(ctx, text);
    return *out ? 0 : ANA_ERESOURCE;
}

const struct ana_array_file_vt mat_format = {.size = sizeof mat_format,
                                             .flags = ANA_ARRAYS_HOLDS,
                                             .open = open_file,
                                             .list = mat_list,
                                             .cells = cells,
                                             .shape = shape,
                                             .load = load,
                                             .text = mat_text,
                                             .close = close_file,
                                             .note = note};
