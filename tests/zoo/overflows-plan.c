/* SPDX-License-Identifier: BSD-3-Clause */
/* Counts the bytes of weights in 64 bits. */
#define ZOO_ID "zoo-overflows-plan"
#define ZOO_PLANNED                                                                      \
    __builtin_mul_overflow(2 * problem->n_targets, plan->bytes, &plan->bytes)
#include "tests/zoo/metric.h"
