/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANAFLOW_LINALG_H
#define ANAFLOW_LINALG_H

#include <anaflow/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* BLAS and LAPACK with 64-bit sizes, row-major, one BLAS thread a call. A size
 * that the library's 32-bit integers cannot hold is refused.
 * `lda` is the distance between rows, in elements.
 *
 * Unless said otherwise: Owns: matrices belong to the caller; Errors: ANA_ERESOURCE for
 * sizes and memory; Threads: any; Since: ABI 0.1. */

/* c (m x n) = alpha * op(a) op(b) + beta * c; op is the transpose where the flag
 * is 1: a is m x k (k x m if transposed), b k x n (n x k if transposed). */
ANA_API int ana_gemm(struct ana_ctx *ctx, int transpose_a, int transpose_b, int64_t m,
                     int64_t n, int64_t k, double alpha, const double *a, int64_t lda,
                     const double *b, int64_t ldb, double beta, double *c, int64_t ldc);
ANA_API int ana_gemm_f32(struct ana_ctx *ctx, int transpose_a, int transpose_b, int64_t m,
                         int64_t n, int64_t k, float alpha, const float *a, int64_t lda,
                         const float *b, int64_t ldb, float beta, float *c, int64_t ldc);

/* c (n x n, both triangles) = alpha * op(a) op(a)' + beta * c; op(a) is n x k:
 * a as n x k, or its transpose k x n where the flag is 1. */
ANA_API int ana_syrk(struct ana_ctx *ctx, int transpose, int64_t n, int64_t k,
                     double alpha, const double *a, int64_t lda, double beta, double *c,
                     int64_t ldc);

/* Eigenvalues (ascending, n) and eigenvectors (columns of a, overwritten) of the
 * symmetric n x n a. ANA_ENUMERIC if LAPACK gives up or a is not finite. */
ANA_API int ana_eigh(struct ana_ctx *ctx, int64_t n, double *a, int64_t lda,
                     double *values);

/* The same in room of the caller's, ana_eigh_room(n) numbers whatever they are, for several
 * matrices one after another: fresh memory costs what a tenth of the work does. NULL: room
 * of its own. Errors: as `ana_eigh`; `ana_eigh_room` has none. Threads: any, of a room one
 * at a time. Since: ABI 0.1. */
ANA_API int ana_eigh_in(struct ana_ctx *ctx, int64_t n, double *a, int64_t lda,
                        double *room, double *values);
ANA_API int64_t ana_eigh_room(int64_t n);

/* Whether `ana_eigh` takes a matrix of n rows, for a plan to refuse what would be refused
 * after hours. Errors: ANA_ERESOURCE, as `ana_eigh`. Threads: any. Since: ABI 0.1. */
ANA_API int ana_eigh_fits(struct ana_ctx *ctx, int64_t n);

/* Thin SVD a = u diag(s) vt of the m x n a (overwritten), k = min(m, n): u m x k,
 * s k descending, vt k x n, each without gaps; u or vt may be NULL. */
ANA_API int ana_svd(struct ana_ctx *ctx, int64_t m, int64_t n, double *a, int64_t lda,
                    double *u, double *s, double *vt);

/* Solve the symmetric positive definite a (n x n, overwritten) x = b (n x m,
 * overwritten with x). ANA_ENUMERIC if a is not positive definite. */
ANA_API int ana_cholesky_solve(struct ana_ctx *ctx, int64_t n, int64_t m, double *a,
                               int64_t lda, double *b, int64_t ldb);

/* Floating-point operations that each of these counts as: 2 m n k, n^2 k, 9 n^3,
 * 6 s^2 l + 20 s^3 with s = min(m, n) and l = max(m, n), and n^3 / 3 + 2 n^2 m. A plan adds
 * these up, a run counts its calls by them, and the two are compared. Threads: any.
 * Since: ABI 0.1. */
ANA_API double ana_gemm_flops(int64_t m, int64_t n, int64_t k);
ANA_API double ana_syrk_flops(int64_t n, int64_t k);
ANA_API double ana_eigh_flops(int64_t n);
ANA_API double ana_svd_flops(int64_t m, int64_t n);
ANA_API double ana_cholesky_flops(int64_t n, int64_t m);

/* Its two halves: factor a once (upper triangle of a, row order, the lower left alone),
 * then solve for as many b as there are. Errors: as `ana_cholesky_solve`. */
ANA_API int ana_cholesky(struct ana_ctx *ctx, int64_t n, double *a, int64_t lda);
ANA_API int ana_cholesky_apply(struct ana_ctx *ctx, int64_t n, int64_t m, const double *a,
                               int64_t lda, double *b, int64_t ldb);

/* The second half in float32, of a factor that was rounded to it: for many right sides that
 * need no more digits. Errors: ANA_ERESOURCE alone. */
ANA_API int ana_cholesky_apply_f32(struct ana_ctx *ctx, int64_t n, int64_t m,
                                   const float *a, int64_t lda, float *b, int64_t ldb);

/* The inverse (both triangles) of what `ana_cholesky` factored, in its place; counted as
 * 2/3 n^3. Errors: as `ana_cholesky`. */
ANA_API int ana_cholesky_inverse(struct ana_ctx *ctx, int64_t n, double *a, int64_t lda);

/* The same two in float32, for matrices known to be finite and well-conditioned. */
ANA_API int ana_cholesky_f32(struct ana_ctx *ctx, int64_t n, float *a, int64_t lda);
ANA_API int ana_cholesky_inverse_f32(struct ana_ctx *ctx, int64_t n, float *a,
                                     int64_t lda);

/* Both at once, which is faster: the inverse (both triangles) of a (its upper triangle), in
 * its place; counted as n^3. Errors: as `ana_cholesky`. Since: ABI 0.1. */
ANA_API int ana_inverse_f32(struct ana_ctx *ctx, int64_t n, float *a, int64_t lda);

#ifdef __cplusplus
}
#endif
#endif
