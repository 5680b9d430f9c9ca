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

/* Vertices with a region, or the region of one; coordinates of a vertex. */
static int check_vertex(struct test_recording *r, const char *what, const char *want)
{
    long long vertex;
    int axis;

    if (sscanf(what, "point %lld,%d", &vertex, &axis) == 2) {
        ck_assert_double_eq(r->info.targets[vertex].position[axis], strtod(want, NULL));
    } else if (strcmp(what, "regions") == 0) {
        ck_assert_int_eq(r->info.n_targets, atoll(want));
    } else if (sscanf(what, "region %lld", &vertex) == 1) {
        for (int64_t i = 0; i < r->info.n_targets; i++)
            if (atoll(r->info.targets[i].name) == vertex)
                ck_assert_str_eq(r->info.targets[i].region, want);
    } else {
        return 0;
    }
    return 1;
}

static void check_value(struct test_recording *r, const char *what, double want)
{
    long long row, vertex;

    if (strcmp(what, "sum") == 0) {
        ck_assert_double_eq_tol(sum_of(r), want, 1e-9 * fabs(want) + 1e-12);
    } else {
        ck_assert_int_eq(sscanf(what, "%lld,%lld", &row, &vertex), 2);
        ck_assert_double_eq(test_recording_at(r, 0, row, 0, vertex), want);
    }
}

/* A mesh and an annotation are read under a map with as many vertices. */
static void open_file(struct test_recording *r, const char *shared, const char *file)
{
    const char *what = strstr(file, ".annot") ? "atlas"
                       : strstr(file, "fsaverage5") && !strstr(file, "area_") &&
                               !strstr(file, "curv_") && !strstr(file, "sulc_") &&
                               !strstr(file, "thick_")
                           ? "surface"
                           : NULL;
    char path[800], settings[900];

    snprintf(path, sizeof path, "%s/%s", *file == '@' ? shared : test_golden("gifti"),
             file + (*file == '@'));
    if (!what) {
        open_ok(r, path, strstr(path, "func") ? "tr=2 s" : "");
        return;
    }
    snprintf(settings, sizeof settings, "%s=%s", what, path);
    snprintf(path, sizeof path,
             "%s/surf-atlas/nilearn/datasets/data/fsaverage5/thick_left.gii.gz", shared);
    open_ok(r, path, settings);
}

