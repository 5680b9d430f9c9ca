/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/mat73.h"
#include "tests/unit/sources.h"

static struct test_recording open_ok(const char *files, const char *name,
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

static void check_error(const char *file, const char *name, const char *axes,
                        const char *sentence)
{
    struct test_recording r;
    struct test_source s;

    ck_assert_int_eq(test_recording_open(
                         &r, "mat",
                         test_source_of(&s, test_golden(file), name, NULL, NULL, axes, 1),
                         NULL, 0),
                     ANA_EDATA);
    ck_assert_msg(strstr(ana_error(r.ctx), sentence) != NULL, "%s", ana_error(r.ctx));
    test_recording_close(&r);
}

static const char *const every[] = {"mat/v4.mat", "mat/v4_le.mat", "mat/v4_be.mat",
                                    "mat/v5.mat", "mat/v5_le.mat", "mat/v5_be.mat",
                                    "mat/v7.mat"};

START_TEST(a_matrix_reads_alike_from_every_version_and_byte_order)
{
    for (int f = 0; f < 7; f++) {
        struct test_recording r =
            open_ok(test_golden(every[f]), "R", NULL, NULL, "stimulus,target", 0);

        ck_assert_int_eq(r.info.n_rows, 4);
        ck_assert_int_eq(r.info.n_targets, 3);
        for (int64_t i = 0; i < 4; i++)
            for (int64_t j = 0; j < 3; j++)
                ck_assert_double_eq(test_recording_at(&r, 0, i, 0, j), mat_grid(i, j, 0));
        test_recording_close(&r);
    }
}
END_TEST

START_TEST(each_version_is_known_by_its_first_bytes)
{
    const struct ana_plugin *plugin = test_reader_plugin("mat");
    struct ana_ctx *ctx = test_ctx();
    struct test_source s;
    int32_t confidence;

    for (int f = 0; f < 7; f++) {
        plugin->reader->probe(
            ctx, test_source_of(&s, test_golden(every[f]), NULL, NULL, NULL, "", 0),
            &confidence);
        ck_assert_int_eq(confidence, f < 3 ? 60 : 100);
    }
    plugin->reader->probe(
        ctx, test_source_of(&s, test_golden("mat/real.tsv"), NULL, NULL, NULL, "", 0),
        &confidence);
    ck_assert_int_eq(confidence, 0);
    plugin->reader->probe(
        ctx, test_source_of(&s, test_golden("npy/f4_big.npy"), NULL, NULL, NULL, "", 0),
        &confidence);
    ck_assert_int_eq(confidence, 0);
    plugin->reader->probe(ctx, test_source_of(&s, "/nowhere", NULL, NULL, NULL, "", 0),
                          &confidence);
    ck_assert_int_eq(confidence, 0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(dimensions_are_turned_from_matlabs_order)
{
    struct test_recording r = open_ok(test_golden("mat/v7.mat"), "cube", NULL, NULL,
                                      "stimulus,time,target", 10);

    ck_assert_int_eq(r.info.n_rows, 2);
    ck_assert_int_eq(r.info.n_times, 3);
    ck_assert_int_eq(r.info.n_targets, 4);
    for (int64_t i = 0; i < 2; i++)
        for (int64_t t = 0; t < 3; t++)
            for (int64_t k = 0; k < 4; k++)
                ck_assert_double_eq(test_recording_at(&r, 0, i, t, k),
                                    (double)(i * 12 + t * 4 + k));
    test_recording_close(&r);
}
END_TEST

START_TEST(names_are_cells_char_matrices_and_struct_fields)
{
    const char *const names[] = {"dog", "rain", "Ger\xc3\xa4usch 3", "violin"};
    const char *const both[] = {"mat/v5.mat", "mat/v7.mat"};

    for (int f = 0; f < 2; f++) {
        struct test_recording r = open_ok(test_golden(both[f]), "R", NULL, NULL,
                                          "stimulus=names,target=matrix", 0);
        char **labels;
        int64_t n;

        for (int64_t i = 0; i < 4; i++)
            ck_assert_str_eq(r.info.row_names[i], names[i]);
        ck_assert_str_eq(r.info.targets[0].name, "ab");
        ck_assert_str_eq(r.info.targets[1].name, "cde");
        ck_assert_str_eq(r.info.targets[2].name, "f");
        ck_assert_int_eq(r.vt->labels(r.ctx, r.self, "C.labels", &n, &labels), 0);
        ck_assert_int_eq(n, 4);
        ck_assert_str_eq(labels[2], "a");
        for (int64_t i = 0; i < n; i++)
            ana_free(r.ctx, labels[i]);
        ana_free(r.ctx, labels);
        test_recording_close(&r);
    }
}
END_TEST

START_TEST(numbers_and_fields_of_struct_arrays_name_too)
{
    struct test_recording r = open_ok(test_golden("mat/v7.mat"), "R", NULL, NULL,
                                      "stimulus=C.ids,target=S.label", 0);

    ck_assert_str_eq(r.info.row_names[3], "10");
    ck_assert_str_eq(r.info.targets[1].name, "chan2");
    test_recording_close(&r);
    r = open_ok(test_golden("mat/v7.mat"), "C.deep.er", NULL, NULL, "stimulus,target", 0);
    ck_assert_double_eq(test_recording_at(&r, 0, 1, 0, 1), 11.5);
    test_recording_close(&r);
}
END_TEST

START_TEST(cells_and_struct_elements_are_runs)
{
    struct test_recording r =
        open_ok(test_golden("mat/v7.mat"), "trials", "*", NULL, "time,target", 64);

    ck_assert_int_eq(r.info.n_runs, 3);
    for (int64_t run = 0; run < 3; run++) {
        ck_assert_int_eq(r.info.runs[run].n, 5 + run);
        for (int64_t t = 0; t < 5 + run; t++)
            ck_assert_double_eq(test_recording_at(&r, run, t, 0, 1),
                                mat_grid(t, 1, 100 * (double)run - .5));
    }
    test_recording_close(&r);
    r = open_ok(test_golden("mat/v5.mat"), "S.x", "2-3", NULL, "time,target", 64);
    ck_assert_int_eq(r.info.n_runs, 2);
    ck_assert_str_eq(r.info.runs[1].id, "3");
    ck_assert_double_eq(test_recording_at(&r, 1, 3, 0, 1), mat_grid(3, 1, 1999.5));
    test_recording_close(&r);
}
END_TEST

START_TEST(cells_are_ordered_by_another_files_variable)
{
    struct test_recording r = open_ok(test_golden("mat/v7.mat"), "trials",
                                      "order.mat:order", NULL, "time,target", 64);

    ck_assert_int_eq(r.info.n_runs, 2);
    ck_assert_str_eq(r.info.runs[0].id, "3");
    ck_assert_double_eq(test_recording_at(&r, 0, 0, 0, 0), 200);
    test_recording_close(&r);
    r = open_ok(test_golden("mat/v7.mat"), "trials", "order.mat:order[2]", NULL,
                "time,target", 64);
    ck_assert_int_eq(r.info.n_runs, 1);
    ck_assert_str_eq(r.info.runs[0].id, "1");
    test_recording_close(&r);
}
END_TEST

START_TEST(every_numeric_class_reads_as_what_it_holds)
{
    static const double want[] = {0, 1, 100, 3, 4, 5};
    static const char *const classes[] = {"int8",    "uint8",  "int16", "uint16",
                                          "int32",   "uint32", "int64", "uint64",
                                          "float32", "float64"};

    for (int c = 0; c < 10; c++) {
        char name[16];
        struct test_recording r;

        snprintf(name, sizeof name, "n_%s", classes[c]);
        r = open_ok(test_golden(c & 1 ? "mat/v7.mat" : "mat/v5.mat"), name, NULL, NULL,
                    "stimulus,target", 0);
        for (int64_t i = 0; i < 6; i++)
            ck_assert_double_eq(test_recording_at(&r, 0, i / 3, 0, i % 3), want[i]);
        test_recording_close(&r);
    }
}
END_TEST

START_TEST(what_is_no_array_of_real_numbers_is_refused_with_a_sentence)
{
    check_error("mat/v7.mat", "z", "stimulus,target",
                "/v7.mat: `z` is complex; save its real part, or abs() of it");
    check_error("mat/v4.mat", "z", "stimulus,target", "/v4.mat: `z` is complex");
    check_error("mat/v7.mat", "sparse", "stimulus,target",
                "/v7.mat: `sparse` is sparse; save it with full()");
    check_error("mat/v4.mat", "sparse", "stimulus,target", "/v4.mat: `sparse` is sparse");
    check_error("mat/v7.mat", "word", "stimulus",
                "/v7.mat: `word` holds no array of numbers");
    check_error("mat/v7.mat", "C", "stimulus", "/v7.mat: `C` holds no array of numbers");
    check_error(
        "mat/v7.mat", "names", "stimulus",
        "/v7.mat: `names` has 4 cells; say which, as in `names{1-3}` or `names{*}`");
    check_error("mat/v7.mat", "empty", "stimulus,target",
                "/v7.mat: `empty` is 0 x 3: it holds no numbers");
    check_error("mat/v7.mat", "C.idx", "stimulus",
                "/v7.mat: `C` has no field `idx`; it has "
                "ids, labels, deep");
    check_error("mat/v7.mat", "R", "stimulus=C,target", "/v7.mat: `C` is no text");
    check_error("mat/v7.mat", "R", "stimulus=mixed,target",
                "/v7.mat: `mixed` is no text");
    check_error("mat/v7.mat", NULL, "stimulus,target",
                "variables; say which, as in `data = FILE : NAME(axes)`");
    check_error("npy/f4_big.npy", "R", "stimulus", "/f4_big.npy: is no MAT file");
}
END_TEST

START_TEST(inspect_lists_variables_and_fields_with_shapes)
{
    const struct ana_plugin *plugin = test_reader_plugin("mat");
    struct ana_ctx *ctx = test_ctx();
    struct ana_entry *entries;
    char text[4096] = "";
    int64_t n, peak;

    ck_assert_int_eq(plugin->reader->list(ctx, test_golden("mat/v7.mat"), &n, &entries),
                     0);
    for (int64_t i = 0; i < n; i++) {
        const struct ana_entry *e = &entries[i];

        snprintf(text + strlen(text), sizeof text - strlen(text), "%s %s", e->name,
                 e->dtype ? ana_dtype_name(e->dtype) : "-");
        for (int32_t d = 0; d < e->ndim && e->dtype; d++)
            snprintf(text + strlen(text), sizeof text - strlen(text), " %lld",
                     (long long)e->shape[d]);
        snprintf(text + strlen(text), sizeof text - strlen(text), " (%s)\n", e->note);
        ana_free(ctx, (void *)(uintptr_t)e->name);
        ana_free(ctx, (void *)(uintptr_t)e->note);
    }
    ana_free(ctx, entries);
    ck_assert_ptr_nonnull(strstr(text, "R float64 4 3 ()\n"));
    ck_assert_ptr_nonnull(strstr(text, "names - (cell array of 4)\n"));
    ck_assert_ptr_nonnull(strstr(text, "C - (struct)\n"));
    ck_assert_ptr_nonnull(strstr(text, "C.ids uint16 1 4 ()\n"));
    ck_assert_ptr_nonnull(strstr(text, "C.deep.er float64 2 2 ()\n"));
    ck_assert_ptr_nonnull(strstr(text, "S.x - (struct array of 3)\n"));
    ck_assert_ptr_nonnull(strstr(text, "z - (complex: not read)\n"));
    ck_assert_ptr_nonnull(strstr(text, "sparse - (sparse: not read)\n"));
    ck_assert_ptr_nonnull(strstr(text, "yes bool 1 3 ()\n"));
    ck_assert_int_eq(ana_ctx_memory(ctx, &peak), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(version_7_3_reads_like_the_others)
{
    char folder[64], path[128];
    struct test_recording r;

    snprintf(path, sizeof path, "%s/v73.mat", test_folder(folder, sizeof folder));
    mat_write_v73(path);
    r = open_ok(path, "R", NULL, NULL, "stimulus,target=names", 0);
    ck_assert_str_eq(r.info.targets[2].name, "speech");
    for (int64_t i = 0; i < 4; i++)
        for (int64_t j = 0; j < 3; j++)
            ck_assert_double_eq(test_recording_at(&r, 0, i, 0, j), mat_grid(i, j, 0));
    test_recording_close(&r);
    r = open_ok(path, "trials", "3 1", NULL, "time,target", 10);
    ck_assert_int_eq(r.info.runs[0].n, 7);
    ck_assert_double_eq(test_recording_at(&r, 0, 6, 0, 1), mat_grid(6, 1, 200));
    test_recording_close(&r);
    unlink(path);
}
END_TEST

/* Positions and regions of targets are parameters of the plugin. */
START_TEST(positions_and_regions_are_parameters)
{
    const struct ana_setting settings[] = {{"regions", "matrix", "test:1"},
                                           {"positions", "R", "test:2"}};
    struct test_recording r;
    struct test_source s;

    ck_assert_int_eq(
        test_recording_open(&r, "mat",
                            test_source_of(&s, test_golden("mat/v7.mat"), "R", NULL, NULL,
                                           "target,stimulus", 0),
                            settings + 1, 1),
        0);
    ck_assert_double_eq(r.info.targets[3].position[1], 31.5);
    test_recording_close(&r);
    ck_assert_int_eq(
        test_recording_open(&r, "mat",
                            test_source_of(&s, test_golden("mat/v7.mat"), "R", NULL, NULL,
                                           "target,stimulus", 0),
                            settings, 1),
        ANA_EDATA);
    ck_assert_ptr_nonnull(
        strstr(ana_error(r.ctx), "/v7.mat: `matrix` has 3 regions for 4 targets"));
    test_recording_close(&r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mat");
    TCase *all = tcase_create("all");

    tcase_add_test(all, a_matrix_reads_alike_from_every_version_and_byte_order);
    tcase_add_test(all, each_version_is_known_by_its_first_bytes);
    tcase_add_test(all, dimensions_are_turned_from_matlabs_order);
    tcase_add_test(all, names_are_cells_char_matrices_and_struct_fields);
    tcase_add_test(all, numbers_and_fields_of_struct_arrays_name_too);
    tcase_add_test(all, cells_and_struct_elements_are_runs);
    tcase_add_test(all, cells_are_ordered_by_another_files_variable);
    tcase_add_test(all, every_numeric_class_reads_as_what_it_holds);
    tcase_add_test(all, what_is_no_array_of_real_numbers_is_refused_with_a_sentence);
    tcase_add_test(all, inspect_lists_variables_and_fields_with_shapes);
    tcase_add_test(all, version_7_3_reads_like_the_others);
    tcase_add_test(all, positions_and_regions_are_parameters);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
