/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SDK_CHECK_METRIC_H
#define SDK_CHECK_METRIC_H

#include <anaflow/metric.h>

#include "check/bench.h"

/* Two matrices for a metric: x (rows x features, float32), y (rows x targets, float64). */
struct ana_pair {
    struct ana_buffer x_buffer, y_buffer;
    struct ana_tensor x, y;
};

/* y follows x with noise; every number of y is one that float32 holds, so that the two
 * may change places. Release with `ana_pair_finish`. */
int ana_pair_create(struct ana_bench *bench, int64_t rows, int64_t features,
                    int64_t targets, struct ana_pair *pair);
void ana_pair_finish(struct ana_pair *pair);

/* All that the metric scores of a pair. */
int ana_metric_score(struct ana_bench *bench, const struct ana_pair *pair,
                     struct ana_sequence *numbers);

/* Its first measure alone. */
int ana_metric_first(struct ana_bench *bench, const struct ana_pair *pair,
                     struct ana_sequence *numbers);

/* Bytes that its plan announced for a larger pair, and those that it took at most. */
int ana_metric_planned(struct ana_bench *bench, int64_t *announced, int64_t *used);

#endif
