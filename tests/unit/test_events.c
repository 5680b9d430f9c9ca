/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/helpers.h"

#include "data/events.h"

/* Write a table into the test's folder. */
static void put(char *path, size_t room, const char *text)
{
    char folder[256];
    FILE *f;

    test_folder(folder, sizeof folder);
    snprintf(path, room, "%s/events.tsv", folder);
    f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    fclose(f);
}

START_TEST(a_table_gives_its_events_by_onset)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_events e;
    char path[300];

    put(path, sizeof path,
        "onset\tduration\ttrial_type\tstim_file\tword\n"
        "4\tn/a\tsound\tb.wav\tdog\n"
        "n/a\t1\tsound\tc.wav\tn/a\n"
        "-0.5\t2\tsound\ta.wav\tcat\n"
        "4\t0\tkey\tn/a\tn/a\n");
    ck_assert_int_eq(ana_events_read(ctx, path, &e), 0);
    ck_assert_int_eq(e.n, 3);
    ck_assert_int_eq(e.n_without, 1);
    ck_assert(e.has_stim_file);
    ck_assert_double_eq(e.event[0].onset, -.5);
    ck_assert_str_eq(e.event[0].stim_file, "a.wav");
    ck_assert_int_eq(e.event[0].line, 4);
    ck_assert(isnan(e.event[1].duration)); /* a tie stays in the file's order */
    ck_assert_str_eq(e.event[2].type, "key");
    ck_assert_str_eq(e.event[2].stim_file, "");
    ck_assert_str_eq(ana_events_match(&e, 0, "so*"), "sound");
    ck_assert_str_eq(ana_events_match(&e, 0, "cat"), "cat");
    ck_assert_ptr_null(ana_events_match(&e, 0, "-0.5"));
    ck_assert_str_eq(ana_events_cell(&e, 1, "word"), "dog");
    ck_assert_str_eq(ana_events_cell(&e, 2, "word"), "");
    ck_assert_ptr_null(ana_events_cell(&e, 2, "wrod"));
    ana_events_finish(ctx, &e);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(annotations_are_those_of_their_run_by_onset)
{
    const struct ana_event all[] = {{.run = 0, .onset = 3, .duration = 1, .text = "b"},
                                    {.run = 1, .onset = 1, .text = "other"},
                                    {.run = 0, .onset = 2, .text = "a"},
                                    {.run = 0, .onset = 3, .text = NULL}};
    struct ana_ctx *ctx = test_ctx();
    struct ana_events e;

    ck_assert_int_eq(ana_events_take(ctx, 4, all, 0, &e), 0);
    ck_assert_int_eq(e.n, 3);
    ck_assert_str_eq(e.event[0].type, "a");
    ck_assert_str_eq(e.event[1].type, "b");
    ck_assert_str_eq(e.event[2].type, "");
    ck_assert_int_eq(e.event[1].row, -1);
    ck_assert_ptr_null(ana_events_cell(&e, 0, "onset"));
    ck_assert_str_eq(ana_events_match(&e, 1, "?"), "b");
    ana_events_finish(ctx, &e);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(damaged_tables_are_refused_with_their_line)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"start\tduration\n1\t2\n", "has no column `onset`; a table of events needs"},
        {"onset\tduration\n1\t2\nsoon\t1\n", ":3"},
        {"onset\tduration\n1\t-2\n", ":2: an event at 1 s of -2 s; expected a finite"},
        {"onset\tduration\ninf\t2\n", ":2: column 'onset' holds 'inf'"},
    };
    struct ana_ctx *ctx = test_ctx();
    struct ana_events e;
    char path[300];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put(path, sizeof path, cases[i].text);
        ck_assert_int_eq(ana_events_read(ctx, path, &e), ANA_EDATA);
        ck_assert_msg(strstr(ana_error(ctx), cases[i].error), "%s", ana_error(ctx));
        ck_assert_ptr_null(e.table);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("events");
    TCase *all = tcase_create("all");

    tcase_add_test(all, a_table_gives_its_events_by_onset);
    tcase_add_test(all, annotations_are_those_of_their_run_by_onset);
    tcase_add_test(all, damaged_tables_are_refused_with_their_line);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
