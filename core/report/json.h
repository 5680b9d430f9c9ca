/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_REPORT_JSON_H
#define ANA_REPORT_JSON_H

#include <jansson.h>

#include <anaflow/base.h>

/* Filling jansson's objects without a check behind every line: a value that cannot be
 * made or kept sets *failed, which `ana_json_write` turns into an error. */

void ana_json_set(json_t *object, const char *key, json_t *take_value, int *failed);
void ana_json_append(json_t *array, json_t *take_value, int *failed);

/* Text as valid UTF-8, "" for NULL; null for a NaN. */
void ana_json_text(json_t *object, const char *key, const char *text, int *failed);
void ana_json_name(json_t *object, const char *key, const char *name, int *failed);
void ana_json_real(json_t *object, const char *key, double value, int *failed);
void ana_json_count(json_t *object, const char *key, int64_t n, int *failed);
json_t *ana_json_string(const char *text);

/* Write FOLDER/name with sorted keys, whole or not at all, and let go of `take_root`. */
int ana_json_write(struct ana_ctx *ctx, const char *folder, const char *name,
                   json_t *take_root, int failed);

/* The same on one line and with reals of 17 digits, which read back bit for bit. */
int ana_json_write_exact(struct ana_ctx *ctx, const char *folder, const char *name,
                         json_t *take_root, int failed);

#endif
