/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From a name as `data =` writes it ("R", "C.ids", "EEG.chanlocs.labels") to matio's
 * variable. A struct array on the way, or a cell array at the end, is where a cell
 * number picks.
 */
#include "mat.h"

#include <stdio.h>
#include <string.h>

enum { DEEPEST = 4 };

int64_t mat_count(const matvar_t *variable)
{
    int64_t n = 1;

    if (!variable->dims || variable->rank < 1)
        return 0;
    for (int d = 0; d < variable->rank; d++)
        if (variable->dims[d] > INT64_MAX ||
            __builtin_mul_overflow(n, (int64_t)variable->dims[d], &n))
            return INT64_MAX;
    return n;
}

/* What zlib can pack at best is 1:1032, and a double may be stored in one byte. */
static int64_t most_bytes(const struct mat_file *file)
{
    return file->bytes > INT64_MAX / 16384 ? INT64_MAX : file->bytes * 8256 + 65536;
}

/* The bytes that a variable and all in it say they have; INT64_MAX where that overflows. */
static int64_t count_bytes(const matvar_t *variable, int depth)
{
    const int64_t n = mat_count(variable);
    int64_t size = variable->data_size > 0 ? variable->data_size : 1, total;

    if (__builtin_mul_overflow(n, size, &total))
        return INT64_MAX;
    if (variable->class_type != MAT_C_CELL || depth > DEEPEST)
        return total;
    for (int64_t i = 0; i < n && variable->data; i++) {
        const matvar_t *cell = ((matvar_t *const *)variable->data)[i];

        if (cell && __builtin_add_overflow(total, count_bytes(cell, depth + 1), &total))
            return INT64_MAX;
    }
    return total;
}

static void forget(struct ana_ctx *ctx, struct mat_file *file)
{
    Mat_VarFree(file->kept);
    ana_free(ctx, file->name);
    file->kept = NULL;
    file->name = NULL;
}

/* Keep top-level variable `name`, with its numbers if asked for. */
static int keep(struct ana_ctx *ctx, struct mat_file *file, const char *name,
                int with_data)
{
    if (file->name && strcmp(file->name, name) == 0 && (file->has_data || !with_data))
        return 0;
    forget(ctx, file);
    file->kept = Mat_VarReadInfo(file->mat, name);
    if (!file->kept)
        return ana_fail(ctx, ANA_EDATA, "%s: `%s` is not there, or its header is damaged",
                        file->path, name);
    if (count_bytes(file->kept, 0) > most_bytes(file)) {
        forget(ctx, file);
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: `%s` says it is larger than a file of %lld bytes can hold; the "
            "file is damaged",
            file->path, name, (long long)file->bytes);
    }
    if (with_data) {
        Mat_VarFree(file->kept);
        file->kept = Mat_VarRead(file->mat, name);
    }
    file->has_data = with_data;
    if (!file->kept)
        return ana_fail(ctx, ANA_EDATA, "%s: `%s` could not be read; the file is damaged",
                        file->path, name);
    file->name = ana_strdup(ctx, name);
    return file->name ? 0 : (forget(ctx, file), ANA_ERESOURCE);
}

static const matvar_t *cell_at(const matvar_t *variable, int64_t i)
{
    return variable->data ? ((matvar_t *const *)variable->data)[i] : NULL;
}

/* Cells that hold one cell are what some tools make of a string. */
static const matvar_t *unwrap(const matvar_t *variable)
{
    while (variable && variable->class_type == MAT_C_CELL && mat_count(variable) == 1)
        variable = cell_at(variable, 0);
    return variable;
}

static int refuse_field(struct ana_ctx *ctx, const struct mat_file *file,
                        const matvar_t *variable, const char *field)
{
    const unsigned n = variable->class_type == MAT_C_STRUCT
                           ? Mat_VarGetNumberOfFields((matvar_t *)(uintptr_t)variable)
                           : 0;
    char *const *names = n > 0 ? Mat_VarGetStructFieldnames(variable) : NULL;
    char list[512] = "";
    size_t length = 0;

    for (unsigned i = 0; names && i < n && length < 400; i++)
        length += (size_t)snprintf(list + length, sizeof list - length, "%s%.60s",
                                   i ? ", " : "", names[i]);
    return ana_fail(ctx, ANA_EDATA, "%s: `%s` has no field `%s`%s%s", file->path,
                    variable->name ? variable->name : "it", field,
                    n > 0 ? "; it has " : ": it is no struct", list);
}

/* Walk along ".a.b" from `variable`; stop at a struct array unless `element` says which. */
static int walk(struct ana_ctx *ctx, const struct mat_file *file,
                const matvar_t *variable, const char *path, int64_t element,
                struct mat_place *place)
{
    memset(place, 0, sizeof *place);
    while (*path) {
        char field[256];
        const matvar_t *next;
        const size_t n = strcspn(path, ".");
        const int64_t count = variable ? mat_count(variable) : 0;

        if (!variable || variable->class_type != MAT_C_STRUCT || n >= sizeof field)
            return variable
                       ? refuse_field(ctx, file, variable, path)
                       : ana_fail(ctx, ANA_EDATA, "%s: `%s` is empty", file->path, path);
        if (count != 1 && element < 0) {
            place->structs = variable;
            place->field = path;
            place->n = count;
            return 0;
        }
        memcpy(field, path, n);
        field[n] = 0;
        next = Mat_VarGetStructFieldByName((matvar_t *)(uintptr_t)variable, field,
                                           count == 1 ? 0 : (size_t)element);
        if (!next)
            return refuse_field(ctx, file, variable, field);
        variable = next;
        if (count != 1)
            element = -1;
        path += n + (path[n] == '.');
    }
    place->variable = variable;
    return 0;
}

