/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One recording through nested cross-validation: the loss of every penalty (and window)
 * on inner folds, the choice, the fit on all training rows, scores on the test rows.
 */
#include <anaflow/linalg.h>
#include <math.h>
#include <string.h>

#include "plugins/metrics/lib/score.h"
#include "plugins/metrics/trf/trf.h"

static const struct ana_measure measures[] = {
    {"r", "Pearson's r between prediction and held-out target"},
    {"r2", "max(r, 0)^2"},
    {"R2", "1 - SSE / SST on held-out rows"},
    {"accuracy", "share of windows in which the reconstruction is closer to the attended "
                 "stream; ties count 1/2"},
    {"dprime", "sensitivity: z(accuracy) sqrt 2, of a choice between two"},
    {"windows", "windows that were decided"},
    {"low", "lower end of the 95 % interval of the accuracy over trials (Wilson)"},
    {"high", "upper end of it"},
    {"trials", "trials that the interval counts"},
};

const struct ana_measure *trf_measures(const struct trf *trf, int64_t *n)
{
    *n = trf->rival ? (int64_t)(sizeof measures / sizeof *measures) : 3;
    return measures;
}

/* A block of targets on its way. */
struct run {
    const struct trf *trf;
    const struct trf_y *about;
    struct ana_out *out;
    struct attending *attending;
    int64_t first, t, n_units, each; /* each: numbers of one unit's curve */
    const double *y;                 /* n_rows x t */
    struct trf_total total;
    int64_t *unit; /* n_folds + 1: the first inner fold of each */
    double *curve; /* n_units x n_views x n_alphas x t */
};

/* Losses of every view and penalty from the test rows' sums, in float64. */
static int try_exactly(struct ana_ctx *ctx, const struct run *run,
                       const struct trf_set *set, double *curve)
{
    const struct trf *trf = run->trf;
    const int64_t p = trf->lagged.p, t = run->t, A = trf->ridge.n_alphas;
    double *weights = ana_alloc(ctx, 2 * p * t, sizeof *weights);
    double *offset = ana_alloc(ctx, t, sizeof *offset);
    int rc = weights && offset ? 0 : ANA_ERESOURCE;

    for (int64_t v = 0; rc == 0 && v < trf->n_views; v++)
        for (int64_t a = 0; rc == 0 && a < A; a++) {
            rc = trf_set_solve(ctx, set, &trf->views[v], trf->ridge.alphas[a], weights,
                               offset);
            if (rc == 0)
                rc = trf_set_loss(ctx, set, &trf->views[v], trf->ridge.loss, weights,
                                  offset, weights + p * t, curve + (v * A + a) * t);
        }
    ana_free(ctx, weights);
    ana_free(ctx, offset);
    return rc;
}

/* The losses of one inner fold. */
static int try_unit(struct ana_ctx *ctx, void *arg, int64_t u)
{
    const struct run *run = arg;
    const struct trf *trf = run->trf;
    const int64_t t = run->t, A = trf->ridge.n_alphas;
    const int many = trf->problem->n_rows >= TRF_MANY_ROWS;
    double *curve = run->curve + u * run->each;
    struct trf_set set = {.trf = trf};
    struct ana_fold inner = {.size = 0};
    int64_t k = 0;
    int rc;

    while (run->unit[k + 1] <= u)
        k++;
    rc = ana_split_inner_fold(ctx, &trf->problem->folds[k], u - run->unit[k], &inner);
    if (rc == 0)
        rc = trf_set_create(ctx, trf, &inner, t, run->y, &run->total, !many, &set);
    if (rc == 0 && !many)
        rc = try_exactly(ctx, run, &set, curve);
    for (int64_t v = 0; rc == 0 && many && v < trf->n_views; v++)
        rc = trf_set_losses(ctx, &set, &trf->views[v], &inner, run->y, curve + v * A * t);
    if (inner.size)
        ana_split_inner_free(ctx, &inner);
    trf_set_finish(ctx, &set);
    return rc;
}

/* Mean over the inner folds of a fold, for each target over those where it varies, and
 * over targets where they share. */
