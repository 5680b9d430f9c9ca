/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Names of an atlas' numbers: a table with a header (BIDS: index, name), or FreeSurfer's
 * lookup table, lines of `NUMBER NAME R G B A` with comments behind '#'.
 */
#include <anaflow/files.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nifti.h"

enum { MOST_LABELS = 1 << 20, MOST_LINE = 1000 };

static int add_label(struct ana_ctx *ctx, int64_t *n, int64_t **number, char ***name,
                     int64_t value, const char *text)
{
    (*name)[*n] = ana_strdup(ctx, text);
    if (!(*name)[*n])
        return ANA_ERESOURCE;
    (*number)[(*n)++] = value;
    return 0;
}

static int make_room(struct ana_ctx *ctx, int64_t n, int64_t **number, char ***name)
{
    *number = ana_alloc(ctx, n, sizeof **number);
    *name = ana_alloc(ctx, n, sizeof **name);
    return *number && *name ? 0 : ANA_ERESOURCE;
}

static int first_column(const struct ana_table *table, const char *const *names)
{
    for (; *names; names++)
        if (ana_table_column(table, *names) >= 0)
            return (int)ana_table_column(table, *names);
    return -1;
}

static int read_table(struct ana_ctx *ctx, const char *path, int64_t *n, int64_t **number,
                      char ***name)
{
    static const char *const numbers[] = {"index", "id", "value", "label", NULL};
    static const char *const names[] = {"name", "region", "abbreviation", NULL};
    struct ana_table *table = NULL;
    int rc = ana_table_read(ctx, path, 1, &table);
    const int a = rc == 0 ? first_column(table, numbers) : -1;
    const int b = rc == 0 ? first_column(table, names) : -1;

    if (rc == 0 && (a < 0 || b < 0))
        rc =
            ana_fail(ctx, ANA_EDATA, "%s: expected the columns `index` and `name`", path);
    if (rc == 0)
        rc = make_room(ctx, table->n_rows, number, name);
    for (int64_t r = 0; rc == 0 && r < table->n_rows; r++) {
        double value = 0;

        rc = ana_table_number(ctx, table, r, a, &value);
        if (rc != 0 || isnan(value)) /* n/a: a name that no voxel has */
            continue;
        if (value != floor(value) || fabs(value) > 1e15)
            rc = ana_fail(ctx, ANA_EDATA,
                          "%s:%lld: the number of '%s' is %g; an atlas has whole numbers",
                          path, (long long)table->line[r],
                          table->cell[r * table->n_columns + b], value);
        else
            rc = add_label(ctx, n, number, name, (int64_t)value,
                           table->cell[r * table->n_columns + b]);
    }
    ana_table_destroy(ctx, table);
    return rc;
}

static int read_lookup(struct ana_ctx *ctx, const char *path, int64_t *n,
                       int64_t **number, char ***name)
{
    char line[MOST_LINE], text[MOST_LINE];
    int64_t count = 0;
    int rc = ana_file_check(ctx, path);
    FILE *file = rc == 0 ? fopen(path, "rb") : NULL;

    if (rc != 0)
        return rc;
    if (!file)
        return ana_fail(ctx, ANA_EDATA, "%s: cannot be opened: %s", path,
                        strerror(errno));
    while (fgets(line, sizeof line, file) && count < MOST_LABELS)
        count++;
    rewind(file);
    rc = make_room(ctx, count, number, name);
    for (int64_t i = 0; rc == 0 && i < count && fgets(line, sizeof line, file); i++) {
        char *end;
        const long long value = strtoll(line, &end, 10);

        line[strcspn(line, "#\r\n")] = 0;
        if (line[strspn(line, " \t")] == 0)
            continue;
        if (end == line || sscanf(end, "%999s", text) != 1)
            rc = ana_fail(ctx, ANA_EDATA,
                          "%s:%lld: expected a number and a name, found '%.60s'", path,
                          (long long)i + 1, line);
        else
            rc = add_label(ctx, n, number, name, value, text);
    }
    fclose(file);
    return rc;
}

int nii_labels_read(struct ana_ctx *ctx, const char *path, int64_t *n, int64_t **number,
                    char ***name)
{
    const char *dot = strrchr(path, '.');

    *n = 0;
    *number = NULL;
    *name = NULL;
    if (dot && (strcasecmp(dot, ".tsv") == 0 || strcasecmp(dot, ".csv") == 0))
        return read_table(ctx, path, n, number, name);
    return read_lookup(ctx, path, n, number, name);
}
