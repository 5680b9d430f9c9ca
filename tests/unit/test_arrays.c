/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/fake_files.h"

/* The slow twin: one number, read alone. */
static double read_one(struct opened *o, int64_t run, int64_t row, int64_t time,
                       int64_t target)
{
    const int epochs = o->info.layout == ANA_LAYOUT_EPOCHS;
    double values[64];
    struct ana_tensor out;

    ana_tensor_view(ANA_F64, epochs ? 3 : 2,
                    epochs ? (int64_t[]){1, o->info.n_times, 1} : (int64_t[]){1, 1},
                    values, &out);
    ck_assert_int_eq(ana_arrays_read(o->ctx, o->arrays, run, row, 1, &target, 1, &out),
                     0);
    return values[epochs ? time : 0];
}

/* A whole run, as float32 with gaps between the rows, then number by number. */
static void check_run(struct opened *o, int64_t run,
                      double (*want)(int64_t run, int64_t row, int64_t time,
                                     int64_t target))
{
    const int epochs = o->info.layout == ANA_LAYOUT_EPOCHS;
    const int64_t n = o->info.runs[run].n, T = epochs ? o->info.n_times : 1;
    const int64_t K = o->info.n_targets;
    float *values = calloc((size_t)(2 * n * T * K), sizeof *values);
    struct ana_tensor out;

    ana_tensor_view(ANA_F32, epochs ? 3 : 2, (int64_t[]){n, epochs ? T : K, K}, values,
                    &out);
    out.strides[0] *= 2;
    ck_assert_int_eq(ana_arrays_read(o->ctx, o->arrays, run, 0, n, NULL, K, &out), 0);
    for (int64_t i = 0; i < n; i++)
        for (int64_t t = 0; t < T; t++)
            for (int64_t k = 0; k < K; k++) {
                const double w = want(run, i, t, k);

                ck_assert(values[2 * i * T * K + t * K + k] == (float)w);
                ck_assert((float)read_one(o, run, i, t, k) == (float)w);
            }
    free(values);
}

static double want_st(int64_t run, int64_t row, int64_t time, int64_t target)
{
    (void)run, (void)time;
    return fake_value("a.mat", "ST", -1, row * 3 + target);
}

static double want_ts(int64_t run, int64_t row, int64_t time, int64_t target)
{
    (void)run, (void)time;
    return fake_value("a.mat", "TS", -1, target * 4 + row);
}

START_TEST(rows_are_read_in_either_order_of_axes)
{
    struct opened o =
        open_data("a.mat", "ST", NULL, NULL, "stimulus=stim_names,target", 0);

    ck_assert_int_eq(o.info.layout, ANA_LAYOUT_ROWS);
    ck_assert_int_eq(o.info.n_rows, 4);
    ck_assert_int_eq(o.info.n_targets, 3);
    ck_assert_str_eq(o.info.row_names[3], "violin.wav");
    ck_assert_str_eq(o.info.targets[2].name, "3");
    check_run(&o, 0, want_st);
    close_data(&o);
    o = open_data("a.mat", "TS", NULL, NULL, "target=voxel_names,stimulus=ids", 0);
    ck_assert_int_eq(o.info.n_rows, 4);
    ck_assert_str_eq(o.info.row_names[2], "5");
    ck_assert_str_eq(o.info.targets[0].name, "v1");
    ck_assert(isnan(o.info.targets[0].position[0]));
    check_run(&o, 0, want_ts);
    close_data(&o);
}
END_TEST

static const char *const cube_axes[] = {"stimulus,time,target", "stimulus,target,time",
                                        "time,stimulus,target", "time,target,stimulus",
                                        "target,stimulus,time", "target,time,stimulus"};
static int cube_case;

/* Which dimension an axis is, by looking for its place in the text. */
static int64_t cube_step(const char *axis)
{
    static const int64_t step[] = {15, 3, 1};
    int64_t d = 0;

    for (const char *p = cube_axes[cube_case]; strncmp(p, axis, strlen(axis)) != 0; p++)
        d += *p == ',';
    return step[d];
}

static double want_cube(int64_t run, int64_t row, int64_t time, int64_t target)
{
    (void)run;
    return fake_value("a.mat", "cube", -1,
                      row * cube_step("stimulus") + time * cube_step("time") +
                          target * cube_step("target"));
}

START_TEST(epochs_are_read_in_all_six_orders_of_axes)
{
    for (cube_case = 0; cube_case < 6; cube_case++) {
        struct opened o =
            open_data("a.mat", "cube", NULL, NULL, cube_axes[cube_case], 50);

        ck_assert_int_eq(o.info.layout, ANA_LAYOUT_EPOCHS);
        ck_assert_int_eq(o.info.n_rows * o.info.n_times * o.info.n_targets, 60);
        ck_assert_double_eq(o.info.rate, 50);
        ck_assert_ptr_null(o.info.row_names);
        check_run(&o, 0, want_cube);
        close_data(&o);
    }
}
END_TEST

