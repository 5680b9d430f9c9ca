/* SPDX-License-Identifier: BSD-3-Clause
 *
 * PLS regression beside scikit-learn's, beside both sides deflated by hand with an SVD a
 * component, and what a metric owes the core.
 */
#include <anaflow/linalg.h>

#include "plugins/metrics/pls/components.h"
#include "plugins/metrics/pls/fold.h"
#include "tests/unit/leak_run.h"
#include "tests/unit/oracle_run.h"
#include "tests/unit/plan_run.h"
#include "tests/unit/size_refused.h"

extern const struct ana_plugin anaflow_plugin;

static double worst_of(int64_t n, const double *got, const double *want)
{
    double size = 0, worst = 0;

    for (int64_t i = 0; i < n; i++) {
        size = fmax(size, fabs(want[i]));
        worst = fmax(worst, fabs(got[i] - want[i]));
    }
    return worst / size;
}

/* prediction (m x t) of x_test from n rows by the components of a design. */
static void predict(struct ana_ctx *ctx, int64_t n, int64_t m, int64_t p, int64_t t,
                    const double *x, const double *y, const double *x_test, int64_t k,
                    double *prediction, struct pls_components *found,
                    struct ana_design **design)
{
    double *train = test_copy(ctx, n * p, x), *test = test_copy(ctx, m * p, x_test);
    double *own = test_copy(ctx, n * t, y), *mean = ana_alloc(ctx, t, sizeof *mean);
    double *b, *cross, *q, *map;
    int64_t r;

    ck_assert_int_eq(ana_design_create(ctx, n, m, p, train, test, 1, design), 0);
    r = (*design)->r;
    b = ana_alloc(ctx, r * t, sizeof *b);
    cross = ana_alloc(ctx, r * t, sizeof *cross);
    ck_assert_int_eq(ana_design_project(ctx, *design, t, own, mean, b), 0);
    for (int64_t i = 0; i < r; i++)
        for (int64_t j = 0; j < t; j++)
            cross[i * t + j] = (*design)->s[i] * b[i * t + j];
    ck_assert_int_eq(pls_components_find(ctx, r, (*design)->s, t, cross, k, 1e-12, found),
                     0);
    ck_assert_int_eq(found->k, k);
    q = ana_alloc(ctx, k * t, sizeof *q);
    map = ana_alloc(ctx, m * k, sizeof *map);
    ana_gemm(ctx, 1, 0, k, t, r, 1, found->score, k, b, t, 0, q, t);
    ana_gemm(ctx, 0, 0, m, k, r, 1, (*design)->t, r, found->weight, k, 0, map, k);
    ana_gemm(ctx, 0, 0, m, t, k, 1, map, k, q, t, 0, prediction, t);
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < t; j++)
            prediction[i * t + j] += mean[j];
    ana_free(ctx, train);
    ana_free(ctx, test);
    ana_free(ctx, own);
    ana_free(ctx, mean);
    ana_free(ctx, b);
    ana_free(ctx, cross);
    ana_free(ctx, q);
    ana_free(ctx, map);
}

static const char *const folders[] = {"sklearn_pls_5", "sklearn_pls_25"};

