/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Binding what was recorded to what was shown, by name and never by position, unless
 * neither side has names in common.
 */
#include "pipeline/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/context.h"
#include "base/text.h"

static int list_names(struct ana_ctx *ctx, const struct ana_recording *recording,
                      const char *what, const char *cure, int64_t n,
                      const char *const *names)
{
    char *list = ana_text_list(names, n, 5);
    int rc = ana_fail(ctx, ANA_EDATA, "%s %s: %lld %s: %s; %s",
                      recording->study->is_brain ? "brain" : "data",
                      recording->study->name, (long long)n, what, list ? list : "", cure);

    free(list);
    return rc;
}

struct match {
    int64_t unit, item;
};

static int by_item(const void *a, const void *b)
{
    const struct match *x = a, *y = b;

    if (x->item != y->item)
        return x->item < y->item ? -1 : 1;
    return (x->unit > y->unit) - (x->unit < y->unit);
}

/* Match every unit with a stimulus; every name once on both sides. */
static int match_stimuli(struct ana_ctx *ctx, const struct ana_recording *recording,
                         const struct ana_stimuli *stimuli, int shared,
                         struct match *match)
{
    const struct ana_geometry *g = &recording->after;
    const int64_t n = g->n_units;
    const char **odd = ana_alloc(ctx, n + stimuli->n, sizeof *odd);
    int64_t *seen = ana_alloc(ctx, stimuli->n, sizeof *seen), n_odd = 0;
    int64_t n_named = 0;
    int rc = odd && seen ? 0 : ANA_ERESOURCE;

    for (int64_t u = 0; rc == 0 && u < n; u++) {
        const char *name = ana_recording_stimulus(recording, u);

        match[u].unit = u;
        match[u].item = name ? ana_stimuli_find(stimuli, name) : -1;
        n_named += name != NULL;
        if (match[u].item < 0)
            odd[n_odd++] = name ? name : "(no name)";
        else
            seen[match[u].item]++;
    }
    if (rc == 0 && n_odd > 0 && n_named == 0 && g->layout != ANA_LAYOUT_SERIES)
        rc = ana_fail(
            ctx, ANA_EDATA,
            "%s %s: its rows have no names, by which they are bound to stimuli; "
            "write data = FILE : (stimulus=names.txt, %starget)",
            recording->study->is_brain ? "brain" : "data", recording->study->name,
            g->layout == ANA_LAYOUT_EPOCHS ? "time, " : "");
    else if (rc == 0 && n_odd > 0)
        rc = list_names(
            ctx, recording, "rows or runs have no stimulus of that name",
            recording->study->n_runs > 0
                ? "of the dataset's runs, those are so called that no events.tsv "
                  "says a stimulus of: add it, choose other runs, or say it with "
                  "`shown = NAME`"
                : "names are compared without folder and extension",
            n_odd, odd);
    for (int64_t i = 0; rc == 0 && i < stimuli->n; i++)
        if (seen[i] > 1 && !shared)
            odd[n_odd++] = stimuli->item[i].id;
    if (rc == 0 && n_odd > 0)
        rc = list_names(ctx, recording, "stimuli are named by more than one row or run",
                        "say what is done with repeated presentations: prepare = "
                        "trials(average), or trials(single)",
                        n_odd, odd);
    for (int64_t i = 0; rc == 0 && i < stimuli->n; i++)
        if (seen[i] == 0)
            odd[n_odd++] = stimuli->item[i].id;
    if (rc == 0 && n_odd > 0)
        rc = list_names(ctx, recording, "stimuli have no row or run",
                        "narrow the files of [stimulus] to those that were shown", n_odd,
                        odd);
    ana_free(ctx, (void *)odd);
    ana_free(ctx, seen);
    return rc;
}

static int make_rows(struct ana_ctx *ctx, struct ana_rows *rows)
{
    int64_t r = 0;

    for (int64_t g = 0; g < rows->n_groups; g++)
        if (!ana_add_ok(rows->n_rows, rows->n[g], &rows->n_rows))
            return ana_fail(ctx, ANA_ERESOURCE, "the recording has too many samples");
    rows->group = ana_alloc(ctx, rows->n_rows, sizeof *rows->group);
    rows->moment = ana_alloc(ctx, rows->n_rows, sizeof *rows->moment);
    if (!rows->group || !rows->moment)
        return ANA_ERESOURCE;
    for (int64_t g = 0; g < rows->n_groups; g++)
        for (int64_t t = 0; t < rows->n[g]; t++, r++) {
            rows->group[r] = g;
            rows->moment[r] = t;
        }
    return 0;
}

