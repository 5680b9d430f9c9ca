/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/helpers.h"

#include <math.h>

#include "base/file.h"
#include "pipeline/montage.h"
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
    ana_step_finish(ctx, &step);
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

/* One run of n samples of 2 targets at 256 Hz; target 1 is twice target 0. */
static struct ana_geometry one_run(struct ana_ctx *ctx, int64_t n, double **x)
{
    struct ana_geometry g = {.layout = ANA_LAYOUT_SERIES, .n_units = 1, .rate = 256};
    struct ana_rng rng;

    g.n = ana_alloc(ctx, 1, sizeof *g.n);
    g.start = ana_alloc(ctx, 1, sizeof *g.start);
    g.n[0] = n;
    ana_rng_init(ctx, "x", 0, &rng);
    *x = ana_alloc(ctx, 2 * n, sizeof **x);
    for (int64_t t = 0; t < n; t++) {
        (*x)[2 * t] = ana_rng_normal(&rng);
        (*x)[2 * t + 1] = 2 * (*x)[2 * t];
    }
    return g;
}

/* Apply steps to a run; regressors are made first, as a recording does. */
static int apply_steps(struct ana_ctx *ctx, const char *folder, int n,
                       const char *const *text, struct ana_geometry *g, int64_t V,
                       double **x)
{
    struct ana_step steps[4] = {0};
    int rc = 0;

    for (int i = 0; rc == 0 && i < n; i++)
        rc = ana_step_parse(ctx, text[i], &steps[i]);
    if (rc == 0)
        rc = ana_steps_nuisance(ctx, folder, g, n, steps);
    for (int i = 0; rc == 0 && i < n; i++) {
        rc = ana_step_apply(ctx, &steps[i], g, V, x);
        if (rc == 0)
            rc = ana_step_geometry(ctx, &steps[i], g);
    }
    for (int i = 0; i < n; i++)
        ana_step_finish(ctx, &steps[i]);
    return rc;
}

/* Power of a target of x (n x 2) at a frequency, by its definition. */
static double power_at(const double *x, int64_t n, int v, double frequency)
{
    double re = 0, im = 0;

    for (int64_t t = 0; t < n; t++) {
        re += x[2 * t + v] * cos(2 * M_PI * frequency * (double)t / 256);
        im += x[2 * t + v] * sin(2 * M_PI * frequency * (double)t / 256);
    }
    return (re * re + im * im) / (double)n;
}

START_TEST(filters_take_out_what_they_should_and_are_linear)
{
    static const struct {
        const char *step;
        double gone, stays;
    } cases[] = {{"highpass(10 Hz)", 1, 60},
                 {"lowpass(10 Hz)", 60, 2},
                 {"bandpass(20-40 Hz)", 80, 30},
                 {"notch(50 Hz)", 100, 30}};
    struct ana_ctx *ctx = test_ctx();
    double *x, *raw;
    struct ana_geometry g = one_run(ctx, 1024, &x), h = one_run(ctx, 1024, &raw);

    for (int64_t t = 0; t < 1024; t++) /* something to take out, something to keep */
        for (int v = 0; v < 2; v++)
            x[2 * t + v] += (v + 1) * (cos(2 * M_PI * cases[_i].gone * t / 256) +
                                       cos(2 * M_PI * cases[_i].stays * t / 256));
    memcpy(raw, x, 2048 * sizeof *x);
    ck_assert_int_eq(apply_steps(ctx, ".", 1, &cases[_i].step, &g, 2, &x), 0);
    ck_assert_double_lt(power_at(x, 1024, 0, cases[_i].gone),
                        .01 * power_at(raw, 1024, 0, cases[_i].gone));
    ck_assert_double_gt(power_at(x, 1024, 0, cases[_i].stays),
                        .9 * power_at(raw, 1024, 0, cases[_i].stays));
    for (int64_t t = 0; t < 1024; t++)
        ck_assert_double_eq_tol(x[2 * t + 1], 2 * x[2 * t], 1e-9);
    ana_free(ctx, x);
    ana_free(ctx, raw);
    ana_geometry_finish(ctx, &g);
    ana_geometry_finish(ctx, &h);
    ana_ctx_destroy(ctx);
}
END_TEST

