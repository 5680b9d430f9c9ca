/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Quartiles and tails of the scores of many targets:
 * q(p) = x[h] + (h' - h)(x[h+1] - x[h]), h' = (n - 1)p, h = floor h'.
 */
#include "report/spread.h"

#include <math.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double quantile(int64_t n, const double *sorted, double p)
{
    const double place = (double)(n - 1) * p;
    const int64_t below = (int64_t)floor(place);
    const double share = place - (double)below;

    if (share == 0) /* also keeps clear of the element behind the last */
        return sorted[below];
    return sorted[below] * (1 - share) + sorted[below + 1] * share;
}

int ana_spread_of(struct ana_ctx *ctx, int64_t n, const double *values,
                  struct ana_spread *out)
{
    const double none = (double)NAN;
    double *sorted = ana_alloc(ctx, n, sizeof *sorted);
    int64_t m = 0;

    *out = (struct ana_spread){0, n, none, none, none, none, none, none, none};
    if (!sorted)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < n; i++)
        if (!isnan(values[i]))
            sorted[m++] = values[i];
    if (m > 0) {
        qsort(sorted, (size_t)m, sizeof *sorted, ascending);
        *out = (struct ana_spread){.n = m,
                                   .n_na = n - m,
                                   .low = sorted[0],
                                   .p05 = quantile(m, sorted, 0.05),
                                   .q1 = quantile(m, sorted, 0.25),
                                   .median = quantile(m, sorted, 0.5),
                                   .q3 = quantile(m, sorted, 0.75),
                                   .p95 = quantile(m, sorted, 0.95),
                                   .high = sorted[m - 1]};
    }
    ana_free(ctx, sorted);
    return 0;
}
