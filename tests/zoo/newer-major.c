/* SPDX-License-Identifier: BSD-3-Clause */
/* Built for an interface that is one major version ahead; behind the head, pointers
 * that crash whoever follows them. */
#include "tests/zoo/zoo.h"

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    .magic = "anaflow",
    .abi_major = ANA_ABI_MAJOR + 1,
    .abi_minor = 7,
    .size = sizeof(struct ana_plugin),
    .kind = ANA_KIND_METRIC,
    .id = (const char *)8,
    .metric = (const struct ana_metric_vt *)16};
