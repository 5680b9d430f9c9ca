/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The plugin ridge through the calls that the core makes.
 */
#include <anaflow/stats.h>

#include "plugins/metrics/lib/split.h"
#include "tests/unit/metric_run.h"
#include "tests/unit/size_refused.h"

extern const struct ana_plugin anaflow_plugin;

/* A problem of random rows whose targets follow two features each, some more noisily. */
enum { N = 60, P = 9, T = 200, FOLDS = 4 };

struct setup {
    struct ana_ctx *ctx;
    double *x, *y;
    struct ana_space *space;
    const struct ana_space *spaces[1];
    struct ana_fold *folds;
    int64_t group[N], moment[N];
    struct test_run run;
};

static void set_up_wide(struct setup *s, int64_t p, int32_t inner, int64_t n_inner)
{
    double *noise;

    memset(s, 0, sizeof *s);
    s->ctx = test_ctx();
    s->x = test_normal(s->ctx, "x", N * p);
    noise = test_normal(s->ctx, "y", N * T);
    s->y = ana_alloc(s->ctx, N * T, sizeof(double));
    for (int64_t i = 0; i < N; i++)
        for (int64_t j = 0; j < T; j++)
            s->y[i * T + j] = s->x[i * p + j % p] - .5 * s->x[i * p + (j + 3) % p] +
                              .02 * (double)j * noise[i * T + j] + 2;
    ana_free(s->ctx, noise);
    for (int64_t i = 0; i < N; i++)
        s->group[i] = i;
    s->space = test_space(s->ctx, N, p, s->x, ANA_STANDARDISE_SCALE);
    s->spaces[0] = s->space;
    s->folds = test_folds(s->ctx, N, FOLDS, inner, n_inner);
    s->run = (struct test_run){.plugin = &anaflow_plugin,
                               .y = s->y,
                               .problem = {.size = sizeof s->run.problem,
                                           .layout = ANA_LAYOUT_ROWS,
                                           .n_rows = N,
                                           .group = s->group,
                                           .moment = s->moment,
                                           .n_groups = N,
                                           .n_spaces = 1,
                                           .spaces = s->spaces,
                                           .n_folds = FOLDS,
                                           .folds = s->folds,
                                           .n_targets = T,
                                           .memory = 1 << 30}};
}

static void set_up(struct setup *s, int32_t inner, int64_t n_inner)
{
    set_up_wide(s, P, inner, n_inner);
}

static void set(struct setup *s, const char *key, const char *value)
{
    int k = 0;

    while (s->run.key[k])
        k++;
    s->run.key[k] = key;
    s->run.value[k] = value;
}

static void run(struct setup *s)
{
    ck_assert_msg(test_run(s->ctx, &s->run) == 0, "%s", ana_error(s->ctx));
}

static void tear_down(struct setup *s)
{
    test_run_end(s->ctx, &s->run);
    ana_space_destroy(s->ctx, s->space);
    ana_free(s->ctx, s->folds);
    ana_free(s->ctx, s->x);
    ana_free(s->ctx, s->y);
    ana_ctx_destroy(s->ctx);
}

/* r, R2 and alpha of a run, FOLDS x T each. */
struct answer {
    double r[FOLDS * T], R2[FOLDS * T], alpha[FOLDS * T];
};

static void take(const struct setup *s, struct answer *answer)
{
    memcpy(answer->r, test_table(&s->run, "r")->score, sizeof answer->r);
    memcpy(answer->R2, test_table(&s->run, "R2")->score, sizeof answer->R2);
    memcpy(answer->alpha, test_choice(&s->run, "alpha"), sizeof answer->alpha);
}

START_TEST(targets_that_follow_the_features_are_found_and_noise_lowers_their_score)
{
    struct setup s;
    const struct ana_out_table *r, *r2;

    set_up(&s, ANA_INNER_LOO, 0);
    run(&s);
    r = test_table(&s.run, "r");
    r2 = test_table(&s.run, "r2");
    ck_assert_int_eq(r->n_folds, FOLDS);
    ck_assert_int_eq(r->n_targets, T);
    for (int64_t k = 0; k < FOLDS; k++) {
        ck_assert(r->score[k * T] > .9999);
        ck_assert(r->score[k * T + T - 1] < .8);
    }
    for (int64_t i = 0; i < FOLDS * T; i++)
        ck_assert(r2->score[i] == (r->score[i] > 0 ? r->score[i] * r->score[i] : 0));
    ck_assert_str_eq(s.run.plan.measures[0].id, "r2");
    ck_assert(test_has_note(&s.run, "alpha: 41 values from 1e-10 to 1e+10, one for each "
                                    "target and fold, by squared error of leaving each "
                                    "training row out; ties go to the larger"));
    ck_assert(test_has_note(&s.run, "intercept c not penalised"));
    tear_down(&s);
}
END_TEST

