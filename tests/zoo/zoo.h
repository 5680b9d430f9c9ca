/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A metric that would load, for the animals of the zoo to break in one place each.
 * No function of it is ever called: a broken plugin is refused before.
 */
#ifndef TESTS_ZOO_H
#define TESTS_ZOO_H

#include <stddef.h>
#include <stdlib.h>

#include <anaflow/metric.h>

/* Called = the loader trusted a descriptor that it had to refuse. */
static inline int zoo_plan(struct ana_ctx *ctx, const struct ana_params *params,
                           const struct ana_problem *problem,
                           struct ana_metric_plan *plan)
{
    (void)ctx, (void)params, (void)problem, (void)plan;
    abort();
}

static inline int zoo_begin(struct ana_ctx *ctx, const struct ana_params *params,
                            const struct ana_problem *problem, void **xs)
{
    (void)ctx, (void)params, (void)problem, (void)xs;
    abort();
}

static inline int zoo_open_y(struct ana_ctx *ctx, void *xs, const struct ana_y *y,
                             void **ys)
{
    (void)ctx, (void)xs, (void)y, (void)ys;
    abort();
}

static inline int zoo_push(struct ana_ctx *ctx, void *ys, const struct ana_tile *tile,
                           struct ana_out *out)
{
    (void)ctx, (void)ys, (void)tile, (void)out;
    abort();
}

static inline int zoo_pass(struct ana_ctx *ctx, void *ys, struct ana_out *out,
                           int32_t *again)
{
    (void)ctx, (void)ys, (void)out, (void)again;
    abort();
}

static inline void zoo_close(struct ana_ctx *ctx, void *self)
{
    (void)ctx, (void)self;
    abort();
}

/* A fault, not a raised signal: the run's worker threads hold signals back. */
static inline void zoo_crash(void)
{
    volatile uintptr_t nowhere = 8;

    *(volatile char *)nowhere = 1;
}

#define ZOO_TABLE                                                                        \
    .size = sizeof(struct ana_metric_vt), .plan = zoo_plan, .begin = zoo_begin,          \
    .open_y = zoo_open_y, .push = zoo_push, .pass = zoo_pass, .close_y = zoo_close,      \
    .close = zoo_close

#define ZOO_NAMES(name)                                                                  \
    .id = (name), .version = "1.0", .summary = "An animal of the zoo",                   \
    .licence = "BSD-3-Clause", .citation = ""

#endif
