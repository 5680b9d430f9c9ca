/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/helpers.h"

#include <sys/stat.h>

#include "base/file.h"
#include "pipeline/ini.h"

static struct ana_ctx *ctx;
static char folder[64];

static void setup(void)
{
    ctx = test_ctx();
    test_folder(folder, sizeof folder);
}

static void teardown(void)
{
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}

static const char *write_bytes(const char *name, const char *data, int64_t n)
{
    static char path[128];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_int_eq(ana_file_write(ctx, path, data, n), 0);
    return path;
}

static struct ana_ini *read_text(const char *text)
{
    struct ana_ini *ini = NULL;
    const char *path = write_bytes("a.ini", text, (int64_t)strlen(text));

    ck_assert_msg(ana_ini_read(ctx, path, &ini) == 0, "%s", ana_error(ctx));
    return ini;
}

/* Refused at `line` of a.ini with a sentence that holds `sentence`. */
static void refused(const char *text, int64_t n, int line, const char *sentence)
{
    struct ana_ini *ini = NULL;
    char place[32];

    ck_assert_int_eq(ana_ini_read(ctx, write_bytes("a.ini", text, n), &ini), ANA_EPARAM);
    ck_assert_ptr_null(ini);
    ck_assert_int_eq(ana_ctx_status(ctx), ANA_EPARAM);
    snprintf(place, sizeof place, "a.ini:%d: ", line);
    ck_assert_msg(strstr(ana_error(ctx), place) != NULL, "wanted '%s' in '%s'", place,
                  ana_error(ctx));
    ck_assert_msg(strstr(ana_error(ctx), sentence) != NULL, "wanted '%s' in '%s'",
                  sentence, ana_error(ctx));
}

static void refused_text(const char *text, int line, const char *sentence)
{
    refused(text, (int64_t)strlen(text), line, sentence);
}

static const char *value(const struct ana_ini *ini, const char *kind, const char *name,
                         const char *key)
{
    const struct ana_ini_section *section = ana_ini_section(ini, kind, name);
    const struct ana_ini_key *found = section ? ana_ini_key(section, key) : NULL;

    ck_assert_msg(found != NULL, "no %s in [%s %s]", key, kind, name);
    return found->value;
}

START_TEST(sections_and_keys_keep_order_and_places)
{
    struct ana_ini *ini = read_text("; first\n"
                                    "[study]\n"
                                    "name=natural sounds\n"
                                    "\n"
                                    "# second\n"
                                    "[model coch]\r\n"
                                    "plugin =   cochleagram  \r\n"
                                    "data = a.mat : R(x=y) @ 2 Hz\n"
                                    "[empty]");

    ck_assert_int_eq(ini->n_sections, 3);
    ck_assert_str_eq(value(ini, "study", "", "name"), "natural sounds");
    ck_assert_str_eq(value(ini, "model", "coch", "plugin"), "cochleagram");
    ck_assert_str_eq(value(ini, "model", "coch", "data"), "a.mat : R(x=y) @ 2 Hz");
    ck_assert_int_eq(ini->sections[1].line, 6);
    ck_assert_int_eq(ini->sections[1].keys[1].line, 8);
    ck_assert_str_eq(ini->sections[1].keys[1].folder, folder);
    ck_assert_str_eq(ini->sections[2].kind, "empty");
    ck_assert_int_eq(ini->sections[2].n_keys, 0);
    ana_ini_destroy(ini);
    ana_ini_destroy(NULL);
}
END_TEST

/* inih's buffer of 200 bytes: a value of 186 arrives whole, a longer line is refused. */
START_TEST(trap_1_a_long_line_is_refused_not_cut)
{
    char text[512];
    struct ana_ini *ini;

    snprintf(text, sizeof text, "[a]\nk = %0193d\n", 7);
    ini = read_text(text);
    ck_assert_uint_eq(strlen(value(ini, "a", "", "k")), 193);
    ana_ini_destroy(ini);
    snprintf(text, sizeof text, "[a]\nk = %0194d\n", 7);
    refused_text(text, 2,
                 "the line has 198 bytes, at most 197 are read; break it at a blank "
                 "and indent the rest");
    snprintf(text, sizeof text, "[a]\n; %0300d\n", 7);
    refused_text(text, 2, "the line has 302 bytes");
}
END_TEST

