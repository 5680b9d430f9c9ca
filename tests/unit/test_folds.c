/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/helpers.h"

#include "base/file.h"
#include "stats/folds.h"

/* Rows of a made-up recording and what belongs to them. */
struct sample {
    struct ana_fold_rows rows;
    int64_t *group, *moment;
    char **names;
    const char **stratum;
};

static struct sample sample_create(int64_t n_groups, int64_t n_rows)
{
    struct sample s = {0};

    s.group = calloc((size_t)n_rows, sizeof *s.group);
    s.moment = calloc((size_t)n_rows, sizeof *s.moment);
    s.names = calloc((size_t)n_groups, sizeof *s.names);
    s.stratum = calloc((size_t)n_groups, sizeof *s.stratum);
    for (int64_t g = 0; g < n_groups; g++) {
        s.names[g] = malloc(32);
        snprintf(s.names[g], 32, "unit%03lld", (long long)g);
    }
    s.rows = (struct ana_fold_rows){
        n_rows, s.group, s.moment, n_groups, (const char *const *)s.names, NULL};
    return s;
}

static void sample_destroy(struct sample *s)
{
    for (int64_t g = 0; g < s->rows.n_groups; g++)
        free(s->names[g]);
    free(s->names);
    free(s->stratum);
    free(s->group);
    free(s->moment);
}

/* n groups of `length` samples each, group after group. */
static struct sample sample_runs(int64_t n, int64_t length)
{
    struct sample s = sample_create(n, n * length);

    for (int64_t i = 0; i < n * length; i++) {
        s.group[i] = i / length;
        s.moment[i] = i % length;
    }
    return s;
}

static int contains(const int64_t *list, int64_t n, int64_t row)
{
    for (int64_t i = 0; i < n; i++)
        if (list[i] == row)
            return 1;
    return 0;
}

static int ascending(const int64_t *list, int64_t n, int64_t rows)
{
    for (int64_t i = 0; i < n; i++)
        if (list[i] < 0 || list[i] >= rows || (i > 0 && list[i] <= list[i - 1]))
            return 0;
    return n > 0;
}

/* What no split may do, whatever its kind. `map` gives the row of a place, for inner
 * folds; NULL = places are rows. One assertion for many pairs: Check writes a line to
 * its pipe for each. */
static void check_split(const struct ana_folds_spec *spec,
                        const struct ana_fold_rows *rows, const struct ana_fold *fold,
                        const int64_t *map, int64_t n_places)
{
    const int may_share = spec->by == ANA_FOLDS_BLOCK || spec->by == ANA_FOLDS_SHUFFLE ||
                          spec->by == ANA_FOLDS_FILE || (map && spec->inner_block > 0);
    int64_t both = 0, shared = 0, near = 0;

    ck_assert_uint_eq(fold->size, sizeof *fold);
    ck_assert(ascending(fold->train, fold->n_train, n_places));
    ck_assert(ascending(fold->test, fold->n_test, n_places));
    for (int64_t i = 0; i < fold->n_train; i++)
        for (int64_t j = 0; j < fold->n_test; j++) {
            const int64_t a = map ? map[fold->train[i]] : fold->train[i];
            const int64_t b = map ? map[fold->test[j]] : fold->test[j];

            both += a == b;
            if (rows->group[a] != rows->group[b])
                continue;
            shared++;
            near += llabs(rows->moment[a] - rows->moment[b]) <= spec->gap;
        }
    ck_assert_int_eq(both, 0);
    ck_assert_int_eq(near, 0);
    ck_assert(may_share || shared == 0);
}

static void check_inner(const struct ana_folds_spec *spec,
                        const struct ana_fold_rows *rows, const struct ana_fold *fold)
{
    int *tested = calloc((size_t)fold->n_train, sizeof *tested), wrong = 0;

    ck_assert_int_eq(fold->n_inner, spec->inner_folds);
    for (int64_t j = 0; j < fold->n_inner; j++) {
        const struct ana_fold *inner = &fold->inner_folds[j];

        ck_assert_int_eq(inner->index, j);
        ck_assert_int_eq(inner->n_inner, 0);
        check_split(spec, rows, inner, fold->train, fold->n_train);
        for (int64_t i = 0; i < inner->n_test; i++)
            tested[inner->test[i]]++;
    }
    for (int64_t i = 0; i < fold->n_train; i++)
        wrong += tested[i] != 1;
    ck_assert_int_eq(wrong, 0);
    free(tested);
}

static void check_folds(const struct ana_folds_spec *spec,
                        const struct ana_fold_rows *rows, const struct ana_folds *folds)
{
    const int64_t per_repeat = folds->n / spec->repeats;
    int64_t wrong = 0;

    ck_assert_int_eq(folds->n % spec->repeats, 0);
    for (int64_t f = 0; f < folds->n; f++) {
        ck_assert_int_eq(folds->fold[f].repeat, f / per_repeat);
        ck_assert_int_eq(folds->fold[f].index, f % per_repeat);
        ck_assert_int_eq(folds->fold[f].inner, spec->inner);
        check_split(spec, rows, &folds->fold[f], NULL, rows->n_rows);
        if (spec->inner == ANA_INNER_FOLDS)
            check_inner(spec, rows, &folds->fold[f]);
        else
            ck_assert_int_eq(folds->fold[f].n_inner, 0);
    }
    for (int64_t r = 0; r < spec->repeats && spec->train == 0 && spec->test == 0; r++)
        for (int64_t i = 0; i < rows->n_rows; i++) {
            int64_t times = 0;

            for (int64_t f = r * per_repeat; f < (r + 1) * per_repeat; f++)
                times += contains(folds->fold[f].test, folds->fold[f].n_test, i);
            wrong += times != 1;
        }
    ck_assert_int_eq(wrong, 0);
}

