/* SPDX-License-Identifier: BSD-3-Clause
 *
 * r = sum (x - mx)(y - my) / sqrt(sum (x - mx)^2 sum (y - my)^2), means first and
 * deviations second. Values are divided by the largest magnitude before they are
 * squared, so that neither 1e200 nor 1e-200 leaves the range of a double.
 */
#include <anaflow/stats.h>

#include <math.h>

/* What two passes over one vector find. */
struct moments {
    double scale; /* largest magnitude; 0 = all zero; not finite = a value is not */
    double mean;  /* of values / scale */
    double norm;  /* root of the summed squared deviations of values / scale */
};

static struct moments find_moments(int64_t n, const double *x)
{
    struct moments m = {0};
    double squares = 0;

    for (int64_t i = 0; i < n; i++)
        if (!(fabs(x[i]) <= m.scale))
            m.scale = isnan(x[i]) ? HUGE_VAL : fabs(x[i]);
    if (m.scale == 0 || !isfinite(m.scale))
        return m;
    for (int64_t i = 0; i < n; i++)
        m.mean += x[i] / m.scale;
    m.mean /= (double)n;
    for (int64_t i = 0; i < n; i++) {
        const double d = x[i] / m.scale - m.mean;

        squares += d * d;
    }
    m.norm = sqrt(squares);
    return m;
}

/* Rounding leaves a constant prediction with deviations of some hundred units in the
 * last place, which would correlate with anything. */
static int is_constant(const struct moments *m, int64_t n)
{
    return n < 2 || m->norm <= 1e-13 * sqrt((double)n);
}

double ana_pearson(int64_t n, const double *x, const double *y, int32_t *constant)
{
    const struct moments mx = find_moments(n, x), my = find_moments(n, y);
    int32_t found = 0;
    double r = 0;

    if (constant)
        *constant = 0;
    if (!isfinite(mx.scale) || !isfinite(my.scale))
        return NAN;
    found |= is_constant(&mx, n) ? ANA_CONSTANT_X : 0;
    found |= is_constant(&my, n) ? ANA_CONSTANT_Y : 0;
    if (constant)
        *constant = found;
    if (found)
        return NAN;
    for (int64_t i = 0; i < n; i++)
        r += (x[i] / mx.scale - mx.mean) / mx.norm *
             ((y[i] / my.scale - my.mean) / my.norm);
    return fmin(1, fmax(-1, r));
}
