/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/fake_files.h"

#include "base/file.h"

/* A folder with name lists beside a data file, whose path the fake format knows. */
static struct fake_variable beside[2];
static char folder[64], data_path[128];

static void write_beside(struct ana_ctx *ctx, const char *name, const char *text)
{
    char path[192];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_int_eq(ana_file_write(ctx, path, text, (int64_t)strlen(text)), 0);
}

static int open_beside(struct ana_ctx *ctx, const char *axes, struct ana_arrays **arrays)
{
    struct test_source s;

    fake = (struct fake_state){.table = beside, .n = 1};
    return ana_arrays_open(ctx, &fake_format,
                           test_source_of(&s, data_path, "R", NULL, NULL, axes, 0),
                           arrays);
}

START_TEST(names_come_from_lists_and_tables_beside_the_file)
{
    const char *const axes[] = {"stimulus=n.txt,target", "stimulus=n.tsv,target",
                                "stimulus=n.tsv:sound,target"};
    const char *const first[] = {"dog", "x1", "dog"};
    struct ana_ctx *ctx = test_ctx();
    struct ana_arrays *arrays = NULL;
    struct ana_recording_info info = {.size = sizeof info};

    test_folder(folder, sizeof folder);
    snprintf(data_path, sizeof data_path, "%s/d.mat", folder);
    beside[0] =
        (struct fake_variable){data_path, "R", ANA_F64, 2, {2, 3}, 0, 0, NULL, NULL};
    write_beside(ctx, "n.txt", "dog\r\nrain");
    write_beside(ctx, "n.tsv", "item\tsound\nx1\tdog\nx2\train\n");
    write_beside(ctx, "gap.txt", "dog\n\nrain\n");
    for (int i = 0; i < 3; i++) {
        if (open_beside(ctx, axes[i], &arrays) != 0)
            ck_abort_msg("%s", ana_error(ctx));
        ana_arrays_describe(ctx, arrays, &info);
        ck_assert_str_eq(info.row_names[0], first[i]);
        ana_arrays_close(ctx, arrays);
    }
    ck_assert_int_eq(open_beside(ctx, "stimulus=n.tsv:soud,target", &arrays), ANA_EDATA);
    ck_assert_ptr_nonnull(
        strstr(ana_error(ctx), "/n.tsv: has no column `soud`; it has item, sound"));
    ck_assert_int_eq(open_beside(ctx, "stimulus=gap.txt,target", &arrays), ANA_EDATA);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "/gap.txt:2: is an empty line"));
    ck_assert_int_eq(open_beside(ctx, "stimulus=none.txt,target", &arrays), ANA_EDATA);
    ck_assert_ptr_nonnull(strstr(
        ana_error(ctx), "/d.mat: holds no `none.txt` for the axis `stimulus`, and no "
                        "file of that name lies beside it; it holds R"));
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(targets_take_positions_and_regions_from_variables)
{
    struct opened o = open_data("a.mat", "TS", NULL, NULL, "stimulus,target", 0);

    ck_assert_int_eq(ana_arrays_set_targets(o.ctx, o.arrays, "xyz", "C.labels"), 0);
    ana_arrays_describe(o.ctx, o.arrays, &o.info);
    ck_assert_double_eq(o.info.targets[1].position[2], 6);
    ck_assert_str_eq(o.info.targets[1].space, "");
    ck_assert_int_eq(ana_arrays_set_space(o.ctx, o.arrays, "CapTrak"), 0);
    ck_assert_int_eq(ana_arrays_set_space(o.ctx, o.arrays, ""), 0);
    ck_assert_str_eq(o.info.targets[3].space, "CapTrak");
    ck_assert_str_eq(o.info.targets[3].region, "violin.wav");
    ck_assert_int_eq(ana_arrays_set_targets(o.ctx, o.arrays, "ST", "few_names"),
                     ANA_EDATA);
    ck_assert_str_eq(ana_error(o.ctx), "a.mat: `few_names` has 3 regions for 4 targets");
    ck_assert_int_eq(ana_arrays_set_targets(o.ctx, o.arrays, "series", NULL), ANA_EDATA);
    ck_assert_str_eq(ana_error(o.ctx),
                     "a.mat: `series` is 5 x 3, expected a position for each "
                     "of the 4 targets: 4 x 3");
    close_data(&o);
}
END_TEST

