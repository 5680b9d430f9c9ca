/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A list of names or numbers in a file of its own: lines of a .txt, an .npy, a column
 * of a .tsv or .csv.
 */
#include "data/lists.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/file.h"
#include "base/text.h"
#include "data/npy.h"
#include "data/tsv.h"

enum { LIST_BYTES = 64 << 20 };

void ana_strings_finish(struct ana_ctx *ctx, struct ana_strings *strings)
{
    for (int64_t i = 0; i < strings->n && strings->item; i++)
        ana_free(ctx, strings->item[i]);
    ana_free(ctx, strings->item);
    memset(strings, 0, sizeof *strings);
}

void ana_numbers_finish(struct ana_ctx *ctx, struct ana_numbers *numbers)
{
    ana_free(ctx, numbers->value);
    memset(numbers, 0, sizeof *numbers);
}

static int has_extension(const char *path, const char *extension)
{
    const size_t n = strlen(path), k = strlen(extension);

    return n > k && strcasecmp(path + n - k, extension) == 0;
}

static int make_strings(struct ana_ctx *ctx, int64_t n, struct ana_strings *out)
{
    out->item = ana_alloc(ctx, n, sizeof *out->item);
    out->n = out->item ? n : 0;
    return out->item ? 0 : ANA_ERESOURCE;
}

/* Lines without their ends; an empty last line is none. */
static int read_lines(struct ana_ctx *ctx, const char *path, struct ana_strings *out)
{
    int64_t n_bytes, n = 0, i = 0;
    char *data, *rest, *line;
    int rc = ana_file_read(ctx, path, LIST_BYTES, &data, &n_bytes);

    if (rc != 0)
        return rc;
    if ((int64_t)strlen(data) != n_bytes) {
        ana_free(ctx, data);
        return ana_fail(ctx, ANA_EDATA,
                        "%s: is not a list of names: it holds a zero byte", path);
    }
    for (const char *p = data; *p; p++)
        n += *p == '\n' || p[1] == 0;
    rc = make_strings(ctx, n, out);
    rest = data;
    while (rc == 0 && i < n) {
        line = strsep(&rest, "\n");
        line[strcspn(line, "\r")] = 0;
        if (*line == 0)
            rc = ana_fail(ctx, ANA_EDATA, "%s:%lld: is an empty line, expected a name",
                          path, (long long)i + 1);
        else if (!(out->item[i++] = ana_strdup(ctx, line)))
            rc = ANA_ERESOURCE;
    }
    ana_free(ctx, data);
    if (rc != 0)
        ana_strings_finish(ctx, out);
    return rc;
}

/* The column that `item` names, else the first. */
static int find_column(struct ana_ctx *ctx, const struct ana_table *table,
                       const char *item, int64_t *column)
{
    char *list;

    *column = item ? ana_table_column(table, item) : 0;
    if (*column >= 0 && *column < table->n_columns)
        return 0;
    list = ana_text_list(table->column, table->n_columns, 12);
    ana_fail(ctx, ANA_EDATA, "%s: has no column `%s`; it has %s", table->path,
             item ? item : "1", list ? list : "");
    free(list);
    return ANA_EDATA;
}

static int read_column(struct ana_ctx *ctx, const char *path, const char *item,
                       struct ana_strings *out)
{
    struct ana_table *table = NULL;
    int64_t column;
    int rc = ana_table_read(ctx, path, 1, &table);

    if (rc == 0)
        rc = find_column(ctx, table, item, &column);
    if (rc == 0)
        rc = make_strings(ctx, table->n_rows, out);
    for (int64_t i = 0; rc == 0 && i < table->n_rows; i++) {
        out->item[i] = ana_strdup(ctx, table->cell[i * table->n_columns + column]);
        rc = out->item[i] ? 0 : ANA_ERESOURCE;
    }
    ana_table_destroy(ctx, table);
    if (rc != 0)
        ana_strings_finish(ctx, out);
    return rc;
}

/* The columns x, y and z where no column is named and all are there, else one. */
static int read_number_columns(struct ana_ctx *ctx, const char *path, const char *item,
                               struct ana_numbers *out)
{
    struct ana_table *table = NULL;
    int64_t column[3] = {0}, n = 1;
    int rc = ana_table_read(ctx, path, 1, &table);

    if (rc != 0)
        return rc;
    if (!item && ana_table_column(table, "x") >= 0 && ana_table_column(table, "y") >= 0 &&
        ana_table_column(table, "z") >= 0) {
        for (int i = 0; i < 3; i++)
            column[i] = ana_table_column(table, (const char *[]){"x", "y", "z"}[i]);
        n = 3;
    } else {
        rc = find_column(ctx, table, item, &column[0]);
    }
    out->rows = table->n_rows;
    out->columns = n;
    out->precision = DBL_EPSILON;
    out->value = rc == 0 ? ana_alloc(ctx, n * table->n_rows, sizeof *out->value) : NULL;
    rc = rc == 0 && !out->value ? ANA_ERESOURCE : rc;
    for (int64_t i = 0; rc == 0 && i < n * table->n_rows; i++)
        rc = ana_table_number(ctx, table, i / n, column[i % n], &out->value[i]);
    ana_table_destroy(ctx, table);
    if (rc != 0)
        ana_numbers_finish(ctx, out);
    return rc;
}

