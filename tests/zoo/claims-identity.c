/* SPDX-License-Identifier: BSD-3-Clause */
/* Promises 1 for y that equals x. */
#define ZOO_ID "zoo-claims-identity"
#define ZOO_PROMISES ANA_METRIC_IDENTITY
#include "tests/zoo/metric.h"
