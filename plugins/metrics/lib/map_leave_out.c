/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Leaving blocks out of dual ridge without a decomposition for each: the errors of the
 * rows L that are left out are A_LL^-1 (A y)_L with A = (K + alpha)^-1.
 *
 * n rows, of which folds leave some out.
 */
#include <anaflow/linalg.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "plugins/metrics/lib/leave_room.h"
#include "plugins/metrics/lib/map_range.h"

int64_t ana_inverse_list(int64_t n_rows, const struct ana_fold *fold,
                         struct ana_inverse *v)
{
    int64_t n = 0, k = 0, h = 0;

    for (int64_t i = 0; i < n_rows; i++) {
        if (k < fold->n_train && fold->train[k] == i) {
            k++;
            continue;
        }
        if (h < fold->n_test && fold->test[h] == i)
            v->kept[h++] = n;
        v->left[n++] = i;
    }
    v->n_runs = 0;
    for (int64_t j = 0; j < fold->n_train; j++)
        if (j == 0 || fold->train[j] != fold->train[j - 1] + 1)
            v->runs[v->n_runs++] = j;
    return n;
}

/* The mean of the kernel's rows, which centring takes off; else 0. */
static void mean_row(const struct ana_leaving *l, double *mean)
{
    memset(mean, 0, (size_t)l->n * sizeof *mean);
    for (int64_t i = 0; l->centre && i < l->n; i++)
        for (int64_t j = 0; j < l->n; j++)
            mean[j] += l->kernel[i * l->N + j] / (double)l->n;
}

double ana_inverse_back(const struct ana_leaving *l, double added, double sum)
{
    return l->centre ? -1 / sum : added > 0 ? 1 / (1 / added - sum) : 0;
}

int ana_inverse_predict(struct ana_ctx *ctx, const struct ana_leaving *l, int64_t q,
                        struct ana_inverse *v)
{
    const int64_t n = l->n, m = l->m, w = m + 1;
    double *right = v->cross, sum = 0, back; /* n x (m + 1): A (K_test - mean)', and A1 */
    int rc;

    mean_row(l, v->u);
    for (int64_t j = 0; j < n; j++) {
        for (int64_t i = 0; i < m; i++)
            right[j * w + i] = l->kernel[(n + i) * l->N + j] - v->u[j];
        right[j * w + m] = 1;
    }
    rc = ana_cholesky_apply(ctx, n, w, v->a, n, right, w);
    for (int64_t j = 0; j < n; j++)
        sum += right[j * w + m];
    back = ana_inverse_back(l, l->constant, sum);
    for (int64_t j = 0; j < n; j++)
        v->sums[j] = right[j * w + m];
    v->summed = !l->centre;
    for (int64_t i = 0; rc == 0 && i < m; i++) {
        double all = 0;

        for (int64_t j = 0; j < n; j++) /* what the constant takes or was given */
            all += back * right[j * w + i];
        for (int64_t j = 0; j < n; j++)
            v->u[j] = right[j * w + i] + all * right[j * w + m];
        ana_map_put(l->out[l->n_folds], q, i, v->u);
    }
    return rc;
}

int ana_inverse_factor(struct ana_ctx *ctx, const struct ana_leaving *l, double alpha,
                       double *factor)
{
    const int64_t n = l->n;
    const double least = fmax(alpha, DBL_EPSILON * l->trace);

    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < n; j++)
            factor[i * n + j] = l->kernel[i * l->N + j] + l->constant;
        factor[i * n + i] += least;
    }
    return ana_cholesky(ctx, n, factor, n);
}

/* Whether nothing moves in the direction of the constant, as far as the least penalty can
 * tell, where columns were centred before they came; and float64 can tell that penalty from
 * what is added. Of fewer features than rows other directions rest too, and inverses gain
 * nothing from it. */
static int rests(const struct ana_leaving *l, int64_t features, double *sums)
{
    const double mean = l->trace / (double)l->n;
    double square = 0;

    if (l->alphas[0] < 1e-9 * mean || (features > 0 && features < l->n - 1))
        return 0;
    memset(sums, 0, (size_t)l->n * sizeof *sums);
    for (int64_t i = 0; i < l->n; i++)
        for (int64_t j = 0; j < l->n; j++)
            sums[j] += l->kernel[i * l->N + j];
    for (int64_t j = 0; j < l->n; j++)
        square += sums[j];
    return square <= 1e-6 * (double)l->n * l->alphas[0];
}

