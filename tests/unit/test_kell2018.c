/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Kell et al.'s network and its front end against twins in torch, scipy and Pillow
 * (tests/golden/kell2018, made by make_auditory_cnns.py).
 */
#include "tests/unit/networks.h"

extern const struct ana_plugin anaflow_plugin;

static void golden(char *out, size_t room)
{
    snprintf(out, room, "%s/tests/golden/kell2018", getenv("ANA_SOURCE"));
}

static float *read_sound(struct ana_ctx *ctx, const char *folder, int64_t *n)
{
    char path[4200];
    struct ana_tensor tensor;
    float *sound;

    snprintf(path, sizeof path, "%s/audio.npy", folder);
    ck_assert_int_eq(ana_npy_read(ctx, path, &tensor), 0);
    *n = tensor.shape[0];
    sound = malloc((size_t)*n * sizeof *sound);
    memcpy(sound, tensor.data, (size_t)*n * sizeof *sound);
    ana_tensor_finish(&tensor);
    return sound;
}

START_TEST(every_stage_agrees_with_torch_from_sound)
{
    char folder[4096];
    const struct ana_model_source source = {.size = sizeof source, .checkpoint = folder};
    struct ana_ctx *ctx = test_ctx();
    struct ana_sink sink = {0};
    struct test_network network;
    float *sound;
    int64_t n;

    golden(folder, sizeof folder);
    sound = read_sound(ctx, folder, &n);
    ck_assert_msg(test_network_open(ctx, &anaflow_plugin, &source, NULL, &network) == 0,
                  "%s", ana_error(ctx));
    ck_assert_int_eq(test_network_run(ctx, &network, sound, n, 0, NULL, &sink), 0);
    for (int64_t i = 0; i < network.info.n_layers; i++) {
        const double d =
            test_against_moments(ctx, folder, network.info.layers[i].id, &sink, i);

        ck_assert_msg(d < 2e-5, "%s: %g", network.info.layers[i].id, d);
    }
    test_sink_finish(&sink);
    test_network_close(ctx, &network);
    free(sound);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_branch_alone_gives_the_same_and_leaves_the_other_out)
{
    char folder[4096];
    const struct ana_model_source source = {.size = sizeof source, .checkpoint = folder};
    struct ana_ctx *ctx = test_ctx();
    struct ana_sink both = {0}, one = {0};
    struct test_network network;
    uint8_t wanted[TEST_MOST_LAYERS] = {0};
    float *sound;
    int64_t n, at;

    golden(folder, sizeof folder);
    sound = read_sound(ctx, folder, &n);
    ck_assert_int_eq(test_network_open(ctx, &anaflow_plugin, &source, NULL, &network), 0);
    at = test_network_layer(&network, "fctop_G");
    ck_assert_str_eq(network.info.layers[at].branch, "genre");
    wanted[at] = 1;
    ck_assert_int_eq(test_network_run(ctx, &network, sound, n, 0, NULL, &both), 0);
    test_network_costs(ctx, &network, sound, n, 8);
    ck_assert_int_eq(test_network_run(ctx, &network, sound, n, 0, wanted, &one), 0);
    ck_assert_mem_eq(both.data[at], one.data[at], (size_t)one.units[at] * sizeof(float));
    test_sink_finish(&both);
    test_sink_finish(&one);
    test_network_close(ctx, &network);
    free(sound);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(more_than_two_seconds_are_refused_with_what_to_add)
{
    char folder[4096];
    const struct ana_model_source source = {.size = sizeof source, .checkpoint = folder};
    struct ana_ctx *ctx = test_ctx();
    struct ana_sink sink = {0};
    struct test_network network;
    float *sound = calloc(33000, sizeof *sound);

    golden(folder, sizeof folder);
    ck_assert_int_eq(test_network_open(ctx, &anaflow_plugin, &source, NULL, &network), 0);
    ck_assert_int_eq(test_network_run(ctx, &network, sound, 33000, 0, NULL, &sink),
                     ANA_EPARAM);
    ck_assert_str_eq(ana_error(ctx),
                     "the network hears 2 s, the sound is 2.062 s; add `window = 2 s, "
                     "stride 1 s` to the model");
    test_network_close(ctx, &network);
    free(sound);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(the_published_shape_has_its_layers_and_clock)
{
    const struct ana_model_source source = {
        .size = sizeof source, .checkpoint = "random", .flags = ANA_SOURCE_DESCRIBE};
    struct ana_ctx *ctx = test_ctx();
    struct test_network network;
    const struct ana_layer *conv3, *top;

    ck_assert_int_eq(test_network_open(ctx, &anaflow_plugin, &source, NULL, &network), 0);
    conv3 = &network.info.layers[test_network_layer(&network, "conv3")];
    top = &network.info.layers[test_network_layer(&network, "fctop_W")];
    ck_assert_int_eq(conv3->shape[0], 11);
    ck_assert_int_eq(conv3->shape[1], 512);
    ck_assert_double_eq_tol(conv3->rate, 128 / 24.0, 1e-9);
    ck_assert_int_eq(top->shape[0], 589);
    ck_assert_double_eq_tol(top->depth, 1, 1e-9);
    test_network_close(ctx, &network);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kell2018");
    TCase *all = tcase_create("all");

    tcase_add_test(all, every_stage_agrees_with_torch_from_sound);
    tcase_add_test(all, a_branch_alone_gives_the_same_and_leaves_the_other_out);
    tcase_add_test(all, more_than_two_seconds_are_refused_with_what_to_add);
    tcase_add_test(all, the_published_shape_has_its_layers_and_clock);
    tcase_set_timeout(all, 60);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
