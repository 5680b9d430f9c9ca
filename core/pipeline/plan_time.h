/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_PLAN_TIME_H
#define ANA_PIPELINE_PLAN_TIME_H

#include "pipeline/effort.h"
#include "pipeline/rates.h"
#include "pipeline/recording.h"
#include "pipeline/space.h"

/* Seconds of what a plan counts, at the rates of this machine. Threads: any. */

/* So many stimuli shown to a model, at once where it is reentrant. */
double ana_plan_model_seconds(const struct ana_rates *rates,
                              const struct ana_effort *effort, int reentrant,
                              int64_t items);

/* What a recording's reader does once: inflate what is not yet in the cache (bytes of its
 * blocks), and keep what it inflated. */
double ana_plan_first_seconds(const struct ana_rates *rates,
                              const struct ana_recording *recording, int64_t to_keep);

/* All targets read and prepared, in tiles of so many (0 = all together). */
double ana_plan_reading_seconds(const struct ana_rates *rates,
                                const struct ana_recording *recording, int64_t tile);

/* A metric's plan of a problem. */
double ana_plan_metric_seconds(const struct ana_metric_plan *plan,
                               const struct ana_problem *problem,
                               const struct ana_rates *rates);

/* So much memory that a task asks the system for, which had given so much before. */
double ana_plan_clearing_seconds(const struct ana_rates *rates, int64_t bytes,
                                 int64_t before);

/* A result that is kept in the store; and in the end all of them with their page, so many
 * bytes. */
double ana_plan_stored_seconds(void);
double ana_plan_writing_seconds(int64_t results, int64_t bytes);

#endif
