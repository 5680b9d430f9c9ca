/* SPDX-License-Identifier: BSD-3-Clause
 *
 * HDF5 datasets as named arrays. MATLAB writes its first dimension fastest, so that HDF5
 * shows the dimensions of its files in reverse: they are turned back.
 */
#include "h5_arrays.h"

#include <stdio.h>
#include <string.h>

#include "units.h"

static void close_file(struct ana_ctx *ctx, void *self)
{
    if (!self)
        return;
    h5_close(ctx, self);
    ana_free(ctx, self);
}

static int open_file(struct ana_ctx *ctx, const char *path, void **out)
{
    struct h5_file *file = ana_alloc(ctx, 1, sizeof *file);
    int rc = file ? h5_open(ctx, path, file) : ANA_ERESOURCE;

    *out = rc == 0 ? file : NULL;
    if (rc != 0)
        close_file(ctx, file);
    return rc;
}

static int cells(struct ana_ctx *ctx, void *self, const char *name, int64_t *n)
{
    struct h5_place place;
    int rc = h5_place(ctx, self, name, -1, &place);

    *n = rc == 0 ? place.n : 0;
    h5_place_finish(ctx, &place);
    return rc;
}

static int refuse(struct ana_ctx *ctx, const struct h5_file *file, const char *name,
                  const char *what)
{
    return ana_fail(ctx, ANA_EDATA, "%s: `%s` %s", file->path, name ? name : "the array",
                    what);
}

/* An object as an array of numbers, or why it is none that is known at all. */
static int open_numbers(struct ana_ctx *ctx, const struct h5_file *file, const char *name,
                        hid_t take_object, struct h5_array *array)
{
    const char *what = file->matlab ? h5_not_numbers(take_object) : NULL;
    int rc;

    *array = (struct h5_array){.id = -1};
    if (what) {
        h5_drop(take_object);
        return refuse(ctx, file, name, what);
    }
    rc = h5_array_open(ctx, file, take_object, name ? name : "the array", array);
    if (rc == 0 && file->matlab && array->what &&
        strcmp(array->what, "compound values") == 0)
        rc = refuse(ctx, file, name, "is complex; save its real part, or abs() of it");
    return rc;
}

/* The dimensions as they are meant: MATLAB's turned back, an empty array's from what
 * stands in its place. */
static int true_shape(struct ana_ctx *ctx, const struct h5_file *file,
                      struct h5_array *array, int32_t *ndim, int64_t *shape)
{
    double *sizes = NULL;
    int64_t n = 0;
    int rc = 0;

    *ndim = array->ndim;
    for (int32_t d = 0; d < array->ndim; d++)
        shape[d] = array->shape[file->matlab ? array->ndim - 1 - d : d];
    if (!file->matlab || !h5_is_empty(ctx, file, array->id))
        return 0;
    if (array->ndim == 1 && array->shape[0] <= ANA_MAX_DIMS)
        rc = h5_array_numbers(ctx, array, &n, &sizes);
    for (int64_t d = 0; rc == 0 && d < n; d++)
        shape[d] = sizes[d] >= 0 && sizes[d] < 1e15 ? (int64_t)sizes[d] : 0;
    *ndim = (int32_t)n;
    ana_free(ctx, sizes);
    return rc;
}

static int shape(struct ana_ctx *ctx, void *self, const char *name, int64_t cell,
                 int32_t *dtype, int32_t *ndim, int64_t *sizes)
{
    const struct h5_file *file = self;
    struct h5_array array = {.id = -1};
    struct h5_place place;
    char class[H5_WORD] = "";
    int rc = h5_place(ctx, file, name, cell, &place);

    if (rc == 0 && place.n > 0) {
        *dtype = 0;
        *ndim = 1;
        sizes[0] = place.n;
        h5_place_finish(ctx, &place);
        return 0;
    }
    if (rc == 0 && place.object >= 0 && H5Iget_type(place.object) == H5I_GROUP &&
        !h5_not_numbers(place.object)) {
        *dtype = 0;
        *ndim = 0;
        h5_place_finish(ctx, &place);
        return 0;
    }
    if (rc == 0) {
        h5_attribute_word(place.object, "MATLAB_class", class);
        rc = open_numbers(ctx, file, name, place.object, &array);
        place.object = -1;
    }
    if (rc == 0)
        rc = true_shape(ctx, file, &array, ndim, sizes);
    if (rc == 0)
        *dtype = strcmp(class, "char") == 0 || strcmp(class, "cell") == 0 ? 0
                 : strcmp(class, "logical") == 0                          ? ANA_BOOL
                                                                          : array.dtype;
    h5_array_close(ctx, &array);
    h5_place_finish(ctx, &place);
    return rc;
}

