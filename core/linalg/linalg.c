/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Matrix products and the Cholesky solve of <anaflow/linalg.h> on CBLAS: sizes are
 * checked, then the call is handed on. m x n is the result, k the inner size.
 */
#include <anaflow/linalg.h>

#include <cblas.h>
#include <lapacke.h>

#include "base/context.h"
#include "linalg/blas.h"
#include "linalg/inverse.h"

/* BLAS refuses a distance of 0 even where there is nothing to step over. */
static blasint at_least_one(int64_t stride)
{
    return (blasint)(stride > 0 ? stride : 1);
}

static int check_product(struct ana_ctx *ctx, int transpose_a, int transpose_b, int64_t m,
                         int64_t n, int64_t k, int64_t lda, int64_t ldb, int64_t ldc)
{
    int rc = ana_blas_check(ctx, "the left factor of a product", transpose_a ? k : m,
                            transpose_a ? m : k, lda);

    if (rc == 0)
        rc = ana_blas_check(ctx, "the right factor of a product", transpose_b ? n : k,
                            transpose_b ? k : n, ldb);
    if (rc == 0)
        rc = ana_blas_check(ctx, "a product", m, n, ldc);
    ana_blas_prepare();
    return rc;
}

int ana_gemm(struct ana_ctx *ctx, int transpose_a, int transpose_b, int64_t m, int64_t n,
             int64_t k, double alpha, const double *a, int64_t lda, const double *b,
             int64_t ldb, double beta, double *c, int64_t ldc)
{
    const int rc = check_product(ctx, transpose_a, transpose_b, m, n, k, lda, ldb, ldc);

    if (rc != 0 || m == 0 || n == 0)
        return rc;
    cblas_dgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
                transpose_b ? CblasTrans : CblasNoTrans, (blasint)m, (blasint)n,
                (blasint)k, alpha, a, at_least_one(lda), b, at_least_one(ldb), beta, c,
                (blasint)ldc);
    ana_ctx_count_flops(ctx, ana_gemm_flops(m, n, k));
    return 0;
}

int ana_gemm_f32(struct ana_ctx *ctx, int transpose_a, int transpose_b, int64_t m,
                 int64_t n, int64_t k, float alpha, const float *a, int64_t lda,
                 const float *b, int64_t ldb, float beta, float *c, int64_t ldc)
{
    const int rc = check_product(ctx, transpose_a, transpose_b, m, n, k, lda, ldb, ldc);

    if (rc != 0 || m == 0 || n == 0)
        return rc;
    cblas_sgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
                transpose_b ? CblasTrans : CblasNoTrans, (blasint)m, (blasint)n,
                (blasint)k, alpha, a, at_least_one(lda), b, at_least_one(ldb), beta, c,
                (blasint)ldc);
    ana_ctx_count_flops(ctx, ana_gemm_flops(m, n, k));
    return 0;
}

/* In blocks, so that a large matrix is not walked against its rows. */
static void mirror_upper(int64_t n, double *c, int64_t ldc)
{
    enum { BLOCK = 64 };

    for (int64_t i0 = 0; i0 < n; i0 += BLOCK)
        for (int64_t j0 = 0; j0 <= i0; j0 += BLOCK)
            for (int64_t i = i0; i < n && i < i0 + BLOCK; i++)
                for (int64_t j = j0; j < i && j < j0 + BLOCK; j++)
                    c[i * ldc + j] = c[j * ldc + i];
}

int ana_syrk(struct ana_ctx *ctx, int transpose, int64_t n, int64_t k, double alpha,
             const double *a, int64_t lda, double beta, double *c, int64_t ldc)
{
    int rc = ana_blas_check(ctx, "the factor of a Gram matrix", transpose ? k : n,
                            transpose ? n : k, lda);

    if (rc == 0)
        rc = ana_blas_check(ctx, "a Gram matrix", n, n, ldc);
    if (rc != 0 || n == 0)
        return rc;
    ana_blas_prepare();
    cblas_dsyrk(CblasRowMajor, CblasUpper, transpose ? CblasTrans : CblasNoTrans,
                (blasint)n, (blasint)k, alpha, a, at_least_one(lda), beta, c,
                (blasint)ldc);
    mirror_upper(n, c, ldc);
    ana_ctx_count_flops(ctx, ana_syrk_flops(n, k));
    return 0;
}

static int not_definite(struct ana_ctx *ctx, int64_t n, lapack_int info)
{
    return ana_fail(ctx, ANA_ENUMERIC,
                    "Cholesky: the %lld x %lld matrix is not positive definite (from row "
                    "%lld on); add a larger penalty to its diagonal",
                    (long long)n, (long long)n, (long long)info - 1);
}

/* a = U'U with U upper in row order, which is L of a = LL' in LAPACK's column order. */
int ana_cholesky(struct ana_ctx *ctx, int64_t n, double *a, int64_t lda)
{
    lapack_int info;
    int rc = ana_blas_check(ctx, "Cholesky: the matrix", n, n, lda);

    if (rc == 0)
        rc = ana_blas_check_finite(ctx, "Cholesky: the matrix", n, n, lda, a);
    if (rc != 0 || n == 0)
        return rc;
    ana_blas_prepare();
    ana_ctx_count_flops(ctx, ana_cholesky_flops(n, 0));
    info = LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'L', (lapack_int)n, a, (lapack_int)lda);
    return info == 0 ? 0 : not_definite(ctx, n, info);
}

