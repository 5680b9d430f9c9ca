/* SPDX-License-Identifier: BSD-3-Clause */
#include <check.h>

#include "stats/halves.h"
#include "tests/unit/helpers.h"

enum { L = 5, F = 10, V = 3 };

struct scores {
    double layer[L][F * V];
    const double *list[L];
    double depth[L];
};

static void make_scores(struct ana_ctx *ctx, double noise, struct scores *s)
{
    struct ana_rng rng;

    ana_rng_init(ctx, "halves", 0, &rng);
    for (int l = 0; l < L; l++) {
        s->list[l] = s->layer[l];
        s->depth[l] = (double)l / (L - 1);
        for (int i = 0; i < F * V; i++)
            s->layer[l][i] = noise * ana_rng_normal(&rng);
    }
}

/* Target 0 is best in layer 1, target 1 in layer 3, target 2 in layer 3, by far. */
START_TEST(the_planted_layer_is_found_at_its_depth)
{
    const int best[V] = {1, 3, 3};
    double score[V], depth[V], low[V], high[V];
    struct ana_halves_targets targets = {score, depth, low, high};
    struct ana_ctx *ctx = test_ctx();
    struct ana_halves out;
    struct scores s;

    make_scores(ctx, 0.01, &s);
    for (int v = 0; v < V; v++)
        for (int f = 0; f < F; f++)
            s.layer[best[v]][f * V + v] += 0.5;
    ck_assert_int_eq(ana_halves_choose(ctx, L, F, V, s.list, s.depth, &out, &targets), 0);
    ck_assert_int_eq(out.n_halvings, ANA_HALVINGS);
    ck_assert_double_eq(out.depth, 0.75);
    ck_assert_double_eq(out.depth_p05, 0.75);
    ck_assert_double_eq(depth[0], 0.25);
    ck_assert_double_eq(high[0], 0.25);
    ck_assert_double_eq_tol(score[0], 0.5, 0.02);
    ck_assert_double_eq_tol(out.score, 0.5, 0.02);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Among layers that are all noise the best of all folds is above 0; chosen on other folds
 * it is not: the selection's gain is gone. */
START_TEST(what_noise_gains_by_selection_is_not_scored)
{
    struct ana_ctx *ctx = test_ctx();
    double highest = 0, sum = 0;
    struct ana_halves out;
    struct scores s;

    for (int draw = 0; draw < 60; draw++) {
        struct ana_rng rng;

        ana_rng_init(ctx, "noise", draw, &rng);
        for (int l = 0; l < L; l++) {
            double all = 0;

            s.list[l] = s.layer[l];
            s.depth[l] = (double)l / (L - 1);
            for (int i = 0; i < F * V; i++)
                s.layer[l][i] = ana_rng_normal(&rng);
            for (int f = 0; f < F; f++)
                all += s.layer[l][f * V] / F;
            highest += fmax(all, 0) / 60;
        }
        ck_assert_int_eq(ana_halves_choose(ctx, L, F, V, s.list, s.depth, &out, NULL), 0);
        sum += out.score / 60;
    }
    ck_assert(highest > 0.3);
    ck_assert(fabs(sum) < 0.1);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(missing_scores_are_left_out_and_few_folds_say_nothing)
{
    double score[V], depth[V], low[V], high[V];
    struct ana_halves_targets targets = {score, depth, low, high};
    struct ana_ctx *ctx = test_ctx();
    struct ana_halves out;
    struct scores s;

    make_scores(ctx, 0.01, &s);
    for (int l = 0; l < L; l++)
        for (int f = 0; f < F; f++)
            s.layer[l][f * V + 2] = (double)NAN;
    ck_assert_int_eq(ana_halves_choose(ctx, L, F, V, s.list, s.depth, &out, &targets), 0);
    ck_assert(isnan(score[2]) && isnan(depth[2]));
    ck_assert(!isnan(out.score));
    ck_assert_int_eq(ana_halves_choose(ctx, L, 3, V, s.list, s.depth, &out, NULL), 0);
    ck_assert_int_eq(out.n_halvings, 0);
    ck_assert_int_eq(ana_halves_choose(ctx, 1, F, V, s.list, s.depth, &out, NULL), 0);
    ck_assert_int_eq(out.n_halvings, 0);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("halves");
    TCase *all = tcase_create("all");

    tcase_add_test(all, the_planted_layer_is_found_at_its_depth);
    tcase_add_test(all, what_noise_gains_by_selection_is_not_scored);
    tcase_add_test(all, missing_scores_are_left_out_and_few_folds_say_nothing);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
