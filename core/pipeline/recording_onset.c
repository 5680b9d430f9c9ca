/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where the stimulus began in each run, by what the recording itself marks:
 * `onset = event NAME`, the first event of that name, from the reader's annotations or from
 * tables (BIDS events.tsv) beside it. And whether a recording lasts as long as what was
 * shown.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "pipeline/recording.h"

/* The events of a run that match a name; else the error lists those that there are. */
static int no_such_event(struct ana_ctx *ctx, const char *what, const char *run,
                         const char *name, const struct ana_events *events)
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
             "`%s%s`: run %s has no event of that name; its events are: %s", what, name,
             run, n > 0 && list ? list : "none");
    free(list);
    return ANA_EDATA;
}

/* The first event of that name. */
static int find_onset(struct ana_ctx *ctx, const char *run, const char *name,
                      const struct ana_events *events, double *onset)
{
    int64_t n = 0;

    for (int64_t e = 0; e < events->n; e++)
        if (ana_events_match(events, e, name) && n++ == 0)
            *onset = events->event[e].onset;
    if (n == 0)
        return no_such_event(ctx, "onset = event ", run, name, events);
    if (n > 1)
        ana_log(ctx, "run %s: %lld events match '%s'; the first, at %g s, is the onset",
                run, (long long)n, name, *onset);
    return 0;
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
    for (int64_t u = 0; rc == 0 && u < n; u++) {
        double onset = 0;

        rc = ana_recording_events(ctx, r, u, &events);
        if (rc == 0)
            rc = find_onset(ctx, r->info.runs[u].id, r->study->onset_event, &events,
                            &onset);
        ana_events_finish(ctx, &events);
        if (rc == 0)
            r->before.start[u] = r->study->onset - onset;
    }
    return rc;
}

void ana_recording_check_length(struct ana_ctx *ctx, const struct ana_recording *r,
                                int64_t unit, const char *stimulus, double duration)
{
    const struct ana_geometry *g = r->is_cut ? &r->after : &r->before;

    if (g->layout != ANA_LAYOUT_SERIES || r->after.layout != g->layout ||
        r->after.n_units != g->n_units)
        return; /* units are no runs any more */
    const double end = g->start[unit] + (double)g->n[unit] / (g->rate > 0 ? g->rate : 1);
    const double slack = fmax(.005 * duration, g->rate > 0 ? 2 / g->rate : 0);

    if (g->layout != ANA_LAYOUT_SERIES || duration <= 0 || end >= duration - slack)
        return;
    ana_warn(
        ctx,
        "%s %s, run %s: stimulus %s lasts %.2f s and the recording ends %.2f s after "
        "its onset: check that they belong together, that their clocks agree, and "
        "`onset`",
        r->study->is_brain ? "brain" : "data", r->study->name, ana_recording_id(r, unit),
        stimulus, duration, end);
}
