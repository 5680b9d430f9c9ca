/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The final fit of banded ridge: targets that chose the same draw share one X'X or XX',
 * whichever is smaller, and its Cholesky factors or eigenvectors; all draws share what it
 * is scaled from. In float64.
 *
 *     w = V (V'Z'y / (lambda + alpha)),  or  w = Z'U (U'y / (lambda + alpha))
 *
 * with Z the weighted features; the weights of the features themselves are sqrt(gamma) w.
 */
#include <anaflow/linalg.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "plugins/metrics/banded/bands.h"

struct work {
    const struct bands_fold *fold;
    uint32_t mask;
    int32_t pad;
    int64_t t;
    const double *y;
    const struct bands_choice *choice;
    double *prediction, *weights;
    double *gram; /* p x p: X'X, where p <= n */
};

/* y of the chosen targets, less its mean with an intercept: n x w. */
static void take_targets(const struct work *work, int64_t w, const int64_t *target,
                         double *y)
{
    const int64_t n = work->fold->n;

    for (int64_t j = 0; j < w; j++) {
        double mean = 0;

        for (int64_t i = 0; work->fold->bands->ridge.intercept && i < n; i++)
            mean += work->y[i * work->t + target[j]];
        mean /= (double)n;
        for (int64_t i = 0; i < n; i++)
            y[i * w + j] = work->y[i * work->t + target[j]] - mean;
    }
}

enum { FEW_ALPHAS = 24 };

/* Distinct penalties among w; more than FEW_ALPHAS are not counted to the end. */
static int64_t distinct(int64_t w, const double *alpha, double *list)
{
    int64_t n = 0;

    for (int64_t j = 0; j < w && n <= FEW_ALPHAS; j++) {
        int64_t a = 0;

        while (a < n && (list[a] < alpha[j] || list[a] > alpha[j]))
            a++;
        if (a == n)
            list[n++] = alpha[j];
    }
    return n;
}

/* c (k x w, overwritten) = (gram + alpha)^-1 c, by one Cholesky factor a penalty. */
static int solve_few(struct ana_ctx *ctx, int64_t k, int64_t w, const double *gram,
                     const double *alpha, int64_t n_list, const double *list, double *c)
{
    double *factor = ana_alloc(ctx, k * k, sizeof *factor);
    double *some = ana_alloc(ctx, k * w, sizeof *some);
    int rc = factor && some ? 0 : ANA_ERESOURCE;

    for (int64_t a = 0; rc == 0 && a < n_list; a++) {
        int64_t n = 0;

        memcpy(factor, gram, (size_t)(k * k) * sizeof *factor);
        for (int64_t i = 0; i < k; i++)
            factor[i * k + i] += list[a];
        rc = ana_cholesky(ctx, k, factor, k);
        for (int64_t j = 0; j < w; j++) {
            if (alpha[j] < list[a] || alpha[j] > list[a])
                continue;
            for (int64_t i = 0; i < k; i++)
                some[i * w + n] = c[i * w + j];
            n++;
        }
        if (rc == 0)
            rc = ana_cholesky_apply(ctx, k, n, factor, k, some, w);
        n = 0;
        for (int64_t j = 0; rc == 0 && j < w; j++) {
            if (alpha[j] < list[a] || alpha[j] > list[a])
                continue;
            for (int64_t i = 0; i < k; i++)
                c[i * w + j] = some[i * w + n];
            n++;
        }
    }
    ana_free(ctx, factor);
    ana_free(ctx, some);
    return rc;
}

/* The same in the directions of gram (overwritten), those of rounding left out. */
static int solve_many(struct ana_ctx *ctx, int64_t n, int64_t k, int64_t w, double *gram,
                      const double *alpha, double *c)
{
    double *lambda = ana_alloc(ctx, k, sizeof *lambda);
    double *b = ana_alloc(ctx, k * w, sizeof *b);
    int rc = lambda && b ? ana_eigh(ctx, k, gram, k, lambda) : ANA_ERESOURCE;

    if (rc == 0)
        rc = ana_gemm(ctx, 1, 0, k, w, k, 1, gram, k, c, w, 0, b, w);
    for (int64_t i = 0; rc == 0 && i < k; i++)
        for (int64_t j = 0; j < w; j++)
            b[i * w + j] = lambda[i] > DBL_EPSILON * (double)n * lambda[k - 1]
                               ? b[i * w + j] / (lambda[i] + alpha[j])
                               : 0;
    if (rc == 0)
        rc = ana_gemm(ctx, 0, 0, k, w, k, 1, gram, k, b, w, 0, c, w);
    ana_free(ctx, lambda);
    ana_free(ctx, b);
    return rc;
}

