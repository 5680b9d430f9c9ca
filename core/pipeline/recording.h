/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_RECORDING_H
#define ANA_PIPELINE_RECORDING_H

#include <pthread.h>

#include "base/seen.h"
#include "data/events.h"
#include "pipeline/montage.h"
#include "pipeline/study.h"
#include "plugin/describe.h"

/* A unit of a recording from a BIDS dataset: a run, or one presentation cut out of it. */
struct ana_recording_unit {
    int64_t run;   /* of the reader */
    int64_t first; /* of its samples in the prepared run, where it is cut out */
    char *id;      /* the run's, with "/2" for its second presentation */
    const char *subject, *stimulus;
    const struct ana_shown *shown; /* NULL = nothing is known */
};

/* A recording of the study, opened, with its preparation. Units are its runs
 * (SERIES), trials (EPOCHS) or items (ROWS), each of some samples and targets. */
struct ana_recording {
    const struct ana_study_brain *study;
    const struct ana_reader_vt *vt;
    void *self;
    struct ana_recording_info info; /* as the reader describes it; its targets as the
                                          montage makes them */
    int64_t n_channels;             /* targets of the reader itself */
    struct ana_montage montage;
    double *mean; /* samples of all units: what reference(average) takes off; made once */
    struct ana_described described;    /* what info points to */
    struct ana_geometry before, after; /* of the preparation */
    double
        *marked;  /* n_units: s from the onset to the event that ends it, NaN = unknown */
    double drift; /* s, the largest by which markers show a run's clock to drift */
    int64_t most_samples; /* before and after a step together, at its largest */
    double loops;         /* of a target's steps (ana_step_loops) */
    int64_t n_steps;
    struct ana_step *steps;
    pthread_mutex_t lock; /* readers read one block at a time */
    int has_lock;
    struct ana_seen seen; /* files that were opened to open it */
    int64_t n_units;      /* of `bids`; 0 = units are what the reader has */
    struct ana_recording_unit *unit;
    struct ana_geometry whole; /* the prepared runs that units are cut out of */
    int is_cut;                /* 1 = they are: `after` is of presentations */
    int repeats;               /* 1 = a stimulus was presented more than once */
};

/* Open a recording and work out what preparation will make of it. Only geometry is
 * read. Owns: the caller; release with `ana_recording_close`.
 * Errors: of the reader; ANA_EPARAM for a preparation step that does not exist or does
 * not apply. */
int ana_recording_open(struct ana_ctx *ctx, const struct ana_study_brain *study,
                       struct ana_recording *out);
void ana_recording_close(struct ana_ctx *ctx, struct ana_recording *recording);

/* Read and prepare a block of targets.
 *
 * units  n_units of them, in the order wanted
 * out    the units' samples one after another x n_targets, float64, C order
 *
 * Every unit is prepared as a whole, whichever are asked for.
 * Owns:    the caller owns out.
 * Errors:  of the reader; ANA_EDATA at a NaN or Inf, with unit, sample and target.
 * Threads: any. */
int ana_recording_read(struct ana_ctx *ctx, struct ana_recording *recording,
                       int64_t n_units, const int64_t *units, int64_t first_target,
                       int64_t n_targets, struct ana_tensor *out);

/* The same, `width` targets after one another: what reading and preparing hold beside the
 * result is that much narrower, and the values are the same. */
int ana_recording_read_by(struct ana_ctx *ctx, struct ana_recording *recording,
                          int64_t width, int64_t n_units, const int64_t *units,
                          int64_t first_target, int64_t n_targets,
                          struct ana_tensor *out);

/* Bytes of the pieces that its reader's worker sends at once; 0 where no worker reads it. */
int64_t ana_recording_apart(const struct ana_ctx *ctx,
                            const struct ana_recording *recording);

/* The most bytes that `ana_recording_read_by` holds for so many targets, the result
 * included; what the reader itself then goes on holding (info.memory) comes on top, once. */
int64_t ana_recording_bytes(const struct ana_recording *recording, int64_t n_targets,
                            int64_t width);

/* All samples of targets [first, first + V) before any step but bad() and reference(), as
 * the montage makes them of the reader's channels: units one after another, each n x V.
 * Errors: of the reader. Threads: any. */
int ana_recording_channels(struct ana_ctx *ctx, struct ana_recording *recording,
                           int64_t first, int64_t V, double *x);

