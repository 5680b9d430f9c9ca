/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Text as messages and files need it: growing strings, "did you mean", and numbers
 * that do not depend on the user's locale.
 */
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int make_room(struct ana_text *text, int64_t more)
{
    int64_t room = text->room ? text->room : 64;
    char *grown;

    if (text->failed || more < 0 || more > INT64_MAX / 4 - text->length)
        return text->failed = 1, 0;
    while (room < text->length + more + 1)
        room *= 2;
    if (room == text->room)
        return 1;
    grown = realloc(text->data, (size_t)room);
    if (!grown)
        return text->failed = 1, 0;
    text->data = grown;
    text->room = room;
    return 1;
}

void ana_text_write(struct ana_text *text, const char *data, int64_t n)
{
    if (!make_room(text, n))
        return;
    if (n > 0)
        memcpy(text->data + text->length, data, (size_t)n);
    text->length += n;
    text->data[text->length] = 0;
}

void ana_text_add(struct ana_text *text, const char *fmt, ...)
{
    va_list args, again;
    int n;

    va_start(args, fmt);
    va_copy(again, args);
    n = vsnprintf(NULL, 0, fmt, args);
    if (n >= 0 && make_room(text, n)) {
        vsnprintf(text->data + text->length, (size_t)n + 1, fmt, again);
        text->length += n;
    }
    va_end(again);
    va_end(args);
}

void ana_text_finish(struct ana_text *text)
{
    free(text->data);
    memset(text, 0, sizeof *text);
}

/* Edits between two words: insert, delete, replace, swap neighbours. Words longer
 * than 63 letters are not compared. */
static int64_t edits(const char *a, const char *b)
{
    enum { MOST = 64 };
    int64_t d[3][MOST + 1];
    const int64_t n = (int64_t)strlen(a), m = (int64_t)strlen(b);

    if (n >= MOST || m >= MOST)
        return INT64_MAX;
    for (int64_t j = 0; j <= m; j++)
        d[0][j] = j;
    for (int64_t i = 1; i <= n; i++) {
        int64_t *now = d[i % 3], *last = d[(i - 1) % 3], *before = d[(i + 1) % 3];

        now[0] = i;
        for (int64_t j = 1; j <= m; j++) {
            int64_t best = last[j - 1] + (a[i - 1] != b[j - 1]);

            best = last[j] + 1 < best ? last[j] + 1 : best;
            best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            now[j] = best;
        }
    }
    return d[n % 3][m];
}

const char *ana_text_nearest(const char *word, const char *const *candidates, int64_t n)
{
    int64_t allowed = (int64_t)strlen(word) / 3;
    const char *best = NULL;

    allowed = allowed < 1 ? 1 : allowed;
    for (int64_t i = 0; i < n; i++) {
        const int64_t d = candidates[i] ? edits(word, candidates[i]) : INT64_MAX;

        if (d <= allowed) {
            best = candidates[i];
            allowed = d - 1;
        }
    }
    return best;
}

char *ana_text_list(const char *const *names, int64_t n, int64_t most)
{
    struct ana_text text = {0};

    ana_text_write(&text, "", 0);
    for (int64_t i = 0; i < n && i < most; i++)
        ana_text_add(&text, "%s%s", i ? ", " : "", names[i]);
    if (n > most)
        ana_text_add(&text, " and %lld more", (long long)(n - most));
    return text.data;
}

const char *ana_text_stem_in(const char *path, int64_t *n)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');

    *n = dot && dot != name ? dot - name : (int64_t)strlen(name);
    return name;
}

char *ana_text_stem(const char *path)
{
    int64_t n;
    const char *name = ana_text_stem_in(path, &n);
    char *stem = malloc((size_t)n + 1);

    if (stem) {
        memcpy(stem, name, (size_t)n);
        stem[n] = 0;
    }
    return stem;
}

int ana_text_same_stem(const char *a, const char *b)
{
    int64_t n, m;
    const char *x = ana_text_stem_in(a, &n), *y = ana_text_stem_in(b, &m);

    return n == m && strncmp(x, y, (size_t)n) == 0;
}

