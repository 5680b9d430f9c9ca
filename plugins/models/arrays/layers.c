/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which arrays are layers: every .npy file, every tensor of a .safetensors file, every
 * folder with one .npy file a stimulus. Headers are read here, numbers when they are
 * asked for.
 */
#include "arrays.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static int ends_in(const char *path, const char *end)
{
    const size_t n = strlen(path), m = strlen(end);

    return n > m && strcasecmp(path + n - m, end) == 0;
}

static int is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static char *join(struct ana_ctx *ctx, const char *folder, const char *name)
{
    const size_t n = strlen(folder) + strlen(name) + 2;
    char *path = ana_alloc(ctx, (int64_t)n, 1);

    if (path)
        snprintf(path, n, "%s/%s", folder, name);
    return path;
}

static void free_list(struct ana_ctx *ctx, int64_t n, char **list)
{
    for (int64_t i = 0; list && i < n; i++)
        ana_free(ctx, list[i]);
    ana_free(ctx, list);
}

static int order_paths(const void *a, const void *b)
{
    return strverscmp(*(const char *const *)a, *(const char *const *)b);
}

/* What stands in a folder, hidden files apart, as paths in natural order. */
static int list_folder(struct ana_ctx *ctx, const char *folder, int64_t *n, char ***out)
{
    struct dirent **found;
    const int count = scandir(folder, &found, NULL, NULL);
    int rc = 0;

    *n = 0;
    *out = NULL;
    if (count < 0)
        return ana_fail(ctx, ANA_EDATA, "%s: the folder cannot be listed: %s", folder,
                        strerror(errno));
    *out = ana_alloc(ctx, count, sizeof **out);
    rc = *out ? 0 : ANA_ERESOURCE;
    for (int i = 0; i < count; i++) {
        if (rc == 0 && found[i]->d_name[0] != '.') {
            (*out)[*n] = join(ctx, folder, found[i]->d_name);
            rc = (*out)[*n] ? 0 : ANA_ERESOURCE;
            *n += rc == 0;
        }
        free(found[i]);
    }
    free(found);
    if (rc != 0)
        free_list(ctx, *n, *out);
    else
        qsort(*out, (size_t)*n, sizeof **out, order_paths);
    return rc;
}

/* File name without folder and extension; a folder's and a tensor's name stays whole. */
static char *make_id(struct ana_ctx *ctx, const char *path, int cut)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    char *id = ana_strdup(ctx, name), *dot = id ? strrchr(id, '.') : NULL;

    if (cut && dot && dot != id)
        *dot = 0;
    return id;
}

/* Another layer, zeroed, at the end of the list; NULL if there is no memory. */
static struct layer *add_layer(struct ana_ctx *ctx, struct arrays *arrays, char *take_id,
                               const char *path)
{
    struct layer *layer;

    if (arrays->n_layers == arrays->room) {
        const int64_t room = arrays->room ? 2 * arrays->room : 16;

        layer = ana_alloc(ctx, room, sizeof *layer);
        if (!layer || !take_id) {
            ana_free(ctx, layer);
            ana_free(ctx, take_id);
            return NULL;
        }
        if (arrays->n_layers > 0)
            memcpy(layer, arrays->layers, (size_t)arrays->n_layers * sizeof *layer);
        ana_free(ctx, arrays->layers);
        arrays->layers = layer;
        arrays->room = room;
    }
    layer = &arrays->layers[arrays->n_layers++];
    layer->id = take_id;
    layer->path = ana_strdup(ctx, path);
    return layer->id && layer->path ? layer : NULL;
}

