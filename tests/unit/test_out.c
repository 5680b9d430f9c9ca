/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/helpers.h"

#include "pipeline/out.h"

enum { CLIPS = 6, TIMES = 8, T = CLIPS * TIMES };

static int64_t group[T], moment[T], train[4 * TIMES], test[2 * TIMES];
static struct ana_fold fold = {.size = sizeof fold,
                               .n_train = 4 * TIMES,
                               .n_test = 2 * TIMES,
                               .train = train,
                               .test = test};
static struct ana_problem problem = {.size = sizeof problem,
                                     .n_rows = T,
                                     .group = group,
                                     .moment = moment,
                                     .n_groups = CLIPS,
                                     .n_folds = 1,
                                     .folds = &fold,
                                     .want_predictions = 1};
static const struct ana_measure r_only[] = {{"r", "Pearson's r"}};
static const struct ana_metric_plan plan = {
    .size = sizeof plan, .passes = 1, .n_measures = 1, .measures = r_only};

static void set_up(void)
{
    for (int64_t r = 0; r < T; r++) {
        group[r] = r / TIMES;
        moment[r] = r % TIMES;
        if (r < 4 * TIMES)
            train[r] = r;
        else
            test[r - 4 * TIMES] = r;
    }
}

static double pearson(int64_t n, const double *a, const double *b)
{
    double ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;

    for (int64_t i = 0; i < n; i++) {
        ma += a[i] / (double)n;
        mb += b[i] / (double)n;
    }
    for (int64_t i = 0; i < n; i++) {
        aa += (a[i] - ma) * (a[i] - ma);
        bb += (b[i] - mb) * (b[i] - mb);
        ab += (a[i] - ma) * (b[i] - mb);
    }
    return ab / sqrt(aa * bb);
}

/* The twin: everything from the definitions, over whole arrays. */
START_TEST(clip_measures_equal_their_definitions)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_tensor y, p;
    double ys[T], ps[2 * TIMES], null[2 * TIMES], yt[2 * TIMES], yr[2 * TIMES],
        pr[2 * TIMES];
    double score[5], pm[TIMES], within = 0, within_null = 0, within_beyond = 0;
    struct ana_rng rng;

    set_up();
    ana_rng_init(ctx, "clips", 0, &rng);
    for (int64_t r = 0; r < T; r++)
        ys[r] = sin((double)moment[r]) + ana_rng_normal(&rng);
    for (int64_t i = 0; i < 2 * TIMES; i++)
        ps[i] = ys[test[i]] + ana_rng_normal(&rng);
    for (int64_t t = 0; t < TIMES; t++)
        pm[t] = (ps[t] + ps[TIMES + t]) / 2;
    for (int64_t i = 0; i < 2 * TIMES; i++) {
        null[i] = 0;
        for (int64_t c = 0; c < 4; c++)
            null[i] += ys[c * TIMES + i % TIMES] / 4;
        yt[i] = ys[test[i]];
        yr[i] = yt[i] - null[i];
        pr[i] = ps[i] - pm[i % TIMES];
    }
    for (int64_t c = 0; c < 2; c++) {
        within += pearson(TIMES, ps + c * TIMES, yt + c * TIMES) / 2;
        within_null += pearson(TIMES, null + c * TIMES, yt + c * TIMES) / 2;
        within_beyond += pearson(TIMES, pr + c * TIMES, yr + c * TIMES) / 2;
    }
    ana_tensor_view(ANA_F64, 2, (const int64_t[]){T, 1}, ys, &y);
    ana_tensor_view(ANA_F64, 2, (const int64_t[]){2 * TIMES, 1}, ps, &p);
    ck_assert_int_eq(ana_clip_scores(ctx, &problem, &fold, &y, &p, score), 0);
    ck_assert_double_eq_tol(score[0], pearson(2 * TIMES, null, yt), 1e-12);
    ck_assert_double_eq_tol(score[1], pearson(2 * TIMES, pr, yr), 1e-12);
    ck_assert_double_eq_tol(score[2], within, 1e-12);
    ck_assert_double_eq_tol(score[3], within_null, 1e-12);
    ck_assert_double_eq_tol(score[4], within_beyond, 1e-12);
    ana_ctx_destroy(ctx);
}
END_TEST

