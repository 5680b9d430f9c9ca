/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_DATA_UTF8_H
#define ANA_DATA_UTF8_H

#include <stdint.h>

/* Offset of the first byte that is not UTF-8 (RFC 3629: no overlong forms, no
 * surrogates, nothing beyond U+10FFFF), or -1. */
int64_t ana_utf8_invalid(const char *text, int64_t n);

/* Write one code point as UTF-8; the number of bytes, 0 if it is not a character. */
int ana_utf8_put(uint32_t code, char out[4]);

#endif
