/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A format that lives in memory: files are rows of a table, so that every layout of
 * ana_arrays_* can be tested against values that are computed from their place.
 */
#ifndef TESTS_FAKE_ARRAYS_H
#define TESTS_FAKE_ARRAYS_H

#include "tests/unit/sources.h"

struct fake_variable {
    const char *path, *name;
    int32_t dtype; /* 0 = strings */
    int32_t ndim;
    int64_t shape[4];
    int64_t cells;           /* each of them of this shape, but for `grow` */
    int64_t grow;            /* cell c has shape[0] + c * grow */
    const char *const *text; /* shape[0] strings */
    const double *number;    /* shape[0] x ... numbers; NULL = fake_value */
};

struct fake_file {
    const char *path;
};

/* What the test looks at after a call. */
struct fake_state {
    const struct fake_variable *table;
    int64_t n, loads, opens, open_now;
};
static struct fake_state fake;

static inline double fake_key(const char *path, const char *name, int64_t cell)
{
    double key = 0;

    for (const char *p = path; *p; p++)
        key = fmod(key * 31 + *p, 9973);
    for (const char *p = name; *p; p++)
        key = fmod(key * 37 + *p, 9973);
    return fmod(key + 101 * (double)cell, 997);
}

static inline double fake_value(const char *path, const char *name, int64_t cell,
                                int64_t flat)
{
    return fake_key(path, name, cell) + (double)flat / 1024;
}

static const struct fake_variable *fake_find(const struct fake_file *file,
                                             const char *name)
{
    for (int64_t i = 0; i < fake.n; i++)
        if (strcmp(fake.table[i].path, file->path) == 0 &&
            (!name || strcmp(fake.table[i].name, name) == 0))
            return &fake.table[i];
    return NULL;
}

static int fake_open(struct ana_ctx *ctx, const char *path, void **file)
{
    for (int64_t i = 0; i < fake.n; i++) {
        if (strcmp(fake.table[i].path, path) != 0)
            continue;
        *file = ana_alloc(ctx, 1, sizeof(struct fake_file));
        ((struct fake_file *)*file)->path = fake.table[i].path;
        fake.opens++;
        fake.open_now++;
        return 0;
    }
    return ana_fail(ctx, ANA_EDATA, "%s: is not there", path);
}

static void fake_close(struct ana_ctx *ctx, void *file)
{
    fake.open_now -= file != NULL;
    ana_free(ctx, file);
}

static int fake_list(struct ana_ctx *ctx, void *file, int64_t *n, char ***names)
{
    const struct fake_file *self = file;

    *n = 0;
    *names = ana_alloc(ctx, fake.n, sizeof **names);
    for (int64_t i = 0; i < fake.n; i++)
        if (strcmp(fake.table[i].path, self->path) == 0)
            (*names)[(*n)++] = ana_strdup(ctx, fake.table[i].name);
    return 0;
}

static int fake_cells(struct ana_ctx *ctx, void *file, const char *name, int64_t *n)
{
    (void)ctx;
    *n = fake_find(file, name)->cells;
    return 0;
}

static int fake_shape(struct ana_ctx *ctx, void *file, const char *name, int64_t cell,
                      int32_t *dtype, int32_t *ndim, int64_t *shape)
{
    const struct fake_variable *v = fake_find(file, name);

    if (!v)
        return ana_fail(ctx, ANA_EDATA, "no %s", name);
    *dtype = cell < 0 && v->cells ? 0 : v->dtype;
    *ndim = v->ndim;
    for (int32_t d = 0; d < v->ndim; d++)
        shape[d] = v->shape[d] + (d == 0 && cell > 0 ? cell * v->grow : 0);
    return 0;
}

static int fake_load(struct ana_ctx *ctx, void *file, const char *name, int64_t cell,
                     struct ana_tensor *out)
{
    const struct fake_variable *v = fake_find(file, name);
    const double key = fake_key(v->path, v->name, cell);
    const int64_t n = ana_tensor_count(out);

    (void)ctx;
    fake.loads++;
    for (int64_t i = 0; i < n; i++) {
        const double value = v->number ? v->number[i] : key + (double)i / 1024;

        if (out->dtype == ANA_F64)
            ((double *)out->data)[i] = value;
        else
            ((float *)out->data)[i] = (float)value;
    }
    return 0;
}

static int fake_text(struct ana_ctx *ctx, void *file, const char *name, int64_t *n,
                     char ***strings)
{
    const struct fake_variable *v = fake_find(file, name);

    *n = v->shape[0];
    *strings = ana_alloc(ctx, *n, sizeof **strings);
    for (int64_t i = 0; i < *n; i++)
        (*strings)[i] = ana_strdup(ctx, v->text[i]);
    return 0;
}

static const struct ana_array_file_vt fake_format = {.size = sizeof fake_format,
                                                     .open = fake_open,
                                                     .list = fake_list,
                                                     .cells = fake_cells,
                                                     .shape = fake_shape,
                                                     .load = fake_load,
                                                     .text = fake_text,
                                                     .close = fake_close};

#define FAKE_FILES(variables)                                                            \
    fake = (struct fake_state)                                                           \
    {                                                                                    \
        .table = (variables), .n = sizeof(variables) / sizeof *(variables)               \
    }

#endif
