/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The penalties of ana_map_leave_out: each worker takes the next, in as many digits as it
 * needs. First those that need not know how far a fold's rows spread, which the smallest
 * tells, then the others.
 */
#include <math.h>
#include <pthread.h>
#include <string.h>

#include "plugins/metrics/lib/leave_room.h"

/* Ratio of the largest eigenvalue to the smallest, penalty included, below which an inverse
 * in float32 is as good as a map in float32. */
static const double float_ratio = 30;
/* The same of what of a kernel a fold's rows have for themselves, A_LL^-1: below it float32
 * does for all that follows from a factor in float64, where float64 leaves that its digits. */
static const double left_ratio = 100, factor_ratio = 1e9;

/* Penalties that workers share. */
struct shares {
    struct ana_leaving *l;
    int64_t *order;       /* k: the smallest penalty, then what takes longest, first */
    pthread_mutex_t lock; /* of what follows, and of l->high and low */
    int64_t next;         /* place in order that is not worked on yet */
    int64_t last;         /* places that may be worked on now */
    int left;             /* a worker has found nothing to do */
    struct ana_leave_room *room;
};

/* The limit's map of one training set: its kernel with the held-out rows, centred; in wide
 * rows, or in the map. */
static void limit_of(const struct ana_leaving *l, int64_t n, const int64_t *train,
                     int64_t m, const int64_t *test, double *mean, float *wide,
                     struct ana_map *map, int64_t q)
{
    double all = 0, *to = mean + n;

    memset(mean, 0, (size_t)n * sizeof *mean);
    for (int64_t i = 0; l->centre && i < n; i++)
        for (int64_t j = 0; j < n; j++)
            mean[j] += l->kernel[train[i] * l->N + train[j]];
    for (int64_t j = 0; j < n; j++) {
        mean[j] /= (double)n;
        all += mean[j] / (double)n;
    }
    for (int64_t i = 0; i < m; i++) {
        const double *row = l->kernel + test[i] * l->N;
        double own = 0;

        for (int64_t j = 0; l->centre && j < n; j++)
            own += row[train[j]] / (double)n;
        for (int64_t j = 0; j < n; j++)
            to[j] = row[train[j]] - mean[j] - own + all;
        if (map)
            ana_map_put(map, q, i, to);
        for (int64_t j = 0; !map && j < l->n; j++)
            wide[i * l->n + j] = 0;
        for (int64_t j = 0; !map && j < n; j++)
            wide[i * l->n + train[j]] = (float)to[j];
    }
    if (map)
        ana_map_complete(map, q);
}

static int take_limit(struct ana_ctx *ctx, const struct ana_leaving *l,
                      const struct ana_inverse *v, int64_t q)
{
    double *mean = ana_alloc(ctx, 2 * l->n, sizeof *mean);
    int rc = mean ? 0 : ANA_ERESOURCE;

    for (int64_t k = 0; rc == 0 && k < l->n_folds; k++) {
        const struct ana_fold *fold = &l->folds[k];

        limit_of(l, fold->n_train, fold->train, fold->n_test, fold->test, mean, v->rows,
                 l->out[k], q);
        if (l->quadric)
            rc = ana_quadric_add(ctx, l->quadric, q, fold, l->intercept, v->rows);
    }
    if (rc == 0 && l->m > 0)
        limit_of(l, l->n, l->rows, l->m, l->rows + l->n, mean, NULL, l->out[l->n_folds],
                 q);
    ana_free(ctx, mean);
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
    const struct ana_few *few = l->few;
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
    const double alpha = ana_few_alpha(l->few, l->alphas, q);
    int is_float = is_short(l, alpha);
    int rc = 0;

    v->predicted = v->summed = 0;
    if (!is_float && !v->factored) { /* the last map has its bits with folds or without */
        rc = ana_inverse_factor(ctx, l, alpha, v->a);
        if (rc == 0 && (l->m > 0 || (l->constant > 0 && !l->centre)))
            rc = ana_inverse_predict(ctx, l, q, v);
        v->factored = v->predicted = 1;
        is_float = has_small_spread(l, alpha);
    }
    if (rc == 0)
        rc = (is_float ? ana_inverse_run_f32 : ana_inverse_run_f64)(ctx, l, q, alpha, v);
    v->factored = 0;
    return rc;
}

/* A place to work on, or none yet. */
static int take_place(struct shares *shares, int64_t *at)
{
    int taken;

    pthread_mutex_lock(&shares->lock);
    taken = shares->next < shares->last;
    *at = shares->next;
    shares->next += taken;
    shares->left |= !taken;
    pthread_mutex_unlock(&shares->lock);
    return taken;
}

/* What all other penalties need is known: where no worker has left, they go on. */
static void leave_spread(struct shares *shares, const struct ana_inverse *v)
{
    struct ana_leaving *l = shares->l;

    pthread_mutex_lock(&shares->lock);
    if (l->n_folds > 0) {
        l->high = v->high;
        l->low = v->low;
    }
    if (!shares->left)
        shares->last = l->few->k;
    pthread_mutex_unlock(&shares->lock);
}

static int run_share(struct ana_ctx *ctx, void *arg, int64_t i)
{
    struct shares *shares = arg;
    struct ana_leaving *l = shares->l;
    const struct ana_few *few = l->few;
    struct ana_inverse *v = &shares->room->inverse[i];
    int rc = 0;

    for (int64_t at; rc == 0 && take_place(shares, &at);) {
        const int64_t q = shares->order[at];
        const int smallest = at == 0 && few->pick[q] == 0;

        if (!isfinite(ana_few_alpha(few, l->alphas, q))) {
            rc = l->quadric ? ana_leave_room_open(ctx, l, v) : 0;
            rc = rc == 0 ? take_limit(ctx, l, v, q) : rc;
            continue;
        }
        v->measure = v->factored = smallest;
        if (smallest || (at == 0 && !v->a))
            ana_leave_room_swap(shares->room, v);
        rc = ana_leave_room_open(ctx, l, v);
        if (rc == 0)
            rc = run_one(ctx, l, q, v);
        if (rc == 0 && smallest)
            leave_spread(shares, v);
    }
    return rc;
}

int ana_leave_share(struct ana_ctx *ctx, struct ana_leaving *l,
                    struct ana_leave_room *room)
{
    const int64_t k = l->few->k, at_once = room->at_once;
    struct shares shares = {
        .l = l, .room = room, .order = ana_alloc(ctx, k, sizeof(int64_t))};
    int rc = shares.order ? 0 : ANA_ERESOURCE;

    pthread_mutex_init(&shares.lock, NULL);
    l->high = (double)INFINITY;
    if (rc == 0) {
        shares.last = set_order(l, 2 * (at_once - 1), shares.order);
        rc = ana_parallel_for(ctx, at_once, run_share, &shares);
    }
    shares.last = k;
    if (rc == 0)
        rc = ana_parallel_for(ctx, at_once, run_share, &shares);
    pthread_mutex_destroy(&shares.lock);
    ana_free(ctx, shares.order);
    return rc;
}
