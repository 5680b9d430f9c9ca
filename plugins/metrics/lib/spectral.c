/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The directions of a kernel, in float64; rows in them are kept in float32. Directions
 * that rounding leaves in the kernel's null space are carried along as zeros.
 */
#include "plugins/metrics/lib/spectral.h"

#include <anaflow/linalg.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "plugins/metrics/lib/kernels.h"

/* A training set while it is made. */
struct making {
    struct ana_kernels kernels; /* own becomes U */
    struct ana_spectrum spectrum;
    float *train, *held; /* n x n, m x n */
};

/* U and lambda, in units of the largest eigenvalue. */
static int decompose(struct ana_ctx *ctx, struct making *making)
{
    const int64_t n = making->kernels.n;
    struct ana_spectrum *s = &making->spectrum;
    double *values = ana_alloc(ctx, n, sizeof *values), most;
    int rc = values ? ana_eigh(ctx, n, making->kernels.own, n, values) : ANA_ERESOURCE;

    *s = (struct ana_spectrum){.n = n, .r = n, .size = 1, .lambda = values};
    if (rc != 0)
        return rc;
    most = values[n - 1];
    while (s->null < n && !(values[s->null] > DBL_EPSILON * (double)n * most))
        s->null++;
    if (most > 0)
        s->size = sqrt(most);
    for (int64_t l = s->null; l < n; l++)
        values[l] /= most;
    for (int64_t l = s->null - 1; l >= 0; l--) /* apart, so that no pair is near */
        values[l] = .985 * (l + 1 < n ? values[l + 1] : 1);
    return 0;
}

/* Held-out rows in the directions: K_test,train U lambda^-1/2. */
static int turn_held(struct ana_ctx *ctx, struct making *making)
{
    const struct ana_spectrum *s = &making->spectrum;
    const int64_t n = making->kernels.n, m = making->kernels.m;
    const double unit = 1 / (s->size * s->size);
    double *turned = ana_alloc(ctx, m * n, sizeof *turned);
    int rc = ANA_ERESOURCE;

    making->held = ana_alloc(ctx, m * n, sizeof *making->held);
    if (turned && making->held)
        rc = ana_gemm(ctx, 1, 0, m, n, n, unit, making->kernels.cross, m,
                      making->kernels.own, n, 0, turned, n);
    for (int64_t i = 0; rc == 0 && i < m; i++)
        for (int64_t l = s->null; l < n; l++)
            making->held[i * n + l] = (float)(turned[i * n + l] / sqrt(s->lambda[l]));
    ana_free(ctx, turned);
    return rc;
}

/* Training rows in the directions: U lambda^1/2. */
static int turn_train(struct ana_ctx *ctx, struct making *making)
{
    const struct ana_spectrum *s = &making->spectrum;
    const int64_t n = making->kernels.n;
    const double *u = making->kernels.own;

    making->train = ana_alloc(ctx, n * n, sizeof *making->train);
    for (int64_t i = 0; making->train && i < n; i++)
        for (int64_t l = s->null; l < n; l++)
            making->train[i * n + l] = (float)(u[i * n + l] * sqrt(s->lambda[l]));
    return making->train ? 0 : ANA_ERESOURCE;
}

/* What was made becomes the sweep's and the fit's. */
static int hand_over(struct ana_ctx *ctx, struct making *making, int64_t n_alphas,
                     const double *alphas, struct ana_sweep **sweep, struct ana_fit **fit)
{
    const int64_t n = making->kernels.n, m = making->kernels.m;
    const struct ana_picked held = {making->held, NULL, m, n};
    int rc = 0;

    if (sweep)
        rc = ana_sweep_create(ctx, &making->spectrum, &held, n_alphas, alphas, NULL,
                              sweep);
    *fit = rc == 0 ? ana_alloc(ctx, 1, sizeof **fit) : NULL;
    if (!*fit)
        return rc != 0 ? rc : ANA_ERESOURCE;
    **fit = (struct ana_fit){.n = n,
                             .m = sweep ? 0 : m,
                             .r = n,
                             .size = making->spectrum.size,
                             .lambda = making->spectrum.lambda,
                             .train = making->train,
                             .test = sweep ? NULL : making->held};
    making->spectrum.lambda = NULL;
    making->train = NULL;
    making->held = sweep ? making->held : NULL;
    return 0;
}

int ana_spectral_create(struct ana_ctx *ctx, int64_t N, const double *kernel, int64_t n,
                        const int64_t *train, int64_t m, const int64_t *test, int centre,
                        int64_t n_alphas, const double *alphas, struct ana_sweep **sweep,
                        struct ana_fit **fit)
{
    struct making making = {0};
    int rc =
        ana_kernels_create(ctx, N, kernel, n, train, m, test, centre, &making.kernels);

    if (rc == 0)
        rc = decompose(ctx, &making);
    if (rc == 0)
        rc = turn_held(ctx, &making);
    if (rc == 0)
        rc = turn_train(ctx, &making);
    ana_kernels_finish(ctx, &making.kernels);
    making.kernels = (struct ana_kernels){.n = n, .m = m};
    if (rc == 0)
        rc = hand_over(ctx, &making, n_alphas, alphas, n_alphas > 0 ? sweep : NULL, fit);
    ana_spectrum_finish(ctx, &making.spectrum);
    ana_free(ctx, making.train);
    ana_free(ctx, making.held);
    return rc;
}

/* A sweep without a basis of its own. */
static double sweep_bytes(int64_t n, int64_t m, int64_t n_alphas)
{
    return ana_sweep_bytes(m, n, n_alphas) - 4 * (double)n * (double)n;
}

double ana_spectral_bytes(int64_t n, int64_t m, int64_t n_alphas)
{
    const double rows = (double)n;

    return 4 * rows * rows + 8 * rows +
           (n_alphas > 0 ? sweep_bytes(n, m, n_alphas) : 4 * rows * (double)m);
}

double ana_spectral_work_bytes(int64_t n, int64_t m, int64_t n_alphas)
{
    const double rows = (double)n, held = (double)m;
    const double found = 8 * rows * (rows + held) + 8 * rows * (2 * rows + 8);
    const double turned = 8 * rows * (rows + 2 * held + 1) + 4 * rows * (rows + held);
    const double gram = 8 * ANA_GRAM_ROWS * rows;

    return fmax(fmax(found, turned),
                ana_spectral_bytes(n, m, n_alphas) +
                    (n_alphas > 0 ? 4 * rows * held + 8 * rows * (rows + 1) + gram : 0));
}

double ana_spectral_flops(int64_t n, int64_t m, int64_t n_alphas)
{
    return ana_eigh_flops(n) + ana_gemm_flops(m, n, n) +
           (n_alphas > 0 ? ana_gram_flops(m, n) : 0);
}

double ana_spectral_target_flops(int64_t n, int64_t m, int64_t n_alphas)
{
    return ana_gemm_flops(n, 1, n) + (n_alphas > 0
                                          ? ana_sweep_target_flops(m, n, n_alphas)
                                          : ana_gemm_flops(m, 1, n));
}
