/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Ridge of one training set for any penalty, in the directions of its spectrum. Rows are
 * rotated in float64 and kept in float32, so that weak directions keep their digits.
 */
#include "plugins/metrics/lib/fit.h"

#include <anaflow/linalg.h>
#include <string.h>

int ana_fit_create(struct ana_ctx *ctx, const struct ana_spectrum *spectrum,
                   const struct ana_picked *train, const struct ana_picked *held,
                   int basis, struct ana_fit **out)
{
    const int64_t p = spectrum->p, r = spectrum->r, m = held ? held->n : 0;
    struct ana_fit *fit = ana_alloc(ctx, 1, sizeof *fit);
    int rc = ANA_ERESOURCE;

    *out = NULL;
    if (!fit)
        return rc;
    *fit = (struct ana_fit){
        .n = spectrum->n, .m = m, .p = p, .r = r, .size = spectrum->size};
    fit->lambda = ana_alloc(ctx, r, sizeof(double));
    fit->train = train ? ana_alloc(ctx, train->n * r, sizeof(float)) : NULL;
    fit->test = ana_alloc(ctx, m * r, sizeof(float));
    fit->basis = basis ? ana_alloc(ctx, p * r, sizeof(float)) : NULL;
    if (!fit->lambda || (train && !fit->train) || !fit->test || (basis && !fit->basis))
        goto fail;
    memcpy(fit->lambda, spectrum->lambda, (size_t)r * sizeof(double));
    for (int64_t i = 0; basis && i < p * r; i++)
        fit->basis[i] = (float)spectrum->basis[i];
    rc = train ? ana_rotate(ctx, train, r, spectrum->basis, spectrum->offset, fit->train)
               : 0;
    if (rc == 0 && held)
        rc = ana_rotate(ctx, held, r, spectrum->basis, spectrum->offset, fit->test);
    if (rc != 0)
        goto fail;
    *out = fit;
    return 0;
fail:
    ana_fit_destroy(ctx, fit);
    return rc;
}

void ana_fit_destroy(struct ana_ctx *ctx, struct ana_fit *fit)
{
    if (!fit)
        return;
    ana_free(ctx, fit->lambda);
    ana_free(ctx, fit->train);
    ana_free(ctx, fit->test);
    ana_free(ctx, fit->basis);
    ana_free(ctx, fit);
}

int ana_fit_rotate(struct ana_ctx *ctx, const struct ana_fit *fit, int64_t w,
                   const float *y, float *b)
{
    return ana_gemm_f32(ctx, 1, 0, fit->r, w, fit->n, 1, fit->train, fit->r, y, w, 0, b,
                        w);
}

int ana_fit_turn(struct ana_ctx *ctx, const struct ana_fit *fit, int64_t w,
                 const float *xy, float *b)
{
    return ana_gemm_f32(ctx, 1, 0, fit->r, w, fit->p, 1, fit->basis, fit->r, xy, w, 0, b,
                        w);
}

void ana_fit_shrink(const struct ana_fit *fit, int64_t w, const double *alpha, float *b)
{
    const double unit = 1 / (fit->size * fit->size);

    for (int64_t k = 0; k < fit->r; k++)
        for (int64_t j = 0; j < w; j++)
            b[k * w + j] =
                (float)((double)b[k * w + j] / (fit->lambda[k] + alpha[j] * unit));
}

int ana_fit_predict(struct ana_ctx *ctx, const struct ana_fit *fit, int64_t w,
                    const float *b, float *prediction)
{
    return ana_gemm_f32(ctx, 0, 0, fit->m, w, fit->r, 1, fit->test, fit->r, b, w, 0,
                        prediction, w);
}

int ana_fit_weights(struct ana_ctx *ctx, const struct ana_fit *fit, int64_t w,
                    const float *b, float *weights)
{
    return ana_gemm_f32(ctx, 0, 0, fit->p, w, fit->r, 1, fit->basis, fit->r, b, w, 0,
                        weights, w);
}
