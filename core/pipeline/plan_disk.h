/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_PLAN_DISK_H
#define ANA_PIPELINE_PLAN_DISK_H

#include "pipeline/plan.h"

/* What a run will write. */

/* Bytes of the files that every run has: page, lock, folds, what the tasks were made
 * from. */
int64_t ana_plan_files(const struct ana_tasks *tasks);

/* Bytes of a planned task's table of scores for so many targets while its metric fills
 * it. */
int64_t ana_plan_score_bytes(const struct ana_task *task, int64_t targets);

/* Add what one task writes to plan->results, store and scores.
 *
 * gathered  added: bytes of the scores in memory once all are gathered
 *
 * Returns the bytes of the largest table of scores while its metric fills it. */
int64_t ana_plan_scores(const struct ana_opened *opened, const struct ana_task *task,
                        struct ana_plan *plan, int64_t *gathered);

#endif
