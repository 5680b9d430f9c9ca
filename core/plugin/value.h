/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PLUGIN_VALUE_H
#define ANA_PLUGIN_VALUE_H

#include <anaflow/base.h>

/* The grammar of an INI value, used by every key and every plugin parameter.
 * Numbers are in the C locale. Each function parses the whole text or fails with
 * ANA_EPARAM and a sentence that names what it found and what it expected; the
 * caller has pushed file, line and key as context. */

/* A number with an optional unit: "2 s", "20 ms", "16 kHz", "128", "4 TR".
 * Converts to `unit` ("s" <- ms, us, s, min, h; "Hz" <- Hz, kHz; "B" <- B, KB, MB,
 * GB, TB, KiB ...; "mm" <- mm, cm); a bare number is taken as `unit`. With
 * unit = NULL no unit is allowed. `found` (may be NULL) receives "TR" or "samples"
 * where those were written and `unit` is "s": the number is then in that unit. */
int ana_value_number(struct ana_ctx *ctx, const char *text, const char *unit, double *out,
                     const char **found);
int ana_value_int(struct ana_ctx *ctx, const char *text, int64_t *out);
int ana_value_bool(struct ana_ctx *ctx, const char *text, int *out);

/* "70-150 Hz", "0..390 ms", "1..4 TR", "-400..0 ms": low and high in `unit`. */
int ana_value_range(struct ana_ctx *ctx, const char *text, const char *unit, double *low,
                    double *high, const char **found);

/* "0.1 1 10", "0 3 6-12", "1..4", "0 2.5 5 s", "logspace(-1, 8, 10)", "linspace(0, 1, 5)":
 * n numbers in `unit`. Owns: the caller (ana_free). */
int ana_value_list(struct ana_ctx *ctx, const char *text, const char *unit, int64_t *n,
                   double **out, const char **found);

/* Words separated by blanks; (), {} and "" keep theirs together (quotes are taken
 * off): "resample(64 Hz) zscore(run)" is two. Owns: the caller (each, then the list). */
int ana_value_words(struct ana_ctx *ctx, const char *text, int64_t *n, char ***out);

/* "name(a, b)" -> "name" and its arguments, trimmed; plain "name" has none.
 * Owns: the caller (each, then the list, then the name). */
int ana_value_call(struct ana_ctx *ctx, const char *text, char **name, int64_t *n,
                   char ***arguments);

#endif
