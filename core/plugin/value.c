/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The grammar of an INI value:
 *
 *   number  2   -0.5   1e-5   2 s   16 kHz   4 TR
 *   range   A..B | A-B, a unit behind either          0..390 ms   70-150 Hz
 *   list    (number | A-B | A..B | logspace(A, B, N) | linspace(A, B, N))*
 *           a unit holds for all items before it that have none
 *   words   separated by blanks outside (), {} and ""
 *   call    name(argument, ...)
 *
 * A cursor walks over the text; each item is read by one function that leaves the
 * cursor behind it.
 */
#include "plugin/value.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { MOST_VALUES = 1000000, NAME_ROOM = 64 };

/* value in the family's base unit = value * times / by */
struct unit {
    const char *family, *name;
    double times, by;
};

static const struct unit units[] = {
    {"time", "us", 1, 1e6},
    {"time", "ms", 1, 1e3},
    {"time", "s", 1, 1},
    {"time", "min", 60, 1},
    {"time", "h", 3600, 1},
    {"frequency", "Hz", 1, 1},
    {"frequency", "kHz", 1e3, 1},
    {"bytes", "B", 1, 1},
    {"bytes", "KB", 1e3, 1},
    {"bytes", "MB", 1e6, 1},
    {"bytes", "GB", 1e9, 1},
    {"bytes", "TB", 1e12, 1},
    {"bytes", "KiB", 1024, 1},
    {"bytes", "MiB", 1048576, 1},
    {"bytes", "GiB", 1073741824, 1},
    {"bytes", "TiB", 1099511627776, 1},
    {"length", "mm", 1, 1},
    {"length", "cm", 10, 1},
};
enum { N_UNITS = sizeof units / sizeof *units };

static const struct unit *find_unit(const char *name)
{
    for (int i = 0; i < N_UNITS; i++)
        if (strcmp(units[i].name, name) == 0)
            return &units[i];
    return NULL;
}

static const char *skip_blanks(const char *at)
{
    while (*at == ' ' || *at == '\t')
        at++;
    return at;
}

/* One number at the cursor. "6-12" ends before '-', "0..390" before '..'. */
static int read_number(const char **cursor, double *out)
{
    const char *at = *cursor;
    char digits[NAME_ROOM];
    size_t n;

    at += *at == '-' || *at == '+';
    while (isdigit((unsigned char)*at))
        at++;
    if (*at == '.' && at[1] != '.')
        for (at++; isdigit((unsigned char)*at);)
            at++;
    if ((*at == 'e' || *at == 'E') &&
        isdigit((unsigned char)at[1 + (at[1] == '-' || at[1] == '+')]))
        for (at += 2; isdigit((unsigned char)*at);)
            at++;
    n = (size_t)(at - *cursor);
    if (n == 0 || n >= sizeof digits)
        return 0;
    memcpy(digits, *cursor, n);
    digits[n] = 0;
    if (!ana_text_to_double(digits, out))
        return 0;
    *cursor = at;
    return 1;
}

/* A unit's letters at the cursor: "" where something else stands. */
static void read_unit(const char **cursor, char name[NAME_ROOM])
{
    const char *at = skip_blanks(*cursor);
    size_t n = 0;

    while (isalpha((unsigned char)at[n]) || at[n] == '%' || (n > 0 && at[n] == '/'))
        n++;
    if (n >= NAME_ROOM)
        n = NAME_ROOM - 1;
    memcpy(name, at, n);
    name[n] = 0;
    if (n > 0)
        *cursor = at + n;
}

static int fail_unit(struct ana_ctx *ctx, const char *text, const char *name,
                     const char *unit)
{
    const struct unit *wanted = unit ? find_unit(unit) : NULL;
    const char *names[N_UNITS + 2], *near;
    struct ana_text list = {0};
    int64_t n = 0;
    int rc;

    if (!unit)
        return ana_fail(ctx, ANA_EPARAM,
                        "'%s' has the unit '%s', but a plain number is "
                        "expected here; leave the unit out",
                        text, name);
    for (int i = 0; wanted && i < N_UNITS; i++)
        if (strcmp(units[i].family, wanted->family) == 0)
            names[n++] = units[i].name;
    if (n == 0)
        names[n++] = unit;
    near = ana_text_nearest(name, names, n);
    for (int64_t i = 0; i < n; i++)
        near = strcasecmp(names[i], name) == 0 ? names[i] : near;
    for (int64_t i = 0; i < n; i++)
        ana_text_add(&list, "%s%s", i ? ", " : "", names[i]);
    if (near)
        ana_text_add(&list, "; did you mean '%s'?", near);
    rc = ana_fail(ctx, ANA_EPARAM, "'%s' has the unit '%s', expected one of %s", text,
                  name, list.data ? list.data : unit);
    ana_text_finish(&list);
    return rc;
}

