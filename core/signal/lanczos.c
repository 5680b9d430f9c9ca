/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Lanczos resampling from any times to a regular clock.
 */
#include "signal/lanczos.h"

#include <math.h>
#include <string.h>

static double sinc(double u)
{
    return u == 0 ? 1 : sin(M_PI * u) / (M_PI * u);
}

static void one_row(int64_t n, const double *old, int64_t F, const double *x,
                    double cutoff, double lobes, double at, double *out)
{
    memset(out, 0, (size_t)F * sizeof *out);
    for (int64_t i = 0; i < n; i++) {
        const double u = (at - old[i]) * cutoff;
        const double w = fabs(u) <= lobes ? sinc(u) * sinc(u / lobes) : 0;

        for (int64_t f = 0; w != 0 && f < F; f++)
            out[f] += w * x[i * F + f];
    }
}

void ana_lanczos(int64_t n, const double *old, int64_t F, const double *x, double cutoff,
                 double lobes, int64_t m, const double *new_, double *out)
{
    int64_t from = 0, to = 0; /* old samples within reach of the new one */
    const double reach = lobes / cutoff;

    for (int64_t j = 0; j < m; j++) {
        while (from < n && old[from] < new_[j] - reach - 1e-9)
            from++;
        to = to < from ? from : to;
        while (to < n && old[to] <= new_[j] + reach + 1e-9)
            to++;
        one_row(to - from, old + from, F, x + from * F, cutoff, lobes, new_[j],
                out + j * F);
    }
}
