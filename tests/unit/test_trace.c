/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/helpers.h"

#include "pipeline/trace.h"
#include "signal/hrf.h"
#include "signal/lanczos.h"

static const struct ana_axis frequency = {
    .size = sizeof frequency, .kind = ANA_AXIS_FREQUENCY, .name = "frequency"};

static struct ana_layer layer_of(double rate, int64_t units)
{
    return (struct ana_layer){.size = sizeof(struct ana_layer),
                              .timing = ANA_TIMING_RATE,
                              .ndim = 1,
                              .id = "l",
                              .branch = "",
                              .rate = rate,
                              .shape = {units}};
}

static double value(const struct ana_trace *t, int64_t row, int64_t f)
{
    return (double)((const float *)t->x.data)[row * t->features + f];
}

static const char *const ids[] = {"a", "b"};

/* Created and ready to be filled. */
static int open_trace(struct ana_ctx *ctx, const struct ana_layer *layer, int64_t number,
                      int32_t reduce, int64_t n, const struct ana_stretch *stretch,
                      double rate, struct ana_trace **out)
{
    int rc = ana_trace_create(ctx, layer, number, reduce, n, stretch, rate, NULL, out);

    return rc ? rc : ana_trace_begin(ctx, *out);
}

/* Samples centred outside the stimulus (padding, filter tails) do not count. */
START_TEST(a_time_mean_uses_samples_centred_inside_the_stimulus)
{
    const struct ana_layer layer = layer_of(10, 1);
    const float samples[] = {100, 1, 2, 3, 100, 100};
    struct ana_ctx *ctx = test_ctx();
    struct ana_trace *t = NULL;

    ck_assert_int_eq(open_trace(ctx, &layer, 0, ANA_REDUCE_TIME, 1, NULL, 0, &t), 0);
    ck_assert_int_eq(ana_trace_add(ctx, t, 0, -0.1, 0.3, 6, samples), 0);
    ck_assert_int_eq(ana_trace_finish(ctx, t, ids), 0);
    ck_assert_double_eq_tol(value(t, 0, 0), 2, 1e-6);
    ana_trace_destroy(ctx, t);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(pieces_in_any_size_give_the_same_mean)
{
    const struct ana_layer layer = layer_of(100, 3);
    struct ana_ctx *ctx = test_ctx();
    struct ana_trace *whole = NULL, *pieces = NULL;
    float samples[300];

    for (int i = 0; i < 300; i++)
        samples[i] = (float)sin(i);
    open_trace(ctx, &layer, 0, ANA_REDUCE_TIME, 1, NULL, 0, &whole);
    open_trace(ctx, &layer, 0, ANA_REDUCE_TIME, 1, NULL, 0, &pieces);
    ana_trace_add(ctx, whole, 0, 0, 1, 100, samples);
    for (int64_t at = 0, n = 1; at<100; at += n, n = at + n> 100 ? 100 - at : n + 1)
        ana_trace_add(ctx, pieces, 0, (double)at / 100, 1, n, samples + 3 * at);
    ana_trace_finish(ctx, whole, ids);
    ana_trace_finish(ctx, pieces, ids);
    for (int64_t f = 0; f < 3; f++)
        ck_assert_double_eq(value(whole, 0, f), value(pieces, 0, f));
    ana_trace_destroy(ctx, whole);
    ana_trace_destroy(ctx, pieces);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(pooling_over_frequency_averages_that_axis_only)
{
    struct ana_layer layer = layer_of(0, 0);
    const float samples[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}; /* 2 x 3 x 2 */
    struct ana_ctx *ctx = test_ctx();
    struct ana_trace *t = NULL;

    layer.timing = ANA_TIMING_ITEM;
    layer.ndim = 3;
    layer.shape[0] = 2;
    layer.shape[1] = 3;
    layer.shape[2] = 2;
    layer.axes[1] = &frequency;
    ck_assert_int_eq(
        open_trace(ctx, &layer, 0, ANA_REDUCE_TIME_FREQUENCY, 1, NULL, 0, &t), 0);
    ck_assert_int_eq(t->features, 4);
    ana_trace_add(ctx, t, 0, 0, 1, 1, samples);
    ana_trace_finish(ctx, t, ids);
    ck_assert_double_eq_tol(value(t, 0, 0), 3, 1e-6);
    ck_assert_double_eq_tol(value(t, 0, 1), 4, 1e-6);
    ck_assert_double_eq_tol(value(t, 0, 2), 9, 1e-6);
    ck_assert_double_eq_tol(value(t, 0, 3), 10, 1e-6);
    ana_trace_destroy(ctx, t);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_layer_without_frequency_refuses_to_pool_over_it)
{
    const struct ana_layer layer = layer_of(10, 4);
    struct ana_ctx *ctx = test_ctx();
    struct ana_trace *t = NULL;

    ck_assert_int_eq(
        open_trace(ctx, &layer, 0, ANA_REDUCE_TIME_FREQUENCY, 1, NULL, 0, &t),
        ANA_EPARAM);
    ck_assert_str_eq(ana_error(ctx),
                     "layer l has no frequency axis to average over; use `pool = time`");
    ana_trace_destroy(ctx, t);
    ana_ctx_destroy(ctx);
}
END_TEST

/* 40 samples at 40 Hz onto a 10 Hz clock that starts 0.2 s before the onset: every bin is
 * the mean of the four samples around it, bins without samples are 0. */
START_TEST(a_fast_layer_is_averaged_in_each_bin_of_the_clock)
{
    const struct ana_layer layer = layer_of(40, 1);
    const struct ana_stretch stretch = {-2, 14, 0};
    struct ana_ctx *ctx = test_ctx();
    struct ana_trace *t = NULL;
    float samples[40];

    for (int i = 0; i < 40; i++)
        samples[i] = (float)i;
    open_trace(ctx, &layer, 0, ANA_REDUCE_NONE, 1, &stretch, 10, &t);
    ana_trace_add(ctx, t, 0, 0.0125, 1, 40, samples);
    ana_trace_finish(ctx, t, ids);
    for (int64_t k = 0; k < 14; k++) {
        double sum = 0;
        int n = 0;

        for (int i = 0; i < 40; i++) {
            const double at = 0.0125 + i / 40.0, bin = (double)(k - 2) / 10;

            if (at >= bin - 0.05 && at < bin + 0.05) {
                sum += i;
                n++;
            }
        }
        ck_assert_double_eq_tol(value(t, k, 0), n ? sum / n : 0, 1e-5);
    }
    ana_trace_destroy(ctx, t);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_slow_layer_is_interpolated_between_its_samples)
{
    const struct ana_layer layer = layer_of(5, 1);
    const struct ana_stretch stretch[] = {{0, 20, 0}, {0, 20, 0.05}};
    const float samples[] = {0, 10, 20, 30, 40};
    struct ana_ctx *ctx = test_ctx();
    struct ana_trace *t = NULL;

    open_trace(ctx, &layer, 0, ANA_REDUCE_NONE, 2, stretch, 20, &t);
    ana_trace_add(ctx, t, 0, 0.1, 1, 2, samples);
    ana_trace_add(ctx, t, 0, 0.5, 1, 3, samples + 2);
    ana_trace_add(ctx, t, 1, 0.1, 1, 5, samples);
    ana_trace_finish(ctx, t, ids);
    for (int64_t k = 2; k < 18; k++)
        ck_assert_double_eq_tol(value(t, k, 0), ((double)k / 20 - 0.1) * 50, 1e-4);
    for (int64_t k = 1; k < 17; k++)
        ck_assert_double_eq_tol(value(t, 20 + k, 0), ((double)k / 20 - 0.05) * 50, 1e-4);
    ana_trace_destroy(ctx, t);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_stimulus_without_samples_is_named)
{
    const struct ana_layer layer = layer_of(10, 1);
    struct ana_ctx *ctx = test_ctx();
    struct ana_trace *t = NULL;
    const float one = 1;

    open_trace(ctx, &layer, 0, ANA_REDUCE_TIME, 2, NULL, 0, &t);
    ana_trace_add(ctx, t, 0, 0, 1, 1, &one);
    ck_assert_int_eq(ana_trace_finish(ctx, t, ids), ANA_EDATA);
    ck_assert_str_eq(ana_error(ctx),
                     "layer l gave no sample inside stimulus b; it may be too "
                     "short for the model: leave it out, or take `layers` before this "
                     "one");
    ana_trace_destroy(ctx, t);
    ana_ctx_destroy(ctx);
}
END_TEST

enum { SAMPLES = 400, SCANS = 45 };

static void fill_samples(float *x)
{
    for (int i = 0; i < 2 * SAMPLES; i++)
        x[i] = (float)sin(i * i * .37) + (i % 2);
}

/* The twin convolves at the layer's own rate and takes what stands at the scans. */
START_TEST(a_response_through_the_clock_is_the_convolution_at_the_scans)
{
    const struct ana_layer layer = layer_of(5, 2);
    const struct ana_stretch stretch = {-3, SCANS, 1.4};
    const struct ana_kernel glover = {.kind = ANA_KERNEL_GLOVER};
    struct ana_ctx *ctx = test_ctx();
    struct ana_trace *t = NULL;
    float x[2 * SAMPLES], want[2 * SAMPLES];

    fill_samples(x);
    memcpy(want, x, sizeof want);
    ck_assert_int_eq(ana_hrf_convolve(ctx, ANA_HRF_GLOVER, 5, SAMPLES, 2, want), 0);
    ck_assert_int_eq(
        ana_trace_create(ctx, &layer, 0, ANA_REDUCE_NONE, 1, &stretch, .5, &glover, &t),
        0);
    ck_assert_int_eq(ana_trace_begin(ctx, t), 0);
    ana_trace_add(ctx, t, 0, 0, 80, 150, x);
    ana_trace_add(ctx, t, 0, 30, 80, SAMPLES - 150, x + 300);
    ck_assert_int_eq(ana_trace_finish(ctx, t, ids), 0);
    for (int k = 0; k < SCANS; k++)
        for (int f = 0; f < 2; f++) {
            const int at = (int)lround((1.4 + 2. * (k - 3)) * 5);

            if (at < SAMPLES)
                ck_assert_double_eq_tol(value(t, k, f),
                                        at < 0 ? 0 : (double)want[2 * at + f], 1e-6);
        }
    ana_trace_destroy(ctx, t);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Words at any times: the weights of signal/lanczos.h, which HuthLab's code is held to. */
START_TEST(words_come_onto_the_clock_as_lanczos_weighs_them)
{
    struct ana_layer layer = layer_of(0, 2);
    const struct ana_stretch stretch = {-2, SCANS, .25};
    const struct ana_kernel lanczos = {.kind = ANA_KERNEL_LANCZOS, .lobes = 3};
    struct ana_ctx *ctx = test_ctx();
    struct ana_trace *t = NULL;
    double old[SAMPLES], scan[SCANS], x64[2 * SAMPLES], want[2 * SCANS];
    float x[2 * SAMPLES];

    layer.timing = ANA_TIMING_TOKEN;
    fill_samples(x);
    for (int i = 0; i < SAMPLES; i++)
        old[i] = .3 * i + .1 * sin(i);
    for (int i = 0; i < 2 * SAMPLES; i++)
        x64[i] = (double)x[i];
    for (int k = 0; k < SCANS; k++)
        scan[k] = .25 + 2. * (k - 2);
    ana_lanczos(SAMPLES, old, 2, x64, .5, 3, SCANS, scan, want);
    ck_assert_int_eq(
        ana_trace_create(ctx, &layer, 0, ANA_REDUCE_NONE, 1, &stretch, .5, NULL, &t),
        ANA_EPARAM);
    ck_assert_str_eq(ana_error(ctx),
                     "layer l has a sample a word: say how words come onto the "
                     "recording's clock with `resample = lanczos 3` or `hrf = glover` in "
                     "[features]");
    ana_trace_destroy(ctx, t);
    ana_ctx_clear(ctx);
    ck_assert_int_eq(
        ana_trace_create(ctx, &layer, 0, ANA_REDUCE_NONE, 1, &stretch, .5, &lanczos, &t),
        0);
    ck_assert_int_eq(ana_trace_begin(ctx, t), 0);
    for (int i = 0; i < SAMPLES; i++)
        ana_trace_add(ctx, t, 0, old[i], 120, 1, x + 2L * i);
    ck_assert_int_eq(ana_trace_finish(ctx, t, ids), 0);
    for (int k = 0; k < SCANS; k++)
        for (int f = 0; f < 2; f++)
            ck_assert_double_eq_tol(value(t, k, f), want[2 * k + f], 1e-5);
    ana_trace_destroy(ctx, t);
    ana_ctx_destroy(ctx);
}
END_TEST

/* A layer with a rate keeps its level, faster or slower than the clock. */
START_TEST(a_kernel_keeps_what_is_constant)
{
    static const double rates[] = {20, 2, .3};
    const struct ana_stretch stretch = {0, 40, 20};
    struct ana_ctx *ctx = test_ctx();
    float one[2000];

    for (int i = 0; i < 2000; i++)
        one[i] = 1;
    for (int32_t kind = ANA_KERNEL_LANCZOS; kind <= ANA_KERNEL_SPM; kind++)
        for (int r = 0; r < 3; r++) {
            const struct ana_layer layer = layer_of(rates[r], 1);
            const struct ana_kernel kernel = {.kind = kind, .lobes = 3};
            const int64_t n = (int64_t)(100 * rates[r]);
            struct ana_trace *t = NULL;

            ck_assert_int_eq(ana_trace_create(ctx, &layer, 0, ANA_REDUCE_NONE, 1,
                                              &stretch, 1, &kernel, &t),
                             0);
            ck_assert_int_eq(ana_trace_begin(ctx, t), 0);
            ana_trace_add(ctx, t, 0, 0, 100, n, one);
            ck_assert_int_eq(ana_trace_finish(ctx, t, ids), 0);
            for (int k = 15; k < 40; k++)
                ck_assert_double_eq_tol(value(t, k, 0), 1,
                                        kind == 1 ? .02 : 1e-3 + .1 * (r == 2));
            ana_trace_destroy(ctx, t);
        }
    ana_ctx_destroy(ctx);
}
END_TEST

/* The matrix of a projection, column by column, from what it does to unit vectors. */
static void fill_matrix(const struct ana_project *p, int64_t units, int64_t n, float *R)
{
    float *x = calloc((size_t)units, sizeof *x);
    double *sums = malloc((size_t)n * sizeof *sums);

    for (int64_t f = 0; f < units; f++) {
        x[f] = 1;
        ana_project_apply(p, x, sums, R + f * n);
        x[f] = 0;
    }
    free(x);
    free(sums);
}

/* As project.h says: signs alike, one entry in sqrt F, lengths kept on average. */
START_TEST(a_projection_has_the_entries_that_its_definition_says)
{
    enum { UNITS = 900, N = 64 };
    struct ana_ctx *ctx = test_ctx();
    struct ana_project *p, *again, *other;
    float *R = malloc(UNITS * N * sizeof *R), *S = malloc(UNITS * N * sizeof *S);
    int64_t plus = 0, minus = 0;
    double squares = 0;

    ck_assert_int_eq(ana_project_create(ctx, UNITS, N, 3, &p), 0);
    ck_assert_int_eq(ana_project_create(ctx, UNITS, N, 3, &again), 0);
    ck_assert_int_eq(ana_project_create(ctx, UNITS, N, 4, &other), 0);
    fill_matrix(p, UNITS, N, R);
    for (int64_t i = 0; i < UNITS * N; i++) {
        if (R[i] != 0)
            ck_assert_double_eq_tol(fabs((double)R[i]), sqrt(30. / N), 1e-6);
        plus += R[i] > 0;
        minus += R[i] < 0;
        squares += (double)R[i] * (double)R[i];
    }
    /* 57600 cells / 30 = 1920 entries +- 43 */
    ck_assert_double_eq_tol((double)(plus + minus), 1920, 4 * 43);
    ck_assert_double_eq_tol((double)(plus - minus), 0, 4 * 44);
    ck_assert_double_eq_tol(squares / UNITS, 1, .1);
    fill_matrix(again, UNITS, N, S);
    ck_assert_mem_eq(R, S, UNITS * N * sizeof *R);
    fill_matrix(other, UNITS, N, S);
    ck_assert(memcmp(R, S, UNITS * N * sizeof *R) != 0);
    ana_project_destroy(ctx, p);
    ana_project_destroy(ctx, again);
    ana_project_destroy(ctx, other);
    ana_ctx_destroy(ctx);
    free(R);
    free(S);
}
END_TEST

/* Projecting is linear: the mean's projection, however the samples were averaged. */
START_TEST(a_projected_trace_is_the_projection_of_the_whole_one)
{
    static const struct ana_axis time = {
        .size = sizeof time, .kind = ANA_AXIS_FEATURE, .name = "channel"};
    enum { UNITS = 60, N = 7, T = 40 };
    const struct ana_stretch stretch = {0, 20, 0};
    const double clocks[] = {0, 5, 20};
    struct ana_ctx *ctx = test_ctx();
    float samples[T * UNITS];

    for (int i = 0; i < T * UNITS; i++)
        samples[i] = (float)sin(i * .7 + i % 13);
    for (int32_t reduce = ANA_REDUCE_NONE; reduce <= ANA_REDUCE_TIME_FREQUENCY; reduce++)
        for (int c = reduce == ANA_REDUCE_NONE ? 1 : 0;
             c < (reduce == ANA_REDUCE_NONE ? 3 : 1); c++) {
            struct ana_layer layer = layer_of(10, UNITS);
            struct ana_trace *whole = NULL, *narrow = NULL;
            struct ana_project *p;
            double sums[N];
            float want[N];

            layer.ndim = 2;
            layer.shape[0] = 20;
            layer.shape[1] = 3;
            layer.axes[0] = &time;
            layer.axes[1] = &frequency;
            ck_assert_int_eq(ana_trace_create(ctx, &layer, 2, reduce, 1, &stretch,
                                              clocks[c], NULL, &whole),
                             0);
            ck_assert_int_eq(ana_trace_create(ctx, &layer, 2, reduce, 1, &stretch,
                                              clocks[c], NULL, &narrow),
                             0);
            ana_trace_shrink(narrow, N, 0);
            ck_assert_int_eq(narrow->features, N);
            ck_assert_int_eq(ana_project_create(ctx, whole->features, N, 2, &p), 0);
            for (int k = 0; k < 2; k++) {
                struct ana_trace *t = k ? narrow : whole;

                ck_assert_int_eq(ana_trace_begin(ctx, t), 0);
                ck_assert_int_eq(ana_trace_add(ctx, t, 0, 0, 4, T / 2, samples), 0);
                ck_assert_int_eq(
                    ana_trace_add(ctx, t, 0, 2, 4, T / 2, samples + T / 2 * UNITS), 0);
                ck_assert_int_eq(ana_trace_finish(ctx, t, ids), 0);
            }
            ck_assert_int_eq(narrow->x.shape[0], whole->x.shape[0]);
            for (int64_t r = 0; r < whole->x.shape[0]; r++) {
                ana_project_apply(p, (float *)whole->x.data + r * whole->features, sums,
                                  want);
                for (int64_t f = 0; f < N; f++)
                    ck_assert_double_eq_tol(value(narrow, r, f), (double)want[f], 1e-5);
            }
            ana_project_destroy(ctx, p);
            ana_trace_destroy(ctx, whole);
            ana_trace_destroy(ctx, narrow);
        }
    ana_ctx_destroy(ctx);
}
END_TEST

struct taking {
    int64_t features, rows;
    float *x;
};

static int take_rows(struct ana_ctx *ctx, void *arg, int64_t row, int64_t n,
                     const float *x)
{
    struct taking *taking = arg;

    (void)ctx;
    taking->rows += n;
    memcpy(taking->x + row * taking->features, x,
           (size_t)(n * taking->features) * sizeof *x);
    return 0;
}

/* Rows leave as soon as no later sample can reach them, and are then the rows of a trace
 * in which all samples came before any row was finished. */
START_TEST(rows_that_leave_early_are_those_of_the_whole)
{
    enum { N = 2000, UNITS = 3, PIECES = 20 };
    static const struct ana_kernel kernels[] = {{.kind = ANA_KERNEL_NONE},
                                                {.kind = ANA_KERNEL_LANCZOS, .lobes = 3},
                                                {.kind = ANA_KERNEL_GLOVER}};
    static const double clocks[] = {3, 7.3, 20, 50};
    const struct ana_stretch stretch[] = {{-7, 0, .21}, {0, 2, 0}};
    const double start = .013;
    static float samples[N * UNITS];
    struct ana_ctx *ctx = test_ctx();

    for (int i = 0; i < N * UNITS; i++)
        samples[i] = (float)sin(i * .7 + i % 13);
    for (int c = 0; c < 12; c++) {
        const struct ana_layer layer = layer_of(20, UNITS);
        struct ana_stretch of[] = {stretch[0], stretch[1]};
        struct taking taking = {.features = UNITS};
        struct ana_trace *whole = NULL, *early = NULL;
        const double clock = clocks[c % 4];
        int64_t before_end, cells;

        of[0].n = llround(104 * clock);
        ana_trace_create(ctx, &layer, 0, ANA_REDUCE_NONE, 2, of, clock, &kernels[c / 4],
                         &whole);
        ana_trace_create(ctx, &layer, 0, ANA_REDUCE_NONE, 2, of, clock, &kernels[c / 4],
                         &early);
        cells = whole->offset[2] * UNITS;
        taking.x = calloc((size_t)cells, sizeof *taking.x);
        ana_trace_take(early, take_rows, &taking);
        ck_assert_int_eq(ana_trace_begin(ctx, whole), 0);
        ck_assert_int_eq(ana_trace_begin(ctx, early), 0);
        for (int64_t p = 0; p < PIECES; p++)
            for (int item = 0; item < 2; item++) {
                const int64_t from = p * N / PIECES, to = (p + 1) * N / PIECES;
                const double at = start + (double)from / 20;
                const float *x = samples + from * UNITS;

                ck_assert_int_eq(ana_trace_add(ctx, whole, item, at, 100, to - from, x),
                                 0);
                ck_assert_int_eq(ana_trace_pass(ctx, early, item, at), 0);
                ck_assert_int_eq(ana_trace_add(ctx, early, item, at, 100, to - from, x),
                                 0);
            }
        before_end = taking.rows;
        ck_assert_int_eq(ana_trace_finish(ctx, whole, ids), 0);
        ck_assert_int_eq(ana_trace_finish(ctx, early, ids), 0);
        ck_assert_int_gt(before_end, of[0].n / 2);
        ck_assert_int_le(taking.rows, whole->offset[2]);
        ck_assert_mem_eq(whole->x.data, taking.x, (size_t)cells * sizeof(float));
        free(taking.x);
        ana_trace_destroy(ctx, whole);
        ana_trace_destroy(ctx, early);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_sample_for_a_finished_row_is_refused)
{
    const struct ana_stretch stretch = {0, 100, 0};
    const double clocks[] = {10, 20};
    float samples[10] = {0};
    struct ana_ctx *ctx = test_ctx();

    for (int c = 0; c < 2; c++) {
        const struct ana_layer layer = layer_of(10, 1);
        struct ana_trace *t = NULL;

        ck_assert_int_eq(
            open_trace(ctx, &layer, 0, ANA_REDUCE_NONE, 1, &stretch, clocks[c], &t), 0);
        ck_assert_int_eq(ana_trace_add(ctx, t, 0, 0, 10, 10, samples), 0);
        ck_assert_int_eq(ana_trace_end(ctx, t, 0), 0);
        ck_assert_int_eq(ana_trace_add(ctx, t, 0, 1, 10, 10, samples), ANA_EPLUGIN);
        ck_assert_str_eq(ana_error(ctx), "layer l came out of order");
        ana_ctx_clear(ctx);
        ana_trace_destroy(ctx, t);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(float16_rounds_and_refuses_what_it_cannot_hold)
{
    const struct ana_layer layer = layer_of(10, 2);
    const float fits[] = {1.0002f, -65504}, beyond[] = {1, 70000};
    struct ana_ctx *ctx = test_ctx();
    struct ana_trace *t = NULL;

    ck_assert_int_eq(
        ana_trace_create(ctx, &layer, 0, ANA_REDUCE_TIME, 1, NULL, 0, NULL, &t), 0);
    ana_trace_shrink(t, 0, 1);
    ck_assert_int_eq(ana_trace_begin(ctx, t), 0);
    ana_trace_add(ctx, t, 0, 0, 1, 1, fits);
    ck_assert_int_eq(ana_trace_finish(ctx, t, ids), 0);
    ck_assert_double_eq(value(t, 0, 0), 1);
    ck_assert_double_eq(value(t, 0, 1), -65504);
    ana_tensor_finish(&t->x);
    ck_assert_int_eq(ana_trace_begin(ctx, t), 0);
    ana_trace_add(ctx, t, 0, 0, 1, 1, beyond);
    ck_assert_int_eq(ana_trace_finish(ctx, t, ids), ANA_ENUMERIC);
    ck_assert_str_eq(ana_error(ctx), "layer l: 70000 in row 0 is beyond float16 (65504); "
                                     "use `activations = float32`");
    ana_trace_destroy(ctx, t);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trace");
    TCase *all = tcase_create("all");

    tcase_add_test(all, a_time_mean_uses_samples_centred_inside_the_stimulus);
    tcase_add_test(all, pieces_in_any_size_give_the_same_mean);
    tcase_add_test(all, pooling_over_frequency_averages_that_axis_only);
    tcase_add_test(all, a_layer_without_frequency_refuses_to_pool_over_it);
    tcase_add_test(all, a_fast_layer_is_averaged_in_each_bin_of_the_clock);
    tcase_add_test(all, a_slow_layer_is_interpolated_between_its_samples);
    tcase_add_test(all, a_stimulus_without_samples_is_named);
    tcase_add_test(all, a_response_through_the_clock_is_the_convolution_at_the_scans);
    tcase_add_test(all, words_come_onto_the_clock_as_lanczos_weighs_them);
    tcase_add_test(all, a_kernel_keeps_what_is_constant);
    tcase_add_test(all, a_projection_has_the_entries_that_its_definition_says);
    tcase_add_test(all, a_projected_trace_is_the_projection_of_the_whole_one);
    tcase_add_test(all, rows_that_leave_early_are_those_of_the_whole);
    tcase_add_test(all, a_sample_for_a_finished_row_is_refused);
    tcase_add_test(all, float16_rounds_and_refuses_what_it_cannot_hold);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
