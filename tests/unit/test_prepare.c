/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/helpers.h"

#include <math.h>

#include "pipeline/prepare.h"

/* Two trials of 10 samples at 10 Hz that start 0.2 s before the stimulus, one target. */
static struct ana_geometry trials(struct ana_ctx *ctx)
{
    struct ana_geometry g = {
        .layout = ANA_LAYOUT_EPOCHS, .one_run = 1, .n_units = 2, .rate = 10};

    g.n = ana_alloc(ctx, 2, sizeof *g.n);
    g.start = ana_alloc(ctx, 2, sizeof *g.start);
    for (int u = 0; u < 2; u++) {
        g.n[u] = 10;
        g.start[u] = -0.2;
    }
    return g;
}

/* Apply one step to samples 0, 1, .. 19; the result stays in x and the geometry in g. */
static int apply(struct ana_ctx *ctx, const char *text, struct ana_geometry *g,
                 double **x)
{
    struct ana_step step;
    int rc = ana_step_parse(ctx, text, &step);

    *x = ana_alloc(ctx, 20, sizeof **x);
    for (int i = 0; i < 20; i++)
        (*x)[i] = i;
    if (rc == 0)
        rc = ana_step_apply(ctx, &step, g, 1, x);
    if (rc == 0)
        rc = ana_step_geometry(ctx, &step, g);
    return rc;
}

START_TEST(average_takes_the_samples_of_its_interval)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_geometry g = trials(ctx);
    double *x;

    ck_assert_int_eq(apply(ctx, "average(0..0.3 s)", &g, &x), 0);
    ck_assert_int_eq(g.layout, ANA_LAYOUT_ROWS);
    ck_assert_int_eq(g.n[1], 1);
    ck_assert_double_eq_tol(x[0], 3, 1e-12); /* samples 2, 3, 4 */
    ck_assert_double_eq_tol(x[1], 13, 1e-12);
    ana_free(ctx, x);
    ana_geometry_finish(ctx, &g);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(crop_moves_the_start_to_the_first_sample_kept)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_geometry g = trials(ctx);
    double *x;

    ck_assert_int_eq(apply(ctx, "crop(0..0.5 s)", &g, &x), 0);
    ck_assert_int_eq(g.n[0], 5);
    ck_assert_double_eq_tol(g.start[0], 0, 1e-12);
    ck_assert_double_eq(x[0], 2);
    ck_assert_double_eq(x[5], 12);
    ana_free(ctx, x);
    ana_geometry_finish(ctx, &g);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(trim_drops_from_both_ends_of_each_run)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_geometry g = trials(ctx);
    double *x;

    ck_assert_int_eq(apply(ctx, "trim(0.2 s, 0.3 s)", &g, &x), 0);
    ck_assert_int_eq(g.n[0], 5);
    ck_assert_double_eq(x[0], 2);
    ck_assert_double_eq(x[4], 6);
    ck_assert_double_eq(x[5], 12);
    ana_free(ctx, x);
    ana_geometry_finish(ctx, &g);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(baseline_is_subtracted_trial_by_trial)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_geometry g = trials(ctx);
    double *x;

    ck_assert_int_eq(apply(ctx, "baseline(-0.2..0 s)", &g, &x), 0);
    for (int i = 0; i < 10; i++) {
        ck_assert_double_eq_tol(x[i], i - 0.5, 1e-12);
        ck_assert_double_eq_tol(x[10 + i], i - 0.5, 1e-12);
    }
    ana_free(ctx, x);
    ana_geometry_finish(ctx, &g);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(zscore_gives_each_run_mean_0_and_population_sd_1)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_geometry g = trials(ctx);
    double *x, sum = 0, square = 0;

    g.one_run = 0;
    ck_assert_int_eq(apply(ctx, "zscore(run)", &g, &x), 0);
    for (int i = 0; i < 10; i++) {
        ck_assert_double_eq_tol(x[i], x[10 + i], 1e-12);
        sum += x[i];
        square += x[i] * x[i];
    }
    ck_assert_double_eq_tol(sum, 0, 1e-12);
    ck_assert_double_eq_tol(square / 10, 1, 1e-12);
    ana_free(ctx, x);
    ana_geometry_finish(ctx, &g);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(resample_changes_the_clock_and_keeps_a_slow_wave)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_geometry g = {.layout = ANA_LAYOUT_SERIES, .n_units = 1, .rate = 100};
    double *x = ana_alloc(ctx, 400, sizeof *x);
    struct ana_step step;

    g.n = ana_alloc(ctx, 1, sizeof *g.n);
    g.start = ana_alloc(ctx, 1, sizeof *g.start);
    g.n[0] = 400;
    for (int i = 0; i < 400; i++)
        x[i] = sin(2 * 3.14159265358979 * i / 100);
    ck_assert_int_eq(ana_step_parse(ctx, "resample(50 Hz)", &step), 0);
    ck_assert_int_eq(ana_step_apply(ctx, &step, &g, 1, &x), 0);
    ck_assert_int_eq(ana_step_geometry(ctx, &step, &g), 0);
    ck_assert_int_eq(g.n[0], 200);
    ck_assert_double_eq(g.rate, 50);
    for (int i = 40; i < 160; i++)
        ck_assert_double_eq_tol(x[i], sin(2 * 3.14159265358979 * i / 50), 1e-3);
    ana_free(ctx, x);
    ana_geometry_finish(ctx, &g);
    ana_ctx_destroy(ctx);
}
END_TEST

