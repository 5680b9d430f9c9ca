/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Long sounds in windows: the grid, and that windows give what the whole gives where the
 * mathematics says so.
 */
#include <check.h>

#include "pipeline/windows.h"
#include "tests/unit/helpers.h"
#include "tests/unit/wav.h"

enum { RATE = 1000, HOP = 100, SECONDS = 7, N = SECONDS * RATE + 37 };

START_TEST(windows_that_fit_start_on_the_grid)
{
    const struct ana_windows w = {.high = 197, .length = 76, .stride = 8, .align = 1};
    int64_t first, end, k = 0;

    while (ana_window_at(&w, k, &first, &end)) {
        ck_assert_int_eq(first, 8 * k);
        ck_assert_int_eq(end, first + 76);
        k++;
    }
    ck_assert_int_eq(k, (197 - 76) / 8 + 1);
}
END_TEST

START_TEST(what_is_shorter_than_a_window_is_shown_whole)
{
    const struct ana_windows w = {.high = 50, .length = 76, .stride = 8, .align = 1};
    int64_t first, end;

    ck_assert(ana_window_at(&w, 0, &first, &end));
    ck_assert_int_eq(first, 0);
    ck_assert_int_eq(end, 50);
    ck_assert(!ana_window_at(&w, 1, &first, &end));
}
END_TEST

START_TEST(causal_windows_grow_until_they_are_full)
{
    const struct ana_windows w = {
        .high = 100, .length = 30, .stride = 10, .keep = ANA_KEEP_LAST, .align = 1};
    int64_t first, end;

    for (int64_t k = 0; k < 10; k++) {
        ck_assert(ana_window_at(&w, k, &first, &end));
        ck_assert_int_eq(end, 10 * (k + 1));
        ck_assert_int_eq(first, end > 30 ? end - 30 : 0);
    }
    ck_assert(!ana_window_at(&w, 10, &first, &end));
}
END_TEST

START_TEST(silence_before_the_onset_moves_no_window)
{
    const struct ana_windows w = {.low = -25,
                                  .high = 100,
                                  .length = 30,
                                  .stride = 10,
                                  .keep = ANA_KEEP_LAST,
                                  .align = 1};
    int64_t first, end;

    ck_assert(ana_window_at(&w, 0, &first, &end));
    ck_assert_int_eq(end, -20);
    ck_assert_int_eq(first, -25);
}
END_TEST

/* Every moment counts in one window, the one in which it is farthest from the ends. */
START_TEST(centred_windows_take_each_moment_once)
{
    const struct ana_windows w = {
        .high = 107, .length = 30, .stride = 20, .keep = ANA_KEEP_CENTRE, .align = 5};
    double from, to, last = -1;
    int64_t first, end, k = 0, reached = 0;

    for (; ana_window_at(&w, k, &first, &end); k++) {
        reached = end;
        ana_window_kept(&w, k, &from, &to);
        if (k > 0)
            ck_assert_double_eq(from, last);
        else
            ck_assert(isinf(from));
        ck_assert_int_eq(first % 5, 0);
        last = to;
    }
    ck_assert_int_eq(k, 5);
    ck_assert(isinf(last));
    ck_assert_int_eq(reached, 107);
}
END_TEST

/* A model whose sample i at 10 Hz is the mean of what it sees around sound sample
 * 100 (i + 1): `before` samples before it and `after` behind it, zeros outside. */
struct fake {
    int64_t before, after, longest, calls, refuses;
    int64_t
        forgets; /* 1 = the first half of all but the first item is the second again */
};

static int fake_cost(struct ana_ctx *ctx, void *self, const struct ana_batch *batch,
                     const uint8_t *wanted, struct ana_model_cost *cost)
{
    (void)ctx, (void)self, (void)batch, (void)wanted;
    cost->flops = 0;
    return 0;
}