/* The units of a sample from a shape whose first `skip` axes are stimuli and time. */
static int take_units(struct ana_ctx *ctx, const struct arrays *arrays,
                      struct layer *layer, const char *path, int32_t skip, int32_t ndim,
                      const int64_t *shape)
{
    const char *axes = arrays->rate > 0
                           ? skip == 2 ? "stimuli x time x units" : "time x units"
                       : skip == 1 ? "stimuli x units"
                                   : "units";

    if (ndim < skip || ndim < 1 || ndim - skip > 4)
        return ana_fail(ctx, ANA_EDATA, "%s: has %d axes; expected %s%s", path, ndim,
                        axes,
                        arrays->rate > 0 ? " because `rate` is set"
                                         : " (a time axis needs `rate = N Hz`)");
    layer->ndim = ndim > skip ? ndim - skip : 1;
    layer->shape[0] = 1;
    layer->units = 1;
    for (int32_t d = skip; d < ndim; d++) {
        layer->shape[d - skip] = shape[d];
        layer->units *= shape[d];
    }
    for (int32_t d = 0; d < ndim; d++)
        if (shape[d] < 1)
            return ana_fail(ctx, ANA_EDATA, "%s: axis %d has no elements", path, d);
    return 0;
}

static int add_npy(struct ana_ctx *ctx, struct arrays *arrays, const char *path)
{
    struct layer *layer = add_layer(ctx, arrays, make_id(ctx, path, 1), path);
    int rc = layer ? ana_npy_read(ctx, path, &layer->array) : ANA_ERESOURCE;

    if (rc != 0)
        return rc;
    return take_units(ctx, arrays, layer, path, arrays->rate > 0 ? 2 : 1,
                      layer->array.ndim, layer->array.shape);
}

/* Each tensor is a layer. Its id is its name, or the file's if it is alone there. */
static int add_safetensors(struct ana_ctx *ctx, struct arrays *arrays, const char *path)
{
    struct ana_safetensors **grown =
        ana_alloc(ctx, arrays->n_safetensors + 1, sizeof *grown);
    const char *const *names;
    int64_t n;
    int rc;

    if (!grown)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < arrays->n_safetensors; i++)
        grown[i] = arrays->safetensors[i];
    ana_free(ctx, arrays->safetensors);
    arrays->safetensors = grown;
    rc = ana_safetensors_open(ctx, path, &grown[arrays->n_safetensors]);
    if (rc != 0)
        return rc;
    n = ana_safetensors_names(grown[arrays->n_safetensors], &names);
    for (int64_t i = 0; rc == 0 && i < n; i++) {
        char *id = n > 1 ? ana_strdup(ctx, names[i]) : make_id(ctx, path, 1);
        struct layer *layer = add_layer(ctx, arrays, id, path);

        rc = layer ? ana_safetensors_get(ctx, grown[arrays->n_safetensors], names[i],
                                         &layer->array)
                   : ANA_ERESOURCE;
        if (rc == 0)
            rc = take_units(ctx, arrays, layer, path, arrays->rate > 0 ? 2 : 1,
                            layer->array.ndim, layer->array.shape);
    }
    arrays->n_safetensors++;
    return rc;
}

/* All files of one layer must have the units of its first. */
static int check_files(struct ana_ctx *ctx, const struct arrays *arrays,
                       struct layer *layer)
{
    const int32_t skip = arrays->rate > 0 ? 1 : 0;
    int64_t shape[ANA_MAX_DIMS], units;
    int32_t dtype, ndim;

    for (int64_t i = 0; i < layer->n_files; i++) {
        int rc = ana_npy_shape(ctx, layer->files[i], &dtype, &ndim, shape);

        units = layer->units;
        if (rc == 0)
            rc = take_units(ctx, arrays, layer, layer->files[i], skip, ndim, shape);
        if (rc == 0 && i > 0 && layer->units != units)
            rc = ana_fail(ctx, ANA_EDATA, "%s: has %lld units, %s has %lld",
                          layer->files[i], (long long)layer->units, layer->files[0],
                          (long long)units);
        if (rc != 0)
            return rc;
    }
    return 0;
}

