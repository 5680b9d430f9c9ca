/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Samples at any times onto a regular clock, by a kernel of the time between them.
 */
#include "signal/kernel.h"

#include <math.h>

#include "signal/hrf.h"

enum { RESPONSE_SECONDS = 32, FINE = 1000 };

/* Two clocks meet exactly on paper; this much of a second is rounding. */
static const double ROUNDING = 1e-9;

static double sinc(double u)
{
    return u == 0 ? 1 : sin(M_PI * u) / (M_PI * u);
}

static int response(int32_t kind)
{
    return kind == ANA_KERNEL_SPM ? ANA_HRF_SPM : ANA_HRF_GLOVER;
}

/* Sum of the response sampled at `rate`; its integral where there is no rate. */
static double response_sum(int32_t kind, double rate)
{
    const double fine = rate > 0 ? rate : FINE;
    const int64_t taps = (int64_t)ceil(RESPONSE_SECONDS * fine) + 1;
    double sum = 0;

    for (int64_t k = 0; k < taps; k++)
        sum += ana_hrf(response(kind), (double)k / fine);
    return rate > 0 ? sum : sum / fine;
}

void ana_kernel_on(const struct ana_kernel *kernel, double x_rate, double rate,
                   struct ana_kernel_on *out)
{
    *out = (struct ana_kernel_on){.kind = kernel->kind, .lobes = kernel->lobes};
    if (kernel->kind == ANA_KERNEL_LANCZOS) {
        out->cutoff = x_rate > 0 && x_rate < rate ? x_rate : rate;
        out->before = out->after = kernel->lobes / out->cutoff;
        out->norm = x_rate > 0 ? x_rate / out->cutoff : 1;
    } else {
        out->after = RESPONSE_SECONDS;
        out->norm = response_sum(kernel->kind, x_rate);
    }
}

double ana_kernel_weight(const struct ana_kernel_on *k, double dt)
{
    const double u = dt * k->cutoff;

    if (k->kind != ANA_KERNEL_LANCZOS)
        return dt < 0 || dt > RESPONSE_SECONDS + ROUNDING
                   ? 0
                   : ana_hrf(response(k->kind), dt) / k->norm;
    return fabs(u) <= k->lobes ? sinc(u) * sinc(u / k->lobes) / k->norm : 0;
}

void ana_kernel_reach(const struct ana_kernel_on *kernel, double t, double start,
                      double rate, int64_t n, int64_t *first, int64_t *end)
{
    const double low = ceil((t - kernel->before - start - ROUNDING) * rate);
    const double high = floor((t + kernel->after - start + ROUNDING) * rate);

    *first = low > 0 ? low < (double)n ? (int64_t)low : n : 0;
    *end = 1 + (high < (double)(n - 1) ? (int64_t)fmax(high, -1) : n - 1);
}

void ana_kernel_spread(const struct ana_kernel_on *kernel, double t, int64_t F,
                       const float *x, double start, double rate, int64_t n, double *sum)
{
    int64_t first, end;

    ana_kernel_reach(kernel, t, start, rate, n, &first, &end);
    for (int64_t k = first; k < end; k++) {
        const double w = ana_kernel_weight(kernel, start + (double)k / rate - t);

        for (int64_t f = 0; w != 0 && f < F; f++)
            sum[k * F + f] += w * (double)x[f];
    }
}
