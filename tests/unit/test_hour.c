/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What is held of a model's layers while it is shown a sound grows with what one pass
 * shows and not with the sound; what comes out is what comes out where all is held.
 */
#include "tests/unit/helpers.h"
#include "tests/unit/wav.h"

#include "pipeline/activations.h"
#include "pipeline/effort.h"
#include "pipeline/trace_fill.h"

enum { RATE = 1000, HOP = 20, UNITS = 100, SMALL = 4096 };

/* Frame t at 50 Hz, unit u: the sound's sample 20 t by a number of the unit's. */
static int line_cost(struct ana_ctx *ctx, void *self, const struct ana_batch *batch,
                     const uint8_t *wanted, struct ana_model_cost *cost)
{
    (void)ctx, (void)self, (void)wanted;
    cost->bytes = 0;
    for (int64_t i = 0; i < batch->n; i++) {
        const int64_t n = batch->item[i].data.shape[0] / HOP;

        cost->bytes += n * UNITS * (int64_t)sizeof(float);
        cost->flops += (double)(n * UNITS);
    }
    return 0;
}

static int line_forward(struct ana_ctx *ctx, void *self, const struct ana_batch *batch,
                        const uint8_t *wanted, struct ana_sink *sink)
{
    int rc = 0;

    (void)self, (void)wanted;
    for (int64_t i = 0; rc == 0 && i < batch->n; i++) {
        const float *x = batch->item[i].data.data;
        const int64_t n = batch->item[i].data.shape[0] / HOP;
        float *y = ana_alloc(ctx, n * UNITS, sizeof *y);
        struct ana_tensor frames;

        if (!y)
            return ANA_ERESOURCE;
        for (int64_t t = 0; t < n; t++)
            for (int64_t u = 0; u < UNITS; u++)
                y[t * UNITS + u] = x[t * HOP] * (float)(u % 7 + 1) + (float)u / 100;
        ana_tensor_view(ANA_F32, 2, (const int64_t[]){n, UNITS}, y, &frames);
        rc = ana_sink_emit(ctx, sink, i, 0, 0, &frames);
        ana_free(ctx, y);
    }
    return rc;
}

/* Frame t of another model's: the mean of its units. self: NULL, or the only number of
 * frames that it takes. */
static int mean_cost(struct ana_ctx *ctx, void *self, const struct ana_batch *batch,
                     const uint8_t *wanted, struct ana_model_cost *cost)
{
    (void)ctx, (void)self, (void)wanted;
    cost->bytes = 0;
    for (int64_t i = 0; i < batch->n; i++) {
        cost->bytes += batch->item[i].data.shape[0] * (int64_t)sizeof(float);
        cost->flops += (double)ana_tensor_count(&batch->item[i].data);
    }
    return 0;
}

static int mean_forward(struct ana_ctx *ctx, void *self, const struct ana_batch *batch,
                        const uint8_t *wanted, struct ana_sink *sink)
{
    int rc = 0;

    (void)wanted;
    for (int64_t i = 0; rc == 0 && i < batch->n; i++) {
        const struct ana_tensor *x = &batch->item[i].data;
        float *y = ana_alloc(ctx, x->shape[0], sizeof *y);
        struct ana_tensor frames;

        ck_assert(!self || x->shape[0] == *(int64_t *)self);
        if (!y)
            return ANA_ERESOURCE;
        for (int64_t t = 0; t < x->shape[0]; t++)
            for (int64_t u = 0; u < x->shape[1]; u++)
                y[t] += ((const float *)x->data)[t * x->shape[1] + u] / UNITS;
        ana_tensor_view(ANA_F32, 2, (const int64_t[]){x->shape[0], 1}, y, &frames);
        rc = ana_sink_emit(ctx, sink, i, 0, 0, &frames);
        ana_free(ctx, y);
    }
    return rc;
}

static const struct ana_model_vt mean_table = {
    .size = sizeof mean_table, .cost = mean_cost, .forward = mean_forward};

static const struct ana_model_vt line_table = {
    .size = sizeof line_table, .cost = line_cost, .forward = line_forward};

