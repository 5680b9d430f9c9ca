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

#include "plugins/metrics/trf/set.h"

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

static void add(int64_t n, double sign, const double *what, double *to)
{
    for (int64_t i = 0; i < n; i++)
        to[i] += sign * what[i];
}

static void subtract(int64_t n, const double *from, const double *what, double *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = from[i] - what[i];
}

/* 1 where rows are whole groups whose products with y are known. */
static int are_known(const struct trf_set *set, int64_t n, const int64_t *row,
                     const struct trf_total *total)
{
    const int64_t *group = set->trf->problem ? set->trf->problem->group : NULL;

    if (!total->part)
        return 0;
    for (int64_t i = 0, first; i < n;) {
        for (first = i++; i < n && group[row[i]] == group[row[first]]; i++)
            ;
        if (i - first != total->size[group[row[first]]])
            return 0;
    }
    return 1;
}

/* Add sign times the sums over rows to *sums. */
static int add_rows(struct ana_ctx *ctx, const struct trf_set *set, int64_t n,
                    const int64_t *row, const double *y, const struct trf_total *total,
                    double sign, struct lagged_sums *sums)
{
    const int64_t t = set->t, p = set->trf->lagged.p;
    const int known = are_known(set, n, row, total);

    for (int64_t i = 0; known && i < n;) {
        const int64_t g = set->trf->problem->group[row[i]];

        add(p * t, sign, total->part[g].cross, sums->cross);
        add(2 * t, sign, total->part[g].y_sum, sums->y_sum);
        i += total->size[g];
    }
    return lagged_add(ctx, &set->trf->lagged, n, row, known ? 0 : t, y, sign, sums);
}

