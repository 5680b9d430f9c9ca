/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a line of an INI file may be. inih as Debian builds it cuts lines at 200 bytes,
 * strips " ;" and what follows, takes ':' for '=', ignores what stands behind ']',
 * and reads an indented line as more of the value above, each without a word. Such
 * lines are refused here, before inih sees them.
 */
#include <ctype.h>
#include <string.h>

#include <anaflow/files.h>

#include "pipeline/ini_private.h"

static int refuse(struct ana_ctx *ctx, const struct ana_ini_line *line,
                  const char *sentence)
{
    return ana_fail(ctx, ANA_EPARAM, "%s:%lld: %s", line->file, (long long)line->number,
                    sentence);
}

static int check_bytes(struct ana_ctx *ctx, const struct ana_ini_line *line)
{
    const unsigned char *s = (const unsigned char *)line->text;
    const int64_t bad = ana_utf8_invalid(line->text, line->n);

    if (bad >= 0)
        return ana_fail(
            ctx, ANA_EPARAM,
            "%s:%lld: byte %lld of the line (0x%02X) is not UTF-8 text; save the "
            "file as UTF-8",
            line->file, (long long)line->number, (long long)bad + 1, s[bad]);
    for (int64_t i = 0; i < line->n; i++)
        if ((s[i] < 32 && s[i] != '\t') || s[i] == 127)
            return ana_fail(
                ctx, ANA_EPARAM,
                "%s:%lld: byte %lld of the line is the control character 0x%02X; "
                "save the file as plain UTF-8 text",
                line->file, (long long)line->number, (long long)i + 1, s[i]);
    if (line->n > ANA_INI_LINE)
        return ana_fail(
            ctx, ANA_EPARAM,
            "%s:%lld: the line has %lld bytes, at most %d are read; break it at "
            "a blank and indent the rest",
            line->file, (long long)line->number, (long long)line->n, ANA_INI_LINE);
    return 0;
}

/* Length of the name in a leading `name =`, 0 if there is none. */
static int64_t key_length(const char *text, int64_t n)
{
    int64_t i = 0, name;

    while (i < n && (isalnum((unsigned char)text[i]) || text[i] == '_' || text[i] == '-'))
        i++;
    name = i;
    while (i < n && (text[i] == ' ' || text[i] == '\t'))
        i++;
    return name > 0 && i < n && text[i] == '=' ? name : 0;
}

static int check_more(struct ana_ctx *ctx, const struct ana_ini_line *line,
                      const char *text, int64_t n)
{
    if (text[0] == '[')
        return refuse(ctx, line,
                      "a section header is indented; begin it at the start of the line");
    if (key_length(text, n) > 0 && !(line->may_continue && line->open_brackets > 0))
        return refuse(ctx, line,
                      "a key is indented, which would make it part of the value above; "
                      "begin it at the start of the line");
    if (!line->may_continue)
        return refuse(ctx, line,
                      "the line is indented, but there is no value directly above for it "
                      "to continue; remove the indentation or the blank line above");
    return 0;
}

static int check_header(struct ana_ctx *ctx, const struct ana_ini_line *line,
                        const char *text, int64_t n)
{
    const char *close = memchr(text, ']', (size_t)n);

    if (!close)
        return refuse(ctx, line, "the section header has no ']'; write [kind name]");
    if (close != text + n - 1)
        return refuse(ctx, line,
                      "something stands behind the ']' of a section header; put it on a "
                      "line of its own");
    if (n - 2 > ANA_INI_NAME)
        return refuse(ctx, line,
                      "the section header has more than 49 bytes between its brackets; "
                      "shorten the name");
    return 0;
}

static int check_key(struct ana_ctx *ctx, const struct ana_ini_line *line,
                     const char *text, int64_t n)
{
    const char *equals = memchr(text, '=', (size_t)n);
    const char *colon = memchr(text, ':', (size_t)n);

    if (colon && (!equals || colon < equals))
        return refuse(ctx, line, "a ':' stands before any '='; write `key = value`");
    if (!equals)
        return refuse(ctx, line,
                      "expected `key = value`, [section] or a comment that begins with "
                      "';'; to continue the value above, indent the line");
    if (equals == text)
        return refuse(ctx, line, "there is no key before the '='; write `key = value`");
    if (equals - text > ANA_INI_NAME)
        return refuse(ctx, line, "the key has more than 49 bytes; shorten it");
    return 0;
}

/* " ;" and " #" behind something. */
static int has_late_comment(const char *text, int64_t n)
{
    for (int64_t i = 1; i < n; i++)
        if ((text[i] == ';' || text[i] == '#') &&
            (text[i - 1] == ' ' || text[i - 1] == '\t'))
            return 1;
    return 0;
}

int ana_ini_check_line(struct ana_ctx *ctx, const struct ana_ini_line *line, int *what)
{
    const char *text = line->text;
    int64_t n = line->n;
    int rc = check_bytes(ctx, line);

    if (rc != 0)
        return rc;
    while (n > 0 && (*text == ' ' || *text == '\t')) {
        text++;
        n--;
    }
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
        n--;
    *what = n == 0                             ? ANA_INI_BLANK
            : text[0] == ';' || text[0] == '#' ? ANA_INI_COMMENT
            : text > line->text                ? ANA_INI_MORE
            : text[0] == '['                   ? ANA_INI_HEADER
                                               : ANA_INI_KEY;
    if (*what == ANA_INI_BLANK || *what == ANA_INI_COMMENT)
        return 0;
    if (has_late_comment(text, n))
        return refuse(ctx, line,
                      "a comment stands behind a value; put it on a line of its own");
    return *what == ANA_INI_MORE     ? check_more(ctx, line, text, n)
           : *what == ANA_INI_HEADER ? check_header(ctx, line, text, n)
                                     : check_key(ctx, line, text, n);
}

int ana_ini_open_brackets(const char *text)
{
    int open = 0;

    for (; *text; text++)
        open += (*text == '(' || *text == '{') - (*text == ')' || *text == '}');
    return open > 0 ? open : 0;
}
