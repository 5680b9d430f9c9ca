/* SPDX-License-Identifier: BSD-3-Clause */
/* Promises that rotation does not matter. */
#define ZOO_ID "zoo-claims-rotation"
#define ZOO_PROMISES ANA_METRIC_ROTATION
#include "tests/zoo/metric.h"
