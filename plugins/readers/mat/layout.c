/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which toolbox wrote a file, by the fields of its structs.
 */
#include "layout.h"

#include <stdio.h>
#include <string.h>

#include "mat.h"

int layout_has(const struct layout_file *f, const char *name, const char *field)
{
    char whole[2 * LAYOUT_NAME];

    snprintf(whole, sizeof whole, "%s.%s", name, field);
    for (int64_t i = 0; i < f->n_names; i++)
        if (strcmp(f->names[i], whole) == 0)
            return 1;
    return 0;
}

int layout_numbers(struct ana_ctx *ctx, const struct layout_file *f, const char *name,
                   int64_t cell, int32_t *ndim, int64_t *shape, double **numbers)
{
    struct ana_tensor view;
    int32_t dtype = 0;
    int64_t n = 1;
    int rc = f->format->shape(ctx, f->file, name, cell, &dtype, ndim, shape);

    *numbers = NULL;
    if (rc == 0 && !dtype)
        rc = ana_fail(ctx, ANA_EDATA, "%s: `%s` was expected to hold numbers", f->path,
                      name);
    for (int32_t d = 0; rc == 0 && d < *ndim; d++)
        if (__builtin_mul_overflow(n, shape[d], &n))
            rc = ana_fail(ctx, ANA_EDATA, "%s: `%s` is larger than any file", f->path,
                          name);
    if (rc != 0)
        return rc;
    *numbers = ana_alloc(ctx, n, sizeof **numbers);
    if (!*numbers)
        return ANA_ERESOURCE;
    ana_tensor_view(ANA_F64, *ndim, shape, *numbers, &view);
    rc = n > 0 ? f->format->load(ctx, f->file, name, cell, &view) : 0;
    if (rc != 0) {
        ana_free(ctx, *numbers);
        *numbers = NULL;
    }
    return rc;
}

int layout_number(struct ana_ctx *ctx, const struct layout_file *f, const char *name,
                  double *value)
{
    int64_t shape[ANA_MAX_DIMS], n = 1;
    double *numbers;
    int32_t ndim;
    int rc = layout_numbers(ctx, f, name, -1, &ndim, shape, &numbers);

    for (int32_t d = 0; rc == 0 && d < ndim; d++)
        n *= shape[d];
    if (rc == 0 && n != 1)
        rc = ana_fail(ctx, ANA_EDATA, "%s: `%s` was expected to be one number", f->path,
                      name);
    if (rc == 0)
        *value = numbers[0];
    ana_free(ctx, numbers);
    return rc;
}

int layout_texts(struct ana_ctx *ctx, const struct layout_file *f, const char *name,
                 int64_t *n, char ***texts)
{
    return f->format->text(ctx, f->file, name, n, texts);
}

void layout_free_texts(struct ana_ctx *ctx, int64_t n, char **texts)
{
    for (int64_t i = 0; texts && i < n; i++)
        ana_free(ctx, texts[i]);
    ana_free(ctx, texts);
}

void layout_finish(struct ana_ctx *ctx, struct layout *layout)
{
    ana_free(ctx, layout->cells);
    ana_free(ctx, layout->start);
    layout_free_texts(ctx, layout->n_places, layout->place_name);
    ana_free(ctx, layout->place);
    memset(layout, 0, sizeof *layout);
}

static int try_struct(struct ana_ctx *ctx, const struct layout_file *f, const char *name,
                      const char *feature, struct layout *layout)
{
    int is = 0;
    int rc = fieldtrip_find(ctx, f, name, layout, &is);

    if (rc == 0 && !is)
        rc = cnd_find(ctx, f, name, feature, layout, &is);
    return rc;
}

int layout_find(struct ana_ctx *ctx, const char *path, const char *name,
                const char *feature, struct layout *layout)
{
    struct layout_file f = {.format = &mat_any_format, .path = path};
    int rc = f.format->open(ctx, path, &f.file);

    memset(layout, 0, sizeof *layout);
    if (rc == 0)
        rc = f.format->list(ctx, f.file, &f.n_names, &f.names);
    if (rc == 0 && name)
        rc = try_struct(ctx, &f, name, feature, layout);
    for (int64_t i = 0; rc == 0 && !name && !layout->toolbox && i < f.n_names; i++)
        if (!strchr(f.names[i], '.') && strlen(f.names[i]) < 64)
            rc = try_struct(ctx, &f, f.names[i], feature, layout);
    layout_free_texts(ctx, f.n_names, f.names);
    f.format->close(ctx, f.file);
    return rc;
}
