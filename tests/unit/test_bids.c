/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/helpers.h"

#include <jansson.h>

#include "base/file.h"
#include "data/bids.h"

static char folder[64];

/* Write a file below the test's folder, with the folders it lies in. */
static void put(struct ana_ctx *ctx, const char *name, const char *text)
{
    char path[512], *slash;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    slash = strrchr(path, '/');
    *slash = 0;
    ck_assert_int_eq(ana_folder_make(ctx, path), 0);
    *slash = '/';
    ck_assert_int_eq(ana_file_write(ctx, path, text, (int64_t)strlen(text)), 0);
}

static struct ana_ctx *begin(void)
{
    struct ana_ctx *ctx = test_ctx();

    test_folder(folder, sizeof folder);
    put(ctx, "dataset_description.json",
        "{\"Name\": \"Test\", \"BIDSVersion\": \"1.9.0\"}");
    return ctx;
}

static void end(struct ana_ctx *ctx, struct ana_bids *bids)
{
    ana_bids_close(ctx, bids);
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}

static const struct ana_bids_file *find(const struct ana_bids *bids, const char *name)
{
    for (int64_t i = 0; i < bids->n_files; i++)
        if (strcmp(bids->file[i].name, name) == 0)
            return &bids->file[i];
    ck_abort_msg("%s was not listed", name);
}

START_TEST(a_name_is_entities_a_suffix_and_an_extension)
{
    struct ana_ctx *ctx = begin();
    struct ana_bids *bids;
    const struct ana_bids_file *f;

    put(ctx, "sub-01/ses-a/func/sub-01_ses-a_task-x_run-2_space-M_bold.dtseries.nii", "");
    ck_assert_int_eq(ana_bids_open(ctx, folder, &bids), 0);
    ck_assert_str_eq(bids->name, "Test");
    ck_assert_str_eq(bids->version, "1.9.0");
    ck_assert_int_eq(bids->n_files, 1);
    f = &bids->file[0];
    ck_assert_str_eq(f->suffix, "bold");
    ck_assert_str_eq(f->extension, ".dtseries.nii");
    ck_assert_str_eq(f->datatype, "func");
    ck_assert_str_eq(f->pipeline, "");
    ck_assert_int_eq(f->n_entities, 5);
    ck_assert_int_eq(f->depth, 3);
    ck_assert_str_eq(ana_bids_get(f, "ses"), "a");
    ck_assert_str_eq(ana_bids_get(f, "desc"), "");
    ck_assert(ana_bids_same("02", "2") && ana_bids_same("0", "00"));
    ck_assert(!ana_bids_same("02", "20") && !ana_bids_same("2", "b") &&
              !ana_bids_same("", "0"));
    end(ctx, bids);
}
END_TEST

/* A value at each of the four levels, and one key that each overrides. */
START_TEST(what_stands_nearer_beats_what_stands_higher_key_by_key)
{
    struct ana_ctx *ctx = begin();
    struct ana_bids *bids;
    json_t *one;

    put(ctx, "task-x_bold.json",
        "{\"A\": 1, \"B\": 1, \"C\": 1, \"D\": 1, \"T\": \"root\"}");
    put(ctx, "task-y_bold.json", "{\"A\": 99}");
    put(ctx, "sub-01/sub-01_task-x_bold.json", "{\"B\": 2, \"C\": 2, \"D\": 2}");
    put(ctx, "sub-01/ses-a/sub-01_ses-a_bold.json", "{\"C\": 3, \"D\": 3}");
    put(ctx, "sub-01/ses-a/func/sub-01_ses-a_task-x_run-01_bold.json", "{\"D\": 4}");
    put(ctx, "sub-01/ses-a/func/sub-01_ses-a_task-x_run-02_bold.json", "{\"D\": 99}");
    put(ctx, "sub-02/sub-02_bold.json", "{\"A\": 99}");
    put(ctx, "sub-01/ses-a/func/sub-01_ses-a_task-x_run-1_bold.nii.gz", "");
    put(ctx, "sub-01/ses-a/func/sub-01_ses-a_task-y_run-1_bold.nii.gz", "");
    ck_assert_int_eq(ana_bids_open(ctx, folder, &bids), 0);
    ck_assert_int_eq(ana_bids_sidecar(ctx, bids,
                                      find(bids, "sub-01_ses-a_task-x_run-1_bold.nii.gz"),
                                      &one),
                     0);
    ck_assert_double_eq(ana_bids_number(one, "A"), 1);
    ck_assert_double_eq(ana_bids_number(one, "B"), 2);
    ck_assert_double_eq(ana_bids_number(one, "C"), 3);
    ck_assert_double_eq(ana_bids_number(one, "D"), 4);
    ck_assert_str_eq(ana_bids_text(one, "T"), "root");
    ck_assert(isnan(ana_bids_number(one, "T")) && isnan(ana_bids_number(one, "none")));
    json_decref(one);
    ck_assert_int_eq(ana_bids_sidecar(ctx, bids,
                                      find(bids, "sub-01_ses-a_task-y_run-1_bold.nii.gz"),
                                      &one),
                     0);
    ck_assert_double_eq(ana_bids_number(one, "A"), 99);
    ck_assert_double_eq(ana_bids_number(one, "C"), 3);
    json_decref(one);
    end(ctx, bids);
}
END_TEST

