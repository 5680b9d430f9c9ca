/* SPDX-License-Identifier: BSD-3-Clause */
/* Counts its calls in a variable that all its instances share. */
#define ZOO_ID "zoo-has-globals"
static int calls;
#define ZOO_BEFORE calls++
#include "tests/zoo/model.h"