/* What happened in a run: of the study's `events`, else what the recording marks.
 * Owns: the caller; release with `ana_events_finish`. Errors: ANA_EDATA. */
int ana_recording_events(struct ana_ctx *ctx, const struct ana_recording *recording,
                         int64_t unit, struct ana_events *out);

/* Find the trials of a step epochs(...), on the geometry before it (recording_epochs.c).
 * Errors: ANA_EDATA with the events that there are; ANA_EPARAM. */
int ana_recording_epochs(struct ana_ctx *ctx, const struct ana_recording *recording,
                         const struct ana_geometry *before, struct ana_step *step);

/* Presentations that trials(average) made unit `unit` of the prepared recording from; 1
 * where none were averaged. */
int64_t ana_recording_repeats(const struct ana_recording *recording, int64_t unit);

/* 1 if presentations were averaged. */
int ana_recording_has_repeats(const struct ana_recording *recording);

/* Read what trials(average) averages, one presentation beside the other: for a ceiling.
 * All other steps are applied as they stand, those behind it to single trials.
 *
 * unit  of the prepared recording
 * out   its presentations in the order in which they were recorded, each n x n_targets,
 *       one after another: (ana_recording_repeats x n) x n_targets, float64
 *
 * Owns, Errors, Threads: as ana_recording_read. */
int ana_recording_read_repeats(struct ana_ctx *ctx, struct ana_recording *recording,
                               int64_t unit, int64_t first_target, int64_t n_targets,
                               struct ana_tensor *out);

/* Set the start of each run so that the event of `onset = event NAME` is the stimulus'
 * onset; nothing where the study does not ask for it (recording_onset.c).
 * Errors: ANA_EDATA with the events that there are; ANA_EPARAM. */
int ana_recording_onsets(struct ana_ctx *ctx, struct ana_recording *recording);

/* Bind the runs of a BIDS dataset to what they presented (recording_runs.c): first, before
 * preparation is planned; then, behind it, cut presentations out of the prepared runs.
 * Nothing for other recordings. Errors: ANA_EDATA. */
int ana_recording_runs(struct ana_ctx *ctx, struct ana_recording *recording);
int ana_recording_cut(struct ana_ctx *ctx, struct ana_recording *recording);
void ana_recording_runs_finish(struct ana_ctx *ctx, struct ana_recording *recording);

/* Name the units that epochs and trials make, after those (recording_runs.c). Errors:
 * ANA_EPARAM where presentations are cut out of runs in both ways, or several subjects'
 * would be averaged. */
int ana_recording_trials(struct ana_ctx *ctx, struct ana_recording *recording);

/* What a unit is called; what it says it was recorded to, else its id. NULL = no name. */
const char *ana_recording_id(const struct ana_recording *recording, int64_t unit);
const char *ana_recording_stimulus(const struct ana_recording *recording, int64_t unit);

/* A recording's clock by markers: r = offset + slope s (recording_clock.c). */
struct ana_clock {
    double offset, slope;
    double onset;       /* s on the recording's clock where s = 0, were the slope 1 */
    double first, last; /* markers, s on the stimulus' clock */
    double drift;       /* s that the clocks drift apart from the first to the last */
    double residual;    /* s from the line, of marker `worst` */
    int64_t worst;
};

/* Fit it to n markers at s on the stimulus' clock and r on the recording's. 0, or -1 where
 * there are not two at different times. */
int ana_clock_fit(int64_t n, const double *s, const double *r, struct ana_clock *out);

/* s by which clocks may differ: the study's `within`, else 20 ms or half a sample. */
double ana_recording_within(const struct ana_recording *recording);

/* The onset of a run's stimulus by the markers of `onset = event NAME, at COLUMN`; offset,
 * slope and drift are logged. Errors: ANA_EDATA where fewer than two are found, or where
 * the clocks differ by more than ana_recording_within. */
int ana_recording_markers(struct ana_ctx *ctx, struct ana_recording *recording,
                          int64_t unit, const struct ana_events *events, double *onset);

/* Compare a run, as it was recorded, with what was shown: warn where it ends before that
 * does. Errors: ANA_EDATA where its events say that the stimulus went on for another time
 * than it lasts, by more than ana_recording_within. */
int ana_recording_check_length(struct ana_ctx *ctx, const struct ana_recording *recording,
                               int64_t unit, const char *stimulus, double duration);

/* Samples of all units together, after preparation. */
int64_t ana_recording_samples(const struct ana_recording *recording);

#endif
