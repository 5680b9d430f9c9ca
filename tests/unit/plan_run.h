/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A metric's plan against what then happens: the operations that are counted, and the most
 * memory that is held at once. For the tests of plans.
 */
#ifndef TESTS_PLAN_RUN_H
#define TESTS_PLAN_RUN_H

#include "tests/unit/metric_run.h"

/* Features of their own; sums over sums of those before (nearly singular); the first third
 * of them three times; sums of those before; ten of them behind all; one behind all. */
enum {
    TEST_ORDINARY,
    TEST_ILL_CONDITIONED,
    TEST_RANK_DEFICIENT,
    TEST_POWER_LAW,
    TEST_LOW_RANK,
    TEST_CORRELATED
};

struct test_shape {
    const char *name;
    int64_t rows, features, targets, folds;
    int32_t inner; /* ANA_INNER_... */
    int64_t n_inner;
    int64_t memory; /* bytes; 0 = plenty */
    int64_t workers;
    int32_t layout; /* 0 = ROWS */
    int64_t moments;
    int32_t centred; /* 1 = features are centred, not scaled */
    double most;     /* times of what is held that may be planned; 0 = 2 */
    const char *key[4], *value[4];
    int64_t spaces;  /* 0 = one; else the features are dealt to so many, a, b, ... */
    int32_t related; /* TEST_...: how features follow from each other */
};

/* Rows that follow some features, so that every penalty has something to choose. */
static inline double *test_targets(struct ana_ctx *ctx, const struct test_shape *shape,
                                   const double *x)
{
    const int64_t n = shape->rows, t = shape->targets, p = shape->features;
    double *y = test_normal(ctx, "y", n * t);

    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < t; j++)
            y[i * t + j] += x[i * p + j % p] - .5 * x[i * p + (j + 1) % p];
    return y;
}

static inline void test_relate(const struct test_shape *shape, double *x)
{
    const int64_t p = shape->features;

    for (int64_t i = 0; i < shape->rows; i++) {
        double *row = x + i * p;

        for (int turn = 0; shape->related == TEST_ILL_CONDITIONED && turn < 2; turn++)
            for (int64_t k = 1; k < p; k++)
                row[k] += row[k - 1];
        for (int64_t k = p / 3; shape->related == TEST_RANK_DEFICIENT && k < p; k++)
            row[k] = row[k - p / 3];
        for (int64_t k = 1; shape->related == TEST_POWER_LAW && k < p; k++)
            row[k] += row[k - 1];
        for (int64_t k = 10; shape->related == TEST_LOW_RANK && k < p; k++)
            row[k] = 1e-3 * row[k] + row[k % 10] - (double)(k % 7) * row[(k / 10) % 10];
        for (int64_t k = 1; shape->related == TEST_CORRELATED && k < p; k++)
            row[k] = 1e-4 * row[k] + row[0];
    }
}

/* The counted operations must lie within 10 % of the planned ones, the memory below the
 * planned (100 kB of small things apart) and not far below. */
static inline void test_compare_plan(const struct test_shape *shape,
                                     const struct ana_metric_plan *plan, double flops,
                                     double peak)
{
    const double bytes = (double)plan->bytes;

    printf(
        "%-28s flops %.3g planned %.3g counted (%+.1f %%), memory %.2f MB planned %.2f "
        "MB held (%.2f)\n",
        shape->name, plan->flops, flops, 100 * (plan->flops / flops - 1), bytes / 1e6,
        peak / 1e6, bytes / peak);
    fflush(stdout);
    ck_assert_msg(fabs(plan->flops / flops - 1) < .1,
                  "%s: %.4g operations were planned and %.4g counted", shape->name,
                  plan->flops, flops);
    ck_assert_msg(peak <= bytes + 1e5, "%s: %.3f MB were planned and %.3f MB held",
                  shape->name, bytes / 1e6, peak / 1e6);
    ck_assert_msg(bytes <= (shape->most > 0 ? shape->most * peak + 1e5 : 2 * peak + 1e6),
                  "%s: %.3f MB were planned and %.3f MB held", shape->name, bytes / 1e6,
                  peak / 1e6);
}

