/* SPDX-License-Identifier: BSD-3-Clause */
/* Gives a NaN for good sound. */
#define ZOO_ID "zoo-makes-nan"
#define ZOO_AFTER                                                                        \
    if (n > 3)                                                                           \
    y[3] = NAN
#include "tests/zoo/model.h"
