/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What is known of the targets beside their data: positions and regions from variables,
 * or a table of electrodes (the columns of a BIDS electrodes.tsv, and more):
 *
 *     name  x  y  z  region  hemisphere  space  status
 */
#include "data/arrays.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "data/tsv.h"

static int set_positions(struct ana_ctx *ctx, struct ana_arrays *arrays, const char *spec)
{
    const int64_t n = arrays->n_targets;
    struct ana_numbers xyz;
    int rc = ana_arrays_numbers(ctx, arrays, spec, " for the positions", &xyz), turned;

    if (rc != 0)
        return rc;
    turned = xyz.rows == 3 && xyz.columns == n && n != 3;
    if (!turned && (xyz.rows != n || xyz.columns != 3))
        rc = ana_fail(ctx, ANA_EDATA,
                      "%s: `%s` is %lld x %lld, expected a position for each of the %lld "
                      "targets: %lld x 3",
                      arrays->path[arrays->at], spec, (long long)xyz.rows,
                      (long long)xyz.columns, (long long)n, (long long)n);
    for (int64_t k = 0; rc == 0 && k < n; k++)
        for (int64_t c = 0; c < 3; c++)
            arrays->targets[k].position[c] = xyz.value[turned ? c * n + k : k * 3 + c];
    ana_numbers_finish(ctx, &xyz);
    return rc;
}

static int set_regions(struct ana_ctx *ctx, struct ana_arrays *arrays, const char *spec)
{
    struct ana_strings names;
    int rc = ana_arrays_strings(ctx, arrays, spec, " for the regions", &names);

    if (rc == 0 && names.n != arrays->n_targets)
        rc = ana_fail(ctx, ANA_EDATA, "%s: `%s` has %lld regions for %lld targets",
                      arrays->path[arrays->at], spec, (long long)names.n,
                      (long long)arrays->n_targets);
    for (int64_t k = 0; rc == 0 && k < names.n; k++) {
        arrays->targets[k].region =
            ana_arrays_keep(ctx, arrays, ana_strdup(ctx, names.item[k]));
        rc = arrays->targets[k].region ? 0 : ANA_ERESOURCE;
    }
    ana_strings_finish(ctx, &names);
    return rc;
}

int ana_arrays_set_targets(struct ana_ctx *ctx, struct ana_arrays *arrays,
                           const char *positions, const char *regions)
{
    int rc = ana_arrays_turn_to(ctx, arrays, 0);

    if (rc == 0 && positions && *positions)
        rc = set_positions(ctx, arrays, positions);
    if (rc == 0 && regions && *regions)
        rc = set_regions(ctx, arrays, regions);
    ana_arrays_shut(ctx, arrays);
    return rc;
}

int ana_arrays_set_space(struct ana_ctx *ctx, struct ana_arrays *arrays,
                         const char *space)
{
    const char *kept;

    if (!space || !*space)
        return 0;
    kept = ana_arrays_keep(ctx, arrays, ana_strdup(ctx, space));
    for (int64_t k = 0; kept && k < arrays->n_targets; k++)
        arrays->targets[k].space = kept;
    return kept ? 0 : ANA_ERESOURCE;
}

/* The table's columns by their meaning; -1 = it has none. */
struct electrodes {
    const struct ana_table *table;
    int64_t name, xyz[3], region, hemisphere, space, status;
};

static const char *cell(const struct electrodes *e, int64_t row, int64_t column)
{
    const char *text =
        column < 0 ? "" : e->table->cell[row * e->table->n_columns + column];

    return strcmp(text, "n/a") == 0 ? "" : text;
}

static int find_columns(struct ana_ctx *ctx, struct electrodes *e)
{
    static const char *const axes[] = {"x", "y", "z"};
    const struct ana_table *table = e->table;
    int n_axes = 0;

    for (int c = 0; c < 3; c++) {
        e->xyz[c] = ana_table_column(table, axes[c]);
        n_axes += e->xyz[c] >= 0;
    }
    e->name = ana_table_column(table, "name");
    e->region = ana_table_column(table, "region");
    e->hemisphere = ana_table_column(table, "hemisphere");
    e->space = ana_table_column(table, "space");
    e->status = ana_table_column(table, "status");
    if (e->name >= 0 && (n_axes == 0 || n_axes == 3))
        return 0;
    return ana_fail(ctx, ANA_EDATA,
                    e->name < 0 ? "%s: has no column `name` with the targets' names"
                                : "%s: has some of the columns x, y and z; all three "
                                  "give a position",
                    table->path);
}

/* Names are sorted by their text, equal ones by their place in the table. */
static int by_name(const void *a, const void *b)
{
    const char *const *p = *(const char *const *const *)a;
    const char *const *q = *(const char *const *const *)b;
    const int order = strcmp(*p, *q);

    return order != 0 ? order : (p > q) - (p < q);
}

static int key_to_name(const void *key, const void *element)
{
    return strcmp(key, **(const char *const *const *)element);
}

/* Rows in the order of their names; two rows of one name are refused. */
static int sort_names(struct ana_ctx *ctx, const struct electrodes *e,
                      const char *const **sorted)
{
    const struct ana_table *table = e->table;

    for (int64_t i = 0; i < table->n_rows; i++)
        sorted[i] = &table->cell[i * table->n_columns + e->name];
    qsort((void *)sorted, (size_t)table->n_rows, sizeof *sorted, by_name);
    for (int64_t i = 1; i < table->n_rows; i++)
        if (strcmp(*sorted[i - 1], *sorted[i]) == 0)
            return ana_fail(
                ctx, ANA_EDATA, "%s:%lld: a second row of '%s'; each target has one",
                table->path,
                (long long)table->line[(sorted[i] - table->cell) / table->n_columns],
                *sorted[i]);
    return 0;
}

