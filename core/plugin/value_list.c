/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Lists of numbers:
 *
 *   list    (number | A-B | A..B | logspace(A, B, N) | linspace(A, B, N))*
 *
 * A unit holds for all items before it that have none.
 */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "plugin/value_private.h"

enum { MOST_VALUES = 1000000 };

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
    const char *at = ana_value_skip(*cursor);

    for (int i = 0; i < 3; i++) {
        if (*at != (i == 0 ? '(' : ','))
            return 0;
        at = ana_value_skip(at + 1);
        if (!ana_value_read_number(&at, &v[i]))
            return 0;
        at = ana_value_skip(at);
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
    char name[ANA_UNIT_ROOM];
    double low, high;
    int rc;

    if (strncmp(at, "logspace", 8) == 0 || strncmp(at, "linspace", 8) == 0) {
        rc = append_space(list, &at, at[1] == 'o');
    } else if (!ana_value_read_number(&at, &low)) {
        rc = ana_fail(list->ctx, ANA_EPARAM,
                      "expected numbers separated by blanks, as in "
                      "'0 3 6-12' or 'logspace(-1, 8, 10)', found '%s'",
                      list->text);
    } else if ((*at == '-' || (at[0] == '.' && at[1] == '.')) &&
               ana_value_read_dots(&at)) {
        rc = ana_value_read_number(&at, &high)
                 ? append_span(list, low, high)
                 : ana_value_fail(list->ctx, list->text, unit);
    } else {
        rc = append(list, low);
    }
    if (rc != 0)
        return rc;
    if (*at && !isspace((unsigned char)*at) && !isalpha((unsigned char)*at) && *at != '%')
        return ana_value_fail(list->ctx, list->text, unit);
    if (strncmp(ana_value_skip(at), "logspace", 8) == 0 ||
        strncmp(ana_value_skip(at), "linspace", 8) == 0)
        name[0] = 0;
    else
        ana_value_read_unit(&at, name);
    *cursor = ana_value_skip(at);
    if (name[0] == 0)
        return 0;
    for (; list->bare < list->n && rc == 0; list->bare++)
        rc = ana_value_convert(list->ctx, list->text, name, unit,
                               &list->value[list->bare], found ? &here : NULL);
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
    const char *at = ana_value_skip(text);
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
