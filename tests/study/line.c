/* SPDX-License-Identifier: BSD-3-Clause */
#define QUIET_METRIC (ANA_METRIC_PER_TARGET | ANA_METRIC_NEEDS_FOLDS)
#include "tests/study/quiet.h"

static const struct ana_param params[] = {
    QUIET_PARAM(ANA_PARAM_LIST, "alphas", "logspace(-1, 8, 10)", .min = 0, .max = 1e12),
};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_METRIC), QUIET_NAMES("line"), .params = params,
    .n_params = sizeof params / sizeof *params, .metric = &quiet_table};
