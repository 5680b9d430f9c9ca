/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Who explains what: the product measure of a joint prediction (Pratt 1987), and the
 * variance that sets of bands explain alone (commonality analysis, Newton & Spurrell
 * 1967).
 */
#include <math.h>
#include <string.h>

#include "plugins/metrics/banded/run.h"

static double mean_of(int64_t m, int64_t t, const double *x)
{
    double sum = 0;

    for (int64_t i = 0; i < m; i++)
        sum += x[i * t];
    return sum / (double)m;
}

/* One target: its columns of y and of each band's prediction. */
static void split_one(int64_t n_bands, int64_t m, int64_t t, const double *part,
                      double mean, const double *y, double *joint, double *R2, double *r,
                      double *rest)
{
    const double mean_y = mean_of(m, t, y);
    double total = 0, spread = 0, shift = 0;

    memset(joint, 0, (size_t)m * sizeof *joint);
    for (int64_t b = 0; b < n_bands; b++)
        for (int64_t i = 0; i < m; i++)
            joint[i] += part[(b * m + i) * t];
    shift = mean_of(m, 1, joint);
    for (int64_t i = 0; i < m; i++) {
        joint[i] -= shift;
        total += (y[i * t] - mean_y) * (y[i * t] - mean_y);
        spread += joint[i] * joint[i];
    }
    for (int64_t b = 0; b < n_bands; b++) {
        const double mean_b = mean_of(m, t, part + b * m * t);
        double with_y = 0, with_joint = 0;

        for (int64_t i = 0; i < m; i++) {
            const double p = part[(b * m + i) * t] - mean_b;

            with_y += p * (y[i * t] - mean_y);
            with_joint += p * joint[i];
        }
        R2[b * t] = total > 0 ? (2 * with_y - with_joint) / total : (double)NAN;
        r[b * t] = !(total > 0) ? (double)NAN
                   : spread > 0 ? with_y / sqrt(total * spread)
                                : 0;
    }
    shift += mean - mean_y;
    *rest = total > 0 ? -(double)m * shift * shift / total : (double)NAN;
}

int bands_split(struct ana_ctx *ctx, int64_t n_bands, int64_t m, int64_t t,
                const double *part, const double *mean, const double *y, double *R2,
                double *r, double *rest)
{
    double *joint = ana_alloc(ctx, m, sizeof *joint);

    for (int64_t j = 0; joint && j < t; j++)
        split_one(n_bands, m, t, part + j, mean[j], y + j, joint, R2 + j, r + j,
                  rest + j);
    ana_free(ctx, joint);
    return joint ? 0 : ANA_ERESOURCE;
}

static int count_bits(uint32_t mask)
{
    int n = 0;

    for (; mask; mask &= mask - 1)
        n++;
    return n;
}

void bands_partition(int64_t n_bands, int64_t t, const double *whole, double *own)
{
    const uint32_t all = (UINT32_C(1) << n_bands) - 1;

    for (uint32_t s = 1; s <= all; s++) {
        double *to = own + (int64_t)s * t;

        memset(to, 0, (size_t)t * sizeof *to);
        for (uint32_t sub = s;; sub = (sub - 1) & s) {
            const uint32_t mask = (all & ~s) | sub;
            const double sign = count_bits(sub) % 2 ? 1 : -1;

            for (int64_t j = 0; mask && j < t; j++)
                to[j] += sign * whole[(int64_t)mask * t + j];
            if (sub == 0)
                break;
        }
    }
}
