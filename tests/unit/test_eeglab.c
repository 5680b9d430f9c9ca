/* SPDX-License-Identifier: BSD-3-Clause
 *
 * EEGLAB: data sets in every form against MNE; channels, events, epochs; a
 * set that has lost its samples. What is damaged: test_damage.
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

static int open_set(struct test_recording *r, const char *file)
{
    return test_open(r, "eeglab", file, 0, "");
}

static void open_ok(struct test_recording *r, const char *file)
{
    test_open_ok(r, "eeglab", file, "");
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

static void check_row(struct test_recording *r, const char *const *cell)
{
    const char *what = cell[1];
    const double want = strtod(cell[2], NULL);
    long long channel, sample;
    double got;

    if (strncmp(what, "name ", 5) == 0) {
        ck_assert_str_eq(r->info.targets[atoi(what + 5)].name, cell[2]);
        return;
    }
    if (strcmp(what, "sum") == 0)
        got = sum_of(r);
    else if (strcmp(what, "rate") == 0)
        got = r->info.runs[0].rate;
    else if (strncmp(what, "event ", 6) == 0)
        got = r->info.events[atoi(what + 6)].onset;
    else {
        ck_assert_int_eq(sscanf(what, "%lld,%lld", &channel, &sample), 2);
        got = test_recording_at(r, atoll(cell[3]), sample, 0, channel);
    }
    ck_assert_msg(fabs(got - want) <=
                      1e-12 * fabs(want) + (what[0] == 's' || what[0] == 'e' ? 1e-6 : 0),
                  "%s %s: %.17g for %.17g", cell[0], what, got, want);
}

static void check_files(int real)
{
    struct ana_ctx *ctx = test_ctx();
    struct test_recording r = {0};
    struct ana_table *table;
    char open[200] = "", shared[512] = "", path[900];
    int64_t checked = 0;

    test_shared("data", shared, sizeof shared);
    ck_assert_int_eq(ana_table_read(ctx, test_golden("eeglab/expected.tsv"), 1, &table),
                     0);
    for (int64_t i = 0; i < table->n_rows; i++) {
        const char *const *cell = &table->cell[i * 4];

        if ((*cell[0] == '@') != real)
            continue;
        if (strcmp(open, cell[0]) != 0) {
            if (r.vt)
                test_recording_close(&r);
            snprintf(open, sizeof open, "%s", cell[0]);
            snprintf(path, sizeof path, "%s/%s", real ? shared : test_golden("eeglab"),
                     cell[0] + real);
            open_ok(&r, path);
        }
        check_row(&r, cell);
        checked++;
    }
    ck_assert_int_ge(checked, 12);
    test_recording_close(&r);
    ana_table_destroy(ctx, table);
    ana_ctx_destroy(ctx);
}

START_TEST(every_form_gives_what_mne_gives)
{
    check_files(0);
}
END_TEST

START_TEST(the_tutorial_set_gives_what_mne_gives)
{
    char shared[512];

    if (!test_shared("data/eeg-eeglab/eeglab_data.set", shared, sizeof shared))
        TEST_SKIP("no ../shared/data");
    check_files(1);
}
END_TEST

START_TEST(channels_events_and_epochs_are_what_the_set_says)
{
    struct test_recording r;
    double sum;

    open_ok(&r, test_golden("eeglab/embedded.set"));
    ck_assert_str_eq(r.info.targets[2].name, "\303\204"
                                             "1");
    ck_assert_str_eq(r.info.targets[2].space, "EEGLAB");
    ck_assert_double_eq(r.info.targets[2].position[1], -10);
    ck_assert_str_eq(r.info.unit, "uV");
    ck_assert_int_eq(r.info.n_events, 3);
    ck_assert_str_eq(r.info.events[0].text, "7");
    ck_assert_str_eq(r.info.events[1].text, "go");
    ck_assert_double_eq_tol(r.info.events[1].onset, .105, 1e-12);
    ck_assert_double_eq_tol(r.info.events[2].duration, .02, 1e-12);
    ck_assert(isnan(r.info.events[1].duration));
    test_recording_close(&r);
    open_ok(&r, test_golden("eeglab/epoched.set"));
    ck_assert_int_eq(r.info.n_runs, 3);
    ck_assert_int_eq(r.info.runs[2].n, 50);
    test_recording_close(&r);
    open_ok(&r, test_golden("eeglab/renamed.set"));
    sum = sum_of(&r);
    test_recording_close(&r);
    open_ok(&r, test_golden("eeglab/two.set"));
    ck_assert_double_eq(sum_of(&r), sum);
    test_recording_close(&r);
}
END_TEST

/* chanlocs on a sphere of radius 1, and in metres. */
START_TEST(positions_come_in_mm_whatever_the_set_has)
{
    const double want[] = {85, 90};
    struct test_recording r;

    open_ok(&r, test_golden(_i ? "eeglab/metres.set" : "eeglab/sphere.set"));
    ck_assert_int_eq(r.info.n_targets, 4);
    for (int c = 0; c < 4; c++) {
        const double *at = r.info.targets[c].position;

        ck_assert_double_eq_tol(at[0], want[_i] * cos(c + .5), 1e-9);
        ck_assert_double_eq_tol(at[1], want[_i] * sin(c + .5), 1e-9);
        ck_assert_double_eq(at[2], 0);
    }
    test_recording_close(&r);
}
END_TEST

static void load(struct ana_ctx *ctx, const char *name, char **data, int64_t *n)
{
    ck_assert_int_eq(ana_file_read(ctx, test_golden(name), 1 << 20, data, n), 0);
}

static void expect_refused(const char *file, const char *sentence)
{
    struct test_recording r;

    ck_assert_int_eq(open_set(&r, in_folder(file)), ANA_EDATA);
    ck_assert_msg(strstr(ana_error(r.ctx), sentence) != NULL, "%s", ana_error(r.ctx));
    ck_assert(strstr(ana_error(r.ctx), file) != NULL);
    test_recording_close(&r);
}

START_TEST(a_set_without_its_samples_says_so)
{
    struct ana_ctx *ctx = test_ctx();
    char *data;
    int64_t n;

    load(ctx, "eeglab/two.set", &data, &n);
    ck_assert_int_eq(ana_file_write(ctx, in_folder("lone.set"), data, n), 0);
    expect_refused("lone.set", "its samples are in two.fdt, which is not beside it");
    ck_assert_int_eq(ana_file_write(ctx, in_folder("two.set"), data, n), 0);
    ana_free(ctx, data);
    load(ctx, "eeglab/two.fdt", &data, &n);
    for (int k = -1; k <= 1; k += 2) {
        ck_assert_int_eq(
            ana_file_write(ctx, in_folder("two.fdt"), data, n + (k < 0 ? -4 : 0)), 0);
        if (k > 0) { /* a byte too many */
            FILE *file = fopen(in_folder("two.fdt"), "ab");

            fputc(0, file);
            fclose(file);
        }
        expect_refused("two.set", "end at byte 800 and it ends at byte ");
    }
    ana_free(ctx, data);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("eeglab");
    TCase *t = tcase_create("eeglab");

    tcase_add_test(t, every_form_gives_what_mne_gives);
    tcase_add_test(t, the_tutorial_set_gives_what_mne_gives);
    tcase_add_test(t, channels_events_and_epochs_are_what_the_set_says);
    tcase_add_loop_test(t, positions_come_in_mm_whatever_the_set_has, 0, 2);
    tcase_add_test(t, a_set_without_its_samples_says_so);
    suite_add_tcase(suite, t);
    return test_main(suite);
}