/* A table of electrodes beside data with the targets' names `n.txt`, or without. */
static int open_with_table(struct ana_ctx *ctx, const char *axes, const char *table,
                           struct ana_arrays **arrays)
{
    int rc;

    write_beside(ctx, "e.tsv", table);
    if (open_beside(ctx, axes, arrays) != 0)
        ck_abort_msg("%s", ana_error(ctx));
    rc = ana_arrays_set_table(ctx, *arrays, "e.tsv");
    if (rc != 0) {
        ana_arrays_close(ctx, *arrays);
        *arrays = NULL;
    }
    return rc;
}

static void prepare_table(struct ana_ctx *ctx)
{
    test_folder(folder, sizeof folder);
    snprintf(data_path, sizeof data_path, "%s/d.mat", folder);
    beside[0] =
        (struct fake_variable){data_path, "R", ANA_F64, 2, {2, 3}, 0, 0, NULL, NULL};
    write_beside(ctx, "n.txt", "e3\ne1\ne2\n");
}

START_TEST(a_table_of_electrodes_is_matched_by_name_and_may_hold_more_of_them)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_arrays *arrays = NULL;
    struct ana_recording_info info = {.size = sizeof info};

    prepare_table(ctx);
    ck_assert_int_eq(
        open_with_table(ctx, "stimulus,target=n.txt",
                        "name\tx\ty\tz\tsize\tregion\themisphere\tspace\tstatus\n"
                        "e1\t-60.5\t1\t2\t5\tSTG\tleft\tMNI152\tgood\n"
                        "e9\t0\t0\t0\t5\tHG\tL\tMNI152\tgood\n"
                        "e2\tn/a\tn/a\tn/a\t5\tn/a\tR\tn/a\tbad\n"
                        "e3\t61\t4\t5\t5\tMTG\trh\tMNI152\tgood\n",
                        &arrays),
        0);
    ana_arrays_describe(ctx, arrays, &info);
    ck_assert_str_eq(info.targets[0].name, "e3");
    ck_assert_str_eq(info.targets[0].region, "MTG");
    ck_assert_str_eq(info.targets[0].hemisphere, "R");
    ck_assert_double_eq(info.targets[0].position[0], 61);
    ck_assert_double_eq(info.targets[1].position[0], -60.5);
    ck_assert_double_eq(info.targets[1].position[2], 2);
    ck_assert_str_eq(info.targets[1].hemisphere, "L");
    ck_assert_str_eq(info.targets[1].space, "MNI152");
    ck_assert_int_eq(info.targets[1].bad, 0);
    ck_assert_str_eq(info.targets[2].region, "");
    ck_assert_double_nan(info.targets[2].position[1]);
    ck_assert_int_eq(info.targets[2].bad, 1);
    ana_arrays_close(ctx, arrays);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_table_names_targets_that_have_no_names)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_arrays *arrays = NULL;
    struct ana_recording_info info = {.size = sizeof info};

    prepare_table(ctx);
    ck_assert_int_eq(open_with_table(ctx, "stimulus,target",
                                     "name\tregion\na\tA\nb\tB\nc\tC\n", &arrays),
                     0);
    ana_arrays_describe(ctx, arrays, &info);
    ck_assert_str_eq(info.targets[1].name, "b");
    ck_assert_str_eq(info.targets[1].region, "B");
    ck_assert_double_nan(info.targets[1].position[0]);
    ana_arrays_close(ctx, arrays);
    ana_ctx_destroy(ctx);
}
END_TEST

static const struct {
    const char *axes, *table, *said;
} bad_tables[] = {
    {"stimulus,target=n.txt", "name\tregion\ne1\tA\n", "/e.tsv: has no row for e3, e2"},
    {"stimulus,target=n.txt", "label\tregion\ne1\tA\n",
     "/e.tsv: has no column `name` with the targets' names"},
    {"stimulus,target=n.txt", "name\tx\ty\ne1\t1\t2\n",
     "/e.tsv: has some of the columns x, y and z; all three give a position"},
    {"stimulus,target=n.txt", "name\tregion\ne1\tA\ne2\tA\ne3\tA\ne2\tB\n",
     "/e.tsv:5: a second row of 'e2'; each target has one"},
    {"stimulus,target=n.txt", "name\themisphere\ne1\tL\ne2\tmiddle\ne3\tR\n",
     "/e.tsv:3: the hemisphere is 'middle', expected L, R or n/a"},
    {"stimulus,target=n.txt", "name\tx\ty\tz\ne1\t1\t2\t3\ne2\t1\tfar\t3\ne3\t1\t2\t3\n",
     "/e.tsv:3:"},
    {"stimulus,target", "name\tregion\ne1\tA\ne2\tB\n",
     "/e.tsv: has 2 rows for 3 targets without names; name the targets in `data` to pick "
     "rows by name"},
};

