/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Least squares beside scikit-learn's, beside normal equations solved by hand, and what a
 * metric owes the core.
 */
#include <anaflow/linalg.h>

#include "tests/unit/leak_run.h"
#include "tests/unit/oracle_run.h"
#include "tests/unit/plan_run.h"
#include "tests/unit/size_refused.h"

extern const struct ana_plugin anaflow_plugin;

static const struct {
    const char *file, *components;
} cases[] = {{"plain", "0"}, {"pca6", "6"}};

START_TEST(scikit_learns_predictions_are_met)
{
    struct ana_ctx *ctx = test_ctx();
    struct test_oracle q;

    test_oracle_open(ctx, &anaflow_plugin, ANA_STANDARDISE_SCALE, &q);
    q.run.key[0] = "components";
    q.run.value[0] = cases[_i].components;
    ck_assert_msg(test_run(ctx, &q.run) == 0, "%s", ana_error(ctx));
    test_oracle_compare(ctx, &q, cases[_i].file, 1e-12);
    ck_assert_int_eq(q.run.collector->n_choices, 0);
    ck_assert(test_has_note(&q.run, _i ? "first 6 principal components"
                                       : "least squares on all features"));
    test_oracle_close(ctx, &q);
    ana_ctx_destroy(ctx);
}
END_TEST

/* r of a fold by the normal equations of centred features, alpha -> 0 by its absence. */
static void by_hand(struct ana_ctx *ctx, int64_t n, int64_t p, int64_t t, const double *x,
                    const double *y, const struct ana_fold *fold, double *R2)
{
    const int64_t w = p + 1;
    double *gram = ana_alloc(ctx, w * w, sizeof *gram);
    double *c = ana_alloc(ctx, w * t, sizeof *c), *row = ana_alloc(ctx, w, sizeof *row);

    (void)n;
    for (int64_t i = 0; i < fold->n_train; i++) {
        const double *from = x + fold->train[i] * p;

        for (int64_t a = 0; a < w; a++)
            row[a] = a < p ? (double)(float)from[a] : 1;
        for (int64_t a = 0; a < w; a++) {
            for (int64_t b = 0; b < w; b++)
                gram[a * w + b] += row[a] * row[b];
            for (int64_t j = 0; j < t; j++)
                c[a * t + j] += row[a] * y[fold->train[i] * t + j];
        }
    }
    ck_assert_int_eq(ana_cholesky_solve(ctx, w, t, gram, w, c, t), 0);
    for (int64_t j = 0; j < t; j++) {
        double mean = 0, sse = 0, sst = 0;

        for (int64_t i = 0; i < fold->n_test; i++)
            mean += y[fold->test[i] * t + j] / (double)fold->n_test;
        for (int64_t i = 0; i < fold->n_test; i++) {
            double e = y[fold->test[i] * t + j] - c[p * t + j];

            for (int64_t a = 0; a < p; a++)
                e -= (double)(float)x[fold->test[i] * p + a] * c[a * t + j];
            sse += e * e;
            sst += pow(y[fold->test[i] * t + j] - mean, 2);
        }
        R2[j] = 1 - sse / sst;
    }
    ana_free(ctx, gram);
    ana_free(ctx, c);
    ana_free(ctx, row);
}

