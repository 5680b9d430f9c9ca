/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The regression that tests/oracles/make_pls.py had scikit-learn do, through a metric.
 */
#ifndef TESTS_ORACLE_RUN_H
#define TESTS_ORACLE_RUN_H

#include <math.h>

#include "tests/unit/metric_run.h"

enum { ORACLE_ROWS = 40, ORACLE_P = 12, ORACLE_T = 4, ORACLE_TEST = 10 };

struct test_oracle {
    double x[ORACLE_ROWS * ORACLE_P], y[ORACLE_ROWS * ORACLE_T];
    struct ana_space *space;
    const struct ana_space *list[1];
    struct ana_fold *folds; /* four, of which the first alone is run */
    struct test_run run;
};

static inline void test_oracle_open(struct ana_ctx *ctx, const struct ana_plugin *plugin,
                                    int32_t standardise, struct test_oracle *q)
{
    for (int i = 0; i < ORACLE_ROWS; i++) {
        for (int j = 0; j < ORACLE_P; j++)
            q->x[i * ORACLE_P + j] =
                (float)(sin(1 + 7 * i + 3 * j + 0.37 * i * j) * (1 + j));
        for (int j = 0; j < ORACLE_T; j++) /* of x before it was rounded */
            q->y[i * ORACLE_T + j] =
                cos(2 * i + 5 * j) * (1 + 2 * j) +
                .1 * (sin(1 + 7 * i + 3 * j + 0.37 * i * j) * (1 + j));
    }
    q->list[0] = q->space = test_space(ctx, ORACLE_ROWS, ORACLE_P, q->x, standardise);
    q->folds = test_folds(ctx, ORACLE_ROWS, 4, ANA_INNER_NONE, 0);
    q->run = (struct test_run){.plugin = plugin, .y = q->y};
    q->run.problem = (struct ana_problem){.size = sizeof q->run.problem,
                                          .layout = ANA_LAYOUT_ROWS,
                                          .n_rows = ORACLE_ROWS,
                                          .n_spaces = 1,
                                          .spaces = q->list,
                                          .n_folds = 1,
                                          .folds = q->folds,
                                          .n_targets = ORACLE_T,
                                          .memory = INT64_C(1) << 32};
}

static inline void test_oracle_close(struct ana_ctx *ctx, struct test_oracle *q)
{
    test_run_end(ctx, &q->run);
    ana_space_destroy(ctx, q->space);
    ana_free(ctx, q->folds);
}

/* R2 of the golden predictions (10 x 4) against what the metric scored. */
static inline void test_oracle_compare(struct ana_ctx *ctx, const struct test_oracle *q,
                                       const char *file, double tolerance)
{
    struct ana_tensor golden;
    const double *prediction;
    char path[4096];
    double worst = 0;

    snprintf(path, sizeof path, "%s/tests/golden/pls/%s.npy", getenv("ANA_SOURCE"), file);
    ck_assert_msg(ana_npy_read(ctx, path, &golden) == 0, "%s", ana_error(ctx));
    prediction = golden.data;
    for (int j = 0; j < ORACLE_T; j++) {
        double mean = 0, sse = 0, sst = 0, R2;

        for (int i = 0; i < ORACLE_TEST; i++)
            mean += q->y[4 * i * ORACLE_T + j] / ORACLE_TEST;
        for (int i = 0; i < ORACLE_TEST; i++) {
            const double y = q->y[4 * i * ORACLE_T + j];

            sse += pow(y - prediction[i * ORACLE_T + j], 2);
            sst += pow(y - mean, 2);
        }
        R2 = 1 - sse / sst;
        worst = fmax(worst, fabs(test_table(&q->run, "R2")->score[j] - R2));
    }
    printf("%s: R2 differs by %.1e\n", file, worst);
    ck_assert_msg(worst <= tolerance, "%s: R2 differs by %g", file, worst);
    ana_tensor_finish(&golden);
}

#endif