/* A carrier at 100 Hz whose amplitude is a slow wave: the band's amplitude follows the
 * wave, though the sound itself has no power there. */
START_TEST(high_gamma_follows_the_amplitude)
{
    const char *step = "highgamma(70-120 Hz, 5)";
    struct ana_ctx *ctx = test_ctx();
    double *x, r, mx = 0, mw = 0, xx = 0, ww = 0, xw = 0;
    struct ana_geometry g = one_run(ctx, 2048, &x);

    for (int64_t t = 0; t < 2048; t++) {
        const double wave = 2 + sin(2 * M_PI * .5 * (double)t / 256);

        x[2 * t] = .05 * x[2 * t] + wave * cos(2 * M_PI * 95 * (double)t / 256);
        x[2 * t + 1] = 2 * x[2 * t];
    }
    ck_assert_int_eq(apply_steps(ctx, ".", 1, &step, &g, 2, &x), 0);
    for (int64_t t = 100; t < 1948; t++) {
        const double wave = 2 + sin(2 * M_PI * .5 * (double)t / 256);

        ck_assert_double_ge(x[2 * t], 0);
        ck_assert_double_eq_tol(x[2 * t + 1], 2 * x[2 * t], 1e-9);
        mx += x[2 * t];
        mw += wave;
        xx += x[2 * t] * x[2 * t];
        ww += wave * wave;
        xw += x[2 * t] * wave;
    }
    r = (xw - mx * mw / 1848) / sqrt((xx - mx * mx / 1848) * (ww - mw * mw / 1848));
    ck_assert_double_gt(r, .98);
    ana_free(ctx, x);
    ana_geometry_finish(ctx, &g);
    ana_ctx_destroy(ctx);
}
END_TEST

static void write_file(struct ana_ctx *ctx, const char *folder, const char *name,
                       const char *text)
{
    char path[256];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_int_eq(ana_file_write(ctx, path, text, (int64_t)strlen(text)), 0);
}

