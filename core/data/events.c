/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Events of a run: a table of onsets, or the annotations of the recording itself.
 */
#include "data/events.h"

#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *cell(const struct ana_table *t, int64_t row, int64_t column)
{
    const char *text = column >= 0 ? t->cell[row * t->n_columns + column] : "";

    return strcmp(text, "n/a") == 0 ? "" : text;
}

static int by_onset(const void *a, const void *b)
{
    const struct ana_event_row *x = a, *y = b;

    if (x->onset != y->onset)
        return x->onset < y->onset ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static int read_row(struct ana_ctx *ctx, const struct ana_table *t, int64_t row,
                    struct ana_events *out)
{
    struct ana_event_row event = {.duration = (double)NAN,
                                  .type = cell(t, row, ana_table_column(t, "trial_type")),
                                  .stim_file =
                                      cell(t, row, ana_table_column(t, "stim_file")),
                                  .row = row,
                                  .line = t->line[row]};
    const int64_t duration = ana_table_column(t, "duration");
    int rc = ana_table_number(ctx, t, row, ana_table_column(t, "onset"), &event.onset);

    if (rc == 0 && duration >= 0)
        rc = ana_table_number(ctx, t, row, duration, &event.duration);
    if (rc != 0)
        return rc;
    if (isnan(event.onset)) {
        out->n_without++;
        return 0;
    }
    if (!isfinite(event.onset) || isinf(event.duration) || event.duration < 0)
        return ana_fail(ctx, ANA_EDATA,
                        "%s:%lld: an event at %g s of %g s; expected a finite onset and "
                        "a duration of 0 or more, or n/a",
                        t->path, (long long)event.line, event.onset, event.duration);
    out->event[out->n++] = event;
    return 0;
}

int ana_events_read(struct ana_ctx *ctx, const char *path, struct ana_events *out)
{
    int rc;

    memset(out, 0, sizeof *out);
    rc = ana_table_read(ctx, path, 1, &out->table);
    if (rc == 0 && ana_table_column(out->table, "onset") < 0)
        rc = ana_fail(ctx, ANA_EDATA,
                      "%s: has no column `onset`; a table of events needs onset and "
                      "duration",
                      path);
    if (rc == 0) {
        out->has_stim_file = ana_table_column(out->table, "stim_file") >= 0;
        out->event = ana_alloc(ctx, out->table->n_rows, sizeof *out->event);
        rc = out->event ? 0 : ANA_ERESOURCE;
    }
    for (int64_t r = 0; rc == 0 && r < out->table->n_rows; r++)
        rc = read_row(ctx, out->table, r, out);
    if (rc == 0 && out->n > 0)
        qsort(out->event, (size_t)out->n, sizeof *out->event, by_onset);
    if (rc != 0)
        ana_events_finish(ctx, out);
    return rc;
}

int ana_events_take(struct ana_ctx *ctx, int64_t n, const struct ana_event *annotations,
                    int64_t run, struct ana_events *out)
{
    memset(out, 0, sizeof *out);
    out->event = ana_alloc(ctx, n, sizeof *out->event);
    if (!out->event)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < n; i++)
        if (annotations[i].run == run && isfinite(annotations[i].onset))
            out->event[out->n++] = (struct ana_event_row){
                .onset = annotations[i].onset,
                .duration = annotations[i].duration,
                .type = annotations[i].text ? annotations[i].text : "",
                .stim_file = "",
                .row = i};
    if (out->n > 0)
        qsort(out->event, (size_t)out->n, sizeof *out->event, by_onset);
    for (int64_t i = 0; i < out->n; i++) /* row only kept their order */
        out->event[i].row = -1;
    return 0;
}

void ana_events_finish(struct ana_ctx *ctx, struct ana_events *events)
{
    ana_table_destroy(ctx, events->table);
    ana_free(ctx, events->event);
    memset(events, 0, sizeof *events);
}

const char *ana_events_match(const struct ana_events *events, int64_t i,
                             const char *pattern)
{
    const struct ana_event_row *event = &events->event[i];
    const struct ana_table *t = events->table;

    if (fnmatch(pattern, event->type, 0) == 0)
        return event->type;
    for (int64_t c = 0; t && c < t->n_columns; c++)
        if (strcmp(t->column[c], "onset") != 0 && strcmp(t->column[c], "duration") != 0 &&
            fnmatch(pattern, t->cell[event->row * t->n_columns + c], 0) == 0)
            return t->cell[event->row * t->n_columns + c];
    return NULL;
}

const char *ana_events_cell(const struct ana_events *events, int64_t i,
                            const char *column)
{
    const int64_t c = events->table ? ana_table_column(events->table, column) : -1;

    return c < 0 ? NULL : cell(events->table, events->event[i].row, c);
}
