/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Runs a metric plugin through its calls on matrices in memory, as the core does, for the
 * tests of metrics. Everything is freed by test_run_end.
 */
#ifndef TESTS_METRIC_RUN_H
#define TESTS_METRIC_RUN_H

#include <anaflow/reader.h>

#include "linalg/pool.h"
#include "pipeline/out.h"
#include "pipeline/space.h"
#include "plugin/params.h"
#include "tests/unit/metrics.h"

enum { TEST_SETTINGS = 8 };

/* What to run; fields left 0 have the meaning in brackets. */
struct test_run {
    const struct ana_plugin *plugin;
    struct ana_problem problem;
    const double *y; /* n_rows x n_targets */
    int64_t tile;    /* targets a push (what the plan says) */
    int backwards;   /* 1 = tiles in reverse order */
    int32_t passes;  /* out: how many were made */
    const char *key[TEST_SETTINGS], *value[TEST_SETTINGS];
    const struct ana_target *targets;
    struct ana_params *params;
    struct ana_metric_plan plan;
    struct ana_collector *collector;
};

struct test_tiles {
    struct test_run *run;
    void *ys;
    int64_t tile, n;
};

static inline int test_push(struct ana_ctx *ctx, void *arg, int64_t i)
{
    struct test_tiles *tiles = arg;
    struct test_run *run = tiles->run;
    const int64_t t = run->problem.n_targets, k = run->backwards ? tiles->n - 1 - i : i;
    struct ana_tile tile = {.size = sizeof tile, .first = k * tiles->tile};
    struct ana_out out = {run->collector, &tile};

    ana_tensor_view(ANA_F64, 2, (const int64_t[]){run->problem.n_rows, t},
                    (void *)(uintptr_t)run->y, &tile.y);
    ck_assert_int_eq(
        ana_tensor_slice(ctx, &tile.y, 1, tile.first,
                         t - tile.first < tiles->tile ? t - tile.first : tiles->tile),
        0);
    return run->plugin->metric->push(ctx, tiles->ys, &tile, &out);
}

static inline int test_passes(struct ana_ctx *ctx, struct test_run *run, void *ys)
{
    const int64_t t = run->problem.n_targets;
    const int64_t tile = run->tile ? run->tile : run->plan.tile ? run->plan.tile : t;
    struct test_tiles tiles = {run, ys, tile < t ? tile : t, (t + tile - 1) / tile};
    struct ana_tile whole = {.size = sizeof whole};
    struct ana_out out = {run->collector, &whole};
    int32_t again = 1;
    int rc = 0;

    ana_tensor_view(ANA_F64, 2, (const int64_t[]){run->problem.n_rows, t},
                    (void *)(uintptr_t)run->y, &whole.y);
    for (run->passes = 0; rc == 0 && again; run->passes++) {
        ck_assert_int_lt(run->passes, run->plan.passes);
        rc = ana_parallel_for(ctx, tiles.n, test_push, &tiles);
        if (rc == 0)
            rc = run->plugin->metric->pass(ctx, ys, &out, &again);
    }
    return rc;
}

/* Plan, begin, push and pass; the collector then holds what was handed out. */
static inline int test_run(struct ana_ctx *ctx, struct test_run *run)
{
    const struct ana_metric_vt *vt = run->plugin->metric;
    const struct ana_y y = {.size = sizeof y,
                            .name = "test",
                            .n_targets = run->problem.n_targets,
                            .targets = run->targets};
    struct ana_setting settings[TEST_SETTINGS];
    void *xs = NULL, *ys = NULL;
    int64_t n = 0;
    int rc;

    for (; n < TEST_SETTINGS && run->key[n]; n++)
        settings[n] = (struct ana_setting){run->key[n], run->value[n], "test.ini:1"};
    rc = ana_params_create(ctx, run->plugin, n, settings, &run->params);
    run->plan.size = sizeof run->plan;
    if (rc == 0)
        rc = vt->plan(ctx, run->params, &run->problem, &run->plan);
    if (rc == 0)
        rc = ana_collector_create(ctx, &run->problem, &run->plan, y.n_targets,
                                  &run->collector);
    if (rc == 0)
        rc = vt->begin(ctx, run->params, &run->problem, &xs);
    if (rc == 0)
        rc = vt->open_y(ctx, xs, &y, &ys);
    if (rc == 0)
        rc = test_passes(ctx, run, ys);
    if (rc == 0)
        rc = ana_collector_complete(ctx, run->collector);
    vt->close_y(ctx, ys);
    vt->close(ctx, xs);
    return rc;
}

static inline void test_run_end(struct ana_ctx *ctx, struct test_run *run)
{
    ana_collector_destroy(ctx, run->collector);
    ana_params_destroy(run->params);
    run->collector = NULL;
    run->params = NULL;
}