static int load(struct ana_ctx *ctx, void *self, const char *name, int64_t cell,
                struct ana_tensor *out)
{
    const struct h5_file *file = self;
    struct h5_box box = {
        .pick_axis = -1, .is_f32 = out->dtype == ANA_F32, .out = out->data};
    struct h5_array array = {.id = -1};
    struct h5_place place;
    int rc = h5_place(ctx, file, name, cell, &place);

    if (rc == 0 && ana_tensor_count(out) == 0) {
        h5_place_finish(ctx, &place);
        return 0;
    }
    if (rc == 0)
        rc = open_numbers(ctx, file, name, place.object, &array);
    place.object = -1;
    for (int32_t d = 0; rc == 0 && d < array.ndim; d++) {
        const int32_t to = file->matlab ? array.ndim - 1 - d : d;

        if (array.ndim != out->ndim || array.shape[d] != out->shape[to])
            rc = refuse(ctx, file, name, "changed its shape while it was read");
        box.count[d] = array.shape[d];
        box.stride[d] = out->strides[to];
    }
    if (rc == 0)
        rc = h5_array_read(ctx, &array, &box);
    h5_array_close(ctx, &array);
    h5_place_finish(ctx, &place);
    return rc;
}

/* Rows of a char matrix of MATLAB's, [columns][rows] in HDF5. */
static int char_rows(struct ana_ctx *ctx, const struct h5_file *file, const char *name,
                     struct h5_array *array, int64_t *n, char ***strings)
{
    const int64_t count = h5_array_count(array);
    const int64_t rows = array->ndim == 2 ? array->shape[1] : 1;
    double *codes = NULL;
    uint16_t *units = ana_alloc(ctx, count, sizeof *units);
    int64_t made = 0;
    int rc = units ? h5_array_numbers(ctx, array, &made, &codes) : ANA_ERESOURCE;

    if (rc == 0 && array->ndim != 2)
        rc = refuse(ctx, file, name, "is text of more than two dimensions");
    for (int64_t i = 0; rc == 0 && i < count; i++)
        units[i] = codes[i] >= 0 && codes[i] < 65536 ? (uint16_t)codes[i] : 0xfffd;
    if (rc == 0) {
        *strings = ana_alloc(ctx, rows, sizeof **strings);
        rc = *strings ? 0 : ANA_ERESOURCE;
    }
    for (*n = 0; rc == 0 && *n < rows; ++*n) {
        (*strings)[*n] = units_text(ctx, units + *n, count / rows, rows, 2);
        if (!(*strings)[*n])
            rc = ANA_ERESOURCE;
    }
    ana_free(ctx, units);
    ana_free(ctx, codes);
    return rc;
}

static int no_text(struct ana_ctx *ctx, const struct h5_file *file, const char *name)
{
    return ana_fail(ctx, ANA_EDATA,
                    "%s: `%s` is no text: save it as a cell array of strings (cellstr)",
                    file->path, name ? name : "the array");
}