/* Numbers are read and written in the C locale whatever the thread's locale is. */
static locale_t c_locale(void)
{
    return newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

const char *ana_text_number(double value, char buffer[32])
{
    locale_t c = c_locale(), old = uselocale(c);

    if (isnan(value))
        strcpy(buffer, "n/a");
    else if (isinf(value))
        strcpy(buffer, value > 0 ? "inf" : "-inf");
    else if (value == trunc(value) && fabs(value) < 1e9)
        snprintf(buffer, 32, "%.0f", value);
    else
        for (int digits = 1; digits <= 17; digits++) {
            snprintf(buffer, 32, "%.*g", digits, value);
            if (strtod(buffer, NULL) == value)
                break;
        }
    uselocale(old);
    freelocale(c);
    return buffer;
}

int ana_text_to_double(const char *text, double *out)
{
    locale_t c = c_locale(), old = uselocale(c);
    char *end = NULL;
    int ok = *text != 0 && strspn(text, "+-.0123456789eE") == strlen(text);

    errno = 0;
    if (ok)
        *out = strtod(text, &end);
    ok = ok && end && *end == 0 && isfinite(*out);
    uselocale(old);
    freelocale(c);
    return ok;
}

int ana_text_to_int(const char *text, int64_t *out)
{
    char *end;
    long long value;

    if (!isdigit((unsigned char)text[0]) &&
        !((text[0] == '-' || text[0] == '+') && isdigit((unsigned char)text[1])))
        return 0;
    errno = 0;
    value = strtoll(text, &end, 10);
    *out = value;
    return errno == 0 && *end == 0;
}

const char *ana_text_amount(double value, char buffer[32])
{
    static const char *const units[] = {"",         " thousand", " million",
                                        " billion", " trillion", "e15"};
    int u = 0;

    while (fabs(value) >= 1000 && u < 5) {
        value /= 1000;
        u++;
    }
    snprintf(buffer, 32, "%.*f%s", u > 0 && fabs(value) < 100, value, units[u]);
    return buffer;
}

const char *ana_text_bytes(int64_t bytes, char buffer[32])
{
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB"};
    double value = (double)bytes;
    int u = 0;

    while (fabs(value) >= 1000 && u < 4) {
        value /= 1000;
        u++;
    }
    snprintf(buffer, 32, "%.*f %s", u > 0 && fabs(value) < 100, value, units[u]);
    return buffer;
}

const char *ana_text_bytes_up(int64_t bytes, char buffer[32])
{
    const int64_t TB = INT64_C(1000000000000);
    int64_t unit = 1, step, over;

    while (unit < TB && bytes / unit >= 1000)
        unit *= 1000;
    step = unit > 1 && bytes < 100 * unit ? unit / 10 : unit;
    over = bytes % step;
    if (over > 0 && bytes <= INT64_MAX - step)
        bytes += step - over;
    return ana_text_bytes(bytes, buffer);
}

/* Bytes of the UTF-8 character at `text`, 0 where there is none (RFC 3629). */
static int letter_length(const unsigned char *text)
{
    const unsigned char first = text[0];
    const int n = first < 0x80                     ? 1
                  : first >= 0xc2 && first < 0xe0  ? 2
                  : first >= 0xe0 && first < 0xf0  ? 3
                  : first >= 0xf0 && first <= 0xf4 ? 4
                                                   : 0;

    for (int i = 1; i < n; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    if ((first == 0xe0 && text[1] < 0xa0) || (first == 0xed && text[1] > 0x9f) ||
        (first == 0xf0 && text[1] < 0x90) || (first == 0xf4 && text[1] > 0x8f))
        return 0;
    return n;
}

void ana_text_clean(char *text)
{
    for (unsigned char *at = (unsigned char *)text; *at;) {
        const int n = letter_length(at);
        const int control = (*at < ' ' && *at != '\n' && *at != '\t') || *at == 0x7f ||
                            (n == 2 && at[0] == 0xc2 && at[1] < 0xa0);

        if (n == 0 || control)
            *at = '?';
        at += n > 0 && !control ? n : 1;
    }
}
