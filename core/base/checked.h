/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_BASE_CHECKED_H
#define ANA_BASE_CHECKED_H

#include <stdint.h>

/* Arithmetic on sizes that came from a file: 1 and the result, or 0 if it does
 * not fit in 63 bits or an operand is negative. */
static inline int ana_add_ok(int64_t a, int64_t b, int64_t *sum)
{
    return a >= 0 && b >= 0 && !__builtin_add_overflow(a, b, sum);
}

static inline int ana_mul_ok(int64_t a, int64_t b, int64_t *product)
{
    return a >= 0 && b >= 0 && !__builtin_mul_overflow(a, b, product);
}

#endif
