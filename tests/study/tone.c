/* SPDX-License-Identifier: BSD-3-Clause */
#define QUIET_MODEL 1
#include "tests/study/quiet.h"

static const struct ana_param params[] = {
    QUIET_PARAM(ANA_PARAM_INT, "bands", "32", .min = 1, .max = 512),
    QUIET_PARAM(ANA_PARAM_REAL, "rate", "100 Hz", .min = 1, .max = 48000, .unit = "Hz"),
    QUIET_PARAM(ANA_PARAM_CHOICE, "shape", "round", .choices = "round|square"),
};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_MODEL), QUIET_NAMES("tone"), .params = params,
    .n_params = sizeof params / sizeof *params, .model = &quiet_table};
