/* SPDX-License-Identifier: BSD-3-Clause
 *
 * CIFTI-2: series, maps and labels of grayordinates and parcels against nibabel; atlases and
 * structures; maps written and read again. What is
 * damaged: test_damage.
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

static int open_cii(struct test_recording *r, const char *files, const char *settings)
{
    return test_open(r, "cifti", files, 0, settings);
}

static void open_ok(struct test_recording *r, const char *files, const char *settings)
{
    test_open_ok(r, "cifti", files, settings);
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

static void check_row(struct test_recording *r, const char *file, const char *what,
                      double want)
{
    long long row, place;
    double got;

    if (strcmp(what, "sum") == 0) {
        ck_assert_double_eq_tol(sum_of(r), want, 1e-12 * fabs(want) + 1e-12);
        return;
    }
    if (what[1] == ' ') {
        got = r->info.targets[atoll(what + 2)].position[what[0] - 'x'];
    } else {
        ck_assert_int_eq(sscanf(what, "%lld,%lld", &row, &place), 2);
        got = test_recording_at(r, 0, row, 0, place);
    }
    ck_assert_msg(got == want, "%s %s: %.17g for %.17g", file, what, got, want);
}

START_TEST(every_kind_gives_what_nibabel_gives)
{
    struct ana_ctx *ctx = test_ctx();
    struct test_recording r = {0};
    struct ana_table *table;
    char open[128] = "", path[300];
    int64_t checked = 0;

    ck_assert_int_eq(ana_table_read(ctx, test_golden("cifti/expected.tsv"), 1, &table),
                     0);
    for (int64_t i = 0; i < table->n_rows; i++) {
        const char *const *cell = &table->cell[i * 3];

        if (strstr(cell[0], "dlabel"))
            continue;
        if (strcmp(open, cell[0]) != 0) {
            if (r.vt)
                test_recording_close(&r);
            snprintf(open, sizeof open, "%s", cell[0]);
            snprintf(path, sizeof path, "cifti/%s", open);
            open_ok(&r, test_golden(path), "");
        }
        check_row(&r, cell[0], cell[1], strtod(cell[2], NULL));
        checked++;
    }
    ck_assert_int_ge(checked, 42);
    test_recording_close(&r);
    ana_table_destroy(ctx, table);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(places_have_names_regions_and_hemispheres)
{
    struct test_recording r;
    char settings[600];

    open_ok(&r, test_golden("cifti/rest.dtseries.nii"), "");
    ck_assert_int_eq(r.info.layout, ANA_LAYOUT_SERIES);
    ck_assert_double_eq(r.info.runs[0].rate, 1 / 1.5);
    ck_assert_str_eq(r.info.runs[0].id, "rest");
    ck_assert_str_eq(r.info.targets[1].name, "CORTEX_LEFT 2");
    ck_assert_str_eq(r.info.targets[6].region, "CORTEX_RIGHT");
    ck_assert_str_eq(r.info.targets[6].hemisphere, "R");
    ck_assert_str_eq(r.info.targets[9].name, "THALAMUS_LEFT 2,2,3");
    ck_assert(isnan(r.info.targets[0].position[0]));
    test_recording_close(&r);
    open_ok(&r, test_golden("cifti/rest.dtseries.nii"),
            "structures=CORTEX_R* THALAMUS_LEFT");
    ck_assert_int_eq(r.info.n_targets, 6);
    test_recording_close(&r);
    snprintf(settings, sizeof settings, "average=parcels;atlas=%s",
             test_golden("cifti/areas.dlabel.nii"));
    open_ok(&r, test_golden("cifti/two.dscalar.nii"), settings);
    ck_assert_int_eq(r.info.layout, ANA_LAYOUT_ROWS);
    ck_assert_str_eq(r.info.row_names[1], "two");
    ck_assert_int_eq(r.info.n_targets, 2);
    ck_assert_str_eq(r.info.targets[0].name, "HG");
    {
        struct test_recording whole;

        open_ok(&whole, test_golden("cifti/two.dscalar.nii"), "");
        ck_assert_double_eq_tol(test_recording_at(&r, 0, 1, 0, 0),
                                (test_recording_at(&whole, 0, 1, 0, 1) +
                                 test_recording_at(&whole, 0, 1, 0, 2) +
                                 test_recording_at(&whole, 0, 1, 0, 7)) /
                                    3,
                                1e-15);
        test_recording_close(&whole);
    }
    test_recording_close(&r);
    open_ok(&r, test_golden("cifti/rest.ptseries.nii"), "");
    ck_assert_str_eq(r.info.targets[1].name, "STG");
    ck_assert_str_eq(r.info.map, ".pscalar.nii");
    test_recording_close(&r);
}
END_TEST

START_TEST(blocks_and_float32_give_what_the_whole_gives)
{
    struct test_recording r;
    char files[1100];
    const int64_t targets[] = {9, 1};
    struct ana_tensor out = {0};

    snprintf(files, sizeof files, "%s,%s", test_golden("cifti/two.dscalar.nii"),
             test_golden("cifti/two.dscalar.nii"));
    open_ok(&r, files, "");
    ck_assert_int_eq(r.info.n_rows, 4);
    ck_assert_int_eq(ana_tensor_create(r.ctx, ANA_F32, 2, (const int64_t[]){2, 2}, &out),
                     0);
    ck_assert_int_eq(r.vt->read(r.ctx, r.self, 0, 1, 2, targets, 2, &out), 0);
    for (int t = 0; t < 2; t++)
        for (int i = 0; i < 2; i++)
            ck_assert_double_eq(
                (double)((float *)out.data)[t * 2 + i],
                (double)(float)test_recording_at(&r, 0, 1 - t, 0, targets[i]));
    ck_assert_int_eq(r.vt->read(r.ctx, r.self, 0, 3, 2, targets, 2, &out), ANA_EPARAM);
    ana_tensor_finish(&out);
    test_recording_close(&r);
}
END_TEST

START_TEST(maps_are_written_in_the_same_places)
{
    static const char *const forms[] = {"cifti/rest.dtseries.nii",
                                        "cifti/rest.ptseries.nii"};
    static const char *const names[] = {"m.dscalar.nii", "m.pscalar.nii"};
    double scores[11];

    for (int i = 0; i < 11; i++)
        scores[i] = i == 3 ? (double)NAN : .5 * i - 1;
    for (int k = 0; k < 2; k++) {
        struct test_recording r, again;
        struct ana_tensor map;

        open_ok(&r, test_golden(forms[k]), "");
        ana_tensor_view(ANA_F64, 1, &r.info.n_targets, scores, &map);
        ck_assert_int_eq(r.vt->write(r.ctx, r.self, &map, in_folder(names[k])), 0);
        open_ok(&again, in_folder(names[k]), "");
        ck_assert_int_eq(again.info.n_targets, r.info.n_targets);
        for (int64_t t = 0; t < r.info.n_targets; t++) {
            const double got = test_recording_at(&again, 0, 0, 0, t);

            ck_assert_str_eq(again.info.targets[t].name, r.info.targets[t].name);
            ck_assert(t == 3 ? isnan(got) : got == scores[t]);
        }
        test_recording_close(&again);
        map.shape[0] = 2;
        ck_assert_int_eq(r.vt->write(r.ctx, r.self, &map, in_folder("no.nii")),
                         ANA_ESHAPE);
        ck_assert_int_ne(access(in_folder("no.nii"), F_OK), 0);
        test_recording_close(&r);
    }
}
END_TEST

START_TEST(a_matrix_of_connections_gets_its_sentence)
{
    struct test_recording r;
    char path[512];

    if (!test_shared("data/formats-volume/tests/data/row_major.dconn.nii", path,
                     sizeof path))
        TEST_SKIP("no ../shared/data");
    ck_assert_int_eq(open_cii(&r, path, ""), ANA_EDATA);
    ck_assert_msg(strstr(ana_error(r.ctx), "a matrix of connections is no recording") !=
                      NULL,
                  "%s", ana_error(r.ctx));
    test_recording_close(&r);
}
END_TEST

START_TEST(a_time_between_scans_of_minutes_is_told)
{
    const struct ana_warning *warnings;
    struct ana_ctx *ctx = test_ctx();
    struct test_recording r;
    char *data, *step = NULL;
    int64_t n;

    ck_assert_int_eq(
        ana_file_read(ctx, test_golden("cifti/rest.dtseries.nii"), 1 << 20, &data, &n),
        0);
    step = memmem(data, (size_t)n, "SeriesStep=\"1.5\"", 16);
    ck_assert_ptr_nonnull(step);
    memcpy(step + 12, "150", 3);
    ck_assert_int_eq(ana_file_write(ctx, in_folder("ms.dtseries.nii"), data, n), 0);
    open_ok(&r, in_folder("ms.dtseries.nii"), "");
    ck_assert_int_eq(ana_ctx_warnings(r.ctx, &warnings), 1);
    ck_assert(strstr(warnings[0].text, "a TR of 150 s; if the file means milliseconds, "
                                       "say it with `tr = 0.15 s`") != NULL);
    test_recording_close(&r);
    ana_free(ctx, data);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cifti");
    TCase *t = tcase_create("cifti");

    tcase_add_test(t, every_kind_gives_what_nibabel_gives);
    tcase_add_test(t, places_have_names_regions_and_hemispheres);
    tcase_add_test(t, blocks_and_float32_give_what_the_whole_gives);
    tcase_add_test(t, maps_are_written_in_the_same_places);
    tcase_add_test(t, a_matrix_of_connections_gets_its_sentence);
    tcase_add_test(t, a_time_between_scans_of_minutes_is_told);
    suite_add_tcase(suite, t);
    return test_main(suite);
}
