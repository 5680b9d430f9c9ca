/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Plugins that load and are never called: what test_study and the wrong INI files name,
 * so that their sentences do not depend on which real plugins are installed.
 */
#ifndef TESTS_STUDY_QUIET_H
#define TESTS_STUDY_QUIET_H

#include <stdlib.h>

#include <anaflow/anaflow.h>

#define QUIET_NAMES(name)                                                                \
    .id = (name), .version = "1.0", .summary = "For tests of study files",               \
    .licence = "BSD-3-Clause", .citation = ""

#define QUIET_PARAM(type_, name_, fallback_, ...)                                        \
    {                                                                                    \
        .size = sizeof(struct ana_param), .type = (type_), .name = (name_),              \
        .fallback = (fallback_), .help = "a key of a test plugin", __VA_ARGS__           \
    }

static inline void quiet_close(struct ana_ctx *ctx, void *self)
{
    (void)ctx, (void)self;
    abort();
}

#ifdef QUIET_MODEL
static int quiet_open(struct ana_ctx *ctx, const struct ana_params *params,
                      const struct ana_model_source *source, void **self)
{
    (void)ctx, (void)params, (void)source, (void)self;
    abort();
}

static int quiet_describe(struct ana_ctx *ctx, void *self, struct ana_model_info *info)
{
    (void)ctx, (void)self, (void)info;
    abort();
}

static int quiet_cost(struct ana_ctx *ctx, void *self, const struct ana_batch *batch,
                      const uint8_t *wanted, struct ana_model_cost *cost)
{
    (void)ctx, (void)self, (void)batch, (void)wanted, (void)cost;
    abort();
}

static int quiet_forward(struct ana_ctx *ctx, void *self, const struct ana_batch *batch,
                         const uint8_t *wanted, struct ana_sink *sink)
{
    (void)ctx, (void)self, (void)batch, (void)wanted, (void)sink;
    abort();
}

static const struct ana_model_vt quiet_table = {.size = sizeof(struct ana_model_vt),
                                                .open = quiet_open,
                                                .describe = quiet_describe,
                                                .cost = quiet_cost,
                                                .forward = quiet_forward,
                                                .close = quiet_close};
#endif

#ifdef QUIET_READER
static int quiet_probe(struct ana_ctx *ctx, const struct ana_source *source,
                       int32_t *confidence)
{
    (void)ctx, (void)source, (void)confidence;
    abort();
}

static int quiet_open(struct ana_ctx *ctx, const struct ana_params *params,
                      const struct ana_source *source, void **self)
{
    (void)ctx, (void)params, (void)source, (void)self;
    abort();
}

static int quiet_describe(struct ana_ctx *ctx, void *self,
                          struct ana_recording_info *info)
{
    (void)ctx, (void)self, (void)info;
    abort();
}

static int quiet_read(struct ana_ctx *ctx, void *self, int64_t run, int64_t first,
                      int64_t n, const int64_t *targets, int64_t n_targets,
                      struct ana_tensor *out)
{
    (void)ctx, (void)self, (void)run, (void)first, (void)n, (void)targets,
        (void)n_targets;
    (void)out;
    abort();
}

static const struct ana_reader_vt quiet_table = {.size = sizeof(struct ana_reader_vt),
                                                 .probe = quiet_probe,
                                                 .open = quiet_open,
                                                 .describe = quiet_describe,
                                                 .read = quiet_read,
                                                 .close = quiet_close};
#endif

#ifdef QUIET_METRIC
static int quiet_plan(struct ana_ctx *ctx, const struct ana_params *params,
                      const struct ana_problem *problem, struct ana_metric_plan *plan)
{
    (void)ctx, (void)params, (void)problem, (void)plan;
    abort();
}

static int quiet_begin(struct ana_ctx *ctx, const struct ana_params *params,
                       const struct ana_problem *problem, void **xs)
{
    (void)ctx, (void)params, (void)problem, (void)xs;
    abort();
}

static int quiet_open_y(struct ana_ctx *ctx, void *xs, const struct ana_y *y, void **ys)
{
    (void)ctx, (void)xs, (void)y, (void)ys;
    abort();
}

static int quiet_push(struct ana_ctx *ctx, void *ys, const struct ana_tile *tile,
                      struct ana_out *out)
{
    (void)ctx, (void)ys, (void)tile, (void)out;
    abort();
}

static int quiet_pass(struct ana_ctx *ctx, void *ys, struct ana_out *out, int32_t *again)
{
    (void)ctx, (void)ys, (void)out, (void)again;
    abort();
}

static const struct ana_metric_vt quiet_table = {.size = sizeof(struct ana_metric_vt),
                                                 .flags = QUIET_METRIC,
                                                 .plan = quiet_plan,
                                                 .begin = quiet_begin,
                                                 .open_y = quiet_open_y,
                                                 .push = quiet_push,
                                                 .pass = quiet_pass,
                                                 .close_y = quiet_close,
                                                 .close = quiet_close};
#endif

#endif