/* The engine's ways, by the memory that leads to each: designs kept and y whole, designs
 * kept and y in tiles, designs made for each fold. */
enum { WHOLE = 1 << 30, TILES = 400 << 10, SCARCE = 64 << 10 };

START_TEST(memory_changes_the_way_but_not_the_answer)
{
    static const int64_t memory[] = {WHOLE, TILES, SCARCE};
    static const int32_t inner[] = {ANA_INNER_LOO, ANA_INNER_FOLDS, ANA_INNER_GCV};
    static struct answer want, got;

    for (int k = 0; k < 3; k++)
        for (int m = 0; m < 3; m++) {
            struct setup s;

            set_up(&s, inner[k], inner[k] == ANA_INNER_FOLDS ? 3 : 0);
            s.run.problem.memory = memory[m];
            run(&s);
            ck_assert_int_eq(s.run.plan.tile > 0, memory[m] == TILES);
            take(&s, m == 0 ? &want : &got);
            tear_down(&s);
            if (m == 0)
                continue;
            ck_assert_mem_eq(&got, &want, sizeof want);
        }
}
END_TEST

/* Widths that are multiples of 16, as the plan's are: BLAS treats edges apart. */
START_TEST(threads_order_and_width_of_tiles_change_no_bit)
{
    static const struct {
        int64_t memory, tile;
        int threads, backwards;
    } way[] = {{TILES, 16, 1, 0}, {TILES, 16, 2, 0}, {TILES, 16, 4, 1},
               {TILES, 48, 3, 0}, {TILES, T, 2, 0},  {TILES, 112, 2, 1},
               {WHOLE, T, 1, 0},  {WHOLE, T, 3, 0},  {SCARCE, T, 1, 0},
               {SCARCE, T, 4, 0}};
    static const char *const alpha[] = {"target", "shared"};
    static struct answer want, got;

    for (int shared = 0; shared < 2; shared++)
        for (int k = 0; k < 10; k++) {
            struct ana_pool *pool;
            struct setup s;

            set_up(&s, ANA_INNER_FOLDS, 3);
            set(&s, "alpha", alpha[shared]);
            ck_assert_int_eq(ana_pool_create(s.ctx, way[k].threads, &pool), 0);
            ana_ctx_set_pool(s.ctx, pool);
            s.run.problem.memory = way[k].memory;
            s.run.tile = way[k].tile;
            s.run.backwards = way[k].backwards;
            run(&s);
            ck_assert_int_eq(s.run.passes, shared && way[k].memory == TILES ? 2 : 1);
            take(&s, k == 0 ? &want : &got);
            ana_ctx_set_pool(s.ctx, NULL);
            ana_pool_destroy(pool);
            tear_down(&s);
            if (k > 0)
                ck_assert_msg(memcmp(&got, &want, sizeof got) == 0, "way %d", k);
        }
}
END_TEST

START_TEST(a_shared_alpha_is_one_for_all_targets_of_a_fold)
{
    struct setup s;
    const double *alpha;

    set_up(&s, ANA_INNER_GCV, 0);
    set(&s, "alpha", "shared");
    run(&s);
    alpha = test_choice(&s.run, "alpha");
    for (int64_t i = 0; i < FOLDS * T; i++)
        ck_assert(alpha[i] == alpha[i / T * T]);
    ck_assert(test_has_note(&s.run, "one for all targets of a fold, by generalised "
                                    "cross-validation on the training rows"));
    tear_down(&s);
}
END_TEST

START_TEST(one_alpha_needs_no_inner_choice_and_its_place_in_the_list_is_free)
{
    struct setup s;

    set_up(&s, ANA_INNER_NONE, 0);
    set(&s, "alphas", "3 3");
    run(&s);
    ck_assert(test_choice(&s.run, "alpha")[5] == 3);
    ck_assert_int_eq(test_count(&s.run, "alpha at the low edge of the grid"), -1);
    ck_assert(test_has_note(&s.run, "alpha: 3, given"));
    tear_down(&s);
    set_up(&s, ANA_INNER_LOO, 0);
    set(&s, "alphas", "10 .1 1 .1");
    run(&s);
    ck_assert(test_has_note(&s.run, "alpha: 3 values from 0.1 to 10"));
    tear_down(&s);
}
END_TEST

/* Target 0 is constant everywhere, target 1 on fold 0's training rows, target 2 on its
 * test rows. */
