/* SPDX-License-Identifier: BSD-3-Clause */
/* Leaves a function of its table out. */
#include "tests/zoo/zoo.h"

static const struct ana_metric_vt table = {.size = sizeof(struct ana_metric_vt),
                                           .plan = zoo_plan,
                                           .begin = zoo_begin,
                                           .open_y = zoo_open_y,
                                           .push = NULL,
                                           .pass = zoo_pass,
                                           .close_y = zoo_close,
                                           .close = zoo_close};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_METRIC), ZOO_NAMES("zoo-null"), .metric = &table};
