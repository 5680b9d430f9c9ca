/* SPDX-License-Identifier: BSD-3-Clause
 *
 * CIFTI-2: series, maps and labels of grayordinates and parcels against nibabel; atlases and
 * structures; maps written and read again; damage.
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

/* Bytes of rest.dtseries.nii's header changed, and the sentence about it. */
static const struct {
    int at;
    const char *bytes;
    int n;
    int64_t length;
    const char *sentence;
} damages[] = {
    {0, "\x5d", 1, 0, "byte 0: expected a NIfTI-2 header (540, n+2)"},
    {4, "x", 1, 0, "byte 0: expected a NIfTI-2 header"},
    {6, "1", 1, 0, "byte 0: expected a NIfTI-2 header"},
    {0, "\x1f\x8b", 2, 0, "is compressed; inflate it with gunzip"},
    {0, "", 0, 1, "byte 1: the file ends inside its NIfTI-2 header"},
    {0, "", 0, 539, "byte 539: the file ends inside its NIfTI-2 header"},
    {0, "", 0, 600, "byte 168, vox_offset: expected 544 to 600"},
    {12, "\x20", 1, 0, "byte 12, datatype 32: expected whole or real numbers"},
    {12, "\x80", 1, 0, "byte 12, datatype 128: expected whole or real numbers"},
    {12, "\x00", 1, 0, "byte 12, datatype 0"},
    {12, "\x40", 1, 0, "do not fit into the"},
    {16, "\x05", 1, 0,
     "byte 16, dim[0]: a CIFTI matrix lies along dim[5] and dim[6], found 5"},
    {16, "\x08", 1, 0, "found 8 axes"},
    {16, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, 0, "found -1 axes"},
    {24, "\x02", 1, 0, "byte 24, dim[1]: expected 1, found 2"},
    {48, "\x00", 1, 0, "byte 48, dim[4]: expected 1, found 0"},
    {56, "\x00", 1, 0, "byte 56, dim[5]: expected 1 or more, found 0"},
    {56, "\x05", 1, 0, "NumberOfSeriesPoints is not dim[5] of the header"},
    {56, "\x07", 1, 0, "do not fit into the"},
    {64, "\x00", 1, 0, "byte 64, dim[6]: expected 1 or more, found 0"},
    {64, "\x0a", 1, 0, "go beyond dim[6] of the header"},
    {71, "\x7f", 1, 0, "do not fit into the"},
    {71, "\xff", 1, 0, "byte 64, dim[6]: expected 1 or more"},
    {63, "\x40", 1, 0, "do not fit into the"},
    {168, "\x00\x00", 2, 0, "byte 168, vox_offset: expected 544"},
    {175, "\x7f", 1, 0, "byte 168, vox_offset: expected 544"},
    {175, "\xff", 1, 0, "byte 168, vox_offset: expected 544"},
    {168, "\x20\x02", 2, 0, "has no CIFTI extension (code 32)"},
    {544, "\x00\x00\x00\x00", 4, 0, "byte 544, esize: an extension of 0 bytes"},
    {544, "\x07\x00\x00\x00", 4, 0, "byte 544, esize: an extension of 7 bytes"},
    {544, "\xff\xff\xff\x7f", 4, 0, "does not fit before the values"},
    {544, "\x00\x00\x00\x80", 4, 0, "an extension of -2147483648 bytes"},
    {548, "\x04", 1, 0, "has no CIFTI extension (code 32)"},
    {552, "x", 1, 0, "no valid XML"},
    {552, "\x00", 1, 0, "no valid XML"},
};
enum { N_DAMAGES = sizeof damages / sizeof *damages };

static void load(struct ana_ctx *ctx, const char *name, char **data, int64_t *n)
{
    ck_assert_int_eq(ana_file_read(ctx, test_golden(name), 1 << 20, data, n), 0);
}