/* All strings of one object, which is taken over. */
static int object_text(struct ana_ctx *ctx, const struct h5_file *file, const char *name,
                       hid_t take_object, int64_t *n, char ***strings)
{
    struct h5_array array = {.id = -1};
    char class[H5_WORD];
    int rc;

    *n = 0;
    *strings = NULL;
    h5_attribute_word(take_object, "MATLAB_class", class);
    if (file->matlab && h5_is_empty(ctx, file, take_object)) {
        h5_drop(take_object);
        return 0;
    }
    if (file->matlab && strcmp(class, "char") != 0 && strcmp(class, "double") != 0 &&
        strcmp(class, "single") != 0) {
        h5_drop(take_object);
        return no_text(ctx, file, name);
    }
    rc = h5_array_open(ctx, file, take_object, name ? name : "the array", &array);
    if (rc == 0)
        rc = strcmp(class, "char") == 0 ? char_rows(ctx, file, name, &array, n, strings)
                                        : h5_array_text(ctx, &array, n, strings);
    h5_array_close(ctx, &array);
    return rc;
}

static void free_strings(struct ana_ctx *ctx, int64_t n, char **strings)
{
    for (int64_t i = 0; strings && i < n; i++)
        ana_free(ctx, strings[i]);
    ana_free(ctx, strings);
}

/* One string of one cell: "" where it is empty. */
static int cell_text(struct ana_ctx *ctx, const struct h5_file *file, const char *name,
                     struct h5_place *place, int64_t i, char **out)
{
    char **strings = NULL;
    hid_t object = -1;
    int64_t n = 0;
    int rc = h5_place_cell(ctx, file, name, place, i, &object);

    if (rc == 0)
        rc = object_text(ctx, file, name, object, &n, &strings);
    if (rc == 0 && n > 1)
        rc = no_text(ctx, file, name);
    if (rc == 0)
        *out = ana_strdup(ctx, n == 1 ? strings[0] : "");
    free_strings(ctx, n, strings);
    return rc == 0 && !*out ? ANA_ERESOURCE : rc;
}

static int text(struct ana_ctx *ctx, void *self, const char *name, int64_t *n,
                char ***strings)
{
    const struct h5_file *file = self;
    struct h5_place place;
    int rc = h5_place(ctx, file, name, -1, &place);

    *n = 0;
    *strings = NULL;
    if (rc == 0 && place.n == 0) {
        rc = object_text(ctx, file, name, place.object, n, strings);
        place.object = -1;
    } else if (rc == 0) {
        *strings = ana_alloc(ctx, place.n, sizeof **strings);
        rc = *strings ? 0 : ANA_ERESOURCE;
        while (rc == 0 && *n < place.n) {
            rc = cell_text(ctx, file, name, &place, *n, &(*strings)[*n]);
            *n += rc == 0;
        }
    }
    h5_place_finish(ctx, &place);
    if (rc != 0) {
        free_strings(ctx, *n, *strings);
        *strings = NULL;
        *n = 0;
    }
    return rc;
}

struct listing {
    const struct h5_file *file;
    int64_t n, room;
    char **item;
};

/* A dataset as "/a/b"; a variable of MATLAB's as "C.ids", and structs themselves. A link
 * that is not followed is listed with what is said of it. */
static int add_name(struct ana_ctx *ctx, void *arg, const char *path, hid_t object,
                    const char *link)
{
    struct listing *list = arg;
    const int group = object >= 0 && H5Iget_type(object) == H5I_GROUP;
    const int matlab = list->file->matlab;
    char *name;

    if ((link && strcmp(link, "soft link") == 0) || (!link && group && !matlab) ||
        strncmp(path, "/#", 2) == 0 ||
        (!link && !group && H5Iget_type(object) != H5I_DATASET))
        return 0;
    if (list->n == list->room) {
        const int64_t room = list->room ? 2 * list->room : 32;
        char **grown = ana_alloc(ctx, room, sizeof *grown);

        if (!grown)
            return ANA_ERESOURCE;
        if (list->n > 0)
            memcpy(grown, list->item, (size_t)list->n * sizeof *grown);
        ana_free(ctx, list->item);
        list->item = grown;
        list->room = room;
    }
    name = ana_strdup(ctx, path + (matlab ? 1 : 0));
    for (char *c = name; matlab && c && *c; c++)
        if (*c == '/')
            *c = '.';
    list->item[list->n] = name;
    list->n += name != NULL;
    return name ? 0 : ANA_ERESOURCE;
}

