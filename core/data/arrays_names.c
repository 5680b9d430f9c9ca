/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where `axis = NAMES` points: a variable of the open file, or a file beside it (a
 * list, an array, a column of a table, a variable of another such file); and its
 * content as strings or as numbers.
 */
#include "data/arrays.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"

/* A place where names stand: `item` of `file` where it is a file of the recording's
 * own format, else the file at `path`. */
struct place {
    char *path;
    const char *item; /* variable or column, NULL = the only or first one */
    void *file;
    int own; /* `file` was opened here */
};

static void leave(struct ana_ctx *ctx, const struct ana_arrays *arrays,
                  struct place *place)
{
    if (place->own)
        arrays->format->close(ctx, place->file);
    ana_free(ctx, place->path);
    memset(place, 0, sizeof *place);
}

static int is_file(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

char *ana_arrays_beside(struct ana_ctx *ctx, const struct ana_arrays *arrays,
                        const char *name)
{
    char *folder = ana_strdup(ctx, arrays->path[arrays->at]), *slash, *path;

    if (!folder)
        return NULL;
    slash = strrchr(folder, '/');
    if (slash)
        slash[1] = 0;
    path = ana_path_join(ctx, slash ? folder : "", name);
    ana_free(ctx, folder);
    if (path && is_file(path))
        return path;
    ana_free(ctx, path);
    return is_file(name) ? ana_strdup(ctx, name) : NULL;
}

/* "names.txt", "table.tsv:sound", "other.mat:idx". 1 if there is such a file. */
static int find_file(struct ana_ctx *ctx, const struct ana_arrays *arrays,
                     const char *spec, struct place *place)
{
    const char *colon = strrchr(spec, ':');
    char *front;

    place->path = ana_arrays_beside(ctx, arrays, spec);
    if (place->path || !colon)
        return place->path != NULL;
    front = ana_strdup(ctx, spec);
    if (!front)
        return 0;
    front[colon - spec] = 0;
    place->path = ana_arrays_beside(ctx, arrays, front);
    place->item = colon + 1;
    ana_free(ctx, front);
    return place->path != NULL;
}

static int go_to(struct ana_ctx *ctx, struct ana_arrays *arrays, const char *spec,
                 const char *what, struct place *place)
{
    int rc;

    memset(place, 0, sizeof *place);
    if (!ana_arrays_holds(arrays, spec, 0) && find_file(ctx, arrays, spec, place)) {
        if (ana_list_known(place->path))
            return 0;
        rc = arrays->format->open(ctx, place->path, &place->file);
        place->own = rc == 0;
        return rc;
    }
    if (!ana_arrays_holds(arrays, spec, 1)) {
        char both[192];

        snprintf(both, sizeof both, "%.100s, and no file of that name lies beside it",
                 what);
        return ana_arrays_missing(ctx, arrays, spec, both);
    }
    place->path = ana_strdup(ctx, arrays->path[arrays->at]);
    place->item = spec;
    place->file = arrays->file;
    return place->path ? 0 : ANA_ERESOURCE;
}

static int load_numbers(struct ana_ctx *ctx, const struct ana_arrays *arrays,
                        const struct place *place, struct ana_numbers *out)
{
    const char *name = place->item ? place->item : "the array";
    int64_t shape[ANA_MAX_DIMS];
    struct ana_tensor view;
    int32_t dtype, ndim;
    int rc =
        arrays->format->shape(ctx, place->file, place->item, -1, &dtype, &ndim, shape);

    memset(out, 0, sizeof *out);
    if (rc == 0 && dtype == 0)
        rc = ana_fail(ctx, ANA_EDATA, "%s: `%s` holds no numbers", place->path, name);
    if (rc == 0)
        rc = ana_numbers_shape(ctx, place->path, name, ndim, shape, out);
    if (rc != 0)
        return rc;
    out->precision = ana_dtype_precision(dtype);
    out->value = ana_alloc(ctx, out->rows * out->columns, sizeof *out->value);
    if (!out->value)
        return ANA_ERESOURCE;
    ana_tensor_view(ANA_F64, ndim, shape, out->value, &view);
    rc = arrays->format->load(ctx, place->file, place->item, -1, &view);
    if (rc != 0)
        ana_numbers_finish(ctx, out);
    return rc;
}

/* The strings of a variable, or its numbers as strings. */
static int load_strings(struct ana_ctx *ctx, const struct ana_arrays *arrays,
                        const struct place *place, struct ana_strings *out)
{
    int64_t shape[ANA_MAX_DIMS];
    struct ana_numbers numbers = {0};
    int32_t dtype, ndim;
    int rc =
        arrays->format->shape(ctx, place->file, place->item, -1, &dtype, &ndim, shape);

    if (rc == 0 && dtype == 0)
        return arrays->format->text(ctx, place->file, place->item, &out->n, &out->item);
    if (rc == 0)
        rc = load_numbers(ctx, arrays, place, &numbers);
    if (rc == 0)
        rc = ana_numbers_to_strings(ctx, &numbers, out);
    ana_numbers_finish(ctx, &numbers);
    return rc;
}

int ana_arrays_strings(struct ana_ctx *ctx, struct ana_arrays *arrays, const char *spec,
                       const char *what, struct ana_strings *out)
{
    struct place place;
    int rc = go_to(ctx, arrays, spec, what, &place);

    memset(out, 0, sizeof *out);
    if (rc == 0 && place.file)
        rc = load_strings(ctx, arrays, &place, out);
    else if (rc == 0)
        rc = ana_list_strings(ctx, place.path, place.item, out);
    leave(ctx, arrays, &place);
    return rc;
}

int ana_arrays_numbers(struct ana_ctx *ctx, struct ana_arrays *arrays, const char *spec,
                       const char *what, struct ana_numbers *out)
{
    struct place place;
    int rc = go_to(ctx, arrays, spec, what, &place);

    memset(out, 0, sizeof *out);
    if (rc == 0 && place.file)
        rc = load_numbers(ctx, arrays, &place, out);
    else if (rc == 0)
        rc = ana_list_numbers(ctx, place.path, place.item, out);
    leave(ctx, arrays, &place);
    return rc;
}