static struct ana_folds *make(struct ana_ctx *ctx, const struct ana_folds_spec *spec,
                              const struct sample *s)
{
    struct ana_folds *folds = NULL;

    ck_assert_msg(ana_folds_create(ctx, spec, &s->rows, &folds) == 0, "%s",
                  ana_error(ctx));
    return folds;
}

static void expect(const struct ana_folds_spec *spec, const struct sample *s, int status,
                   const char *sentence)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_folds *folds = NULL;

    ck_assert_int_eq(ana_folds_create(ctx, spec, &s->rows, &folds), status);
    ck_assert_str_eq(ana_error(ctx), sentence);
    ck_assert_ptr_null(folds);
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}

static void end(struct ana_ctx *ctx, struct ana_folds *folds, struct sample *s)
{
    ana_folds_destroy(ctx, folds);
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
    sample_destroy(s);
}

START_TEST(ten_random_splits_have_83_and_82_whole_stimuli_and_differ)
{
    struct ana_ctx *ctx = test_ctx();
    struct sample s = sample_runs(165, 1);
    const struct ana_folds_spec spec = {.by = ANA_FOLDS_STIMULUS,
                                        .train = 83,
                                        .test = 82,
                                        .repeats = 10,
                                        .inner = ANA_INNER_LOO};
    struct ana_folds *folds = make(ctx, &spec, &s);

    ck_assert_int_eq(folds->n, 10);
    ck_assert_int_eq(folds->leaky, 0);
    check_folds(&spec, &s.rows, folds);
    for (int f = 0; f < 10; f++) {
        int64_t same = 0;

        ck_assert_int_eq(folds->fold[f].n_train, 83);
        ck_assert_int_eq(folds->fold[f].n_test, 82);
        for (int64_t i = 0; f > 0 && i < 82; i++)
            same += contains(folds->fold[0].test, 82, folds->fold[f].test[i]);
        ck_assert_int_lt(same, 60); /* 41 expected */
    }
    end(ctx, folds, &s);
}
END_TEST

START_TEST(the_seed_decides_the_draw)
{
    struct ana_ctx *ctx = test_ctx();
    struct sample s = sample_runs(40, 1);
    const struct ana_folds_spec spec = {
        .by = ANA_FOLDS_STIMULUS, .outer = 2, .repeats = 1};
    struct ana_folds *first = make(ctx, &spec, &s), *again = make(ctx, &spec, &s), *other;

    ana_ctx_set_seed(ctx, 2);
    other = make(ctx, &spec, &s);
    ck_assert_mem_eq(first->fold[0].test, again->fold[0].test, 20 * sizeof(int64_t));
    ck_assert_mem_ne(first->fold[0].test, other->fold[0].test, 20 * sizeof(int64_t));
    ana_folds_destroy(ctx, again);
    ana_folds_destroy(ctx, other);
    end(ctx, first, &s);
}
END_TEST

/* The inner fold that tests a row, -1 = none, -2 = the row is tested, -3 = left out. */
static int64_t place_of(const struct ana_fold *fold, int64_t row)
{
    if (contains(fold->test, fold->n_test, row))
        return -2;
    if (!contains(fold->train, fold->n_train, row))
        return -3;
    for (int64_t j = 0; j < fold->n_inner; j++)
        for (int64_t i = 0; i < fold->inner_folds[j].n_test; i++)
            if (fold->train[fold->inner_folds[j].test[i]] == row)
                return j;
    return -1;
}

/* Rows that stand elsewhere in b; group g of b is group order[g] of a. */
static int64_t count_differences(const struct ana_fold *a, const struct ana_fold *b,
                                 const int64_t *order, int64_t n, int64_t length)
{
    int64_t differ = 0;

    for (int64_t row = 0; row < n * length; row++)
        differ +=
            place_of(b, row) != place_of(a, order[row / length] * length + row % length);
    return differ;
}

/* Stimuli listed by category, as a recording does, and the same ones shuffled by name:
 * each must land on the same side of each split, in the same inner fold. */
START_TEST(the_order_in_which_a_recording_lists_stimuli_does_not_matter)
{
    enum { N = 48, LENGTH = 3 };
    static const char *const category[4] = {"speech", "music", "animal", "tool"};
    static const int64_t specs[3][3] = {{0, 30, 12}, {5, 0, 0}, {0, 0, 0}};
    struct ana_ctx *ctx = test_ctx();
    struct sample sorted = sample_runs(N, LENGTH), mixed = sample_runs(N, LENGTH);
    int64_t order[N]; /* group of `mixed` -> group of `sorted` */
    struct ana_rng rng;

    ana_rng_init(ctx, "order", 0, &rng);
    for (int g = 0; g < N; g++) {
        order[g] = g;
        sorted.stratum[g] = category[g * 4 / N];
        snprintf(sorted.names[g], 32, "%d-%s", (g * 29) % N, sorted.stratum[g]);
    }
    ana_rng_shuffle(&rng, N, order);
    for (int g = 0; g < N; g++) {
        strcpy(mixed.names[g], sorted.names[order[g]]);
        mixed.stratum[g] = sorted.stratum[order[g]];
    }
    for (int k = 0; k < 6; k++) {
        const int64_t *size = specs[k % 3];
        const struct ana_folds_spec spec = {.by = k % 2 ? ANA_FOLDS_SUBJECT
                                                        : ANA_FOLDS_STIMULUS,
                                            .outer = size[0],
                                            .train = size[1],
                                            .test = size[2],
                                            .repeats = size[0] || size[1] ? 3 : 1,
                                            .inner = ANA_INNER_FOLDS,
                                            .inner_folds = 4};
        struct ana_folds *a, *b;

        sorted.rows.stratum = k < 3 ? NULL : sorted.stratum;
        mixed.rows.stratum = k < 3 ? NULL : mixed.stratum;
        a = make(ctx, &spec, &sorted);
        b = make(ctx, &spec, &mixed);
        check_folds(&spec, &sorted.rows, a);
        ck_assert_int_eq(a->n, b->n);
        for (int64_t f = 0; f < a->n; f++)
            ck_assert_int_eq(
                count_differences(&a->fold[f], &b->fold[f], order, N, LENGTH), 0);
        ana_folds_destroy(ctx, a);
        ana_folds_destroy(ctx, b);
    }
    sample_destroy(&sorted);
    end(ctx, NULL, &mixed);
}
END_TEST