static double want_stack(int64_t run, int64_t row, int64_t time, int64_t target)
{
    (void)run;
    return fake_value(target ? "s/e2.mat" : "s/e1.mat", "R", -1, row * 5 + time);
}

START_TEST(files_of_trials_stack_along_targets_named_by_their_stems)
{
    struct opened o =
        open_data("s/e1.mat,s/e2.mat", "R", NULL, NULL, "stimulus=names,time=t", 0);

    ck_assert_int_eq(o.info.layout, ANA_LAYOUT_EPOCHS);
    ck_assert_int_eq(o.info.n_targets, 2);
    ck_assert_str_eq(o.info.targets[0].name, "e1");
    ck_assert_str_eq(o.info.targets[1].name, "e2");
    ck_assert_double_eq(o.info.rate, 10);
    ck_assert_double_eq(o.info.start, -.1);
    check_run(&o, 0, want_stack);
    close_data(&o);
}
END_TEST

static double want_series(int64_t run, int64_t row, int64_t time, int64_t target)
{
    (void)time;
    return fake_value(run ? "s/e2.mat" : "s/e1.mat", "R", -1, row * 5 + target);
}

START_TEST(files_of_series_are_runs)
{
    struct opened o = open_data("s/e1.mat,s/e2.mat", "R", NULL, NULL, "time,target", 128);

    ck_assert_int_eq(o.info.layout, ANA_LAYOUT_SERIES);
    ck_assert_int_eq(o.info.n_runs, 2);
    ck_assert_str_eq(o.info.runs[1].id, "e2");
    ck_assert_ptr_null(o.info.runs[1].stimulus);
    ck_assert_int_eq(o.info.runs[0].n, 4);
    ck_assert_double_eq(o.info.runs[0].rate, 128);
    ck_assert_int_eq(o.info.n_targets, 5);
    check_run(&o, 0, want_series);
    check_run(&o, 1, want_series);
    close_data(&o);
}
END_TEST

START_TEST(files_of_one_stem_are_told_apart_by_their_folders)
{
    struct opened o = open_data("s/e1.mat,u/e1.mat", "R", NULL, NULL, "time,target", 128);

    ck_assert_str_eq(o.info.runs[0].id, "s/e1");
    ck_assert_str_eq(o.info.runs[1].id, "u/e1");
    close_data(&o);
}
END_TEST

static double want_cell(int64_t run, int64_t row, int64_t time, int64_t target)
{
    static const int64_t cell[] = {2, 0, 2};

    (void)time;
    return fake_value("a.mat", "trials", cell[run], row * 3 + target);
}

START_TEST(cells_are_runs_in_the_order_that_another_variable_gives)
{
    const char *const picks[] = {"3 1,3", "order"};

    for (int i = 0; i < 2; i++) {
        struct opened o = open_data("a.mat", "trials", picks[i], NULL,
                                    "run=stim_names,time,target", 64);

        ck_assert_int_eq(o.info.n_runs, 3);
        ck_assert_str_eq(o.info.runs[0].id, "3");
        ck_assert_str_eq(o.info.runs[1].id, "1");
        ck_assert_str_eq(o.info.runs[2].id, "3#2");
        ck_assert_str_eq(o.info.runs[0].stimulus, "speech.wav");
        ck_assert_str_eq(o.info.runs[1].stimulus, "dog.wav");
        ck_assert_int_eq(o.info.runs[0].n, 9);
        ck_assert_int_eq(o.info.runs[1].n, 5);
        for (int64_t r = 0; r < 3; r++)
            check_run(&o, r, want_cell);
        close_data(&o);
    }
}
END_TEST

START_TEST(a_star_picks_every_cell_and_brackets_a_part_of_a_list)
{
    struct opened o = open_data("a.mat", "trials", "*", NULL, "time,target", 64);

    ck_assert_int_eq(o.info.n_runs, 4);
    ck_assert_str_eq(o.info.runs[3].id, "4");
    close_data(&o);
    o = open_data("a.mat", "trials", "order[2-3]", NULL, "time,target", 64);
    ck_assert_int_eq(o.info.n_runs, 2);
    ck_assert_str_eq(o.info.runs[0].id, "1");
    ck_assert_str_eq(o.info.runs[1].id, "3");
    close_data(&o);
}
END_TEST

static double want_rows(int64_t run, int64_t row, int64_t time, int64_t target)
{
    (void)run, (void)time;
    return fake_value("a.mat", "rows", row, target);
}

