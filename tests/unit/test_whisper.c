/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Whisper's encoder and front end against openai/whisper's answers (../shared/reference).
 */
#include "plugins/models/whisper/network.h"
#include "tests/unit/networks.h"

extern const struct ana_plugin anaflow_plugin;

static struct ana_tensor read_npy(struct ana_ctx *ctx, const char *folder,
                                  const char *name)
{
    char path[4200];
    struct ana_tensor tensor;

    snprintf(path, sizeof path, "%s/%s.npy", folder, name);
    ck_assert_msg(ana_npy_read(ctx, path, &tensor) == 0, "%s", ana_error(ctx));
    return tensor;
}

/* `frames` x bands against the case's bands x frames. */
static void check_mel(struct ana_ctx *ctx, const char *folder, const char *name,
                      int64_t bands, const float *mel)
{
    struct ana_tensor want = read_npy(ctx, folder, name);

    ck_assert_int_eq(want.shape[0], bands);
    for (int64_t m = 0; m < bands; m++)
        for (int64_t t = 0; t < want.shape[1]; t++)
            ck_assert_double_eq_tol((double)mel[t * bands + m],
                                    ana_tensor_get(&want, m * want.shape[1] + t), 2e-5);
    ana_tensor_finish(&want);
}

START_TEST(logmel_agrees_with_and_without_padding)
{
    char folder[4096];
    struct ana_ctx *ctx = test_ctx();
    struct ana_tensor sound, filters;

    if (!test_shared("reference/whisper_logmel", folder, sizeof folder)) {
        ana_ctx_destroy(ctx);
        TEST_SKIP("../shared/reference is not here");
    }
    sound = read_npy(ctx, folder, "audio");
    for (int64_t bands = 80; bands <= 128; bands += 48) {
        const int64_t frames = sound.shape[0] / HOP;
        float *mel = malloc((size_t)(3000 * bands) * sizeof *mel);
        struct logmel *logmel;
        char name[64];

        ck_assert_int_eq(logmel_create(ctx, bands, &logmel), 0);
        snprintf(name, sizeof name, "mel_filters_%d", (int)bands);
        filters = read_npy(ctx, folder, name);
        for (int64_t i = 0; i < bands * BINS; i++)
            ck_assert_double_eq_tol(logmel_filters(logmel)[i],
                                    ana_tensor_get(&filters, i), 1e-8);
        ana_tensor_finish(&filters);
        ck_assert_int_eq(logmel_run(ctx, logmel, sound.shape[0], sound.data, frames, mel),
                         0);
        snprintf(name, sizeof name, "logmel_unpadded_%d", (int)bands);
        check_mel(ctx, folder, name, bands, mel);
        if (bands == 80) {
            struct ana_tensor last = read_npy(ctx, folder, "logmel_30s_80_last_frame");

            ck_assert_int_eq(
                logmel_run(ctx, logmel, sound.shape[0], sound.data, 3000, mel), 0);
            check_mel(ctx, folder, "logmel_30s_80", bands, mel);
            for (int64_t m = 0; m < bands; m++)
                ck_assert_double_eq_tol((double)mel[2999 * bands + m],
                                        ana_tensor_get(&last, m), 2e-5);
            ana_tensor_finish(&last);
        }
        logmel_destroy(ctx, logmel);
        free(mel);
    }
    ana_tensor_finish(&sound);
    ana_ctx_destroy(ctx);
}
END_TEST

static void check_hidden(struct ana_ctx *ctx, const char *folder, int64_t i,
                         const float *got, int64_t frames, int64_t units)
{
    char path[4200];
    double d;

    snprintf(path, sizeof path, "%s/hidden_state_%d.npy", folder, (int)i);
    d = test_against_npy(ctx, path, got, frames, units);
    ck_assert_msg(d <= 2e-5, "%s, layer %d: %g", folder, (int)i, d);
}

