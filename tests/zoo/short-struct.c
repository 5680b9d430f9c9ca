/* SPDX-License-Identifier: BSD-3-Clause */
/* Says that its descriptor ends 16 bytes early, and is of a kind that does not exist. */
#include "tests/zoo/zoo.h"

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    .magic = "anaflow",
    .abi_major = ANA_ABI_MAJOR,
    .abi_minor = ANA_ABI_MINOR,
    .size = sizeof(struct ana_plugin) - 16,
    .kind = 9,
    .id = (const char *)8};