static void expect_refused(const char *file, const char *sentence)
{
    struct test_recording r;

    ck_assert_int_eq(open_cii(&r, in_folder(file), ""), ANA_EDATA);
    ck_assert_msg(strstr(ana_error(r.ctx), sentence) != NULL, "%s", ana_error(r.ctx));
    ck_assert(strstr(ana_error(r.ctx), file) != NULL);
    test_recording_close(&r);
}

START_TEST(a_damaged_header_is_refused_with_its_place)
{
    struct ana_ctx *ctx = test_ctx();
    char *data;
    int64_t n;

    load(ctx, "cifti/rest.dtseries.nii", &data, &n);
    memcpy(data + damages[_i].at, damages[_i].bytes, (size_t)damages[_i].n);
    ck_assert_int_eq(ana_file_write(ctx, in_folder("d.dtseries.nii"), data,
                                    damages[_i].length ? damages[_i].length : n),
                     0);
    ana_free(ctx, data);
    expect_refused("d.dtseries.nii", damages[_i].sentence);
    ana_ctx_destroy(ctx);
}
END_TEST

/* The first `from` of a file's XML replaced by as many bytes, and the sentence about it. */
static const struct {
    const char *file, *from, *to, *sentence;
} changes[] = {
    {"rest.dtseries.nii", "<CIFTI", "<cIFTI", "expected <CIFTI>, found <cIFTI>"},
    {"rest.dtseries.nii", "Version=\"2.0", "Version=\"1.0",
     "is of version '1.0', and CIFTI-2"},
    {"rest.dtseries.nii", "Version=\"2", "Vers1on=\"2", "is of version ''"},
    {"rest.dtseries.nii", "INDEX_TYPE_SERIES", "INDEX_TYPE_SERIEZ",
     "IndicesMapToDataType 'CIFTI_INDEX_TYPE_SERIEZ': expected SERIES"},
    {"rest.dtseries.nii", "Dimension=\"0\"", "Dimension=\"1\"",
     "dimension '1' holds maps: they are read along dimension 0 alone"},
    {"rest.dtseries.nii", "Dimension=\"1\"", "Dimension=\"0\"",
     "dimension '0' holds places: a matrix of connections is no recording"},
    {"rest.dtseries.nii", "Dimension=\"1\"", "Dimension=\"7\"",
     "dimension '7' holds places"},
    {"rest.dtseries.nii", "NumberOfSeriesPoints=\"6\"", "NumberOfSeriesPoints=\"x\"",
     "NumberOfSeriesPoints is not dim[5]"},
    {"rest.dtseries.nii", "SeriesStep", "Series5tep", "has no SeriesStep in seconds"},
    {"rest.dtseries.nii", "SECOND", "METERS", "has no SeriesStep in seconds"},
    {"rest.dtseries.nii", "IndexOffset=\"0\"", "IndexOffset=\"1\"",
     "do not follow the one"},
    {"rest.dtseries.nii", "IndexOffset=\"0\"", "IndexOffset=\"x\"",
     "do not follow the one"},
    {"rest.dtseries.nii", "IndexCount=\"5\"", "IndexCount=\"6\"", "lists fewer indices"},
    {"rest.dtseries.nii", "IndexCount=\"5\"", "IndexCount=\"4\"", "lists more indices"},
    {"rest.dtseries.nii", "IndexCount=\"5\"", "IndexCount=\"0\"",
     "do not follow the one"},
    {"rest.dtseries.nii", "<VertexIndices>0 2", "<VertexIndices>0 x",
     "lists fewer indices"},
    {"rest.dtseries.nii", "<VertexIndices>0 2", "<VertexIndices>-02",
     "lists fewer indices"},
    {"rest.dtseries.nii", "MODEL_TYPE_VOXELS", "MODEL_TYPE_v0XELS",
     "ModelType 'CIFTI_MODEL_TYPE_v0XELS': expected"},
    {"rest.dtseries.nii", "MODEL_TYPE_SURFACE", "MODEL_TYPE_5URFACE",
     "ModelType 'CIFTI_MODEL_TYPE_5URFACE'"},
    {"rest.dtseries.nii", "</Matrix>", "</matrix>", "no valid XML: mismatched tag"},
    {"rest.dtseries.nii", "<Matrix>", "<Matri\xff>", "no valid XML"},
    {"two.dscalar.nii", "<MapName>", "<Mapname>", "no valid XML: mismatched tag"},
    {"two.pscalar.nii", "<Parcel ", "<parcel ", "no valid XML: mismatched tag"},
    {"areas.dlabel.nii", "<Label ", "<Label&", "no valid XML"},
    {"areas.dlabel.nii", "xml", "xml", "holds labels, which are no recording"},
};
enum { N_CHANGES = sizeof changes / sizeof *changes };

