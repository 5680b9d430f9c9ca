/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A run a stretch without a gap, called by its file, and the events, each in the run that it
 * falls into.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "series_own.h"

static int make_run(struct ana_ctx *ctx, struct series *s, int64_t f, int64_t segment)
{
    const struct series_file *file = &s->file[f];
    const struct series_segment *from = &file->segments[segment];
    const int64_t i = s->n_runs;
    char id[512];

    if (segment == 0)
        snprintf(id, sizeof id, "%.480s", file->stem);
    else
        snprintf(id, sizeof id, "%.480s/%lld", file->stem, (long long)segment + 1);
    s->run_id[i] = ana_strdup(ctx, id);
    if (!s->run_id[i])
        return ANA_ERESOURCE;
    s->run_file[i] = f;
    s->run_segment[i] = segment;
    s->run[i] = (struct ana_run){
        .size = sizeof s->run[i],
        .id = s->run_id[i],
        .stimulus = segment > 0 ? file->stem : NULL,
        .n = from->n * file->channels[s->channel[f * s->targets.n]].per_frame,
        .rate = s->rate,
        .start = from->onset};
    s->n_runs++;
    return 0;
}

int series_make_runs(struct ana_ctx *ctx, struct series *s)
{
    int64_t n = 0;
    int rc = 0;

    for (int64_t f = 0; f < s->n_files; f++)
        n += s->file[f].n_segments;
    s->run = ana_alloc(ctx, n, sizeof *s->run);
    s->run_file = ana_alloc(ctx, n, sizeof *s->run_file);
    s->run_segment = ana_alloc(ctx, n, sizeof *s->run_segment);
    s->run_id = ana_alloc(ctx, n, sizeof *s->run_id);
    if (!s->run || !s->run_file || !s->run_segment || !s->run_id)
        return ANA_ERESOURCE;
    for (int64_t f = 0; f < s->n_files; f++) {
        if (s->file[f].n_segments > 1)
            ana_warn(ctx, "%s: has %lld gap%s; each stretch between them is a run",
                     s->file[f].path, (long long)s->file[f].n_segments - 1,
                     s->file[f].n_segments > 2 ? "s" : "");
        for (int64_t i = 0; rc == 0 && i < s->file[f].n_segments; i++)
            rc = make_run(ctx, s, f, i);
    }
    return rc;
}

/* The run of a file in which a time lies. */
static int64_t run_at(const struct series *s, int64_t f, double onset)
{
    int64_t found = -1;

    for (int64_t i = 0; i < s->n_runs; i++)
        if (s->run_file[i] == f && (found < 0 || s->run[i].start <= onset))
            found = i;
    return found;
}

int series_make_events(struct ana_ctx *ctx, struct series *s)
{
    int64_t n = 0;

    for (int64_t f = 0; f < s->n_files; f++)
        n += s->file[f].n_events;
    s->event = ana_alloc(ctx, n, sizeof *s->event);
    if (!s->event)
        return ANA_ERESOURCE;
    for (int64_t f = 0; f < s->n_files; f++)
        for (int64_t e = 0; e < s->file[f].n_events; e++) {
            const struct series_event *from = &s->file[f].events[e];
            const int64_t run = run_at(s, f, from->onset);

            s->event[s->n_events++] =
                (struct ana_event){.size = sizeof *s->event,
                                   .run = run,
                                   .onset = from->onset - s->run[run].start,
                                   .duration = from->duration,
                                   .text = from->text};
        }
    return 0;
}

/* All files that were read beside those of the source. */
