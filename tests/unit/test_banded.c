/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Banded ridge beside himalaya's group ridge (../shared/reference), beside refitting every
 * draw by hand, and what its parts must add up to.
 */
#include <anaflow/linalg.h>
#include <math.h>

#include "plugins/metrics/banded/refine.h"
#include "plugins/metrics/banded/run.h"
#include "plugins/metrics/lib/map.h"
#include "tests/unit/leak_run.h"
#include "tests/unit/plan_run.h"
#include "tests/unit/size_refused.h"

extern const struct ana_plugin anaflow_plugin;

/* A himalaya case as one problem: its training rows, then its test rows, in one fold. */
struct reference {
    int64_t n, m, p, t, a, draws, groups;
    double *x, *y, *alphas, *gammas, *sizes, *place;
    struct ana_space *spaces[3];
    const struct ana_space *list[3];
    struct ana_fold fold, inner[16];
    int64_t rows[4096];
    struct ana_problem problem;
};

static double *stack(struct ana_ctx *ctx, const char *folder, const char *first,
                     const char *second, int64_t *n, int64_t *m, int64_t *columns)
{
    int64_t shape[3];
    double *a = test_reference(ctx, folder, first, shape), *b, *both;

    *n = shape[0];
    *columns = shape[1];
    b = test_reference(ctx, folder, second, shape);
    *m = shape[0];
    both = ana_alloc(ctx, (*n + *m) * *columns, sizeof *both);
    memcpy(both, a, (size_t)(*n * *columns) * sizeof *both);
    memcpy(both + *n * *columns, b, (size_t)(*m * *columns) * sizeof *both);
    ana_free(ctx, a);
    ana_free(ctx, b);
    return both;
}

static void make_folds(struct reference *q)
{
    int64_t *row = q->rows, folds = 0;

    for (int64_t i = 0; i < q->n; i++)
        folds = q->place[i] + 1 > (double)folds ? (int64_t)q->place[i] + 1 : folds;
    for (int64_t j = 0; j < folds; j++) {
        struct ana_fold *in = &q->inner[j];

        *in = (struct ana_fold){.size = sizeof *in, .train = row};
        for (int64_t i = 0; i < q->n; i++)
            if ((int64_t)q->place[i] != j)
                row[in->n_train++] = i;
        row += in->n_train;
        in->test = row;
        for (int64_t i = 0; i < q->n; i++)
            if ((int64_t)q->place[i] == j)
                row[in->n_test++] = i;
        row += in->n_test;
    }
    for (int64_t i = 0; i < q->n + q->m; i++)
        row[i] = i;
    q->fold = (struct ana_fold){.size = sizeof q->fold,
                                .inner = ANA_INNER_FOLDS,
                                .n_train = q->n,
                                .n_test = q->m,
                                .train = row,
                                .test = row + q->n,
                                .n_inner = folds,
                                .inner_folds = q->inner};
}

static void load(struct ana_ctx *ctx, const char *folder, struct reference *q)
{
    int64_t shape[3], column = 0;

    memset(q, 0, sizeof *q);
    q->x = stack(ctx, folder, "X", "X_test", &q->n, &q->m, &q->p);
    q->y = stack(ctx, folder, "Y", "Y_test", &q->n, &q->m, &q->t);
    q->alphas = test_reference(ctx, folder, "alphas", shape);
    q->a = shape[0];
    q->gammas = test_reference(ctx, folder, "gammas", shape);
    q->draws = shape[0];
    q->groups = shape[1];
    q->sizes = test_reference(ctx, folder, "group_sizes", NULL);
    q->place = test_reference(ctx, folder, "fold", NULL);
    make_folds(q);
    for (int64_t b = 0; b < q->groups; b++) {
        const int64_t rows = q->n + q->m, width = (int64_t)q->sizes[b];
        double *part = ana_alloc(ctx, rows * width, sizeof *part);

        for (int64_t i = 0; i < rows; i++)
            memcpy(part + i * width, q->x + i * q->p + column,
                   (size_t)width * sizeof *part);
        q->list[b] = q->spaces[b] =
            test_space(ctx, rows, width, part, ANA_STANDARDISE_NONE);
        column += width;
        ana_free(ctx, part);
    }
    q->problem = (struct ana_problem){.size = sizeof q->problem,
                                      .layout = ANA_LAYOUT_ROWS,
                                      .n_rows = q->n + q->m,
                                      .n_spaces = q->groups,
                                      .spaces = q->list,
                                      .n_folds = 1,
                                      .folds = &q->fold,
                                      .n_targets = q->t,
                                      .memory = INT64_C(1) << 32};
}

static void unload(struct ana_ctx *ctx, struct reference *q)
{
    for (int64_t b = 0; b < q->groups; b++)
        ana_space_destroy(ctx, q->spaces[b]);
    ana_free(ctx, q->x);
    ana_free(ctx, q->y);
    ana_free(ctx, q->alphas);
    ana_free(ctx, q->gammas);
    ana_free(ctx, q->sizes);
    ana_free(ctx, q->place);
}

/* The engine's own matrices would be float32 through a space; here they are the case's. */
static void exact_fold(struct ana_ctx *ctx, const struct bands *bands,
                       const struct reference *q, struct bands_fold *fold)
{
    double *mean = ana_alloc(ctx, q->p, sizeof *mean);

    ck_assert_int_eq(bands_fold_create(ctx, bands, &q->problem, 0, fold), 0);
    memcpy(fold->x, q->x, (size_t)((q->n + q->m) * q->p) * sizeof *fold->x);
    if (bands->ridge.intercept)
        ana_centre_columns(q->n, q->m, q->p, fold->x, fold->x + q->n * q->p, mean);
    ana_free(ctx, mean);
}

static void assert_near(const char *folder, const char *name, const double *got,
                        const double *want, int64_t n, double tolerance)
{
    double size = 0, worst = 0;

    for (int64_t i = 0; i < n; i++) {
        size = fmax(size, fabs(want[i]));
        worst = fmax(worst, fabs(got[i] - want[i]));
    }
    printf("%s/%s: %.1e\n", folder, name, worst / size);
    ck_assert_msg(worst <= tolerance * size, "%s/%s differs by %g", folder, name,
                  worst / size);
}

static void compare(struct ana_ctx *ctx, const char *folder, const char *name,
                    const double *got, double tolerance)
{
    int64_t shape[3] = {1, 1, 1};
    double *want = test_reference(ctx, folder, name, shape);

    assert_near(folder, name, got, want, shape[0] * shape[1] * shape[2], tolerance);
    ana_free(ctx, want);
}

static const char *const folders[] = {
    "himalaya_groupridgecv_local_intercept", "himalaya_groupridgecv_local_no_intercept",
    "himalaya_groupridgecv_shared_no_intercept", "himalaya_groupridgecv_shared_intercept",
    "himalaya_groupridgecv_shared_no_intercept"};

