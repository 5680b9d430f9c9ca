/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One recording through nested cross-validation: the loss of every penalty (and window)
 * on inner folds, the choice, the fit on all training rows, scores on the test rows.
 *
 * Each worker has rooms of its own for the matrices of a training set and takes every
 * n_lanes-th fold: a number depends on its fold alone, not on who computed it.
 */
#include <string.h>

#include "plugins/metrics/trf/run.h"

/* Losses of every view and penalty from the test rows' sums, in float64. */
static int try_exactly(struct ana_ctx *ctx, const struct trf_run *run,
                       const struct trf_set *set, double *curve)
{
    const struct trf *trf = run->trf;
    const int64_t p = trf->lagged.p, t = run->t, A = trf->ridge.n_alphas;
    double *weights = ana_alloc(ctx, 2 * p * t, sizeof *weights);
    double *offset = ana_alloc(ctx, t, sizeof *offset);
    int rc = weights && offset ? 0 : ANA_ERESOURCE;

    for (int64_t v = 0; rc == 0 && v < trf->n_views; v++)
        for (int64_t a = 0; rc == 0 && a < A; a++) {
            rc = trf_set_solve(ctx, set, &trf->views[v], trf->ridge.alphas[a], t, NULL,
                               set->factor, weights, offset);
            if (rc == 0)
                rc = trf_set_loss(ctx, set, &trf->views[v], trf->ridge.loss, weights,
                                  offset, weights + p * t, curve + (v * A + a) * t);
        }
    ana_free(ctx, weights);
    ana_free(ctx, offset);
    return rc;
}

/* The losses of one inner fold. */
static int try_unit(struct ana_ctx *ctx, const struct trf_run *run, int64_t u,
                    struct trf_lane *lane)
{
    const struct trf *trf = run->trf;
    const int64_t t = run->t, A = trf->ridge.n_alphas;
    const int many = trf->problem->n_rows >= TRF_MANY_ROWS;
    double *curve = run->curve + u * run->each;
    struct ana_fold inner = {.size = 0};
    int64_t k = 0;
    int rc;

    while (run->unit[k + 1] <= u)
        k++;
    rc = ana_split_inner_fold(ctx, &trf->problem->folds[k], u - run->unit[k], &inner);
    if (rc == 0)
        rc = trf_set_take(ctx, &lane->set, &inner, run->y, &run->total, 1);
    for (int64_t v = 0; rc == 0 && many && v < trf->n_views; v++)
        rc = trf_losses_find(ctx, &lane->losses, &lane->set, &trf->views[v], &inner,
                             curve + v * A * t);
    if (rc == 0 && !many)
        rc = try_exactly(ctx, run, &lane->set, curve);
    if (inner.size)
        ana_split_inner_free(ctx, &inner);
    return rc;
}

static int try_lane(struct ana_ctx *ctx, void *arg, int64_t i)
{
    const struct trf_run *run = arg;
    int rc = 0;

    for (int64_t u = i; rc == 0 && u < run->n_units; u += run->n_lanes)
        rc = ana_cancelled(ctx) ? ana_fail(ctx, ANA_ECANCEL, "the run was interrupted")
                                : try_unit(ctx, run, u, &run->lanes[i]);
    return rc;
}

/* Choose, fit, score one outer fold in lane `at`. A lone fold's penalties are fitted on
 * all workers, in their lanes' rooms. */
static int run_fold(struct ana_ctx *ctx, const struct trf_run *run, int64_t k, int64_t at)
{
    const struct trf *trf = run->trf;
    const int64_t t = run->t, p = trf->lagged.p, V = trf->n_views;
    const int64_t n =
        ana_workers(ctx) < run->n_lanes - at ? ana_workers(ctx) : run->n_lanes - at;
    double *weights = ana_alloc(ctx, (p + V) * t, sizeof *weights);
    double **factor = ana_alloc(ctx, n, sizeof *factor);
    int64_t *chosen = ana_alloc(ctx, (V + 1) * t, sizeof *chosen);
    struct trf_choice choice = {chosen, chosen ? chosen + V * t : NULL};
    struct trf_set *set = &run->lanes[at].set;
    int rc =
        weights && factor && chosen ? trf_choose(ctx, run, k, &choice) : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < n; i++)
        factor[i] = run->lanes[at + i].set.factor;
    if (rc == 0)
        rc = trf_set_take(ctx, set, &trf->problem->folds[k], run->y, &run->total, 0);
    if (rc == 0)
        rc = trf_fit(ctx, set, &choice, n, factor, weights, weights + p * t);
    if (rc == 0)
        rc = trf_hand_out(ctx, run, k, &choice, weights, weights + p * t);
    ana_free(ctx, weights);
    ana_free(ctx, factor);
    ana_free(ctx, chosen);
    return rc;
}

