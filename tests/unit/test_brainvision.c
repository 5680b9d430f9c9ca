/* SPDX-License-Identifier: BSD-3-Clause
 *
 * BrainVision: a real file against MNE-Python; files of ours in every binary format, byte
 * order and orientation, all of which hold one ramp; what deviates. What
 * is damaged: test_damage.
 */
#include "tests/unit/sources.h"

#include <anaflow/files.h>

#include "base/file.h"

static char folder[64];
enum { T = 40, C = 3 };

static const char *in_folder(const char *name)
{
    static char paths[4][256];
    static int next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void write_text(const char *name, const char *text)
{
    struct ana_ctx *ctx = test_ctx();

    ck_assert_int_eq(ana_file_write(ctx, in_folder(name), text, (int64_t)strlen(text)),
                     0);
    ana_ctx_destroy(ctx);
}

/* What sample t of channel c stores. */
static int stored(int t, int c)
{
    return 100 * c + t;
}

static void put(uint8_t *to, double x, const char *type, int big)
{
    const int16_t i16 = (int16_t)x;
    const int32_t i32 = (int32_t)x;
    const float f32 = (float)x;
    uint8_t bytes[8];
    const int n = strstr(type, "16") ? 2 : strstr(type, "64") ? 8 : 4;

    if (n == 2)
        memcpy(bytes, &i16, 2);
    else if (strcmp(type, "INT_32") == 0)
        memcpy(bytes, &i32, 4);
    else if (n == 4)
        memcpy(bytes, &f32, 4);
    else
        memcpy(bytes, &x, 8);
    for (int i = 0; i < n; i++)
        to[i] = bytes[big ? n - 1 - i : i];
}

/* rec.vhdr, rec.eeg, rec.vmrk; `extra` lines go to the end of [Common Infos]. */
static void make(const char *type, int big, int vectorized, const char *extra,
                 const char *markers)
{
    const int n = strstr(type, "16") ? 2 : strstr(type, "64") ? 8 : 4;
    uint8_t data[T * C * 8];
    struct ana_ctx *ctx = test_ctx();
    char header[1500];

    for (int t = 0; t < T; t++)
        for (int c = 0; c < C; c++)
            put(data + (vectorized ? c * T + t : t * C + c) * n, stored(t, c), type, big);
    ck_assert_int_eq(
        ana_file_write(ctx, in_folder("rec.eeg"), (const char *)data, T * C * n), 0);
    snprintf(header, sizeof header,
             "Brain Vision Data Exchange Header File Version 1.0\r\n; a comment\r\n"
             "[Common Infos]\r\nDataFile=rec.eeg\r\nMarkerFile=rec.vmrk\r\n"
             "DataFormat=BINARY\r\nDataOrientation=%s\r\nNumberOfChannels=3\r\n"
             "SamplingInterval=2000\r\n%s[Binary Infos]\r\nBinaryFormat=%s\r\n"
             "UseBigEndianOrder=%s\r\n[Channel Infos]\r\nCh1=Fz,,0.5,\xb5V\r\n"
             "Ch2=C\\1z,,0.25,\xc2\xb5V\r\nCh3=P3\xe2\x80\xb2,,,\r\n",
             vectorized ? "VECTORIZED" : "MULTIPLEXED", extra, type, big ? "YES" : "NO");
    write_text("rec.vhdr", header);
    write_text("rec.vmrk", markers);
    ana_ctx_destroy(ctx);
}

static const char plain_markers[] =
    "Brain Vision Data Exchange Marker File, Version 1.0\n[Marker Infos]\n"
    "Mk1=New Segment,,1,1,0,20200101120000000000\nMk2=Stimulus,S  1,11,5,0\n";

static int open_bv(struct test_recording *r, const char *path)
{
    struct test_source s;

    return test_recording_open(
        r, "brainvision", test_source_of(&s, path, NULL, NULL, NULL, "", 0), NULL, 0);
}

static void open_ok(struct test_recording *r, const char *path)
{
    if (open_bv(r, path) != 0)
        ck_abort_msg("%s", ana_error(r->ctx));
}

static const char *const types[] = {"INT_16", "UINT_16", "INT_32", "IEEE_FLOAT_32",
                                    "IEEE_FLOAT_64"};

START_TEST(every_format_order_and_orientation_holds_the_same_numbers)
{
    const double resolution[] = {.5, .25, 1};
    struct test_recording r;

    for (int big = 0; big < 2; big++)
        for (int vectorized = 0; vectorized < 2; vectorized++) {
            make(types[_i], big, vectorized, "", plain_markers);
            open_ok(&r, in_folder("rec.vhdr"));
            ck_assert_int_eq(r.info.n_targets, C);
            ck_assert_int_eq(r.info.runs[0].n, T);
            ck_assert_double_eq(r.info.runs[0].rate, 500);
            ck_assert_str_eq(r.info.unit, "\xc2\xb5V");
            ck_assert_str_eq(r.info.targets[1].name, "C,z");
            ck_assert_str_eq(r.info.targets[2].name, "P3\xe2\x80\xb2"); /* a prime */
            for (int t = 0; t < T; t++)
                for (int c = 0; c < C; c++)
                    ck_assert_double_eq(test_recording_at(&r, 0, t, 0, c),
                                        stored(t, c) * resolution[c]);
            test_recording_close(&r);
        }
}
END_TEST

START_TEST(markers_are_events_and_a_new_segment_is_a_run)
{
    struct test_recording r;

    make("INT_16", 0, 0, "",
         "[Marker Infos]\nMk1=New Segment,,1,1,0,20200101120000000000\n"
         "Mk2=Stimulus,S  1,11,5,0\nMk3=New Segment,,21,1,0,20200101120010000000\n"
         "Mk4=Response,R1,31,1,0\n");
    open_ok(&r, in_folder("rec.vhdr"));
    ck_assert_int_eq(r.info.n_runs, 2);
    ck_assert_str_eq(r.info.runs[1].id, "rec/2");
    ck_assert_double_eq_tol(r.info.runs[1].start, 10, 1e-9);
    ck_assert_int_eq(r.info.runs[1].n, 20);
    ck_assert_double_eq(test_recording_at(&r, 1, 0, 0, 0), stored(20, 0) * .5);
    ck_assert_int_eq(r.info.n_events, 2);
    ck_assert_str_eq(r.info.events[0].text, "Stimulus/S  1");
    ck_assert_double_eq_tol(r.info.events[0].onset, .02, 1e-12);
    ck_assert_double_eq_tol(r.info.events[0].duration, .01, 1e-12);
    ck_assert_int_eq(r.info.events[1].run, 1);
    ck_assert_double_eq_tol(r.info.events[1].onset, .02, 1e-9);
    test_recording_close(&r);
}
END_TEST

START_TEST(renamed_files_are_found_by_their_own_name)
{
    struct test_recording r;
    const struct ana_warning *warnings;

    make("INT_16", 0, 0, "", plain_markers);
    ck_assert_int_eq(rename(in_folder("rec.vhdr"), in_folder("new.vhdr")), 0);
    ck_assert_int_eq(rename(in_folder("rec.eeg"), in_folder("new.eeg")), 0);
    unlink(in_folder("rec.vmrk"));
    open_ok(&r, in_folder("new.vhdr"));
    ck_assert_int_eq(ana_ctx_warnings(r.ctx, &warnings), 2);
    ck_assert(strstr(warnings[0].text, "'rec.eeg' is not there; ") != NULL);
    ck_assert(strstr(warnings[1].text, "the marker file 'rec.vmrk' is missing") != NULL);
    ck_assert_double_eq(test_recording_at(&r, 0, 3, 0, 0), 1.5);
    test_recording_close(&r);
}
END_TEST

START_TEST(samples_that_are_cut_short_are_said)
{
    struct test_recording r;

    make("INT_16", 0, 0, "", plain_markers);
    ck_assert_int_eq(truncate(in_folder("rec.eeg"), T * C * 2 - 1), 0);
    open_ok(&r, in_folder("rec.vhdr"));
    ck_assert_int_eq(r.info.runs[0].n, T - 1);
    test_recording_close(&r);
    make("INT_16", 0, 1, "", plain_markers);
    ck_assert_int_eq(truncate(in_folder("rec.eeg"), T * C * 2 - 1), 0);
    ck_assert_int_eq(open_bv(&r, in_folder("rec.vhdr")), ANA_EDATA);
    ck_assert(strstr(ana_error(r.ctx), "it is cut short, copy it again") != NULL);
    test_recording_close(&r);
    ck_assert_int_eq(truncate(in_folder("rec.eeg"), 0), 0);
    ck_assert_int_eq(open_bv(&r, in_folder("rec.vhdr")), ANA_EDATA);
    ck_assert(strstr(ana_error(r.ctx),
                     "byte 0: the file ends, and one sample of 3 channels takes 6") !=
              NULL);
    test_recording_close(&r);
}
END_TEST

START_TEST(a_real_file_gives_what_mne_gives)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_table *table;
    struct test_recording r;
    char path[512];

    if (!test_shared("data/formats-eeg/brainvision/tests/data/test.vhdr", path,
                     sizeof path)) {
        ana_ctx_destroy(ctx);
        TEST_SKIP("no ../shared/data");
    }
    open_ok(&r, path);
    ck_assert_int_eq(ana_table_read(ctx, test_golden("brainvision/real.tsv"), 1, &table),
                     0);
    for (int64_t i = 0; i < table->n_rows; i++) {
        const char *const *cell = &table->cell[i * 3];
        const double want = strtod(cell[2], NULL);
        int64_t target = -1;

        for (int64_t v = 0; v < r.info.n_targets; v++)
            if (strcmp(r.info.targets[v].name, cell[0]) == 0)
                target = v;
        if (strcmp(cell[0], "#rate") == 0)
            ck_assert_double_eq(r.info.runs[0].rate, want);
        else if (strcmp(cell[0], "#samples") == 0)
            ck_assert_int_eq(r.info.runs[0].n, (int64_t)want);
        else if (strcmp(cell[0], "#events") == 0)
            ck_assert_int_eq(r.info.n_events, (int64_t)want);
        else
            ck_assert_double_eq_tol(test_recording_at(&r, 0, atoll(cell[1]), 0, target),
                                    want, 4e-16 * fabs(want) + 1e-12);
    }
    ck_assert_int_eq(table->n_rows, 39);
    ana_table_destroy(ctx, table);
    test_recording_close(&r);
    ana_ctx_destroy(ctx);
}
END_TEST

static void make_folder(void)
{
    test_folder(folder, sizeof folder);
}

int main(void)
{
    Suite *s = suite_create("brainvision");
    TCase *t = tcase_create("brainvision");

    tcase_add_unchecked_fixture(t, make_folder, NULL);
    tcase_add_loop_test(t, every_format_order_and_orientation_holds_the_same_numbers, 0,
                        5);
    tcase_add_test(t, markers_are_events_and_a_new_segment_is_a_run);
    tcase_add_test(t, renamed_files_are_found_by_their_own_name);
    tcase_add_test(t, samples_that_are_cut_short_are_said);
    tcase_add_test(t, a_real_file_gives_what_mne_gives);
    suite_add_tcase(s, t);
    return test_main(s);
}
