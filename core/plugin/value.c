/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Numbers with units and ranges of them, as an INI value writes them:
 *
 *   number  2   -0.5   1e-5   2 s   16 kHz   4 TR
 *   range   A..B | A-B, a unit behind either          0..390 ms   70-150 Hz
 *
 * A cursor walks over the text; each piece is read by one function that leaves the
 * cursor behind it. Lists are in value_list.c, words and calls in value_words.c.
 */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "plugin/value_private.h"

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

const char *ana_value_skip(const char *at)
{
    while (*at == ' ' || *at == '\t')
        at++;
    return at;
}

/* One number at the cursor. "6-12" ends before '-', "0..390" before '..'. */
int ana_value_read_number(const char **cursor, double *out)
{
    const char *at = *cursor;
    char digits[ANA_UNIT_ROOM];
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
void ana_value_read_unit(const char **cursor, char name[ANA_UNIT_ROOM])
{
    const char *at = ana_value_skip(*cursor);
    size_t n = 0;

    while (isalpha((unsigned char)at[n]) || at[n] == '%' || (n > 0 && at[n] == '/'))
        n++;
    if (n >= ANA_UNIT_ROOM)
        n = ANA_UNIT_ROOM - 1;
    memcpy(name, at, n);
    name[n] = 0;
    if (n > 0)
        *cursor = at + n;
}

/* The unit that a name most likely means: 'gb' is GB, 'M' the first that begins so. */
static const char *nearest_unit(const char *name, const char *const *names, int64_t n)
{
    const char *near = ana_text_nearest(name, names, n);

    for (int64_t i = n; *name && !name[1] && i-- > 0;)
        near =
            names[i][1] && names[i][0] == toupper((unsigned char)*name) ? names[i] : near;
    for (int64_t i = 0; i < n; i++)
        near = strcasecmp(names[i], name) == 0 ? names[i] : near;
    return near;
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
    near = nearest_unit(name, names, n);
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
int ana_value_convert(struct ana_ctx *ctx, const char *text, const char *name,
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

int ana_value_fail(struct ana_ctx *ctx, const char *text, const char *unit)
{
    if (*ana_value_skip(text) == 0)
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
    const char *at = ana_value_skip(text);
    char name[ANA_UNIT_ROOM];

    if (!ana_value_read_number(&at, out))
        return ana_value_fail(ctx, text, unit);
    ana_value_read_unit(&at, name);
    if (*ana_value_skip(at) != 0)
        return ana_value_fail(ctx, text, unit);
    return ana_value_convert(ctx, text, name, unit, out, found);
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
int ana_value_read_dots(const char **cursor)
{
    const char *at = ana_value_skip(*cursor);

    if (at[0] == '.' && at[1] == '.' && at[2] != '.')
        at += 2;
    else if (at[0] == '-')
        at += 1;
    else
        return 0;
    *cursor = ana_value_skip(at);
    return 1;
}

int ana_value_range(struct ana_ctx *ctx, const char *text, const char *unit, double *low,
                    double *high, const char **found)
{
    const char *at = ana_value_skip(text), *found_low = NULL, *found_high = NULL;
    char name_low[ANA_UNIT_ROOM], name_high[ANA_UNIT_ROOM];
    const int clock = found != NULL;
    int rc;

    if (!ana_value_read_number(&at, low))
        goto malformed;
    ana_value_read_unit(&at, name_low);
    if (!ana_value_read_dots(&at) || !ana_value_read_number(&at, high))
        goto malformed;
    ana_value_read_unit(&at, name_high);
    if (*ana_value_skip(at) != 0)
        goto malformed;
    rc = ana_value_convert(ctx, text, name_low[0] ? name_low : name_high, unit, low,
                           clock ? &found_low : NULL);
    if (rc == 0)
        rc = ana_value_convert(ctx, text, name_high[0] ? name_high : name_low, unit, high,
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
