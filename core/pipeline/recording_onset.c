/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where the stimulus began in each run, by what the recording itself marks:
 * `onset = event NAME`, the first event of that name, from the reader's annotations or from
 * tables (BIDS events.tsv) beside it. And whether a recording lasts as long as what was
 * shown.
 */
#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <anaflow/files.h>

#include "base/text.h"
#include "pipeline/recording.h"

/* A run's events of one name, and others for the message. */
struct search {
    const char *name;
    double first;
    int64_t n, n_others;
    const char *others[6];
};

static void see(struct search *s, const char *text, double onset)
{
    int known = 0;

    if (fnmatch(s->name, text, 0) == 0) {
        if (s->n++ == 0 || onset < s->first)
            s->first = onset;
        return;
    }
    for (int64_t i = 0; i < s->n_others; i++)
        known |= strcmp(s->others[i], text) == 0;
    if (!known && s->n_others < 6)
        s->others[s->n_others++] = text;
}

static int conclude(struct ana_ctx *ctx, const char *run, const struct search *s,
                    double *onset)
{
    char *list;

    *onset = s->first;
    if (s->n > 0) {
        if (s->n > 1)
            ana_log(ctx,
                    "run %s: %lld events match '%s'; the first, at %g s, is the onset",
                    run, (long long)s->n, s->name, s->first);
        return 0;
    }
    list = ana_text_list(s->others, s->n_others, 5);
    ana_fail(ctx, ANA_EDATA,
             "`onset = event %s`: run %s has no event of that name; its events are: %s",
             s->name, run, s->n_others > 0 && list ? list : "none");
    free(list);
    return ANA_EDATA;
}

/* events.tsv: the event is named by trial_type, or by any other column but the times. */
static int search_table(struct ana_ctx *ctx, const char *path, struct search *s,
                        const char *run, double *onset)
{
    struct ana_table *table = NULL;
    int64_t at, type;
    double value;
    int rc = ana_table_read(ctx, path, 1, &table);

    at = rc == 0 ? ana_table_column(table, "onset") : -1;
    if (rc == 0 && at < 0)
        rc = ana_fail(ctx, ANA_EDATA, "%s: a table of events needs a column `onset`",
                      path);
    type = rc == 0 ? ana_table_column(table, "trial_type") : -1;
    for (int64_t row = 0; rc == 0 && row < table->n_rows; row++) {
        const char *const *cell = table->cell + row * table->n_columns;
        const char *text = type >= 0 ? cell[type] : "";

        for (int64_t c = 0; c < table->n_columns; c++)
            if (c != at && strcmp(table->column[c], "duration") != 0 &&
                fnmatch(s->name, cell[c], 0) == 0)
                text = cell[c];
        rc = ana_table_number(ctx, table, row, at, &value);
        if (rc == 0 && isfinite(value))
            see(s, text, value);
    }
    if (rc == 0)
        rc = conclude(ctx, run, s, onset);
    ana_table_destroy(ctx, table);
    return rc;
}

static int find_onset(struct ana_ctx *ctx, const struct ana_recording *r, int64_t u,
                      double *onset)
{
    const struct ana_recording_info *info = &r->info;
    struct search search = {.name = r->study->onset_event};

    if (r->study->n_events > 0)
        return search_table(ctx, r->study->events[u], &search, info->runs[u].id, onset);
    for (int64_t e = 0; e < info->n_events; e++)
        if (info->events[e].run == u)
            see(&search, info->events[e].text, info->events[e].onset);
    return conclude(ctx, info->runs[u].id, &search, onset);
}

int ana_recording_onsets(struct ana_ctx *ctx, struct ana_recording *r)
{
    const int64_t n = r->before.n_units;
    double onset;
    int rc = 0;

    if (!r->study->onset_event)
        return 0;
    if (r->info.layout != ANA_LAYOUT_SERIES)
        return ana_fail(ctx, ANA_EPARAM,
                        "`onset = event` finds the stimulus in runs over time, and this "
                        "recording has none");
    if (r->study->n_events > 0 && r->study->n_events != n)
        return ana_fail(
            ctx, ANA_EDATA,
            "`events` names %lld tables and the recording has %lld runs; there "
            "must be one a run, in the same order",
            (long long)r->study->n_events, (long long)n);
    for (int64_t u = 0; rc == 0 && u < n; u++) {
        rc = find_onset(ctx, r, u, &onset);
        if (rc == 0)
            r->before.start[u] = r->study->onset - onset;
    }
    return rc;
}

void ana_recording_check_length(struct ana_ctx *ctx, const struct ana_recording *r,
                                int64_t unit, const char *stimulus, double duration)
{
    const struct ana_geometry *g = &r->before;
    const double end = g->start[unit] + (double)g->n[unit] / (g->rate > 0 ? g->rate : 1);
    const double slack = fmax(.005 * duration, g->rate > 0 ? 2 / g->rate : 0);

    if (g->layout != ANA_LAYOUT_SERIES || duration <= 0 || end >= duration - slack)
        return;
    ana_warn(
        ctx,
        "%s %s, run %s: stimulus %s lasts %.2f s and the recording ends %.2f s after "
        "its onset: check that they belong together, that their clocks agree, and "
        "`onset`",
        r->study->is_brain ? "brain" : "data", r->study->name, r->info.runs[unit].id,
        stimulus, duration, end);
}
