/* SPDX-License-Identifier: BSD-3-Clause
 *
 * events.tsv, and the other files that go with a recording.
 */
#include "data/bids_events.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

static const char *cell(const struct ana_table *table, int64_t row, int64_t column)
{
    const char *text = column >= 0 ? table->cell[row * table->n_columns + column] : "";

    return strcmp(text, "n/a") == 0 ? "" : text;
}

static int by_onset(const void *a, const void *b)
{
    const struct ana_bids_event *x = a, *y = b;

    if (x->onset != y->onset)
        return x->onset < y->onset ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

static int read_row(struct ana_ctx *ctx, const struct ana_table *t, int64_t row,
                    struct ana_bids_events *out)
{
    struct ana_bids_event event = {
        .duration = (double)NAN,
        .type = cell(t, row, ana_table_column(t, "trial_type")),
        .stim_file = cell(t, row, ana_table_column(t, "stim_file")),
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

int ana_bids_events_read(struct ana_ctx *ctx, const char *path,
                         struct ana_bids_events *out)
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
        ana_bids_events_finish(ctx, out);
    return rc;
}

void ana_bids_events_finish(struct ana_ctx *ctx, struct ana_bids_events *events)
{
    ana_table_destroy(ctx, events->table);
    ana_free(ctx, events->event);
    memset(events, 0, sizeof *events);
}

/* Some write stimuli/a.wav though BIDS counts from stimuli/ on. */
char *ana_bids_stimulus(struct ana_ctx *ctx, const struct ana_bids *bids,
                        const char *stim_file)
{
    char *folder = ana_path_join(ctx, bids->root, "stimuli"), *path = NULL;

    while (strncmp(stim_file, "./", 2) == 0)
        stim_file += 2;
    while (*stim_file == '/')
        stim_file++;
    if (strncmp(stim_file, "stimuli/", 8) == 0)
        stim_file += 8;
    if (folder)
        path = ana_path_join(ctx, folder, stim_file);
    ana_free(ctx, folder);
    return path;
}