struct ranging {
    struct ana_leaving *l;
    double *factor;
};

/* The smallest penalty's factor, and beside it the largest eigenvalue. */
static int start_range(struct ana_ctx *ctx, void *arg, int64_t i)
{
    const struct ranging *ranging = arg;
    struct ana_leaving *l = ranging->l;

    if (i == 0)
        return ana_inverse_factor(ctx, l, l->alphas[0], ranging->factor);
    return ana_map_range_high(ctx, l->n, l->N, l->kernel, l->trace, &l->range);
}

/* Between what the eigenvalues lie, by the factor of the smallest penalty. */
static int find_range(struct ana_ctx *ctx, struct ana_leaving *l, int64_t features,
                      double *factor)
{
    struct ranging ranging = {l, factor};
    const int64_t n = l->n;
    int rc;

    for (int64_t i = 0; i < n; i++)
        l->trace += l->kernel[i * l->N + i];
    if (!(l->trace > 0))
        l->trace = 1;                            /* nothing moves */
    if (l->centre || rests(l, features, factor)) /* factor is room yet */
        l->constant = l->trace / (double)n / (double)n;
    rc = ana_parallel_for(ctx, 2, start_range, &ranging);
    return rc == 0
               ? ana_map_range_low(ctx, n, factor, l->trace,
                                   fmax(l->alphas[0], DBL_EPSILON * l->trace), &l->range)
               : rc;
}

/* An empty map of the k-th fold, or the last, with the few penalties that it needs. */
static int make_map(struct ana_ctx *ctx, const struct ana_leaving *l, int64_t n_alphas,
                    int64_t k, enum ana_map_form form, struct ana_leave_room *room)
{
    struct ana_map *map = l->out[k] = ana_alloc(ctx, 1, sizeof *map);
    int rc = map ? ana_few_create(ctx, n_alphas, l->alphas, l->range.low, l->range.high,
                                  &l->plan, &map->few)
                 : ANA_ERESOURCE;

    if (rc != 0)
        return rc;
    map->n = k < l->n_folds ? l->folds[k].n_train : l->n;
    map->m = k < l->n_folds ? l->folds[k].n_test : l->m;
    if (room && k < l->n_folds && form == ANA_MAPS_WHOLE)
        rc = ana_leave_room_lend(ctx, room, k, map);
    return rc == 0 ? ana_map_open(ctx, k < l->n_folds ? form : ANA_MAPS_WHOLE, map) : rc;
}

/* All that is wanted, empty; in a room that stays, or NULL. */
static int make_maps(struct ana_ctx *ctx, struct ana_leaving *l, int64_t n_alphas,
                     enum ana_map_form form, struct ana_leave_room *room,
                     struct ana_quadric **quadric)
{
    int rc = 0;

    if (quadric) {
        rc = ana_quadric_create(ctx, l->n, n_alphas, l->alphas, l->range.low,
                                l->range.high, &l->plan, quadric);
        l->quadric = *quadric;
    }
    for (int64_t k = quadric ? l->n_folds : 0; rc == 0 && k < l->n_folds + (l->m > 0);
         k++)
        rc = make_map(ctx, l, n_alphas, k, form, room);
    if (rc == 0)
        l->few = quadric ? &l->quadric->few : &l->out[0]->few;
    return rc;
}

/* l: all but what is found here. stays: the room is the caller's. */
static int leave_out(struct ana_ctx *ctx, struct ana_leave_room *room, int stays,
                     struct ana_leaving *l, int64_t n_alphas, enum ana_map_form form,
                     struct ana_quadric **quadric)
{
    double *factor = ana_leave_room_factor(ctx, l->n, room);
    int rc;

    l->rows = ana_alloc(ctx, l->N, sizeof *l->rows);
    memset(l->out, 0, (size_t)(l->n_folds + (l->m > 0)) * sizeof(struct ana_map *));
    rc = l->rows && factor ? 0 : ANA_ERESOURCE;
    for (int64_t i = 0; rc == 0 && i < l->N; i++)
        l->rows[i] = i;
    if (rc == 0)
        rc = find_range(ctx, l, room->features, factor);
    if (rc == 0)
        rc = make_maps(ctx, l, n_alphas, form, stays ? room : NULL, quadric);
    if (rc == 0)
        rc = ana_leave_share(ctx, l, room);
    ana_free(ctx, l->rows);
    return rc;
}