START_TEST(a_derivative_has_its_raw_sidecars_below_its_own)
{
    struct ana_ctx *ctx = begin();
    struct ana_bids *bids;
    const struct ana_bids_file *f, *found[ANA_BIDS_MOST];
    struct ana_bids_wanted mask = {
        .pipeline = "prep", .suffix = "mask", .extension = ".nii.gz", .desc = "brain"};
    struct ana_bids_wanted events = {
        .pipeline = "", .suffix = "events", .extension = ".tsv"};
    char path[128];
    json_t *one;

    put(ctx, "task-x_bold.json", "{\"RepetitionTime\": 2, \"B\": 1}");
    put(ctx, "sub-1/func/sub-1_task-x_events.tsv", "onset\n");
    put(ctx, "sub-1/func/sub-1_task-x_bold.nii", "");
    put(ctx, "derivatives/prep/sub-1/func/sub-1_task-x_space-M_desc-preproc_bold.nii",
        "");
    put(ctx, "derivatives/prep/sub-1/func/sub-1_task-x_space-M_desc-preproc_bold.json",
        "{\"B\": 2}");
    put(ctx, "derivatives/prep/sub-1/func/sub-1_task-x_space-M_desc-brain_mask.nii.gz",
        "");
    put(ctx, "derivatives/prep/sub-1/func/sub-1_task-x_space-T_desc-brain_mask.nii.gz",
        "");
    put(ctx, "derivatives/other/sub-1/func/sub-1_task-x_space-M_desc-brain_mask.nii.gz",
        "");
    ck_assert_int_eq(ana_bids_open(ctx, folder, &bids), 0);
    f = find(bids, "sub-1_task-x_space-M_desc-preproc_bold.nii");
    ck_assert_int_eq(ana_bids_sidecar(ctx, bids, f, &one), 0);
    ck_assert_double_eq(ana_bids_number(one, "RepetitionTime"), 2);
    ck_assert_double_eq(ana_bids_number(one, "B"), 2);
    json_decref(one);
    ck_assert_int_eq(ana_bids_applying(bids, f, &mask, found, NULL), 1);
    ck_assert_str_eq(found[0]->pipeline, "prep");
    ck_assert_str_eq(ana_bids_get(found[0], "space"), "M");
    ck_assert_int_eq(ana_bids_applying(bids, f, &events, found, NULL), 1);
    ana_bids_close(ctx, bids);
    snprintf(path, sizeof path, "%s/derivatives/prep/",
             folder); /* the same from within */
    ck_assert_int_eq(ana_bids_open(ctx, path, &bids), 0);
    ck_assert_str_eq(bids->only, "prep");
    ck_assert_str_eq(bids->root, folder);
    ck_assert_int_eq(bids->n_files, 7);
    end(ctx, bids);
}
END_TEST

START_TEST(two_that_could_be_meant_are_told_apart_from_one_that_is_nearer)
{
    struct ana_ctx *ctx = begin();
    struct ana_bids *bids;
    const struct ana_bids_file *found[ANA_BIDS_MOST];
    struct ana_bids_wanted wanted = {
        .pipeline = "", .suffix = "electrodes", .extension = ".tsv", .space = "*"};
    int level;

    put(ctx, "sub-1/ieeg/sub-1_task-x_ieeg.edf", "");
    put(ctx, "sub-1/ieeg/sub-1_space-A_electrodes.tsv", "");
    put(ctx, "sub-1/ieeg/sub-1_space-B_electrodes.tsv", "");
    ck_assert_int_eq(ana_bids_open(ctx, folder, &bids), 0);
    ck_assert_int_eq(ana_bids_applying(bids, find(bids, "sub-1_task-x_ieeg.edf"), &wanted,
                                       found, &level),
                     2);
    ck_assert_int_eq(level, 1);
    wanted.space = "B";
    ck_assert_int_eq(ana_bids_applying(bids, find(bids, "sub-1_task-x_ieeg.edf"), &wanted,
                                       found, &level),
                     1);
    ck_assert_int_eq(level, 0);
    ck_assert_str_eq(ana_bids_get(found[0], "space"), "B");
    end(ctx, bids);
}
END_TEST

static int has_problem(const struct ana_bids *bids, const char *text)
{
    for (int64_t i = 0; i < bids->n_problems; i++)
        if (strstr(bids->problem[i], text))
            return 1;
    return 0;
}

