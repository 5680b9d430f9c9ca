/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Do the clocks of a recording and of what was shown agree? Markers i whose times on the
 * stimulus' clock s_i are known, and on the recording's r_i, give
 *
 *     r = offset + slope s     (least squares)
 *
 * A slope of 1.0001 is 0.1 ms a second, 180 ms after half an hour. What drifts by more than
 * `within` from the first marker to the last is refused; so is a marker that lies further
 * than that from the line. What is left goes into the offset: mean(r - s).
 */
#include <math.h>
#include <string.h>

#include "pipeline/recording.h"

static const double WITHIN = .02; /* s, where the study does not say it */

double ana_recording_within(const struct ana_recording *r)
{
    const double half = r->before.rate > 0 ? .5 / r->before.rate : 0;

    return r->study->onset_within > 0 ? r->study->onset_within : fmax(WITHIN, half);
}

int ana_clock_fit(int64_t n, const double *s, const double *r, struct ana_clock *out)
{
    double ms = 0, mr = 0, ss = 0, sr = 0;

    memset(out, 0, sizeof *out);
    for (int64_t i = 0; i < n; i++) {
        ms += s[i] / (double)n;
        mr += r[i] / (double)n;
    }
    for (int64_t i = 0; i < n; i++) {
        ss += (s[i] - ms) * (s[i] - ms);
        sr += (s[i] - ms) * (r[i] - mr);
    }
    if (n < 2 || !(ss > 0))
        return -1;
    out->slope = sr / ss;
    out->offset = mr - out->slope * ms;
    out->onset = mr - ms;
    out->first = out->last = s[0];
    for (int64_t i = 0; i < n; i++) {
        const double off = fabs(r[i] - out->offset - out->slope * s[i]);

        out->first = fmin(out->first, s[i]);
        out->last = fmax(out->last, s[i]);
        if (off >= out->residual) {
            out->residual = off;
            out->worst = i;
        }
    }
    out->drift = (out->slope - 1) * (out->last - out->first);
    return 0;
}

/* The markers of a run: their times on both clocks. */
static int find_markers(struct ana_ctx *ctx, const struct ana_recording *r,
                        const struct ana_events *events, int64_t *n, double *s,
                        double *at)
{
    const char *column = r->study->onset_column;
    const int64_t c = events->table ? ana_table_column(events->table, column) : -1;
    int rc = 0;

    *n = 0;
    if (c < 0)
        return ana_fail(ctx, ANA_EDATA,
                        "`onset = event %s, at %s`: %s has no column of that name; name "
                        "the tables that have it with `events`",
                        r->study->onset_event, column,
                        events->table ? events->table->path
                                      : "what the recording itself marks");
    for (int64_t e = 0; rc == 0 && e < events->n; e++) {
        if (!ana_events_match(events, e, r->study->onset_event))
            continue;
        rc = ana_table_number(ctx, events->table, events->event[e].row, c, &s[*n]);
        at[*n] = events->event[e].onset;
        *n += rc == 0 && isfinite(s[*n]);
    }
    return rc;
}

static int judge(struct ana_ctx *ctx, const struct ana_recording *r, int64_t unit,
                 int64_t n, const double *at, const struct ana_clock *clock)
{
    const double within = ana_recording_within(r), rate = r->before.rate;
    const char *run = r->info.runs[unit].id;

    ana_log(ctx,
            "run %s: %lld markers: the stimulus began at %.4f s; the recording's clock "
            "runs %+.1f ppm, %+.2f ms from the first to the last; no marker lies more "
            "than %.2f ms beside that",
            run, (long long)n, clock->onset, 1e6 * (clock->slope - 1), 1e3 * clock->drift,
            1e3 * clock->residual);
    if (clock->residual > within)
        return ana_fail(ctx, ANA_EDATA,
                        "run %s: the marker at %g s lies %.4g ms from where the others "
                        "say that it was shown (within %g ms): check that events and "
                        "stimulus belong together",
                        run, at[clock->worst], 1e3 * clock->residual, 1e3 * within);
    if (fabs(clock->drift) > within)
        return ana_fail(
            ctx, ANA_EDATA,
            "run %s: its clock and the stimulus' drift apart by %.4g ms from the first "
            "marker to the last (offset %.4f s, slope %.7f; within %g ms): its true rate "
            "is %.7g Hz, not %g; give that with `@ RATE` or resample the file, or allow "
            "more with `onset = event NAME, at COLUMN, within TIME`",
            run, 1e3 * clock->drift, clock->offset, clock->slope, 1e3 * within,
            rate * clock->slope, rate);
    return 0;
}

