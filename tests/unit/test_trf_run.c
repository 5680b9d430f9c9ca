/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What holds of a whole run of the metric trf whatever it computes: the plan, the bits,
 * memory that cannot be had.
 */
#include "tests/unit/plan_run.h"
#include "tests/unit/size_refused.h"
#include "tests/unit/trf_trials.h"

/* Shapes that take each way through: sums in float64, a root of the held-out rows, these
 * rows; one view, windows, each lag. */
static const struct way {
    const char *name;
    int64_t n_trials, length[5], F, t, low, high;
    int32_t mode; /* ANA_LAGS_... */
    const char *alphas;
} ways[] = {
    {"few rows",
     4,
     {150, 141, 160, 133},
     3,
     4,
     -2,
     9,
     ANA_LAGS_JOINT,
     "logspace(-2, 4, 5)"},
    {"many rows",
     4,
     {390, 421, 400, 377},
     4,
     30,
     -5,
     9,
     ANA_LAGS_JOINT,
     "logspace(-2, 7, 10)"},
    {"short trials",
     5,
     {230, 241, 210, 227, 222},
     12,
     9,
     0,
     24,
     ANA_LAGS_JOINT,
     "logspace(-2, 7, 4)"},
    {"one penalty", 4, {390, 421, 400, 377}, 4, 30, -5, 9, ANA_LAGS_JOINT, "100"},
    {"windows",
     4,
     {390, 421, 400, 377},
     4,
     20,
     0,
     14,
     ANA_LAGS_TUNE,
     "logspace(-2, 7, 5)"},
    {"windows, few rows",
     4,
     {150, 141, 160, 133},
     3,
     4,
     0,
     14,
     ANA_LAGS_TUNE,
     "logspace(-2, 7, 5)"},
    {"each lag",
     4,
     {390, 421, 400, 377},
     4,
     20,
     0,
     14,
     ANA_LAGS_EACH,
     "logspace(-2, 7, 5)"},
};
enum { WAYS = sizeof ways / sizeof *ways };

/* The penalties and the lags' mode. */
static void set_way(struct ana_ctx *ctx, const struct way *way, struct posed *posed)
{
    static const int64_t windows[] = {0, 4, 0, 9, 0, 14};

    posed->run.key[0] = "alphas";
    posed->run.value[0] = way->alphas;
    if (way->mode != ANA_LAGS_JOINT)
        ck_assert_int_eq(ana_space_set_lags(ctx, posed->space[0], way->mode,
                                            way->mode == ANA_LAGS_TUNE ? 3 : 0,
                                            way->mode == ANA_LAGS_TUNE ? windows : NULL),
                         0);
}

static void pose_way(struct ana_ctx *ctx, const struct way *way, struct trials *q,
                     struct posed *posed)
{
    *q =
        make_trials(ctx, way->n_trials, way->length, way->F, way->t, way->low, way->high);
    fill(q, way->name);
    for (int64_t j = 0; j < q->t; j++)
        plant(q, j % q->F, j, j % 9, .1 + .1 * (double)(j % 5));
    pose(q, ANA_STANDARDISE_SCALE, posed);
    set_way(ctx, way, posed);
}

static struct ana_pool *take_pool(struct ana_ctx *ctx, int64_t workers)
{
    struct ana_pool *pool;

    ck_assert_int_eq(ana_pool_create(ctx, workers, &pool), 0);
    ana_ctx_set_pool(ctx, pool);
    return pool;
}

START_TEST(a_plan_holds_what_is_then_taken)
{
    const struct way *way = &ways[_i % WAYS];
    const struct test_shape shape = {.name = way->name, .most = 2.5};
    struct ana_ctx *ctx = test_ctx();
    struct ana_pool *pool = take_pool(ctx, _i < WAYS ? 1 : 2);
    int64_t before, peak;
    struct trials q;
    struct posed posed;

    pose_way(ctx, way, &q, &posed);
    before = ana_ctx_memory(ctx, NULL);
    ana_ctx_forget_peak(ctx);
    run(&q, &posed);
    ana_ctx_memory(ctx, &peak);
    test_compare_plan(&shape, &posed.run.plan, ana_ctx_flops(ctx),
                      (double)(peak - before) - test_collected(&posed.run));
    drop_posed(&q, &posed);
    drop_trials(&q);
    ana_ctx_set_pool(ctx, NULL);
    ana_pool_destroy(pool);
    ana_ctx_destroy(ctx);
}
END_TEST

/* All that is handed out, one thing after the other. */
static double *collect(struct ana_ctx *ctx, const struct posed *posed, int64_t *n)
{
    const struct ana_collector *c = posed->run.collector;
    const int64_t K = posed->run.problem.n_folds, t = posed->run.problem.n_targets;
    double *all;

    *n = (c->n_tables + c->n_choices) * K * t;
    for (int64_t i = 0; i < c->n_arrays; i++)
        *n += ana_tensor_count(&c->arrays[i].values);
    all = ana_alloc(ctx, *n, sizeof *all);
    *n = 0;
    for (int64_t i = 0; i < c->n_tables; i++, *n += K * t)
        memcpy(all + *n, c->tables[i].score, (size_t)(K * t) * sizeof *all);
    for (int64_t i = 0; i < c->n_choices; i++, *n += K * t)
        memcpy(all + *n, c->choices[i].values, (size_t)(K * t) * sizeof *all);
    for (int64_t i = 0; i < c->n_arrays; i++) {
        const int64_t count = ana_tensor_count(&c->arrays[i].values);

        ck_assert_int_eq(c->arrays[i].values.dtype, ANA_F64);
        memcpy(all + *n, c->arrays[i].values.data, (size_t)count * sizeof *all);
        *n += count;
    }
    return all;
}

