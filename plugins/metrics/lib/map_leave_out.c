/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Leaving blocks out of dual ridge without a decomposition for each: the errors of the
 * rows L that are left out are A_LL^-1 (A y)_L with A = (K + alpha)^-1. Each worker takes
 * the next penalty.
 *
 * n rows, of which folds leave some out.
 */
#include <anaflow/linalg.h>
#include <float.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "plugins/metrics/lib/map_inverse.h"
#include "plugins/metrics/lib/map_range.h"

/* Ratio of the largest eigenvalue to the smallest, penalty included, below which an inverse
 * in float32 is as good as a map in float32. */
static const double float_ratio = 30;

struct shares {
    const struct ana_leaving *l;
    atomic_llong next; /* penalty that is not worked on yet */
    int64_t *order;    /* k: the smallest penalty, then what takes longest, first */
    double *factor;    /* n x n: Cholesky's of the smallest, for who takes the first */
};

static int64_t most_left(int64_t n, int64_t n_folds, const struct ana_fold *folds)
{
    int64_t most = 0;

    for (int64_t k = 0; k < n_folds; k++)
        most = n - folds[k].n_train > most ? n - folds[k].n_train : most;
    return most;
}

static int open_inverse(struct ana_ctx *ctx, const struct ana_leaving *l, double *factor,
                        struct ana_inverse *v)
{
    const int64_t n = l->n, most = most_left(n, l->n_folds, l->folds);

    v->a = factor ? factor : ana_alloc(ctx, n * n, sizeof(double));
    v->u = ana_alloc(ctx, n, sizeof(double));
    v->block = ana_alloc(ctx, most * most, sizeof(double));
    v->cross = ana_alloc(ctx, 2 * (most > l->m ? most : l->m) * n, sizeof(double));
    v->left = ana_alloc(ctx, n, sizeof(int64_t));
    v->kept = ana_alloc(ctx, n, sizeof(int64_t));
    return v->a && v->u && v->block && v->cross && v->left && v->kept ? 0 : ANA_ERESOURCE;
}

static void close_inverse(struct ana_ctx *ctx, struct ana_inverse *v)
{
    ana_free(ctx, v->a);
    ana_free(ctx, v->u);
    ana_free(ctx, v->block);
    ana_free(ctx, v->cross);
    ana_free(ctx, v->left);
    ana_free(ctx, v->kept);
    memset(v, 0, sizeof *v);
}

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
    return n;
}

/* The limit's map of one training set: its kernel with the held-out rows, centred. */
static void limit_of(const struct ana_leaving *l, const int64_t *train,
                     const int64_t *test, double *mean, struct ana_map *map, int64_t q)
{
    const int64_t n = map->n;
    double all = 0, *to = mean + n;

    memset(mean, 0, (size_t)n * sizeof *mean);
    for (int64_t i = 0; l->centre && i < n; i++)
        for (int64_t j = 0; j < n; j++)
            mean[j] += l->kernel[train[i] * l->N + train[j]];
    for (int64_t j = 0; j < n; j++) {
        mean[j] /= (double)n;
        all += mean[j] / (double)n;
    }
    for (int64_t i = 0; i < map->m; i++) {
        const double *row = l->kernel + test[i] * l->N;
        double own = 0;

        for (int64_t j = 0; l->centre && j < n; j++)
            own += row[train[j]] / (double)n;
        for (int64_t j = 0; j < n; j++)
            to[j] = row[train[j]] - mean[j] - own + all;
        ana_map_put(map, q, i, to);
    }
}

static int take_limit(struct ana_ctx *ctx, const struct ana_leaving *l, int64_t q)
{
    double *mean = ana_alloc(ctx, 2 * l->n, sizeof *mean);

    if (!mean)
        return ANA_ERESOURCE;
    for (int64_t k = 0; k < l->n_folds; k++)
        limit_of(l, l->folds[k].train, l->folds[k].test, mean, l->out[k], q);
    if (l->m > 0)
        limit_of(l, l->rows, l->rows + l->n, mean, l->out[l->n_folds], q);
    ana_free(ctx, mean);
    return 0;
}

/* Whether an inverse in float32 serves a penalty. */
static int is_short(const struct ana_leaving *l, double alpha)
{
    return (l->range.high + alpha) / (l->range.least + alpha) < float_ratio;
}

/* The penalties in the order in which they are worked on: workers end together if what
 * takes longest comes first. The smallest is wherever it stands the first. */
static void set_order(const struct ana_leaving *l, int64_t *order)
{
    const struct ana_few *few = &l->out[0]->few;
    int64_t n = 0;

    for (int turn = 0; turn < 4; turn++)
        for (int64_t q = 0; q < few->k; q++) {
            const double alpha = ana_few_alpha(few, l->alphas, q);
            const int last = few->pick[q] == 0    ? 0
                             : !isfinite(alpha)   ? 3
                             : is_short(l, alpha) ? 2
                                                  : 1;

            if (last == turn)
                order[n++] = q;
        }
}

