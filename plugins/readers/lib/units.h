/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef READERS_UNITS_H
#define READERS_UNITS_H

#include <anaflow/base.h>

/* n units of 1 byte (UTF-8, else Latin-1) or 2 (UTF-16), `step` units apart, as one string
 * in UTF-8 without trailing blanks. Owns: the caller (ana_free). NULL: no memory. */
char *units_text(struct ana_ctx *ctx, const void *data, int64_t n, int64_t step,
                 int size);

#endif