static double trace_of(int64_t k, const double *gram)
{
    double trace = 0;

    for (int64_t i = 0; i < k; i++)
        trace += gram[i * k + i];
    return trace;
}

/* Z'Z or ZZ' of the weighted features, whichever is smaller, from what all draws share;
 * root: p, the root of each column's weight. */
static int make_gram(struct ana_ctx *ctx, const struct work *work, const double *gamma,
                     const double *root, double *gram)
{
    const struct bands_fold *fold = work->fold;
    const int64_t n = fold->n, p = fold->p;
    double *z;
    int rc;

    if (work->gram) {
        for (int64_t i = 0; i < p; i++)
            for (int64_t j = 0; j < p; j++)
                gram[i * p + j] = work->gram[i * p + j] * root[i] * root[j];
        return 0;
    }
    for (int64_t b = 0; fold->kernel && b < fold->bands->n_bands; b++)
        for (int64_t i = 0; i < n * n; i++)
            gram[i] += gamma[b] * fold->kernel[b][i];
    if (fold->kernel)
        return 0;
    z = ana_alloc(ctx, n * p, sizeof *z);
    for (int64_t i = 0; z && i < n; i++)
        for (int64_t k = 0; k < p; k++)
            z[i * p + k] = fold->x[i * p + k] * root[k];
    rc = z ? ana_syrk(ctx, 0, n, p, 1, z, p, 0, gram, n) : ANA_ERESOURCE;
    ana_free(ctx, z);
    return rc;
}

static void scale_rows(int64_t p, int64_t w, const double *root, double *c)
{
    for (int64_t k = 0; k < p; k++)
        for (int64_t j = 0; j < w; j++)
            c[k * w + j] *= root[k];
}

/* Weights (p x w) of the features. Cholesky where few penalties were chosen and the
 * smallest is far above rounding. */
static int solve(struct ana_ctx *ctx, const struct work *work, int64_t w,
                 const double *gamma, const double *root, const double *y,
                 const double *alpha, double *weights)
{
    const struct bands_fold *fold = work->fold;
    const int64_t n = fold->n, p = fold->p, k = p > n ? n : p;
    double *gram = ana_alloc(ctx, k * k, sizeof *gram), list[FEW_ALPHAS + 1], least = 0;
    double *dual = ana_alloc(ctx, p > n ? n * w : 0, sizeof *dual);
    double *c = p > n ? dual : weights;
    const int64_t n_list = distinct(w, alpha, list);
    int rc = gram && dual ? make_gram(ctx, work, gamma, root, gram) : ANA_ERESOURCE;

    for (int64_t j = 0; j < w; j++)
        least = j == 0 || alpha[j] < least ? alpha[j] : least;
    if (rc == 0 && p <= n) {
        rc = ana_gemm(ctx, 1, 0, p, w, n, 1, fold->x, p, y, w, 0, c, w);
        scale_rows(p, w, root, c);
    } else if (rc == 0) {
        memcpy(c, y, (size_t)(n * w) * sizeof *c);
    }
    if (rc == 0 && n_list <= FEW_ALPHAS && least > 1e-12 * trace_of(k, gram))
        rc = solve_few(ctx, k, w, gram, alpha, n_list, list, c);
    else if (rc == 0)
        rc = solve_many(ctx, n, k, w, gram, alpha, c);
    if (rc == 0 && p > n) {
        rc = ana_gemm(ctx, 1, 0, p, w, n, 1, fold->x, p, c, w, 0, weights, w);
        scale_rows(p, w, root, weights);
    }
    scale_rows(p, w, root, weights);
    ana_free(ctx, gram);
    ana_free(ctx, dual);
    return rc;
}

