/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/helpers.h"

#include "plugin/value.h"

static struct ana_ctx *ctx;

static void setup(void)
{
    ctx = test_ctx();
}

static void teardown(void)
{
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}

static double number(const char *text, const char *unit)
{
    double value = NAN;

    ck_assert_msg(ana_value_number(ctx, text, unit, &value, NULL) == 0, "%s: %s", text,
                  ana_error(ctx));
    return value;
}

static void refused(int status, const char *sentence)
{
    ck_assert_int_eq(status, ANA_EPARAM);
    ck_assert_msg(strstr(ana_error(ctx), sentence) != NULL, "wanted '%s' in '%s'",
                  sentence, ana_error(ctx));
}

START_TEST(units_convert_without_rounding_twice)
{
    ck_assert_double_eq(number("390 ms", "s"), .39);
    ck_assert_double_eq(number("2 s", "s"), 2);
    ck_assert_double_eq(number("20 ms", "s"), .02);
    ck_assert_double_eq(number(" 5us ", "s"), 5e-6);
    ck_assert_double_eq(number("2 min", "s"), 120);
    ck_assert_double_eq(number("1 h", "s"), 3600);
    ck_assert_double_eq(number("16 kHz", "Hz"), 16000);
    ck_assert_double_eq(number("128", "Hz"), 128);
    ck_assert_double_eq(number("4 GB", "B"), 4e9);
    ck_assert_double_eq(number("4 GiB", "B"), 4294967296.0);
    ck_assert_double_eq(number("2.5 cm", "mm"), 25);
    ck_assert_double_eq(number(".1 s", "ms"), 100);
    ck_assert_double_eq(number("-3 dB", "dB"), -3);
    ck_assert_double_eq(number("1e-5", NULL), 1e-5);
}
END_TEST

START_TEST(scans_and_samples_are_told_only_to_those_who_ask)
{
    const char *found;
    double value;

    ck_assert_int_eq(ana_value_number(ctx, "4 TR", "s", &value, &found), 0);
    ck_assert_str_eq(found, "TR");
    ck_assert_double_eq(value, 4);
    ck_assert_int_eq(ana_value_number(ctx, "40 samples", "s", &value, &found), 0);
    ck_assert_str_eq(found, "samples");
    ck_assert_int_eq(ana_value_number(ctx, "2 s", "s", &value, &found), 0);
    ck_assert_ptr_null(found);
    refused(ana_value_number(ctx, "4 TR", "s", &value, NULL),
            "has the unit 'TR', expected one of");
}
END_TEST

START_TEST(a_wrong_number_is_refused_with_what_was_found)
{
    double value;

    refused(ana_value_number(ctx, "two s", "s", &value, NULL),
            "expected a number in s, found 'two s'");
    refused(ana_value_number(ctx, "", NULL, &value, NULL), "the value is empty");
    refused(ana_value_number(ctx, "1,5", NULL, &value, NULL),
            "write decimals with a point");
    refused(ana_value_number(ctx, "16 khz", "Hz", &value, NULL), "did you mean 'kHz'?");
    refused(ana_value_number(ctx, "40M", "B", &value, NULL), "did you mean 'MB'?");
    refused(ana_value_number(ctx, "40 g", "B", &value, NULL), "did you mean 'GB'?");
    refused(ana_value_number(ctx, "40 b", "B", &value, NULL), "did you mean 'B'?");
    refused(ana_value_number(ctx, "2 Hz", "s", &value, NULL),
            "'2 Hz' has the unit 'Hz', expected one of us, ms, s, min, h");
    refused(ana_value_number(ctx, "2 s", NULL, &value, NULL), "leave the unit out");
    refused(ana_value_number(ctx, "0x10", NULL, &value, NULL), "found '0x10'");
    refused(ana_value_number(ctx, "nan", NULL, &value, NULL), "found 'nan'");
    refused(ana_value_number(ctx, "1e999", NULL, &value, NULL), "found '1e999'");
    refused(ana_value_number(ctx, "1e308 h", "s", &value, NULL), "too large");
    refused(ana_value_number(ctx, "2 s 3", "s", &value, NULL), "found '2 s 3'");
}
END_TEST