START_TEST(himalayas_group_ridge_is_met)
{
    const char *folder = folders[_i];
    struct ana_ctx *ctx = test_ctx();
    static struct reference q;
    struct bands bands = {0};
    struct bands_fold fold;
    struct bands_choice choice = {0};
    double *part, *delta, *split, *joint, *mean;

    if (!test_has_reference(folder)) {
        printf("SKIPPED: no ../shared/reference\n");
        ana_ctx_destroy(ctx);
        return;
    }
    load(ctx, folder, &q);
    bands = (struct bands){.ridge = {.n_alphas = q.a,
                                     .alphas = q.alphas,
                                     .intercept = strstr(folder, "no_inter") == NULL,
                                     .shared = _i == 2,
                                     .loss = ANA_LOSS_MSE},
                           .n_bands = q.groups,
                           .n_draws = q.draws,
                           .gamma = q.gammas,
                           .by_draw = _i >= 3}; /* its primal solver's way */
    exact_fold(ctx, &bands, &q, &fold);
    choice.draw = ana_alloc(ctx, 2 * q.t, sizeof *choice.draw);
    choice.alpha = choice.draw + q.t;
    choice.loss = ana_alloc(ctx, q.t, sizeof *choice.loss);
    part = ana_alloc(ctx, q.groups * q.m * q.t, sizeof *part);
    delta = ana_alloc(ctx, q.groups * q.t, sizeof *delta);
    split = ana_alloc(ctx, (2 * q.groups + 1) * q.t, sizeof *split);
    mean = ana_alloc(ctx, q.t, sizeof *mean);
    joint = ana_alloc(ctx, q.m * q.t, sizeof *joint);
    ck_assert_msg(bands_search(ctx, &fold, 7, q.t, q.y, &choice) == 0, "%s",
                  ana_error(ctx));
    ck_assert_int_eq(bands_predict(ctx, &fold, 7, q.t, q.y, &choice, part, NULL), 0);
    for (int64_t b = 0; b < q.groups; b++)
        for (int64_t j = 0; j < q.t; j++)
            delta[b * q.t + j] =
                log(q.gammas[choice.draw[j] * q.groups + b] / q.alphas[choice.alpha[j]]);
    compare(ctx, folder, _i == 2 ? "kernel_deltas" : "deltas", delta, 1e-10);
    if (!bands.ridge.intercept) /* else it leaves the bands' means in their parts */
        compare(ctx, folder,
                _i == 2 ? "kernel_prediction_by_group" : "prediction_by_group", part,
                1e-8);
    for (int64_t i = 0; bands.ridge.intercept && i < q.n; i++)
        for (int64_t j = 0; j < q.t; j++)
            mean[j] += q.y[i * q.t + j] / (double)q.n;
    for (int64_t i = 0; i < q.m * q.t; i++) {
        joint[i] = mean[i % q.t];
        for (int64_t b = 0; b < q.groups; b++)
            joint[i] += part[b * q.m * q.t + i];
    }
    if (_i != 2)
        compare(ctx, folder, "prediction", joint, 1e-8);
    ck_assert_int_eq(bands_split(ctx, q.groups, q.m, q.t, part, mean, q.y + q.n * q.t,
                                 split, split + q.groups * q.t,
                                 split + 2 * q.groups * q.t),
                     0);
    if (_i != 2) {
        compare(ctx, folder, "r2_split", split, 1e-8);
        compare(ctx, folder, "correlation_split", split + q.groups * q.t, 1e-8);
    }
    bands_fold_finish(ctx, &fold);
    ana_free(ctx, choice.draw);
    ana_free(ctx, choice.loss);
    ana_free(ctx, part);
    ana_free(ctx, delta);
    ana_free(ctx, split);
    ana_free(ctx, joint);
    ana_free(ctx, mean);
    unload(ctx, &q);
    ana_ctx_destroy(ctx);
}
END_TEST

/* A table of a measure's part. */
static const struct ana_out_table *part_of(const struct test_run *run,
                                           const char *measure, const char *part)
{
    for (int64_t i = 0; i < run->collector->n_tables; i++)
        if (strcmp(run->collector->tables[i].measure, measure) == 0 &&
            strcmp(run->collector->tables[i].part, part) == 0)
            return &run->collector->tables[i];
    ck_abort_msg("no %s of %s", measure, part);
    return NULL;
}

struct world {
    int64_t n, p, t;
    double *a, *b, *y;
    struct ana_space *spaces[2];
    const struct ana_space *list[2];
    struct ana_fold *folds;
    struct ana_problem problem;
};

/* Two bands; target j follows the first, the second, both or neither (j % 4). */
static void make_world(struct ana_ctx *ctx, int64_t n, int64_t p, int64_t t,
                       struct world *w)
{
    *w = (struct world){.n = n, .p = p, .t = t};
    w->a = test_normal(ctx, "a", n * p);
    w->b = test_normal(ctx, "b", n * p);
    w->y = test_normal(ctx, "y", n * t);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < t; j++) {
            if (j % 4 == 0 || j % 4 == 2)
                w->y[i * t + j] += 2 * w->a[i * p + j % p];
            if (j % 4 == 1 || j % 4 == 2)
                w->y[i * t + j] += 2 * w->b[i * p + (j + 1) % p];
        }
    w->list[0] = w->spaces[0] = test_space(ctx, n, p, w->a, ANA_STANDARDISE_SCALE);
    w->list[1] = w->spaces[1] = test_space(ctx, n, p, w->b, ANA_STANDARDISE_SCALE);
    ana_free(ctx, w->spaces[1]->name);
    w->spaces[1]->name = ana_strdup(ctx, "other");
    w->folds = test_folds(ctx, n, 3, ANA_INNER_FOLDS, 3);
    w->problem = (struct ana_problem){.size = sizeof w->problem,
                                      .layout = ANA_LAYOUT_ROWS,
                                      .n_rows = n,
                                      .n_spaces = 2,
                                      .spaces = w->list,
                                      .n_folds = 3,
                                      .folds = w->folds,
                                      .n_targets = t,
                                      .memory = INT64_C(1) << 32};
}

static void end_world(struct ana_ctx *ctx, struct world *w)
{
    ana_space_destroy(ctx, w->spaces[0]);
    ana_space_destroy(ctx, w->spaces[1]);
    ana_free(ctx, w->folds);
    ana_free(ctx, w->a);
    ana_free(ctx, w->b);
    ana_free(ctx, w->y);
}

START_TEST(parts_add_up_and_say_which_band_explains_what)
{
    struct ana_ctx *ctx = test_ctx();
    struct world w;
    struct test_run run = {.plugin = &anaflow_plugin,
                           .key = {"alphas", "draws", "partition"},
                           .value = {"logspace(-1, 4, 6)", "8", "yes"}};
    const double *R2, *first, *second, *rest, *ua, *ub, *both;

    make_world(ctx, _i ? 1002 : 480, 12, 20, &w);
    run.problem = w.problem;
    run.y = w.y;
    ck_assert_msg(test_run(ctx, &run) == 0, "%s", ana_error(ctx));
    R2 = part_of(&run, "R2", "")->score;
    first = part_of(&run, "R2", "test")->score;
    second = part_of(&run, "R2", "other")->score;
    rest = part_of(&run, "R2", "mean")->score;
    ua = part_of(&run, "partition", "unique test")->score;
    ub = part_of(&run, "partition", "unique other")->score;
    both = part_of(&run, "partition", "shared test + other")->score;
    for (int64_t i = 0; i < 3 * w.t; i++) {
        const int64_t kind = i % w.t % 4;

        ck_assert_double_eq_tol(first[i] + second[i] + rest[i], R2[i], 1e-9);
        ck_assert_double_eq_tol(ua[i] + ub[i] + both[i], R2[i], 1e-12);
        ck_assert(kind == 0 || kind == 2 ? first[i] > .2 : fabs(first[i]) < .2);
        ck_assert(kind == 1 || kind == 2 ? second[i] > .2 : fabs(second[i]) < .2);
        ck_assert(kind == 0 || kind == 2 ? ua[i] > .2 : fabs(ua[i]) < .2);
        ck_assert_msg(fabs(both[i]) < (_i ? .2 : .4), "target %d: R2 %g = %g + %g + %g",
                      (int)(i % w.t), R2[i], ua[i], ub[i], both[i]);
    }
    ck_assert_int_eq(test_count(&run, "constant target"), 0);
    test_run_end(ctx, &run);
    end_world(ctx, &w);
    ana_ctx_destroy(ctx);
}
END_TEST

