/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/helpers.h"

#include "pipeline/keys.h"
#include "pipeline/result.h"

enum { TARGETS = 3, FOLDS = 2 };

static const struct ana_fold folds[FOLDS] = {{.size = sizeof *folds},
                                             {.size = sizeof *folds}};
static const struct ana_problem problem = {
    .size = sizeof problem, .n_folds = FOLDS, .folds = folds};
static const struct ana_measure measures[] = {{"r", "Pearson's r"}, {"R2", NULL}};
static const struct ana_metric_plan plan = {
    .size = sizeof plan, .passes = 1, .n_measures = 2, .measures = measures};

/* A result with everything that one can hold. */
static void make_result(struct ana_ctx *ctx, struct ana_result *result)
{
    const double scores[] = {0.25, (double)NAN, -0.5}, alphas[] = {1, 10, 100};
    struct ana_out out = {NULL, NULL};

    memset(result, 0, sizeof *result);
    ck_assert_int_eq(
        ana_collector_create(ctx, &problem, &plan, TARGETS, &result->collector), 0);
    out.collector = result->collector;
    for (int64_t f = 0; f < FOLDS; f++) {
        ck_assert_int_eq(ana_out_scores(ctx, &out, "r", "", f, 0, TARGETS, scores), 0);
        ck_assert_int_eq(ana_out_choice(ctx, &out, "alpha", f, 0, TARGETS, alphas), 0);
        ck_assert_int_eq(ana_out_pooled(ctx, &out, "R2", "band", f, "all", 0.125), 0);
        ck_assert_int_eq(ana_out_pooled(ctx, &out, "R2", "band", f, "left STG", 0.5), 0);
    }
    ck_assert_int_eq(ana_out_count(ctx, &out, "alpha at the low edge", 2, 6), 0);
    ck_assert_int_eq(ana_out_note(ctx, &out, "a note of %d words", 5), 0);
    ck_assert_int_eq(ana_warned_add(ctx, &result->x_warned, "x is odd", 3, 0), 0);
    ck_assert_int_eq(ana_warned_add(ctx, &result->y_warned, "y is even", 1, 0), 0);
    ck_assert_int_eq(ana_warned_add(ctx, &result->shown, "KEY a model said", 2, 0), 0);
}

START_TEST(a_result_comes_back_bit_for_bit)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_result result, back;
    struct ana_text bytes = {0}, again = {0};
    const struct ana_collector *c;

    make_result(ctx, &result);
    ck_assert_int_eq(ana_result_pack(ctx, &result, &bytes), 0);
    ck_assert_int_eq(
        ana_result_unpack(ctx, "test", (const uint8_t *)bytes.data, bytes.length, &back),
        0);
    c = back.collector;
    ck_assert_int_eq(c->n_targets, TARGETS);
    ck_assert_int_eq(c->n_folds, FOLDS);
    ck_assert_str_eq(c->measures[0].help, "Pearson's r");
    ck_assert_str_eq(c->measures[1].help, "");
    ck_assert_int_eq(c->n_tables, 2);
    ck_assert_double_eq(c->tables[0].score[2], -0.5);
    ck_assert(isnan(c->tables[0].score[1]));
    ck_assert_str_eq(c->tables[1].names[1], "left STG");
    ck_assert_double_eq(c->tables[1].score[3], 0.5);
    ck_assert_double_eq(c->choices[0].values[5], 100);
    ck_assert_int_eq(c->counters[0].of, 6);
    ck_assert_str_eq(c->notes[0], "a note of 5 words");
    ck_assert_str_eq(back.x_warned.warning[0].text, "x is odd");
    ck_assert_int_eq(back.x_warned.warning[0].count, 3);
    ck_assert_str_eq(back.y_warned.warning[0].text, "y is even");
    ck_assert_str_eq(back.shown.warning[0].text, "KEY a model said");
    ck_assert_int_eq(ana_result_pack(ctx, &back, &again), 0);
    ck_assert_int_eq(again.length, bytes.length);
    ck_assert(memcmp(again.data, bytes.data, (size_t)bytes.length) == 0);
    ana_text_finish(&bytes);
    ana_text_finish(&again);
    ana_result_finish(ctx, &result);
    ana_result_finish(ctx, &back);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Behind the packed words stand the numbers, which the result that is read back borrows. */
