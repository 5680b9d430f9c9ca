/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes one row more than it was asked for. */
#define ZOO_ID "zoo-out-of-bounds"
#define ZOO_ROWS(n) ((n) > 1 ? (n) + 1 : (n))
#include "tests/zoo/reader.h"
