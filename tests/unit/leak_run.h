/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A leak planted in every stage of a metric's fit: one fold is scored thrice, as it is,
 * with rows that it does not use changed, and with its held-out rows changed so that what
 * they say would pay if anything of it reached the fit.
 */
#ifndef TESTS_LEAK_RUN_H
#define TESTS_LEAK_RUN_H

#include <math.h>

#include "tests/unit/metric_run.h"

enum { TEST_LEAK_TARGETS = 10, TEST_LEAK_CHOICES = 4 };

/* One stage, and what the plugin is told. */
struct test_leak {
    const char *name;
    int64_t rows, p, pca;
    int32_t standardise;
    int32_t spaces; /* 0 = one; else the columns are dealt to so many */
    const char *key[TEST_SETTINGS], *value[TEST_SETTINGS];
};

/* What the fold scored and chose. */
struct test_leak_answer {
    double r[TEST_LEAK_TARGETS];
    double choice[TEST_LEAK_CHOICES][TEST_LEAK_TARGETS];
    int64_t n_choices;
};

static inline struct test_leak_answer test_leak_run(struct ana_ctx *ctx,
                                                    const struct ana_plugin *plugin,
                                                    const struct test_leak *q,
                                                    const double *x, const double *y,
                                                    const struct ana_fold *fold)
{
    const int64_t n_spaces = q->spaces > 0 ? q->spaces : 1, p = q->p / n_spaces;
    struct ana_space *space[4];
    const struct ana_space *list[4];
    struct test_leak_answer answer = {.n_choices = 0};
    struct test_run run = {.plugin = plugin, .y = y};

    for (int64_t s = 0; s < n_spaces; s++) {
        double *part = ana_alloc(ctx, q->rows * p, sizeof *part);

        for (int64_t i = 0; i < q->rows; i++)
            memcpy(part + i * p, x + i * q->p + s * p, (size_t)p * sizeof *part);
        list[s] = space[s] = test_space(ctx, q->rows, p, part, q->standardise);
        space[s]->pca = q->pca;
        memcpy(space[s]->name, (char[]){(char)('a' + s), 0}, 2);
        ana_free(ctx, part);
    }
    run.problem = (struct ana_problem){.size = sizeof run.problem,
                                       .layout = ANA_LAYOUT_ROWS,
                                       .n_rows = q->rows,
                                       .n_spaces = n_spaces,
                                       .spaces = list,
                                       .n_folds = 1,
                                       .folds = fold,
                                       .n_targets = TEST_LEAK_TARGETS,
                                       .memory = INT64_C(1) << 32};
    memcpy(run.key, q->key, sizeof run.key);
    memcpy(run.value, q->value, sizeof run.value);
    ck_assert_msg(test_run(ctx, &run) == 0, "%s: %s", q->name, ana_error(ctx));
    memcpy(answer.r, test_table(&run, "r")->score, sizeof answer.r);
    ck_assert_int_le(run.collector->n_choices, TEST_LEAK_CHOICES);
    for (; answer.n_choices < run.collector->n_choices; answer.n_choices++)
        memcpy(answer.choice[answer.n_choices],
               run.collector->choices[answer.n_choices].values, sizeof answer.r);
    test_run_end(ctx, &run);
    for (int64_t s = 0; s < n_spaces; s++)
        ana_space_destroy(ctx, space[s]);
    return answer;
}

/* One fold of the first nine tenths of the rows; the last tenth is in neither set. */
static inline struct ana_fold *test_leak_fold(struct ana_ctx *ctx, int64_t rows)
{
    struct ana_fold *folds = test_folds(ctx, rows, 5, ANA_INNER_FOLDS, 3);
    struct ana_fold *fold = &folds[0];
    int64_t *train = (int64_t *)(uintptr_t)fold->train, n = 0;

    fold->n_test = 0;
    for (int64_t i = 0; i < rows * 9 / 10; i++) {
        if (i % 5)
            train[n++] = i;
        else
            ((int64_t *)(uintptr_t)fold->test)[fold->n_test++] = i;
    }
    for (int64_t j = 0; j < 3; j++) { /* inner rows that no longer exist */
        struct ana_fold *in = &((struct ana_fold *)(uintptr_t)fold->inner_folds)[j];

        while (in->train[in->n_train - 1] >= n)
            in->n_train--;
        while (in->test[in->n_test - 1] >= n)
            in->n_test--;
    }
    fold->n_train = n;
    return folds;
}

/* A fold that looked at all rows would scale, rotate or sum with the last tenth. The
 * held-out rows' y would tell it which penalty to take. */
static inline void test_no_leak(const struct ana_plugin *plugin,
                                const struct test_leak *q)
{
    const int64_t t = TEST_LEAK_TARGETS;
    struct ana_ctx *ctx = test_ctx();
    double *x = test_normal(ctx, "x", q->rows * q->p);
    double *y = test_normal(ctx, "y", q->rows * t);
    struct ana_fold *fold = test_leak_fold(ctx, q->rows);
    struct test_leak_answer plain, outside, planted;

    for (int64_t i = 0; i < q->rows; i++)
        for (int64_t j = 0; j < t; j++)
            y[i * t + j] += x[i * q->p + j % q->p];
    plain = test_leak_run(ctx, plugin, q, x, y, fold);
    for (int64_t i = q->rows * 9 / 10 * q->p; i < q->rows * q->p; i++)
        x[i] = 1e3 * (double)(i % 7);
    for (int64_t i = q->rows * 9 / 10 * t; i < q->rows * t; i++)
        y[i] = -1e3 * (double)(i % 5);
    outside = test_leak_run(ctx, plugin, q, x, y, fold);
    ck_assert_msg(memcmp(plain.r, outside.r, sizeof plain.r) == 0,
                  "%s: rows of neither set change a score", q->name);
    ck_assert_mem_eq(plain.choice, outside.choice, sizeof plain.choice);
    for (int64_t k = 0; k < fold->n_test; k++) {
        for (int64_t j = 0; j < q->p; j++)
            x[fold->test[k] * q->p + j] *= -50;
        for (int64_t j = 0; j < t; j++)
            y[fold->test[k] * t + j] += 100 * x[fold->test[k] * q->p + (j + 1) % q->p];
    }
    planted = test_leak_run(ctx, plugin, q, x, y, fold);
    ck_assert_msg(memcmp(plain.choice, planted.choice, sizeof plain.choice) == 0,
                  "%s: held-out rows change a choice", q->name);
    for (int64_t j = 0; j < t; j++) /* the new relation was planted there alone */
        ck_assert_msg(fabs(planted.r[j]) < .9, "%s: r %g of target %d", q->name,
                      planted.r[j], (int)j);
    ana_free(ctx, fold);
    ana_free(ctx, x);
    ana_free(ctx, y);
    ana_ctx_destroy(ctx);
}

#endif
