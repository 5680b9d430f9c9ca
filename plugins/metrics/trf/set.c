/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One training set: (Z'Z + alpha R) w = Z'y with Z the lagged matrix, centred (a bias that
 * is not penalised) and scaled, from sums alone; and the loss of w on held-out rows, from
 * their sums. R is the identity or, for Tikhonov regularisation, D'D / 2 with D the first
 * differences (Crosse et al. 2016).
 *
 * p lagged columns, t targets.
 */
#include <anaflow/linalg.h>
#include <math.h>
#include <string.h>

#include "plugins/metrics/trf/trf.h"

/* A column that varies by less than this share of its own size is constant. */
static const double VARIES = 1e-12;

/* Mean and SD of the undelayed features over training rows, as `ana_fold_matrix` takes
 * them: the mean of x less x_mean. */
static void fit_scale(const struct trf *trf, const struct ana_fold *fold, double *mean,
                      double *sd)
{
    const int64_t F = trf->lagged.F, n = fold->n_train;

    for (int64_t f = 0; f < F; f++)
        mean[f] = sd[f] = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t f = 0; f < F; f++)
            mean[f] += trf->x[trf->lagged.base[fold->train[i]] * F + f];
    for (int64_t f = 0; f < F; f++)
        mean[f] /= (double)n;
    for (int64_t i = 0; i < n; i++)
        for (int64_t f = 0; f < F; f++) {
            const double d = trf->x[trf->lagged.base[fold->train[i]] * F + f] - mean[f];

            sd[f] += d * d;
        }
    for (int64_t f = 0; f < F; f++) {
        sd[f] = sqrt(sd[f] / (double)n);
        if (sd[f] <= 1e-12 * fabs(mean[f] + trf->x_mean[f]))
            sd[f] = 0;
    }
}

/* Rows that are in neither list, ascending; returns how many. */
static int64_t other_rows(int64_t n_rows, const struct ana_fold *fold, int with_test,
                          int64_t *rows)
{
    int64_t n = 0, a = 0, b = 0;

    for (int64_t i = 0; i < n_rows; i++) {
        const int train = a < fold->n_train && fold->train[a] == i;
        const int test = with_test && b < fold->n_test && fold->test[b] == i;

        a += train;
        b += test;
        if (!train && !test)
            rows[n++] = i;
    }
    return n;
}

static void subtract(int64_t n, const double *from, const double *what, double *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = from[i] - what[i];
}

/* Take rows out of the training sums: where they are whole groups whose products with y
 * are known, those are taken from there. */
static int take_out(struct ana_ctx *ctx, struct trf_set *set, int64_t n,
                    const int64_t *row, const double *y, const struct trf_total *total)
{
    const struct ana_problem *problem = set->trf->problem;
    const int64_t t = set->t, p = set->trf->lagged.p;
    int known = total->part != NULL;

    for (int64_t i = 0, first; known && i < n;) {
        for (first = i++; i < n && problem->group[row[i]] == problem->group[row[first]];
             i++)
            ;
        known = i - first == total->size[problem->group[row[first]]];
    }
    for (int64_t i = 0; known && i < n; i += total->size[problem->group[row[i]]]) {
        const struct lagged_sums *part = &total->part[problem->group[row[i]]];

        subtract(p * t, set->train.cross, part->cross, set->train.cross);
        subtract(2 * t, set->train.y_sum, part->y_sum, set->train.y_sum);
    }
    return lagged_add(ctx, &set->trf->lagged, n, row, known ? 0 : t, y, -1, &set->train);
}

/* Training sums: all rows less the others, or the sums themselves where few train. */
static int sum_train(struct ana_ctx *ctx, struct trf_set *set,
                     const struct ana_fold *fold, const double *y,
                     const struct trf_total *total, int with_test)
{
    const struct lagged *l = &set->trf->lagged;
    const int64_t p = l->p, t = set->t, left = l->n_rows - fold->n_train;
    const struct lagged_sums *known = with_test ? &set->test : &set->train;
    int64_t *others;
    int rc;

    if (2 * left > l->n_rows)
        return lagged_add(ctx, l, fold->n_train, fold->train, t, y, 1, &set->train);
    subtract(p * p, total->all.gram, known->gram, set->train.gram);
    subtract(p, total->all.sum, known->sum, set->train.sum);
    subtract(p * t, total->all.cross, known->cross, set->train.cross);
    subtract(2 * t, total->all.y_sum, known->y_sum, set->train.y_sum);
    set->train.n = total->all.n - set->test.n;
    others = ana_alloc(ctx, l->n_rows, sizeof *others);
    rc = others ? take_out(ctx, set, other_rows(l->n_rows, fold, with_test, others),
                           others, y, total)
                : ANA_ERESOURCE;
    ana_free(ctx, others);
    return rc;
}

