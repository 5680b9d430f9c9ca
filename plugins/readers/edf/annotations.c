/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Events. EDF+ keeps them as text in a signal of its own (time-stamped annotation lists):
 *
 *     +ONSET [0x15 DURATION] 0x14 TEXT 0x14 ... TEXT 0x14 0x00
 *
 * the first list of a record, with an empty text, is the record's own onset; from those
 * the gaps of EDF+D are found. BDF keeps triggers as a Status signal.
 */
#include "edf.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for one more event, doubled at powers of 2. */
static int make_room(struct ana_ctx *ctx, struct edf_file *file)
{
    const int64_t n = file->n_events, room = n > 0 ? 2 * n : 1;
    struct series_event *events;
    char **text;

    if ((n & (n - 1)) != 0)
        return 0;
    events = ana_alloc(ctx, room, sizeof *events);
    text = ana_alloc(ctx, room, sizeof *text);
    if (!events || !text) {
        ana_free(ctx, events);
        ana_free(ctx, text);
        return ANA_ERESOURCE;
    }
    if (n > 0) {
        memcpy(events, file->events, (size_t)n * sizeof *events);
        memcpy(text, file->text, (size_t)n * sizeof *text);
    }
    ana_free(ctx, file->events);
    ana_free(ctx, file->text);
    file->events = events;
    file->text = text;
    return 0;
}

int edf_event_add(struct ana_ctx *ctx, struct edf_file *file, double onset,
                  double duration, const char *text)
{
    const size_t n = strlen(text), room = 2 * n + 6; /* Latin-1 grows */
    const int rc = make_room(ctx, file);
    char *copy = rc == 0 ? ana_alloc(ctx, (int64_t)room, 1) : NULL;

    if (!copy)
        return ANA_ERESOURCE;
    series_utf8(text, (int64_t)n, copy, room);
    file->text[file->n_events] = copy;
    file->events[file->n_events++] = (struct series_event){onset, duration, copy};
    return 0;
}

/* "+12.5" or "-3" at *at, which moves behind it; 0 if there is none. */
static int take_onset(const char **at, double *value)
{
    char *end;

    if (**at != '+' && **at != '-')
        return 0;
    *value = strtod(*at, &end);
    if (end == *at || !isfinite(*value))
        return 0;
    *at = end;
    return 1;
}

/* One list, ended by a zero byte; `own` receives the record's onset where it says it. */
static int take_list(struct ana_ctx *ctx, struct edf_file *file, char *list, double *own)
{
    const char *at = list;
    double onset, duration = (double)NAN;
    char *end;

    if (!take_onset(&at, &onset)) {
        file->n_bad_lists++;
        return 0;
    }
    if (*at == 0x15) {
        duration = strtod(at + 1, &end);
        if (end == at + 1 || !isfinite(duration) || duration < 0)
            duration = (double)NAN;
        at = end;
    }
    if (*at != 0x14) {
        file->n_bad_lists++;
        return 0;
    }
    if (at[1] == 0x14 && isnan(*own))
        *own = onset;
    for (at++; *at;) {
        end = strchr(at, 0x14);
        if (end)
            *end = 0;
        if (at[strspn(at, " \t\n\r")]) { /* blanks are no name of an event */
            const int rc = edf_event_add(ctx, file, onset, duration, at);

            if (rc != 0)
                return rc;
        }
        if (!end)
            break;
        at = end + 1;
    }
    return 0;
}

static int read_record(struct ana_ctx *ctx, struct edf_file *file, int64_t record,
                       const struct edf_signal *s, char *text, double *own)
{
    const int64_t n = s->samples * file->width;
    int rc =
        edf_bytes(ctx, file, file->data + record * file->record_bytes + s->at, n, text);

    text[n] = 0;
    for (int64_t i = 0; rc == 0 && i < n;) {
        const int64_t length = (int64_t)strlen(text + i);

        if (length > 0)
            rc = take_list(ctx, file, text + i, own);
        i += length + 1;
    }
    return rc;
}

/* Split the records where one does not begin when the one before it ends. */
static int find_segments(struct ana_ctx *ctx, struct edf_file *file, const double *own)
{
    int64_t n = 0;

    file->segments = ana_alloc(ctx, file->n_records, sizeof *file->segments);
    if (!file->segments)
        return ANA_ERESOURCE;
    file->first_onset = isnan(own[0]) ? 0 : own[0];
    for (int64_t r = 0; r < file->n_records; r++) {
        const double gap = r > 0 ? own[r] - own[r - 1] - file->record_seconds : HUGE_VAL;

        if (r == 0 || (file->discontinuous && fabs(gap) > .01 * file->record_seconds))
            file->segments[n++] =
                (struct series_segment){r, 0, isnan(own[r]) ? 0 : own[r] - own[0]};
        file->segments[n - 1].n++;
    }
    file->n_segments = n;
    return 0;
}

