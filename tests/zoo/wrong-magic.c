/* SPDX-License-Identifier: BSD-3-Clause */
/* A descriptor of somebody else. */
#include "tests/zoo/zoo.h"

static const struct ana_metric_vt table = {ZOO_TABLE};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {.magic = "anaflop",
                                                            .abi_major = ANA_ABI_MAJOR,
                                                            .abi_minor = ANA_ABI_MINOR,
                                                            .size =
                                                                sizeof(struct ana_plugin),
                                                            .kind = ANA_KIND_METRIC,
                                                            ZOO_NAMES("zoo-magic"),
                                                            .metric = &table};