START_TEST(cells_without_a_stimulus_axis_are_stimuli)
{
    struct opened o = open_data("a.mat", "rows", "*", NULL, "target", 0);

    ck_assert_int_eq(o.info.layout, ANA_LAYOUT_ROWS);
    ck_assert_int_eq(o.info.n_rows, 4);
    ck_assert_str_eq(o.info.row_names[3], "4");
    check_run(&o, 0, want_rows);
    close_data(&o);
}
END_TEST

static double want_runs(int64_t run, int64_t row, int64_t time, int64_t target)
{
    (void)time;
    return fake_value("a.mat", "cube", -1, run * 15 + row * 3 + target);
}

START_TEST(an_axis_of_runs_gives_one_run_a_sample)
{
    struct opened o =
        open_data("a.mat", "cube", NULL, NULL, "run=stim_names,time=t,target", 0);

    ck_assert_int_eq(o.info.n_runs, 4);
    ck_assert_str_eq(o.info.runs[2].id, "3");
    ck_assert_str_eq(o.info.runs[2].stimulus, "speech.wav");
    ck_assert_double_eq(o.info.runs[2].start, -.1);
    for (int64_t r = 0; r < 4; r++)
        check_run(&o, r, want_runs);
    close_data(&o);
}
END_TEST

START_TEST(axes_of_one_sample_may_be_dropped_or_added)
{
    struct opened o = open_data("a.mat", "one", NULL, NULL, "stimulus=stim_names", 0);

    ck_assert_int_eq(o.info.n_rows, 4);
    ck_assert_int_eq(o.info.n_targets, 1);
    ck_assert_double_eq(read_one(&o, 0, 2, 0, 0), fake_value("a.mat", "one", -1, 2));
    close_data(&o);
    o = open_data("a.mat", "ST", NULL, NULL, "stimulus,time,target", 10);
    ck_assert_int_eq(o.info.n_targets, 1);
    ck_assert_double_eq(read_one(&o, 0, 2, 1, 0), fake_value("a.mat", "ST", -1, 7));
    close_data(&o);
    o = open_data("a.mat", "time_only", NULL, NULL, "time", 10);
    ck_assert_int_eq(o.info.runs[0].n, 5);
    ck_assert_str_eq(o.info.runs[0].id, "a");
    close_data(&o);
}
END_TEST

START_TEST(axes_that_are_not_named_follow_from_dimensions_and_rate)
{
    struct opened o = open_data("a.mat", "ST", NULL, NULL, "", 0);

    ck_assert_int_eq(o.info.layout, ANA_LAYOUT_ROWS);
    ck_assert_int_eq(o.info.n_rows, 4);
    close_data(&o);
    o = open_data("a.mat", "ST", NULL, NULL, "", 100);
    ck_assert_int_eq(o.info.layout, ANA_LAYOUT_SERIES);
    ck_assert_int_eq(o.info.runs[0].n, 4);
    close_data(&o);
    o = open_data("a.mat", "cube", NULL, NULL, "", 100);
    ck_assert_int_eq(o.info.layout, ANA_LAYOUT_EPOCHS);
    close_data(&o);
}
END_TEST

static double naive_product(int64_t i, int64_t j)
{
    double sum = 0;

    for (int64_t k = 0; k < 6; k++)
        sum += fake_value("a.mat", "L", -1, i * 6 + k) *
               fake_value("a.mat", "R", -1, k * 700 + j);
    return sum;
}

START_TEST(a_product_equals_the_sum_over_its_inner_axis)
{
    const int64_t some[] = {699, 0, 255, 256, 257, 3};
    struct opened o = open_data("a.mat", "L", NULL, "R", "stimulus,target", 0);
    double values[110 * 6];
    struct ana_tensor out;

    ck_assert_int_eq(o.info.n_rows, 1100);
    ck_assert_int_eq(o.info.n_targets, 700);
    ana_tensor_view(ANA_F64, 2, (int64_t[]){110, 6}, values, &out);
    ck_assert_int_eq(ana_arrays_read(o.ctx, o.arrays, 0, 970, 110, some, 6, &out), 0);
    for (int64_t i = 0; i < 110; i++)
        for (int64_t k = 0; k < 6; k++)
            ck_assert_double_eq_tol(values[i * 6 + k] / naive_product(970 + i, some[k]),
                                    1, 1e-14);
    close_data(&o);
}
END_TEST

