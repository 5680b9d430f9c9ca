/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A table as an array: rows are samples, columns of numbers are targets, the header
 * names them. The first column names the rows (or gives their seconds) if it holds
 * text or is called so; other columns of text are labels, read by their name only.
 */
#include "file.h"

#include <math.h>
#include <string.h>

/* 1 if every cell is a number or missing, 0 if none is a number, -1 if some are. */
static int column_kind(struct ana_ctx *ctx, const struct ana_table *table, int64_t column)
{
    int64_t numbers = 0, words = 0;
    double value;

    for (int64_t i = 0; i < table->n_rows; i++) {
        const int rc = ana_table_number(ctx, table, i, column, &value);

        words += rc != 0;
        numbers += rc == 0 && !isnan(value);
    }
    return words == 0 ? 1 : numbers == 0 ? 0 : -1;
}

static int is_name_of_rows(const char *header)
{
    static const char *const known[] = {"",   "stimulus", "item",  "trial",     "name",
                                        "id", "time",     "index", "Unnamed: 0"};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(header, known[i]) == 0)
            return 1;
    return 0;
}

int table_open(struct ana_ctx *ctx, struct file *file)
{
    const struct ana_table *table = file->table;

    file->number = ana_alloc(ctx, table->n_columns, sizeof *file->number);
    if (!file->number)
        return ANA_ERESOURCE;
    for (int64_t c = 0; c < table->n_columns; c++) {
        const int kind = column_kind(ctx, table, c);

        if (c == 0 && (kind <= 0 || is_name_of_rows(table->column[0])))
            file->names_first = 1;
        else if (kind != 0) /* one that mixes both is refused, with its line, when read */
            file->number[file->n_numbers++] = c;
    }
    return 0;
}

static int find_column(struct ana_ctx *ctx, const struct file *file, const char *name,
                       int64_t *column)
{
    *column = ana_table_column(file->table, name);
    if (*column >= 0)
        return 0;
    return ana_fail(ctx, ANA_EDATA, "%s: has no column `%s`", file->path, name);
}

static int is_text(const struct file *file, int64_t column)
{
    for (int64_t i = 0; i < file->n_numbers; i++)
        if (file->number[i] == column)
            return 0;
    return 1;
}

int table_shape(struct ana_ctx *ctx, const struct file *file, const char *name,
                int32_t *dtype, int32_t *ndim, int64_t *shape)
{
    int64_t column;
    int rc;

    *dtype = ANA_F64;
    *ndim = name ? 1 : 2;
    shape[0] = file->table->n_rows;
    if (name) {
        rc = find_column(ctx, file, name, &column);
        /* the first column may be both: names of the rows, and seconds */
        if (rc == 0 && is_text(file, column) &&
            (column > 0 || column_kind(ctx, file->table, 0) != 1))
            *dtype = 0;
        return rc;
    }
    shape[1] = file->n_numbers;
    if (file->n_numbers == 0)
        return ana_fail(ctx, ANA_EDATA,
                        "%s:1: has no column of numbers behind its first one, `%s`",
                        file->path, file->table->column[0]);
    return 0;
}

int table_load(struct ana_ctx *ctx, const struct file *file, const char *name,
               struct ana_tensor *out)
{
    const int64_t n_columns = name ? 1 : file->n_numbers;
    int64_t one = 0;
    int rc = name ? find_column(ctx, file, name, &one) : 0;

    for (int64_t i = 0; rc == 0 && i < file->table->n_rows * n_columns; i++) {
        double value;

        rc = ana_table_number(ctx, file->table, i / n_columns,
                              name ? one : file->number[i % n_columns], &value);
        if (out->dtype == ANA_F64)
            ((double *)out->data)[i] = value;
        else
            ((float *)out->data)[i] = (float)value;
    }
    return rc;
}

static int copy_strings(struct ana_ctx *ctx, int64_t n, const char *const *from,
                        int64_t step, int64_t *n_out, char ***strings)
{
    *n_out = 0;
    *strings = ana_alloc(ctx, n, sizeof **strings);
    if (!*strings)
        return ANA_ERESOURCE;
    for (*n_out = 0; *n_out < n; ++*n_out) {
        (*strings)[*n_out] = ana_strdup(ctx, from[*n_out * step]);
        if ((*strings)[*n_out])
            continue;
        while (*n_out > 0)
            ana_free(ctx, (*strings)[--*n_out]);
        ana_free(ctx, *strings);
        *strings = NULL;
        return ANA_ERESOURCE;
    }
    return 0;
}

int table_text(struct ana_ctx *ctx, const struct file *file, const char *name, int64_t *n,
               char ***strings)
{
    const struct ana_table *table = file->table;
    int64_t column = 0;
    int rc = name ? find_column(ctx, file, name, &column) : 0;

    return rc == 0 ? copy_strings(ctx, table->n_rows, table->cell + column,
                                  table->n_columns, n, strings)
                   : rc;
}

int table_names(struct ana_ctx *ctx, const struct file *file, const char *name,
                int32_t dim, int64_t *n, char ***names)
{
    const struct ana_table *table = file->table;
    const char **header;
    int rc;

    *n = 0;
    *names = NULL;
    if (dim == 0)
        return file->names_first ? copy_strings(ctx, table->n_rows, table->cell,
                                                table->n_columns, n, names)
                                 : 0;
    if (name || dim != 1)
        return 0;
    header = ana_alloc(ctx, file->n_numbers, sizeof *header);
    if (!header)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < file->n_numbers; i++)
        header[i] = table->column[file->number[i]];
    rc = copy_strings(ctx, file->n_numbers, header, 1, n, names);
    ana_free(ctx, header);
    return rc;
}