static void average(const struct run *run, int64_t k, double *mean)
{
    const struct trf *trf = run->trf;
    const int64_t t = run->t, cells = run->each / t;

    for (int64_t i = 0; i < run->each; i++) {
        int64_t n = 0;

        mean[i] = 0;
        for (int64_t u = run->unit[k]; u < run->unit[k + 1]; u++) {
            const double loss = run->curve[u * run->each + i];

            mean[i] += isnan(loss) ? 0 : loss;
            n += !isnan(loss);
        }
        mean[i] = n > 0 ? mean[i] / (double)n : (double)NAN;
    }
    for (int64_t c = 0; trf->ridge.shared && c < cells; c++) {
        double sum = 0;
        int64_t n = 0;

        for (int64_t j = 0; j < t; j++) {
            sum += isnan(mean[c * t + j]) ? 0 : mean[c * t + j];
            n += !isnan(mean[c * t + j]);
        }
        for (int64_t j = 0; j < t; j++)
            mean[c * t + j] = n > 0 ? sum / (double)n : (double)NAN;
    }
}

/* Each view's penalty; of windows the one with the smallest loss, the shortest of equals. */
static int choose(struct ana_ctx *ctx, const struct run *run, int64_t k,
                  struct trf_choice *choice)
{
    const struct trf *trf = run->trf;
    const int64_t t = run->t, A = trf->ridge.n_alphas;
    double *mean = ana_alloc(ctx, run->each, sizeof *mean);
    int rc = mean ? 0 : ANA_ERESOURCE;

    if (rc == 0 && trf_has_choice(trf))
        average(run, k, mean);
    for (int64_t v = 0; rc == 0 && trf_has_choice(trf) && v < trf->n_views; v++) {
        int64_t low, high;

        ana_penalty_choose(A, t, mean + v * A * t, choice->alpha + v * t);
        ana_penalty_edges(A, t, mean + v * A * t, choice->alpha + v * t, &low, &high);
        if (A > 1)
            rc =
                ana_out_count(ctx, run->out, "alpha at the low edge of the grid", low, t);
        if (rc == 0 && A > 1)
            rc = ana_out_count(ctx, run->out, "alpha at the high edge of the grid", high,
                               t);
    }
    for (int64_t j = 0; rc == 0 && trf->mode == ANA_LAGS_TUNE && j < t; j++) {
        double best = INFINITY;

        for (int64_t v = 0; v < trf->n_views; v++) {
            const double loss = mean[(v * A + choice->alpha[v * t + j]) * t + j];

            if (loss < best - 1e-12 * fabs(loss)) {
                best = loss;
                choice->view[j] = v;
            }
        }
    }
    ana_free(ctx, mean);
    return rc;
}

/* Weights (p x t) and offsets of one view with each target's own penalty; targets of
 * other windows are left alone. */
static int fit_view(struct ana_ctx *ctx, const struct trf *trf, const struct trf_set *set,
                    const struct trf_choice *choice, int64_t v, double *work,
                    double *weights, double *offset)
{
    const int64_t t = set->t, q = trf->views[v].m * trf->lagged.F;
    double *own = work + q * t;
    int rc = 0;

    for (int64_t a = 0; rc == 0 && a < trf->ridge.n_alphas; a++) {
        int64_t used = 0;

        for (int64_t j = 0; j < t; j++)
            used += choice->alpha[v * t + j] == a &&
                    (trf->mode != ANA_LAGS_TUNE || choice->view[j] == v);
        if (used == 0)
            continue;
        rc = trf_set_solve(ctx, set, &trf->views[v], trf->ridge.alphas[a], work, own);
        for (int64_t j = 0; rc == 0 && j < t; j++) {
            if (choice->alpha[v * t + j] != a ||
                (trf->mode == ANA_LAGS_TUNE && choice->view[j] != v))
                continue;
            offset[j] = own[j];
            for (int64_t i = 0; i < q; i++)
                weights[(trf->views[v].first * trf->lagged.F + i) * t + j] =
                    work[i * t + j];
        }
    }
    return rc;
}

