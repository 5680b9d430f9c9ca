/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Trials: epochs around events, presentations averaged, single ones kept.
 */
#include "tests/unit/helpers.h"

#include <anaflow/plugin.h>

#include "pipeline/recording.h"

enum { RUNS = 2, TARGETS = 3, LENGTH = 400 };
static const double RATE = 100;

/* What the reader below gives: values from their place, events of two runs. */
static struct {
    struct ana_run run[RUNS];
    struct ana_target target[TARGETS];
    const struct ana_event *event;
    int64_t n_events;
} fake;

static double value(int64_t run, int64_t t, int64_t v)
{
    return fmod(7919.0 * (double)(run + 1) + 104729.0 * (double)t + 331.0 * (double)v,
                997);
}

static int fake_open(struct ana_ctx *ctx, const struct ana_params *params,
                     const struct ana_source *source, void **self)
{
    static const char *const names[] = {"A1", "A2", "A3"}, *const runs[] = {"one", "two"};

    (void)ctx;
    (void)params;
    (void)source;
    for (int r = 0; r < RUNS; r++)
        fake.run[r] = (struct ana_run){.size = sizeof *fake.run,
                                       .id = runs[r],
                                       .n = LENGTH,
                                       .rate = RATE,
                                       .start = r == 0 ? 0 : .7};
    for (int v = 0; v < TARGETS; v++)
        fake.target[v] = (struct ana_target){.size = sizeof *fake.target,
                                             .name = names[v],
                                             .region = "",
                                             .space = "",
                                             .hemisphere = ""};
    *self = &fake;
    return 0;
}

static int fake_describe(struct ana_ctx *ctx, void *self, struct ana_recording_info *info)
{
    (void)ctx;
    (void)self;
    *info = (struct ana_recording_info){.size = sizeof *info,
                                        .layout = ANA_LAYOUT_SERIES,
                                        .unit = "",
                                        .n_runs = RUNS,
                                        .runs = fake.run,
                                        .n_targets = TARGETS,
                                        .targets = fake.target,
                                        .n_events = fake.n_events,
                                        .events = fake.event};
    return 0;
}

static int fake_read(struct ana_ctx *ctx, void *self, int64_t run, int64_t first,
                     int64_t n, const int64_t *targets, int64_t n_targets,
                     struct ana_tensor *out)
{
    double *x = out->data;

    (void)ctx;
    (void)self;
    ck_assert_int_eq(out->dtype, ANA_F64);
    for (int64_t t = 0; t < n; t++)
        for (int64_t v = 0; v < n_targets; v++)
            x[t * n_targets + v] = value(run, first + t, targets ? targets[v] : v);
    return 0;
}

static void fake_close(struct ana_ctx *ctx, void *self)
{
    (void)ctx;
    (void)self;
}

static const struct ana_reader_vt fake_reader = {.size = sizeof fake_reader,
                                                 .open = fake_open,
                                                 .describe = fake_describe,
                                                 .read = fake_read,
                                                 .close = fake_close};
static const struct ana_plugin fake_plugin = {ANA_PLUGIN_HEAD(ANA_KIND_READER),
                                              .id = "fake", .reader = &fake_reader};

/* Open the reader's recording with steps and tables; the study must live as long. */
static int open_with(struct ana_ctx *ctx, struct ana_study_brain *study, int64_t n,
                     const char *const *steps, struct ana_recording *out)
{
    study->name = "b";
    study->place = (struct ana_place){"[brain b]", "p.ini:1"};
    study->is_brain = 1;
    study->plugin = &fake_plugin;
    study->n_prepare = n;
    study->prepare = steps;
    study->prepare_folder = ".";
    return ana_recording_open(ctx, study, out);
}

