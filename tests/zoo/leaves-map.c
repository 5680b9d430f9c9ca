/* SPDX-License-Identifier: BSD-3-Clause */
/* Leaves the file of one that it cannot write. */
#define ZOO_ID "zoo-leaves-map"
#define ZOO_MAP_REFUSED return rc
#include "tests/zoo/reader.h"
