/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A clock from a list of seconds: t[i] = start + i / rate, to 1e-6 of a step (or to
 * what the type they were stored in can tell).
 */
#include "data/arrays.h"

#include <math.h>

/* 100, not 100.00000000000001, where seconds were written as decimals. */
static double tidy_rate(double rate, double precision)
{
    const double whole = round(rate);

    return fabs(rate - whole) <= fmax(1e-9, precision) * whole ? whole : rate;
}

int ana_arrays_clock(struct ana_ctx *ctx, const char *path, const char *name,
                     const struct ana_numbers *seconds, double *rate, double *start)
{
    const int64_t n = seconds->rows * seconds->columns;
    const double *t = seconds->value;
    double step, allowed;

    if (n < 2)
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: `%s` has one time only, which gives no rate; write `@ RATE Hz`", path,
            name);
    step = (t[n - 1] - t[0]) / (double)(n - 1);
    if (!(step > 0) || !isfinite(step))
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: the times in `%s` do not ascend: the first is %g s, the last %g s", path,
            name, t[0], t[n - 1]);
    allowed =
        fmax(1e-6 * step, 4 * seconds->precision * fmax(fabs(t[0]), fabs(t[n - 1])));
    for (int64_t i = 0; i < n; i++)
        if (!(fabs(t[i] - (t[0] + (double)i * step)) <= allowed))
            return ana_fail(
                ctx, ANA_EDATA,
                "%s: the times in `%s` are not evenly spaced: number %lld is %.9g "
                "s, expected %.9g s; resample first, or write `@ RATE Hz`",
                path, name, (long long)i + 1, t[i], t[0] + (double)i * step);
    *rate =
        tidy_rate(1 / step, 4 * seconds->precision * fabs(t[n - 1]) / step / (double)n);
    *start = t[0];
    return 0;
}