int ana_rows_create(struct ana_ctx *ctx, const struct ana_recording *recording,
                    const struct ana_stimuli *stimuli, int shared, struct ana_rows **out)
{
    const struct ana_geometry *g = &recording->after;
    struct match *match = ana_alloc(ctx, g->n_units, sizeof *match);
    struct ana_rows *rows = ana_alloc(ctx, 1, sizeof *rows);
    int rc = ANA_ERESOURCE;

    *out = NULL;
    if (!match || !rows)
        goto fail;
    rows->layout = g->layout;
    rows->rate = g->rate;
    rows->recording = recording;
    rows->n_groups = g->n_units;
    rows->unit = ana_alloc(ctx, g->n_units, sizeof *rows->unit);
    rows->item = ana_alloc(ctx, g->n_units, sizeof *rows->item);
    rows->name = ana_alloc(ctx, g->n_units, sizeof *rows->name);
    rows->n = ana_alloc(ctx, g->n_units, sizeof *rows->n);
    rows->start = ana_alloc(ctx, g->n_units, sizeof *rows->start);
    if (!rows->unit || !rows->item || !rows->name || !rows->n || !rows->start)
        goto fail;
    for (int64_t u = 0; u < g->n_units; u++)
        match[u] = (struct match){u, -1};
    rc = stimuli ? match_stimuli(ctx, recording, stimuli, shared, match) : 0;
    if (rc != 0)
        goto fail;
    if (stimuli && g->layout != ANA_LAYOUT_SERIES)
        qsort(match, (size_t)g->n_units, sizeof *match, by_item);
    for (int64_t i = 0; i < g->n_units; i++) {
        const int by_stimulus = stimuli && !(shared && g->layout == ANA_LAYOUT_SERIES);
        const char *own = shared && g->layout == ANA_LAYOUT_SERIES
                              ? ana_recording_id(recording, match[i].unit)
                              : ana_recording_stimulus(recording, match[i].unit);

        rows->unit[i] = match[i].unit;
        rows->item[i] = match[i].item;
        rows->name[i] = by_stimulus ? stimuli->item[match[i].item].id : own ? own : "?";
        if (stimuli)
            rc = ana_recording_check_length(ctx, recording, match[i].unit,
                                            stimuli->item[match[i].item].id,
                                            stimuli->item[match[i].item].duration);
        if (rc != 0)
            goto fail;
        rows->n[i] = g->n[match[i].unit];
        rows->start[i] = g->start[match[i].unit];
    }
    rc = make_rows(ctx, rows);
    if (rc != 0)
        goto fail;
    ana_free(ctx, match);
    *out = rows;
    return 0;
fail:
    ana_free(ctx, match);
    ana_rows_destroy(ctx, rows);
    return rc;
}

void ana_rows_destroy(struct ana_ctx *ctx, struct ana_rows *rows)
{
    if (!rows)
        return;
    ana_free(ctx, rows->unit);
    ana_free(ctx, rows->item);
    ana_free(ctx, (void *)rows->name);
    ana_free(ctx, rows->n);
    ana_free(ctx, rows->start);
    ana_free(ctx, rows->group);
    ana_free(ctx, rows->moment);
    ana_free(ctx, rows);
}

int ana_rows_equal(const struct ana_rows *a, const struct ana_rows *b)
{
    if (a->layout != b->layout || a->n_groups != b->n_groups ||
        fabs(a->rate - b->rate) > 1e-9 * fabs(a->rate))
        return 0;
    for (int64_t g = 0; g < a->n_groups; g++)
        if (a->n[g] != b->n[g] || a->item[g] != b->item[g] ||
            fabs(a->start[g] - b->start[g]) > 1e-9 || strcmp(a->name[g], b->name[g]) != 0)
            return 0;
    return 1;
}

/* The unit that a name means; -1 if none. */
static int64_t find_unit(const struct ana_recording *recording, const char *wanted)
{
    for (int64_t u = 0; wanted && u < recording->after.n_units; u++) {
        const char *name = ana_recording_stimulus(recording, u);

        if (name && ana_text_same_stem(name, wanted))
            return u;
    }
    return -1;
}

int ana_rows_bind(struct ana_ctx *ctx, const struct ana_rows *rows,
                  const struct ana_recording *other, int64_t *unit, int32_t *by_order)
{
    const int64_t n = other->after.n_units;
    const char **odd = ana_alloc(ctx, rows->n_groups, sizeof *odd);
    int64_t n_odd = 0;
    int rc = 0;

    if (!odd)
        return ANA_ERESOURCE;
    *by_order = 0;
    if (other->after.singles) {
        ana_free(ctx, odd);
        return ana_fail(
            ctx, ANA_EPARAM,
            "%s %s has several rows a stimulus, trials(single), and cannot be "
            "features; average them: trials(average)",
            other->study->is_brain ? "brain" : "data", other->study->name);
    }
    for (int64_t g = 0; g < rows->n_groups; g++) {
        unit[g] = find_unit(other, rows->name[g]);
        if (unit[g] <
            0) /* runs of several subjects to one stimulus have names of their own */
            unit[g] =
                find_unit(other, ana_recording_stimulus(rows->recording, rows->unit[g]));
        if (unit[g] < 0)
            odd[n_odd++] = rows->name[g];
    }
    if (n_odd == rows->n_groups && n == rows->n_groups) {
        *by_order = 1;
        for (int64_t g = 0; g < rows->n_groups; g++)
            unit[g] = rows->unit[g];
    } else if (n_odd > 0) {
        rc = list_names(ctx, other, "runs or rows of the other side are missing here",
                        "give both sides the same names, or as many unnamed runs", n_odd,
                        odd);
    }
    ana_free(ctx, (void *)odd);
    return rc;
}