/* r: t, out. */
static int hand_out_scores(struct ana_ctx *ctx, const struct run *run, int64_t k,
                           double lag, int64_t m, const double *prediction,
                           const double *offset, const double *y, double *r)
{
    double *s = ana_alloc(ctx, 3 * run->t, sizeof *s);
    struct ana_scores scores = {.r = s, .r2 = s + run->t, .R2 = s + 2 * run->t};
    int rc =
        s ? ana_score(ctx, m, run->t, prediction, offset, y, &scores) : ANA_ERESOURCE;

    for (int i = 0; rc == 0 && i < 3; i++)
        rc = ana_out_lagged(ctx, run->out, measures[i].id, "", lag, k, run->first, run->t,
                            s + i * run->t);
    if (rc == 0)
        rc = ana_out_count(ctx, run->out, "constant target", scores.constant_targets,
                           run->t);
    if (rc == 0)
        rc = ana_out_count(ctx, run->out, "constant prediction",
                           scores.constant_predictions, run->t);
    if (rc == 0)
        memcpy(r, s, (size_t)run->t * sizeof *r);
    ana_free(ctx, s);
    return rc;
}

static int hand_out_choices(struct ana_ctx *ctx, const struct run *run, int64_t k,
                            const struct trf_choice *choice, const double *weights,
                            const double *offset)
{
    const struct trf *trf = run->trf;
    const int64_t t = run->t;
    double *value = ana_alloc(ctx, t, sizeof *value);
    int rc = value ? 0 : ANA_ERESOURCE;

    for (int64_t j = 0; rc == 0 && j < t; j++)
        value[j] = trf->ridge.alphas[choice->alpha[choice->view[j] * t + j]];
    if (rc == 0 && trf->mode != ANA_LAGS_EACH)
        rc = ana_out_choice(ctx, run->out, "alpha", k, run->first, t, value);
    for (int64_t j = 0; rc == 0 && j < t; j++) {
        const struct trf_view *view = &trf->views[choice->view[j]];
        const double from = (double)trf->lagged.delays[view->first];
        const double to = (double)trf->lagged.delays[view->first + view->m - 1];

        value[j] = (to - from) / trf->problem->rate;
    }
    if (rc == 0 && trf->mode == ANA_LAGS_TUNE)
        rc = ana_out_choice(ctx, run->out, "window", k, run->first, t, value);
    for (int64_t j = 0; rc == 0 && j < t; j++) {
        value[j] = offset[j] + run->about->y_mean[run->first + j];
        for (int64_t i = 0; i < trf->lagged.p; i++)
            value[j] -= weights[i * t + j] * trf->x_mean[i % trf->lagged.F];
    }
    if (rc == 0 && trf->mode != ANA_LAGS_EACH)
        rc = ana_out_choice(ctx, run->out, "bias", k, run->first, t, value);
    ana_free(ctx, value);
    return rc;
}

/* A named array whose first axis is the lags: shape has n_dims sizes, the targets last. */
static int hand_out_lags(struct ana_ctx *ctx, const struct run *run, int64_t k,
                         const char *name, const char *help, int32_t n_dims,
                         const int64_t *shape, const double *values)
{
    const struct lagged *l = &run->trf->lagged;
    double *lag = ana_alloc(ctx, l->D, sizeof *lag);
    const struct ana_axis axis = {.size = sizeof axis,
                                  .kind = ANA_AXIS_TIME,
                                  .name = "lag",
                                  .unit = "s",
                                  .coords = lag};
    const struct ana_axis feature = {
        .size = sizeof feature, .kind = ANA_AXIS_FEATURE, .name = "feature"};
    struct ana_tensor array;
    int rc = lag ? ana_tensor_create(ctx, ANA_F64, n_dims, shape, &array) : ANA_ERESOURCE;

    if (rc == 0) {
        for (int64_t d = 0; d < l->D; d++)
            lag[d] = (double)l->delays[d] / run->trf->problem->rate;
        memcpy(array.data, values, (size_t)ana_tensor_count(&array) * sizeof *values);
        rc = ana_tensor_set_axis(ctx, &array, 0, &axis);
        if (rc == 0 && n_dims == 3)
            rc = ana_tensor_set_axis(ctx, &array, 1, &feature);
        if (rc == 0)
            rc = ana_out_array(ctx, run->out, name, help, k, run->first, &array);
        ana_tensor_finish(&array);
    }
    ana_free(ctx, lag);
    return rc;
}