static const struct {
    const char *step;
    double first; /* what trial 0, which holds 0 .. 9 at 10 Hz, begins with */
} shifts[] = {{"shift(0 s)", 0},    {"shift(0.3 s)", 7},  {"shift(-300 ms)", 3},
              {"shift(1 s)", 0},    {"shift(2.3 s)", 7},  {"shift(-2.3 s)", 3},
              {"shift(0.26 s)", 7}, {"shift(0.96 s)", 0}, {"shift(-0.04 s)", 0},
              {"shift(1e15 s)", 0}, {"shift(-60 min)", 0}};

START_TEST(shift_turns_each_trial_in_a_circle)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_geometry g = trials(ctx);
    const double first = shifts[_i].first;
    double *x;

    ck_assert_int_eq(apply(ctx, shifts[_i].step, &g, &x), 0);
    for (int i = 0; i < 10; i++) {
        ck_assert_double_eq(x[i], fmod(first + i, 10));
        ck_assert_double_eq(x[10 + i], 10 + fmod(first + i, 10));
    }
    ck_assert_int_eq(g.n[1], 10);
    ck_assert_double_eq(g.start[1], -0.2);
    ana_free(ctx, x);
    ana_geometry_finish(ctx, &g);
    ana_ctx_destroy(ctx);
}
END_TEST

static const struct {
    const char *step, *sentence;
} wrong[] = {
    {"avrage(0..2 s)", "preparation 'avrage' is not known, did you mean 'average'?"},
    {"average(1..0 s)", ""},
    {"average(5..6 s)", "holds no sample: unit 0 runs from -0.2 to 0.8 s"},
    {"trim(1 s)", "'trim(1 s)' takes 2 arguments, not 1"},
    {"trim(1 s, 2 TR)", "in the same unit"},
    {"trim(1 s, 1 s)", "trim drops 20 samples and unit 0 has only 10"},
    {"zscore(all)", "only zscore(run) is known"},
    {"resample(0 Hz)", "the rate must be above 0"},
    {"shift(1 TR)", "has the unit 'TR', expected one of"},
    {"shift(1 s, 2 s)", "'shift(1 s, 2 s)' takes 1 argument, not 2"},
};

START_TEST(wrong_steps_get_a_sentence)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_geometry g = trials(ctx);
    struct ana_step step;
    int rc = ana_step_parse(ctx, wrong[_i].step, &step);

    if (rc == 0)
        rc = ana_step_geometry(ctx, &step, &g);
    ck_assert_int_eq(rc, ANA_EPARAM);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), wrong[_i].sentence));
    ana_geometry_finish(ctx, &g);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("prepare");
    TCase *all = tcase_create("all");

    tcase_add_test(all, average_takes_the_samples_of_its_interval);
    tcase_add_test(all, crop_moves_the_start_to_the_first_sample_kept);
    tcase_add_test(all, trim_drops_from_both_ends_of_each_run);
    tcase_add_test(all, baseline_is_subtracted_trial_by_trial);
    tcase_add_test(all, zscore_gives_each_run_mean_0_and_population_sd_1);
    tcase_add_test(all, resample_changes_the_clock_and_keeps_a_slow_wave);
    tcase_add_loop_test(all, shift_turns_each_trial_in_a_circle, 0,
                        (int)(sizeof shifts / sizeof *shifts));
    tcase_add_loop_test(all, wrong_steps_get_a_sentence, 0,
                        (int)(sizeof wrong / sizeof *wrong));
    suite_add_tcase(suite, all);
    return test_main(suite);
}