/* Items last to first, each in two pieces: the sink has to bring order into it. */
static int fake_forward(struct ana_ctx *ctx, void *arg, const struct ana_batch *batch,
                        const uint8_t *wanted, struct ana_sink *sink)
{
    struct fake *fake = arg;
    int rc = 0;

    (void)wanted;
    fake->calls++;
    if (fake->refuses)
        return ana_fail(ctx, ANA_EDATA, "too loud");
    for (int64_t i = batch->n - 1; rc == 0 && i >= 0; i--) {
        const struct ana_tensor *data = &batch->item[i].data;
        const float *x = data->data;
        const int64_t n = data->shape[0] / HOP;
        float *y = calloc((size_t)n + 1, sizeof *y);
        struct ana_tensor piece;

        fake->longest = data->shape[0] > fake->longest ? data->shape[0] : fake->longest;
        for (int64_t t = 0; t < n; t++) {
            double sum = 0;

            for (int64_t s = HOP * (t + 1) - fake->before;
                 s < HOP * (t + 1) + fake->after; s++)
                sum += s >= 0 && s < data->shape[0] ? (double)x[s] : 0;
            y[t] = (float)(sum / (double)(fake->before + fake->after));
        }
        ana_tensor_view(ANA_F32, 2, (const int64_t[]){n - n / 2, 1}, y + n / 2, &piece);
        rc = ana_sink_emit(ctx, sink, i, 0, n / 2, &piece);
        ana_tensor_view(ANA_F32, 2, (const int64_t[]){n / 2, 1}, y, &piece);
        if (rc == 0 && !(fake->forgets && i > 0))
            rc = ana_sink_emit(ctx, sink, i, 0, 0, &piece);
        if (rc == 0 && fake->forgets && i > 0)
            rc = ana_sink_emit(ctx, sink, i, 0, n / 2, &piece);
        free(y);
    }
    return rc;
}

static const struct ana_model_vt fake_table = {
    .size = sizeof fake_table, .cost = fake_cost, .forward = fake_forward};

/* A sound of N samples of noise, 16 bit. */
static void write_wav(struct ana_ctx *ctx, const char *path)
{
    FILE *file = test_wav_begin(path, RATE, N);
    struct ana_rng rng;

    ana_rng_init(ctx, "wav", 0, &rng);
    for (int i = 0; i < N; i++) {
        const int16_t value = (int16_t)(8000 * ana_rng_normal(&rng) / 3);

        fwrite(&value, sizeof value, 1, file);
    }
    fclose(file);
}

struct scene {
    struct ana_ctx *ctx;
    struct ana_stimuli *stimuli;
    struct fake fake;
    struct ana_layer layer, windowed;
    struct ana_study_model study;
    struct ana_opened_model model;
};

