/* SPDX-License-Identifier: BSD-3-Clause */
/* Its parameter's default is outside its own bounds. */
#include "tests/zoo/zoo.h"

static const struct ana_metric_vt table = {ZOO_TABLE};

static const struct ana_param params[] = {
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_INT,
     .name = "bands",
     .fallback = "0",
     .min = 1,
     .max = 100,
     .help = "Number of bands"},
};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_METRIC), ZOO_NAMES("zoo-default"), .params = params,
    .n_params = 1, .metric = &table};
