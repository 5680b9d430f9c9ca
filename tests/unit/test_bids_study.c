/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Studies on the two datasets of tests/oracles/make_bids.py: what is taken from them, and
 * that a presentation is exactly the stretch of its run.
 */
#include "tests/unit/helpers.h"

#include "base/file.h"
#include "pipeline/recording.h"
#include "pipeline/study.h"
#include "plugin/params.h"

static struct ana_ctx *ctx;
static struct ana_registry *registry;
static char folder[64], golden[512];

static void setup(void)
{
    ctx = test_ctx();
    test_folder(folder, sizeof folder);
    snprintf(golden, sizeof golden, "%s/tests/golden/bids", getenv("ANA_SOURCE"));
    unsetenv("ANAFLOW_PLUGIN_PATH");
    ck_assert_int_eq(ana_registry_create(ctx, &registry), 0);
}

static void teardown(void)
{
    ana_registry_destroy(registry);
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}

/* A study of one recording: [brain b] bids = DATASET : WORDS, and further lines. */
static struct ana_study *make(const char *dataset, const char *words, const char *more)
{
    struct ana_study *study = NULL;
    struct ana_ini *ini = NULL;
    char path[128], text[4096];

    snprintf(text, sizeof text,
             "[stimulus s]\nnames = names.txt\n[brain b]\nbids = %s/%s :%s\n%s\n"
             "[metric score]\nplugin = ridge\n",
             golden, dataset, words, more);
    snprintf(path, sizeof path, "%s/names.txt", folder);
    ck_assert_int_eq(ana_file_write(ctx, path, "one\n", 4), 0);
    snprintf(path, sizeof path, "%s/p.ini", folder);
    ck_assert_int_eq(ana_file_write(ctx, path, text, (int64_t)strlen(text)), 0);
    ck_assert_msg(ana_ini_read(ctx, path, &ini) == 0, "%s", ana_error(ctx));
    ck_assert_int_eq(ana_study_create(ctx, registry, ini, &study), 0);
    return study;
}

/* Of the problems that such a study has (it compares nothing), one holds the text. */
static void wrong(const char *dataset, const char *words, const char *more,
                  const char *sentence)
{
    struct ana_study *study = make(dataset, words, more);
    int found = 0;

    for (int64_t i = 0; i < study->n_problems; i++)
        found |= strstr(study->problems[i], sentence) != NULL;
    ck_assert_msg(found, "%lld problems, the first: %s", (long long)study->n_problems,
                  study->n_problems ? study->problems[0] : "");
    ana_study_destroy(ctx, study);
}

static void open(const struct ana_study *study, int64_t brain, struct ana_recording *r)
{
    ck_assert_msg(ana_recording_open(ctx, &study->brains[brain], r) == 0, "%s",
                  ana_error(ctx));
}

START_TEST(each_subject_is_a_recording_with_its_files_and_tables)
{
    struct ana_study *study =
        make("story", " task-story space-MNI152NLin2009cAsym desc-preproc",
             "mask = desc-brain_mask");
    const struct ana_study_brain *b = study->brains;

    ck_assert_int_eq(study->n_brains, 2);
    ck_assert_str_eq(b[0].name, "b-sub-01");
    ck_assert_str_eq(b[1].name, "b-sub-02");
    ck_assert_str_eq(b[1].of, "b");
    ck_assert_str_eq(b[1].subject, "sub-02");
    ck_assert_str_eq(b[0].plugin->id, "nifti");
    ck_assert_int_eq(b[1].source.n_files, 2);
    ck_assert_ptr_nonnull(
        strstr(b[1].source.files[0], "/sub-02_task-story_run-1_space-"));
    ck_assert_double_eq(b[0].source.rate, 1 / 1.5);
    ck_assert_ptr_nonnull(strstr(ana_param_text(b[1].params, "mask"),
                                 "sub-02_task-story_run-1_space-MNI152NLin2009cAsym_desc-"
                                 "brain_mask.nii.gz"));
    ck_assert_ptr_nonnull(strstr(
        b[1].confounds[1], "sub-02_task-story_run-2_desc-confounds_timeseries.tsv"));
    ck_assert_int_eq(b[0].runs[1].n_shown, 1);
    ck_assert_ptr_nonnull(strstr(b[0].runs[1].shown[0].stimulus, "/stimuli/part2.wav"));
    ck_assert_double_eq(b[0].runs[1].shown[0].onset, 6);
    ck_assert_double_eq(b[1].runs[0].shown[0].onset, 4.5);
    ck_assert_double_eq(b[1].runs[0].shown[0].duration, 84);
    ana_study_destroy(ctx, study);
}
END_TEST

