/* SPDX-License-Identifier: BSD-3-Clause
 *
 * epochs(A..B s, NAMES, by COLUMN): which events of a recording become its trials, and
 * where in their runs these lie.
 *
 * As MNE does, an event is taken to be at the nearest sample k = round(onset rate), so
 * that all trials have their samples at the same times: k + ceil(A rate) and the following
 * ones before k + B rate. Events less than a window from an end of their run have no
 * trial, nor have trials that overlap what is marked as bad (BAD...); both are counted.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "pipeline/recording.h"

static const double MOST_JITTER = .005; /* s that an event may lie beside its sample */

struct epochs {
    struct ana_ctx *ctx;
    const struct ana_recording *recording;
    const struct ana_geometry *g; /* before the step */
    struct ana_step *step;
    int64_t n_events, n_beyond, n_bad; /* that match; without a trial */
    double jitter;                     /* s, the largest */
    const char *lost_run;              /* the first event beyond an end */
    double lost_at;
};

/* What an event is called if it is one of those that are wanted; else NULL. */
static const char *wanted(const struct ana_step *step, const struct ana_events *events,
                          int64_t e)
{
    const char *name = NULL;

    if (step->n_words == 1) { /* no names: all, or all that show something */
        const char *shown = *step->words[0] ? ana_events_cell(events, e, step->words[0])
                                            : events->event[e].stim_file;

        return (*step->words[0] || events->has_stim_file) && shown && !*shown
                   ? NULL
                   : events->event[e].type;
    }
    for (int64_t i = 1; !name && i < step->n_words; i++)
        name = ana_events_match(events, e, step->words[i]);
    return name;
}

/* The stimulus of an event: what the column says, else stim_file, else its name. */
static int stimulus_of(struct epochs *p, const struct ana_events *events, int64_t e,
                       const char *name, const char **out)
{
    const char *column = p->step->words[0];
    const struct ana_event_row *event = &events->event[e];

    *out = *event->stim_file ? event->stim_file : name;
    if (*column)
        *out = ana_events_cell(events, e, column);
    if (!*out)
        return ana_fail(p->ctx, ANA_EDATA,
                        "epochs(by %s): %s has no column of that name; name the tables "
                        "that have it with `events`",
                        column,
                        events->table ? events->table->path
                                      : "what the recording itself marks");
    if (!**out)
        return ana_fail(p->ctx, ANA_EDATA,
                        "%s:%lld: the event at %g s names no stimulus%s%s%s; leave it "
                        "out by naming the others in epochs(A..B s, NAMES)",
                        events->table ? events->table->path : "annotations",
                        (long long)event->line, event->onset,
                        *column ? " in column `" : "", column, *column ? "`" : "");
    return 0;
}

/* 1 if something marked as bad overlaps [from, to) s. */
static int overlaps_bad(const struct ana_events *events, double from, double to)
{
    for (int64_t e = 0; e < events->n; e++) {
        const struct ana_event_row *event = &events->event[e];

        if (strncasecmp(event->type, "bad", 3) == 0 && event->duration > 0 &&
            event->onset < to && event->onset + event->duration > from)
            return 1;
    }
    return 0;
}

static int add_event(struct epochs *p, int64_t unit, const struct ana_events *events,
                     int64_t e, const char *name)
{
    const struct ana_geometry *g = p->g;
    struct ana_trial *trial = &p->step->trial[p->step->n_trials];
    const double onset = events->event[e].onset - p->recording->study->onset;
    /* samples after the unit's first one, which may have been trimmed */
    const double at =
        (onset - (g->start[unit] - p->recording->before.start[unit])) * g->rate;
    const double from = (double)llround(p->step->start * g->rate);
    const char *stimulus;
    int rc;

    p->n_events++;
    if (!(round(at) + from >= 0 &&
          round(at) + from + (double)p->step->n_samples <= (double)g->n[unit])) {
        p->lost_at = p->n_beyond == 0 ? events->event[e].onset : p->lost_at;
        p->lost_run = p->n_beyond++ == 0 ? p->recording->info.runs[unit].id : p->lost_run;
        return 0;
    }
    if (overlaps_bad(events, onset + p->step->a, onset + p->step->b)) {
        p->n_bad++;
        return 0;
    }
    rc = stimulus_of(p, events, e, name, &stimulus);
    if (rc != 0)
        return rc;
    p->jitter = fmax(p->jitter, fabs(at - round(at)) / g->rate);
    *trial = (struct ana_trial){unit, llround(at) + llround(from),
                                ana_strdup(p->ctx, stimulus)};
    if (!trial->stimulus)
        return ANA_ERESOURCE;
    p->step->n_trials++;
    return 0;
}