START_TEST(thirty_seconds_agree_on_every_layer_from_sound)
{
    char folder[4096];
    const struct ana_model_source source = {.size = sizeof source, .checkpoint = folder};
    struct ana_ctx *ctx = test_ctx();
    struct ana_sink sink = {0};
    struct test_network network;
    struct ana_tensor sound;

    if (!test_shared("reference/model_whisper_30s", folder, sizeof folder)) {
        ana_ctx_destroy(ctx);
        TEST_SKIP("../shared/reference is not here");
    }
    sound = read_npy(ctx, folder, "audio");
    ck_assert_msg(test_network_open(ctx, &anaflow_plugin, &source, NULL, &network) == 0,
                  "%s", ana_error(ctx));
    ck_assert_int_eq(
        test_network_run(ctx, &network, sound.data, sound.shape[0], 0, NULL, &sink), 0);
    for (int64_t i = 0; i <= 2; i++) {
        const int64_t at = LAYER_HIDDEN + i;

        ck_assert_int_eq(sink.frames[at], 1500);
        check_hidden(ctx, folder, i, sink.data[at], sink.frames[at], sink.units[at]);
    }
    test_sink_finish(&sink);
    test_network_close(ctx, &network);
    ana_tensor_finish(&sound);
    ana_ctx_destroy(ctx);
}
END_TEST

struct kept {
    float *data[16];
    int64_t n[16], units[16];
};

static int keep(struct ana_ctx *ctx, void *to, int64_t layer, int64_t n, int64_t units,
                const float *x)
{
    struct kept *kept = to;

    (void)ctx;
    kept->data[layer] = malloc((size_t)(n * units) * sizeof *x);
    memcpy(kept->data[layer], x, (size_t)(n * units) * sizeof *x);
    kept->n[layer] = n;
    kept->units[layer] = units;
    return 0;
}

START_TEST(a_short_window_agrees_on_every_layer_from_logmel)
{
    char folder[4096];
    const struct ana_model_source source = {.size = sizeof source, .checkpoint = folder};
    struct ana_ctx *ctx = test_ctx();
    struct ana_checkpoint *checkpoint;
    struct shape shape = {0};
    struct weights weights = {0};
    struct kept kept = {0};
    uint8_t wanted[16];
    const struct output output = {wanted, 0, keep, &kept};
    struct ana_tensor logmel;
    float *mel;

    if (!test_shared("reference/model_whisper_short", folder, sizeof folder)) {
        ana_ctx_destroy(ctx);
        TEST_SKIP("../shared/reference is not here");
    }
    memset(wanted, 1, sizeof wanted);
    ck_assert_int_eq(ana_checkpoint_open(ctx, &source, NULL, &checkpoint), 0);
    ck_assert_int_eq(shape_read(ctx, checkpoint, &shape), 0);
    ck_assert_msg(weights_load(ctx, checkpoint, &shape, &weights) == 0, "%s",
                  ana_error(ctx));
    logmel = read_npy(ctx, folder, "logmel");
    mel = malloc((size_t)ana_tensor_count(&logmel) * sizeof *mel);
    for (int64_t t = 0; t < logmel.shape[1]; t++)
        for (int64_t m = 0; m < logmel.shape[0]; m++)
            mel[t * logmel.shape[0] + m] =
                (float)ana_tensor_get(&logmel, m * logmel.shape[1] + t);
    ck_assert_int_eq(logmel.shape[1], 2 * shape.positions);
    ck_assert_int_eq(encode(ctx, &shape, &weights, mel, &output), 0);
    for (int64_t i = 0; i <= 3; i++)
        check_hidden(ctx, folder, i, kept.data[LAYER_HIDDEN + i],
                     kept.n[LAYER_HIDDEN + i], kept.units[LAYER_HIDDEN + i]);
    for (int i = 0; i < 16; i++)
        free(kept.data[i]);
    free(mel);
    ana_tensor_finish(&logmel);
    weights_finish(ctx, &weights);
    ana_checkpoint_close(ctx, checkpoint);
    ana_ctx_destroy(ctx);
}
END_TEST