static void set_scene(struct scene *s, int64_t before, int64_t after)
{
    char folder[256], path[512];
    const char *paths[] = {path};

    memset(s, 0, sizeof *s);
    s->ctx = test_ctx();
    test_folder(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/noise.wav", folder);
    write_wav(s->ctx, path);
    ck_assert_int_eq(ana_stimuli_create(s->ctx, 1, paths, 0, NULL, 0, NULL, &s->stimuli),
                     0);
    s->fake = (struct fake){before, after, 0, 0, 0};
    s->layer = (struct ana_layer){.size = sizeof s->layer,
                                  .timing = ANA_TIMING_RATE,
                                  .ndim = 1,
                                  .id = "mean",
                                  .branch = "",
                                  .rate = RATE / HOP,
                                  .start = (double)HOP / RATE,
                                  .shape = {1}};
    s->study = (struct ana_study_model){.name = "fake", .scale = 1, .twin_of = -1};
    s->model = (struct ana_opened_model){
        .study = &s->study, .vt = &fake_table, .self = &s->fake, .own = &s->layer};
    s->model.info = (struct ana_model_info){.size = sizeof s->model.info,
                                            .input = ANA_INPUT_AUDIO,
                                            .input_rate = RATE,
                                            .hop = (double)HOP / RATE,
                                            .n_layers = 1,
                                            .layers = &s->layer};
}

static void clear_scene(struct scene *s)
{
    ana_stimuli_destroy(s->ctx, s->stimuli);
    ana_ctx_destroy(s->ctx);
}

static void set_window(struct scene *s, int64_t window, int64_t stride, int32_t keep)
{
    s->study.window = (struct ana_window){.given = 1, .keep = keep};
    s->model.window = window;
    s->model.stride = (double)stride;
    s->windowed = s->layer;
    if (keep == ANA_KEEP_LAST) {
        s->windowed.rate = RATE / (double)stride;
        s->windowed.start = 0;
        s->model.info.layers = &s->windowed;
    }
}

/* The trace of the one layer on a 10 Hz clock from its first sample on, or pooled. */
static struct ana_trace *run(struct scene *s, int pooled)
{
    static const struct ana_stretch stretch = {0, SECONDS * RATE / HOP,
                                               (double)HOP / RATE};
    static const int64_t items[] = {0};
    const char *ids[] = {"noise"};
    struct ana_trace *trace;

    ck_assert_int_eq(ana_trace_create(s->ctx, &s->model.info.layers[0], 0,
                                      pooled ? ANA_REDUCE_TIME : ANA_REDUCE_NONE, 1,
                                      pooled ? NULL : &stretch, pooled ? 0 : RATE / HOP,
                                      NULL, &trace),
                     0);
    ck_assert_int_eq(ana_trace_begin(s->ctx, trace), 0);
    ck_assert_msg(ana_model_run(s->ctx, &s->model, s->stimuli, 1, items, 1, &trace) == 0,
                  "%s", ana_error(s->ctx));
    ck_assert_int_eq(ana_trace_finish(s->ctx, trace, ids), 0);
    return trace;
}

static void same(const struct ana_trace *a, const struct ana_trace *b)
{
    for (int64_t t = 0; t < SECONDS * RATE / HOP; t++)
        ck_assert_double_eq_tol((double)((float *)a->x.data)[t],
                                (double)((float *)b->x.data)[t], 1e-6);
}

/* A model that looks back no further than the window is the same in windows, from the
 * first moment on. */
START_TEST(causal_windows_equal_the_whole)
{
    struct ana_trace *whole, *windows;
    struct scene s;

    set_scene(&s, 900, 0);
    whole = run(&s, 0);
    ck_assert(s.fake.longest >= N);
    s.fake.longest = 0;
    set_window(&s, 1000, HOP, ANA_KEEP_LAST);
    windows = run(&s, 0);
    ck_assert_int_eq(s.fake.longest,
                     1000); /* what is shown does not grow with the sound */
    same(windows, whole);
    ana_trace_destroy(s.ctx, whole);
    ana_trace_destroy(s.ctx, windows);
    clear_scene(&s);
}
END_TEST

/* And one that looks further back is not: windows are no chunks. */
START_TEST(causal_windows_forget_what_lies_before_them)
{
    struct ana_trace *whole, *windows;
    double difference = 0;
    struct scene s;

    set_scene(&s, 2000, 0);
    whole = run(&s, 0);
    set_window(&s, 1000, HOP, ANA_KEEP_LAST);
    windows = run(&s, 0);
    for (int64_t t = 0; t < SECONDS * RATE / HOP; t++)
        difference += fabs((double)((float *)windows->x.data)[t] -
                           (double)((float *)whole->x.data)[t]);
    ck_assert(difference > 0.01);
    ana_trace_destroy(s.ctx, whole);
    ana_trace_destroy(s.ctx, windows);
    clear_scene(&s);
}
END_TEST

START_TEST(centred_windows_with_enough_overlap_equal_the_whole)
{
    struct ana_trace *whole, *windows;
    struct scene s;

    set_scene(&s, 250, 250);
    whole = run(&s, 0);
    s.fake.longest = 0;
    set_window(&s, 2000, 1400, ANA_KEEP_CENTRE);
    windows = run(&s, 0);
    ck_assert_int_eq(s.fake.longest, 2000);
    same(windows, whole);
    ana_trace_destroy(s.ctx, whole);
    ana_trace_destroy(s.ctx, windows);
    clear_scene(&s);
}
END_TEST

/* The mean over time of all windows' samples, against two loops. */
START_TEST(a_mean_over_windows_is_the_mean_of_all_their_samples)
{
    enum { L = 1000, S = 300 };
    static float x[N];
    struct ana_trace *pooled;
    struct scene s;
    double sum = 0;
    int64_t n = 0;

    set_scene(&s, 150, 150);
    ck_assert_int_eq(ana_stimulus_audio(s.ctx, &s.stimuli->item[0], RATE, 0, N, x), 0);
    for (int64_t a = 0; a + L <= N; a += S)
        for (int64_t t = 0; t < L / HOP; t++, n++)
            for (int64_t k = HOP * (t + 1) - 150; k < HOP * (t + 1) + 150; k++)
                sum += k >= 0 && k < L ? (double)x[a + k] / 300 : 0;
    set_window(&s, L, S, ANA_KEEP_ALL);
    pooled = run(&s, 1);
    ck_assert_int_eq(pooled->x.shape[0], 1);
    ck_assert_double_eq_tol((double)((float *)pooled->x.data)[0], sum / (double)n, 1e-6);
    ana_trace_destroy(s.ctx, pooled);
    clear_scene(&s);
}
END_TEST

/* Clips of 7 s go two a call where the model gains by it; what comes out is the same. */
START_TEST(short_clips_are_shown_together_and_come_out_alone)
{
    static const int64_t items[] = {0, 0, 0, 0, 0};
    static const char *const ids[] = {"a", "b", "c", "d", "e"};
    static const int64_t calls[] = {5, 3};
    struct ana_trace *trace[2];
    struct scene s;

    set_scene(&s, 250, 250);
    for (int together = 0; together < 2; together++) {
        s.fake.calls = 0;
        s.model.info.flags = together ? ANA_MODEL_TOGETHER : 0;
        ck_assert_int_eq(ana_trace_create(s.ctx, &s.layer, 0, ANA_REDUCE_TIME, 5, NULL, 0,
                                          NULL, &trace[together]),
                         0);
        ck_assert_int_eq(ana_trace_begin(s.ctx, trace[together]), 0);
        ck_assert_int_eq(
            ana_model_run(s.ctx, &s.model, s.stimuli, 5, items, 1, &trace[together]), 0);
        ck_assert_int_eq(s.fake.calls, calls[together]);
        ck_assert_int_eq(ana_trace_finish(s.ctx, trace[together], ids), 0);
    }
    ck_assert_mem_eq(trace[0]->x.data, trace[1]->x.data, 5 * sizeof(float));
    s.fake.refuses = 1;
    ck_assert_int_eq(ana_trace_begin(s.ctx, trace[1]), 0);
    ck_assert_int_eq(ana_model_run(s.ctx, &s.model, s.stimuli, 5, items, 1, &trace[1]),
                     ANA_EDATA);
    ck_assert_str_eq(ana_error(s.ctx), "model fake, stimulus noise: too loud");
    for (int i = 0; i < 2; i++)
        ana_trace_destroy(s.ctx, trace[i]);
    clear_scene(&s);
}
END_TEST

/* What a call leaves out or gives twice of one clip is missed, though every clip alone is
 * whole: the mean over time of such a clip would be wrong and look right. */
START_TEST(every_clip_of_a_call_is_whole)
{
    static const int64_t items[] = {0, 0};
    struct ana_trace *trace;
    struct scene s;

    set_scene(&s, 250, 250);
    s.model.info.flags = ANA_MODEL_TOGETHER;
    s.fake.forgets = 1;
    ck_assert_int_eq(
        ana_trace_create(s.ctx, &s.layer, 0, ANA_REDUCE_TIME, 2, NULL, 0, NULL, &trace),
        0);
    ck_assert_int_eq(ana_trace_begin(s.ctx, trace), 0);
    ck_assert_int_eq(ana_model_run(s.ctx, &s.model, s.stimuli, 2, items, 1, &trace),
                     ANA_EPLUGIN);
    ck_assert_ptr_nonnull(strstr(ana_error(s.ctx), "each may be emitted once"));
    ana_trace_destroy(s.ctx, trace);
    clear_scene(&s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("windows");
    TCase *all = tcase_create("all");

    tcase_add_test(all, every_clip_of_a_call_is_whole);
    tcase_add_test(all, windows_that_fit_start_on_the_grid);
    tcase_add_test(all, what_is_shorter_than_a_window_is_shown_whole);
    tcase_add_test(all, causal_windows_grow_until_they_are_full);
    tcase_add_test(all, silence_before_the_onset_moves_no_window);
    tcase_add_test(all, centred_windows_take_each_moment_once);
    tcase_add_test(all, causal_windows_equal_the_whole);
    tcase_add_test(all, causal_windows_forget_what_lies_before_them);
    tcase_add_test(all, centred_windows_with_enough_overlap_equal_the_whole);
    tcase_add_test(all, a_mean_over_windows_is_the_mean_of_all_their_samples);
    tcase_add_test(all, short_clips_are_shown_together_and_come_out_alone);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