/* Bytes of the scores that were handed out: they are the core's, not the metric's. */
static inline double test_collected(const struct test_run *run)
{
    const struct ana_problem *p = &run->problem;
    double arrays = 0;

    for (int64_t i = 0; i < run->collector->n_arrays; i++)
        arrays += (double)ana_tensor_count(&run->collector->arrays[i].values) *
                  (run->collector->arrays[i].values.dtype == ANA_F32 ? 4 : 8);
    return arrays +
           (double)(p->n_folds * p->n_targets) *
               (double)(9 * run->collector->n_tables + 8 * run->collector->n_choices);
}

static inline void test_plan(const struct ana_plugin *plugin,
                             const struct test_shape *shape)
{
    const int64_t n = shape->rows, moments = shape->moments > 0 ? shape->moments : 1;
    struct ana_ctx *ctx = test_ctx();
    struct ana_pool *pool = NULL;
    double *x = test_normal(ctx, "x", n * shape->features);
    double *y;
    const int64_t n_spaces = shape->spaces > 0 ? shape->spaces : 1;
    struct ana_space *space[4];
    const struct ana_space *spaces[4];
    struct ana_fold *folds =
        test_folds(ctx, n, shape->folds, shape->inner, shape->n_inner);
    int64_t *group = ana_alloc(ctx, n, sizeof *group), before, peak;
    int64_t *moment = ana_alloc(ctx, n, sizeof *moment);
    struct test_run run = {.plugin = plugin};

    test_relate(shape, x);
    run.y = y = test_targets(ctx, shape, x);
    for (int64_t s = 0; s < n_spaces; s++) {
        const int64_t width = shape->features / n_spaces;
        double *part = ana_alloc(ctx, n * width, sizeof *part);

        for (int64_t i = 0; i < n; i++)
            memcpy(part + i * width, x + i * shape->features + s * width,
                   (size_t)width * sizeof *part);
        spaces[s] = space[s] =
            test_space(ctx, n, width, part,
                       shape->centred ? ANA_STANDARDISE_CENTRE : ANA_STANDARDISE_SCALE);
        memcpy(space[s]->name, (char[]){(char)('a' + s), 0}, 2);
        ana_free(ctx, part);
    }
    for (int64_t i = 0; i < n; i++) {
        group[i] = i / moments;
        moment[i] = i % moments;
    }
    run.problem = (struct ana_problem){
        .size = sizeof run.problem,
        .layout = shape->layout ? shape->layout : ANA_LAYOUT_ROWS,
        .n_rows = n,
        .group = group,
        .moment = moment,
        .n_groups = n / moments,
        .n_spaces = n_spaces,
        .spaces = spaces,
        .n_folds = shape->folds,
        .folds = folds,
        .n_targets = shape->targets,
        .memory = shape->memory > 0 ? shape->memory : (int64_t)1 << 36};
    for (int i = 0; i < 4 && shape->key[i]; i++) {
        run.key[i] = shape->key[i];
        run.value[i] = shape->value[i];
    }
    ck_assert_int_eq(ana_pool_create(ctx, shape->workers > 0 ? shape->workers : 1, &pool),
                     0);
    ana_ctx_set_pool(ctx, pool);
    before = ana_ctx_memory(ctx, NULL);
    ana_ctx_forget_peak(ctx);
    ck_assert_msg(test_run(ctx, &run) == 0, "%s: %s", shape->name, ana_error(ctx));
    ana_ctx_memory(ctx, &peak);
    test_compare_plan(shape, &run.plan, ana_ctx_flops(ctx),
                      (double)(peak - before) - test_collected(&run));
    test_run_end(ctx, &run);
    ana_ctx_set_pool(ctx, NULL);
    ana_pool_destroy(pool);
    for (int64_t s = 0; s < n_spaces; s++)
        ana_space_destroy(ctx, space[s]);
    ana_free(ctx, folds);
    ana_free(ctx, group);
    ana_free(ctx, moment);
    ana_free(ctx, x);
    ana_free(ctx, y);
    ana_ctx_destroy(ctx);
}

#endif
