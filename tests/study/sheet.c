/* SPDX-License-Identifier: BSD-3-Clause */
#define QUIET_METRIC (ANA_METRIC_MANY_X | ANA_METRIC_SYMMETRIC)
#include "tests/study/quiet.h"

static const struct ana_param params[] = {
    QUIET_PARAM(ANA_PARAM_TEXT, "column", NULL),
};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_METRIC), QUIET_NAMES("sheet"), .params = params,
    .n_params = sizeof params / sizeof *params, .metric = &quiet_table};
