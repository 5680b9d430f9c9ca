/* SPDX-License-Identifier: BSD-3-Clause */
#define QUIET_MODEL 1
#include "tests/study/quiet.h"

static const struct ana_param params[] = {
    QUIET_PARAM(ANA_PARAM_INT, "depth", "3", .min = 1, .max = 9),
    QUIET_PARAM(ANA_PARAM_TEXT, "window", "hann"),
};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_MODEL), QUIET_NAMES("twin"), .params = params,
    .n_params = sizeof params / sizeof *params, .model = &quiet_table};