static void write_wav(const char *path, int64_t seconds)
{
    const uint32_t n = (uint32_t)(seconds * RATE);
    FILE *file = test_wav_begin(path, RATE, n);
    uint32_t state = 1;

    for (uint32_t i = 0; i < n; i++) {
        const int16_t value = (int16_t)((state = state * 1664525u + 1013904223u) >> 16);

        fwrite(&value, sizeof value, 1, file);
    }
    fclose(file);
}

/* One way in which a sound is shown and a layer kept. */
struct way {
    const char *name;
    double window, stride; /* s; 0 = in chunks of the whole */
    int32_t keep, reduce;
    double clock; /* Hz */
    int64_t project;
    int32_t kernel, half;
};

static const struct way ways[] = {
    {"chunks", 0, 0, 0, ANA_REDUCE_NONE, 10, 0, ANA_KERNEL_NONE, 0},
    {"chunks, pooled", 0, 0, 0, ANA_REDUCE_TIME, 0, 0, ANA_KERNEL_NONE, 0},
    {"chunks, interpolated", 0, 0, 0, ANA_REDUCE_NONE, 80, 0, ANA_KERNEL_NONE, 0},
    {"centred windows", 4, 3, ANA_KEEP_CENTRE, ANA_REDUCE_NONE, 10, 0, ANA_KERNEL_NONE,
     0},
    {"centred windows, float16", 4, 3, ANA_KEEP_CENTRE, ANA_REDUCE_NONE, 10, 0,
     ANA_KERNEL_NONE, 1},
    {"centred windows, projected", 4, 3, ANA_KEEP_CENTRE, ANA_REDUCE_NONE, 10, 50,
     ANA_KERNEL_NONE, 0},
    {"causal windows", 4, .25, ANA_KEEP_LAST, ANA_REDUCE_NONE, 4, 0, ANA_KERNEL_NONE, 0},
    {"causal windows, interpolated", 4, .25, ANA_KEEP_LAST, ANA_REDUCE_NONE, 10, 0,
     ANA_KERNEL_NONE, 0},
    {"causal windows, Lanczos", 4, .25, ANA_KEEP_LAST, ANA_REDUCE_NONE, 2, 0,
     ANA_KERNEL_LANCZOS, 0},
    {"centred windows, a response", 4, 3, ANA_KEEP_CENTRE, ANA_REDUCE_NONE, 5, 0,
     ANA_KERNEL_GLOVER, 1},
    {"all windows, pooled", 4, 3, ANA_KEEP_ALL, ANA_REDUCE_TIME, 0, 0, ANA_KERNEL_NONE,
     0},
};

struct scene {
    struct ana_ctx *ctx;
    struct ana_stimuli *stimuli;
    struct ana_layer layer, windowed;
    struct ana_study_model study;
    struct ana_opened_model model;
    struct ana_stretch stretch;
    struct ana_trace *trace;
    float *taken; /* rows x F, where rows are taken and looked at */
};

static void set_model(struct scene *s, const struct way *way)
{
    s->layer = (struct ana_layer){.size = sizeof s->layer,
                                  .timing = ANA_TIMING_RATE,
                                  .ndim = 1,
                                  .id = "line",
                                  .branch = "",
                                  .rate = RATE / HOP,
                                  .shape = {UNITS}};
    s->windowed = s->layer;
    s->study = (struct ana_study_model){.name = "line", .scale = 1, .twin_of = -1};
    s->study.window = (struct ana_window){.given = way->window > 0, .keep = way->keep};
    s->model = (struct ana_opened_model){.study = &s->study,
                                         .vt = &line_table,
                                         .own = &s->layer,
                                         .window = llround(way->window * RATE),
                                         .stride = way->stride * RATE};
    s->model.info =
        (struct ana_model_info){.size = sizeof s->model.info,
                                .flags = way->window > 0 ? 0 : ANA_MODEL_EXACT_IN_CHUNKS,
                                .input = ANA_INPUT_AUDIO,
                                .input_rate = RATE,
                                .hop = (double)HOP / RATE,
                                .n_layers = 1,
                                .layers = &s->windowed};
    if (way->window > 0 && way->keep == ANA_KEEP_LAST)
        s->windowed.rate = 1 / way->stride;
}