/* The n-th allocation of a run fails, for every n: a status, and all memory given back. */
static inline void test_every_allocation(struct ana_ctx *ctx, struct test_run *run)
{
    const int64_t before = ana_ctx_memory(ctx, NULL);
    int64_t n = 0;
    int rc = ANA_ERESOURCE;

    while (rc != 0) {
        ana_ctx_fail_allocation(ctx, ++n);
        rc = test_run(ctx, run);
        ana_ctx_fail_allocation(ctx, 0);
        test_run_end(ctx, run);
        ck_assert_msg(rc == 0 || rc == ANA_ERESOURCE, "allocation %d: %d, %s", (int)n, rc,
                      ana_error(ctx));
        ck_assert_msg(ana_ctx_memory(ctx, NULL) == before, "allocation %d leaks", (int)n);
        ck_assert_int_lt(n, 100000);
    }
    printf("%d allocations failed\n", (int)n - 1);
    ck_assert_int_gt(n, 20);
}

/* Scores of a measure, folds x columns; fails where there are none. */
static inline const struct ana_out_table *test_table(const struct test_run *run,
                                                     const char *measure)
{
    for (int64_t i = 0; i < run->collector->n_tables; i++)
        if (strcmp(run->collector->tables[i].measure, measure) == 0)
            return &run->collector->tables[i];
    ck_abort_msg("no scores of %s", measure);
    return NULL;
}

static inline const double *test_choice(const struct test_run *run, const char *name)
{
    for (int64_t i = 0; i < run->collector->n_choices; i++)
        if (strcmp(run->collector->choices[i].name, name) == 0)
            return run->collector->choices[i].values;
    ck_abort_msg("no choice of %s", name);
    return NULL;
}

/* What a counter has counted; -1 if it was never named. */
static inline int64_t test_count(const struct test_run *run, const char *what)
{
    for (int64_t i = 0; i < run->collector->n_counters; i++)
        if (strcmp(run->collector->counters[i].what, what) == 0)
            return run->collector->counters[i].n;
    return -1;
}

static inline int test_has_note(const struct test_run *run, const char *part)
{
    for (int64_t i = 0; i < run->collector->n_notes; i++)
        if (strstr(run->collector->notes[i], part))
            return 1;
    return 0;
}

/* A space over all rows, z-scored on training rows, from doubles (kept as float32). */
static inline struct ana_space *test_space(struct ana_ctx *ctx, int64_t n, int64_t p,
                                           const double *x, int32_t standardise)
{
    const int64_t none = 0;
    struct ana_tensor from, x32;
    struct ana_space *space;
    int64_t *base = ana_alloc(ctx, n, sizeof *base);

    for (int64_t i = 0; i < n; i++)
        base[i] = i;
    ana_tensor_view(ANA_F64, 2, (const int64_t[]){n, p}, (void *)(uintptr_t)x, &from);
    ck_assert_int_eq(ana_tensor_convert(ctx, &from, ANA_F32, &x32), 0);
    ck_assert_int_eq(
        ana_space_create(ctx, "test", &x32, n, base, 1, &none, standardise, 0, &space),
        0);
    ana_tensor_finish(&x32);
    ana_free(ctx, base);
    return space;
}

/* k folds: row i is tested in fold i % k; inner fold j of n_inner tests every n_inner-th
 * training row from j on. One block of memory, freed with ana_free. */
static inline struct ana_fold *test_folds(struct ana_ctx *ctx, int64_t n, int64_t k,
                                          int32_t inner, int64_t n_inner)
{
    const size_t heads = (size_t)(k * (1 + n_inner)) * sizeof(struct ana_fold);
    char *memory = ana_alloc(ctx, (int64_t)heads + 8 * k * (1 + n_inner) * n, 1);
    struct ana_fold *fold = (struct ana_fold *)(void *)memory, *in = fold + k;
    int64_t *row = (int64_t *)(void *)(memory + heads);

    for (int64_t f = 0; f < k; f++) {
        int64_t *train = row, *test;

        for (int64_t i = 0; i < n; i++)
            if (i % k != f)
                *row++ = i;
        fold[f].n_train = row - train;
        test = row;
        for (int64_t i = f; i < n; i += k)
            *row++ = i;
        fold[f] = (struct ana_fold){.size = sizeof *fold,
                                    .inner = inner,
                                    .index = (int32_t)f,
                                    .n_train = fold[f].n_train,
                                    .n_test = row - test,
                                    .train = train,
                                    .test = test,
                                    .n_inner = n_inner,
                                    .inner_folds = in};
        for (int64_t j = 0; j < n_inner; j++, in++) {
            in->size = sizeof *in;
            in->train = row;
            for (int64_t i = 0; i < fold[f].n_train; i++)
                if (i % n_inner != j)
                    *row++ = i;
            in->n_train = row - in->train;
            in->test = row;
            for (int64_t i = j; i < fold[f].n_train; i += n_inner)
                *row++ = i;
            in->n_test = row - in->test;
        }
    }
    return fold;
}

#endif
