/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef READERS_H5_DECODE_H
#define READERS_H5_DECODE_H

#include <math.h>
#include <stdint.h>
#include <string.h>

/* One stored number as float64: integers of 1 to 8 bytes, IEEE 754 of 2, 4 and 8, in
 * either byte order. */
enum h5_code {
    H5_NONE,
    H5_SIGNED,
    H5_UNSIGNED,
    H5_FLOAT,
};

static inline double h5_half(uint16_t bits)
{
    const int exponent = bits >> 10 & 31, mantissa = bits & 1023;
    const double x = exponent == 31  ? (double)(mantissa ? NAN : INFINITY)
                     : exponent == 0 ? ldexp(mantissa, -24)
                                     : ldexp(1024 + mantissa, exponent - 25);

    return bits & 0x8000 ? -x : x;
}

/* code: an h5_code, + 8 where the bytes are to be turned round. */
static inline double h5_decode(const uint8_t *p, int width, int code)
{
    const int turn = code & 8;
    uint16_t w16;
    uint32_t w32;
    uint64_t w64;
    float f32;
    double f64;

    switch (width) {
    case 1:
        return (code & 7) == H5_SIGNED ? (double)(int8_t)*p : *p;
    case 2:
        memcpy(&w16, p, 2);
        w16 = turn ? __builtin_bswap16(w16) : w16;
        return (code & 7) == H5_SIGNED     ? (int16_t)w16
               : (code & 7) == H5_UNSIGNED ? w16
                                           : h5_half(w16);
    case 4:
        memcpy(&w32, p, 4);
        w32 = turn ? __builtin_bswap32(w32) : w32;
        memcpy(&f32, &w32, 4);
        return (code & 7) == H5_SIGNED     ? (int32_t)w32
               : (code & 7) == H5_UNSIGNED ? w32
                                           : (double)f32;
    default:
        memcpy(&w64, p, 8);
        w64 = turn ? __builtin_bswap64(w64) : w64;
        memcpy(&f64, &w64, 8);
        return (code & 7) == H5_SIGNED     ? (double)(int64_t)w64
               : (code & 7) == H5_UNSIGNED ? (double)w64
                                           : f64;
    }
}

#endif
