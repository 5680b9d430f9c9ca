/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANAFLOW_FILES_H
#define ANAFLOW_FILES_H

#include <anaflow/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Files of arrays and tables, for plugins that read what others have written. Every
 * size in a file is checked before it is used; every error names the file and the
 * byte, header field or line. */

/* Read a .npy file: versions 1 to 3, both byte orders, every numeric type of tensor.h
 * that NumPy has. Files of 1 MB and more in this machine's byte order are mapped, not
 * copied: the tensor is then ANA_TENSOR_READ_ONLY and the file must stay as it is.
 * Fortran order is not transposed in memory, it shows in the strides.
 *
 * Owns:    the caller; release with `ana_tensor_finish`.
 * Errors:  ANA_EDATA with what was found, where, and how to save the array instead.
 * Threads: any.
 * Since:   ABI 0.1 */
ANA_API int ana_npy_read(struct ana_ctx *ctx, const char *path, struct ana_tensor *out);

/* Type and shape (ANA_MAX_DIMS sizes) without the data; text has dtype 0.
 *
 * Errors:  as `ana_npy_read`; a file shorter than its header promises is one.
 * Threads: any.
 * Since:   ABI 0.1 */
ANA_API int ana_npy_shape(struct ana_ctx *ctx, const char *path, int32_t *dtype,
                          int32_t *ndim, int64_t *shape);

/* Read a box of it: out->shape samples from `first` of each dimension on, into out's
 * memory, C order, float32 or float64 as it says. No more of the file is held.
 *
 * Owns:    nothing; out is the caller's.
 * Errors:  as `ana_npy_read`; ANA_ESHAPE where the box does not lie in the array.
 * Threads: any.
 * Since:   ABI 0.1 */
ANA_API int ana_npy_read_part(struct ana_ctx *ctx, const char *path, const int64_t *first,
                              struct ana_tensor *out);

/* A one-dimensional array of strings ('<U..' or '|S..') as UTF-8.
 *
 * Owns:    the caller: ana_free of each, then of the list.
 * Errors:  ANA_EDATA.
 * Threads: any.
 * Since:   ABI 0.1 */
ANA_API int ana_npy_read_text(struct ana_ctx *ctx, const char *path, int64_t *n,
                              char ***strings);

/* Write version 1.0, C order, whole or not at all.
 *
 * Errors:  ANA_ESHAPE for bfloat16, which NumPy lacks; ANA_ERESOURCE.
 * Threads: any.
 * Since:   ABI 0.1 */
ANA_API int ana_npy_write(struct ana_ctx *ctx, const char *path,
                          const struct ana_tensor *tensor);

/* A mapped .safetensors file. Header of at most 100 MB, unique names, data without
 * holes or overlaps. Opaque. Since: ABI 0.1. */
struct ana_safetensors;

/* Owns:    the caller; release with `ana_safetensors_close` (NULL is allowed).
 * Errors:  ANA_EDATA naming the tensor and field.
 * Threads: any; an open file may be read by several.
 * Since:   ABI 0.1 */
ANA_API int ana_safetensors_open(struct ana_ctx *ctx, const char *path,
                                 struct ana_safetensors **out);
ANA_API void ana_safetensors_close(struct ana_ctx *ctx, struct ana_safetensors *file);

/* The tensors' names in the order of their data; the return value is their number.
 *
 * Owns:    the file.
 * Threads: any.
 * Since:   ABI 0.1 */
ANA_API int64_t ana_safetensors_names(const struct ana_safetensors *file,
                                      const char *const **names);

/* One tensor, read-only, valid while the file is open; a copy only where the file does
 * not align it.
 *
 * Owns:    the caller; release with `ana_tensor_finish` before the file is closed.
 * Errors:  ANA_EDATA with the nearest name.
 * Threads: any.
 * Since:   ABI 0.1 */
ANA_API int ana_safetensors_get(struct ana_ctx *ctx, const struct ana_safetensors *file,
                                const char *name, struct ana_tensor *out);

/* A table of text: columns between tabs (in a .csv, between commas, with quotes).
 * Everything belongs to the table. Since: ABI 0.1. */
struct ana_table {
    int64_t n_rows, n_columns;
    const char *const *column; /* n_columns names */
    const char *const *cell;   /* n_rows x n_columns */
    const int64_t *line;       /* n_rows: line in the file, from 1 */
    const char *path;
    void *memory; /* private */
};

/* Read a table. header = 0: there is no line of names, columns are "1", "2", ...
 * Blank lines are skipped; a byte order mark and CR LF are taken.
 *
 * Owns:    the caller; release with `ana_table_destroy` (NULL is allowed).
 * Errors:  ANA_EDATA with the line for bad UTF-8, NUL, a row with another number of
 *          cells, a column twice, an empty file or more than 1 GiB.
 * Threads: any.
 * Since:   ABI 0.1 */
ANA_API int ana_table_read(struct ana_ctx *ctx, const char *path, int header,
                           struct ana_table **out);
ANA_API void ana_table_destroy(struct ana_ctx *ctx, struct ana_table *table);

/* Number of a column, or -1. Threads: any. Since: ABI 0.1. */
ANA_API int64_t ana_table_column(const struct ana_table *table, const char *name);

/* A cell as a number; NaN for "n/a" and "".
 *
 * Errors:  ANA_EDATA with file, line and column.
 * Threads: any.
 * Since:   ABI 0.1 */
ANA_API int ana_table_number(struct ana_ctx *ctx, const struct ana_table *table,
                             int64_t row, int64_t column, double *out);

/* Paths that match a glob, as people count (elec2 before elec10); none gives n = 0.
 *
 * Owns:    the caller: ana_free of each, then of the list.
 * Errors:  ANA_ERESOURCE.
 * Threads: any.
 * Since:   ABI 0.1 */
ANA_API int ana_file_glob(struct ana_ctx *ctx, const char *pattern, int64_t *n,
                          char ***paths);

/* 0 if `path` is a file that can be read. A folder, a pipe or a device is refused here,
 * where opening it could wait for ever.
 *
 * Errors:  ANA_EDATA with what it is instead.
 * Threads: any.
 * Since:   ABI 0.1 */
ANA_API int ana_file_check(struct ana_ctx *ctx, const char *path);

/* 1 if `name`, as a recording or a list names a stimulus, means the stimulus `id`:
 * equal once folders are taken off, with or without one extension.
 *
 * Threads: any.
 * Since:   ABI 0.1 */
ANA_API int ana_name_means(const char *name, const char *id);

/* Offset of the first byte that is not UTF-8 (RFC 3629: no overlong forms, no surrogates,
 * nothing beyond U+10FFFF), or -1.
 *
 * Threads: any.
 * Since:   ABI 0.1 */
ANA_API int64_t ana_utf8_invalid(const char *text, int64_t n);

/* Write one code point as UTF-8: the number of bytes, at most 4; 0 if it is no character.
 *
 * Threads: any.
 * Since:   ABI 0.1 */
ANA_API int ana_utf8_put(uint32_t code, char *out);

#ifdef __cplusplus
}
#endif
#endif
