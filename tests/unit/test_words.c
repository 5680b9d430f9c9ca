/* SPDX-License-Identifier: BSD-3-Clause
 *
 * When words were heard: TextGrids and the JSON of Whisper.
 */
#include "tests/unit/helpers.h"

#include "base/file.h"
#include "data/stimuli.h"
#include "data/words.h"

static char folder[64];
static char path[128];

static void write_bytes(const char *name, const char *data, size_t n)
{
    FILE *file;

    if (!folder[0])
        test_folder(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "wb");
    ck_assert(file && fwrite(data, 1, n, file) == n);
    fclose(file);
}

static void write_text(const char *name, const char *text)
{
    write_bytes(name, text, strlen(text));
}

#define HEAD "File type = \"ooTextFile\"\nObject class = \"TextGrid\"\n\n"
#define LONG                                                                             \
    HEAD "xmin = 12.5\nxmax = 15\ntiers? <exists>\nsize = 2\nitem []:\n"                 \
         "    item [1]:\n        class = \"TextTier\"\n        name = \"clicks\"\n"      \
         "        xmin = 12.5\n        xmax = 15\n        points: size = 1\n"            \
         "        points [1]:\n            number = 13\n            mark = \"k\"\n"      \
         "    item [2]:\n        class = \"IntervalTier\"\n        name = \"word\"\n"    \
         "        xmin = 12.5\n        xmax = 15\n        intervals: size = 4\n"         \
         "        intervals [1]:\n            xmin = 12.5\n            xmax = 13\n"      \
         "            text = \"sp\"\n"                                                   \
         "        intervals [2]:\n            xmin = 13\n            xmax = 13.5\n"      \
         "            text = \"Stra\303\237e\"\n"                                        \
         "        intervals [3]:\n            xmin = 13.5\n            xmax = 14\n"      \
         "            text = \"\"\n"                                                     \
         "        intervals [4]:\n            xmin = 14\n            xmax = 15\n"        \
         "            text = \"say \"\"12\"\" ! now\" \n"
#define SHORT                                                                            \
    HEAD "12.5\n15\n<exists>\n2\n\"TextTier\"\n\"clicks\"\n12.5\n15\n1\n13\n\"k\"\n"     \
         "\"IntervalTier\"\n\"word\"\n12.5\n15\n4\n12.5\n13\n\"sp\"\n13\n13.5\n"         \
         "\"Stra\303\237e\"\n13.5\n14\n\"\"\n14\n15\n\"say \"\"12\"\" ! now\"\n"

/* The two words that each of the forms above holds. */
static void expect_two(struct ana_ctx *ctx)
{
    struct ana_word *words;
    int64_t n;

    ck_assert_msg(ana_words_read(ctx, path, &n, &words) == 0, "%s", ana_error(ctx));
    ck_assert_int_eq(n, 2);
    ck_assert_str_eq(words[0].text, "Stra\303\237e");
    ck_assert_double_eq(words[0].onset, 13);
    ck_assert_double_eq(words[0].duration, .5);
    ck_assert_str_eq(words[1].text, "say \"12\" ! now");
    ck_assert_double_eq(words[1].onset, 14);
    ck_assert_double_eq(words[1].duration, 1);
    ana_free(ctx, words);
}

/* UTF-16 of a UTF-8 text whose only character beyond ASCII is sharp s. */
static void write_utf16(const char *name, const char *text, int big)
{
    static char out[4096];
    size_t n = 0;

    for (const char *c = text - 1; c == text - 1 || *c; c++) {
        const unsigned unit = c < text                    ? 0xfeff
                              : (unsigned char)*c == 0303 ? 0xdf
                                                          : (unsigned char)*c;

        if (c >= text && (unsigned char)*c == 0303)
            c++;
        out[n++] = (char)(big ? unit >> 8 : unit & 0xff);
        out[n++] = (char)(big ? unit & 0xff : unit >> 8);
    }
    write_bytes(name, out, n);
}

