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

#include "plugins/metrics/lib/leave_room.h"
#include "plugins/metrics/lib/map_range.h"

/* Ratio of the largest eigenvalue to the smallest, penalty included, below which an inverse
 * in float32 is as good as a map in float32. */
static const double float_ratio = 30;
/* The same of what of a kernel a fold's rows have for themselves, A_LL^-1: below it float32
 * does for all that follows from a factor in float64, where float64 leaves that its digits. */
static const double left_ratio = 100, factor_ratio = 1e9;

/* Penalties that workers share. */
struct shares {
    struct ana_leaving *l;
    atomic_llong next; /* place in order that is not worked on yet */
    int64_t *order;    /* k: the smallest penalty, then what takes longest, first */
    int64_t last;      /* places that may be worked on now */
    double high, low;  /* found on the way, for l */
    struct ana_leave_room *room;
};

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

static double ratio_of(const struct ana_leaving *l, double alpha)
{
    return (l->range.high + alpha) / (l->range.least + alpha);
}

/* Whether an inverse in float32 serves a penalty. */
static int is_short(const struct ana_leaving *l, double alpha)
{
    return ratio_of(l, alpha) < float_ratio;
}

/* The penalties in the order in which they are worked on: the smallest, if it is among
 * them, and beside it so many of the shortest that other workers have something to do until
 * what follows from it is known; then what takes longest first, so that workers end
 * together. Returns how many come before that is known. */
static int64_t set_order(const struct ana_leaving *l, int64_t beside, int64_t *order)
{
    enum { SMALLEST, BESIDE, LONG, SHORT, LIMIT, TURNS };
    const struct ana_few *few = &l->out[0]->few;
    int64_t n = 0, first = 0;

    for (int turn = 0, left = (int)beside; turn < TURNS; turn++) {
        int64_t seen = 0;

        for (int64_t q = 0; q < few->k; q++) {
            const double alpha = ana_few_alpha(few, l->alphas, q);
            int own = !isfinite(alpha)      ? LIMIT
                      : few->pick[q] == 0   ? SMALLEST
                      : !is_short(l, alpha) ? LONG
                                            : SHORT;

            if (own == SHORT && seen++ < left)
                own = BESIDE;
            if (own == turn)
                order[n++] = q;
        }
        if (turn == BESIDE)
            first = n;
    }
    return first;
}

/* factor = Cholesky's of K + alpha, with something for the constant. */
static int factorise(struct ana_ctx *ctx, const struct ana_leaving *l, double alpha,
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

/* Whether the eigenvalues of every A_LL lie close enough together, from where they are with
 * the smallest penalty. With M the rows' map, A_LL^-1 grows by 1 + MM' times the penalty. */
static int has_small_spread(const struct ana_leaving *l, double alpha)
{
    const double more = alpha - l->alphas[0];

    return (l->high + 2 * more) / (l->low + more) < left_ratio &&
           ratio_of(l, alpha) < factor_ratio;
}

/* All maps of the q-th penalty, in as many digits as they need. */
static int run_one(struct ana_ctx *ctx, const struct ana_leaving *l, int64_t q,
                   struct ana_inverse *v)
{
    const double alpha = ana_few_alpha(&l->out[0]->few, l->alphas, q);
    const int is_float = is_short(l, alpha);
    int rc = 0;

    v->predicted = v->summed = 0;
    if (!is_float && !v->factored && has_small_spread(l, alpha)) {
        rc = factorise(ctx, l, alpha, v->a);
        if (rc == 0 && (l->m > 0 || (l->constant > 0 && !l->centre)))
            rc = ana_inverse_predict(ctx, l, q, v);
        v->factored = v->predicted = 1;
        if (rc == 0)
            rc = ana_inverse_run_f32(ctx, l, q, alpha, v);
    } else {
        rc = (is_float ? ana_inverse_run_f32 : ana_inverse_run_f64)(ctx, l, q, alpha, v);
    }
    v->factored = 0;
    return rc;
}

static int run_share(struct ana_ctx *ctx, void *arg, int64_t i)
{
    struct shares *shares = arg;
    struct ana_leaving *l = shares->l;
    const struct ana_few *few = &l->out[0]->few;
    struct ana_inverse *v = &shares->room->inverse[i];
    int rc = 0;

    for (int64_t at;
         rc == 0 && (at = atomic_fetch_add(&shares->next, 1)) < shares->last;) {
        const int64_t q = shares->order[at];
        const int smallest = at == 0 && few->pick[q] == 0;

        if (!isfinite(ana_few_alpha(few, l->alphas, q))) {
            rc = take_limit(ctx, l, q);
            continue;
        }
        v->measure = v->factored = smallest;
        if (smallest || (at == 0 && !v->a))
            ana_leave_room_swap(shares->room, v);
        rc = ana_leave_room_open(ctx, l, v);
        if (rc == 0)
            rc = run_one(ctx, l, q, v);
        if (rc == 0 && smallest && l->n_folds > 0) {
            shares->high = v->high;
            shares->low = v->low;
        }
    }
    return rc;
}

/* All penalties: those that need not know how far a fold's rows spread, then the others. */
static int run_all(struct ana_ctx *ctx, struct shares *shares, int64_t at_once)
{
    struct ana_leaving *l = shares->l;
    int rc;

    shares->high = l->high = (double)INFINITY;
    shares->last = set_order(l, 2 * (at_once - 1), shares->order);
    rc = ana_parallel_for(ctx, at_once, run_share, shares);
    l->high = shares->high;
    l->low = shares->low;
    shares->next = shares->last;
    shares->last = l->out[0]->few.k;
    return rc == 0 ? ana_parallel_for(ctx, at_once, run_share, shares) : rc;
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

/* Between what the eigenvalues lie, by the factor of the smallest penalty. */
static int find_range(struct ana_ctx *ctx, struct ana_leaving *l, int64_t features,
                      double *factor)
{
    const int64_t n = l->n;
    int rc;

    for (int64_t i = 0; i < n; i++)
        l->trace += l->kernel[i * l->N + i];
    if (!(l->trace > 0))
        l->trace = 1;                            /* nothing moves */
    if (l->centre || rests(l, features, factor)) /* factor is room yet */
        l->constant = l->trace / (double)n / (double)n;
    rc = factorise(ctx, l, l->alphas[0], factor);
    return rc == 0 ? ana_map_range(ctx, n, l->N, l->kernel, factor, l->trace,
                                   fmax(l->alphas[0], DBL_EPSILON * l->trace), &l->range)
                   : rc;
}

/* Empty maps with the few penalties that they need; in a room that stays, or NULL. */
static int make_maps(struct ana_ctx *ctx, const struct ana_leaving *l, int64_t n_alphas,
                     const struct ana_few_plan *plan, enum ana_map_form form,
                     struct ana_leave_room *room)
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
        if (room && k < l->n_folds && form == ANA_MAPS_WHOLE)
            rc = ana_leave_room_lend(ctx, room, k, map);
        if (rc == 0)
            rc = ana_map_open(ctx, k < l->n_folds ? form : ANA_MAPS_WHOLE, map);
    }
    return rc;
}

