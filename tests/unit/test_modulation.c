/* SPDX-License-Identifier: BSD-3-Clause */
#include "plugins/models/modulation/modulation.h"
#include "tests/unit/sink.h"

extern const struct ana_plugin anaflow_plugin;

/* Frames as a cochleagram would describe them: 60 channels, 12 an octave from 100 Hz,
 * 100 frames a second. */
enum { CHANNELS = 60 };
struct input {
    double centre[CHANNELS];
    struct ana_axis axis;
    struct ana_layer layer;
};

static void describe_input(struct input *input, double rate)
{
    for (int c = 0; c < CHANNELS; c++)
        input->centre[c] = 100 * exp2(c / 12.);
    input->axis = (struct ana_axis){.size = sizeof input->axis,
                                    .kind = ANA_AXIS_FREQUENCY,
                                    .name = "frequency",
                                    .unit = "Hz",
                                    .coords = input->centre};
    input->layer = (struct ana_layer){.size = sizeof input->layer,
                                      .kind = ANA_LAYER_ACTIVATION,
                                      .timing = ANA_TIMING_RATE,
                                      .ndim = 1,
                                      .id = "cochleagram",
                                      .branch = "",
                                      .rate = rate,
                                      .start = 0.5 / rate,
                                      .shape = {CHANNELS},
                                      .axes = {&input->axis}};
}

static void *open_model(struct ana_ctx *ctx, double rate)
{
    struct input input;
    void *self = NULL;

    describe_input(&input, rate);
    ck_assert_int_eq(test_open(ctx, &anaflow_plugin, &input.layer, NULL, &self), 0);
    return self;
}

/* 1 + cos(2 pi (rate t + scale x)), x in octaves: moves down where scale > 0. */
static float *ripple(int64_t n, double frame_rate, double rate, double scale)
{
    float *const x = malloc((size_t)n * CHANNELS * sizeof *x);

    for (int64_t t = 0; t < n; t++)
        for (int c = 0; c < CHANNELS; c++)
            x[t * CHANNELS + c] =
                (float)(1 + cos(2 * M_PI *
                                (rate * (double)t / frame_rate + scale * c / 12.)));
    return x;
}

static void finish(struct ana_ctx *ctx, void *self, float *x, struct ana_sink *sink)
{
    test_sink_finish(sink);
    free(x);
    anaflow_plugin.model->close(ctx, self);
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}

/* Unit (r, d, s) of the layer `mean` of the default model. */
static double mean_unit(const struct ana_sink *sink, int64_t t, int r, int d, int s)
{
    return (double)sink->data[MEAN][t * 70 + (r * 2 + d) * 5 + s];
}

START_TEST(a_ripple_is_found_at_its_rate_scale_and_direction)
{
    const struct {
        double rate, scale;
        int r, d, s;
    } cases[] = {{4, 1, 3, DOWN, 2},
                 {4, -1, 3, UP, 2},
                 {8, 2, 4, DOWN, 3},
                 {2, -2, 2, UP, 3},
                 {16, .5, 5, DOWN, 1}};
    struct ana_ctx *ctx = test_ctx();
    void *self = open_model(ctx, 100);
    float *x = ripple(600, 100, cases[_i].rate, cases[_i].scale);
    struct ana_sink sink = {0};
    double here;

    ck_assert_int_eq(test_forward(ctx, &anaflow_plugin, self, x, 600, CHANNELS, &sink),
                     0);
    ck_assert_int_eq(sink.frames[MEAN], 600);
    ck_assert_int_eq(sink.units[MEAN], 70);
    here = mean_unit(&sink, 300, cases[_i].r, cases[_i].d, cases[_i].s);
    ck_assert(here > 0.7 && here < 1.1); /* the ripple's amplitude, less at the edges */
    for (int r = 0; r < 7; r++)
        for (int d = 0; d < 2; d++)
            for (int s = 0; s < 5; s++)
                ck_assert(mean_unit(&sink, 300, r, d, s) <= here);
    /* the other direction sees the axis' two ends only */
    ck_assert(mean_unit(&sink, 300, cases[_i].r, !cases[_i].d, cases[_i].s) <
              0.25 * here);
    finish(ctx, self, x, &sink);
}
END_TEST