START_TEST(trap_2_a_comment_behind_a_value_is_refused_not_stripped)
{
    refused_text("[a]\nk = 1 ; one\n", 2, "a comment stands behind a value");
    refused_text("[a]\nk = \"a ;b\"\n", 2, "a comment stands behind a value");
    refused_text("[a]\nk = 1 # one\n", 2, "put it on a line of its own");
    refused_text("[a] ; one\nk = 1\n", 1, "a comment stands behind");
    refused_text("[a]\nk = ;1\n", 2, "a comment stands behind");
}
END_TEST

START_TEST(trap_3_an_indented_key_is_refused_not_swallowed)
{
    refused_text("[a]\nk = 1\n  l = 2\n", 3, "a key is indented");
    refused_text("[a]\n\tl = 2\n", 2, "a key is indented");
    refused_text("[a]\nk = 1\n  [b]\n", 3, "a section header is indented");
}
END_TEST

START_TEST(trap_4_a_colon_is_no_separator)
{
    struct ana_ini *ini;

    refused_text("[a]\nk : 1\n", 2, "a ':' stands before any '='; write `key = value`");
    refused_text("[a]\nC:/x = 1\n", 2, "a ':' stands before any '='");
    ini = read_text("[a]\nk = b : 1\n");
    ck_assert_str_eq(value(ini, "a", "", "k"), "b : 1");
    ana_ini_destroy(ini);
}
END_TEST

START_TEST(trap_5_continuations_are_joined_not_repeated_keys)
{
    struct ana_ini *ini = read_text("[a]\n"
                                    "k = one\n"
                                    "    two\n"
                                    "; between\n"
                                    "\tthree\n"
                                    "l =\n"
                                    "  R(stimulus=names,\n"
                                    "    time=t) @ 2 Hz\n");

    ck_assert_str_eq(value(ini, "a", "", "k"), "one two three");
    ck_assert_str_eq(value(ini, "a", "", "l"), "R(stimulus=names, time=t) @ 2 Hz");
    ck_assert_int_eq(ini->sections[0].n_keys, 2);
    ana_ini_destroy(ini);
    refused_text("[a]\nk = 1\n\n  2\n", 4, "no value directly above");
    refused_text("[a]\n  2\n", 2, "no value directly above");
}
END_TEST

START_TEST(trap_6_duplicate_keys_and_sections_are_refused)
{
    refused_text("[a]\nk = 1\nl = 1\nk = 2\n", 4,
                 "the key `k` stands in this section already, in line 2");
    refused_text("[a b]\nk = 1\n[c]\n[a  b]\n", 4, "a.ini:1 already; merge the two");
}
END_TEST

START_TEST(trap_7_long_names_are_refused_not_cut)
{
    char text[512];
    struct ana_ini *ini;

    snprintf(text, sizeof text, "[model %043d]\nk = 1\n", 7);
    ini = read_text(text);
    ck_assert_uint_eq(strlen(ini->sections[0].name), 43);
    ana_ini_destroy(ini);
    snprintf(text, sizeof text, "[model %044d]\nk = 1\n", 7);
    refused_text(text, 1, "more than 49 bytes");
    snprintf(text, sizeof text, "[a]\nk%080d = 1\n", 7);
    refused_text(text, 2, "the key has more than 49 bytes");
}
END_TEST

START_TEST(trap_8_every_error_has_its_line)
{
    refused_text("[a]\n; c\n\nk = 1\nnonsense\n", 5, "expected `key = value`");
    refused_text("k = 1\n", 1, "the key `k` stands before the first section");
    refused_text("[a\nk = 1\n", 1, "the section header has no ']'");
    refused_text("[a] b\n", 1, "something stands behind the ']'");
    refused_text("[]\n", 1, "the section header is empty");
    refused_text("[a b c]\n", 1, "[a b c] is no section");
    refused_text("[a b.c]\n", 1, "letters, digits, '-' and '_'");
    refused_text("[a]\n= 1\n", 2, "no key before the '='");
}
END_TEST