/* Test rows' predictions and all that is made of them. */
static int predict_fold(struct ana_ctx *ctx, const struct run *run, int64_t k,
                        const double *weights, const double *offset)
{
    const struct trf *trf = run->trf;
    const struct ana_fold *fold = &trf->problem->folds[k];
    const int64_t t = run->t, m = fold->n_test, F = trf->lagged.F;
    double *prediction = ana_alloc(ctx, (2 * m + trf->n_views) * t, sizeof *prediction);
    double *y, *r;
    int rc = prediction ? 0 : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < m; i++)
        memcpy(prediction + (m + i) * t, run->y + fold->test[i] * t,
               (size_t)t * sizeof *prediction);
    y = prediction + m * t;
    r = y + m * t;
    for (int64_t v = 0; rc == 0 && v < (trf->mode == ANA_LAGS_EACH ? trf->n_views : 1);
         v++) {
        const int each = trf->mode == ANA_LAGS_EACH;
        const int64_t first = each ? trf->views[v].first : 0;
        const double lag = (double)trf->lagged.delays[first] / trf->problem->rate;

        rc = lagged_predict(ctx, &trf->lagged, m, fold->test, first,
                            each ? 1 : trf->lagged.D, t, weights + first * F * t,
                            prediction);
        if (rc == 0)
            rc = hand_out_scores(ctx, run, k, each ? lag : (double)NAN, m, prediction,
                                 offset + v * t, y, r + v * t);
    }
    if (rc == 0 && trf->mode == ANA_LAGS_EACH)
        rc = hand_out_lags(ctx, run, k, "r-by-lag", "Pearson's r of each lag by itself",
                           2, (const int64_t[]){trf->lagged.D, t}, r);
    if (rc == 0 && run->attending)
        rc = trf_attend_fold(ctx, run->attending, k, prediction);
    if (rc == 0 && trf->problem->want_predictions && trf->mode != ANA_LAGS_EACH) {
        struct ana_tensor view;

        for (int64_t i = 0; i < m * t; i++)
            prediction[i] += offset[i % t] + run->about->y_mean[run->first + i % t];
        ana_tensor_view(ANA_F64, 2, (const int64_t[]){m, t}, prediction, &view);
        rc = ana_out_predictions(ctx, run->out, k, run->first, &view);
    }
    ana_free(ctx, prediction);
    return rc;
}

static int run_fold(struct ana_ctx *ctx, void *arg, int64_t k)
{
    const struct run *run = arg;
    const struct trf *trf = run->trf;
    const int64_t t = run->t, p = trf->lagged.p, V = trf->n_views;
    double *weights = ana_alloc(ctx, 2 * p * t + (V + 2) * t, sizeof *weights);
    int64_t *chosen = ana_alloc(ctx, (V + 1) * t, sizeof *chosen);
    struct trf_choice choice = {chosen, chosen ? chosen + V * t : NULL};
    double *work = weights ? weights + p * t : NULL, *offset;
    struct trf_set set = {.trf = trf};
    int rc = weights && chosen ? choose(ctx, run, k, &choice) : ANA_ERESOURCE;

    offset = work ? work + p * t + t : NULL;
    if (rc == 0)
        rc = trf_set_create(ctx, trf, &trf->problem->folds[k], t, run->y, &run->total, 0,
                            &set);
    for (int64_t v = 0; rc == 0 && v < V; v++)
        rc = fit_view(ctx, trf, &set, &choice, v, work, weights,
                      offset + (trf->mode == ANA_LAGS_EACH ? v * t : 0));
    trf_set_finish(ctx, &set);
    if (rc == 0)
        rc = predict_fold(ctx, run, k, weights, offset);
    if (rc == 0)
        rc = hand_out_choices(ctx, run, k, &choice, weights, offset);
    if (rc == 0 && trf->kernels)
        rc = hand_out_lags(ctx, run, k, "kernel",
                           "weight of each lag and feature: units of y a unit of x", 3,
                           (const int64_t[]){trf->lagged.D, trf->lagged.F, t}, weights);
    ana_free(ctx, weights);
    ana_free(ctx, chosen);
    return rc;
}

