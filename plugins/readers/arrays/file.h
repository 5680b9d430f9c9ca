/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLUGIN_ARRAYS_FILE_H
#define PLUGIN_ARRAYS_FILE_H

#include <anaflow/arrays.h>
#include <anaflow/files.h>

/* One open file: columns of numbers, a table, or an .npy. An .npy holds one array under its file's stem, a table holds each of
 * its columns and, without a name, all columns of numbers as a matrix. */
struct file {
    char *path, *stem;
    struct ana_table *table; /* NULL = .npy */
    int names_first;         /* a table whose first column names its rows */
    int64_t n_numbers;
    int64_t *number; /* its columns of numbers */
    double *value;   /* text: rows x columns; else NULL */
    int64_t rows, columns;
};

#define FILE_NONE 0
#define FILE_NPY 1
#define FILE_TABLE 2
#define FILE_TEXT 3

/* What the first bytes and the name say. */
int file_kind(const char *path, const uint8_t *head, int64_t n);

/* table.c: sort out which columns are numbers; then shape, numbers, strings. */
int table_open(struct ana_ctx *ctx, struct file *file);
int table_shape(struct ana_ctx *ctx, const struct file *file, const char *name,
                int32_t *dtype, int32_t *ndim, int64_t *shape);
int table_load(struct ana_ctx *ctx, const struct file *file, const char *name,
               struct ana_tensor *out);
int table_text(struct ana_ctx *ctx, const struct file *file, const char *name, int64_t *n,
               char ***strings);
int table_names(struct ana_ctx *ctx, const struct file *file, const char *name,
                int32_t dim, int64_t *n, char ***names);

/* text.c: the same for columns of numbers without a header. */
int text_open(struct ana_ctx *ctx, struct file *file);
int text_shape(struct ana_ctx *ctx, const struct file *file, const char *name,
               int32_t *dtype, int32_t *ndim, int64_t *shape);
int text_load(struct ana_ctx *ctx, const struct file *file, const char *name,
              struct ana_tensor *out);
int text_strings(struct ana_ctx *ctx, const struct file *file, const char *name,
                 int64_t *n, char ***strings);

/* file.c: the format, for ana_arrays_*. */
extern const struct ana_array_file_vt file_format;

#endif