START_TEST(named_arrays_come_back_with_their_axes)
{
    const int64_t shape[] = {2, TARGETS};
    const char *const labels[] = {"low", "high"};
    const struct ana_axis bands = {
        .size = sizeof bands, .kind = ANA_AXIS_FEATURE, .name = "band", .labels = labels};
    struct ana_ctx *ctx = test_ctx();
    struct ana_result result, back;
    struct ana_text bytes = {0}, all = {0};
    struct ana_piece *pieces;
    struct ana_tensor part;
    struct ana_out out;
    int64_t n;

    make_result(ctx, &result);
    out = (struct ana_out){result.collector, NULL};
    ck_assert_int_eq(ana_tensor_create(ctx, ANA_F64, 2, shape, &part), 0);
    ck_assert_int_eq(ana_tensor_set_axis(ctx, &part, 0, &bands), 0);
    for (int i = 0; i < 2 * TARGETS; i++)
        ((double *)part.data)[i] = i + .25;
    ck_assert_int_eq(ana_out_array(ctx, &out, "weights", "why", 1, 0, &part), 0);
    ck_assert_int_eq(ana_out_array(ctx, &out, "table", "", -1, -1, &part), 0);
    ck_assert_int_eq(ana_result_pack(ctx, &result, &bytes), 0);
    ck_assert_int_eq(ana_result_pieces(ctx, &result, &bytes, &n, &pieces), 0);
    for (int64_t i = 0; i < n; i++)
        ana_text_write(&all, pieces[i].data, pieces[i].n);
    ck_assert_int_eq(
        ana_result_unpack(ctx, "test", (const uint8_t *)all.data, all.length, &back), 0);
    ck_assert_int_eq(back.collector->n_arrays, 2);
    ck_assert_str_eq(back.collector->arrays[0].help, "why");
    ck_assert_int_eq(back.collector->arrays[0].values.shape[0], FOLDS);
    ck_assert_str_eq(back.collector->arrays[0].values.axes[1]->labels[1], "high");
    for (int64_t i = 0; i < 2 * TARGETS; i++) {
        ck_assert(isnan(ana_tensor_get(&back.collector->arrays[0].values, i)));
        ck_assert_double_eq(
            ana_tensor_get(&back.collector->arrays[0].values, 2 * TARGETS + i),
            (double)i + .25);
        ck_assert_double_eq(ana_tensor_get(&back.collector->arrays[1].values, i),
                            (double)i + .25);
    }
    ana_result_finish(ctx, &back);
    for (int64_t cut = bytes.length; cut < all.length; cut += 40)
        ck_assert_int_eq(
            ana_result_unpack(ctx, "test", (const uint8_t *)all.data, cut, &back),
            ANA_EDATA);
    ana_tensor_finish(&part);
    ana_free(ctx, pieces);
    ana_text_finish(&bytes);
    ana_text_finish(&all);
    ana_result_finish(ctx, &result);
    ana_ctx_destroy(ctx);
}
END_TEST

/* The hash around it makes this impossible; a reader of bytes is careful all the same. */
START_TEST(bytes_of_something_else_are_refused_at_every_length)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_result result, back;
    struct ana_text bytes = {0};

    make_result(ctx, &result);
    ck_assert_int_eq(ana_result_pack(ctx, &result, &bytes), 0);
    for (int64_t n = 0; n < bytes.length; n++) {
        uint8_t *cut = malloc((size_t)n + 1);

        ck_assert_ptr_nonnull(cut);
        memcpy(cut, bytes.data, (size_t)n);
        ck_assert_int_eq(ana_result_unpack(ctx, "test", cut, n, &back), ANA_EDATA);
        ck_assert_str_eq(ana_error(ctx),
                         "test: is a result of another version of anaflow");
        free(cut);
    }
    for (int64_t i = 0; i < bytes.length; i++) {
        bytes.data[i] = (char)(bytes.data[i] ^ 0x81);
        if (ana_result_unpack(ctx, "test", (const uint8_t *)bytes.data, bytes.length,
                              &back) == 0)
            ana_result_finish(ctx, &back);
        bytes.data[i] = (char)(bytes.data[i] ^ 0x81);
    }
    ana_text_finish(&bytes);
    ana_result_finish(ctx, &result);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(warnings_of_a_part_can_be_given_again)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_warned mark, part, less = {0};
    const struct ana_warning *all;

    ana_warn(ctx, "before");
    ck_assert_int_eq(ana_warned_mark(ctx, &mark), 0);
    ana_warn(ctx, "before");
    ana_warn(ctx, "during");
    ana_warn(ctx, "during");
    ck_assert_int_eq(ana_warned_since(ctx, &mark, &part), 0);
    ck_assert_int_eq(part.n, 2);
    ck_assert_str_eq(part.warning[0].text, "before");
    ck_assert_int_eq(part.warning[0].count, 1);
    ck_assert_int_eq(part.warning[1].count, 2);
    ck_assert_int_eq(ana_warned_add(ctx, &less, "during", 1, 0), 0);
    ck_assert_int_eq(ana_warned_add(ctx, &part, "during", 1, 1), 0);
    ana_warned_repeat(ctx, &part, &less);
    ck_assert_int_eq(ana_ctx_warnings(ctx, &all), 2);
    ck_assert_int_eq(all[0].count, 3);
    ck_assert_int_eq(all[1].count, 3);
    ana_warned_finish(ctx, &mark);
    ana_warned_finish(ctx, &part);
    ana_warned_finish(ctx, &less);
    ana_ctx_destroy(ctx);
}
END_TEST

