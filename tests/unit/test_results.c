/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/report_cases.h"

#include <jansson.h>
#include <locale.h>
#include <sys/stat.h>

#include "base/file.h"
#include "data/npy.h"
#include "report/escape.h"
#include "report/panels.h"
#include "report/scores.h"
#include "report/store.h"

enum { N_COLUMNS = 20, PART = 10, FOLD = 12, TARGET = 13, SCORE = 15, CEILING = 16 };
enum { STAMP = N_COLUMNS }; /* a last column, where the results are stamped */

static char *read_file(struct ana_ctx *ctx, const char *folder, const char *name)
{
    char path[512], *text;
    int64_t n;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_int_eq(ana_file_read(ctx, path, 1 << 28, &text, &n), 0);
    return text;
}

/* Split a line in place; fails unless it has n cells. (Check notes
 * every assertion in a file, so what runs for each of many rows only asserts failures.) */
static char *split(char *text, int n_cells, char **cell)
{
    char *end = text;
    int n = 0;

    while (*end && *end != '\n') /* not strchr: ASan would measure the whole file */
        end++;
    if (!*end)
        ck_abort_msg("no line end after '%.40s'", text);
    *end = 0;
    for (char *p = text; p; n++) {
        if (n < n_cells)
            cell[n] = p;
        p = strchr(p, '\t');
        if (p)
            *p++ = 0;
    }
    if (n != n_cells)
        ck_abort_msg("%d cells", n);
    return end + 1;
}

/* One block of a case as it stands in scores.tsv: folds, then the median, per target. */
static char *check_block(char *rows, const struct ana_score_block *b, int by_fold)
{
    char *cell[N_COLUMNS], number[32];

    for (int64_t t = 0; t < b->n_targets; t++)
        for (int64_t f = by_fold ? 0 : b->n_folds; f <= b->n_folds; f++) {
            const double want =
                f < b->n_folds ? b->by_fold[f * b->n_targets + t] : b->score[t];

            rows = split(rows, N_COLUMNS, cell);
            snprintf(number, sizeof number, "%lld", (long long)f);
            if (strcmp(cell[FOLD], f < b->n_folds ? number : "median") != 0 ||
                strcmp(cell[TARGET], ana_block_target(b, t)) != 0 ||
                strcmp(cell[PART], "n/a") != 0 ||
                (isnan(want) ? strcmp(cell[SCORE], "n/a") != 0
                             : strtod(cell[SCORE], NULL) != want))
                ck_abort_msg("target %s, fold %s: %s, not %.17g", cell[TARGET],
                             cell[FOLD], cell[SCORE], want);
        }
    return rows;
}

static void check_scores(struct report_case *c, const char *folder, int by_fold)
{
    struct ana_ctx *ctx = test_ctx();
    char *text, *rows;

    ck_assert_int_eq(ana_scores_write(ctx, &c->results), 0);
    text = read_file(ctx, folder, "scores.tsv");
    rows = strchr(text, '\n') + 1;
    rows[-1] = 0;
    ck_assert_str_eq(
        text, "study\tcomparison\tsubject\tbrain\tfeatures\tmodel\tvariant\tlayer\t"
              "metric\tmeasure\tpart\tlag\tfold\ttarget\tregion\tscore\tceiling\tp\tq\t"
              "n");
    for (int64_t b = 0; b < c->results.n_blocks; b++)
        rows = check_block(rows, &c->blocks[b], by_fold);
    ck_assert_str_eq(rows, "");
    ana_free(ctx, text);
    case_free(c);
    ana_ctx_destroy(ctx);
}

START_TEST(scores_read_back_bit_for_bit_with_every_fold_and_the_median)
{
    char folder[64];

    test_folder(folder, sizeof folder);
    check_scores(case_components(folder), folder, 1);
}
END_TEST

START_TEST(a_score_that_could_not_be_computed_is_n_a)
{
    char folder[64];

    test_folder(folder, sizeof folder);
    check_scores(case_all_na(folder), folder, 1);
}
END_TEST

