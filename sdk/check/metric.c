/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A metric under test: the matrices that it compares, through <anaflow/test.h>.
 */
#include "check/metric.h"

#include <string.h>

#include "base/context.h"
#include "pipeline/drive.h"
#include "pipeline/out.h"

enum { ROWS = 40, FEATURES = 6, TARGETS = 5 };

int ana_pair_create(struct ana_bench *bench, int64_t rows, int64_t features,
                    int64_t targets, struct ana_pair *pair)
{
    const int64_t x_shape[] = {rows, features}, y_shape[] = {rows, targets};
    float *x;
    double *y;

    memset(pair, 0, sizeof *pair);
    if (ana_buffer_create(bench->place, rows * features * (int64_t)sizeof(float),
                          &pair->x_buffer) != 0 ||
        ana_buffer_create(bench->place, rows * targets * (int64_t)sizeof(double),
                          &pair->y_buffer) != 0) {
        ana_pair_finish(pair);
        return ana_fail(bench->ctx, ANA_ERESOURCE, "no memory for two matrices");
    }
    x = pair->x_buffer.data;
    y = pair->y_buffer.data;
    for (int64_t i = 0; i < rows * features; i++)
        x[i] = (float)(ana_noise(i) + ana_noise(i + 1000) + ana_noise(i + 2000));
    for (int64_t r = 0; r < rows; r++)
        for (int64_t t = 0; t < targets; t++) {
            double sum = 0.7 * ana_noise(5000 + r * targets + t);

            for (int64_t f = 0; f < features; f++)
                sum += (double)x[r * features + f] * ana_noise(9000 + f * targets + t);
            y[r * targets + t] = (double)(float)sum;
        }
    ana_tensor_view(ANA_F32, 2, x_shape, x, &pair->x);
    ana_tensor_view(ANA_F64, 2, y_shape, y, &pair->y);
    return 0;
}

void ana_pair_finish(struct ana_pair *pair)
{
    ana_buffer_finish(&pair->x_buffer);
    ana_buffer_finish(&pair->y_buffer);
}

static void keep_all(void *arg, const struct ana_collector *collector)
{
    for (int64_t i = 0; i < collector->n_tables; i++) {
        const struct ana_out_table *table = &collector->tables[i];

        for (int64_t k = 0; k < table->n_folds * table->n_targets; k++)
            ana_sequence_add(arg, table->score[k]);
    }
}

int ana_metric_score(struct ana_bench *bench, const struct ana_pair *pair,
                     struct ana_sequence *numbers)
{
    struct ana_tensor out;
    int rc;

    bench->test->look = numbers ? keep_all : NULL;
    bench->test->look_arg = numbers;
    rc = ana_test_metric(bench->test, &pair->x, &pair->y, NULL, &out);
    bench->test->look = NULL;
    ana_tensor_finish(&out);
    return rc;
}

int ana_metric_first(struct ana_bench *bench, const struct ana_pair *pair,
                     struct ana_sequence *numbers)
{
    struct ana_tensor out;
    int rc = ana_test_metric(bench->test, &pair->x, &pair->y, NULL, &out);

    for (int64_t i = 0; rc == 0 && i < ana_tensor_count(&out); i++)
        ana_sequence_add(numbers, ana_tensor_get(&out, i));
    ana_tensor_finish(&out);
    return rc;
}

int ana_metric_planned(struct ana_bench *bench, int64_t *announced, int64_t *used)
{
    struct ana_pair pair;
    int rc = ana_pair_create(bench, 10 * ROWS, 10 * FEATURES, 10 * TARGETS, &pair);

    if (rc == 0)
        rc = ana_metric_score(bench, &pair, NULL);
    ana_pair_finish(&pair);
    *announced = bench->test->plan.bytes;
    *used = bench->test->used;
    return rc;
}

int ana_metric_rounds(struct ana_bench *bench, int times, struct ana_sequence *numbers)
{
    struct ana_pair pair;
    int rc = ana_pair_create(bench, ROWS, FEATURES, TARGETS, &pair);

    if (rc == 0)
        ana_buffer_freeze(&pair.y_buffer);
    for (int i = 0; rc == 0 && i < times; i++)
        rc = ana_metric_score(bench, &pair, numbers);
    ana_pair_finish(&pair);
    return rc;
}