/* Fold 1 of the setup trains on all groups; a group is every tenth of the rows. */
START_TEST(penalties_of_other_programs_become_scikit_learns)
{
    static const struct {
        const char *lambda, *alphas, *same;
    } cases[] = {{"huth", "2 30", "4 900"},
                 {"mtrf", "2 30", "128 1920"},
                 {"mtrfpy", "2 30", "1280 19200"}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct setup s[2];
        int64_t *group[2];

        for (int k = 0; k < 2; k++) {
            const int64_t n = (set_up(&s[k], ANA_INNER_LOO, 0), s[k].run.problem.n_rows);

            group[k] = ana_alloc(s[k].ctx, n, sizeof(int64_t));
            for (int64_t row = 0; row < n; row++)
                group[k][row] = row * 10 / n;
            s[k].run.problem.group = group[k];
            s[k].run.problem.rate = 64;
            set(&s[k], "alphas", k ? cases[i].same : cases[i].alphas);
            set(&s[k], "lambda", k ? "sklearn" : cases[i].lambda);
            run(&s[k]);
        }
        ck_assert_mem_eq(test_table(&s[0].run, "r")->score,
                         test_table(&s[1].run, "r")->score, FOLDS * T * sizeof(double));
        ck_assert_mem_eq(test_choice(&s[0].run, "alpha"), test_choice(&s[1].run, "alpha"),
                         FOLDS * T * sizeof(double));
        ck_assert(test_has_note(&s[0].run, cases[i].lambda));
        for (int k = 0; k < 2; k++) {
            ana_free(s[k].ctx, group[k]);
            tear_down(&s[k]);
        }
    }
}
END_TEST

START_TEST(a_rate_that_is_not_there_is_asked_for)
{
    struct setup s;

    set_up(&s, ANA_INNER_LOO, 0);
    set(&s, "lambda", "mtrf");
    ck_assert_int_eq(test_run(s.ctx, &s.run), ANA_EPARAM);
    ck_assert_ptr_nonnull(strstr(ana_error(s.ctx), "not samples over time"));
    tear_down(&s);
}
END_TEST

START_TEST(constant_targets_and_predictions_are_counted)
{
    struct setup s;
    const struct ana_out_table *r, *R2;

    set_up(&s, ANA_INNER_LOO, 0);
    for (int64_t i = 0; i < N; i++) {
        s.y[i * T] = .1;
        if (i % FOLDS != 0)
            s.y[i * T + 1] = -3;
        else
            s.y[i * T + 2] = 1e6;
    }
    run(&s);
    r = test_table(&s.run, "r");
    R2 = test_table(&s.run, "R2");
    for (int64_t k = 0; k < FOLDS; k++) {
        ck_assert(isnan(r->score[k * T]) && isnan(R2->score[k * T]));
        ck_assert(isnan(r->score[k * T + 1]) == (k > 0));
        ck_assert(isnan(r->score[k * T + 2]) == (k == 0));
    }
    ck_assert(r->score[1] == 0 && R2->score[1] < 0);
    ck_assert_int_eq(test_count(&s.run, "constant target"), FOLDS + 3 + 1);
    ck_assert_int_eq(test_count(&s.run, "constant prediction"), 1);
    tear_down(&s);
}
END_TEST

START_TEST(alphas_at_the_edges_of_the_grid_are_counted)
{
    struct setup s;
    double *noise;

    set_up(&s, ANA_INNER_LOO, 0);
    noise = test_normal(s.ctx, "noise", N * T);
    for (int64_t i = 0; i < N * T; i++) /* one half follows x exactly, one half nothing */
        s.y[i] = i % T < T / 2 ? s.x[i / T * P] : noise[i];
    set(&s, "alphas", ".1 1 10 100");
    run(&s);
    ck_assert_int_eq(test_count(&s.run, "alpha at the low edge of the grid"),
                     FOLDS * T / 2);
    ck_assert_int_ge(test_count(&s.run, "alpha at the high edge of the grid"), 20);
    ana_free(s.ctx, noise);
    tear_down(&s);
}
END_TEST

START_TEST(the_plan_covers_what_is_taken)
{
    static const int64_t memory[] = {WHOLE, TILES, SCARCE};
    static const int32_t inner[] = {ANA_INNER_LOO, ANA_INNER_FOLDS};
    static const int64_t width[] = {P, 150};

    for (int k = 0; k < 12; k++) {
        struct setup s;
        int64_t before, peak;

        set_up_wide(&s, width[k / 6], inner[k % 2], k % 2 ? 3 : 0);
        s.run.problem.memory = memory[k / 2 % 3];
        before = ana_ctx_memory(s.ctx, NULL);
        run(&s);
        ana_ctx_memory(s.ctx, &peak);
        ck_assert_msg(peak - before <= s.run.plan.bytes + (40 << 10) + 4 * 8 * FOLDS * T,
                      "way %d: took %lld, planned %lld", k, (long long)(peak - before),
                      (long long)s.run.plan.bytes);
        ck_assert(s.run.plan.flops > 0);
        tear_down(&s);
    }
}
END_TEST

