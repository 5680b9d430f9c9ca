/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Safetensors: 8 bytes with the length N of a JSON header, the header, then the tensors'
 * bytes in little-endian C order. The header maps each name to
 *     {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}
 * with offsets from the end of the header. They must cover the rest of the file without
 * hole or overlap, so that no byte has two meanings or none.
 */
#include "data/safetensors.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/file.h"
#include "base/text.h"
#include "data/tensor.h"

static const int64_t most_header = 100000000;

struct entry {
    const char *name; /* the header's */
    char type[16];
    int32_t dtype; /* 0 = eight-bit floats, which are not read */
    int32_t ndim;
    int64_t shape[ANA_MAX_DIMS];
    int64_t begin, end; /* from the end of the header */
};

struct ana_safetensors {
    char *path;
    const uint8_t *map;
    int64_t n, start; /* bytes of the file; where the data begin */
    json_t *header;
    int64_t n_entries;
    struct entry *entry; /* by begin */
    const char **names;
};

static const struct {
    const char *name;
    int32_t dtype;
} types[] = {
    {"F32", ANA_F32},   {"F64", ANA_F64}, {"F16", ANA_F16}, {"BF16", ANA_BF16},
    {"I8", ANA_I8},     {"U8", ANA_U8},   {"I16", ANA_I16}, {"U16", ANA_U16},
    {"I32", ANA_I32},   {"U32", ANA_U32}, {"I64", ANA_I64}, {"U64", ANA_U64},
    {"BOOL", ANA_BOOL}, {"F8_E4M3", 0},   {"F8_E5M2", 0},
};

/* "x.safetensors: tensor 'conv.weight': " in front of what is wrong with a field. */
static int fail_entry(struct ana_ctx *ctx, const struct ana_safetensors *file,
                      const char *name, const char *problem)
{
    return ana_fail(ctx, ANA_EDATA, "%s: tensor '%s': %s", file->path, name, problem);
}

static int read_type(struct ana_ctx *ctx, const struct ana_safetensors *file,
                     const json_t *value, struct entry *entry)
{
    const char *type = json_string_value(json_object_get(value, "dtype"));

    if (!type)
        return fail_entry(ctx, file, entry->name, "dtype is missing or no string");
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(type, types[i].name) != 0)
            continue;
        strcpy(entry->type, type);
        entry->dtype = types[i].dtype;
        return 0;
    }
    return ana_fail(ctx, ANA_EDATA, "%s: tensor '%s': dtype '%.20s' is not known",
                    file->path, entry->name, type);
}

static int read_shape(struct ana_ctx *ctx, const struct ana_safetensors *file,
                      const json_t *value, struct entry *entry)
{
    const json_t *shape = json_object_get(value, "shape");

    if (!json_is_array(shape) || json_array_size(shape) > ANA_MAX_DIMS)
        return fail_entry(ctx, file, entry->name,
                          "shape is not a list of at most 8 whole numbers");
    entry->ndim = (int32_t)json_array_size(shape);
    for (int32_t d = 0; d < entry->ndim; d++) {
        const json_t *size = json_array_get(shape, (size_t)d);

        if (!json_is_integer(size) || json_integer_value(size) < 0)
            return fail_entry(ctx, file, entry->name,
                              "shape holds something else than sizes");
        entry->shape[d] = json_integer_value(size);
    }
    return 0;
}