START_TEST(a_product_has_the_same_bits_whatever_is_asked_for_and_either_way_round)
{
    struct opened o = open_data("a.mat", "L", NULL, "R", "stimulus,target", 0);
    struct opened turned = open_data("a.mat", "L", NULL, "R", "target,stimulus", 0);
    double *all = calloc(1100 * 700, sizeof *all), value;
    struct ana_tensor out;

    ck_assert_int_eq(turned.info.n_targets, 1100);
    ana_tensor_view(ANA_F64, 2, (int64_t[]){1100, 700}, all, &out);
    ck_assert_int_eq(ana_arrays_read(o.ctx, o.arrays, 0, 0, 1100, NULL, 700, &out), 0);
    for (int64_t i = 0; i < 1100; i += 271) {
        for (int64_t j = 0; j < 700; j += 173) {
            value = read_one(&o, 0, i, 0, j);
            ck_assert(memcmp(&value, &all[i * 700 + j], sizeof value) == 0);
            value = read_one(&turned, 0, j, 0, i);
            ck_assert(memcmp(&value, &all[i * 700 + j], sizeof value) == 0);
        }
    }
    free(all);
    close_data(&o);
    close_data(&turned);
}
END_TEST

START_TEST(a_variable_is_loaded_once_however_often_it_is_read)
{
    struct opened o = open_data("s/e1.mat,s/e2.mat", "R", NULL, NULL, "time,target", 128);

    ck_assert_int_eq(fake.loads, 0);
    for (int i = 0; i < 1000; i++)
        read_one(&o, i & 1, i % 4, 0, i % 5);
    ck_assert_int_eq(fake.loads, 2);
    close_data(&o);
}
END_TEST

START_TEST(variables_beyond_the_room_leave_the_longest_unused_first)
{
    static const struct fake_variable big[] = {
        {"1.mat", "x", ANA_F64, 2, {3 << 20, 1}, 0, 0, NULL, NULL},
        {"2.mat", "x", ANA_F64, 2, {3 << 20, 1}, 0, 0, NULL, NULL},
        {"3.mat", "x", ANA_F64, 2, {3 << 20, 1}, 0, 0, NULL, NULL},
        {"4.mat", "x", ANA_F64, 2, {3 << 20, 1}, 0, 0, NULL, NULL},
    };
    struct ana_ctx *ctx = test_ctx();
    struct opened o = {.ctx = ctx};
    struct test_source s;
    int64_t peak;

    FAKE_FILES(big);
    ck_assert_int_eq(ana_arrays_open(ctx, &fake_format,
                                     test_source_of(&s, "1.mat,2.mat,3.mat,4.mat", "x",
                                                    NULL, NULL, "time,target", 1),
                                     &o.arrays),
                     0);
    ana_arrays_describe(ctx, o.arrays, &o.info);
    for (int64_t r = 0; r < 4; r++)
        read_one(&o, r, 0, 0, 0);
    ck_assert_int_eq(fake.loads, 4);
    ck_assert_int_le(ana_ctx_memory(ctx, &peak), 65 << 20);
    read_one(&o, 2, 0, 0, 0);
    read_one(&o, 3, 0, 0, 0);
    ck_assert_int_eq(fake.loads, 4);
    read_one(&o, 0, 0, 0, 0);
    read_one(&o, 3, 0, 0, 0);
    ck_assert_int_eq(fake.loads, 5);
    close_data(&o);
}
END_TEST

START_TEST(times_stored_as_float32_are_even_to_what_float32_can_tell)
{
    struct opened o = open_data("a.mat", "series", NULL, NULL, "time=single_t,target", 0);

    ck_assert_double_eq_tol(o.info.runs[0].rate, 100, .01);
    close_data(&o);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("arrays");
    TCase *all = tcase_create("all");

    tcase_add_test(all, rows_are_read_in_either_order_of_axes);
    tcase_add_test(all, epochs_are_read_in_all_six_orders_of_axes);
    tcase_add_test(all, files_of_trials_stack_along_targets_named_by_their_stems);
    tcase_add_test(all, files_of_series_are_runs);
    tcase_add_test(all, files_of_one_stem_are_told_apart_by_their_folders);
    tcase_add_test(all, cells_are_runs_in_the_order_that_another_variable_gives);
    tcase_add_test(all, a_star_picks_every_cell_and_brackets_a_part_of_a_list);
    tcase_add_test(all, cells_without_a_stimulus_axis_are_stimuli);
    tcase_add_test(all, an_axis_of_runs_gives_one_run_a_sample);
    tcase_add_test(all, axes_of_one_sample_may_be_dropped_or_added);
    tcase_add_test(all, axes_that_are_not_named_follow_from_dimensions_and_rate);
    tcase_add_test(all, a_product_equals_the_sum_over_its_inner_axis);
    tcase_add_test(all, a_variable_is_loaded_once_however_often_it_is_read);
    tcase_add_test(all, variables_beyond_the_room_leave_the_longest_unused_first);
    tcase_add_test(all, times_stored_as_float32_are_even_to_what_float32_can_tell);
    tcase_add_test(
        all, a_product_has_the_same_bits_whatever_is_asked_for_and_either_way_round);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
