/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Plain columns of numbers, as SPM's rp_*.txt, AFNI's .1D and Matlab's save -ascii have
 * them: a line a sample, blanks (or commas) between, no header. Columns are called 1, 2, ...
 */
#include "file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t most_bytes = 1ll << 30;

static int read_all(struct ana_ctx *ctx, const char *path, char **data, int64_t *size)
{
    FILE *file = fopen(path, "rb");
    int64_t n = 0;
    int rc = 0;

    if (!file)
        return ana_fail(ctx, ANA_EDATA, "%s: cannot be opened", path);
    if (fseek(file, 0, SEEK_END) == 0)
        n = ftell(file);
    rewind(file);
    if (n < 0 || n > most_bytes)
        rc = ana_fail(ctx, ANA_EDATA, "%s: columns of numbers of more than 1 GiB", path);
    *data = rc == 0 ? ana_alloc(ctx, n + 1, 1) : NULL;
    if (rc == 0 && !*data)
        rc = ANA_ERESOURCE;
    if (rc == 0 && fread(*data, 1, (size_t)n, file) != (size_t)n)
        rc = ana_fail(ctx, ANA_EDATA, "%s: cannot be read to its end", path);
    fclose(file);
    *size = n;
    return rc;
}

/* The numbers of one line, to `to`; their count, or -1 at a word that is none. */
static int64_t read_line(char *line, double *to)
{
    int64_t n = 0;

    for (char *at = line, *end;; at = end, n++) {
        at += strspn(at, " \t\r,");
        if (*at == 0)
            return n;
        if (strncmp(at, "n/a", 3) == 0) {
            to[n] = strtod("nan", NULL);
            end = at + 3;
            continue;
        }
        to[n] = strtod(at, &end);
        if (end == at || !strchr(" \t\r,", *end))
            return -1;
    }
}

int text_open(struct ana_ctx *ctx, struct file *file)
{
    char *data = NULL, *at, *line;
    int64_t size = 0, number = 0, n = 0;
    int rc = read_all(ctx, file->path, &data, &size);

    if (rc == 0) { /* a number takes a digit and a blank */
        file->value = ana_alloc(ctx, size / 2 + 1, sizeof *file->value);
        rc = file->value ? 0 : ANA_ERESOURCE;
    }
    at = data;
    while (rc == 0 && (line = strsep(&at, "\n"))) {
        int64_t k;

        number++;
        line += strspn(line, " \t\r");
        if (*line == 0 || *line == '#' || *line == '%')
            continue;
        k = read_line(line, file->value + n);
        if (k < 0)
            rc = ana_fail(
                ctx, ANA_EDATA,
                "%s:%lld: '%.20s' is not a line of numbers; a file with names in "
                "its first line is a table: call it .tsv or .csv",
                file->path, (long long)number, line);
        else if (file->rows > 0 && k != file->columns)
            rc = ana_fail(
                ctx, ANA_EDATA,
                "%s:%lld: expected %lld numbers, as in the first line, found %lld",
                file->path, (long long)number, (long long)file->columns, (long long)k);
        file->columns = k;
        file->rows++;
        n += k;
    }
    ana_free(ctx, data);
    if (rc == 0 && file->rows == 0)
        rc = ana_fail(ctx, ANA_EDATA, "%s: holds no numbers", file->path);
    return rc;
}

/* "3" as a column, from 0; -1: all of them. */
static int find_column(struct ana_ctx *ctx, const struct file *file, const char *name,
                       int64_t *column)
{
    char *end;
    const long long number = name ? strtoll(name, &end, 10) : 0;

    *column = number - 1;
    if (!name || (end != name && *end == 0 && number >= 1 && number <= file->columns))
        return 0;
    return ana_fail(
        ctx, ANA_EDATA,
        "%s: has no column `%s`; its columns have no names and are called 1 to "
        "%lld",
        file->path, name, (long long)file->columns);
}

int text_shape(struct ana_ctx *ctx, const struct file *file, const char *name,
               int32_t *dtype, int32_t *ndim, int64_t *shape)
{
    int64_t column;

    *dtype = ANA_F64;
    *ndim = name ? 1 : 2;
    shape[0] = file->rows;
    if (!name)
        shape[1] = file->columns;
    return find_column(ctx, file, name, &column);
}

int text_load(struct ana_ctx *ctx, const struct file *file, const char *name,
              struct ana_tensor *out)
{
    int64_t column, n;
    const int rc = find_column(ctx, file, name, &column);

    n = rc ? 0 : file->rows * (name ? 1 : file->columns);
    for (int64_t i = 0; i < n; i++) {
        const double value = file->value[name ? i * file->columns + column : i];

        if (out->dtype == ANA_F64)
            ((double *)out->data)[i] = value;
        else
            ((float *)out->data)[i] = (float)value;
    }
    return rc;
}

int text_strings(struct ana_ctx *ctx, const struct file *file, const char *name,
                 int64_t *n, char ***strings)
{
    int64_t column;
    char number[40];
    int rc = find_column(ctx, file, name, &column);

    *n = 0;
    *strings = rc == 0 ? ana_alloc(ctx, file->rows, sizeof **strings) : NULL;
    if (!*strings)
        return rc ? rc : ANA_ERESOURCE;
    for (; *n < file->rows; ++*n) {
        snprintf(number, sizeof number, "%.15g",
                 file->value[*n * file->columns + (name ? column : 0)]);
        (*strings)[*n] = ana_strdup(ctx, number);
        if ((*strings)[*n])
            continue;
        while (*n > 0)
            ana_free(ctx, (*strings)[--*n]);
        ana_free(ctx, *strings);
        *strings = NULL;
        return ANA_ERESOURCE;
    }
    return 0;
}
