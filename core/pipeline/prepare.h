/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_PREPARE_H
#define ANA_PIPELINE_PREPARE_H

#include <anaflow/reader.h>

/* Preparation: what cleans a recording by itself, applied to each run as a whole,
 * before any split. Steps in the order of `prepare =`:
 *
 *   bad(drop)         leave out the targets that the recording itself marks as bad;
 *   bad(T7, E*)       or these
 *   reference(average)  subtract from each sample its mean over all targets
 *   reference(bipolar)  neighbours on a shaft, A1-A2, A2-A3, ... instead of contacts
 *   detrend(D)        polynomials of degree 0 .. D taken out of each run
 *   cosine(P s)       cosines of periods longer than P: a high-pass (SPM, nilearn)
 *   confounds(FILES)  columns of a file a run (text, TSV); confounds(FILES, motion*, csf)
 *                     some of them; confounds(FILES, skip 10) all but the first 10 rows.
 *                     FILES are globs with blanks between, in the order of the runs.
 *                     detrend, cosine and confounds that stand side by side are
 *                     projected out together
 *   highpass(F Hz)  lowpass(F Hz)  bandpass(A-B Hz)   Butterworth of order 4, forward and
 *                     backward; highpass(F Hz, 2) of order 2
 *   notch(F Hz)       F and its harmonics below half the rate, quality 30
 *   highgamma(A-B Hz)  amplitude: 8 band-passes of equal width, each one's analytic
 *                     amplitude, their mean; highgamma(A-B Hz, 5) of 5
 *   average(A..B s)   one value a trial: the mean of its samples in [A, B)
 *   crop(A..B s)      only the samples in [A, B) of each trial or run
 *   trim(A, B)        drop the first A and last B (s or TR) of each run
 *   baseline(A..B s)  subtract each trial's mean over [A, B)
 *   resample(R Hz)    to another rate (soxr, anti-aliased); resample(R Hz, poly) and
 *                     resample(R Hz, decimate) as SciPy's functions of these names
 *   zscore(run)       each target to mean 0 and SD 1 (population) over its run; the
 *                     trials of EPOCHS and the items of ROWS are one run together
 *   epochs(A..B s)    the runs cut into trials, [A, B) around each event;
 *                     epochs(A..B s, NAMES, by COLUMN) around those of these names, each
 *                     a presentation of the stimulus that a column of the events names
 *   trials(average)   trials of one stimulus into their mean, sample by sample;
 *   trials(single)    or kept, one row of the comparison each
 *   clip(K)           values beyond K population SDs of the run's mean are set there
 *   shift(A s)        each run (trial of EPOCHS) turned in a circle, A to the nearest
 *                     sample: sample t takes what was at t - A, its end comes round to
 *                     its start. Both sides keep their autocorrelation and lose their
 *                     alignment: the null of a lagged regression */
#define ANA_STEP_AVERAGE 1
#define ANA_STEP_CROP 2
#define ANA_STEP_TRIM 3
#define ANA_STEP_BASELINE 4
#define ANA_STEP_RESAMPLE 5
#define ANA_STEP_ZSCORE 6
#define ANA_STEP_SHIFT 7
#define ANA_STEP_DETREND 8
#define ANA_STEP_COSINE 9
#define ANA_STEP_CONFOUNDS 10
#define ANA_STEP_HIGHPASS 11
#define ANA_STEP_LOWPASS 12
#define ANA_STEP_BANDPASS 13
#define ANA_STEP_NOTCH 14
#define ANA_STEP_HIGHGAMMA 15
#define ANA_STEP_CLIP 16
#define ANA_STEP_BAD 17
#define ANA_STEP_REFERENCE 18
#define ANA_STEP_EPOCHS 19
#define ANA_STEP_TRIALS 20
#define ANA_N_STEPS 20

/* How RESAMPLE does it: its `order`. */
#define ANA_RESAMPLE_SOXR 0
#define ANA_RESAMPLE_POLY 1
#define ANA_RESAMPLE_DECIMATE 2

/* A step as a person writes it: the check, anaflow.ini(5) and the messages go by these. */
struct ana_step_info {
    const char *name;
    const char *arguments; /* "A..B s, NAMES" */
    int32_t least, most;   /* how many it takes */
    const char *help;      /* one sentence, lower case, without a full stop */
};
extern const struct ana_step_info ana_steps[ANA_N_STEPS]; /* [kind - 1] */

struct ana_nuisance;

/* One trial of EPOCHS: samples [first, first + n) of a unit. */
struct ana_trial {
    int64_t unit, first;
    char *stimulus; /* the step's own */
};