/* Units of stratum `name` among the test rows of a fold. */
static int64_t count_stratum(const struct sample *s, const struct ana_fold *fold,
                             char name)
{
    int64_t n = 0;

    for (int64_t i = 0; i < fold->n_test; i++)
        n += s->stratum[s->group[fold->test[i]]][0] == name;
    return n;
}

START_TEST(strata_are_balanced_in_folds_and_in_draws)
{
    struct ana_ctx *ctx = test_ctx();
    struct sample s = sample_runs(60, 1); /* 36 a, 17 b, 7 c */
    struct ana_folds_spec spec = {.by = ANA_FOLDS_STIMULUS, .outer = 5, .repeats = 20};
    struct ana_folds *folds;

    for (int g = 0; g < 60; g++)
        s.stratum[g] = g % 60 < 36 ? "a" : g < 53 ? "b" : "c";
    s.rows.stratum = s.stratum;
    folds = make(ctx, &spec, &s);
    for (int64_t f = 0; f < folds->n; f++) {
        ck_assert_int_eq(folds->fold[f].n_test, 12);
        ck_assert(llabs(2 * count_stratum(&s, &folds->fold[f], 'a') - 15) <=
                  1);                                                /* 7 or 8 */
        ck_assert(count_stratum(&s, &folds->fold[f], 'b') / 3 == 1); /* 3 or 4 */
        ck_assert(count_stratum(&s, &folds->fold[f], 'c') >= 1);
    }
    ana_folds_destroy(ctx, folds);
    spec = (struct ana_folds_spec){
        .by = ANA_FOLDS_STIMULUS, .train = 40, .test = 20, .repeats = 50};
    folds = make(ctx, &spec, &s);
    for (int64_t f = 0; f < folds->n; f++) {
        ck_assert(llabs(count_stratum(&s, &folds->fold[f], 'a') - 12) <= 1);
        ck_assert(fabs((double)count_stratum(&s, &folds->fold[f], 'b') - 17 / 3.0) <=
                  1.34);
        ck_assert(fabs((double)count_stratum(&s, &folds->fold[f], 'c') - 7 / 3.0) <=
                  1.34);
    }
    end(ctx, folds, &s);
}
END_TEST

START_TEST(inner_folds_of_stimuli_are_random_and_balanced_over_strata)
{
    enum { N = 50 };
    struct ana_ctx *ctx = test_ctx();
    struct sample s = sample_runs(N, 1);
    const struct ana_folds_spec spec = {.by = ANA_FOLDS_STIMULUS,
                                        .outer = 2,
                                        .repeats = 5,
                                        .inner = ANA_INNER_FOLDS,
                                        .inner_folds = 5};
    struct ana_folds *folds;

    for (int g = 0; g < N; g++)
        s.stratum[g] = g % 2 ? "a" : "b";
    s.rows.stratum = s.stratum;
    folds = make(ctx, &spec, &s);
    check_folds(&spec, &s.rows, folds);
    for (int64_t f = 0; f < folds->n; f++) {
        int64_t in_order = 0;

        for (int64_t j = 0; j < 5; j++) {
            const struct ana_fold *inner = &folds->fold[f].inner_folds[j];
            int64_t a = 0;

            for (int64_t i = 0; i < inner->n_test; i++) {
                a += s.stratum[folds->fold[f].train[inner->test[i]]][0] == 'a';
                in_order += inner->test[i] / 5 == j;
            }
            ck_assert(a == 2 || a == 3);
        }
        ck_assert_int_lt(in_order, 15); /* of 25; 5 by chance, 25 in the order of names */
    }
    end(ctx, folds, &s);
}
END_TEST

START_TEST(folds_that_meet_the_memory_limit_leave_nothing_behind)
{
    struct sample s = sample_runs(12, 3);
    const struct ana_folds_spec spec = {.by = ANA_FOLDS_STIMULUS,
                                        .outer = 3,
                                        .repeats = 1,
                                        .inner = ANA_INNER_FOLDS,
                                        .inner_folds = 2};
    int rc = ANA_ERESOURCE;

    s.rows.stratum = s.stratum;
    for (int g = 0; g < 12; g++)
        s.stratum[g] = g % 2 ? "a" : "b";
    for (int64_t limit = 64; rc != 0; limit += 64) {
        struct ana_ctx *ctx = NULL;
        struct ana_folds *folds = NULL;

        ck_assert_int_eq(ana_ctx_create(&(struct ana_ctx_options){.memory = limit}, &ctx),
                         0);
        rc = ana_folds_create(ctx, &spec, &s.rows, &folds);
        ck_assert_int_eq(rc, folds ? 0 : ANA_ERESOURCE);
        ana_folds_destroy(ctx, folds);
        ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
        ana_ctx_destroy(ctx);
        ck_assert_int_lt(limit, 1 << 20);
    }
    sample_destroy(&s);
}
END_TEST

