/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Eigenvalues and singular values on LAPACK, whose matrices lie column by column.
 * A symmetric matrix reads the same both ways. For the SVD the row-major m x n `a`
 * is LAPACK's n x m a': its left vectors are our vt and its right ones our u, each
 * already in our order, so nothing is transposed. Workspaces come from ana_alloc,
 * so that the run's memory limit sees them.
 */
#include <anaflow/linalg.h>

#include <lapacke.h>
#include <string.h>

#include "base/context.h"
#include "linalg/blas.h"

/* Vectors leave LAPACK as columns in column order, that is as our rows. */
static void transpose_square(int64_t n, double *a, int64_t lda)
{
    enum { BLOCK = 32 };

    for (int64_t i0 = 0; i0 < n; i0 += BLOCK)
        for (int64_t j0 = 0; j0 <= i0; j0 += BLOCK)
            for (int64_t i = i0; i < n && i < i0 + BLOCK; i++)
                for (int64_t j = j0; j < i && j < j0 + BLOCK; j++) {
                    const double held = a[i * lda + j];

                    a[i * lda + j] = a[j * lda + i];
                    a[j * lda + i] = held;
                }
}

int64_t ana_eigh_room(int64_t n)
{
    return 1 + 6 * n + 2 * n * n;
}

static int eigh(struct ana_ctx *ctx, int64_t n, double *a, int64_t lda, double *room,
                double *values)
{
    const int64_t n_work = ana_eigh_room(n), n_iwork = 3 + 5 * n;
    double *own = room ? NULL : ana_alloc(ctx, n_work, sizeof *own);
    double *work = room ? room : own;
    lapack_int *iwork = ana_alloc(ctx, n_iwork, sizeof *iwork), info;
    int rc = ANA_ERESOURCE;

    if (!work || !iwork)
        goto done;
    info =
        LAPACKE_dsyevd_work(LAPACK_COL_MAJOR, 'V', 'L', (lapack_int)n, a, (lapack_int)lda,
                            values, work, (lapack_int)n_work, iwork, (lapack_int)n_iwork);
    rc = 0;
    if (info != 0)
        rc = ana_fail(ctx, ANA_ENUMERIC,
                      "eigenvalues of the %lld x %lld matrix did not converge (LAPACK "
                      "dsyevd: %d)",
                      (long long)n, (long long)n, (int)info);
    transpose_square(n, a, lda);
done:
    ana_free(ctx, own);
    ana_free(ctx, iwork);
    return rc;
}

int ana_eigh_fits(struct ana_ctx *ctx, int64_t n)
{
    enum { MOST = 32766 }; /* dsyevd's workspace, 1 + 6n + 2n^2, in 31 bits */

    if (n <= MOST)
        return 0;
    return ana_fail(
        ctx, ANA_ERESOURCE,
        "eigenvalues of a %lld x %lld matrix: LAPACK's workspace allows %d rows; "
        "use fewer rows or features",
        (long long)n, (long long)n, MOST);
}

int ana_eigh(struct ana_ctx *ctx, int64_t n, double *a, int64_t lda, double *values)
{
    return ana_eigh_in(ctx, n, a, lda, NULL, values);
}

int ana_eigh_in(struct ana_ctx *ctx, int64_t n, double *a, int64_t lda, double *room,
                double *values)
{
    int rc = ana_blas_check(ctx, "eigenvalues: the matrix", n, n, lda);

    if (rc == 0)
        rc = ana_eigh_fits(ctx, n);
    if (rc == 0)
        rc = ana_blas_check_finite(ctx, "eigenvalues", n, n, lda, a);
    if (rc != 0 || n == 0)
        return rc;
    ana_blas_prepare();
    ana_ctx_count_flops(ctx, ana_eigh_flops(n));
    return eigh(ctx, n, a, lda, room, values);
}

/* Columns that LAPACK's blocked bidiagonalisation takes at once, for workspaces. */
enum { PANEL = 64 };

/* One SVD in LAPACK's terms: a is rows x columns in column order. */
struct svd {
    lapack_int rows, columns, rank, lda;
    double *a, *s;
    double *left, *right; /* rows x rank, rank x columns; both or neither */
    double *spare;        /* in place of the one that was not asked for */
};

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int svd_open(struct ana_ctx *ctx, struct svd *svd, int64_t m, int64_t n, double *a,
                    int64_t lda, double *u, double *s, double *vt)
{
    int rc = ana_blas_check(ctx, "singular values: the matrix", m, n, lda);

    memset(svd, 0, sizeof *svd);
    if (rc == 0)
        rc = ana_blas_check_finite(ctx, "singular values", m, n, lda, a);
    if (rc != 0)
        return rc;
    ana_blas_prepare();
    svd->rows = (lapack_int)n;
    svd->columns = (lapack_int)m;
    svd->rank = (lapack_int)least(m, n);
    svd->lda = (lapack_int)lda;
    svd->a = a;
    svd->s = s;
    svd->left = vt;
    svd->right = u;
    if (!u == !vt)
        return 0;
    svd->spare = ana_alloc(ctx, svd->rank * (u ? n : m), sizeof *svd->spare);
    if (!svd->spare)
        return ANA_ERESOURCE;
    svd->left = vt ? vt : svd->spare;
    svd->right = u ? u : svd->spare;
    return 0;
}