START_TEST(a_table_that_does_not_fit_is_refused_with_its_line)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_arrays *arrays = NULL;

    prepare_table(ctx);
    ck_assert_int_eq(
        open_with_table(ctx, bad_tables[_i].axes, bad_tables[_i].table, &arrays),
        ANA_EDATA);
    if (!strstr(ana_error(ctx), bad_tables[_i].said))
        ck_abort_msg("'%s' does not say '%s'", ana_error(ctx), bad_tables[_i].said);
    ck_assert_int_eq(open_beside(ctx, "stimulus,target", &arrays), 0);
    ck_assert_int_eq(ana_arrays_set_table(ctx, arrays, "none.tsv"), ANA_EDATA);
    ck_assert_ptr_nonnull(
        strstr(ana_error(ctx), "/d.mat: no table of targets `none.tsv` lies beside it"));
    ana_arrays_close(ctx, arrays);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(labels_and_a_list_of_what_a_file_holds)
{
    struct opened o = open_data("a.mat", "ST", NULL, NULL, "stimulus,target", 0);
    struct ana_entry *entries;
    char **labels;
    int64_t n;

    ck_assert_int_eq(ana_arrays_labels(o.ctx, o.arrays, "ids", &n, &labels), 0);
    ck_assert_int_eq(n, 4);
    ck_assert_str_eq(labels[1], "12");
    for (int64_t i = 0; i < n; i++)
        ana_free(o.ctx, labels[i]);
    ana_free(o.ctx, labels);
    ck_assert_int_eq(ana_arrays_list(o.ctx, &fake_format, "s/e1.mat", &n, &entries), 0);
    ck_assert_int_eq(n, 3);
    ck_assert_str_eq(entries[0].name, "R");
    ck_assert_int_eq(entries[0].dtype, ANA_F64);
    ck_assert_int_eq(entries[0].shape[1], 5);
    ck_assert_int_eq(entries[1].dtype, 0);
    for (int64_t i = 0; i < n; i++) {
        ana_free(o.ctx, (void *)(uintptr_t)entries[i].name);
        ana_free(o.ctx, (void *)(uintptr_t)entries[i].note);
    }
    ana_free(o.ctx, entries);
    close_data(&o);
}
END_TEST

START_TEST(a_read_outside_the_recording_is_refused)
{
    struct opened o = open_data("a.mat", "ST", NULL, NULL, "stimulus,target", 0);
    const int64_t third = 3;
    struct ana_tensor out;
    double values[12];

    ana_tensor_view(ANA_F64, 2, (int64_t[]){4, 3}, values, &out);
    ck_assert_int_eq(ana_arrays_read(o.ctx, o.arrays, 0, 1, 4, NULL, 3, &out),
                     ANA_ESHAPE);
    ck_assert_int_eq(ana_arrays_read(o.ctx, o.arrays, 1, 0, 4, NULL, 3, &out),
                     ANA_ESHAPE);
    ck_assert_int_eq(ana_arrays_read(o.ctx, o.arrays, 0, 0, 4, NULL, 2, &out),
                     ANA_ESHAPE);
    ana_tensor_view(ANA_F64, 2, (int64_t[]){4, 1}, values, &out);
    ck_assert_int_eq(ana_arrays_read(o.ctx, o.arrays, 0, 0, 4, &third, 1, &out),
                     ANA_ESHAPE);
    ck_assert_str_eq(ana_error(o.ctx), "read: target 3 does not exist");
    close_data(&o);
}
END_TEST