/* Much of a map is written here for the first time, which takes a system as long as the
 * writing. */
enum { COMPLETED = 4 }; /* parts of each map */
static int complete(struct ana_ctx *ctx, void *arg, int64_t i)
{
    struct ana_map **maps = arg;

    (void)ctx;
    ana_map_complete(maps[i / COMPLETED], i % COMPLETED, COMPLETED);
    return 0;
}

/* stays: the room is the caller's. */
static int leave_out(struct ana_ctx *ctx, struct ana_leave_room *room, int stays,
                     int64_t N, const double *kernel, int64_t n, int64_t n_folds,
                     const struct ana_fold *folds, int64_t m, int centre,
                     int64_t n_alphas, const double *alphas,
                     const struct ana_few_plan *plan, enum ana_map_form form,
                     struct ana_map **out)
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
    struct shares shares = {
        .l = &l, .order = ana_alloc(ctx, n_alphas, sizeof(int64_t)), .room = room};
    double *factor = ana_leave_room_factor(ctx, n, room);
    int rc = l.rows && shares.order && factor ? 0 : ANA_ERESOURCE;

    memset(out, 0, (size_t)(n_folds + (m > 0)) * sizeof(struct ana_map *));
    for (int64_t i = 0; rc == 0 && i < N; i++)
        l.rows[i] = i;
    if (rc == 0)
        rc = find_range(ctx, &l, room->features, factor);
    if (rc == 0)
        rc = make_maps(ctx, &l, n_alphas, plan, form, stays ? room : NULL);
    if (rc == 0)
        rc = run_all(ctx, &shares, room->at_once);
    if (rc == 0)
        rc = ana_parallel_for(ctx, n_folds * COMPLETED, complete, out);
    ana_free(ctx, l.rows);
    ana_free(ctx, shares.order);
    return rc;
}

int ana_map_leave_out_in(struct ana_ctx *ctx, struct ana_leave_room *room, int64_t N,
                         const double *kernel, int64_t n, int64_t n_folds,
                         const struct ana_fold *folds, int64_t m, int centre,
                         int64_t n_alphas, const double *alphas,
                         const struct ana_few_plan *plan, enum ana_map_form form,
                         struct ana_map **out)
{
    return leave_out(ctx, room, 1, N, kernel, n, n_folds, folds, m, centre, n_alphas,
                     alphas, plan, form, out);
}

int ana_map_leave_out(struct ana_ctx *ctx, int64_t N, const double *kernel, int64_t n,
                      int64_t n_folds, const struct ana_fold *folds, int64_t m,
                      int centre, int64_t n_alphas, const double *alphas,
                      const struct ana_few_plan *plan, enum ana_map_form form,
                      int64_t at_once, struct ana_map **out)
{
    struct ana_leave_room *room;
    int rc = ana_leave_room_create(ctx, n_folds, at_once, 0, &room);

    memset(out, 0, (size_t)(n_folds + (m > 0)) * sizeof(struct ana_map *));
    if (rc == 0)
        rc = leave_out(ctx, room, 0, N, kernel, n, n_folds, folds, m, centre, n_alphas,
                       alphas, plan, form, out);
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
