/* SPDX-License-Identifier: BSD-3-Clause */
/* Takes a megabyte that it does not announce. */
#define ZOO_ID "zoo-hides-cost"
#define ZOO_EXTRA (1 << 18)
#include "tests/zoo/model.h"
