/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Text as mdoc(7) wants it.
 */
#include "cli/page.h"

#include <string.h>

enum { LINE = 76 };

static void put_letter(FILE *out, char c)
{
    if (c == '\\')
        fputs("\\e", out);
    else
        fputc(c, out);
}

void ana_page_words(FILE *out, const char *text)
{
    int at_word = 1;

    for (; *text; text++) {
        /* Two and three letters with a capital could be a macro: "No", "In", "Bq". */
        if (at_word && (*text >= 'A' && *text <= 'Z'))
            fputs("\\&", out);
        else if (at_word && *text && strchr(".,:;()[]?!|", *text))
            fputs("\\&", out);
        if (*text == '"')
            fputs("\\(dq", out);
        else
            put_letter(out, *text);
        at_word = *text == ' ';
        if (!text[1] && strchr(".,:;()[]?!|", *text)) /* no end of a sentence, either */
            fputs("\\&", out);
    }
}

static int ends_sentence(const char *word, size_t n)
{
    return n > 1 && strchr(".?!:", word[n - 1]) && strncmp(word, "...", n) != 0;
}

/* One paragraph's words, filled. */
static void put_word(FILE *out, const char *word, size_t n, int *column, int *stopped)
{
    if (*column > 0 && (*stopped || *column + (int)n + 1 > LINE)) {
        fputc('\n', out);
        *column = 0;
    }
    if (*column > 0)
        fputc(' ', out);
    else if (*word == '.' || *word == '\'')
        fputs("\\&", out);
    for (size_t i = 0; i < n; i++)
        put_letter(out, word[i]);
    *column += (int)n + 1;
    *stopped = ends_sentence(word, n);
}

static void put_display(FILE *out, const char **text)
{
    fputs(".Bd -literal\n", out);
    while (**text == ' ') {
        const size_t n = strcspn(*text, "\n");

        fputs("\\&", out);
        for (size_t i = 0; i < n; i++)
            put_letter(out, (*text)[i]);
        fputc('\n', out);
        *text += n + ((*text)[n] == '\n');
    }
    fputs(".Ed\n", out);
}

void ana_page_text(FILE *out, const char *text)
{
    int column = 0, stopped = 0, line_begins = 1;

    while (*text) {
        size_t n;

        if (line_begins && *text == ' ') {
            if (column > 0)
                fputc('\n', out);
            put_display(out, &text);
            column = 0;
            continue;
        }
        if (*text == '\n') {
            if (line_begins && column > 0) {
                fputs(text[1] == ' ' ? "\n" : "\n.Pp\n", out);
                column = stopped = 0;
            }
            line_begins = 1;
            text++;
            continue;
        }
        if (*text == ' ') {
            text++;
            continue;
        }
        n = strcspn(text, " \n");
        put_word(out, text, n, &column, &stopped);
        line_begins = 0;
        text += n;
    }
    if (column > 0)
        fputc('\n', out);
}