START_TEST(normal_equations_agree_for_any_number_of_rows)
{
    const int64_t n = _i ? 1200 : 90, p = 14, t = 40;
    struct ana_ctx *ctx = test_ctx();
    double *x = test_normal(ctx, "x", n * p), *y = test_normal(ctx, "y", n * t), R2[40];
    struct ana_space *space = test_space(ctx, n, p, x, ANA_STANDARDISE_NONE);
    const struct ana_space *spaces[] = {space};
    struct ana_fold *folds = test_folds(ctx, n, 3, ANA_INNER_NONE, 0);
    struct test_run run = {.plugin = &anaflow_plugin,
                           .y = y,
                           .problem = {.size = sizeof run.problem,
                                       .layout = ANA_LAYOUT_ROWS,
                                       .n_rows = n,
                                       .n_spaces = 1,
                                       .spaces = spaces,
                                       .n_folds = 3,
                                       .folds = folds,
                                       .n_targets = t,
                                       .memory = INT64_C(1) << 32}};

    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < t; j++)
            y[i * t + j] += x[i * p + j % p];
    ck_assert_msg(test_run(ctx, &run) == 0, "%s", ana_error(ctx));
    for (int64_t k = 0; k < 3; k++) {
        by_hand(ctx, n, p, t, x, y, &folds[k], R2);
        for (int64_t j = 0; j < t; j++)
            ck_assert_double_eq_tol(test_table(&run, "R2")->score[k * t + j], R2[j],
                                    1e-10);
    }
    test_run_end(ctx, &run);
    ana_space_destroy(ctx, space);
    ana_free(ctx, folds);
    ana_free(ctx, x);
    ana_free(ctx, y);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(what_ols_cannot_take_is_refused_with_a_sentence)
{
    static const char *const components[] = {"13", "30"};
    static const char *const says[] = {"more than the 12 features have",
                                       "span at most 29 components"};
    struct ana_ctx *ctx = test_ctx();
    struct test_oracle q;

    test_oracle_open(ctx, &anaflow_plugin, ANA_STANDARDISE_SCALE, &q);
    q.run.key[0] = "components";
    q.run.value[0] = components[_i];
    ck_assert_int_eq(test_run(ctx, &q.run), ANA_EPARAM);
    ck_assert_msg(strstr(ana_error(ctx), says[_i]) != NULL, "%s", ana_error(ctx));
    test_oracle_close(ctx, &q);
    ana_ctx_destroy(ctx);
}
END_TEST

static const struct test_leak stages[] = {
    {"scaling", 160, 12, 0, ANA_STANDARDISE_SCALE, 0, {NULL}, {NULL}},
    {"own components", 160, 12, 0, ANA_STANDARDISE_SCALE, 0, {"components"}, {"5"}},
    {"components, many rows",
     1200,
     12,
     0,
     ANA_STANDARDISE_SCALE,
     0,
     {"components"},
     {"5"}},
    {"PCA of the features", 160, 12, 5, ANA_STANDARDISE_SCALE, 0, {NULL}, {NULL}},
};

START_TEST(held_out_rows_leave_no_trace)
{
    test_no_leak(&anaflow_plugin, &stages[_i]);
}
END_TEST

static const struct test_shape shapes[] = {
    {.name = "all features", .rows = 300, .features = 40, .targets = 200, .folds = 4},
    {.name = "components",
     .rows = 1200,
     .features = 60,
     .targets = 300,
     .folds = 3,
     .workers = 2,
     .key = {"components"},
     .value = {"10"}},
    {.name = "wide, little memory",
     .rows = 120,
     .features = 500,
     .targets = 60,
     .folds = 4,
     .memory = 5000000},
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
    Suite *suite = suite_create("ols");
    TCase *tests = tcase_create("ols");

    tcase_set_timeout(tests, 600);
    tcase_add_test(tests, sizes_that_lapack_cannot_hold_are_refused_by_the_plan);
    tcase_add_loop_test(tests, scikit_learns_predictions_are_met, 0, 2);
    tcase_add_loop_test(tests, normal_equations_agree_for_any_number_of_rows, 0, 2);
    tcase_add_loop_test(tests, what_ols_cannot_take_is_refused_with_a_sentence, 0, 2);
    tcase_add_loop_test(tests, held_out_rows_leave_no_trace, 0,
                        sizeof stages / sizeof *stages);
    tcase_add_loop_test(tests, plans_say_what_then_happens, 0,
                        sizeof shapes / sizeof *shapes);
    suite_add_tcase(suite, tests);
    return test_main(suite);
}
