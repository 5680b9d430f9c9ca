/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Names as old recorders wrote them.
 */
#include <string.h>

#include "series.h"

void series_text(const char *bytes, int64_t n, char *out, size_t room)
{
    size_t length = 0;

    while (n > 0 && (bytes[n - 1] == ' ' || bytes[n - 1] == 0))
        n--;
    while (n > 0 && *bytes == ' ')
        bytes++, n--;
    for (int64_t i = 0; i < n && length + 3 < room; i++) {
        const unsigned char c = (unsigned char)bytes[i];
        const unsigned char next = i + 1 < n ? (unsigned char)bytes[i + 1] : 0;

        if (c >= 0xc2 && c <= 0xdf && next >= 0x80 && next <= 0xbf) {
            out[length++] = bytes[i++];
            out[length++] = bytes[i];
        } else if (c >= 0x80) {
            out[length++] = (char)(0xc0 | c >> 6);
            out[length++] = (char)(0x80 | (c & 0x3f));
        } else {
            out[length++] = c < 0x20 || c == 0x7f ? '?' : (char)c;
        }
    }
    out[length] = 0;
}

char *series_stem(struct ana_ctx *ctx, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *stem = ana_strdup(ctx, slash ? slash + 1 : path);
    char *dot = stem ? strrchr(stem, '.') : NULL;

    if (dot && dot != stem)
        *dot = 0;
    return stem;
}
