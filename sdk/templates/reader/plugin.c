/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Tables with tabs: the column `stimulus`, then a target each. See <anaflow/reader.h>.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <anaflow/anaflow.h>

/* What INI files may set in [brain NAME]; anaflow checks it and fills in defaults. */
static const struct ana_param params[] = {
    {sizeof *params, ANA_PARAM_REAL, .name = "scale", .fallback = "1", .min = -1e9,
     .max = 1e9, .help = "factor of every value"},
};

struct recording {
    struct ana_table *table;
    struct ana_run run;
    struct ana_target *targets;
    const char **rows;
    double scale;
};

/* From 0 (not mine) to 100: who is surest reads the file. */
static int probe(struct ana_ctx *ctx, const struct ana_source *source,
                 int32_t *confidence)
{
    char head[9] = "";
    FILE *file = source->n_files == 1 ? fopen(source->files[0], "rb") : NULL;
    (void)ctx;
    if (file && fread(head, 1, 8, file) == 8 && strcmp(head, "stimulus") == 0)
        *confidence = 40;
    if (file)
        fclose(file);
    return ANA_OK;
}

/* *self goes to close, also where this fails. */
static int open(struct ana_ctx *ctx, const struct ana_params *p,
                const struct ana_source *source, void **self)
{
    struct recording *r = *self = ana_alloc(ctx, 1, sizeof *r); /* zeroed */
    int rc = r ? ana_table_read(ctx, source->files[0], 1, &r->table) : ANA_ERESOURCE;
    const struct ana_table *t;

    if (rc != ANA_OK)
        return rc;
    t = r->table;
    if (t->n_columns < 2 || strcmp(t->column[0], "stimulus") != 0)
        return ana_fail(ctx, ANA_EDATA, "%s:1: expected 'stimulus' and then a target a "
                        "column, found '%s' first", t->path, t->column[0]);
    r->targets = ana_alloc(ctx, t->n_columns - 1, sizeof *r->targets);
    r->rows = ana_alloc(ctx, t->n_rows, sizeof *r->rows);
    if (!r->targets || !r->rows)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < t->n_columns - 1; i++)
        r->targets[i] = (struct ana_target){
            .size = sizeof *r->targets, .name = t->column[i + 1], .region = "",
            .space = "", .hemisphere = "", .position = {NAN, NAN, NAN}};
    for (int64_t i = 0; i < t->n_rows; i++)
        r->rows[i] = t->cell[i * t->n_columns];
    r->scale = ana_param_real(p, "scale");
    r->run = (struct ana_run){.size = sizeof r->run, .id = "1", .n = t->n_rows};
    return ANA_OK;
}

static int describe(struct ana_ctx *ctx, void *self, struct ana_recording_info *info)
{
    const struct recording *r = self;
    (void)ctx;
    *info = (struct ana_recording_info){
        .size = sizeof *info, .layout = ANA_LAYOUT_ROWS, .unit = "", .n_runs = 1,
        .runs = &r->run, .n_targets = r->table->n_columns - 1, .targets = r->targets,
        .n_rows = r->table->n_rows, .row_names = r->rows, .block = r->table->n_rows};
    return ANA_OK;
}

/* Rows first .. first + n of the chosen targets (NULL = all) into out, n x targets. */
static int read(struct ana_ctx *ctx, void *self, int64_t run, int64_t first, int64_t n,
                const int64_t *targets, int64_t n_targets, struct ana_tensor *out)
{
    const struct recording *r = self;
    int rc = run != 0 || first < 0 || n < 0 || n > r->run.n - first ? ANA_EPARAM : ANA_OK;
    for (int64_t k = 0; targets && k < n_targets; k++)
        rc = targets[k] < 0 || targets[k] >= r->table->n_columns - 1 ? ANA_EPARAM : rc;
    if (rc != ANA_OK)
        return ana_fail(ctx, rc, "%s has no such block", r->table->path);
    for (int64_t i = 0; rc == ANA_OK && i < n * n_targets; i++) {
        const int64_t row = i / n_targets, k = i % n_targets, t = targets ? targets[k] : k;
        const int64_t at = row * out->strides[0] + k * out->strides[1];
        double value = 0;
        rc = ana_table_number(ctx, r->table, first + row, 1 + t, &value);
        if (out->dtype == ANA_F32)
            ((float *)out->data)[at] = (float)(r->scale * value);
        else
            ((double *)out->data)[at] = r->scale * value;
    }
    return rc;
}

static void close(struct ana_ctx *ctx, void *self)
{
    struct recording *r = self;
    if (!r) return;
    ana_table_destroy(ctx, r->table);
    ana_free(ctx, r->targets);
    ana_free(ctx, r->rows);
    ana_free(ctx, r);
}

static const struct ana_reader_vt table = {.size = sizeof table, .probe = probe,
    .open = open, .describe = describe, .read = read, .close = close};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_READER), .id = "@name@", .version = "1.0",
    .summary = "Responses in a table: a stimulus a row, a target a column",
    .licence = "BSD-3-Clause", .citation = "",
    .params = params, .n_params = sizeof params / sizeof *params, .reader = &table};
