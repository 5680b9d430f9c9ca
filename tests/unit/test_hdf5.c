/* SPDX-License-Identifier: BSD-3-Clause
 *
 * HDF5: every number that h5py reads from files of tests/oracles/make_hdf5.py, by path, as
 * NWB and as MATLAB's v7.3; clocks out of time stamps; what leads out of a file or lies
 * about itself, refused with a sentence.
 */
#include "tests/unit/sources.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <math.h>
#include <sys/stat.h>

#include <anaflow/files.h>

#include "base/file.h"

/* Stands in front of libhdf5's, for the reader as well: each chunk that is fetched. */
static int64_t fetched;

int H5Dread_chunk(int64_t set, int64_t list, const uint64_t *offset, uint32_t *filters,
                  void *out);

int H5Dread_chunk(int64_t set, int64_t list, const uint64_t *offset, uint32_t *filters,
                  void *out)
{
    int (*next)(int64_t, int64_t, const uint64_t *, uint32_t *, void *) = NULL;
    Dl_info info;
    void *caller = NULL;

    if (dladdr(__builtin_return_address(0), &info) && info.dli_fname)
        caller = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
    *(void **)&next = caller ? dlsym(caller, "H5Dread_chunk") : NULL;
    ck_assert_ptr_nonnull((void *)next);
    dlclose(caller);
    fetched++;
    return next(set, list, offset, filters, out);
}

static char folder[64];

static void make_folder(void)
{
    test_folder(folder, sizeof folder);
}

