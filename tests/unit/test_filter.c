/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Filters, envelopes, drift, haemodynamic responses and Lanczos resampling: against SciPy,
 * nilearn and HuthLab's code (../shared/reference), and against what must hold of them.
 */
#include "tests/unit/helpers.h"

#include <anaflow/files.h>
#include <anaflow/signal.h>

#include <anaflow/metric.h>

#include "pipeline/prepare.h"
#include "pipeline/space.h"
#include "signal/filter.h"
#include "signal/hrf.h"
#include "signal/lanczos.h"
#include "signal/nuisance.h"
#include "signal/resample.h"

/* A reference array as float64 in C order; n receives its number of elements. */
static double *reference(struct ana_ctx *ctx, const char *folder, const char *name,
                         int64_t *n)
{
    char path[600], inside[200];
    struct ana_tensor stored, t;

    snprintf(inside, sizeof inside, "reference/%s/%s.npy", folder, name);
    if (!test_shared(inside, path, sizeof path))
        return NULL;
    ck_assert_int_eq(ana_npy_read(ctx, path, &stored), 0);
    ck_assert_int_eq(ana_tensor_convert(ctx, &stored, ANA_F64, &t), 0);
    *n = ana_tensor_count(&t);
    double *out = ana_alloc(ctx, *n, sizeof *out);
    memcpy(out, t.data, (size_t)*n * sizeof *out);
    ana_tensor_finish(&stored);
    ana_tensor_finish(&t);
    return out;
}

enum { T = 1500, C = 3 };
static const double RATE = 512;

static void filter_columns(struct ana_ctx *ctx, const struct ana_filter *f, double *x)
{
    double *work = ana_alloc(ctx, T + 2 * ana_filter_edge(f), sizeof *work);

    for (int c = 0; c < C; c++)
        ck_assert_int_eq(ana_filter_twice(ctx, f, x + c, T, C, work), 0);
    ana_free(ctx, work);
}

static const struct {
    int order;
    double low, high;
    const char *answer;
} filters[] = {{4, 70, 150, "sosfiltfilt"},
               {3, 1, 0, "butter3_highpass1_sosfiltfilt"},
               {5, 0, 30, "butter5_lowpass30_sosfiltfilt"},
               {0, 60, 30, "notch_60_filtfilt"}};

START_TEST(filters_agree_with_scipy)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_filter f;
    int64_t n;
    double *x = reference(ctx, "signal_highgamma", "x", &n), *want;

    if (!x) {
        ana_ctx_destroy(ctx);
        TEST_SKIP("no ../shared/reference");
    }
    want = reference(ctx, "signal_highgamma", filters[_i].answer, &n);
    if (filters[_i].order > 0)
        ck_assert_int_eq(ana_butterworth(ctx, filters[_i].order, filters[_i].low,
                                         filters[_i].high, RATE, &f),
                         0);
    else
        ck_assert_int_eq(ana_notch(ctx, filters[_i].low, filters[_i].high, RATE, &f), 0);
    filter_columns(ctx, &f, x);
    ck_assert_double_lt(test_difference(x, want, n), 1e-8);
    ana_free(ctx, x);
    ana_free(ctx, want);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(the_envelope_agrees_with_scipy)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_fft *fft;
    int64_t n;
    double *x = reference(ctx, "signal_highgamma", "sosfiltfilt", &n), *want;
    double *work = ana_alloc(ctx, 4 * T, sizeof *work),
           *one = ana_alloc(ctx, T, sizeof *one);

    if (!x) {
        ana_free(ctx, work);
        ana_free(ctx, one);
        ana_ctx_destroy(ctx);
        TEST_SKIP("no ../shared/reference");
    }
    want = reference(ctx, "signal_highgamma", "envelope", &n);
    ck_assert_int_eq(ana_fft_create(ctx, T, &fft), 0);
    for (int c = 0; c < C; c++) {
        for (int t = 0; t < T; t++)
            one[t] = x[t * C + c];
        ck_assert_int_eq(ana_envelope(ctx, fft, one, T, work, one), 0);
        for (int t = 0; t < T; t++)
            x[t * C + c] = one[t];
    }
    ck_assert_double_lt(test_difference(x, want, n), 1e-8);
    ana_fft_destroy(ctx, fft);
    ana_free(ctx, one);
    ana_free(ctx, work);
    ana_free(ctx, x);
    ana_free(ctx, want);
    ana_ctx_destroy(ctx);
}
END_TEST

