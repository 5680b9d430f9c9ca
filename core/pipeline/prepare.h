/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_PREPARE_H
#define ANA_PIPELINE_PREPARE_H

#include <anaflow/reader.h>

/* Preparation: what cleans a recording by itself, applied to each run as a whole,
 * before any split. Steps in the order of `prepare =`:
 *
 *   average(A..B s)   one value a trial: the mean of its samples in [A, B)
 *   crop(A..B s)      only the samples in [A, B) of each trial or run
 *   trim(A, B)        drop the first A and last B (s or TR) of each run
 *   baseline(A..B s)  subtract each trial's mean over [A, B)
 *   resample(R Hz)    to another rate (soxr, anti-aliased)
 *   zscore(run)       each target to mean 0 and SD 1 (population) over its run; the
 *                     trials of EPOCHS and the items of ROWS are one run together
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

struct ana_step {
    int32_t kind;  /* ANA_STEP_... */
    int32_t in_tr; /* TRIM: 1 = a and b count samples */
    double a, b;   /* s, Hz, or samples */
};

/* How long each unit is, and when its samples lie. */
struct ana_geometry {
    int32_t layout;  /* ANA_LAYOUT_... */
    int32_t one_run; /* 1 = all units are one run (EPOCHS, ROWS) */
    int64_t n_units;
    int64_t *n;    /* samples of each unit */
    double *start; /* s from stimulus onset to its sample 0 */
    double rate;   /* Hz; 0 for ROWS */
};

void ana_geometry_finish(struct ana_ctx *ctx, struct ana_geometry *geometry);
int ana_geometry_copy(struct ana_ctx *ctx, const struct ana_geometry *from,
                      struct ana_geometry *out);

/* Parse one step as written. ANA_EPARAM with the nearest name and what there is. */
int ana_step_parse(struct ana_ctx *ctx, const char *text, struct ana_step *out);

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

/* The samples of a unit that lie in [a, b) s: the first, and how many. */
void ana_geometry_samples(const struct ana_geometry *geometry, int64_t unit, double a,
                          double b, int64_t *first, int64_t *n);

#endif
