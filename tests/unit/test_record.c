/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/report_cases.h"

#include <glob.h>

#include "base/file.h"
#include "report/machine.h"
#include "report/store.h"

static struct report_case *twins(const char *folder)
{
    return case_deep(folder, 1);
}

enum { KERNEL_TIMES = 6 };

/* One layer, and a kernel of two folds: lags x features x the layer's targets. */
static struct report_case *kernels(const char *folder)
{
    static const struct ana_axis fold = {.kind = ANA_AXIS_FOLD, .name = "fold"};
    static const char *const labels[] = {"low", NASTY, "high"};
    static const double lags[KERNEL_TIMES] = {-.1, -.05, 0, .05, .1, .3};
    static const struct ana_axis lag = {
        .kind = ANA_AXIS_TIME, .name = "lag", .unit = "s", .coords = lags};
    static const struct ana_axis band = {
        .kind = ANA_AXIS_FEATURE, .name = "band", .labels = labels};
    static const struct ana_axis target = {.kind = ANA_AXIS_TARGET, .name = "target"};
    struct report_case *c = case_one_layer(folder);
    const int64_t shape[] = {2, KERNEL_TIMES, 3, 15};
    struct ana_array_block *a = case_alloc(c, 1, sizeof *a);
    double *values = case_alloc(c, (int64_t)2 * KERNEL_TIMES * 3 * 15, sizeof *values);

    for (int64_t i = 0; i < (int64_t)2 * KERNEL_TIMES * 3 * 15; i++)
        values[i] = i % 77 == 5 ? (double)NAN : case_noise(c);
    *a = (struct ana_array_block){
        "resolved",    "n/a", "ecog",   "f",       "coch", "n/a",
        "cochleagram", "trf", "kernel", "weights", 15,     c->blocks[0].targets,
        {.size = 0}};
    ana_tensor_view(ANA_F64, 4, shape, values, &a->values);
    a->values.axes[0] = &fold;
    a->values.axes[1] = &lag;
    a->values.axes[2] = &band;
    a->values.axes[3] = &target;
    c->results.n_arrays = 1;
    c->results.arrays = a;
    return c;
}

static const struct {
    const char *name;
    struct report_case *(*make)(const char *folder);
} cases[] = {{"kernels", kernels},    {"components", case_components},
             {"twins", twins},        {"networks", case_networks},
             {"voxels", case_voxels}, {"one-layer", case_one_layer},
             {"all-na", case_all_na}, {"pooled", case_pooled},
             {"demo", case_demo},     {"regions", case_regions},
             {"cap", case_cap},       {"grid", case_grid},
             {"joined", case_joined}, {"nasty", case_nasty}};

static char *read_file(struct ana_ctx *ctx, const char *folder, const char *name,
                       int64_t *n)
{
    char path[640], *text;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_int_eq(ana_file_read(ctx, path, 1 << 28, &text, n), 0);
    return text;
}