START_TEST(long_and_short_textgrids_in_utf8_and_utf16_hold_the_same_words)
{
    static const char *const forms[] = {LONG, SHORT};
    struct ana_ctx *ctx = test_ctx();
    char text[2048];

    for (int i = 0; i < 2; i++) {
        write_text("a.TextGrid", forms[i]);
        expect_two(ctx);
        snprintf(text, sizeof text, "\xef\xbb\xbf%s", forms[i]);
        write_text("b.textgrid", text);
        expect_two(ctx);
        write_utf16("c.TextGrid", forms[i], 0);
        expect_two(ctx);
        write_utf16("d.TextGrid", forms[i], 1);
        expect_two(ctx);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

static void refused(struct ana_ctx *ctx, const char *name, const char *text,
                    const char *sentence)
{
    struct ana_word *words;
    int64_t n;

    write_text(name, text);
    ck_assert_int_eq(ana_words_read(ctx, path, &n, &words), ANA_EDATA);
    ck_assert_msg(strstr(ana_error(ctx), sentence) != NULL, "%s", ana_error(ctx));
    ck_assert_ptr_null(words);
}

#define TIER(name) "\"IntervalTier\"\n\"" name "\"\n0\n1\n1\n0\n1\n\"x\"\n"

START_TEST(damaged_textgrids_are_refused_with_their_line)
{
    struct ana_ctx *ctx = test_ctx();

    refused(ctx, "x.TextGrid", "", "should have \"ooTextFile\" here");
    refused(ctx, "x.TextGrid", "\"ooTextFile\"\n\"PitchTier\"\n",
            ":2: a TextGrid should have \"TextGrid\" here");
    refused(ctx, "x.TextGrid", HEAD "0\n1\n<absent>\n", "for a TextGrid with tiers");
    refused(ctx, "x.TextGrid", HEAD "0\nnan\n<exists>\n",
            ":6: a TextGrid should have xmin");
    refused(ctx, "x.TextGrid", HEAD "0\n1\n<exists>\n1e9\n", "how many tiers there are");
    refused(ctx, "x.TextGrid", HEAD "0\n1\n<exists>\n-1\n", "how many tiers there are");
    refused(ctx, "x.TextGrid", HEAD "0\n1\n<exists>\n1\n\"Words\"\n",
            ":8: a TextGrid should have \"IntervalTier\" or \"TextTier\"");
    refused(
        ctx, "x.TextGrid",
        HEAD
        "0\n1\n<exists>\n1\n\"IntervalTier\"\n\"word\"\n0\n1\n100000000\n0\n1\n\"x\"\n",
        "how many intervals there are, no more than the file has");
    refused(ctx, "x.TextGrid",
            HEAD "0\n1\n<exists>\n1\n\"IntervalTier\"\n\"word\"\n0\n1\n2\n0\n1\n\"x\"\n",
            "the start of an interval");
    refused(ctx, "x.TextGrid",
            HEAD "0\n1\n<exists>\n1\n\"IntervalTier\"\n\"word\"\n0\n1\n1\n1\n0\n\"x\"\n",
            "intervals one after another");
    refused(ctx, "x.TextGrid",
            HEAD "0\n1\n<exists>\n1\n\"IntervalTier\"\n\"word\"\n0\n1\n1\n0\n1\n\"x\n",
            "a closing quote");
    refused(ctx, "x.TextGrid", HEAD "0\n1\n<exists>\n2\n" TIER("a") TIER("b"),
            "no tier of intervals is called 'words'; its tiers are: a, b; say which");
    refused(ctx, "x.TextGrid", HEAD "0\n1\n<exists>\n2\n" TIER("words") TIER("A - words"),
            "more than one tier of intervals is called 'words'");
    refused(ctx, "x.TextGrid", "\"ooTextFile\"\xff",
            "byte 12 is neither UTF-8 nor UTF-16");
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(whisperx_words_without_times_share_what_their_neighbours_leave)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_word *words;
    int64_t n;

    write_text(
        "w.json",
        "{\"segments\": [{\"start\": 0, \"words\": ["
        "{\"word\": \" In\", \"start\": 1, \"end\": 1.5, \"score\": 0.9},"
        "{\"word\": \"1984\"}, {\"word\": \"19\"}]}, {\"words\": ["
        "{\"word\": \"he\", \"start\": 2.5, \"end\": 3}]}], \"language\": \"en\"}");
    ck_assert_msg(ana_words_read(ctx, path, &n, &words) == 0, "%s", ana_error(ctx));
    ck_assert_int_eq(n, 4);
    ck_assert_str_eq(words[0].text, "In");
    ck_assert_double_eq(words[1].onset, 1.5);
    ck_assert_double_eq(words[1].duration, .5);
    ck_assert_double_eq(words[2].onset, 2);
    ck_assert_double_eq(words[2].duration, .5);
    ck_assert_double_eq(words[3].onset, 2.5);
    ana_free(ctx, words);
    write_text("w.json",
               "{\"word_segments\": [{\"word\": \"a\", \"start\": 0, \"end\": 1}]}");
    ck_assert_int_eq(ana_words_read(ctx, path, &n, &words), 0);
    ck_assert_int_eq(n, 1);
    ana_free(ctx, words);
    refused(ctx, "w.json", "{\"segments\": []}", "has no words under segments[].words");
    refused(ctx, "w.json", "{\"segments\":\n[}", ":2: no JSON");
    refused(ctx, "w.json", "{\"word_segments\": [{\"word\": \"a\"}]}",
            "word 1, 'a', has no start, and no timed word on both sides of it");
    refused(ctx, "w.json",
            "{\"word_segments\": [{\"word\": \"a\", \"start\": 2, \"end\": 1}]}",
            "word 1, 'a', starts at 2 s and has no end after that");
    refused(ctx, "w.json", "{\"word_segments\": [{\"start\": 2, \"end\": 3}]}",
            "word 1 has no text");
    ana_ctx_destroy(ctx);
}
END_TEST

/* 2,423 intervals of the story, those of silence aside; its clock starts at 12.07 s. */
START_TEST(the_words_of_a_story)
{
    char name[1024];
    struct ana_ctx *ctx;
    struct ana_word *words;
    int64_t n;

    if (!test_shared("data/fmri-alice/stim/DownTheRabbitHoleFinal_exp120_pad_1.TextGrid",
                     name, sizeof name))
        TEST_SKIP("../shared/data/fmri-alice is missing");
    ctx = test_ctx();
    ck_assert_msg(ana_words_read(ctx, name, &n, &words) == 0, "%s", ana_error(ctx));
    ck_assert_int_eq(n, 2127);
    ck_assert_str_eq(words[0].text, "Alice");
    ck_assert_double_eq(words[0].onset, 20.05891632653599);
    ana_free(ctx, words);
    ana_ctx_destroy(ctx);
}
END_TEST

#define TWO_TIERS                                                                        \
    HEAD "12\n14\n<exists>\n2\n\"IntervalTier\"\n\"speaker A\"\n12\n14\n1\n12.5\n13\n"   \
         "\"one\"\n\"IntervalTier\"\n\"Speaker B\"\n12\n14\n1\n13\n14\n\"two\"\n"

START_TEST(a_tier_is_found_by_its_name)
{
    const struct ana_words_how how = {"speaker b", 0}, none = {"speaker c", 0};
    struct ana_ctx *ctx = test_ctx();
    struct ana_word *words;
    int64_t n;

    refused(
        ctx, "t.TextGrid", TWO_TIERS,
        "no tier of intervals is called 'words'; its tiers are: speaker A, Speaker B; "
        "say which holds the words with `tier = NAME` in [stimulus]");
    ck_assert_int_eq(ana_words_read_how(ctx, path, &how, &n, &words), 0);
    ck_assert_int_eq(n, 1);
    ck_assert_str_eq(words[0].text, "two");
    ana_free(ctx, words);
    ck_assert_int_eq(ana_words_read_how(ctx, path, &none, &n, &words), ANA_EDATA);
    ck_assert_msg(
        strstr(ana_error(ctx), "is called 'speaker c'; its tiers are: speaker A"), "%s",
        ana_error(ctx));
    ana_ctx_destroy(ctx);
}
END_TEST

/* The grid goes from 12 to 14 s: as it is beside a sound of 20 s; of an excerpt of 2 s. */
START_TEST(the_grid_of_an_excerpt_is_counted_from_its_start)
{
    static const struct {
        double duration, onset;
    } cases[] = {{0, 13}, {20, 13}, {14, 13}, {2, 1}, {2.03, 1}, {3, 13}};
    struct ana_ctx *ctx = test_ctx();
    struct ana_word *words;
    int64_t n;

    write_text("x.TextGrid", TWO_TIERS);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct ana_words_how how = {"Speaker B", cases[i].duration};

        ck_assert_int_eq(ana_words_read_how(ctx, path, &how, &n, &words), 0);
        ck_assert_double_eq_tol(words[0].onset, cases[i].onset, 1e-12);
        ck_assert_double_eq(words[0].duration, 1);
        ana_free(ctx, words);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("words");
    TCase *all = tcase_create("all");
    tcase_add_test(all, long_and_short_textgrids_in_utf8_and_utf16_hold_the_same_words);
    tcase_add_test(all, damaged_textgrids_are_refused_with_their_line);
    tcase_add_test(all, whisperx_words_without_times_share_what_their_neighbours_leave);
    tcase_add_test(all, a_tier_is_found_by_its_name);
    tcase_add_test(all, the_grid_of_an_excerpt_is_counted_from_its_start);
    tcase_add_test(all, the_words_of_a_story);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
