/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Inverses in numbers of type REAL, included with REAL, the names of BLAS
 * and OF_FACTOR set. Triangles are halved until they are small, so that nearly all of the work
 * is products of matrices; LAPACK's inverse of a triangle goes column by column in blocks
 * too large for that, and takes twice as long.
 *
 * In column order the triangle is the lower one: A = LL'.
 */
enum { BASE = 32, LINE = 16, BLOCK = 64 };

/* The larger half, whole lines of numbers. */
static int64_t half_of(int64_t n)
{
    return (n / 2 + LINE - 1) / LINE * LINE;
}

/* a = a b or b a with b triangular, of rows x columns. */
static void times_triangle(CBLAS_SIDE side, CBLAS_TRANSPOSE turned, int64_t rows,
                           int64_t columns, REAL by, const REAL *b, REAL *a, int64_t lda)
{
    TRMM(CblasColMajor, side, CblasLower, turned, CblasNonUnit, (blasint)rows,
         (blasint)columns, by, b, (blasint)lda, a, (blasint)lda);
}

static void invert_small(int64_t n, REAL *a, int64_t lda)
{
    REAL unit[BASE * BASE] = {0};

    for (int64_t j = 0; j < n; j++)
        unit[j * n + j] = 1;
    TRSM(CblasColMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, (blasint)n,
         (blasint)n, 1, a, (blasint)lda, unit, (blasint)n);
    for (int64_t j = 0; j < n; j++)
        memcpy(a + j * lda + j, unit + j * n + j, (size_t)(n - j) * sizeof *a);
}

/* a = L^-1 */
static void invert_triangle(int64_t n, REAL *a, int64_t lda)
{
    const int64_t h = half_of(n), r = n - h;
    REAL *below = a + h, *rest = a + h * lda + h;

    if (n <= BASE) {
        invert_small(n, a, lda);
        return;
    }
    invert_triangle(h, a, lda);
    invert_triangle(r, rest, lda);
    times_triangle(CblasLeft, CblasNoTrans, r, h, -1, rest, below, lda);
    times_triangle(CblasRight, CblasNoTrans, r, h, 1, a, below, lda);
}

/* a = L^-1' L^-1, both triangles; in blocks, so that a large matrix is not walked against
 * its rows. */
static void multiply_out(int64_t n, REAL *a, int64_t lda)
{
    LAUUM(LAPACK_COL_MAJOR, 'L', (lapack_int)n, a, (lapack_int)lda);
    for (int64_t i0 = 0; i0 < n; i0 += BLOCK)
        for (int64_t j0 = 0; j0 <= i0; j0 += BLOCK)
            for (int64_t i = i0; i < n && i < i0 + BLOCK; i++)
                for (int64_t j = j0; j < i && j < j0 + BLOCK; j++)
                    a[i * lda + j] = a[j * lda + i];
}

int64_t OF_FACTOR(int64_t n, REAL *a, int64_t lda)
{
    for (int64_t i = 0; i < n; i++)
        if (!(a[i * lda + i] > 0))
            return i + 1;
    invert_triangle(n, a, lda);
    multiply_out(n, a, lda);
    return 0;
}
