/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_REPORT_WARNINGS_H
#define ANA_REPORT_WARNINGS_H

#include "base/context.h"

/* The run's warnings by the alphabet: their order of arrival depends on the threads, and
 * equal results are to be equal bytes. Owns: the caller (ana_free); the texts stay the
 * run's. Errors: ANA_ERESOURCE. */
int ana_warnings_sorted(struct ana_ctx *ctx, int64_t *n, struct ana_warning **out);

#endif