START_TEST(whole_numbers_and_answers_are_strict)
{
    int64_t whole;
    int yes;

    ck_assert_int_eq(ana_value_int(ctx, "-12", &whole), 0);
    ck_assert_int_eq(whole, -12);
    refused(ana_value_int(ctx, "1.5", &whole), "expected a whole number, found '1.5'");
    refused(ana_value_int(ctx, "99999999999999999999", &whole), "64 bits");
    refused(ana_value_int(ctx, "1e3", &whole), "written in digits");
    ck_assert_int_eq(ana_value_bool(ctx, "yes", &yes), 0);
    ck_assert_int_eq(yes, 1);
    ck_assert_int_eq(ana_value_bool(ctx, "no", &yes), 0);
    ck_assert_int_eq(yes, 0);
    refused(ana_value_bool(ctx, "maybe", &yes), "expected yes or no, found 'maybe'");
}
END_TEST

static void range(const char *text, const char *unit, double low, double high,
                  const char *clock)
{
    const char *found;
    double a, b;

    ck_assert_msg(ana_value_range(ctx, text, unit, &a, &b, &found) == 0, "%s",
                  ana_error(ctx));
    ck_assert_double_eq(a, low);
    ck_assert_double_eq(b, high);
    ck_assert((found == NULL) == (clock == NULL));
    ck_assert(!clock || strcmp(found, clock) == 0);
}

START_TEST(ranges_take_their_unit_from_behind)
{
    range("0..390 ms", "s", 0, .39, NULL);
    range("-400..0 ms", "s", -.4, 0, NULL);
    range("1..4 TR", "s", 1, 4, "TR");
    range("70-150 Hz", "Hz", 70, 150, NULL);
    range("-0.4--0.1 s", "s", -.4, -.1, NULL);
    range("20 Hz - 8 kHz", "Hz", 20, 8000, NULL);
    range("1..4", NULL, 1, 4, NULL);
}
END_TEST

START_TEST(a_wrong_range_is_refused_with_an_example)
{
    const char *found;
    double a, b;

    refused(ana_value_range(ctx, "150-70 Hz", "Hz", &a, &b, NULL), "runs backwards");
    refused(ana_value_range(ctx, "70 Hz", "Hz", &a, &b, NULL), "as in '70-150 Hz'");
    refused(ana_value_range(ctx, "0...3 s", "s", &a, &b, NULL), "as in '0..390 ms'");
    refused(ana_value_range(ctx, "0..x s", "s", &a, &b, NULL), "found '0..x s'");
    refused(ana_value_range(ctx, "0 s..4 TR", "s", &a, &b, &found), "mixes two clocks");
    refused(ana_value_range(ctx, "1..4 TR", "Hz", &a, &b, &found), "has the unit 'TR'");
}
END_TEST

static void list(const char *text, const char *unit, int64_t n, const double *want)
{
    double *got;
    int64_t m;

    ck_assert_msg(ana_value_list(ctx, text, unit, &m, &got, NULL) == 0, "%s: %s", text,
                  ana_error(ctx));
    ck_assert_int_eq(m, n);
    for (int64_t i = 0; i < n; i++)
        ck_assert_msg(got[i] == want[i], "%s: %g is not %g", text, got[i], want[i]);
    ana_free(ctx, got);
}

#define LIST(text, unit, ...)                                                            \
    do {                                                                                 \
        const double want_[] = {__VA_ARGS__};                                            \
        list((text), (unit), (int64_t)(sizeof want_ / sizeof *want_), want_);            \
    } while (0)