/* What is taken off each column and what it is multiplied by. */
static int fit_columns(struct ana_ctx *ctx, struct trf_set *set,
                       const struct ana_fold *fold)
{
    const struct trf *trf = set->trf;
    const int64_t p = trf->lagged.p, F = trf->lagged.F;
    double *mean = ana_alloc(ctx, 2 * F, sizeof *mean), *sd = mean ? mean + F : NULL;

    if (!mean)
        return ANA_ERESOURCE;
    if (trf->columns != ANA_COLUMNS_PLAIN)
        fit_scale(trf, fold, mean, sd);
    for (int64_t i = 0; i < p; i++) {
        set->shift[i] = trf->ridge.intercept ? set->train.sum[i] / set->train.n
                        : trf->columns != ANA_COLUMNS_PLAIN ? mean[i % F]
                                                            : 0;
        set->scale[i] = trf->columns != ANA_COLUMNS_SCALED ? 1
                        : sd[i % F] > 0                    ? 1 / sd[i % F]
                                                           : 0;
    }
    ana_free(ctx, mean);
    return 0;
}

/* Z'Z and Z'y in place of the sums; a constant column becomes 0, with 1 on the diagonal,
 * so that its weight is 0 for every penalty. */
static void centre(struct trf_set *set)
{
    const int64_t p = set->trf->lagged.p, t = set->t;
    const double *m = set->shift, *S = set->train.sum, n = set->train.n;
    double *G = set->train.gram, *C = set->train.cross;

    for (int64_t j = 0; j < t; j++)
        set->y_shift[j] = set->trf->ridge.intercept ? set->train.y_sum[j] / n : 0;
    for (int64_t i = 0; i < p; i++) {
        const double own = G[i * p + i];
        const double left = own - 2 * m[i] * S[i] + n * m[i] * m[i];

        if (!(left > VARIES * own))
            set->scale[i] = 0;
    }
    for (int64_t i = 0; i < p; i++)
        for (int64_t j = i; j < p; j++)
            G[i * p + j] = set->scale[i] * set->scale[j] *
                           (G[i * p + j] - m[i] * S[j] - S[i] * m[j] + n * m[i] * m[j]);
    for (int64_t i = 0; i < p; i++) {
        if (set->scale[i] == 0)
            G[i * p + i] = 1;
        for (int64_t j = 0; j < t; j++)
            C[i * t + j] =
                set->scale[i] * (C[i * t + j] - m[i] * set->train.y_sum[j] -
                                 S[i] * set->y_shift[j] + n * m[i] * set->y_shift[j]);
    }
}

int trf_set_create(struct ana_ctx *ctx, const struct trf *trf,
                   const struct ana_fold *fold, int64_t t, const double *y,
                   const struct trf_total *total, int with_test, struct trf_set *out)
{
    const int64_t p = trf->lagged.p;
    int rc;

    *out = (struct trf_set){.trf = trf, .t = t};
    out->shift = ana_alloc(ctx, p, sizeof(double));
    out->scale = ana_alloc(ctx, p, sizeof(double));
    out->y_shift = ana_alloc(ctx, t, sizeof(double));
    out->factor = ana_alloc(ctx, p * p, sizeof(double));
    rc = out->shift && out->scale && out->y_shift && out->factor ? 0 : ANA_ERESOURCE;
    if (rc == 0)
        rc = lagged_sums_create(ctx, p, t, 1, &out->train);
    if (rc == 0 && with_test)
        rc = lagged_sums_create(ctx, p, t, 1, &out->test);
    if (rc == 0 && with_test)
        rc = lagged_add(ctx, &trf->lagged, fold->n_test, fold->test, t, y, 1, &out->test);
    if (rc == 0)
        rc = sum_train(ctx, out, fold, y, total, with_test);
    if (rc == 0)
        rc = fit_columns(ctx, out, fold);
    if (rc != 0)
        return rc;
    centre(out);
    if (with_test)
        lagged_mirror(p, trf->lagged.F, out->test.gram);
    return 0;
}

void trf_set_finish(struct ana_ctx *ctx, struct trf_set *set)
{
    lagged_sums_finish(ctx, &set->train);
    lagged_sums_finish(ctx, &set->test);
    ana_free(ctx, set->shift);
    ana_free(ctx, set->scale);
    ana_free(ctx, set->y_shift);
    ana_free(ctx, set->factor);
    memset(set, 0, sizeof *set);
}

double trf_set_bytes(int64_t p, int64_t t, int with_test)
{
    return 8 *
           ((with_test ? 3 : 2) * (double)p * (double)p +
            (with_test ? 2 : 1) * ((double)p * (double)t + (double)p + 2 * (double)t) +
            2 * (double)p + (double)t);
}

