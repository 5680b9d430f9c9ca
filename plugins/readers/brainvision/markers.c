/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The .vmrk: one marker a line, `MkN=TYPE,DESCRIPTION,POSITION,SIZE,CHANNEL[,DATE]`,
 * positions in samples from 1. 'New Segment' begins a stretch that does not follow on the
 * one before; its DATE (year to microsecond) says when.
 */
#include "brainvision.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* "20131113161403794232" as seconds; NaN where it is not given. */
static double date_of(const char *text)
{
    struct tm tm = {0};
    int year, micro;

    if (strlen(text) != 20 || strspn(text, "0123456789") != 20 ||
        sscanf(text, "%4d%2d%2d%2d%2d%2d%6d", &year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
               &tm.tm_min, &tm.tm_sec, &micro) != 7 ||
        year == 0)
        return (double)NAN;
    tm.tm_year = year - 1900;
    tm.tm_mon--;
    return (double)timegm(&tm) + 1e-6 * micro;
}

static int add_segment(struct ana_ctx *ctx, struct bv_file *file, int64_t line,
                       int64_t first, double date, double *began)
{
    struct series_segment *s = &file->segments[file->n_segments];
    const double position = (double)first * file->interval * 1e-6;

    if (first == 0) {
        *began = date;
        return 0; /* the first one stands already */
    }
    if (first <= s[-1].first || first >= file->n)
        return ana_fail(ctx, ANA_EDATA,
                        "%s:%lld: a segment begins at sample %lld; expected one after "
                        "%lld and before the end at %lld",
                        file->markers, (long long)line, (long long)first + 1,
                        (long long)s[-1].first + 1, (long long)file->n);
    s[-1].n = first - s[-1].first;
    *s = (struct series_segment){first, file->n - first, date - *began};
    if (!isfinite(s->onset) || s->onset < position - .5 * file->interval * 1e-6)
        s->onset = position;
    file->n_segments++;
    return 0;
}

/* Where a sample lies in time: its segment's onset and the samples since. */
static double time_of(const struct bv_file *file, int64_t sample)
{
    const struct series_segment *s =
        series_segment_at(file->segments, file->n_segments, sample);

    return s->onset + (double)(sample - s->first) * file->interval * 1e-6;
}

static int add_event(struct ana_ctx *ctx, struct bv_file *file, const char *type,
                     const char *what, int64_t first, int64_t size)
{
    char text[160];
    char *copy;

    if (*what)
        snprintf(text, sizeof text, "%.64s/%.64s", type, what);
    else
        snprintf(text, sizeof text, "%.64s", type);
    copy = ana_strdup(ctx, text);
    if (!copy)
        return ANA_ERESOURCE;
    file->text[file->n_events] = copy;
    file->events[file->n_events++] = (struct series_event){
        time_of(file, first), (double)size * file->interval * 1e-6, copy};
    return 0;
}

static int one_marker(struct ana_ctx *ctx, struct bv_file *file, int64_t line,
                      const char *text, double *began)
{
    char type[64], what[64], position[32], size[32], date[32], *end;
    int64_t first, length;

    bv_field(text, 0, type, sizeof type);
    bv_field(text, 1, what, sizeof what);
    bv_field(text, 2, position, sizeof position);
    bv_field(text, 3, size, sizeof size);
    bv_field(text, 5, date, sizeof date);
    first = strtoll(position, &end, 10);
    if (end == position || *end || first < 1)
        return ana_fail(ctx, ANA_EDATA,
                        "%s:%lld: expected a position in samples from 1, found '%s'",
                        file->markers, (long long)line, position);
    length = strtoll(size, &end, 10);
    length = end == size || *end || length < 0 ? 0 : length;
    if (strcmp(type, "New Segment") == 0)
        return add_segment(ctx, file, line, first - 1, date_of(date), began);
    if (first > file->n) {
        ana_warn(ctx, "%s:%lld: a marker stands behind the last sample; it was left out",
                 file->markers, (long long)line);
        return 0;
    }
    return add_event(ctx, file, type, what, first - 1, length);
}

int bv_markers(struct ana_ctx *ctx, struct bv_file *file)
{
    struct bv_lines lines = {0};
    double began = (double)NAN;
    int64_t found = 0;
    int rc = file->markers ? bv_lines_read(ctx, file->markers, &lines) : 0;

    if (rc != 0)
        return rc;
    file->segments = ana_alloc(ctx, lines.n + 1, sizeof *file->segments);
    file->events = ana_alloc(ctx, lines.n, sizeof *file->events);
    file->text = ana_alloc(ctx, lines.n, sizeof *file->text);
    rc = file->segments && file->events && file->text ? 0 : ANA_ERESOURCE;
    if (rc == 0) {
        file->segments[0] = (struct series_segment){0, file->n, 0};
        file->n_segments = 1;
    }
    for (int64_t i = 0; rc == 0 && i < lines.n; i++) {
        const char *text = lines.line[i];
        const char *equals = strncasecmp(text, "Mk", 2) == 0 ? strchr(text, '=') : NULL;

        found += strncasecmp(text, "[Marker Infos]", 14) == 0;
        if (equals)
            rc = one_marker(ctx, file, i + 1, equals + 1, &began);
    }
    if (rc == 0 && file->markers && !found)
        ana_warn(ctx, "%s: has no [Marker Infos]; is it the file of markers?",
                 file->markers);
    bv_lines_free(ctx, &lines);
    return rc;
}
