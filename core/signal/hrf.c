/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Haemodynamic responses (Glover 1999, NeuroImage 9:416-429; SPM's canonical one).
 */
#include "signal/hrf.h"

#include <math.h>

static const struct {
    double delay, undershoot, dispersion, ratio;
} shapes[] = {{6, 12, .9, .48}, {6, 16, 1, .167}};

/* Density of a gamma distribution: t^(k-1) e^(-t/d) / (d^k Gamma(k)). */
static double gamma_density(double t, double k, double d)
{
    return t > 0 ? exp((k - 1) * log(t) - t / d - k * log(d) - lgamma(k)) : 0;
}

double ana_hrf(int kind, double t)
{
    const double d = shapes[kind - 1].dispersion;

    return gamma_density(t, shapes[kind - 1].delay / d, d) -
           shapes[kind - 1].ratio * gamma_density(t, shapes[kind - 1].undershoot / d, d);
}

void ana_hrf_samples(int kind, double length, double dt, int64_t n, double *out)
{
    double sum = 0;

    for (int64_t i = 0; i < n; i++) {
        out[i] = ana_hrf(kind, length * (double)i / (double)(n > 1 ? n - 1 : 1) - dt);
        sum += out[i];
    }
    for (int64_t i = 0; i < n; i++)
        out[i] /= sum;
}

int ana_hrf_convolve(struct ana_ctx *ctx, int kind, double rate, int64_t n, int64_t F,
                     float *x)
{
    const int64_t taps = (int64_t)ceil(32 * rate) + 1;
    double *h = ana_alloc(ctx, taps, sizeof *h), *row = ana_alloc(ctx, F, sizeof *row);
    double sum = 0;
    int rc = h && row ? 0 : ANA_ERESOURCE;

    for (int64_t k = 0; rc == 0 && k < taps; k++)
        sum += h[k] = ana_hrf(kind, (double)k / rate);
    for (int64_t t = n - 1; rc == 0 && t >= 0;
         t--) { /* downward: x[t - k] is as it was */
        for (int64_t f = 0; f < F; f++)
            row[f] = 0;
        for (int64_t k = 0; k < taps && k <= t; k++)
            for (int64_t f = 0; f < F; f++)
                row[f] += h[k] * (double)x[(t - k) * F + f];
        for (int64_t f = 0; f < F; f++)
            x[t * F + f] = (float)(row[f] / sum);
    }
    ana_free(ctx, h);
    ana_free(ctx, row);
    return rc;
}
