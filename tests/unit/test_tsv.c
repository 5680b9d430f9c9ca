/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/helpers.h"

#include "base/file.h"
#include "data/stimuli.h"
#include "data/tsv.h"

static char folder[64], path[128];

static const char *put(struct ana_ctx *ctx, const char *name, const char *data, size_t n)
{
    snprintf(path, sizeof path, "%s/%s", test_folder(folder, sizeof folder), name);
    ck_assert_int_eq(ana_file_write(ctx, path, data, (int64_t)n), 0);
    return path;
}

START_TEST(a_table_has_named_columns_and_knows_its_lines)
{
    static const char text[] = "\xef\xbb\xbfname\tx\r\n\r\na b\t1.5\r\n\n\"c\"\tn/a";
    struct ana_ctx *ctx = test_ctx();
    struct ana_table *table;
    double x;

    ck_assert_int_eq(
        ana_table_read(ctx, put(ctx, "t.tsv", text, sizeof text - 1), 1, &table), 0);
    ck_assert(table->n_rows == 2 && table->n_columns == 2);
    ck_assert_int_eq(ana_table_column(table, "x"), 1);
    ck_assert_int_eq(ana_table_column(table, "y"), -1);
    ck_assert_str_eq(table->cell[0], "a b");
    ck_assert_str_eq(table->cell[2], "\"c\"");
    ck_assert(table->line[0] == 3 && table->line[1] == 5);
    ck_assert_int_eq(ana_table_number(ctx, table, 0, 1, &x), 0);
    ck_assert_double_eq(x, 1.5);
    ck_assert_int_eq(ana_table_number(ctx, table, 1, 1, &x), 0);
    ck_assert(isnan(x));
    ck_assert_int_eq(ana_table_number(ctx, table, 1, 0, &x), ANA_EDATA);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "t.tsv:5: column 'name' holds '\"c\"'; "
                                                 "expected a number or n/a"));
    ana_table_destroy(ctx, table);
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_csv_has_quotes_and_a_list_no_header)
{
    static const char text[] = "a,\"b \"\"c\"\", d\nsecond line\",\"\"\n1,2,3\n";
    struct ana_ctx *ctx = test_ctx();
    struct ana_table *table;

    ck_assert_int_eq(
        ana_table_read(ctx, put(ctx, "t.CSV", text, sizeof text - 1), 0, &table), 0);
    ck_assert(table->n_rows == 2 && table->n_columns == 3);
    ck_assert_str_eq(table->column[2], "3");
    ck_assert_str_eq(table->cell[1], "b \"c\", d\nsecond line");
    ck_assert_str_eq(table->cell[2], "");
    ck_assert_str_eq(table->cell[5], "3");
    ck_assert_int_eq(table->line[1], 3);
    ana_table_destroy(ctx, table);
    ck_assert_int_eq(ana_table_read(ctx, put(ctx, "l.txt", "one\ntwo", 7), 0, &table), 0);
    ck_assert(table->n_rows == 2 && table->n_columns == 1);
    ck_assert_str_eq(table->cell[1], "two");
    ana_table_destroy(ctx, table);
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(damaged_tables_are_refused_at_their_line)
{
    static const struct {
        const char *name, *text;
        size_t n;
        const char *sentence;
    } cases[] = {
        {"a.tsv", "", 0, "a.tsv:1: the file is empty"},
        {"b.tsv", "\n\r\n\n", 4, "b.tsv:4: the file is empty"},
        {"c.tsv", "x\ty\n1\t2\n3\n", 10,
         "c.tsv:3: has 1 cells, the first line has 2; cells are separated by tabs"},
        {"d.tsv", "x\ty\n1\t2\t3\n", 10, "d.tsv:2: has 3 cells"},
        {"e.tsv", "x\ty\tx\n1\t2\t3\n", 12, "e.tsv:1: column 'x' is there twice"},
        {"f.tsv", "x\n1\n\0\n", 6, "f.tsv:3: a NUL byte (byte 4)"},
        {"g.tsv", "x\nM\xfcller\n", 9, "g.tsv:2: byte 0xfc (byte 3) is not UTF-8"},
        {"h.csv", "x,y\n1,\"2\n3,4\n", 13, "h.csv:2: a quote that is not closed"},
        {"i.csv", "x,y\n1,\"2\"z\n", 11,
         "i.csv:2: 'z' after a closing quote; expected ','"},
        {"j.csv", "x,y\n1\n", 6, "cells are separated by commas"},
    };
    struct ana_ctx *ctx = test_ctx();
    struct ana_table *table;

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const char *file = put(ctx, cases[k].name, cases[k].text, cases[k].n);

        ck_assert_int_eq(ana_table_read(ctx, file, 1, &table), ANA_EDATA);
        ck_assert_msg(strstr(ana_error(ctx), cases[k].sentence) != NULL, "%s",
                      ana_error(ctx));
        ck_assert_ptr_null(table);
    }
    ck_assert_int_eq(ana_table_read(ctx, "/nowhere/x.tsv", 1, &table), ANA_EDATA);
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(words_come_with_duration_or_end_under_any_usual_name)
{
    static const char *const tables[] = {
        "onset\tduration\tword\n0.5\t0.25\thi\n1\t0\tyou\n",
        "\tword_idx\tWord\tstart\tend\n0\t0\thi\t0.5\t0.75\n1\t1\tyou\t1\t1\n",
        "token\tonset\toffset\nhi\t0.5\t0.75\nyou\t1\t1\n",
    };
    struct ana_ctx *ctx = test_ctx();
    struct ana_word *words;
    int64_t n;

    for (int k = 0; k < 3; k++) {
        const char *file = put(ctx, "w.tsv", tables[k], strlen(tables[k]));

        ck_assert_msg(ana_words_read(ctx, file, &n, &words) == 0, "%s", ana_error(ctx));
        ck_assert_int_eq(n, 2);
        ck_assert_str_eq(words[0].text, "hi");
        ck_assert_str_eq(words[1].text, "you");
        ck_assert_double_eq(words[0].onset, .5);
        ck_assert_double_eq(words[0].duration, .25);
        ana_free(ctx, words);
    }
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(words_without_times_are_refused_at_their_line)
{
    static const char *const cases[][2] = {
        {"onset\tduration\n1\t2\n",
         "needs a column word (or text, token); it has: onset, duration"},
        {"word\tduration\nx\t2\n", "needs a column onset (or start)"},
        {"word\tonset\nx\t2\n", "needs a column duration (or offset, end)"},
        {"word\tonset\tend\na\t1\t2\nx\t2\t1\n",
         "w.tsv:3: the word 'x' has an end before its onset"},
        {"word\tonset\tend\nx\tn/a\t1\n", "w.tsv:2: the word 'x' has no onset"},
        {"word\tonset\tend\nx\t1\t\n", "w.tsv:2: the word 'x' has no duration"},
        {"word\tonset\tend\nx\t1,5\t2\n", "w.tsv:2: column 'onset' holds '1,5'"},
    };
    struct ana_ctx *ctx = test_ctx();
    struct ana_word *words;
    int64_t n;

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const char *file = put(ctx, "w.tsv", cases[k][0], strlen(cases[k][0]));

        ck_assert_int_eq(ana_words_read(ctx, file, &n, &words), ANA_EDATA);
        ck_assert_msg(strstr(ana_error(ctx), cases[k][1]) != NULL, "%s", ana_error(ctx));
        ck_assert_ptr_null(words);
    }
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(the_transcript_of_the_podcast_reads)
{
    const char *name = "data/bids-podcast-ecog/stimuli/gpt2-xl/transcript.tsv";
    struct ana_ctx *ctx = test_ctx();
    const char *file = test_shared(name, path, sizeof path);
    struct ana_word *words;
    int64_t n;

    if (!file) {
        ana_ctx_destroy(ctx);
        TEST_SKIP("no ../shared/data/bids-podcast-ecog");
    }
    ck_assert_msg(ana_words_read(ctx, file, &n, &words) == 0, "%s", ana_error(ctx));
    ck_assert_int_eq(n, 5491);
    ck_assert_str_eq(words[0].text, "Act");
    ck_assert_double_eq(words[0].onset, 3.71);
    ck_assert_double_eq_tol(words[0].duration, .08, 1e-9);
    ana_free(ctx, words);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tsv");
    TCase *all = tcase_create("all");

    tcase_add_test(all, a_table_has_named_columns_and_knows_its_lines);
    tcase_add_test(all, a_csv_has_quotes_and_a_list_no_header);
    tcase_add_test(all, damaged_tables_are_refused_at_their_line);
    tcase_add_test(all, words_come_with_duration_or_end_under_any_usual_name);
    tcase_add_test(all, words_without_times_are_refused_at_their_line);
    tcase_add_test(all, the_transcript_of_the_podcast_reads);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
