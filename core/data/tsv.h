/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_DATA_TSV_H
#define ANA_DATA_TSV_H

#include <anaflow/base.h>

/* A table of text: first line names the columns, "n/a" is missing; tabs (or, in a
 * .csv, commas with quotes). Everything belongs to the table. */
struct ana_table {
    int64_t n_rows, n_columns;
    const char *const *column; /* n_columns names */
    const char *const *cell;   /* n_rows x n_columns */
    const int64_t *line;       /* n_rows: line in the file, from 1 */
    const char *path;
    void *memory; /* private */
};

/* Bad UTF-8, NUL, a row with another number of cells, a column twice, an empty file or
 * more than 1 GiB are ANA_EDATA with line and column. header = 0: no header line,
 * columns are named "1", "2", ... Owns: the caller. */
int ana_table_read(struct ana_ctx *ctx, const char *path, int header, struct ana_table **out);
void ana_table_destroy(struct ana_ctx *ctx, struct ana_table *table);

/* Number of a column, or -1. */
int64_t ana_table_column(const struct ana_table *table, const char *name);

/* A cell as a number, NaN for "n/a" and "". ANA_EDATA with file, line and column. */
int ana_table_number(struct ana_ctx *ctx, const struct ana_table *table, int64_t row,
                     int64_t column, double *out);

#endif