static const char *add(struct ana_ctx *ctx, struct ana_keys *keys, const char *text)
{
    struct ana_text copy = {0};
    const char *key;

    ana_text_add(&copy, "%s", text);
    ck_assert_int_eq(ana_keys_node(ctx, keys, &copy, &key), 0);
    return key;
}

/* A node over another: the x side over its metric. */
static const char *add_over(struct ana_ctx *ctx, struct ana_keys *keys, const char *below,
                            const char *rest)
{
    char text[200];

    snprintf(text, sizeof text, "%s@metric ridge = %s\n", rest, add(ctx, keys, below));
    return add(ctx, keys, text);
}

static const char *difference(const char *below, const char *rest)
{
    static char said[200];
    struct ana_ctx *ctx = test_ctx();
    struct ana_keys before = {.arena.ctx = ctx}, now = {.arena.ctx = ctx};
    struct ana_text why = {0};
    const char *old_key = add_over(
        ctx, &before, "parameter alphas = 1 10\nfile a.tsv = 12\n", "seed = 1\n");
    const char *new_key = add_over(ctx, &now, below, rest);

    ana_keys_differ(&before, old_key, &now, new_key, &why);
    snprintf(said, sizeof said, "%s", why.data);
    ana_text_finish(&why);
    ana_arena_finish(&before.arena);
    ana_arena_finish(&now.arena);
    ana_ctx_destroy(ctx);
    return said;
}

START_TEST(the_line_that_made_two_keys_differ_is_found_below)
{
    const char *same = "parameter alphas = 1 10\nfile a.tsv = 12\n";

    ck_assert_str_eq(
        difference("parameter alphas = 1 2\nfile a.tsv = 12\n", "seed = 1\n"),
        "alphas changed");
    ck_assert_str_eq(difference(same, "seed = 2\n"), "seed changed");
    ck_assert_str_eq(
        difference("parameter alphas = 1 10\nfile a.tsv = 13\n", "seed = 2\n"),
        "seed changed, file a.tsv changed");
    ck_assert_str_eq(
        difference("parameter alphas = 1 10\nfile b.tsv = 12\n", "seed = 1\n"),
        "file b.tsv is new, file a.tsv is gone");
    ck_assert_str_eq(difference(same, "seed = 1\nrows = 2\n"), "rows is new");
}
END_TEST

START_TEST(equal_texts_are_one_node)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_keys keys = {.arena.ctx = ctx};

    ck_assert_ptr_eq(add(ctx, &keys, "a = 1\n"), add(ctx, &keys, "a = 1\n"));
    ck_assert_ptr_ne(add(ctx, &keys, "a = 1\n"), add(ctx, &keys, "a = 2\n"));
    ck_assert_int_eq(keys.n, 2);
    ck_assert_str_eq(ana_keys_text(&keys, ana_hash_bytes("a = 2\n", 6).hex), "a = 2\n");
    ana_arena_finish(&keys.arena);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("result");
    TCase *all = tcase_create("all");

    tcase_add_test(all, a_result_comes_back_bit_for_bit);
    tcase_add_test(all, named_arrays_come_back_with_their_axes);
    tcase_add_test(all, bytes_of_something_else_are_refused_at_every_length);
    tcase_add_test(all, warnings_of_a_part_can_be_given_again);
    tcase_add_test(all, the_line_that_made_two_keys_differ_is_found_below);
    tcase_add_test(all, equal_texts_are_one_node);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
