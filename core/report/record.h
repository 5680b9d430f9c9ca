/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef REPORT_RECORD_H
#define REPORT_RECORD_H

#include "base/arena.h"
#include "report/json.h"
#include "report/machine.h"
#include "report/results.h"

/* A results folder while it is read back. Texts stay where jansson put them, so that the
 * JSON lives as long as the results. */

/* `results` is what the caller holds; the rest is what it points into. */
struct ana_record {
    struct ana_results results;
    struct ana_arena arena;
    json_t *root;
    struct ana_machine machine;
    struct ana_ctx *ctx;
    const char *path; /* of report.json */
    int rc;           /* of the first failure; what is read after it is empty */
};

/* The fields of an object, by key. The first that is missing or of another type is the
 * failure, ANA_EDATA, of all; what is read from then on is empty.
 * Owns: the record, what they return. Threads: one at a time. */
const char *ana_record_text(struct ana_record *r, const json_t *object,
                            const char *key); /* NULL where it is null */
int64_t ana_record_count(struct ana_record *r, const json_t *object, const char *key,
                         int64_t least, int64_t most);
double ana_record_real(struct ana_record *r, const json_t *value,
                       const char *key); /* NaN where it is null */
const json_t *ana_record_list(struct ana_record *r, const json_t *object, const char *key,
                              int64_t *n);
const char *const *ana_record_texts(struct ana_record *r, const json_t *object,
                                    const char *key, int64_t *n);

/* arrays/NAME.npy, which has to be rows x columns of float64. Errors: as `ana_npy_read`;
 * ANA_EDATA for another shape. */
const double *ana_record_array(struct ana_record *r, const json_t *object, int64_t rows,
                               int64_t columns);

/* The first failure, in words: `key` is no `wanted`. */
void ana_record_refuse(struct ana_record *r, const char *key, const char *wanted);

/* Memory of the record, zeroed; NULL after a failure. Errors: ANA_ERESOURCE. */
void *ana_record_room(struct ana_record *r, int64_t n, size_t size);

/* Scores and choices, into the results. */
void ana_record_blocks(struct ana_record *r);
void ana_record_choices(struct ana_record *r);

#endif
