/* SPDX-License-Identifier: BSD-3-Clause */
/* Begins each read at the first row. */
#define ZOO_ID "zoo-ignores-first"
#define ZOO_FIRST(first) (0 * (first))
#include "tests/zoo/reader.h"