static int svd_verdict(struct ana_ctx *ctx, const struct svd *svd, lapack_int info)
{
    if (info == 0)
        return 0;
    return ana_fail(
        ctx, ANA_ENUMERIC,
        "singular values of the %d x %d matrix did not converge (LAPACK dgesvd: "
        "%d)",
        svd->columns, svd->rows, info);
}

/* dgesvd: slower than divide and conquer, but its workspace grows with the sides
 * instead of their square and it converges where dgesdd gave up. */
static int svd_by_qr(struct ana_ctx *ctx, const struct svd *svd)
{
    const int64_t k = svd->rank, sides = (int64_t)svd->rows + svd->columns;
    const int64_t n_work = 5 * k + PANEL * sides;
    const char job = svd->left ? 'S' : 'N';
    double *work = NULL;
    lapack_int info;

    if (n_work > INT32_MAX)
        return ana_fail(
            ctx, ANA_ERESOURCE,
            "singular values of a %d x %d matrix: LAPACK's workspace does not fit "
            "its 32-bit integers; use fewer rows or features",
            svd->columns, svd->rows);
    work = ana_alloc(ctx, n_work, sizeof *work);
    if (!work)
        return ANA_ERESOURCE;
    info = LAPACKE_dgesvd_work(LAPACK_COL_MAJOR, job, job, svd->rows, svd->columns,
                               svd->a, svd->lda, svd->s, svd->left, svd->rows, svd->right,
                               svd->rank, work, (lapack_int)n_work);
    ana_free(ctx, work);
    return svd_verdict(ctx, svd, info);
}

/* dgesdd, divide and conquer; 1 in `gave_up` if it did not converge. */
static int svd_divide(struct ana_ctx *ctx, const struct svd *svd, int64_t n_work,
                      int *gave_up)
{
    const char job = svd->left ? 'S' : 'N';
    double *work = ana_alloc(ctx, n_work, sizeof *work);
    lapack_int *iwork = ana_alloc(ctx, 8 * (int64_t)svd->rank, sizeof *iwork);
    int rc = ANA_ERESOURCE;

    if (work && iwork) {
        *gave_up =
            LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, job, svd->rows, svd->columns, svd->a,
                                svd->lda, svd->s, svd->left, svd->rows, svd->right,
                                svd->rank, work, (lapack_int)n_work, iwork) != 0;
        rc = 0;
    }
    ana_free(ctx, work);
    ana_free(ctx, iwork);
    return rc;
}

static void copy_columns(const struct svd *svd, const double *from, int64_t from_step,
                         double *to, int64_t to_step)
{
    for (int64_t j = 0; j < svd->columns; j++)
        memcpy(to + j * to_step, from + j * from_step, (size_t)svd->rows * sizeof *to);
}

/* Divide and conquer overwrites a even where it gives up, hence the copy. */
static int svd_with_fallback(struct ana_ctx *ctx, const struct svd *svd)
{
    const int64_t k = svd->rank, sides = (int64_t)svd->rows + svd->columns;
    const int64_t n_work = 4 * k * k + 10 * k + PANEL * sides;
    double *copy = NULL;
    int gave_up = 0, rc;

    if (n_work > INT32_MAX)
        return svd_by_qr(ctx, svd);
    copy = ana_alloc(ctx, (int64_t)svd->rows * svd->columns, sizeof *copy);
    if (!copy)
        return ANA_ERESOURCE;
    copy_columns(svd, svd->a, svd->lda, copy, svd->rows);
    rc = svd_divide(ctx, svd, n_work, &gave_up);
    if (rc == 0 && gave_up) {
        copy_columns(svd, copy, svd->rows, svd->a, svd->lda);
        rc = svd_by_qr(ctx, svd);
    }
    ana_free(ctx, copy);
    return rc;
}

static int decompose(struct ana_ctx *ctx, int64_t m, int64_t n, double *a, int64_t lda,
                     double *u, double *s, double *vt,
                     int (*method)(struct ana_ctx *ctx, const struct svd *svd))
{
    struct svd svd;
    int rc = svd_open(ctx, &svd, m, n, a, lda, u, s, vt);

    if (rc == 0 && svd.rank > 0) {
        ana_ctx_count_flops(ctx, ana_svd_flops(m, n));
        rc = method(ctx, &svd);
    }
    ana_free(ctx, svd.spare);
    return rc;
}

int ana_svd(struct ana_ctx *ctx, int64_t m, int64_t n, double *a, int64_t lda, double *u,
            double *s, double *vt)
{
    return decompose(ctx, m, n, a, lda, u, s, vt, svd_with_fallback);
}

int ana_svd_by_qr(struct ana_ctx *ctx, int64_t m, int64_t n, double *a, int64_t lda,
                  double *u, double *s, double *vt)
{
    return decompose(ctx, m, n, a, lda, u, s, vt, svd_by_qr);
}
