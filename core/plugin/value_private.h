/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PLUGIN_VALUE_PRIVATE_H
#define ANA_PLUGIN_VALUE_PRIVATE_H

#include "plugin/value.h"

/* What value*.c share: readers of one piece at a cursor, which they move behind it. */

#define ANA_UNIT_ROOM 64

const char *ana_value_skip(const char *at); /* behind blanks */

/* 1 and the number, or 0 if there is none. "6-12" ends before '-', "0..390" before
 * '..'. */
int ana_value_read_number(const char **cursor, double *out);

/* A unit's letters, "" where something else stands. */
void ana_value_read_unit(const char **cursor, char name[ANA_UNIT_ROOM]);

/* 1 if ".." or "-" stood there. */
int ana_value_read_dots(const char **cursor);

/* A number in the unit called `name` to `unit`; `text` is for the message. *found
 * becomes "TR" or "samples" where the recording's clock is needed; asked for with
 * found != NULL only. */
int ana_value_convert(struct ana_ctx *ctx, const char *text, const char *name,
                      const char *unit, double *value, const char **found);

/* "expected a number in s, found ..." */
int ana_value_fail(struct ana_ctx *ctx, const char *text, const char *unit);

#endif
