/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What must hold before a call into OpenBLAS: one thread a call, sizes that fit its
 * 32-bit integers, numbers that are finite. A product with its own threads splits
 * sums differently for each thread count, so that bits would depend on the machine;
 * our pool runs whole calls side by side instead.
 */
#include "linalg/blas.h"

#include <cblas.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "linalg/pool.h"

/* Thread setting and name belong to the process, not to a run: written once. */
static pthread_once_t prepared = PTHREAD_ONCE_INIT;
static char blas_name[128];
static int64_t direct;

/* openblas_get_config() reads "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ... Haswell
 * MAX_THREADS=64"; version and kernel are what the bits of a result depend on. */
static void prepare(void)
{
    /* Kernels with AVX-512, which have others for small products (OpenBLAS 0.3.16). */
    static const char *const small[] = {"SkylakeX", "Cooperlake", "SapphireRapids"};
    const char *config = openblas_get_config(), *end = strchr(config, ' ');

    if (end)
        end = strchr(end + 1, ' ');
    snprintf(blas_name, sizeof blas_name, "%.*s, %s",
             (int)(end ? end - config : (long)strlen(config)), config,
             openblas_get_corename());
    for (size_t i = 0; i < sizeof small / sizeof *small; i++)
        if (strcmp(openblas_get_corename(), small[i]) == 0)
            direct = 1000000;
    openblas_set_num_threads(1);
#ifdef __GLIBC__
    /* Loops free and take megabytes in turn: kept, they are not zeroed by the kernel each
     * time. One heap, since threads' own are given back whatever is set. */
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_MMAP_THRESHOLD, 1 << 22);
    mallopt(M_TRIM_THRESHOLD, 1 << 24);
#endif
}

void ana_blas_prepare(void)
{
    pthread_once(&prepared, prepare);
}

int ana_blas_single_thread(void)
{
    enum { OPENMP = 2 }; /* whose thread count each calling thread has for itself */

    ana_blas_prepare();
    return openblas_get_parallel() != OPENMP && openblas_get_num_threads() == 1;
}

const char *ana_blas_name(void)
{
    ana_blas_prepare();
    return blas_name;
}

int64_t ana_blas_direct(void)
{
    ana_blas_prepare();
    return direct;
}

int ana_blas_check(struct ana_ctx *ctx, const char *what, int64_t rows, int64_t columns,
                   int64_t stride)
{
    if (rows < 0 || columns < 0 || stride < columns)
        return ana_fail(
            ctx, ANA_ESHAPE,
            "%s of %lld x %lld with %lld elements from row to row is no matrix", what,
            (long long)rows, (long long)columns, (long long)stride);
    if (rows > INT32_MAX || stride > INT32_MAX)
        return ana_fail(
            ctx, ANA_ERESOURCE,
            "%s of %lld x %lld is larger than this BLAS can address (2147483647 a "
            "side); use fewer rows or features",
            what, (long long)rows, (long long)stride);
    return 0;
}

int ana_blas_check_finite(struct ana_ctx *ctx, const char *what, int64_t rows,
                          int64_t columns, int64_t stride, const double *a)
{
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++)
            if (!isfinite(a[i * stride + j]))
                return ana_fail(ctx, ANA_ENUMERIC,
                                "%s: row %lld, column %lld of %lld x %lld (from 0) is %g",
                                what, (long long)i, (long long)j, (long long)rows,
                                (long long)columns, a[i * stride + j]);
    return 0;
}
