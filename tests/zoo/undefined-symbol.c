/* SPDX-License-Identifier: BSD-3-Clause */
/* Needs a function that no library has. */
#include "tests/zoo/zoo.h"

int zoo_function_that_nobody_wrote(void);

static int push(struct ana_ctx *ctx, void *ys, const struct ana_tile *tile,
                struct ana_out *out)
{
    (void)ctx, (void)ys, (void)tile, (void)out;
    return zoo_function_that_nobody_wrote();
}

static const struct ana_metric_vt table = {.size = sizeof(struct ana_metric_vt),
                                           .plan = zoo_plan,
                                           .begin = zoo_begin,
                                           .open_y = zoo_open_y,
                                           .push = push,
                                           .pass = zoo_pass,
                                           .close_y = zoo_close,
                                           .close = zoo_close};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_METRIC), ZOO_NAMES("zoo-undefined"), .metric = &table};
