/* SPDX-License-Identifier: BSD-3-Clause */
/* A shared library that is no plugin. */
#include "tests/zoo/zoo.h"

ANA_API extern const int zoo_other_symbol;
const int zoo_other_symbol = 1;
