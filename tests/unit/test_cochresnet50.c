/* SPDX-License-Identifier: BSD-3-Clause
 *
 * CochResNet50 and its front end against twins in torch and scipy (tests/golden/cochresnet50,
 * made by make_auditory_cnns.py).
 */
#include "tests/unit/networks.h"

extern const struct ana_plugin anaflow_plugin;

static void open_golden(struct ana_ctx *ctx, const char *control, char folder[4096],
                        struct ana_tensor *sound, struct test_network *network)
{
    char path[4200];
    const struct ana_model_source source = {
        .size = sizeof source, .checkpoint = folder, .control = control};

    snprintf(folder, 4096, "%s/tests/golden/cochresnet50", getenv("ANA_SOURCE"));
    snprintf(path, sizeof path, "%s/audio.npy", folder);
    ck_assert_int_eq(ana_npy_read(ctx, path, sound), 0);
    ck_assert_msg(test_network_open(ctx, &anaflow_plugin, &source, NULL, network) == 0,
                  "%s", ana_error(ctx));
}

START_TEST(every_layer_agrees_with_torch_from_sound)
{
    char folder[4096];
    struct ana_ctx *ctx = test_ctx();
    struct ana_sink sink = {0};
    struct test_network network;
    struct ana_tensor sound;

    open_golden(ctx, "", folder, &sound, &network);
    ck_assert_int_eq(
        test_network_run(ctx, &network, sound.data, sound.shape[0], 0, NULL, &sink), 0);
    for (int64_t i = 0; i < network.info.n_layers; i++) {
        const double d =
            test_against_moments(ctx, folder, network.info.layers[i].id, &sink, i);

        ck_assert_msg(d < 2e-5, "%s: %g", network.info.layers[i].id, d);
    }
    test_sink_finish(&sink);
    test_network_close(ctx, &network);
    ana_tensor_finish(&sound);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(an_early_layer_alone_is_the_same)
{
    char folder[4096];
    struct ana_ctx *ctx = test_ctx();
    struct ana_sink all = {0}, one = {0};
    struct test_network network;
    struct ana_tensor sound;
    uint8_t wanted[TEST_MOST_LAYERS] = {0};
    int64_t at;

    open_golden(ctx, "", folder, &sound, &network);
    at = test_network_layer(&network, "layer2");
    wanted[at] = 1;
    ck_assert_int_eq(
        test_network_run(ctx, &network, sound.data, sound.shape[0], 0, NULL, &all), 0);
    ck_assert_int_eq(
        test_network_run(ctx, &network, sound.data, sound.shape[0], 0, wanted, &one), 0);
    ck_assert_mem_eq(all.data[at], one.data[at],
                     (size_t)(one.frames[at] * one.units[at]) * sizeof(float));
    ck_assert_int_eq(one.frames[at + 1], 0);
    test_network_costs(ctx, &network, sound.data, sound.shape[0], 4);
    test_sink_finish(&all);
    test_sink_finish(&one);
    test_network_close(ctx, &network);
    ana_tensor_finish(&sound);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(controls_run_and_leave_the_front_end_alone)
{
    char folder[4096];
    struct ana_ctx *ctx = test_ctx();

    for (int k = 0; k < 2; k++) {
        struct ana_sink sink = {0};
        struct test_network network;
        struct ana_tensor sound;

        open_golden(ctx, k ? "random" : "permuted", folder, &sound, &network);
        ck_assert_int_eq(
            test_network_run(ctx, &network, sound.data, sound.shape[0], 0, NULL, &sink),
            0);
        ck_assert_double_lt(test_against_moments(ctx, folder, "cochleagram", &sink, 0),
                            1e-5);
        ck_assert_double_gt(test_against_moments(ctx, folder, "layer4", &sink, 6), 1e-2);
        test_sink_finish(&sink);
        test_network_close(ctx, &network);
        ana_tensor_finish(&sound);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(the_published_shape_has_its_layers_and_clock)
{
    const struct ana_model_source source = {
        .size = sizeof source, .checkpoint = "random", .flags = ANA_SOURCE_DESCRIBE};
    struct ana_ctx *ctx = test_ctx();
    struct test_network network;
    const struct ana_layer *layer4;

    ck_assert_int_eq(test_network_open(ctx, &anaflow_plugin, &source, NULL, &network), 0);
    layer4 = &network.info.layers[test_network_layer(&network, "layer4")];
    ck_assert_int_eq(layer4->shape[0], 7);
    ck_assert_int_eq(layer4->shape[1], 2048);
    ck_assert_double_eq_tol(layer4->rate, 6.25, 1e-9);
    test_network_close(ctx, &network);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cochresnet50");
    TCase *all = tcase_create("all");

    tcase_add_test(all, every_layer_agrees_with_torch_from_sound);
    tcase_add_test(all, an_early_layer_alone_is_the_same);
    tcase_add_test(all, controls_run_and_leave_the_front_end_alone);
    tcase_add_test(all, the_published_shape_has_its_layers_and_clock);
    tcase_set_timeout(all, 60);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
