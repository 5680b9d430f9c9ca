/* SPDX-License-Identifier: BSD-3-Clause */
/* Built for a newer minor version of this interface, whose major is 0: no promise yet. */
#include "tests/zoo/zoo.h"

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    .magic = "anaflow",
    .abi_major = ANA_ABI_MAJOR,
    .abi_minor = ANA_ABI_MINOR + 1,
    .size = sizeof(struct ana_plugin),
    .kind = ANA_KIND_METRIC,
    .id = (const char *)8};
