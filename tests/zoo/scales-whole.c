/* SPDX-License-Identifier: BSD-3-Clause */
/* Scales by the loudest of all that it is shown, and promises that chunks are exact. */
#define ZOO_ID "zoo-scales-whole"
#define ZOO_AFTER                                                                        \
    float most = 1e-9f;                                                                  \
    for (int64_t k = 0; k < n * 4; k++)                                                  \
        most = y[k] > most ? y[k] : most;                                                \
    for (int64_t k = 0; k < n * 4; k++)                                                  \
    y[k] /= most
#include "tests/zoo/model.h"