static int count_rows(struct ana_ctx *ctx, void *arg, int64_t row, int64_t n,
                      const float *x)
{
    struct scene *s = arg;

    (void)ctx;
    if (s->taken)
        memcpy(s->taken + row * s->trace->features, x,
               (size_t)(n * s->trace->features) * sizeof *x);
    return 0;
}

/* Show the sound in one of the ways; the most bytes in use meanwhile, without what was in
 * use before. planned: what effort and trace say of it. */
static int64_t show(struct scene *s, const struct way *way, int64_t *planned)
{
    static const int64_t items[] = {0};
    const char *ids[] = {"noise"};
    const struct ana_kernel kernel = {.kind = way->kernel, .lobes = 3};
    struct ana_effort effort;
    int64_t before, peak;
    double flops;

    s->stretch =
        (struct ana_stretch){-2, llround(s->stimuli->item[0].duration * way->clock), 0};
    ck_assert_msg(ana_trace_create(s->ctx, &s->windowed, 0, way->reduce, 1,
                                   way->reduce ? NULL : &s->stretch, way->clock, &kernel,
                                   &s->trace) == 0,
                  "%s: %s", way->name, ana_error(s->ctx));
    ana_trace_shrink(s->trace, way->project, way->half);
    ck_assert_int_eq(
        ana_model_effort(s->ctx, &s->model, s->stimuli, 1, items, 1, &s->trace, &effort),
        0);
    *planned = effort.bytes + ana_trace_filling_bytes(s->trace, effort.seconds);
    ana_trace_take(s->trace, count_rows, s);
    if (s->taken)
        s->taken =
            ana_alloc(s->ctx, s->trace->offset[1] * s->trace->features, sizeof *s->taken);
    ck_assert_int_eq(ana_trace_begin(s->ctx, s->trace), 0);
    before = ana_ctx_memory(s->ctx, NULL);
    ana_ctx_forget_peak(s->ctx);
    flops = ana_ctx_flops(s->ctx);
    ck_assert_msg(ana_model_run(s->ctx, &s->model, s->stimuli, 1, items, 1, &s->trace) ==
                      0,
                  "%s: %s", way->name, ana_error(s->ctx));
    ck_assert_int_eq(ana_trace_finish(s->ctx, s->trace, ids), 0);
    ana_ctx_memory(s->ctx, &peak);
    ck_assert_double_eq_tol(effort.flops / (ana_ctx_flops(s->ctx) - flops), 1, .02);
    ck_assert_ptr_null(s->trace->x.data);
    return peak - before;
}