START_TEST(the_bits_are_the_same_for_any_number_of_threads)
{
    struct ana_ctx *ctx = test_ctx();
    double *first = NULL;
    int64_t n;

    for (int64_t workers = 1; workers <= 5; workers += 2) {
        struct ana_pool *pool = take_pool(ctx, workers);
        struct trials q;
        struct posed posed;
        double *all;

        pose_way(ctx, &ways[_i], &q, &posed);
        run(&q, &posed);
        all = collect(ctx, &posed, &n);
        ck_assert_int_gt(n, 100);
        if (first)
            ck_assert_msg(memcmp(first, all, (size_t)n * sizeof *all) == 0,
                          "%s: other bits with %d threads", ways[_i].name, (int)workers);
        else
            first = all;
        if (first != all)
            ana_free(ctx, all);
        drop_posed(&q, &posed);
        drop_trials(&q);
        ana_ctx_set_pool(ctx, NULL);
        ana_pool_destroy(pool);
    }
    ana_free(ctx, first);
    ana_ctx_destroy(ctx);
}
END_TEST

/* The tested trial replaced by something a hundred times larger, in every way through:
 * penalty, window and kernel of its fold stay; another fold's kernel does not. */
START_TEST(a_held_out_trial_leaks_into_no_penalty_window_or_kernel)
{
    struct ana_ctx *ctx = test_ctx();
    struct posed before, after;
    struct trials q;
    double moved = 0;

    pose_way(ctx, &ways[_i], &q, &before);
    run(&q, &before);
    for (int64_t i = q.start[2]; i < q.start[3]; i++) {
        for (int64_t f = 0; f < q.F; f++)
            q.x[q.base[i] * q.F + f] = 100 * cos((double)(i * i + f));
        for (int64_t j = 0; j < q.t; j++)
            q.y[i * q.t + j] = 50 + q.x[(q.base[i]) * q.F + j % q.F];
    }
    ana_space_destroy(ctx, before.space[0]);
    before.space[0] = NULL;
    pose(&q, ANA_STANDARDISE_SCALE, &after);
    set_way(ctx, &ways[_i], &after);
    run(&q, &after);
    for (int64_t a = 0; a < before.run.collector->n_choices; a++)
        for (int64_t j = 2 * q.t; j < 3 * q.t; j++)
            ck_assert_double_eq_tol(before.run.collector->choices[a].values[j],
                                    after.run.collector->choices[a].values[j], 1e-6);
    for (int64_t a = 0; a < before.run.collector->n_arrays; a++) {
        const struct ana_tensor *w = &before.run.collector->arrays[a].values;
        const struct ana_tensor *v = &after.run.collector->arrays[a].values;
        const int64_t n = ana_tensor_count(w) / w->shape[0];

        if (strcmp(before.run.collector->arrays[a].name, "kernel") != 0)
            continue;
        for (int64_t i = 0; i < n; i++) {
            ck_assert_double_eq_tol(ana_tensor_get(w, 2 * n + i),
                                    ana_tensor_get(v, 2 * n + i), 1e-8);
            moved =
                fmax(moved, fabs(ana_tensor_get(w, n + i) - ana_tensor_get(v, n + i)));
        }
    }
    ck_assert_double_gt(moved, 1e-3);
    drop_posed(&q, &before);
    drop_posed(&q, &after);
    drop_trials(&q);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(memory_that_cannot_be_had_is_an_error_and_leaks_nothing)
{
    static const struct way tiny[] = {
        {"tiny", 3, {30, 31, 32}, 1, 1, 0, 1, ANA_LAGS_JOINT, "1 10"},
        {"tiny, many rows", 3, {340, 341, 342}, 1, 2, 0, 1, ANA_LAGS_JOINT, "1 10"},
    };
    struct ana_ctx *ctx = test_ctx();
    struct trials q;
    struct posed posed;

    pose_way(ctx, &tiny[_i], &q, &posed);
    test_every_allocation(ctx, &posed.run);
    drop_posed(&q, &posed);
    drop_trials(&q);
    ana_ctx_destroy(ctx);
}
END_TEST

static const struct test_absurd absurd[] = {
    {.n_train = 50000,
     .features = INT64_C(3000000000),
     .says = "1 lags of 3000000000 features are more columns than LAPACK's 32-bit sizes "
             "hold"},
};

START_TEST(sizes_that_lapack_cannot_hold_are_refused_by_the_plan)
{
    test_size_refused(&anaflow_plugin, &absurd[_i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trf_run");
    TCase *all = tcase_create("all");

    tcase_add_loop_test(all, sizes_that_lapack_cannot_hold_are_refused_by_the_plan, 0, 1);
    tcase_add_loop_test(all, a_plan_holds_what_is_then_taken, 0, 2 * WAYS);
    tcase_add_loop_test(all, the_bits_are_the_same_for_any_number_of_threads, 0, WAYS);
    tcase_add_loop_test(all, a_held_out_trial_leaks_into_no_penalty_window_or_kernel, 0,
                        WAYS);
    tcase_add_loop_test(all, memory_that_cannot_be_had_is_an_error_and_leaks_nothing, 0,
                        2);
    tcase_set_timeout(all, 60);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
