/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SDK_CHECK_BENCH_H
#define SDK_CHECK_BENCH_H

#include "check/buffer.h"
#include "check/rules.h"
#include "linalg/pool.h"

/* A plugin under test: its context, its parameters, and how its buffers lie. */
struct ana_bench {
    struct ana_check *check;
    struct ana_test *test;
    struct ana_ctx *ctx; /* the test's */
    struct ana_pool *pool;
    int place; /* ANA_BUFFER_...: of every buffer that the plugin is handed */
};

/* Numbers in the order in which they came, outside of ana_alloc's count. */
struct ana_sequence {
    int64_t n, room;
    double *value;
};

/* With `workers` threads; 0 = no pool.
 * Owns: the caller; release with `ana_bench_close`, also after a failure. The failure's
 * sentence is in check->ctx. */
int ana_bench_open(struct ana_check *check, int64_t workers, struct ana_bench *bench);
void ana_bench_close(struct ana_bench *bench);

/* Take a failure of the bench's over into check->ctx; returns it. */
int ana_bench_adopt(const struct ana_bench *bench, int rc);

/* Hostile input may be refused, but in a sentence: 0 where rc is 0 or one was said (it is
 * cleared), else a failure whose sentence is in check->ctx. */
int ana_bench_sentence(struct ana_bench *bench, int rc, const char *what);

/* One round of good input, from opening to closing; what came out is added to `numbers`
 * (NULL = not kept). A failure's sentence is in bench->ctx. */
int ana_round(struct ana_bench *bench, struct ana_sequence *numbers);

/* The same within one opening, `times` over (metrics open each time). */
int ana_rounds(struct ana_bench *bench, int times, struct ana_sequence *numbers);

/* Kinds of `ana_rounds`. */
int ana_model_rounds(struct ana_bench *bench, int times, struct ana_sequence *numbers);
int ana_reader_rounds(struct ana_bench *bench, int times, struct ana_sequence *numbers);
int ana_metric_rounds(struct ana_bench *bench, int times, struct ana_sequence *numbers);

void ana_sequence_add(struct ana_sequence *numbers, double value);
void ana_sequence_finish(struct ana_sequence *numbers);

/* Place of the first number that differs in its bits, or -1. */
int64_t ana_sequence_differ(const struct ana_sequence *a, const struct ana_sequence *b);

/* Largest |a - b| over the largest |b|; NaN against NaN is 0; infinite where only one is
 * or the lengths differ. */
double ana_sequence_distance(const struct ana_sequence *a, const struct ana_sequence *b);

/* Say what is being done, for the sentence in case it is not survived. */
void ana_doing(const char *fmt, ...) ANA_PRINTF(1, 2);

/* A number in [-1, 1) that depends on `i` alone. */
double ana_noise(int64_t i);

#endif
