/* SPDX-License-Identifier: BSD-3-Clause
 *
 * EEGLAB: data sets in every form against MNE; channels, events, epochs; damage.
 */
#include "tests/unit/sources.h"

#include <anaflow/files.h>

#include "base/file.h"

static char folder[64];

static const char *in_folder(const char *name)
{
    static char paths[8][256];
    static int next;
    char *path = paths[next++ % 8];

    if (!folder[0])
        test_folder(folder, sizeof folder);
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static int open_set(struct test_recording *r, const char *file)
{
    return test_open(r, "eeglab", file, 0, "");
}

static void open_ok(struct test_recording *r, const char *file)
{
    test_open_ok(r, "eeglab", file, "");
}

static double sum_of(struct test_recording *r)
{
    const int64_t n = r->info.runs[0].n;
    struct ana_tensor out = {0};
    double sum = 0;

    ck_assert_int_eq(ana_tensor_create(r->ctx, ANA_F64, 2,
                                       (const int64_t[]){n, r->info.n_targets}, &out),
                     0);
    ck_assert_int_eq(r->vt->read(r->ctx, r->self, 0, 0, n, NULL, r->info.n_targets, &out),
                     0);
    for (int64_t i = 0; i < n * r->info.n_targets; i++)
        sum += ((double *)out.data)[i];
    ana_tensor_finish(&out);
    return sum;
}

static void check_row(struct test_recording *r, const char *const *cell)
{
    const char *what = cell[1];
    const double want = strtod(cell[2], NULL);
    long long channel, sample;
    double got;

    if (strncmp(what, "name ", 5) == 0) {
        ck_assert_str_eq(r->info.targets[atoi(what + 5)].name, cell[2]);
        return;
    }
    if (strcmp(what, "sum") == 0)
        got = sum_of(r);
    else if (strcmp(what, "rate") == 0)
        got = r->info.runs[0].rate;
    else if (strncmp(what, "event ", 6) == 0)
        got = r->info.events[atoi(what + 6)].onset;
    else {
        ck_assert_int_eq(sscanf(what, "%lld,%lld", &channel, &sample), 2);
        got = test_recording_at(r, atoll(cell[3]), sample, 0, channel);
    }
    ck_assert_msg(fabs(got - want) <=
                      1e-12 * fabs(want) + (what[0] == 's' || what[0] == 'e' ? 1e-6 : 0),
                  "%s %s: %.17g for %.17g", cell[0], what, got, want);
}

static void check_files(int real)
{
    struct ana_ctx *ctx = test_ctx();
    struct test_recording r = {0};
    struct ana_table *table;
    char open[200] = "", shared[512] = "", path[900];
    int64_t checked = 0;

    test_shared("data", shared, sizeof shared);
    ck_assert_int_eq(ana_table_read(ctx, test_golden("eeglab/expected.tsv"), 1, &table),
                     0);
    for (int64_t i = 0; i < table->n_rows; i++) {
        const char *const *cell = &table->cell[i * 4];

        if ((*cell[0] == '@') != real)
            continue;
        if (strcmp(open, cell[0]) != 0) {
            if (r.vt)
                test_recording_close(&r);
            snprintf(open, sizeof open, "%s", cell[0]);
            snprintf(path, sizeof path, "%s/%s", real ? shared : test_golden("eeglab"),
                     cell[0] + real);
            open_ok(&r, path);
        }
        check_row(&r, cell);
        checked++;
    }
    ck_assert_int_ge(checked, 12);
    test_recording_close(&r);
    ana_table_destroy(ctx, table);
    ana_ctx_destroy(ctx);
}

START_TEST(every_form_gives_what_mne_gives)
{
    check_files(0);
}
END_TEST

START_TEST(the_tutorial_set_gives_what_mne_gives)
{
    char shared[512];

    if (!test_shared("data/eeg-eeglab/eeglab_data.set", shared, sizeof shared))
        TEST_SKIP("no ../shared/data");
    check_files(1);
}
END_TEST

START_TEST(channels_events_and_epochs_are_what_the_set_says)
{
    struct test_recording r;
    double sum;

    open_ok(&r, test_golden("eeglab/embedded.set"));
    ck_assert_str_eq(r.info.targets[2].name, "\303\204"
                                             "1");
    ck_assert_str_eq(r.info.targets[2].space, "EEGLAB");
    ck_assert_double_eq(r.info.targets[2].position[1], -10);
    ck_assert_str_eq(r.info.unit, "uV");
    ck_assert_int_eq(r.info.n_events, 3);
    ck_assert_str_eq(r.info.events[0].text, "7");
    ck_assert_str_eq(r.info.events[1].text, "go");
    ck_assert_double_eq_tol(r.info.events[1].onset, .105, 1e-12);
    ck_assert_double_eq_tol(r.info.events[2].duration, .02, 1e-12);
    ck_assert(isnan(r.info.events[1].duration));
    test_recording_close(&r);
    open_ok(&r, test_golden("eeglab/epoched.set"));
    ck_assert_int_eq(r.info.n_runs, 3);
    ck_assert_int_eq(r.info.runs[2].n, 50);
    test_recording_close(&r);
    open_ok(&r, test_golden("eeglab/renamed.set"));
    sum = sum_of(&r);
    test_recording_close(&r);
    open_ok(&r, test_golden("eeglab/two.set"));
    ck_assert_double_eq(sum_of(&r), sum);
    test_recording_close(&r);
}
END_TEST

static void load(struct ana_ctx *ctx, const char *name, char **data, int64_t *n)
{
    ck_assert_int_eq(ana_file_read(ctx, test_golden(name), 1 << 20, data, n), 0);
}

static char *find(char *data, int64_t n, const char *text, int64_t k)
{
    for (int64_t i = 0; i + k <= n; i++)
        if (memcmp(data + i, text, (size_t)k) == 0)
            return data + i;
    ck_abort_msg("no %s", text);
    return NULL;
}

/* Bytes of embedded.set changed `after` the first `mark`, or at a place (mark NULL). */
static const struct {
    const char *mark;
    int after;
    const char *bytes;
    int n;
    int64_t length;
    const char *sentence;
} damages[] = {
    {NULL, 0, "\x89HDF\r\n\x1a\n", 8, 0, "is of MATLAB 7.3"},
    {NULL, 0, "MATLAB 7.3", 10, 0, "is of MATLAB 7.3; in EEGLAB, save it with '-v7'"},
    {NULL, 126, "XX", 2, 0, "byte 126: expected IM or MI"},
    {NULL, 126, "MI", 2, 0, "byte 128: an element that is longer than the file"},
    {NULL, 0, "", 0, 1, "byte 1: the file ends inside its MAT header"},
    {NULL, 0, "", 0, 127, "byte 127: the file ends inside its MAT header"},
    {NULL, 0, "", 0, 128,
     "EEG.nbchan: expected a whole number from 1 on, and there is none"},
    {NULL, 0, "", 0, 132, "byte 128: an element that is longer than the file"},
    {NULL, 0, "", 0, 300, "byte 128: an element that is longer than the file"},
    {NULL, 132, "\xff\xff\xff\xff", 4, 0, "byte 128: an element that is longer"},
    {NULL, 132, "\xff\xff\xff\x7f", 4, 0, "byte 128: an element that is longer"},
    {NULL, 128, "\x0d", 1, 0, "EEG.nbchan: expected a whole number from 1 on"},
    {NULL, 128, "\x0f", 1, 0, "byte 128: a compressed array does not inflate"},
    {NULL, 136, "\x07", 1, 0, "byte 128: an array whose parts do not fit into it"},
    {NULL, 140, "\x04", 1, 0, "byte 128: an array whose parts do not fit into it"},
    {NULL, 140, "\xff\xff", 2, 0, "byte 128: an array whose parts do not fit into it"},
    {NULL, 144, "\x06", 1, 0, "EEG.nbchan: expected a whole number"},
    {NULL, 144, "\x01", 1, 0, "EEG.nbchan: expected a whole number"},
    {NULL, 144, "\x11", 1, 0, "EEG.nbchan: expected a whole number"},
    {NULL, 152, "\x06", 1, 0, "byte 128: an array whose parts do not fit into it"},
    {NULL, 156, "\x09", 1, 0, "byte 128: an array whose parts do not fit into it"},
    {NULL, 160, "\xff\xff\xff\xff", 4, 0, "byte 128: an array whose parts do not fit"},
    {NULL, 160, "\xff\xff\xff\x7f\xff\xff\xff\x7f", 8, 0,
     "byte 128: an array whose parts"},
    {"EEG", 0, "EGG", 3, 0,
     "EEG.nbchan: expected a whole number from 1 on, and there is none"},
    {"nbchan", 0, "nbchaN", 6, 0,
     "EEG.nbchan: expected a whole number from 1 on, and there"},
    {"pnts", 0, "pntz", 4, 0, "EEG.pnts: expected a whole number from 1 on, and there"},
    {"trials", 0, "triels", 6, 0,
     "EEG.trials: expected a whole number from 1 on, and there"},
    {"srate", 0, "srote", 5, 0, "EEG.srate: expected a rate above 0 Hz"},
    {"data", 0, "dato", 4, 0, "has no EEG.data"},
};
enum { N_DAMAGES = sizeof damages / sizeof *damages };

static void expect_refused(const char *file, const char *sentence)
{
    struct test_recording r;

    ck_assert_int_eq(open_set(&r, in_folder(file)), ANA_EDATA);
    ck_assert_msg(strstr(ana_error(r.ctx), sentence) != NULL, "%s", ana_error(r.ctx));
    ck_assert(strstr(ana_error(r.ctx), file) != NULL);
    test_recording_close(&r);
}

START_TEST(damage_is_refused_with_its_place)
{
    struct ana_ctx *ctx = test_ctx();
    char *data;
    int64_t n, at = damages[_i].after;

    load(ctx, "eeglab/embedded.set", &data, &n);
    if (damages[_i].mark)
        at += find(data, n, damages[_i].mark, (int64_t)strlen(damages[_i].mark)) - data;
    memcpy(data + at, damages[_i].bytes, (size_t)damages[_i].n);
    ck_assert_int_eq(ana_file_write(ctx, in_folder("d.set"), data,
                                    damages[_i].length ? damages[_i].length : n),
                     0);
    ana_free(ctx, data);
    expect_refused("d.set", damages[_i].sentence);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Number `nth` of the doubles of a value (100 = srate, 50 = pnts, ...) replaced. */
static const struct {
    double from;
    int nth;
    double to;
    const char *sentence;
} numbers[] = {
    {100, 0, 0, "EEG.srate: expected a rate above 0 Hz, found 0"},
    {100, 0, -1, "EEG.srate: expected a rate above 0 Hz, found -1"},
    {100, 0, (double)NAN, "EEG.srate: expected a rate above 0 Hz"},
    {100, 0, (double)INFINITY, "EEG.srate: expected a rate above 0 Hz, found inf"},
    {50, 0, 0, "EEG.pnts: expected a whole number from 1 on"},
    {50, 0, -50, "EEG.pnts: expected a whole number from 1 on"},
    {50, 0, 50.5, "EEG.pnts: expected a whole number from 1 on"},
    {50, 0, 51, "51 samples x 1 trials were expected, found 200 values in 4 rows"},
    {50, 0, 1e14, "were expected, found 200 values in 4 rows"},
    {50, 0, 1e300, "EEG.pnts: expected a whole number from 1 on"},
    {4, 0, 5, "5 channels x 50 samples"},
    {4, 0, 2, "2 channels x 50 samples"},
    {4, 0, (double)NAN, "EEG.nbchan: expected a whole number from 1 on"},
    {4, 0, 9e14, "were expected, found 200 values"},
    {1, 0, 0, "EEG.trials: expected a whole number from 1 on"},
    {1, 0, 3, "3 trials were expected, found 200 values"},
    {1, 0, 1e14, "1e14"},
    {11.5, 0, (double)NAN, "EEG.event(2).latency is no number"},
    {11.5, 0, (double)INFINITY, "EEG.event(2).latency is no number"},
};
enum { N_NUMBERS = sizeof numbers / sizeof *numbers };

START_TEST(senseless_numbers_are_refused)
{
    struct ana_ctx *ctx = test_ctx();
    char *data, *at;
    int64_t n;

    load(ctx, "eeglab/embedded.set", &data, &n);
    at = find(data, n, (const char *)&numbers[_i].from, 8);
    memcpy(at, &numbers[_i].to, 8);
    ck_assert_int_eq(ana_file_write(ctx, in_folder("d.set"), data, n), 0);
    ana_free(ctx, data);
    expect_refused("d.set", numbers[_i].to == 1e14 && numbers[_i].from == 1
                                ? "were expected, found 200 values"
                                : numbers[_i].sentence);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_set_without_its_samples_says_so)
{
    struct ana_ctx *ctx = test_ctx();
    char *data;
    int64_t n;

    load(ctx, "eeglab/two.set", &data, &n);
    ck_assert_int_eq(ana_file_write(ctx, in_folder("lone.set"), data, n), 0);
    expect_refused("lone.set", "its samples are in two.fdt, which is not beside it");
    ck_assert_int_eq(ana_file_write(ctx, in_folder("two.set"), data, n), 0);
    ana_free(ctx, data);
    load(ctx, "eeglab/two.fdt", &data, &n);
    for (int k = -1; k <= 1; k += 2) {
        ck_assert_int_eq(
            ana_file_write(ctx, in_folder("two.fdt"), data, n + (k < 0 ? -4 : 0)), 0);
        if (k > 0) { /* a byte too many */
            FILE *file = fopen(in_folder("two.fdt"), "ab");

            fputc(0, file);
            fclose(file);
        }
        expect_refused("two.set", "need 800 bytes and it has");
    }
    ana_free(ctx, data);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(two_hundred_damaged_files_are_read_or_refused)
{
    static const char *const forms[] = {"eeglab/embedded.set", "eeglab/packed.set",
                                        "eeglab/flat.set", "eeglab/epoched.set"};
    struct ana_ctx *ctx = test_ctx();
    uint32_t state = 5;

    for (int i = 0; i < 200; i++) {
        struct test_recording r;
        char *data;
        int64_t n;
        int rc;

        load(ctx, forms[i % 4], &data, &n);
        for (int k = 0; k <= i % 3; k++) {
            state = state * 1664525u + 1013904223u;
            if (i % 8 == 0)
                n = (int64_t)(state % (uint32_t)n);
            else
                data[(int64_t)(state >> 8) % n] = (char)(state >> 3);
        }
        ck_assert_int_eq(ana_file_write(ctx, in_folder("f.set"), data, n), 0);
        ana_free(ctx, data);
        rc = open_set(&r, in_folder("f.set"));
        ck_assert_msg(rc == 0 || (rc == ANA_EDATA && strstr(ana_error(r.ctx), "f.set")) ||
                          rc == ANA_EPARAM,
                      "%d: %d %s", i, rc, ana_error(r.ctx));
        if (rc == 0)
            sum_of(&r);
        test_recording_close(&r);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("eeglab");
    TCase *t = tcase_create("eeglab");

    tcase_add_test(t, every_form_gives_what_mne_gives);
    tcase_add_test(t, the_tutorial_set_gives_what_mne_gives);
    tcase_add_test(t, channels_events_and_epochs_are_what_the_set_says);
    tcase_add_loop_test(t, damage_is_refused_with_its_place, 0, N_DAMAGES);
    tcase_add_loop_test(t, senseless_numbers_are_refused, 0, N_NUMBERS);
    tcase_add_test(t, a_set_without_its_samples_says_so);
    tcase_add_test(t, two_hundred_damaged_files_are_read_or_refused);
    suite_add_tcase(suite, t);
    return test_main(suite);
}
