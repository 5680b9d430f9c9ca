/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which row is which stimulus. Rows have no names of their own, so a list must say; it
 * is never guessed from an order.
 */
#include "arrays.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const char *const lists[] = {"names.txt",   "names.tsv",   "names.npy",
                                    "stimuli.txt", "stimuli.tsv", "stimuli.npy"};
enum { N_LISTS = sizeof lists / sizeof *lists };

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static int ends_in(const char *path, const char *end)
{
    const size_t n = strlen(path), m = strlen(end);

    return n > m && strcasecmp(path + n - m, end) == 0;
}

int names_is_list(const char *path)
{
    for (int i = 0; i < N_LISTS; i++)
        if (strcmp(base_name(path), lists[i]) == 0)
            return 1;
    return 0;
}

/* Column `name` or `stimulus` of a table with a header, else its first. */
static int read_table(struct ana_ctx *ctx, const char *path, struct arrays *arrays)
{
    const int header = ends_in(path, ".tsv") || ends_in(path, ".csv");
    struct ana_table *table;
    int64_t column;
    int rc = ana_table_read(ctx, path, header, &table);

    if (rc != 0)
        return rc;
    column = ana_table_column(table, "name");
    column = column < 0 ? ana_table_column(table, "stimulus") : column;
    column = column < 0 ? 0 : column;
    arrays->names = ana_alloc(ctx, table->n_rows, sizeof *arrays->names);
    rc = arrays->names ? 0 : ANA_ERESOURCE;
    for (int64_t i = 0; rc == 0 && i < table->n_rows; i++) {
        arrays->names[i] = ana_strdup(ctx, table->cell[i * table->n_columns + column]);
        rc = arrays->names[i] ? 0 : ANA_ERESOURCE;
        arrays->n_names = i + 1;
    }
    ana_table_destroy(ctx, table);
    return rc;
}

/* The first list that exists in the folder of the data, or NULL. */
static int find_list(struct ana_ctx *ctx, struct arrays *arrays)
{
    const size_t room = strlen(arrays->folder) + 32;
    char *path = ana_alloc(ctx, (int64_t)room, 1);

    if (!path)
        return ANA_ERESOURCE;
    for (int i = 0; i < N_LISTS; i++) {
        snprintf(path, room, "%s/%s", arrays->folder, lists[i]);
        if (access(path, F_OK) != 0)
            continue;
        arrays->names_path = path;
        return 0;
    }
    ana_free(ctx, path);
    return ana_fail(ctx, ANA_EDATA,
                    "%s: nothing says which row is which stimulus; write the stimuli's "
                    "names, one a line in row order, into %s/names.txt, or set `names = "
                    "FILE`; files of one stimulus each belong in a folder for each layer",
                    arrays->layers[0].path, arrays->folder);
}

static int check_rows(struct ana_ctx *ctx, const struct arrays *arrays)
{
    for (int64_t i = 0; i < arrays->n_layers; i++) {
        const struct layer *layer = &arrays->layers[i];

        if (layer->n_files == 0 && layer->array.shape[0] != arrays->n_names)
            return ana_fail(
                ctx, ANA_EDATA,
                "%s: has %lld rows, but %s has %lld names; the first axis counts "
                "stimuli",
                layer->path, (long long)layer->array.shape[0], arrays->names_path,
                (long long)arrays->n_names);
    }
    return 0;
}

int names_read(struct ana_ctx *ctx, struct arrays *arrays, const char *path)
{
    int rc = 0;

    if (*path) {
        arrays->names_path = ana_strdup(ctx, path);
        rc = arrays->names_path ? 0 : ANA_ERESOURCE;
    } else {
        rc = find_list(ctx, arrays);
    }
    if (rc == 0 && ends_in(arrays->names_path, ".npy"))
        rc = ana_npy_read_text(ctx, arrays->names_path, &arrays->n_names, &arrays->names);
    else if (rc == 0)
        rc = read_table(ctx, arrays->names_path, arrays);
    return rc == 0 ? check_rows(ctx, arrays) : rc;
}

int names_find(struct ana_ctx *ctx, int64_t n, char *const *names, const char *id,
               const char *where, int64_t *out)
{
    int64_t first = -1, second = -1;

    for (int exact = 1; first < 0 && exact >= 0; exact--)
        for (int64_t i = 0; second < 0 && i < n; i++) {
            if (exact ? strcmp(base_name(names[i]), id) != 0
                      : !ana_name_means(names[i], id))
                continue;
            if (first < 0)
                first = i;
            else
                second = i;
        }
    *out = first;
    if (first < 0)
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: has nothing for the stimulus '%s'; its %lld names are '%s' to '%s', "
            "and names are compared without extension",
            where, id, (long long)n, n > 0 ? base_name(names[0]) : "",
            n > 0 ? base_name(names[n - 1]) : "");
    if (second >= 0)
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: has the stimulus '%s' twice, as '%s' (number %lld) and '%s' (number "
            "%lld)",
            where, id, names[first], (long long)first + 1, names[second],
            (long long)second + 1);
    return 0;
}

int names_find_all(struct ana_ctx *ctx, int64_t n, char *const *names,
                   const struct ana_batch *batch, const char *where)
{
    char list[400] = "";
    int64_t missing = 0, found;
    size_t used = 0;
    int rc = 0;

    for (int64_t i = 0; i < batch->n; i++) {
        const char *id = batch->item[i].stimulus->id;

        if (names_find(ctx, n, names, id, where, &found) == 0)
            continue;
        rc = ANA_EDATA;
        if (found >= 0) /* it is there twice */
            return rc;
        if (missing++ < 5 && used < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s",
                                     missing > 1 ? ", " : "", id);
    }
    if (missing < 2)
        return rc;
    return ana_fail(ctx, ANA_EDATA,
                    "%s: has nothing for %lld of the %lld stimuli: %s%s; names are "
                    "compared without extension",
                    where, (long long)missing, (long long)batch->n, list,
                    missing > 5 ? ", ..." : "");
}
