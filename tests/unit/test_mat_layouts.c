/* SPDX-License-Identifier: BSD-3-Clause
 *
 * MAT files that say themselves what they hold, FieldTrip's and CND's, and v7.3, which is
 * read as HDF5: the same values and names from v5 and v7.3, and scipy's.
 */
#include "tests/unit/sources.h"

#include <math.h>

#include "base/file.h"

static const char *const kinds[] = {"v5", "v73"};

static int try_open(struct test_recording *r, const char *file, const char *variable,
                    const char *feature)
{
    const struct ana_setting setting = {"feature", feature, ""};
    struct test_source s;
    char path[256];

    snprintf(path, sizeof path, "mat/%s", file);
    return test_recording_open(
        r, "mat", test_source_of(&s, test_golden(path), variable, NULL, NULL, "", 0),
        &setting, feature && *feature ? 1 : 0);
}

static void open_kind(struct test_recording *r, const char *name, int kind,
                      const char *feature)
{
    char file[128];

    snprintf(file, sizeof file, "%s_%s.mat", name, kinds[kind]);
    if (try_open(r, file, NULL, feature) != 0)
        ck_abort_msg("%s", ana_error(r->ctx));
}

static const char *field(const char *line, int column, char out[128])
{
    for (; column > 0; column--)
        line = strchr(line, '\t') + 1;
    snprintf(out, 128, "%.*s", (int)strcspn(line, "\t\n"), line);
    return out;
}

