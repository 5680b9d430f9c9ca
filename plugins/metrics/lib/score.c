/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Pearson's r, max(r, 0)^2 (Tuckute et al. 2023 and Kell et al. 2018 before noise
 * correction) and R2 = 1 - sum (y - yhat)^2 / sum (y - mean y)^2 on held-out rows.
 *
 * m rows, t targets.
 */
#include "plugins/metrics/lib/score.h"

#include <anaflow/stats.h>
#include <math.h>

static void take_column(int64_t m, int64_t t, int64_t j, const double *from, double *to)
{
    for (int64_t i = 0; i < m; i++)
        to[i] = from[i * t + j];
}

static double mean_of(int64_t m, const double *x)
{
    double sum = 0;

    for (int64_t i = 0; i < m; i++)
        sum += x[i];
    return sum / (double)m;
}

static int is_constant(int64_t m, const double *prediction, const double *y)
{
    const double mean = mean_of(m, prediction);
    double spread = 0, size = 0;

    for (int64_t i = 0; i < m; i++) {
        spread = fmax(spread, fabs(prediction[i] - mean));
        size = fmax(size, fabs(y[i]));
    }
    return spread <= 1e-13 * size;
}

static double explained(int64_t m, const double *prediction, double offset,
                        const double *y)
{
    const double mean = mean_of(m, y);
    double sse = 0, sst = 0;

    for (int64_t i = 0; i < m; i++) {
        const double error = y[i] - offset - prediction[i];

        sse += error * error;
        sst += (y[i] - mean) * (y[i] - mean);
    }
    return 1 - sse / sst;
}

static void score_one(int64_t m, int64_t j, const double *prediction, double mean,
                      const double *y, struct ana_scores *scores)
{
    int32_t constant;
    const double r = ana_pearson(m, prediction, y, &constant);

    scores->r[j] = scores->r2[j] = scores->R2[j] = NAN;
    if (constant & ANA_CONSTANT_Y) {
        scores->constant_targets++;
        return;
    }
    scores->R2[j] = explained(m, prediction, mean, y);
    scores->r[j] = r;
    if ((constant & ANA_CONSTANT_X) || is_constant(m, prediction, y)) {
        scores->constant_predictions++;
        scores->r[j] = 0;
    }
    scores->r2[j] = scores->r[j] > 0 ? scores->r[j] * scores->r[j] : 0;
}

int ana_score(struct ana_ctx *ctx, int64_t m, int64_t t, const double *prediction,
              const double *mean, const double *y, struct ana_scores *scores)
{
    double *columns = ana_alloc(ctx, 2 * m, sizeof *columns);
    int rc = columns ? 0 : ANA_ERESOURCE;

    scores->constant_targets = scores->constant_predictions = 0;
    for (int64_t j = 0; rc == 0 && j < t; j++) {
        take_column(m, t, j, prediction, columns);
        take_column(m, t, j, y, columns + m);
        score_one(m, j, columns, mean[j], columns + m, scores);
        if (isnan(scores->r[j]) != isnan(scores->R2[j]) || isinf(scores->R2[j]))
            rc = ana_fail(
                ctx, ANA_ENUMERIC,
                "the prediction of target %lld of the block is not finite; scale "
                "the features (standardise) or raise the smallest alpha",
                (long long)j);
    }
    ana_free(ctx, columns);
    return rc;
}
