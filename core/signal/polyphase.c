/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A change of rate by a ratio of whole numbers, as scipy.signal.resample_poly: x between
 * up - 1 zeros, low-passed, every down-th sample of that:
 *
 *     out[k] = sum_j h[k down - j up] x[j],   h[i] = up w(i) sinc(i / M) / sum_i ...
 *
 * M = max(up, down), w a Kaiser window (beta 5) over |i| <= 10 M, h's sum = up, so that
 * what is constant stays; before and after x stand zeros.
 */
#include <math.h>

#include "signal/resample.h"

enum { LOBES = 10, MOST_DOWN = 20000 };
static const double BETA = 5;

/* Modified Bessel function of order 0, by its series. */
static double bessel(double x)
{
    double term = 1, sum = 1;

    for (int k = 1; term > 1e-17 * sum; k++) {
        term *= x * x / (4. * k * k);
        sum += term;
    }
    return sum;
}

/* h[0 .. half], the right half of the filter. */
static void design(int64_t most, double up, int64_t half, double *h)
{
    double sum = 0;

    for (int64_t i = 0; i <= half; i++) {
        const double u = (double)i / (double)half, v = M_PI * (double)i / (double)most;

        h[i] = bessel(BETA * sqrt(1 - u * u)) * (i == 0 ? 1 : sin(v) / v);
        sum += i == 0 ? h[i] : 2 * h[i];
    }
    for (int64_t i = 0; i <= half; i++)
        h[i] *= up / sum;
}

int ana_ratio(double from, double to, int64_t *up, int64_t *down)
{
    for (int64_t d = 1; d <= MOST_DOWN; d++) {
        const double u = (double)d * to / from;

        if (u > .5 && u < 1e7 && fabs(u - round(u)) <= 1e-12 * u) {
            *up = llround(u);
            *down = d;
            return 0;
        }
    }
    return -1;
}

int ana_resample_poly(struct ana_ctx *ctx, const double *x, int64_t n, int64_t channels,
                      int64_t up, int64_t down, double *out, int64_t n_out)
{
    const int64_t most = up > down ? up : down, half = LOBES * most;
    double *h = ana_alloc(ctx, half + 1, sizeof *h);

    if (!h)
        return ANA_ERESOURCE;
    design(most, (double)up, half, h);
    for (int64_t k = 0; k < n_out; k++) {
        const int64_t at = k * down;
        const int64_t first = at > half ? (at - half + up - 1) / up : 0;
        const int64_t last = (at + half) / up < n ? (at + half) / up : n - 1;

        for (int64_t c = 0; c < channels; c++)
            out[k * channels + c] = 0;
        for (int64_t j = first; j <= last; j++) {
            const double weight = h[at > j * up ? at - j * up : j * up - at];

            for (int64_t c = 0; c < channels; c++)
                out[k * channels + c] += weight * x[j * channels + c];
        }
    }
    ana_free(ctx, h);
    return 0;
}