/* Test rows by each band, and the weights of the features, to the targets' places. */
static int hand_back(struct ana_ctx *ctx, const struct work *work, int64_t w,
                     const int64_t *target, const double *weights)
{
    const struct bands_fold *fold = work->fold;
    const int64_t m = fold->m, p = fold->p, t = work->t;
    double *part = ana_alloc(ctx, m * w, sizeof *part);
    int rc = part ? 0 : ANA_ERESOURCE;

    for (int64_t b = 0; rc == 0 && b < fold->bands->n_bands; b++) {
        const int64_t first = fold->start[b], width = fold->start[b + 1] - first;

        rc = ana_gemm(ctx, 0, 0, m, w, width, 1, fold->x + fold->n * p + first, p,
                      weights + first * w, w, 0, part, w);
        for (int64_t i = 0; rc == 0 && i < m; i++)
            for (int64_t j = 0; j < w; j++)
                work->prediction[(b * m + i) * t + target[j]] = part[i * w + j];
    }
    for (int64_t k = 0; rc == 0 && work->weights && k < p; k++)
        for (int64_t j = 0; j < w; j++)
            work->weights[k * t + target[j]] = weights[k * w + j];
    ana_free(ctx, part);
    return rc;
}

static int predict_draw(struct ana_ctx *ctx, void *arg, int64_t draw)
{
    const struct work *work = arg;
    const struct bands_fold *fold = work->fold;
    const int64_t n = fold->n, p = fold->p, n_bands = fold->bands->n_bands;
    int64_t *target = ana_alloc(ctx, work->t, sizeof *target), w = 0;
    double *gamma = ana_alloc(ctx, n_bands + p, sizeof *gamma), *y, *alpha, *weights;
    double *root = gamma + n_bands;
    int rc;

    for (int64_t j = 0; target && j < work->t; j++)
        if (work->choice->draw[j] == draw)
            target[w++] = j;
    y = ana_alloc(ctx, n * w, sizeof *y);
    alpha = ana_alloc(ctx, w, sizeof *alpha);
    weights = ana_alloc(ctx, p * w, sizeof *weights);
    rc = target && gamma && y && alpha && weights ? 0 : ANA_ERESOURCE;
    if (rc == 0 && w > 0) {
        bands_gamma(fold->bands, draw, work->mask, gamma);
        for (int64_t b = 0; b < n_bands; b++)
            for (int64_t k = fold->start[b]; k < fold->start[b + 1]; k++)
                root[k] = sqrt(gamma[b]);
        take_targets(work, w, target, y);
        for (int64_t j = 0; j < w; j++)
            alpha[j] = fold->bands->ridge.alphas[work->choice->alpha[target[j]]];
        rc = solve(ctx, work, w, gamma, root, y, alpha, weights);
        if (rc == 0)
            rc = hand_back(ctx, work, w, target, weights);
    }
    ana_free(ctx, target);
    ana_free(ctx, gamma);
    ana_free(ctx, y);
    ana_free(ctx, alpha);
    ana_free(ctx, weights);
    return rc;
}

int bands_predict(struct ana_ctx *ctx, const struct bands_fold *fold, uint32_t mask,
                  int64_t t, const double *y, const struct bands_choice *choice,
                  double *prediction, double *weights)
{
    struct work work = {.fold = fold,
                        .mask = mask,
                        .t = t,
                        .y = y,
                        .choice = choice,
                        .prediction = prediction,
                        .weights = weights};
    const int64_t n = fold->n, p = fold->p;
    int rc = 0;

    if (p <= n) {
        work.gram = ana_alloc(ctx, p * p, sizeof *work.gram);
        rc = work.gram ? ana_syrk(ctx, 1, p, n, 1, fold->x, p, 0, work.gram, p)
                       : ANA_ERESOURCE;
    }
    if (rc == 0)
        rc = ana_parallel_for(ctx, fold->bands->n_draws, predict_draw, &work);
    ana_free(ctx, work.gram);
    return rc;
}