START_TEST(a_draw_picks_each_stimulus_equally_often)
{
    enum { N = 20, REPEATS = 2000 };
    struct ana_ctx *ctx = test_ctx();
    struct sample s = sample_runs(N, 1);
    const struct ana_folds_spec spec = {
        .by = ANA_FOLDS_STIMULUS, .train = 10, .test = 5, .repeats = REPEATS};
    struct ana_folds *folds;
    int64_t times[N] = {0};

    for (int g = 0; g < N; g++)
        s.stratum[g] = g < 13 ? "a" : "b";
    for (int stratified = 0; stratified < 2; stratified++) {
        s.rows.stratum = stratified ? s.stratum : NULL;
        folds = make(ctx, &spec, &s);
        memset(times, 0, sizeof times);
        for (int64_t f = 0; f < folds->n; f++)
            for (int64_t i = 0; i < folds->fold[f].n_test; i++)
                times[folds->fold[f].test[i]]++;
        for (int g = 0; g < N; g++) /* 5 SD of a binomial with p = 1/4: 97 */
            ck_assert(llabs(times[g] - REPEATS / 4) < 97);
        ana_folds_destroy(ctx, folds);
    }
    end(ctx, NULL, &s);
}
END_TEST

START_TEST(runs_are_left_out_whole_and_in_their_order)
{
    struct ana_ctx *ctx = test_ctx();
    struct sample s = sample_runs(6, 10);
    struct ana_folds_spec spec = {.by = ANA_FOLDS_RUN,
                                  .repeats = 1,
                                  .inner = ANA_INNER_FOLDS,
                                  .inner_folds = 2,
                                  .gap = 3};
    struct ana_folds *folds;

    for (int g = 0; g < 6; g++)
        snprintf(s.names[g], 32, "%d", 9 - g); /* names do not order runs */
    folds = make(ctx, &spec, &s);
    check_folds(&spec, &s.rows, folds);
    ck_assert_int_eq(folds->n, 6);
    for (int f = 0; f < 6; f++) {
        ck_assert_int_eq(folds->fold[f].n_test, 10);
        ck_assert_int_eq(folds->fold[f].test[0], 10 * f);
        ck_assert_int_eq(folds->fold[f].inner_folds[0].test[0], 0);
    }
    ana_folds_destroy(ctx, folds);
    spec.outer = 3;
    folds = make(ctx, &spec, &s);
    check_folds(&spec, &s.rows, folds);
    for (int f = 0; f < 3; f++) {
        ck_assert_int_eq(folds->fold[f].n_test, 20);
        ck_assert_int_eq(folds->fold[f].test[0], 20 * f);
    }
    end(ctx, folds, &s);
}
END_TEST

START_TEST(inner_blocks_cut_the_training_runs_with_the_gap_on_both_sides)
{
    struct ana_ctx *ctx = test_ctx();
    struct sample s = sample_runs(3, 200);
    const struct ana_folds_spec spec = {.by = ANA_FOLDS_RUN,
                                        .repeats = 1,
                                        .gap = 4,
                                        .inner = ANA_INNER_FOLDS,
                                        .inner_folds = 5,
                                        .inner_block = 40};
    struct ana_folds *folds = make(ctx, &spec, &s);
    const struct ana_fold *inner = folds->fold[0].inner_folds;

    check_folds(&spec, &s.rows, folds);
    ck_assert_int_eq(inner[1].n_test, 80); /* samples 40..79 of both training runs */
    ck_assert_int_eq(inner[1].test[0], 40);
    ck_assert_int_eq(inner[1].test[40], 240);
    ck_assert_int_eq(inner[1].n_train, 400 - 2 * 48);
    ck_assert(contains(inner[1].train, inner[1].n_train, 35));
    ck_assert(!contains(inner[1].train, inner[1].n_train, 36));
    ck_assert(!contains(inner[1].train, inner[1].n_train, 83));
    ck_assert(contains(inner[1].train, inner[1].n_train, 84));
    end(ctx, folds, &s);
}
END_TEST

START_TEST(blocks_of_one_recording_keep_their_gap_on_both_sides)
{
    struct ana_ctx *ctx = test_ctx();
    struct sample s = sample_runs(1, 100);
    struct ana_folds_spec spec = {.by = ANA_FOLDS_BLOCK,
                                  .outer = 5,
                                  .repeats = 1,
                                  .gap = 3,
                                  .inner = ANA_INNER_FOLDS,
                                  .inner_folds = 5};
    struct ana_folds *folds = make(ctx, &spec, &s);

    check_folds(&spec, &s.rows, folds);
    for (int f = 0; f < 5; f++) {
        ck_assert_int_eq(folds->fold[f].n_test, 20);
        ck_assert_int_eq(folds->fold[f].test[0], 20 * f);
        ck_assert_int_eq(folds->fold[f].n_train, f == 0 || f == 4 ? 77 : 74);
    }
    ana_folds_destroy(ctx, folds);
    spec.block = 8; /* 100 / 8: the remainder of 4 is a block of its own: 13 blocks */
    folds = make(ctx, &spec, &s);
    check_folds(&spec, &s.rows, folds);
    ck_assert_int_eq(folds->fold[1].test[0], 8);
    ck_assert_int_eq(folds->fold[1].test[8], 48);
    ck_assert_int_eq(folds->fold[1].n_test, 24);
    ana_folds_destroy(ctx, folds);
    spec.outer = 0;
    spec.block = 30; /* 3 blocks; the remainder of 10 belongs to the last */
    folds = make(ctx, &spec, &s);
    check_folds(&spec, &s.rows, folds);
    ck_assert_int_eq(folds->n, 3);
    ck_assert_int_eq(folds->fold[2].n_test, 40);
    end(ctx, folds, &s);
}
END_TEST