/* row[k] of the table for target k: by name where the data name their targets, else the
 * rows are the targets. */
static int match_rows(struct ana_ctx *ctx, const struct ana_arrays *arrays,
                      const struct electrodes *e, int64_t *row)
{
    const struct ana_table *table = e->table;
    const int named =
        arrays->names[ANA_ROLE_TARGET].n > 0 || arrays->stack == ANA_ROLE_TARGET;
    const char *const **sorted = ana_alloc(ctx, table->n_rows, sizeof *sorted);
    const char **missing = ana_alloc(ctx, arrays->n_targets, sizeof *missing);
    int64_t n_missing = 0;
    int rc = sorted && missing ? sort_names(ctx, e, sorted) : ANA_ERESOURCE;

    if (rc == 0 && !named && table->n_rows != arrays->n_targets)
        rc =
            ana_fail(ctx, ANA_EDATA,
                     "%s: has %lld rows for %lld targets without names; name the "
                     "targets in `data` to pick rows by name",
                     table->path, (long long)table->n_rows, (long long)arrays->n_targets);
    for (int64_t k = 0; rc == 0 && k < arrays->n_targets; k++) {
        const char *const *const *found =
            named ? bsearch(arrays->targets[k].name, (const void *)sorted,
                            (size_t)table->n_rows, sizeof *sorted, key_to_name)
                  : NULL;

        if (named && !found)
            missing[n_missing++] = arrays->targets[k].name;
        row[k] = found ? (*found - table->cell) / table->n_columns : k;
    }
    if (n_missing > 0) {
        char *list = ana_text_list(missing, n_missing, 5);

        rc = ana_fail(ctx, ANA_EDATA, "%s: has no row for %s", table->path,
                      list ? list : "some targets");
        free(list);
    }
    ana_free(ctx, (void *)sorted);
    ana_free(ctx, missing);
    return rc;
}

/* "L" for L, left, lh ..., "R" likewise, "" for a cell that is empty; NULL otherwise. */
static const char *side(const char *text)
{
    static const char *const words[] = {"L", "l", "left",  "Left",  "lh",
                                        "R", "r", "right", "Right", "rh"};

    if (!*text)
        return "";
    for (int i = 0; i < 10; i++)
        if (strcmp(text, words[i]) == 0)
            return i < 5 ? "L" : "R";
    return NULL;
}

static const char *keep(struct ana_ctx *ctx, struct ana_arrays *arrays, const char *text)
{
    return *text ? ana_arrays_keep(ctx, arrays, ana_strdup(ctx, text)) : "";
}

static int take_row(struct ana_ctx *ctx, struct ana_arrays *arrays,
                    const struct electrodes *e, int64_t row, struct ana_target *target)
{
    const char *hemisphere = side(cell(e, row, e->hemisphere));
    int rc = 0;

    if (!hemisphere)
        return ana_fail(
            ctx, ANA_EDATA, "%s:%lld: the hemisphere is '%s', expected L, R or n/a",
            e->table->path, (long long)e->table->line[row], cell(e, row, e->hemisphere));
    target->hemisphere = hemisphere;
    target->bad = strcmp(cell(e, row, e->status), "bad") == 0;
    for (int c = 0; rc == 0 && c < 3 && e->xyz[0] >= 0; c++)
        rc = ana_table_number(ctx, e->table, row, e->xyz[c], &target->position[c]);
    if (e->region >= 0)
        target->region = keep(ctx, arrays, cell(e, row, e->region));
    if (e->space >= 0)
        target->space = keep(ctx, arrays, cell(e, row, e->space));
    if (rc == 0 && arrays->names[ANA_ROLE_TARGET].n == 0 &&
        arrays->stack != ANA_ROLE_TARGET)
        target->name = keep(ctx, arrays, cell(e, row, e->name));
    if (rc == 0 && (!target->region || !target->space || !target->name))
        rc = ANA_ERESOURCE;
    return rc;
}

static int set_table(struct ana_ctx *ctx, struct ana_arrays *arrays, const char *path)
{
    struct ana_table *table = NULL;
    struct electrodes e = {0};
    int64_t *row = ana_alloc(ctx, arrays->n_targets, sizeof *row);
    int rc = row ? ana_table_read(ctx, path, 1, &table) : ANA_ERESOURCE;

    e.table = table;
    if (rc == 0)
        rc = find_columns(ctx, &e);
    if (rc == 0)
        rc = match_rows(ctx, arrays, &e, row);
    for (int64_t k = 0; rc == 0 && k < arrays->n_targets; k++)
        rc = take_row(ctx, arrays, &e, row[k], &arrays->targets[k]);
    ana_table_destroy(ctx, table);
    ana_free(ctx, row);
    return rc;
}

int ana_arrays_set_table(struct ana_ctx *ctx, struct ana_arrays *arrays,
                         const char *table)
{
    char *path = NULL;
    int rc;

    if (!table || !*table)
        return 0;
    rc = ana_arrays_turn_to(ctx, arrays, 0);
    if (rc == 0) {
        path = ana_arrays_beside(ctx, arrays, table);
        if (!path)
            rc = ana_fail(ctx, ANA_EDATA, "%s: no table of targets `%s` lies beside it",
                          arrays->path[0], table);
    }
    if (rc == 0)
        rc = set_table(ctx, arrays, path);
    ana_free(ctx, path);
    ana_arrays_shut(ctx, arrays);
    return rc;
}
