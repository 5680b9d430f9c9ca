/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where the stimulus began in each run, by what the recording itself marks:
 * `onset = event NAME`, the first event of that name, from the reader's annotations or from
 * tables (BIDS events.tsv) beside it; or by many events whose times on the stimulus' clock
 * are known (recording_clock.c).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "pipeline/recording.h"

/* The events of a run that match a name; else the error lists those that there are. */
static int no_such_event(struct ana_ctx *ctx, const char *run, const char *name,
                         const struct ana_events *events)
{
    const char *others[6];
    int64_t n = 0;
    char *list;

    for (int64_t e = 0; e < events->n && n < 6; e++) {
        int known = 0;

        for (int64_t i = 0; i < n; i++)
            known |= strcmp(others[i], events->event[e].type) == 0;
        if (!known)
            others[n++] = events->event[e].type;
    }
    list = ana_text_list(others, n, 5);
    ana_fail(ctx, ANA_EDATA,
             "`onset = event %s`: run %s has no event of that name; its events are: %s",
             name, run, n > 0 && list ? list : "none");
    free(list);
    return ANA_EDATA;
}

/* The first event of that name, not before `from`. */
static int find_event(struct ana_ctx *ctx, const char *run, const char *name,
                      const struct ana_events *events, double from, double *onset)
{
    int64_t n = 0;

    for (int64_t e = 0; e < events->n; e++)
        if (events->event[e].onset >= from && ana_events_match(events, e, name) &&
            n++ == 0)
            *onset = events->event[e].onset;
    if (n == 0)
        return no_such_event(ctx, run, name, events);
    if (n > 1)
        ana_log(ctx, "run %s: %lld events match '%s'; the first, at %g s, counts", run,
                (long long)n, name, *onset);
    return 0;
}

/* Where the stimulus began in a run, and for how long it went on where an event says it. */
static int find_onset(struct ana_ctx *ctx, struct ana_recording *r, int64_t unit,
                      const struct ana_events *events, double *onset)
{
    const struct ana_study_brain *b = r->study;
    const char *run = r->info.runs[unit].id;
    double end = 0;
    int rc = b->onset_column
                 ? ana_recording_markers(ctx, r, unit, events, onset)
                 : find_event(ctx, run, b->onset_event, events, -INFINITY, onset);

    if (rc == 0 && b->onset_end)
        rc = find_event(ctx, run, b->onset_end, events, *onset, &end);
    if (rc == 0 && b->onset_end)
        r->marked[unit] = end - *onset;
    return rc;
}

int ana_recording_events(struct ana_ctx *ctx, const struct ana_recording *r, int64_t unit,
                         struct ana_events *out)
{
    const int64_t n = r->study->n_events;

    memset(out, 0, sizeof *out);
    if (n > 0 && n != r->before.n_units)
        return ana_fail(
            ctx, ANA_EDATA,
            "`events` names %lld tables and the recording has %lld runs; there "
            "must be one a run, in the same order",
            (long long)n, (long long)r->before.n_units);
    if (n > 0)
        return ana_events_read(ctx, r->study->events[unit], out);
    return ana_events_take(ctx, r->info.n_events, r->info.events, unit, out);
}

int ana_recording_onsets(struct ana_ctx *ctx, struct ana_recording *r)
{
    const int64_t n = r->before.n_units;
    struct ana_events events;
    int rc = 0;

    if (!r->study->onset_event)
        return 0;
    if (r->info.layout != ANA_LAYOUT_SERIES)
        return ana_fail(ctx, ANA_EPARAM,
                        "`onset = event` finds the stimulus in runs over time, and this "
                        "recording has none");
    r->marked = ana_alloc(ctx, n, sizeof *r->marked);
    if (!r->marked)
        return ANA_ERESOURCE;
    for (int64_t u = 0; u < n; u++)
        r->marked[u] = (double)NAN;
    for (int64_t u = 0; rc == 0 && u < n; u++) {
        double onset = 0;

        rc = ana_recording_events(ctx, r, u, &events);
        if (rc == 0)
            rc = find_onset(ctx, r, u, &events, &onset);
        ana_events_finish(ctx, &events);
        if (rc == 0)
            r->before.start[u] = r->study->onset - onset;
    }
    return rc;
}
