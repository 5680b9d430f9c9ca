/* SPDX-License-Identifier: BSD-3-Clause
 *
 * NIfTI: files of every type, order and form, and real images, against nibabel; masks,
 * atlases and spheres; maps written and read again; damage.
 */
#include "tests/unit/sources.h"

#include <sys/stat.h>
#include <zlib.h>

#include <anaflow/files.h>

#include "base/file.h"

static char folder[64];

static const char *in_folder(const char *name)
{
    static char paths[8][256];
    static int next;
    char *path = paths[next++ % 8];

    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static int open_nii(struct test_recording *r, const char *files, double rate,
                    const char *settings)
{
    return test_open(r, "nifti", files, rate, settings);
}

static void open_ok(struct test_recording *r, const char *files, const char *settings)
{
    test_open_ok(r, "nifti", files, settings);
}

/* The value that the plugin gives for voxel x,y,z of volume t. */
static double voxel_at(struct test_recording *r, const char *what)
{
    char name[64];
    const char *last = strrchr(what, ',');
    const int64_t t = atoll(last + 1);

    snprintf(name, sizeof name, "%.*s", (int)(last - what), what);
    if (strcspn(name, ",") == strlen(name)) /* of vertices, which are all there */
        return test_recording_at(r, 0, t, 0, atoll(name));
    for (int64_t v = 0; v < r->info.n_targets; v++)
        if (strcmp(r->info.targets[v].name, name) == 0)
            return test_recording_at(r, 0, t, 0, v);
    ck_abort_msg("no voxel %s", name);
    return 0;
}

static double sum_of(struct test_recording *r)
{
    const int rows = r->info.layout == ANA_LAYOUT_ROWS;
    const int64_t n = rows ? r->info.n_rows : r->info.runs[0].n;
    struct ana_tensor out = {0};
    double sum = 0;

    ck_assert_int_eq(
        ana_tensor_create(r->ctx, ANA_F64, 2, (int64_t[]){n, r->info.n_targets}, &out),
        0);
    if (r->vt->read(r->ctx, r->self, 0, 0, n, NULL, r->info.n_targets, &out) != 0)
        ck_abort_msg("%s", ana_error(r->ctx));
    for (int64_t i = 0; i < ana_tensor_count(&out); i++)
        if (!isnan(((double *)out.data)[i])) /* where a surface has no cortex */
            sum += ((double *)out.data)[i];
    ana_tensor_finish(&out);
    return sum;
}

/* Element i, j of the affine, out of the positions of the first voxel and its
 * neighbours. */
static double affine_at(struct test_recording *r, int i, int j)
{
    static const char *const next[] = {"1,0,0", "0,1,0", "0,0,1"};
    const double *first = r->info.targets[0].position;

    ck_assert_str_eq(r->info.targets[0].name, "0,0,0");
    if (j == 3)
        return first[i];
    for (int64_t v = 0; v < r->info.n_targets; v++)
        if (strcmp(r->info.targets[v].name, next[j]) == 0)
            return r->info.targets[v].position[i] - first[i];
    return (double)NAN;
}

static void check_row(struct test_recording *r, const char *file, const char *what,
                      double want)
{
    double got;
    int i, j;

    if (sscanf(what, "affine %d,%d", &i, &j) == 2) {
        got = affine_at(r, i, j);
        ck_assert_msg(isnan(got) || fabs(got - want) < 1e-9 * (1 + fabs(want)),
                      "%s %s: %.17g for %.17g", file, what, got, want);
    } else if (strcmp(what, "sum") == 0) {
        got = sum_of(r);
        ck_assert_msg(fabs(got - want) <= 1e-12 * fabs(want) + 1e-9,
                      "%s: %.17g for %.17g", file, got, want);
    } else {
        got = voxel_at(r, what);
        ck_assert_msg(fabs(got - want) <= 2.3e-16 * fabs(want), "%s %s: %.17g for %.17g",
                      file, what, got, want);
    }
}

/* Values of vertices are called by their number and lie nowhere. */
START_TEST(vertices_have_no_place)
{
    struct test_recording r;
    char path[512];

    if (!test_shared("data/fmri-natsound165/data/component-weight-significances/group/"
                     "lh.comp1.mgz",
                     path, sizeof path))
        TEST_SKIP("no ../shared/data");
    open_ok(&r, path, "");
    ck_assert_int_eq(r.info.n_targets, 163842);
    ck_assert_str_eq(r.info.targets[163841].name, "163841");
    ck_assert(isnan(r.info.targets[5].position[0]));
    ck_assert_str_eq(r.info.targets[5].space, "");
    test_recording_close(&r);
}
END_TEST

static void check_files(int real)
{
    struct ana_ctx *ctx = test_ctx();
    struct test_recording r = {0};
    struct ana_table *table;
    char open[128] = "", shared[512] = "", path[700], golden[160];
    int64_t checked = 0;

    if (real)
        test_shared("data/formats-volume/tests/data", shared, sizeof shared);
    ck_assert_int_eq(ana_table_read(ctx, test_golden("nifti/expected.tsv"), 1, &table),
                     0);
    for (int64_t i = 0; i < table->n_rows; i++) {
        const char *const *cell = &table->cell[i * 3];

        if ((*cell[0] == '@') != real)
            continue;
        if (strcmp(open, cell[0]) != 0) {
            if (r.vt)
                test_recording_close(&r);
            snprintf(open, sizeof open, "%s", cell[0]);
            snprintf(path, sizeof path, "%s/%s", shared, cell[0] + 1);
            snprintf(golden, sizeof golden, "nifti/%s", cell[0]);
            open_ok(&r, real ? path : test_golden(golden), "");
        }
        check_row(&r, cell[0], cell[1], strtod(cell[2], NULL));
        checked++;
    }
    ck_assert_int_gt(checked, 90);
    test_recording_close(&r);
    ana_table_destroy(ctx, table);
    ana_ctx_destroy(ctx);
}

START_TEST(every_type_order_and_form_gives_what_nibabel_gives)
{
    check_files(0);
}
END_TEST

START_TEST(real_images_give_what_nibabel_gives)
{
    char shared[512];

    if (!test_shared("data/formats-volume/tests/data/functional.nii", shared,
                     sizeof shared))
        TEST_SKIP("no ../shared/data");
    check_files(1);
}
END_TEST

START_TEST(time_between_volumes_comes_from_header_json_or_ini)
{
    struct ana_ctx *ctx = test_ctx();
    const struct ana_warning *warnings;
    struct test_recording r;
    char *data;
    int64_t n;

    open_ok(&r, test_golden("nifti/i2_le.nii"), "");
    ck_assert_double_eq(r.info.runs[0].rate, 1 / 1.5);
    ck_assert_str_eq(r.info.runs[0].id, "i2_le");
    test_recording_close(&r);
    ck_assert_int_eq(
        ana_file_read(ctx, test_golden("nifti/i2_le.nii"), 1 << 20, &data, &n), 0);
    ck_assert_int_eq(ana_file_write(ctx, in_folder("a.nii"), data, n), 0);
    data[123] = 2 | 8; /* mm and s, where pixdim[4] counts ms */
    ck_assert_int_eq(ana_file_write(ctx, in_folder("ms.nii"), data, n), 0);
    open_ok(&r, in_folder("ms.nii"), "");
    ck_assert_int_eq(ana_ctx_warnings(r.ctx, &warnings), 1);
    ck_assert(strstr(warnings[0].text,
                     "a TR of 1500 s; if the header means milliseconds, "
                     "say it with `tr = 1.5 s`") != NULL);
    test_recording_close(&r);
    open_ok(&r, in_folder("ms.nii"), "tr=1.5 s"); /* which has said it */
    ck_assert_int_eq(ana_ctx_warnings(r.ctx, &warnings), 1);
    ck_assert(strstr(warnings[0].text, "the 1.5 s that was asked for") != NULL);
    test_recording_close(&r);
    ck_assert_int_eq(
        ana_file_write(ctx, in_folder("ms.json"), "{\"RepetitionTime\": 1500}", 24), 0);
    open_ok(&r, in_folder("ms.nii"), "");
    ck_assert_int_eq(ana_ctx_warnings(r.ctx, &warnings), 1);
    ck_assert(strstr(warnings[0].text, "if the JSON file means milliseconds") != NULL);
    test_recording_close(&r);
    ana_free(ctx, data);
    ck_assert_int_eq(
        ana_file_write(ctx, in_folder("a.json"), "{\"RepetitionTime\": 2}", 21), 0);
    open_ok(&r, in_folder("a.nii"), "");
    ck_assert_double_eq(r.info.runs[0].rate, .5);
    ck_assert_int_eq(ana_ctx_warnings(r.ctx, &warnings), 1);
    ck_assert(strstr(warnings[0].text,
                     "the header's TR is 1.5 s and the JSON file's 2 s; "
                     "the JSON file's was taken") != NULL);
    test_recording_close(&r);
    open_ok(&r, in_folder("a.nii"), "tr=4 s");
    ck_assert_double_eq(r.info.runs[0].rate, .25);
    ck_assert_int_eq(ana_ctx_warnings(r.ctx, &warnings), 2);
    ck_assert(strstr(warnings[1].text, "the 4 s that was asked for was taken") != NULL);
    test_recording_close(&r);
    ck_assert_int_eq(
        ana_file_write(ctx, in_folder("a.json"), "{\"RepetitionTime\": -1}", 22), 0);
    ck_assert_int_eq(open_nii(&r, in_folder("a.nii"), 0, ""), ANA_EDATA);
    ck_assert(strstr(ana_error(r.ctx), "RepetitionTime: expected a number of seconds") !=
              NULL);
    test_recording_close(&r);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_mask_and_an_atlas_choose_and_name_voxels)
{
    struct test_recording r;
    char settings[800];
    const char *labels[] = {"atlas.tsv", "atlas.lut"};

    for (int i = 0; i < 2; i++) {
        char atlas[300], names[300];

        snprintf(atlas, sizeof atlas, "%s", test_golden("nifti/atlas.nii"));
        snprintf(names, sizeof names, "nifti/%s", labels[i]);
        snprintf(settings, sizeof settings, "mask=%s;atlas=%s;labels=%s",
                 test_golden("nifti/mask.nii.gz"), atlas, test_golden(names));
        open_ok(&r, test_golden("nifti/i2_le.nii"), settings);
        /* 24 voxels, every third in the mask, label 0 of the first six is no region */
        ck_assert_int_eq(r.info.n_targets, 6);
        ck_assert_str_eq(r.info.targets[0].name, "2,1,0"); /* number 6 */
        ck_assert_str_eq(r.info.targets[0].region, "HG");
        ck_assert_str_eq(r.info.targets[5].name, "1,2,1"); /* number 21 */
        ck_assert_str_eq(r.info.targets[5].region, "MTG");
        ck_assert_double_eq(test_recording_at(&r, 0, 2, 0, 5), 21 + 2 * 24 - 60);
        test_recording_close(&r);
    }
}
END_TEST

/* Regions of the atlas by a table of names; the first warning, or "". */
static int64_t count_parcels(const char *atlas, const char *table, char warning[400])
{
    const struct ana_warning *warnings;
    struct test_recording r;
    char settings[900];
    int64_t n;

    snprintf(settings, sizeof settings, "atlas=%s;labels=%s;average=parcels", atlas,
             table);
    open_ok(&r, test_golden("nifti/i2_le.nii"), settings);
    n = ana_ctx_warnings(r.ctx, &warnings);
    snprintf(warning, 400, "%s", n > 0 ? warnings[0].text : "");
    n = r.info.n_targets;
    test_recording_close(&r);
    return n;
}

START_TEST(labels_of_one_name_are_one_region_and_that_is_said)
{
    static const char two[] = "index\tname\n1\tThalamus\nn/a\tnone\n2\tThalamus\n3\tHG\n";
    static const char part[] = "index\tname\n1.5\tHG\n";
    struct ana_ctx *ctx = test_ctx();
    struct test_recording r;
    char warning[400], settings[900];

    ck_assert_int_eq(ana_file_write(ctx, in_folder("two.tsv"), two, (int64_t)strlen(two)),
                     0);
    ck_assert_int_eq(
        count_parcels(test_golden("nifti/atlas.nii"), in_folder("two.tsv"), warning), 2);
    ck_assert_msg(strstr(warning, "two.tsv: labels 1 and 2 are both called 'Thalamus': "
                                  "they are one region") != NULL,
                  "%s", warning);
    ck_assert_int_eq(count_parcels(test_golden("nifti/atlas.nii"),
                                   test_golden("nifti/atlas.tsv"), warning),
                     3);
    ck_assert_str_eq(warning, "");
    ck_assert_int_eq(
        ana_file_write(ctx, in_folder("part.tsv"), part, (int64_t)strlen(part)), 0);
    snprintf(settings, sizeof settings, "atlas=%s;labels=%s",
             test_golden("nifti/atlas.nii"), in_folder("part.tsv"));
    ck_assert_int_eq(open_nii(&r, test_golden("nifti/i2_le.nii"), 0, settings),
                     ANA_EDATA);
    ck_assert(strstr(ana_error(r.ctx), "part.tsv:2: the number of 'HG' is 1.5; an atlas "
                                       "has whole numbers") != NULL);
    test_recording_close(&r);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Labels without names, of eight digits: an intercept of 1e7 makes them of 0 to 3. */
START_TEST(labels_of_many_digits_stay_apart)
{
    static const char none[] = "index\tname\n1\tHG\n";
    const float scaling[] = {1, 1e7f};
    struct ana_ctx *ctx = test_ctx();
    char *data, warning[400];
    int64_t n;

    ck_assert_int_eq(
        ana_file_read(ctx, test_golden("nifti/atlas.nii"), 1 << 20, &data, &n), 0);
    memcpy(data + 112, scaling, sizeof scaling);
    ck_assert_int_eq(ana_file_write(ctx, in_folder("many.nii"), data, n), 0);
    ck_assert_int_eq(
        ana_file_write(ctx, in_folder("none.tsv"), none, (int64_t)strlen(none)), 0);
    ck_assert_int_eq(count_parcels(in_folder("many.nii"), in_folder("none.tsv"), warning),
                     4);
    ana_free(ctx, data);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(parcels_are_the_means_of_their_voxels)
{
    struct test_recording r;
    char settings[800];

    snprintf(settings, sizeof settings, "atlas=%s;average=parcels",
             test_golden("nifti/atlas.nii"));
    for (int packed = 0; packed < 2; packed++) {
        open_ok(&r, test_golden(packed ? "nifti/packed.nii.gz" : "nifti/i2_le.nii"),
                settings);
        ck_assert_int_eq(r.info.n_targets, 3);
        for (int64_t p = 0; p < 3; p++)
            for (int64_t t = 0; t < 5; t++)
                ck_assert_double_eq(test_recording_at(&r, 0, t, 0, p),
                                    6. * (double)(p + 1) + 2.5 + 24. * (double)t - 60);
        test_recording_close(&r);
    }
    ck_assert_int_eq(open_nii(&r, test_golden("nifti/i2_le.nii"), 0, "average=parcels"),
                     ANA_EPARAM);
    ck_assert(strstr(ana_error(r.ctx), "needs parcels: add `atlas = FILE`") != NULL);
    test_recording_close(&r);
}
END_TEST

START_TEST(a_sphere_holds_the_voxels_within_its_radius)
{
    struct test_recording r;
    int64_t inside = 0;

    open_ok(&r, test_golden("nifti/i2_le.nii"), "");
    for (int64_t v = 0; v < r.info.n_targets; v++) {
        const double *p = r.info.targets[v].position;

        inside += (p[0] - 38) * (p[0] - 38) + (p[1] + 47) * (p[1] + 47) +
                      (p[2] + 19) * (p[2] + 19) <=
                  3.1 * 3.1;
    }
    test_recording_close(&r);
    ck_assert_int_gt(inside, 3);
    open_ok(&r, test_golden("nifti/i2_le.nii"), "spheres=A1 38 -47 -19 3.1");
    ck_assert_int_eq(r.info.n_targets, inside);
    ck_assert_str_eq(r.info.targets[0].region, "A1");
    test_recording_close(&r);
    ck_assert_int_eq(
        open_nii(&r, test_golden("nifti/i2_le.nii"), 0, "spheres=A1 300 0 0 3"),
        ANA_EDATA);
    ck_assert(strstr(ana_error(r.ctx), "sphere A1 holds no voxel of the images") != NULL);
    test_recording_close(&r);
    ck_assert_int_eq(open_nii(&r, test_golden("nifti/i2_le.nii"), 0, "spheres=A1 300 0"),
                     ANA_EPARAM);
    ck_assert(strstr(ana_error(r.ctx), "expected 'NAME X Y Z RADIUS' in mm") != NULL);
    test_recording_close(&r);
}
END_TEST

START_TEST(images_on_another_grid_are_refused)
{
    struct test_recording r;
    char settings[400];

    snprintf(settings, sizeof settings, "mask=%s", test_golden("nifti/moved.nii"));
    ck_assert_int_eq(open_nii(&r, test_golden("nifti/i2_le.nii"), 0, settings),
                     ANA_EDATA);
    ck_assert(strstr(ana_error(r.ctx),
                     "voxel (0, 0, 0) of the mask lies at (42, -50, -20) mm and at (40, "
                     "-50, -20) mm in the images; resample it onto their grid") != NULL);
    test_recording_close(&r);
}
END_TEST

START_TEST(several_images_are_runs_volumes_or_rows)
{
    struct test_recording r;
    char files[600];

    snprintf(files, sizeof files, "%s,%s", test_golden("nifti/i2_le.nii"),
             test_golden("nifti/packed.nii.gz"));
    open_ok(&r, files, "");
    ck_assert_int_eq(r.info.n_runs, 2);
    ck_assert_double_eq(test_recording_at(&r, 1, 4, 0, 23), 119 - 60);
    test_recording_close(&r);
    open_ok(&r, files, "stack=volumes");
    ck_assert_int_eq(r.info.n_runs, 1);
    ck_assert_int_eq(r.info.runs[0].n, 10);
    ck_assert_double_eq(test_recording_at(&r, 0, 9, 0, 23), 119 - 60);
    test_recording_close(&r);
    snprintf(files, sizeof files, "%s,%s", test_golden("nifti/mask.nii.gz"),
             test_golden("nifti/atlas.nii"));
    open_ok(&r, files, "");
    ck_assert_int_eq(r.info.layout, ANA_LAYOUT_ROWS);
    ck_assert_str_eq(r.info.row_names[0], "mask");
    ck_assert_double_eq(test_recording_at(&r, 0, 1, 0, 23), 3);
    test_recording_close(&r);
    ck_assert_int_eq(open_nii(&r, files, 0, "stack=runs"), ANA_EDATA);
    ck_assert(strstr(ana_error(r.ctx), "give it with `tr = 2 s`") != NULL);
    test_recording_close(&r);
}
END_TEST

START_TEST(volumes_of_each_folder_are_a_run)
{
    static const char *const places[] = {"s1/a", "s1/b", "s2/a"};
    struct ana_ctx *ctx = test_ctx();
    struct test_recording r;
    char files[1024] = "", path[256], *data;
    int64_t n;

    ck_assert_int_eq(
        ana_file_read(ctx, test_golden("nifti/atlas.nii"), 1 << 20, &data, &n), 0);
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%.2s", folder, places[i]);
        mkdir(path, 0700);
        snprintf(path, sizeof path, "%s/%s", folder, places[i]);
        mkdir(path, 0700);
        for (int t = 0; t <= 2 - i; t++) { /* 3, 2 and 1 volumes */
            data[352] = (char)(10 * i + t);
            snprintf(path, sizeof path, "%s/%s/v%d.nii", folder, places[i], t);
            ck_assert_int_eq(ana_file_write(ctx, path, data, n), 0);
            snprintf(files + strlen(files), sizeof files - strlen(files), "%s%s",
                     *files ? "," : "", path);
        }
    }
    open_ok(&r, files, "tr=2 s");
    ck_assert_int_eq(r.info.n_runs, 3);
    ck_assert_str_eq(r.info.runs[0].id, "s1/a");
    ck_assert_str_eq(r.info.runs[1].id, "s1/b");
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(r.info.runs[i].n, 3 - i);
        for (int t = 0; t <= 2 - i; t++)
            ck_assert_double_eq(test_recording_at(&r, i, t, 0, 0), 10 * i + t);
    }
    test_recording_close(&r);
    *strstr(strstr(strstr(files, "s1/b"), ","), "s2") = 0; /* up to s2: a and b */
    *strrchr(files, ',') = 0;
    open_ok(&r, files, "tr=2 s");
    ck_assert_int_eq(r.info.n_runs, 2);
    ck_assert_str_eq(r.info.runs[1].id, "b");
    test_recording_close(&r);
    snprintf(files, sizeof files, "%s/s1/a/v0.nii,%s/s1//b//v0.nii,%s/s1/./b/v1.nii",
             folder, folder, folder);
    open_ok(&r, files, "tr=2 s");
    ck_assert_int_eq(r.info.n_runs, 2);
    ck_assert_str_eq(r.info.runs[1].id, "b");
    test_recording_close(&r);
    snprintf(files, sizeof files, "%s/s1/a/v0.nii,%s/s1/b/v0.nii,%s/s1/a/v1.nii", folder,
             folder, folder);
    ck_assert_int_eq(open_nii(&r, files, 0, "tr=2 s"), ANA_EPARAM);
    ck_assert(strstr(ana_error(r.ctx), "/s1/a stand in several places of `data`") !=
              NULL);
    test_recording_close(&r);
    ana_free(ctx, data);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_map_that_was_written_reads_back_equal)
{
    const char *names[] = {"map.nii", "map.nii.gz"};
    struct test_recording r, again;
    char settings[400];

    snprintf(settings, sizeof settings, "mask=%s", test_golden("nifti/mask.nii.gz"));
    for (int i = 0; i < 2; i++) {
        double values[8] = {.5, -1, 2, 3e-5, 7, 8, 9, 10};
        struct ana_tensor map;

        open_ok(&r, test_golden("nifti/i2_le.nii"), settings);
        ana_tensor_view(ANA_F64, 1, (int64_t[]){8}, values, &map);
        ck_assert_int_eq(r.vt->write(r.ctx, r.self, &map, in_folder(names[i])), 0);
        open_ok(&again, in_folder(names[i]), settings);
        for (int64_t v = 0; v < 8; v++) {
            ck_assert(test_recording_at(&again, 0, 0, 0, v) == (double)(float)values[v]);
            for (int d = 0; d < 3; d++)
                ck_assert_double_eq_tol(again.info.targets[v].position[d],
                                        r.info.targets[v].position[d], 1e-5);
        }
        test_recording_close(&again);
        ana_tensor_view(ANA_F64, 1, (int64_t[]){7}, values, &map);
        ck_assert_int_eq(r.vt->write(r.ctx, r.self, &map, in_folder("no.nii")),
                         ANA_ESHAPE);
        ck_assert(access(in_folder("no.nii"), F_OK) != 0);
        test_recording_close(&r);
    }
}
END_TEST

/* 40,000 vertices along the first axis do not fit into NIfTI-1. */
START_TEST(a_map_of_vertices_reads_back_equal)
{
    enum { N = 40000 };
    struct ana_ctx *ctx = test_ctx();
    uint8_t *image = ana_alloc(ctx, 284 + 4 * N, 1);
    double *scores = ana_alloc(ctx, N, sizeof *scores);
    const int64_t n = N;
    struct test_recording r, again;
    struct ana_tensor map;

    memcpy(image, (const uint8_t[]){0, 0, 0, 1, 0, 0, N >> 8, N & 255, 0, 0, 0, 1,
                                    0, 0, 0, 1, 0, 0, 0,      1,       0, 0, 0, 3},
           24);
    ck_assert_int_eq(
        ana_file_write(ctx, in_folder("lh.map.mgh"), (char *)image, 284 + 4 * N), 0);
    for (int64_t i = 0; i < N; i++)
        scores[i] = (double)(float)(i / 7.);
    open_ok(&r, in_folder("lh.map.mgh"), "");
    ck_assert_int_eq(r.info.n_targets, N);
    ana_tensor_view(ANA_F64, 1, &n, scores, &map);
    ck_assert_int_eq(r.vt->write(r.ctx, r.self, &map, in_folder("v.nii.gz")), 0);
    open_ok(&again, in_folder("v.nii.gz"), "");
    ck_assert_int_eq(again.info.n_targets, N);
    for (int64_t i = 0; i < N; i += 997)
        ck_assert_double_eq(test_recording_at(&again, 0, 0, 0, i), scores[i]);
    test_recording_close(&again);
    test_recording_close(&r);
    ana_free(ctx, image);
    ana_free(ctx, scores);
    ana_ctx_destroy(ctx);
}
END_TEST

/* One field of i2_le.nii changed, and the sentence about it. */
static const struct {
    int at;
    const char *bytes;
    int n;
    int64_t length; /* 0 = as it is */
    const char *sentence;
} damages[] = {
    {0, "\x5d", 1, 0, "byte 0: is no NIfTI header: expected its size, 348 or 540"},
    {0, "", 0, 3, "byte 0: is no NIfTI header"},
    {0, "", 0, 100, "byte 100: the file ends inside its NIfTI-1 header"},
    {0, "", 0, 500,
     "byte 500: the file ends, and its 4 x 3 x 2 x 5 values need 592 bytes; it is cut "
     "short"},
    {344, "x", 1, 0, "byte 344, magic: expected 'n+1' or 'ni1'"},
    {346, "2", 1, 0, "byte 344, magic: expected 'n+1' or 'ni1'"},
    {345, "i", 1, 0,
     "byte 344, magic: is the header of a pair, and the file is not called .hdr; its "
     "image cannot be found"},
    {40, "\x00\x00", 2, 0, "byte 40, dim[0]: expected 1 to 7 axes, found 0"},
    {40, "\x09\x00", 2, 0, "byte 40, dim[0]: expected 1 to 7 axes, found 9"},
    {40, "\xff\xff", 2, 0, "found -1"},
    {42, "\x00\x00", 2, 0, "byte 42, dim[1]: expected a size of at least 1"},
    {44, "\xff\x7f", 2, 0, "it is cut short, copy it again"},
    {48, "\xfe\xff", 2, 0, "byte 48, dim[4]: expected a size of at least 1"},
    {40, "\x05\x00\x04\x00\x03\x00\x02\x00\x05\x00\x02", 11, 0,
     "byte 50, dim[5] is 2: only space and time are read"},
    {40, "\x07\x00\xff\x7f\xff\x7f\xff\x7f\xff\x7f\xff\x7f\xff\x7f\xff\x7f", 16, 0,
     "byte 48, dim[4]: expected a size of at least 1 that a file can have"},
    {70, "\x20", 1, 0, "byte 70, datatype 32: holds complex numbers"},
    {70, "\x80", 1, 0, "holds colours"},
    {70, "\x00", 1, 0, "byte 70, datatype 0: holds an unknown type"},
    {70, "\x01", 1, 0, "holds single bits"},
    {70, "\x00\x06", 2, 0, "it is cut short"},
    {108, "\x00\x00\x80\x3f", 4, 0, "byte 108, vox_offset: expected at least 352"},
    {108, "\x00\x00\xc0\x7f", 4, 0, "byte 108, vox_offset"},
    {108, "\xff\xff\x7f\x7f", 4, 0, "byte 108, vox_offset"},
    {108, "\x00\x00\x80\xff", 4, 0, "byte 108, vox_offset"},
    {112, "\x00\x00\x80\x3f\x00\x00\xc0\x7f", 8, 0,
     "byte 116, scl_inter: expected a finite number"},
    {280, "\x00\x00\xc0\x7f", 4, 0, "row 0 of its affine is not finite"},
    {300, "\x00\x00\x80\x7f", 4, 0, "row 1 of its affine is not finite"},
};
enum { N_DAMAGES = sizeof damages / sizeof *damages };

static void damage(struct ana_ctx *ctx, const char *from, const char *to, int at,
                   const char *bytes, int n, int64_t length)
{
    char *data, *more;
    int64_t size;

    ck_assert_int_eq(ana_file_read(ctx, from, 1 << 20, &data, &size), 0);
    length = length > 0 ? length : size;
    more = ana_alloc(ctx, length + at + n + 1, 1);
    memcpy(more, data, (size_t)(size < length ? size : length));
    memcpy(more + at, bytes, (size_t)n);
    ck_assert_int_eq(ana_file_write(ctx, to, more, length), 0);
    ana_free(ctx, more);
    ana_free(ctx, data);
}

/* The same of f4.mgh. */
static const struct {
    int at;
    const char *bytes;
    int n;
    int64_t length;
    const char *sentence;
} mgh_damages[] = {
    {0, "\0\0\0\2", 4, 0, "byte 0: is no NIfTI header"},
    {0, "", 0, 100, "byte 100: the file ends inside its MGH header of 284 bytes"},
    {0, "", 0, 700,
     "byte 700: the file ends, and its 4 x 3 x 2 x 5 values need 764 bytes; it is cut "
     "short"},
    {4, "\0\0\0\0", 4, 0, "byte 4, width: expected a size of at least 1"},
    {8, "\x80", 1, 0, "byte 8, height: expected a size of at least 1"},
    {12, "\x7f\xff\xff\xff", 4, 0, "it is cut short, copy it again"},
    {16, "\xff\xff\xff\xff", 4, 0, "byte 16, nframes: expected a size of at least 1"},
    {4, "\x7f\xff\xff\xff\x7f\xff\xff\xff\x7f\xff\xff\xff", 12, 0,
     "byte 8, height: expected a size of at least 1 that a file can have"},
    {20, "\0\0\0\2", 4, 0, "byte 20, type 2: expected 0 (uchar)"},
    {30, "\x7f\xc0\0\0", 4, 0, "affine whose row 0 is not finite"},
    {42, "\x7f\x80\0\0", 4, 0, "affine whose row 0 is not finite"},
    {82, "\x7f\xc0\0\0", 4, 0, "affine whose row 1 is not finite"},
};
enum { N_MGH_DAMAGES = sizeof mgh_damages / sizeof *mgh_damages };

START_TEST(damage_of_mgh_is_refused_with_its_place)
{
    struct ana_ctx *ctx = test_ctx();
    struct test_recording r;

    damage(ctx, test_golden("nifti/f4.mgh"), in_folder("d.mgh"), mgh_damages[_i].at,
           mgh_damages[_i].bytes, mgh_damages[_i].n, mgh_damages[_i].length);
    ck_assert_int_eq(open_nii(&r, in_folder("d.mgh"), 0, ""), ANA_EDATA);
    ck_assert_msg(strstr(ana_error(r.ctx), mgh_damages[_i].sentence) != NULL, "%s",
                  ana_error(r.ctx));
    test_recording_close(&r);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(damage_is_refused_with_its_place)
{
    struct ana_ctx *ctx = test_ctx();
    struct test_recording r;

    damage(ctx, test_golden("nifti/i2_le.nii"), in_folder("d.nii"), damages[_i].at,
           damages[_i].bytes, damages[_i].n, damages[_i].length);
    ck_assert_int_eq(open_nii(&r, in_folder("d.nii"), 0, ""), ANA_EDATA);
    ck_assert_msg(strstr(ana_error(r.ctx), damages[_i].sentence) != NULL, "%s",
                  ana_error(r.ctx));
    ck_assert(strstr(ana_error(r.ctx), "d.nii") != NULL);
    test_recording_close(&r);
    ana_ctx_destroy(ctx);
}
END_TEST

static int read_all(struct test_recording *r)
{
    struct ana_tensor out = {0};
    const int64_t n =
        r->info.layout == ANA_LAYOUT_ROWS ? r->info.n_rows : r->info.runs[0].n;
    int rc =
        ana_tensor_create(r->ctx, ANA_F64, 2, (int64_t[]){n, r->info.n_targets}, &out);

    if (rc == 0)
        rc = r->vt->read(r->ctx, r->self, 0, 0, n, NULL, r->info.n_targets, &out);
    ana_tensor_finish(&out);
    return rc;
}

START_TEST(a_compressed_image_that_is_cut_or_broken_is_refused)
{
    struct ana_ctx *ctx = test_ctx();
    struct test_recording r;
    char *data;
    int64_t size;

    ck_assert_int_eq(
        ana_file_read(ctx, test_golden("nifti/packed.nii.gz"), 1 << 20, &data, &size), 0);
    ana_free(ctx, data);
    damage(ctx, test_golden("nifti/packed.nii.gz"), in_folder("d.nii.gz"), 0, "", 0,
           size - 60);
    if (open_nii(&r, in_folder("d.nii.gz"), 0, "") == 0) {
        ck_assert_int_eq(read_all(&r), ANA_EDATA);
        ck_assert(strstr(ana_error(r.ctx), "it is cut short, copy it again") != NULL);
    }
    test_recording_close(&r);
    damage(ctx, test_golden("nifti/packed.nii.gz"), in_folder("d.nii.gz"),
           (int)(size - 40), "\xff\xff\xff\xff\xff\xff", 6, 0);
    if (open_nii(&r, in_folder("d.nii.gz"), 0, "") == 0)
        ck_assert_int_eq(read_all(&r), ANA_EDATA);
    test_recording_close(&r);
    ana_ctx_destroy(ctx);
}
END_TEST

/* 300 seeded changes of headers: read or refused, never a crash. */
START_TEST(random_damage_is_read_or_refused)
{
    static const char *const files[] = {"nifti/i2_le.nii", "nifti/second_be.nii",
                                        "nifti/packed.nii.gz", "nifti/quaternion.nii"};
    struct ana_ctx *ctx = test_ctx();
    struct ana_rng rng;

    ana_rng_init(ctx, "damage", 0, &rng);
    for (int i = 0; i < 300; i++) {
        const int packed = i % 4 == 2;
        const char bytes[] = {(char)ana_rng_below(&rng, 256),
                              (char)ana_rng_below(&rng, 256)};
        const char *to = in_folder(packed ? "r.nii.gz" : "r.nii");
        struct test_recording r;

        damage(ctx, test_golden(files[i % 4]), to, (int)ana_rng_below(&rng, 352), bytes,
               1 + (int)ana_rng_below(&rng, 2), i % 5 == 4 ? 20 + 3 * i : 0);
        if (open_nii(&r, to, 0, "tr=2") == 0 && r.info.n_targets < 100000) {
            if (read_all(&r) != 0)
                ck_assert(*ana_error(r.ctx) != 0);
        } else {
            ck_assert(r.info.n_targets > 0 || *ana_error(r.ctx) != 0);
        }
        test_recording_close(&r);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

static void make_folder(void)
{
    test_folder(folder, sizeof folder);
}

int main(void)
{
    Suite *s = suite_create("nifti");
    TCase *t = tcase_create("nifti");

    tcase_add_unchecked_fixture(t, make_folder, NULL);
    tcase_add_test(t, every_type_order_and_form_gives_what_nibabel_gives);
    tcase_add_test(t, real_images_give_what_nibabel_gives);
    tcase_add_test(t, vertices_have_no_place);
    tcase_add_test(t, time_between_volumes_comes_from_header_json_or_ini);
    tcase_add_test(t, a_mask_and_an_atlas_choose_and_name_voxels);
    tcase_add_test(t, labels_of_one_name_are_one_region_and_that_is_said);
    tcase_add_test(t, labels_of_many_digits_stay_apart);
    tcase_add_test(t, parcels_are_the_means_of_their_voxels);
    tcase_add_test(t, a_sphere_holds_the_voxels_within_its_radius);
    tcase_add_test(t, images_on_another_grid_are_refused);
    tcase_add_test(t, several_images_are_runs_volumes_or_rows);
    tcase_add_test(t, volumes_of_each_folder_are_a_run);
    tcase_add_test(t, a_map_that_was_written_reads_back_equal);
    tcase_add_test(t, a_map_of_vertices_reads_back_equal);
    tcase_add_loop_test(t, damage_is_refused_with_its_place, 0, N_DAMAGES);
    tcase_add_loop_test(t, damage_of_mgh_is_refused_with_its_place, 0, N_MGH_DAMAGES);
    tcase_add_test(t, a_compressed_image_that_is_cut_or_broken_is_refused);
    tcase_add_test(t, random_damage_is_read_or_refused);
    suite_add_tcase(s, t);
    return test_main(s);
}