static int read_offsets(struct ana_ctx *ctx, const struct ana_safetensors *file,
                        const json_t *value, struct entry *entry)
{
    const json_t *offsets = json_object_get(value, "data_offsets");
    const json_t *begin = json_array_get(offsets, 0), *end = json_array_get(offsets, 1);
    int64_t count, bytes;

    if (json_array_size(offsets) != 2 || !json_is_integer(begin) || !json_is_integer(end))
        return fail_entry(ctx, file, entry->name,
                          "data_offsets are not two whole numbers");
    entry->begin = json_integer_value(begin);
    entry->end = json_integer_value(end);
    if (entry->begin < 0 || entry->end < entry->begin ||
        entry->end > file->n - file->start)
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: tensor '%s': data_offsets [%lld, %lld] are outside the file's %lld "
            "bytes of data; was it cut short?",
            file->path, entry->name, (long long)entry->begin, (long long)entry->end,
            (long long)(file->n - file->start));
    if (!ana_shape_ok(entry->dtype ? entry->dtype : ANA_U8, entry->ndim, entry->shape,
                      &count, &bytes))
        return fail_entry(ctx, file, entry->name, "its shape overflows");
    if (bytes != entry->end - entry->begin)
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: tensor '%s': shape and dtype %s need %lld bytes, data_offsets hold "
            "%lld",
            file->path, entry->name, entry->type, (long long)bytes,
            (long long)(entry->end - entry->begin));
    return 0;
}

static int read_entry(struct ana_ctx *ctx, const struct ana_safetensors *file,
                      const char *name, const json_t *value, struct entry *entry)
{
    int rc;

    entry->name = name;
    if (!json_is_object(value))
        return fail_entry(ctx, file, name, "is not described by an object");
    rc = read_type(ctx, file, value, entry);
    if (rc == 0)
        rc = read_shape(ctx, file, value, entry);
    if (rc == 0)
        rc = read_offsets(ctx, file, value, entry);
    return rc;
}

static int read_entries(struct ana_ctx *ctx, struct ana_safetensors *file)
{
    const int64_t most = (int64_t)json_object_size(file->header);
    const char *name;
    json_t *value;

    file->entry = ana_alloc(ctx, most, sizeof *file->entry);
    file->names = ana_alloc(ctx, most, sizeof *file->names);
    if (!file->entry || !file->names)
        return ANA_ERESOURCE;
    json_object_foreach(file->header, name, value)
    {
        int rc;

        if (strcmp(name, "__metadata__") == 0)
            continue;
        rc = read_entry(ctx, file, name, value, &file->entry[file->n_entries]);
        if (rc != 0)
            return rc;
        file->n_entries++;
    }
    if (file->n_entries == 0)
        return ana_fail(ctx, ANA_EDATA, "%s: holds no tensors", file->path);
    return 0;
}

static int order_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* Every byte of data belongs to one tensor. */
static int check_cover(struct ana_ctx *ctx, struct ana_safetensors *file)
{
    int64_t at = 0;

    qsort(file->entry, (size_t)file->n_entries, sizeof *file->entry, order_entries);
    for (int64_t i = 0; i < file->n_entries; i++) {
        const struct entry *entry = &file->entry[i];

        if (entry->begin < at)
            return ana_fail(ctx, ANA_EDATA,
                            "%s: tensors '%s' and '%s' overlap at byte %lld", file->path,
                            entry[-1].name, entry->name,
                            (long long)(file->start + entry->begin));
        if (entry->begin > at)
            return ana_fail(
                ctx, ANA_EDATA,
                "%s: %lld bytes before tensor '%s', at byte %lld, belong to no "
                "tensor",
                file->path, (long long)(entry->begin - at), entry->name,
                (long long)(file->start + at));
        at = entry->end;
        file->names[i] = entry->name;
    }
    if (at != file->n - file->start)
        return ana_fail(ctx, ANA_EDATA, "%s: the last %lld bytes belong to no tensor",
                        file->path, (long long)(file->n - file->start - at));
    return 0;
}

