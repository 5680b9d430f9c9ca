/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/helpers.h"

#include <sndfile.h>

#include "base/file.h"
#include "base/text.h"
#include "data/stimuli.h"

static char folder[64];

/* "FOLDER/name", valid until the fourth call from now. */
static const char *in_folder(const char *name)
{
    static char paths[4][128];
    static int next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static double at_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (double)*state / 4294967296.0 - .5;
}

/* Noise that libsndfile writes: channel c is scaled by (c + 1) / channels. */
static const char *write_noise(const char *name, int format, int rate, int channels,
                               int64_t n)
{
    SF_INFO info = {.samplerate = rate, .channels = channels, .format = format};
    double *samples = malloc((size_t)(n * channels + 1) * sizeof *samples);
    const char *path = in_folder(name);
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    uint32_t state = 7;

    ck_assert_msg(file != NULL, "%s", sf_strerror(NULL));
    for (int64_t i = 0; i < n; i++) {
        const double x = at_random(&state);

        for (int c = 0; c < channels; c++)
            samples[i * channels + c] = x * (c + 1) / channels;
    }
    sf_writef_double(file, samples, n);
    sf_close(file);
    free(samples);
    return path;
}

static const char *write_samples(const char *name, int rate, int64_t n,
                                 const double *samples)
{
    SF_INFO info = {
        .samplerate = rate, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_DOUBLE};
    const char *path = in_folder(name);
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);

    sf_writef_double(file, samples, n);
    sf_close(file);
    return path;
}

static struct ana_stimuli *one_sound(struct ana_ctx *ctx, const char *path)
{
    struct ana_stimuli *stimuli;

    ck_assert_msg(ana_stimuli_create(ctx, 1, &path, 0, NULL, 0, NULL, &stimuli) == 0,
                  "%s", ana_error(ctx));
    return stimuli;
}

/* The largest difference between one read of [first, first + n) and reads of pieces. */
static double joints(struct ana_ctx *ctx, const struct ana_stimulus *sound, double rate,
                     int64_t first, int64_t n)
{
    float *whole = ana_alloc(ctx, n, sizeof *whole),
          *piece = ana_alloc(ctx, n, sizeof *piece);
    uint32_t state = 3;
    double most = 0, power = 0;

    ck_assert_msg(ana_stimulus_audio(ctx, sound, rate, first, n, whole) == 0, "%s",
                  ana_error(ctx));
    for (int64_t done = 0; done < n;) {
        int64_t k = 1 + (int64_t)((at_random(&state) + .5) * (double)n / 5);

        k = k < n - done ? k : n - done;
        ck_assert_int_eq(
            ana_stimulus_audio(ctx, sound, rate, first + done, k, piece + done), 0);
        done += k;
    }
    for (int64_t i = 0; i < n; i++) {
        most = fmax(most, fabs((double)whole[i] - (double)piece[i]));
        power += (double)whole[i] * (double)whole[i];
    }
    ck_assert(power / (double)n > 1e-5);
    ana_free(ctx, whole);
    ana_free(ctx, piece);
    return most;
}