START_TEST(predictions_are_handed_out_in_every_way)
{
    static const int64_t memory[] = {WHOLE, TILES, SCARCE};

    for (int k = 0; k < 3; k++) {
        struct setup s;

        set_up(&s, ANA_INNER_FOLDS, 3);
        for (int64_t i = 0; i < N; i++) { /* clips of 4 samples that share a fold */
            s.group[i] = i / (4 * FOLDS) * FOLDS + i % FOLDS;
            s.moment[i] = i / FOLDS % 4;
        }
        s.run.problem.layout = ANA_LAYOUT_EPOCHS;
        s.run.problem.n_groups = 16;
        s.run.problem.want_predictions = 1;
        s.run.problem.memory = memory[k];
        run(&s);
        ck_assert(test_table(&s.run, "r_beyond_null")->score[0] > .8);
        tear_down(&s);
    }
}
END_TEST

START_TEST(a_value_that_is_not_finite_is_located)
{
    struct setup s;
    struct ana_target targets[T];

    memset(targets, 0, sizeof targets);
    set_up(&s, ANA_INNER_LOO, 0);
    targets[11].name = "LTG3";
    s.run.targets = targets;
    s.y[17 * T + 11] = (double)NAN;
    ck_assert_int_eq(test_run(s.ctx, &s.run), ANA_ENUMERIC);
    ck_assert_str_eq(
        ana_error(s.ctx),
        "row 17 of target 11 (LTG3) is not finite; repair the recording or say "
        "what to do with `nan =`");
    tear_down(&s);
}
END_TEST

START_TEST(problems_that_ridge_cannot_take_are_refused_with_a_sentence)
{
    const struct ana_space *two[2];
    struct setup s;

    set_up(&s, ANA_INNER_NONE, 0);
    ck_assert_int_eq(test_run(s.ctx, &s.run), ANA_EPARAM);
    ck_assert_str_eq(
        ana_error(s.ctx),
        "41 alphas to choose from, but the folds say nothing of how; write "
        "`inner = loo`, `inner = gcv` or a number of inner folds into [folds], "
        "or give one alpha");
    tear_down(&s);
    set_up(&s, ANA_INNER_LOO, 0);
    two[0] = two[1] = s.space;
    s.run.problem.n_spaces = 2;
    s.run.problem.spaces = two;
    ck_assert_int_eq(test_run(s.ctx, &s.run), ANA_EPARAM);
    ck_assert_str_eq(ana_error(s.ctx),
                     "ridge takes one feature space, not 2; join them in "
                     "one [features] section (from = a b)");
    tear_down(&s);
    set_up(&s, ANA_INNER_LOO, 0);
    s.run.problem.n_folds = 0;
    ck_assert_int_eq(test_run(s.ctx, &s.run), ANA_EPARAM);
    ck_assert_str_eq(ana_error(s.ctx), "ridge needs folds; add a [folds] section");
    tear_down(&s);
    set_up(&s, ANA_INNER_LOO, 0);
    s.folds[1].n_train = 1;
    ck_assert_int_eq(test_run(s.ctx, &s.run), ANA_EPARAM);
    ck_assert_str_eq(ana_error(s.ctx),
                     "fold 1 of repeat 0 has 1 training rows; ridge needs "
                     "at least 2");
    tear_down(&s);
    set_up(&s, ANA_INNER_LOO, 0);
    set(&s, "alphas", "-1 1");
    ck_assert_int_eq(test_run(s.ctx, &s.run), ANA_EPARAM);
    ck_assert_ptr_nonnull(strstr(ana_error(s.ctx), "alphas"));
    tear_down(&s);
}
END_TEST

