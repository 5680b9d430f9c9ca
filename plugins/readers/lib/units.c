/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Text as files of several ages store it: bytes (UTF-8 or, from old files, Latin-1) or
 * 16-bit units.
 */
#include "units.h"

#include <string.h>

#include <anaflow/files.h>

char *units_text(struct ana_ctx *ctx, const void *units, int64_t n, int64_t step,
                 int size)
{
    const uint8_t *data = units;
    const int raw = size == 1 && step == 1 && ana_utf8_invalid(units, n) < 0;
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
            length += ana_utf8_put(code, text + length);
    }
    while (text && length > 0 && (text[length - 1] == ' ' || text[length - 1] == 0))
        text[--length] = 0;
    return text;
}
