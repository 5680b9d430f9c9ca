/* SPDX-License-Identifier: BSD-3-Clause */
/* Mixes the first item of a batch into the others. */
#define ZOO_ID "zoo-mixes-batch"
#define ZOO_AFTER                                                                        \
    for (int64_t k = 0; k < n * 4; k++)                                                  \
    y[k] += (float)i
#include "tests/zoo/model.h"