START_TEST(lists_hold_numbers_spans_and_spaces)
{
    LIST("0 3 6-12", NULL, 0, 3, 6, 7, 8, 9, 10, 11, 12);
    LIST("0.1 1 10", NULL, .1, 1, 10);
    LIST("1..4", NULL, 1, 2, 3, 4);
    LIST("-2..1", NULL, -2, -1, 0, 1);
    LIST("5 -3", NULL, 5, -3);
    LIST("logspace(-1, 3, 5)", NULL, .1, 1, 10, 100, 1000);
    LIST("linspace(0, 1, 5)", NULL, 0, .25, .5, .75, 1);
    LIST("linspace(2,9,1)", NULL, 2);
    LIST("0 logspace(0, 2, 3) 1e4", NULL, 0, 1, 10, 100, 1e4);
    LIST("0 2.5 5 s", "s", 0, 2.5, 5);
    LIST("100 ms 200 ms 500 ms", "s", .1, .2, .5);
    LIST("0 10 20 ms 1 s", "s", 0, .01, .02, 1);
    LIST("0..3 ms", "s", 0, .001, .002, .003);
    LIST("linspace(0, 1, 3) kHz", "Hz", 0, 500, 1000);
}
END_TEST

START_TEST(logspace_ends_where_it_says)
{
    double *got;
    int64_t n;

    ck_assert_int_eq(ana_value_list(ctx, "logspace(-1, 8, 10)", NULL, &n, &got, NULL), 0);
    ck_assert_int_eq(n, 10);
    for (int64_t i = 0; i < n; i++)
        ck_assert_double_eq_tol(got[i] / pow(10, (double)i - 1), 1, 1e-15);
    ana_free(ctx, got);
}
END_TEST

START_TEST(lists_of_scans_keep_their_clock)
{
    const char *found;
    double *got;
    int64_t n;

    ck_assert_int_eq(ana_value_list(ctx, "1 2 3 4 TR", "s", &n, &got, &found), 0);
    ck_assert_str_eq(found, "TR");
    ck_assert_int_eq(n, 4);
    ana_free(ctx, got);
    refused(ana_value_list(ctx, "1 TR 2 s", "s", &n, &got, &found), "mixes two clocks");
    refused(ana_value_list(ctx, "1 TR 2", "s", &n, &got, &found), "behind its last unit");
}
END_TEST

START_TEST(a_wrong_or_absurd_list_is_refused)
{
    double *got;
    int64_t n;

    refused(ana_value_list(ctx, "", NULL, &n, &got, NULL), "the value is empty");
    refused(ana_value_list(ctx, "0, 1, 2", NULL, &n, &got, NULL),
            "separate numbers by blanks");
    refused(ana_value_list(ctx, "low high", NULL, &n, &got, NULL), "expected numbers");
    refused(ana_value_list(ctx, "12-6", NULL, &n, &got, NULL), "runs backwards");
    refused(ana_value_list(ctx, "0.5-2", NULL, &n, &got, NULL), "linspace(0.5, 2, N)");
    refused(ana_value_list(ctx, "1..2000000", NULL, &n, &got, NULL), "more than 1000000");
    refused(ana_value_list(ctx, "0..99999999999999999999", NULL, &n, &got, NULL),
            "counts whole numbers");
    refused(ana_value_list(ctx, "logspace(0, 1, 1e9)", NULL, &n, &got, NULL),
            "from 1 to 1000000 values");
    refused(ana_value_list(ctx, "logspace(0, 1, 2.5)", NULL, &n, &got, NULL),
            "must count");
    refused(ana_value_list(ctx, "logspace(1, 400, 5)", NULL, &n, &got, NULL),
            "beyond 1e308");
    refused(ana_value_list(ctx, "logspace(1, 4)", NULL, &n, &got, NULL), "how many");
    refused(ana_value_list(ctx, "1 ms 5", "s", &n, &got, NULL), "behind its last unit");
    refused(ana_value_list(ctx, "1 2;3", NULL, &n, &got, NULL), "expected a number");
    refused(ana_value_list(ctx, "6-", NULL, &n, &got, NULL), "expected a number");
}
END_TEST

