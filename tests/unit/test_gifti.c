/* SPDX-License-Identifier: BSD-3-Clause
 *
 * GIFTI: every encoding, type and order, and real surfaces, against nibabel; masks, atlases
 * and meshes; maps written and read again. What is damaged:
 * test_damage.
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

static int open_gii(struct test_recording *r, const char *files, const char *settings)
{
    return test_open(r, "gifti", files, 0, settings);
}

static void open_ok(struct test_recording *r, const char *files, const char *settings)
{
    test_open_ok(r, "gifti", files, settings);
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

static void check_files(int real)
{
    struct ana_ctx *ctx = test_ctx();
    struct test_recording r = {0};
    struct ana_table *table;
    char open[200] = "", shared[512] = "", path[800];
    int64_t checked = 0;

    test_shared("data", shared, sizeof shared);
    ck_assert_int_eq(ana_table_read(ctx, test_golden("gifti/expected.tsv"), 1, &table),
                     0);
    for (int64_t i = 0; i < table->n_rows; i++) {
        const char *const *cell = &table->cell[i * 3];
        const double want = strtod(cell[2], NULL);
        long long row, vertex;

        if ((*cell[0] == '@') != real)
            continue;
        if (strcmp(open, cell[0]) != 0) {
            if (r.vt)
                test_recording_close(&r);
            snprintf(open, sizeof open, "%s", cell[0]);
            snprintf(path, sizeof path, "%s/%s", real ? shared : test_golden("gifti"),
                     cell[0] + real);
            open_ok(&r, path, strstr(path, "func") ? "tr=2 s" : "");
        }
        if (strcmp(cell[1], "sum") == 0) {
            ck_assert_double_eq_tol(sum_of(&r), want, 1e-9 * fabs(want) + 1e-12);
        } else {
            ck_assert_int_eq(sscanf(cell[1], "%lld,%lld", &row, &vertex), 2);
            ck_assert_msg(test_recording_at(&r, 0, row, 0, vertex) == want,
                          "%s %s: %.17g for %.17g", cell[0], cell[1],
                          test_recording_at(&r, 0, row, 0, vertex), want);
        }
        checked++;
    }
    ck_assert_int_ge(checked, 24);
    test_recording_close(&r);
    ana_table_destroy(ctx, table);
    ana_ctx_destroy(ctx);
}

START_TEST(every_encoding_type_and_order_gives_what_nibabel_gives)
{
    check_files(0);
}
END_TEST

START_TEST(real_surfaces_give_what_nibabel_gives)
{
    char shared[512];

    if (!test_shared("data/formats-volume/gifti/tests/data/task.func.gii", shared,
                     sizeof shared))
        TEST_SKIP("no ../shared/data");
    check_files(1);
}
END_TEST

START_TEST(time_series_are_runs_and_maps_are_rows)
{
    struct test_recording r;
    char files[1100];

    snprintf(files, sizeof files, "%s,%s", test_golden("gifti/ascii_little.func.gii"),
             test_golden("gifti/b64gz_little.func.gii"));
    open_ok(&r, files, "");
    ck_assert_int_eq(r.info.layout, ANA_LAYOUT_SERIES);
    ck_assert_int_eq(r.info.n_runs, 2);
    ck_assert_str_eq(r.info.runs[1].id, "b64gz_little");
    ck_assert_double_eq(r.info.runs[1].rate, 1 / 1.5);
    ck_assert_str_eq(r.info.targets[3].name, "3");
    ck_assert_str_eq(r.info.targets[3].hemisphere, "L");
    test_recording_close(&r);
    open_ok(&r, test_golden("gifti/two.shape.gii"), "");
    ck_assert_int_eq(r.info.layout, ANA_LAYOUT_ROWS);
    ck_assert_int_eq(r.info.n_rows, 2);
    ck_assert_str_eq(r.info.row_names[1], "curv");
    test_recording_close(&r);
}
END_TEST

START_TEST(masks_atlases_and_meshes_say_what_a_vertex_is)
{
    struct test_recording r;
    char settings[1600];

    snprintf(settings, sizeof settings, "mask=%s;surface=%s;space=fsaverage",
             test_golden("gifti/mask.shape.gii"), test_golden("gifti/mesh.surf.gii"));
    open_ok(&r, test_golden("gifti/two.shape.gii"), settings);
    ck_assert_int_eq(r.info.n_targets, 4);
    ck_assert_str_eq(r.info.targets[2].name, "6");
    ck_assert_double_eq(r.info.targets[2].position[1], 12);
    ck_assert_str_eq(r.info.targets[2].space, "fsaverage");
    test_recording_close(&r);
    snprintf(settings, sizeof settings, "mask=%s", test_golden("gifti/roi.label"));
    open_ok(&r, test_golden("gifti/two.shape.gii"), settings);
    ck_assert_int_eq(r.info.n_targets, 3);
    ck_assert_str_eq(r.info.targets[2].name, "11");
    test_recording_close(&r);
    snprintf(settings, sizeof settings, "atlas=%s;average=parcels",
             test_golden("gifti/atlas.label.gii"));
    open_ok(&r, test_golden("gifti/u1_ascii.shape.gii"), settings);
    ck_assert_int_eq(r.info.n_targets, 2);
    ck_assert_str_eq(r.info.targets[0].name, "HG");
    ck_assert_str_eq(r.info.targets[1].region, "STG");
    ck_assert_double_eq(test_recording_at(&r, 0, 0, 0, 0), (3 + 6 + 27) / 3.);
    ck_assert_double_eq(test_recording_at(&r, 0, 0, 0, 1), (9 + 12 + 15 + 30) / 4.);
    test_recording_close(&r);
}
END_TEST

START_TEST(a_map_is_written_on_the_mesh_and_read_again)
{
    const double scores[] = {.25, -1, (double)NAN, 7};
    struct test_recording r, again;
    struct ana_tensor map;
    char settings[600];
    const int64_t n = 4, five = 5;

    snprintf(settings, sizeof settings, "mask=%s", test_golden("gifti/mask.shape.gii"));
    open_ok(&r, test_golden("gifti/ascii_little.func.gii"), settings);
    ck_assert_str_eq(r.info.map, ".func.gii");
    ana_tensor_view(ANA_F64, 1, &n, (void *)(uintptr_t)scores, &map);
    ck_assert_int_eq(r.vt->write(r.ctx, r.self, &map, in_folder("m.func.gii")), 0);
    open_ok(&again, in_folder("m.func.gii"), "");
    ck_assert_int_eq(again.info.n_targets, 12);
    ck_assert_str_eq(again.info.targets[0].hemisphere, "L");
    for (int v = 0; v < 12; v++) {
        const double got = test_recording_at(&again, 0, 0, 0, v);

        if (v == 6)
            ck_assert(isnan(got));
        else
            ck_assert_double_eq(got, v % 3 == 0 ? scores[v / 3] : 0);
    }
    test_recording_close(&again);
    ana_tensor_view(ANA_F64, 1, &five, (void *)(uintptr_t)scores, &map);
    ck_assert_int_eq(r.vt->write(r.ctx, r.self, &map, in_folder("no.func.gii")),
                     ANA_ESHAPE);
    ck_assert_int_ne(access(in_folder("no.func.gii"), F_OK), 0);
    test_recording_close(&r);
}
END_TEST

/* Files that belong together but do not fit. */
START_TEST(what_does_not_fit_is_refused)
{
    static const struct {
        const char *settings, *sentence;
    } wrongs[] = {
        {"mask=/gifti/expected.tsv", "expected.tsv:1 (byte 0): no valid XML"},
        {"mask=/gifti/atlas.tsv", "atlas.tsv: cannot be opened"},
        {"atlas=/gifti/mask.shape.gii", "an atlas needs a <LabelTable>"},
        {"surface=/gifti/mask.shape.gii", "has no points (NIFTI_INTENT_POINTSET) of 12"},
        {"average=parcels", "needs to know the parcels: name a .label.gii in `atlas`"},
    };
    struct test_recording r;
    char settings[600], files[1100];

    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
        const char *slash = strchr(wrongs[i].settings, '/');

        snprintf(settings, sizeof settings, "%.*s%s%s",
                 (int)(slash ? slash - wrongs[i].settings : 30), wrongs[i].settings,
                 slash ? test_golden("") : "", slash ? slash : "");
        ck_assert_int_ne(open_gii(&r, test_golden("gifti/two.shape.gii"), settings), 0);
        ck_assert_msg(strstr(ana_error(r.ctx), wrongs[i].sentence) != NULL, "%s",
                      ana_error(r.ctx));
        test_recording_close(&r);
    }
    ck_assert_int_eq(open_gii(&r, test_golden("gifti/mesh.surf.gii"), ""), ANA_EDATA);
    ck_assert_msg(
        strstr(ana_error(r.ctx), "holds no values of vertices, but a mesh or labels"),
        "%s", ana_error(r.ctx));
    test_recording_close(&r);
    ck_assert_int_eq(open_gii(&r, test_golden("gifti/wide.func.gii"), ""), ANA_EDATA);
    ck_assert_msg(strstr(ana_error(r.ctx), "has no TimeStep; say the time between scans"),
                  "%s", ana_error(r.ctx));
    test_recording_close(&r);
    snprintf(files, sizeof files, "%s,%s", test_golden("gifti/mask.shape.gii"),
             test_golden("gifti/u1_ascii.shape.gii"));
    ck_assert_int_eq(open_gii(&r, files, ""), ANA_EDATA);
    ck_assert_msg(strstr(ana_error(r.ctx), "give each a [brain] of its own"), "%s",
                  ana_error(r.ctx));
    test_recording_close(&r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gifti");
    TCase *t = tcase_create("gifti");

    tcase_add_test(t, every_encoding_type_and_order_gives_what_nibabel_gives);
    tcase_add_test(t, real_surfaces_give_what_nibabel_gives);
    tcase_add_test(t, time_series_are_runs_and_maps_are_rows);
    tcase_add_test(t, masks_atlases_and_meshes_say_what_a_vertex_is);
    tcase_add_test(t, a_map_is_written_on_the_mesh_and_read_again);
    tcase_add_test(t, what_does_not_fit_is_refused);
    suite_add_tcase(suite, t);
    return test_main(suite);
}
