/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/helpers.h"

#include "signal/resample.h"

static const float NONE[4] = {-1, -1, -1, -1};

/* The documented sentence, word by word. */
static double twin(const float *x, int64_t n, int64_t F, int64_t f, double x_start,
                   double x_rate, double t, double y_rate)
{
    double sum = 0;
    int64_t count = 0;

    for (int64_t i = 0; i < n; i++) {
        const double centre = x_start + (double)i / x_rate;

        if (centre >= t - 0.5 / y_rate - 1e-9 && centre < t + 0.5 / y_rate - 1e-9) {
            sum += (double)x[i * F + f];
            count++;
        }
    }
    return count > 0 ? sum / (double)count : (double)NONE[f];
}

START_TEST(faster_features_are_averaged_over_each_samples_bin)
{
    const double rates[][4] = {/* x rate, start, y rate, start */
                               {200, .0025, 100, 0}, {200, 0, 100, 0},
                               {100, .005, 64, -.1}, {100, .005, .5, 1},
                               {50, 3, 49.9, 2},     {128, 0, 64, 1. / 128}};
    const double *const r = rates[_i];
    struct ana_ctx *ctx = test_ctx();
    float x[400 * 3], out[300 * 3];
    struct ana_rng rng;

    ana_rng_init(ctx, "align", _i, &rng);
    for (int i = 0; i < 400 * 3; i++)
        x[i] = (float)ana_rng_normal(&rng);
    ck_assert_int_eq(ana_align(ctx, x, 400, 3, r[1], r[0], r[3], r[2], NONE, 300, out),
                     0);
    for (int j = 0; j < 300; j++)
        for (int f = 0; f < 3; f++) {
            const double t = r[3] + j / r[2];

            ck_assert(fabs((double)out[3 * j + f] -
                           twin(x, 400, 3, f, r[1], r[0], t, r[2])) < 1e-6);
        }
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(slower_features_are_interpolated)
{
    const float x[] = {0, 10, 30};
    struct ana_ctx *ctx = test_ctx();
    float out[12];

    ck_assert_int_eq(ana_align(ctx, x, 3, 1, 1, 1, 0, 4, NONE, 12, out), 0);
    for (int j = 0; j < 12; j++) { /* seconds j / 4; samples at 1, 2 and 3 s */
        const double t = j / 4., want = t < .5  ? -1
                                        : t < 1 ? 0
                                        : t < 2 ? 10 * (t - 1)
                                                : 20 * t - 30;

        ck_assert(fabs((double)out[j] - want) < 1e-6);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(an_end_holds_for_half_a_sample_and_then_gives_way_to_fill)
{
    const float x[] = {5, 7};
    struct ana_ctx *ctx = test_ctx();
    float out[6];

    ck_assert_int_eq(ana_align(ctx, x, 2, 1, 0, 1, 0, 2, NONE, 6, out), 0);
    ck_assert_double_eq((double)out[2], 7);
    ck_assert_double_eq((double)out[3], 7);
    ck_assert_double_eq((double)out[4], -1);
    ck_assert_double_eq((double)out[5], -1);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(the_same_clock_copies)
{
    const float x[] = {1, 2, 3, 4, 5, 6};
    struct ana_ctx *ctx = test_ctx();
    float out[6];

    ck_assert_int_eq(ana_align(ctx, x, 3, 2, .1, 100, .1, 100, NONE, 3, out), 0);
    ck_assert_mem_eq(out, x, sizeof x);
    ana_ctx_destroy(ctx);
}
END_TEST

/* 200 Hz bins of a 2 s sound, centred at 2.5 ms, ..., 1997.5 ms, onto t = 0, 10 ms, ...:
 * the first sample sees the first bin alone, the last one that has any is 2.00 s. */
START_TEST(after_the_sound_comes_silence)
{
    struct ana_ctx *ctx = test_ctx();
    float x[400], out[300];
    const float zero = 0;

    for (int i = 0; i < 400; i++)
        x[i] = 1;
    ck_assert_int_eq(ana_align(ctx, x, 400, 1, .0025, 200, 0, 100, &zero, 300, out), 0);
    for (int j = 0; j < 300; j++)
        ck_assert_double_eq((double)out[j], j <= 200 ? 1 : 0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_clock_that_runs_at_0_hz_is_refused)
{
    struct ana_ctx *ctx = test_ctx();
    float x[1] = {0};

    ck_assert_int_eq(ana_align(ctx, x, 1, 1, 0, 0, 0, 1, NONE, 1, x), ANA_EPARAM);
    ck_assert_str_eq(ana_error(ctx), "aligning 0 Hz with 1 Hz: rates are above 0");
    ck_assert_int_eq(ana_align(ctx, x, 1, 1, NAN, 1, 0, 1, NONE, 1, x), ANA_EPARAM);
    ck_assert_int_eq(ana_resample(ctx, x, 1, 1, 1, INFINITY, x, 1), ANA_EPARAM);
    ana_ctx_destroy(ctx);
}
END_TEST

/* A sine far below both Nyquist rates is known at every time: out sample k must be
 * its value at k / to, which no leftover delay would allow. */
START_TEST(a_resampled_sine_stands_at_its_own_times)
{
    const double pairs[][2] = {{44100, 20000}, {8000, 44100}, {22050, 16000}, {100, 128}};
    const double from = pairs[_i][0], to = pairs[_i][1];
    const int64_t n = 6001, n_out = ana_resample_length(n, from, to);
    struct ana_ctx *ctx = test_ctx();
    float *x = ana_alloc(ctx, n * 2, sizeof *x),
          *out = ana_alloc(ctx, n_out * 2, sizeof *out);
    const double f = from < to ? from / 20 : to / 20;

    for (int64_t i = 0; i < n; i++) {
        x[2 * i] = (float)sin(2 * M_PI * f * (double)i / from);
        x[2 * i + 1] = -x[2 * i];
    }
    ck_assert_int_eq(ana_resample(ctx, x, n, 2, from, to, out, n_out), 0);
    for (int64_t k = n_out / 4; k < 3 * n_out / 4; k++) {
        const double want = sin(2 * M_PI * f * (double)k / to);

        ck_assert(fabs((double)out[2 * k] - want) < 1e-5);
        ck_assert(fabs((double)out[2 * k + 1] + want) < 1e-5);
    }
    ana_free(ctx, x);
    ana_free(ctx, out);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(the_length_is_rounded_up_and_whole_ratios_are_exact)
{
    struct ana_ctx *ctx = test_ctx();
    float x[3] = {1, 2, 3}, out[4];

    ck_assert_int_eq(ana_resample_length(88200, 44100, 20000), 40000);
    ck_assert_int_eq(ana_resample_length(88201, 44100, 20000), 40001);
    ck_assert_int_eq(ana_resample_length(0, 44100, 20000), 0);
    ck_assert_int_eq(ana_resample(ctx, x, 3, 1, 100, 100, out, 3), 0);
    ck_assert_mem_eq(out, x, sizeof x);
    ck_assert_int_eq(ana_resample(ctx, x, 3, 1, 100, 50, out, 1), ANA_ESHAPE);
    ck_assert_str_eq(ana_error(ctx),
                     "resampling 3 samples from 100 Hz to 50 Hz gives 2, not 1");
    ck_assert_int_eq(ana_resample(ctx, x, 0, 1, 100, 50, out, 0), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

/* What lies above the new Nyquist rate must go, not fold back. */
START_TEST(what_the_new_rate_cannot_hold_is_removed)
{
    struct ana_ctx *ctx = test_ctx();
    float x[4000], out[1000];

    for (int i = 0; i < 4000; i++)
        x[i] = (float)sin(2 * M_PI * .21 * i);
    ck_assert_int_eq(ana_resample(ctx, x, 4000, 1, 4, 1, out, 1000), 0);
    for (int k = 250; k < 750; k++)
        ck_assert(fabs((double)out[k]) < 1e-4);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("resample");
    TCase *all = tcase_create("all");

    tcase_add_loop_test(all, faster_features_are_averaged_over_each_samples_bin, 0, 6);
    tcase_add_test(all, slower_features_are_interpolated);
    tcase_add_test(all, an_end_holds_for_half_a_sample_and_then_gives_way_to_fill);
    tcase_add_test(all, the_same_clock_copies);
    tcase_add_test(all, after_the_sound_comes_silence);
    tcase_add_test(all, a_clock_that_runs_at_0_hz_is_refused);
    tcase_add_loop_test(all, a_resampled_sine_stands_at_its_own_times, 0, 4);
    tcase_add_test(all, the_length_is_rounded_up_and_whole_ratios_are_exact);
    tcase_add_test(all, what_the_new_rate_cannot_hold_is_removed);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