/* Real features and responses, folds from the case's files, X as the core keeps it. */
static void check_natsound(const char *folder, int loo)
{
    enum { ROWS = 165, SPLITS = 10, TARGETS = 21 };
    struct ana_ctx *ctx = test_ctx();
    int64_t shape[2];
    double *x = test_reference(ctx, folder, "X", shape);
    double *y = test_reference(ctx, folder, "Y", NULL);
    double *train = test_reference(ctx, folder, "train", NULL);
    double *test = test_reference(ctx, folder, "test", NULL);
    double *want =
        test_reference(ctx, folder, loo ? "sklearn_r" : "own_inner5_meanR2_r", NULL);
    double *alpha = test_reference(
        ctx, folder, loo ? "sklearn_alpha" : "own_inner5_meanR2_alpha", NULL);
    struct ana_space *space = test_space(ctx, ROWS, shape[1], x, ANA_STANDARDISE_SCALE);
    const struct ana_space *const spaces[] = {space};
    struct ana_fold *folds = test_folds(ctx, 166, SPLITS, loo ? ANA_INNER_LOO : 0, 0);
    struct ana_fold *inner = test_folds(ctx, 83, 5, 0, 0);
    int64_t rows[SPLITS][ROWS], group[ROWS];
    struct test_run run = {.plugin = &anaflow_plugin, .y = y};

    for (int64_t k = 0; k < SPLITS; k++) {
        for (int64_t i = 0; i < 83; i++)
            rows[k][i] = (int64_t)train[k * 83 + i];
        for (int64_t i = 0; i < 82; i++)
            rows[k][83 + i] = (int64_t)test[k * 82 + i];
        folds[k].n_train = 83;
        folds[k].n_test = 82;
        folds[k].train = rows[k];
        folds[k].test = rows[k] + 83;
        if (!loo) {
            folds[k].inner = ANA_INNER_FOLDS;
            folds[k].n_inner = 5;
            folds[k].inner_folds = inner;
        }
    }
    for (int64_t i = 0; i < ROWS; i++)
        group[i] = i;
    run.problem = (struct ana_problem){.size = sizeof run.problem,
                                       .layout = ANA_LAYOUT_ROWS,
                                       .n_rows = ROWS,
                                       .group = group,
                                       .n_groups = ROWS,
                                       .n_spaces = 1,
                                       .spaces = spaces,
                                       .n_folds = SPLITS,
                                       .folds = folds,
                                       .n_targets = TARGETS,
                                       .memory = WHOLE};
    ck_assert_msg(test_run(ctx, &run) == 0, "%s", ana_error(ctx));
    for (int64_t i = 0; i < SPLITS * TARGETS; i++)
        ck_assert(fabs(test_choice(&run, "alpha")[i] / alpha[i] - 1) < 1e-12);
    printf("%s, %s: r differs by %.1e\n", folder, loo ? "leave-one-out" : "inner folds",
           test_difference(test_table(&run, "r")->score, want, SPLITS * TARGETS));
    ck_assert(test_difference(test_table(&run, "r")->score, want, SPLITS * TARGETS) <
              1e-6);
    if (loo) {
        double *median = test_reference(ctx, folder, "sklearn_median_r2_clamped", NULL);

        for (int64_t j = 0; j < TARGETS; j++) {
            double column[SPLITS];

            for (int64_t k = 0; k < SPLITS; k++)
                column[k] = test_table(&run, "r2")->score[k * TARGETS + j];
            ck_assert(fabs(ana_median(SPLITS, column) - median[j]) < 1e-6);
        }
        ana_free(ctx, median);
    }
    test_run_end(ctx, &run);
    ana_space_destroy(ctx, space);
    ana_free(ctx, folds);
    ana_free(ctx, inner);
    ana_free(ctx, x);
    ana_free(ctx, y);
    ana_free(ctx, train);
    ana_free(ctx, test);
    ana_free(ctx, want);
    ana_free(ctx, alpha);
    ana_ctx_destroy(ctx);
}

START_TEST(natural_sounds_give_scikit_learns_scores)
{
    static const char *const folder[] = {"natsound_ridge/ridge_case_coch_mean",
                                         "natsound_ridge/ridge_case_cnn_cm_conv13"};

    if (!test_has_reference(folder[0]))
        TEST_SKIP("../shared/reference is missing");
    for (int k = 0; k < 4; k++)
        check_natsound(folder[k / 2], k % 2 == 0);
}
END_TEST

/* A named array that was handed out, folds x rows x targets. */
static const struct ana_tensor *array_of(const struct test_run *run, const char *name)
{
    for (int64_t i = 0; i < run->collector->n_arrays; i++)
        if (strcmp(run->collector->arrays[i].name, name) == 0)
            return &run->collector->arrays[i].values;
    ck_abort_msg("no array %s", name);
    return NULL;
}

/* Small and wide, small and tall, and the float32 engine's predictions. */
static const struct {
    int64_t n, p;
    const char *weights;
} kept[] = {{53, 90, "yes"}, {90, 12, "yes"}, {1003, 12, "yes"}, {1003, 12, "no"}};