static void check_files(int real)
{
    struct ana_ctx *ctx = test_ctx();
    struct test_recording r = {0};
    struct ana_table *table;
    char open[200] = "", shared[512] = "";
    int64_t checked = 0;

    test_shared("data", shared, sizeof shared);
    ck_assert_int_eq(ana_table_read(ctx, test_golden("gifti/expected.tsv"), 1, &table),
                     0);
    for (int64_t i = 0; i < table->n_rows; i++) {
        const char *const *cell = &table->cell[i * 3];

        if ((*cell[0] == '@') != real)
            continue;
        if (strcmp(open, cell[0]) != 0) {
            if (r.vt)
                test_recording_close(&r);
            snprintf(open, sizeof open, "%s", cell[0]);
            open_file(&r, shared, cell[0]);
        }
        if (!check_vertex(&r, cell[1], cell[2]))
            check_value(&r, cell[1], strtod(cell[2], NULL));
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

/* By colour, as FreeSurfer writes it: unknown and colours that the table lacks have no
 * region. */
START_TEST(an_annotation_names_vertices)
{
    struct test_recording r;
    char settings[600];

    snprintf(settings, sizeof settings, "atlas=%s", test_golden("gifti/atlas.annot"));
    open_ok(&r, test_golden("gifti/two.shape.gii"), settings);
    ck_assert_int_eq(r.info.n_targets, 7);
    ck_assert_str_eq(r.info.targets[0].name, "1");
    ck_assert_str_eq(r.info.targets[0].region, "HG");
    ck_assert_str_eq(r.info.targets[6].name, "10");
    ck_assert_str_eq(r.info.targets[6].region, "STG");
    test_recording_close(&r);
}
END_TEST

/* Any change of an annotation is read or refused with a sentence. */
START_TEST(a_damaged_annotation_is_read_or_refused)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_rng rng;
    char settings[600], *data;
    int64_t n, refused = 0;

    ana_rng_init(ctx, "annot", 0, &rng);
    for (int i = 0; i < 100; i++) {
        struct test_recording r;
        int64_t at;

        ck_assert_int_eq(
            ana_file_read(ctx, test_golden("gifti/atlas.annot"), 1 << 20, &data, &n), 0);
        at = ana_rng_below(&rng, n);
        data[at] = (char)ana_rng_below(&rng, 256);
        ck_assert_int_eq(ana_file_write(ctx, in_folder("d.annot"), data, i % 3 ? n : at),
                         0);
        ana_free(ctx, data);
        snprintf(settings, sizeof settings, "atlas=%s", in_folder("d.annot"));
        if (open_gii(&r, test_golden("gifti/two.shape.gii"), settings) != 0) {
            ck_assert(strstr(ana_error(r.ctx), "d.annot: ") ||
                      strstr(ana_error(r.ctx), "no vertex is left"));
            refused++;
        }
        test_recording_close(&r);
    }
    ck_assert_int_gt(refused, 30);
    ana_ctx_destroy(ctx);
}
END_TEST

/* The INI file's word goes before the JSON file's, that before TimeStep (1.5 s). */
START_TEST(time_between_scans_comes_from_ini_json_or_metadata)
{
    static const struct {
        const char *json, *settings;
        double tr;
        int warnings;
    } cases[] = {{NULL, "", 1.5, 0},
                 {"{\"RepetitionTime\": 2}", "", 2, 1},
                 {"{\"RepetitionTime\": 1.5}", "", 1.5, 0},
                 {"{\"RepetitionTime\": 1.5}", "tr=3 s", 3, 1},
                 {"{\"TaskName\": \"story\"}", "", 1.5, 0}};
    struct ana_ctx *ctx = test_ctx();
    char *data;
    int64_t n;

    ck_assert_int_eq(ana_file_read(ctx, test_golden("gifti/ascii_little.func.gii"),
                                   1 << 20, &data, &n),
                     0);
    ck_assert_int_eq(ana_file_write(ctx, in_folder("b.func.gii"), data, n), 0);
    ana_free(ctx, data);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct ana_warning *warnings;
        struct test_recording r;

        if (cases[i].json)
            ck_assert_int_eq(ana_file_write(ctx, in_folder("b.json"), cases[i].json,
                                            (int64_t)strlen(cases[i].json)),
                             0);
        open_ok(&r, in_folder("b.func.gii"), cases[i].settings);
        ck_assert_double_eq(r.info.runs[0].rate, 1 / cases[i].tr);
        ck_assert_int_eq(ana_ctx_warnings(r.ctx, &warnings), cases[i].warnings);
        ck_assert_int_eq(r.info.n_files, cases[i].json ? 1 : 0);
        test_recording_close(&r);
    }
    ana_ctx_destroy(ctx);
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

/* 4 vertices at 3 scans: value 10 t + v, in a file of their own behind `before` bytes, as
 * float32 of either byte order, rows or columns first. */
static void write_external(const char *order, const char *endian, int before)
{
    struct ana_ctx *ctx = test_ctx();
    char xml[1200], data[64] = {0};

    for (int t = 0; t < 3; t++)
        for (int v = 0; v < 4; v++) {
            const float value = (float)(10 * t + v);
            const int at = *order == 'R' ? 3 * v + t : 4 * t + v;
            char *to = data + before + 4 * at;

            memcpy(to, &value, 4);
            for (int k = 0; k < 2 && *endian == 'B'; k++) {
                const char kept = to[k];

                to[k] = to[3 - k];
                to[3 - k] = kept;
            }
        }
    snprintf(xml, sizeof xml,
             "<?xml version=\"1.0\"?><GIFTI Version=\"1.0\" NumberOfDataArrays=\"1\">"
             "<DataArray Intent=\"NIFTI_INTENT_TIME_SERIES\" "
             "DataType=\"NIFTI_TYPE_FLOAT32\" ArrayIndexingOrder=\"%sMajorOrder\" "
             "Dimensionality=\"2\" Dim0=\"4\" Dim1=\"3\" "
             "Encoding=\"ExternalFileBinary\" Endian=\"%sEndian\" "
             "ExternalFileName=\"ext.dat\" ExternalFileOffset=\"%d\">"
             "<Data></Data></DataArray></GIFTI>",
             order, endian, before);
    ck_assert_int_eq(
        ana_file_write(ctx, in_folder("ext.func.gii"), xml, (int64_t)strlen(xml)), 0);
    ck_assert_int_eq(ana_file_write(ctx, in_folder("ext.dat"), data, before + 48), 0);
    ana_ctx_destroy(ctx);
}

START_TEST(values_may_stand_in_a_file_of_their_own)
{
    const char *const orders[] = {"Row", "Column"}, *const ends[] = {"Little", "Big"};
    struct test_recording r;

    for (int i = 0; i < 4; i++) {
        write_external(orders[i / 2], ends[i % 2], 5 * i);
        open_ok(&r, in_folder("ext.func.gii"), "tr=2 s");
        ck_assert_int_eq(r.info.n_targets, 4);
        ck_assert_int_eq(r.info.runs[0].n, 3);
        for (int t = 0; t < 3; t++)
            for (int v = 0; v < 4; v++)
                ck_assert_double_eq(test_recording_at(&r, 0, t, 0, v), 10 * t + v);
        ck_assert_int_eq(r.info.n_files, 1); /* it is locked, too */
        ck_assert_str_eq(r.info.files[0], in_folder("ext.dat"));
        test_recording_close(&r);
    }
    ck_assert_int_eq(truncate(in_folder("ext.dat"), 15 + 47), 0);
    ck_assert_int_eq(open_gii(&r, in_folder("ext.func.gii"), "tr=2 s"), ANA_EDATA);
    ck_assert_msg(
        strstr(ana_error(r.ctx), "12 values need 48 bytes from byte 15 of ") &&
            strstr(ana_error(r.ctx), "ext.dat on, which has 62; it is cut short"),
        "%s", ana_error(r.ctx));
    test_recording_close(&r);
    unlink(in_folder("ext.dat"));
    ck_assert_int_eq(open_gii(&r, in_folder("ext.func.gii"), "tr=2 s"), ANA_EDATA);
    ck_assert(strstr(ana_error(r.ctx), "ext.dat: ") != NULL);
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
    tcase_add_test(t, an_annotation_names_vertices);
    tcase_add_test(t, a_damaged_annotation_is_read_or_refused);
    tcase_add_test(t, time_between_scans_comes_from_ini_json_or_metadata);
    tcase_add_test(t, a_map_is_written_on_the_mesh_and_read_again);
    tcase_add_test(t, values_may_stand_in_a_file_of_their_own);
    tcase_add_test(t, what_does_not_fit_is_refused);
    suite_add_tcase(suite, t);
    return test_main(suite);
}
