/* SPDX-License-Identifier: BSD-3-Clause */
/* Hands out the first half of what it made. */
#define ZOO_ID "zoo-leaves-half"
#define ZOO_EMITTED (n / 2)
#include "tests/zoo/model.h"