/* A sound of 1.5 windows is two windows, each as if it were alone. */
START_TEST(a_longer_sound_is_cut_into_windows_of_their_own)
{
    char folder[4096];
    const struct ana_model_source source = {.size = sizeof source, .checkpoint = folder};
    struct ana_ctx *ctx = test_ctx();
    struct ana_sink whole = {0}, second = {0};
    struct test_network network;
    int64_t window, at;
    float *sound;

    if (!test_shared("reference/model_whisper_short", folder, sizeof folder)) {
        ana_ctx_destroy(ctx);
        TEST_SKIP("../shared/reference is not here");
    }
    ck_assert_int_eq(test_network_open(ctx, &anaflow_plugin, &source, NULL, &network), 0);
    window = 2 * 60 * HOP;
    sound = malloc((size_t)window * 2 * sizeof *sound);
    for (int64_t i = 0; i < 2 * window; i++)
        sound[i] = (float)sin((double)i * .05 + (double)(i * i) * 1e-7);
    ck_assert_int_eq(
        test_network_run(ctx, &network, sound, window + window / 2, 0, NULL, &whole), 0);
    ck_assert_int_eq(
        test_network_run(ctx, &network, sound + window, window / 2, 0, NULL, &second), 0);
    test_network_costs(ctx, &network, sound, window + window / 2, 1);
    at = test_network_layer(&network, "3");
    ck_assert_int_eq(whole.frames[at], 120);
    ck_assert_mem_eq(whole.data[at] + 60 * whole.units[at], second.data[at],
                     (size_t)(60 * whole.units[at]) * sizeof(float));
    free(sound);
    test_sink_finish(&whole);
    test_sink_finish(&second);
    test_network_close(ctx, &network);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(an_untrained_one_keeps_its_positions_and_filters)
{
    const struct ana_model_source source = {.size = sizeof source,
                                            .checkpoint = "random"};
    const char *const settings[] = {"shape", "tiny", NULL};
    struct ana_ctx *ctx = test_ctx();
    struct ana_sink sink = {0};
    struct test_network network;
    const float sound[1600] = {0};
    uint8_t wanted[TEST_MOST_LAYERS] = {0};

    ck_assert_int_eq(test_network_open(ctx, &anaflow_plugin, &source, settings, &network),
                     0);
    wanted[LAYER_MEL] = wanted[LAYER_CONV2] = wanted[LAYER_HIDDEN] = 1;
    ck_assert_int_eq(test_network_run(ctx, &network, sound, 1600, 0, wanted, &sink), 0);
    for (int64_t i = 0; i < sink.frames[0] * 80; i++) /* silence: log10(1e-10) */
        ck_assert_double_eq_tol((double)sink.data[0][i], (-10 + 4) / 4.0, 1e-6);
    for (int64_t t = 0; t < 1500; t += 100)
        for (int64_t c = 0; c < 384; c += 5) {
            const double rate = pow(10000, -(double)(c % 192) / 191);
            const double added = (double)sink.data[LAYER_HIDDEN][t * 384 + c] -
                                 (double)sink.data[LAYER_CONV2][t * 384 + c];

            ck_assert_double_eq_tol(
                added, c < 192 ? sin((double)t * rate) : cos((double)t * rate), 1e-5);
        }
    test_sink_finish(&sink);
    test_network_close(ctx, &network);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("whisper");
    TCase *all = tcase_create("all");

    tcase_add_test(all, logmel_agrees_with_and_without_padding);
    tcase_add_test(all, thirty_seconds_agree_on_every_layer_from_sound);
    tcase_add_test(all, a_short_window_agrees_on_every_layer_from_logmel);
    tcase_add_test(all, a_longer_sound_is_cut_into_windows_of_their_own);
    tcase_add_test(all, an_untrained_one_keeps_its_positions_and_filters);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
