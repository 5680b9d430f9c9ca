/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What float32 loses, counted for the report.
 */
#include "plugins/metrics/lib/large_count.h"

#include <float.h>
#include <math.h>

int ana_large_count_lost(struct ana_ctx *ctx, const struct ana_large_tile *t,
                         const double *curve, int64_t stride, struct ana_out *out)
{
    /* a sweep rounds 5e-7 of the squares, maps the same of a residual's size, a quadric as
       a sweep where predictions are no larger than targets */
    const int by_maps = t->large->dual && !t->large->spectral && !t->large->squared;
    const double lost = by_maps ? 1e-8 : 1e-4 * (1 + t->size);
    int64_t n = 0;

    for (int64_t j = 0; j < t->w; j++) {
        const double mean = t->sum[j] / (double)t->n;
        double least = (double)INFINITY;

        for (int64_t a = 0; a < t->large->ridge.n_alphas; a++)
            if (curve[a * stride + j] < least)
                least = curve[a * stride + j];
        if (t->large->ridge.loss == ANA_LOSS_R2) /* of the variance; squares' mean is 1 */
            least *= 1 - mean * mean;
        else
            least /= t->sd[j] * t->sd[j];
        n += least < lost && (least > 0 || least < 0); /* 0: it does not move */
    }
    return ana_out_count(ctx, out,
                         "loss so small beside the target that float32 loses digits "
                         "(precision = double keeps them)",
                         n, t->w);
}

int ana_large_count_small(struct ana_ctx *ctx, const struct ana_large_tile *t,
                          const struct ana_large_unit *unit, const int64_t *choice,
                          struct ana_out *out)
{
    const struct ana_fit *fit = unit->fit;
    double square = t->stage->square[t->number], weakest = 0;
    int64_t n = 0;

    if (fit) { /* maps of the dual do not know their eigenvalues */
        square = fit->size * fit->size;
        for (int64_t l = 0; l < fit->r && !(weakest > DBL_EPSILON * (double)unit->n); l++)
            weakest = fit->lambda[l];
    }
    for (int64_t j = 0; j < t->w; j++)
        n += weakest * square + t->large->ridge.alphas[choice[j]] < 0x1p-24 * square;
    return ana_out_count(ctx, out,
                         "alpha so small beside the features that float32 loses digits "
                         "(precision = double keeps them)",
                         n, t->w);
}
