/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Names and numbers on their way into TSV, JSON, SVG, HTML and file names.
 */
#include "report/escape.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <anaflow/files.h>

static const char REPLACEMENT[] = "\xEF\xBF\xBD"; /* U+FFFD */

/* Bytes of the character at s, 0 if it is not UTF-8 or not a character of XML 1.0. */
static int64_t sequence(const char *s)
{
    const unsigned char lead = (unsigned char)s[0];
    const int64_t n = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;

    if (lead < 0x20 || lead == 0x7F)
        return lead == '\t' || lead == '\n' || lead == '\r';
    if (n > (int64_t)strnlen(s, 4) || ana_utf8_invalid(s, n) >= 0)
        return 0;
    if (n == 3 &&
        (memcmp(s, "\xEF\xBF\xBE", 3) == 0 || memcmp(s, "\xEF\xBF\xBF", 3) == 0))
        return 0;
    return n;
}

const char *ana_next_piece(const char **name, int64_t *n)
{
    const char *at = *name;

    *n = sequence(at);
    if (*n > 0) {
        *name += *n;
        return at;
    }
    *name += 1;
    *n = sizeof REPLACEMENT - 1;
    return REPLACEMENT;
}

static int stays_in_file_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '.' || c == '-' || c == '_';
}

static const char *xml_reference(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void ana_add_xml(struct ana_text *text, const char *name)
{
    while (name && *name) {
        int64_t n;
        const char *piece = ana_next_piece(&name, &n), *reference = xml_reference(*piece);

        if (reference)
            ana_text_write(text, reference, (int64_t)strlen(reference));
        else
            ana_text_write(text, piece, n);
    }
    ana_text_write(text, "", 0);
}

void ana_add_cell(struct ana_text *text, const char *name)
{
    if (!name || !*name)
        ana_text_write(text, "n/a", 3);
    while (name && *name) {
        int64_t n;
        const char *piece = ana_next_piece(&name, &n);

        if (*piece == '\t' || *piece == '\n' || *piece == '\r')
            piece = " ";
        ana_text_write(text, piece, n);
    }
}

void ana_add_utf8(struct ana_text *text, const char *name)
{
    while (name && *name) {
        int64_t n;
        const char *piece = ana_next_piece(&name, &n);

        ana_text_write(text, piece, n);
    }
    ana_text_write(text, "", 0);
}

/* The number of the character whose n bytes of UTF-8 stand at s. */
static uint32_t code_point(const char *s, int64_t n)
{
    static const unsigned char lead[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t code = (unsigned char)s[0] & lead[n];

    for (int64_t i = 1; i < n; i++)
        code = code << 6 | ((unsigned char)s[i] & 0x3F);
    return code;
}

void ana_add_css_string(struct ana_text *text, const char *name)
{
    while (name && *name) {
        int64_t n;
        const char *piece = ana_next_piece(&name, &n);

        if (n == 1 && (*piece == ' ' || *piece == ',' || stays_in_file_name(*piece)))
            ana_text_write(text, piece, 1);
        else
            ana_text_add(text, "\\%x ", code_point(piece, n));
    }
    ana_text_write(text, "", 0);
}

void ana_add_json_island(struct ana_text *text, const char *json)
{
    for (const char *p = json; *p;) {
        const size_t n = strcspn(p, "<");

        ana_text_write(text, p, (int64_t)n);
        p += n;
        if (*p == '<') {
            ana_text_write(text, "\\u003c", 6);
            p++;
        }
    }
}

void ana_add_file_part(struct ana_text *text, const char *name, int64_t most)
{
    for (int64_t i = 0; name && *name && i < most; i++) {
        int64_t n;
        const char *piece = ana_next_piece(&name, &n);
        const int stays = stays_in_file_name(*piece) && !(i == 0 && *piece == '.');

        ana_text_write(text, stays ? piece : "_", 1);
    }
    ana_text_write(text, "", 0);
}

int ana_says(const char *name)
{
    return name && *name && strcmp(name, "n/a") != 0;
}

const char *ana_show_score(double score, char buffer[32])
{
    const double size = fabs(score);

    if (isnan(score))
        snprintf(buffer, 32, "n/a");
    else if (isinf(score))
        snprintf(buffer, 32, score > 0 ? "inf" : "\u2212inf");
    else if (size < 5e-4)
        snprintf(buffer, 32, "0.000"); /* without the sign of a rounded zero */
    else
        snprintf(buffer, 32, size < 1e4 ? "%s%.3f" : "%s%.3g", score < 0 ? "\u2212" : "",
                 size);
    return buffer;
}

const char *ana_show_count(int64_t n, char buffer[32])
{
    char digits[24];
    int length, out = 0;

    length = snprintf(digits, sizeof digits, "%lld", (long long)n);
    for (int i = 0; i < length; i++) {
        buffer[out++] = digits[i];
        if (digits[i] != '-' && i + 1 < length && (length - i - 1) % 3 == 0)
            buffer[out++] = ',';
    }
    buffer[out] = 0;
    return buffer;
}
