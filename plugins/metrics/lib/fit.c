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
    ana_free(ctx, fit->maps);
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

int ana_fit_map(struct ana_ctx *ctx, struct ana_fit *fit, int64_t n, const double *alphas)
{
    const int64_t m = fit->m, p = fit->p, r = fit->r;
    const double unit = 1 / (fit->size * fit->size);
    float *shrunk = ana_alloc(ctx, m * r, sizeof *shrunk);
    int rc;

    fit->maps = ana_alloc(ctx, n * m * p, sizeof *fit->maps);
    rc = shrunk && fit->maps ? 0 : ANA_ERESOURCE;
    for (int64_t a = 0; rc == 0 && a < n; a++) {
        for (int64_t i = 0; i < m; i++)
            for (int64_t l = 0; l < r; l++)
                shrunk[i * r + l] = (float)((double)fit->test[i * r + l] /
                                            (fit->lambda[l] + alphas[a] * unit));
        rc = ana_gemm_f32(ctx, 0, 1, m, p, r, 1, shrunk, r, fit->basis, r, 0,
                          fit->maps + a * m * p, p);
    }
    ana_free(ctx, shrunk);
    ana_free(ctx, fit->test);
    ana_free(ctx, fit->basis);
    fit->test = fit->basis = NULL;
    return rc;
}

/* Which of w targets chose a, their number. */
static int64_t choosers(int64_t w, const int64_t *choice, int64_t a, int64_t *at)
{
    int64_t n = 0;

    for (int64_t j = 0; j < w; j++)
        if (choice[j] == a)
            at[n++] = j;
    return n;
}

/* to (p x n) = the n columns `at` of from (p x w). */
static void gather(int64_t p, int64_t w, int64_t n, const int64_t *at, const float *from,
                   float *to)
{
    for (int64_t k = 0; k < p; k++, from += w, to += n)
        for (int64_t j = 0; j < n; j++)
            to[j] = from[at[j]];
}

/* The other way round, of m rows. */
static void scatter(int64_t m, int64_t w, int64_t n, const int64_t *at, const float *from,
                    float *to)
{
    for (int64_t i = 0; i < m; i++, from += n, to += w)
        for (int64_t j = 0; j < n; j++)
            to[at[j]] = from[j];
}

int ana_fit_predict_chosen(struct ana_ctx *ctx, const struct ana_fit *fit, int64_t n,
                           int64_t w, const float *xy, const int64_t *choice, float *room,
                           float *prediction)
{
    const int64_t m = fit->m, p = fit->p;
    int64_t *at = ana_alloc(ctx, w, sizeof *at);
    int rc = at ? 0 : ANA_ERESOURCE;

    for (int64_t a = 0; rc == 0 && a < n; a++) {
        const int64_t chosen = choosers(w, choice, a, at);
        float *own = room + p * chosen;

        if (chosen == 0)
            continue;
        gather(p, w, chosen, at, xy, room);
        rc = ana_gemm_f32(ctx, 0, 0, m, chosen, p, 1, fit->maps + a * m * p, p, room,
                          chosen, 0, own, chosen);
        if (rc == 0)
            scatter(m, w, chosen, at, own, prediction);
    }
    ana_free(ctx, at);
    return rc;
}