int ana_strings_to_numbers(struct ana_ctx *ctx, const char *path,
                           const struct ana_strings *strings, struct ana_numbers *out)
{
    out->rows = strings->n;
    out->columns = 1;
    out->precision = DBL_EPSILON;
    out->value = ana_alloc(ctx, strings->n, sizeof *out->value);
    if (!out->value)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < strings->n; i++) {
        if (ana_text_to_double(strings->item[i], &out->value[i]))
            continue;
        ana_numbers_finish(ctx, out);
        return ana_fail(ctx, ANA_EDATA, "%s: entry %lld is `%.60s`, expected a number",
                        path, (long long)i + 1, strings->item[i]);
    }
    return 0;
}

const char *ana_shape_text(int32_t ndim, const int64_t *shape, char buffer[192])
{
    size_t n = 0;

    snprintf(buffer, 192, "a single number");
    for (int32_t i = 0; i < ndim && n < 192; i++)
        n += (size_t)snprintf(buffer + n, 192 - n, "%s%lld", i ? " x " : "",
                              (long long)shape[i]);
    return buffer;
}

int ana_numbers_shape(struct ana_ctx *ctx, const char *path, const char *name,
                      int32_t ndim, const int64_t *shape, struct ana_numbers *out)
{
    char text[192];
    int64_t size;

    out->rows = ndim > 0 ? shape[0] : 1;
    out->columns = ndim > 1 ? shape[1] : 1;
    if (ndim > 2 || !ana_mul_ok(out->rows, out->columns, &size))
        return ana_fail(ctx, ANA_EDATA, "%s: `%s` is %s, expected a list", path, name,
                        ana_shape_text(ndim, shape, text));
    return 0;
}

double ana_dtype_precision(int32_t dtype)
{
    switch (dtype) {
    case ANA_F16:
        return 0x1p-10;
    case ANA_F32:
        return (double)FLT_EPSILON;
    default:
        return DBL_EPSILON;
    }
}

static int read_npy(struct ana_ctx *ctx, const char *path, struct ana_numbers *out)
{
    struct ana_tensor stored = {0}, wide = {0};
    int rc = ana_npy_read(ctx, path, &stored);

    if (rc == 0)
        rc = ana_numbers_shape(ctx, path, "the array", stored.ndim, stored.shape, out);
    if (rc == 0)
        rc = ana_tensor_convert(ctx, &stored, ANA_F64, &wide);
    if (rc == 0) {
        out->precision = ana_dtype_precision(stored.dtype);
        out->value = ana_alloc(ctx, out->rows * out->columns, sizeof *out->value);
        rc = out->value ? 0 : ANA_ERESOURCE;
    }
    if (rc == 0)
        memcpy(out->value, wide.data,
               (size_t)(out->rows * out->columns) * sizeof *out->value);
    ana_tensor_finish(&wide);
    ana_tensor_finish(&stored);
    return rc;
}

int ana_numbers_to_strings(struct ana_ctx *ctx, const struct ana_numbers *numbers,
                           struct ana_strings *out)
{
    const int64_t n = numbers->rows * numbers->columns;
    int rc = make_strings(ctx, n, out);
    char text[32];

    for (int64_t i = 0; rc == 0 && i < n; i++) {
        out->item[i] = ana_strdup(ctx, ana_text_number(numbers->value[i], text));
        rc = out->item[i] ? 0 : ANA_ERESOURCE;
    }
    if (rc != 0)
        ana_strings_finish(ctx, out);
    return rc;
}

int ana_list_known(const char *path)
{
    return has_extension(path, ".txt") || has_extension(path, ".npy") ||
           has_extension(path, ".tsv") || has_extension(path, ".csv");
}

int ana_list_numbers(struct ana_ctx *ctx, const char *path, const char *column,
                     struct ana_numbers *out)
{
    struct ana_strings lines = {0};
    int rc;

    memset(out, 0, sizeof *out);
    if (has_extension(path, ".npy"))
        return read_npy(ctx, path, out);
    if (!has_extension(path, ".txt"))
        return read_number_columns(ctx, path, column, out);
    rc = read_lines(ctx, path, &lines);
    if (rc == 0)
        rc = ana_strings_to_numbers(ctx, path, &lines, out);
    ana_strings_finish(ctx, &lines);
    return rc;
}

static int npy_strings(struct ana_ctx *ctx, const char *path, struct ana_strings *out)
{
    int64_t shape[ANA_MAX_DIMS];
    struct ana_numbers numbers = {0};
    int32_t dtype, ndim;
    int rc = ana_npy_shape(ctx, path, &dtype, &ndim, shape);

    if (rc == 0 && dtype == 0)
        return ana_npy_read_text(ctx, path, &out->n, &out->item);
    if (rc == 0)
        rc = read_npy(ctx, path, &numbers);
    if (rc == 0)
        rc = ana_numbers_to_strings(ctx, &numbers, out);
    ana_numbers_finish(ctx, &numbers);
    return rc;
}

int ana_list_strings(struct ana_ctx *ctx, const char *path, const char *column,
                     struct ana_strings *out)
{
    memset(out, 0, sizeof *out);
    if (has_extension(path, ".npy"))
        return npy_strings(ctx, path, out);
    if (has_extension(path, ".txt"))
        return read_lines(ctx, path, out);
    return read_column(ctx, path, column, out);
}
