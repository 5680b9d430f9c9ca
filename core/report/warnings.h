/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_REPORT_WARNINGS_H
#define ANA_REPORT_WARNINGS_H

#include "base/context.h"
#include "report/results.h"

/* The run's warnings by the alphabet: their order of arrival depends on the threads, and
 * equal results are to be equal bytes. Those of the results, or of the context where the
 * results bring none. Owns: the caller (ana_free); the texts stay the run's.
 * Errors: ANA_ERESOURCE. */
int ana_warnings_sorted(struct ana_ctx *ctx, const struct ana_results *results,
                        int64_t *n, struct ana_warning **out);

#endif
