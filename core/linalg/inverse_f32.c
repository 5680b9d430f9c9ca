/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Inverses in float32.
 */
#include "linalg/inverse.h"

#include <cblas.h>
#include <lapacke.h>
#include <string.h>

#define REAL float
#define TRMM cblas_strmm
#define TRSM cblas_strsm
#define LAUUM LAPACKE_slauum_work
#define OF_FACTOR ana_inverse_of_factor_f32
#include "linalg/inverse_body.h"

/* a = L^-1 of A = LL'. */
static int64_t factor_and_invert(int64_t n, float *a, int64_t lda)
{
    const int64_t h = half_of(n), r = n - h;
    float *below = a + h, *rest = a + h * lda + h;
    int64_t bad;

    if (n <= BASE) {
        bad =
            LAPACKE_spotrf_work(LAPACK_COL_MAJOR, 'L', (lapack_int)n, a, (lapack_int)lda);
        if (bad == 0)
            invert_small(n, a, lda);
        return bad;
    }
    bad = factor_and_invert(h, a, lda);
    if (bad != 0)
        return bad;
    times_triangle(CblasRight, CblasTrans, r, h, 1, a, below, lda);
    cblas_ssyrk(CblasColMajor, CblasLower, CblasNoTrans, (blasint)r, (blasint)h, -1,
                below, (blasint)lda, 1, rest, (blasint)lda);
    bad = factor_and_invert(r, rest, lda);
    if (bad != 0)
        return h + bad;
    times_triangle(CblasRight, CblasNoTrans, r, h, -1, a, below, lda);
    times_triangle(CblasLeft, CblasNoTrans, r, h, 1, rest, below, lda);
    return 0;
}

int64_t ana_inverse_at_once_f32(int64_t n, float *a, int64_t lda)
{
    const int64_t bad = factor_and_invert(n, a, lda);

    if (bad == 0)
        multiply_out(n, a, lda);
    return bad;
}
