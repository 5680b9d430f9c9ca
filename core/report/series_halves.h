/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_REPORT_SERIES_HALVES_H
#define ANA_REPORT_SERIES_HALVES_H

#include "base/text.h"
#include "report/json.h"
#include "report/panels.h"

/* The best layer of a series, chosen on half of the folds and scored on the other half
 * (stats/halves.h): as an object for summary.json, and as a sentence for the page. Neither
 * says anything where there are fewer than two layers or four folds. Errors:
 * ANA_ERESOURCE. */
int ana_series_halves_json(struct ana_ctx *ctx, const struct ana_series *series,
                           json_t *object, int *failed);
int ana_series_halves_words(struct ana_ctx *ctx, const struct ana_series *series,
                            struct ana_text *html);

#endif