/* A prediction that knows only the time in the clip has nothing beyond the null. */
START_TEST(predicting_the_time_course_alone_scores_0_beyond_it)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_tensor y, p;
    double ys[T], ps[2 * TIMES], score[5];
    struct ana_rng rng;

    set_up();
    ana_rng_init(ctx, "clips", 1, &rng);
    for (int64_t r = 0; r < T; r++)
        ys[r] = 3 * sin((double)moment[r]) + ana_rng_normal(&rng);
    for (int64_t i = 0; i < 2 * TIMES; i++)
        ps[i] = sin((double)(i % TIMES));
    ana_tensor_view(ANA_F64, 2, (const int64_t[]){T, 1}, ys, &y);
    ana_tensor_view(ANA_F64, 2, (const int64_t[]){2 * TIMES, 1}, ps, &p);
    ck_assert_int_eq(ana_clip_scores(ctx, &problem, &fold, &y, &p, score), 0);
    ck_assert_double_gt(score[0], 0.8);
    ck_assert_double_eq(score[1], 0);
    ana_ctx_destroy(ctx);
}
END_TEST

static struct ana_collector *make_collector(struct ana_ctx *ctx)
{
    struct ana_collector *c = NULL;

    set_up();
    ck_assert_int_eq(ana_collector_create(ctx, &problem, &plan, 3, &c), 0);
    return c;
}

/* Parts of a kernel, lags x targets, from two tiles and of one fold; the twin is where
 * each number has to stand. */
