/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Tests of @name@: it is called as a run would call it, on matrices written here.
 */
#include <math.h>

#include <anaflow/anaflow.h>
#include <anaflow/test.h>
#include <check.h>

extern const struct ana_plugin anaflow_plugin;

enum { ROWS = 20, FEATURES = 3, TARGETS = 2 };

/* Score y by x; out[0], out[1] are the two targets' scores. */
static void run(const char *const *settings, float x[ROWS][FEATURES],
                double y[ROWS][TARGETS], double out[TARGETS])
{
    struct ana_tensor tx, ty, scores;
    struct ana_test *test;
    int64_t before;

    ana_tensor_view(ANA_F32, 2, (const int64_t[]){ROWS, FEATURES}, x, &tx);
    ana_tensor_view(ANA_F64, 2, (const int64_t[]){ROWS, TARGETS}, y, &ty);
    ck_assert_int_eq(ana_test_open(&anaflow_plugin, settings, &test), ANA_OK);
    before = ana_test_memory(test);
    ck_assert_msg(ana_test_metric(test, &tx, &ty, NULL, &scores) == ANA_OK, "%s",
                  ana_error(ana_test_ctx(test)));
    ck_assert_int_eq(scores.shape[1], TARGETS);
    for (int64_t t = 0; t < TARGETS; t++)
        out[t] = ana_tensor_get(&scores, t);
    ana_tensor_finish(&scores);
    ck_assert_int_eq(ana_test_memory(test), before); /* it freed what it took */
    ana_test_close(test);
}

/* Features are three different columns of a Hadamard matrix: at right angles. */
static void fill(float x[ROWS][FEATURES])
{
    for (int i = 0; i < ROWS; i++)
        for (int f = 0; f < FEATURES; f++)
            x[i][f] = i >= 16 ? 0 : (i >> f) % 2 ? -1 : 1;
}

START_TEST(a_target_that_is_one_feature_scores_one_over_the_features)
{
    float x[ROWS][FEATURES];
    double y[ROWS][TARGETS] = {{0}}, score[TARGETS];

    fill(x);
    for (int i = 0; i < ROWS; i++) {
        y[i][0] = 7 * (double)x[i][1];
        y[i][1] = (double)x[i][0] - (double)x[i][2];
    }
    run(NULL, x, y, score);
    ck_assert_double_eq_tol(score[0], 1. / 3, 1e-12);
    ck_assert_double_eq_tol(score[1], 2 / sqrt(2) / 3, 1e-12);
    run((const char *const[]){"power", "2", NULL}, x, y, score);
    ck_assert_double_eq_tol(score[1], 2 * .5 / 3, 1e-12);
}
END_TEST

START_TEST(a_target_that_never_answers_has_no_score)
{
    float x[ROWS][FEATURES];
    double y[ROWS][TARGETS] = {{0}}, score[TARGETS];

    fill(x);
    y[0][1] = 1;
    run(NULL, x, y, score);
    ck_assert_double_nan(score[0]);
    ck_assert_double_eq_tol(score[1], 1 / sqrt(16), 1e-7);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("@name@");
    TCase *tests = tcase_create("metric");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tests, a_target_that_is_one_feature_scores_one_over_the_features);
    tcase_add_test(tests, a_target_that_never_answers_has_no_score);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