/* A number in the unit called `name` to `unit`. *found becomes "TR" or "samples"
 * where the recording's clock is needed; asked for with found != NULL only. */
static int convert(struct ana_ctx *ctx, const char *text, const char *name,
                   const char *unit, double *value, const char **found)
{
    const struct unit *from = find_unit(name), *to = unit ? find_unit(unit) : NULL;

    if (found)
        *found = NULL;
    if (name[0] == 0 || (unit && strcmp(name, unit) == 0))
        return 0;
    if (from && to && strcmp(from->family, to->family) == 0) {
        *value = *value * from->times / from->by * to->by / to->times;
        return isfinite(*value) ? 0
                                : ana_fail(ctx, ANA_EPARAM, "'%s' is too large", text);
    }
    if (found && to && strcmp(to->family, "time") == 0) {
        *found = strcmp(name, "TR") == 0                                       ? "TR"
                 : strcmp(name, "samples") == 0 || strcmp(name, "sample") == 0 ? "samples"
                                                                               : NULL;
        if (*found)
            return 0;
    }
    return fail_unit(ctx, text, name, unit);
}

static int fail_number(struct ana_ctx *ctx, const char *text, const char *unit)
{
    if (*skip_blanks(text) == 0)
        return ana_fail(ctx, ANA_EPARAM, "the value is empty, expected a number%s%s",
                        unit ? " in " : "", unit ? unit : "");
    if (strchr(text, ',') && strspn(text, "+-0123456789,.eE ") == strlen(text))
        return ana_fail(ctx, ANA_EPARAM,
                        "expected a number, found '%s'; write decimals "
                        "with a point and separate numbers by blanks",
                        text);
    return ana_fail(ctx, ANA_EPARAM, "expected a number%s%s, found '%s'",
                    unit ? " in " : "", unit ? unit : "", text);
}

int ana_value_number(struct ana_ctx *ctx, const char *text, const char *unit, double *out,
                     const char **found)
{
    const char *at = skip_blanks(text);
    char name[NAME_ROOM];

    if (!read_number(&at, out))
        return fail_number(ctx, text, unit);
    read_unit(&at, name);
    if (*skip_blanks(at) != 0)
        return fail_number(ctx, text, unit);
    return convert(ctx, text, name, unit, out, found);
}

int ana_value_int(struct ana_ctx *ctx, const char *text, int64_t *out)
{
    double value;

    if (ana_text_to_int(text, out))
        return 0;
    if (ana_text_to_double(text, &value) && value != floor(value))
        return ana_fail(ctx, ANA_EPARAM, "expected a whole number, found '%s'", text);
    if (ana_text_to_double(text, &value) && fabs(value) > 9e18)
        return ana_fail(ctx, ANA_EPARAM, "'%s' is beyond what 64 bits hold", text);
    return ana_fail(ctx, ANA_EPARAM,
                    "expected a whole number written in digits, found '%s'", text);
}

int ana_value_bool(struct ana_ctx *ctx, const char *text, int *out)
{
    if (strcmp(text, "yes") == 0 || strcmp(text, "no") == 0) {
        *out = text[0] == 'y';
        return 0;
    }
    return ana_fail(ctx, ANA_EPARAM, "expected yes or no, found '%s'", text);
}

/* ".." or "-" between the ends of a range. */
static int read_dots(const char **cursor)
{
    const char *at = skip_blanks(*cursor);

    if (at[0] == '.' && at[1] == '.' && at[2] != '.')
        at += 2;
    else if (at[0] == '-')
        at += 1;
    else
        return 0;
    *cursor = skip_blanks(at);
    return 1;
}