START_TEST(a_run_with_one_stimulus_begins_before_it_and_trim_counts_from_there)
{
    struct ana_study *study = make("story", " sub-01", "prepare = trim(3 s, 6 s)");
    struct ana_recording r;

    open(study, 0, &r);
    ck_assert_int_eq(r.is_cut, 0);
    ck_assert_int_eq(r.before.n[0], 64);
    ck_assert_double_eq_tol(r.before.start[0], -6, 1e-12);
    ck_assert_int_eq(r.after.n[0], 58);
    ck_assert_double_eq_tol(r.after.start[0], -3, 1e-12);
    ck_assert_ptr_nonnull(strstr(ana_recording_stimulus(&r, 1), "part2.wav"));
    ck_assert_str_eq(ana_recording_id(&r, 1), "sub-01_task-story_run-2_bold");
    ana_recording_close(ctx, &r);
    ana_study_destroy(ctx, study);
}
END_TEST

START_TEST(an_onset_of_the_study_moves_the_dataset_s)
{
    struct ana_study *study = make("story", " sub-01", "onset = 250 ms");
    struct ana_recording r;

    open(study, 0, &r);
    ck_assert_double_eq_tol(r.before.start[0], -5.75, 1e-12);
    ana_recording_close(ctx, &r);
    ana_study_destroy(ctx, study);
    study = make("story", " sub-01", "onset = event button, 1 s");
    open(study, 0, &r);
    ck_assert_double_eq_tol(r.before.start[0], -85, 1e-12);
    ck_assert_ptr_nonnull(strstr(ana_recording_stimulus(&r, 0), "part1.wav"));
    ana_recording_close(ctx, &r);
    ana_study_destroy(ctx, study);
}
END_TEST

/* Three presentations at 2, 14.5 and 27 s of 8 s each, at 32 Hz, out of the z-scored run.
 * The slow way: the run as a plain file, prepared likewise, and its samples counted. */
START_TEST(a_presentation_is_its_stretch_of_the_prepared_run)
{
    struct ana_study *study = make("speech", " sub-01 ses-a", "prepare = zscore(run)");
    const int64_t all[] = {0, 1, 2}, first[] = {64, 464, 864};
    struct ana_study_brain plain;
    struct ana_recording r, w;
    struct ana_tensor x, y;

    open(study, 0, &r);
    ck_assert_int_eq(r.is_cut, 1);
    ck_assert_int_eq(r.repeats, 1);
    ck_assert_int_eq(r.after.n_units, 3);
    ck_assert_str_eq(ana_recording_id(&r, 2), "sub-01_ses-a_task-listen_eeg/3");
    ck_assert_ptr_nonnull(strstr(ana_recording_stimulus(&r, 2), "stimuli/one.wav"));
    ck_assert_ptr_nonnull(strstr(ana_recording_stimulus(&r, 1), "stimuli/two.wav"));
    plain = study->brains[0];
    plain.n_runs = 0;
    ck_assert_int_eq(ana_recording_open(ctx, &plain, &w), 0);
    ck_assert_int_eq(ana_recording_read(ctx, &r, 3, all, 0, 4, &x), 0);
    ck_assert_int_eq(ana_recording_read(ctx, &w, 1, all, 0, 4, &y), 0);
    ck_assert_int_eq(x.shape[0], 3 * 256);
    for (int64_t u = 0; u < 3; u++) {
        ck_assert_int_eq(r.after.n[u], 256);
        ck_assert_double_eq_tol(r.after.start[u], 0, 1e-9);
        ck_assert_mem_eq((const double *)x.data + u * 256 * 4,
                         (const double *)y.data + first[u] * 4, 256 * 4 * sizeof(double));
    }
    ana_tensor_finish(&x);
    ana_tensor_finish(&y);
    ana_recording_close(ctx, &w);
    ana_recording_close(ctx, &r);
    ana_study_destroy(ctx, study);
}
END_TEST

START_TEST(what_trim_leaves_of_a_presentation_keeps_its_time)
{
    struct ana_study *study =
        make("speech", " sub-01 ses-a", "prepare = trim(3 s, 10 s) resample(16 Hz)");
    struct ana_recording r;

    open(study, 0, &r); /* the run is 3 .. 30 s now: 1 s and 5 s of 8 are lost */
    ck_assert_int_eq(r.after.n_units, 3);
    ck_assert_double_eq_tol(r.after.start[0], 1, 1e-9);
    ck_assert_int_eq(r.after.n[0], 7 * 16);
    ck_assert_double_eq_tol(r.after.start[1], 0, 1. / 16);
    ck_assert_int_eq(r.after.n[2], 3 * 16);
    ana_recording_close(ctx, &r);
    ana_study_destroy(ctx, study);
    study = make("speech", " sub-01 ses-a", "prepare = trim(12 s, 14 s)");
    open(study, 0, &r);
    ck_assert_int_eq(r.after.n_units, 1);
    ck_assert_str_eq(ana_recording_id(&r, 0), "sub-01_ses-a_task-listen_eeg/2");
    ana_recording_close(ctx, &r);
    ana_study_destroy(ctx, study);
}
END_TEST

