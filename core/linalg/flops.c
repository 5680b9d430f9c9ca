/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a call counts as, in floating-point operations of the leading order (Golub & Van
 * Loan 2013, sections 1.2, 4.2, 5.4, 8.3, 8.6): the same formulas for a plan and for the
 * count of what then happens.
 */
#include <anaflow/linalg.h>

double ana_gemm_flops(int64_t m, int64_t n, int64_t k)
{
    return 2 * (double)m * (double)n * (double)k;
}

double ana_syrk_flops(int64_t n, int64_t k)
{
    return (double)n * (double)n * (double)k;
}

double ana_eigh_flops(int64_t n)
{
    return 9 * (double)n * (double)n * (double)n;
}

double ana_svd_flops(int64_t m, int64_t n)
{
    const double s = (double)(m < n ? m : n), l = (double)(m < n ? n : m);

    return 6 * s * s * l + 20 * s * s * s;
}

double ana_cholesky_flops(int64_t n, int64_t m)
{
    const double a = (double)n;

    return a * a * a / 3 + 2 * a * a * (double)m;
}