START_TEST(kept_predictions_are_those_that_are_scored_and_weights_make_them)
{
    const int64_t n = kept[_i].n, p = kept[_i].p, t = 7;
    struct ana_ctx *ctx = test_ctx();
    double *x = test_normal(ctx, "x", n * p), *y = test_normal(ctx, "y", n * t);
    struct ana_space *space = test_space(ctx, n, p, x, ANA_STANDARDISE_SCALE);
    const struct ana_space *spaces[] = {space};
    struct ana_fold *folds = test_folds(ctx, n, 4, ANA_INNER_FOLDS, 3);
    struct test_run run = {.plugin = &anaflow_plugin,
                           .y = y,
                           .problem = {.size = sizeof run.problem,
                                       .layout = ANA_LAYOUT_ROWS,
                                       .n_rows = n,
                                       .n_spaces = 1,
                                       .spaces = spaces,
                                       .n_folds = 4,
                                       .folds = folds,
                                       .n_targets = t,
                                       .memory = n > 60 ? INT64_C(1) << 32 : 200000},
                           .key = {"alphas", "predictions", "weights"},
                           .value = {"logspace(-1, 3, 5)", "yes", kept[_i].weights}};
    const int weighed = kept[_i].weights[0] == 'y';
    const struct ana_tensor *prediction;
    int64_t rows;

    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < t; j++)
            y[i * t + j] = 100 + y[i * t + j] + x[i * p + j];
    ck_assert_msg(test_run(ctx, &run) == 0, "%s", ana_error(ctx));
    prediction = array_of(&run, "prediction");
    rows = prediction->shape[1];
    ck_assert_int_eq(rows, (n + 3) / 4);
    for (int64_t k = 0; k < 4; k++) {
        const struct ana_fold *fold = &folds[k];
        const float *got = (const float *)prediction->data + k * rows * t;
        struct ana_tensor train = {.dtype = ANA_F64}, test = {.dtype = ANA_F64};

        ck_assert_int_eq(ana_fold_matrix(ctx, space, fold, &train, &test), 0);
        for (int64_t j = 0; j < t; j++) {
            double *pair = ana_alloc(ctx, 2 * fold->n_test, sizeof *pair);
            int32_t constant;

            for (int64_t i = 0; i < fold->n_test; i++) {
                pair[i] = (double)got[i * t + j];
                pair[fold->n_test + i] = y[fold->test[i] * t + j];
                if (weighed) {
                    const float *w = (const float *)array_of(&run, "weights")->data;
                    const float *c = (const float *)array_of(&run, "intercept")->data;
                    double sum = ((const double *)(const void *)c)[k * t + j];

                    for (int64_t f = 0; f < p; f++)
                        sum += ((double *)test.data)[i * p + f] *
                               (double)w[(k * p + f) * t + j];
                    ck_assert_double_eq_tol(sum, pair[i], 2e-5);
                }
            }
            for (int64_t i = fold->n_test; i < rows; i++)
                ck_assert(isnan(got[i * t + j]));
            ck_assert_double_eq_tol(
                ana_pearson(fold->n_test, pair, pair + fold->n_test, &constant),
                test_table(&run, "r")->score[k * t + j], 1e-4);
            ana_free(ctx, pair);
        }
        ana_tensor_finish(&train);
        ana_tensor_finish(&test);
    }
    ck_assert_int_eq(run.plan.arrays, 4 * t * (4 * rows + (weighed ? 4 * p + 8 : 0)));
    test_run_end(ctx, &run);
    ana_space_destroy(ctx, space);
    ana_free(ctx, folds);
    ana_free(ctx, x);
    ana_free(ctx, y);
    ana_ctx_destroy(ctx);
}
END_TEST

/* The HuthLab code's weights: alpha squared, and with normalpha times the largest singular
 * value first. Through the plugin features are float32. */
