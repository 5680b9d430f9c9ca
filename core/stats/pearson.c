/* SPDX-License-Identifier: BSD-3-Clause
 *
 * r = sum (x - mx)(y - my) / sqrt(sum (x - mx)^2 sum (y - my)^2), means first and
 * deviations second. Values are brought below 1 by a power of two before they are squared,
 * so that neither 1e200 nor 1e-200 leaves the range of a double, and nothing is rounded by
 * that. Sums go by LANES: one addition need not wait for the other.
 */
#include <anaflow/stats.h>

#include <float.h>
#include <math.h>

enum { LANES = 4 };

/* What two passes over one vector find. */
struct moments {
    double scale; /* largest magnitude; 0 = all zero; not finite = a value is not */
    double by;    /* the power of two */
    double mean;  /* of values times that */
};

static double total(const double sum[LANES])
{
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

static struct moments find_moments(int64_t n, const double *x)
{
    struct moments m = {0};
    double sum[LANES] = {0};
    int64_t i = 0;
    int exponent;

    for (int64_t j = 0; j < n; j++)
        if (!(fabs(x[j]) <= m.scale))
            m.scale = isnan(x[j]) ? HUGE_VAL : fabs(x[j]);
    if (m.scale == 0 || !isfinite(m.scale))
        return m;
    frexp(m.scale, &exponent);
    m.by = ldexp(1, exponent > DBL_MIN_EXP ? -exponent : -DBL_MIN_EXP);
    for (; i + LANES <= n; i += LANES)
        for (int l = 0; l < LANES; l++)
            sum[l] += x[i + l] * m.by;
    for (; i < n; i++)
        sum[0] += x[i] * m.by;
    m.mean = total(sum) / (double)n;
    return m;
}

/* Rounding leaves a constant prediction with deviations of some hundred units in the
 * last place, which would correlate with anything. */
static int is_constant(const struct moments *m, int64_t n, double norm)
{
    return n < 2 || norm <= 1e-13 * sqrt((double)n) * (m->scale * m->by);
}

/* Roots of the summed squared deviations of both, and the sum of their products. */
static void find_products(int64_t n, const double *x, const struct moments *mx,
                          const double *y, const struct moments *my, double *norm_x,
                          double *norm_y, double *product)
{
    double xx[LANES] = {0}, yy[LANES] = {0}, xy[LANES] = {0};

    for (int64_t i = 0; i < n; i += LANES)
        for (int l = 0; l < LANES && i + l < n; l++) {
            const double dx = x[i + l] * mx->by - mx->mean;
            const double dy = y[i + l] * my->by - my->mean;

            xx[l] += dx * dx;
            yy[l] += dy * dy;
            xy[l] += dx * dy;
        }
    *norm_x = sqrt(total(xx));
    *norm_y = sqrt(total(yy));
    *product = total(xy);
}

double ana_pearson(int64_t n, const double *x, const double *y, int32_t *constant)
{
    const struct moments mx = find_moments(n, x), my = find_moments(n, y);
    double norm_x, norm_y, product;
    int32_t found = 0;

    if (constant)
        *constant = 0;
    if (!isfinite(mx.scale) || !isfinite(my.scale))
        return NAN;
    find_products(n, x, &mx, y, &my, &norm_x, &norm_y, &product);
    found |= is_constant(&mx, n, norm_x) ? ANA_CONSTANT_X : 0;
    found |= is_constant(&my, n, norm_y) ? ANA_CONSTANT_Y : 0;
    if (constant)
        *constant = found;
    if (found)
        return NAN;
    return fmin(1, fmax(-1, product / norm_x / norm_y));
}