static int run_share(struct ana_ctx *ctx, void *arg, int64_t i)
{
    struct shares *shares = arg;
    const struct ana_leaving *l = shares->l;
    const struct ana_few *few = &l->out[0]->few;
    struct ana_inverse v = {0};
    int rc = 0;

    (void)i;
    for (int64_t at; rc == 0 && (at = atomic_fetch_add(&shares->next, 1)) < few->k;) {
        const int64_t q = shares->order[at];
        const double alpha = ana_few_alpha(few, l->alphas, q);

        if (!isfinite(alpha)) {
            close_inverse(ctx, &v);
            rc = take_limit(ctx, l, q);
            continue;
        }
        if (!v.a) {
            rc = open_inverse(ctx, l, at == 0 ? shares->factor : NULL, &v);
            v.factored = at == 0 && few->pick[q] == 0;
            if (at == 0)
                shares->factor = NULL;
        }
        if (rc == 0)
            rc = is_short(l, alpha) ? ana_inverse_run_f32(ctx, l, q, alpha, &v)
                                    : ana_inverse_run_f64(ctx, l, q, alpha, &v);
        v.factored = 0;
    }
    close_inverse(ctx, &v);
    return rc;
}

/* Between what the eigenvalues lie, by the factor of the smallest penalty. */
static int find_range(struct ana_ctx *ctx, struct ana_leaving *l, double *factor)
{
    const int64_t n = l->n;
    double constant, least;
    int rc = 0;

    for (int64_t i = 0; i < n; i++)
        l->trace += l->kernel[i * l->N + i];
    if (!(l->trace > 0))
        l->trace = 1; /* nothing moves */
    constant = l->centre ? l->trace / (double)n / (double)n : 0;
    least = fmax(l->alphas[0], DBL_EPSILON * l->trace);
    for (int64_t i = 0; rc == 0 && i < n; i++) {
        for (int64_t j = 0; j < n; j++)
            factor[i * n + j] = l->kernel[i * l->N + j] + constant;
        factor[i * n + i] += least;
    }
    if (rc == 0)
        rc = ana_cholesky(ctx, n, factor, n);
    if (rc == 0)
        rc = ana_map_range(ctx, n, l->N, l->kernel, factor, l->trace, least, &l->range);
    return rc;
}

/* Empty maps with the few penalties that they need. */
static int make_maps(struct ana_ctx *ctx, const struct ana_leaving *l, int64_t n_alphas,
                     const struct ana_few_plan *plan, enum ana_map_form form)
{
    int rc = 0;

    for (int64_t k = 0; rc == 0 && k < l->n_folds + (l->m > 0); k++) {
        struct ana_map *map = l->out[k] = ana_alloc(ctx, 1, sizeof *map);

        rc = map ? ana_few_create(ctx, n_alphas, l->alphas, l->range.low, l->range.high,
                                  plan, &map->few)
                 : ANA_ERESOURCE;
        if (rc != 0)
            return rc;
        map->n = k < l->n_folds ? l->folds[k].n_train : l->n;
        map->m = k < l->n_folds ? l->folds[k].n_test : l->m;
        rc = ana_map_open(ctx, k < l->n_folds ? form : ANA_MAPS_WHOLE, map);
    }
    return rc;
}

int ana_map_leave_out(struct ana_ctx *ctx, int64_t N, const double *kernel, int64_t n,
                      int64_t n_folds, const struct ana_fold *folds, int64_t m,
                      int centre, int64_t n_alphas, const double *alphas,
                      const struct ana_few_plan *plan, enum ana_map_form form,
                      int64_t at_once, struct ana_map **out)
{
    struct ana_leaving l = {.N = N,
                            .n = n,
                            .n_folds = n_folds,
                            .m = m,
                            .kernel = kernel,
                            .folds = folds,
                            .centre = centre,
                            .alphas = alphas,
                            .out = out,
                            .rows = ana_alloc(ctx, N, sizeof(int64_t))};
    struct shares shares = {.l = &l,
                            .order = ana_alloc(ctx, n_alphas, sizeof(int64_t)),
                            .factor = ana_alloc(ctx, n * n, sizeof(double))};
    int rc = l.rows && shares.order && shares.factor ? 0 : ANA_ERESOURCE;

    memset(out, 0, (size_t)(n_folds + (m > 0)) * sizeof(struct ana_map *));
    for (int64_t i = 0; rc == 0 && i < N; i++)
        l.rows[i] = i;
    if (rc == 0)
        rc = find_range(ctx, &l, shares.factor);
    if (rc == 0)
        rc = make_maps(ctx, &l, n_alphas, plan, form);
    if (rc == 0) {
        set_order(&l, shares.order);
        rc = ana_parallel_for(ctx, at_once, run_share, &shares);
    }
    for (int64_t k = 0; rc == 0 && k < n_folds; k++)
        ana_map_complete(out[k]);
    ana_free(ctx, l.rows);
    ana_free(ctx, shares.order);
    ana_free(ctx, shares.factor);
    return rc;
}

double ana_map_leave_out_bytes(int64_t n, int64_t n_folds, const struct ana_fold *folds,
                               int64_t m)
{
    const double rows = (double)n, most = (double)most_left(n, n_folds, folds);

    return 8 * (rows * rows + most * most + 2 * fmax(most, (double)m) * rows + 3 * rows);
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
