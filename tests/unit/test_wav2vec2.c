/* SPDX-License-Identifier: BSD-3-Clause
 *
 * wav2vec 2.0, HuBERT and WavLM, layer by layer against torchaudio's answers
 * (../shared/reference) and torch's (tests/golden/wavlm, made by make_wavlm.py).
 */
#include "base/file.h"
#include "linalg/blas.h"
#include "linalg/pool.h"
#include "plugins/models/wav2vec2/network.h"
#include "tests/unit/networks.h"

extern const struct ana_plugin anaflow_plugin;

static void check_layer(struct ana_ctx *ctx, const struct test_network *network,
                        const struct ana_sink *sink, const char *id, const char *folder,
                        const char *file, double tolerance)
{
    const int64_t i = test_network_layer(network, id);
    char path[4096];
    double d;

    snprintf(path, sizeof path, "%s/%s.npy", folder, file);
    d = test_against_npy(ctx, path, sink->data[i], sink->frames[i], sink->units[i]);
    ck_assert_msg(d <= tolerance, "%s, layer %s: %g", folder, id, d);
}

/* Every layer of one case of the reference, on `threads` threads. */
static void check_case(const char *folder, int64_t convs, int64_t layers, int64_t threads,
                       double tolerance)
{
    const struct ana_model_source source = {.size = sizeof source, .checkpoint = folder};
    struct ana_ctx *ctx = test_ctx();
    struct ana_pool *pool = NULL;
    struct ana_sink sink = {0};
    struct test_network network;
    struct ana_tensor sound;
    char path[4096], id[32], file[32];

    ck_assert_int_eq(ana_pool_create(ctx, threads, &pool), 0);
    ana_ctx_set_pool(ctx, pool);
    snprintf(path, sizeof path, "%s/audio.npy", folder);
    ck_assert_int_eq(ana_npy_read(ctx, path, &sound), 0);
    ck_assert_msg(test_network_open(ctx, &anaflow_plugin, &source, NULL, &network) == 0,
                  "%s", ana_error(ctx));
    ck_assert_msg(
        test_network_run(ctx, &network, sound.data, sound.shape[0], 0, NULL, &sink) == 0,
        "%s", ana_error(ctx));
    for (int64_t i = 0; i < convs; i++) {
        snprintf(id, sizeof id, "conv%d", (int)i + 1);
        snprintf(file, sizeof file, "conv_%d", (int)i);
        check_layer(ctx, &network, &sink, id, folder, file, tolerance);
    }
    check_layer(ctx, &network, &sink, "projection", folder, "feature_projection",
                tolerance);
    for (int64_t i = 0; i <= layers; i++) {
        snprintf(id, sizeof id, "%d", (int)i);
        snprintf(file, sizeof file, "hidden_state_%d", (int)i);
        check_layer(ctx, &network, &sink, id, folder, file, tolerance);
    }
    test_sink_finish(&sink);
    test_network_close(ctx, &network);
    ana_tensor_finish(&sound);
    ana_ctx_destroy(ctx);
    ana_pool_destroy(pool);
}

