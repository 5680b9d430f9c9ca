/* SPDX-License-Identifier: BSD-3-Clause */
#define QUIET_READER 1
#include "tests/study/quiet.h"

static const struct ana_param params[] = {
    QUIET_PARAM(ANA_PARAM_REAL, "gain", "1", .min = 0, .max = 100),
};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_READER), QUIET_NAMES("twin"), .params = params,
    .n_params = sizeof params / sizeof *params, .reader = &quiet_table};