static void words(const char *text, int64_t n, const char *const *want)
{
    char **got;
    int64_t m;

    ck_assert_int_eq(ana_value_words(ctx, text, &m, &got), 0);
    ck_assert_int_eq(m, n);
    for (int64_t i = 0; i < m; i++) {
        ck_assert_str_eq(got[i], want[i]);
        ana_free(ctx, got[i]);
    }
    ana_free(ctx, got);
}

START_TEST(brackets_and_quotes_keep_words_together)
{
    char **got;
    int64_t n;

    words("", 0, NULL);
    words("  a\t b ", 2, (const char *const[]){"a", "b"});
    words("resample(64 Hz) zscore(run)", 2,
          (const char *const[]){"resample(64 Hz)", "zscore(run)"});
    words("stim{1-3, {4 5}} x", 2, (const char *const[]){"stim{1-3, {4 5}}", "x"});
    words("\"my sounds/a b.wav\" c", 2, (const char *const[]){"my sounds/a b.wav", "c"});
    refused(ana_value_words(ctx, "a(b", &n, &got),
            "open or closed once too often in 'a(b'");
    refused(ana_value_words(ctx, "a)b", &n, &got), "once too often");
    refused(ana_value_words(ctx, "a(b}", &n, &got), "once too often");
    refused(ana_value_words(ctx, "\"a", &n, &got), "once too often");
    refused(ana_value_words(ctx, "((((((((((((((((((((((((((((((((((((((((", &n, &got),
            "once too often");
}
END_TEST

START_TEST(a_call_has_a_name_and_arguments)
{
    char *name, **args;
    int64_t n;

    ck_assert_int_eq(ana_value_call(ctx, " trim(10 TR, 5 TR) ", &name, &n, &args), 0);
    ck_assert_str_eq(name, "trim");
    ck_assert_int_eq(n, 2);
    ck_assert_str_eq(args[0], "10 TR");
    ck_assert_str_eq(args[1], "5 TR");
    for (int64_t i = 0; i < n; i++)
        ana_free(ctx, args[i]);
    ana_free(ctx, args);
    ana_free(ctx, name);
    ck_assert_int_eq(ana_value_call(ctx, "each", &name, &n, &args), 0);
    ck_assert_str_eq(name, "each");
    ck_assert_int_eq(n, 0);
    ana_free(ctx, args);
    ana_free(ctx, name);
    ck_assert_int_eq(ana_value_call(ctx, "f()", &name, &n, &args), 0);
    ck_assert_int_eq(n, 0);
    ana_free(ctx, args);
    ana_free(ctx, name);
    refused(ana_value_call(ctx, "trim(1", &name, &n, &args), "expected a name or name(");
    refused(ana_value_call(ctx, "(1)", &name, &n, &args), "expected a name or name(");
    refused(ana_value_call(ctx, "a(1) b", &name, &n, &args), "expected a name or name(");
    refused(ana_value_call(ctx, "", &name, &n, &args), "expected a name or name(");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("value");
    TCase *all = tcase_create("all");

    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_test(all, units_convert_without_rounding_twice);
    tcase_add_test(all, scans_and_samples_are_told_only_to_those_who_ask);
    tcase_add_test(all, a_wrong_number_is_refused_with_what_was_found);
    tcase_add_test(all, whole_numbers_and_answers_are_strict);
    tcase_add_test(all, ranges_take_their_unit_from_behind);
    tcase_add_test(all, a_wrong_range_is_refused_with_an_example);
    tcase_add_test(all, lists_hold_numbers_spans_and_spaces);
    tcase_add_test(all, logspace_ends_where_it_says);
    tcase_add_test(all, lists_of_scans_keep_their_clock);
    tcase_add_test(all, a_wrong_or_absurd_list_is_refused);
    tcase_add_test(all, brackets_and_quotes_keep_words_together);
    tcase_add_test(all, a_call_has_a_name_and_arguments);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