START_TEST(shuffled_samples_need_leave_and_are_stamped)
{
    struct ana_ctx *ctx = test_ctx();
    struct sample s = sample_runs(2, 50);
    struct ana_folds_spec spec = {.by = ANA_FOLDS_SHUFFLE,
                                  .outer = 4,
                                  .repeats = 2,
                                  .inner = ANA_INNER_FOLDS,
                                  .inner_folds = 3};
    struct ana_folds *folds;

    expect(
        &spec, &s, ANA_EPARAM,
        "shuffled samples of one recording have their neighbours on the other side of "
        "the "
        "split; write `by = block` and a gap, or `allow_leakage = yes` and every output "
        "will say so");
    spec.allow_leakage = 1;
    folds = make(ctx, &spec, &s);
    ck_assert_int_eq(folds->leaky, 1);
    check_folds(&spec, &s.rows, folds);
    end(ctx, folds, &s);
}
END_TEST

START_TEST(leave_one_row_out_is_refused_for_samples_of_one_recording)
{
    struct ana_ctx *ctx = test_ctx();
    struct sample s = sample_runs(6, 10);
    struct ana_folds_spec spec = {
        .by = ANA_FOLDS_STIMULUS, .outer = 3, .repeats = 1, .inner = ANA_INNER_LOO};
    struct ana_folds *folds;
    const struct ana_warning *list;

    expect(&spec, &s, ANA_EPARAM,
           "`inner = loo` leaves single rows out, but 'unit000' has 10 rows that are "
           "samples of "
           "one recording and predict each other; write `inner = 5`");
    spec.inner = ANA_INNER_GCV;
    folds = make(ctx, &spec, &s);
    check_folds(&spec, &s.rows, folds);
    ck_assert_int_eq(ana_ctx_warnings(ctx, &list), 1);
    ck_assert_ptr_nonnull(strstr(list[0].text, "`inner = gcv` takes samples"));
    end(ctx, folds, &s);
}
END_TEST

START_TEST(what_cannot_be_split_is_refused_with_a_sentence)
{
    struct sample s = sample_runs(165, 1), runs = sample_runs(3, 20),
                  one = sample_runs(1, 20);
    struct ana_folds_spec spec = {
        .by = ANA_FOLDS_STIMULUS, .train = 100, .test = 82, .repeats = 1};

    expect(&spec, &s, ANA_EPARAM, "165 stimuli cannot give 100/82");
    spec.train = INT64_MAX;
    expect(&spec, &s, ANA_EPARAM, "165 stimuli cannot give 9223372036854775807/82");
    spec = (struct ana_folds_spec){.by = ANA_FOLDS_STIMULUS, .train = 165, .repeats = 1};
    expect(&spec, &s, ANA_EPARAM, "165 stimuli cannot give 165/0");
    spec = (struct ana_folds_spec){.by = ANA_FOLDS_STIMULUS, .outer = 5, .repeats = 1};
    expect(&spec, &one, ANA_EPARAM,
           "1 stimulus cannot give 5 folds; for samples of one recording write `by = "
           "block` and "
           "a gap");
    spec = (struct ana_folds_spec){.by = ANA_FOLDS_RUN, .outer = 4, .repeats = 1};
    expect(&spec, &runs, ANA_EPARAM, "3 runs cannot give 4 folds");
    spec.outer = 1;
    expect(&spec, &runs, ANA_EPARAM, "one fold has nothing to train on; give at least 2");
    spec =
        (struct ana_folds_spec){.by = ANA_FOLDS_RUN, .train = 2, .test = 1, .repeats = 1};
    expect(&spec, &runs, ANA_EPARAM,
           "2/1 draws at random, but runs are left out in their order; give the number "
           "of folds");
    spec = (struct ana_folds_spec){.by = ANA_FOLDS_RUN, .repeats = 3};
    expect(&spec, &runs, ANA_EPARAM,
           "`x 3`: nothing is drawn at random here, so each repeat would be the same; "
           "leave the "
           "repeats out");
    spec = (struct ana_folds_spec){
        .by = ANA_FOLDS_RUN, .repeats = 1, .inner = ANA_INNER_FOLDS, .inner_folds = 5};
    expect(&spec, &runs, ANA_EPARAM,
           "split 1: 2 training runs cannot give 5 inner folds; ask for fewer, or cut "
           "the runs: "
           "`inner = block 40 TR x 5`");
    spec.inner_folds = 1;
    expect(&spec, &runs, ANA_EPARAM, "`inner = 1`: at least 2 inner folds are needed");
    spec = (struct ana_folds_spec){
        .by = ANA_FOLDS_BLOCK, .outer = 2, .repeats = 1, .gap = 10};
    expect(&spec, &one, ANA_EPARAM,
           "split 1: fold 1 has no training rows (a gap of 10 samples on both sides of "
           "what is "
           "tested is left out); use fewer folds or a shorter gap");
    strcpy(s.names[3], "unit002");
    spec = (struct ana_folds_spec){.by = ANA_FOLDS_STIMULUS, .outer = 5, .repeats = 1};
    expect(
        &spec, &s, ANA_EDATA,
        "two groups of rows are named 'unit002': folds go by name, so names must differ");
    runs.moment[7] = 3;
    expect(&spec, &runs, ANA_ESHAPE, "folds: the samples of 'unit000' are not in order");
    runs.group[0] = 3;
    expect(&spec, &runs, ANA_ESHAPE, "folds: row 0 is of group 3 of 3");
    sample_destroy(&s);
    sample_destroy(&runs);
    sample_destroy(&one);
}
END_TEST

/* Groups of random lengths with holes in time, their rows interleaved. */
static struct sample random_sample(struct ana_rng *rng)
{
    const int64_t groups = 1 + ana_rng_below(rng, 12);
    const int64_t longest = ana_rng_below(rng, 2) ? 1 : 1 + ana_rng_below(rng, 30);
    struct sample s = sample_create(groups, groups * longest);
    int64_t next[16] = {0}, n = 0;

