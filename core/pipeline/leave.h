/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_LEAVE_H
#define ANA_PIPELINE_LEAVE_H

#include "pipeline/tasks.h"
#include "report/results.h"

/* Write all that a run leaves in its folder beside its log and its store: folds-*.tsv, maps,
 * what `ana_results_write` writes, and the page. They take their places together
 * (base/file_set.h): until then, and after a failure, the folder has what an earlier run
 * left there.
 *
 * opened   the recordings, for maps
 * tasks    whose classes have the folds
 * results  with the folder, which is there
 *
 * Errors:  ANA_ERESOURCE; ANA_ECANCEL. Threads: main. */
int ana_leave(struct ana_ctx *ctx, const struct ana_opened *opened,
              const struct ana_tasks *tasks, const struct ana_results *results);

#endif
