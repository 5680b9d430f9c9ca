/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_RSA_SIDES_H
#define METRICS_RSA_SIDES_H

#include <anaflow/metric.h>

#include "plugins/metrics/rsa/items.h"

/* The two sides of a comparison: dissimilarities of the features, made once, and of each
 * recording. */

struct rsa_settings {
    int32_t distance, compare; /* ANA_RDM_... */
    int32_t per_fold, z_score_targets, z_score_features;
    const struct ana_measure *measure;
};

/* The items of one fold (or all of them) and their dissimilarities in the features. */
struct rsa_part {
    struct rsa_items items;
    int64_t fold; /* -1 = none */
    double *rdm;  /* NULL where a pattern is constant */
};

struct rsa {
    const struct ana_problem *problem;
    struct rsa_settings settings;
    struct ana_tensor x; /* n_rows x width; gone after begin */
    int64_t n_parts;
    struct rsa_part *parts;
};

/* A named set of targets. */
struct rsa_set {
    const char *name;
    int64_t n;
    int64_t *column; /* NULL = all */
};

struct rsa_y {
    const struct rsa *rsa;
    const struct ana_y *y;
    struct ana_tensor values; /* n_rows x n_targets */
    int64_t n_sets;
    struct rsa_set *sets;
    double *scores;     /* n_parts x n_sets */
    int64_t *constants; /* n_parts: constant targets */
};

/* Items and dissimilarities of the features, in parallel over parts. A pattern without
 * variance is warned of and leaves its part without an RDM.
 *
 * Owns:    the caller; release with `rsa_close`. The problem must outlive it.
 * Errors:  as `rsa_items_create` and `ana_space_matrix`.
 * Threads: main. */
int rsa_open(struct ana_ctx *ctx, const struct rsa_settings *settings,
             const struct ana_problem *problem, struct rsa **out);
void rsa_close(struct ana_ctx *ctx, struct rsa *rsa);

/* One recording: its sets of targets, and room for their scores.
 * Owns: the caller; release with `rsa_y_close`. y must outlive it. Threads: main. */
int rsa_y_open(struct ana_ctx *ctx, const struct rsa *rsa, const struct ana_y *y,
               struct rsa_y **out);
void rsa_y_close(struct ana_ctx *ctx, struct rsa_y *opened);

/* Keep all targets; ANA_ENUMERIC at a value that is not finite. */
int rsa_y_take(struct ana_ctx *ctx, struct rsa_y *opened, const struct ana_tile *tile);

/* Fill the scores, in parallel over parts and sets. */
int rsa_y_score(struct ana_ctx *ctx, struct rsa_y *opened);

#endif