START_TEST(huths_weights_are_met_in_both_conventions)
{
    struct ana_ctx *ctx = test_ctx();
    int64_t shape[2], n, p, t;
    double *given, *x, *y, *alphas, *want, *both, size = 0, worst = 0;
    struct ana_space *space;
    const struct ana_space *spaces[1];
    int64_t rows[64];
    struct ana_fold fold = {.size = sizeof fold, .train = rows};

    if (!test_has_reference("huth_ridge")) {
        printf("SKIPPED: no ../shared/reference\n");
        ana_ctx_destroy(ctx);
        return;
    }
    given = test_reference(ctx, "huth_ridge", "X", shape);
    n = shape[0];
    p = shape[1];
    y = test_reference(ctx, "huth_ridge", "Y", shape);
    t = shape[1];
    alphas = test_reference(ctx, "huth_ridge", "alphas", NULL);
    want = test_reference(ctx, "huth_ridge", _i ? "coef_normalpha" : "coef", NULL);
    both = ana_alloc(ctx, (n + 3) * t, sizeof *both);
    memcpy(both, y, (size_t)(n * t) * sizeof *both);
    for (int64_t j = 0; j < 3 * t; j++)
        both[n * t + j] = (double)(j % 4);
    x = ana_alloc(ctx, (n + 3) * p, sizeof *x); /* three test rows of zeros */
    memcpy(x, given, (size_t)(n * p) * sizeof *x);
    spaces[0] = space = test_space(ctx, n + 3, p, x, ANA_STANDARDISE_NONE);
    for (int64_t i = 0; i < n + 3; i++)
        rows[i] = i;
    fold.n_train = n;
    fold.n_test = 3;
    fold.test = rows + n;
    for (int64_t j = 0; j < t; j++) {
        char alpha[40];
        struct test_run run = {.plugin = &anaflow_plugin,
                               .y = both,
                               .problem = {.size = sizeof run.problem,
                                           .layout = ANA_LAYOUT_ROWS,
                                           .n_rows = n + 3,
                                           .n_spaces = 1,
                                           .spaces = spaces,
                                           .n_folds = 1,
                                           .folds = &fold,
                                           .n_targets = t,
                                           .memory = INT64_C(1) << 32},
                               .key = {"alphas", "weights", "lambda", "intercept"},
                               .value = {alpha, "yes", _i ? "normalised" : "huth", "no"}};

        snprintf(alpha, sizeof alpha, "%.17g", alphas[j]);
        ck_assert_msg(test_run(ctx, &run) == 0, "%s", ana_error(ctx));
        for (int64_t f = 0; f < p; f++) {
            const float *w = (const float *)array_of(&run, "weights")->data;

            size = fmax(size, fabs(want[f * t + j]));
            worst = fmax(worst, fabs((double)w[f * t + j] - want[f * t + j]));
        }
        ck_assert(test_has_note(&run, _i ? "then squared" : "squared"));
        test_run_end(ctx, &run);
    }
    printf("%s: weights differ by %.1e\n", _i ? "normalised" : "huth", worst / size);
    ck_assert_double_le(worst, 1e-6 * size);
    ana_space_destroy(ctx, space);
    ana_free(ctx, given);
    ana_free(ctx, x);
    ana_free(ctx, y);
    ana_free(ctx, alphas);
    ana_free(ctx, want);
    ana_free(ctx, both);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Mean R2 over a fold's inner folds with one fraction, from weights that are shortened by
 * bisection: nothing of the engine but the design. */
static double inner_R2(struct ana_ctx *ctx, const struct ana_space *space,
                       const struct ana_fold *fold, double fraction, int64_t t,
                       const double *y, int64_t target)
{
    double mean_R2 = 0;

    for (int64_t in = 0; in < fold->n_inner; in++) {
        struct ana_fold rows;
        struct ana_design *q;
        double own[200], *b, mean = 0, mean_y = 0, norm = 0, low = 0, high = 1e12;
        double sse = 0, sst = 0;

        ck_assert_int_eq(ana_split_inner_fold(ctx, fold, in, &rows), 0);
        ck_assert_int_eq(ana_design_from_space(ctx, space, &rows, 1, 0, 0, &q), 0);
        for (int64_t i = 0; i < q->n; i++)
            own[i] = y[rows.train[i] * t + target];
        b = ana_alloc(ctx, q->r, sizeof *b);
        ana_design_project(ctx, q, 1, own, &mean, b);
        for (int64_t k = 0; k < q->r; k++)
            norm += pow(b[k] / q->s[k], 2);
        for (int round = 0; round < 200; round++) {
            const double middle = (low + high) / 2;
            double shrunk = 0;

            for (int64_t k = 0; k < q->r; k++)
                shrunk += pow(b[k] * q->s[k] / (q->s[k] * q->s[k] + middle), 2);
            if (sqrt(shrunk) > fraction * sqrt(norm))
                low = middle;
            else
                high = middle;
        }
        for (int64_t i = 0; i < q->m; i++)
            mean_y += y[rows.test[i] * t + target] / (double)q->m;
        for (int64_t i = 0; i < q->m; i++) {
            double e = y[rows.test[i] * t + target] - mean;

            for (int64_t k = 0; k < q->r; k++)
                e -= q->t[i * q->r + k] * b[k] * q->s[k] / (q->s[k] * q->s[k] + low);
            sse += e * e;
            sst += pow(y[rows.test[i] * t + target] - mean_y, 2);
        }
        mean_R2 += (1 - sse / sst) / (double)fold->n_inner;
        ana_design_destroy(ctx, q);
        ana_split_inner_free(ctx, &rows);
        ana_free(ctx, b);
    }
    return mean_R2;
}

START_TEST(fractions_are_chosen_over_inner_folds)
{
    static const double fractions[] = {1, .8, .6, .4, .2};
    enum { ROWS = 90, FEATURES = 60, TARGETS = 12 };
    struct ana_ctx *ctx = test_ctx();
    double *x = test_normal(ctx, "x", ROWS * FEATURES),
           *y = test_normal(ctx, "y", ROWS * TARGETS);
    struct ana_space *space = test_space(ctx, ROWS, FEATURES, x, ANA_STANDARDISE_SCALE);
    const struct ana_space *spaces[] = {space};
    struct ana_fold *folds = test_folds(ctx, ROWS, 3, ANA_INNER_FOLDS, 4);
    struct test_run run = {.plugin = &anaflow_plugin,
                           .y = y,
                           .problem = {.size = sizeof run.problem,
                                       .layout = ANA_LAYOUT_ROWS,
                                       .n_rows = ROWS,
                                       .n_spaces = 1,
                                       .spaces = spaces,
                                       .n_folds = 3,
                                       .folds = folds,
                                       .n_targets = TARGETS,
                                       .memory = INT64_C(1) << 32},
                           .key = {"fractions", "lambda"},
                           .value = {"0.2 0.6 0.4 1 0.8 1", "sklearn"}};
    int differ = 0;

    for (int64_t i = 0; i < ROWS; i++)
        for (int64_t j = 0; j < TARGETS; j++)
            for (int64_t k = 0; k <= j; k++)
                y[i * TARGETS + j] += x[i * FEATURES + k] * (j % 2 ? 2 : .5);
    ck_assert_msg(test_run(ctx, &run) == 0, "%s", ana_error(ctx));
    for (int64_t k = 0; k < 3; k++)
        for (int64_t j = 0; j < TARGETS; j++) {
            const double got = test_choice(&run, "fraction")[k * TARGETS + j];
            double best = -INFINITY, at = 0;

            for (int f = 4; f >= 0; f--) {
                const double R2 =
                    inner_R2(ctx, space, &folds[k], fractions[f], TARGETS, y, j);

                if (R2 > best + 1e-9) {
                    best = R2;
                    at = fractions[f];
                }
            }
            ck_assert_double_eq_tol(got, at, 1e-12);
            ck_assert((got < 1) == (test_choice(&run, "alpha")[k * TARGETS + j] > 0));
            differ |= got < test_choice(&run, "fraction")[0];
            differ |= got > test_choice(&run, "fraction")[0];
        }
    ck_assert(differ);
    ck_assert(test_has_note(&run, "5 fractions of the least-squares weights"));
    ck_assert(test_has_note(&run, "fractions: 1 0.8 0.6 0.4 0.2"));
    ck_assert_int_ge(test_count(&run, "smallest fraction chosen"), 0);
    test_run_end(ctx, &run);
    run.key[2] = "weights";
    run.value[2] = "yes";
    run.problem.n_folds = 1;
    test_every_allocation(ctx, &run);
    run.problem.n_folds = 3;
    run.value[1] = "huth";
    ck_assert_int_eq(test_run(ctx, &run), ANA_EPARAM);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "`fractions` are none"));
    test_run_end(ctx, &run);
    run.key[1] = NULL;
    folds[1].inner = ANA_INNER_LOO;
    ck_assert_int_eq(test_run(ctx, &run), ANA_EPARAM);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "over inner folds"));
    test_run_end(ctx, &run);
    ana_space_destroy(ctx, space);
    ana_free(ctx, folds);
    ana_free(ctx, x);
    ana_free(ctx, y);
    ana_ctx_destroy(ctx);
}
END_TEST