/* Where the first signal of text in a record stands: that one says when it begins. */
static long long time_byte(const struct edf_file *file, int64_t r)
{
    int64_t i = 0;

    while (i < file->n_signals && !file->signals[i].annotations)
        i++;
    return (long long)(file->data + r * file->record_bytes +
                       (i < file->n_signals ? file->signals[i].at : 0));
}

static int check_order(struct ana_ctx *ctx, const struct edf_file *file,
                       const double *own)
{
    for (int64_t r = 0; file->discontinuous && r < file->n_records; r++) {
        if (isnan(own[r]))
            return ana_fail(
                ctx, ANA_EDATA,
                "%s: byte %lld: is discontinuous (EDF+D) and record %lld does "
                "not say when it begins",
                file->path, time_byte(file, r), (long long)r);
        if (r > 0 && own[r] - own[r - 1] < .99 * file->record_seconds)
            return ana_fail(
                ctx, ANA_EDATA,
                "%s: byte %lld: record %lld begins at %g s, before record %lld "
                "of %g s has ended",
                file->path, time_byte(file, r), (long long)r, own[r], (long long)r - 1,
                own[r - 1]);
    }
    return 0;
}

int edf_annotations(struct ana_ctx *ctx, struct edf_file *file)
{
    double *own = ana_alloc(ctx, file->n_records, sizeof *own);
    int64_t longest = 0;
    char *text = NULL;
    int rc = own ? 0 : ANA_ERESOURCE;

    for (int64_t r = 0; rc == 0 && r < file->n_records; r++)
        own[r] = (double)NAN;
    for (int64_t i = 0; i < file->n_signals; i++)
        if (file->signals[i].annotations && file->signals[i].samples > longest)
            longest = file->signals[i].samples;
    if (rc == 0) {
        text = ana_alloc(ctx, longest * file->width + 1, 1);
        rc = text ? 0 : ANA_ERESOURCE;
    }
    for (int64_t i = 0; i < file->n_signals; i++)
        for (int64_t r = 0;
             rc == 0 && file->signals[i].annotations && r < file->n_records; r++)
            rc = read_record(ctx, file, r, &file->signals[i], text, &own[r]);
    if (rc == 0 && file->n_bad_lists > 0)
        ana_warn(ctx,
                 "%s: %lld annotations do not begin with a time in seconds, as in +1.5; "
                 "they were left out",
                 file->path, (long long)file->n_bad_lists);
    if (rc == 0)
        rc = check_order(ctx, file, own);
    if (rc == 0)
        rc = find_segments(ctx, file, own);
    for (int64_t e = 0; rc == 0 && e < file->n_events; e++)
        file->events[e].onset -= file->first_onset;
    ana_free(ctx, text);
    ana_free(ctx, own);
    return rc;
}

/* When a record begins, s after the file's first sample: gaps are counted in. */
static double begins_at(const struct edf_file *file, int64_t r)
{
    const struct series_segment *s =
        series_segment_at(file->segments, file->n_segments, r);

    return s->onset + (double)(r - s->first) * file->record_seconds;
}

/* A change of the 16 trigger bits to something but 0 is an event named by its number. */
int edf_status(struct ana_ctx *ctx, struct edf_file *file)
{
    const struct edf_signal *s = NULL;
    uint8_t *bytes;
    uint32_t before = 0;
    int rc = 0;

    for (int64_t i = 0; i < file->n_signals; i++)
        if (file->signals[i].status)
            s = &file->signals[i];
    if (!s || s->samples == 0)
        return 0;
    bytes = ana_alloc(ctx, s->samples, 3);
    if (!bytes)
        return ANA_ERESOURCE;
    for (int64_t r = 0; rc == 0 && r < file->n_records; r++) {
        rc = edf_bytes(ctx, file, file->data + r * file->record_bytes + s->at,
                       s->samples * 3, bytes);
        for (int64_t i = 0; rc == 0 && i < s->samples; i++) {
            const uint32_t now = bytes[3 * i] | (uint32_t)bytes[3 * i + 1] << 8;
            char text[16];

            snprintf(text, sizeof text, "%u", now);
            if (now != before && now != 0)
                rc = edf_event_add(ctx, file,
                                   begins_at(file, r) + (double)i / (double)s->samples *
                                                            file->record_seconds,
                                   (double)NAN, text);
            before = now;
        }
    }
    ana_free(ctx, bytes);
    return rc;
}
