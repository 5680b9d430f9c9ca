/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/sources.h"

#include <anaflow/files.h>

#include "base/context.h"
#include "base/file.h"

static char folder[64];

/* "FOLDER/name", valid until the eighth call after. */
static const char *in_folder(const char *name)
{
    static char paths[8][256];
    static int next;
    char *path = paths[next++ % 8];

    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void write_text(struct ana_ctx *ctx, const char *name, const char *text)
{
    ck_assert_int_eq(ana_file_write(ctx, in_folder(name), text, (int64_t)strlen(text)),
                     0);
}

static double value_at(int64_t seed, int64_t flat)
{
    return (double)(seed * 1000 + flat) + .25;
}

static void write_npy(struct ana_ctx *ctx, const char *name, int32_t ndim,
                      const int64_t *shape, int64_t seed)
{
    struct ana_tensor t = {0};

    ck_assert_int_eq(ana_tensor_create(ctx, ANA_F64, ndim, shape, &t), 0);
    for (int64_t i = 0; i < ana_tensor_count(&t); i++)
        ((double *)t.data)[i] = value_at(seed, i);
    ck_assert_int_eq(ana_npy_write(ctx, in_folder(name), &t), 0);
    ana_tensor_finish(&t);
}

static void make_files(void)
{
    struct ana_ctx *ctx = test_ctx();

    test_folder(folder, sizeof folder);
    write_npy(ctx, "brain.npy", 2, (int64_t[]){3, 4}, 1);
    write_npy(ctx, "epochs.npy", 3, (int64_t[]){3, 5, 4}, 2);
    write_npy(ctx, "e1.npy", 2, (int64_t[]){6, 4}, 3);
    write_npy(ctx, "e2.npy", 2, (int64_t[]){7, 4}, 4);
    write_npy(ctx, "long.npy", 2, (int64_t[]){40000, 50}, 5);
    write_text(ctx, "names.txt", "dog\nrain\nspeech\n");
    write_text(ctx, "channels.tsv",
               "name\tx\ty\tz\tregion\nFz\t1\t2\t3\tfront\nCz\t4\t5\t6\ttop\n"
               "Pz\t7\t8\t9\ttop\nOz\t10\t11\t12\tback\n");
    write_text(
        ctx, "table.tsv",
        "stimulus\tkind\tspeech\tmusic\ndog\tanimal\t1.5\t2\nrain\twater\tn/a\t4\n");
    write_text(ctx, "mixed.tsv", "stimulus\tspeech\ndog\t1.5\nrain\tloud\n");
    write_text(ctx, "words.tsv", "stimulus\tkind\ndog\tanimal\nrain\twater\n");
    write_text(ctx, "series.csv", "time,Fz,Cz\n0.5,1,2\n0.75,3,4\n1.0,5,6\n");
    write_text(ctx, "plain.csv", "Fz,Cz\n1,2\n3,4\n5,6\n");
    write_text(ctx, "notes.txt", "a\nb\n");
    write_text(ctx, "fake.npy", "hello");
    write_text(ctx, "zip.npy", "PK\3\4");
    ana_ctx_destroy(ctx);
}

static struct test_recording open_ok(const char *files, const char *name,
                                     const char *axes, double rate)
{
    struct test_recording r;
    struct test_source s;

    if (test_recording_open(&r, "arrays",
                            test_source_of(&s, files, name, NULL, NULL, axes, rate), NULL,
                            0) != 0)
        ck_abort_msg("%s", ana_error(r.ctx));
    return r;
}

START_TEST(an_array_and_a_list_of_names_are_a_recording)
{
    struct test_recording r =
        open_ok(in_folder("brain.npy"), NULL, "stimulus=names.txt,target", 0);

    ck_assert_int_eq(r.info.layout, ANA_LAYOUT_ROWS);
    ck_assert_int_eq(r.info.n_rows, 3);
    ck_assert_int_eq(r.info.n_targets, 4);
    ck_assert_str_eq(r.info.row_names[2], "speech");
    for (int64_t i = 0; i < 3; i++)
        for (int64_t k = 0; k < 4; k++)
            ck_assert_double_eq(test_recording_at(&r, 0, i, 0, k),
                                value_at(1, i * 4 + k));
    test_recording_close(&r);
}
END_TEST

/* An .npy of float32, rows x columns, with value 3 row + column in the places that are
 * looked at and 0 elsewhere, of which the disk keeps nothing. */
static void write_large(const char *name, int64_t rows, int64_t columns, int64_t step)
{
    char header[128];
    FILE *file = fopen(in_folder(name), "wb");
    int n;

    ck_assert_ptr_nonnull(file);
    n = snprintf(header, sizeof header,
                 "\x93NUMPY\x01%c%c%c{'descr': '<f4', 'fortran_order': False, 'shape': "
                 "(%lld, %lld), }",
                 0, 118, 0, (long long)rows, (long long)columns);
    memset(header + n, ' ', sizeof header - (size_t)n);
    header[127] = '\n';
    ck_assert_uint_eq(fwrite(header, 1, sizeof header, file), sizeof header);
    for (int64_t i = 0; i < rows; i += step)
        for (int64_t j = 0; j < columns; j += step) {
            const float value = (float)(3 * i + j);

            ck_assert_int_eq(
                fseek(file, (long)sizeof header + (long)(i * columns + j) * 4, SEEK_SET),
                0);
            ck_assert_uint_eq(fwrite(&value, sizeof value, 1, file), 1);
        }
    ck_assert_int_eq(
        fseek(file, (long)sizeof header + (long)(rows * columns) * 4 - 1, SEEK_SET), 0);
    ck_assert_int_eq(fputc(0, file), 0);
    fclose(file);
}

START_TEST(a_large_array_is_read_in_parts_and_never_held)
{
    enum { ROWS = 3000, COLUMNS = 6000, STEP = 250, N = COLUMNS / STEP }; /* 72 MB */
    static const char *const axes[] = {"time,target", "target,time"};
    static double got[ROWS * N];

    write_large("large.npy", ROWS, COLUMNS, STEP);
    for (int across = 0; across < 2; across++) {
        const int64_t T = across ? COLUMNS : ROWS, n = (across ? ROWS : COLUMNS) / STEP;
        struct test_recording r =
            open_ok(in_folder("large.npy"), NULL, axes[across], 100);
        int64_t targets[N], before, peak;
        struct ana_tensor out;

        ck_assert_int_lt(r.info.memory, 10 << 20);
        for (int64_t k = 0; k < n; k++)
            targets[k] = k * STEP;
        ana_tensor_view(ANA_F64, 2, (const int64_t[]){ROWS, n}, got, &out);
        ana_ctx_forget_peak(r.ctx);
        before = ana_ctx_memory(r.ctx, NULL);
        ck_assert_msg(r.vt->read(r.ctx, r.self, 0, 0, ROWS, targets, n, &out) == 0, "%s",
                      ana_error(r.ctx));
        ana_ctx_memory(r.ctx, &peak);
        ck_assert_int_le(peak - before, r.info.memory);
        ck_assert_int_ge(T, ROWS);
        for (int64_t t = 0; t < ROWS; t += STEP)
            for (int64_t k = 0; k < n; k++)
                ck_assert_double_eq(got[t * n + k], across ? (double)(3 * k * STEP + t)
                                                           : (double)(3 * t + k * STEP));
        test_recording_close(&r);
    }
}
END_TEST

START_TEST(epochs_take_their_rate_from_the_source)
{
    struct test_recording r = open_ok(in_folder("epochs.npy"), NULL,
                                      "stimulus=names.txt,time,target=channels.tsv", 100);

    ck_assert_int_eq(r.info.layout, ANA_LAYOUT_EPOCHS);
    ck_assert_int_eq(r.info.n_times, 5);
    ck_assert_str_eq(r.info.targets[3].name, "Oz");
    ck_assert_double_eq(test_recording_at(&r, 0, 2, 3, 1),
                        value_at(2, 2 * 20 + 3 * 4 + 1));
    test_recording_close(&r);
}
END_TEST

START_TEST(files_of_series_are_runs_of_their_own_length)
{
    char paths[256];
    struct test_recording r;

    snprintf(paths, sizeof paths, "%s,%s", in_folder("e1.npy"), in_folder("e2.npy"));
    r = open_ok(paths, NULL, "", 128);
    ck_assert_int_eq(r.info.n_runs, 2);
    ck_assert_int_eq(r.info.runs[0].n, 6);
    ck_assert_int_eq(r.info.runs[1].n, 7);
    ck_assert_str_eq(r.info.runs[1].id, "e2");
    ck_assert_double_eq(test_recording_at(&r, 1, 6, 0, 3), value_at(4, 27));
    test_recording_close(&r);
}
END_TEST

START_TEST(every_byte_order_and_fortran_order_read_alike)
{
    static const char *const names[] = {"npy/f8_little.npy",      "npy/f8_big.npy",
                                        "npy/f8_fortran_big.npy", "npy/f4_fortran.npy",
                                        "npy/i2_big.npy",         "npy/f2_little.npy"};

    for (int f = 0; f < 6; f++) {
        struct test_recording r =
            open_ok(test_golden(names[f]), NULL, "stimulus,time,target", 1);

        for (int64_t i = 0; i < 24; i++)
            ck_assert_double_eq(test_recording_at(&r, 0, i / 12, i / 4 % 3, i % 4),
                                (double)i - 3);
        test_recording_close(&r);
    }
}
END_TEST

/* 16 MB of them: what is mapped is not copied whole on the way. */
START_TEST(reading_a_long_array_takes_little_beside_it)
{
    struct test_recording r = open_ok(in_folder("long.npy"), NULL, "", 128);
    int64_t peak;

    ana_ctx_forget_peak(r.ctx);
    ck_assert_double_eq(test_recording_at(&r, 0, 39999, 0, 49), value_at(5, 1999999));
    ana_ctx_memory(r.ctx, &peak);
    ck_assert_int_lt(peak, 16000000 + 4000000);
    test_recording_close(&r);
}
END_TEST

START_TEST(a_table_names_its_rows_and_targets)
{
    struct test_recording r = open_ok(in_folder("table.tsv"), NULL, "", 0);
    char **labels;
    int64_t n;

    ck_assert_int_eq(r.info.layout, ANA_LAYOUT_ROWS);
    ck_assert_int_eq(r.info.n_rows, 2);
    ck_assert_int_eq(r.info.n_targets, 2);
    ck_assert_str_eq(r.info.row_names[1], "rain");
    ck_assert_str_eq(r.info.targets[0].name, "speech");
    ck_assert_str_eq(r.info.targets[1].name, "music");
    ck_assert_double_eq(test_recording_at(&r, 0, 0, 0, 1), 2);
    ck_assert(isnan(test_recording_at(&r, 0, 1, 0, 0)));
    ck_assert_int_eq(r.vt->labels(r.ctx, r.self, "kind", &n, &labels), 0);
    ck_assert_int_eq(n, 2);
    ck_assert_str_eq(labels[1], "water");
    for (int64_t i = 0; i < n; i++)
        ana_free(r.ctx, labels[i]);
    ana_free(r.ctx, labels);
    test_recording_close(&r);
    r = open_ok(in_folder("table.tsv"), "music", "stimulus", 0);
    ck_assert_int_eq(r.info.n_targets, 1);
    ck_assert_str_eq(r.info.row_names[0], "dog");
    ck_assert_double_eq(test_recording_at(&r, 0, 1, 0, 0), 4);
    test_recording_close(&r);
}
END_TEST

START_TEST(a_column_of_seconds_is_the_clock_of_a_table)
{
    struct test_recording r = open_ok(in_folder("series.csv"), NULL, "time,target", 0);

    ck_assert_int_eq(r.info.layout, ANA_LAYOUT_SERIES);
    ck_assert_double_eq(r.info.runs[0].rate, 4);
    ck_assert_double_eq(r.info.runs[0].start, .5);
    ck_assert_int_eq(r.info.n_targets, 2);
    ck_assert_str_eq(r.info.targets[1].name, "Cz");
    ck_assert_double_eq(test_recording_at(&r, 0, 2, 0, 1), 6);
    test_recording_close(&r);
    r = open_ok(in_folder("plain.csv"), NULL, "", 2);
    ck_assert_int_eq(r.info.n_targets, 2);
    ck_assert_str_eq(r.info.targets[0].name, "Fz");
    ck_assert_double_eq(test_recording_at(&r, 0, 1, 0, 0), 3);
    test_recording_close(&r);
}
END_TEST

START_TEST(positions_and_regions_come_from_a_table)
{
    const struct ana_setting settings[] = {{"positions", "channels.tsv", "test:1"},
                                           {"regions", "channels.tsv:region", "test:2"}};
    struct test_recording r;
    struct test_source s;

    ck_assert_int_eq(
        test_recording_open(&r, "arrays",
                            test_source_of(&s, in_folder("brain.npy"), NULL, NULL, NULL,
                                           "stimulus,target=channels.tsv", 0),
                            settings, 2),
        0);
    ck_assert_double_eq(r.info.targets[2].position[1], 8);
    ck_assert_str_eq(r.info.targets[3].region, "back");
    test_recording_close(&r);
}
END_TEST

static const struct wrong {
    const char *file, *name, *axes, *sentence;
} wrongs[] = {
    {"brain.npy", NULL, "stimulus=channels.tsv,target",
     "/brain.npy: `channels.tsv` has 4 names, but the stimulus axis of `the array` (3 x "
     "4) has "
     "3 samples"},
    {"brain.npy", NULL, "stimulus=nams.txt,target",
     "/brain.npy: holds no `nams.txt` for the axis `stimulus`, and no file of that name "
     "lies "
     "beside it; it holds brain"},
    {"brain.npy", "voxels", "stimulus,target",
     "/brain.npy: holds no `voxels`; it holds brain"},
    {"brain.npy", NULL, "time,target",
     "/brain.npy: the time axis of `the array` has no clock"},
    {"mixed.tsv", NULL, "stimulus,target", "/mixed.tsv:3: "},
    {"words.tsv", NULL, "stimulus,target",
     "/words.tsv:1: has no column of numbers behind its first one, `stimulus`"},
    {"words.tsv", "kind", "stimulus", "/words.tsv: `kind` holds no array of numbers"},
    {"notes.txt", NULL, "", "/notes.txt: byte 0: does not begin with a line of numbers"},
    {"fake.npy", NULL, "",
     "/fake.npy: byte 0: is no .npy file: it does not begin with \\x93NUMPY"},
    {"zip.npy", NULL, "", "/zip.npy: byte 0: is a zip archive, perhaps an .npz"},
    {"gone.npy", NULL, "", "/gone.npy: cannot be opened: No such file or directory"},
};

START_TEST(what_cannot_be_read_is_refused_with_a_sentence)
{
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
        const struct wrong *w = &wrongs[i];
        struct test_recording r;
        struct test_source s;
        int rc = test_recording_open(
            &r, "arrays",
            test_source_of(&s, in_folder(w->file), w->name, NULL, NULL, w->axes, 0), NULL,
            0);
        double x[8];
        struct ana_tensor out;

        if (rc == 0) { /* a cell that is no number is met when it is read */
            ana_tensor_view(ANA_F64, 2, (int64_t[]){2, 1}, x, &out);
            rc = r.vt->read(r.ctx, r.self, 0, 0, 2, NULL, 1, &out);
        }
        ck_assert_msg(rc == ANA_EDATA || rc == ANA_EPARAM, "case %zu", i);
        ck_assert_msg(strstr(ana_error(r.ctx), w->sentence) != NULL, "case %zu: %s", i,
                      ana_error(r.ctx));
        test_recording_close(&r);
    }
}
END_TEST

