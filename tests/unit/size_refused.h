/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Sizes that LAPACK's 32-bit integers do not hold, posed as sizes alone, without samples. A
 * plan refuses them in a sentence.
 */
#ifndef TESTS_SIZE_REFUSED_H
#define TESTS_SIZE_REFUSED_H

#include "tests/unit/metric_run.h"

struct test_absurd {
    int64_t n_train, features;
    const char *says;
    const char *key[4], *value[4];
};

static inline void test_size_refused(const struct ana_plugin *plugin,
                                     const struct test_absurd *absurd)
{
    struct ana_ctx *ctx = test_ctx();
    const int64_t rows[4] = {0, 1, 2, 3};
    struct ana_fold inner[2], fold = {.size = sizeof fold,
                                      .inner = ANA_INNER_FOLDS,
                                      .n_train = absurd->n_train,
                                      .n_test = 4,
                                      .train = rows,
                                      .test = rows,
                                      .n_inner = 2,
                                      .inner_folds = inner};
    struct ana_setting settings[4];
    struct ana_params *params;
    struct ana_metric_plan plan = {.size = sizeof plan};
    const struct ana_space *spaces[1];
    struct ana_space *space;
    const struct ana_tensor x = {.size = sizeof x,
                                 .dtype = ANA_F32,
                                 .ndim = 2,
                                 .shape = {1, absurd->features},
                                 .strides = {absurd->features, 1}};
    struct ana_problem problem = {.size = sizeof problem,
                                  .layout = ANA_LAYOUT_SERIES,
                                  .n_rows = absurd->n_train + 4,
                                  .group = rows,
                                  .moment = rows,
                                  .n_groups = 1,
                                  .rate = 1,
                                  .n_spaces = 1,
                                  .spaces = spaces,
                                  .n_folds = 1,
                                  .folds = &fold,
                                  .n_targets = 100000,
                                  .memory = INT64_MAX};
    int64_t n = 0;

    for (int j = 0; j < 2; j++) {
        inner[j] = fold;
        inner[j].n_train = absurd->n_train / 2;
        inner[j].n_test = absurd->n_train - inner[j].n_train;
        inner[j].n_inner = 0;
        inner[j].inner_folds = NULL;
    }
    for (; n < 4 && absurd->key[n]; n++)
        settings[n] =
            (struct ana_setting){absurd->key[n], absurd->value[n], "test.ini:1", NULL};
    ck_assert_int_eq(ana_params_create(ctx, plugin, n, settings, &params), 0);
    ck_assert_msg(ana_space_create(ctx, "x", &x, 1, rows, 1, rows, ANA_STANDARDISE_CENTRE,
                                   0, &space) == 0,
                  "%s", ana_error(ctx));
    spaces[0] = space;
    ck_assert_int_eq(plugin->metric->plan(ctx, params, &problem, &plan), ANA_ERESOURCE);
    ck_assert_msg(strstr(ana_error(ctx), absurd->says) != NULL, "%s", ana_error(ctx));
    ana_space_destroy(ctx, space);
    ana_params_destroy(params);
    ana_ctx_destroy(ctx);
}

/* What every metric refuses that decomposes X'X or XX', whichever is smaller. */
static inline void test_eigenvalues_refused(const struct ana_plugin *plugin)
{
    static const struct test_absurd absurd[] = {
        {.n_train = 50000,
         .features = 40000,
         .says = "eigenvalues of a 40000 x 40000 matrix: LAPACK's workspace allows 32766 "
                 "rows"},
        {.n_train = 33000,
         .features = INT64_C(8589934592),
         .says = "eigenvalues of a 33000 x 33000 matrix: LAPACK's workspace allows 32766 "
                 "rows"},
    };

    for (size_t i = 0; i < sizeof absurd / sizeof *absurd; i++)
        test_size_refused(plugin, &absurd[i]);
}

#endif
