/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_DATA_NPY_H
#define ANA_DATA_NPY_H

#include <anaflow/tensor.h>

/* NumPy's .npy: versions 1 to 3, both byte orders, C and Fortran order, every dtype of
 * tensor.h and '<U'/'|S' strings. */

/* Read a file. Little-endian C- or Fortran-order data is mapped, not copied (the file
 * must stay); other byte orders are converted. The result is a view with strides:
 * Fortran order is not transposed in memory.
 * Owns: the caller; release with `ana_tensor_finish`.
 * Errors: ANA_EDATA with file, what was found and where (header byte or size). */
int ana_npy_read(struct ana_ctx *ctx, const char *path, struct ana_tensor *out);

/* Header only. fortran and data_offset may be NULL. A string array has dtype 0. */
int ana_npy_shape(struct ana_ctx *ctx, const char *path, int32_t *dtype, int32_t *ndim,
                  int64_t *shape);

/* A one-dimensional array of strings. Owns: the caller (each, then the list). */
int ana_npy_read_text(struct ana_ctx *ctx, const char *path, int64_t *n, char ***strings);

/* Write version 1.0 (2.0 where the header needs it), little-endian, C order, whole or
 * not at all. */
int ana_npy_write(struct ana_ctx *ctx, const char *path, const struct ana_tensor *tensor);

#endif
