/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BANDED_REFINE_H
#define BANDED_REFINE_H

#include "plugins/metrics/banded/bands.h"

/* Draws that a round of refinement adds at most: one for each of the groups of targets
 * that share a draw, the largest groups first. */
enum { BANDS_GROUPS = 8 };

/* Follow the gradient of the inner loss from the draws that the search chose. In every
 * round the targets of a draw propose, together, a new one: a step down the gradient of
 * their loss on one inner fold over log gamma. It is judged over all inner folds as any
 * draw is, and each target keeps what is best for it; targets that moved take a longer
 * step next, those that stayed a shorter one.
 *
 * bands   the fold's own, with room for rounds * BANDS_GROUPS more draws in gamma; n_draws
 *         counts those that are added
 * choice  from `bands_search`, improved
 *
 * Errors:  as `bands_search`. Threads: uses all workers. */
int bands_refine(struct ana_ctx *ctx, const struct bands_fold *fold, struct bands *bands,
                 uint32_t mask, int64_t rounds, int64_t t, const double *y,
                 struct bands_choice *choice);

/* Gradient over log gamma (n_bands) of the summed loss of w targets (columns of y, n x t)
 * on one inner fold, each with its penalty alpha (w).
 *
 * Errors:  as `ana_design_create`. Threads: any. */
int bands_gradient(struct ana_ctx *ctx, const struct bands_fold *fold,
                   const double *gamma, int64_t inner, int64_t w, const int64_t *target,
                   const double *alpha, int64_t t, const double *y, double *gradient);

/* Bytes and operations of one gradient. */
double bands_gradient_bytes(const struct ana_fold *inner, int64_t p, int64_t t);
double bands_gradient_flops(const struct ana_fold *inner, int64_t p, int64_t t);
double bands_gradient_factor(const struct ana_fold *inner, int64_t p);

#endif
