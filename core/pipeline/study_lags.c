/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Delays that are not simply laid side by side:
 *
 *     delays = tune LIST | tune A..B by STEP     one window of delays, from 0 to one of these
 *     lag = each A..B by STEP | each             every delay by itself, a score a lag
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/study_private.h"
#include "plugin/value.h"

enum { MOST_DELAYS = 100000 };

/* "100 ms 200 ms" as "100 200 ms": a unit may stand behind each number or once. Owns: the
 * arena; NULL where there is no memory. */
static const char *join_units(struct ana_build *b, const char *text)
{
    char *copy = ana_arena_strdup(b->arena, text), *to = copy;
    const char *unit = NULL;
    size_t length = 0;

    for (const char *at = text + strspn(text, " \t"); copy && *at;) {
        const size_t n = strcspn(at, " \t");
        const int number = strchr("+-.0123456789", at[0]) != NULL;
        const char *next = at + n + strspn(at + n, " \t");

        if (!number && unit && (length != n || strncmp(unit, at, n) != 0))
            return text; /* two units: the parser of lists says what is wrong */
        if (!number) {
            unit = at;
            length = n;
        } else {
            memcpy(to, at, n);
            to += n;
            *to++ = *next ? ' ' : 0;
        }
        at = next;
    }
    if (copy && unit) { /* what was read stays in front of what is written */
        char *last = ana_arena_copy(b->arena, unit, (int64_t)length);

        *to = 0;
        return last ? ana_arena_format(b->arena, "%s%s", copy, last) : NULL;
    }
    return copy ? text : NULL;
}

/* A..B by STEP as a list; step NULL: A itself. */
static int read_steps(struct ana_build *b, const char *text, const char *by, int64_t *n,
                      double **list, int32_t *unit)
{
    const char *range = by ? ana_arena_copy(b->arena, text, by - text) : text,
               *clock = NULL, *step_clock = NULL;
    double low, high, step;
    int rc =
        range ? ana_value_range(b->ctx, range, "s", &low, &high, &clock) : ANA_ERESOURCE;

    if (rc != 0)
        return rc;
    step = low;
    if (by)
        rc = ana_value_number(b->ctx, by + 4, "s", &step, &step_clock);
    if (rc != 0)
        return rc;
    if (by && (!clock != !step_clock || !(step > 0)))
        return ana_fail(b->ctx, ANA_EPARAM,
                        "'%s': steps are above 0 and in the unit of the range", text);
    if (!(step > 0) || (high - low) / step > MOST_DELAYS)
        return ana_fail(b->ctx, ANA_EPARAM,
                        "'%s' needs a step, as in A..B by STEP, that makes at most %d",
                        text, MOST_DELAYS);
    *n = (int64_t)floor((high - low) / step + 1e-9) + 1;
    *unit = clock ? ANA_TIME_TR : ANA_TIME_S;
    *list = ana_alloc(b->ctx, *n, sizeof **list);
    for (int64_t i = 0; *list && i < *n; i++)
        (*list)[i] = round((low + (double)i * step) * 1e9) / 1e9; /* .2, not .1999... */
    return *list ? 0 : ANA_ERESOURCE;
}

static int read_times(struct ana_build *b, const char *text,
                      struct ana_study_features *space)
{
    const char *by = strstr(text, " by "), *clock = NULL, *joined;
    struct ana_time *times;
    double *list = NULL;
    int32_t unit = ANA_TIME_S;
    int64_t n = 0;
    int rc;

    if (strstr(text, "..")) {
        rc = read_steps(b, text, by, &n, &list, &unit);
    } else {
        joined = join_units(b, text);
        rc = joined ? ana_value_list(b->ctx, joined, "s", &n, &list, &clock)
                    : ANA_ERESOURCE;
        unit = clock ? ANA_TIME_TR : ANA_TIME_S;
    }
    times = rc == 0 ? ana_arena_alloc(b->arena, n, sizeof *times) : NULL;
    if (rc == 0 && (n < 1 || n > MOST_DELAYS))
        rc = ana_fail(b->ctx, ANA_EPARAM, "'%s' holds %lld delays, 1 to %d are allowed",
                      text, (long long)n, MOST_DELAYS);
    for (int64_t i = 0; times && rc == 0 && i < n; i++) {
        times[i] = (struct ana_time){.value = list[i], .unit = unit};
        for (int64_t k = 0; k < i; k++)
            if (list[k] == list[i])
                rc = ana_fail(b->ctx, ANA_EPARAM, "'%s' holds a delay twice", text);
    }
    ana_free(b->ctx, list);
    space->delays = times;
    space->n_delays = n;
    space->delays_range = 0;
    return rc == 0 && !times ? ANA_ERESOURCE : rc;
}

int ana_build_tune(struct ana_build *b, const char *text,
                   struct ana_study_features *space)
{
    int rc = read_times(b, text + 4 + strspn(text + 4, " \t"), space);

    for (int64_t i = 0; rc == 0 && i < space->n_delays; i++)
        if (space->delays[i].value == 0)
            rc = ana_fail(b->ctx, ANA_EPARAM,
                          "'%s': a window reaches from 0 to each of these, and 0 itself "
                          "is none",
                          text);
    if (rc == 0)
        space->lag_mode = ANA_LAGS_TUNE;
    return rc;
}

void ana_build_lag(struct ana_build *b, const struct ana_ini_section *section,
                   struct ana_study_features *space)
{
    const struct ana_ini_key *key = ana_build_key(b, section, "lag");
    const char *text = key ? key->value : "", *rest;
    int rc;

    if (!key)
        return;
    if (strcmp(text, "joint") == 0) {
        if (space->lag_mode == ANA_LAGS_EACH)
            space->lag_mode = ANA_LAGS_JOINT;
        return;
    }
    rest = strncmp(text, "each", 4) == 0 ? text + 4 + strspn(text + 4, " \t") : NULL;
    if (!rest || (text[4] && text[4] != ' ' && text[4] != '\t')) {
        ana_problem(b, ANA_EPARAM, ana_build_where(b, key),
                    "`lag` of %s: expected `joint`, `each`, or as in `each -2..2 s by 25 "
                    "ms`, found '%s'",
                    ana_build_place(b, section).section, text);
        return;
    }
    if (space->lag_mode == ANA_LAGS_TUNE || (*rest && space->n_delays > 0) ||
        (!*rest && space->n_delays == 0)) {
        ana_problem(
            b, ANA_EPARAM, ana_build_where(b, key),
            "`lag = each` of %s takes its lags from `delays`, or lists them itself "
            "where there are no `delays`",
            ana_build_place(b, section).section);
        return;
    }
    ana_build_push(b, section, key);
    rc = *rest ? read_times(b, rest, space) : 0;
    ana_problem_caught(b, rc);
    ana_context_pop(b->ctx);
    if (rc == 0)
        space->lag_mode = ANA_LAGS_EACH;
}
