/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BANDED_LOW_H
#define BANDED_LOW_H

#include "plugins/metrics/lib/split.h"

/* Spaces that are removed from the others before these predict anything: each feature less
 * its ridge prediction from the low ones, fitted on the training rows of the outer fold
 * (Toneva et al. 2022; Oota et al. 2024). */
struct bands_low {
    struct ana_problem kept;         /* the problem with the spaces that remain */
    const struct ana_space **spaces; /* of all: those that remain, then the low ones */
    int64_t n_low;
};

/* Part a problem's spaces by the names in `residualise` ("low words"; the name of a space
 * is what stands before its first comma). No names: all remain.
 *
 * Owns:    the caller; release with `bands_low_finish`, also after an error. The problem
 *          must outlive it.
 * Errors:  ANA_EPARAM for a name that no space has, or where none remains.
 * Threads: any. */
int bands_low_create(struct ana_ctx *ctx, const char *names,
                     const struct ana_problem *problem, struct bands_low *low);
void bands_low_finish(struct ana_ctx *ctx, struct bands_low *low);

/* x ((n + m) x p, training rows above test rows) less what the low spaces predict of it.
 * Each column has the penalty of `ridge` that did best on the fold's inner folds.
 *
 * Errors:  as `ana_fold_matrix` and `ana_design_create`. Threads: uses all workers. */
int bands_low_remove(struct ana_ctx *ctx, const struct bands_low *low,
                     const struct ana_ridge *ridge, const struct ana_fold *fold,
                     int64_t p, double *x);

/* Bytes and operations that this takes. */
struct bands_low_effort {
    double bytes, flops, factor, loops;
};
struct bands_low_effort bands_low_effort(double workers, const struct bands_low *low,
                                         const struct ana_ridge *ridge,
                                         const struct ana_fold *fold, int64_t p);

#endif