START_TEST(scikit_learns_reference_is_met)
{
    const char *folder = folders[_i];
    struct ana_ctx *ctx = test_ctx();
    struct pls_components found;
    struct ana_design *design;
    int64_t shape[2], n, m, p, t;
    double *x, *y, *test, *k, *prediction, *want, *scores, worst;

    if (!test_has_reference(folder)) {
        printf("SKIPPED: no ../shared/reference\n");
        ana_ctx_destroy(ctx);
        return;
    }
    x = test_reference(ctx, folder, "X", shape);
    n = shape[0];
    p = shape[1];
    y = test_reference(ctx, folder, "Y", shape);
    t = shape[1];
    test = test_reference(ctx, folder, "X_test", shape);
    m = shape[0];
    k = test_reference(ctx, folder, "n_components", NULL);
    prediction = ana_alloc(ctx, m * t, sizeof *prediction);
    predict(ctx, n, m, p, t, x, y, test, (int64_t)k[0], prediction, &found, &design);
    want = test_reference(ctx, folder, "prediction_svd", NULL);
    worst = worst_of(m * t, prediction, want);
    printf("%s: %.1e from its SVD form,", folder, worst);
    ck_assert_double_le(worst, 1e-8);
    ana_free(ctx, want);
    want = test_reference(ctx, folder, "prediction", NULL);
    worst = worst_of(m * t, prediction, want);
    printf(" %.1e from scikit-learn,", worst);
    ck_assert_double_le(worst, 1e-5);
    ana_free(ctx, want);
    want = test_reference(ctx, folder, "abs_x_scores", NULL);
    scores = ana_alloc(ctx, n * found.k, sizeof *scores);
    for (int64_t j = 0; j < found.k; j++) {
        double norm = 0;

        for (int64_t i = 0; i < design->r; i++)
            norm += pow(found.score[i * found.k + j], 2);
        for (int64_t i = 0; i < n; i++) {
            for (int64_t d = 0; d < design->r; d++)
                scores[i * found.k + j] +=
                    design->u[i * design->r + d] * found.score[d * found.k + j] / norm;
            scores[i * found.k + j] = fabs(scores[i * found.k + j]);
        }
    }
    worst = worst_of(n * found.k, scores, want);
    printf(" scores %.1e\n", worst);
    ck_assert_double_le(worst, 1e-5);
    ana_free(ctx, want);
    ana_free(ctx, scores);
    ana_free(ctx, x);
    ana_free(ctx, y);
    ana_free(ctx, test);
    ana_free(ctx, k);
    ana_free(ctx, prediction);
    pls_components_finish(ctx, &found);
    ana_design_destroy(ctx, design);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(scikit_learns_predictions_are_met)
{
    struct ana_ctx *ctx = test_ctx();
    struct test_oracle q;

    /* what [features] says of scaling is left aside */
    test_oracle_open(ctx, &anaflow_plugin,
                     _i ? ANA_STANDARDISE_NONE : ANA_STANDARDISE_SCALE, &q);
    q.run.key[0] = "components";
    q.run.value[0] = "5";
    q.run.key[1] = "scale";
    q.run.value[1] = _i ? "yes" : "no";
    ck_assert_msg(test_run(ctx, &q.run) == 0, "%s", ana_error(ctx));
    test_oracle_compare(ctx, &q, _i ? "scale1" : "scale0", 1e-8);
    ck_assert(test_has_note(&q.run, "5 components"));
    ck_assert(test_has_note(&q.run, _i ? "divided by their SDs" : "not scaled"));
    test_oracle_close(ctx, &q);
    ana_ctx_destroy(ctx);
}
END_TEST

static void centre(int64_t n, int64_t p, double *x, double *mean)
{
    for (int64_t j = 0; j < p; j++) {
        mean[j] = 0;
        for (int64_t i = 0; i < n; i++)
            mean[j] += x[i * p + j] / (double)n;
        for (int64_t i = 0; i < n; i++)
            x[i * p + j] -= mean[j];
    }
}

/* The twin: X and Y deflated, an SVD of X'Y a component, the test rows deflated along. */
static void slowly(struct ana_ctx *ctx, int64_t n, int64_t m, int64_t p, int64_t t,
                   const double *x0, const double *y0, const double *test0, int64_t k,
                   double *prediction)
{
    double *x = test_copy(ctx, n * p, x0), *y = test_copy(ctx, n * t, y0);
    double *test = test_copy(ctx, m * p, test0);
    double *mean_x = ana_alloc(ctx, p, sizeof *mean_x);
    double *mean_y = ana_alloc(ctx, t, sizeof *mean_y);
    const int64_t least = p < t ? p : t;
    double *cross = ana_alloc(ctx, p * t, sizeof *cross);
    double *u = ana_alloc(ctx, p * least, sizeof *u);
    double *s = ana_alloc(ctx, least, sizeof *s);

    centre(n, p, x, mean_x);
    centre(n, t, y, mean_y);
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < p; j++)
            test[i * p + j] -= mean_x[j];
        for (int64_t j = 0; j < t; j++)
            prediction[i * t + j] = mean_y[j];
    }
    for (int64_t c = 0; c < k; c++) {
        double *score = ana_alloc(ctx, n + m, sizeof *score), size = 0;

        ana_gemm(ctx, 1, 0, p, t, n, 1, x, p, y, t, 0, cross, t);
        ck_assert_int_eq(ana_svd(ctx, p, t, cross, t, u, s, NULL), 0);
        for (int64_t j = 0; j < p; j++) {
            for (int64_t i = 0; i < n; i++)
                score[i] += x[i * p + j] * u[j * least];
            for (int64_t i = 0; i < m; i++)
                score[n + i] += test[i * p + j] * u[j * least];
        }
        for (int64_t i = 0; i < n; i++)
            size += score[i] * score[i];
        for (int64_t j = 0; j < p; j++) {
            double loading = 0;

            for (int64_t i = 0; i < n; i++)
                loading += x[i * p + j] * score[i] / size;
            for (int64_t i = 0; i < n; i++)
                x[i * p + j] -= score[i] * loading;
            for (int64_t i = 0; i < m; i++)
                test[i * p + j] -= score[n + i] * loading;
        }
        for (int64_t j = 0; j < t; j++) {
            double loading = 0;

            for (int64_t i = 0; i < n; i++)
                loading += y[i * t + j] * score[i] / size;
            for (int64_t i = 0; i < n; i++)
                y[i * t + j] -= score[i] * loading;
            for (int64_t i = 0; i < m; i++)
                prediction[i * t + j] += score[n + i] * loading;
        }
        ana_free(ctx, score);
    }
    ana_free(ctx, x);
    ana_free(ctx, y);
    ana_free(ctx, test);
    ana_free(ctx, mean_x);
    ana_free(ctx, mean_y);
    ana_free(ctx, cross);
    ana_free(ctx, u);
    ana_free(ctx, s);
}