START_TEST(circles_loose_links_depths_and_odd_names_are_said_and_passed_over)
{
    struct ana_ctx *ctx = begin();
    struct ana_bids *bids;
    char from[128], to[192];

    put(ctx, "sub-01/func/sub-01_task-x_bold.nii", "abc");
    put(ctx, "sub-01/func/my notes.txt", "");
    put(ctx, "sub-01/a/b/c/d/e/f/sub-01_task-deep_bold.nii", "");
    put(ctx, "sub-01/meg/sub-01_task-x_meg.ds/inner_file.meg4", "");
    snprintf(from, sizeof from, "%s/sub-01", folder);
    snprintf(to, sizeof to, "%s/sub-01/func/again", folder);
    ck_assert_int_eq(symlink(from, to), 0);
    snprintf(to, sizeof to, "%s/sub-01/func/sub-01_task-y_bold.nii", folder);
    ck_assert_int_eq(symlink("../../.git/annex/objects/x", to), 0);
    ck_assert_int_eq(ana_bids_open(ctx, folder, &bids), 0);
    ck_assert(has_problem(bids, "/sub-01/func/again: leads back into a folder above it"));
    ck_assert(has_problem(bids, "/sub-01/a/b/c/d: lies deeper than BIDS has folders"));
    ck_assert(has_problem(bids, "my notes.txt: its name is not KEY-VALUE"));
    ck_assert_int_eq(bids->n_odd, 1);
    ck_assert_int_eq(bids->n_files, 3);
    ck_assert_int_eq(find(bids, "sub-01_task-y_bold.nii")->missing, 1);
    ck_assert_int_eq(find(bids, "sub-01_task-x_bold.nii")->bytes, 3);
    ck_assert_str_eq(find(bids, "sub-01_task-x_meg.ds")->extension, ".ds");
    end(ctx, bids);
}
END_TEST

START_TEST(what_is_no_dataset_gets_its_sentence)
{
    struct ana_ctx *ctx = begin();
    struct ana_bids *bids;
    char path[128];

    ck_assert_int_eq(ana_bids_open(ctx, folder, &bids), ANA_EDATA);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "has no file of a subject"));
    snprintf(path, sizeof path, "%s/dataset_description.json", folder);
    ck_assert_int_eq(ana_bids_open(ctx, path, &bids), ANA_EDATA);
    ck_assert_ptr_nonnull(
        strstr(ana_error(ctx), "dataset_description.json: is no folder"));
    ck_assert_ptr_null(bids);
    end(ctx, NULL);
}
END_TEST

START_TEST(unreadable_json_names_its_file_and_line)
{
    static const struct {
        const char *text, *said;
    } bad[] = {{"{\"A\": 1,\n \"A\": 2}", ":2: is no JSON: duplicate object key"},
               {"[1]", "expected a JSON object"},
               {"{\"A\": ", ":1: is no JSON"},
               {"", "is no JSON"},
               {"{\"A\": NaN}", "is no JSON"}};
    struct ana_ctx *ctx = begin();
    struct ana_bids *bids;
    json_t *one;

    put(ctx, "sub-1/func/sub-1_task-x_bold.nii", "");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put(ctx, "task-x_bold.json", bad[i].text);
        ck_assert_int_eq(ana_bids_open(ctx, folder, &bids), 0);
        ck_assert_int_eq(
            ana_bids_sidecar(ctx, bids, find(bids, "sub-1_task-x_bold.nii"), &one),
            ANA_EDATA);
        ck_assert_ptr_nonnull(strstr(ana_error(ctx), "task-x_bold.json"));
        ck_assert_msg(strstr(ana_error(ctx), bad[i].said) != NULL, "%s", ana_error(ctx));
        ck_assert_ptr_null(one);
        ana_bids_close(ctx, bids);
    }
    put(ctx, "dataset_description.json", "{");
    put(ctx, "task-x_bold.json", "{}");
    ck_assert_int_eq(ana_bids_open(ctx, folder, &bids), 0);
    ck_assert(has_problem(bids, "dataset_description.json:1: is no JSON"));
    end(ctx, bids);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bids");
    TCase *t = tcase_create("bids");

    tcase_add_test(t, a_name_is_entities_a_suffix_and_an_extension);
    tcase_add_test(t, what_stands_nearer_beats_what_stands_higher_key_by_key);
    tcase_add_test(t, a_derivative_has_its_raw_sidecars_below_its_own);
    tcase_add_test(t, two_that_could_be_meant_are_told_apart_from_one_that_is_nearer);
    tcase_add_test(t, circles_loose_links_depths_and_odd_names_are_said_and_passed_over);
    tcase_add_test(t, what_is_no_dataset_gets_its_sentence);
    tcase_add_test(t, unreadable_json_names_its_file_and_line);
    suite_add_tcase(suite, t);
    return test_main(suite);
}