/* Onsets lie between samples, out of order, too near both ends, in what is bad. */
static const struct ana_event events[] = {
    {sizeof *events, 0, 0, 1.502, 0, "dog"},  {sizeof *events, 0, 0, .496, 0, "cat"},
    {sizeof *events, 0, 1, 2.004, 0, "cat"},  {sizeof *events, 0, 1, .1, 0, "cat"},
    {sizeof *events, 0, 0, 3.95, 0, "dog"},   {sizeof *events, 0, 1, 1, 0, "key"},
    {sizeof *events, 0, 1, 3, .5, "BAD_jaw"}, {sizeof *events, 0, 1, 3.1, 0, "dog"},
    {sizeof *events, 0, 1, 2.499, 0, "owl"},  {sizeof *events, 0, 0, 2.5, 0, "cat"},
};

/* Those that stay, by hand: run, onset, name. */
static const struct {
    int64_t run;
    double onset;
    const char *name;
} kept[] = {{0, .496, "cat"},
            {0, 1.502, "dog"},
            {0, 2.5, "cat"},
            {1, 2.004, "cat"},
            {1, 2.499, "owl"}};
enum { KEPT = 5, BEFORE = 20, SAMPLES = 70 };

static double epoch_value(int64_t i, int64_t t, int64_t v)
{
    return value(kept[i].run, (int64_t)(kept[i].onset * RATE + .5) - BEFORE + t, v);
}

static void use_events(int64_t n, const struct ana_event *list)
{
    fake.n_events = n;
    fake.event = list;
}