START_TEST(every_value_is_the_one_that_was_written)
{
    struct ana_ctx *ctx = test_ctx();
    char *text, *line;
    int64_t n, checked = 0;

    ck_assert_int_eq(
        ana_file_read(ctx, test_golden("mat/layouts.tsv"), 1 << 20, &text, &n), 0);
    for (line = strchr(text, '\n') + 1; line && *line; line = strchr(line, '\n') + 1) {
        char file[128], feature[128], word[128];
        struct test_recording r;
        int64_t at[3], row, time;
        double found;

        field(line, 0, file);
        field(line, 1, feature);
        for (int i = 0; i < 3; i++)
            at[i] = atoll(field(line, 2 + i, word));
        ck_assert_msg(try_open(&r, file, NULL, feature) == 0, "%s", ana_error(r.ctx));
        row = r.info.layout == ANA_LAYOUT_EPOCHS ? at[0] : at[1];
        time = r.info.layout == ANA_LAYOUT_EPOCHS ? at[1] : 0;
        found = test_recording_at(&r, r.info.layout == ANA_LAYOUT_EPOCHS ? 0 : at[0], row,
                                  time, at[2]);
        ck_assert_msg(found == strtod(field(line, 5, word), NULL), "%.60s: %.17g", line,
                      found);
        test_recording_close(&r);
        checked++;
    }
    ck_assert_int_ge(checked, 100);
    ana_free(ctx, text);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(raw_fieldtrip_is_runs_that_begin_at_their_own_times)
{
    struct test_recording r;

    open_kind(&r, "fieldtrip", _i, NULL);
    ck_assert_int_eq(r.info.layout, ANA_LAYOUT_SERIES);
    ck_assert_int_eq(r.info.n_runs, 3);
    ck_assert_int_eq(r.info.runs[1].n, 50);
    ck_assert_double_eq(r.info.runs[1].rate, 200);
    for (int64_t i = 0; i < 3; i++)
        ck_assert_double_eq(r.info.runs[i].start, -.05);
    ck_assert_int_eq(r.info.n_targets, 4);
    ck_assert_str_eq(r.info.targets[2].name, "Pz");
    ck_assert_double_eq(r.info.targets[2].position[0],
                        30); /* cm, by label, not by order */
    ck_assert_double_eq(r.info.targets[0].position[2], 80);
    ck_assert(isnan(r.info.targets[1].position[0])); /* Cz is not in elec */
    test_recording_close(&r);
}
END_TEST

START_TEST(dimord_says_the_dimensions_of_timelocked_data)
{
    struct test_recording r;

    open_kind(&r, "timelock", _i, NULL);
    ck_assert_int_eq(r.info.layout, ANA_LAYOUT_SERIES);
    ck_assert_int_eq(r.info.runs[0].n, 30);
    ck_assert_double_eq(r.info.runs[0].rate, 100);
    ck_assert_double_eq_tol(r.info.runs[0].start, -.1, 1e-12);
    test_recording_close(&r);
    open_kind(&r, "epochs", _i, NULL);
    ck_assert_int_eq(r.info.layout, ANA_LAYOUT_EPOCHS);
    ck_assert_int_eq(r.info.n_rows, 5);
    ck_assert_int_eq(r.info.n_times, 30);
    ck_assert_double_eq_tol(r.info.start, -.1, 1e-12);
    ck_assert_str_eq(r.info.targets[3].name, "Oz");
    test_recording_close(&r);
}
END_TEST

START_TEST(cnd_recordings_have_a_run_a_trial_and_named_channels)
{
    struct test_recording r;

    open_kind(&r, "cnd_eeg", _i, NULL);
    ck_assert_int_eq(r.info.n_runs, 3);
    ck_assert_int_eq(r.info.runs[1].n, 70);
    ck_assert_double_eq(r.info.runs[2].rate, 64);
    ck_assert_int_eq(r.info.n_targets, 3);
    ck_assert_str_eq(r.info.targets[1].name, "A2");
    ck_assert_double_eq(r.info.targets[1].position[1], 1.5);
    ck_assert_str_eq(r.info.targets[1].space, "EEGLAB");
    test_recording_close(&r);
}
END_TEST

START_TEST(a_cnd_recording_begins_its_padding_before_the_stimulus)
{
    struct test_recording r;

    open_kind(&r, "cnd_padded", _i, NULL);
    for (int64_t i = 0; i < 3; i++)
        ck_assert_double_eq(r.info.runs[i].start, -.25);
    ck_assert_int_eq(r.info.runs[1].n, 7);
    test_recording_close(&r);
    open_kind(&r, "cnd_paddings", _i, NULL);
    for (int64_t i = 0; i < 3; i++)
        ck_assert_double_eq(r.info.runs[i].start, -.25 * (double)i);
    test_recording_close(&r);
    open_kind(&r, "cnd_eeg", _i, NULL);
    ck_assert_double_eq(r.info.runs[1].start, 0);
    test_recording_close(&r);
}
END_TEST

/* Cells of features x trials: trial 2 of either feature is run 2, as of the recording. */
START_TEST(runs_of_a_cnd_feature_are_called_by_their_trials)
{
    static const char *const features[] = {"envelope", "spectrogram"};
    struct test_recording r;

    for (int f = 0; f < 2; f++) {
        open_kind(&r, "cnd_stim", _i, features[f]);
        ck_assert_str_eq(r.info.runs[0].id, "1");
        ck_assert_str_eq(r.info.runs[1].id, "2");
        ck_assert_str_eq(r.info.runs[2].id, "3");
        ck_assert_int_eq(r.info.runs[1].n, 70);
        test_recording_close(&r);
    }
}
END_TEST

START_TEST(a_cnd_feature_is_chosen_by_name_or_number)
{
    struct test_recording r;
    char file[64];

    open_kind(&r, "cnd_stim", _i, "spectrogram");
    ck_assert_int_eq(r.info.n_targets, 4);
    ck_assert_int_eq(r.info.n_runs, 3);
    ck_assert_int_eq(r.info.runs[2].n, 50);
    test_recording_close(&r);
    open_kind(&r, "cnd_stim", _i, "1");
    ck_assert_int_eq(r.info.n_targets, 1);
    test_recording_close(&r);
    snprintf(file, sizeof file, "cnd_stim_%s.mat", kinds[_i]);
    ck_assert_int_eq(try_open(&r, file, NULL, ""), ANA_EPARAM);
    ck_assert_msg(strstr(ana_error(r.ctx),
                         "it holds several features; choose one with `feature`: "
                         "envelope, spectrogram"),
                  "%s", ana_error(r.ctx));
    test_recording_close(&r);
    ck_assert_int_eq(try_open(&r, file, NULL, "pitch"), ANA_EPARAM);
    ck_assert_msg(strstr(ana_error(r.ctx), "there is no feature 'pitch'"), "%s",
                  ana_error(r.ctx));
    test_recording_close(&r);
}
END_TEST

static void open_v73(struct test_recording *r, const char *name, const char *cells,
                     const char *axes, double rate)
{
    struct test_source s;

    if (test_recording_open(r, "mat",
                            test_source_of(&s, test_golden("hdf5/v73.mat"), name, cells,
                                           NULL, axes, rate),
                            NULL, 0) != 0)
        ck_abort_msg("%s", ana_error(r->ctx));
}

START_TEST(v73_has_matlabs_order_text_cells_and_structs)
{
    struct test_recording r;

    open_v73(&r, "R", NULL, "stimulus=names,target", 0);
    ck_assert_int_eq(r.info.n_rows, 4);
    ck_assert_int_eq(r.info.n_targets, 3);
    ck_assert_str_eq(r.info.row_names[3], "\xc3\xbc"
                                          "ber");
    ck_assert_double_eq(test_recording_at(&r, 0, 2, 0, 1), 21.5);
    test_recording_close(&r);
    open_v73(&r, "trials", "2-3", "time,target=chan.labels", 10);
    ck_assert_int_eq(r.info.n_runs, 2);
    ck_assert_int_eq(r.info.runs[1].n, 2);
    ck_assert_str_eq(r.info.targets[1].name, "Cz");
    ck_assert_double_eq(test_recording_at(&r, 0, 3, 0, 2), 232.5);
    test_recording_close(&r);
    open_v73(&r, "cube", NULL, "stimulus,time,target", 5);
    ck_assert_int_eq(r.info.n_rows, 2);
    ck_assert_int_eq(r.info.n_times, 3);
    ck_assert_double_eq(test_recording_at(&r, 0, 1, 2, 3), 23);
    test_recording_close(&r);
    open_v73(&r, "eeg.data", NULL, "time,target=eeg.label", 64);
    ck_assert_str_eq(r.info.targets[3].name, "\xc3\x96"
                                             "1");
    test_recording_close(&r);
}
END_TEST

static const struct {
    const char *name, *sentence;
} refused[] = {
    {"few", "`few` is sparse; save it with full()"},
    {"wave", "`wave` is complex; save its real part, or abs() of it"},
    {"table", "`table` is a MATLAB object (string, table, categorical ...)"},
    {"text", "`text` holds no array of numbers"},
    {"eeg.dat", "`eeg` has no field `dat`; it has data, fs, label"},
    {"lost", "holds no `lost`"},
    {"nothing", "`nothing`"},
};

START_TEST(v73_variables_that_are_no_real_numbers_are_refused_by_name)
{
    struct test_recording r;
    struct test_source s;
    const int rc = test_recording_open(&r, "mat",
                                       test_source_of(&s, test_golden("hdf5/v73.mat"),
                                                      refused[_i].name, NULL, NULL,
                                                      "stimulus,target", 0),
                                       NULL, 0);

    ck_assert_msg(rc == ANA_EDATA && strstr(ana_error(r.ctx), refused[_i].sentence),
                  "%d: %s", rc, ana_error(r.ctx));
    test_recording_close(&r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mat_layouts");
    TCase *c = tcase_create("mat_layouts");

    tcase_set_timeout(c, 60);
    tcase_add_test(c, every_value_is_the_one_that_was_written);
    tcase_add_loop_test(c, raw_fieldtrip_is_runs_that_begin_at_their_own_times, 0, 2);
    tcase_add_loop_test(c, dimord_says_the_dimensions_of_timelocked_data, 0, 2);
    tcase_add_loop_test(c, cnd_recordings_have_a_run_a_trial_and_named_channels, 0, 2);
    tcase_add_loop_test(c, a_cnd_recording_begins_its_padding_before_the_stimulus, 0, 2);
    tcase_add_loop_test(c, runs_of_a_cnd_feature_are_called_by_their_trials, 0, 2);
    tcase_add_loop_test(c, a_cnd_feature_is_chosen_by_name_or_number, 0, 2);
    tcase_add_test(c, v73_has_matlabs_order_text_cells_and_structs);
    tcase_add_loop_test(c, v73_variables_that_are_no_real_numbers_are_refused_by_name, 0,
                        sizeof refused / sizeof *refused);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
