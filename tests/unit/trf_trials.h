/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Trials in memory, and the problem for the metric trf that they pose, for its tests.
 */
#ifndef TESTS_TRF_TRIALS_H
#define TESTS_TRF_TRIALS_H

#include <math.h>

#include "tests/unit/metric_run.h"

extern const struct ana_plugin anaflow_plugin;

/* Trials one after the other, each with `pad` samples of nothing before and after. */
struct trials {
    struct ana_ctx *ctx;
    int64_t n_trials, n_rows, n_samples, F, t, pad, n_delays;
    int64_t *group, *moment, *base, *delays, *start; /* start: n_trials + 1 */
    double *x, *y;                                   /* n_samples x F, n_rows x t */
};

static inline struct trials make_trials(struct ana_ctx *ctx, int64_t n_trials,
                                        const int64_t *length, int64_t F, int64_t t,
                                        int64_t low, int64_t high)
{
    struct trials q = {.ctx = ctx, .n_trials = n_trials, .F = F, .t = t};
    int64_t row = 0, at;

    q.pad = llabs(low) > llabs(high) ? llabs(low) : llabs(high);
    q.start = ana_alloc(ctx, n_trials + 1, sizeof *q.start);
    for (int64_t g = 0; g < n_trials; g++)
        q.start[g + 1] = q.start[g] + length[g];
    q.n_rows = q.start[n_trials];
    q.n_samples = q.n_rows + 2 * q.pad * n_trials;
    q.n_delays = high - low + 1;
    q.delays = ana_alloc(ctx, q.n_delays, sizeof *q.delays);
    for (int64_t d = 0; d < q.n_delays; d++)
        q.delays[d] = low + d;
    q.group = ana_alloc(ctx, 3 * q.n_rows, sizeof *q.group);
    q.moment = q.group + q.n_rows;
    q.base = q.moment + q.n_rows;
    q.x = ana_alloc(ctx, q.n_samples * F, sizeof *q.x);
    q.y = ana_alloc(ctx, q.n_rows * t, sizeof *q.y);
    at = q.pad;
    for (int64_t g = 0; g < n_trials; g++, at += 2 * q.pad)
        for (int64_t i = 0; i < length[g]; i++, row++, at++) {
            q.group[row] = g;
            q.moment[row] = i;
            q.base[row] = at;
        }
    return q;
}

static inline void drop_trials(struct trials *q)
{
    ana_free(q->ctx, q->start);
    ana_free(q->ctx, q->delays);
    ana_free(q->ctx, q->group);
    ana_free(q->ctx, q->x);
    ana_free(q->ctx, q->y);
}

static inline void fill(struct trials *q, const char *stage)
{
    struct ana_rng rng;

    ana_rng_init(q->ctx, stage, 0, &rng);
    for (int64_t i = 0; i < q->n_rows; i++) {
        for (int64_t f = 0; f < q->F; f++)
            q->x[q->base[i] * q->F + f] = (double)(float)ana_rng_normal(&rng);
        for (int64_t j = 0; j < q->t; j++)
            q->y[i * q->t + j] = ana_rng_normal(&rng);
    }
}

/* Add x of `delay` samples ago, of feature f and within the trial, to target j. */
static inline void plant(struct trials *q, int64_t f, int64_t j, int64_t delay,
                         double weight)
{
    for (int64_t i = 0; i < q->n_rows; i++)
        q->y[i * q->t + j] += weight * q->x[(q->base[i] - delay) * q->F + f];
}

/* A problem for the plugin: trial g is tested in fold g, the others are inner folds. */
struct posed {
    struct ana_space *space[2];
    const struct ana_space *spaces[2];
    struct ana_fold *folds;
    struct test_run run;
};

static inline int64_t *take_trials(struct ana_ctx *ctx, const struct trials *q, int64_t a,
                                   int64_t b, int in, int64_t *n)
{
    int64_t *rows = ana_alloc(ctx, q->n_rows, sizeof *rows);

    *n = 0;
    for (int64_t i = 0; i < q->n_rows; i++)
        if ((q->group[i] == a || q->group[i] == b) == in)
            rows[(*n)++] = i;
    return rows;
}