/* A folder is a layer if it holds .npy files. */
static int add_folder(struct ana_ctx *ctx, struct arrays *arrays, const char *path)
{
    struct layer *layer;
    char **files;
    int64_t n, kept = 0;
    int rc = list_folder(ctx, path, &n, &files);

    if (rc != 0)
        return rc;
    for (int64_t i = 0; i < n; i++) {
        if (ends_in(files[i], ".npy") && !names_is_list(files[i]))
            files[kept++] = files[i];
        else
            ana_free(ctx, files[i]);
    }
    layer = kept > 0 ? add_layer(ctx, arrays, make_id(ctx, path, 0), path) : NULL;
    if (!layer) {
        free_list(ctx, kept, files);
        return kept > 0 ? ANA_ERESOURCE : 0;
    }
    layer->files = files;
    layer->n_files = kept;
    return check_files(ctx, arrays, layer);
}

static int add_path(struct ana_ctx *ctx, struct arrays *arrays, const char *path)
{
    if (is_folder(path))
        return add_folder(ctx, arrays, path);
    if (names_is_list(path))
        return 0;
    if (ends_in(path, ".npy"))
        return add_npy(ctx, arrays, path);
    if (ends_in(path, ".safetensors"))
        return add_safetensors(ctx, arrays, path);
    return 0;
}

static int order_layers(const void *a, const void *b)
{
    return strverscmp(((const struct layer *)a)->id, ((const struct layer *)b)->id);
}

static int check_ids(struct ana_ctx *ctx, const struct arrays *arrays)
{
    for (int64_t i = 1; i < arrays->n_layers; i++) {
        const struct layer *layer = &arrays->layers[i];

        if (strcmp(layer[-1].id, layer->id) == 0)
            return ana_fail(ctx, ANA_EDATA, "two layers would be called '%s': %s and %s",
                            layer->id, layer[-1].path, layer->path);
    }
    return 0;
}

/* The folder itself, or the one that a file or glob stands in. */
static char *folder_of(struct ana_ctx *ctx, const char *data)
{
    char *folder = ana_strdup(ctx, data), *slash;

    if (!folder || is_folder(data))
        return folder;
    slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder] = 0;
    else
        strcpy(folder, "."); /* data has at least one letter */
    return folder;
}

int layers_open(struct ana_ctx *ctx, struct arrays *arrays, const char *data)
{
    char **paths = NULL;
    struct stat st;
    int64_t n;
    int rc;

    arrays->folder = *data ? folder_of(ctx, data) : NULL;
    if (!arrays->folder)
        return *data ? ANA_ERESOURCE : ana_fail(ctx, ANA_EPARAM, "`data` is empty");
    if (is_folder(data)) {
        rc = list_folder(ctx, data, &n, &paths);
    } else if (stat(data, &st) == 0) {
        n = 0;
        rc = add_path(ctx, arrays, data);
    } else {
        rc = ana_file_glob(ctx, data, &n, &paths);
        if (rc == 0 && n == 0)
            rc = ana_fail(ctx, ANA_EDATA,
                          "%s: there is no such file or folder, and nothing "
                          "matches it as a pattern",
                          data);
    }
    for (int64_t i = 0; rc == 0 && i < n; i++)
        rc = add_path(ctx, arrays, paths[i]);
    free_list(ctx, n, paths);
    if (rc == 0 && arrays->n_layers == 0)
        rc = ana_fail(
            ctx, ANA_EDATA,
            "%s: holds no layers: no .npy or .safetensors file, and no folder with .npy "
            "files",
            data);
    if (rc != 0)
        return rc;
    qsort(arrays->layers, (size_t)arrays->n_layers, sizeof *arrays->layers, order_layers);
    return check_ids(ctx, arrays);
}

void layers_close(struct ana_ctx *ctx, struct arrays *arrays)
{
    for (int64_t i = 0; i < arrays->n_layers; i++) {
        struct layer *layer = &arrays->layers[i];

        ana_tensor_finish(&layer->array);
        free_list(ctx, layer->n_files, layer->files);
        ana_free(ctx, layer->id);
        ana_free(ctx, layer->path);
    }
    for (int64_t i = 0; i < arrays->n_safetensors; i++)
        ana_safetensors_close(ctx, arrays->safetensors[i]);
    ana_free(ctx, arrays->safetensors);
    ana_free(ctx, arrays->layers);
    ana_free(ctx, arrays->folder);
}
