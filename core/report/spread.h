/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_REPORT_SPREAD_H
#define ANA_REPORT_SPREAD_H

#include <anaflow/base.h>

/* How numbers are spread; NaN where n = 0. */
struct ana_spread {
    int64_t n, n_na; /* numbers, and NaNs left out */
    double low, p05, q1, median, q3, p95, high;
};

/* Quantiles by linear interpolation between order statistics (Hyndman & Fan 1996,
 * type 7, NumPy's default); the median of an even number is the mean of the middle two,
 * as `ana_median`. Errors: ANA_ERESOURCE. Threads: any. */
int ana_spread_of(struct ana_ctx *ctx, int64_t n, const double *values,
                  struct ana_spread *out);

#endif
