/* SPDX-License-Identifier: BSD-3-Clause */
/* The first of two files with one kind and id. */
#include "tests/zoo/zoo.h"

static const struct ana_metric_vt table = {ZOO_TABLE};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_METRIC), ZOO_NAMES("zoo-twin"), .metric = &table};
