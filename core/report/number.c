/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Doubles as the shortest decimal that reads back equal, fast where scores live. A double
 * is v = m 2^-k with m < 2^53; its first d digits are c = round(v 10^(d+z)), z zeros after
 * the point, and c reads back as v if |c 2^k - m 10^(d+z)| < 10^(d+z) / 2: all of which is
 * exact in 128 bits for 1e-4 <= |v| < 1.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/escape.h"

typedef unsigned __int128 wide; /* what C11 has no name for */

static wide power_of_ten(int n)
{
    wide power = 1;

    while (n-- > 0)
        power *= 10;
    return power;
}

/* Digits of c, `zeros` behind the point, without zeros at the end. */
static int64_t print_fraction(int negative, int zeros, uint64_t c, char *buffer)
{
    char digits[20];
    int n = 0;
    char *p = buffer;

    while (c % 10 == 0)
        c /= 10;
    for (; c > 0; c /= 10)
        digits[n++] = (char)('0' + c % 10);
    if (negative)
        *p++ = '-';
    *p++ = '0';
    *p++ = '.';
    while (zeros-- > 0)
        *p++ = '0';
    while (n-- > 0)
        *p++ = digits[n];
    *p = 0;
    return p - buffer;
}

/* 0 where the double lies outside of what 128 bits hold. */
static int64_t shortest_fraction(double value, char *buffer)
{
    const double size = fabs(value);
    int exponent, zeros = 0;
    uint64_t m;

    if (!(size >= 1e-4 && size < 1))
        return 0;
    m = (uint64_t)ldexp(frexp(size, &exponent), 53);
    if (m == (uint64_t)1 << 52) /* the neighbour below is nearer than half a step */
        return 0;
    while (size * (double)power_of_ten(zeros + 1) < 1)
        zeros++;
    for (int d = 15; d <= 17; d++) {
        const int k = 53 - exponent;
        const wide ten = power_of_ten(d + zeros), exact = m * ten;
        const wide c = (exact + ((wide)1 << (k - 1))) >> k, back = c << k;
        const wide error = back > exact ? back - exact : exact - back;

        if (c >= power_of_ten(d)) /* 0.000999... that rounds to 0.001 */
            return 0;
        if (2 * error < ten)
            return print_fraction(value < 0, zeros, (uint64_t)c, buffer);
    }
    return 0;
}

int64_t ana_shortest(double value, char buffer[32])
{
    int64_t n;

    if (isnan(value))
        return strcpy(buffer, "n/a"), 3;
    if (isinf(value))
        return snprintf(buffer, 32, value > 0 ? "inf" : "-inf");
    n = shortest_fraction(value, buffer);
    /* 15 digits keep every decimal that a person wrote; 17 always read back. */
    for (int digits = 15; n == 0; digits++) {
        n = snprintf(buffer, 32, "%.*g", digits, value);
        if (digits < 17 && strtod(buffer, NULL) != value)
            n = 0;
    }
    return n;
}
