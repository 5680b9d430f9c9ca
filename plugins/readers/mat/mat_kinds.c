/* SPDX-License-Identifier: BSD-3-Clause
 *
 * MAT files of any version as one format: v4 and v5 through matio, v7.3 as the HDF5 that
 * it is.
 */
#include <stdio.h>
#include <sys/stat.h>

#include "mat.h"
#include "plugins/readers/lib/h5_arrays.h"

struct any {
    const struct ana_array_file_vt *format;
    void *file;
};

static const struct ana_array_file_vt *format_of(const char *path)
{
    uint8_t head[1024] = {0};
    struct stat st;
    FILE *file = stat(path, &st) == 0 && S_ISREG(st.st_mode) ? fopen(path, "rb") : NULL;
    const size_t n = file ? fread(head, 1, sizeof head, file) : 0;

    if (file)
        fclose(file);
    return mat_kind(head, (int64_t)n) == 7 ? &h5_arrays_format : &mat_format;
}

static int open_any(struct ana_ctx *ctx, const char *path, void **out)
{
    struct any *any = ana_alloc(ctx, 1, sizeof *any);
    int rc;

    *out = NULL;
    if (!any)
        return ANA_ERESOURCE;
    any->format = format_of(path);
    rc = any->format->open(ctx, path, &any->file);
    if (rc == 0)
        *out = any;
    else
        ana_free(ctx, any);
    return rc;
}

static int list_any(struct ana_ctx *ctx, void *file, int64_t *n, char ***names)
{
    const struct any *any = file;

    return any->format->list(ctx, any->file, n, names);
}

static int cells_any(struct ana_ctx *ctx, void *file, const char *name, int64_t *n)
{
    const struct any *any = file;

    return any->format->cells(ctx, any->file, name, n);
}

static int shape_any(struct ana_ctx *ctx, void *file, const char *name, int64_t cell,
                     int32_t *dtype, int32_t *ndim, int64_t *shape)
{
    const struct any *any = file;

    return any->format->shape(ctx, any->file, name, cell, dtype, ndim, shape);
}

static int load_any(struct ana_ctx *ctx, void *file, const char *name, int64_t cell,
                    struct ana_tensor *out)
{
    const struct any *any = file;

    return any->format->load(ctx, any->file, name, cell, out);
}

static int text_any(struct ana_ctx *ctx, void *file, const char *name, int64_t *n,
                    char ***strings)
{
    const struct any *any = file;

    return any->format->text(ctx, any->file, name, n, strings);
}

static int note_any(struct ana_ctx *ctx, void *file, const char *name, char **note)
{
    const struct any *any = file;

    return any->format->note(ctx, any->file, name, note);
}

static void close_any(struct ana_ctx *ctx, void *file)
{
    struct any *any = file;

    if (!any)
        return;
    any->format->close(ctx, any->file);
    ana_free(ctx, any);
}

const struct ana_array_file_vt mat_any_format = {.size = sizeof mat_any_format,
                                                 .open = open_any,
                                                 .list = list_any,
                                                 .cells = cells_any,
                                                 .shape = shape_any,
                                                 .load = load_any,
                                                 .text = text_any,
                                                 .close = close_any,
                                                 .note = note_any};