/* The float32 forms beside the float64 one, on the same fold. */
START_TEST(float32_finds_what_float64_finds)
{
    static const double alphas[] = {.1, 1, 10, 100, 1e3, 1e4};
    static double gammas[] = {.5, .5, .9, .1, .1, .9, 1, 0};
    struct ana_ctx *ctx = test_ctx();
    struct world w;
    struct bands bands = {
        .ridge = {.n_alphas = 6, .alphas = alphas, .intercept = 1, .loss = ANA_LOSS_R2},
        .n_bands = 2,
        .n_draws = 4,
        .gamma = gammas};
    const int64_t p = _i ? 90 : 14;
    struct bands_fold fold;
    struct bands_choice choice[2] = {0};
    double *y;

    make_world(ctx, 240, p, 20, &w);
    y = ana_alloc(ctx, 160 * 20, sizeof *y);
    for (int64_t i = 0; i < 160; i++)
        memcpy(y + i * 20, w.y + w.folds[0].train[i] * 20, 20 * sizeof *y);
    for (int large = 0; large < 2; large++) {
        choice[large].draw = ana_alloc(ctx, 40, sizeof(int64_t));
        choice[large].alpha = choice[large].draw + 20;
        choice[large].loss = ana_alloc(ctx, 20, sizeof(double));
        w.problem.n_rows = large ? 1000 : 240;
        ck_assert_int_eq(bands_fold_create(ctx, &bands, &w.problem, 0, &fold), 0);
        ck_assert_int_eq(fold.kernel != NULL, large && _i);
        ck_assert_msg(bands_search(ctx, &fold, 3, 20, y, &choice[large]) == 0, "%s",
                      ana_error(ctx));
        bands_fold_finish(ctx, &fold);
    }
    for (int64_t j = 0; j < 20; j++) {
        ck_assert_int_eq(choice[0].draw[j], choice[1].draw[j]);
        ck_assert_int_eq(choice[0].alpha[j], choice[1].alpha[j]);
        ck_assert_double_eq_tol(choice[0].loss[j], choice[1].loss[j], 1e-5);
    }
    for (int large = 0; large < 2; large++) {
        ana_free(ctx, choice[large].draw);
        ana_free(ctx, choice[large].loss);
    }
    ana_free(ctx, y);
    end_world(ctx, &w);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(threads_change_no_bit)
{
    struct ana_ctx *ctx = test_ctx();
    struct world w;
    double kept[3 * 20];

    make_world(ctx, 240, 12, 20, &w);
    for (int threads = 1; threads < 4; threads++) {
        struct test_run run = {.plugin = &anaflow_plugin,
                               .problem = w.problem,
                               .y = w.y,
                               .key = {"alphas", "draws", "refine", "partition"},
                               .value = {"logspace(-1, 4, 6)", "9", "3", "yes"}};
        struct ana_pool *pool = NULL;

        ck_assert_int_eq(ana_pool_create(ctx, threads, &pool), 0);
        ana_ctx_set_pool(ctx, pool);
        ck_assert_msg(test_run(ctx, &run) == 0, "%s", ana_error(ctx));
        if (threads == 1)
            memcpy(kept, part_of(&run, "R2", "other")->score, sizeof kept);
        ck_assert_mem_eq(kept, part_of(&run, "R2", "other")->score, sizeof kept);
        test_run_end(ctx, &run);
        ana_ctx_set_pool(ctx, NULL);
        ana_pool_destroy(pool);
    }
    end_world(ctx, &w);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Little memory makes blocks of targets; a plan keeps to it. */
START_TEST(memory_changes_the_way_but_not_the_answer)
{
    enum { TARGETS = 300 };
    static double kept[3 * TARGETS];
    struct ana_ctx *ctx = test_ctx();
    struct world w;
    int64_t planned[2];

    make_world(ctx, 120, 12, TARGETS, &w);
    for (int way = 0; way < 2; way++) {
        struct test_run run = {.plugin = &anaflow_plugin,
                               .problem = w.problem,
                               .y = w.y,
                               .key = {"alphas", "draws", "predictions", "weights"},
                               .value = {"logspace(-1, 4, 6)", "5", "yes", "yes"}};

        run.problem.memory = way == 0 ? INT64_C(1) << 32 : 1500000;
        ck_assert_msg(test_run(ctx, &run) == 0, "%s", ana_error(ctx));
        planned[way] = run.plan.bytes;
        if (way == 0)
            memcpy(kept, part_of(&run, "R2", "other")->score, sizeof kept);
        for (int64_t i = 0; i < 3 * TARGETS; i++)
            ck_assert_double_eq_tol(kept[i], part_of(&run, "R2", "other")->score[i],
                                    1e-12);
        test_run_end(ctx, &run);
    }
    ck_assert_int_le(planned[1], 1500000);
    ck_assert_int_gt(planned[0], 1500000);
    end_world(ctx, &w);
    ana_ctx_destroy(ctx);
}
END_TEST

/* `alpha = draw` by kernels: a target of one draw is fitted as where that draw is the only
 * one, whose alpha all share; and it is the draw that its band asks for. */
START_TEST(each_draw_has_an_alpha_and_each_target_a_draw)
{
    enum { TARGETS = 16, DRAWS = 3 };
    static const char *const given[] = {"0.9 0.1", "0.1 0.9", "0.5 0.5",
                                        "0.9 0.1 0.1 0.9 0.5 0.5"};
    struct ana_ctx *ctx = test_ctx();
    struct world w;
    struct test_run runs[DRAWS + 1];
    const struct test_run *all = &runs[DRAWS];

    make_world(ctx, 1002, 170, TARGETS, &w);
    ck_assert(bands_by_kernel(w.folds[0].n_train, 340));
    for (int d = 0; d <= DRAWS; d++) {
        runs[d] = (struct test_run){
            .plugin = &anaflow_plugin,
            .problem = w.problem,
            .y = w.y,
            .key = {"alphas", "gammas", "alpha"},
            .value = {"0.1 10 1000 100000", given[d], d < DRAWS ? "shared" : "draw"}};
        ck_assert_msg(test_run(ctx, &runs[d]) == 0, "%s", ana_error(ctx));
    }
    for (int64_t i = 0; i < 3 * TARGETS; i++) {
        const int64_t asked = i % TARGETS % 4;
        int64_t draw = -1;

        for (int64_t d = 0; d < DRAWS; d++)
            if (test_choice(all, "alpha of test")[i] ==
                    test_choice(&runs[d], "alpha of test")[i] &&
                test_choice(all, "alpha of other")[i] ==
                    test_choice(&runs[d], "alpha of other")[i])
                draw = d;
        ck_assert_int_ge(draw, 0);
        ck_assert(asked >= 2 || asked == draw); /* 2: both bands, 3: neither */
        ck_assert_double_eq_tol(part_of(all, "R2", "")->score[i],
                                part_of(&runs[draw], "R2", "")->score[i], 1e-11);
    }
    for (int d = 0; d <= DRAWS; d++)
        test_run_end(ctx, &runs[d]);
    end_world(ctx, &w);
    ana_ctx_destroy(ctx);
}
END_TEST

/* All targets decide: little memory changes nothing, and the plan says what it takes. */
START_TEST(a_choice_that_targets_share_is_made_in_one_block)
{
    enum { TARGETS = 300, MEMORY = 1500000 };
    static double kept[3 * TARGETS];
    const char *part = _i ? "unique other" : "other";
    struct ana_ctx *ctx = test_ctx();
    struct world w;
    int64_t planned[2];

    make_world(ctx, 120, 12, TARGETS, &w);
    for (int way = 0; way < 2; way++) {
        struct test_run run = {
            .plugin = &anaflow_plugin,
            .problem = w.problem,
            .y = w.y,
            .key = {"alphas", "draws", "alpha", _i ? "partition" : "refine"},
            .value = {"logspace(-1, 4, 6)", "5", "draw", _i ? "yes" : "2"}};
        const double *score;

        run.problem.memory = way == 0 ? INT64_C(1) << 32 : MEMORY;
        ck_assert_msg(test_run(ctx, &run) == 0, "%s", ana_error(ctx));
        planned[way] = run.plan.bytes;
        score = part_of(&run, _i ? "partition" : "R2", part)->score;
        if (way == 0)
            memcpy(kept, score, sizeof kept);
        ck_assert_mem_eq(kept, score, sizeof kept);
        test_run_end(ctx, &run);
    }
    ck_assert_int_eq(planned[0], planned[1]);
    ck_assert_int_gt(planned[1], MEMORY); /* a run is refused */
    end_world(ctx, &w);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(one_space_scores_as_it_does_beside_one_that_weighs_nothing)
{
    struct ana_ctx *ctx = test_ctx();
    double beside[3], R2;
    struct world w;

    make_world(ctx, 60, 4, 3, &w);
    for (int64_t spaces = 2; spaces > 0; spaces--) {
        struct test_run run = {.plugin = &anaflow_plugin, .problem = w.problem, .y = w.y};

        run.problem.n_spaces = spaces;
        run.key[0] = "gammas";
        run.value[0] = spaces == 2 ? "1 0" : "1 3";
        ck_assert_int_eq(test_run(ctx, &run), 0);
        for (int64_t t = 0; t < 3; t++) {
            R2 = part_of(&run, "R2", "")->score[t];
            ck_assert(isfinite(R2));
            if (spaces == 1)
                ck_assert_double_eq_tol(R2, beside[t], 1e-9);
            beside[t] = R2;
        }
        test_run_end(ctx, &run);
    }
    end_world(ctx, &w);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(what_banded_cannot_take_is_refused_with_a_sentence)
{
    struct ana_ctx *ctx = test_ctx();
    struct world w;
    struct test_run run = {.plugin = &anaflow_plugin};

    make_world(ctx, 60, 4, 3, &w);
    run.problem = w.problem;
    run.y = w.y;
    run.key[0] = "gammas";
    run.value[0] = "1 2 3";
    ck_assert_int_eq(test_run(ctx, &run), ANA_EPARAM);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "3 numbers"));
    test_run_end(ctx, &run);
    run.key[0] = NULL;
    w.folds[1].inner = ANA_INNER_LOO;
    ck_assert_int_eq(test_run(ctx, &run), ANA_EPARAM);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "`inner = 5`"));
    test_run_end(ctx, &run);
    end_world(ctx, &w);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Low-level features, and a network's that carry them and something of their own. */
static void make_low_world(struct ana_ctx *ctx, struct world *w)
{
    make_world(ctx, 300, 6, 8, w);
    for (int64_t i = 0; i < w->n; i++) {
        for (int64_t k = 0; k < w->p; k++)
            w->b[i * w->p + k] += 3 * w->a[i * w->p + (k + 2) % w->p];
        for (int64_t j = 0; j < w->t; j++)
            w->y[i * w->t + j] =
                j % 2 ? w->b[i * w->p + j % w->p] - 3 * w->a[i * w->p + (j + 2) % w->p]
                      : w->a[i * w->p + j % w->p];
    }
    ana_space_destroy(ctx, w->spaces[1]);
    w->list[1] = w->spaces[1] = test_space(ctx, w->n, w->p, w->b, ANA_STANDARDISE_SCALE);
    memcpy(w->spaces[0]->name, "low", 4);
    memcpy(w->spaces[1]->name, "n, 7", 4); /* a space is named by what its comma ends */
    w->spaces[1]->name[3] = 0;
}

START_TEST(what_low_level_features_say_is_removed_first)
{
    struct ana_ctx *ctx = test_ctx();
    struct world w;
    struct test_run run = {.plugin = &anaflow_plugin,
                           .key = {"alphas", "residualise"},
                           .value = {"logspace(-3, 4, 8)", "low"}};

    make_low_world(ctx, &w);
    run.problem = w.problem;
    run.y = w.y;
    ck_assert_msg(test_run(ctx, &run) == 0, "%s", ana_error(ctx));
    for (int64_t i = 0; i < 3 * w.t; i++) {
        const double R2 = part_of(&run, "R2", "")->score[i];

        ck_assert_msg(i % w.t % 2 ? R2 > .9 : R2 < .1, "target %d: R2 %g", (int)(i % w.t),
                      R2);
    }
    ck_assert(test_has_note(&run, "ridge prediction from 1 low-level space"));
    ck_assert_ptr_nonnull(test_choice(&run, "alpha of n, "));
    test_run_end(ctx, &run);
    run.value[1] = "n low"; /* nothing would remain */
    ck_assert_int_eq(test_run(ctx, &run), ANA_EPARAM);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "removes every feature space"));
    test_run_end(ctx, &run);
    run.value[1] = "low wide";
    ck_assert_int_eq(test_run(ctx, &run), ANA_EPARAM);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "names 'wide', which is none"));
    test_run_end(ctx, &run);
    end_world(ctx, &w);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Solve (Z'Z + alpha) w = Z'x for t columns by hand: w is p x t. */
static double *solve_by_hand(struct ana_ctx *ctx, int64_t n, int64_t p, int64_t t,
                             const double *z, const double *x, double alpha)
{
    double *gram = ana_alloc(ctx, p * p, sizeof *gram);
    double *w = ana_alloc(ctx, p * t, sizeof *w);

    for (int64_t a = 0; a < p; a++) {
        for (int64_t b = 0; b < p; b++)
            for (int64_t i = 0; i < n; i++)
                gram[a * p + b] += z[i * p + a] * z[i * p + b];
        for (int64_t j = 0; j < t; j++)
            for (int64_t i = 0; i < n; i++)
                w[a * t + j] += z[i * p + a] * x[i * t + j];
        gram[a * p + a] += alpha;
    }
    ck_assert_int_eq(ana_cholesky_solve(ctx, p, t, gram, p, w, t), 0);
    ana_free(ctx, gram);
    return w;
}

static void subtract(int64_t n, int64_t p, int64_t t, const double *z, const double *w,
                     double *x)
{
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < t; j++)
            for (int64_t k = 0; k < p; k++)
                x[i * t + j] -= z[i * p + k] * w[k * t + j];
}

