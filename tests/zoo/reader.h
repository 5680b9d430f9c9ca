/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A reader that keeps all rules, of tables: a stimulus a row, a target a column. An animal
 * defines one of the places below before it includes this.
 */
#ifndef TESTS_ZOO_READER_H
#define TESTS_ZOO_READER_H

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <anaflow/files.h>
#include <anaflow/reader.h>

#include "tests/zoo/zoo.h"

#ifndef ZOO_ROWS /* rows that a read of n gives */
#define ZOO_ROWS(n) (n)
#endif
#ifndef ZOO_FIRST /* where a read from `first` begins */
#define ZOO_FIRST(first) (first)
#endif
#ifndef ZOO_MAP_REFUSED /* with path, rc: where a map could not be written */
#define ZOO_MAP_REFUSED                                                                  \
    remove(path);                                                                        \
    return rc
#endif
#ifndef ZOO_OPENED /* with r: once a table is open */
#define ZOO_OPENED
#endif
#ifndef ZOO_READING /* with r, run, first, n: before a read */
#define ZOO_READING
#endif

struct zoo_reader {
    struct ana_table *table;
    struct ana_run run;
    struct ana_target *targets;
    const char **rows;
};

static int zoo_probe(struct ana_ctx *ctx, const struct ana_source *source,
                     int32_t *confidence)
{
    const size_t n = source->n_files > 0 ? strlen(source->files[0]) : 0;

    (void)ctx;
    *confidence = n > 4 && strcmp(source->files[0] + n - 4, ".tsv") == 0 ? 50 : 0;
    return 0;
}

static void zoo_close_reader(struct ana_ctx *ctx, void *self)
{
    struct zoo_reader *r = self;

    if (!r)
        return;
    ana_table_destroy(ctx, r->table);
    ana_free(ctx, r->targets);
    ana_free(ctx, r->rows);
    ana_free(ctx, r);
}

static int zoo_open_reader(struct ana_ctx *ctx, const struct ana_params *params,
                           const struct ana_source *source, void **self)
{
    struct zoo_reader *r = *self = ana_alloc(ctx, 1, sizeof *r);
    int rc = r ? ana_table_read(ctx, source->files[0], 1, &r->table) : ANA_ERESOURCE;

    (void)params;
    if (rc != 0)
        return rc;
    ZOO_OPENED;
    if (r->table->n_columns < 2)
        return ana_fail(ctx, ANA_EDATA, "%s: has no targets", source->files[0]);
    r->targets = ana_alloc(ctx, r->table->n_columns - 1, sizeof *r->targets);
    r->rows = ana_alloc(ctx, r->table->n_rows, sizeof *r->rows);
    if (!r->targets || !r->rows)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < r->table->n_columns - 1; i++)
        r->targets[i] = (struct ana_target){.size = sizeof *r->targets,
                                            .name = r->table->column[i + 1],
                                            .region = "",
                                            .space = "",
                                            .hemisphere = "",
                                            .position = {NAN, NAN, NAN}};
    for (int64_t i = 0; i < r->table->n_rows; i++)
        r->rows[i] = r->table->cell[i * r->table->n_columns];
    r->run = (struct ana_run){.size = sizeof r->run, .id = "1", .n = r->table->n_rows};
    return 0;
}

static int zoo_describe_reader(struct ana_ctx *ctx, void *self,
                               struct ana_recording_info *info)
{
    const struct zoo_reader *r = self;

    (void)ctx;
    *info = (struct ana_recording_info){.size = sizeof *info,
                                        .layout = ANA_LAYOUT_ROWS,
                                        .unit = "",
                                        .n_runs = 1,
                                        .runs = &r->run,
                                        .n_targets = r->table->n_columns - 1,
                                        .targets = r->targets,
                                        .n_rows = r->table->n_rows,
                                        .row_names = r->rows,
                                        .block = r->table->n_rows};
    return 0;
}

static int zoo_read(struct ana_ctx *ctx, void *self, int64_t run, int64_t first,
                    int64_t n, const int64_t *targets, int64_t n_targets,
                    struct ana_tensor *out)
{
    const struct zoo_reader *r = self;
    int rc = 0;

    ZOO_READING;
#ifndef ZOO_WITHOUT_CHECK
    if (run != 0 || first < 0 || n < 0 || n > r->table->n_rows - first)
        return ana_fail(ctx, ANA_EPARAM, "there are no such rows");
    for (int64_t k = 0; targets && k < n_targets; k++)
        if (targets[k] < 0 || targets[k] >= r->table->n_columns - 1)
            return ana_fail(ctx, ANA_EPARAM, "there is no such target");
#endif
    (void)run;
    if (n < 0 || n > r->table->n_rows) /* what the memory behind out could not hold */
        n = 0;
    for (int64_t i = 0; rc == 0 && i < ZOO_ROWS(n) * n_targets; i++) {
        const int64_t row = i / n_targets, k = i % n_targets;
        const int64_t from = (ZOO_FIRST(first) + row) % r->table->n_rows;
        double value = 0;

        rc =
            ana_table_number(ctx, r->table, from, 1 + (targets ? targets[k] : k), &value);
        if (out->dtype == ANA_F32)
            ((float *)out->data)[row * out->strides[0] + k * out->strides[1]] =
                (float)value;
        else
            ((double *)out->data)[row * out->strides[0] + k * out->strides[1]] = value;
    }
    return rc;
}

/* A value a line; that there are too many or too few shows at the end. */
static int zoo_write(struct ana_ctx *ctx, void *self, const struct ana_tensor *map,
                     const char *path)
{
    const struct zoo_reader *r = self;
    FILE *file = fopen(path, "we");
    int rc = 0;

    if (!file)
        return ana_fail(ctx, ANA_ERESOURCE, "%s cannot be written", path);
    for (int64_t i = 0; i < ana_tensor_count(map); i++)
        fprintf(file, "%.9g\n", ana_tensor_get(map, i));
    if (ana_tensor_count(map) != r->table->n_columns - 1)
        rc = ana_fail(ctx, ANA_ESHAPE, "%s: a map has a value a target", path);
    fclose(file);
    if (rc != 0) {
        ZOO_MAP_REFUSED;
    }
    return 0;
}

static const struct ana_reader_vt zoo_table = {.size = sizeof zoo_table,
                                               .probe = zoo_probe,
                                               .open = zoo_open_reader,
                                               .describe = zoo_describe_reader,
                                               .read = zoo_read,
                                               .write = zoo_write,
                                               .close = zoo_close_reader};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_READER), ZOO_NAMES(ZOO_ID), .reader = &zoo_table};

#endif