START_TEST(fold_rows_are_left_out_above_1000_targets)
{
    char folder[64];

    test_folder(folder, sizeof folder);
    check_scores(case_voxels(folder), folder, 0);
}
END_TEST

START_TEST(fold_rows_are_written_for_any_number_of_targets_if_asked_for)
{
    char folder[64];
    struct report_case *c;

    test_folder(folder, sizeof folder);
    c = case_voxels(folder);
    c->results.n_blocks = 1;
    c->results.fold_rows = 1;
    check_scores(c, folder, 1);
}
END_TEST

START_TEST(a_score_without_folds_is_one_row_called_median)
{
    char folder[64];

    test_folder(folder, sizeof folder);
    check_scores(case_pooled(folder), folder, 1);
}
END_TEST

START_TEST(tabs_line_ends_and_broken_utf8_in_names_keep_the_columns)
{
    struct ana_ctx *ctx = test_ctx();
    char folder[64], *text, *rows, *cell[N_COLUMNS + 1];
    struct report_case *c;
    int n = 0;

    test_folder(folder, sizeof folder);
    c = case_nasty(folder);
    ck_assert_int_eq(ana_scores_write(ctx, &c->results), 0);
    text = read_file(ctx, folder, "scores.tsv");
    for (rows = strchr(text, '\n') + 1; *rows; n++) {
        rows = split(rows, N_COLUMNS + 1, cell);
        ck_assert_str_eq(cell[STAMP], NASTY);
        ck_assert_str_eq(cell[1], NASTY);
        ck_assert_str_eq(cell[3], "tab here line");
        if (n / 11 % 3 == 2)
            ck_assert_str_eq(cell[TARGET], "bad\uFFFD\uFFFD\uFFFDutf");
    }
    ck_assert_int_eq(n, 3 * 3 * 11);
    ana_free(ctx, text);
    case_free(c);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(numbers_do_not_follow_the_users_locale)
{
    struct ana_ctx *ctx = test_ctx();
    char folder[64], *text;
    struct report_case *c;

    setlocale(LC_ALL, "de_DE.UTF-8"); /* where the system has it */
    test_folder(folder, sizeof folder);
    c = case_pooled(folder);
    ck_assert_int_eq(ana_results_write(ctx, &c->results), 0);
    text = read_file(ctx, folder, "scores.tsv");
    ck_assert_ptr_nonnull(strstr(text, "\t0.12\t"));
    ana_free(ctx, text);
    text = read_file(ctx, folder, "summary.json");
    ck_assert_ptr_nonnull(strstr(text, "\"median\": 0.12,"));
    ana_free(ctx, text);
    case_free(c);
    ana_ctx_destroy(ctx);
}
END_TEST

/* The slow twin: fewest digits that printf and strtod take there and back. */
static void shortest_slowly(double value, char slow[32])
{
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(slow, 32, "%.*g", digits, value);
        if (strtod(slow, NULL) == value)
            break;
    }
}

START_TEST(the_shortest_decimal_reads_back_equal)
{
    struct ana_rng rng;
    struct ana_ctx *ctx = test_ctx();
    char number[32], slow[32];

    ana_rng_init(ctx, "shortest", 0, &rng);
    for (int i = 0; i < 30000; i++) {
        double value = ana_rng_normal(&rng) * pow(10, (double)(i % 40) - 20);

        if (i % 2) /* what scores are */
            value = ana_rng_uniform(&rng) - 0.5;
        if (i % 7 == 0) /* few digits */
            value = round(value * 1000) / 1000;
        if (i % 11 == 0) /* just beside 0.1, 0.01, ... */
            value = nextafter(pow(10, -(i / 11) % 5), (i / 55) % 2) / (1 + i % 3);
        if (i % 64 == 0) /* powers of two, where neighbours are unequally far */
            value = ldexp(1, (i / 64) % 24 - 20);
        shortest_slowly(value, slow);
        if (ana_shortest(value, number) != (int64_t)strlen(number) ||
            strtod(number, NULL) != value || strlen(number) > strlen(slow))
            ck_abort_msg("%.17g became %s, not %s", value, number, slow);
    }
    ana_shortest(0.1, number);
    ck_assert_str_eq(number, "0.1");
    ana_shortest(-0.25, number);
    ck_assert_str_eq(number, "-0.25");
    ana_shortest(1.0 / 3, number);
    ck_assert_str_eq(number, "0.3333333333333333");
    ana_shortest((double)NAN, number);
    ck_assert_str_eq(number, "n/a");
    ana_ctx_destroy(ctx);
}
END_TEST