int ana_value_range(struct ana_ctx *ctx, const char *text, const char *unit, double *low,
                    double *high, const char **found)
{
    const char *at = skip_blanks(text), *found_low = NULL, *found_high = NULL;
    char name_low[NAME_ROOM], name_high[NAME_ROOM];
    const int clock = found != NULL;
    int rc;

    if (!read_number(&at, low))
        goto malformed;
    read_unit(&at, name_low);
    if (!read_dots(&at) || !read_number(&at, high))
        goto malformed;
    read_unit(&at, name_high);
    if (*skip_blanks(at) != 0)
        goto malformed;
    rc = convert(ctx, text, name_low[0] ? name_low : name_high, unit, low,
                 clock ? &found_low : NULL);
    if (rc == 0)
        rc = convert(ctx, text, name_high[0] ? name_high : name_low, unit, high,
                     clock ? &found_high : NULL);
    if (rc != 0)
        return rc;
    if (found_low != found_high)
        return ana_fail(ctx, ANA_EPARAM,
                        "'%s' mixes two clocks; write both ends in one unit", text);
    if (*low > *high)
        return ana_fail(ctx, ANA_EPARAM,
                        "the range '%s' runs backwards; write its lower end "
                        "first",
                        text);
    if (found)
        *found = found_low;
    return 0;
malformed:
    return ana_fail(ctx, ANA_EPARAM, "expected a range as in '%s', found '%s'",
                    unit && strcmp(unit, "Hz") == 0 ? "70-150 Hz"
                    : unit                          ? "0..390 ms"
                                                    : "1..4",
                    text);
}

/* A list that grows up to MOST_VALUES. */
struct list {
    struct ana_ctx *ctx;
    const char *text;
    double *value;
    int64_t n, room, bare; /* items from `bare` on have no unit yet */
};

static int append(struct list *list, double value)
{
    double *grown;
    int64_t room;

    if (list->n == MOST_VALUES)
        return ana_fail(list->ctx, ANA_EPARAM,
                        "'%s' lists more than %d values, the most "
                        "that is read; shorten it",
                        list->text, MOST_VALUES);
    if (list->n == list->room) {
        room = list->room ? 2 * list->room : 16;
        grown = ana_alloc(list->ctx, room, sizeof *grown);
        if (!grown)
            return ANA_ERESOURCE;
        if (list->n > 0)
            memcpy(grown, list->value, (size_t)list->n * sizeof *grown);
        ana_free(list->ctx, list->value);
        list->value = grown;
        list->room = room;
    }
    list->value[list->n++] = value;
    return 0;
}

/* "6-12" or "1..4": whole numbers, both ends included. */
static int append_span(struct list *list, double low, double high)
{
    int rc = 0;

    if (low != floor(low) || high != floor(high) || fabs(low) > 1e15 || fabs(high) > 1e15)
        return ana_fail(list->ctx, ANA_EPARAM,
                        "a range in the list '%s' counts whole numbers; "
                        "for steps in between write linspace(%g, %g, N)",
                        list->text, low, high);
    if (low > high)
        return ana_fail(list->ctx, ANA_EPARAM,
                        "a range in the list '%s' runs backwards; "
                        "write its lower end first",
                        list->text);
    for (double v = low; v <= high && rc == 0; v++)
        rc = append(list, v);
    return rc;
}

/* "(A, B, N)" behind logspace or linspace. */
static int read_three(const char **cursor, double v[3])
{
    const char *at = skip_blanks(*cursor);

    for (int i = 0; i < 3; i++) {
        if (*at != (i == 0 ? '(' : ','))
            return 0;
        at = skip_blanks(at + 1);
        if (!read_number(&at, &v[i]))
            return 0;
        at = skip_blanks(at);
    }
    if (*at != ')')
        return 0;
    *cursor = at + 1;
    return 1;
}

