/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The fit on all training rows of an outer fold: for each penalty that some target has
 * chosen one factorisation and the weights of those targets.
 */
#include "plugins/metrics/trf/run.h"

/* Views and penalties that were chosen, dealt out to workers. */
struct fitting {
    const struct trf_set *set;
    const struct trf_choice *choice;
    int64_t n_factors, n_items;
    double *const *factor;
    int64_t *item; /* view x n_alphas + alpha */
    double *weights, *offset;
};

static int has_chosen(const struct fitting *f, int64_t v, int64_t a, int64_t j)
{
    return f->choice->alpha[v * f->set->t + j] == a &&
           (f->set->trf->mode != ANA_LAGS_TUNE || f->choice->view[j] == v);
}

/* One view with one penalty; work: room for (p + 1) x t. */
static int fit_item(struct ana_ctx *ctx, const struct fitting *f, int64_t item,
                    double *factor, int64_t *target, double *work)
{
    const struct trf *trf = f->set->trf;
    const int64_t t = f->set->t, v = item / trf->ridge.n_alphas;
    const int64_t a = item % trf->ridge.n_alphas;
    const int64_t q = trf->views[v].m * trf->lagged.F;
    double *to = f->weights + trf->views[v].first * trf->lagged.F * t;
    double *offset = f->offset + (trf->mode == ANA_LAGS_EACH ? v * t : 0), *own;
    int64_t n = 0;
    int rc;

    for (int64_t j = 0; j < t; j++)
        if (has_chosen(f, v, a, j))
            target[n++] = j;
    own = work + q * n;
    rc = trf_set_solve(ctx, f->set, &trf->views[v], trf->ridge.alphas[a], n, target,
                       factor, work, own);
    for (int64_t j = 0; rc == 0 && j < n; j++)
        offset[target[j]] = own[j];
    for (int64_t i = 0; rc == 0 && i < q; i++)
        for (int64_t j = 0; j < n; j++)
            to[i * t + target[j]] = work[i * n + j];
    return rc;
}

static int fit_lane(struct ana_ctx *ctx, void *arg, int64_t at)
{
    const struct fitting *f = arg;
    const int64_t t = f->set->t, p = f->set->trf->lagged.p;
    double *work = ana_alloc(ctx, (p + 1) * t, sizeof *work);
    int64_t *target = ana_alloc(ctx, t, sizeof *target);
    int rc = work && target ? 0 : ANA_ERESOURCE;

    for (int64_t i = at; rc == 0 && i < f->n_items; i += f->n_factors)
        rc = fit_item(ctx, f, f->item[i], f->factor[at], target, work);
    ana_free(ctx, work);
    ana_free(ctx, target);
    return rc;
}

int trf_fit(struct ana_ctx *ctx, const struct trf_set *set,
            const struct trf_choice *choice, int64_t n_factors, double *const *factor,
            double *weights, double *offset)
{
    const int64_t A = set->trf->ridge.n_alphas, n = set->trf->n_views * A;
    struct fitting f = {.set = set,
                        .choice = choice,
                        .n_factors = n_factors,
                        .factor = factor,
                        .weights = weights,
                        .offset = offset};
    int rc;

    f.item = ana_alloc(ctx, n, sizeof *f.item);
    if (!f.item)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < n; i++) {
        int64_t j = 0;

        while (j < set->t && !has_chosen(&f, i / A, i % A, j))
            j++;
        if (j < set->t)
            f.item[f.n_items++] = i;
    }
    rc = ana_parallel_for(ctx, n_factors < f.n_items ? n_factors : f.n_items, fit_lane,
                          &f);
    ana_free(ctx, f.item);
    return rc;
}
