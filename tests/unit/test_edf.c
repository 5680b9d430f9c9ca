/* SPDX-License-Identifier: BSD-3-Clause
 *
 * EDF and BDF: real files against MNE-Python, a small file of ours whose every sample is
 * known, what deviates and is read. What is damaged: test_damage.
 */
#include "tests/unit/sources.h"

#include <anaflow/files.h>

#include "base/file.h"

static char folder[64];

static const char *in_folder(const char *name)
{
    static char path[256];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* A change of plain.edf: `n` bytes at `at`, and the length it is cut or filled to. */
struct change {
    int64_t at;
    const char *bytes;
    int64_t length; /* 0 = as it is */
};

enum { HEAD = 256 * 5, RECORD = 16 + 16 + 40 + 4, SIZE = HEAD + 4 * RECORD };

static const char *changed(struct ana_ctx *ctx, const struct change *c, int n)
{
    char *data;
    int64_t size;

    ck_assert_int_eq(
        ana_file_read(ctx, test_golden("edf/plain.edf"), 1 << 20, &data, &size), 0);
    ck_assert_int_eq(size, SIZE);
    for (int i = 0; i < n; i++) {
        const int64_t length = c[i].length > 0 ? c[i].length : size;
        char *more = ana_alloc(ctx, length + 1, 1);

        memcpy(more, data, (size_t)(length < size ? length : size));
        if (c[i].bytes)
            memcpy(more + c[i].at, c[i].bytes, strlen(c[i].bytes));
        ana_free(ctx, data);
        data = more;
        size = length;
    }
    ck_assert_int_eq(ana_file_write(ctx, in_folder("changed.edf"), data, size), 0);
    ana_free(ctx, data);
    return in_folder("changed.edf");
}

static int open_edf(struct test_recording *r, const char *path, const char *channels)
{
    const struct ana_setting setting = {"channels", channels, ""};
    struct test_source s;
    const struct ana_source *source = test_source_of(&s, path, NULL, NULL, NULL, "", 0);

    return test_recording_open(r, "edf", source, &setting, channels ? 1 : 0);
}

static void open_ok(struct test_recording *r, const char *path, const char *channels)
{
    if (open_edf(r, path, channels) != 0)
        ck_abort_msg("%s", ana_error(r->ctx));
}

static int64_t target_of(const struct test_recording *r, const char *name)
{
    for (int64_t i = 0; i < r->info.n_targets; i++)
        if (strcmp(r->info.targets[i].name, name) == 0)
            return i;
    ck_abort_msg("no target %s", name);
    return -1;
}

START_TEST(every_sample_of_a_known_file_is_scaled_by_the_formula)
{
    struct test_recording r;

    open_ok(&r, test_golden("edf/plain.edf"), NULL);
    ck_assert_int_eq(r.info.n_targets, 2); /* neither text nor the slow thermometer */
    ck_assert_int_eq(r.info.n_runs, 1);
    ck_assert_int_eq(r.info.runs[0].n, 32);
    ck_assert_double_eq(r.info.runs[0].rate, 16);
    ck_assert_str_eq(r.info.unit, "uV");
    for (int64_t t = 0; t < 32; t++) {
        ck_assert_double_eq_tol(test_recording_at(&r, 0, t, 0, 0),
                                ((double)t + 2048) * 200 / 4095 - 100, 1e-12);
        ck_assert_double_eq_tol(test_recording_at(&r, 0, t, 0, 1),
                                (-100. * (double)t + 32768) * 100 / 65535 - 50, 1e-12);
    }
    test_recording_close(&r);
}
END_TEST

START_TEST(blocks_of_any_size_give_what_the_whole_gives)
{
    struct test_recording r;
    double whole[64], part[64];
    struct ana_tensor out;

    open_ok(&r, test_golden("edf/plain.edf"), NULL);
    ana_tensor_view(ANA_F64, 2, (int64_t[]){32, 2}, whole, &out);
    ck_assert_int_eq(r.vt->read(r.ctx, r.self, 0, 0, 32, NULL, 2, &out), 0);
    for (int64_t first = 0; first < 32; first += 3)
        for (int64_t n = 1; first + n <= 32; n += 5) {
            ana_tensor_view(ANA_F64, 2, (int64_t[]){n, 2}, part, &out);
            ck_assert_int_eq(r.vt->read(r.ctx, r.self, 0, first, n, NULL, 2, &out), 0);
            ck_assert_mem_eq(part, whole + 2 * first, (size_t)n * 2 * sizeof *part);
        }
    test_recording_close(&r);
}
END_TEST

START_TEST(float32_is_the_rounded_double)
{
    struct test_recording r;
    double wide[64];
    float narrow[64];
    struct ana_tensor out;

    open_ok(&r, test_golden("edf/plain.edf"), NULL);
    ana_tensor_view(ANA_F64, 2, (int64_t[]){32, 2}, wide, &out);
    ck_assert_int_eq(r.vt->read(r.ctx, r.self, 0, 0, 32, NULL, 2, &out), 0);
    ana_tensor_view(ANA_F32, 2, (int64_t[]){32, 2}, narrow, &out);
    ck_assert_int_eq(r.vt->read(r.ctx, r.self, 0, 0, 32, NULL, 2, &out), 0);
    for (int i = 0; i < 64; i++)
        ck_assert(narrow[i] == (float)wide[i]);
    test_recording_close(&r);
}
END_TEST

START_TEST(annotations_are_events_with_onset_and_duration)
{
    struct test_recording r;

    open_ok(&r, test_golden("edf/plain.edf"), NULL);
    ck_assert_int_eq(r.info.n_events, 1);
    ck_assert_str_eq(r.info.events[0].text, "word");
    ck_assert_double_eq(r.info.events[0].onset, .75);
    ck_assert_double_eq(r.info.events[0].duration, .25);
    test_recording_close(&r);
}
END_TEST

START_TEST(a_gap_parts_a_discontinuous_file_into_runs)
{
    /* record 2 begins at 5 s rather than 1 s, record 3 at 5.5 s */
    const struct change gap[] = {{192, "EDF+D", 0},
                                 {HEAD + 2 * RECORD + 32, "+5\x14\x14", 0},
                                 {HEAD + 3 * RECORD + 32, "+5.5\x14\x14", 0}};
    struct ana_ctx *ctx = test_ctx();
    struct test_recording r;

    open_ok(&r, changed(ctx, gap, 3), NULL);
    ck_assert_int_eq(r.info.n_runs, 2);
    ck_assert_str_eq(r.info.runs[0].id, "changed");
    ck_assert_str_eq(r.info.runs[1].id, "changed/2");
    ck_assert_str_eq(r.info.runs[1].stimulus, "changed");
    ck_assert_double_eq(r.info.runs[1].start, 5);
    ck_assert_int_eq(r.info.runs[1].n, 16);
    ck_assert_double_eq_tol(test_recording_at(&r, 1, 0, 0, 0), 2064. * 200 / 4095 - 100,
                            1e-12);
    test_recording_close(&r);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(text_that_is_no_utf8_is_latin1)
{
    const struct change word = {1406, "w\xf6rd", 0},
                        micro = {256 + 4 * 96, "\x83\xcaV", 0};
    struct ana_ctx *ctx = test_ctx();
    const struct ana_warning *warnings;
    struct test_recording r;

    open_ok(&r, changed(ctx, &word, 1), NULL);
    ck_assert_str_eq(r.info.events[0].text, "w\xc3\xb6rd");
    test_recording_close(&r);
    open_ok(&r, changed(ctx, &micro, 1), "EEG Fz"); /* micro in Shift JIS */
    ck_assert_str_eq(r.info.unit, "\xc2\xb5V");
    ck_assert_int_eq(ana_ctx_warnings(r.ctx, &warnings), 0);
    test_recording_close(&r);
    ana_ctx_destroy(ctx);
}
END_TEST

/* EDF+ lets texts have tabs and ends of lines. */
START_TEST(annotations_are_what_they_were_but_for_blank_ones)
{
    const struct change tab = {1406, "a\tb ", 0}, blank = {1406, " \t\n ", 0};
    struct ana_ctx *ctx = test_ctx();
    struct test_recording r;
    int64_t n;

    open_ok(&r, changed(ctx, &tab, 1), NULL);
    ck_assert_str_eq(r.info.events[0].text, "a\tb ");
    n = r.info.n_events;
    test_recording_close(&r);
    open_ok(&r, changed(ctx, &blank, 1), NULL);
    ck_assert_int_eq(r.info.n_events, n - 1);
    test_recording_close(&r);
    ana_ctx_destroy(ctx);
}
END_TEST

/* BDF+D: the trigger of sample 20, which is the fourth behind the gap. */
START_TEST(triggers_behind_a_gap_count_it_in)
{
    const char *const onsets[] = {"+5\x14\x14", "+5.5\x14\x14"};
    struct ana_ctx *ctx = test_ctx();
    struct test_recording r;
    char *data;
    int64_t size;

    ck_assert_int_eq(
        ana_file_read(ctx, test_golden("edf/plain.bdf"), 1 << 20, &data, &size), 0);
    memcpy(data + 192, "BDF+D", 5);
    for (int i = 0; i < 2; i++)
        memcpy(data + HEAD + (2 + i) * 132 + 48, onsets[i], strlen(onsets[i]) + 1);
    ck_assert_int_eq(ana_file_write(ctx, in_folder("gap.bdf"), data, size), 0);
    open_ok(&r, in_folder("gap.bdf"), NULL);
    ck_assert_int_eq(r.info.n_runs, 2);
    ck_assert_double_eq(r.info.runs[1].start, 5);
    ck_assert_int_eq(r.info.n_events, 2);
    ck_assert_str_eq(r.info.events[1].text, "7");
    ck_assert_int_eq(r.info.events[1].run, 1);
    ck_assert_double_eq(r.info.events[1].onset, .25);
    test_recording_close(&r);
    ana_free(ctx, data);
    ana_ctx_destroy(ctx);
}
END_TEST

/* 24 bits a sample, annotations and triggers in one file, against MNE. */
START_TEST(bdf_plus_gives_what_mne_gives)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_table *table;
    struct test_recording r;

    open_ok(&r, test_golden("edf/plain.bdf"), NULL);
    ck_assert_int_eq(r.info.n_targets, 2);
    ck_assert_int_eq(ana_table_read(ctx, test_golden("edf/plain_bdf.tsv"), 1, &table), 0);
    for (int64_t i = 0; i < table->n_rows; i++) {
        const char *const *cell = &table->cell[3 * i];
        const double want = strtod(cell[2], NULL);

        if (*cell[0] == '#') {
            ck_assert_str_eq(r.info.events[0].text, cell[0] + 1);
            ck_assert_double_eq(r.info.events[0].onset, want);
            ck_assert_double_eq(r.info.events[0].duration, strtod(cell[1], NULL));
        } else {
            ck_assert_double_eq_tol(
                test_recording_at(&r, 0, atoll(cell[1]), 0, target_of(&r, cell[0])), want,
                4.5e-16 * fabs(want) + 1e-12);
        }
    }
    ck_assert_int_eq(table->n_rows, 65);
    ck_assert_int_eq(r.info.n_events, 2); /* the low 16 bits of Status alone */
    ck_assert_str_eq(r.info.events[1].text, "7");
    ck_assert_double_eq(r.info.events[1].onset, 1.25);
    ana_table_destroy(ctx, table);
    test_recording_close(&r);
    ana_ctx_destroy(ctx);
}
END_TEST

/* What deviates, is read, and is said. */
static const struct {
    struct change change;
    const char *warning, *target;
    int64_t samples;
} deviations[] = {
    {{256 + 4 * 96, "\xb5V", 0},
     "1 of its labels and units, neither ASCII nor UTF-8, were taken as Latin-1",
     "EEG Fz",
     32},
    {{236, "-1 ", 0}, "the number of records is not given; 4 were found", "EEG Fz", 32},
    {{236, "9 ", 0}, "9 records are promised and 4 found", "EEG Fz", 32},
    {{256 + 4 * 104, "100", 0}, NULL, "EEG Fz", 32},
    {{256 + 4 * 104, "100 ", 0},
     "signal 'EEG Fz' has no physical range (100 to 100)",
     "EEG Fz",
     32},
    {{256 + 4 * 120, "2047 ", 0}, "signal 'EEG Fz' has no digital range", "EEG Fz", 32},
    {{168, "00.00.00", 0}, NULL, "EEG Fz", 32},
    {{256 + 4 * 112, "99,5", 0},
     "1 numbers of the header have a decimal comma",
     "EEG Fz",
     32},
    {{0, NULL, SIZE - 7}, "4 records are promised and 3 found", "EEG Fz", 24},
    {{0, NULL, SIZE + 5}, "5 bytes behind the last record were left out", "EEG Fz", 32},
    {{184, "512 ", 0},
     "the header says that it has 512 bytes; 4 signals make it 1280",
     "EEG Fz",
     32},
    {{244, "0  ", 0}, "a record is said to last 0 s", "EEG Fz", 32},
    {{256 + 16, "EEG Fz", 0}, "2 signals are called 'EEG Fz'", "EEG Fz-1", 32},
};
enum { N_DEVIATIONS = sizeof deviations / sizeof *deviations };

START_TEST(a_deviation_is_read_with_a_warning)
{
    const int d = _i;
    struct ana_ctx *ctx = test_ctx();
    struct test_recording r;
    const struct ana_warning *warnings;
    char all[4000] = "";
    int64_t n;

    open_ok(&r, changed(ctx, &deviations[d].change, 1), NULL);
    target_of(&r, deviations[d].target);
    ck_assert_int_eq(r.info.runs[0].n, deviations[d].samples);
    n = ana_ctx_warnings(r.ctx, &warnings);
    for (int64_t i = 0; i < n; i++)
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s\n", warnings[i].text);
    if (deviations[d].warning)
        ck_assert_msg(strstr(all, deviations[d].warning) != NULL, "%s", all);
    test_recording_close(&r);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(wrong_channels_are_named)
{
    struct test_recording r;

    ck_assert_int_eq(open_edf(&r, test_golden("edf/plain.edf"), "EEG Pz"), ANA_EPARAM);
    ck_assert(strstr(ana_error(r.ctx), "no channel is called 'EEG Pz'; there are 4: EEG "
                                       "Fz, EEG Cz, EDF Annotations, Temp") != NULL);
    test_recording_close(&r);
    ck_assert_int_eq(open_edf(&r, test_golden("edf/plain.edf"), "EEG Fz, Temp"),
                     ANA_EPARAM);
    ck_assert(strstr(ana_error(r.ctx),
                     "'EEG Fz' has 16 Hz and 'Temp' 4 Hz; choose signals "
                     "of one rate with `channels`") != NULL);
    test_recording_close(&r);
    ck_assert_int_eq(open_edf(&r, test_golden("edf/plain.edf"), "EDF*"), ANA_EPARAM);
    ck_assert(strstr(ana_error(r.ctx), "holds text, not numbers") != NULL);
    test_recording_close(&r);
    open_ok(&r, test_golden("edf/plain.edf"), "Temp");
    ck_assert_double_eq(r.info.runs[0].rate, 4);
    ck_assert_double_eq_tol(test_recording_at(&r, 0, 1, 0, 0), 37, 1e-12);
    test_recording_close(&r);
    open_ok(&r, test_golden("edf/plain.edf"), "-EEG C*");
    ck_assert_int_eq(r.info.n_targets, 1);
    test_recording_close(&r);
}
END_TEST

static void write_text(struct ana_ctx *ctx, const char *name, const char *text)
{
    ck_assert_int_eq(ana_file_write(ctx, in_folder(name), text, (int64_t)strlen(text)),
                     0);
}

START_TEST(the_tables_of_bids_give_types_bad_channels_and_places)
{
    struct ana_ctx *ctx = test_ctx();
    struct test_recording r;
    char *data;
    int64_t size;

    ck_assert_int_eq(
        ana_file_read(ctx, test_golden("edf/plain.edf"), 1 << 20, &data, &size), 0);
    ck_assert_int_eq(ana_file_write(ctx, in_folder("sub-01_task-x_ieeg.edf"), data, size),
                     0);
    write_text(ctx, "sub-01_task-x_channels.tsv",
               "name\ttype\tstatus\nEEG Fz\tECOG\tbad\nEEG Cz\tTRIG\tgood\n");
    write_text(ctx, "sub-01_space-MNI_electrodes.tsv",
               "name\tx\ty\tz\tanatomy\themisphere\nEEG Fz\t1\t-2\t3.5\tSTG\tleft\n");
    open_ok(&r, in_folder("sub-01_task-x_ieeg.edf"), NULL);
    ck_assert_int_eq(r.info.n_targets, 1);
    ck_assert_int_eq(r.info.targets[0].bad, 1);
    ck_assert_str_eq(r.info.targets[0].region, "STG");
    ck_assert_str_eq(r.info.targets[0].hemisphere, "L");
    ck_assert_double_eq(r.info.targets[0].position[1], -2);
    ck_assert_str_eq(r.info.targets[0].space, "MNI");
    test_recording_close(&r);
    write_text(ctx, "sub-01_space-MNI_coordsystem.json",
               "{\"iEEGCoordinateUnits\": \"cm\"}");
    open_ok(&r, in_folder("sub-01_task-x_ieeg.edf"), NULL);
    ck_assert_double_eq(r.info.targets[0].position[1], -20);
    test_recording_close(&r);
    write_text(ctx, "sub-01_space-MNI_coordsystem.json",
               "{\"iEEGCoordinateUnits\": \"feet\"}");
    ck_assert_int_eq(open_edf(&r, in_folder("sub-01_task-x_ieeg.edf"), NULL), ANA_EDATA);
    ck_assert_ptr_nonnull(
        strstr(ana_error(r.ctx), "positions in 'feet'; expected mm, cm or m"));
    test_recording_close(&r);
    ana_free(ctx, data);
    ana_ctx_destroy(ctx);
}
END_TEST

static double unit_scale(const char *unit) /* to uV */
{
    return strcmp(unit, "mV") == 0 ? 1e3 : strcmp(unit, "V") == 0 ? 1e6 : 1;
}

START_TEST(real_files_give_what_mne_gives)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_table *table;
    struct test_recording r = {0};
    char shared[512], path[700] = "";
    int64_t checked = 0;

    if (!test_shared("data/formats-eeg/edf/tests/data", shared, sizeof shared)) {
        ana_ctx_destroy(ctx);
        TEST_SKIP("no ../shared/data");
    }
    ck_assert_int_eq(ana_table_read(ctx, test_golden("edf/real.tsv"), 1, &table), 0);
    for (int64_t i = 0; i < table->n_rows; i++) {
        const char *const *cell = &table->cell[i * 4];
        const double want = strtod(cell[3], NULL);

        if (strstr(path, cell[0]) == NULL) {
            if (r.vt)
                test_recording_close(&r);
            snprintf(path, sizeof path, "%s/%s", shared, cell[0]);
            open_ok(&r, path, NULL);
        }
        checked++;
        if (strcmp(cell[1], "#rate") == 0) {
            ck_assert_double_eq(r.info.runs[0].rate, want);
        } else if (strcmp(cell[1], "#samples") == 0) {
            ck_assert_int_eq(r.info.runs[0].n, (int64_t)want);
        } else if (strcmp(cell[1], "#events") == 0) {
            ck_assert_int_eq(r.info.n_events, (int64_t)want);
        } else {
            const double got =
                test_recording_at(&r, 0, atoll(cell[2]), 0, target_of(&r, cell[1])) *
                unit_scale(r.info.unit);

            ck_assert_double_eq_tol(got, want, 4e-16 * fabs(want) + 1e-12);
        }
    }
    ck_assert_int_gt(checked, 70);
    test_recording_close(&r);
    ana_table_destroy(ctx, table);
    ana_ctx_destroy(ctx);
}
END_TEST

static void make_folder(void)
{
    test_folder(folder, sizeof folder);
}

int main(void)
{
    Suite *s = suite_create("edf");
    TCase *t = tcase_create("edf");

    tcase_add_unchecked_fixture(t, make_folder, NULL);
    tcase_add_test(t, every_sample_of_a_known_file_is_scaled_by_the_formula);
    tcase_add_test(t, blocks_of_any_size_give_what_the_whole_gives);
    tcase_add_test(t, float32_is_the_rounded_double);
    tcase_add_test(t, annotations_are_events_with_onset_and_duration);
    tcase_add_test(t, bdf_plus_gives_what_mne_gives);
    tcase_add_test(t, text_that_is_no_utf8_is_latin1);
    tcase_add_test(t, annotations_are_what_they_were_but_for_blank_ones);
    tcase_add_test(t, triggers_behind_a_gap_count_it_in);
    tcase_add_test(t, a_gap_parts_a_discontinuous_file_into_runs);
    tcase_add_loop_test(t, a_deviation_is_read_with_a_warning, 0, N_DEVIATIONS);
    tcase_add_test(t, wrong_channels_are_named);
    tcase_add_test(t, the_tables_of_bids_give_types_bad_channels_and_places);
    tcase_add_test(t, real_files_give_what_mne_gives);
    suite_add_tcase(s, t);
    return test_main(s);
}