static int append_space(struct list *list, const char **cursor, int log10)
{
    const char *name = log10 ? "logspace" : "linspace";
    double v[3], x;
    int rc = 0;

    *cursor += strlen(name);
    if (!read_three(cursor, v))
        return ana_fail(list->ctx, ANA_EPARAM,
                        "expected %s(%s, %s, how many), found '%s'", name,
                        log10 ? "lowest power of 10" : "from",
                        log10 ? "highest power" : "to", list->text);
    if (v[2] != floor(v[2]) || v[2] < 1 || v[2] > MOST_VALUES)
        return ana_fail(list->ctx, ANA_EPARAM,
                        "%s in '%s' must count from 1 to %d values", name, list->text,
                        MOST_VALUES);
    for (int64_t i = 0; i < (int64_t)v[2] && rc == 0; i++) {
        x = i == 0                   ? v[0]
            : i == (int64_t)v[2] - 1 ? v[1]
                                     : v[0] + (double)i * ((v[1] - v[0]) / (v[2] - 1));
        x = log10 ? pow(10, x) : x;
        if (!isfinite(x))
            return ana_fail(list->ctx, ANA_EPARAM,
                            "'%s' reaches numbers beyond 1e308; "
                            "logspace takes powers of 10",
                            list->text);
        rc = append(list, x);
    }
    return rc;
}

/* One item and the unit behind it, which holds for all items since the last unit. */
static int read_item(struct list *list, const char **cursor, const char *unit,
                     const char **found, int *first)
{
    const char *at = *cursor, *here = NULL;
    char name[NAME_ROOM];
    double low, high;
    int rc;

    if (strncmp(at, "logspace", 8) == 0 || strncmp(at, "linspace", 8) == 0) {
        rc = append_space(list, &at, at[1] == 'o');
    } else if (!read_number(&at, &low)) {
        rc = ana_fail(list->ctx, ANA_EPARAM,
                      "expected numbers separated by blanks, as in "
                      "'0 3 6-12' or 'logspace(-1, 8, 10)', found '%s'",
                      list->text);
    } else if ((*at == '-' || (at[0] == '.' && at[1] == '.')) && read_dots(&at)) {
        rc = read_number(&at, &high) ? append_span(list, low, high)
                                     : fail_number(list->ctx, list->text, unit);
    } else {
        rc = append(list, low);
    }
    if (rc != 0)
        return rc;
    if (*at && !isspace((unsigned char)*at) && !isalpha((unsigned char)*at) && *at != '%')
        return fail_number(list->ctx, list->text, unit);
    if (strncmp(skip_blanks(at), "logspace", 8) == 0 ||
        strncmp(skip_blanks(at), "linspace", 8) == 0)
        name[0] = 0;
    else
        read_unit(&at, name);
    *cursor = skip_blanks(at);
    if (name[0] == 0)
        return 0;
    for (; list->bare < list->n && rc == 0; list->bare++)
        rc = convert(list->ctx, list->text, name, unit, &list->value[list->bare],
                     found ? &here : NULL);
    if (rc == 0 && found && !*first && here != *found)
        rc = ana_fail(list->ctx, ANA_EPARAM,
                      "'%s' mixes two clocks; write all in one unit", list->text);
    if (found)
        *found = here;
    *first = 0;
    return rc;
}

int ana_value_list(struct ana_ctx *ctx, const char *text, const char *unit, int64_t *n,
                   double **out, const char **found)
{
    struct list list = {.ctx = ctx, .text = text};
    const char *at = skip_blanks(text);
    int rc = 0, first = 1;

    *n = 0;
    *out = NULL;
    if (found)
        *found = NULL;
    if (*at == 0)
        return ana_fail(ctx, ANA_EPARAM, "the value is empty, expected numbers");
    while (*at && rc == 0)
        rc = read_item(&list, &at, unit, found, &first);
    if (rc == 0 && !first && list.bare < list.n)
        rc = ana_fail(ctx, ANA_EPARAM,
                      "'%s' has numbers behind its last unit; write the unit "
                      "once at the end",
                      text);
    if (rc != 0) {
        ana_free(ctx, list.value);
        return rc;
    }
    *n = list.n;
    *out = list.value;
    return 0;
}

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

    from = skip_blanks(from);
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
    for (const char *at = text, *end; blanks ? *skip_blanks(at) != 0 : at != NULL;
         at = *end     ? end + 1
              : blanks ? end
                       : NULL) {
        at = blanks ? skip_blanks(at) : at;
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
    const char *from = skip_blanks(text), *open = strchr(from, '(');
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
    if (rc == 0 && open && skip_blanks(open + 1) < end - 1) {
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
