/* SPDX-License-Identifier: BSD-3-Clause */
/* Works on where there is no memory. */
#define ZOO_ID "zoo-trusts-memory"
#define ZOO_WITHOUT_MEMORY (void)0
#include "tests/zoo/model.h"
