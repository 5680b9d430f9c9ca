/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From a name as `data =` writes it to an object. In MATLAB's files "C.ids" is the dataset
 * ids of the group C; of a struct array every field is a dataset of references, one an
 * element, and a cell array is one, too.
 */
#include <stdio.h>
#include <string.h>

#include "h5_arrays.h"

enum { MOST_CELLS = 1 << 20, DEEPEST = 8 };

void h5_place_finish(struct ana_ctx *ctx, struct h5_place *place)
{
    h5_drop(place->object);
    h5_drop(place->cells);
    ana_free(ctx, place->cell);
    place->object = place->cells = -1;
    place->cell = NULL;
}

static int has(hid_t object, const char *attribute)
{
    return H5Aexists(object, attribute) > 0;
}

int h5_is_empty(struct ana_ctx *ctx, const struct h5_file *file, hid_t object)
{
    double empty = 0;
    int there;

    return h5_attribute_number(ctx, file, object, "MATLAB_empty", &empty, &there) == 0 &&
           there && empty != 0;
}

const char *h5_not_numbers(hid_t object)
{
    static const char *const numbers[] = {"double", "single", "int8",   "uint8",
                                          "int16",  "uint16", "int32",  "int64",
                                          "uint32", "uint64", "logical"};
    char class[H5_WORD];

    if (object < 0)
        return "has an empty cell where numbers were expected";
    h5_attribute_word(object, "MATLAB_class", class);
    if (has(object, "MATLAB_sparse"))
        return "is sparse; save it with full()";
    if (has(object, "MATLAB_object_decode") || has(object, "MATLAB_is_object"))
        return "is a MATLAB object (string, table, categorical ...); save it as "
               "cellstr() "
               "or double()";
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (strcmp(class, numbers[i]) == 0)
            return NULL;
    if (!*class || strcmp(class, "char") == 0 || strcmp(class, "cell") == 0 ||
        strcmp(class, "struct") == 0)
        return NULL; /* not refused: no numbers, but known */
    return "is a MATLAB object (string, table, categorical ...); save it as cellstr() or "
           "double()";
}

/* Whether a dataset holds object references, and how many. */
static int references(hid_t object, int64_t *n)
{
    hid_t type = -1, space = -1;
    int are = 0;

    *n = 0;
    if (object < 0 || H5Iget_type(object) != H5I_DATASET)
        return 0;
    type = H5Dget_type(object);
    space = H5Dget_space(object);
    are = type >= 0 && space >= 0 && H5Tequal(type, H5T_STD_REF_OBJ) > 0;
    *n = are ? (int64_t)H5Sget_simple_extent_npoints(space) : 0;
    if (type >= 0)
        H5Tclose(type);
    if (space >= 0)
        H5Sclose(space);
    return are;
}

/* All references of a dataset. */
static int load_cells(struct ana_ctx *ctx, const struct h5_file *file, const char *name,
                      hid_t object, int64_t n, hobj_ref_t **out)
{
    struct h5_array array;
    int rc;

    *out = NULL;
    if (n > MOST_CELLS)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: `%.200s` has %lld cells; at most %d are read", file->path,
                        name, (long long)n, MOST_CELLS);
    H5Iinc_ref(object);
    rc = h5_array_open(ctx, file, object, name, &array);
    if (rc == 0)
        rc = h5_array_prove(ctx, &array);
    if (rc == 0) {
        *out = ana_alloc(ctx, n, sizeof **out);
        rc = *out ? 0 : ANA_ERESOURCE;
    }
    if (rc == 0 &&
        H5Dread(object, H5T_STD_REF_OBJ, H5S_ALL, H5S_ALL, H5P_DEFAULT, *out) < 0)
        rc = h5_damaged_data(ctx, file, object, name, "that cannot be read");
    if (rc != 0) {
        ana_free(ctx, *out);
        *out = NULL;
    }
    h5_array_close(ctx, &array);
    return rc;
}

static int is_cell(hid_t object)
{
    char class[H5_WORD];

    h5_attribute_word(object, "MATLAB_class", class);
    return strcmp(class, "cell") == 0;
}

static int list_fields(struct ana_ctx *ctx, const struct h5_file *file, hid_t group,
                       const char *struct_name, const char *field)
{
    char some[512] = "";
    size_t used = 0;
    H5G_info_t info;

    if (H5Iget_type(group) != H5I_GROUP)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: `%.100s` has no field `%.100s`: it is no struct", file->path,
                        struct_name, field);
    for (hsize_t i = 0; H5Gget_info(group, &info) >= 0 && i < info.nlinks && used < 400;
         i++) {
        char name[64] = "";

        if (H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_NATIVE, i, name,
                               sizeof name, H5P_DEFAULT) >= 0)
            used += (size_t)snprintf(some + used, sizeof some - used, "%s%s",
                                     i ? ", " : "", name);
    }
    return ana_fail(ctx, ANA_EDATA, "%s: `%.100s` has no field `%.100s`; it has %s",
                    file->path, struct_name, field, *some ? some : "none");
}

static int walk(struct ana_ctx *ctx, const struct h5_file *file, const char *name,
                hid_t take_object, const char *path, int depth, struct h5_place *place);

/* References on the way or at the end: an only one is what it refers to. */
static int walk_cells(struct ana_ctx *ctx, const struct h5_file *file, const char *name,
                      hid_t take_object, int64_t n, const char *path, int depth,
                      struct h5_place *place)
{
    const int cells = is_cell(take_object);
    hobj_ref_t *reference = NULL;
    hid_t object = -1;
    int rc;

