/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/helpers.h"

#include "plugin/params.h"

static struct ana_ctx *ctx;

static const struct ana_param table[] = {
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_INT,
     .name = "bands",
     .fallback = "32",
     .min = 1,
     .max = 512,
     .help = "how many filters"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_REAL,
     .name = "rate",
     .fallback = "100 Hz",
     .min = 1,
     .max = INFINITY,
     .unit = "Hz",
     .help = "output rate"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_BOOL,
     .name = "signed",
     .fallback = "no",
     .help = "both signs"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_TEXT,
     .name = "note",
     .fallback = "",
     .help = "free text"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_CHOICE,
     .name = "shape",
     .fallback = "gammatone",
     .choices = "gammatone|half-cosine",
     .help = "filter shape"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_LIST,
     .name = "alphas",
     .fallback = "logspace(-1, 1, 3)",
     .min = 0,
     .max = 1e12,
     .help = "penalties"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_RANGE,
     .name = "band",
     .fallback = "70-150 Hz",
     .unit = "Hz",
     .min = 0,
     .max = 1000,
     .help = "pass band"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_TEXT,
     .name = "folder",
     .help = "where the arrays are"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_PATH,
     .name = "names",
     .fallback = "",
     .help = "a list beside the INI file"},
};
enum { N = sizeof table / sizeof *table };

static const struct ana_plugin plugin = {ANA_PLUGIN_HEAD(ANA_KIND_MODEL), .id = "coch",
                                         .params = table, .n_params = N};

static void setup(void)
{
    ctx = test_ctx();
}

static void teardown(void)
{
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}

static struct ana_params *make(int64_t n, const struct ana_setting *settings)
{
    struct ana_params *params;

    ck_assert_msg(ana_params_create(ctx, &plugin, n, settings, &params) == 0, "%s",
                  ana_error(ctx));
    return params;
}

static void refused(const char *key, const char *value, const char *sentence)
{
    const struct ana_setting settings[] = {{"folder", "x", "a.ini:2"},
                                           {key, value, "a.ini:3"}};
    struct ana_params *params = NULL;

    ck_assert_int_eq(ana_params_check(ctx, &plugin, &settings[1]), ANA_EPARAM);
    ck_assert_msg(strstr(ana_error(ctx), sentence) != NULL, "wanted '%s' in '%s'",
                  sentence, ana_error(ctx));
    ck_assert_int_eq(ana_params_create(ctx, &plugin, 2, settings, &params), ANA_EPARAM);
    ck_assert_ptr_null(params);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), sentence));
    ck_assert_int_eq(strncmp(ana_error(ctx), "a.ini:3", 7), 0);
}

START_TEST(defaults_fill_what_was_not_written)
{
    const struct ana_setting settings[] = {{"folder", "out", "a.ini:2"},
                                           {"rate", "2 kHz", "a.ini:3"},
                                           {"signed", "yes", "a.ini:4"}};
    struct ana_params *params = make(3, settings);
    double low, high;
    const double *list;
    int64_t n;

    ck_assert_int_eq(ana_param_int(params, "bands"), 32);
    ck_assert_double_eq(ana_param_real(params, "rate"), 2000);
    ck_assert_int_eq(ana_param_bool(params, "signed"), 1);
    ck_assert_str_eq(ana_param_text(params, "note"), "");
    ck_assert_str_eq(ana_param_text(params, "shape"), "gammatone");
    ck_assert_str_eq(ana_param_text(params, "folder"), "out");
    list = ana_param_list(params, "alphas", &n);
    ck_assert_int_eq(n, 3);
    ck_assert_double_eq(list[2], 10);
    ana_param_range(params, "band", &low, &high);
    ck_assert_double_eq(low, 70);
    ck_assert_double_eq(high, 150);
    ck_assert_int_eq(ana_param_given(params, "rate"), 1);
    ck_assert_int_eq(ana_param_given(params, "bands"), 0);
    ck_assert_ptr_null(ana_params_misused(params));
    ana_params_destroy(params);
}
END_TEST

START_TEST(a_path_starts_at_the_folder_of_the_file_that_wrote_it)
{
    const struct ana_setting settings[] = {
        {"folder", "x", "a.ini:2", "/some"},
        {"names", "list.txt", "a.ini:3", "/some/where"}};
    struct ana_params *params = make(2, settings);

    ck_assert_str_eq(ana_param_text(params, "folder"), "x");
    ck_assert_str_eq(ana_param_text(params, "names"), "/some/where/list.txt");
    ck_assert_ptr_null(ana_params_misused(params));
    ana_params_destroy(params);
    params = make(1, settings);
    ck_assert_str_eq(ana_param_text(params, "names"), "");
    ana_params_destroy(params);
}
END_TEST