static int run_lane(struct ana_ctx *ctx, void *arg, int64_t i)
{
    const struct trf_run *run = arg;
    int rc = 0;

    for (int64_t k = i; rc == 0 && k < run->trf->problem->n_folds; k += run->n_lanes)
        rc = ana_cancelled(ctx) ? ana_fail(ctx, ANA_ECANCEL, "the run was interrupted")
                                : run_fold(ctx, run, k, i);
    return rc;
}

static int open_lane(struct ana_ctx *ctx, void *arg, int64_t i)
{
    const struct trf_run *run = arg;
    const struct trf *trf = run->trf;
    const struct ana_problem *problem = trf->problem;
    struct trf_lane *lane = &run->lanes[i];
    int rc =
        trf_set_create(ctx, trf, run->t, trf_holds(trf, problem, run->t), &lane->set);

    if (rc != 0 || !trf_has_choice(trf) || problem->n_rows < TRF_MANY_ROWS)
        return rc;
    return trf_losses_create(ctx, trf_widest(trf), trf->ridge.n_alphas, run->t,
                             trf_takes_root(trf, problem, run->t), &lane->losses);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Targets [first, first + t) of a recording. */
static int run_block(struct ana_ctx *ctx, struct trf_run *run)
{
    const struct trf *trf = run->trf;
    const int64_t K = trf->problem->n_folds;
    int rc = trf_total_create(ctx, trf, run->t, run->y, &run->total);

    run->each = trf->n_views * trf->ridge.n_alphas * run->t;
    run->n_lanes = least(ana_workers(ctx), run->n_units > K ? run->n_units : K);
    run->curve = ana_alloc(ctx, run->n_units * run->each, sizeof *run->curve);
    run->lanes = ana_alloc(ctx, run->n_lanes, sizeof *run->lanes);
    if (rc == 0 && (!run->curve || !run->lanes))
        rc = ANA_ERESOURCE;
    if (rc == 0)
        rc = ana_parallel_for(ctx, run->n_lanes, open_lane, run);
    if (rc == 0)
        rc = ana_parallel_for(ctx, least(run->n_lanes, run->n_units), try_lane, run);
    if (rc == 0)
        rc = ana_parallel_for(ctx, least(run->n_lanes, K), run_lane, run);
    for (int64_t i = 0; run->lanes && i < run->n_lanes; i++) {
        trf_set_finish(ctx, &run->lanes[i].set);
        trf_losses_finish(ctx, &run->lanes[i].losses);
    }
    trf_total_finish(ctx, trf, &run->total);
    ana_free(ctx, run->lanes);
    ana_free(ctx, run->curve);
    run->lanes = NULL;
    run->curve = NULL;
    return rc;
}

int trf_run(struct ana_ctx *ctx, const struct trf_y *y, struct ana_out *out)
{
    const struct trf *trf = y->trf;
    const int64_t K = trf->problem->n_folds, n = trf->lagged.n_rows;
    const int64_t block = trf_block(trf->lagged.p, y->t);
    struct trf_run run = {.trf = trf, .about = y, .out = out};
    double *part = ana_alloc(ctx, block < y->t ? n * block : 1, sizeof *part);
    int rc = part ? 0 : ANA_ERESOURCE;

    run.unit = ana_alloc(ctx, K + 1, sizeof *run.unit);
    if (!run.unit)
        rc = ANA_ERESOURCE;
    for (int64_t k = 0; rc == 0 && k < K; k++)
        run.unit[k + 1] =
            run.unit[k] + (trf_has_choice(trf) ? trf->problem->folds[k].n_inner : 0);
    run.n_units = rc == 0 ? run.unit[K] : 0;
    if (rc == 0 && trf->rival)
        rc = trf_attend_create(ctx, y, &run.attending);
    for (run.first = 0; rc == 0 && run.first < y->t; run.first += run.t) {
        run.t = y->t - run.first < block ? y->t - run.first : block;
        run.y = run.t < y->t ? part : y->y;
        for (int64_t i = 0; run.t < y->t && i < n; i++)
            memcpy(part + i * run.t, y->y + i * y->t + run.first,
                   (size_t)run.t * sizeof *part);
        rc = run_block(ctx, &run);
    }
    if (rc == 0 && run.attending)
        rc = trf_attend_finish(ctx, run.attending, out);
    trf_attend_destroy(ctx, run.attending);
    ana_free(ctx, run.unit);
    ana_free(ctx, part);
    return rc;
}
