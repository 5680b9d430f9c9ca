/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANAFLOW_STATS_H
#define ANAFLOW_STATS_H

#include <anaflow/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The bits of ana_pearson's `constant`. Since: ABI 0.1. */
#define ANA_CONSTANT_X 1
#define ANA_CONSTANT_Y 2

/* Pearson's correlation of n pairs. A vector whose standard deviation is below 1e-13
 * of its largest magnitude is constant: r is then NaN and `constant` says which of the
 * two it was, since the caller's answers differ (a constant target has no score, a
 * constant prediction scores 0). n < 2 counts as both constant.
 *
 * constant  ANA_CONSTANT_... bits, or 0; may be NULL
 *
 * Errors:  none; a value that is not finite gives NaN with constant = 0.
 * Threads: any.
 * Since:   ABI 0.1 */
ANA_API double ana_pearson(int64_t n, const double *x, const double *y,
                           int32_t *constant);

/* Ranks from 1, ties share the mean of their places (mid-ranks). Pearson's r of ranks
 * is Spearman's rho. `ranks` must not be `values`.
 *
 * Errors:  ANA_ENUMERIC at a NaN, with its place; ANA_ERESOURCE.
 * Threads: any.
 * Since:   ABI 0.1 */
ANA_API int ana_ranks(struct ana_ctx *ctx, int64_t n, const double *values,
                      double *ranks);

/* Median of the values that are not NaN; NaN if there is none. An even number of them
 * gives the mean of the middle two.
 *
 * Threads: any.
 * Since:   ABI 0.1 */
ANA_API double ana_median(int64_t n, const double *values);

#ifdef __cplusplus
}
#endif
#endif
