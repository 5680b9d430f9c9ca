/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_REPORT_SCORES_H
#define ANA_REPORT_SCORES_H

#include "report/results.h"

/* Write scores.tsv. Errors: ANA_ERESOURCE. */
int ana_scores_write(struct ana_ctx *ctx, const struct ana_results *results);

/* Name of a block's target, and its region (NULL or "" = none). */
const char *ana_block_target(const struct ana_score_block *block, int64_t target);
const char *ana_block_region(const struct ana_score_block *block, int64_t target);

#endif
