/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Tests of @name@: it is called as a run would call it, on sound written here.
 */
#include <math.h>

#include <anaflow/anaflow.h>
#include <anaflow/test.h>
#include <check.h>

extern const struct ana_plugin anaflow_plugin;

enum { FRAME = 160, FRAMES = 3, HIDDEN = 16, OUTPUT = 8 };

/* One layer of n samples of sound: frames x units, into out. */
static void show(const char *const *settings, float *sound, int64_t n, const char *layer,
                 int64_t units, double *out)
{
    struct ana_tensor input, found;
    struct ana_test *test;
    int64_t before;

    ana_tensor_view(ANA_F32, 1, &n, sound, &input);
    ck_assert_int_eq(ana_test_open(&anaflow_plugin, settings, &test), ANA_OK);
    before = ana_test_memory(test);
    ck_assert_msg(ana_test_model(test, &input, 16000, layer, &found) == ANA_OK, "%s",
                  ana_error(ana_test_ctx(test)));
    ck_assert_int_eq(found.shape[0], n / FRAME);
    ck_assert_int_eq(found.shape[1], units);
    for (int64_t i = 0; i < ana_tensor_count(&found); i++)
        out[i] = ana_tensor_get(&found, i);
    ana_tensor_finish(&found);
    ck_assert_int_eq(ana_test_memory(test), before); /* it freed what it took */
    ana_test_close(test);
}

static void fill(float *sound)
{
    for (int i = 0; i < FRAME * FRAMES; i++)
        sound[i] = sinf(0.05f * (float)i);
}

START_TEST(each_layer_stays_within_its_bounds)
{
    float sound[FRAME * FRAMES];
    double hidden[FRAMES * HIDDEN], output[FRAMES * OUTPUT], sum = 0;

    fill(sound);
    show(NULL, sound, FRAME * FRAMES, "hidden", HIDDEN, hidden);
    show(NULL, sound, FRAME * FRAMES, "output", OUTPUT, output);
    for (int i = 0; i < FRAMES * HIDDEN; i++) {
        ck_assert_double_ge(hidden[i], 0);
        sum += hidden[i];
    }
    ck_assert_double_gt(sum, 0);
    for (int i = 0; i < FRAMES * OUTPUT; i++)
        ck_assert_double_le(fabs(output[i]), 1);
}
END_TEST

START_TEST(a_frame_depends_on_its_own_sound_alone)
{
    float sound[FRAME * FRAMES];
    double all[FRAMES * OUTPUT], last[OUTPUT];

    fill(sound);
    show(NULL, sound, FRAME * FRAMES, "output", OUTPUT, all);
    show(NULL, sound + FRAME * (FRAMES - 1), FRAME, "output", OUTPUT, last);
    for (int i = 0; i < OUTPUT; i++)
        ck_assert_double_eq_tol(last[i], all[OUTPUT * (FRAMES - 1) + i], 1e-6);
}
END_TEST

START_TEST(the_hidden_layer_grows_with_the_gain)
{
    float sound[FRAME * FRAMES];
    double once[FRAMES * HIDDEN], thrice[FRAMES * HIDDEN];

    fill(sound);
    show(NULL, sound, FRAME * FRAMES, "hidden", HIDDEN, once);
    show((const char *const[]){"gain", "3", NULL}, sound, FRAME * FRAMES, "hidden", HIDDEN,
         thrice);
    for (int i = 0; i < FRAMES * HIDDEN; i++)
        ck_assert_double_eq_tol(3 * once[i], thrice[i], 1e-4);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("@name@");
    TCase *tests = tcase_create("model");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tests, each_layer_stays_within_its_bounds);
    tcase_add_test(tests, a_frame_depends_on_its_own_sound_alone);
    tcase_add_test(tests, the_hidden_layer_grows_with_the_gain);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