struct ana_step {
    int32_t kind;  /* ANA_STEP_... */
    int32_t in_tr; /* TRIM: 1 = a and b count samples */
    double a, b;   /* s, Hz, samples, degrees or SDs */
    int64_t
        order; /* of a filter; bands of HIGHGAMMA; rows that CONFOUNDS skips; TRIALS: 1
                      = averaged */
    int64_t n_words;
    char **words; /* CONFOUNDS: files, columns; BAD: names; REFERENCE: which; EPOCHS:
                     column or "", then names */
    int64_t n_nuisance;
    struct ana_nuisance *nuisance; /* of each unit, on the first of steps side by side */
    int32_t done;                  /* 1 = an earlier step does this one's work, too */
    int64_t n_files; /* CONFOUNDS of a BIDS dataset: a table a run, which are the */
    const char *const *files; /* study's; 0 = words[0] names them */
    int64_t n_trials;
    struct ana_trial *trial; /* EPOCHS: units after it, in the order of their events */
    int64_t n_samples;       /* of each of its trials */
    double start;            /* s from each event to its trial's sample 0 */
    int64_t n_members;
    int64_t *member; /* TRIALS, averaged: the unit after it that each one goes into */
};

/* Free what a step holds; a zeroed one is allowed. */
void ana_step_finish(struct ana_ctx *ctx, struct ana_step *step);

/* How long each unit is, and when its samples lie. */
struct ana_geometry {
    int32_t layout;  /* ANA_LAYOUT_... */
    int32_t one_run; /* 1 = all units are one run (EPOCHS, ROWS) */
    int64_t n_units;
    int64_t *n;        /* samples of each unit */
    double *start;     /* s from stimulus onset to its sample 0 */
    double rate;       /* Hz; 0 for ROWS */
    const char **name; /* n_units: the stimulus of each, NULL = unknown; not owned */
    int32_t singles;   /* 1 = trials(single): a stimulus may have several units */
    int32_t pad;
};

void ana_geometry_finish(struct ana_ctx *ctx, struct ana_geometry *geometry);
int ana_geometry_copy(struct ana_ctx *ctx, const struct ana_geometry *from,
                      struct ana_geometry *out);

/* Parse one step as written. ANA_EPARAM with the nearest name and what there is.
 * Owns: the caller; release with `ana_step_finish`, also after a failure. */
int ana_step_parse(struct ana_ctx *ctx, const char *text, struct ana_step *out);

/* confounds(motion24, csf) of a BIDS dataset names columns, not files: give the step the
 * dataset's tables, one a run, and turn names of sets into columns. A step whose first word
 * is a path is left as it is (prepare_confounds.c).
 *   motion6, motion12, motion24  translations and rotations; their differences; squares of
 *                                both (Friston et al. 1996, Satterthwaite et al. 2013)
 *   wm_csf, global               white_matter and csf; global_signal
 *   acompcorN, tcompcorN         the first N components, a_comp_cor_00 ...
 * Errors: ANA_EDATA where a run has no table. */
int ana_step_dataset(struct ana_ctx *ctx, struct ana_step *step, int64_t n_runs,
                     const char *const *tables);

/* Prepare the regressors of steps that take them out, each on the geometry that stands
 * before it: once, before `ana_step_apply`. `folder` is where relative files start.
 * Errors: ANA_EDATA for files that do not fit the runs; ANA_EPARAM. */
int ana_steps_nuisance(struct ana_ctx *ctx, const char *folder,
                       const struct ana_geometry *before, int64_t n,
                       struct ana_step *steps);

/* "zscore", ...: what a step is called. */
const char *ana_step_name(const struct ana_step *step);

/* 1 if applying a step needs no second block beside the first. */
int ana_step_in_place(const struct ana_step *step);

/* 1 if a step changes or mixes targets: recording.c does that when it reads. */
int ana_step_is_montage(const struct ana_step *step);

/* Which units TRIALS averages: those of one name, in the order of their first ones. Once,
 * on the geometry before the step. Errors: ANA_EDATA where a unit has no name, or those of
 * one name differ in length or start; ANA_EPARAM. */
int ana_step_group(struct ana_ctx *ctx, const struct ana_geometry *before,
                   struct ana_step *step);

/* What a step makes of a geometry, in place.
 * Errors: ANA_EPARAM where it does not apply (no time, an empty interval). */
int ana_step_geometry(struct ana_ctx *ctx, const struct ana_step *step,
                      struct ana_geometry *geometry);

/* Apply a step to the data of some targets.
 *
 * geometry  before the step; x holds its units one after another, each n x V
 * x         replaced by the result (ana_alloc) */
int ana_step_apply(struct ana_ctx *ctx, const struct ana_step *step,
                   const struct ana_geometry *geometry, int64_t V, double **x);

/* Numbers of a plain loop (rates.h) that applying it takes, a target; regressors are known
 * by then (prepare_cost.c). */
double ana_step_loops(const struct ana_step *step, const struct ana_geometry *before);

/* The samples of a unit that lie in [a, b) s: the first, and how many. */
void ana_geometry_samples(const struct ana_geometry *geometry, int64_t unit, double a,
                          double b, int64_t *first, int64_t *n);

#endif
