/* SPDX-License-Identifier: BSD-3-Clause */
/* Crashes while it is being loaded. */
#include "tests/zoo/zoo.h"

__attribute__((constructor)) static void at_load(void)
{
    zoo_crash();
}

static const struct ana_metric_vt table = {ZOO_TABLE};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_METRIC), ZOO_NAMES("zoo-crash"), .metric = &table};