START_TEST(components_are_those_of_deflating_both_sides)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_rng rng;

    ana_rng_init(ctx, "shapes", 0, &rng);
    for (int round = 0; round < 60; round++) {
        const int64_t n = 8 + (int64_t)(30 * ana_rng_uniform(&rng)), m = 5;
        const int64_t p = 1 + (int64_t)(40 * ana_rng_uniform(&rng));
        const int64_t t = 1 + (int64_t)(60 * ana_rng_uniform(&rng));
        const int64_t most = p < n - 1 ? p : n - 1, k = 1 + (most - 1) / 2;
        double *x = test_normal(ctx, "x", (n + m) * p), *y = test_normal(ctx, "y", n * t);
        double *want = ana_alloc(ctx, m * t, sizeof *want);
        double *got = ana_alloc(ctx, m * t, sizeof *got);
        struct pls_components found;
        struct ana_design *design;

        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j < t; j++)
                y[i * t + j] += 2 * x[i * p + j % p];
        slowly(ctx, n, m, p, t, x, y, x + n * p, k, want);
        predict(ctx, n, m, p, t, x, y, x + n * p, k, got, &found, &design);
        ck_assert_msg(worst_of(m * t, got, want) < 1e-7,
                      "%d rows, %d features, %d targets, %d components: %g", (int)n,
                      (int)p, (int)t, (int)k, worst_of(m * t, got, want));
        pls_components_finish(ctx, &found);
        ana_design_destroy(ctx, design);
        ana_free(ctx, x);
        ana_free(ctx, y);
        ana_free(ctx, want);
        ana_free(ctx, got);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(the_leading_singular_vector_is_that_of_an_svd)
{
    static const int64_t sizes[][2] = {{1, 1}, {7, 1}, {1, 9}, {30, 200}, {200, 90}};
    struct ana_ctx *ctx = test_ctx();

    for (size_t q = 0; q < sizeof sizes / sizeof *sizes; q++) {
        const int64_t r = sizes[q][0], c = sizes[q][1], least = r < c ? r : c;
        double *a = test_normal(ctx, "a", r * c), *copy = test_copy(ctx, r * c, a);
        double *u = ana_alloc(ctx, r * least, sizeof *u);
        double *s = ana_alloc(ctx, least, sizeof *s);
        double *left = ana_alloc(ctx, r, sizeof *left), value, along = 0;

        ck_assert_int_eq(pls_leading(ctx, r, c, a, left, &value), 0);
        ck_assert_int_eq(ana_svd(ctx, r, c, copy, c, u, s, NULL), 0);
        ck_assert_double_eq_tol(value / s[0], 1, 1e-13);
        for (int64_t i = 0; i < r; i++)
            along += left[i] * u[i * least];
        ck_assert_double_eq_tol(fabs(along), 1, 1e-12);
        memset(a, 0, (size_t)(r * c) * sizeof *a);
        ck_assert_int_eq(pls_leading(ctx, r, c, a, left, &value), 0);
        ck_assert(!(value > 0) && !(left[0] > 0));
        ana_free(ctx, a);
        ana_free(ctx, copy);
        ana_free(ctx, u);
        ana_free(ctx, s);
        ana_free(ctx, left);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

/* Two singular values that differ by 1e-6 take a power iteration a million rounds. */
START_TEST(close_singular_values_are_told_apart)
{
    enum { N = 120 };
    struct ana_ctx *ctx = test_ctx();
    double *a = ana_alloc(ctx, N * N, sizeof *a), left[N], value;

    for (int i = 0; i < N; i++)
        a[i * N + i] = i == 17 ? 1 : i == 3 ? 1 - 1e-6 : .5 / (1 + i);
    ck_assert_int_eq(pls_leading(ctx, N, N, a, left, &value), 0);
    ck_assert_double_eq_tol(value, 1, 1e-13);
    ck_assert_double_eq_tol(fabs(left[17]), 1, 1e-9);
    ana_free(ctx, a);
    ana_ctx_destroy(ctx);
}
END_TEST

struct world {
    double *x, *y;
    struct ana_space *space;
    const struct ana_space *list[1];
    struct ana_fold *folds;
    struct ana_problem problem;
};

static void make_world(struct ana_ctx *ctx, int64_t n, int64_t p, int64_t t,
                       struct world *w)
{
    w->x = test_normal(ctx, "x", n * p);
    w->y = test_normal(ctx, "y", n * t);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < t; j++)
            w->y[i * t + j] += 2 * w->x[i * p + j % p];
    w->list[0] = w->space = test_space(ctx, n, p, w->x, ANA_STANDARDISE_SCALE);
    w->folds = test_folds(ctx, n, 3, ANA_INNER_NONE, 0);
    w->problem = (struct ana_problem){.size = sizeof w->problem,
                                      .layout = ANA_LAYOUT_ROWS,
                                      .n_rows = n,
                                      .n_spaces = 1,
                                      .spaces = w->list,
                                      .n_folds = 3,
                                      .folds = w->folds,
                                      .n_targets = t,
                                      .memory = INT64_C(1) << 32};
}

static void end_world(struct ana_ctx *ctx, struct world *w)
{
    ana_space_destroy(ctx, w->space);
    ana_free(ctx, w->folds);
    ana_free(ctx, w->x);
    ana_free(ctx, w->y);
}

/* More targets than directions, so that the square root of X'yy'X is taken. */
START_TEST(many_targets_are_predicted_as_by_the_twin)
{
    enum { N = 60, P = 9, T = 700, K = 4 };
    struct ana_ctx *ctx = test_ctx();
    struct world w;
    struct test_run run = {
        .plugin = &anaflow_plugin, .key = {"components"}, .value = {"4"}};
    double *x = ana_alloc(ctx, N * P, sizeof *x), *y = ana_alloc(ctx, N * T, sizeof *y);
    double *want = ana_alloc(ctx, N * T, sizeof *want);
    const struct ana_fold *fold;

    make_world(ctx, N, P, T, &w);
    run.problem = w.problem;
    run.y = w.y;
    fold = &w.folds[1];
    for (int64_t i = 0; i < N; i++) { /* training rows, then test rows */
        const int64_t from =
            i < fold->n_train ? fold->train[i] : fold->test[i - fold->n_train];

        for (int64_t j = 0; j < P; j++)
            x[i * P + j] = (double)(float)w.x[from * P + j];
        memcpy(y + i * T, w.y + from * T, T * sizeof *y);
    }
    slowly(ctx, fold->n_train, fold->n_test, P, T, x, y, x + fold->n_train * P, K, want);
    ck_assert_msg(test_run(ctx, &run) == 0, "%s", ana_error(ctx));
    for (int64_t j = 0; j < T; j++) {
        double mean = 0, sse = 0, sst = 0;

        for (int64_t i = 0; i < fold->n_test; i++)
            mean += y[(fold->n_train + i) * T + j] / (double)fold->n_test;
        for (int64_t i = 0; i < fold->n_test; i++) {
            sse += pow(y[(fold->n_train + i) * T + j] - want[i * T + j], 2);
            sst += pow(y[(fold->n_train + i) * T + j] - mean, 2);
        }
        ck_assert_double_eq_tol(test_table(&run, "R2")->score[T + j], 1 - sse / sst,
                                1e-8);
    }
    test_run_end(ctx, &run);
    end_world(ctx, &w);
    ana_free(ctx, x);
    ana_free(ctx, y);
    ana_free(ctx, want);
    ana_ctx_destroy(ctx);
}
END_TEST

/* y held whole, and in three tiles that come in order, at once and backwards: in two passes,
 * and in two for each fold. */
static const struct way {
    int64_t memory, workers;
    int backwards;
    int32_t passes;
} ways[] = {{INT64_C(1) << 32, 1, 0, 1},
            {INT64_C(1) << 32, 2, 0, 1},
            {INT64_C(1) << 32, 3, 0, 1},
            {600000, 1, 0, 2},
            {600000, 3, 0, 2},
            {600000, 2, 1, 2},
            {1, 1, 1, 6},
            {1, 2, 0, 6}};

START_TEST(threads_and_memory_change_no_bit)
{
    enum { T = 1300 };
    struct ana_ctx *ctx = test_ctx();
    struct world w;
    double *kept = ana_alloc(ctx, (int64_t)3 * T, sizeof *kept);

    make_world(ctx, 90, 20, T, &w);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct test_run run = {.plugin = &anaflow_plugin,
                               .problem = w.problem,
                               .y = w.y,
                               .backwards = ways[i].backwards,
                               .key = {"components", "scale"},
                               .value = {"6", _i ? "yes" : "no"}};
        struct ana_pool *pool = NULL;

        run.problem.memory = ways[i].memory;
        ck_assert_int_eq(ana_pool_create(ctx, ways[i].workers, &pool), 0);
        ana_ctx_set_pool(ctx, pool);
        ck_assert_msg(test_run(ctx, &run) == 0, "%s", ana_error(ctx));
        ck_assert_int_eq(run.passes, ways[i].passes);
        ck_assert_int_eq(run.plan.passes, ways[i].passes);
        ck_assert_int_eq(run.plan.tile, ways[i].passes > 1 ? 512 : 0);
        if (i == 0)
            memcpy(kept, test_table(&run, "R2")->score, (size_t)3 * T * sizeof *kept);
        ck_assert_mem_eq(kept, test_table(&run, "R2")->score,
                         (size_t)3 * T * sizeof *kept);
        test_run_end(ctx, &run);
        ana_ctx_set_pool(ctx, NULL);
        ana_pool_destroy(pool);
    }
    ana_free(ctx, kept);
    end_world(ctx, &w);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Of features as they are, delays and scaling or not: x w + c is what was predicted. */
START_TEST(weights_times_features_are_the_predictions)
{
    struct ana_ctx *ctx = test_ctx();
    const int64_t n = 90, p = _i & 2 ? 130 : 20, t = 600;
    struct world w;
    struct test_run run = {.plugin = &anaflow_plugin,
                           .key = {"components", "scale", "predictions", "weights"},
                           .value = {"6", _i & 1 ? "yes" : "no", "yes", "yes"}};
    const struct ana_out_array *prediction = NULL, *weights = NULL, *intercept = NULL;

    make_world(ctx, n, p, t, &w);
    run.problem = w.problem;
    run.problem.memory = _i & 4 ? 1 : INT64_C(1) << 32;
    run.y = w.y;
    ck_assert_msg(test_run(ctx, &run) == 0, "%s", ana_error(ctx));
    ck_assert_int_eq(run.passes, _i & 4 ? 6 : 1);
    for (int64_t i = 0; i < run.collector->n_arrays; i++) {
        const struct ana_out_array *a = &run.collector->arrays[i];

        prediction = strcmp(a->name, "prediction") == 0 ? a : prediction;
        weights = strcmp(a->name, "weights") == 0 ? a : weights;
        intercept = strcmp(a->name, "intercept") == 0 ? a : intercept;
    }
    ck_assert(prediction && weights && intercept);
    for (int64_t k = 0; k < run.problem.n_folds; k++)
        for (int64_t i = 0; i < run.problem.folds[k].n_test; i++)
            for (int64_t j = 0; j < t; j += 37) {
                const int64_t rows = prediction->values.shape[1];
                double sum = ana_tensor_get(&intercept->values, k * t + j);

                for (int64_t f = 0; f < p; f++)
                    sum += (double)(float)w.x[run.problem.folds[k].test[i] * p + f] *
                           ana_tensor_get(&weights->values, (k * p + f) * t + j);
                ck_assert_double_eq_tol(
                    sum, ana_tensor_get(&prediction->values, (k * rows + i) * t + j),
                    1e-4);
            }
    test_run_end(ctx, &run);
    end_world(ctx, &w);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(components_that_do_not_exist_are_counted)
{
    struct ana_ctx *ctx = test_ctx();
    struct world w;
    struct test_run run = {.plugin = &anaflow_plugin};
    int64_t constant = 0;

    make_world(ctx, 40, 6, 5, &w);
    for (int64_t i = 0; i < 40; i++)
        w.y[i * 5] = 3;
    run.problem = w.problem;
    run.y = w.y;
    ck_assert_msg(test_run(ctx, &run) == 0, "%s", ana_error(ctx));
    constant = test_count(&run, "constant target");
    ck_assert_int_eq(constant, 3);
    ck_assert_int_eq(test_count(&run, "component that the training rows do not hold"),
                     3 * (25 - 6));
    test_run_end(ctx, &run);
    w.y[7] = NAN;
    ck_assert_int_eq(test_run(ctx, &run), ANA_ENUMERIC);
    ck_assert_msg(strstr(ana_error(ctx), "row 1 of target 2") != NULL, "%s",
                  ana_error(ctx));
    test_run_end(ctx, &run);
    end_world(ctx, &w);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Of tiles, too: the largest products of a sum of squares. */
START_TEST(products_too_large_for_a_number_are_refused)
{
    struct ana_ctx *ctx = test_ctx();
    struct world w;
    struct test_run run = {.plugin = &anaflow_plugin};

    make_world(ctx, 40, 6, 60, &w);
    for (int64_t i = 0; i < 40 * 60; i++)
        w.y[i] *= 1e160;
    run.problem = w.problem;
    run.problem.memory = _i ? 1 : INT64_C(1) << 32;
    run.y = w.y;
    ck_assert_int_eq(test_run(ctx, &run), ANA_ENUMERIC);
    ck_assert_str_eq(ana_error(ctx),
                     "fold 0: products of features and targets are too large for a "
                     "number; divide them by something (scale = yes)");
    test_run_end(ctx, &run);
    end_world(ctx, &w);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(every_failing_allocation_is_survived)
{
    struct ana_ctx *ctx = test_ctx();
    struct world w;
    struct test_run run = {.plugin = &anaflow_plugin,
                           .key = {"components", "scale", "predictions", "weights"},
                           .value = {"2", "yes", "yes", "yes"}};

    make_world(ctx, 24, 5, _i ? 9 : 3, &w);
    run.problem = w.problem;
    run.problem.memory = _i ? 1 : INT64_C(1) << 32;
    run.y = w.y;
    test_every_allocation(ctx, &run);
    end_world(ctx, &w);
    ana_ctx_destroy(ctx);
}
END_TEST

static const struct test_leak stages[] = {
    {"components", 160, 12, 0, ANA_STANDARDISE_SCALE, 0, {"components"}, {"3"}},
    {"scaling",
     160,
     12,
     0,
     ANA_STANDARDISE_NONE,
     0,
     {"components", "scale"},
     {"3", "yes"}},
    {"PCA", 160, 12, 5, ANA_STANDARDISE_SCALE, 0, {"components"}, {"3"}},
    {"wide", 160, 300, 0, ANA_STANDARDISE_SCALE, 0, {"components"}, {"5"}},
};

START_TEST(held_out_rows_leave_no_trace)
{
    test_no_leak(&anaflow_plugin, &stages[_i]);
}
END_TEST

static const struct test_shape shapes[] = {
    {.name = "few targets", .rows = 300, .features = 60, .targets = 40, .folds = 4},
    {.name = "many targets",
     .rows = 600,
     .features = 80,
     .targets = 1000,
     .folds = 3,
     .workers = 2},
    {.name = "wide, little memory",
     .rows = 120,
     .features = 500,
     .targets = 60,
     .folds = 4,
     .memory = 4000000},
    {.name = "in tiles",
     .rows = 600,
     .features = 80,
     .targets = 3000,
     .folds = 3,
     .memory = 12000000,
     .workers = 2},
    {.name = "in tiles, a fold at a time",
     .rows = 300,
     .features = 200,
     .targets = 3000,
     .folds = 4,
     .memory = 3000000,
     .key = {"weights"},
     .value = {"yes"}},
    {.name = "weights, wide",
     .rows = 120,
     .features = 300,
     .targets = 60,
     .folds = 4,
     .key = {"weights"},
     .value = {"yes"}},
};

START_TEST(plans_say_what_then_happens)
{
    test_plan(&anaflow_plugin, &shapes[_i]);
}
END_TEST

START_TEST(sizes_that_lapack_cannot_hold_are_refused_by_the_plan)
{
    test_eigenvalues_refused(&anaflow_plugin);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pls");
    TCase *tests = tcase_create("pls");

    tcase_set_timeout(tests, 600);
    tcase_add_test(tests, sizes_that_lapack_cannot_hold_are_refused_by_the_plan);
    tcase_add_loop_test(tests, scikit_learns_reference_is_met, 0, 2);
    tcase_add_loop_test(tests, scikit_learns_predictions_are_met, 0, 2);
    tcase_add_test(tests, components_are_those_of_deflating_both_sides);
    tcase_add_test(tests, the_leading_singular_vector_is_that_of_an_svd);
    tcase_add_test(tests, close_singular_values_are_told_apart);
    tcase_add_test(tests, many_targets_are_predicted_as_by_the_twin);
    tcase_add_loop_test(tests, threads_and_memory_change_no_bit, 0, 2);
    tcase_add_loop_test(tests, weights_times_features_are_the_predictions, 0, 8);
    tcase_add_test(tests, components_that_do_not_exist_are_counted);
    tcase_add_loop_test(tests, products_too_large_for_a_number_are_refused, 0, 2);
    tcase_add_loop_test(tests, every_failing_allocation_is_survived, 0, 2);
    tcase_add_loop_test(tests, held_out_rows_leave_no_trace, 0,
                        sizeof stages / sizeof *stages);
    tcase_add_loop_test(tests, plans_say_what_then_happens, 0,
                        sizeof shapes / sizeof *shapes);
    suite_add_tcase(suite, tests);
    return test_main(suite);
}