START_TEST(sets_of_confounds_are_columns_of_each_run_s_table)
{
    struct ana_study *study =
        make("story", " sub-01 space-T1w desc-preproc",
             "prepare = confounds(motion24, csf, framewise_displacement) detrend(1)");
    struct ana_recording r;

    open(study, 0, &r);
    ck_assert_int_eq(r.steps[0].n_files, 2);
    ck_assert_int_eq(r.steps[0].n_words, 1 + 24 + 2);
    ck_assert_str_eq(r.steps[0].words[1], "@(trans_x|X)");
    ck_assert_str_eq(r.steps[0].words[24], "rot_z_derivative1_power2");
    ck_assert_int_eq(r.steps[0].n_nuisance, 2);
    ana_recording_close(ctx, &r);
    ana_study_destroy(ctx, study);
}
END_TEST

START_TEST(channels_and_electrodes_make_the_targets)
{
    struct ana_study *study =
        make("speech", " sub-02", "electrodes-space = MNI152NLin2009aSym");
    struct ana_recording r;

    open(study, 0, &r);
    ck_assert_int_eq(r.info.n_targets, 4);
    ck_assert_str_eq(r.info.targets[0].name, "A1");
    ck_assert_double_eq_tol(r.info.targets[0].position[0], -50, 1e-9);
    ck_assert_double_eq_tol(r.info.targets[0].position[1], 5, 1e-9);
    ck_assert_str_eq(r.info.targets[3].region, "MTG");
    ck_assert_str_eq(r.info.targets[3].space, "MNI152NLin2009aSym");
    ana_recording_close(ctx, &r);
    ana_study_destroy(ctx, study);
    study = make("speech", " sub-01", ""); /* Pz is bad in the second run */
    open(study, 0, &r);
    for (int64_t t = 0; t < 4; t++)
        ck_assert_int_eq(r.info.targets[t].bad,
                         strcmp(r.info.targets[t].name, "Pz") == 0);
    ana_recording_close(ctx, &r);
    ana_study_destroy(ctx, study);
}
END_TEST

START_TEST(words_choose_by_value_wildcard_and_any_of_several)
{
    struct ana_study *study =
        make("story", " run-02 sub-0[12] derivatives-fmri* space-T1w", "");

    ck_assert_int_eq(study->n_brains, 2);
    ck_assert_int_eq(study->brains[0].source.n_files, 1);
    ck_assert_ptr_nonnull(strstr(study->brains[0].source.files[0], "run-2_space-T1w"));
    ana_study_destroy(ctx, study);
    study = make("story/derivatives/fmriprep", " sub-01 space-T1w", "");
    ck_assert_int_eq(study->n_brains, 1);
    ck_assert_str_eq(study->brains[0].name, "b");
    ck_assert_int_eq(study->brains[0].source.n_files, 2);
    ck_assert_int_eq(study->brains[0].runs[0].n_shown,
                     1); /* of the raw dataset's events */
    ana_study_destroy(ctx, study);
}
END_TEST

START_TEST(what_cannot_be_gets_its_sentence)
{
    wrong("story", " sub-03", "",
          "no recording has sub-03; of those that match the rest, `sub` is: 01, 02");
    wrong("story", " blue", "", "'blue' chooses nothing");
    wrong("story", " subx-1", "", "'subx-1' chooses nothing, did you mean 'sub-...'?");
    wrong("story", " desc-preproc", "", "`space` is MNI152NLin2009cAsym, T1w");
    wrong("story/stimuli", "", "", "has no file of a subject");
    wrong("nowhere", "", "", "there is no file");
    wrong("story", " sub-01", "data = x.mat", "has both `data` and `bids`");
    wrong("story", " sub-01", "mask = desc-head_mask",
          "there is no desc-head_mask beside");
    wrong("speech", " sub-02", "", "has electrodes.tsv in several spaces");
    wrong("speech", " sub-02", "electrodes-space = Talairach",
          "has no electrodes.tsv with space-Talairach");
    wrong("speech", " sub-01", "onset = event one", "presents several stimuli");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bids_study");
    TCase *t = tcase_create("bids_study");

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, each_subject_is_a_recording_with_its_files_and_tables);
    tcase_add_test(t,
                   a_run_with_one_stimulus_begins_before_it_and_trim_counts_from_there);
    tcase_add_test(t, an_onset_of_the_study_moves_the_dataset_s);
    tcase_add_test(t, a_presentation_is_its_stretch_of_the_prepared_run);
    tcase_add_test(t, what_trim_leaves_of_a_presentation_keeps_its_time);
    tcase_add_test(t, sets_of_confounds_are_columns_of_each_run_s_table);
    tcase_add_test(t, channels_and_electrodes_make_the_targets);
    tcase_add_test(t, words_choose_by_value_wildcard_and_any_of_several);
    tcase_add_test(t, what_cannot_be_gets_its_sentence);
    suite_add_tcase(suite, t);
    return test_main(suite);
}
