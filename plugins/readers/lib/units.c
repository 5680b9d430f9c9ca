/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Text as files of several ages store it: bytes (UTF-8 or, from old files, Latin-1) or
 * 16-bit units.
 */
#include "units.h"

#include <string.h>

/* One code point as UTF-8; bytes written. */
static int64_t put_code(uint32_t code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 63));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 63));
        out[2] = (char)(0x80 | (code & 63));
        return 3;
    }
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 63));
    out[2] = (char)(0x80 | (code >> 6 & 63));
    out[3] = (char)(0x80 | (code & 63));
    return 4;
}

static int is_utf8(const uint8_t *bytes, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        const int more = bytes[i] < 0x80   ? 0
                         : bytes[i] < 0xc2 ? -1
                         : bytes[i] < 0xe0 ? 1
                         : bytes[i] < 0xf0 ? 2
                         : bytes[i] < 0xf5 ? 3
                                           : -1;

        if (more < 0 || i + more >= n)
            return 0;
        for (int k = 0; k < more; k++)
            if ((bytes[++i] & 0xc0) != 0x80)
                return 0;
    }
    return 1;
}

char *units_text(struct ana_ctx *ctx, const void *units, int64_t n, int64_t step,
                 int size)
{
    const uint8_t *data = units;
    const int raw = size == 1 && step == 1 && is_utf8(data, n);
    char *text = ana_alloc(ctx, 4 * n + 1, 1);
    int64_t length = 0;

    for (int64_t i = 0; text && i < n; i++) {
        uint32_t code = data[i * step];
        uint16_t unit = 0;

        if (size == 2) {
            memcpy(&unit, data + 2 * i * step, sizeof unit);
            code = unit;
            if (code >= 0xd800 && code < 0xdc00 && i + 1 < n) {
                memcpy(&unit, data + 2 * (i + 1) * step, sizeof unit);
                if (unit >= 0xdc00 && unit < 0xe000) {
                    code = 0x10000 + ((code - 0xd800) << 10) + (unit - 0xdc00u);
                    i++;
                }
            }
            if (code >= 0xd800 && code < 0xe000)
                code = 0xfffd; /* half a pair */
        }
        if (raw)
            text[length++] = (char)code;
        else
            length += put_code(code, text + length);
    }
    while (text && length > 0 && (text[length - 1] == ' ' || text[length - 1] == 0))
        text[--length] = 0;
    return text;
}
