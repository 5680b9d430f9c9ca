/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The null model: its Gram matrix is the smoothed identity, stimuli are strangers, and the
 * same stimulus is always the same.
 */
#include <math.h>

#include "tests/unit/sink.h"

extern const struct ana_plugin anaflow_plugin;

enum { WIDTH = 4000, SAMPLES = 30 };

static int show(struct ana_ctx *ctx, void *self, const char *id, double duration,
                struct ana_sink *sink)
{
    const struct ana_stimulus stimulus = {
        .size = sizeof stimulus, .id = id, .duration = duration};
    const struct ana_input input = {.size = sizeof input, .stimulus = &stimulus};
    const struct ana_batch batch = {.size = sizeof batch, .n = 1, .item = &input};
    const uint8_t wanted[] = {1};

    return anaflow_plugin.model->forward(ctx, self, &batch, wanted, sink);
}

static double dot(const float *a, const float *b)
{
    double sum = 0;

    for (int j = 0; j < WIDTH; j++)
        sum += (double)a[j] * (double)b[j];
    return sum;
}

START_TEST(samples_are_as_alike_as_they_are_near_and_stimuli_are_strangers)
{
    static const char *const settings[] = {"rate",  "10 Hz", "sigma", "0.3 s",
                                           "width", "4000",  NULL};
    struct ana_ctx *ctx = test_ctx();
    struct ana_sink a = {{0}}, b = {{0}}, again = {{0}};
    void *self;

    ck_assert_msg(test_open(ctx, &anaflow_plugin, NULL, settings, &self) == 0, "%s",
                  ana_error(ctx));
    ck_assert_int_eq(show(ctx, self, "first", 3, &a), 0);
    ck_assert_int_eq(show(ctx, self, "second", 3, &b), 0);
    ck_assert_int_eq(show(ctx, self, "first", 3, &again), 0);
    ck_assert_int_eq(a.frames[0], SAMPLES);
    ck_assert_int_eq(a.units[0], WIDTH);
    for (int i = 10; i < 20; i++)
        for (int k = 10; k < 20; k++) {
            const double d = (double)(i - k) / 3;

            ck_assert_double_eq_tol(dot(a.data[0] + i * WIDTH, a.data[0] + k * WIDTH),
                                    exp(-d * d / 4), .1);
            ck_assert_double_lt(fabs(dot(a.data[0] + i * WIDTH, b.data[0] + k * WIDTH)),
                                .1);
        }
    ck_assert_mem_eq(a.data[0], again.data[0], SAMPLES * WIDTH * sizeof(float));
    anaflow_plugin.model->close(ctx, self);
    test_sink_finish(&a);
    test_sink_finish(&b);
    test_sink_finish(&again);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_stimulus_without_a_duration_is_refused)
{
    static const char *const settings[] = {"rate", "10 Hz", NULL};
    struct ana_ctx *ctx = test_ctx();
    struct ana_sink sink = {{0}};
    void *self;

    ck_assert_int_eq(test_open(ctx, &anaflow_plugin, NULL, settings, &self), 0);
    ck_assert_int_eq(show(ctx, self, "silent", 0, &sink), ANA_EDATA);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "stimulus 'silent' lasts 0 s"));
    anaflow_plugin.model->close(ctx, self);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("oasm");
    TCase *tests = tcase_create("oasm");

    tcase_add_test(tests,
                   samples_are_as_alike_as_they_are_near_and_stimuli_are_strangers);
    tcase_add_test(tests, a_stimulus_without_a_duration_is_refused);
    suite_add_tcase(suite, tests);
    return test_main(suite);
}
