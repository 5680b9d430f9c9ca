/* SPDX-License-Identifier: BSD-3-Clause */
/* Promises that x and y may change places. */
#define ZOO_ID "zoo-claims-symmetric"
#define ZOO_PROMISES ANA_METRIC_SYMMETRIC
#include "tests/zoo/metric.h"
