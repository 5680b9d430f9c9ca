/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_LINALG_BLAS_H
#define ANA_LINALG_BLAS_H

#include <anaflow/base.h>

/* What the files of this folder share around CBLAS and LAPACKE. */

/* One thread a call from here on; done once a process, cheap afterwards. */
void ana_blas_prepare(void);

/* Multiplications up to which this BLAS takes a product of float32 with both factors as
 * they lie, neither turned over, without copying them first; 0 = it always copies. Only
 * a matter of speed. */
int64_t ana_blas_direct(void);

/* Refuse a matrix that BLAS's 32-bit integers cannot address: rows x columns with
 * `stride` between rows. ANA_ESHAPE for a negative size or a stride < columns,
 * ANA_ERESOURCE beyond 2^31 - 1. `what` names the matrix in the sentence. */
int ana_blas_check(struct ana_ctx *ctx, const char *what, int64_t rows, int64_t columns,
                   int64_t stride);

/* ANA_ENUMERIC with row and column of the first NaN or Inf; 0 if there is none. */
int ana_blas_check_finite(struct ana_ctx *ctx, const char *what, int64_t rows,
                          int64_t columns, int64_t stride, const double *a);

/* The SVD of `ana_svd` by QR iteration (dgesvd) alone: what `ana_svd` falls back to,
 * apart so that a test reaches it. Same arguments. */
int ana_svd_by_qr(struct ana_ctx *ctx, int64_t m, int64_t n, double *a, int64_t lda,
                  double *u, double *s, double *vt);

#endif
