/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Names as old recorders wrote them.
 */
#include <string.h>

#include <anaflow/files.h>

#include "series.h"

/* Bytes of the character of UTF-8 beyond ASCII that begins here; 0 = there is none. */
static int64_t character(const char *bytes, int64_t n)
{
    for (int64_t k = 2; (unsigned char)*bytes >= 0x80 && k <= 4 && k <= n; k++)
        if (ana_utf8_invalid(bytes, k) < 0)
            return k;
    return 0;
}

static void convert(const char *bytes, int64_t n, int with_controls, char *out,
                    size_t room)
{
    size_t length = 0;

    for (int64_t i = 0, k; i < n && length + 5 < room; i += k ? k : 1) {
        const unsigned char c = (unsigned char)bytes[i];

        k = character(bytes + i, n - i);
        if (k > 0) {
            memcpy(out + length, bytes + i, (size_t)k);
            length += (size_t)k;
        } else if (c >= 0x80) {
            length += (size_t)ana_utf8_put(c, out + length);
        } else {
            out[length++] = !with_controls && (c < 0x20 || c == 0x7f) ? '?' : (char)c;
        }
    }
    out[length] = 0;
}

void series_text(const char *bytes, int64_t n, char *out, size_t room)
{
    while (n > 0 && (bytes[n - 1] == ' ' || bytes[n - 1] == 0))
        n--;
    while (n > 0 && *bytes == ' ')
        bytes++, n--;
    convert(bytes, n, 0, out, room);
}

void series_utf8(const char *bytes, int64_t n, char *out, size_t room)
{
    convert(bytes, n, 1, out, room);
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
