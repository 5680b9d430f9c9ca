/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_CALIBRATE_H
#define ANA_PIPELINE_CALIBRATE_H

#include "pipeline/rates.h"

/* How fast this machine is, without a wait at the start of every run: what a
 * second's measurement found is kept in the cache,
 *
 *   CACHE/speed-KEY   rates, under a key of the processor, BLAS, threads and version
 *
 * and a short look says whether the machine is still as fast as then. Threads: main. */

/* Seconds of a look and of a measurement. */
#define ANA_CALIBRATE_LOOK .02
#define ANA_CALIBRATE_WHOLE 1.0

/* A look beside what is kept in `folder` (NULL = nothing is).
 *
 * out     what is kept where the look agrees with it, else what the look found, by which
 *         what is kept is scaled
 * agrees  1 = the look agrees
 *
 * Errors: ANA_ERESOURCE; ANA_ECANCEL. Something damaged or old counts as not there. */
int ana_calibrate_look(struct ana_ctx *ctx, const char *folder, struct ana_rates *out,
                       int *agrees);

/* Measure for so many seconds, with so many bytes of memory at most (0 = 4 MB a thread), and
 * keep a whole measurement in `folder` if it is not NULL.
 * Errors: ANA_ERESOURCE: of measuring; what cannot be kept is logged. */
int ana_calibrate_measure(struct ana_ctx *ctx, const char *folder, double seconds,
                          int64_t bytes, struct ana_rates *out);

/* Rates kept for so many threads of this machine, measured within a month, and how long ago
 * (s); *age < 0: none. Errors: ANA_ERESOURCE. */
int ana_calibrate_recall(struct ana_ctx *ctx, const char *folder, int64_t threads,
                         struct ana_rates *out, double *age);

#endif