    for (int64_t i = 0; i < groups * longest; i++) {
        const int64_t g = longest == 1 ? i : ana_rng_below(rng, groups);

        next[g] += 1 + (ana_rng_below(rng, 8) == 0 ? ana_rng_below(rng, 5) : 0);
        s.group[n] = g;
        s.moment[n++] = next[g];
    }
    for (int64_t g = 0; g < groups; g++)
        s.stratum[g] = ana_rng_below(rng, 2) ? "left" : "right";
    s.rows.stratum = ana_rng_below(rng, 2) ? s.stratum : NULL;
    return s;
}

static struct ana_folds_spec random_spec(struct ana_rng *rng)
{
    static const int32_t kinds[] = {ANA_FOLDS_STIMULUS, ANA_FOLDS_RUN, ANA_FOLDS_BLOCK,
                                    ANA_FOLDS_SUBJECT, ANA_FOLDS_SHUFFLE};
    struct ana_folds_spec spec = {.by = kinds[ana_rng_below(rng, 5)]};
    const int draw = ana_rng_below(rng, 4) == 0;

    spec.outer = draw ? 0 : ana_rng_below(rng, 7);
    spec.train = draw ? ana_rng_below(rng, 6) : 0;
    spec.test = draw ? ana_rng_below(rng, 6) : 0;
    spec.repeats = 1 + (ana_rng_below(rng, 3) == 0 ? ana_rng_below(rng, 4) : 0);
    spec.inner = (int32_t)ana_rng_below(rng, 4);
    spec.inner_folds = 1 + ana_rng_below(rng, 5);
    spec.block = ana_rng_below(rng, 2) ? 0 : 1 + ana_rng_below(rng, 9);
    spec.inner_block = ana_rng_below(rng, 3) ? 0 : 1 + ana_rng_below(rng, 9);
    spec.gap = ana_rng_below(rng, 3) ? 0 : ana_rng_below(rng, 4);
    spec.allow_leakage = 1;
    return spec;
}

static void check_same(const struct ana_fold *a, const struct ana_fold *b)
{
    ck_assert_int_eq(a->n_train, b->n_train);
    ck_assert_int_eq(a->n_test, b->n_test);
    ck_assert_int_eq(a->repeat, b->repeat);
    ck_assert_int_eq(a->index, b->index);
    ck_assert_int_eq(a->inner, b->inner);
    ck_assert_int_eq(a->n_inner, b->n_inner);
    ck_assert_mem_eq(a->train, b->train, (size_t)a->n_train * sizeof *a->train);
    ck_assert_mem_eq(a->test, b->test, (size_t)a->n_test * sizeof *a->test);
    for (int64_t j = 0; j < a->n_inner; j++)
        check_same(&a->inner_folds[j], &b->inner_folds[j]);
}

/* Written and read back with the gap, folds are what they were. */
static void check_round_trip(struct ana_ctx *ctx, const struct ana_folds_spec *spec,
                             const struct sample *s, const struct ana_folds *folds,
                             const char *path)
{
    struct ana_folds_spec file = *spec;
    struct ana_folds *read;

    file.by = ANA_FOLDS_FILE;
    file.file = path;
    ck_assert_msg(ana_folds_write(ctx, folds, &s->rows, path) == 0, "%s", ana_error(ctx));
    read = make(ctx, &file, s);
    ck_assert_int_eq(read->n, folds->n);
    for (int64_t f = 0; f < folds->n; f++)
        check_same(&folds->fold[f], &read->fold[f]);
    ana_folds_destroy(ctx, read);
}

