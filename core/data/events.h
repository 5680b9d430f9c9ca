/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_DATA_EVENTS_H
#define ANA_DATA_EVENTS_H

#include <anaflow/files.h>
#include <anaflow/reader.h>

/* One thing that happened in a run: a row of events.tsv, or an annotation. */
struct ana_event_row {
    double onset;          /* s after the run's first sample; may be below 0 */
    double duration;       /* s; NaN = not said (n/a, or no such column) */
    const char *type;      /* trial_type, an annotation's text; "" = none */
    const char *stim_file; /* what was shown, "" = none */
    int64_t row;           /* of the table; -1 = an annotation */
    int64_t line;          /* in the file, from 1; 0 = an annotation */
};

/* What happened in one run: from a table (BIDS events.tsv: onset, duration, and often
 * trial_type and stim_file) or from what the recording itself marks. */
struct ana_events {
    int64_t n;
    struct ana_event_row *event; /* by onset, ties in the file's order */
    int64_t n_without;           /* rows whose onset is n/a: left out */
    int has_stim_file;           /* 1 = there is such a column */
    struct ana_table *table;     /* NULL = annotations */
};

/* Read a table of events. Owns: the caller; release with `ana_events_finish`.
 * Errors: ANA_EDATA with the line: no column `onset`, an onset that is no number, a
 * duration below 0. */
int ana_events_read(struct ana_ctx *ctx, const char *path, struct ana_events *out);

/* Those of n annotations that belong to a run. Owns: as above; the texts stay the
 * annotations'. */
int ana_events_take(struct ana_ctx *ctx, int64_t n, const struct ana_event *annotations,
                    int64_t run, struct ana_events *out);

void ana_events_finish(struct ana_ctx *ctx, struct ana_events *events);

/* What event i is called where a glob matches it: its type, else the first of its other
 * cells, but the times, that matches; NULL = none does. */
const char *ana_events_match(const struct ana_events *events, int64_t i,
                             const char *pattern);

/* The cell of event i in a column of the table: "" for n/a, NULL where there is no such
 * column (or no table). */
const char *ana_events_cell(const struct ana_events *events, int64_t i,
                            const char *column);

#endif