START_TEST(bytes_that_are_no_text_are_refused_with_their_place)
{
    refused("[a]\nk = \0\n", 10, 2, "byte 5 of the line is the control character 0x00");
    refused_text("[a]\nk = \xE4 \n", 2, "byte 5 of the line (0xE4) is not UTF-8 text");
    refused_text("[a]\nk = \xC0\xAF\n", 2, "not UTF-8");
    refused_text("[a]\nk = \xED\xA0\x80\n", 2, "not UTF-8");
    refused_text("[a]\nk = \xF4\x90\x80\x80\n", 2, "not UTF-8");
    refused_text("[a]\nk = 1\rl = 2\n", 2, "control character 0x0D");
    refused("[a]\nk = \xC3", 9, 2, "not UTF-8");
    refused("\xFF\xFE[\0a\0]\0", 8, 1, "not UTF-8");
}
END_TEST

START_TEST(umlauts_and_a_byte_order_mark_are_fine)
{
    struct ana_ini *ini = read_text("\xEF\xBB\xBF[a]\nk = T\xC3\xBCr \xF0\x9F\x8E\xB5\n");

    ck_assert_str_eq(value(ini, "a", "", "k"), "T\xC3\xBCr \xF0\x9F\x8E\xB5");
    ana_ini_destroy(ini);
}
END_TEST

START_TEST(a_file_without_sections_or_that_is_missing_is_refused)
{
    struct ana_ini *ini;

    ck_assert_int_eq(ana_ini_read(ctx, write_bytes("a.ini", "", 0), &ini), ANA_EPARAM);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "has no sections"));
    ck_assert_int_eq(ana_ini_read(ctx, "/nowhere/b.ini", &ini), ANA_EPARAM);
    ck_assert_int_eq(ana_ctx_status(ctx), ANA_EPARAM);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "/nowhere/b.ini"));
}
END_TEST

START_TEST(variables_are_replaced_and_unset_ones_refused)
{
    struct ana_ini *ini;

    setenv("ANA_T1", "/x y", 1);
    setenv("ANA_T2", "", 1);
    unsetenv("ANA_T3");
    ini = read_text("[a]\nk = ${ANA_T1}/b${ANA_T1}\nl = $ANA_T1 $\n");
    ck_assert_str_eq(value(ini, "a", "", "k"), "/x y/b/x y");
    ck_assert_str_eq(value(ini, "a", "", "l"), "$ANA_T1 $");
    ana_ini_destroy(ini);
    refused_text("[a]\n\nk = ${ANA_T3}/b\n", 3,
                 "${ANA_T3} is not set; set it (export ANA_T3=");
    refused_text("[a]\nk = x\n  ${ANA_T2}/b\n", 3, "${ANA_T2} is not set");
    refused_text("[a]\nk = ${ANA_T1/b\n", 2, "'${ANA_T1/b' is no variable");
    refused_text("[a]\nk = ${}\n", 2, "is no variable");
    setenv("ANA_T1", "a\nb", 1);
    refused_text("[a]\nk = ${ANA_T1}\n", 2, "holds a line break");
}
END_TEST

START_TEST(the_data_folder_is_found_beside_the_checkout)
{
    char path[128], want[160];
    const char *text = "[a]\nk = ${ANAFLOW_DATA}/x\n";
    struct ana_ini *ini;

    unsetenv("ANAFLOW_DATA");
    snprintf(path, sizeof path, "%s/shared/data", folder);
    ck_assert_int_eq(ana_folder_make(ctx, path), 0);
    snprintf(path, sizeof path, "%s/checkout/examples/e", folder);
    ck_assert_int_eq(ana_folder_make(ctx, path), 0);
    snprintf(want, sizeof want, "%s/shared/data/x", folder);
    write_bytes("checkout/examples/e/p.ini", text, (int64_t)strlen(text));
    snprintf(path, sizeof path, "%s/checkout/examples/e/p.ini", folder);
    ck_assert_int_eq(ana_ini_read(ctx, path, &ini), 0);
    ck_assert_str_eq(value(ini, "a", "", "k"), want);
    ck_assert_int_eq(ini->sections[0].keys[0].data_default, 1);
    ana_ini_destroy(ini);
    setenv("ANAFLOW_DATA", "/elsewhere", 1);
    ck_assert_int_eq(ana_ini_read(ctx, path, &ini), 0);
    ck_assert_str_eq(value(ini, "a", "", "k"), "/elsewhere/x");
    ck_assert_int_eq(ini->sections[0].keys[0].data_default, 0);
    ana_ini_destroy(ini);
    unsetenv("ANAFLOW_DATA");
}
END_TEST

