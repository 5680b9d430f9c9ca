/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The real recordings of ../shared/data against what scipy.io reads from them
 * (tests/golden/mat/real.tsv, by tests/oracles/make_mat.py).
 */
#include "tests/unit/sources.h"

#include <anaflow/files.h>

static char shared[3][512];

/* "FILE" of ../shared/data; NULL if it is not there. */
static const char *data_path(const char *name, int slot)
{
    char below[256];

    snprintf(below, sizeof below, "data/%s", name);
    return test_shared(below, shared[slot], sizeof shared[slot]);
}

static struct test_recording open_real(const char *files, const char *name,
                                       const char *cells, const char *times,
                                       const char *axes, double rate)
{
    struct test_recording r;
    struct test_source s;

    if (test_recording_open(&r, "mat",
                            test_source_of(&s, files, name, cells, times, axes, rate),
                            NULL, 0) != 0)
        ck_abort_msg("%s", ana_error(r.ctx));
    return r;
}

/* Compare with every line of real.tsv of this file and variable; the number of them.
 * `get` gives the number at (i, j). */
static int check_numbers(struct test_recording *r, const char *file, const char *variable,
                         const char *cell,
                         double (*get)(struct test_recording *r, int64_t i, int64_t j))
{
    struct ana_table *t = NULL;
    int n = 0;

    ck_assert_int_eq(ana_table_read(r->ctx, test_golden("mat/real.tsv"), 1, &t), 0);
    for (int64_t row = 0; row < t->n_rows; row++) {
        const char *const *line = t->cell + row * t->n_columns;
        double i, j, want;

        if (strcmp(line[0], file) != 0 || strcmp(line[1], variable) != 0 ||
            strcmp(line[2], cell) != 0)
            continue;
        ck_assert_int_eq(ana_table_number(r->ctx, t, row, 3, &i), 0);
        ck_assert_int_eq(ana_table_number(r->ctx, t, row, 4, &j), 0);
        ck_assert_int_eq(ana_table_number(r->ctx, t, row, 5, &want), 0);
        ck_assert_double_eq_tol(get(r, (int64_t)i, (int64_t)j), want,
                                1e-12 * fmax(fabs(want), 1e-2));
        n++;
    }
    ana_table_destroy(r->ctx, t);
    return n;
}

static int check_names(struct ana_ctx *ctx, const char *file, const char *variable,
                       const char *(*get)(const void *self, int64_t i), const void *self)
{
    struct ana_table *t = NULL;
    int n = 0;

    ck_assert_int_eq(ana_table_read(ctx, test_golden("mat/real.tsv"), 1, &t), 0);
    for (int64_t row = 0; row < t->n_rows; row++) {
        const char *const *line = t->cell + row * t->n_columns;

        if (strcmp(line[0], file) != 0 || strcmp(line[1], variable) != 0)
            continue;
        ck_assert_str_eq(get(self, atoll(line[3])), line[5]);
        n++;
    }
    ana_table_destroy(ctx, t);
    return n;
}

static double at_row(struct test_recording *r, int64_t i, int64_t j)
{
    return test_recording_at(r, 0, i, 0, j);
}

static const char *row_name(const void *self, int64_t i)
{
    return ((const struct test_recording *)self)->info.row_names[i];
}

static const char *target_name(const void *self, int64_t i)
{
    return ((const struct test_recording *)self)->info.targets[i].name;
}

START_TEST(six_components_and_their_names)
{
    const char *file = "fmri-natsound165/data/components.mat";
    const char *path = data_path(file, 0);
    struct test_recording r;

    if (!path)
        TEST_SKIP(file);
    r = open_real(path, "R", NULL, NULL, "stimulus=stim_names,target=component_names", 0);
    ck_assert_int_eq(r.info.layout, ANA_LAYOUT_ROWS);
    ck_assert_int_eq(r.info.n_rows, 165);
    ck_assert_int_eq(r.info.n_targets, 6);
    ck_assert_int_eq(check_numbers(&r, file, "R", "0", at_row), 5);
    ck_assert_int_eq(check_names(r.ctx, file, "stim_names", row_name, &r), 4);
    ck_assert_int_eq(check_names(r.ctx, file, "component_names", target_name, &r), 6);
    test_recording_close(&r);
}
END_TEST

START_TEST(voxels_are_the_product_of_components_and_weights)
{
    const char *file = "fmri-natsound165/data/components.mat";
    const char *path = data_path(file, 0);
    struct test_recording r;
    int64_t before, peak;

    if (!path)
        TEST_SKIP(file);
    r = open_real(path, "R", NULL, "W", "stimulus=stim_names,target", 0);
    ck_assert_int_eq(r.info.n_rows, 165);
    ck_assert_int_eq(r.info.n_targets, 11065);
    ck_assert_str_eq(r.info.targets[11064].name, "11065");
    ck_assert_int_eq(check_numbers(&r, file, "R * W", "0", at_row), 5);
    /* 165 x 11065 doubles would be 14.6 MB */
    before = ana_ctx_memory(r.ctx, &peak);
    ck_assert_int_lt(before, 6 << 20);
    test_recording_close(&r);
}
END_TEST

/* What the values at one electrode and moment are: row i, sample j. */
static int64_t electrode;
static double at_time(struct test_recording *r, int64_t i, int64_t j)
{
    return test_recording_at(r, 0, i, j, electrode);
}