int mat_element(struct ana_ctx *ctx, struct mat_file *file, const struct mat_place *place,
                int64_t i, struct mat_place *out)
{
    if (i < 0 || i >= place->n)
        return ana_fail(ctx, ANA_EDATA, "%s: there is no cell %lld of %lld", file->path,
                        (long long)i + 1, (long long)place->n);
    if (place->structs)
        return walk(ctx, file, place->structs, place->field, i, out);
    memset(out, 0, sizeof *out);
    out->variable = unwrap(cell_at(place->variable, i));
    return 0;
}

/* The only variable of the file, for a name that was left out. */
static int only_name(struct ana_ctx *ctx, struct mat_file *file, char name[256])
{
    size_t n = 0;
    char *const *names = Mat_GetDir(file->mat, &n);

    if (n == 1 && names && names[0]) {
        snprintf(name, 256, "%s", names[0]);
        return 0;
    }
    return ana_fail(
        ctx, ANA_EDATA,
        "%s: holds %zu variables; say which, as in `data = FILE : NAME(axes)`",
        file->path, n);
}

int mat_find(struct ana_ctx *ctx, struct mat_file *file, const char *name, int64_t cell,
             int with_data, struct mat_place *place)
{
    struct mat_place array;
    char top[256];
    size_t n;
    int rc;

    if (name && strcspn(name, ".") < sizeof top)
        snprintf(top, sizeof top, "%.*s", (int)strcspn(name, "."), name);
    else if (name)
        return ana_fail(ctx, ANA_EDATA, "%s: holds no `%s`", file->path, name);
    else if ((rc = only_name(ctx, file, top)) != 0)
        return rc;
    rc = keep(ctx, file, top, with_data);
    if (rc != 0)
        return rc;
    n = name ? strlen(top) : 0;
    rc = walk(ctx, file, file->kept, name ? name + n + (name[n] == '.') : "", -1, place);
    if (rc == 0 && place->variable && place->variable->class_type == MAT_C_CELL)
        place->n = mat_count(place->variable);
    else if (rc == 0 && place->variable && place->variable->class_type == MAT_C_STRUCT)
        place->n = 0;
    if (rc != 0 || cell < 0)
        return rc;
    array = *place;
    return mat_element(ctx, file, &array, cell, place);
}

struct names {
    int64_t n, room;
    char **item;
};

static int add_name(struct ana_ctx *ctx, struct names *names, const char *name)
{
    if (names->n == names->room) {
        const int64_t room = names->room ? 2 * names->room : 16;
        char **grown = ana_alloc(ctx, room, sizeof *grown);

        if (!grown)
            return ANA_ERESOURCE;
        if (names->n > 0)
            memcpy(grown, names->item, (size_t)names->n * sizeof *grown);
        ana_free(ctx, names->item);
        names->item = grown;
        names->room = room;
    }
    names->item[names->n] = ana_strdup(ctx, name);
    return names->item[names->n++] ? 0 : ANA_ERESOURCE;
}

/* A variable, and the fields of a struct below it. */
static int add_names(struct ana_ctx *ctx, struct names *names, const matvar_t *variable,
                     const char *name, int depth)
{
    const unsigned n = variable && variable->class_type == MAT_C_STRUCT
                           ? Mat_VarGetNumberOfFields((matvar_t *)(uintptr_t)variable)
                           : 0;
    char *const *fields = n > 0 ? Mat_VarGetStructFieldnames(variable) : NULL;
    int rc = add_name(ctx, names, name);

    for (unsigned i = 0; rc == 0 && fields && depth < DEEPEST && i < n; i++) {
        char longer[512];

        if (snprintf(longer, sizeof longer, "%s.%s", name, fields[i]) <
            (int)sizeof longer)
            rc = add_names(
                ctx, names,
                mat_count(variable) < 1
                    ? NULL
                    : Mat_VarGetStructFieldByIndex((matvar_t *)(uintptr_t)variable, i, 0),
                longer, depth + 1);
    }
    return rc;
}

int mat_list(struct ana_ctx *ctx, void *self, int64_t *n, char ***names)
{
    struct mat_file *file = self;
    struct names found = {0};
    matvar_t *variable;
    int rc = Mat_Rewind(file->mat) == 0
                 ? 0
                 : ana_fail(ctx, ANA_EDATA, "%s: could not be read", file->path);

    while (rc == 0 && (variable = Mat_VarReadNextInfo(file->mat))) {
        /* what has no name is MATLAB's own: the workspace of its objects */
        if (variable->name && variable->name[0] && strncmp(variable->name, "__", 2) != 0)
            rc = add_names(ctx, &found, variable, variable->name, 0);
        Mat_VarFree(variable);
    }
    if (rc != 0) {
        for (int64_t i = 0; i < found.n; i++)
            ana_free(ctx, found.item[i]);
        ana_free(ctx, found.item);
        return rc;
    }
    *n = found.n;
    *names = found.item;
    return 0;
}