#define REFERENCE(case_name, layers)                                                     \
    START_TEST(case_name##_agrees_on_every_layer)                                        \
    {                                                                                    \
        char folder[4096];                                                               \
                                                                                         \
        if (!test_shared("reference/model_" #case_name, folder, sizeof folder))          \
            TEST_SKIP("../shared/reference is not here");                                \
        check_case(folder, 7, layers, 1, 1e-5);                                          \
        check_case(folder, 7, layers, 2, 1e-5);                                          \
    }                                                                                    \
    END_TEST

REFERENCE(wav2vec2_base, 3)
REFERENCE(wav2vec2_large, 3)
REFERENCE(hubert_base, 2)
REFERENCE(hubert_large, 2)

static void golden_folder(const char *style, char *out, size_t room)
{
    snprintf(out, room, "%s/tests/golden/wavlm/%s", getenv("ANA_SOURCE"), style);
}

/* Attention as torch has it, frames x (heads x frames), against distances. */
static void check_maps(struct ana_ctx *ctx, const struct test_network *network,
                       const struct ana_sink *sink, const char *folder, int64_t layer)
{
    char path[4096], id[32];
    struct ana_tensor want;
    int64_t i, T, heads, span;

    snprintf(id, sizeof id, "attention%d", (int)layer);
    snprintf(path, sizeof path, "%s/attention_%d.npy", folder, (int)layer);
    i = test_network_layer(network, id);
    heads = network->info.layers[i].shape[0];
    span = network->info.layers[i].shape[1];
    ck_assert_int_eq(ana_npy_read(ctx, path, &want), 0);
    T = want.shape[0];
    ck_assert_int_eq(sink->frames[i], T);
    ck_assert_int_eq(span, 41); /* attention_reach = 20: more than T - 1 on no side */
    for (int64_t t = 0; t < T; t++)
        for (int64_t h = 0; h < heads; h++)
            for (int64_t d = 0; d < span; d++) {
                const int64_t j = t + d - 20;
                const double w =
                    j < 0 || j >= T ? 0 : ana_tensor_get(&want, (t * heads + h) * T + j);

                ck_assert_double_eq_tol((double)sink->data[i][(t * heads + h) * span + d],
                                        w, 1e-5);
            }
    ana_tensor_finish(&want);
}

static void check_wavlm(const char *style)
{
    static const char *const settings[] = {"attention_reach", "20", NULL};
    static const char *const files[] = {
        "conv_0",         "conv_1",         "conv_2",        "feature_projection",
        "hidden_state_0", "hidden_state_1", "hidden_state_2"};
    static const char *const ids[] = {"conv1", "conv2", "conv3", "projection",
                                      "0",     "1",     "2"};
    char folder[4096], path[4200];
    uint8_t wanted[TEST_MOST_LAYERS];
    struct ana_model_source source = {.size = sizeof source, .checkpoint = folder};
    struct ana_ctx *ctx = test_ctx();
    struct ana_sink sink = {0};
    struct test_network network;
    struct ana_tensor sound;

    golden_folder(style, folder, sizeof folder);
    snprintf(path, sizeof path, "%s/audio.npy", folder);
    ck_assert_int_eq(ana_npy_read(ctx, path, &sound), 0);
    ck_assert_msg(test_network_open(ctx, &anaflow_plugin, &source, settings, &network) ==
                      0,
                  "%s", ana_error(ctx));
    memset(wanted, 1, sizeof wanted);
    ck_assert_int_eq(
        test_network_run(ctx, &network, sound.data, sound.shape[0], 0, wanted, &sink), 0);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        check_layer(ctx, &network, &sink, ids[i], folder, files[i], 1e-5);
    check_maps(ctx, &network, &sink, folder, 1);
    check_maps(ctx, &network, &sink, folder, 2);
    test_sink_finish(&sink);
    test_network_close(ctx, &network);
    ana_tensor_finish(&sound);
    ana_ctx_destroy(ctx);
}

START_TEST(wavlm_agrees_with_torch_in_both_styles)
{
    check_wavlm("base");
    check_wavlm("stable");
}
END_TEST

static int count_emitted(struct ana_ctx *ctx, void *to, int64_t item, int64_t layer,
                         int64_t first, int64_t n, int64_t units, const float *x)
{
    float *const *all = to;

    (void)ctx;
    ck_assert_int_eq(item, 7);
    memcpy(all[layer] + first * units, x, (size_t)(n * units) * sizeof *x);
    return 0;
}

/* Five tiles and a piece give what one convolution after the other gives on the whole. */
START_TEST(tiles_give_what_the_whole_sound_gives)
{
    enum { N = 7001, C = 6 };
    struct ana_ctx *ctx = test_ctx();
    struct ana_checkpoint *checkpoint;
    struct shape shape = {0};
    struct weights weights = {0};
    uint8_t wanted[16] = {1, 1, 1};
    float *sound = malloc(N * sizeof *sound), *whole[4], *tiled[3], *features;
    struct output output = {wanted, 0, count_emitted, tiled};
    char folder[4096];
    struct ana_rng rng;
    int64_t n = N;

    golden_folder("base", folder, sizeof folder);
    ck_assert_int_eq(ana_checkpoint_open(ctx,
                                         &(struct ana_model_source){
                                             .size = sizeof(struct ana_model_source),
                                             .checkpoint = folder},
                                         NULL, &checkpoint),
                     0);
    ck_assert_int_eq(shape_read(ctx, checkpoint, &shape), 0);
    ck_assert_int_eq(weights_load(ctx, checkpoint, &shape, &weights), 0);
    ana_rng_init(ctx, "sound", 0, &rng);
    for (int i = 0; i < N; i++) /* loud, then soft: group norm must see it all */
        sound[i] = (float)(ana_rng_normal(&rng) * (i < 2000 ? 1 : .1) + .5);
    whole[0] = sound;
    for (int l = 0; l < 3; l++) {
        const struct ana_nn_conv1d_layer conv = {.in = l ? C : 1,
                                                 .out = C,
                                                 .taps = shape.taps[l],
                                                 .stride = shape.stride[l],
                                                 .groups = 1,
                                                 .w = weights.conv[l].w};
        const int64_t T = ana_nn_conv1d_length(&conv, n);

        whole[l + 1] = malloc((size_t)(T * C) * sizeof(float));
        tiled[l] = calloc((size_t)(T * C), sizeof(float));
        ck_assert_int_eq(ana_nn_conv1d(ctx, &conv, n, whole[l], NULL, whole[l + 1]), 0);
        if (l == 0)
            ck_assert_int_eq(
                ana_nn_group_norm(ctx, T, C, C, whole[1], weights.conv[0].norm.gain,
                                  weights.conv[0].norm.bias, 1e-5f, whole[1]),
                0);
        ck_assert_int_eq(ana_nn_activate(ctx, T * C, ANA_NN_GELU, whole[l + 1]), 0);
        n = T;
    }
    features = malloc((size_t)(n * C) * sizeof *features);
    ck_assert_int_gt(n, 5 * 64);
    for (int only = -1; only < 3; only++) { /* all three, or one of them */
        memset(wanted, only < 0, 3);
        if (only >= 0)
            wanted[only] = 1;
        ck_assert_int_eq(extract(ctx, &shape, &weights, 7, N, sound, &output, features),
                         0);
        for (int l = 0; l < 3; l++)
            for (int64_t i = 0; i < shape_frames(&shape, l + 1, N) * C; i++)
                ck_assert_double_eq_tol((double)tiled[l][i], (double)whole[l + 1][i],
                                        2e-5);
        for (int64_t i = 0; i < n * C; i++)
            ck_assert_double_eq_tol((double)features[i], (double)whole[3][i], 2e-5);
    }
    for (int l = 0; l < 3; l++) {
        free(whole[l + 1]);
        free(tiled[l]);
    }
    free(sound);
    free(features);
    weights_finish(ctx, &weights);
    ana_checkpoint_close(ctx, checkpoint);
    ana_ctx_destroy(ctx);
}
END_TEST

/* The last hidden state of a control of the tiny WavLM, for one sound. */
static float *run_control(struct ana_ctx *ctx, const char *control, int64_t twin,
                          int64_t *n)
{
    char folder[4096];
    struct ana_model_source source = {
        .size = sizeof source, .checkpoint = folder, .control = control, .twin = twin};
    struct ana_sink sink = {0};
    struct test_network network;
    float sound[600], *last;
    int64_t i;

    golden_folder("base", folder, sizeof folder);
    for (int k = 0; k < 600; k++)
        sound[k] = (float)sin(k * .1 + k * k * .001);
    ck_assert_msg(test_network_open(ctx, &anaflow_plugin, &source, NULL, &network) == 0,
                  "%s", ana_error(ctx));
    ck_assert_int_eq(test_network_run(ctx, &network, sound, 600, 0, NULL, &sink), 0);
    i = test_network_layer(&network, "2");
    *n = sink.frames[i] * sink.units[i];
    last = malloc((size_t)*n * sizeof *last);
    memcpy(last, sink.data[i], (size_t)*n * sizeof *last);
    test_sink_finish(&sink);
    test_network_close(ctx, &network);
    return last;
}

/* Replace every `from` in a text of n bytes by `to`; the new length. */
static size_t respell(char *text, size_t n, const char *from, const char *to)
{
    const size_t a = strlen(from), b = strlen(to);

    for (size_t i = 0; i + a <= n; i++)
        if (memcmp(text + i, from, a) == 0) {
            memmove(text + i + b, text + i + a, n - i - a);
            memcpy(text + i, to, b);
            n = n + b - a;
            i += b - 1;
        }
    return n;
}

/* tests/golden/wavlm/base as newer programs spell it, and without the prefix. */
static void write_respelled(struct ana_ctx *ctx, const char *golden, char *folder)
{
    char path[4400], header[32768], *file;
    int64_t n;
    uint64_t length;
    size_t at;
    FILE *out;

    test_folder(folder, 256);
    snprintf(path, sizeof path, "%s/config.json", golden);
    ck_assert_int_eq(ana_file_read(ctx, path, 1 << 20, &file, &n), 0);
    snprintf(path, sizeof path, "%s/config.json", folder);
    ck_assert_int_eq(ana_file_write(ctx, path, file, n), 0);
    ana_free(ctx, file);
    snprintf(path, sizeof path, "%s/model.safetensors", golden);
    ck_assert_int_eq(ana_file_read(ctx, path, 1 << 20, &file, &n), 0);
    memcpy(&length, file, sizeof length);
    at = (size_t)length;
    ck_assert_uint_lt(at, sizeof header / 2);
    memcpy(header, file + 8, at);
    at = respell(header, at, "\"wavlm.", "\"");
    at = respell(header, at, "conv.weight_g", "conv.parametrizations.weight.original0");
    at = respell(header, at, "conv.weight_v", "conv.parametrizations.weight.original1");
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    out = fopen(path, "w");
    ck_assert_ptr_nonnull(out);
    fwrite(&(uint64_t){at}, 8, 1, out);
    fwrite(header, 1, at, out);
    fwrite(file + 8 + length, 1, (size_t)n - 8 - (size_t)length, out);
    fclose(out);
    ana_free(ctx, file);
}

START_TEST(new_spellings_and_no_prefix_are_the_same_network)
{
    char golden[4096], folder[256];
    const char *const folders[] = {golden, folder};
    struct ana_ctx *ctx = test_ctx();
    float sound[600], *last[2];
    int64_t n[2];

    for (int k = 0; k < 600; k++)
        sound[k] = (float)sin(k * .1 + k * k * .001);
    golden_folder("base", golden, sizeof golden);
    write_respelled(ctx, golden, folder);
    for (int k = 0; k < 2; k++) {
        const struct ana_model_source source = {.size = sizeof source,
                                                .checkpoint = folders[k]};
        struct ana_sink sink = {0};
        struct test_network network;
        int64_t at;

        ck_assert_msg(test_network_open(ctx, &anaflow_plugin, &source, NULL, &network) ==
                          0,
                      "%s", ana_error(ctx));
        ck_assert_int_eq(test_network_run(ctx, &network, sound, 600, 0, NULL, &sink), 0);
        at = test_network_layer(&network, "2");
        n[k] = sink.frames[at] * sink.units[at];
        last[k] = malloc((size_t)n[k] * sizeof(float));
        memcpy(last[k], sink.data[at], (size_t)n[k] * sizeof(float));
        test_sink_finish(&sink);
        test_network_close(ctx, &network);
    }
    ck_assert_int_eq(n[0], n[1]);
    ck_assert_mem_eq(last[0], last[1], (size_t)n[0] * sizeof(float));
    free(last[0]);
    free(last[1]);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Clips of several lengths in one call, one frame and more: to the bit where BLAS takes
 * small products directly. */
START_TEST(each_clip_of_a_batch_gives_what_it_gives_alone)
{
    enum { CLIPS = 6 };
    static const int64_t length[CLIPS] = {4000, 161, 7001, 900, 3999, 2500};
    static const char *const styles[] = {"base", "stable"};
    struct ana_ctx *ctx = test_ctx();
    float *sound = malloc(7001 * sizeof *sound);
    struct ana_rng rng;

    ana_rng_init(ctx, "sound", 0, &rng);
    for (int i = 0; i < 7001; i++)
        sound[i] = (float)ana_rng_normal(&rng);
    for (int style = 0; style < 2; style++) {
        struct ana_input item[CLIPS];
        struct ana_batch batch = {.size = sizeof batch, .n = CLIPS, .item = item};
        struct ana_sink together[CLIPS] = {{.n_items = CLIPS}};
        struct test_network network;
        char folder[4096];
        uint8_t wanted[TEST_MOST_LAYERS];

        memset(wanted, 1, sizeof wanted); /* attention, too */
        golden_folder(styles[style], folder, sizeof folder);
        ck_assert_int_eq(test_network_open(ctx, &anaflow_plugin,
                                           &(struct ana_model_source){
                                               .size = sizeof(struct ana_model_source),
                                               .checkpoint = folder},
                                           NULL, &network),
                         0);
        for (int i = 0; i < CLIPS; i++) {
            item[i] = (struct ana_input){.size = sizeof *item, .rate = 16000};
            ana_tensor_view(ANA_F32, 1, &length[i], sound, &item[i].data);
        }
        test_network_costs(ctx, &network, sound, length[0], 1);
        ck_assert_int_eq(
            anaflow_plugin.model->forward(ctx, network.self, &batch, wanted, together),
            0);
        for (int i = 0; i < CLIPS; i++) {
            struct ana_sink alone = {0};

            ck_assert_int_eq(
                test_network_run(ctx, &network, sound, length[i], 0, wanted, &alone), 0);
            for (int64_t l = 0; l < network.info.n_layers; l++) {
                const int64_t n = alone.frames[l] * alone.units[l];

                ck_assert_int_eq(together[i].frames[l], alone.frames[l]);
                for (int64_t k = 0; k < n; k++)
                    ck_assert_double_eq_tol((double)together[i].data[l][k],
                                            (double)alone.data[l][k],
                                            2e-6 * (1 + fabs((double)alone.data[l][k])));
                if (ana_blas_direct() > 0) /* others pack rows that are left over anew */
                    ck_assert_mem_eq(together[i].data[l], alone.data[l],
                                     (size_t)n * sizeof(float));
            }
            test_sink_finish(&alone);
        }
        for (int i = 0; i < CLIPS; i++)
            test_sink_finish(&together[i]);
        anaflow_plugin.model->close(ctx, network.self);
    }
    free(sound);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(twins_differ_by_number_and_come_back_by_seed)
{
    struct ana_ctx *ctx = test_ctx();
    int64_t n;
    float *itself = run_control(ctx, "", 0, &n);

    for (int k = 0; k < 2; k++) {
        const char *control = k ? "random" : "permuted";
        float *a = run_control(ctx, control, 0, &n),
              *b = run_control(ctx, control, 1, &n);
        float *again = run_control(ctx, control, 0, &n);

        ck_assert_mem_eq(a, again, (size_t)n * sizeof *a);
        ck_assert(memcmp(a, b, (size_t)n * sizeof *a) != 0);
        ck_assert(memcmp(a, itself, (size_t)n * sizeof *a) != 0);
        free(a);
        free(b);
        free(again);
    }
    free(itself);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_sound_shorter_than_one_frame_is_refused_with_its_length)
{
    char folder[4096];
    struct ana_model_source source = {.size = sizeof source, .checkpoint = folder};
    struct ana_ctx *ctx = test_ctx();
    struct ana_sink sink = {0};
    struct test_network network;
    const float sound[39] = {0};

    golden_folder("stable", folder, sizeof folder);
    ck_assert_int_eq(test_network_open(ctx, &anaflow_plugin, &source, NULL, &network), 0);
    ck_assert_int_eq(test_network_run(ctx, &network, sound, 39, 0, NULL, &sink),
                     ANA_EDATA);
    ck_assert_str_eq(ana_error(ctx), "the sound has 39 samples at 16000 Hz; the network "
                                     "needs 40 for its first frame");
    test_network_close(ctx, &network);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(without_a_checkpoint_the_sentence_says_what_to_add)
{
    struct ana_model_source source = {.size = sizeof source};
    struct ana_ctx *ctx = test_ctx();
    struct test_network network;

    ck_assert_int_eq(test_network_open(ctx, &anaflow_plugin, &source, NULL, &network),
                     ANA_EPARAM);
    ck_assert_str_eq(ana_error(ctx), "the model needs its weights: add `checkpoint = "
                                     "FOLDER` (or `checkpoint = random`)");
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(only_describing_reads_no_weights)
{
    struct ana_model_source source = {
        .size = sizeof source, .checkpoint = "random", .flags = ANA_SOURCE_DESCRIBE};
    const char *const settings[] = {"shape", "wav2vec2-large", NULL};
    struct ana_ctx *ctx = test_ctx();
    struct test_network network;

    ck_assert_int_eq(test_network_open(ctx, &anaflow_plugin, &source, settings, &network),
                     0);
    ck_assert_int_eq(network.info.n_layers, 7 + 1 + 25 + 24);
    ck_assert_int_lt(ana_ctx_memory(ctx, NULL), 1 << 20);
    ck_assert_str_eq(network.info.layers[8].id, "0");
    ck_assert_double_eq_tol(network.info.layers[0].rate, 3200, 1e-9);
    ck_assert_double_eq_tol(network.info.layers[8].rate, 50, 1e-9);
    ck_assert_double_eq_tol(network.info.layers[8].start, 0.0125, 1e-9);
    ck_assert_double_eq_tol(network.info.layers[32].depth, 1, 1e-9);
    test_network_close(ctx, &network);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("wav2vec2");
    TCase *all = tcase_create("all");

    tcase_add_test(all, wav2vec2_base_agrees_on_every_layer);
    tcase_add_test(all, wav2vec2_large_agrees_on_every_layer);
    tcase_add_test(all, hubert_base_agrees_on_every_layer);
    tcase_add_test(all, hubert_large_agrees_on_every_layer);
    tcase_add_test(all, wavlm_agrees_with_torch_in_both_styles);
    tcase_add_test(all, tiles_give_what_the_whole_sound_gives);
    tcase_add_test(all, new_spellings_and_no_prefix_are_the_same_network);
    tcase_add_test(all, each_clip_of_a_batch_gives_what_it_gives_alone);
    tcase_add_test(all, twins_differ_by_number_and_come_back_by_seed);
    tcase_add_test(all, a_sound_shorter_than_one_frame_is_refused_with_its_length);
    tcase_add_test(all, without_a_checkpoint_the_sentence_says_what_to_add);
    tcase_add_test(all, only_describing_reads_no_weights);
    tcase_set_timeout(all, 60);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
