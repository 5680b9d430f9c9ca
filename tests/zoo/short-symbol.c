/* SPDX-License-Identifier: BSD-3-Clause */
/* Exports the right name on eight bytes, which must not be read as a head. */
#include "tests/zoo/zoo.h"

ANA_API extern const char anaflow_plugin[8];
const char anaflow_plugin[8] = "anaflow";
