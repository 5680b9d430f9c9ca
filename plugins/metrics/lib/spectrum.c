/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From sums over rows to the directions of ridge regression. With m = mean x and
 * D = diag(1 / SD x),
 *
 *     sum (x - m)(x - m)' = sum xx' - n m m',   Z'Z = D (..) D = V diag(lambda) V'
 */
#include "plugins/metrics/lib/spectrum.h"

#include <anaflow/linalg.h>
#include <float.h>
#include <math.h>
#include <string.h>

static void centre_gram(int64_t p, const double *sum, const double *shift, double *gram)
{
    for (int64_t k = 0; k < p; k++)
        for (int64_t l = 0; l < p; l++)
            gram[k * p + l] -= sum[k] * shift[l];
}

static void scale_gram(int64_t n, int64_t p, const double *all, double *gram,
                       double *scale)
{
    for (int64_t k = 0; k < p; k++) {
        const double square = gram[k * p + k];

        scale[k] = square > 1e-12 * all[k] ? sqrt((double)n / square) : 0;
    }
    for (int64_t k = 0; k < p; k++)
        for (int64_t l = 0; l < p; l++)
            gram[k * p + l] *= scale[k] * scale[l];
}

/* Directions that do not stand out from rounding become null. */
static int take_basis(struct ana_ctx *ctx, const double *values, const double *shift,
                      const double *scale, struct ana_spectrum *spectrum)
{
    const int64_t p = spectrum->p, r = spectrum->r = p;
    const double most = values[p - 1];
    int64_t null = 0;

    while (null < p && !(values[null] > DBL_EPSILON * (double)spectrum->n * most))
        null++;
    spectrum->null = null;
    spectrum->size = most > 0 ? sqrt(most) : 1;
    spectrum->lambda = ana_alloc(ctx, r, sizeof(double));
    spectrum->offset = ana_alloc(ctx, r, sizeof(double));
    if (!spectrum->lambda || !spectrum->offset)
        return ANA_ERESOURCE;
    for (int64_t l = null; l < r; l++)
        spectrum->lambda[l] = values[l] / most;
    for (int64_t l = null - 1; l >= 0; l--)
        spectrum->lambda[l] = .985 * (l + 1 < r ? spectrum->lambda[l + 1] : 1);
    for (int64_t k = 0; k < p; k++)
        for (int64_t l = 0; l < r; l++) {
            double *v = spectrum->basis + k * r + l;

            *v = *v * scale[k] / spectrum->size;
            spectrum->offset[l] += shift[k] * *v;
        }
    return 0;
}

int ana_spectrum_find(struct ana_ctx *ctx, int64_t n, int64_t p, double *gram,
                      const double *sum, const double *all, int centre, int scaled,
                      double *room, struct ana_spectrum *spectrum)
{
    double *shift = ana_alloc(ctx, p, sizeof *shift);
    double *scale = ana_alloc(ctx, p, sizeof *scale);
    double *values = ana_alloc(ctx, p, sizeof *values);
    int rc = shift && scale && values ? 0 : ANA_ERESOURCE;

    *spectrum = (struct ana_spectrum){.n = n, .p = p, .basis = gram};
    for (int64_t k = 0; rc == 0 && k < p; k++) {
        shift[k] = centre ? sum[k] / (double)n : 0;
        scale[k] = 1;
    }
    if (rc == 0 && centre)
        centre_gram(p, sum, shift, gram);
    if (rc == 0 && scaled)
        scale_gram(n, p, all, gram, scale);
    if (rc == 0)
        rc = ana_eigh_in(ctx, p, gram, p, room, values);
    if (rc == 0)
        rc = take_basis(ctx, values, shift, scale, spectrum);
    ana_free(ctx, shift);
    ana_free(ctx, scale);
    ana_free(ctx, values);
    return rc;
}

int ana_spectrum_create(struct ana_ctx *ctx, int64_t n, int64_t p, double *gram,
                        const double *sum, const double *all, int centre, int scaled,
                        double *room, struct ana_spectrum *spectrum)
{
    const int rc =
        ana_spectrum_find(ctx, n, p, gram, sum, all, centre, scaled, room, spectrum);

    for (int64_t l = 0; rc == 0 && l < spectrum->null; l++) {
        spectrum->offset[l] = 0;
        for (int64_t k = 0; k < p; k++)
            spectrum->basis[k * p + l] = 0;
    }
    return rc;
}

int ana_spectrum_is_even(const struct ana_spectrum *spectrum, double alpha)
{
    const double even = 30; /* as of inverses in float32 */
    const double added = alpha / (spectrum->size * spectrum->size);
    const double weakest = spectrum->null > 0 ? 0 : spectrum->lambda[0];

    return 1 + added < even * (weakest + added);
}

void ana_spectrum_finish(struct ana_ctx *ctx, struct ana_spectrum *spectrum)
{
    ana_free(ctx, spectrum->lambda);
    ana_free(ctx, spectrum->basis);
    ana_free(ctx, spectrum->offset);
    memset(spectrum, 0, sizeof *spectrum);
}