START_TEST(included_sections_come_first_with_places_of_their_own)
{
    const char *common = "include = folds.ini\n[model m]\nplugin = p\n";
    const char *folds = "[folds]\nby = run\n";
    struct ana_ini *ini;
    char path[128];

    snprintf(path, sizeof path, "%s/sub", folder);
    ck_assert_int_eq(ana_folder_make(ctx, path), 0);
    write_bytes("sub/common.ini", common, (int64_t)strlen(common));
    write_bytes("sub/folds.ini", folds, (int64_t)strlen(folds));
    ini = read_text(
        "[study]\nname = x\ninclude =\n  sub/common.ini\n[brain b]\nplugin = r\n");
    ck_assert_int_eq(ini->n_sections, 4);
    ck_assert_str_eq(ini->sections[0].kind, "folds");
    ck_assert_str_eq(ini->sections[1].kind, "model");
    ck_assert_str_eq(ini->sections[2].kind, "study");
    ck_assert_str_eq(ini->sections[1].keys[0].folder, path);
    ck_assert_int_eq(ini->sections[1].keys[0].line, 3);
    ck_assert_int_eq(ini->sections[2].n_keys, 1);
    ana_ini_destroy(ini);
}
END_TEST

START_TEST(wrong_includes_are_refused)
{
    const char *a = "include = b.ini\n[a]\n", *b = "include = a.ini\n[b]\n";
    const char *c = "[model m]\nk = 1\n";
    struct ana_ini *ini;

    write_bytes("b.ini", b, (int64_t)strlen(b));
    write_bytes("c.ini", c, (int64_t)strlen(c));
    ck_assert_int_eq(ana_ini_read(ctx, write_bytes("a.ini", a, (int64_t)strlen(a)), &ini),
                     ANA_EPARAM);
    ck_assert_ptr_nonnull(
        strstr(ana_error(ctx), "b.ini:1: `include = a.ini` leads back to"));
    refused_text("include = a.ini\n[a]\n", 1, "`include = a.ini` leads back to");
    refused_text("[study]\ninclude = none.ini\n", 2, "there is no file");
    refused_text("include = c.ini\n[model m]\n", 2, "c.ini:1 already");
    a = "include = c.ini c.ini\n[a]\n";
    ck_assert_int_eq(ana_ini_read(ctx, write_bytes("a.ini", a, (int64_t)strlen(a)), &ini),
                     ANA_EPARAM);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "c.ini: the file is included twice"));
    refused_text("include =\n[a]\n", 1, "names no file");
    refused_text("[a]\nk = 1\n[study]\ninclude = (\n", 4, "once too often");
}
END_TEST