    if (n != 1 || (!*path && cells && depth == 0)) {
        if (strlen(path) >= sizeof place->rest) {
            h5_drop(take_object);
            return ana_fail(ctx, ANA_EDATA, "%s: holds no `%.200s`", file->path, name);
        }
        place->cells = take_object;
        place->n = n;
        place->is_structs = !cells;
        snprintf(place->rest, sizeof place->rest, "%s", path);
        return 0;
    }
    rc = load_cells(ctx, file, name, take_object, 1, &reference);
    h5_drop(take_object);
    if (rc == 0)
        rc = h5_follow(ctx, file, name, reference, &object);
    ana_free(ctx, reference);
    return rc == 0 ? walk(ctx, file, name, object, path, depth + 1, place) : rc;
}

/* Along "a.b" from an object, which is taken over. */
static int walk(struct ana_ctx *ctx, const struct h5_file *file, const char *name,
                hid_t take_object, const char *path, int depth, struct h5_place *place)
{
    char field[256];
    const size_t length = strcspn(path, ".");
    hid_t next = -1;
    int64_t n;
    int rc;

    if (depth > DEEPEST || length >= sizeof field) {
        h5_drop(take_object);
        return ana_fail(ctx, ANA_EDATA, "%s: `%.200s` is nested deeper than is read",
                        file->path, name);
    }
    if (references(take_object, &n) && !h5_is_empty(ctx, file, take_object))
        return walk_cells(ctx, file, name, take_object, n, path, depth, place);
    if (!*path) {
        place->object = take_object;
        return 0;
    }
    snprintf(field, sizeof field, "%.*s", (int)length, path);
    rc = h5_find_any(ctx, file, take_object, field, &next);
    if (rc == 0 && next < 0)
        rc = list_fields(ctx, file, take_object, name, field);
    h5_drop(take_object);
    path += length + (path[length] == '.');
    return rc == 0 ? walk(ctx, file, name, next, path, depth, place) : rc;
}

/* The only dataset at the top, for a name that was left out. */
struct only {
    int64_t n;
    char name[256];
};

static int count_dataset(struct ana_ctx *ctx, void *arg, const char *path, hid_t object,
                         const char *link)
{
    struct only *only = arg;

    (void)ctx;
    (void)link;
    if (object >= 0 && H5Iget_type(object) == H5I_DATASET &&
        strncmp(path, "/#refs#", 7) != 0 && only->n++ == 0)
        snprintf(only->name, sizeof only->name, "%s", path);
    return 0;
}

static int only_name(struct ana_ctx *ctx, const struct h5_file *file, struct only *only)
{
    const struct h5_visitor visitor = {count_dataset, only};
    int rc = h5_visit(ctx, file, &visitor);

    if (rc == 0 && only->n != 1)
        rc = ana_fail(ctx, ANA_EDATA,
                      "%s: holds %lld datasets; say which, as in `data = FILE : "
                      "NAME(axes)`",
                      file->path, (long long)only->n);
    return rc;
}

int h5_place(struct ana_ctx *ctx, const struct h5_file *file, const char *name,
             int64_t cell, struct h5_place *place)
{
    struct only only = {0};
    hid_t object = -1;
    int rc = 0;

    *place = (struct h5_place){.object = -1, .cells = -1};
    h5_quiet();
    if (!name) {
        rc = only_name(ctx, file, &only);
        name = only.name;
    }
    if (rc == 0 && file->matlab && *name != '/') {
        char top[256];
        const size_t n = strcspn(name, ".");

        if (n >= sizeof top)
            return ana_fail(ctx, ANA_EDATA, "%s: holds no `%.200s`", file->path, name);
        snprintf(top, sizeof top, "%.*s", (int)n, name);
        rc = h5_find(ctx, file, -1, top, &object);
        if (rc == 0)
            rc = walk(ctx, file, top, object, name + n + (name[n] == '.'), 0, place);
    } else if (rc == 0) {
        rc = h5_find(ctx, file, -1, name, &place->object);
    }
    if (rc == 0 && cell >= 0)
        rc = h5_place_cell(ctx, file, name, place, cell, &object);
    if (rc == 0 && cell >= 0) {
        h5_place_finish(ctx, place);
        *place = (struct h5_place){.object = object, .cells = -1};
    }
    return rc;
}

int h5_place_cell(struct ana_ctx *ctx, const struct h5_file *file, const char *name,
                  struct h5_place *place, int64_t cell, hid_t *object)
{
    struct h5_place found = {.object = -1, .cells = -1};
    int rc = 0;

    *object = -1;
    if (cell < 0 || cell >= place->n)
        return ana_fail(ctx, ANA_EDATA, "%s: there is no cell %lld of %lld", file->path,
                        (long long)cell + 1, (long long)place->n);
    if (!place->cell)
        rc = load_cells(ctx, file, name, place->cells, place->n, &place->cell);
    if (rc == 0)
        rc = h5_follow(ctx, file, name, &place->cell[cell], object);
    if (rc == 0)
        rc = walk(ctx, file, name, *object, place->rest, 1, &found);
    *object = found.object;
    if (rc == 0 && found.n > 0) {
        rc = ana_fail(ctx, ANA_EDATA, "%s: cell %lld of `%.200s` holds cells itself",
                      file->path, (long long)cell + 1, name);
        h5_place_finish(ctx, &found);
        *object = -1;
    }
    return rc;
}