/* Add alpha R to the upper triangle; `next` columns apart are neighbours. */
static void add_penalty(const struct trf *trf, int64_t q, double alpha, double *a)
{
    const int64_t next = trf->penalty == TRF_FLAT ? 1 : trf->lagged.F;

    for (int64_t i = 0; i < q; i++) {
        const int inside = (i >= next) + (i + next < q);

        if (trf->penalty == TRF_RIDGE) {
            a[i * q + i] += alpha;
            continue;
        }
        a[i * q + i] += alpha * .5 * inside;
        if (i + next < q)
            a[i * q + i + next] -= alpha * .5;
    }
}

int trf_set_factor(struct ana_ctx *ctx, const struct trf_set *set,
                   const struct trf_view *view, double alpha)
{
    const int64_t p = set->trf->lagged.p, F = set->trf->lagged.F;
    const int64_t q = view->m * F, at = view->first * F;
    int rc;

    for (int64_t i = 0; i < q; i++)
        memcpy(set->factor + i * q + i, set->train.gram + (at + i) * p + at + i,
               (size_t)(q - i) * sizeof(double));
    add_penalty(set->trf, q, alpha, set->factor);
    rc = ana_cholesky(ctx, q, set->factor, q);
    if (rc == ANA_ENUMERIC)
        return ana_fail(
            ctx, ANA_ENUMERIC,
            "with alpha = %g the weights of %lld lagged features are not "
            "determined by %.0f training rows; raise the smallest of `alphas`",
            alpha, (long long)q, set->train.n);
    return rc;
}

int trf_set_solve(struct ana_ctx *ctx, const struct trf_set *set,
                  const struct trf_view *view, double alpha, double *weights,
                  double *offset)
{
    const int64_t F = set->trf->lagged.F, t = set->t;
    const int64_t q = view->m * F, at = view->first * F;
    int rc = trf_set_factor(ctx, set, view, alpha);

    memcpy(weights, set->train.cross + at * t, (size_t)(q * t) * sizeof *weights);
    if (rc == 0)
        rc = ana_cholesky_apply(ctx, q, t, set->factor, q, weights, t);
    for (int64_t j = 0; j < t; j++)
        offset[j] = set->y_shift[j];
    for (int64_t i = 0; rc == 0 && i < q; i++)
        for (int64_t j = 0; j < t; j++) {
            weights[i * t + j] *= set->scale[at + i];
            offset[j] -= set->shift[at + i] * weights[i * t + j];
        }
    return rc;
}

double trf_loss(int32_t loss, const struct trf_moments *s)
{
    const double n = s->n, sst = s->y_square - s->y * s->y / n;
    const double sse = s->y_square - 2 * s->product + s->square;
    const double var = s->square - s->prediction * s->prediction / n;
    const double cov = s->product - s->prediction * s->y / n;

    if (loss == ANA_LOSS_MSE)
        return sse / n;
    if (!(sst > VARIES * s->y_square))
        return (double)NAN;
    if (loss == ANA_LOSS_R2)
        return sse / sst;
    return 1 - (var > 1e-26 * s->y_square ? cov / sqrt(var * sst) : 0);
}

int trf_set_loss(struct ana_ctx *ctx, const struct trf_set *set,
                 const struct trf_view *view, int32_t loss, const double *weights,
                 const double *offset, double *spare, double *out)
{
    const int64_t p = set->trf->lagged.p, F = set->trf->lagged.F, t = set->t;
    const int64_t q = view->m * F, at = view->first * F;
    const struct lagged_sums *s = &set->test;
    double *sums = ana_alloc(ctx, 3 * t, sizeof *sums);
    int rc = sums ? ana_gemm(ctx, 0, 0, q, t, q, 1, s->gram + at * p + at, p, weights, t,
                             0, spare, t)
                  : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < q; i++)
        for (int64_t j = 0; j < t; j++) {
            const double w = weights[i * t + j];

            sums[j] += w * s->sum[at + i];
            sums[t + j] += w * spare[i * t + j];
            sums[2 * t + j] += w * s->cross[(at + i) * t + j];
        }
    for (int64_t j = 0; rc == 0 && j < t; j++) {
        const double c = offset[j], n = s->n;
        const struct trf_moments of = {.n = n,
                                       .prediction = sums[j] + n * c,
                                       .square =
                                           sums[t + j] + 2 * c * sums[j] + n * c * c,
                                       .product = sums[2 * t + j] + c * s->y_sum[j],
                                       .y = s->y_sum[j],
                                       .y_square = s->y_square[j]};

        out[j] = trf_loss(loss, &of);
    }
    ana_free(ctx, sums);
    return rc;
}
