/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLUGIN_NIFTI_DEFLATE_TABLES_H
#define PLUGIN_NIFTI_DEFLATE_TABLES_H

#include "deflate.h"

#include <string.h>

/* Tables are looked up with the next bits of the stream. An entry's lowest 5 bits say how
 * many of them it takes, extra bits among them.
 *
 *     literal    IS_LITERAL   value << 16                          bits
 *     length,
 *     distance                least << 16   bits of the code << 8  bits with extra ones
 *     longer
 *     codes      IS_OTHER | IS_TABLE   first << 16   more bits << 8
 *     end        IS_OTHER | IS_END                                 bits
 *     no code    IS_OTHER */
enum { LETTER_BITS = 11, DISTANCE_BITS = 8 };
#define IS_LITERAL (UINT32_C(1) << 31)
#define IS_OTHER (UINT32_C(1) << 15)
#define IS_TABLE (UINT32_C(1) << 14)
#define IS_END (UINT32_C(1) << 13)

/* The next 64 bits. */
static inline uint64_t load_bits(const uint8_t *in)
{
    uint64_t word;

    memcpy(&word, in, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

#endif
