/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Tests of @name@: it is called as a run would call it, on files written here.
 */
#include <stdio.h>
#include <string.h>

#include <anaflow/anaflow.h>
#include <anaflow/test.h>
#include <check.h>

extern const struct ana_plugin anaflow_plugin;

static const char path[] = "test_@symbol@.tsv";

static void write_file(const char *text)
{
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

START_TEST(values_stand_where_the_file_has_them)
{
    struct ana_tensor values;
    struct ana_test *test;
    int64_t before;

    write_file("stimulus\te1\te2\ndog.wav\t0.25\t-1.5\ncat.wav\t3\t1e-3\n");
    ck_assert_int_eq(
        ana_test_open(&anaflow_plugin, (const char *const[]){"scale", "2", NULL}, &test), 0);
    before = ana_test_memory(test);
    ck_assert_msg(ana_test_reader(test, path, 0, &values) == ANA_OK, "%s",
                  ana_error(ana_test_ctx(test)));
    ck_assert_int_eq(values.shape[0], 2);
    ck_assert_int_eq(values.shape[1], 2);
    ck_assert_double_eq(ana_tensor_get(&values, 0), 0.5);
    ck_assert_double_eq(ana_tensor_get(&values, 1), -3);
    ck_assert_double_eq(ana_tensor_get(&values, 2), 6);
    ck_assert_double_eq(ana_tensor_get(&values, 3), 2e-3);
    ana_tensor_finish(&values);
    ck_assert_int_eq(ana_test_memory(test), before); /* it freed what it took */
    ana_test_close(test);
    remove(path);
}
END_TEST

/* The file is refused with ANA_EDATA and a sentence that holds `part`. */
static void refuse(const char *text, const char *part)
{
    struct ana_tensor values;
    struct ana_test *test;

    write_file(text);
    ck_assert_int_eq(ana_test_open(&anaflow_plugin, NULL, &test), ANA_OK);
    ck_assert_int_eq(ana_test_reader(test, path, 0, &values), ANA_EDATA);
    ck_assert_msg(strstr(ana_error(ana_test_ctx(test)), part) != NULL, "%s",
                  ana_error(ana_test_ctx(test)));
    ana_test_close(test);
    remove(path);
}

START_TEST(a_damaged_file_is_refused_with_its_line)
{
    refuse("stimulus\te1\ndog.wav\tloud\n", "2");
    refuse("stimulus\te1\ndog.wav\t1\t2\n", "2");
    refuse("stimuluss\te1\ndog.wav\t1\n", "found 'stimuluss' first");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("@name@");
    TCase *tests = tcase_create("reader");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tests, values_stand_where_the_file_has_them);
    tcase_add_test(tests, a_damaged_file_is_refused_with_its_line);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