START_TEST(files_are_known_by_their_first_bytes)
{
    const struct ana_plugin *plugin = test_reader_plugin("arrays");
    const char *const names[] = {"brain.npy", "table.tsv", "series.csv", "notes.txt",
                                 "fake.npy"};
    const int want[] = {100, 50, 50, 0, 20};
    struct ana_ctx *ctx = test_ctx();
    struct test_source s;
    int32_t confidence;

    for (int i = 0; i < 5; i++) {
        plugin->reader->probe(
            ctx, test_source_of(&s, in_folder(names[i]), NULL, NULL, NULL, "", 0),
            &confidence);
        ck_assert_int_eq(confidence, want[i]);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reader_arrays");
    TCase *all = tcase_create("all");

    tcase_add_unchecked_fixture(all, make_files, NULL);
    tcase_add_test(all, an_array_and_a_list_of_names_are_a_recording);
    tcase_add_test(all, a_large_array_is_read_in_parts_and_never_held);
    tcase_add_test(all, epochs_take_their_rate_from_the_source);
    tcase_add_test(all, files_of_series_are_runs_of_their_own_length);
    tcase_add_test(all, every_byte_order_and_fortran_order_read_alike);
    tcase_add_test(all, reading_a_long_array_takes_little_beside_it);
    tcase_add_test(all, a_table_names_its_rows_and_targets);
    tcase_add_test(all, a_column_of_seconds_is_the_clock_of_a_table);
    tcase_add_test(all, positions_and_regions_come_from_a_table);
    tcase_add_test(all, what_cannot_be_read_is_refused_with_a_sentence);
    tcase_add_test(all, files_are_known_by_their_first_bytes);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
