/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_RDM_H
#define METRICS_RDM_H

#include <anaflow/base.h>

/* Representational dissimilarities: how far apart n items lie in q dimensions, as the
 * upper triangle row by row, (0,1), (0,2) ... (n-2,n-1): n (n - 1) / 2 numbers. */

#define ANA_RDM_CORRELATION 1 /* 1 - Pearson's r of two patterns */
#define ANA_RDM_EUCLIDEAN 2   /* squared distance / q */

int64_t ana_rdm_pairs(int64_t n);

/* Dissimilarities of the rows of x (n x q, overwritten).
 *
 * rdm       ana_rdm_pairs(n)
 * constant  out: the first row without variance, for which correlation is not defined
 *           (rdm is then not filled), or -1
 *
 * Errors:  ANA_ERESOURCE.
 * Threads: any. */
int ana_rdm_distances(struct ana_ctx *ctx, int32_t kind, int64_t n, int64_t q, double *x,
                      double *rdm, int64_t *constant);

/* Centre and scale columns, each over all n * repeats values that it has, where x is n x
 * repeats x q (repeats = moments of a trial); a constant column becomes 0. Returns the
 * number of constant columns. mean and square: room for q. Threads: any. */
int64_t ana_rdm_z_score(int64_t n, int64_t repeats, int64_t q, double *x, double *mean,
                        double *square);

#define ANA_RDM_SPEARMAN 1 /* Pearson's r of mid-ranks */
#define ANA_RDM_PEARSON 2
#define ANA_RDM_RHO_A 3 /* expected Spearman under random breaking of ties */
#define ANA_RDM_TAU_A 4 /* (concordant - discordant) / pairs */
#define ANA_RDM_TAU_B 5 /* the same over the pairs that are not tied */
#define ANA_RDM_COSINE 6

/* How alike two RDM vectors of m numbers are; NaN where one of them does not vary (is 0
 * everywhere, for cosine).
 *
 * Errors:  ANA_ERESOURCE; ANA_ENUMERIC at a NaN.
 * Threads: any. */
int ana_rdm_compare(struct ana_ctx *ctx, int32_t kind, int64_t m, const double *u,
                    const double *v, double *score);

#endif
