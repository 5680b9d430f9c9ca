/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_LINALG_INVERSE_H
#define ANA_LINALG_INVERSE_H

#include <stdint.h>

/* Inverses of symmetric positive definite matrices, whose upper triangle in row order is
 * read; both triangles are written. Each returns 0, or 1 + the row at which the matrix is
 * none. Threads: any. */

/* From what Cholesky left. */
int64_t ana_inverse_of_factor_f64(int64_t n, double *a, int64_t lda);
int64_t ana_inverse_of_factor_f32(int64_t n, float *a, int64_t lda);

/* Of the matrix itself, at once: what is below a block on the diagonal is multiplied by
 * that block's inverse, which loses digits where it is badly conditioned. */
int64_t ana_inverse_at_once_f32(int64_t n, float *a, int64_t lda);

#endif
