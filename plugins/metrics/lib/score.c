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

/* Columns that are taken at once: what lies in one line of the cache. */
enum { COLUMNS = 8 };

/* to (n x m) = columns [first, first + n) of from (m x t). */
static void take_columns(int64_t m, int64_t t, int64_t first, int64_t n,
                         const double *from, double *to)
{
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++)
            to[j * m + i] = from[i * t + first + j];
}

/* By four sums, which need not wait for each other. */
static double mean_of(int64_t m, const double *x)
{
    double sum[4] = {0};
    int64_t i = 0;

    for (; i + 4 <= m; i += 4)
        for (int l = 0; l < 4; l++)
            sum[l] += x[i + l];
    for (; i < m; i++)
        sum[0] += x[i];
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) / (double)m;
}

static int is_constant(int64_t m, const double *prediction, const double *y)
{
    const double mean = mean_of(m, prediction);
    double spread = 0, size = 0;

    for (int64_t i = 0; i < m; i++) {
        const double from_mean = fabs(prediction[i] - mean), of_y = fabs(y[i]);

        spread = from_mean > spread ? from_mean : spread;
        size = of_y > size ? of_y : size;
    }
    return spread <= 1e-13 * size;
}

static double explained(int64_t m, const double *prediction, double offset,
                        const double *y)
{
    const double mean = mean_of(m, y);
    double sse[2] = {0}, sst[2] = {0};

    for (int64_t i = 0; i < m; i++) {
        const double error = y[i] - offset - prediction[i];

        sse[i & 1] += error * error;
        sst[i & 1] += (y[i] - mean) * (y[i] - mean);
    }
    return 1 - (sse[0] + sse[1]) / (sst[0] + sst[1]);
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

static int score_columns(struct ana_ctx *ctx, int64_t m, int64_t first, int64_t n,
                         const double *prediction, const double *mean, const double *y,
                         struct ana_scores *scores)
{
    for (int64_t j = first; j < first + n; j++) {
        score_one(m, j, prediction + (j - first) * m, mean[j], y + (j - first) * m,
                  scores);
        if (isnan(scores->r[j]) != isnan(scores->R2[j]) || isinf(scores->R2[j]))
            return ana_fail(
                ctx, ANA_ENUMERIC,
                "the prediction of target %lld of the block is not finite; scale "
                "the features (standardise) or raise the smallest alpha",
                (long long)j);
    }
    return 0;
}

int ana_score(struct ana_ctx *ctx, int64_t m, int64_t t, const double *prediction,
              const double *mean, const double *y, struct ana_scores *scores)
{
    double *columns = ana_alloc(ctx, 2 * m * COLUMNS, sizeof *columns);
    int rc = columns ? 0 : ANA_ERESOURCE;

    scores->constant_targets = scores->constant_predictions = 0;
    for (int64_t j = 0; rc == 0 && j < t; j += COLUMNS) {
        const int64_t n = t - j < COLUMNS ? t - j : COLUMNS;

        take_columns(m, t, j, n, prediction, columns);
        take_columns(m, t, j, n, y, columns + COLUMNS * m);
        rc = score_columns(ctx, m, j, n, columns, mean, columns + COLUMNS * m, scores);
    }
    ana_free(ctx, columns);
    return rc;
}