static int read_header(struct ana_ctx *ctx, struct ana_safetensors *file)
{
    uint64_t length = 0;
    json_error_t error;

    if (file->n < 8)
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: %lld bytes are too few for a safetensors file (8 and a header)",
            file->path, (long long)file->n);
    for (int i = 0; i < 8; i++)
        length |= (uint64_t)file->map[i] << 8 * i;
    if (length > (uint64_t)most_header || (int64_t)length > file->n - 8)
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: is no safetensors file, or was cut short: its first 8 bytes promise "
            "a header of %llu bytes; %lld follow, and 100000000 are allowed",
            file->path, (unsigned long long)length, (long long)(file->n - 8));
    file->start = 8 + (int64_t)length;
    file->header = json_loadb((const char *)file->map + 8, (size_t)length,
                              JSON_REJECT_DUPLICATES, &error);
    if (!file->header)
        return ana_fail(ctx, ANA_EDATA, "%s: the header is not JSON at byte %lld: %s",
                        file->path, (long long)error.position + 8, error.text);
    if (!json_is_object(file->header))
        return ana_fail(ctx, ANA_EDATA,
                        "%s: the header is a JSON list; an object was expected",
                        file->path);
    return 0;
}

int ana_safetensors_open(struct ana_ctx *ctx, const char *path,
                         struct ana_safetensors **out)
{
    struct ana_safetensors *file = ana_alloc(ctx, 1, sizeof *file);
    int rc = ANA_ERESOURCE;

    *out = NULL;
    if (!file)
        return rc;
    file->path = ana_strdup(ctx, path);
    if (file->path)
        rc = ana_file_map(ctx, path, &file->map, &file->n);
    if (rc == 0)
        rc = read_header(ctx, file);
    if (rc == 0)
        rc = read_entries(ctx, file);
    if (rc == 0)
        rc = check_cover(ctx, file);
    if (rc == 0)
        *out = file;
    else
        ana_safetensors_close(ctx, file);
    return rc;
}

void ana_safetensors_close(struct ana_ctx *ctx, struct ana_safetensors *file)
{
    if (!file)
        return;
    json_decref(file->header);
    ana_file_unmap(file->map, file->n);
    ana_free(ctx, file->entry);
    ana_free(ctx, file->names);
    ana_free(ctx, file->path);
    ana_free(ctx, file);
}

int64_t ana_safetensors_names(const struct ana_safetensors *file,
                              const char *const **names)
{
    *names = file->names;
    return file->n_entries;
}

static int fail_missing(struct ana_ctx *ctx, const struct ana_safetensors *file,
                        const char *name)
{
    const char *nearest = ana_text_nearest(name, file->names, file->n_entries);
    char *list = nearest ? NULL : ana_text_list(file->names, file->n_entries, 5);

    if (nearest)
        ana_fail(ctx, ANA_EDATA, "%s: holds no tensor '%s'; did you mean '%s'?",
                 file->path, name, nearest);
    else
        ana_fail(ctx, ANA_EDATA, "%s: holds no tensor '%s'; there are: %s", file->path,
                 name, list ? list : "?");
    free(list);
    return ANA_EDATA;
}

int ana_safetensors_get(struct ana_ctx *ctx, const struct ana_safetensors *file,
                        const char *name, struct ana_tensor *out)
{
    const struct entry *entry = file->entry, *const end = entry + file->n_entries;
    const uint8_t *data;
    int rc;

    memset(out, 0, sizeof *out);
    while (entry < end && strcmp(entry->name, name) != 0)
        entry++;
    if (entry == end)
        return fail_missing(ctx, file, name);
    if (entry->dtype == 0)
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: tensor '%s' holds %s, which is not read; save it as F16 or F32",
            file->path, name, entry->type);
    data = file->map + file->start + entry->begin;
    if ((uintptr_t)data % ana_dtype_size(entry->dtype) == 0) {
        ana_tensor_view(entry->dtype, entry->ndim, entry->shape, (void *)(uintptr_t)data,
                        out);
        out->flags |= ANA_TENSOR_READ_ONLY;
        return 0;
    }
    rc = ana_tensor_create(ctx, entry->dtype, entry->ndim, entry->shape, out);
    if (rc == 0 && entry->end > entry->begin)
        memcpy(out->data, data, (size_t)(entry->end - entry->begin));
    return rc;
}