START_TEST(stretches_join_to_the_whole_at_any_pair_of_rates)
{
    static const int rates[][2] = {{44100, 16000}, {8000, 16000},  {48000, 44100},
                                   {24000, 16000}, {11025, 20000}, {44100, 16001},
                                   {48000, 8000},  {22050, 22050}, {44100, 100}};
    struct ana_ctx *ctx = test_ctx();

    test_folder(folder, sizeof folder);
    for (size_t k = 0; k < sizeof rates / sizeof *rates; k++) {
        const char *path = write_noise("n.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT,
                                       rates[k][0], 2, 2 * rates[k][0] + 77);
        struct ana_stimuli *set = one_sound(ctx, path);

        ck_assert_double_le(
            joints(ctx, &set->item[0], rates[k][1], -100, 2 * rates[k][1] + 200), 1e-6);
        ana_stimuli_destroy(ctx, set);
    }
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(flac_and_ogg_join_as_well)
{
    static const int formats[] = {SF_FORMAT_FLAC | SF_FORMAT_PCM_16,
                                  SF_FORMAT_OGG | SF_FORMAT_VORBIS};
    struct ana_ctx *ctx = test_ctx();

    test_folder(folder, sizeof folder);
    for (int k = 0; k < 2; k++) {
        SF_INFO info = {.samplerate = 44100, .channels = 1, .format = formats[k]};
        struct ana_stimuli *set;

        if (!sf_format_check(&info))
            TEST_SKIP("libsndfile lacks FLAC or OGG");
        set = one_sound(
            ctx, write_noise(k ? "n.ogg" : "n.flac", formats[k], 44100, 1, 100000));
        ck_assert_double_le(joints(ctx, &set->item[0], 16000, 0, 36000), 1e-6);
        ck_assert_double_le(joints(ctx, &set->item[0], 44100, 99000, 900), 0);
        ana_stimuli_destroy(ctx, set);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

/* sin(2 pi f t) sampled by hand at the other rate, away from the file's ends. */
START_TEST(a_tone_keeps_frequency_phase_and_size)
{
    static const int rates[][2] = {{44100, 16000}, {8000, 48000}, {48000, 44100}};
    struct ana_ctx *ctx = test_ctx();
    double *samples = ana_alloc(ctx, 48000, sizeof *samples);
    float got[2000];

    test_folder(folder, sizeof folder);
    for (int k = 0; k < 3; k++) {
        const double f = 1234.5;
        struct ana_stimuli *set;

        for (int i = 0; i < rates[k][0]; i++)
            samples[i] = .8 * sin(2 * M_PI * f * i / rates[k][0]);
        set =
            one_sound(ctx, write_samples("tone.wav", rates[k][0], rates[k][0], samples));
        ck_assert_int_eq(ana_stimulus_audio(ctx, &set->item[0], rates[k][1],
                                            rates[k][1] / 2, 2000, got),
                         0);
        for (int i = 0; i < 2000; i++)
            ck_assert_double_eq_tol(
                (double)got[i], .8 * sin(2 * M_PI * f * (.5 + (double)i / rates[k][1])),
                1e-6);
        ana_stimuli_destroy(ctx, set);
    }
    ana_free(ctx, samples);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(four_minutes_are_read_at_random_without_being_held)
{
    enum { RATE = 8000, SECONDS = 240 };
    struct ana_ctx *ctx = test_ctx();
    float *whole = malloc(11025 * 20 * sizeof *whole), part[500];
    struct ana_stimuli *set;
    int64_t peak;

    test_folder(folder, sizeof folder);
    set = one_sound(ctx, write_noise("long.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, RATE,
                                     1, RATE * SECONDS));
    ck_assert_double_eq(set->item[0].duration, SECONDS);
    ck_assert_int_eq(
        ana_stimulus_audio(ctx, &set->item[0], 11025, 11025 * 200, 11025 * 20, whole), 0);
    for (int k = 0; k < 20; k++) {
        const int64_t first = 11025ll * 200 + k * 10007;

        ck_assert_int_eq(ana_stimulus_audio(ctx, &set->item[0], 11025, first, 500, part),
                         0);
        for (int i = 0; i < 500; i++)
            ck_assert_double_eq_tol((double)part[i], (double)whole[k * 10007 + i], 1e-6);
    }
    ana_ctx_memory(ctx, &peak);
    ck_assert_int_lt(peak, 200000);
    free(whole);
    ana_stimuli_destroy(ctx, set);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(outside_a_sound_is_silence)
{
    struct ana_ctx *ctx = test_ctx();
    float got[300];
    struct ana_stimuli *set;

    test_folder(folder, sizeof folder);
    set = one_sound(ctx,
                    write_noise("n.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_24, 8000, 1, 100));
    ck_assert_int_eq(ana_stimulus_audio(ctx, &set->item[0], 16000, -50, 300, got), 0);
    for (int i = 0; i < 50; i++)
        ck_assert(got[i] == 0);
    ck_assert(got[50] != 0);
    ck_assert(got[249] != 0);
    for (int i = 250; i < 300; i++)
        ck_assert(got[i] == 0);
    ck_assert_int_eq(ana_stimulus_audio(ctx, &set->item[0], 8000, 100, 50, got), 0);
    ck_assert(got[0] == 0);
    ck_assert_int_eq(ana_stimulus_audio(ctx, &set->item[0], 8000, INT64_MAX - 5, 50, got),
                     ANA_EPARAM);
    ck_assert_int_eq(ana_stimulus_audio(ctx, &set->item[0], 8000, INT64_MIN, 50, got), 0);
    ana_stimuli_destroy(ctx, set);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(channels_are_averaged)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_stimuli *mono, *quad;
    float a[100], b[100];

    test_folder(folder, sizeof folder);
    mono = one_sound(
        ctx, write_noise("a.wav", SF_FORMAT_WAV | SF_FORMAT_DOUBLE, 8000, 1, 100));
    quad = one_sound(
        ctx, write_noise("b.wav", SF_FORMAT_WAV | SF_FORMAT_DOUBLE, 8000, 4, 100));
    ck_assert_int_eq(quad->item[0].channels, 4);
    ck_assert_int_eq(ana_stimulus_audio(ctx, &mono->item[0], 8000, 0, 100, a), 0);
    ck_assert_int_eq(ana_stimulus_audio(ctx, &quad->item[0], 8000, 0, 100, b), 0);
    for (int i = 0; i < 100; i++) /* mean of 1/4, 2/4, 3/4, 4/4 */
        ck_assert_double_eq_tol((double)b[i], .625 * (double)a[i], 1e-6);
    ana_stimuli_destroy(ctx, mono);
    ana_stimuli_destroy(ctx, quad);
    ana_ctx_destroy(ctx);
}
END_TEST

static void put(struct ana_ctx *ctx, const char *name, const char *data, int64_t n)
{
    ck_assert_int_eq(ana_file_write(ctx, in_folder(name), data, n), 0);
}

START_TEST(damaged_sounds_are_refused_with_a_sentence)
{
    static const char *const cases[][2] = {
        {"empty.wav", "empty.wav: byte 0: the file is empty"},
        {"text.wav", "text.wav: is not a sound that libsndfile reads"},
        {"cut.wav",
         "cut.wav: was cut short: the WAV's data chunk at byte 36 promises 2000 "
         "bytes, 956 follow"},
        {"head.wav", "head.wav: was cut short: the WAV has no data chunk up to byte 30"},
        {"none.wav", "none.wav: holds no samples"},
        {"missing.wav", "missing.wav: cannot be opened: No such file"},
        {".", "is not a regular file"},
    };
    struct ana_ctx *ctx = test_ctx();
    struct ana_stimuli *set;
    char *wav;
    int64_t n;

    test_folder(folder, sizeof folder);
    write_noise("good.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, 1000);
    ck_assert_int_eq(ana_file_read(ctx, in_folder("good.wav"), 1 << 20, &wav, &n), 0);
    put(ctx, "cut.wav", wav, 1000);
    put(ctx, "head.wav", wav, 30);
    put(ctx, "empty.wav", "", 0);
    put(ctx, "text.wav", "This is a text.\n", 16);
    write_noise("none.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, 0);
    ana_free(ctx, wav);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const char *path = in_folder(cases[k][0]);

        ck_assert_int_eq(ana_stimuli_create(ctx, 1, &path, 0, NULL, 0, NULL, &set),
                         ANA_EDATA);
        ck_assert_msg(strstr(ana_error(ctx), cases[k][1]) != NULL, "%s", ana_error(ctx));
        ck_assert_ptr_null(set);
    }
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_sound_that_fails_when_read_names_its_frame)
{
    struct ana_ctx *ctx = test_ctx();
    double samples[5000] = {0};
    struct ana_stimuli *set;
    float got[4000];
    char *flac;
    int64_t n;

    test_folder(folder, sizeof folder);
    samples[4500] = NAN;
    set = one_sound(ctx, write_samples("nan.wav", 8000, 5000, samples));
    ck_assert_int_eq(ana_stimulus_audio(ctx, &set->item[0], 8000, 0, 4000, got), 0);
    ck_assert_int_eq(ana_stimulus_audio(ctx, &set->item[0], 8000, 4400, 200, got),
                     ANA_EDATA);
    ck_assert_ptr_nonnull(
        strstr(ana_error(ctx), "nan.wav: frame 4500 is not a finite number"));
    write_samples("nan.wav", 8000, 4000, samples);
    ck_assert_int_eq(ana_stimulus_audio(ctx, &set->item[0], 8000, 0, 10, got), ANA_EDATA);
    ck_assert_ptr_nonnull(
        strstr(ana_error(ctx), "nan.wav: has changed since the study began"));
    ana_stimuli_destroy(ctx, set);

    write_noise("whole.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 8000, 1, 20000);
    ck_assert_int_eq(ana_file_read(ctx, in_folder("whole.flac"), 1 << 20, &flac, &n), 0);
    put(ctx, "cut.flac", flac, n / 2);
    ana_free(ctx, flac);
    set = one_sound(ctx, in_folder("cut.flac"));
    ck_assert_int_eq(ana_stimulus_audio(ctx, &set->item[0], 8000, 16000, 4000, got),
                     ANA_EDATA);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "cut.flac: "));
    ana_stimuli_destroy(ctx, set);
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(rates_that_are_no_rates_are_refused)
{
    const double bad[] = {0, -16000, NAN, INFINITY, 1000 * M_PI};
    struct ana_ctx *ctx = test_ctx();
    struct ana_stimuli *set;
    float got[10];

    test_folder(folder, sizeof folder);
    set = one_sound(ctx,
                    write_noise("n.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, 100));
    for (int k = 0; k < 5; k++) {
        ck_assert_int_eq(ana_stimulus_audio(ctx, &set->item[0], bad[k], 0, 10, got),
                         ANA_EPARAM);
        ck_assert_ptr_nonnull(strstr(ana_error(ctx), "sound cannot be resampled to"));
    }
    ck_assert_int_eq(ana_stimulus_audio(ctx, &set->item[0], 22.05 * 100, 0, 10, got), 0);
    ck_assert_int_eq(ana_stimulus_audio(ctx, &set->item[0], 1000.0 / 3, 0, 3, got), 0);
    ana_stimuli_destroy(ctx, set);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(files_of_one_stem_are_one_stimulus_in_natural_order)
{
    static const char table[] =
        "onset\tduration\tword\n0.5\t0.25\thello\n1\t0.5\tworld\n";
    struct ana_ctx *ctx = test_ctx();
    struct ana_stimuli *set;
    char a[128], b[128], c[128], w[128], v[128];
    const char *audio[] = {a, b, c}, *words[] = {w, v}, *image = "pictures/s2.png";

    test_folder(folder, sizeof folder);
    strcpy(a, write_noise("s10.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, 8000));
    strcpy(b, write_noise("s2.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, 16000));
    strcpy(c, write_noise("s1.5.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 8000, 1, 8000));
    put(ctx, "s2.tsv", table, (int64_t)strlen(table));
    put(ctx, "only.tsv", table, (int64_t)strlen(table));
    strcpy(w, in_folder("s2.tsv"));
    strcpy(v, in_folder("only.tsv"));
    ck_assert_msg(ana_stimuli_create(ctx, 3, audio, 2, words, 1, &image, &set) == 0, "%s",
                  ana_error(ctx));
    ck_assert_int_eq(set->n, 4);
    ck_assert_str_eq(set->item[0].id, "only");
    ck_assert_double_eq(set->item[0].duration, 1.5);
    ck_assert_ptr_null(set->item[0].audio_path);
    ck_assert_str_eq(set->item[1].id, "s1.5");
    ck_assert_str_eq(set->item[2].id, "s2");
    ck_assert_double_eq(set->item[2].duration, 2);
    ck_assert_int_eq(set->item[2].n_words, 2);
    ck_assert_str_eq(set->item[2].words[1].text, "world");
    ck_assert_double_eq(set->item[2].words[1].onset, 1);
    ck_assert_str_eq(set->item[2].image_path, image);
    ck_assert_str_eq(set->item[3].id, "s10");

    ck_assert_int_eq(ana_stimuli_find(set, "s10"), 3);
    ck_assert_int_eq(ana_stimuli_find(set, "s10.wav"), 3);
    ck_assert_int_eq(ana_stimuli_find(set, "some/where/s10.mp3"), 3);
    ck_assert_int_eq(ana_stimuli_find(set, "s1.5"), 1);
    ck_assert_int_eq(ana_stimuli_find(set, "s1.5.wav"), 1);
    ck_assert_int_eq(ana_stimuli_find(set, "s1"), -1);
    ck_assert_int_eq(ana_stimuli_find(set, "s100"), -1);
    ck_assert_int_eq(ana_stimuli_find(set, ""), -1);
    ck_assert(ana_name_means("x/s1.5", "s1.5") && ana_name_means("s1.5.wav", "s1.5"));
    ck_assert(!ana_name_means("s1.5", "s1.6") && !ana_name_means(".wav", ""));
    ana_stimuli_destroy(ctx, set);
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(two_files_of_one_stem_are_refused_with_both_paths)
{
    const char *audio[] = {"a/x.wav", "b/y.wav", "b/x.flac"};
    struct ana_ctx *ctx = test_ctx();
    struct ana_stimuli *set;

    ck_assert_int_eq(ana_stimuli_create(ctx, 3, audio, 0, NULL, 0, NULL, &set),
                     ANA_EDATA);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "two files would be one stimulus"));
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "a/x.wav"));
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "b/x.flac"));
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(stimuli_without_files_are_named_by_a_list)
{
    char place[64], path[128];
    struct ana_ctx *ctx = test_ctx();
    struct ana_stimuli *set;
    const char *text = "s10.wav\ns2\nclips/tone1.5\ntone1.6\n";

    snprintf(path, sizeof path, "%s/names.txt", test_folder(place, sizeof place));
    ck_assert_int_eq(ana_file_write(ctx, path, text, (int64_t)strlen(text)), 0);
    ck_assert_int_eq(ana_stimuli_create_named(ctx, path, &set), 0);
    ck_assert_int_eq(set->n, 4);
    ck_assert_str_eq(set->item[0].id, "s2");
    ck_assert_str_eq(set->item[1].id, "s10");
    ck_assert_int_eq(ana_stimuli_find(set, "s10.flac"), 1);
    ck_assert_int_eq(ana_stimuli_find(set, "tone1.6"), 3);
    ck_assert_double_eq(set->item[0].duration, 0);
    ck_assert_ptr_null(set->item[0].audio_path);
    ana_stimuli_destroy(ctx, set);
    ck_assert_int_eq(ana_file_write(ctx, path, "a.wav\nb\na\n", 10), 0);
    ck_assert_int_eq(ana_stimuli_create_named(ctx, path, &set), ANA_EDATA);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "names.txt: the name 'a' stands there "
                                                 "twice"));
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(the_165_natural_sounds_are_a_set)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_stimuli *set;
    char buffer[512], pattern[600], **paths;
    float got[1600];
    int64_t n;

    if (!test_shared("data/fmri-natsound165/stimuli/wav", buffer, sizeof buffer)) {
        ana_ctx_destroy(ctx);
        TEST_SKIP("no ../shared/data/fmri-natsound165");
    }
    snprintf(pattern, sizeof pattern, "%s/*.wav", buffer);
    ck_assert_int_eq(ana_file_glob(ctx, pattern, &n, &paths), 0);
    ck_assert_int_eq(
        ana_stimuli_create(ctx, n, (const char *const *)paths, 0, NULL, 0, NULL, &set),
        0);
    ck_assert_int_eq(set->n, 165);
    for (int64_t i = 0; i < n; i++) {
        ck_assert_double_eq_tol(set->item[i].duration, 2, .01);
        ck_assert_int_eq(ana_stimuli_find(set, paths[i]), i);
        ana_free(ctx, paths[i]);
    }
    ck_assert_int_eq(ana_stimulus_audio(ctx, &set->item[0], 16000, 8000, 1600, got), 0);
    ana_free(ctx, paths);
    ana_stimuli_destroy(ctx, set);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stimuli");
    TCase *all = tcase_create("all");

    tcase_set_timeout(all, 600);
    tcase_add_test(all, stretches_join_to_the_whole_at_any_pair_of_rates);
    tcase_add_test(all, flac_and_ogg_join_as_well);
    tcase_add_test(all, a_tone_keeps_frequency_phase_and_size);
    tcase_add_test(all, four_minutes_are_read_at_random_without_being_held);
    tcase_add_test(all, outside_a_sound_is_silence);
    tcase_add_test(all, channels_are_averaged);
    tcase_add_test(all, damaged_sounds_are_refused_with_a_sentence);
    tcase_add_test(all, a_sound_that_fails_when_read_names_its_frame);
    tcase_add_test(all, rates_that_are_no_rates_are_refused);
    tcase_add_test(all, stimuli_without_files_are_named_by_a_list);
    tcase_add_test(all, files_of_one_stem_are_one_stimulus_in_natural_order);
    tcase_add_test(all, two_files_of_one_stem_are_refused_with_both_paths);
    tcase_add_test(all, the_165_natural_sounds_are_a_set);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