/* Against a cut by hand; trimming the runs first moves nothing. */
START_TEST(epochs_lie_around_the_nearest_sample_of_their_events)
{
    static const char *const steps[] = {"trim(5 TR, 3 TR)", "crop(-10..10 s)",
                                        "epochs(-0.2..0.5 s, cat, d?g, owl)"};
    struct ana_ctx *ctx = test_ctx();
    struct ana_study_brain study = {0};
    struct ana_recording r;
    const int64_t all[] = {0, 1, 2, 3, 4};
    struct ana_tensor out;

    use_events(10, events);
    ck_assert_int_eq(open_with(ctx, &study, _i ? 3 : 1, _i ? steps : steps + 2, &r), 0);
    ck_assert_int_eq(r.after.layout, ANA_LAYOUT_EPOCHS);
    ck_assert_int_eq(r.after.n_units, KEPT);
    for (int i = 0; i < KEPT; i++) {
        ck_assert_str_eq(r.after.name[i], kept[i].name);
        ck_assert_int_eq(r.after.n[i], SAMPLES);
        ck_assert_double_eq_tol(r.after.start[i], -.2, 1e-12);
    }
    ck_assert_int_eq(ana_recording_read(ctx, &r, KEPT, all, 1, 2, &out), 0);
    for (int64_t i = 0; i < KEPT; i++)
        for (int64_t t = 0; t < SAMPLES; t++)
            for (int64_t v = 0; v < 2; v++)
                ck_assert_double_eq(((double *)out.data)[(i * SAMPLES + t) * 2 + v],
                                    epoch_value(i, t, v + 1));
    ana_tensor_finish(&out);
    ana_recording_close(ctx, &r);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(trials_of_one_stimulus_are_averaged_and_kept)
{
    static const char *const steps[] = {"epochs(-0.2..0.5 s, cat, dog, owl)",
                                        "trials(average)"};
    static const int64_t units[] = {2, 0, 1}, repeats[] = {3, 1, 1};
    struct ana_ctx *ctx = test_ctx();
    struct ana_study_brain study = {0};
    struct ana_recording r;
    struct ana_tensor mean, single;

    use_events(10, events);
    ck_assert_int_eq(open_with(ctx, &study, 2, steps, &r), 0);
    ck_assert_int_eq(r.after.n_units, 3);
    ck_assert_str_eq(r.after.name[0], "cat"); /* in the order of their first ones */
    ck_assert_str_eq(r.after.name[2], "owl");
    ck_assert_int_eq(ana_recording_read(ctx, &r, 3, units, 0, TARGETS, &mean), 0);
    for (int64_t k = 0; k < 3; k++) {
        const double *got = (double *)mean.data + k * SAMPLES * TARGETS, *one;
        const int64_t u = units[k];

        ck_assert_int_eq(ana_recording_repeats(&r, u), repeats[u]);
        ck_assert_int_eq(ana_recording_read_repeats(ctx, &r, u, 0, TARGETS, &single), 0);
        ck_assert_int_eq(single.shape[0], repeats[u] * SAMPLES);
        one = single.data;
        for (int64_t j = 0; j < SAMPLES * TARGETS; j++) {
            double by_hand = 0, of_singles = 0;
            int64_t n = 0;

            for (int64_t i = 0; i < KEPT; i++)
                if (strcmp(kept[i].name, r.after.name[u]) == 0) {
                    const double want = epoch_value(i, j / TARGETS, j % TARGETS);

                    ck_assert_double_eq(one[n * SAMPLES * TARGETS + j], want);
                    of_singles += one[n++ * SAMPLES * TARGETS + j];
                    by_hand += want;
                }
            ck_assert_double_eq_tol(got[j], by_hand / (double)n, 1e-9);
            ck_assert_double_eq_tol(got[j], of_singles / (double)n, 1e-9);
        }
        ana_tensor_finish(&single);
    }
    ana_tensor_finish(&mean);
    ana_recording_close(ctx, &r);
    ana_ctx_destroy(ctx);
}
END_TEST

/* tests/oracles/make_trials.py: the first run's trials as MNE cuts and averages them. */
START_TEST(trials_agree_with_mne)
{
    static const struct ana_event list[] = {
        {sizeof *list, 0, 0, 1.502, 0, "dog"},   {sizeof *list, 0, 0, .496, 0, "cat"},
        {sizeof *list, 0, 0, 3.95, 0, "dog"},    {sizeof *list, 0, 0, 2.5, 0, "cat"},
        {sizeof *list, 0, 0, .9, 0, "dog"},      {sizeof *list, 0, 0, 3.301, 0, "cat"},
        {sizeof *list, 0, 0, 2.9, .3, "BAD_jaw"}};
    static const char *const steps[] = {"epochs(-0.2..0.5 s, cat, dog)",
                                        "baseline(-0.2..0 s)", "trials(average)"};
    static const int64_t all[] = {0, 1};
    struct ana_ctx *ctx = test_ctx();
    struct ana_study_brain study = {0};
    struct ana_recording r;
    struct ana_tensor mean;
    struct ana_table *table;
    char path[512];

    snprintf(path, sizeof path, "%s/tests/golden/trials/mne.tsv", getenv("ANA_SOURCE"));
    ck_assert_int_eq(ana_table_read(ctx, path, 1, &table), 0);
    use_events(7, list);
    ck_assert_int_eq(open_with(ctx, &study, 3, steps, &r), 0);
    ck_assert_int_eq(ana_recording_read(ctx, &r, 2, all, 0, TARGETS, &mean), 0);
    ck_assert_int_gt(table->n_rows, 30);
    for (int64_t i = 0; i < table->n_rows; i++) {
        const char *const *cell = table->cell + i * table->n_columns;
        const int64_t u = strcmp(cell[0], r.after.name[0]) == 0 ? 0 : 1;
        const int64_t at = (u * SAMPLES + atoi(cell[2])) * TARGETS + atoi(cell[3]);

        ck_assert_str_eq(cell[0], r.after.name[u]);
        ck_assert_int_eq(ana_recording_repeats(&r, u), atoi(cell[1]));
        ck_assert_double_eq_tol(((double *)mean.data)[at], strtod(cell[4], NULL), 1e-9);
    }
    ana_table_destroy(ctx, table);
    ana_tensor_finish(&mean);
    ana_recording_close(ctx, &r);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Averaging and what is linear may change places: baseline and time averages. */
START_TEST(averaging_trials_and_linear_steps_change_places)
{
    static const char *const one[] = {"epochs(-0.2..0.5 s, cat, dog, owl)",
                                      "baseline(-0.2..0 s)", "average(0.1..0.4 s)",
                                      "trials(average)"};
    static const char *const other[] = {"epochs(-0.2..0.5 s, cat, dog, owl)",
                                        "trials(average)", "baseline(-0.2..0 s)",
                                        "average(0.1..0.4 s)"};
    static const int64_t all[] = {0, 1, 2};
    struct ana_ctx *ctx = test_ctx();
    struct ana_study_brain a = {0}, b = {0};
    struct ana_recording first, second;
    struct ana_tensor x, y;

    use_events(10, events);
    ck_assert_int_eq(open_with(ctx, &a, 4, one, &first), 0);
    ck_assert_int_eq(open_with(ctx, &b, 4, other, &second), 0);
    ck_assert_int_eq(first.after.layout, ANA_LAYOUT_ROWS);
    ck_assert_int_eq(ana_recording_read(ctx, &first, 3, all, 0, TARGETS, &x), 0);
    ck_assert_int_eq(ana_recording_read(ctx, &second, 3, all, 0, TARGETS, &y), 0);
    for (int i = 0; i < 3 * TARGETS; i++)
        ck_assert_double_eq_tol(((double *)x.data)[i], ((double *)y.data)[i], 1e-9);
    ana_tensor_finish(&x);
    ana_tensor_finish(&y);
    ana_recording_close(ctx, &first);
    ana_recording_close(ctx, &second);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Tables name the stimulus by stim_file, or by any column. */
START_TEST(tables_name_the_stimulus_of_each_event)
{
    static const char *const steps[] = {"epochs(0..0.5 s)", "epochs(0..0.5 s, by word)",
                                        "epochs(0..0.5 s, sound, by word)"};
    static const char *const want[] = {"s/a.wav b.wav ", "cat dog key ", "cat dog "};
    struct ana_ctx *ctx = test_ctx();
    struct ana_study_brain study = {0};
    char folder[256], path[300], names[64] = "";
    const char *tables[] = {path, path};
    struct ana_recording r;
    FILE *file;

    test_folder(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/e.tsv", folder);
    file = fopen(path, "w");
    fputs("onset\tduration\ttrial_type\tstim_file\tword\n"
          "1\t1\tsound\ts/a.wav\tcat\n2\t1\tsound\tb.wav\tdog\n3\t0\tkey\tn/a\tkey\n",
          file);
    fclose(file);
    study.n_events = 2;
    study.events = tables;
    ck_assert_int_eq(open_with(ctx, &study, 1, steps + _i, &r), 0);
    ck_assert_int_eq(r.after.n_units % 2, 0);
    for (int64_t u = 0; u < r.after.n_units / 2; u++) {
        strcat(names, r.after.name[u]);
        strcat(names, " ");
    }
    ck_assert_str_eq(names, want[_i]);
    ana_recording_close(ctx, &r);
    ana_ctx_destroy(ctx);
}
END_TEST

static const struct {
    const char *steps[3];
    int status;
    const char *sentence;
} wrong[] = {
    {{"epochs(0..0.5 s, cta)"},
     ANA_EDATA,
     "has one of these names; the first run's events are: cat, dog"},
    {{"epochs(-9..9 s)"},
     ANA_EDATA,
     "of 10 events 10 lie too near an end of their run and 0 overlap"},
    {{"epochs(0..0.5 s, by word)"},
     ANA_EDATA,
     "epochs(by word): what the recording itself marks has no column of that name"},
    {{"epochs(0.001..0.002 s)"}, ANA_EPARAM, "holds no sample at 100 Hz"},
    {{"epochs(0..0.5 s)", "epochs(0..0.1 s)"},
     ANA_EPARAM,
     "what stands before it are trials or items already"},
    {{"average(0..1 s)", "epochs(0..0.5 s)"},
     ANA_EPARAM,
     "epochs are cut out of runs over time"},
    {{"epochs(0..0.5 s)", "confounds(x.txt)"},
     ANA_EPARAM,
     "confounds go with runs over time, and this recording has none"},
    {{"epochs(0..0.5 s)", "reference(average)"},
     ANA_EPARAM,
     "come before all other steps"},
    {{"epochs(0.5..0 s)"}, ANA_EPARAM, ""},
    {{"epochs(0..1 s, by a, by b)"},
     ANA_EPARAM,
     "one column names the stimulus, not two"},
    {{"trials(mean)"}, ANA_EPARAM, "trials(average) or trials(single)"},
};

START_TEST(wrong_trials_get_a_sentence)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_study_brain study = {0};
    struct ana_recording r;
    int64_t n = 0;

    use_events(10, events);
    while (n < 3 && wrong[_i].steps[n])
        n++;
    ck_assert_int_eq(open_with(ctx, &study, n, wrong[_i].steps, &r), wrong[_i].status);
    ck_assert_msg(strstr(ana_error(ctx), wrong[_i].sentence) != NULL, "%s",
                  ana_error(ctx));
    ana_ctx_destroy(ctx);
}
END_TEST

/* Runs of one stimulus can be averaged, too, but not where they begin apart. */
START_TEST(presentations_that_differ_are_not_averaged)
{
    static const char *const steps[] = {"trials(average)"};
    struct ana_ctx *ctx = test_ctx();
    struct ana_study_brain study = {0};
    struct ana_recording r;

    ck_assert_int_eq(open_with(ctx, &study, 0, NULL, &r), 0);
    r.before.name[1] = r.before.name[0];
    study.n_prepare = 1;
    study.prepare = steps;
    {
        struct ana_step step;

        ck_assert_int_eq(ana_step_parse(ctx, steps[0], &step), 0);
        ck_assert_int_eq(ana_step_group(ctx, &r.before, &step), ANA_EDATA);
        ck_assert_msg(strstr(ana_error(ctx),
                             "two presentations of 'one' have 400 samples "
                             "from 0 s and 400 from 0.7 s"),
                      "%s", ana_error(ctx));
        ana_step_finish(ctx, &step);
    }
    study.n_prepare = 0;
    ana_recording_close(ctx, &r);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Markers at known times under a planted offset and slope, of which nothing is lost. */
START_TEST(a_clock_is_fitted_to_its_markers)
{
    const double s[] = {4, 0, 10, 25, 19};
    double r[5];
    struct ana_clock c;

    for (int i = 0; i < 5; i++)
        r[i] = 7.25 + 1.0004 * s[i];
    ck_assert_int_eq(ana_clock_fit(5, s, r, &c), 0);
    ck_assert_double_eq_tol(c.slope, 1.0004, 1e-12);
    ck_assert_double_eq_tol(c.offset, 7.25, 1e-12);
    ck_assert_double_eq_tol(c.drift, .01, 1e-12);
    ck_assert_double_eq_tol(c.residual, 0, 1e-12);
    ck_assert_double_eq_tol(c.onset, 7.25 + .0004 * 11.6, 1e-12);
    r[2] += .5; /* one that lies aside pulls the line and is still the worst */
    ck_assert_int_eq(ana_clock_fit(5, s, r, &c), 0);
    ck_assert_int_eq(c.worst, 2);
    ck_assert_int_eq(ana_clock_fit(1, s, r, &c), -1);
    ck_assert_int_eq(ana_clock_fit(2, (const double[]){3, 3}, r, &c), -1);
}
END_TEST

/* Markers every half second of the stimulus, which the recording's clock shows `slope`
 * times as long, from .3 s on; one may lie aside. */
static void write_markers(char *path, size_t room, double slope, double aside, int n)
{
    char folder[256];
    FILE *file;

    test_folder(folder, sizeof folder);
    snprintf(path, room, "%s/m.tsv", folder);
    file = fopen(path, "w");
    fputs("onset\tduration\ttrial_type\tat\n0.01\t0\tkey\tn/a\n", file);
    for (int i = 0; i < n; i++)
        fprintf(file, "%.6f\t0\tword\t%.1f\n", .3 + slope * .5 * i + (i == 2 ? aside : 0),
                .5 * i);
    fclose(file);
}

static const struct {
    double slope, aside, within;
    int n;
    const char *sentence; /* NULL = accepted */
} clocks[] = {
    {1, 0, 0, 6, NULL},
    {1.002, 0, 0, 6, NULL}, /* 5 ms */
    {1.02, 0, 0, 6,
     "run one: its clock and the stimulus' drift apart by 50 ms from the first marker to "
     "the last (offset 0.3000 s, slope 1.0200000; within 20 ms): its true rate is 102 "
     "Hz, "
     "not 100"},
    {1.02, 0, .06, 6, NULL},
    {1, .2, 0, 6, "run one: the marker at 1.5 s lies"},
    {1, 0, 0, 1, "run one has 1 such markers; a clock's drift takes two"},
};

START_TEST(clocks_that_drift_are_refused)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_study_brain study = {.onset_event = "word", .onset_column = "at"};
    char path[300];
    const char *tables[] = {path, path};
    struct ana_recording r;
    int rc;

    write_markers(path, sizeof path, clocks[_i].slope, clocks[_i].aside, clocks[_i].n);
    study.n_events = 2;
    study.events = tables;
    study.onset_within = clocks[_i].within;
    rc = open_with(ctx, &study, 0, NULL, &r);
    if (clocks[_i].sentence) {
        ck_assert_int_eq(rc, ANA_EDATA);
        ck_assert_msg(strstr(ana_error(ctx), clocks[_i].sentence) != NULL, "%s",
                      ana_error(ctx));
    } else {
        /* the mean of r - s: what a slope adds half way */
        ck_assert_int_eq(rc, 0);
        ck_assert_double_eq_tol(r.before.start[0], -.3 - (clocks[_i].slope - 1) * 1.25,
                                1e-6);
        ck_assert_double_eq_tol(r.drift, (clocks[_i].slope - 1) * 2.5, 1e-5);
        ana_recording_close(ctx, &r);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_run_must_last_as_long_as_its_stimulus)
{
    static const struct ana_event marks[] = {{sizeof *marks, 0, 0, .5, 0, "start"},
                                             {sizeof *marks, 0, 0, .2, 0, "end"},
                                             {sizeof *marks, 0, 0, 2.51, 0, "end"},
                                             {sizeof *marks, 0, 1, .1, 0, "start"},
                                             {sizeof *marks, 0, 1, 3.1, 0, "end"}};
    struct ana_ctx *ctx = test_ctx();
    struct ana_study_brain study = {.onset_event = "start", .onset_end = "end"};
    struct ana_recording r;

    use_events(5, marks);
    ck_assert_int_eq(open_with(ctx, &study, 0, NULL, &r), 0);
    ck_assert_double_eq_tol(r.before.start[0], -.5, 1e-12);
    ck_assert_double_eq_tol(r.marked[0], 2.01, 1e-12);
    ck_assert_int_eq(ana_recording_check_length(ctx, &r, 0, "a", 2), 0);
    ck_assert_int_eq(ana_recording_check_length(ctx, &r, 1, "a", 2), ANA_EDATA);
    ck_assert_str_eq(ana_error(ctx),
                     "brain b, run two: 3.0000 s lie between its events start and end, "
                     "and stimulus a lasts 2.0000 s, 1000 ms less (within 20 ms): check "
                     "that they belong together and that their clocks agree, or allow "
                     "more with `within TIME`");
    ana_recording_close(ctx, &r);
    use_events(2, marks);
    ck_assert_int_eq(open_with(ctx, &study, 0, NULL, &r), ANA_EDATA);
    ck_assert_msg(strstr(ana_error(ctx), "`onset = event end`: run one has no event"),
                  "%s", ana_error(ctx));
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trials");
    TCase *all = tcase_create("all");

    tcase_add_loop_test(all, epochs_lie_around_the_nearest_sample_of_their_events, 0, 2);
    tcase_add_test(all, trials_of_one_stimulus_are_averaged_and_kept);
    tcase_add_test(all, trials_agree_with_mne);
    tcase_add_test(all, averaging_trials_and_linear_steps_change_places);
    tcase_add_loop_test(all, tables_name_the_stimulus_of_each_event, 0, 3);
    tcase_add_loop_test(all, wrong_trials_get_a_sentence, 0,
                        (int)(sizeof wrong / sizeof *wrong));
    tcase_add_test(all, presentations_that_differ_are_not_averaged);
    tcase_add_test(all, a_clock_is_fitted_to_its_markers);
    tcase_add_loop_test(all, clocks_that_drift_are_refused, 0,
                        (int)(sizeof clocks / sizeof *clocks));
    tcase_add_test(all, a_run_must_last_as_long_as_its_stimulus);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