/* Drift and motion stand side by side: what is left is orthogonal to both together. */
START_TEST(confounds_and_drift_are_taken_out_together)
{
    const char *text[] = {"detrend(1)", "confounds(motion*.tsv, trans_*, skip 2)"};
    struct ana_ctx *ctx = test_ctx();
    char folder[64], table[4000] = "trans_x\ttrans_y\tother\n9\t9\t9\n9\t9\t9\n";
    double *x, sum = 0, ramp = 0, with = 0, other = 0;
    struct ana_geometry g = one_run(ctx, 64, &x);

    test_folder(folder, sizeof folder);
    for (int t = 0; t < 64; t++)
        snprintf(table + strlen(table), sizeof table - strlen(table), "%g\t%s\t%d\n",
                 (double)(t * t % 7) + .1 * t, t < 1 ? "n/a" : "1.5", t % 3);
    write_file(ctx, folder, "motion1.tsv", table);
    ck_assert_int_eq(apply_steps(ctx, folder, 2, text, &g, 2, &x), 0);
    for (int t = 0; t < 64; t++) {
        sum += x[2 * t];
        ramp += t * x[2 * t];
        with += ((double)(t * t % 7) + .1 * t) * x[2 * t];
        other += t % 3 * x[2 * t];
    }
    ck_assert_double_eq_tol(sum, 0, 1e-9);
    ck_assert_double_eq_tol(ramp, 0, 1e-8);
    ck_assert_double_eq_tol(with, 0, 1e-8);
    ck_assert_double_gt(fabs(other), 1e-3);
    ana_free(ctx, x);
    ana_geometry_finish(ctx, &g);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(confounds_that_do_not_fit_get_a_sentence)
{
    static const struct {
        const char *step, *table, *sentence;
    } cases[] = {
        {"confounds(m.tsv)", "a\n1\n2\n",
         "m.tsv: has 2 rows, 2 after those skipped, and the run has 4 samples"},
        {"confounds(m.tsv, b*)", "a\n1\n2\n3\n4\n", "m.tsv: has no column 'b*'"},
        {"confounds(m.tsv)", "a\n1\nn/a\n3\n4\n",
         "row 2 of column 1 is not finite; only the first rows may be n/a"},
        {"confounds(none*.tsv)", "a\n1\n", "0 files match and the recording has 1 run"},
        {"confounds(m.txt)", "1 2\n3 4\n5\n6 7\n",
         "m.txt:3: expected 2 numbers, as in the first line, found 1"},
        {"confounds(m.tsv)", "a\tb\tc\n1\t0\t0\n0\t1\t0\n0\t0\t1\n0\t0\t0\n",
         "4 regressors leave nothing of a run of 4 samples"}};
    struct ana_ctx *ctx = test_ctx();
    char folder[64];
    double *x;
    struct ana_geometry g = one_run(ctx, 4, &x);

    test_folder(folder, sizeof folder);
    write_file(ctx, folder, strstr(cases[_i].step, "txt") ? "m.txt" : "m.tsv",
               cases[_i].table);
    ck_assert_int_lt(apply_steps(ctx, folder, 1, &cases[_i].step, &g, 2, &x), 0);
    ck_assert_msg(strstr(ana_error(ctx), cases[_i].sentence) != NULL, "%s",
                  ana_error(ctx));
    ana_free(ctx, x);
    ana_geometry_finish(ctx, &g);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(clip_sets_what_lies_beyond_k_sds_there)
{
    const char *step = "clip(2)";
    struct ana_ctx *ctx = test_ctx();
    double *x, mean = 0, sd = 0, most = 0;
    struct ana_geometry g = one_run(ctx, 500, &x);

    x[20] = 40;
    for (int t = 0; t < 500; t++)
        mean += x[2 * t] / 500;
    for (int t = 0; t < 500; t++)
        sd += (x[2 * t] - mean) * (x[2 * t] - mean) / 500;
    ck_assert_int_eq(apply_steps(ctx, ".", 1, &step, &g, 2, &x), 0);
    for (int t = 0; t < 500; t++)
        most = fmax(most, fabs(x[2 * t] - mean));
    ck_assert_double_eq_tol(most, 2 * sqrt(sd), 1e-12);
    ana_free(ctx, x);
    ana_geometry_finish(ctx, &g);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Contacts A1, A2, A3, B1, B2 and one without a number; A2 is bad. */
static struct ana_recording_info contacts(struct ana_target *t)
{
    static const char *const names[] = {"A1", "A2", "A3", "B1", "B2", "ref"};

    for (int i = 0; i < 6; i++)
        t[i] = (struct ana_target){.size = sizeof *t,
                                   .name = names[i],
                                   .region = "",
                                   .bad = i == 1,
                                   .position = {i, 2 * i, 0}};
    return (struct ana_recording_info){.n_targets = 6, .targets = t};
}

static int montage_of(struct ana_ctx *ctx, int n, const char *const *text,
                      struct ana_montage *m)
{
    struct ana_target t[6];
    const struct ana_recording_info info = contacts(t);
    struct ana_step steps[3] = {0};
    int rc = 0;

    for (int i = 0; rc == 0 && i < n; i++)
        rc = ana_step_parse(ctx, text[i], &steps[i]);
    if (rc == 0)
        rc = ana_montage_make(ctx, &info, n, steps, m);
    for (int i = 0; i < n; i++)
        ana_step_finish(ctx, &steps[i]);
    return rc;
}

START_TEST(bipolar_pairs_are_neighbours_on_one_shaft)
{
    const char *text[] = {"bad(ref)", "reference(bipolar)"},
               *drop[] = {"bad(drop)", text[1]};
    struct ana_ctx *ctx = test_ctx();
    struct ana_montage m;

    ck_assert_int_eq(montage_of(ctx, 2, text, &m), 0);
    ck_assert_int_eq(m.n, 3);
    ck_assert_str_eq(m.target[0].name, "A1-A2");
    ck_assert_str_eq(m.target[1].name, "A2-A3");
    ck_assert_str_eq(m.target[2].name, "B1-B2");
    ck_assert_int_eq(m.plus[2], 3);
    ck_assert_int_eq(m.minus[2], 4);
    ck_assert_double_eq(m.target[1].position[0], 1.5);
    ck_assert_int_eq(m.target[1].bad, 1);
    ana_montage_finish(ctx, &m);
    ck_assert_int_eq(montage_of(ctx, 2, drop, &m), 0); /* A1 and A3 are no neighbours */
    ck_assert_int_eq(m.n, 1);
    ck_assert_str_eq(m.target[0].name, "B1-B2");
    ana_montage_finish(ctx, &m);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(wrong_montages_get_a_sentence)
{
    static const struct {
        const char *first, *second, *sentence;
    } cases[] = {
        {"bad(A4)", NULL, "bad(A4): there is no target of that name; did you mean 'A"},
        {"bad(*)", NULL, "bad(*) leaves no target"},
        {"zscore(run)", "bad(drop)",
         "bad stands behind zscore; bad and reference choose the targets"},
        {"reference(average)", "reference(bipolar)",
         "a recording takes one reference, not two"},
        {"bad(A*, B*)", "reference(average)",
         "reference(average) of one target would leave nothing"},
        {"bad(A2, B*)", "reference(bipolar)", "no two of the 3 targets are neighbours"}};
    const char *text[] = {cases[_i].first, cases[_i].second};
    struct ana_ctx *ctx = test_ctx();
    struct ana_montage m;

    ck_assert_int_eq(montage_of(ctx, cases[_i].second ? 2 : 1, text, &m), ANA_EPARAM);
    ck_assert_msg(strstr(ana_error(ctx), cases[_i].sentence) != NULL, "%s",
                  ana_error(ctx));
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
    {"resample(0 Hz)", "expected a number above 0, found '0 Hz'"},
    {"shift(1 TR)", "has the unit 'TR', expected one of"},
    {"shift(1 s, 2 s)", "'shift(1 s, 2 s)' takes 1 argument, not 2"},
    {"detrend(21)", "expected a whole number from 0 to 20, found '21'"},
    {"cosine(0 s)", "expected a number above 0, found '0 s'"},
    {"confounds(skip 3)", "'confounds(skip 3)' names no file"},
    {"highpass(1 Hz, 2, 3)", "takes 1 to 2 arguments, not 3"},
    {"bandpass(30-1 Hz)", ""},
    {"bandpass(0-3 Hz)", "a band runs from above 0 Hz to a higher edge"},
    {"highgamma(70-150 Hz, 0)", "expected a whole number from 1 to 64"},
    {"reference(linked)", "a reference is average or bipolar"},
    {"clip(-1)", "expected a number above 0, found '-1'"},
    {"lowpass(5 Hz)", "edges must rise and lie between 0 and 5 Hz"},
    {"lowpass(3 Hz)",
     "unit 0 has 10 samples, too few for the filter, which needs more than 15; filter "
     "before you cut"},
    {"resample(5 Hz, fast)", "'fast' is neither poly nor decimate"},
    {"resample(4 Hz, decimate)", "4 Hz is not a whole part of 10 Hz"},
    {"resample(3.14159265 Hz, poly)", "is no ratio of whole numbers"},
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
    ck_assert_msg(strstr(ana_error(ctx), wrong[_i].sentence) != NULL, "%s",
                  ana_error(ctx));
    ana_step_finish(ctx, &step);
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
    tcase_add_loop_test(all, filters_take_out_what_they_should_and_are_linear, 0, 4);
    tcase_add_test(all, high_gamma_follows_the_amplitude);
    tcase_add_test(all, confounds_and_drift_are_taken_out_together);
    tcase_add_loop_test(all, confounds_that_do_not_fit_get_a_sentence, 0, 6);
    tcase_add_test(all, clip_sets_what_lies_beyond_k_sds_there);
    tcase_add_test(all, bipolar_pairs_are_neighbours_on_one_shaft);
    tcase_add_loop_test(all, wrong_montages_get_a_sentence, 0, 6);
    tcase_add_loop_test(all, shift_turns_each_trial_in_a_circle, 0,
                        (int)(sizeof shifts / sizeof *shifts));
    tcase_add_loop_test(all, wrong_steps_get_a_sentence, 0,
                        (int)(sizeof wrong / sizeof *wrong));
    suite_add_tcase(suite, all);
    return test_main(suite);
}
