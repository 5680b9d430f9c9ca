/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_DATA_BIDS_EVENTS_H
#define ANA_DATA_BIDS_EVENTS_H

#include <anaflow/files.h>

#include "data/bids.h"

/* What happened in a run: a table events.tsv of onset, duration, and often trial_type and
 * stim_file. */
struct ana_bids_event {
    double onset;          /* s after the run's first sample; may be below 0 */
    double duration;       /* s; NaN = not said (n/a, or no such column) */
    const char *type;      /* trial_type, "" = none */
    const char *stim_file; /* below stimuli/, "" = none */
    int64_t line;
};

struct ana_bids_events {
    int64_t n;
    struct ana_bids_event *event; /* by onset */
    int64_t n_without;            /* rows whose onset is n/a: left out */
    int has_stim_file;            /* 1 = there is such a column */
    struct ana_table *table;
};

/* Read one. Owns: the caller; release with `ana_bids_events_finish`.
 * Errors: ANA_EDATA with the line: no column `onset`, an onset that is no number, a
 * duration below 0. */
int ana_bids_events_read(struct ana_ctx *ctx, const char *path,
                         struct ana_bids_events *out);
void ana_bids_events_finish(struct ana_ctx *ctx, struct ana_bids_events *events);

/* Where a stim_file lies: DATASET/stimuli/NAME. NULL without memory. Owns: the caller
 * (ana_free). */
char *ana_bids_stimulus(struct ana_ctx *ctx, const struct ana_bids *bids,
                        const char *stim_file);

#endif