/* Training sums: all rows less the others, or the sums themselves where few train. */
static int sum_rows(struct ana_ctx *ctx, struct trf_set *set, const struct ana_fold *fold,
                    const double *y, const struct trf_total *total, int with_test)
{
    const struct lagged *l = &set->trf->lagged;
    const struct lagged_sums *all = &total->all, *held = &set->test;
    struct lagged_sums *train = &set->train;
    const int64_t p = l->p, t = set->t, left = l->n_rows - fold->n_train;
    int64_t *others;
    int rc = 0;

    lagged_sums_zero(p, t, train);
    if (with_test) {
        lagged_sums_zero(p, t, &set->test);
        rc = add_rows(ctx, set, fold->n_test, fold->test, y, total, 1, &set->test);
    }
    if (rc != 0 || 2 * left > l->n_rows)
        return rc ? rc
                  : add_rows(ctx, set, fold->n_train, fold->train, y, total, 1, train);
    if (!with_test)
        held = train; /* nothing so far */
    subtract(p * p, all->gram, held->gram, train->gram);
    subtract(p, all->sum, held->sum, train->sum);
    subtract(p * t, all->cross, held->cross, train->cross);
    subtract(2 * t, all->y_sum, held->y_sum, train->y_sum);
    train->n = all->n - held->n;
    others = ana_alloc(ctx, l->n_rows, sizeof *others);
    rc = others ? add_rows(ctx, set, other_rows(l->n_rows, fold, with_test, others),
                           others, y, total, -1, train)
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

int trf_set_create(struct ana_ctx *ctx, const struct trf *trf, int64_t t, int32_t held,
                   struct trf_set *set)
{
    const int64_t p = trf->lagged.p;
    int rc;

    *set = (struct trf_set){.trf = trf, .t = t, .held = held};
    set->shift = ana_alloc(ctx, p, sizeof(double));
    set->scale = ana_alloc(ctx, p, sizeof(double));
    set->y_shift = ana_alloc(ctx, t, sizeof(double));
    set->factor = ana_alloc(ctx, p * p, sizeof(double));
    rc = set->shift && set->scale && set->y_shift && set->factor ? 0 : ANA_ERESOURCE;
    if (rc == 0)
        rc = lagged_sums_create(ctx, p, t, 1, &set->train);
    if (rc == 0 && held != TRF_HELD_NONE)
        rc = lagged_sums_create(ctx, p, t, held == TRF_HELD_APART, &set->test);
    if (held == TRF_HELD_BRIEFLY)
        set->test.gram = set->factor;
    return rc;
}

int trf_set_take(struct ana_ctx *ctx, struct trf_set *set, const struct ana_fold *fold,
                 const double *y, const struct trf_total *total, int with_test)
{
    int rc = sum_rows(ctx, set, fold, y, total, with_test);

    if (rc == 0)
        rc = fit_columns(ctx, set, fold);
    if (rc != 0)
        return rc;
    centre(set);
    if (with_test && set->held == TRF_HELD_APART)
        lagged_mirror(set->trf->lagged.p, set->trf->lagged.F, set->test.gram);
    return 0;
}

void trf_set_finish(struct ana_ctx *ctx, struct trf_set *set)
{
    if (set->held == TRF_HELD_BRIEFLY)
        set->test.gram = NULL;
    lagged_sums_finish(ctx, &set->train);
    lagged_sums_finish(ctx, &set->test);
    ana_free(ctx, set->shift);
    ana_free(ctx, set->scale);
    ana_free(ctx, set->y_shift);
    ana_free(ctx, set->factor);
    memset(set, 0, sizeof *set);
}

double trf_set_bytes(int64_t p, int64_t t, int32_t held)
{
    return 8 * ((held == TRF_HELD_APART ? 3 : 2) * (double)p * (double)p +
                (held == TRF_HELD_NONE ? 1 : 2) *
                    ((double)p * (double)t + (double)p + 2 * (double)t) +
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
                   const struct trf_view *view, double alpha, double *factor)
{
    const int64_t p = set->trf->lagged.p, F = set->trf->lagged.F;
    const int64_t q = view->m * F, at = view->first * F;
    int rc;

    for (int64_t i = 0; i < q; i++)
        memcpy(factor + i * q + i, set->train.gram + (at + i) * p + at + i,
               (size_t)(q - i) * sizeof(double));
    add_penalty(set->trf, q, alpha, factor);
    rc = ana_cholesky(ctx, q, factor, q);
    if (rc == ANA_ENUMERIC)
        return ana_fail(
            ctx, ANA_ENUMERIC,
            "with alpha = %g the weights of %lld lagged features are not "
            "determined by %.0f training rows; raise the smallest of `alphas`",
            alpha, (long long)q, set->train.n);
    return rc;
}

int trf_set_solve(struct ana_ctx *ctx, const struct trf_set *set,
                  const struct trf_view *view, double alpha, int64_t n,
                  const int64_t *target, double *factor, double *weights, double *offset)
{
    const int64_t F = set->trf->lagged.F, t = set->t;
    const int64_t q = view->m * F, at = view->first * F;
    int rc = trf_set_factor(ctx, set, view, alpha, factor);

    for (int64_t i = 0; rc == 0 && i < q; i++)
        for (int64_t j = 0; j < n; j++)
            weights[i * n + j] =
                set->train.cross[(at + i) * t + (target ? target[j] : j)];
    if (rc == 0)
        rc = ana_cholesky_apply(ctx, q, n, factor, q, weights, n);
    for (int64_t j = 0; j < n; j++)
        offset[j] = set->y_shift[target ? target[j] : j];
    for (int64_t i = 0; rc == 0 && i < q; i++)
        for (int64_t j = 0; j < n; j++) {
            weights[i * n + j] *= set->scale[at + i];
            offset[j] -= set->shift[at + i] * weights[i * n + j];
        }
    return rc;
}

double trf_loss(int32_t loss, const struct trf_moments *s)
{
    const double sse = s->prediction - 2 * s->product + s->y + s->n * s->bias * s->bias;

    if (loss == ANA_LOSS_MSE)
        return sse / s->n;
    if (!(s->y > VARIES * s->y_raw))
        return (double)NAN;
    if (loss == ANA_LOSS_R2)
        return sse / s->y;
    return 1 - (s->prediction > 1e-26 * s->y_raw ? s->product / sqrt(s->prediction * s->y)
                                                 : 0);
}

int trf_set_loss(struct ana_ctx *ctx, const struct trf_set *set,
                 const struct trf_view *view, int32_t loss, const double *weights,
                 const double *offset, double *spare, double *out)
{
    const int64_t p = set->trf->lagged.p, F = set->trf->lagged.F, t = set->t;
    const int64_t q = view->m * F, at = view->first * F;
    const struct lagged_sums *s = &set->test;
    const double n = s->n;
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
        const double sum = sums[j];
        const struct trf_moments of = {.n = n,
                                       .bias = sum / n + offset[j] - s->y_sum[j] / n,
                                       .prediction = sums[t + j] - sum * sum / n,
                                       .product = sums[2 * t + j] - sum * s->y_sum[j] / n,
                                       .y =
                                           s->y_square[j] - s->y_sum[j] * s->y_sum[j] / n,
                                       .y_raw = s->y_square[j]};

        out[j] = trf_loss(loss, &of);
    }
    ana_free(ctx, sums);
    return rc;
}
