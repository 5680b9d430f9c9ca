/* SPDX-License-Identifier: BSD-3-Clause */
/* Crashes when it is pushed its first target. */
#define ZOO_ID "zoo-crash-in-push"
#define ZOO_PUSHING                                                                      \
    if (tile->first + t == 0)                                                            \
    __builtin_trap()
#include "tests/zoo/metric.h"
