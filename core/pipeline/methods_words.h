/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_METHODS_WORDS_H
#define ANA_PIPELINE_METHODS_WORDS_H

#include "base/text.h"
#include "pipeline/gather.h"

/* What the sentences of the methods are put together from. */

/* "a", "a and b", "a, b and c". Call for item i of n, in order. */
void ana_words_item(struct ana_text *text, int64_t i, int64_t n, const char *name);

/* "alpha = target\nalphas = 1 2\n" as "alpha = target, alphas = 1 2"; what is empty is
 * left out; nothing at all adds nothing. */
void ana_words_params(struct ana_text *text, const char *before, const char *params,
                      const char *after);

/* " [2, 3]": the works of a citation, which ';' separates, as numbered references. */
int ana_words_cite(struct ana_gather *gather, struct ana_text *text,
                   const char *citation);

/* Add a text as a sentence, unless it was said before, and release it. */
int ana_words_say(struct ana_ctx *ctx, struct ana_gather *gather, struct ana_text *text);

#endif