START_TEST(parts_of_a_named_array_stand_at_their_fold_and_target)
{
    const double lags[] = {-.5, 0, .5, 1};
    const struct ana_axis time = {.size = sizeof time,
                                  .kind = ANA_AXIS_TIME,
                                  .name = "lag",
                                  .unit = "s",
                                  .coords = lags};
    const int64_t shape[] = {4, 2};
    struct ana_ctx *ctx = test_ctx();
    struct ana_collector *c = make_collector(ctx);
    struct ana_out out = {c, NULL};
    struct ana_tensor part;
    const float *values;

    ck_assert_int_eq(ana_tensor_create(ctx, ANA_F32, 2, shape, &part), 0);
    ck_assert_int_eq(ana_tensor_set_axis(ctx, &part, 0, &time), 0);
    for (int i = 0; i < 8; i++)
        ((float *)part.data)[i] = (float)i;
    ck_assert_int_eq(ana_out_array(ctx, &out, "kernel", "y per x", 0, 1, &part), 0);
    ck_assert_int_eq(c->n_arrays, 1);
    ck_assert_int_eq(c->arrays[0].values.ndim, 3);
    ck_assert_int_eq(c->arrays[0].values.shape[0], 1);
    ck_assert_int_eq(c->arrays[0].values.shape[2], 3);
    ck_assert_str_eq(c->arrays[0].values.axes[1]->name, "lag");
    ck_assert_double_eq(c->arrays[0].values.axes[1]->coords[0], -.5);
    values = c->arrays[0].values.data;
    for (int lag = 0; lag < 4; lag++) {
        ck_assert(isnan(values[lag * 3]));
        ck_assert_double_eq((double)values[lag * 3 + 1], (double)(2 * lag));
        ck_assert_double_eq((double)values[lag * 3 + 2], (double)(2 * lag + 1));
    }
    ck_assert_int_eq(ana_out_array(ctx, &out, "kernel", "", -1, 1, &part), ANA_EPLUGIN);
    ck_assert_str_eq(ana_error(ctx),
                     "the metric's array 'kernel' comes in two shapes or types");
    ck_assert_int_eq(ana_out_array(ctx, &out, "kernel", "", 0, 2, &part), ANA_EPLUGIN);
    ck_assert_str_eq(ana_error(ctx),
                     "the metric's array 'kernel' is of targets that there are not");
    ck_assert_int_eq(ana_out_array(ctx, &out, "kernel", "", 1, 0, &part), ANA_EPLUGIN);
    ((float *)part.data)[3] = INFINITY;
    ck_assert_int_eq(ana_out_array(ctx, &out, "kernel", "", 0, 1, &part), ANA_ENUMERIC);
    ck_assert_str_eq(ana_error(ctx),
                     "the metric's array 'kernel' is infinite at target 2 of its row 1");
    ana_tensor_finish(&part);
    ana_collector_destroy(ctx, c);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(scores_that_break_the_plan_are_refused)
{
    const double scores[] = {.1, .2, .3, (double)INFINITY};
    struct ana_ctx *ctx = test_ctx();
    struct ana_collector *c = make_collector(ctx);
    struct ana_out out = {c, NULL};

    ck_assert_int_eq(ana_out_scores(ctx, &out, "R2", "", 0, 0, 3, scores), ANA_EPLUGIN);
    ck_assert_str_eq(ana_error(ctx),
                     "the metric scored 'R2', which its plan does not name");
    ck_assert_int_eq(ana_out_scores(ctx, &out, "r", "", 1, 0, 3, scores), ANA_EPLUGIN);
    ck_assert_int_eq(ana_out_scores(ctx, &out, "r", "", 0, 1, 3, scores), ANA_EPLUGIN);
    ck_assert_int_eq(ana_out_scores(ctx, &out, "r", "", 0, 0, 2, scores), 0);
    ck_assert_int_eq(ana_collector_complete(ctx, c), ANA_EPLUGIN);
    ck_assert_str_eq(ana_error(ctx), "the metric never scored r of target 2 in fold 0");
    ck_assert_int_eq(ana_out_scores(ctx, &out, "r", "", 0, 1, 1, scores), ANA_EPLUGIN);
    ck_assert_str_eq(ana_error(ctx), "the metric scored target 1 in fold 0 twice");
    ck_assert_int_eq(ana_out_scores(ctx, &out, "r", "", 0, 2, 1, scores + 3),
                     ANA_ENUMERIC);
    ana_collector_destroy(ctx, c);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(pooled_scores_choices_counters_and_notes_are_kept)
{
    const double alpha[] = {1, 10, 100};
    struct ana_ctx *ctx = test_ctx();
    struct ana_collector *c = make_collector(ctx);
    struct ana_out out = {c, NULL};

    ck_assert_int_eq(ana_out_pooled(ctx, &out, "r", "", 0, "all", .5), 0);
    ck_assert_int_eq(ana_out_pooled(ctx, &out, "r", "", 0, "HG", .25), 0);
    ck_assert_int_eq(ana_out_choice(ctx, &out, "alpha", 0, 0, 3, alpha), 0);
    ck_assert_int_eq(ana_out_count(ctx, &out, "edge", 1, 3), 0);
    ck_assert_int_eq(ana_out_count(ctx, &out, "edge", 1, 3), 0);
    ck_assert_int_eq(ana_out_note(ctx, &out, "alphas %d", 3), 0);
    ck_assert_int_eq(ana_out_note(ctx, &out, "alphas %d", 3), 0);
    ck_assert_int_eq(c->n_tables, 1);
    ck_assert_int_eq(c->tables[0].n_targets, 2);
    ck_assert_str_eq(c->tables[0].names[1], "HG");
    ck_assert_double_eq(c->tables[0].score[1], .25);
    ck_assert_double_eq(c->choices[0].values[2], 100);
    ck_assert_int_eq(c->counters[0].n, 2);
    ck_assert_int_eq(c->counters[0].of, 6);
    ck_assert_int_eq(c->n_notes, 1);
    ana_collector_destroy(ctx, c);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("out");
    TCase *all = tcase_create("all");

    tcase_add_test(all, clip_measures_equal_their_definitions);
    tcase_add_test(all, predicting_the_time_course_alone_scores_0_beyond_it);
    tcase_add_test(all, parts_of_a_named_array_stand_at_their_fold_and_target);
    tcase_add_test(all, scores_that_break_the_plan_are_refused);
    tcase_add_test(all, pooled_scores_choices_counters_and_notes_are_kept);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