/* x = U^-1 U'^-1 b. */
int ana_cholesky_apply_f32(struct ana_ctx *ctx, int64_t n, int64_t m, const float *a,
                           int64_t lda, float *b, int64_t ldb)
{
    int rc = ana_blas_check(ctx, "Cholesky: the matrix", n, n, lda);

    if (rc == 0)
        rc = ana_blas_check(ctx, "Cholesky: the right side", n, m, ldb);
    if (rc != 0 || n == 0 || m == 0)
        return rc;
    ana_ctx_count_flops(ctx, ana_cholesky_flops(n, m) - ana_cholesky_flops(n, 0));
    ana_blas_prepare();
    cblas_strsm(CblasRowMajor, CblasLeft, CblasUpper, CblasTrans, CblasNonUnit,
                (blasint)n, (blasint)m, 1, a, (blasint)lda, b, (blasint)ldb);
    cblas_strsm(CblasRowMajor, CblasLeft, CblasUpper, CblasNoTrans, CblasNonUnit,
                (blasint)n, (blasint)m, 1, a, (blasint)lda, b, (blasint)ldb);
    return 0;
}

int ana_cholesky_apply(struct ana_ctx *ctx, int64_t n, int64_t m, const double *a,
                       int64_t lda, double *b, int64_t ldb)
{
    int rc = ana_blas_check(ctx, "Cholesky: the matrix", n, n, lda);

    if (rc == 0)
        rc = ana_blas_check(ctx, "Cholesky: the right side", n, m, ldb);
    if (rc == 0)
        rc = ana_blas_check_finite(ctx, "Cholesky: the right side", n, m, ldb, b);
    if (rc != 0 || n == 0 || m == 0)
        return rc;
    ana_ctx_count_flops(ctx, ana_cholesky_flops(n, m) - ana_cholesky_flops(n, 0));
    ana_blas_prepare();
    cblas_dtrsm(CblasRowMajor, CblasLeft, CblasUpper, CblasTrans, CblasNonUnit,
                (blasint)n, (blasint)m, 1, a, (blasint)lda, b, (blasint)ldb);
    cblas_dtrsm(CblasRowMajor, CblasLeft, CblasUpper, CblasNoTrans, CblasNonUnit,
                (blasint)n, (blasint)m, 1, a, (blasint)lda, b, (blasint)ldb);
    return 0;
}

int ana_cholesky_inverse(struct ana_ctx *ctx, int64_t n, double *a, int64_t lda)
{
    const int rc = ana_blas_check(ctx, "Cholesky: the matrix", n, n, lda);
    int64_t bad;

    if (rc != 0 || n == 0)
        return rc;
    ana_ctx_count_flops(ctx, 2 * ana_cholesky_flops(n, 0));
    ana_blas_prepare();
    bad = ana_inverse_of_factor_f64(n, a, lda);
    if (bad != 0)
        return ana_fail(ctx, ANA_ENUMERIC,
                        "Cholesky: the %lld x %lld matrix is singular (row %lld); add a "
                        "larger penalty to its diagonal",
                        (long long)n, (long long)n, (long long)bad - 1);
    return 0;
}

int ana_cholesky_solve(struct ana_ctx *ctx, int64_t n, int64_t m, double *a, int64_t lda,
                       double *b, int64_t ldb)
{
    int rc = ana_blas_check(ctx, "Cholesky: the right side", n, m, ldb);

    if (rc == 0)
        rc = ana_blas_check_finite(ctx, "Cholesky: the right side", n, m, ldb, b);
    if (rc == 0)
        rc = ana_cholesky(ctx, n, a, lda);
    if (rc == 0)
        rc = ana_cholesky_apply(ctx, n, m, a, lda, b, ldb);
    return rc;
}

int ana_cholesky_f32(struct ana_ctx *ctx, int64_t n, float *a, int64_t lda)
{
    lapack_int info;
    const int rc = ana_blas_check(ctx, "Cholesky: the matrix", n, n, lda);

    if (rc != 0 || n == 0)
        return rc;
    ana_blas_prepare();
    ana_ctx_count_flops(ctx, ana_cholesky_flops(n, 0));
    info = LAPACKE_spotrf_work(LAPACK_COL_MAJOR, 'L', (lapack_int)n, a, (lapack_int)lda);
    return info == 0 ? 0 : not_definite(ctx, n, info);
}

int ana_cholesky_inverse_f32(struct ana_ctx *ctx, int64_t n, float *a, int64_t lda)
{
    const int rc = ana_blas_check(ctx, "Cholesky: the matrix", n, n, lda);
    int64_t bad;

    if (rc != 0 || n == 0)
        return rc;
    ana_blas_prepare();
    ana_ctx_count_flops(ctx, 2 * ana_cholesky_flops(n, 0));
    bad = ana_inverse_of_factor_f32(n, a, lda);
    return bad == 0 ? 0 : not_definite(ctx, n, (lapack_int)bad);
}

int ana_inverse_f32(struct ana_ctx *ctx, int64_t n, float *a, int64_t lda)
{
    const int rc = ana_blas_check(ctx, "Cholesky: the matrix", n, n, lda);
    int64_t bad;

    if (rc != 0 || n == 0)
        return rc;
    ana_blas_prepare();
    ana_ctx_count_flops(ctx, 3 * ana_cholesky_flops(n, 0));
    bad = ana_inverse_at_once_f32(n, a, lda);
    return bad == 0 ? 0 : not_definite(ctx, n, (lapack_int)bad);
}