static void set_sound(struct scene *s, int64_t seconds)
{
    char folder[256], path[512];
    const char *paths[] = {path};

    test_folder(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/noise.wav", folder);
    write_wav(path, seconds);
    ck_assert_int_eq(ana_stimuli_create(s->ctx, 1, paths, 0, NULL, 0, NULL, &s->stimuli),
                     0);
}

/* But for a pointer a block of rows. Two minutes are more than one call shows. */
START_TEST(twenty_minutes_take_what_two_take)
{
    const struct way *way = &ways[_i];
    int64_t took[2], planned[2];

    for (int k = 0; k < 2; k++) {
        struct scene s = {.ctx = test_ctx()};

        set_model(&s, way);
        set_sound(&s, 60 * (k ? 20 : 2));
        took[k] = show(&s, way, &planned[k]);
        ck_assert_msg(took[k] <= planned[k] + SMALL, "%s: %lld bytes, planned %lld",
                      way->name, (long long)took[k], (long long)planned[k]);
        ana_trace_destroy(s.ctx, s.trace);
        ana_stimuli_destroy(s.ctx, s.stimuli);
        ana_ctx_destroy(s.ctx);
    }
    ck_assert_msg((double)took[1] <= 1.03 * (double)took[0], "%s: %lld and %lld bytes",
                  way->name, (long long)took[0], (long long)took[1]);
    ck_assert_msg((double)planned[1] <= 1.03 * (double)planned[0],
                  "%s: planned %lld and %lld bytes", way->name, (long long)planned[0],
                  (long long)planned[1]);
}
END_TEST

/* All samples added and nothing finished before the end, which is what is held where no
 * moment is passed: the same bits. */
START_TEST(rows_that_are_taken_are_those_that_are_kept)
{
    static const int64_t items[] = {0};
    const char *ids[] = {"noise"};
    const struct way *way = &ways[_i];
    float taken;
    struct scene s = {.ctx = test_ctx(), .taken = &taken};
    struct ana_trace *kept = NULL;
    const struct ana_kernel kernel = {.kind = way->kernel, .lobes = 3};
    int64_t planned;

    set_model(&s, way);
    set_sound(&s, 100);
    show(&s, way, &planned);
    ana_trace_create(s.ctx, &s.windowed, 0, way->reduce, 1,
                     way->reduce ? NULL : &s.stretch, way->clock, &kernel, &kept);
    ana_trace_shrink(kept, way->project, way->half);
    ck_assert_int_eq(ana_trace_begin(s.ctx, kept), 0);
    ck_assert_int_eq(ana_model_run(s.ctx, &s.model, s.stimuli, 1, items, 1, &kept), 0);
    ck_assert_int_eq(ana_trace_finish(s.ctx, kept, ids), 0);
    ck_assert_mem_eq(kept->x.data, s.taken, (size_t)ana_tensor_count(&kept->x) * 4);
    ana_free(s.ctx, s.taken);
    ana_trace_destroy(s.ctx, kept);
    ana_trace_destroy(s.ctx, s.trace);
    ana_stimuli_destroy(s.ctx, s.stimuli);
    ana_ctx_destroy(s.ctx);
}
END_TEST

/* How the model that feeds the other is shown the sound. */
static const struct way feedings[] = {
    {.name = "in chunks"},
    {.name = "in windows", .window = 4, .stride = 3, .keep = ANA_KEEP_CENTRE}};

/* A model that is fed by the other, its frames in windows of 4 s; window = 0: whole. */
static struct ana_trace *chain(struct ana_ctx *ctx, const struct way *feeding,
                               int64_t seconds, int32_t keep, int64_t window,
                               uint32_t flags, int64_t *took, int64_t *planned)
{
    static const int64_t items[] = {0};
    const char *ids[] = {"noise"};
    struct scene s = {.ctx = ctx};
    struct ana_layer layer, windowed;
    struct ana_study_model study = {
        .name = "mean", .scale = 2, .offset = 1, .twin_of = -1};
    struct ana_opened_model model = {.study = &study,
                                     .vt = &mean_table,
                                     .self = flags ? &window : NULL,
                                     .input = &s.model,
                                     .own = &layer,
                                     .window = window,
                                     .stride = 10};
    struct ana_trace *trace = NULL;
    struct ana_effort effort;
    int64_t before, peak;

    set_model(&s, feeding);
    set_sound(&s, seconds);
    layer = windowed = s.layer;
    layer.shape[0] = windowed.shape[0] = 1;
    if (window > 0 && keep == ANA_KEEP_LAST)
        windowed.rate = layer.rate / 10;
    study.window = (struct ana_window){.given = window > 0, .keep = keep};
    model.info = (struct ana_model_info){.size = sizeof model.info,
                                         .flags = flags,
                                         .input = ANA_INPUT_FRAMES,
                                         .channels = UNITS,
                                         .input_rate = layer.rate,
                                         .n_layers = 1,
                                         .layers = &windowed};
    s.stretch = (struct ana_stretch){0, seconds * 5, .1}; /* no silence around it */
    ck_assert_int_eq(ana_trace_create(s.ctx, &windowed, 0, ANA_REDUCE_NONE, 1, &s.stretch,
                                      5, NULL, &trace),
                     0);
    ck_assert_int_eq(
        ana_model_effort(s.ctx, &model, s.stimuli, 1, items, 1, &trace, &effort), 0);
    *planned = effort.bytes + ana_trace_filling_bytes(trace, effort.seconds);
    ck_assert_int_eq(ana_trace_begin(s.ctx, trace), 0);
    before = ana_ctx_memory(s.ctx, NULL);
    ana_ctx_forget_peak(s.ctx);
    ck_assert_msg(ana_model_run(s.ctx, &model, s.stimuli, 1, items, 1, &trace) == 0, "%s",
                  ana_error(s.ctx));
    ck_assert_int_eq(ana_trace_finish(s.ctx, trace, ids), 0);
    ana_ctx_memory(s.ctx, &peak);
    *took = peak - before;
    trace->stretch = NULL; /* it is ours */
    ana_stimuli_destroy(s.ctx, s.stimuli);
    return trace;
}

/* The frames of a model that feeds windows are made by pieces, or in windows of its own,
 * and let go. */
START_TEST(windows_of_frames_take_no_more_for_a_longer_sound)
{
    const int32_t keep = _i % 2 ? ANA_KEEP_LAST : ANA_KEEP_CENTRE;
    int64_t took[2], planned[2];
    struct ana_ctx *ctx = test_ctx();

    for (int k = 0; k < 2; k++) {
        ana_trace_destroy(ctx, chain(ctx, &feedings[_i / 2], 60 * (k ? 20 : 5), keep, 200,
                                     0, &took[k], &planned[k]));
        ck_assert_int_le(took[k], planned[k] + SMALL);
    }
    ana_ctx_destroy(ctx);
    ck_assert_msg((double)took[1] <= 1.03 * (double)took[0], "%lld and %lld bytes",
                  (long long)took[0], (long long)took[1]);
    ck_assert_int_le(planned[1], planned[0] + planned[0] / 30);
}
END_TEST

START_TEST(windows_of_frames_give_what_the_whole_gives)
{
    int64_t took, planned;
    struct ana_ctx *ctx = test_ctx();
    struct ana_trace *whole =
        chain(ctx, &feedings[0], 130, ANA_KEEP_ALL, 0, 0, &took, &planned);
    struct ana_trace *windows =
        chain(ctx, &feedings[_i], 130, ANA_KEEP_CENTRE, 200, 0, &took, &planned);

    ck_assert_int_eq(whole->x.shape[0], 650);
    ck_assert_mem_eq(whole->x.data, windows->x.data, 650 * sizeof(float));
    ck_assert(memcmp(whole->x.data, (float *)whole->x.data + 300, 4) != 0);
    ana_trace_destroy(ctx, whole);
    ana_trace_destroy(ctx, windows);
    ana_ctx_destroy(ctx);
}
END_TEST

/* A model of one length is never shown less; behind the first window's silence the rows
 * are those of windows that are short at first. */
START_TEST(a_model_of_one_length_hears_silence_first)
{
    const float *a, *b;
    int64_t took, planned;
    struct ana_ctx *ctx = test_ctx();
    struct ana_trace *some =
        chain(ctx, &feedings[_i], 20, ANA_KEEP_LAST, 200, 0, &took, &planned);
    struct ana_trace *entire = chain(ctx, &feedings[_i], 20, ANA_KEEP_LAST, 200,
                                     ANA_MODEL_ONE_LENGTH, &took, &planned);

    a = some->x.data;
    b = entire->x.data;
    ck_assert_int_eq(entire->x.shape[0], 100);
    for (int64_t row = 2; row < 100; row++)
        ck_assert_msg(fabsf(a[row] - b[row]) < 1e-6f, "row %lld: %g and %g",
                      (long long)row, (double)a[row], (double)b[row]);
    ana_trace_destroy(ctx, some);
    ana_trace_destroy(ctx, entire);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    const int n = (int)(sizeof ways / sizeof *ways);
    Suite *suite = suite_create("hour");
    TCase *all = tcase_create("all");

    tcase_add_loop_test(all, twenty_minutes_take_what_two_take, 0, n);
    tcase_add_loop_test(all, rows_that_are_taken_are_those_that_are_kept, 0, n);
    tcase_add_loop_test(all, windows_of_frames_take_no_more_for_a_longer_sound, 0, 4);
    tcase_add_loop_test(all, windows_of_frames_give_what_the_whole_gives, 0, 2);
    tcase_add_loop_test(all, a_model_of_one_length_hears_silence_first, 0, 2);
    tcase_set_timeout(all, 60);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
