/* SPDX-License-Identifier: BSD-3-Clause */
/* Gives other numbers on a second call. */
#define ZOO_ID "zoo-forgets-reset"
#define ZOO_FLAGS ANA_MODEL_EXACT_IN_CHUNKS
#define ZOO_AFTER                                                                        \
    for (int64_t k = 0; k < n * 4; k++)                                                  \
        y[k] *= 1 + 2e-7f * (float)self->calls;                                          \
    self->calls++
#include "tests/zoo/model.h"