/* The gain of a filter at a frequency, by its formula. */
static double gain_at(const struct ana_filter *f, double frequency, double rate)
{
    const double w = 2 * M_PI * frequency / rate;
    double gain = 1;

    for (int i = 0; i < f->n; i++) {
        const struct ana_section *s = &f->section[i];
        const double br = s->b0 + s->b1 * cos(w) + s->b2 * cos(2 * w);
        const double bi = -s->b1 * sin(w) - s->b2 * sin(2 * w);
        const double ar = 1 + s->a1 * cos(w) + s->a2 * cos(2 * w);
        const double ai = -s->a1 * sin(w) - s->a2 * sin(2 * w);

        gain *= sqrt((br * br + bi * bi) / (ar * ar + ai * ai));
    }
    return gain;
}

START_TEST(butterworth_has_half_power_at_its_edges_for_every_order)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_filter f;

    for (int order = 1; order <= 12; order++) {
        ck_assert_int_eq(ana_butterworth(ctx, order, 0, 30, 250, &f), 0);
        ck_assert_double_eq_tol(gain_at(&f, 30, 250), sqrt(.5), 1e-9);
        ck_assert_double_eq_tol(gain_at(&f, 0, 250), 1, 1e-9);
        ck_assert_int_eq(ana_butterworth(ctx, order, 2, 0, 250, &f), 0);
        ck_assert_double_eq_tol(gain_at(&f, 2, 250), sqrt(.5), 1e-6);
        ck_assert_double_eq_tol(gain_at(&f, 125, 250), 1, 1e-9);
        ck_assert_int_eq(ana_butterworth(ctx, order, 20, 60, 250, &f), 0);
        ck_assert_double_eq_tol(gain_at(&f, 20, 250), sqrt(.5), 1e-6);
        ck_assert_double_eq_tol(gain_at(&f, 60, 250), sqrt(.5), 1e-6);
        ck_assert_double_lt(gain_at(&f, 0, 250), 1e-9);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(filtering_twice_moves_nothing_in_time)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_filter f;
    double x[401] = {0}, work[1000];

    x[200] = 1;
    ck_assert_int_eq(ana_butterworth(ctx, 4, 5, 20, 100, &f), 0);
    ck_assert_int_eq(ana_filter_twice(ctx, &f, x, 401, 1, work), 0);
    for (int t = 1; t <= 150; t++)
        ck_assert_double_eq_tol(x[200 - t], x[200 + t], 1e-9);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(filters_that_do_not_fit_are_refused)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_filter f;
    double x[27] = {0}, work[200];

    ck_assert_int_eq(ana_butterworth(ctx, 4, 70, 150, 200, &f), ANA_EPARAM);
    ck_assert_str_eq(ana_error(ctx), "a filter from 70 to 150 Hz does not fit a rate of "
                                     "200 Hz: edges must rise and lie between 0 and 100 "
                                     "Hz");
    ck_assert_int_eq(ana_butterworth(ctx, 4, 150, 70, 1000, &f), ANA_EPARAM);
    ck_assert_int_eq(ana_notch(ctx, 60, 30, 100, &f), ANA_EPARAM);
    ck_assert_int_eq(ana_butterworth(ctx, 4, 70, 150, 512, &f), 0);
    ck_assert_int_eq(ana_filter_twice(ctx, &f, x, 27, 1, work), ANA_EPARAM);
    ck_assert_str_eq(ana_error(ctx),
                     "27 samples are too few for the filter, which needs more than 27");
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(detrending_agrees_with_scipy)
{
    static const char *const answers[] = {"detrend_constant", "detrend_linear"};
    struct ana_ctx *ctx = test_ctx();

    for (int degree = 0; degree < 2; degree++) {
        struct ana_nuisance z = {.n = T};
        int64_t n;
        double *x = reference(ctx, "signal_highgamma", "x", &n), *want;

        if (!x) {
            ana_ctx_destroy(ctx);
            TEST_SKIP("no ../shared/reference");
        }
        want = reference(ctx, "signal_highgamma", answers[degree], &n);
        ck_assert_int_eq(ana_nuisance_polynomials(ctx, &z, degree), 0);
        ck_assert_int_eq(ana_nuisance_finish(ctx, &z), 0);
        ck_assert_int_eq(ana_nuisance_remove(ctx, &z, C, x), 0);
        ck_assert_double_lt(test_difference(x, want, n), 1e-8);
        ana_nuisance_destroy(ctx, &z);
        ana_free(ctx, x);
        ana_free(ctx, want);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(what_regressors_span_is_removed_and_nothing_else)
{
    enum { N = 200 };
    struct ana_ctx *ctx = test_ctx();
    struct ana_nuisance z = {.n = N};
    struct ana_rng rng;
    double motion[N], x[N], left[N], inner = 0;

    ana_rng_init(ctx, "x", 0, &rng);
    for (int t = 0; t < N; t++)
        motion[t] = ana_rng_normal(&rng);
    ck_assert_int_eq(ana_nuisance_cosines(ctx, &z, .5, 100), 0);
    ck_assert_int_eq(ana_nuisance_column(ctx, &z, motion), 0);
    ck_assert_int_eq(ana_nuisance_column(ctx, &z, motion), 0); /* twice: once counts */
    ck_assert_int_eq(ana_nuisance_finish(ctx, &z), 0);
    ck_assert_int_eq(z.k, 1 + 8 + 1); /* 2 * 200 / (.5 * 100) cosines */
    for (int t = 0; t < N; t++)
        x[t] = 3 + cos(M_PI / N * (t + .5) * 8) - 2 * motion[t];
    ck_assert_int_eq(ana_nuisance_remove(ctx, &z, 1, x), 0);
    for (int t = 0; t < N; t++)
        ck_assert_double_eq_tol(x[t], 0, 1e-9);
    for (int t = 0; t < N; t++)
        left[t] = ana_rng_normal(&rng);
    ck_assert_int_eq(ana_nuisance_remove(ctx, &z, 1, left), 0);
    for (int t = 0; t < N; t++)
        inner += left[t] * motion[t];
    ck_assert_double_eq_tol(inner, 0, 1e-9);
    ana_nuisance_destroy(ctx, &z);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(haemodynamic_responses_agree_with_nilearn)
{
    struct ana_ctx *ctx = test_ctx();
    int64_t n, m;
    double *settings = reference(ctx, "hrf", "settings", &m);

    if (!settings) {
        ana_ctx_destroy(ctx);
        TEST_SKIP("no ../shared/reference");
    }
    for (int i = 0; i < 3; i++)
        for (int kind = ANA_HRF_GLOVER; kind <= ANA_HRF_SPM; kind++) {
            const double *s = settings + 3 * i;
            char name[32];
            double *want, *got;

            snprintf(name, sizeof name, "%s_%d", kind == ANA_HRF_SPM ? "spm" : "glover",
                     i);
            want = reference(ctx, "hrf", name, &n);
            got = ana_alloc(ctx, n, sizeof *got);
            ana_hrf_samples(kind, s[2], s[0] / s[1], n, got);
            ck_assert_double_lt(test_difference(got, want, n), 1e-9);
            ana_free(ctx, got);
            ana_free(ctx, want);
        }
    ana_free(ctx, settings);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(convolution_answers_an_impulse_with_the_response)
{
    enum { N = 60 };
    struct ana_ctx *ctx = test_ctx();
    float x[N * 2] = {0};
    double sum = 0;

    x[10 * 2] = 1;
    x[20 * 2 + 1] = 2;
    ck_assert_int_eq(ana_hrf_convolve(ctx, ANA_HRF_GLOVER, 1, N, 2, x), 0);
    for (int t = 0; t <= 32; t++)
        sum += ana_hrf(ANA_HRF_GLOVER, t);
    for (int t = 0; t < N; t++) {
        const double a = t >= 10 && t - 10 <= 32 ? ana_hrf(1, t - 10) / sum : 0;
        const double b = t >= 20 && t - 20 <= 32 ? 2 * ana_hrf(1, t - 20) / sum : 0;

        ck_assert_double_eq_tol((double)x[2 * t], a, 1e-7);
        ck_assert_double_eq_tol((double)x[2 * t + 1], b, 1e-7);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(lanczos_agrees_with_huthlab)
{
    static const struct {
        const char *answer;
        double lobes, times;
    } cases[] = {{"lanczos_window3", 3, 1},
                 {"lanczos_window2", 2, 1},
                 {"lanczos_window3_cutoff_mult_0p5", 3, .5}};
    struct ana_ctx *ctx = test_ctx();
    int64_t n, m, k;
    double *old = reference(ctx, "lanczos_fir", "oldtime", &n), *scan, *x;

    if (!old) {
        ana_ctx_destroy(ctx);
        TEST_SKIP("no ../shared/reference");
    }
    scan = reference(ctx, "lanczos_fir", "newtime", &m);
    x = reference(ctx, "lanczos_fir", "data", &k);
    for (int i = 0; i < 3; i++) {
        const double step = (scan[m - 1] - scan[0]) / (double)(m - 1);
        double *want = reference(ctx, "lanczos_fir", cases[i].answer, &k);
        double *got = ana_alloc(ctx, k, sizeof *got);

        ana_lanczos(n, old, 5, x, cases[i].times / step, cases[i].lobes, m, scan, got);
        ck_assert_double_lt(test_difference(got, want, k), 1e-10);
        ana_free(ctx, got);
        ana_free(ctx, want);
    }
    ana_free(ctx, old);
    ana_free(ctx, scan);
    ana_free(ctx, x);
    ana_ctx_destroy(ctx);
}
END_TEST

/* The design by itself: one causal pass from rest, the recurrence as it is written. */
START_TEST(one_causal_pass_of_the_design_agrees_with_scipy)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_filter f;
    int64_t n;
    double *x = reference(ctx, "signal_highgamma", "x", &n), *want, *pad;

    if (!x) {
        ana_ctx_destroy(ctx);
        TEST_SKIP("no ../shared/reference");
    }
    want = reference(ctx, "signal_highgamma", "sosfilt", &n);
    pad = reference(ctx, "signal_highgamma", "sosfiltfilt_pad", &n);
    ck_assert_int_eq(ana_butterworth(ctx, 4, 70, 150, RATE, &f), 0);
    ck_assert_int_eq(ana_filter_edge(&f), (int64_t)pad[0]);
    for (int i = 0; i < f.n; i++)
        for (int c = 0; c < C; c++) {
            const struct ana_section *s = &f.section[i];
            double x1 = 0, x2 = 0, y1 = 0, y2 = 0;

            for (int t = 0; t < T; t++) {
                const double now = x[t * C + c], y = s->b0 * now + s->b1 * x1 +
                                                     s->b2 * x2 - s->a1 * y1 - s->a2 * y2;

                x2 = x1;
                x1 = now;
                y2 = y1;
                y1 = y;
                x[t * C + c] = y;
            }
        }
    ck_assert_double_lt(test_difference(x, want, (int64_t)T * C), 1e-8);
    ana_free(ctx, x);
    ana_free(ctx, want);
    ana_free(ctx, pad);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Steps of `prepare =` as a study writes them. */
static const struct {
    const char *step, *from, *answer;
} steps[] = {{"zscore(run)", "x", "zscore"},
             {"detrend(1)", "x", "detrend_linear"},
             {"bandpass(70-150 Hz)", "x", "sosfiltfilt"},
             {"highpass(1 Hz, 3)", "x", "butter3_highpass1_sosfiltfilt"},
             {"lowpass(30 Hz, 5)", "x", "butter5_lowpass30_sosfiltfilt"},
             {"highgamma(70-150 Hz, 1)", "x", "envelope"},
             {"resample(100 Hz, poly)", "x", "resample_poly_100_from_512"},
             {"resample(50 Hz, poly)", "x", "resample_poly_50_from_512"},
             {"resample(768 Hz, poly)", "x", "resample_poly_3_2"},
             {"resample(128 Hz, decimate)", "x", "decimate_iir_4"}};

START_TEST(preparation_agrees_with_scipy)
{
    struct ana_ctx *ctx = test_ctx();
    int64_t length[] = {T}, n;
    double begin[] = {0};
    struct ana_geometry g = {.layout = ANA_LAYOUT_SERIES,
                             .n_units = 1,
                             .n = length,
                             .start = begin,
                             .rate = RATE};
    struct ana_step step;
    double *x = reference(ctx, "signal_highgamma", steps[_i].from, &n), *want;

    if (!x) {
        ana_ctx_destroy(ctx);
        TEST_SKIP("no ../shared/reference");
    }
    want = reference(ctx, "signal_highgamma", steps[_i].answer, &n);
    ck_assert_msg(ana_step_parse(ctx, steps[_i].step, &step) == 0, "%s", ana_error(ctx));
    ck_assert_int_eq(ana_steps_nuisance(ctx, ".", &g, 1, &step), 0);
    ck_assert_msg(ana_step_apply(ctx, &step, &g, C, &x) == 0, "%s", ana_error(ctx));
    ck_assert_int_eq(ana_step_geometry(ctx, &step, &g), 0);
    ck_assert_int_eq(g.n[0] * C, n);
    ck_assert_double_lt(test_difference(x, want, n), 1e-8);
    ana_step_finish(ctx, &step);
    ana_free(ctx, x);
    ana_free(ctx, want);
    ana_ctx_destroy(ctx);
}
END_TEST

/* HuthLab's rectified features: what lies below 0 and what lies above, side by side. */
START_TEST(lanczos_of_both_signs_agrees_with_huthlab)
{
    struct ana_ctx *ctx = test_ctx();
    int64_t n, m, k;
    double *old = reference(ctx, "lanczos_fir", "oldtime", &n), *scan, *x, *want, *got;

    if (!old) {
        ana_ctx_destroy(ctx);
        TEST_SKIP("no ../shared/reference");
    }
    scan = reference(ctx, "lanczos_fir", "newtime", &m);
    x = reference(ctx, "lanczos_fir", "data", &k);
    want = reference(ctx, "lanczos_fir", "lanczos_rectify", &k);
    got = ana_alloc(ctx, k, sizeof *got);
    double *both = ana_alloc(ctx, n * 10, sizeof *both);
    for (int64_t i = 0; i < n; i++)
        for (int f = 0; f < 5; f++) {
            both[i * 10 + f] = fmin(x[i * 5 + f], 0);
            both[i * 10 + 5 + f] = fmax(x[i * 5 + f], 0);
        }
    ana_lanczos(n, old, 10, both, 1 / (scan[1] - scan[0]), 3, m, scan, got);
    ck_assert_double_lt(test_difference(got, want, k), 1e-10);
    ana_free(ctx, both);
    ana_free(ctx, got);
    ana_free(ctx, want);
    ana_free(ctx, x);
    ana_free(ctx, scan);
    ana_free(ctx, old);
    ana_ctx_destroy(ctx);
}
END_TEST

/* FIR delays, circular ones by a stretch before and behind. */
static const struct {
    const char *answer;
    int n, circular;
    int64_t delay[4];
} fir[] = {{"fir", 4, 0, {1, 2, 3, 4}},
           {"fir_mixed", 3, 0, {-2, 0, 1}},
           {"fir_circular", 4, 1, {1, 2, 3, 4}}};

enum { SCANS = 40, WORDS = 5, PAD = 4 };

/* The answers are of z-scored columns. */
static void zscore_columns(double *z)
{
    for (int f = 0; f < WORDS; f++) {
        double mean = 0, square = 0;

        for (int t = 0; t < SCANS; t++)
            mean += z[t * WORDS + f] / SCANS;
        for (int t = 0; t < SCANS; t++)
            square += (z[t * WORDS + f] - mean) * (z[t * WORDS + f] - mean) / SCANS;
        for (int t = 0; t < SCANS; t++)
            z[t * WORDS + f] = (z[t * WORDS + f] - mean) / sqrt(square);
    }
}

/* Case i's delayed matrix of z, whose numbers are float32, added to `sum`. */
static void add_delayed(struct ana_ctx *ctx, int i, const double *z, double *sum)
{
    struct ana_tensor x, out = {.dtype = ANA_F32};
    struct ana_space *space;
    int64_t base[SCANS];

    ck_assert_int_eq(
        ana_tensor_create(ctx, ANA_F32, 2, (const int64_t[]){SCANS + 2 * PAD, WORDS}, &x),
        0);
    for (int t = -PAD; t < SCANS + PAD; t++)
        for (int f = 0; f < WORDS; f++)
            ((float *)x.data)[(t + PAD) * WORDS + f] =
                t >= 0 && t < SCANS ? (float)z[t * WORDS + f]
                : fir[i].circular   ? (float)z[(t + SCANS) % SCANS * WORDS + f]
                                    : 0;
    for (int t = 0; t < SCANS; t++)
        base[t] = t + PAD;
    ck_assert_int_eq(ana_space_create(ctx, "words", &x, SCANS, base, fir[i].n,
                                      fir[i].delay, 0, 0, &space),
                     0);
    ck_assert_int_eq(ana_space_matrix(ctx, space, &out), 0);
    for (int64_t k = 0; k < SCANS * WORDS * fir[i].n; k++)
        sum[k] += (double)((float *)out.data)[k];
    ana_space_destroy(ctx, space);
    ana_tensor_finish(&out);
    ana_tensor_finish(&x);
}

/* Features are float32, the case is float64: each of its numbers is the sum of two or three
 * float32s, and delays, which only move numbers, give the sum of what they give for each. */
START_TEST(delays_agree_with_huthlab)
{
    struct ana_ctx *ctx = test_ctx();
    double got[SCANS * WORDS * 4] = {0}, part[SCANS * WORDS];
    int64_t n;
    double *z = reference(ctx, "lanczos_fir", "lanczos_window3", &n), *want;

    if (!z) {
        ana_ctx_destroy(ctx);
        TEST_SKIP("no ../shared/reference");
    }
    want = reference(ctx, "lanczos_fir", fir[_i].answer, &n);
    ck_assert_int_eq(n, SCANS * WORDS * fir[_i].n);
    zscore_columns(z);
    for (int parts = 0; parts < 3; parts++) {
        for (int i = 0; i < SCANS * WORDS; i++) {
            part[i] = (double)(float)z[i];
            z[i] -= part[i];
        }
        add_delayed(ctx, _i, part, got);
    }
    ck_assert_double_lt(test_difference(got, want, n), 1e-10);
    ana_free(ctx, want);
    ana_free(ctx, z);
    ana_ctx_destroy(ctx);
}
END_TEST

/* The polyphase sum against zeros put between and one long convolution. */
START_TEST(polyphase_is_zeros_between_a_low_pass_and_every_kth_sample)
{
    enum { N = 37, UP = 3, DOWN = 4, MOST = 4, HALF = 40 };
    struct ana_ctx *ctx = test_ctx();
    double x[N], got[28], h[2 * HALF + 1], sum = 0;
    int64_t up, down;

    for (int i = 0; i < N; i++)
        x[i] = fmod(i * 7.3, 5) - 2;
    for (int i = 0; i <= 2 * HALF; i++) {
        const double u = (i - HALF) / (double)HALF, v = M_PI * (i - HALF) / MOST;
        double term = 1, bessel = 1;

        for (int k = 1; k < 60; k++) {
            term *= 25 * (1 - u * u) / (4. * k * k);
            bessel += term;
        }
        h[i] = bessel * (i == HALF ? 1 : sin(v) / v);
        sum += h[i];
    }
    ck_assert_int_eq(ana_ratio(512, 384, &up, &down), 0);
    ck_assert_int_eq(up, UP);
    ck_assert_int_eq(down, DOWN);
    ck_assert_int_eq(ana_ratio(512, 100 * M_PI, &up, &down), -1);
    ck_assert_int_eq(ana_resample_poly(ctx, x, N, 1, UP, DOWN, got, 28), 0);
    for (int k = 0; k < 28; k++) {
        double want = 0;

        for (int i = 0; i < N * UP; i++) /* x at every UP-th place, else 0 */
            if (abs(k * DOWN - i) <= HALF && i % UP == 0)
                want += UP * h[HALF + k * DOWN - i] / sum * x[i / UP];
        ck_assert_double_eq_tol(got[k], want, 1e-12);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("filter");
    TCase *t = tcase_create("filter");

    tcase_add_loop_test(t, filters_agree_with_scipy, 0, 4);
    tcase_add_test(t, the_envelope_agrees_with_scipy);
    tcase_add_test(t, butterworth_has_half_power_at_its_edges_for_every_order);
    tcase_add_test(t, filtering_twice_moves_nothing_in_time);
    tcase_add_test(t, filters_that_do_not_fit_are_refused);
    tcase_add_test(t, detrending_agrees_with_scipy);
    tcase_add_test(t, what_regressors_span_is_removed_and_nothing_else);
    tcase_add_test(t, haemodynamic_responses_agree_with_nilearn);
    tcase_add_test(t, convolution_answers_an_impulse_with_the_response);
    tcase_add_test(t, one_causal_pass_of_the_design_agrees_with_scipy);
    tcase_add_loop_test(t, preparation_agrees_with_scipy, 0,
                        (int)(sizeof steps / sizeof *steps));
    tcase_add_test(t, polyphase_is_zeros_between_a_low_pass_and_every_kth_sample);
    tcase_add_test(t, lanczos_of_both_signs_agrees_with_huthlab);
    tcase_add_loop_test(t, delays_agree_with_huthlab, 0, 3);
    tcase_add_test(t, lanczos_agrees_with_huthlab);
    suite_add_tcase(s, t);
    return test_main(s);
}