/* One penalty, so that nothing is chosen: residual and score by normal equations; weights
 * and predictions as they are handed out. */
START_TEST(residuals_are_those_of_ridge_by_hand)
{
    struct ana_ctx *ctx = test_ctx();
    struct world w;
    struct test_run run = {.plugin = &anaflow_plugin,
                           .key = {"alphas", "residualise", "predictions", "weights"},
                           .value = {"7", "low", "yes", "yes"}};
    const struct ana_tensor *prediction = NULL;
    int64_t rows;

    make_low_world(ctx, &w);
    run.problem = w.problem;
    run.y = w.y;
    ck_assert_msg(test_run(ctx, &run) == 0, "%s", ana_error(ctx));
    for (int64_t i = 0; i < run.collector->n_arrays; i++)
        if (strcmp(run.collector->arrays[i].name, "prediction") == 0)
            prediction = &run.collector->arrays[i].values;
    ck_assert_ptr_nonnull(prediction);
    ck_assert_int_eq(run.collector->n_arrays, 3);
    rows = prediction->shape[1];
    for (int64_t k = 0; k < 3; k++) {
        const struct ana_fold *fold = &w.folds[k];
        const int64_t n = fold->n_train, m = fold->n_test, p = w.p, t = w.t;
        struct ana_tensor z = {.dtype = ANA_F64}, z2 = {.dtype = ANA_F64};
        struct ana_tensor x = {.dtype = ANA_F64}, x2 = {.dtype = ANA_F64};
        double *y = test_rows(ctx, n, fold->train, t, w.y), *map, *mean;
        double *zero = ana_alloc(ctx, m * t, sizeof *zero);

        ck_assert_int_eq(ana_fold_matrix(ctx, w.list[0], fold, &z, &z2), 0);
        ck_assert_int_eq(ana_fold_matrix(ctx, w.list[1], fold, &x, &x2), 0);
        map = solve_by_hand(ctx, n, p, p, z.data, x.data, 7);
        subtract(n, p, p, z.data, map, x.data);
        subtract(m, p, p, z2.data, map, x2.data);
        ana_free(ctx, map);
        mean = ana_alloc(ctx, t, sizeof *mean);
        ana_centre_columns(n, 0, t, y, NULL, mean);
        map = solve_by_hand(ctx, n, p, t, x.data, y, 7);
        subtract(m, p, t, x2.data, map, zero);
        for (int64_t i = 0; i < m; i++)
            for (int64_t j = 0; j < t; j++)
                ck_assert_double_eq_tol(
                    (double)((const float *)prediction->data)[(k * rows + i) * t + j],
                    mean[j] - zero[i * t + j], 1e-5);
        ana_free(ctx, map);
        ana_free(ctx, mean);
        ana_free(ctx, y);
        ana_free(ctx, zero);
        ana_tensor_finish(&z);
        ana_tensor_finish(&z2);
        ana_tensor_finish(&x);
        ana_tensor_finish(&x2);
    }
    test_run_end(ctx, &run);
    end_world(ctx, &w);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Bands that weigh alike are plain ridge on their columns side by side, with a penalty
 * gamma times smaller. */
START_TEST(bands_that_share_a_penalty_are_plain_ridge)
{
    static const double alphas[] = {.2, 2, 20, 200, 2000}; /* 2 x those of the bands */
    struct ana_ctx *ctx = test_ctx();
    struct world w;
    struct test_run run = {.plugin = &anaflow_plugin,
                           .key = {"alphas", "gammas"},
                           .value = {"0.1 1 10 100 1000", "1 1"}};
    const struct ana_ridge ridge = {
        .n_alphas = 5, .alphas = alphas, .intercept = 1, .loss = ANA_LOSS_R2};
    double *joined;
    struct ana_space *space;
    struct ana_tensor y;

    make_world(ctx, 240, 10, 12, &w);
    joined = ana_alloc(ctx, w.n * 2 * w.p, sizeof *joined);
    for (int64_t i = 0; i < w.n; i++) {
        memcpy(joined + i * 2 * w.p, w.a + i * w.p, (size_t)w.p * sizeof *joined);
        memcpy(joined + (i * 2 + 1) * w.p, w.b + i * w.p, (size_t)w.p * sizeof *joined);
    }
    space = test_space(ctx, w.n, 2 * w.p, joined, ANA_STANDARDISE_NONE);
    w.spaces[0]->standardise = w.spaces[1]->standardise = ANA_STANDARDISE_NONE;
    run.problem = w.problem;
    run.y = w.y;
    ck_assert_msg(test_run(ctx, &run) == 0, "%s", ana_error(ctx));
    ana_tensor_view(ANA_F64, 2, (const int64_t[]){w.n, w.t}, w.y, &y);
    for (int64_t k = 0; k < 3; k++) {
        const int64_t m = w.folds[k].n_test;
        double *curve = ana_alloc(ctx, 5 * w.t, sizeof *curve);
        double *prediction = ana_alloc(ctx, m * w.t, sizeof *prediction);
        double *mean = ana_alloc(ctx, w.t, sizeof *mean);
        int64_t choice[12];
        struct ana_split *split;

        ck_assert_int_eq(ana_split_create(ctx, space, &w.folds[k], &ridge, &split), 0);
        ck_assert_int_eq(ana_split_curve(ctx, split, &ridge, &y, curve), 0);
        ana_penalty_choose(5, w.t, curve, choice);
        ck_assert_int_eq(
            ana_split_predict(ctx, split, &ridge, &y, choice, prediction, mean, NULL), 0);
        for (int64_t j = 0; j < w.t; j++) {
            double own = 0, sse = 0, sst = 0;

            for (int64_t i = 0; i < m; i++)
                own += w.y[w.folds[k].test[i] * w.t + j] / (double)m;
            for (int64_t i = 0; i < m; i++) {
                const double v = w.y[w.folds[k].test[i] * w.t + j];

                sse += pow(v - mean[j] - prediction[i * w.t + j], 2);
                sst += pow(v - own, 2);
            }
            ck_assert_double_eq_tol(part_of(&run, "R2", "")->score[k * w.t + j],
                                    1 - sse / sst, 1e-11);
            ck_assert_double_eq(test_choice(&run, "alpha of test")[k * w.t + j],
                                alphas[choice[j]]);
        }
        ana_split_destroy(ctx, split);
        ana_free(ctx, curve);
        ana_free(ctx, prediction);
        ana_free(ctx, mean);
    }
    test_run_end(ctx, &run);
    ana_space_destroy(ctx, space);
    ana_free(ctx, joined);
    end_world(ctx, &w);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Summed loss of targets on one inner fold at given penalties, by the engine's own form. */
static double fixed_loss(struct ana_ctx *ctx, const struct bands_fold *fold,
                         const double *gamma, int64_t inner, const int64_t *alpha_place,
                         int64_t t, const double *y)
{
    const struct ana_fold *in = &fold->fold->inner_folds[inner];
    const struct ana_ridge *ridge = &fold->bands->ridge;
    const int64_t n = in->n_train, m = in->n_test, p = fold->p;
    double *x = ana_alloc(ctx, (n + m) * p, sizeof *x), *b, loss = 0;
    double *own = ana_alloc(ctx, (n + m) * t, sizeof *own);
    double *mean = ana_alloc(ctx, 2 * t, sizeof *mean);
    double *prediction = ana_alloc(ctx, m * t, sizeof *prediction);
    struct ana_design *design;

    for (int64_t i = 0; i < n + m; i++) {
        const int64_t row = i < n ? in->train[i] : in->test[i - n];

        for (int64_t band = 0; band < fold->bands->n_bands; band++)
            for (int64_t k = fold->start[band]; k < fold->start[band + 1]; k++)
                x[i * p + k] = fold->x[row * p + k] * sqrt(gamma[band]);
        memcpy(own + i * t, y + row * t, (size_t)t * sizeof *own);
    }
    ck_assert_int_eq(
        ana_design_create(ctx, n, m, p, x, x + n * p, ridge->intercept, &design), 0);
    b = ana_alloc(ctx, design->r * t, sizeof *b);
    ana_design_project(ctx, design, t, own, mean, b);
    ana_design_predict(ctx, design, t, b, ridge->alphas, alpha_place, prediction);
    ana_loss_weight(ridge->loss, m, t, own + n * t, mean + t);
    for (int64_t i = 0; i < m * t; i++)
        loss += mean[t + i % t] * pow(own[n * t + i] - mean[i % t] - prediction[i], 2);
    ana_design_destroy(ctx, design);
    ana_free(ctx, x);
    ana_free(ctx, b);
    ana_free(ctx, own);
    ana_free(ctx, mean);
    ana_free(ctx, prediction);
    return loss;
}

START_TEST(gradients_are_those_of_differences)
{
    enum { TARGETS = 20 };
    static const double alphas[] = {.5, 5, 50};
    static double gammas[] = {.3, .7};
    struct ana_ctx *ctx = test_ctx();
    struct world w;
    struct bands bands = {.ridge = {.n_alphas = 3,
                                    .alphas = alphas,
                                    .intercept = _i % 2,
                                    .loss = _i / 2 % 2 ? ANA_LOSS_R2 : ANA_LOSS_MSE},
                          .n_bands = 2,
                          .n_draws = 1,
                          .gamma = gammas};
    int64_t target[TARGETS], place[TARGETS];
    double alpha[TARGETS], gradient[2];
    struct bands_fold fold;
    double *y;

    make_world(ctx, 90, _i / 4 ? 40 : 7, TARGETS, &w);
    y = test_rows(ctx, w.folds[0].n_train, w.folds[0].train, TARGETS, w.y);
    ck_assert_int_eq(bands_fold_create(ctx, &bands, &w.problem, 0, &fold), 0);
    for (int j = 0; j < TARGETS; j++) {
        target[j] = j;
        place[j] = j % 3;
        alpha[j] = alphas[j % 3];
    }
    ck_assert_int_eq(bands_gradient(ctx, &fold, gammas, 1, TARGETS, target, alpha,
                                    TARGETS, y, gradient),
                     0);
    for (int b = 0; b < 2; b++) {
        double up[2] = {gammas[0], gammas[1]}, down[2] = {gammas[0], gammas[1]}, slope;

        up[b] *= exp(1e-4);
        down[b] *= exp(-1e-4);
        slope = (fixed_loss(ctx, &fold, up, 1, place, TARGETS, y) -
                 fixed_loss(ctx, &fold, down, 1, place, TARGETS, y)) /
                2e-4;
        ck_assert_msg(fabs(gradient[b] - slope) < 1e-6 * (fabs(slope) + 1e-3),
                      "band %d: %g, by differences %g", b, gradient[b], slope);
    }
    bands_fold_finish(ctx, &fold);
    ana_free(ctx, y);
    end_world(ctx, &w);
    ana_ctx_destroy(ctx);
}
END_TEST

/* From one draw, equal weights: as low a loss as the best of a fine grid of weights, and no
 * target's higher than before. */
START_TEST(refinement_finds_what_a_grid_of_weights_finds)
{
    enum { TARGETS = 20, GRID = 61, ROUNDS = 16 };
    static const double alphas[] = {.01, .1, 1, 10, 100, 1e3, 1e4};
    struct ana_ctx *ctx = test_ctx();
    struct world w;
    double loss[3][TARGETS], mean[3] = {0}, *y = NULL;

    make_world(ctx, _i ? 1002 : 120, 12, TARGETS, &w);
    for (int way = 0; way < 3; way++) { /* one draw, refined, a grid */
        struct bands bands = {.ridge = {.n_alphas = 7,
                                        .alphas = alphas,
                                        .intercept = 1,
                                        .loss = ANA_LOSS_R2},
                              .n_bands = 2,
                              .n_draws = way < 2 ? 1 : GRID,
                              .refine = way == 1 ? ROUNDS : 0};
        struct bands_choice choice = {0};
        struct bands_fold fold;

        bands.gamma = ana_alloc(ctx, 2 * (GRID + ROUNDS * BANDS_GROUPS), sizeof(double));
        for (int d = 0; d < bands.n_draws; d++) {
            const double odds = way < 2 ? 1 : pow(10, 8.0 * d / (GRID - 1) - 4);

            bands.gamma[2 * d] = odds / (1 + odds);
            bands.gamma[2 * d + 1] = 1 / (1 + odds);
        }
        ck_assert_int_eq(bands_fold_create(ctx, &bands, &w.problem, 0, &fold), 0);
        y = test_rows(ctx, w.folds[0].n_train, w.folds[0].train, TARGETS, w.y);
        choice.draw = ana_alloc(ctx, 2 * TARGETS, sizeof(int64_t));
        choice.alpha = choice.draw + TARGETS;
        choice.loss = loss[way];
        ck_assert_int_eq(bands_search(ctx, &fold, 3, TARGETS, y, &choice), 0);
        if (way == 1)
            ck_assert_int_eq(
                bands_refine(ctx, &fold, &bands, 3, ROUNDS, TARGETS, y, &choice), 0);
        for (int j = 0; j < TARGETS; j++) {
            mean[way] += loss[way][j] / TARGETS;
            ck_assert(way != 1 || loss[1][j] <= loss[0][j]);
        }
        bands_fold_finish(ctx, &fold);
        ana_free(ctx, bands.gamma);
        ana_free(ctx, choice.draw);
        ana_free(ctx, y);
    }
    printf("mean loss: equal weights %.4f, refined %.4f, best of a grid %.4f\n", mean[0],
           mean[1], mean[2]);
    ck_assert_double_lt(mean[1], mean[0]);
    ck_assert_double_lt(mean[1] - mean[2], .1 * (mean[0] - mean[2]));
    end_world(ctx, &w);
    ana_ctx_destroy(ctx);
}
END_TEST

/* A target that stays at 0 is predicted by every penalty alike. */
START_TEST(penalties_that_do_alike_are_marked)
{
    enum { TARGETS = 4 };
    static const double alphas[] = {.1, 10, 1e3};
    static double gammas[] = {.3, .7, .5, .5};
    struct ana_ctx *ctx = test_ctx();
    struct world w;
    struct bands bands = {
        .ridge = {.n_alphas = 3, .alphas = alphas, .loss = ANA_LOSS_MSE, .intercept = 1},
        .n_bands = 2,
        .n_draws = 2,
        .gamma = gammas};
    int64_t places[2 * TARGETS];
    double loss[TARGETS], *y;
    char flat[TARGETS];
    struct bands_choice choice = {places, places + TARGETS, loss, flat};
    struct bands_fold fold;

    make_world(ctx, 90, 7, TARGETS, &w);
    y = test_rows(ctx, w.folds[0].n_train, w.folds[0].train, TARGETS, w.y);
    for (int64_t i = 0; i < w.folds[0].n_train; i++)
        y[i * TARGETS + 1] = 0;
    ck_assert_int_eq(bands_fold_create(ctx, &bands, &w.problem, 0, &fold), 0);
    ck_assert_int_eq(bands_search(ctx, &fold, 3, TARGETS, y, &choice), 0);
    for (int j = 0; j < TARGETS; j++)
        ck_assert_int_eq(flat[j], j == 1);
    ck_assert_int_eq(choice.alpha[1], 2); /* the largest, at the edge */
    bands_fold_finish(ctx, &fold);
    ana_free(ctx, y);
    end_world(ctx, &w);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(every_failing_allocation_is_survived)
{
    struct ana_ctx *ctx = test_ctx();
    struct world w;
    struct test_run run = {.plugin = &anaflow_plugin,
                           .key = {"alphas", "draws", "refine", "predictions", "weights",
                                   "partition", "residualise"},
                           .value = {"1 10", "3", "1", "yes", "yes", "yes"}};

    make_world(ctx, 24, 3, 4, &w);
    run.problem = w.problem;
    run.problem.n_folds = 1;
    run.y = w.y;
    run.value[6] = _i ? "other" : "";
    test_every_allocation(ctx, &run);
    end_world(ctx, &w);
    ana_ctx_destroy(ctx);
}
END_TEST

/* One call in a room, all of whose maps are released; the first fold's is kept: 8 x 16 of
 * each of the few penalties, of which there are 3 at most. */
static int leave_out(struct ana_ctx *ctx, struct ana_leave_room *room,
                     const double *kernel, const struct ana_fold *folds, float *kept)
{
    static const double alphas[] = {1, 30};
    struct ana_few_plan plan = {0};
    struct ana_map *maps[3];
    int rc = ana_few_most(ctx, 2, alphas, 0, &plan.least);

    plan.solved = plan.least;
    if (rc != 0)
        return rc;
    rc = ana_map_leave_out_in(ctx, room, 24, kernel, 24, 3, folds, 0, 0, 2, alphas, &plan,
                              ANA_MAPS_WHOLE, maps);
    if (rc == 0)
        memcpy(kept, maps[0]->maps,
               (size_t)(maps[0]->few.k * maps[0]->m * maps[0]->n) * sizeof *kept);
    for (int k = 0; k < 3; k++)
        ana_map_destroy(ctx, maps[k]);
    return rc;
}

/* Draws go on in a room in which another has failed. */
START_TEST(a_room_serves_after_any_allocation_in_it_has_failed)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_fold *folds = test_folds(ctx, 24, 3, ANA_INNER_NONE, 0);
    double *x = test_normal(ctx, "x", 24 * 30), kernel[24 * 24];
    float first[3 * 8 * 16] = {0}, again[3 * 8 * 16] = {0};
    int64_t n = 0;
    int rc = ANA_ERESOURCE;

    ck_assert_int_eq(ana_syrk(ctx, 0, 24, 30, 1, x, 30, 0, kernel, 24), 0);
    while (rc != 0) {
        struct ana_leave_room *room = NULL;

        ck_assert_int_eq(ana_leave_room_create(ctx, 3, 1, 0, &room), 0);
        ana_ctx_fail_allocation(ctx, ++n);
        rc = leave_out(ctx, room, kernel, folds, first);
        ana_ctx_fail_allocation(ctx, 0);
        ck_assert(rc == 0 || rc == ANA_ERESOURCE);
        ck_assert_int_eq(leave_out(ctx, room, kernel, folds, again), 0);
        if (rc == 0)
            ck_assert_mem_eq(first, again, sizeof first);
        ana_leave_room_destroy(ctx, room);
        ck_assert_int_lt(n, 1000);
    }
    ck_assert_int_gt(n, 20);
    ana_free(ctx, folds);
    ana_free(ctx, x);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Of features that are fewer than rows it is left in, of others taken out: maps are alike. */
START_TEST(a_constant_that_rests_changes_no_map)
{
    enum { P = 12 };
    struct ana_ctx *ctx = test_ctx();
    struct ana_fold *folds = test_folds(ctx, 24, 3, ANA_INNER_NONE, 0);
    double *x = test_normal(ctx, "x", 24 * P), kernel[24 * 24];
    float map[2][3 * 8 * 16] = {{0}};

    for (int64_t j = 0; j < P; j++) {
        double mean = 0;

        for (int64_t i = 0; i < 24; i++)
            mean += x[i * P + j] / 24;
        for (int64_t i = 0; i < 24; i++)
            x[i * P + j] -= mean;
    }
    ck_assert_int_eq(ana_syrk(ctx, 0, 24, P, 1, x, P, 0, kernel, 24), 0);
    for (int known = 0; known < 2; known++) {
        struct ana_leave_room *room = NULL;

        ck_assert_int_eq(ana_leave_room_create(ctx, 3, 1, known ? P : 0, &room), 0);
        ck_assert_int_eq(leave_out(ctx, room, kernel, folds, map[known]), 0);
        ana_leave_room_destroy(ctx, room);
    }
    for (int64_t i = 0; i < (int64_t)3 * 8 * 16; i++)
        ck_assert_double_eq_tol((double)map[0][i], (double)map[1][i], 1e-6);
    ck_assert(memcmp(map[0], map[1], sizeof map[0]) != 0);
    ana_free(ctx, folds);
    ana_free(ctx, x);
    ana_ctx_destroy(ctx);
}
END_TEST

static const struct test_leak stages[] = {
    {"refined weights",
     160,
     12,
     0,
     ANA_STANDARDISE_SCALE,
     2,
     {"alphas", "draws", "refine"},
     {"logspace(-1, 5, 13)", "3", "5"}},
    {"band weights",
     160,
     12,
     0,
     ANA_STANDARDISE_SCALE,
     2,
     {"alphas", "draws"},
     {"logspace(-1, 5, 13)", "8"}},
    {"residualised",
     160,
     12,
     0,
     ANA_STANDARDISE_SCALE,
     2,
     {"alphas", "residualise"},
     {"logspace(-1, 5, 13)", "a"}},
    {"residualised, PCA",
     160,
     12,
     3,
     ANA_STANDARDISE_SCALE,
     2,
     {"alphas", "residualise"},
     {"logspace(-1, 5, 13)", "b"}},
    {"residualised, float32",
     1200,
     12,
     0,
     ANA_STANDARDISE_SCALE,
     3,
     {"alphas", "residualise", "draws"},
     {"logspace(-1, 5, 13)", "a", "4"}},
};

START_TEST(held_out_rows_leave_no_trace)
{
    test_no_leak(&anaflow_plugin, &stages[_i]);
}
END_TEST

static const struct test_shape shapes[] = {
    {.name = "two bands",
     .rows = 240,
     .features = 40,
     .targets = 100,
     .folds = 3,
     .inner = ANA_INNER_FOLDS,
     .n_inner = 4,
     .spaces = 2,
     .key = {"draws", "alphas"},
     .value = {"6", "logspace(-1, 4, 6)"}},
    {.name = "residualised, weights",
     .rows = 240,
     .features = 120,
     .targets = 100,
     .folds = 3,
     .inner = ANA_INNER_FOLDS,
     .n_inner = 4,
     .spaces = 3,
     .key = {"draws", "alphas", "residualise", "weights"},
     .value = {"6", "logspace(-1, 4, 6)", "a", "yes"}},
    {.name = "large, primal",
     .rows = 1002,
     .features = 80,
     .targets = 400,
     .folds = 2,
     .inner = ANA_INNER_FOLDS,
     .n_inner = 3,
     .spaces = 2,
     .key = {"draws", "alphas"},
     .value = {"2", "logspace(-1, 4, 6)"}},
    {.name = "large, by kernels",
     .rows = 1002,
     .features = 360,
     .targets = 300,
     .folds = 2,
     .inner = ANA_INNER_FOLDS,
     .n_inner = 3,
     .spaces = 2,
     .key = {"draws", "alphas"},
     .value = {"2", "1 100 10000"}},
    {.name = "a draw alone on many workers", /* some may find nothing left to do */
     .rows = 1002,
     .features = 360,
     .targets = 40,
     .folds = 2,
     .inner = ANA_INNER_FOLDS,
     .n_inner = 2,
     .workers = 12,
     .most = 4,
     .spaces = 2,
     .key = {"draws", "alphas"},
     .value = {"1", "logspace(-1, 5, 13)"}},
    {.name = "shared, refined",
     .rows = 240,
     .features = 40,
     .targets = 60,
     .folds = 3,
     .inner = ANA_INNER_FOLDS,
     .n_inner = 4,
     .spaces = 2,
     .key = {"draws", "alpha", "refine", "alphas"},
     .value = {"6", "shared", "5", "logspace(-1, 4, 6)"}},
    {.name = "blocks",
     .rows = 240,
     .features = 40,
     .targets = 300,
     .folds = 3,
     .inner = ANA_INNER_FOLDS,
     .n_inner = 4,
     .memory = 1500000,
     .spaces = 2,
     .key = {"draws", "alphas"},
     .value = {"6", "logspace(-1, 4, 6)"}},
};

START_TEST(plans_say_what_then_happens)
{
    struct test_shape shape = shapes[_i];

    shape.most = shape.most > 0 ? shape.most : 1.1;
    test_plan(&anaflow_plugin, &shape);
}
END_TEST

/* More features than 1,000 rows: the operations are known before the features are. */
static const struct {
    const char *name, *alphas;
    int32_t related, centred;
} spectra[] = {
    {"white, dense", "logspace(-10, 10, 41)", TEST_ORDINARY, 0},
    {"power law, dense", "logspace(-10, 10, 41)", TEST_POWER_LAW, 0},
    {"low rank, dense", "logspace(-10, 10, 41)", TEST_LOW_RANK, 0},
    {"correlated, dense", "logspace(-10, 10, 41)", TEST_CORRELATED, 0},
    {"rank-deficient, dense", "logspace(-10, 10, 41)", TEST_RANK_DEFICIENT, 0},
    {"white", "logspace(-1, 8, 10)", TEST_ORDINARY, 0},
    {"power law", "logspace(-1, 8, 10)", TEST_POWER_LAW, 0},
    {"low rank", "logspace(-1, 8, 10)", TEST_LOW_RANK, 0},
    {"white, centred", "logspace(-1, 8, 10)", TEST_ORDINARY, 1},
    {"power law, centred", "logspace(-10, 10, 41)", TEST_POWER_LAW, 1},
};

START_TEST(operations_by_kernels_do_not_depend_on_the_features)
{
    const struct test_shape shape = {.name = spectra[_i].name,
                                     .rows = 1000,
                                     .features = 600,
                                     .targets = 60,
                                     .folds = 2,
                                     .inner = ANA_INNER_FOLDS,
                                     .n_inner = 2,
                                     .most = 1.3,
                                     .centred = spectra[_i].centred,
                                     .spaces = 2,
                                     .related = spectra[_i].related,
                                     .key = {"draws", "alphas"},
                                     .value = {"2", spectra[_i].alphas}};

    test_plan(&anaflow_plugin, &shape);
}
END_TEST

START_TEST(sizes_that_lapack_cannot_hold_are_refused_by_the_plan)
{
    test_eigenvalues_refused(&anaflow_plugin);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("banded");
    TCase *tests = tcase_create("banded");

    tcase_set_timeout(tests, 600);
    tcase_add_test(tests, sizes_that_lapack_cannot_hold_are_refused_by_the_plan);
    tcase_add_loop_test(tests, himalayas_group_ridge_is_met, 0, 5);
    tcase_add_loop_test(tests, parts_add_up_and_say_which_band_explains_what, 0, 2);
    tcase_add_loop_test(tests, float32_finds_what_float64_finds, 0, 2);
    tcase_add_test(tests, threads_change_no_bit);
    tcase_add_test(tests, memory_changes_the_way_but_not_the_answer);
    tcase_add_test(tests, each_draw_has_an_alpha_and_each_target_a_draw);
    tcase_add_loop_test(tests, a_choice_that_targets_share_is_made_in_one_block, 0, 2);
    tcase_add_test(tests, one_space_scores_as_it_does_beside_one_that_weighs_nothing);
    tcase_add_test(tests, what_banded_cannot_take_is_refused_with_a_sentence);
    tcase_add_test(tests, what_low_level_features_say_is_removed_first);
    tcase_add_test(tests, residuals_are_those_of_ridge_by_hand);
    tcase_add_loop_test(tests, gradients_are_those_of_differences, 0, 8);
    tcase_add_loop_test(tests, refinement_finds_what_a_grid_of_weights_finds, 0, 2);
    tcase_add_test(tests, bands_that_share_a_penalty_are_plain_ridge);
    tcase_add_test(tests, penalties_that_do_alike_are_marked);
    tcase_add_loop_test(tests, every_failing_allocation_is_survived, 0, 2);
    tcase_add_test(tests, a_room_serves_after_any_allocation_in_it_has_failed);
    tcase_add_test(tests, a_constant_that_rests_changes_no_map);
    tcase_add_loop_test(tests, held_out_rows_leave_no_trace, 0,
                        sizeof stages / sizeof *stages);
    tcase_add_loop_test(tests, plans_say_what_then_happens, 0,
                        sizeof shapes / sizeof *shapes);
    tcase_add_loop_test(tests, operations_by_kernels_do_not_depend_on_the_features, 0,
                        sizeof spectra / sizeof *spectra);
    suite_add_tcase(suite, tests);
    return test_main(suite);
}
