/* SPDX-License-Identifier: BSD-3-Clause */
/* Promises that scale does not matter. */
#define ZOO_ID "zoo-claims-scale"
#define ZOO_SCORE xy
#include "tests/zoo/metric.h"