static const struct wrong {
    const char *files, *name, *cells, *times, *axes;
    double rate;
    int status;
    const char *sentence;
} wrongs[] = {
    {"a.mat", "SR", NULL, NULL, "stimulus", 0, ANA_EDATA,
     "a.mat: holds no `SR`; did you mean `ST`?; it holds ST, TS, one, cube, time_only, "
     "series, "
     "nothing, four, trials, rows, stim_names, C.labels and 10 more"},
    {"a.mat", "ST", NULL, NULL, "stimulus=few_names,target", 0, ANA_EDATA,
     "a.mat: `few_names` has 3 names, but the stimulus axis of `ST` (4 x 3) has 4 "
     "samples"},
    {"a.mat", "ST", NULL, NULL, "stimulus=stim_name,target", 0, ANA_EDATA,
     "a.mat: holds no `stim_name` for the axis `stimulus`, and no file of that name lies "
     "beside it; did you mean `stim_names`?; it holds ST, TS, one, cube, time_only, "
     "series, "
     "nothing, four, trials, rows, stim_names, C.labels and 10 more"},
    {"a.mat", "series", NULL, NULL, "time,target", 0, ANA_EPARAM,
     "a.mat: the time axis of `series` has no clock; write its rate behind the axes, as "
     "in `@ "
     "128 Hz`, or name the variable with its seconds, as in `time=t`"},
    {"a.mat", "series", NULL, NULL, "time=jumpy,target", 0, ANA_EDATA,
     "a.mat: the times in `jumpy` are not evenly spaced: number 4 is 0.25 s, expected "
     "0.2 s; "
     "resample first, or write `@ RATE Hz`"},
    {"a.mat", "series", NULL, NULL, "time=t,target", 128, ANA_EDATA,
     "a.mat: `t` counts 10 samples a second, `@` says 128 Hz; leave one out"},
    {"a.mat", "series", NULL, NULL, "time=order,target", 0, ANA_EDATA,
     "a.mat: `order` has 3 times, but the time axis of `series` (5 x 3) has 5 samples"},
    {"a.mat", "series", NULL, NULL, "time=stim_names,target", 0, ANA_EDATA,
     "a.mat: `stim_names` holds no numbers"},
    {"a.mat", "cube", NULL, NULL, "stimulus,target", 0, ANA_EDATA,
     "a.mat: `cube` is 4 x 5 x 3, but (stimulus, target) names 2 of its 3 dimensions; "
     "name "
     "them all"},
    {"a.mat", "ST", NULL, NULL, "stimulus,stimulus", 0, ANA_EPARAM,
     "two axes are the stimulus: name each once"},
    {"a.mat", "ST", NULL, NULL, "stimulus,frequency", 0, ANA_EPARAM,
     "axis `frequency`: the axes of a recording are stimulus, time, target and run"},
    {"a.mat", "ST", NULL, NULL, "stimulus,run", 0, ANA_EPARAM,
     "axis `run` goes with a time axis and without a stimulus axis: a run is one "
     "unbroken "
     "recording"},
    {"a.mat", "nothing", NULL, NULL, "stimulus,target", 0, ANA_EDATA,
     "a.mat: `nothing` is 0 x 3: it holds no numbers"},
    {"a.mat", "four", NULL, NULL, "", 0, ANA_EDATA,
     "a.mat: `four` has 4 dimensions; name its axes, as in `: four(stimulus, time, "
     "target)`"},
    {"a.mat", "stim_names", NULL, NULL, "stimulus", 0, ANA_EDATA,
     "a.mat: `stim_names` holds no array of numbers"},
    {"a.mat", "trials", NULL, NULL, "time,target", 64, ANA_EDATA,
     "a.mat: `trials` has 4 cells; say which, as in `trials{1-3}` or `trials{*}`"},
    {"a.mat", "ST", "*", NULL, "stimulus,target", 0, ANA_EDATA,
     "a.mat: `ST` is no cell array; leave out {*}"},
    {"a.mat", "trials", "3-5", NULL, "time,target", 64, ANA_EDATA,
     "`3-5` does not pick from the cells of `trials`, which has 4: write numbers from 1, "
     "as in "
     "`1-3 5`, or `*`"},
    {"a.mat", "trials", "0", NULL, "time,target", 64, ANA_EDATA,
     "`0` does not pick from the cells of `trials`, which has 4: write numbers from 1, "
     "as in "
     "`1-3 5`, or `*`"},
    {"a.mat", "trials", "ids", NULL, "time,target", 64, ANA_EDATA,
     "`ids`: number 1 is 11, which is no cell from 1 to 4"},
    {"a.mat", "trials", "1-3", NULL, "run=ids,time,target", 64, ANA_OK, NULL},
    {"a.mat", "trials", "1-3", NULL, "run=xyz,time,target", 64, ANA_EDATA,
     "a.mat: `xyz` has 12 names for 3 runs"},
    {"a.mat", "trials", "1-2", NULL, "time=t,target", 0, ANA_EDATA,
     "a.mat: `t` has 5 times, but the time axis of `trials` (7 x 3) has 7 samples"},
    {"a.mat", "L", NULL, "series", "stimulus,target", 0, ANA_EDATA,
     "a.mat: `L` is 1100 x 6 and `series` is 5 x 3; the columns of the left factor must "
     "be the "
     "rows of the right one"},
    {"a.mat", "L", NULL, "W", "stimulus,target", 0, ANA_EDATA,
     "a.mat: holds no `W` to multiply with; it holds ST, TS, one, "
     "cube, "
     "time_only, series, nothing, four, trials, rows, stim_names, C.labels and 10 more"},
    {"a.mat", "L", NULL, "stim_names", "stimulus,target", 0, ANA_EDATA,
     "a.mat: `stim_names` holds no array of numbers"},
    {"a.mat", "L", NULL, "R", "stimulus,time,target", 1, ANA_EPARAM,
     "`L * R` is a matrix: its axes are stimulus or time, and target"},
    {"s/e1.mat,s/e2.mat", "R", NULL, NULL, "stimulus,target", 0, ANA_EPARAM,
     "2 files or cells, but the axes that are named leave none to stack them along; name "
     "one "
     "file, or leave out `target` where each is one"},
    {"s/e1.mat,s/e3.mat", "R", NULL, NULL, "stimulus=names,time", 1, ANA_EDATA,
     "s/e3.mat: name 3 of the stimulus axis is `violin.wav`, in s/e1.mat it is "
     "`speech.wav`; "
     "files that are read as one must list the same names in the same order"},
    {"s/e1.mat,s/e3.mat", "R", NULL, NULL, "stimulus,time=t", 0, ANA_EDATA,
     "s/e3.mat: its time axis is 1 Hz from 1 s, that of s/e1.mat is 10 Hz from -0.1 s; "
     "trials "
     "of one recording have one clock"},
    {"s/e1.mat,s/e4.mat", "R", NULL, NULL, "stimulus=names,time", 1, ANA_EDATA,
     "s/e4.mat: the time axis of `R` has 6 samples, in s/e1.mat it has 5; files and "
     "cells that "
     "are read as one must agree"},
    {"", "R", NULL, NULL, "stimulus", 0, ANA_EDATA,
     "no file to read; check the path in `data`"},
    {"gone.mat", "R", NULL, NULL, "stimulus", 0, ANA_EDATA, "gone.mat: is not there"},
};