/* A band that swells at 4 Hz moves neither way: both directions alike, rate 4 most. */
START_TEST(amplitude_modulation_at_4_hz_peaks_at_rate_4)
{
    struct ana_ctx *ctx = test_ctx();
    void *self = open_model(ctx, 100);
    float *x = ripple(600, 100, 4, 0);
    struct ana_sink sink = {0};

    for (int64_t i = 0; i < 600 * CHANNELS; i++)
        if (i % CHANNELS < 25 || i % CHANNELS > 35)
            x[i] = 0;
    ck_assert_int_eq(test_forward(ctx, &anaflow_plugin, self, x, 600, CHANNELS, &sink),
                     0);
    for (int s = 0; s < 5; s++) {
        const double at4 = mean_unit(&sink, 300, 3, DOWN, s);

        for (int r = 0; r < 7; r++)
            ck_assert(mean_unit(&sink, 300, r, DOWN, s) <= at4);
        ck_assert(fabs(mean_unit(&sink, 300, 3, UP, s) - at4) < 1e-4 * at4);
    }
    finish(ctx, self, x, &sink);
}
END_TEST

/* What is left of a constant 2 in the middle of a minute comes from cutting the Hilbert
 * transform's tail (filters.c). */
START_TEST(what_does_not_change_gives_next_to_nothing)
{
    struct ana_ctx *ctx = test_ctx();
    void *self = open_model(ctx, 100);
    float *x = ripple(6000, 100, 0, 0);
    struct ana_sink sink = {0};

    ck_assert_int_eq(test_forward(ctx, &anaflow_plugin, self, x, 6000, CHANNELS, &sink),
                     0);
    for (int u = 0; u < 70; u++)
        ck_assert((double)sink.data[MEAN][3000 * 70 + u] < 0.005 * 2);
    finish(ctx, self, x, &sink);
}
END_TEST

START_TEST(silence_gives_0)
{
    struct ana_ctx *ctx = test_ctx();
    void *self = open_model(ctx, 100);
    float *x = calloc(100 * CHANNELS, sizeof *x);
    struct ana_sink sink = {0};

    ck_assert_int_eq(test_forward(ctx, &anaflow_plugin, self, x, 100, CHANNELS, &sink),
                     0);
    for (int64_t i = 0; i < 100 * sink.units[FULL]; i++)
        ck_assert_double_eq((double)sink.data[FULL][i], 0);
    finish(ctx, self, x, &sink);
}
END_TEST

START_TEST(mean_is_the_mean_of_full_over_frequency)
{
    struct ana_ctx *ctx = test_ctx();
    void *self = open_model(ctx, 100);
    float *x = ripple(90, 100, 3, 0.7);
    struct ana_sink sink = {0};
    int64_t F;

    ck_assert_int_eq(test_forward(ctx, &anaflow_plugin, self, x, 90, CHANNELS, &sink), 0);
    F = sink.units[FULL] / 70;
    ck_assert_int_eq(F, 59); /* 59 twelfths of an octave lie between the outer centres */
    for (int64_t i = 0; i < 90 * 70; i++) {
        double sum = 0;

        for (int64_t f = 0; f < F; f++)
            sum += (double)sink.data[FULL][i * F + f];
        ck_assert(fabs(sum / (double)F - (double)sink.data[MEAN][i]) < 1e-6);
    }
    finish(ctx, self, x, &sink);
}
END_TEST

