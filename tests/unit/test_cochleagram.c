/* SPDX-License-Identifier: BSD-3-Clause */
#include "plugins/models/cochleagram/bank.h"
#include "tests/unit/sink.h"

enum { SUBBANDS, COCHLEAGRAM };

extern const struct ana_plugin anaflow_plugin;
static const char *const FILTERS[] = {"half-cosine", "gammatone"};

static void *open_model(struct ana_ctx *ctx, const char *filter)
{
    const char *const settings[] = {"filter", filter, NULL};
    void *self = NULL;

    ck_assert_int_eq(test_open(ctx, &anaflow_plugin, NULL, settings, &self), 0);
    return self;
}

static const double *centres(struct ana_ctx *ctx, void *self)
{
    struct ana_model_info info;

    anaflow_plugin.model->describe(ctx, self, &info);
    return info.layers[0].axes[0]->coords;
}

static float *tone(int64_t n, double frequency, double amplitude)
{
    float *const x = malloc((size_t)n * sizeof *x);

    for (int64_t i = 0; i < n; i++)
        x[i] = (float)(amplitude * sin(2 * M_PI * frequency * (double)i / 20000));
    return x;
}

static float *noise(struct ana_ctx *ctx, int64_t n)
{
    float *const x = malloc((size_t)n * sizeof *x);
    struct ana_rng rng;

    ana_rng_init(ctx, "noise", 0, &rng);
    for (int64_t i = 0; i < n; i++)
        x[i] = (float)(0.1 * ana_rng_normal(&rng));
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

/* A tone at a filter's centre shows there with its amplitude, and fades with distance:
 * the whole cochleagram in one number per channel. */
START_TEST(a_tone_lands_in_its_channel_with_its_amplitude)
{
    const int channel = 16 * (_i / 2);
    struct ana_ctx *ctx = test_ctx();
    void *self = open_model(ctx, FILTERS[_i % 2]);
    float *x = tone(20000, centres(ctx, self)[channel], 0.1);
    struct ana_sink sink = {0};
    const float *row;

    ck_assert_int_eq(test_forward(ctx, &anaflow_plugin, self, x, 20000, 0, &sink), 0);
    ck_assert_int_eq(sink.frames[SUBBANDS], 200);
    ck_assert_int_eq(sink.units[SUBBANDS], 64);
    row = sink.data[SUBBANDS] + 100 * 64;
    /* the window widens the narrowest filters, which costs them 4% of their height */
    ck_assert(fabs((double)row[channel] - 0.1) < 0.005);
    for (int c = 0; c < 64; c++)
        ck_assert(row[c] <= row[channel]);
    if (_i % 2 == 0)
        for (int c = 0; c < 64; c++) /* beyond the filter's edge: nothing */
            ck_assert((double)row[c] < (abs(c - channel) < 2 ? 1 : 0.01) * 0.1);
    ck_assert(fabs((double)sink.data[COCHLEAGRAM][100 * 64 + channel] -
                   pow((double)row[channel], 0.3)) < 1e-6);
    finish(ctx, self, x, &sink);
}
END_TEST

START_TEST(silence_gives_0)
{
    struct ana_ctx *ctx = test_ctx();
    void *self = open_model(ctx, FILTERS[_i]);
    float *x = tone(10000, 100, 0);
    struct ana_sink sink = {0};

    ck_assert_int_eq(test_forward(ctx, &anaflow_plugin, self, x, 10000, 0, &sink), 0);
    for (int64_t i = 0; i < 100 * 64; i++) {
        ck_assert_double_eq((double)sink.data[SUBBANDS][i], 0);
        ck_assert_double_eq((double)sink.data[COCHLEAGRAM][i], 0);
    }
    finish(ctx, self, x, &sink);
}
END_TEST

/* Three seconds of sound in a file of eight: neither the wrapped end of a transform nor
 * its rounding may reach the rest, even through a power of 0.3. */
START_TEST(sound_leaves_no_trace_a_second_later)
{
    struct ana_ctx *ctx = test_ctx();
    void *self = open_model(ctx, FILTERS[_i]);
    float *x = noise(ctx, 160000);
    struct ana_sink sink = {0};

    memset(x + 60000, 0, 100000 * sizeof *x);
    ck_assert_int_eq(test_forward(ctx, &anaflow_plugin, self, x, 160000, 0, &sink), 0);
    for (int64_t t = 800; t < 1600; t++)
        for (int64_t c = 0; c < 64; c++)
            ck_assert((double)sink.data[COCHLEAGRAM][t * 64 + c] < 1e-6);
    finish(ctx, self, x, &sink);
}
END_TEST

/* A click's envelope is largest in the frame that holds it; half-cosine filters answer
 * alike before and after, gammatones only from then on (but for the low-pass). */
START_TEST(a_click_stands_in_its_frame)
{
    struct ana_ctx *ctx = test_ctx();
    void *self = open_model(ctx, FILTERS[_i]);
    float *x = tone(20000, 100, 0);
    struct ana_sink sink = {0};
    const float *d;

    x[10050] = 1; /* the middle of frame 100 */
    ck_assert_int_eq(test_forward(ctx, &anaflow_plugin, self, x, 20000, 0, &sink), 0);
    d = sink.data[SUBBANDS];
    for (int c = 0; c < 64; c++)
        for (int away = 1; away < 60; away++) {
            const double before = (double)d[(100 - away) * 64 + c];
            const double after = (double)d[(100 + away) * 64 + c];

            if (_i == 0)
                ck_assert(fabs(before - after) < 1e-9);
            else if (away > 2)
                ck_assert(before < 1e-12);
        }
    ck_assert(d[100 * 64 + 40] > d[101 * 64 + 40] && d[100 * 64 + 40] > d[99 * 64 + 40]);
    finish(ctx, self, x, &sink);
}
END_TEST

/* Chunks at any multiple of the hop with the promised context, as the core cuts them. */
START_TEST(chunks_with_context_give_what_the_whole_gives)
{
    const int64_t n = 100000, bounds[] = {0, 3100, 61000, 61100, 100000};
    struct ana_ctx *ctx = test_ctx();
    void *self = open_model(ctx, FILTERS[_i]);
    float *x = noise(ctx, n);
    struct ana_sink whole = {0};
    struct ana_model_info info;
    int64_t before, after;

    memset(x + 50000, 0, 20000 * sizeof *x);
    anaflow_plugin.model->describe(ctx, self, &info);
    before = (int64_t)ceil(info.context_before * 20000 / 100) * 100;
    after = (int64_t)ceil(info.context_after * 20000 / 100) * 100;
    ck_assert_int_eq(test_forward(ctx, &anaflow_plugin, self, x, n, 0, &whole), 0);
    ck_assert_int_eq(whole.frames[0], 1000);
    for (int k = 0; k < 4; k++) {
        const int64_t from = bounds[k] > before ? bounds[k] - before : 0;
        const int64_t to = bounds[k + 1] + after < n ? bounds[k + 1] + after : n;
        struct ana_sink part = {0};

        ck_assert_int_eq(
            test_forward(ctx, &anaflow_plugin, self, x + from, to - from, 0, &part), 0);
        for (int layer = 0; layer < 2; layer++)
            for (int64_t i = bounds[k] / 100 * 64; i < bounds[k + 1] / 100 * 64; i++) {
                const double got = (double)part.data[layer][i - from / 100 * 64];

                ck_assert(fabs(got - (double)whole.data[layer][i]) < 1e-6);
            }
        test_sink_finish(&part);
    }
    finish(ctx, self, x, &whole);
}
END_TEST

static double bessel(double x)
{
    double sum = 0;

    for (int k = 0; k < 200; k++) /* its integral */
        sum += exp(x * cos(M_PI * (k + 0.5) / 200));
    return sum / 200;
}

/* The half-cosine filter as the README states it, sample by sample: its integral over
 * frequency as impulse response, cut by the Kaiser window; convolution; modulus at every
 * input sample; raised cosine over four frames. The plugin takes the modulus at a lower
 * rate, which may differ by 1e-3 of the envelope. */
static void twin(const float *x, int64_t n, double low, double centre, double high,
                 double narrowest, int64_t frame, double *out)
{
    const int64_t reach = (int64_t)ceil(4 / narrowest * 20000), steps = 400;
    const double E0 = ana_erb_number(low), E1 = ana_erb_number(high);
    double *re = calloc((size_t)(2 * reach + 1), sizeof *re);
    double *im = calloc((size_t)(2 * reach + 1), sizeof *im), sum = 0, weights = 0;

    for (int64_t k = -reach; k <= reach; k++) {
        const double u = (double)k / (double)reach,
                     w = bessel(24 * sqrt(1 - u * u)) / bessel(24);

        for (int64_t s = 0; s < steps; s++) {
            const double f = low + (high - low) * ((double)s + 0.5) / (double)steps;
            const double away = (ana_erb_number(f) - ana_erb_number(centre)) / (E1 - E0);
            const double h =
                2 * cos(M_PI * away) * (high - low) / (double)steps / 20000 * w;

            re[reach + k] += h * cos(2 * M_PI * f * (double)k / 20000);
            im[reach + k] += h * sin(2 * M_PI * f * (double)k / 20000);
        }
    }
    for (int64_t i = frame * 100 + 50 - 200; i <= frame * 100 + 50 + 200; i++) {
        const double weight = 1 + cos(M_PI * (double)(i - frame * 100 - 50) / 200);
        double a = 0, b = 0;

        for (int64_t k = -reach; k <= reach; k++)
            if (i - k >= 0 && i - k < n) {
                a += re[reach + k] * (double)x[i - k];
                b += im[reach + k] * (double)x[i - k];
            }
        sum += weight * sqrt(a * a + b * b);
        weights += weight;
    }
    *out = sum / weights;
    free(re);
    free(im);
}

START_TEST(half_cosine_envelopes_equal_the_slow_twin)
{
    static const char *const settings[] = {"channels", "12", "low", "200", NULL};
    const int64_t frames[] = {0, 37, 99};
    struct ana_ctx *ctx = test_ctx();
    float *x = noise(ctx, 10000);
    const double E0 = ana_erb_number(200), d = (ana_erb_number(8000) - E0) / 13;
    struct ana_sink sink = {0};
    void *self;

    ck_assert_int_eq(test_open(ctx, &anaflow_plugin, NULL, settings, &self), 0);
    ck_assert_int_eq(test_forward(ctx, &anaflow_plugin, self, x, 10000, 0, &sink), 0);
    for (int c = 0; c < 12; c += 5)
        for (int k = 0; k < 3; k++) {
            double want;

            twin(x, 10000, ana_erb_frequency(E0 + c * d),
                 ana_erb_frequency(E0 + (c + 1) * d), ana_erb_frequency(E0 + (c + 2) * d),
                 ana_erb_frequency(E0 + d) - 200, frames[k], &want);
            ck_assert(fabs((double)sink.data[SUBBANDS][frames[k] * 12 + c] / want - 1) <
                      2e-3);
        }
    finish(ctx, self, x, &sink);
}
END_TEST

/* With overlap 1, a tone between the bank's outermost centres has the same power
 * summed over channels wherever it lies. */
START_TEST(squares_of_half_cosines_add_up_to_one)
{
    struct ana_ctx *ctx = test_ctx();
    void *self = open_model(ctx, "half-cosine");
    float *x = tone(20000, 1000 + 1661.7 * _i, 0.1);
    struct ana_sink sink = {0};
    double power = 0;

    ck_assert_int_eq(test_forward(ctx, &anaflow_plugin, self, x, 20000, 0, &sink), 0);
    for (int c = 0; c < 64; c++)
        power += pow((double)sink.data[SUBBANDS][100 * 64 + c], 2);
    ck_assert(fabs(power - 0.01) < 2e-4);
    finish(ctx, self, x, &sink);
}
END_TEST

/* 4 Hz amplitude modulation of a 1 kHz tone comes through the smoothing: depth 80%. */
START_TEST(the_envelope_follows_slow_modulation)
{
    struct ana_ctx *ctx = test_ctx();
    void *self = open_model(ctx, FILTERS[_i]);
    const double *f = centres(ctx, self);
    float *x = tone(20000, f[30], 0.1);
    struct ana_sink sink = {0};
    double least = 1, most = 0;

    for (int64_t i = 0; i < 20000; i++)
        x[i] *= (float)(1 + 0.8 * cos(2 * M_PI * 4 * (double)i / 20000));
    ck_assert_int_eq(test_forward(ctx, &anaflow_plugin, self, x, 20000, 0, &sink), 0);
    for (int64_t t = 20; t < 180; t++) {
        const double e = (double)sink.data[SUBBANDS][t * 64 + 30];

        least = e < least ? e : least;
        most = e > most ? e : most;
    }
    ck_assert(fabs((most - least) / (most + least) - 0.8) < 0.01);
    finish(ctx, self, x, &sink);
}
END_TEST

static double *reference(struct ana_ctx *ctx, const char *name)
{
    char at[512], path[640];
    struct ana_tensor tensor;
    double *out;

    test_shared("reference/gammatone_erb", at, sizeof at);
    snprintf(path, sizeof path, "%s/%s.npy", at, name);
    ck_assert_int_eq(ana_npy_read(ctx, path, &tensor), 0);
    out = ana_alloc(ctx, ana_tensor_count(&tensor), sizeof *out);
    for (int64_t i = 0; i < ana_tensor_count(&tensor); i++)
        out[i] = ana_tensor_get(&tensor, i);
    ana_tensor_finish(&tensor);
    return out;
}

/* The real part of the impulse response against SciPy's (240 taps, scaled by it) and
 * against t^3 exp(-2 pi 1.019 ERB t) cos(2 pi f t) itself. */
START_TEST(the_gammatone_rings_as_the_formula_and_scipy_say)
{
    char at[512];
    struct ana_ctx *ctx = test_ctx();
    double *f, *ideal, *scipy, x[2 * 512] = {1}, z[2 * 512], got[512];

    if (!test_shared("reference/gammatone_erb", at, sizeof at)) {
        ana_ctx_destroy(ctx);
        TEST_SKIP("../shared/reference/gammatone_erb is missing");
    }
    f = reference(ctx, "centre_frequencies");
    ideal = reference(ctx, "impulse_ideal");
    scipy = reference(ctx, "impulse_fir");
    for (int k = 0; k < 4; k++) {
        struct gammatone filter;
        double scale, peak = 0;

        gammatone_design(f[k], 16000, &filter);
        gammatone_filter(&filter, 512, x, z);
        scale = filter.gain * 16000. * 16000. * 16000.; /* k^3 = (16000 t)^3 */
        for (int i = 0; i < 512; i++) {
            got[i] = z[2 * i] / scale;
            peak = fmax(peak, fabs(scipy[2048 * k + i]));
        }
        ck_assert(test_difference(got, ideal + 512 * k, 512) < 1e-10);
        for (int i = 0; i < 240; i++) /* SciPy scales by the continuous filter's gain */
            ck_assert(fabs(z[2 * i] - scipy[2048 * k + i]) < 2e-3 * peak);
    }
    ana_free(ctx, f);
    ana_free(ctx, ideal);
    ana_free(ctx, scipy);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(lengths_down_to_one_sample_give_frames)
{
    const int64_t lengths[] = {1, 49, 51, 150, 151, 0}, frames[] = {1, 1, 1, 1, 2, 0};
    struct ana_ctx *ctx = test_ctx();
    void *self = open_model(ctx, "half-cosine");
    float *x = noise(ctx, 200);
    struct ana_sink sink = {0};

    ck_assert_int_eq(test_forward(ctx, &anaflow_plugin, self, x, lengths[_i], 0, &sink),
                     0);
    ck_assert_int_eq(sink.frames[COCHLEAGRAM], frames[_i]);
    finish(ctx, self, x, &sink);
}
END_TEST

/* Corners of what the parameters allow: each filter must still give a tone at its
 * centre its amplitude, unless the bank is squeezed against half of the input's rate. */
static const char *const CORNERS[][11] = {
    {"channels", "2", "overlap", "8", NULL},
    {"channels", "512", "low", "400", "high", "4000", NULL},
    {"low", "1", "high", "8000", "channels", "8", NULL},
    {"input_rate", "800", "rate", "200", "low", "40", "high", "400", "channels", "4",
     NULL},
    {"input_rate", "20000", "rate", "5000", "channels", "4", NULL},
    {"rate", "2", "input_rate", "2000", "high", "1000", "channels", "4", NULL},
};

START_TEST(corners_of_the_parameters_still_measure_tones)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_model_info info;
    struct ana_sink sink = {0};
    int64_t n, units;
    void *self;
    float *x;

    ck_assert_int_eq(test_open(ctx, &anaflow_plugin, NULL, CORNERS[_i], &self), 0);
    anaflow_plugin.model->describe(ctx, self, &info);
    n = (int64_t)(6 * info.input_rate);
    units = info.layers[0].shape[0];
    x = malloc((size_t)n * sizeof *x);
    for (int64_t i = 0; i < n; i++)
        x[i] = (float)cos(2 * M_PI * centres(ctx, self)[units / 2] * (double)i /
                          info.input_rate);
    ck_assert_int_eq(test_forward(ctx, &anaflow_plugin, self, x, n, 0, &sink), 0);
    ck_assert(fabs((double)sink.data[SUBBANDS][sink.frames[0] / 2 * units + units / 2] -
                   1) < .06);
    finish(ctx, self, x, &sink);
}
END_TEST

struct mistake {
    const char *const settings[7];
    const char *sentence;
};
static const struct mistake MISTAKES[] = {
    {{"high", "12000", NULL},
     "high = 12000 Hz is above half of input_rate = 20000 Hz: sound "
     "sampled at that rate holds nothing there; lower `high` or raise "
     "`input_rate`"},
    {{"low", "900", "high", "400", NULL}, "low = 900 Hz is not below high = 400 Hz"},
    {{"rate", "128", NULL},
     "input_rate = 20000 Hz is not a whole multiple (4 or more) of rate = "
     "128 Hz; the nearest that is: input_rate = 19968 Hz"},
};

START_TEST(parameters_that_contradict_each_other_are_refused)
{
    struct ana_ctx *ctx = test_ctx();
    void *self = NULL;

    ck_assert_int_eq(test_open(ctx, &anaflow_plugin, NULL, MISTAKES[_i].settings, &self),
                     ANA_EPARAM);
    ck_assert_str_eq(ana_error(ctx), MISTAKES[_i].sentence);
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_sound_that_is_not_finite_is_named_with_its_time)
{
    struct ana_ctx *ctx = test_ctx();
    void *self = open_model(ctx, "half-cosine");
    float *x = noise(ctx, 20000);
    struct ana_sink sink = {0};

    x[5000] = NAN;
    ck_assert_int_eq(test_forward(ctx, &anaflow_plugin, self, x, 20000, 0, &sink),
                     ANA_ENUMERIC);
    ck_assert_str_eq(
        ana_error(ctx),
        "sound: the sound is not a finite number at 0.250000 s; repair the file");
    finish(ctx, self, x, &sink);
}
END_TEST

START_TEST(a_pass_takes_what_was_said)
{
    static const int64_t lengths[] = {20000, 70000, 500};
    struct ana_ctx *ctx = test_ctx();
    void *self = open_model(ctx, "half-cosine");
    float *x = noise(ctx, lengths[_i]);
    struct ana_sink sink = {0};

    test_cost(ctx, &anaflow_plugin, self, x, lengths[_i], 0, &sink);
    finish(ctx, self, x, &sink);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cochleagram");
    TCase *all = tcase_create("all");

    tcase_set_timeout(all, 600);
    tcase_add_loop_test(all, a_tone_lands_in_its_channel_with_its_amplitude, 0, 8);
    tcase_add_loop_test(all, silence_gives_0, 0, 2);
    tcase_add_loop_test(all, sound_leaves_no_trace_a_second_later, 0, 2);
    tcase_add_loop_test(all, a_click_stands_in_its_frame, 0, 2);
    tcase_add_loop_test(all, chunks_with_context_give_what_the_whole_gives, 0, 2);
    tcase_add_test(all, half_cosine_envelopes_equal_the_slow_twin);
    tcase_add_loop_test(all, squares_of_half_cosines_add_up_to_one, 0, 4);
    tcase_add_loop_test(all, the_envelope_follows_slow_modulation, 0, 2);
    tcase_add_test(all, the_gammatone_rings_as_the_formula_and_scipy_say);
    tcase_add_loop_test(all, corners_of_the_parameters_still_measure_tones, 0, 6);
    tcase_add_test(all, lengths_down_to_one_sample_give_frames);
    tcase_add_loop_test(all, parameters_that_contradict_each_other_are_refused, 0, 3);
    tcase_add_test(all, a_sound_that_is_not_finite_is_named_with_its_time);
    tcase_add_loop_test(all, a_pass_takes_what_was_said, 0, 3);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