START_TEST(what_does_not_fit_is_refused_with_a_sentence)
{
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
        const struct wrong *w = &wrongs[i];
        struct ana_ctx *ctx = test_ctx();
        struct ana_arrays *arrays = NULL;
        struct test_source s;
        int64_t peak;
        int rc;

        FAKE_FILES(files);
        rc = ana_arrays_open(
            ctx, &fake_format,
            test_source_of(&s, w->files, w->name, w->cells, w->times, w->axes, w->rate),
            &arrays);
        ck_assert_msg(rc == w->status, "case %zu: status %d: %s", i, rc, ana_error(ctx));
        if (w->sentence)
            ck_assert_str_eq(ana_error(ctx), w->sentence);
        ck_assert(rc == 0 || !arrays);
        ana_arrays_close(ctx, arrays);
        ck_assert_int_eq(fake.open_now, 0);
        ck_assert_int_eq(ana_ctx_memory(ctx, &peak), 0);
        ana_ctx_destroy(ctx);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("arrays_names");
    TCase *all = tcase_create("all");

    tcase_add_test(all, names_come_from_lists_and_tables_beside_the_file);
    tcase_add_test(all, targets_take_positions_and_regions_from_variables);
    tcase_add_test(all,
                   a_table_of_electrodes_is_matched_by_name_and_may_hold_more_of_them);
    tcase_add_test(all, a_table_names_targets_that_have_no_names);
    tcase_add_loop_test(all, a_table_that_does_not_fit_is_refused_with_its_line, 0,
                        (int)(sizeof bad_tables / sizeof *bad_tables));
    tcase_add_test(all, labels_and_a_list_of_what_a_file_holds);
    tcase_add_test(all, a_read_outside_the_recording_is_refused);
    tcase_add_test(all, what_does_not_fit_is_refused_with_a_sentence);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