START_TEST(the_layers_say_what_their_axes_are)
{
    struct ana_ctx *ctx = test_ctx();
    void *self = open_model(ctx, 100);
    const struct ana_layer *layer;
    struct ana_model_info info;

    anaflow_plugin.model->describe(ctx, self, &info);
    ck_assert_int_eq(info.n_layers, 2);
    ck_assert_int_eq(info.channels, CHANNELS);
    layer = &info.layers[FULL];
    ck_assert_str_eq(layer->id, "full");
    ck_assert_int_eq(layer->ndim, 4);
    ck_assert_str_eq(layer->axes[RATE]->name, "rate");
    ck_assert_double_eq(layer->axes[RATE]->coords[6], 32);
    ck_assert_str_eq(layer->axes[DIRECTION]->labels[UP], "up");
    ck_assert_str_eq(layer->axes[SCALE]->unit, "cyc/oct");
    ck_assert_int_eq(layer->axes[FREQUENCY]->kind, ANA_AXIS_FREQUENCY);
    ck_assert(fabs(layer->axes[FREQUENCY]->coords[12] / (100 * exp2(12.5 / 12)) - 1) <
              1e-12);
    ck_assert_int_eq(info.layers[MEAN].ndim, 3);
    ck_assert_double_eq(info.context_before, 12);
    ck_assert_double_eq(info.context_after, 6);
    anaflow_plugin.model->close(ctx, self);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Blocks inside one call (4096 frames) and chunks with the promised context. */
START_TEST(chunks_with_context_give_what_the_whole_gives)
{
    const int64_t n = 5000, bounds[] = {0, 130, 1500, 4300, 5000};
    static const char *const settings[] = {"rates", "0.5 2 8", NULL};
    struct ana_ctx *ctx = test_ctx();
    void *self = NULL;
    struct input input;
    float *x = malloc((size_t)n * CHANNELS * sizeof *x);
    struct ana_sink whole = {0};
    struct ana_rng rng;
    int64_t units;
    float most = 0;

    describe_input(&input, 25);
    ck_assert_int_eq(test_open(ctx, &anaflow_plugin, &input.layer, settings, &self), 0);
    ana_rng_init(ctx, "frames", 0, &rng);
    for (int64_t i = 0; i < n * CHANNELS; i++)
        x[i] = (float)ana_rng_uniform(&rng);
    ck_assert_int_eq(test_forward(ctx, &anaflow_plugin, self, x, n, CHANNELS, &whole), 0);
    units = whole.units[MEAN];
    for (int64_t i = 0; i < n * units; i++)
        most = whole.data[MEAN][i] > most ? whole.data[MEAN][i] : most;
    for (int k = 0; k < 4; k++) {
        const int64_t from = bounds[k] > 300 ? bounds[k] - 300 : 0; /* 12 s and 6 s */
        const int64_t to = bounds[k + 1] + 150 < n ? bounds[k + 1] + 150 : n;
        struct ana_sink part = {0};

        ck_assert_int_eq(test_forward(ctx, &anaflow_plugin, self, x + from * CHANNELS,
                                      to - from, CHANNELS, &part),
                         0);
        for (int64_t i = bounds[k] * units; i < bounds[k + 1] * units; i++)
            ck_assert(fabs((double)(part.data[MEAN][i - from * units] -
                                    whole.data[MEAN][i])) < 1e-5 * (double)most);
        test_sink_finish(&part);
    }
    finish(ctx, self, x, &whole);
}
END_TEST

static void read_golden(struct ana_ctx *ctx, const char *name, struct ana_tensor *out)
{
    const char *source = getenv("ANA_SOURCE");
    char path[512];

    snprintf(path, sizeof path, "%s/tests/golden/modulation/%s.npy",
             source ? source : ".", name);
    ck_assert_int_eq(ana_npy_read(ctx, path, out), 0);
}

/* tests/oracles/make_modulation.py: the paper's formulas, summed in Python. */
START_TEST(energies_equal_the_slow_twins)
{
    static const char *const settings[] = {"rates",      "2 8", "scales", "0.5 2",
                                           "resolution", "6",   NULL};
    struct ana_ctx *ctx = test_ctx();
    struct ana_tensor centre, frames, want;
    struct ana_sink sink = {0};
    struct input input;
    double most = 0, scale = 0;
    void *self;

    read_golden(ctx, "centre", &centre);
    read_golden(ctx, "frames", &frames);
    read_golden(ctx, "full", &want);
    describe_input(&input, 50);
    input.axis.coords = centre.data;
    input.layer.shape[0] = centre.shape[0];
    ck_assert_int_eq(test_open(ctx, &anaflow_plugin, &input.layer, settings, &self), 0);
    ck_assert_int_eq(test_forward(ctx, &anaflow_plugin, self, frames.data,
                                  frames.shape[0], frames.shape[1], &sink),
                     0);
    ck_assert_int_eq(sink.frames[FULL] * sink.units[FULL], ana_tensor_count(&want));
    for (int64_t i = 0; i < ana_tensor_count(&want); i++) {
        most = fmax(most, fabs((double)sink.data[FULL][i] - ana_tensor_get(&want, i)));
        scale = fmax(scale, ana_tensor_get(&want, i));
    }
    ck_assert_msg(most < 1e-4 * scale, "differs by %g", most / scale);
    test_sink_finish(&sink);
    anaflow_plugin.model->close(ctx, self);
    ana_tensor_finish(&centre);
    ana_tensor_finish(&frames);
    ana_tensor_finish(&want);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(any_number_of_frames_comes_out_as_many)
{
    const int64_t lengths[] = {0, 1, 2, 63, 64, 65};
    struct ana_ctx *ctx = test_ctx();
    void *self = open_model(ctx, 100);
    float *x = ripple(65, 100, 4, 1);
    struct ana_sink sink = {0};

    for (int k = 0; k < 6; k++) {
        test_sink_finish(&sink);
        ck_assert_int_eq(
            test_forward(ctx, &anaflow_plugin, self, x, lengths[k], CHANNELS, &sink), 0);
        ck_assert_int_eq(sink.frames[FULL], lengths[k]);
    }
    finish(ctx, self, x, &sink);
}
END_TEST

struct mistake {
    const char *const settings[3];
    const char *sentence;
};
static const struct mistake MISTAKES[] = {
    {{"rates", "1 4 64", NULL},
     "rates: 64 is not above the one before it and below 50, half of "
     "the input's frame rate"},
    {{"rates", "4 2", NULL},
     "rates: 2 is not above the one before it and below 50, half of the "
     "input's frame rate"},
    {{"scales", "1 6", NULL},
     "scales: 6 is not above the one before it and below 6, half of the "
     "input's resolution"},
};

START_TEST(filters_that_the_input_cannot_hold_are_refused)
{
    struct ana_ctx *ctx = test_ctx();
    struct input input;
    void *self;

    describe_input(&input, 100);
    ck_assert_int_eq(
        test_open(ctx, &anaflow_plugin, &input.layer, MISTAKES[_i].settings, &self),
        ANA_EPARAM);
    ck_assert_str_eq(ana_error(ctx), MISTAKES[_i].sentence);
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(an_input_that_is_no_cochleagram_is_refused)
{
    struct ana_ctx *ctx = test_ctx();
    struct input input;
    void *self;

    ck_assert_int_eq(test_open(ctx, &anaflow_plugin, NULL, NULL, &self), ANA_EPARAM);
    ck_assert_str_eq(
        ana_error(ctx),
        "modulation filters the frames of another model; write `input = NAME` with "
        "the name of a [model NAME] whose plugin is cochleagram");
    describe_input(&input, 100);
    input.axis.kind = ANA_AXIS_FEATURE;
    ck_assert_int_eq(test_open(ctx, &anaflow_plugin, &input.layer, NULL, &self),
                     ANA_EPARAM);
    ck_assert_str_eq(
        ana_error(ctx),
        "modulation needs an input layer of evenly timed frames over frequency "
        "(Hz), as a cochleagram has; layer `cochleagram` is not one");
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_pass_takes_what_was_said)
{
    static const int64_t lengths[] = {600, 6000, 40};
    struct ana_ctx *ctx = test_ctx();
    void *self = open_model(ctx, 100);
    float *x = ripple(lengths[_i], 100, 4, 1);
    struct ana_sink sink = {0};

    test_cost(ctx, &anaflow_plugin, self, x, lengths[_i], CHANNELS, &sink);
    finish(ctx, self, x, &sink);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("modulation");
    TCase *all = tcase_create("all");

    tcase_set_timeout(all, 600);
    tcase_add_loop_test(all, a_ripple_is_found_at_its_rate_scale_and_direction, 0, 5);
    tcase_add_test(all, amplitude_modulation_at_4_hz_peaks_at_rate_4);
    tcase_add_test(all, what_does_not_change_gives_next_to_nothing);
    tcase_add_test(all, silence_gives_0);
    tcase_add_test(all, mean_is_the_mean_of_full_over_frequency);
    tcase_add_test(all, the_layers_say_what_their_axes_are);
    tcase_add_test(all, chunks_with_context_give_what_the_whole_gives);
    tcase_add_test(all, energies_equal_the_slow_twins);
    tcase_add_test(all, any_number_of_frames_comes_out_as_many);
    tcase_add_loop_test(all, filters_that_the_input_cannot_hold_are_refused, 0, 3);
    tcase_add_test(all, an_input_that_is_no_cochleagram_is_refused);
    tcase_add_loop_test(all, a_pass_takes_what_was_said, 0, 3);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
