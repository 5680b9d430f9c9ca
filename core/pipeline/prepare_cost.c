/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What preparation takes, in numbers of a plain loop (rates.h), a target: each step's share
 * was measured beside that loop, on runs of 60,000 samples and on runs of 3,000.
 */
#include <math.h>

#include "pipeline/prepare_work.h"
#include "signal/nuisance.h"

/* Of one sample of one target. */
enum {
    COPIED = 4, /* crop, trim, shift, epochs: what stays; average, trials: what is read */
    SCALED = 6, /* zscore, baseline */
    CLIPPED = 12,
    REMOVED = 3,  /* a regressor */
    SECTION = 42, /* of a recursive filter, forward and backward */
    BAND = 160,   /* of highgamma: four sections and a Fourier transform there and back */
    RESAMPLED = 45,
    POLY = 22
};

static double total(const struct ana_geometry *g)
{
    double n = 0;

    for (int64_t u = 0; u < g->n_units; u++)
        n += (double)g->n[u];
    return n;
}

static double removed(const struct ana_step *step, const struct ana_geometry *g)
{
    double loops = 0;

    for (int64_t u = 0; !step->done && u < step->n_nuisance && u < g->n_units; u++)
        loops += REMOVED * (double)step->nuisance[u].k * (double)g->n[u];
    return loops;
}

static double resampled(const struct ana_step *step)
{
    if (step->order == ANA_RESAMPLE_POLY)
        return POLY;
    return step->order == ANA_RESAMPLE_DECIMATE ? 4 * SECTION : RESAMPLED;
}

double ana_step_loops(const struct ana_step *step, const struct ana_geometry *before)
{
    const double n = total(before);

    switch (step->kind) {
    case ANA_STEP_BAD: /* done as the recording is read */
    case ANA_STEP_REFERENCE:
        return 0;
    case ANA_STEP_DETREND:
    case ANA_STEP_COSINE:
    case ANA_STEP_CONFOUNDS:
        return removed(step, before);
    case ANA_STEP_HIGHPASS:
    case ANA_STEP_LOWPASS:
        return n * SECTION * ceil((double)step->order / 2);
    case ANA_STEP_BANDPASS:
        return n * SECTION * (double)step->order;
    case ANA_STEP_NOTCH:
        return n * SECTION * fmax(1, floor(.49 * before->rate / step->a));
    case ANA_STEP_HIGHGAMMA:
        return n * BAND * (double)step->order;
    case ANA_STEP_RESAMPLE:
        return n * resampled(step);
    case ANA_STEP_ZSCORE:
    case ANA_STEP_BASELINE:
        return n * SCALED;
    case ANA_STEP_CLIP:
        return n * CLIPPED;
    default:
        return n * COPIED;
    }
}
