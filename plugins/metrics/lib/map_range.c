/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where the eigenvalues of a kernel lie, by block power iterations from random vectors:
 * a few vectors at once, since the largest eigenvalues may be one several times.
 */
#include "plugins/metrics/lib/map_range.h"

#include <anaflow/linalg.h>
#include <float.h>
#include <math.h>
#include <string.h>

/* Make the vectors (n x VECTORS) orthonormal, each to those before it; norm is what was
 * left of each. */
static void orthonormalise(int64_t n, double *v, double *norm)
{
    const int64_t V = ANA_RANGE_VECTORS;

    for (int64_t c = 0; c < V; c++) {
        for (int64_t d = 0; d < c; d++) {
            double shared = 0;

            for (int64_t i = 0; i < n; i++)
                shared += v[i * V + c] * v[i * V + d];
            for (int64_t i = 0; i < n; i++)
                v[i * V + c] -= shared * v[i * V + d];
        }
        norm[c] = 0;
        for (int64_t i = 0; i < n; i++)
            norm[c] += v[i * V + c] * v[i * V + c];
        norm[c] = sqrt(norm[c]);
        for (int64_t i = 0; norm[c] > 0 && i < n; i++)
            v[i * V + c] /= norm[c];
    }
}

/* From the largest eigenvalues of (kernel + alpha)^-1, descending: the smallest of the
 * kernel, and the smallest that counts beside alpha. */
static void find_low(const double *weak, double alpha, struct ana_range *range)
{
    const double counts = 1e-6 * alpha;

    range->least = weak[0] > 0 ? fmax(.5 * (1 / weak[0] - alpha), 0) : 0;
    range->low = 0;
    for (int64_t c = 0; c < ANA_RANGE_VECTORS && range->low == 0; c++)
        if (weak[c] > 0 && .8 * (1 / weak[c] - alpha) > counts)
            range->low = .8 * (1 / weak[c] - alpha);
    range->low = fmax(range->low, counts);
}

/* Random vectors, n x VECTORS; NULL: no memory. */
static double *start_vectors(struct ana_ctx *ctx, int64_t n, int stream)
{
    double *v = ana_alloc(ctx, n * ANA_RANGE_VECTORS, sizeof *v);
    struct ana_rng rng;

    ana_rng_init(ctx, "kernel range", stream, &rng);
    for (int64_t i = 0; v && i < n * ANA_RANGE_VECTORS; i++)
        v[i] = ana_rng_normal(&rng);
    return v;
}

int ana_map_range_high(struct ana_ctx *ctx, int64_t n, int64_t stride,
                       const double *kernel, double trace, struct ana_range *range)
{
    const int64_t V = ANA_RANGE_VECTORS;
    double *v = start_vectors(ctx, n, 0), *next = ana_alloc(ctx, n * V, sizeof *next);
    double norm[ANA_RANGE_VECTORS] = {0};
    int rc = v && next ? 0 : ANA_ERESOURCE;

    for (int turn = 0; rc == 0 && turn < ANA_RANGE_TURNS; turn++) {
        rc = ana_gemm(ctx, 0, 0, n, V, n, 1, kernel, stride, v, V, 0, next, V);
        memcpy(v, next, (size_t)(n * V) * sizeof *v);
        orthonormalise(n, v, norm);
    }
    range->high = fmin(1.2 * norm[0], trace);
    ana_free(ctx, v);
    ana_free(ctx, next);
    return rc;
}

int ana_map_range_low(struct ana_ctx *ctx, int64_t n, const double *factor, double trace,
                      double least_alpha, struct ana_range *range)
{
    double *v = start_vectors(ctx, n, 1);
    double norm[ANA_RANGE_VECTORS] = {0};
    int rc = v ? 0 : ANA_ERESOURCE;

    for (int turn = 0; rc == 0 && turn < ANA_RANGE_TURNS; turn++) {
        rc = ana_cholesky_apply(ctx, n, ANA_RANGE_VECTORS, factor, n, v,
                                ANA_RANGE_VECTORS);
        orthonormalise(n, v, norm);
    }
    find_low(norm, least_alpha, range);
    range->low = fmax(range->low, DBL_EPSILON * trace);
    range->high = fmax(range->high, range->low);
    ana_free(ctx, v);
    return rc;
}
