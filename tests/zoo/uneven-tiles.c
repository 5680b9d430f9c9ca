/* SPDX-License-Identifier: BSD-3-Clause */
/* Scores the first target of a tile otherwise. */
#define ZOO_ID "zoo-uneven-tiles"
#define ZOO_PUSHING                                                                      \
    if (t == 0)                                                                          \
    s *= 0.5
#include "tests/zoo/metric.h"