static const struct test_absurd absurd[] = {
    {.n_train = 50000,
     .features = 40000,
     .says =
         "eigenvalues of a 40000 x 40000 matrix: LAPACK's workspace allows 32766 rows"},
};

START_TEST(sizes_that_lapack_cannot_hold_are_refused_by_the_plan)
{
    test_size_refused(&anaflow_plugin, &absurd[_i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ridge");
    TCase *tests = tcase_create("ridge");

    tcase_set_timeout(tests, 600);
    tcase_add_loop_test(tests, sizes_that_lapack_cannot_hold_are_refused_by_the_plan, 0,
                        1);
    tcase_add_test(
        tests, targets_that_follow_the_features_are_found_and_noise_lowers_their_score);
    tcase_add_test(tests, memory_changes_the_way_but_not_the_answer);
    tcase_add_test(tests, threads_order_and_width_of_tiles_change_no_bit);
    tcase_add_test(tests, a_shared_alpha_is_one_for_all_targets_of_a_fold);
    tcase_add_test(tests,
                   one_alpha_needs_no_inner_choice_and_its_place_in_the_list_is_free);
    tcase_add_test(tests, penalties_of_other_programs_become_scikit_learns);
    tcase_add_test(tests, a_rate_that_is_not_there_is_asked_for);
    tcase_add_test(tests, constant_targets_and_predictions_are_counted);
    tcase_add_test(tests, alphas_at_the_edges_of_the_grid_are_counted);
    tcase_add_test(tests, the_plan_covers_what_is_taken);
    tcase_add_test(tests, predictions_are_handed_out_in_every_way);
    tcase_add_test(tests, a_value_that_is_not_finite_is_located);
    tcase_add_test(tests, problems_that_ridge_cannot_take_are_refused_with_a_sentence);
    tcase_add_test(tests, natural_sounds_give_scikit_learns_scores);
    tcase_add_loop_test(tests,
                        kept_predictions_are_those_that_are_scored_and_weights_make_them,
                        0, sizeof kept / sizeof *kept);
    tcase_add_test(tests, fractions_are_chosen_over_inner_folds);
    tcase_add_loop_test(tests, huths_weights_are_met_in_both_conventions, 0, 2);
    suite_add_tcase(suite, tests);
    return test_main(suite);
}
