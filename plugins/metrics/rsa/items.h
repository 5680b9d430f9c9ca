/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_RSA_ITEMS_H
#define METRICS_RSA_ITEMS_H

#include <anaflow/metric.h>

/* Which rows of a problem make up the pattern of each item that is compared: one row of
 * ROWS; all samples of a stimulus, in their order, of EPOCHS. */
struct rsa_items {
    int64_t n;      /* items */
    int64_t length; /* rows an item */
    int64_t *row;   /* n x length */
};

/* The items of some rows (NULL: of all).
 *
 * Owns:    the caller; release with `rsa_items_finish`.
 * Errors:  ANA_EPARAM where trials have unequal lengths, a fold cuts through a trial, or
 *          fewer than 3 items are left.
 * Threads: any. */
int rsa_items_create(struct ana_ctx *ctx, const struct ana_problem *problem,
                     int64_t n_rows, const int64_t *rows, struct rsa_items *items);
void rsa_items_finish(struct ana_ctx *ctx, struct rsa_items *items);

/* patterns (n x length * columns) = the given columns (NULL: all `columns`) of the items'
 * rows of a matrix. Threads: any. */
void rsa_items_take(const struct rsa_items *items, const struct ana_tensor *matrix,
                    int64_t columns, const int64_t *column, double *patterns);

#endif
