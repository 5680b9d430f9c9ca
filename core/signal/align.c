/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Features onto a recording's clock. With u = (t - x_start) x_rate, the place of an
 * out sample's time t counted in samples of x, and h = x_rate / (2 y_rate):
 *   x faster:  out = mean of x[i], u - h <= i < u + h
 *   otherwise: out = (1 - w) x[i] + w x[i + 1], i = floor(u), w = u - i
 *
 * n samples of x, m of out, F features.
 */
#include <math.h>
#include <string.h>

#include "signal/resample.h"

enum { COLUMNS = 64 };

/* Clocks meet exactly on paper (10 ms, 1/128 s); 1e-6 of a sample is rounding. */
static const double ROUNDING = 1e-6;

static int check(struct ana_ctx *ctx, int64_t n, int64_t features, double x_start,
                 double x_rate, double y_start, double y_rate, int64_t m)
{
    if (!(x_rate > 0) || !(y_rate > 0) || !isfinite(x_rate) || !isfinite(y_rate))
        return ana_fail(ctx, ANA_EPARAM, "aligning %g Hz with %g Hz: rates are above 0",
                        x_rate, y_rate);
    if (!isfinite(x_start) || !isfinite(y_start))
        return ana_fail(ctx, ANA_EPARAM, "aligning clocks that start at %g s and %g s",
                        x_start, y_start);
    if (n < 0 || m < 0 || features < 0)
        return ana_fail(ctx, ANA_ESHAPE, "aligning %lld x %lld samples with %lld",
                        (long long)n, (long long)features, (long long)m);
    return 0;
}

/* First whole number >= u, within [0, n], in doubles until it is known to fit. */
static int64_t first_at(double u, int64_t n)
{
    const double up = ceil(u - ROUNDING);

    return up <= 0 ? 0 : up >= (double)n ? n : (int64_t)up;
}

/* Mean in double of rows [first, last) of x, a few columns at a time so that each row
 * is read in order. */
static void average(const float *x, int64_t features, int64_t first, int64_t last,
                    float *out)
{
    const double share = 1 / (double)(last - first);

    for (int64_t f = 0; f < features; f += COLUMNS) {
        const int64_t width = features - f < COLUMNS ? features - f : COLUMNS;
        double sum[COLUMNS] = {0};

        for (int64_t i = first; i < last; i++)
            for (int64_t k = 0; k < width; k++)
                sum[k] += (double)x[i * features + f + k];
        for (int64_t k = 0; k < width; k++)
            out[f + k] = (float)(sum[k] * share);
    }
}

/* Between the neighbours of place u; an end's value holds for half a sample beyond. */
static int interpolate(const float *x, int64_t n, int64_t features, double u, float *out)
{
    const double last = (double)(n - 1);
    double w;
    int64_t i;

    if (n == 0 || u < -0.5 - ROUNDING || u > last + 0.5 + ROUNDING)
        return 0;
    u = u < 0 ? 0 : u > last ? last : u;
    i = (int64_t)floor(u);
    w = u - (double)i;
    if (i == n - 1) {
        memcpy(out, x + i * features, (size_t)features * sizeof *out);
        return 1;
    }
    for (int64_t f = 0; f < features; f++)
        out[f] = (float)((1 - w) * (double)x[i * features + f] +
                         w * (double)x[(i + 1) * features + f]);
    return 1;
}

int ana_align(struct ana_ctx *ctx, const float *x, int64_t n, int64_t features,
              double x_start, double x_rate, double y_start, double y_rate,
              const float *fill, int64_t m, float *out)
{
    const double h = x_rate / (2 * y_rate);
    const int faster = x_rate > y_rate * (1 + ROUNDING);
    const int rc = check(ctx, n, features, x_start, x_rate, y_start, y_rate, m);

    if (rc != 0)
        return rc;
    for (int64_t j = 0; j < m; j++, out += features) {
        const double u = (y_start + (double)j / y_rate - x_start) * x_rate;
        int found;

        if (faster) {
            const int64_t first = first_at(u - h, n), last = first_at(u + h, n);

            found = first < last;
            if (found)
                average(x, features, first, last, out);
        } else {
            found = interpolate(x, n, features, u, out);
        }
        if (!found && features > 0)
            memcpy(out, fill, (size_t)features * sizeof *out);
    }
    return 0;
}