static char *find(char *data, int64_t n, const char *text)
{
    const int64_t k = (int64_t)strlen(text);

    for (int64_t i = 552; i + k <= n; i++)
        if (memcmp(data + i, text, (size_t)k) == 0)
            return data + i;
    return NULL;
}

START_TEST(damaged_xml_is_refused_with_its_place)
{
    struct ana_ctx *ctx = test_ctx();
    char *data, *at, name[100];
    int64_t n;

    snprintf(name, sizeof name, "cifti/%s", changes[_i].file);
    load(ctx, name, &data, &n);
    if (strcmp(changes[_i].from, "xml") != 0) {
        at = find(data, n, changes[_i].from);
        ck_assert_msg(at != NULL, "no %s", changes[_i].from);
        ck_assert_int_eq(strlen(changes[_i].from), strlen(changes[_i].to));
        memcpy(at, changes[_i].to, strlen(changes[_i].to));
    }
    ck_assert_int_eq(ana_file_write(ctx, in_folder("x.dtseries.nii"), data, n), 0);
    ana_free(ctx, data);
    expect_refused("x.dtseries.nii", changes[_i].sentence);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(two_hundred_damaged_files_are_read_or_refused)
{
    static const char *const forms[] = {"cifti/rest.dtseries.nii",
                                        "cifti/two.pscalar.nii", "cifti/areas.dlabel.nii",
                                        "cifti/two.dscalar.nii"};
    struct ana_ctx *ctx = test_ctx();
    uint32_t state = 3;

    for (int i = 0; i < 200; i++) {
        struct test_recording r;
        char *data;
        int64_t n;
        int rc;

        load(ctx, forms[i % 4], &data, &n);
        for (int k = 0; k <= i % 3; k++) {
            state = state * 1664525u + 1013904223u;
            if (i % 8 == 0)
                n = (int64_t)(state % (uint32_t)n);
            else
                data[(int64_t)(state >> 8) % (i % 2 ? n : 700)] = (char)(state >> 3);
        }
        ck_assert_int_eq(ana_file_write(ctx, in_folder("f.dtseries.nii"), data, n), 0);
        ana_free(ctx, data);
        rc = open_cii(&r, in_folder("f.dtseries.nii"), "tr=1 s");
        ck_assert_msg(rc == 0 ||
                          (rc == ANA_EDATA && strstr(ana_error(r.ctx), "f.dtseries.nii")),
                      "%d: %d %s", i, rc, ana_error(r.ctx));
        if (rc == 0)
            sum_of(&r);
        test_recording_close(&r);
    }
    ana_ctx_destroy(ctx);
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

int main(void)
{
    Suite *suite = suite_create("cifti");
    TCase *t = tcase_create("cifti");

    tcase_add_test(t, every_kind_gives_what_nibabel_gives);
    tcase_add_test(t, places_have_names_regions_and_hemispheres);
    tcase_add_test(t, blocks_and_float32_give_what_the_whole_gives);
    tcase_add_test(t, maps_are_written_in_the_same_places);
    tcase_add_loop_test(t, a_damaged_header_is_refused_with_its_place, 0, N_DAMAGES);
    tcase_add_loop_test(t, damaged_xml_is_refused_with_its_place, 0, N_CHANGES);
    tcase_add_test(t, two_hundred_damaged_files_are_read_or_refused);
    tcase_add_test(t, a_matrix_of_connections_gets_its_sentence);
    suite_add_tcase(suite, t);
    return test_main(suite);
}
