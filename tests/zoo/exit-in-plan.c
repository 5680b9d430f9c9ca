/* SPDX-License-Identifier: BSD-3-Clause */
/* Ends the program when it is asked what a problem takes. */
#include <stdlib.h>
#define ZOO_ID "zoo-exit-in-plan"
#define ZOO_PLANNED exit(0)
#include "tests/zoo/metric.h"