START_TEST(set_changes_or_adds_what_it_names)
{
    struct ana_ini *ini = read_text("[metric score]\nplugin = ridge\n[model a]\nk = 1\n"
                                    "[model b]\nk = 1\n");

    ck_assert_int_eq(ana_ini_set(ctx, ini, "metric score.plugin=rsa"), 0);
    ck_assert_str_eq(value(ini, "metric", "score", "plugin"), "rsa");
    ck_assert_int_eq(ana_ini_set(ctx, ini, "metric.plugin = a=b.c"), 0);
    ck_assert_str_eq(value(ini, "metric", "score", "plugin"), "a=b.c");
    ck_assert_int_eq(ana_ini_set(ctx, ini, "study.seed=7"), 0);
    ck_assert_str_eq(value(ini, "study", "", "seed"), "7");
    ck_assert_str_eq(ana_ini_section(ini, "study", "")->keys[0].file, "--set study.seed");
    ck_assert_int_eq(ana_ini_set(ctx, ini, "model b.extra="), 0);
    ck_assert_str_eq(value(ini, "model", "b", "extra"), "");
    ck_assert_int_eq(ana_ini_set(ctx, ini, "model.k=2"), ANA_EPARAM);
    ck_assert_ptr_nonnull(
        strstr(ana_error(ctx), "there are 2 sections [model NAME]; say which"));
    ck_assert_int_eq(ana_ini_set(ctx, ini, "metric scor.plugin=rsa"), ANA_EPARAM);
    ck_assert_str_eq(ana_error(ctx), "--set metric scor.plugin: makes a new section "
                                     "[metric scor]; the file has [metric score]; did "
                                     "you mean 'score'?");
    ck_assert_int_eq(ana_ini_set(ctx, ini, "model other.k=1"), ANA_EPARAM);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "the file has [model a], [model b]; "
                                                 "write a new one into the file"));
    ck_assert_int_eq(ana_ini_set(ctx, ini, "plugin ridge.alphas=1"), 0);
    ck_assert_int_eq(ana_ini_set(ctx, ini, "plugin pls.components=2"), 0);
    ck_assert_str_eq(value(ini, "plugin", "pls", "components"), "2");
    ck_assert_int_eq(ana_ini_set(ctx, ini, "seed=2"), ANA_EPARAM);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "expected section.key=value"));
    ck_assert_int_eq(ana_ini_set(ctx, ini, "seed"), ANA_EPARAM);
    ck_assert_int_eq(ana_ini_set(ctx, ini, ".k=2"), ANA_EPARAM);
    ck_assert_int_eq(ana_ini_set(ctx, ini, "a b c.k=2"), ANA_EPARAM);
    ana_ini_destroy(ini);
}
END_TEST

/* Written, read and written again: the same text, long values broken at blanks. */
START_TEST(the_text_reads_back_as_the_same_ini)
{
    char text[2048] = "[study]\nname = x\n\n[model m]\nempty =\nlong =", *first, *second;
    struct ana_ini *ini;

    for (int i = 0; i < 60; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%sword%d%s",
                 i % 10 ? " " : "\n ", i, i % 7 ? "" : "(a =b)");
    strcat(text, "\n");
    ini = read_text(text);
    first = ana_ini_text(ctx, ini);
    ana_ini_destroy(ini);
    ini = read_text(first);
    ck_assert_uint_gt(strlen(value(ini, "model", "m", "long")), 400);
    second = ana_ini_text(ctx, ini);
    ck_assert_str_eq(first, second);
    ana_free(ctx, first);
    ana_free(ctx, second);
    ana_ini_destroy(ini);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ini");
    TCase *all = tcase_create("all");

    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_test(all, sections_and_keys_keep_order_and_places);
    tcase_add_test(all, trap_1_a_long_line_is_refused_not_cut);
    tcase_add_test(all, trap_2_a_comment_behind_a_value_is_refused_not_stripped);
    tcase_add_test(all, trap_3_an_indented_key_is_refused_not_swallowed);
    tcase_add_test(all, trap_4_a_colon_is_no_separator);
    tcase_add_test(all, trap_5_continuations_are_joined_not_repeated_keys);
    tcase_add_test(all, trap_6_duplicate_keys_and_sections_are_refused);
    tcase_add_test(all, trap_7_long_names_are_refused_not_cut);
    tcase_add_test(all, trap_8_every_error_has_its_line);
    tcase_add_test(all, bytes_that_are_no_text_are_refused_with_their_place);
    tcase_add_test(all, umlauts_and_a_byte_order_mark_are_fine);
    tcase_add_test(all, a_file_without_sections_or_that_is_missing_is_refused);
    tcase_add_test(all, variables_are_replaced_and_unset_ones_refused);
    tcase_add_test(all, the_data_folder_is_found_beside_the_checkout);
    tcase_add_test(all, included_sections_come_first_with_places_of_their_own);
    tcase_add_test(all, wrong_includes_are_refused);
    tcase_add_test(all, set_changes_or_adds_what_it_names);
    tcase_add_test(all, the_text_reads_back_as_the_same_ini);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
