/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The penalty of a fraction is the root of a secular equation: 1 / |w(alpha)| is concave
 * and nearly linear in alpha, so Newton's steps on it climb from 0 to the root and never
 * pass it (Moré & Sorensen 1983). The published program reads it off a grid of penalties
 * instead, to a few digits.
 */
#include "plugins/metrics/lib/fraction.h"

#include <math.h>

#include "plugins/metrics/lib/penalty.h"

/* Squared norm of one target's weights, and its derivative over -2. */
static double squared_norm(const struct ana_design *design, int64_t t, const double *b,
                           double alpha, double *slope)
{
    double sum = 0;

    *slope = 0;
    for (int64_t k = 0; k < design->r; k++) {
        const double d = design->s[k] * design->s[k] + alpha;
        const double w = b[k * t] * design->s[k] / d;

        sum += w * w;
        *slope += w * w / d;
    }
    return sum;
}

static double solve(const struct ana_design *design, int64_t t, const double *b,
                    double fraction)
{
    enum { MOST = 500 };
    double slope, alpha = 0, norm2 = squared_norm(design, t, b, 0, &slope);
    const double want = fraction * sqrt(norm2);

    if (!(norm2 > 0) || fraction >= 1)
        return 0;
    for (int round = 0; round < MOST; round++) {
        const double norm = sqrt(norm2);

        if (norm - want <= 1e-14 * want || !(slope > 0))
            break;
        alpha += (norm - want) / want * norm2 / slope;
        norm2 = squared_norm(design, t, b, alpha, &slope);
    }
    return alpha;
}

void ana_fraction_alphas(const struct ana_design *design, int64_t t, const double *b,
                         const double *fraction, double *alpha)
{
    for (int64_t j = 0; j < t; j++)
        alpha[j] = solve(design, t, b + j, fraction[j]);
}

int ana_loss_fractions(struct ana_ctx *ctx, const struct ana_design *design, int32_t loss,
                       int64_t n_fractions, const double *fractions, int64_t t,
                       const double *mean, const double *b, const double *y_test,
                       double *curve, int64_t *counted)
{
    const int64_t m = design->m;
    double *prediction = ana_alloc(ctx, m * t, sizeof *prediction);
    double *weight = ana_alloc(ctx, (3 + ANA_LOSS_ROOM) * t, sizeof *weight);
    double *alpha = weight + t, *fraction = weight + 2 * t;
    int64_t *place = ana_alloc(ctx, t, sizeof *place);
    int rc = prediction && weight && place ? 0 : ANA_ERESOURCE;

    if (rc == 0)
        ana_loss_weight(loss, m, t, y_test, weight);
    for (int64_t j = 0; rc == 0 && j < t; j++) {
        counted[j] += weight[j] > 0;
        place[j] = j;
    }
    for (int64_t a = 0; rc == 0 && a < n_fractions; a++) {
        for (int64_t j = 0; j < t; j++)
            fraction[j] = fractions[a];
        ana_fraction_alphas(design, t, b, fraction, alpha);
        rc = ana_design_predict(ctx, design, t, b, alpha, place, prediction);
        if (rc == 0)
            ana_loss_add(loss, m, t, mean, prediction, y_test, weight, weight + 3 * t,
                         curve + a * t);
    }
    ana_free(ctx, prediction);
    ana_free(ctx, weight);
    ana_free(ctx, place);
    return rc;
}