START_TEST(electrodes_stack_and_list_the_sounds_in_another_order_with_wav)
{
    static const char *const names[] = {"elec1", "elec2", "elec15", "average"};
    char paths[2048] = "", file[256];
    struct test_recording r, fmri;

    for (int i = 0; i < 4; i++) {
        const char *path;

        snprintf(file, sizeof file,
                 "ecog-natsound165/individual-electrodes/speech-%s-response.mat",
                 names[i]);
        path = data_path(file, 0);
        if (!path)
            TEST_SKIP(file);
        snprintf(paths + strlen(paths), sizeof paths - strlen(paths), "%s%s",
                 i ? "," : "", path);
    }
    r = open_real(paths, "R", NULL, NULL, "stimulus=stim_names,time=t", 0);
    ck_assert_int_eq(r.info.layout, ANA_LAYOUT_EPOCHS);
    ck_assert_int_eq(r.info.n_rows, 165);
    ck_assert_int_eq(r.info.n_times, 300);
    ck_assert_int_eq(r.info.n_targets, 4);
    ck_assert_double_eq(r.info.rate, 100);
    ck_assert_double_eq(r.info.start, 0);
    ck_assert_str_eq(r.info.targets[0].name, "speech-elec1-response");
    for (electrode = 0; electrode < 4; electrode++) {
        snprintf(file, sizeof file,
                 "ecog-natsound165/individual-electrodes/speech-%s-response.mat",
                 names[electrode]);
        ck_assert_int_eq(check_numbers(&r, file, "R", "0", at_time), 4);
        ck_assert_int_eq(check_names(r.ctx, file, "stim_names", row_name, &r), 4);
    }
    fmri = open_real(data_path("fmri-natsound165/data/components.mat", 1), "R", NULL,
                     NULL, "stimulus=stim_names,target", 0);
    ck_assert_str_eq(r.info.row_names[0], "stim5_alarm_clock.wav");
    ck_assert_str_eq(fmri.info.row_names[0], "stim28_big_band_music");
    test_recording_close(&fmri);
    test_recording_close(&r);
}
END_TEST

static int64_t trial;
static double at_sample(struct test_recording *r, int64_t i, int64_t j)
{
    return test_recording_at(r, trial, i, 0, j);
}

START_TEST(eeg_trials_and_envelope_cells_are_runs)
{
    char paths[2048] = "", file[256];
    struct test_recording r;

    for (int i = 1; i <= 3; i++) {
        const char *path;

        snprintf(file, sizeof file, "eeg-cocktail/Subject1_sample/1_%d.mat", i);
        path = data_path(file, 0);
        if (!path)
            TEST_SKIP(file);
        snprintf(paths + strlen(paths), sizeof paths - strlen(paths), "%s%s",
                 i > 1 ? "," : "", path);
    }
    r = open_real(paths, "eeg", NULL, NULL, "time,target", 128);
    ck_assert_int_eq(r.info.n_runs, 3);
    ck_assert_int_eq(r.info.runs[2].n, 7680);
    ck_assert_int_eq(r.info.n_targets, 128);
    ck_assert_str_eq(r.info.runs[1].id, "1_2");
    for (trial = 0; trial < 3; trial++) {
        snprintf(file, sizeof file, "eeg-cocktail/Subject1_sample/1_%lld.mat",
                 (long long)trial + 1);
        ck_assert_int_eq(check_numbers(&r, file, "eeg", "0", at_sample), 4);
    }
    test_recording_close(&r);
    r = open_real(data_path("eeg-cocktail/F_env.mat", 0), "stim1", "1-3 40", NULL, "time",
                  128);
    ck_assert_int_eq(r.info.n_runs, 4);
    ck_assert_int_eq(r.info.n_targets, 1);
    for (trial = 0; trial < 4; trial++)
        ck_assert_int_eq(check_numbers(&r, "eeg-cocktail/F_env.mat", "stim1",
                                       (const char *[]){"1", "2", "3", "40"}[trial],
                                       at_sample),
                         2);
    test_recording_close(&r);
}
END_TEST

START_TEST(ignored_envelopes_follow_the_order_that_another_file_gives)
{
    const char *path = data_path("eeg-cocktail/M_env.mat", 0);
    struct test_recording r;

    if (!path)
        TEST_SKIP("eeg-cocktail/M_env.mat");
    r = open_real(path, "stim1", "competing_speaker_order.mat:blk1_M_Order[1-3]", NULL,
                  "time", 128);
    ck_assert_int_eq(r.info.n_runs, 3);
    for (int i = 0; i < 3; i++) {
        const int64_t cell = atoll(r.info.runs[i].id);

        ck_assert(cell >= 21 && cell <= 40); /* as its SOURCE.md says */
    }
    test_recording_close(&r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mat_real");
    TCase *all = tcase_create("all");

    tcase_set_timeout(all, 600);
    tcase_add_test(all, six_components_and_their_names);
    tcase_add_test(all, voxels_are_the_product_of_components_and_weights);
    tcase_add_test(all, electrodes_stack_and_list_the_sounds_in_another_order_with_wav);
    tcase_add_test(all, eeg_trials_and_envelope_cells_are_runs);
    tcase_add_test(all, ignored_envelopes_follow_the_order_that_another_file_gives);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