/* What both calls are given alike. */
static struct ana_leaving leaving_of(int64_t N, const double *kernel, int64_t n,
                                     int64_t n_folds, const struct ana_fold *folds,
                                     int64_t m, int centre, const double *alphas,
                                     const struct ana_few_plan *plan,
                                     struct ana_map **out)
{
    return (struct ana_leaving){.N = N,
                                .n = n,
                                .n_folds = n_folds,
                                .m = m,
                                .kernel = kernel,
                                .folds = folds,
                                .centre = centre,
                                .alphas = alphas,
                                .plan = *plan,
                                .out = out};
}

int ana_map_leave_out_in(struct ana_ctx *ctx, struct ana_leave_room *room, int64_t N,
                         const double *kernel, int64_t n, int64_t n_folds,
                         const struct ana_fold *folds, int64_t m, int centre,
                         int64_t n_alphas, const double *alphas,
                         const struct ana_few_plan *plan, enum ana_map_form form,
                         struct ana_map **out)
{
    struct ana_leaving l =
        leaving_of(N, kernel, n, n_folds, folds, m, centre, alphas, plan, out);

    return leave_out(ctx, room, 1, &l, n_alphas, form, NULL);
}

int ana_map_leave_out(struct ana_ctx *ctx, int64_t N, const double *kernel, int64_t n,
                      int64_t n_folds, const struct ana_fold *folds, int64_t m,
                      int centre, int intercept, int64_t n_alphas, const double *alphas,
                      const struct ana_few_plan *plan, enum ana_map_form form,
                      int64_t at_once, struct ana_quadric **quadric, struct ana_map **out)
{
    struct ana_leaving l =
        leaving_of(N, kernel, n, n_folds, folds, m, centre, alphas, plan, out);
    struct ana_leave_room *room;
    int rc = ana_leave_room_create(ctx, n_folds, at_once, 0, &room);

    l.intercept = intercept;
    if (quadric)
        *quadric = NULL;
    memset(out, 0, (size_t)(n_folds + (m > 0)) * sizeof(struct ana_map *));
    if (rc == 0)
        rc = leave_out(ctx, room, 0, &l, n_alphas, form, quadric);
    ana_leave_room_destroy(ctx, room);
    return rc;
}

double ana_map_leave_out_bytes(int64_t n, int64_t n_folds, const struct ana_fold *folds,
                               int64_t m)
{
    const double rows = (double)n, most = (double)ana_most_left(n, n_folds, folds);

    return 8 * (rows * rows + most * most + 2 * fmax(most, (double)m) * rows +
                8 * rows + /* six vectors, and two while the limit is taken */
                2 * most);
}

double ana_map_leave_out_wide_bytes(int64_t n, int64_t n_folds,
                                    const struct ana_fold *folds)
{
    return (double)n * (4 * (double)ana_most_tested(n_folds, folds) + 16);
}

double ana_map_leave_out_wide_flops(int64_t n, int64_t n_folds,
                                    const struct ana_fold *folds, int64_t k)
{
    double each = 0;

    for (int64_t j = 0; j < n_folds; j++)
        each += ana_quadric_add_flops(n, &folds[j]);
    return (double)k * each;
}

double ana_map_leave_out_flops(int64_t n, int64_t n_folds, const struct ana_fold *folds,
                               int64_t m, int64_t k)
{
    double each = 3 * ana_cholesky_flops(n, 0) + ana_gemm_flops(m, n, n);

    for (int64_t j = 0; j < n_folds; j++) {
        const int64_t left = n - folds[j].n_train;

        each += 3 * ana_cholesky_flops(left, 0) +
                ana_gemm_flops(folds[j].n_test, folds[j].n_train, left);
    }
    /* the range's factor is that of the smallest penalty */
    return (double)k * each + ana_cholesky_flops(n, ANA_RANGE_TURNS * ANA_RANGE_VECTORS) -
           ana_cholesky_flops(n, 0) +
           ana_gemm_flops(n, ANA_RANGE_VECTORS, n * ANA_RANGE_TURNS);
}