int ana_recording_markers(struct ana_ctx *ctx, struct ana_recording *r, int64_t unit,
                          const struct ana_events *events, double *onset)
{
    double *s = ana_alloc(ctx, events->n + 1, sizeof *s);
    double *at = ana_alloc(ctx, events->n + 1, sizeof *at);
    struct ana_clock clock;
    int64_t n = 0;
    int rc = s && at ? find_markers(ctx, r, events, &n, s, at) : ANA_ERESOURCE;

    if (rc == 0 && ana_clock_fit(n, s, at, &clock) != 0)
        rc =
            ana_fail(ctx, ANA_EDATA,
                     "`onset = event %s, at %s`: run %s has %lld such markers; a clock's "
                     "drift takes two at different times",
                     r->study->onset_event, r->study->onset_column, r->info.runs[unit].id,
                     (long long)n);
    if (rc == 0)
        rc = judge(ctx, r, unit, n, at, &clock);
    if (rc == 0) {
        *onset = clock.onset;
        r->drift = fmax(r->drift, fabs(clock.drift));
    }
    ana_free(ctx, s);
    ana_free(ctx, at);
    return rc;
}

int ana_recording_check_length(struct ana_ctx *ctx, const struct ana_recording *r,
                               int64_t unit, const char *stimulus, double duration)
{
    const struct ana_geometry *g = r->is_cut ? &r->after : &r->before;
    const char *kind = r->study->is_brain ? "brain" : "data";
    double end, slack, more;

    if (g->layout != ANA_LAYOUT_SERIES || r->after.layout != g->layout ||
        r->after.n_units != g->n_units || duration <= 0)
        return 0; /* units are no runs any more */
    if (!r->is_cut && r->marked && isfinite(r->marked[unit])) {
        more = r->marked[unit] - duration;
        ana_log(
            ctx, "run %s: %.4f s between its events, stimulus %s lasts %.4f s: %+.2f ms",
            ana_recording_id(r, unit), r->marked[unit], stimulus, duration, 1e3 * more);
        if (fabs(more) > ana_recording_within(r))
            return ana_fail(
                ctx, ANA_EDATA,
                "%s %s, run %s: %.4f s lie between its events %s and %s, and stimulus %s "
                "lasts %.4f s, %.4g ms %s (within %g ms): check that they belong "
                "together and that their clocks agree, or allow more with `within TIME`",
                kind, r->study->name, ana_recording_id(r, unit), r->marked[unit],
                r->study->onset_event, r->study->onset_end, stimulus, duration,
                1e3 * fabs(more), more > 0 ? "less" : "more",
                1e3 * ana_recording_within(r));
    }
    end = g->start[unit] + (double)g->n[unit] / g->rate;
    slack = fmax(.005 * duration, 2 / g->rate);
    if (end < duration - slack)
        ana_warn(ctx,
                 "%s %s, run %s: stimulus %s lasts %.2f s and the recording ends %.2f s "
                 "after its onset: check that they belong together, that their clocks "
                 "agree, and `onset`",
                 kind, r->study->name, ana_recording_id(r, unit), stimulus, duration,
                 end);
    return 0;
}
