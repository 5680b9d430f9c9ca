/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_METHODS_H
#define ANA_PIPELINE_METHODS_H

#include "base/text.h"
#include "pipeline/class.h"
#include "pipeline/gather.h"

/* What was done, in sentences that a methods section can take over, with the works to cite
 * as numbered references; and the files and plugins that took part. */
int ana_methods_study(struct ana_ctx *ctx, struct ana_gather *gather,
                      const struct ana_registry *registry,
                      const struct ana_opened *opened);
int ana_methods_class(struct ana_ctx *ctx, struct ana_gather *gather,
                      const struct ana_opened *opened, const struct ana_class *class_);
/* How the rows of a class with folds are split, added to a text. */
void ana_methods_folds(const struct ana_opened *opened, const struct ana_class *class_,
                       struct ana_text *text);
/* What a score is; after the last class. */
int ana_methods_scores(struct ana_ctx *ctx, struct ana_gather *gather);

#endif
