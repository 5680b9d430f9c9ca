/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_DRIVE_H
#define ANA_PIPELINE_DRIVE_H

#include <anaflow/metric.h>
#include <anaflow/test.h>

struct ana_collector;

/* What <anaflow/test.h> hands out: the two drivers of models and metrics stand in files
 * of their own. */
struct ana_test {
    struct ana_ctx *ctx;
    const struct ana_plugin *plugin;
    struct ana_params *params;
    /* For plugin check, of metrics. In: targets a push (0 = as planned); who looks at all
     * that was scored. Out: what it planned, and the bytes that it had at most. */
    int64_t tile;
    void (*look)(void *arg, const struct ana_collector *collector);
    void *look_arg;
    struct ana_metric_plan plan;
    int64_t used;
};

/* ANA_EPARAM where the test's plugin is of another kind. */
int ana_test_expect(struct ana_test *test, int32_t kind);

/* What a metric plans for a problem of such shapes, without data and, for planning, without
 * names of targets. */
int ana_test_plan(struct ana_test *test, int64_t rows, int64_t features, int64_t targets,
                  struct ana_metric_plan *plan);

/* ANA_EPLUGIN where the plugin asked for a parameter that its table lacks; else rc. */
int ana_test_conclude(struct ana_test *test, int rc);

#endif
