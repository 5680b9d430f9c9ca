/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A run a stretch without a gap, called by its file, and the events, each in the run that it
 * falls into.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "series_own.h"

const struct series_segment *series_segment_at(const struct series_segment *segments,
                                               int64_t n, int64_t frame)
{
    int64_t low = 0;

    while (n > 1) {
        const int64_t half = n / 2;

        if (segments[low + half].first <= frame) {
            low += half;
            n -= half;
        } else {
            n = half;
        }
    }
    return &segments[low];
}

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

/* The last of a file's runs that begins at a time or before, else its first. The runs may
 * not ascend, but `least`, the earliest beginning from each on, does. */
static int64_t run_at(int64_t first, int64_t n, const double *least, double onset)
{
    int64_t low = 0;

    while (n > 1) {
        const int64_t half = n / 2;

        if (least[first + low + half] <= onset) {
            low += half;
            n -= half;
        } else {
            n = half;
        }
    }
    return first + low;
}

static void find_least(const struct series *s, int64_t first, int64_t n, double *least)
{
    for (int64_t i = first + n - 1; i >= first; i--)
        least[i] = i < first + n - 1 && least[i + 1] < s->run[i].start ? least[i + 1]
                                                                       : s->run[i].start;
}

int series_make_events(struct ana_ctx *ctx, struct series *s)
{
    double *least = ana_alloc(ctx, s->n_runs, sizeof *least);
    int64_t n = 0, first = 0;

    for (int64_t f = 0; f < s->n_files; f++)
        n += s->file[f].n_events;
    s->event = ana_alloc(ctx, n, sizeof *s->event);
    if (!s->event || !least) {
        ana_free(ctx, least);
        return ANA_ERESOURCE;
    }
    for (int64_t f = 0; f < s->n_files; first += s->file[f++].n_segments) {
        find_least(s, first, s->file[f].n_segments, least);
        for (int64_t e = 0; e < s->file[f].n_events; e++) {
            const struct series_event *from = &s->file[f].events[e];
            const int64_t run = run_at(first, s->file[f].n_segments, least, from->onset);

            s->event[s->n_events++] =
                (struct ana_event){.size = sizeof *s->event,
                                   .run = run,
                                   .onset = from->onset - s->run[run].start,
                                   .duration = from->duration,
                                   .text = from->text};
        }
    }
    ana_free(ctx, least);
    return 0;
}

/* All files that were read beside those of the source. */
