/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLS_SUM_H
#define PLS_SUM_H

#include <anaflow/base.h>
#include <stdatomic.h>

/* A sum of b b' (r x r) over blocks of targets in their order, whichever comes first, so
 * that its bits do not depend on threads: blocks that come early wait. */
struct pls_part;
struct pls_sum {
    int64_t r, next; /* the target that it has got to */
    double *gram;    /* r x r, upper triangle as ana_syrk leaves it */
    _Atomic(struct pls_part *) arrived;
    struct pls_part *waiting; /* of whoever holds `busy` */
    atomic_flag busy;
};

/* Owns:    the caller; release with `pls_sum_finish`, also after an error.
 * Errors:  ANA_ERESOURCE.
 * Threads: main, as pls_sum_finish. */
int pls_sum_start(struct ana_ctx *ctx, int64_t r, struct pls_sum *sum);
void pls_sum_finish(struct ana_ctx *ctx, struct pls_sum *sum);

/* Room for a block's b (r x w) of the targets [first, first + w).
 * Owns:    the caller, until pls_sum_add or pls_part_drop.
 * Threads: any, as below. */
struct pls_part *pls_part_create(struct ana_ctx *ctx, const struct pls_sum *sum,
                                 int64_t first, int64_t w);
double *pls_part_values(struct pls_part *part);
void pls_part_drop(struct ana_ctx *ctx, struct pls_part *part);

/* Take a part over, and add up whatever follows on what there is. */
int pls_sum_add(struct ana_ctx *ctx, struct pls_sum *sum, struct pls_part *part);

#endif
