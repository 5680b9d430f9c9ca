/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Words and calls:
 *
 *   words   separated by blanks outside (), {} and ""
 *   call    name(argument, ...)
 */
#include <string.h>

#include "plugin/value_private.h"

static void free_strings(struct ana_ctx *ctx, int64_t n, char **strings)
{
    for (int64_t i = 0; strings && i < n; i++)
        ana_free(ctx, strings[i]);
    ana_free(ctx, strings);
}

/* The end of the piece that starts at `at`: the first of `stops` outside (), {} and
 * "". NULL if something that was opened is not closed, or the other way round. */
static const char *piece_end(const char *at, const char *stops)
{
    char open[32];
    int depth = 0;

    for (; *at && (depth > 0 || !strchr(stops, *at)); at++) {
        if (*at == '"') {
            at = strchr(at + 1, '"');
            if (!at)
                return NULL;
        } else if (*at == '(' || *at == '{') {
            if (depth == (int)sizeof open)
                return NULL;
            open[depth++] = *at;
        } else if (*at == ')' || *at == '}') {
            if (depth == 0 || open[--depth] != (*at == ')' ? '(' : '{'))
                return NULL;
        }
    }
    return depth == 0 ? at : NULL;
}

/* [from, to) without the blanks around it and, unless asked to keep them, its quotes. */
static char *copy_piece(struct ana_ctx *ctx, const char *from, const char *to, int keep)
{
    char *copy;
    size_t n = 0;

    from = ana_value_skip(from);
    while (to > from && (to[-1] == ' ' || to[-1] == '\t'))
        to--;
    copy = ana_alloc(ctx, to - from + 1, 1);
    for (const char *c = from; copy && c < to; c++)
        if (keep || *c != '"')
            copy[n++] = *c;
    return copy;
}

/* Pieces of [text, last) between separators; blank ones are left out where the
 * separator is a blank. */
static int split(struct ana_ctx *ctx, const char *text, const char *stops, int64_t *n,
                 char ***out)
{
    const int blanks = stops[0] == ' ';
    const int64_t most = (int64_t)strlen(text) + 1;
    char **pieces;
    int64_t count = 0;

    *n = 0;
    *out = NULL;
    pieces = ana_alloc(ctx, most, sizeof *pieces);
    if (!pieces)
        return ANA_ERESOURCE;
    for (const char *at = text, *end; blanks ? *ana_value_skip(at) != 0 : at != NULL;
         at = *end     ? end + 1
              : blanks ? end
                       : NULL) {
        at = blanks ? ana_value_skip(at) : at;
        end = piece_end(at, stops);
        if (!end) {
            free_strings(ctx, count, pieces);
            return ana_fail(ctx, ANA_EPARAM,
                            "a bracket or quote is open or closed once too "
                            "often in '%s'",
                            text);
        }
        pieces[count] = copy_piece(ctx, at, end, 0);
        if (!pieces[count++]) {
            free_strings(ctx, count, pieces);
            return ANA_ERESOURCE;
        }
    }
    *n = count;
    *out = pieces;
    return 0;
}

int ana_value_words(struct ana_ctx *ctx, const char *text, int64_t *n, char ***out)
{
    return split(ctx, text, " \t", n, out);
}

int ana_value_call(struct ana_ctx *ctx, const char *text, char **name, int64_t *n,
                   char ***arguments)
{
    const char *from = ana_value_skip(text), *open = strchr(from, '(');
    const char *end = from + strlen(from);
    char *inside = NULL;
    int rc = 0;

    *n = 0;
    *arguments = NULL;
    while (end > from && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    *name = copy_piece(ctx, from, open ? open : end, 0);
    if (!*name)
        return ANA_ERESOURCE;
    if ((*name)[0] == 0 || (open && (end[-1] != ')' || piece_end(open, "") == NULL)))
        rc = ana_fail(ctx, ANA_EPARAM,
                      "expected a name or name(argument, ...), found '%s'", text);
    if (rc == 0 && open && ana_value_skip(open + 1) < end - 1) {
        inside = copy_piece(ctx, open + 1, end - 1, 1);
        rc = inside ? split(ctx, inside, ",", n, arguments) : ANA_ERESOURCE;
        ana_free(ctx, inside);
    }
    if (rc != 0) {
        ana_free(ctx, *name);
        *name = NULL;
    }
    return rc;
}