START_TEST(random_specs_on_random_rows_never_leak_or_say_why_not)
{
    struct ana_ctx *ctx = test_ctx();
    char folder[64], path[96];
    struct ana_rng rng;
    int64_t made = 0, kinds[8] = {0};

    test_folder(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/folds.tsv", folder);
    ana_rng_init(ctx, "specs", 0, &rng);
    for (int round = 0; round < 1000; round++) {
        struct sample s = random_sample(&rng);
        const struct ana_folds_spec spec = random_spec(&rng);
        struct ana_folds *folds = NULL;
        const int rc = ana_folds_create(ctx, &spec, &s.rows, &folds);

        if (rc == 0) {
            made++;
            kinds[spec.by]++;
            check_folds(&spec, &s.rows, folds);
            ck_assert_int_eq(folds->leaky, spec.by == ANA_FOLDS_SHUFFLE);
            if (round % 10 == 0 &&
                (spec.by != ANA_FOLDS_SHUFFLE || spec.inner != ANA_INNER_LOO))
                check_round_trip(ctx, &spec, &s, folds, path);
        } else {
            ck_assert_int_eq(rc, ANA_EPARAM);
            ck_assert_ptr_null(folds);
            ck_assert_uint_gt(strlen(ana_error(ctx)), 20);
        }
        ana_folds_destroy(ctx, folds);
        ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
        sample_destroy(&s);
    }
    ck_assert_int_gt(made, 300); /* else the test looks at nothing */
    for (int k = ANA_FOLDS_STIMULUS; k <= ANA_FOLDS_SHUFFLE; k++)
        ck_assert(k == ANA_FOLDS_FILE || kinds[k] > 15);
    unlink(path);
    rmdir(folder);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Write `text` to a file, read it as folds of `s`. */
static int read_text(struct ana_ctx *ctx, const char *text, const struct sample *s,
                     struct ana_folds_spec spec, struct ana_folds **folds)
{
    char folder[64], path[96];
    int rc;

    test_folder(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/f.tsv", folder);
    ck_assert_int_eq(ana_file_write(ctx, path, text, (int64_t)strlen(text)), 0);
    spec.by = ANA_FOLDS_FILE;
    spec.file = path;
    spec.repeats = 1;
    rc = ana_folds_create(ctx, &spec, &s->rows, folds);
    unlink(path);
    rmdir(folder);
    return rc;
}

START_TEST(a_file_of_four_columns_gives_its_splits_and_inner_folds)
{
    struct ana_ctx *ctx = test_ctx();
    struct sample s = sample_runs(5, 2);
    struct ana_folds *folds;
    const char *text =
        "stimulus\tsplit\tpart\tinner\n"
        "unit004.wav\tb\ttest\tn/a\nunit000\tb\ttrain\t7\nunit001\tb\ttrain\t3\n"
        "unit002\tb\ttrain\tn/a\n"
        "unit003\ta\ttest\tn/a\nunit000\ta\ttrain\t0\nunit004\ta\ttrain\t1\n";

    ck_assert_int_eq(read_text(ctx, text, &s,
                               (struct ana_folds_spec){.inner = ANA_INNER_FOLDS}, &folds),
                     0);
    ck_assert_int_eq(folds->n, 2);
    ck_assert_int_eq(folds->leaky, 0);
    ck_assert_int_eq(folds->fold[0].n_test, 2);
    ck_assert_int_eq(folds->fold[0].test[0], 8);
    ck_assert_int_eq(folds->fold[0].n_train, 6);
    ck_assert_int_eq(folds->fold[0].n_inner, 2);
    ck_assert_int_eq(folds->fold[0].inner_folds[0].n_test, 2); /* label 3: unit001 */
    ck_assert_int_eq(folds->fold[0].inner_folds[0].test[0], 2);
    ck_assert_int_eq(folds->fold[0].inner_folds[0].n_train, 4);
    ck_assert_int_eq(folds->fold[1].n_test, 2);
    ck_assert_int_eq(folds->fold[1].test[0], 6);
    ck_assert_int_eq(folds->fold[1].index, 1);
    end(ctx, folds, &s);
}
END_TEST

START_TEST(the_inner_folds_of_a_file_stand_where_none_were_asked_for)
{
    struct ana_ctx *ctx = test_ctx();
    struct sample s = sample_runs(4, 1);
    struct ana_folds_spec spec = {.inner = ANA_INNER_LOO, .inner_folds = 5};
    struct ana_folds *folds;
    const char *text =
        "stimulus\tsplit\tpart\tinner\nunit000\t1\ttest\tn/a\n"
        "unit001\t1\ttrain\t0\nunit002\t1\ttrain\t1\nunit003\t1\ttrain\t2\n";

    ck_assert_int_eq(read_text(ctx, text, &s, spec, &folds), 0);
    ck_assert_int_eq(folds->fold[0].inner, ANA_INNER_LOO);
    ck_assert_int_eq(folds->fold[0].n_inner, 0);
    ana_folds_destroy(ctx, folds);
    spec.inner_default = 1;
    ck_assert_int_eq(read_text(ctx, text, &s, spec, &folds), 0);
    ck_assert_int_eq(folds->fold[0].inner, ANA_INNER_FOLDS);
    ck_assert_int_eq(folds->fold[0].n_inner, 3);
    end(ctx, folds, &s);
}
END_TEST

START_TEST(inner_folds_that_nobody_asked_for_fit_the_runs_there_are)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_folds_spec spec = {.by = ANA_FOLDS_RUN,
                                  .repeats = 1,
                                  .gap = 2,
                                  .inner = ANA_INNER_FOLDS,
                                  .inner_folds = 5,
                                  .inner_default = 1};

    for (int64_t runs = 2; runs < 9; runs++) {
        struct sample s = sample_runs(runs, 40);
        struct ana_folds *folds = make(ctx, &spec, &s);
        const int64_t want = runs == 2 ? 5 : runs - 1 < 5 ? runs - 1 : 5;
        struct ana_folds_spec checked = spec;

        checked.inner_folds = want;
        checked.inner_block = runs == 2; /* the one training run is cut */
        check_folds(&checked, &s.rows, folds);
        ana_folds_destroy(ctx, folds);
        sample_destroy(&s);
    }
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_wrong_file_is_refused_with_its_line)
{
    struct ana_ctx *ctx = test_ctx();
    struct sample s = sample_runs(3, 4);
    const struct ana_folds_spec inner = {.inner = ANA_INNER_FOLDS, .inner_folds = 3};
    struct ana_folds *folds;
    static const struct {
        const char *text, *sentence;
        int status, inner;
    } cases[] = {
        {"stimulus\tpart\nunit000\ttest\n",
         "f.tsv: there is no column 'split'; a table of folds needs stimulus, split and "
         "part "
         "(train or test)",
         ANA_EDATA, 0},
        {"stimulus\tsplit\tpart\n", "f.tsv: the table of folds has no lines", ANA_EDATA,
         0},
        {"stimulus\tsplit\tpart\nunit000\t1\ttest\nunit009\t1\ttrain\n",
         "f.tsv:3: no row of the recording belongs to 'unit009'; did you mean 'unit000'?",
         ANA_EDATA, 0},
        {"stimulus\tsplit\tpart\nunit000\t1\tTest\n",
         "f.tsv:2: part is 'train' or 'test', not 'Test'", ANA_EDATA, 0},
        {"stimulus\tsplit\tpart\tinner\nunit000\t1\ttrain\t-2\n",
         "f.tsv:2: '-2' in column 'inner' is not a whole number from 0, nor n/a",
         ANA_EDATA, 0},
        {"stimulus\tsplit\tpart\nunit000\t1\ttrain\nunit001\t2\ttest\nunit000\t1\ttest\n",
         "f.tsv:4: 'unit000' is in split '1' already (as train); each sample may be in "
         "one part",
         ANA_EDATA, 0},
        {"stimulus\tsplit\tpart\tfirst\tlast\nunit000\t1\ttrain\t4\t9\n",
         "f.tsv:2: 'unit000' has no samples from first = 4 to last = 9", ANA_EDATA, 0},
        {"stimulus\tsplit\tpart\tinner\nunit000\t1\ttest\tn/a\nunit001\t1\ttrain\t1\n"
         "unit002\t1\ttrain\t1\n",
         "f.tsv: split '1' has one inner fold; at least 2 are needed, or n/a for all "
         "lines",
         ANA_EDATA, 1},
        {"stimulus\tsplit\tpart\tinner\nunit000\t1\ttest\tn/a\nunit001\t1\ttrain\t1\n"
         "unit002\t1\ttrain\t0\n",
         "f.tsv gives 2 inner folds in split '1', but `inner = 3` asks for others; drop "
         "one of "
         "the two",
         ANA_EPARAM, 1},
        {"stimulus\tsplit\tpart\nunit000\t1\ttest\n",
         "split 1: fold 1 has no training rows (a gap of 0 samples on both sides of what "
         "is "
         "tested is left out); use fewer folds or a shorter gap",
         ANA_EPARAM, 0},
        {"stimulus\tsplit\tpart\tfirst\tlast\nunit000\t1\ttrain\t0\t1\nunit000\t1\ttest\t"
         "2\t2\n"
         "unit000\t1\ttrain\t3\t3\n",
         "f.tsv: split '1' tests sample 2 of 'unit000' between two training samples; "
         "test "
         "longer stretches with a `gap`, or write `allow_leakage = yes` and every output "
         "will "
         "say so",
         ANA_EPARAM, 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct ana_folds_spec plain = {.by = 0};
        const char *said;

        ck_assert_int_eq(
            read_text(ctx, cases[i].text, &s, cases[i].inner ? inner : plain, &folds),
            cases[i].status);
        said = ana_error(ctx);
        ck_assert_str_eq(strstr(said, "f.tsv") ? strstr(said, "f.tsv") : said,
                         cases[i].sentence);
        ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    }
    end(ctx, NULL, &s);
}
END_TEST

START_TEST(shuffled_folds_stay_stamped_when_they_come_from_a_file)
{
    struct ana_ctx *ctx = test_ctx();
    struct sample s = sample_runs(1, 40);
    struct ana_folds_spec spec = {
        .by = ANA_FOLDS_SHUFFLE, .outer = 4, .repeats = 1, .allow_leakage = 1};
    struct ana_folds *folds = make(ctx, &spec, &s), *read = NULL;
    char folder[64], path[96];

    test_folder(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/folds.tsv", folder);
    ck_assert_int_eq(ana_folds_write(ctx, folds, &s.rows, path), 0);
    spec.by = ANA_FOLDS_FILE;
    spec.file = path;
    read = make(ctx, &spec, &s);
    ck_assert_int_eq(read->leaky, 1);
    ana_folds_destroy(ctx, read);
    spec.allow_leakage = 0;
    ck_assert_int_eq(ana_folds_create(ctx, &spec, &s.rows, &read), ANA_EPARAM);
    unlink(path);
    rmdir(folder);
    end(ctx, folds, &s);
}
END_TEST

START_TEST(names_that_cannot_stand_in_a_table_are_refused)
{
    struct ana_ctx *ctx = test_ctx();
    struct sample s = sample_runs(4, 1);
    const struct ana_folds_spec spec = {
        .by = ANA_FOLDS_STIMULUS, .outer = 2, .repeats = 1};
    struct ana_folds *folds = make(ctx, &spec, &s);

    strcpy(s.names[1], "a\tb");
    ck_assert_int_eq(ana_folds_write(ctx, folds, &s.rows, "/nowhere/f.tsv"), ANA_EDATA);
    strcpy(s.names[1], "a b");
    ck_assert_int_eq(ana_folds_write(ctx, folds, &s.rows, "/nowhere/f.tsv"),
                     ANA_ERESOURCE);
    end(ctx, folds, &s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("folds");
    TCase *tests = tcase_create("folds");

    tcase_set_timeout(tests, 600);
    tcase_add_test(tests, ten_random_splits_have_83_and_82_whole_stimuli_and_differ);
    tcase_add_test(tests, the_seed_decides_the_draw);
    tcase_add_test(tests, the_order_in_which_a_recording_lists_stimuli_does_not_matter);
    tcase_add_test(tests, strata_are_balanced_in_folds_and_in_draws);
    tcase_add_test(tests, inner_folds_of_stimuli_are_random_and_balanced_over_strata);
    tcase_add_test(tests, folds_that_meet_the_memory_limit_leave_nothing_behind);
    tcase_add_test(tests, a_draw_picks_each_stimulus_equally_often);
    tcase_add_test(tests, runs_are_left_out_whole_and_in_their_order);
    tcase_add_test(tests, inner_blocks_cut_the_training_runs_with_the_gap_on_both_sides);
    tcase_add_test(tests, blocks_of_one_recording_keep_their_gap_on_both_sides);
    tcase_add_test(tests, shuffled_samples_need_leave_and_are_stamped);
    tcase_add_test(tests, leave_one_row_out_is_refused_for_samples_of_one_recording);
    tcase_add_test(tests, what_cannot_be_split_is_refused_with_a_sentence);
    tcase_add_test(tests, random_specs_on_random_rows_never_leak_or_say_why_not);
    tcase_add_test(tests, a_file_of_four_columns_gives_its_splits_and_inner_folds);
    tcase_add_test(tests, the_inner_folds_of_a_file_stand_where_none_were_asked_for);
    tcase_add_test(tests, inner_folds_that_nobody_asked_for_fit_the_runs_there_are);
    tcase_add_test(tests, a_wrong_file_is_refused_with_its_line);
    tcase_add_test(tests, shuffled_folds_stay_stamped_when_they_come_from_a_file);
    tcase_add_test(tests, names_that_cannot_stand_in_a_table_are_refused);
    suite_add_tcase(suite, tests);
    return test_main(suite);
}