static int list(struct ana_ctx *ctx, void *self, int64_t *n, char ***names)
{
    struct listing found = {.file = self};
    const struct h5_visitor visitor = {add_name, &found};
    int rc = h5_visit(ctx, self, &visitor);

    if (rc != 0) {
        free_strings(ctx, found.n, found.item);
        found = (struct listing){0};
    }
    *n = found.n;
    *names = found.item;
    return rc;
}

static void note_array(const struct h5_array *array, char *text, size_t room)
{
    size_t used = 0;

    if (!array->dtype)
        used = (size_t)snprintf(text, room, "%s%s", array->what,
                                strcmp(array->what, "text") == 0 ? "" : ": not read");
    for (int i = 0; i < array->n_filters && used < room; i++)
        used +=
            (size_t)snprintf(text + used, room - used, "%s%s", used ? ", " : "",
                             array->filter[i].id == H5Z_FILTER_DEFLATE   ? "gzip"
                             : array->filter[i].id == H5Z_FILTER_SHUFFLE ? "shuffle"
                                                                         : "fletcher");
}

/* "not read: ..." of the sentence that refused it. */
static void note_refusal(struct ana_ctx *ctx, char *text, size_t room)
{
    const char *sentence = ana_error(ctx), *of = strstr(sentence, "` ");

    snprintf(text, room, "not read: it %.140s", of ? of + 2 : "is damaged");
}

/* Of a dataset, which is taken over. */
static int note_dataset(struct ana_ctx *ctx, const struct h5_file *file, const char *name,
                        hid_t take_object, char *text, size_t room)
{
    struct h5_array array;
    int rc = h5_array_open(ctx, file, take_object, name, &array);

    if (rc == 0 && file->matlab && strcmp(array.what, "compound values") == 0)
        snprintf(text, room, "complex: not read");
    else if (rc == 0)
        note_array(&array, text, room);
    h5_array_close(ctx, &array);
    return rc;
}

static int note_object(struct ana_ctx *ctx, const struct h5_file *file, const char *name,
                       struct h5_place *place, char *text, size_t room)
{
    const int group = place->object >= 0 && H5Iget_type(place->object) == H5I_GROUP;
    const hid_t object = place->object;
    char class[H5_WORD];

    h5_attribute_word(object, "MATLAB_class", class);
    if (place->n > 0) {
        snprintf(text, room, "%s of %lld",
                 place->is_structs ? "struct array" : "cell array", (long long)place->n);
    } else if (group) {
        snprintf(text, room, "%s",
                 H5Aexists(object, "MATLAB_sparse") > 0 ? "sparse: not read" : "struct");
    } else if (file->matlab && strcmp(class, "char") == 0) {
        snprintf(text, room, "text");
    } else if (file->matlab && h5_not_numbers(object)) {
        snprintf(text, room, "not read: it %s", h5_not_numbers(object));
    } else {
        place->object = -1;
        return note_dataset(ctx, file, name, object, text, room);
    }
    return 0;
}

/* What is to be said of a dataset that was found, also of one that is refused. */
static int note(struct ana_ctx *ctx, void *self, const char *name, char **out)
{
    struct h5_place place;
    char text[200] = "";
    int rc = h5_place(ctx, self, name, -1, &place);

    if (rc == 0)
        rc = note_object(ctx, self, name, &place, text, sizeof text);
    h5_place_finish(ctx, &place);
    if (rc == ANA_ERESOURCE)
        return rc;
    if (rc != 0)
        note_refusal(ctx, text, sizeof text);
    *out = ana_strdup(ctx, text);
    return *out ? 0 : ANA_ERESOURCE;
}

const struct ana_array_file_vt h5_arrays_format = {.size = sizeof h5_arrays_format,
                                                   .open = open_file,
                                                   .list = list,
                                                   .cells = cells,
                                                   .shape = shape,
                                                   .load = load,
                                                   .text = text,
                                                   .close = close_file,
                                                   .note = note};