static int check_place(struct ana_ctx *ctx, const struct ana_recording *r,
                       const struct ana_geometry *g)
{
    if (g->layout != ANA_LAYOUT_SERIES)
        return ana_fail(ctx, ANA_EPARAM,
                        "epochs are cut out of runs over time, and what stands before it "
                        "are trials or items already");
    if (g->n_units != r->before.n_units)
        return ana_fail(ctx, ANA_EPARAM,
                        "epochs stands behind trials(average); events go with single "
                        "runs: cut first");
    if (r->study->onset_event)
        return ana_fail(ctx, ANA_EPARAM,
                        "`onset = event` counts the clock of a run from one event, and "
                        "epochs from each; remove one of them");
    return 0;
}

/* The samples of a window around a sample. */
static int place_window(struct ana_ctx *ctx, struct ana_step *step, double rate)
{
    const double first = ceil(step->a * rate - 1e-6), end = ceil(step->b * rate - 1e-6);

    if (!(end > first) || !(fabs(first) < 1e15) || !(end < 1e15))
        return ana_fail(ctx, ANA_EPARAM, "epochs(%g..%g s) holds no sample at %g Hz",
                        step->a, step->b, rate);
    step->start = first / rate;
    step->n_samples = llround(end - first);
    return 0;
}

static int nothing_found(const struct epochs *p, const struct ana_events *events)
{
    const char *names[6];
    int64_t n = 0;
    char *list;

    if (p->n_events > 0)
        return ana_fail(p->ctx, ANA_EDATA,
                        "epochs(%g..%g s): of %lld events %lld lie too near an end of "
                        "their run and %lld overlap what is marked as bad; none is left",
                        p->step->a, p->step->b, (long long)p->n_events,
                        (long long)p->n_beyond, (long long)p->n_bad);
    for (int64_t e = 0; e < events->n && n < 6; e++) {
        int known = 0;

        for (int64_t i = 0; i < n; i++)
            known |= strcmp(names[i], events->event[e].type) == 0;
        if (!known)
            names[n++] = events->event[e].type;
    }
    list = ana_text_list(names, n, 5);
    ana_fail(p->ctx, ANA_EDATA,
             "epochs: no event of the recording %s; the first run's events are: %s",
             p->step->n_words > 1 ? "has one of these names" : "shows anything",
             n > 0 && list ? list : "none");
    free(list);
    return ANA_EDATA;
}

static void report(const struct epochs *p)
{
    if (p->n_beyond > 0)
        ana_warn(p->ctx,
                 "%lld of %lld events lie less than epochs(%g..%g s) from an end of "
                 "their run and have no trial; the first is in run %s at %g s",
                 (long long)p->n_beyond, (long long)p->n_events, p->step->a, p->step->b,
                 p->lost_run, p->lost_at);
    if (p->n_bad > 0)
        ana_warn(p->ctx,
                 "%lld of %lld trials overlap what is marked as bad and are left "
                 "out",
                 (long long)p->n_bad, (long long)p->n_events);
    if (p->jitter > MOST_JITTER)
        ana_warn(p->ctx,
                 "events lie up to %.3g s from the sample that epochs counts them from; "
                 "where that matters, resample before epochs",
                 p->jitter);
}

int ana_recording_epochs(struct ana_ctx *ctx, const struct ana_recording *r,
                         const struct ana_geometry *g, struct ana_step *step)
{
    struct epochs p = {.ctx = ctx, .recording = r, .g = g, .step = step};
    struct ana_events *events = NULL;
    int64_t most = 0;
    int rc = check_place(ctx, r, g);

    if (rc == 0)
        rc = place_window(ctx, step, g->rate);
    if (rc == 0) {
        events = ana_alloc(ctx, g->n_units, sizeof *events);
        rc = events ? 0 : ANA_ERESOURCE;
    }
    for (int64_t u = 0; rc == 0 && u < g->n_units; u++) {
        rc = ana_recording_events(ctx, r, u, &events[u]);
        most += events[u].n;
    }
    step->trial = rc == 0 ? ana_alloc(ctx, most, sizeof *step->trial) : NULL;
    if (rc == 0 && !step->trial)
        rc = ANA_ERESOURCE;
    for (int64_t u = 0; rc == 0 && u < g->n_units; u++)
        for (int64_t e = 0; rc == 0 && e < events[u].n; e++) {
            const char *name = wanted(step, &events[u], e);

            rc = name ? add_event(&p, u, &events[u], e, name) : 0;
        }
    if (rc == 0 && step->n_trials == 0)
        rc = nothing_found(&p, &events[0]);
    if (rc == 0)
        report(&p);
    for (int64_t u = 0; events && u < g->n_units; u++)
        ana_events_finish(ctx, &events[u]);
    ana_free(ctx, events);
    return rc;
}
