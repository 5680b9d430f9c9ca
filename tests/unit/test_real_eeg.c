/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Every EEG file of ../shared/data against MNE-Python (tests/oracles/make_real_eeg.py): all
 * channels at three samples to 1 ulp of the scaled value, the sum of all samples, rates,
 * lengths, events. tests/cli/real_eeg.sh walks over the folders for files that are not
 * here.
 */
#include "tests/unit/sources.h"

#include <anaflow/files.h>

/* Of one file: which reader, and the channel by which it is opened ("" = the usual ones). */
static const struct {
    const char *file, *reader, *channels;
} files[] = {
    {"formats-eeg/edf/tests/data/test.edf", "edf", ""},
    {"formats-eeg/edf/tests/data/test.bdf", "edf", ""},
    {"formats-eeg/edf/tests/data/test_uneven_samp.edf", "edf", ""},
    {"formats-eeg/edf/tests/data/test_uneven_samp.edf", "edf", "0.2Hz Blk 1/0uV"},
    {"formats-eeg/brainvision/tests/data/test.vhdr", "brainvision", ""},
    {"formats-eeg/brainvision/tests/data/test_highpass.vhdr", "brainvision", ""},
    {"eeg-eeglab/eeglab_data.set", "eeglab", ""},
};
enum { N_FILES = sizeof files / sizeof *files };

static double *column_of(struct test_recording *r, int64_t target)
{
    const int64_t n = r->info.runs[0].n;
    double *x = calloc((size_t)n, sizeof *x);
    struct ana_tensor out;

    ana_tensor_view(ANA_F64, 2, (int64_t[]){n, 1}, x, &out);
    if (r->vt->read(r->ctx, r->self, 0, 0, n, &target, 1, &out) != 0)
        ck_abort_msg("%s", ana_error(r->ctx));
    return x;
}

static void check_file(const struct test_recording *r, const char *what, double want)
{
    const int64_t n = r->info.n_events;
    double got = (double)NAN;

    if (strcmp(what, "rate") == 0)
        got = r->info.runs[0].rate;
    else if (strcmp(what, "samples") == 0)
        got = (double)r->info.runs[0].n;
    else if (strcmp(what, "events") == 0)
        got = (double)n;
    for (int64_t i = 0; i < n && strstr(what, " event"); i++) {
        const double onset = r->info.events[i].onset;

        if (isnan(got) || (*what == 'f' ? onset < got : onset > got))
            got = onset;
    }
    ck_assert_msg(fabs(got - want) <= 2e-6, "%s: %.17g for %.17g", what, got, want);
}

/* 1 ulp of the value, and of the offset that was added to it. */
static void check_channel(struct test_recording *r, const char *name, const char *what,
                          double want)
{
    static double *x, size;
    static char now[64];
    double got = 0;
    int64_t v = 0;

    while (v < r->info.n_targets && strcmp(r->info.targets[v].name, name) != 0)
        v++;
    ck_assert_msg(v < r->info.n_targets, "there is no %s", name);
    if (strcmp(now, name) != 0 || strcmp(what, "0") == 0) {
        free(x);
        x = column_of(r, v);
        snprintf(now, sizeof now, "%s", name);
        size = 0;
        for (int64_t t = 0; t < r->info.runs[0].n; t++)
            size += fabs(x[t]);
    }
    for (int64_t t = 0; strcmp(what, "sum") == 0 && t < r->info.runs[0].n; t++)
        got += x[t];
    if (strcmp(what, "sum") == 0) {
        ck_assert_msg(fabs(got - want) <= 1e-12 * size + 1e-12, "%s %s: %.17g for %.17g",
                      name, what, got, want);
        free(x);
        x = NULL;
        *now = 0;
        return;
    }
    got = x[atoll(what)];
    ck_assert_msg(fabs(got - want) <= 4.5e-16 * fabs(want) + 1e-12,
                  "%s %s: %.17g for %.17g", name, what, got, want);
}

START_TEST(a_real_file_gives_what_mne_gives)
{
    const char *file = files[_i].file, *channels = files[_i].channels;
    const struct ana_setting setting = {"channels", channels, ""};
    struct ana_ctx *ctx = test_ctx();
    struct ana_table *table;
    struct test_recording r;
    struct test_source s;
    char path[500], name[300];
    int64_t checked = 0;

    snprintf(name, sizeof name, "data/%s", file);
    if (!test_shared(name, path, sizeof path)) {
        ana_ctx_destroy(ctx);
        TEST_SKIP("no ../shared/data");
    }
    if (test_recording_open(&r, files[_i].reader,
                            test_source_of(&s, path, NULL, NULL, NULL, "", 0), &setting,
                            *channels != 0) != 0)
        ck_abort_msg("%s", ana_error(r.ctx));
    ck_assert_int_eq(ana_table_read(ctx, test_golden("real_eeg.tsv"), 1, &table), 0);
    for (int64_t i = 0; i < table->n_rows; i++) {
        const char *const *cell = &table->cell[4 * i];
        const double want = strtod(cell[3], NULL);

        if (strcmp(cell[0], file) != 0)
            continue;
        if (strcmp(cell[1], "#") == 0) {
            if (!*channels)
                check_file(&r, cell[2], want);
        } else if (*channels ? strcmp(cell[1], channels) == 0
                             : !strstr(file, "uneven") || !strstr(cell[1], "0.2Hz")) {
            check_channel(&r, cell[1], cell[2], want);
        } else {
            continue;
        }
        checked++;
    }
    ck_assert_int_ge(checked, 4 * r.info.n_targets);
    printf("%s: %lld channels, %lld figures\n", file, (long long)r.info.n_targets,
           (long long)checked);
    fflush(stdout);
    ana_table_destroy(ctx, table);
    test_recording_close(&r);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("real_eeg");
    TCase *t = tcase_create("real_eeg");

    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, a_real_file_gives_what_mne_gives, 0, N_FILES);
    suite_add_tcase(suite, t);
    return test_main(suite);
}