START_TEST(the_later_setting_of_a_key_wins)
{
    const struct ana_setting settings[] = {{"bands", "8", "a.ini:2"},
                                           {"folder", "x", "a.ini:3"},
                                           {"bands", "16", "a.ini:9"}};
    struct ana_params *params = make(3, settings);

    ck_assert_int_eq(ana_param_int(params, "bands"), 16);
    ana_params_destroy(params);
}
END_TEST

START_TEST(wrong_settings_are_refused_with_place_and_suggestion)
{
    refused("bnads", "8",
            "the model plugin coch has no key `bnads`; did you mean `bands`?");
    refused("tempo", "8", "has no key `tempo`; its keys are: bands, rate, signed");
    refused("bands", "many", "`bands` of the model plugin coch: expected a whole number");
    refused("bands", "0", "0 is outside the allowed 1..512");
    refused("rate", "0.5 Hz", "0.5 Hz is too small, expected at least 1 Hz");
    refused("rate", "2 s", "has the unit 's', expected one of Hz, kHz");
    refused("rate", "4 TR", "has the unit 'TR'");
    refused("signed", "1", "expected yes or no");
    refused("shape", "gamatone",
            "none of its choices: gammatone, half-cosine; did you mean "
            "'gammatone'?");
    refused("alphas", "1 -2", "-2 is outside the allowed 0..1e+12");
    refused("alphas", "", "the value is empty");
    refused("band", "70-1500 Hz", "1500 Hz is outside");
}
END_TEST

START_TEST(a_required_key_that_is_missing_is_named_with_its_help)
{
    struct ana_params *params;

    ck_assert_int_eq(ana_params_create(ctx, &plugin, 0, NULL, &params), ANA_EPARAM);
    ck_assert_str_eq(ana_error(ctx),
                     "the model plugin coch needs the key `folder` (where the "
                     "arrays are); add it to the section or to [plugin coch]");
}
END_TEST

START_TEST(a_default_that_does_not_parse_is_the_plugins_fault)
{
    static const struct ana_param bad[] = {{.size = sizeof(struct ana_param),
                                            .type = ANA_PARAM_INT,
                                            .name = "n",
                                            .fallback = "few"}};
    const struct ana_plugin broken = {ANA_PLUGIN_HEAD(ANA_KIND_METRIC), .id = "m",
                                      .params = bad, .n_params = 1};
    struct ana_params *params;

    ck_assert_int_eq(ana_params_create(ctx, &broken, 0, NULL, &params), ANA_EPLUGIN);
    ck_assert_ptr_nonnull(
        strstr(ana_error(ctx), "the default of `n` in the metric plugin m"));
}
END_TEST

START_TEST(asking_for_what_the_table_lacks_is_remembered)
{
    const struct ana_setting settings[] = {{"folder", "x", "a.ini:2"}};
    struct ana_params *params = make(1, settings);
    int64_t n;

    ck_assert_int_eq(ana_param_int(params, "rate"), 0);
    ck_assert_str_eq(ana_params_misused(params), "rate");
    ck_assert_ptr_null(ana_param_list(params, "nothing", &n));
    ck_assert_int_eq(n, 0);
    ck_assert_str_eq(ana_param_text(params, "nothing"), "");
    ck_assert_str_eq(ana_params_misused(params), "rate");
    ana_params_destroy(params);
}
END_TEST

START_TEST(the_text_lists_all_values_sorted_by_key)
{
    const struct ana_setting settings[] = {{"folder", "x", "a.ini:2"}};
    struct ana_params *params = make(1, settings);

    ck_assert_str_eq(ana_params_text(params), "alphas = logspace(-1, 1, 3)\n"
                                              "band = 70-150 Hz\n"
                                              "bands = 32\n"
                                              "folder = x\n"
                                              "names = \n"
                                              "note = \n"
                                              "rate = 100 Hz\n"
                                              "shape = gammatone\n"
                                              "signed = no\n");
    ana_params_destroy(params);
    ana_params_destroy(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("params");
    TCase *all = tcase_create("all");

    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_test(all, defaults_fill_what_was_not_written);
    tcase_add_test(all, a_path_starts_at_the_folder_of_the_file_that_wrote_it);
    tcase_add_test(all, the_later_setting_of_a_key_wins);
    tcase_add_test(all, wrong_settings_are_refused_with_place_and_suggestion);
    tcase_add_test(all, a_required_key_that_is_missing_is_named_with_its_help);
    tcase_add_test(all, a_default_that_does_not_parse_is_the_plugins_fault);
    tcase_add_test(all, asking_for_what_the_table_lacks_is_remembered);
    tcase_add_test(all, the_text_lists_all_values_sorted_by_key);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