static inline struct ana_space *pose_space(const struct trials *q, int64_t F,
                                           const double *x, int32_t standardise)
{
    struct ana_tensor from, x32;
    struct ana_space *space;

    ana_tensor_view(ANA_F64, 2, (const int64_t[]){q->n_samples, F}, (void *)(uintptr_t)x,
                    &from);
    ck_assert_int_eq(ana_tensor_convert(q->ctx, &from, ANA_F32, &x32), 0);
    ck_assert_int_eq(ana_space_create(q->ctx, "x", &x32, q->n_rows, q->base, q->n_delays,
                                      q->delays, standardise, 0, &space),
                     0);
    ana_tensor_finish(&x32);
    return space;
}

static inline void pose(struct trials *q, int32_t standardise, struct posed *posed)
{
    struct ana_ctx *ctx = q->ctx;
    const int64_t K = q->n_trials;

    memset(posed, 0, sizeof *posed);
    posed->space[0] = pose_space(q, q->F, q->x, standardise);
    posed->spaces[0] = posed->space[0];
    posed->folds = ana_alloc(ctx, K * K, sizeof *posed->folds);
    for (int64_t k = 0; k < K; k++) {
        struct ana_fold *fold = &posed->folds[k], *inner = posed->folds + K + k * (K - 1);

        fold->size = sizeof *fold;
        fold->index = (int32_t)k;
        fold->train = take_trials(ctx, q, k, k, 0, &fold->n_train);
        fold->test = take_trials(ctx, q, k, k, 1, &fold->n_test);
        fold->inner = ANA_INNER_FOLDS;
        fold->n_inner = K - 1;
        fold->inner_folds = inner;
        for (int64_t j = 0; j < K - 1; j++) {
            const int64_t left_out = j + (j >= k);
            int64_t *train = ana_alloc(ctx, q->n_rows, sizeof *train);
            int64_t *test = ana_alloc(ctx, q->n_rows, sizeof *test);

            inner[j].size = sizeof *inner;
            inner[j].train = train;
            inner[j].test = test;
            for (int64_t i = 0; i < fold->n_train; i++)
                if (q->group[fold->train[i]] == left_out)
                    test[inner[j].n_test++] = i;
                else
                    train[inner[j].n_train++] = i;
        }
    }
    posed->run.plugin = &anaflow_plugin;
    posed->run.y = q->y;
    posed->run.problem = (struct ana_problem){.size = sizeof posed->run.problem,
                                              .layout = ANA_LAYOUT_SERIES,
                                              .n_rows = q->n_rows,
                                              .group = q->group,
                                              .moment = q->moment,
                                              .n_groups = K,
                                              .rate = 50,
                                              .n_spaces = 1,
                                              .spaces = posed->spaces,
                                              .n_folds = K,
                                              .folds = posed->folds,
                                              .n_targets = q->t,
                                              .memory = INT64_C(1) << 30};
}

static inline void drop_posed(struct trials *q, struct posed *posed)
{
    test_run_end(q->ctx, &posed->run);
    for (int64_t k = 0; k < q->n_trials * q->n_trials; k++) {
        ana_free(q->ctx, (void *)(uintptr_t)posed->folds[k].train);
        ana_free(q->ctx, (void *)(uintptr_t)posed->folds[k].test);
    }
    ana_free(q->ctx, posed->folds);
    ana_space_destroy(q->ctx, posed->space[0]);
    ana_space_destroy(q->ctx, posed->space[1]);
}

static inline void run(struct trials *q, struct posed *posed)
{
    ck_assert_msg(test_run(q->ctx, &posed->run) == 0, "%s", ana_error(q->ctx));
}

/* folds x lags x features x targets */
static inline const double *kernel(const struct posed *posed)
{
    ck_assert_int_eq(posed->run.collector->n_arrays, 1);
    ck_assert_str_eq(posed->run.collector->arrays[0].name, "kernel");
    return posed->run.collector->arrays[0].values.data;
}

#endif