static const char *in_folder(const char *name)
{
    static char path[256];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* "key=value|key=value" as settings. */
static int open_with(struct test_recording *r, const char *path, const char *settings)
{
    struct ana_setting setting[12];
    struct test_source s;
    static char words[512];
    int64_t n = 0;

    snprintf(words, sizeof words, "%s", settings ? settings : "");
    for (char *at = words, *one; *words && (one = strsep(&at, "|"));) {
        char *equals = strchr(one, '=');

        *equals = 0;
        setting[n++] = (struct ana_setting){one, equals + 1, ""};
    }
    return test_recording_open(
        r, "hdf5", test_source_of(&s, path, NULL, NULL, NULL, "", 0), setting, n);
}

static void open_ok(struct test_recording *r, const char *name, const char *settings)
{
    char path[256];

    snprintf(path, sizeof path, "hdf5/%s", name);
    if (open_with(r, test_golden(path), settings) != 0)
        ck_abort_msg("%s", ana_error(r->ctx));
}

/* A column of a line of a table, as text. */
static const char *field(const char *line, int column, char out[128])
{
    for (; column > 0; column--)
        line = strchr(line, '\t') + 1;
    snprintf(out, 128, "%.*s", (int)strcspn(line, "\t\n"), line);
    return out;
}

static int settings_of(const char *file, const char *dataset, char out[256])
{
    const int turned = strstr(dataset, "turned") != NULL;

    if (strcmp(file, "times.nwb") == 0)
        snprintf(out, 256, "dataset=/processing/ecephys/LFP/lfp");
    else if (!*dataset)
        *out = 0;
    else
        snprintf(out, 256, "dataset=%s|rate=250 Hz|time-axis=%s", dataset,
                 turned ? "last" : "first");
    return turned;
}

/* Values that are not scaled must be equal, scaled ones within 1 ulp. */
START_TEST(every_value_is_the_one_that_h5py_reads)
{
    struct ana_ctx *ctx = test_ctx();
    char *text, *line;
    int64_t n, checked = 0;

    ck_assert_int_eq(
        ana_file_read(ctx, test_golden("hdf5/values.tsv"), 1 << 20, &text, &n), 0);
    for (line = strchr(text, '\n') + 1; line && *line; line = strchr(line, '\n') + 1) {
        char file[128], dataset[128], number[128], settings[256];
        struct test_recording r;
        double expected, found;
        int64_t sample, channel;

        field(line, 0, file);
        field(line, 1, dataset);
        sample = atoll(field(line, 2, number));
        channel = atoll(field(line, 3, number));
        expected = strtod(field(line, 4, number), NULL);
        settings_of(file, dataset, settings);
        open_ok(&r, file, settings);
        for (int64_t run = 0; run < r.info.n_runs; run++) {
            if (sample < r.info.runs[run].n) {
                found = test_recording_at(&r, run, sample, 0, channel);
                break;
            }
            sample -= r.info.runs[run].n;
            found = NAN;
        }
        ck_assert_msg(found == expected ||
                          (strstr(file, ".nwb") &&
                           fabs(found - expected) <=
                               fabs(nextafter(expected, INFINITY) - expected)),
                      "%s %s[%lld, %lld]: %.17g, expected %.17g", file, dataset,
                      (long long)sample, (long long)channel, found, expected);
        test_recording_close(&r);
        checked++;
    }
    ck_assert_int_ge(checked, 200);
    ana_free(ctx, text);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(blocks_of_any_size_and_order_of_channels_give_what_the_whole_gives)
{
    static const char *const datasets[] = {"/session/lfp", "/session/turned", "/part"};
    char settings[128];
    struct test_recording r;
    struct ana_tensor out;
    double whole[1500], part[1500];
    int64_t pick[5] = {4, 0, 3, 1, 2};
    int64_t T, C;

    snprintf(settings, sizeof settings, "dataset=%s|rate=10 Hz|time-axis=%s",
             datasets[_i], _i == 1 ? "last" : "first");
    open_ok(&r, "plain.h5", settings);
    T = r.info.runs[0].n;
    C = r.info.n_targets;
    if (C == 3)
        memcpy(pick, (int64_t[]){2, 0, 1}, 3 * sizeof *pick);
    ana_tensor_view(ANA_F64, 2, (int64_t[]){T, C}, whole, &out);
    ck_assert_int_eq(r.vt->read(r.ctx, r.self, 0, 0, T, NULL, C, &out), 0);
    for (int64_t first = 0; first < T; first += 7)
        for (int64_t n = 1; first + n <= T; n += 61)
            for (int64_t v = 1; v <= C; v += 2) {
                ana_tensor_view(ANA_F64, 2, (int64_t[]){n, v}, part, &out);
                ck_assert_int_eq(r.vt->read(r.ctx, r.self, 0, first, n, pick, v, &out),
                                 0);
                for (int64_t i = 0; i < n * v; i++)
                    ck_assert_double_eq(part[i],
                                        whole[(first + i / v) * C + pick[i % v]]);
            }
    test_recording_close(&r);
}
END_TEST

/* 5 x 3 chunks of 64 samples x 2 channels: whoever goes along in small steps unpacks each
 * once, and at the end nothing is held that a new beginning could use. */
START_TEST(reading_in_steps_unpacks_each_chunk_once)
{
    static const int64_t steps[] = {1, 10, 64, 100, 300};
    struct test_recording r;
    struct ana_tensor out;
    double part[1500];

    open_ok(&r, "plain.h5", "dataset=/session/lfp");
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
        fetched = 0;
        for (int64_t first = 0, n; first < 300; first += n) {
            n = steps[s] < 300 - first ? steps[s] : 300 - first;
            ana_tensor_view(ANA_F64, 2, (int64_t[]){n, 5}, part, &out);
            ck_assert_int_eq(r.vt->read(r.ctx, r.self, 0, first, n, NULL, 5, &out), 0);
        }
        ck_assert_int_eq(fetched, 5 * 3);
    }
    ck_assert_int_eq(r.info.block, 1);
    test_recording_close(&r);
}
END_TEST

/* A row of chunks takes 70 MB: they are not held, and what reads in pieces is told so. */
START_TEST(a_row_of_chunks_that_is_not_held_asks_for_blocks_of_a_second)
{
    struct test_recording r;

    open_ok(&r, "wide.h5", "dataset=/x|rate=1 kHz");
    ck_assert_int_eq(r.info.block, 1000);
    ck_assert_int_gt(r.info.memory, 1 << 20);
    ck_assert_int_lt(r.info.memory, 4 << 20);
    ck_assert_double_eq(test_recording_at(&r, 0, 99, 0, 0), 99);
    ck_assert_double_eq(test_recording_at(&r, 0, 99, 0, 69), 0);
    test_recording_close(&r);
}
END_TEST

START_TEST(float32_is_the_rounded_double)
{
    struct test_recording r;
    double whole[960];
    float rounded[960];
    struct ana_tensor out;

    open_ok(&r, "ecog.nwb", NULL);
    ana_tensor_view(ANA_F64, 2, (int64_t[]){240, 4}, whole, &out);
    ck_assert_int_eq(r.vt->read(r.ctx, r.self, 0, 0, 240, NULL, 4, &out), 0);
    ana_tensor_view(ANA_F32, 2, (int64_t[]){240, 4}, rounded, &out);
    ck_assert_int_eq(r.vt->read(r.ctx, r.self, 0, 0, 240, NULL, 4, &out), 0);
    for (int i = 0; i < 960; i++)
        ck_assert(rounded[i] == (float)whole[i]);
    test_recording_close(&r);
}
END_TEST

START_TEST(names_units_positions_and_regions_come_from_datasets)
{
    struct test_recording r;

    open_ok(&r, "plain.h5",
            "dataset=/session/lfp|names=/session/names|regions=/session/areas|positions=/"
            "session/places|positions-unit=cm");
    ck_assert_int_eq(r.info.n_targets, 5);
    ck_assert_str_eq(r.info.targets[2].name, "B\xc3\xa9ta");
    ck_assert_str_eq(r.info.targets[0].region, "STG");
    ck_assert_double_eq(r.info.targets[4].position[2], 140);
    ck_assert_str_eq(r.info.unit, "uV");
    ck_assert_double_eq(r.info.runs[0].rate, 250); /* of its attribute */
    test_recording_close(&r);
}
END_TEST

START_TEST(scale_and_offset_are_applied_to_a_plain_dataset)
{
    struct test_recording r;

    open_ok(&r, "plain.h5", "dataset=/inside|rate=2 Hz|scale=10|offset=-1|unit=mV");
    ck_assert_int_eq(r.info.n_targets, 1);
    ck_assert_str_eq(r.info.unit, "mV");
    for (int64_t t = 0; t < 6; t++)
        ck_assert_double_eq(test_recording_at(&r, 0, t, 0, 0), 15. * (double)t - 1);
    test_recording_close(&r);
}
END_TEST

START_TEST(an_electrical_series_says_all_of_itself)
{
    static const char *const names[] = {"LA6", "LA2", "LA3", "LA1"};
    struct test_recording r;

    open_ok(&r, "ecog.nwb", NULL);
    ck_assert_int_eq(r.info.n_targets, 4);
    for (int i = 0; i < 4; i++)
        ck_assert_str_eq(r.info.targets[i].name, names[i]);
    ck_assert_str_eq(r.info.unit, "V");
    ck_assert_double_eq(r.info.runs[0].rate, 512);
    ck_assert_int_eq(r.info.runs[0].n, 240);
    ck_assert_double_eq(r.info.targets[1].position[0], -38.5);
    ck_assert_double_eq(r.info.targets[3].position[2], .25);
    ck_assert(isnan(r.info.targets[0].position[0])); /* its z is not known */
    ck_assert_str_eq(r.info.targets[0].region, "area 2");
    ck_assert_str_eq(r.info.targets[1].region, "shank0"); /* its location: "unknown" */
    ck_assert_int_eq(r.info.targets[2].bad, 1);
    ck_assert_int_eq(r.info.targets[3].bad, 0);
    ck_assert_int_eq(r.info.n_events, 2);
    ck_assert_str_eq(r.info.events[1].text, "trials: rain");
    ck_assert_double_eq(r.info.events[1].onset, .25);
    ck_assert_double_eq(r.info.events[1].duration, .125);
    test_recording_close(&r);
}
END_TEST

START_TEST(time_stamps_give_a_rate_and_a_run_for_each_stretch)
{
    struct test_recording r;

    open_ok(&r, "plain.h5", "dataset=/session/lfp|times=/session/even");
    ck_assert_int_eq(r.info.n_runs, 1);
    ck_assert_double_eq(r.info.runs[0].rate, 250);
    test_recording_close(&r);
    open_ok(&r, "plain.h5", "dataset=/session/lfp|times=/session/gaps");
    ck_assert_int_eq(r.info.n_runs, 3);
    ck_assert_double_eq(r.info.runs[1].rate, 250);
    ck_assert_int_eq(r.info.runs[2].n, 100);
    ck_assert_double_eq_tol(r.info.runs[1].start, 2.4, 1e-9);
    ck_assert_double_eq_tol(r.info.runs[2].start, 3.3, 1e-9);
    test_recording_close(&r);
    open_ok(&r, "times.nwb", "dataset=/processing/ecephys/LFP/lfp/data");
    ck_assert_int_eq(r.info.n_runs, 2);
    ck_assert_int_eq(r.info.runs[0].n, 70);
    ck_assert_double_eq(r.info.runs[0].rate, 100);
    ck_assert_double_eq_tol(r.info.runs[1].start, 5.7, 1e-9);
    test_recording_close(&r);
}
END_TEST

START_TEST(named_axes_bind_datasets_as_they_do_arrays)
{
    struct test_recording r;
    struct test_source s;

    ck_assert_int_eq(
        test_recording_open(&r, "hdf5",
                            test_source_of(&s, test_golden("hdf5/plain.h5"),
                                           "/session/turned", NULL, NULL,
                                           "target=/session/names,time", 250),
                            NULL, 0),
        0);
    ck_assert_int_eq(r.info.layout, ANA_LAYOUT_SERIES);
    ck_assert_int_eq(r.info.n_targets, 5);
    ck_assert_str_eq(r.info.targets[3].name, "C1");
    ck_assert_int_eq(r.info.runs[0].n, 300);
    test_recording_close(&r);
}
END_TEST

/* What is refused, and what the sentence says of it. */
static const struct refusal {
    const char *file, *settings;
    int status;
    const char *sentence;
} refusals[] = {
    {"plain.h5", "", ANA_EPARAM, "holds no ElectricalSeries of NWB: say which dataset"},
    {"plain.h5", "dataset=/session/turned", ANA_EPARAM,
     "is 5 x 300; say which of them is time with `time-axis = first` or `last`"},
    {"plain.h5", "dataset=/part", ANA_EPARAM,
     "nothing says at which rate `/part` was sampled; write `rate = 512 Hz`"},
    {"plain.h5", "dataset=/session", ANA_EDATA, "`/session` is a group, not a dataset"},
    {"plain.h5", "dataset=/session/lpf", ANA_EDATA,
     "holds no `/session/lpf`; there is: areas, even, gaps, lfp, names, places"},
    {"plain.h5", "dataset=/compact/x", ANA_EDATA,
     "holds no `/compact/x`: what stands before `x` is no group"},
    {"plain.h5", "dataset=/types/compound|rate=1 Hz", ANA_EDATA,
     "`/types/compound` at byte 32223 holds compound values; numbers were expected"},
    {"plain.h5", "dataset=/types/opaque|rate=1 Hz", ANA_EDATA, "holds opaque bytes"},
    {"plain.h5", "dataset=/types/vlen|rate=1 Hz", ANA_EDATA,
     "holds sequences of varying length"},
    {"plain.h5", "dataset=/types/refs|rate=1 Hz", ANA_EDATA, "holds references"},
    {"plain.h5", "dataset=/session/names|rate=1 Hz", ANA_EDATA, "holds text; numbers"},
    {"plain.h5", "dataset=/session/lfp|times=/session/uneven", ANA_EDATA,
     "the time stamps of `/session/lfp` are unevenly spaced: sample 151 (from 0)"},
    {"plain.h5", "dataset=/session/lfp|times=/compact", ANA_EDATA,
     "`/compact` has 6 time stamps for 300 samples"},
    {"plain.h5", "dataset=/session/lfp|names=/types/bool", ANA_EDATA,
     "`/types/bool` names 21 channels and `/session/lfp` has 5"},
    {"times.nwb", "", ANA_EPARAM, "holds 2 ElectricalSeries: "},
    {"outside.h5", "dataset=/link|rate=1 Hz", ANA_EDATA,
     "`/link` is a link into another file (other.h5), which is not followed"},
    {"outside.h5", "dataset=/virtual|rate=1 Hz", ANA_EDATA,
     "`/virtual` is a virtual dataset, put together from other files, which are not "
     "opened"},
    {"outside.h5", "dataset=/stored|rate=1 Hz", ANA_EDATA,
     "`/stored` keeps its values in other files, which are not opened"},
    {"outside.h5", "dataset=/dangling|rate=1 Hz", ANA_EDATA, "holds no `/nowhere`"},
    {"outside.h5", "dataset=/circle|rate=1 Hz", ANA_EDATA, "do they lead in a circle?"},
    {"outside.h5", "dataset=/round|rate=1 Hz", ANA_EDATA, "do they lead in a circle?"},
    {"hostile.h5", "dataset=/wide|rate=1 Hz", ANA_EDATA,
     "`/wide` is stored in chunks of more than 128 MB"},
    {"hostile.h5", "dataset=/empty|rate=1 Hz", ANA_EDATA,
     "has room for 4398046511104 values and none was ever written"},
    {"hostile.h5", "dataset=/lies|rate=1 Hz", ANA_EDATA,
     "`/lies` at byte 6095 promises 549755813888 bytes"},
    {"hostile.h5", "dataset=/lzf|rate=1 Hz", ANA_EDATA,
     "is stored with filter 32000 (lzf), which is not read; rewrite it with `h5repack"},
    {"hostile.h5", "dataset=/offset|rate=1 Hz", ANA_EDATA, "filter 6 (scale-offset)"},
    {"hostile.h5", "dataset=/bomb|rate=1 Hz", ANA_EDATA,
     "`/bomb` has a chunk at byte 4040 that unpacks to more than its 1000 bytes"},
    {"hostile.h5", "dataset=/short|rate=1 Hz", ANA_EDATA,
     "`/short` has a chunk at byte 11666 of 100 bytes where 512 were expected"},
    {"hostile.h5", "dataset=/broken|rate=1 Hz", ANA_EDATA,
     "`/broken` has a chunk at byte 11678 that does not unpack"},
    {"hostile.h5", "dataset=/sum|rate=1 Hz", ANA_EDATA,
     "`/sum` has a chunk at byte 11718 whose checksum is wrong"},
    {"deep.h5", "", ANA_EDATA, "groups stand in groups more than 32 deep"},
};

/* Opened and read whole. */
static int read_all(struct test_recording *r, const char *path, const char *settings)
{
    int rc = open_with(r, path, settings);

    for (int64_t run = 0; rc == 0 && run < r->info.n_runs; run++) {
        struct ana_tensor out = {0};

        rc = ana_tensor_create(r->ctx, ANA_F64, 2,
                               (const int64_t[]){r->info.runs[run].n, r->info.n_targets},
                               &out);
        if (rc == 0)
            rc = r->vt->read(r->ctx, r->self, run, 0, r->info.runs[run].n, NULL,
                             r->info.n_targets, &out);
        ana_tensor_finish(&out);
    }
    return rc;
}

START_TEST(what_is_not_read_is_refused_with_a_sentence)
{
    const struct refusal *f = &refusals[_i];
    struct test_recording r;
    char path[256];
    int rc;

    snprintf(path, sizeof path, "hdf5/%s", f->file);
    rc = read_all(&r, test_golden(path), f->settings);
    ck_assert_msg(rc == f->status && strstr(ana_error(r.ctx), f->sentence) &&
                      strstr(ana_error(r.ctx), f->file),
                  "status %d: %s; expected: %s", rc, ana_error(r.ctx), f->sentence);
    test_recording_close(&r);
}
END_TEST

/* A pipe in the place of the other file would be waited for if it were opened. */
START_TEST(what_lies_in_other_files_is_never_opened)
{
    static const char *const datasets[] = {"/link", "/virtual", "/stored"};
    struct test_recording r;
    char settings[64];
    char *data;
    int64_t n;

    r.ctx = test_ctx();
    ck_assert_int_eq(
        ana_file_read(r.ctx, test_golden("hdf5/outside.h5"), 1 << 20, &data, &n), 0);
    ck_assert_int_eq(ana_file_write(r.ctx, in_folder("outside.h5"), data, n), 0);
    ana_free(r.ctx, data);
    ana_ctx_destroy(r.ctx);
    mkfifo(in_folder("other.h5"), 0600);
    mkfifo(in_folder("other.bin"), 0600);
    for (int i = 0; i < 3; i++) {
        snprintf(settings, sizeof settings, "dataset=%s|rate=1 Hz", datasets[i]);
        ck_assert_int_eq(read_all(&r, in_folder("outside.h5"), settings), ANA_EDATA);
        test_recording_close(&r);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hdf5");
    TCase *c = tcase_create("hdf5");

    tcase_add_unchecked_fixture(c, make_folder, NULL);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, every_value_is_the_one_that_h5py_reads);
    tcase_add_loop_test(
        c, blocks_of_any_size_and_order_of_channels_give_what_the_whole_gives, 0, 3);
    tcase_add_test(c, reading_in_steps_unpacks_each_chunk_once);
    tcase_add_test(c, a_row_of_chunks_that_is_not_held_asks_for_blocks_of_a_second);
    tcase_add_test(c, float32_is_the_rounded_double);
    tcase_add_test(c, names_units_positions_and_regions_come_from_datasets);
    tcase_add_test(c, scale_and_offset_are_applied_to_a_plain_dataset);
    tcase_add_test(c, an_electrical_series_says_all_of_itself);
    tcase_add_test(c, time_stamps_give_a_rate_and_a_run_for_each_stretch);
    tcase_add_test(c, named_axes_bind_datasets_as_they_do_arrays);
    tcase_add_loop_test(c, what_is_not_read_is_refused_with_a_sentence, 0,
                        sizeof refusals / sizeof *refusals);
    tcase_add_test(c, what_lies_in_other_files_is_never_opened);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
