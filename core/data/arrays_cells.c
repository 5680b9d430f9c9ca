/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which cells `VAR{...}` picks, in which order: all of them, a list of numbers from
 * 1, or the numbers that another file holds.
 */
#include "data/arrays.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct picks {
    int64_t n, room;
    int64_t *item;
};

static int add_pick(struct ana_ctx *ctx, struct picks *picks, int64_t value)
{
    if (picks->n == picks->room) {
        const int64_t room = picks->room ? 2 * picks->room : 16;
        int64_t *grown = ana_alloc(ctx, room, sizeof *grown);

        if (!grown)
            return ANA_ERESOURCE;
        if (picks->n > 0)
            memcpy(grown, picks->item, (size_t)picks->n * sizeof *grown);
        ana_free(ctx, picks->item);
        picks->item = grown;
        picks->room = room;
    }
    picks->item[picks->n++] = value;
    return 0;
}

/* A number from 1 to `most`; 0 if there is none here, -1 if it is larger. */
static int64_t read_number(const char **text, int64_t most)
{
    int64_t value = 0;

    while (isdigit((unsigned char)**text)) {
        value = value > most ? value : 10 * value + (**text - '0');
        ++*text;
    }
    return value > most ? -1 : value;
}

static int refuse_list(struct ana_ctx *ctx, const char *text, int64_t most,
                       const char *what)
{
    return ana_fail(
        ctx, ANA_EDATA,
        "`%s` does not pick from %s, which has %lld: write numbers from 1, as in "
        "`1-3 5`, or `*`",
        text, what, (long long)most);
}

/* "1-3 5,7" as numbers from 0, each below `most`. */
static int parse_list(struct ana_ctx *ctx, const char *text, int64_t most,
                      const char *what, struct picks *picks)
{
    const char *p = text;

    for (;;) {
        int64_t low, high;

        p += strspn(p, " \t,");
        if (!*p)
            break;
        low = high = read_number(&p, most);
        if (*p == '-') {
            p++;
            high = read_number(&p, most);
        }
        if (low < 1 || high < low)
            return refuse_list(ctx, text, most, what);
        for (int64_t i = low; i <= high; i++)
            if (add_pick(ctx, picks, i - 1) != 0)
                return ANA_ERESOURCE;
    }
    return picks->n > 0 ? 0 : refuse_list(ctx, text, most, what);
}

/* The number at flat place i of what another file holds, as a cell from 0. */
static int take_index(struct ana_ctx *ctx, const struct ana_numbers *numbers, int64_t i,
                      int64_t n_cells, const char *spec, struct picks *picks)
{
    const double value = numbers->value[i];

    if (!(value >= 1 && value <= (double)n_cells && value == floor(value)))
        return ana_fail(ctx, ANA_EDATA,
                        "`%s`: number %lld is %g, which is no cell from 1 to %lld", spec,
                        (long long)i + 1, value, (long long)n_cells);
    return add_pick(ctx, picks, (int64_t)value - 1);
}

/* "FILE:VAR" or "FILE:VAR[1-3]". */
static int pick_by_file(struct ana_ctx *ctx, struct ana_arrays *arrays, const char *text,
                        int64_t n_cells, struct picks *picks)
{
    char *spec = ana_strdup(ctx, text), *subset = spec ? strrchr(spec, '[') : NULL;
    struct picks some = {0};
    struct ana_numbers numbers = {0};
    int rc = spec ? 0 : ANA_ERESOURCE;
    int64_t n;

    if (subset && subset[strlen(subset) - 1] == ']') {
        subset[strlen(subset) - 1] = 0;
        *subset++ = 0;
    } else {
        subset = NULL;
    }
    if (rc == 0)
        rc = ana_arrays_numbers(ctx, arrays, spec, " to pick cells by", &numbers);
    n = rc == 0 ? numbers.rows * numbers.columns : 0;
    if (rc == 0 && subset)
        rc = parse_list(ctx, subset, n, spec, &some);
    n = subset ? some.n : n;
    for (int64_t i = 0; rc == 0 && i < n; i++)
        rc = take_index(ctx, &numbers, subset ? some.item[i] : i, n_cells, spec, picks);
    ana_free(ctx, some.item);
    ana_numbers_finish(ctx, &numbers);
    ana_free(ctx, spec);
    return rc;
}

int ana_arrays_pick(struct ana_ctx *ctx, struct ana_arrays *arrays, int64_t n_cells,
                    int64_t *n, int64_t **picked)
{
    const char *text = arrays->var.cells + strspn(arrays->var.cells, " \t");
    struct picks picks = {0};
    char what[128];
    int rc = 0;

    snprintf(what, sizeof what, "the cells of `%.80s`", ana_arrays_name(arrays));
    if (strncmp(text, "*", 1) == 0 && text[1 + strspn(text + 1, " \t")] == 0) {
        for (int64_t i = 0; rc == 0 && i < n_cells; i++)
            rc = add_pick(ctx, &picks, i);
    } else if (strspn(text, "0123456789-, \t") == strlen(text)) {
        rc = parse_list(ctx, text, n_cells, what, &picks);
    } else {
        rc = pick_by_file(ctx, arrays, text, n_cells, &picks);
    }
    if (rc != 0) {
        ana_free(ctx, picks.item);
        return rc;
    }
    *n = picks.n;
    *picked = picks.item;
    return 0;
}