/* Files of `pattern` in a, all of which have to stand in b with the same bytes. */
static void check_same(struct ana_ctx *ctx, const char *a, const char *b,
                       const char *pattern)
{
    char path[640];
    glob_t found;

    snprintf(path, sizeof path, "%s/%s", a, pattern);
    ck_assert_int_eq(glob(path, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *name = found.gl_pathv[i] + strlen(a) + 1;
        int64_t n, m;
        char *x = read_file(ctx, a, name, &n), *y = read_file(ctx, b, name, &m);

        if (n != m || memcmp(x, y, (size_t)n) != 0)
            ck_abort_msg("%s differs in %s and %s", name, a, b);
        ana_free(ctx, x);
        ana_free(ctx, y);
    }
    globfree(&found);
}

/* What a run leaves: results, then the page. */
static void write_all(struct ana_ctx *ctx, const struct ana_results *results)
{
    ck_assert_int_eq(ana_results_write(ctx, results), 0);
    ck_assert_int_eq(ana_report_write(ctx, results), 0);
}

START_TEST(results_read_back_give_the_same_page_figures_and_files_byte_for_byte)
{
    struct ana_ctx *run = test_ctx(), *later = test_ctx();
    char first[64], second[64];
    struct report_case *c;
    struct ana_results *back;

    test_folder(first, sizeof first);
    test_folder(second, sizeof second);
    c = cases[_i].make(first);
    ana_warn(run, "two %s < one", cases[_i].name);
    ana_warn(run, "again");
    ana_warn(run, "again");
    write_all(run, &c->results);
    case_free(c); /* what is read may not lean on what was written */
    ck_assert_int_eq(ana_results_read(later, first, &back), 0);
    back->folder = second;
    write_all(later, back);
    check_same(run, first, second, "report.html");
    check_same(run, first, second, "report.json");
    check_same(run, first, second, "figures/*");
    check_same(run, first, second, "scores.tsv");
    check_same(run, first, second, "summary.json");
    check_same(run, first, second, "arrays/*");
    ana_results_destroy(later, back);
    ana_ctx_destroy(run);
    ana_ctx_destroy(later);
}
END_TEST

START_TEST(positions_hemispheres_ceilings_and_fold_rows_come_back_bit_for_bit)
{
    static const int64_t rows[] = {3, 4};
    struct ana_ctx *ctx = test_ctx();
    char folder[64];
    struct ana_results *back;
    struct report_case *c;
    struct ana_target *targets;
    struct ana_score_block like;
    double level[2] = {0.1, 1.0 / 3}, ceiling[2] = {2.0 / 3, NAN};

    test_folder(folder, sizeof folder);
    c = case_new(folder, "places");
    targets = case_targets(c, 2, "e%d");
    targets[0] = (struct ana_target){sizeof *targets,      0, "e1", "STG", "MNI152", "L",
                                     {-60.1, 0.1, 1.0 / 7}};
    like = case_like("now", "ecog", 2, targets);
    like.n_folds = 2;
    like.fold_rows = rows;
    like.ceiling = ceiling;
    like.lag = -0.1;
    like.depth = 1.0 / 3;
    case_block(c, like, level, 0.1);
    ck_assert_int_eq(ana_results_write(ctx, &c->results), 0);
    ck_assert_int_eq(ana_results_read(ctx, folder, &back), 0);
    for (int t = 0; t < 2; t++) {
        ck_assert_double_eq(back->blocks[0].score[t], c->blocks[0].score[t]);
        for (int f = 0; f < 2; f++)
            ck_assert_double_eq(back->blocks[0].by_fold[2 * f + t],
                                c->blocks[0].by_fold[2 * f + t]);
    }
    ck_assert_double_eq(back->blocks[0].ceiling[0], 2.0 / 3);
    ck_assert_double_nan(back->blocks[0].ceiling[1]);
    ck_assert_double_eq(back->blocks[0].lag, -0.1);
    ck_assert_double_eq(back->blocks[0].depth, 1.0 / 3);
    ck_assert_int_eq(back->blocks[0].fold_rows[1], 4);
    ck_assert_str_eq(back->blocks[0].targets[0].hemisphere, "L");
    ck_assert_str_eq(back->blocks[0].targets[0].space, "MNI152");
    ck_assert_double_eq(back->blocks[0].targets[0].position[2], 1.0 / 7);
    ck_assert_double_nan(back->blocks[0].targets[1].position[0]);
    ck_assert_str_eq(back->blocks[0].targets[1].region, "");
    ana_results_destroy(ctx, back);
    case_free(c);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(the_machine_and_the_version_are_those_of_the_run)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_machine there = {"a CPU",  "fpu",        "an OS",
                                "a BLAS", "a compiler", "a libc"};
    char folder[64], *page;
    struct report_case *c;
    struct ana_results *back;
    int64_t n;

    test_folder(folder, sizeof folder);
    c = case_components(folder);
    c->results.machine = &there;
    c->results.version = "0.0.9";
    ck_assert_int_eq(ana_results_write(ctx, &c->results), 0);
    ck_assert_int_eq(ana_results_read(ctx, folder, &back), 0);
    ck_assert_int_eq(ana_report_write(ctx, back), 0);
    page = read_file(ctx, folder, "report.html", &n);
    ck_assert_ptr_nonnull(strstr(page, "<dd>a CPU</dd>"));
    ck_assert_ptr_nonnull(strstr(page, "<dt>anaflow</dt><dd>0.0.9</dd>"));
    ana_free(ctx, page);
    ana_results_destroy(ctx, back);
    case_free(c);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Replace the first `from` in report.json and expect a refusal that says `said`. */
static void check_refusal(const char *from, const char *to, const char *said)
{
    struct ana_ctx *ctx = test_ctx();
    char folder[64], path[128], *json, *at, *changed;
    struct report_case *c;
    struct ana_results *back;
    int64_t n;

    test_folder(folder, sizeof folder);
    c = case_components(folder);
    ck_assert_int_eq(ana_results_write(ctx, &c->results), 0);
    case_free(c);
    json = read_file(ctx, folder, "report.json", &n);
    at = strstr(json, from);
    if (!at)
        ck_abort_msg("report.json has no %s", from);
    changed = calloc((size_t)n + strlen(to) + 1, 1);
    ck_assert_ptr_nonnull(changed);
    memcpy(changed, json, (size_t)(at - json));
    strcat(changed, to);
    strcat(changed, at + strlen(from));
    snprintf(path, sizeof path, "%s/report.json", folder);
    ck_assert_int_eq(ana_file_write(ctx, path, changed, (int64_t)strlen(changed)), 0);
    ck_assert_int_eq(ana_results_read(ctx, folder, &back), ANA_EDATA);
    ck_assert_ptr_null(back);
    if (!strstr(ana_error(ctx), said) || !strstr(ana_error(ctx), folder))
        ck_abort_msg("'%s' does not say '%s'", ana_error(ctx), said);
    free(changed);
    ana_free(ctx, json);
    ana_ctx_destroy(ctx);
}

static const struct {
    const char *from, *to, *said;
} damages[] = {
    {"{", "", "line 1"},
    {"\"format\":1", "\"format\":2", "another version of anaflow wrote it"},
    {"\"comparison\":\"averaged\"", "\"comparison\":3", "`comparison` is no text"},
    {"\"n_targets\":6", "\"n_targets\":7",
     "is not the 10 x 7 float64 array that"}, /* of a choice */
    {"\"n_folds\":10", "\"n_folds\":-1", "`n_folds` is no number of its range"},
    {"\"n_rows\":165", "\"n_rows\":1.5", "`n_rows` is no number of its range"},
    {"\"targets\":0,", "\"targets\":1,", "`targets` is no number of its range"},
    {"\"name\":[\"lowfreq\",", "\"name\":[", "`targets` is no list of each target"},
    {"\"array\":\"averaged_fmri_mean_coch_subbands_r2\"", "\"array\":\"../scores\"",
     "`array` is no name"},
    {"\"array\":\"averaged_fmri_mean_coch_subbands_r2\"", "\"array\":\"gone\"",
     "gone.npy"},
    {"\"counters\":[", "\"counters\":[1,", "`comparison` is no text"},
};

START_TEST(a_report_json_that_was_changed_is_refused_with_what_is_wrong)
{
    check_refusal(damages[_i].from, damages[_i].to, damages[_i].said);
}
END_TEST

START_TEST(a_folder_without_results_is_refused_by_name)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_results *back;
    char folder[64];

    test_folder(folder, sizeof folder);
    ck_assert_int_eq(ana_results_read(ctx, folder, &back), ANA_EDATA);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "/report.json"));
    ana_results_destroy(ctx, NULL);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("record");
    TCase *tcase = tcase_create("record");

    tcase_set_timeout(tcase, 600);
    tcase_add_loop_test(
        tcase, results_read_back_give_the_same_page_figures_and_files_byte_for_byte, 0,
        (int)(sizeof cases / sizeof *cases));
    tcase_add_test(tcase,
                   positions_hemispheres_ceilings_and_fold_rows_come_back_bit_for_bit);
    tcase_add_test(tcase, the_machine_and_the_version_are_those_of_the_run);
    tcase_add_loop_test(tcase,
                        a_report_json_that_was_changed_is_refused_with_what_is_wrong, 0,
                        (int)(sizeof damages / sizeof *damages));
    tcase_add_test(tcase, a_folder_without_results_is_refused_by_name);
    suite_add_tcase(suite, tcase);
    return test_main(suite);
}