static int add_part(struct ana_ctx *ctx, void *arg, int64_t g)
{
    struct run *run = arg;
    const struct ana_problem *problem = run->trf->problem;
    int64_t *row = ana_alloc(ctx, problem->n_rows, sizeof *row);
    int rc =
        row ? lagged_sums_create(ctx, run->trf->lagged.p, run->t, 0, &run->total.part[g])
            : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < problem->n_rows; i++)
        if (problem->group[i] == g)
            row[run->total.size[g]++] = i;
    if (rc == 0)
        rc = lagged_add(ctx, &run->trf->lagged, run->total.size[g], row, run->t, run->y,
                        1, &run->total.part[g]);
    ana_free(ctx, row);
    return rc;
}

/* Products with y over all rows, group by group where that is kept. */
static int sum_y(struct ana_ctx *ctx, struct run *run)
{
    const struct trf *trf = run->trf;
    const int64_t n = trf->lagged.n_rows, p = trf->lagged.p, G = trf->problem->n_groups;
    struct lagged_sums *all = &run->total.all;
    int rc = lagged_sums_create(ctx, p, run->t, 0, all);

    if (rc == 0 && trf_keeps_parts(trf, trf->problem, run->t)) {
        run->total.part = ana_alloc(ctx, G, sizeof *run->total.part);
        run->total.size = ana_alloc(ctx, G, sizeof *run->total.size);
        rc = run->total.part && run->total.size ? ana_parallel_for(ctx, G, add_part, run)
                                                : ANA_ERESOURCE;
        for (int64_t g = 0; rc == 0 && g < G; g++) {
            for (int64_t i = 0; i < p * run->t; i++)
                all->cross[i] += run->total.part[g].cross[i];
            for (int64_t j = 0; j < 2 * run->t; j++)
                all->y_sum[j] += run->total.part[g].y_sum[j];
        }
        all->n = (double)n;
    } else if (rc == 0) {
        int64_t *row = ana_alloc(ctx, n, sizeof *row);

        for (int64_t i = 0; row && i < n; i++)
            row[i] = i;
        rc = row ? lagged_add(ctx, &trf->lagged, n, row, run->t, run->y, 1, all)
                 : ANA_ERESOURCE;
        ana_free(ctx, row);
    }
    if (rc == 0)
        memcpy(all->sum, trf->total.sum, (size_t)p * sizeof *all->sum);
    all->gram = trf->total.gram; /* borrowed */
    return rc;
}

static void drop_y_sums(struct ana_ctx *ctx, struct run *run)
{
    for (int64_t g = 0; run->total.part && g < run->trf->problem->n_groups; g++)
        lagged_sums_finish(ctx, &run->total.part[g]);
    ana_free(ctx, run->total.part);
    ana_free(ctx, run->total.size);
    run->total.all.gram = NULL;
    lagged_sums_finish(ctx, &run->total.all);
    memset(&run->total, 0, sizeof run->total);
}

/* Targets [first, first + t) of a recording. */
static int run_block(struct ana_ctx *ctx, struct run *run)
{
    const struct trf *trf = run->trf;
    int rc = sum_y(ctx, run);

    run->each = trf->n_views * trf->ridge.n_alphas * run->t;
    run->curve = ana_alloc(ctx, run->n_units * run->each, sizeof *run->curve);
    if (rc == 0 && !run->curve)
        rc = ANA_ERESOURCE;
    if (rc == 0)
        rc = ana_parallel_for(ctx, run->n_units, try_unit, run);
    if (rc == 0)
        rc = ana_parallel_for(ctx, trf->problem->n_folds, run_fold, run);
    drop_y_sums(ctx, run);
    ana_free(ctx, run->curve);
    run->curve = NULL;
    return rc;
}

int trf_run(struct ana_ctx *ctx, const struct trf_y *y, struct ana_out *out)
{
    const struct trf *trf = y->trf;
    const int64_t K = trf->problem->n_folds, n = trf->lagged.n_rows;
    const int64_t block = trf_block(trf->lagged.p, y->t);
    struct run run = {.trf = trf, .about = y, .out = out};
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
