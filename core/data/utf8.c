/* SPDX-License-Identifier: BSD-3-Clause
 *
 * UTF-8 as RFC 3629 defines it: checking and writing.
 */
#include <anaflow/files.h>

static int is_character(uint32_t code)
{
    return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

/* Bytes of the sequence that `lead` opens, with the bits of the code in it; 0 = none. */
static int open_sequence(uint8_t lead, uint32_t *code)
{
    if (lead < 0x80)
        return *code = lead, 1;
    if (lead >= 0xc2 && lead < 0xe0)
        return *code = lead & 31, 2;
    if (lead >= 0xe0 && lead < 0xf0)
        return *code = lead & 15, 3;
    if (lead >= 0xf0 && lead < 0xf5)
        return *code = lead & 7, 4;
    return 0;
}

int64_t ana_utf8_invalid(const char *text, int64_t n)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

    for (int64_t i = 0; i < n;) {
        uint32_t code = 0;
        const int length = open_sequence((uint8_t)text[i], &code);

        if (length == 0 || length > n - i)
            return i;
        for (int k = 1; k < length; k++) {
            if (((uint8_t)text[i + k] & 0xc0) != 0x80)
                return i;
            code = code << 6 | ((uint8_t)text[i + k] & 63);
        }
        if (code < least[length] || !is_character(code))
            return i;
        i += length;
    }
    return -1;
}

int ana_utf8_put(uint32_t code, char *out)
{
    if (!is_character(code))
        return 0;
    if (code < 0x80)
        return out[0] = (char)code, 1;
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
