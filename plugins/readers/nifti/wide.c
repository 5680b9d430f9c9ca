/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Numbers of 128 bits. NIfTI says no more than "long double", which is a binary128 of
 * IEEE 754 on some machines and, padded, 80 bits on Intel's.
 */
#include <math.h>

#include "nifti.h"

static uint64_t bits_at(const uint8_t *bytes, int n)
{
    uint64_t bits = 0;

    for (int i = n - 1; i >= 0; i--)
        bits = bits << 8 | bytes[i];
    return bits;
}

/* whole + a fraction whose highest bit is a half, times 2^power; to even from the middle. */
static double rounded(uint64_t whole, uint64_t fraction, int power)
{
    const uint64_t half = (uint64_t)1 << 63;

    whole += fraction > half || (fraction == half && (whole & 1));
    return ldexp((double)whole, power);
}

/* Sign and 15 bits of exponent, the leading 1 and 63 bits behind it. */
static double of_80_bits(uint64_t mantissa, int exponent)
{
    if ((mantissa >> 63) != (exponent > 0))
        return (double)NAN;
    if (exponent == 0x7fff)
        return mantissa << 1 ? (double)NAN : (double)INFINITY;
    return rounded(mantissa >> 11, mantissa << 53, exponent - 16383 - 52);
}

/* Sign and 15 bits of exponent, 48 and 64 bits behind the leading 1 that is not stored. */
static double of_128_bits(uint64_t high, uint64_t low, int exponent)
{
    const uint64_t one = (uint64_t)1 << 48;

    if (exponent == 0x7fff)
        return high | low ? (double)NAN : (double)INFINITY;
    if (exponent == 0) /* below any double */
        return 0;
    return rounded((one | high) << 4 | low >> 60, low << 4, exponent - 16383 - 52);
}

double nii_wide(const uint8_t bytes[16])
{
    const uint64_t low = bits_at(bytes, 8), high = bits_at(bytes + 8, 6);
    const int top = (int)bits_at(bytes + 14, 2), is_80 = top == 0 && high >> 16 == 0;
    const int sign = is_80 ? (int)(high >> 15) & 1 : top >> 15;
    const double value = is_80 ? of_80_bits(low, (int)high & 0x7fff)
                               : of_128_bits(high, low, top & 0x7fff);

    return sign ? -value : value;
}
