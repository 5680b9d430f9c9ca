/* SPDX-License-Identifier: BSD-3-Clause */
/* Nothing is wrong with this one: it loads whatever its neighbours do. */
#include "tests/zoo/zoo.h"

static const struct ana_metric_vt table = {ZOO_TABLE};

static const struct ana_param params[] = {
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_REAL,
     .name = "step",
     .fallback = "20 ms",
     .min = 0.001,
     .max = 1,
     .unit = "s",
     .help = "Length of a step"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_LIST,
     .name = "alphas",
     .fallback = "logspace(-1, 8, 10)",
     .help = "Penalties to try"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_CHOICE,
     .name = "solver",
     .fallback = "auto",
     .choices = "auto|primal|dual",
     .help = "Which form to solve"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_TEXT,
     .name = "column",
     .help = "A parameter that must be given"},
};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_METRIC), ZOO_NAMES("zoo-good"), .params = params,
    .n_params = sizeof params / sizeof *params, .metric = &table};
