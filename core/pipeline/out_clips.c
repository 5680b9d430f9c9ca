/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a score of trials over time is worth. Responses to short clips share a time
 * course (onset, sustained, offset) that any clip's training mean predicts, whatever
 * was played. So beside a metric's own scores stand, for each test fold:
 *
 *   n[g, t]  the null: the mean of the training clips' responses at moment t
 *   r_null          r(n, y) over all test samples
 *   r_beyond_null   r(p - mean over test clips of p[., t], y - n), pooled: what the
 *                   prediction knows of which clip it was
 *   r_within        mean over test clips of r(p[g, .], y[g, .])
 *   r_within_null   mean over test clips of r(n, y[g, .])
 *   r_within_beyond mean over clips of the within-clip r of the two residuals
 *
 * T rows, V targets of the tile, M moments.
 */
#include "pipeline/out.h"

#include <math.h>
#include <string.h>

enum { R_NULL, R_BEYOND, R_WITHIN, R_WITHIN_NULL, R_WITHIN_BEYOND, N_MEASURES };

static const struct ana_measure measures[N_MEASURES] = {
    {"r_null",
     "r of the time-in-clip null: the training clips' mean response at each moment"},
    {"r_beyond_null",
     "pooled r after the null is removed from the response and, at each moment, the mean "
     "over test clips from the prediction"},
    {"r_within", "mean over test clips of r within the clip"},
    {"r_within_null", "mean over test clips of the null's r within the clip"},
    {"r_within_beyond", "r within clips after the same removal as r_beyond_null"},
};

const struct ana_measure *ana_clip_measures(int64_t *n)
{
    *n = N_MEASURES;
    return measures;
}

/* Pearson's r of n pairs; NaN where y is constant, 0 where only p is. */
static double pearson(int64_t n, const double *p, const double *y)
{
    double mp = 0, my = 0, pp = 0, yy = 0, py = 0;

    for (int64_t i = 0; i < n; i++) {
        mp += p[i];
        my += y[i];
    }
    mp /= (double)n;
    my /= (double)n;
    for (int64_t i = 0; i < n; i++) {
        pp += (p[i] - mp) * (p[i] - mp);
        yy += (y[i] - my) * (y[i] - my);
        py += (p[i] - mp) * (y[i] - my);
    }
    if (yy <= 1e-24 * my * my * (double)n || n < 2)
        return (double)NAN;
    if (pp <= 1e-24 * mp * mp * (double)n)
        return 0;
    return py / sqrt(pp * yy);
}

struct work {
    int64_t n, moments;             /* test rows; moments a clip has at most */
    double *y, *p, *null, *yr, *pr; /* n each: one target's test rows */
    double *mean;                   /* moments */
    int64_t *count;                 /* moments */
};

/* Mean of values at each moment; moments that never occur keep 0. */
static void moment_means(const struct work *w, int64_t n, const int64_t *rows,
                         const int64_t *moment, const double *values, int64_t stride,
                         int by_row)
{
    memset(w->mean, 0, (size_t)w->moments * sizeof *w->mean);
    memset(w->count, 0, (size_t)w->moments * sizeof *w->count);
    for (int64_t i = 0; i < n; i++) {
        w->mean[moment[rows[i]]] += values[(by_row ? rows[i] : i) * stride];
        w->count[moment[rows[i]]]++;
    }
    for (int64_t m = 0; m < w->moments; m++)
        if (w->count[m] > 0)
            w->mean[m] /= (double)w->count[m];
}

/* Mean over the clips of r within each; rows of one clip stand together. */
static double within(const struct ana_problem *problem, const struct ana_fold *fold,
                     const double *p, const double *y)
{
    double sum = 0;
    int64_t clips = 0;

    for (int64_t first = 0, last; first < fold->n_test; first = last) {
        double r;

        for (last = first + 1; last < fold->n_test; last++)
            if (problem->group[fold->test[last]] != problem->group[fold->test[first]])
                break;
        r = pearson(last - first, p + first, y + first);
        if (!isnan(r)) {
            sum += r;
            clips++;
        }
    }
    return clips > 0 ? sum / (double)clips : (double)NAN;
}

static void score_target(const struct ana_problem *problem, const struct ana_fold *fold,
                         const struct ana_tensor *y, const struct ana_tensor *p,
                         int64_t v, const struct work *w, double *score, int64_t V)
{
    const double *column = (const double *)y->data + v * y->strides[1];

    moment_means(w, fold->n_train, fold->train, problem->moment, column, y->strides[0],
                 1);
    for (int64_t i = 0; i < w->n; i++) {
        w->y[i] = column[fold->test[i] * y->strides[0]];
        w->p[i] = ((const double *)p->data)[i * V + v];
        w->null[i] = w->mean[problem->moment[fold->test[i]]];
        w->yr[i] = w->y[i] - w->null[i];
    }
    moment_means(w, w->n, fold->test, problem->moment, w->p, 1, 0);
    for (int64_t i = 0; i < w->n; i++)
        w->pr[i] = w->p[i] - w->mean[problem->moment[fold->test[i]]];
    score[R_NULL * V + v] = pearson(w->n, w->null, w->y);
    score[R_BEYOND * V + v] = pearson(w->n, w->pr, w->yr);
    score[R_WITHIN * V + v] = within(problem, fold, w->p, w->y);
    score[R_WITHIN_NULL * V + v] = within(problem, fold, w->null, w->y);
    score[R_WITHIN_BEYOND * V + v] = within(problem, fold, w->pr, w->yr);
}

int ana_clip_scores(struct ana_ctx *ctx, const struct ana_problem *problem,
                    const struct ana_fold *fold, const struct ana_tensor *y,
                    const struct ana_tensor *p, double *score)
{
    const int64_t V = y->shape[1];
    struct work w = {.n = fold->n_test};
    double *memory;

    for (int64_t r = 0; r < problem->n_rows; r++)
        if (problem->moment[r] + 1 > w.moments)
            w.moments = problem->moment[r] + 1;
    memory = ana_alloc(ctx, 5 * w.n + w.moments, sizeof *memory);
    w.count = ana_alloc(ctx, w.moments, sizeof *w.count);
    if (memory && w.count) {
        w.y = memory;
        w.p = memory + w.n;
        w.null = memory + 2 * w.n;
        w.yr = memory + 3 * w.n;
        w.pr = memory + 4 * w.n;
        w.mean = memory + 5 * w.n;
        for (int64_t v = 0; v < V; v++)
            score_target(problem, fold, y, p, v, &w, score, V);
    }
    ana_free(ctx, memory);
    ana_free(ctx, w.count);
    return memory && w.count ? 0 : ANA_ERESOURCE;
}