/* Every item of a JSON list whose key has this text. */
static json_t *find(json_t *list, const char *key, const char *text, const char *key2,
                    const char *text2)
{
    size_t i;
    json_t *item;

    json_array_foreach(list, i, item)
    {
        const char *value = json_string_value(json_object_get(item, key));
        const char *value2 = json_string_value(json_object_get(item, key2));

        if (value && value2 && strcmp(value, text) == 0 && strcmp(value2, text2) == 0)
            return item;
    }
    return NULL;
}

static json_t *load(struct ana_ctx *ctx, const char *folder, const char *name)
{
    char *text = read_file(ctx, folder, name);
    json_error_t error;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);

    ck_assert_msg(root != NULL, "%s: %s", name, error.text);
    ana_free(ctx, text);
    return root;
}

static double real(const json_t *object, const char *key)
{
    ck_assert(json_is_real(json_object_get(object, key)));
    return json_real_value(json_object_get(object, key));
}

START_TEST(the_summary_states_medians_best_layers_and_that_no_ceiling_is_available)
{
    struct ana_ctx *ctx = test_ctx();
    char folder[64];
    struct report_case *c;
    json_t *root, *item;

    test_folder(folder, sizeof folder);
    c = case_components(folder);
    ana_warn(ctx, "zebra");
    ana_warn(ctx, "ape");
    ck_assert_int_eq(ana_results_write(ctx, &c->results), 0);
    root = load(ctx, folder, "summary.json");
    item = find(json_object_get(root, "scores"), "layer", "full", "measure", "r2");
    ck_assert_double_eq_tol(real(item, "median"), ana_median(6, c->blocks[6].score),
                            1e-14);
    ck_assert_int_eq(json_integer_value(json_object_get(item, "n_targets")), 6);
    ck_assert_int_eq(json_integer_value(json_object_get(item, "n_na")), 0);
    ck_assert(json_is_null(json_object_get(item, "ceiling")));
    ck_assert_str_eq(json_string_value(json_object_get(item, "ceiling_note")),
                     "not available: no repeats");
    item = find(json_object_get(root, "best"), "model", "coch", "measure", "r2");
    ck_assert_str_eq(json_string_value(json_object_get(item, "layer")), "cochleagram");
    ck_assert_double_eq(real(item, "relative_depth"), 1);
    ck_assert(json_is_false(json_object_get(item, "best_of_comparison")));
    item = json_array_get(json_object_get(root, "warnings"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(item, "text")), "ape");
    json_decref(root);
    case_free(c);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(n_a_is_null_in_the_summary_and_counted)
{
    struct ana_ctx *ctx = test_ctx();
    char folder[64];
    struct report_case *c;
    json_t *root, *item;

    test_folder(folder, sizeof folder);
    c = case_all_na(folder);
    ck_assert_int_eq(ana_results_write(ctx, &c->results), 0);
    root = load(ctx, folder, "summary.json");
    item = find(json_object_get(root, "scores"), "layer", "full", "measure", "r2");
    ck_assert(json_is_null(json_object_get(item, "median")));
    ck_assert_int_eq(json_integer_value(json_object_get(item, "n_na")), 6);
    ck_assert_uint_eq(json_array_size(json_object_get(root, "best")), 0);
    json_decref(root);
    case_free(c);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(keys_of_the_summary_are_sorted)
{
    struct ana_ctx *ctx = test_ctx();
    char folder[64], *text;
    struct report_case *c;
    const char *before = "";

    test_folder(folder, sizeof folder);
    c = case_demo(folder);
    ck_assert_int_eq(ana_results_write(ctx, &c->results), 0);
    text = read_file(ctx, folder, "summary.json");
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        if (line[0] == ' ' && line[1] == '"') { /* a key of the outermost object */
            ck_assert_str_lt(before, line);
            before = line;
        }
    ck_assert_str_ne(before, "");
    ana_free(ctx, text);
    case_free(c);
    ana_ctx_destroy(ctx);
}
END_TEST

static void check_array(struct ana_ctx *ctx, const char *folder, const json_t *item,
                        int64_t n_folds, int64_t n_targets, const double *want)
{
    const char *name = json_string_value(json_object_get(item, "array"));
    struct ana_tensor array;
    char path[512];

    ck_assert_ptr_nonnull(name);
    ck_assert_uint_eq(strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789._-/"),
                      strlen(name));
    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_int_eq(ana_npy_read(ctx, path, &array), 0);
    ck_assert_int_eq(array.dtype, ANA_F64);
    ck_assert_int_eq(array.shape[0], n_folds);
    ck_assert_int_eq(array.shape[1], n_targets);
    for (int64_t i = 0; i < n_folds * n_targets; i++)
        if (ana_tensor_get(&array, i) != want[i] && !isnan(want[i]))
            ck_abort_msg("%s: element %lld differs", name, (long long)i);
    ana_tensor_finish(&array);
}

START_TEST(the_index_leads_to_every_array_of_scores_and_choices)
{
    struct ana_ctx *ctx = test_ctx();
    char folder[64];
    struct report_case *c;
    json_t *root, *scores, *choices;

    test_folder(folder, sizeof folder);
    c = case_components(folder);
    ck_assert_int_eq(ana_results_write(ctx, &c->results), 0);
    root = load(ctx, folder, "summary.json");
    scores = json_object_get(root, "scores");
    choices = json_object_get(root, "choices");
    ck_assert_uint_eq(json_array_size(scores), (size_t)c->results.n_blocks);
    ck_assert_uint_eq(json_array_size(choices), 4);
    for (int64_t b = 0; b < c->results.n_blocks; b++)
        check_array(ctx, folder, json_array_get(scores, (size_t)b), 10, 6,
                    c->blocks[b].by_fold);
    for (int64_t i = 0; i < 4; i++)
        check_array(ctx, folder, json_array_get(choices, (size_t)i), 10, 6,
                    c->results.choices[i].values);
    json_decref(root);
    case_free(c);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(names_that_a_file_system_takes_for_one_get_two_files)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_names names = {0};

    ck_assert_str_eq(ana_names_take(ctx, &names, "mod_r2"), "mod_r2");
    ck_assert_str_eq(ana_names_take(ctx, &names, "mod_R2"), "mod_R2_2");
    ck_assert_str_eq(ana_names_take(ctx, &names, "mod_r2"), "mod_r2_3");
    for (int i = 0; i < 40; i++)
        ck_assert_ptr_nonnull(ana_names_take(ctx, &names, "x"));
    ana_names_finish(ctx, &names);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(the_lock_holds_the_sha256_of_inputs_and_says_which_are_gone)
{
    static const struct ana_plugin plugin = {ANA_PLUGIN_HEAD(ANA_KIND_METRIC),
                                             .id = "ridge", .version = "1.0",
                                             .licence = "BSD-3-Clause"};
    const struct ana_plugin *const plugins[] = {&plugin};
    struct ana_ctx *ctx = test_ctx();
    char folder[64], abc[128];
    const char *inputs[] = {abc, "/nowhere/sound.wav"}, *paths[] = {abc};
    struct report_case *c;
    const struct ana_warning *warnings;
    json_t *root, *item;

    test_folder(folder, sizeof folder);
    snprintf(abc, sizeof abc, "%s/abc.txt", folder);
    ck_assert_int_eq(ana_file_write(ctx, abc, "abc", 3), 0);
    c = case_pooled(folder);
    c->results.inputs = inputs;
    c->results.n_inputs = 2;
    c->results.plugins = plugins;
    c->results.plugin_paths = paths;
    c->results.n_plugins = 1;
    ck_assert_int_eq(ana_lock_write(ctx, &c->results), 0);
    root = load(ctx, folder, "anaflow.lock.json");
    item = json_array_get(json_object_get(root, "inputs"), 0);
    /* FIPS 180-4, example of "abc" */
    ck_assert_str_eq(json_string_value(json_object_get(item, "sha256")),
                     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    item = json_array_get(json_object_get(root, "inputs"), 1);
    ck_assert(json_is_null(json_object_get(item, "sha256")));
    item = json_array_get(json_object_get(root, "plugins"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(item, "kind")), "metric");
    ck_assert_int_eq(ana_ctx_warnings(ctx, &warnings), 1);
    ck_assert_ptr_nonnull(strstr(warnings[0].text, "/nowhere/sound.wav: cannot be read"));
    item = json_object_get(root, "machine");
    ck_assert_ptr_nonnull(
        strstr(json_string_value(json_object_get(item, "blas")), "BLAS"));
    json_decref(root);
    case_free(c);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(equal_results_are_equal_bytes)
{
    static const char *const files[] = {"scores.tsv", "summary.json", "anaflow.lock.json",
                                        "arrays/averaged_fmri_mean_mod_full_r2.npy"};
    struct ana_ctx *ctx = test_ctx();
    char folder[2][64], path[512];

    for (int i = 0; i < 2; i++) {
        struct report_case *c;

        test_folder(folder[i], sizeof folder[i]);
        c = case_components(folder[i]);
        c->results.seconds = i; /* how long it took changes nothing */
        ck_assert_int_eq(ana_results_write(ctx, &c->results), 0);
        case_free(c);
    }
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        char *text[2];
        int64_t n[2];

        for (int i = 0; i < 2; i++) {
            snprintf(path, sizeof path, "%s/%s", folder[i], files[f]);
            ck_assert_int_eq(ana_file_read(ctx, path, 1 << 24, &text[i], &n[i]), 0);
        }
        ck_assert_int_eq(n[0], n[1]);
        ck_assert_mem_eq(text[0], text[1], (size_t)n[0]);
        ana_free(ctx, text[0]);
        ana_free(ctx, text[1]);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_folder_that_cannot_be_written_is_said_with_its_name)
{
    struct ana_ctx *ctx = test_ctx();
    char folder[64], file[128];
    struct report_case *c;

    test_folder(folder, sizeof folder);
    snprintf(file, sizeof file, "%s/file", folder);
    ck_assert_int_eq(ana_file_write(ctx, file, "", 0), 0);
    c = case_pooled(file);
    ck_assert_int_eq(ana_results_write(ctx, &c->results), ANA_ERESOURCE);
    ck_assert_ptr_nonnull(
        strstr(ana_error(ctx), "/file/arrays: the folder cannot be made"));
    case_free(c);
    ana_ctx_destroy(ctx);
}
END_TEST

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

START_TEST(quartiles_interpolate_and_the_median_is_the_reports_median)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_rng rng;
    double values[40], sorted[40];

    ana_rng_init(ctx, "spread", 0, &rng);
    for (int64_t n = 1; n <= 40; n++) {
        struct ana_spread spread;
        int64_t m = 0;

        for (int64_t i = 0; i < n; i++) {
            values[i] = ana_rng_below(&rng, 5) == 0 ? (double)NAN : ana_rng_normal(&rng);
            if (!isnan(values[i]))
                sorted[m++] = values[i];
        }
        qsort(sorted, (size_t)m, sizeof *sorted, ascending);
        ck_assert_int_eq(ana_spread_of(ctx, n, values, &spread), 0);
        ck_assert_int_eq(spread.n, m);
        ck_assert_int_eq(spread.n_na, n - m);
        if (m == 0) {
            ck_assert(isnan(spread.median));
            continue;
        }
        ck_assert(spread.median == ana_median(n, values));
        ck_assert(spread.low == sorted[0] && spread.high == sorted[m - 1]);
        /* a quarter of the way through m - 1 gaps */
        if ((m - 1) % 4 == 0)
            ck_assert(spread.q1 == sorted[(m - 1) / 4]);
        if (m == 2)
            ck_assert_double_eq_tol(spread.q1, 0.75 * sorted[0] + 0.25 * sorted[1],
                                    1e-15);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(layers_go_by_depth_and_the_shallower_of_equals_is_best)
{
    static const char *const layers[] = {"deep", "first", "middle", "whole"};
    static const double depth[] = {1, 0, .5, (double)NAN}, equal[] = {.3, .3};
    struct ana_ctx *ctx = test_ctx();
    struct report_case *c = case_new("", "order");
    struct ana_score_block like = case_like("a", "b", 2, case_targets(c, 2, "t%d"));
    struct ana_panels *panels;

    for (int i = 0; i < 4; i++) {
        like.model = "net";
        like.layer = layers[i];
        like.depth = depth[i];
        case_block(c, like, equal, 0);
    }
    ck_assert_int_eq(ana_panels_create(ctx, &c->results, &panels), 0);
    ck_assert_int_eq(panels->n, 1);
    ck_assert_int_eq(panels->panels[0].n_series, 1);
    ck_assert_str_eq(panels->panels[0].series[0].points[0].block->layer, "first");
    ck_assert_str_eq(panels->panels[0].series[0].points[2].block->layer, "deep");
    ck_assert_str_eq(panels->panels[0].series[0].points[3].block->layer, "whole");
    ck_assert_str_eq(ana_panel_best(&panels->panels[0])->block->layer, "first");
    ana_panels_destroy(ctx, panels);
    case_free(c);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_target_peaks_where_it_scores_highest_and_nowhere_below_0)
{
    static const double first[] = {.1, .5, -.1, .2, NAN},
                        second[] = {.4, .3, -.2, .2, NAN};
    struct ana_ctx *ctx = test_ctx();
    struct report_case *c = case_new("", "peaks");
    struct ana_score_block like = case_like("a", "b", 5, case_targets(c, 5, "t%d"));
    struct ana_panels *panels;
    int64_t place[5];

    like.model = "net";
    like.layer = "0";
    case_block(c, like, first, 0);
    like.layer = "1";
    case_block(c, like, second, 0);
    ck_assert_int_eq(ana_panels_create(ctx, &c->results, &panels), 0);
    ana_panel_peaks(&panels->panels[0], -1, place);
    ck_assert_int_eq(place[0], 1);
    ck_assert_int_eq(place[1], 0);
    ck_assert_int_eq(place[2], -1);
    ck_assert_int_eq(place[3], 0); /* the first of equals */
    ck_assert_int_eq(place[4], -1);
    ana_panels_destroy(ctx, panels);
    case_free(c);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(each_comparison_and_measure_is_a_panel_and_the_primary_one_is_drawn)
{
    struct ana_ctx *ctx = test_ctx();
    struct report_case *c = case_components("");
    struct ana_panels *panels;

    ck_assert_int_eq(ana_panels_create(ctx, &c->results, &panels), 0);
    ck_assert_int_eq(panels->n, 3);
    ck_assert_int_eq(panels->panels[0].n_series, 2);
    ck_assert_str_eq(panels->panels[0].series[1].label, "mod");
    ck_assert(ana_panel_primary(panels, 0));
    ck_assert(!ana_panel_primary(panels, 1));
    ck_assert(ana_panel_siblings(&panels->panels[0], &panels->panels[2]));
    ana_panels_destroy(ctx, panels);
    for (int64_t b = 0; b < c->results.n_blocks; b++)
        c->blocks[b].primary = 0;
    ck_assert_int_eq(ana_panels_create(ctx, &c->results, &panels), 0);
    ck_assert(ana_panel_primary(panels, 0)); /* the first, where none is marked */
    ck_assert(!ana_panel_primary(panels, 2));
    ana_panels_destroy(ctx, panels);
    case_free(c);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(what_is_not_utf8_or_not_xml_is_replaced)
{
    static const struct {
        const char *name, *want;
    } cases[] = {{"plain", "plain"},
                 {"<&>\"'", "&lt;&amp;&gt;&quot;&#39;"},
                 {"\xC3\xA9", "\xC3\xA9"},
                 {"a\xC3", "a\uFFFD"},
                 {"\xE2\x82", "\uFFFD\uFFFD"},
                 {"\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"}, /* a surrogate */
                 {"\xEF\xBF\xBF", "\uFFFD\uFFFD\uFFFD"}, /* U+FFFF */
                 {"\x01\x7F", "\uFFFD\uFFFD"},
                 {"\xF0\x9F\x8E\xB5", "\xF0\x9F\x8E\xB5"},
                 {NULL, ""}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ana_text text = {0};

        ana_add_xml(&text, cases[i].name);
        ck_assert_str_eq(text.data, cases[i].want);
        ana_text_finish(&text);
    }
}
END_TEST

START_TEST(scores_and_counts_in_prose_have_signs_commas_and_three_decimals)
{
    char buffer[32];

    ck_assert_str_eq(ana_show_score(0.7314, buffer), "0.731");
    ck_assert_str_eq(ana_show_score(-0.25, buffer), "\u22120.250");
    ck_assert_str_eq(ana_show_score(-0.0001, buffer), "0.000");
    ck_assert_str_eq(ana_show_score((double)NAN, buffer), "n/a");
    ck_assert_str_eq(ana_show_count(11065, buffer), "11,065");
    ck_assert_str_eq(ana_show_count(-1234567, buffer), "-1,234,567");
    ck_assert_str_eq(ana_show_count(999, buffer), "999");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("results");
    TCase *tcase = tcase_create("results");

    tcase_set_timeout(tcase, 600);
    tcase_add_test(tcase, scores_read_back_bit_for_bit_with_every_fold_and_the_median);
    tcase_add_test(tcase, a_score_that_could_not_be_computed_is_n_a);
    tcase_add_test(tcase, fold_rows_are_left_out_above_1000_targets);
    tcase_add_test(tcase, fold_rows_are_written_for_any_number_of_targets_if_asked_for);
    tcase_add_test(tcase, a_score_without_folds_is_one_row_called_median);
    tcase_add_test(tcase, tabs_line_ends_and_broken_utf8_in_names_keep_the_columns);
    tcase_add_test(tcase, numbers_do_not_follow_the_users_locale);
    tcase_add_test(tcase, the_shortest_decimal_reads_back_equal);
    tcase_add_test(
        tcase, the_summary_states_medians_best_layers_and_that_no_ceiling_is_available);
    tcase_add_test(tcase, n_a_is_null_in_the_summary_and_counted);
    tcase_add_test(tcase, keys_of_the_summary_are_sorted);
    tcase_add_test(tcase, the_index_leads_to_every_array_of_scores_and_choices);
    tcase_add_test(tcase, names_that_a_file_system_takes_for_one_get_two_files);
    tcase_add_test(tcase, the_lock_holds_the_sha256_of_inputs_and_says_which_are_gone);
    tcase_add_test(tcase, equal_results_are_equal_bytes);
    tcase_add_test(tcase, a_folder_that_cannot_be_written_is_said_with_its_name);
    tcase_add_test(tcase, quartiles_interpolate_and_the_median_is_the_reports_median);
    tcase_add_test(tcase, layers_go_by_depth_and_the_shallower_of_equals_is_best);
    tcase_add_test(tcase, a_target_peaks_where_it_scores_highest_and_nowhere_below_0);
    tcase_add_test(tcase,
                   each_comparison_and_measure_is_a_panel_and_the_primary_one_is_drawn);
    tcase_add_test(tcase, what_is_not_utf8_or_not_xml_is_replaced);
    tcase_add_test(tcase,
                   scores_and_counts_in_prose_have_signs_commas_and_three_decimals);
    suite_add_tcase(suite, tcase);
    return test_main(suite);
}
