/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which penalty, and which window of lags, each target takes in an outer fold: that with
 * the smallest mean loss over inner folds.
 */
#include <math.h>

#include "plugins/metrics/trf/run.h"

/* Mean over the inner folds of a fold, for each target over those where it varies, and
 * over targets where they share. */
static void average(const struct trf_run *run, int64_t k, double *mean)
{
    const struct trf *trf = run->trf;
    const int64_t t = run->t, cells = run->each / t;

    for (int64_t i = 0; i < run->each; i++) {
        int64_t n = 0;

        mean[i] = 0;
        for (int64_t u = run->unit[k]; u < run->unit[k + 1]; u++) {
            const double loss = run->curve[u * run->each + i];

            mean[i] += isnan(loss) ? 0 : loss;
            n += !isnan(loss);
        }
        mean[i] = n > 0 ? mean[i] / (double)n : (double)NAN;
    }
    for (int64_t c = 0; trf->ridge.shared && c < cells; c++) {
        double sum = 0;
        int64_t n = 0;

        for (int64_t j = 0; j < t; j++) {
            sum += isnan(mean[c * t + j]) ? 0 : mean[c * t + j];
            n += !isnan(mean[c * t + j]);
        }
        for (int64_t j = 0; j < t; j++)
            mean[c * t + j] = n > 0 ? sum / (double)n : (double)NAN;
    }
}

/* The window of each target: the shortest of the best. */
static void choose_window(const struct trf_run *run, const double *mean,
                          struct trf_choice *choice)
{
    const int64_t t = run->t, A = run->trf->ridge.n_alphas;

    for (int64_t j = 0; j < t; j++) {
        double best = INFINITY;

        for (int64_t v = 0; v < run->trf->n_views; v++) {
            const double loss = mean[(v * A + choice->alpha[v * t + j]) * t + j];

            if (loss < best - 1e-12 * fabs(loss)) {
                best = loss;
                choice->view[j] = v;
            }
        }
    }
}

/* How many penalties stand at an edge of the grid: of all views, or of each target's
 * window, whose curve and choice (mean is overwritten) take the first one's place. */
static int count_edges(struct ana_ctx *ctx, const struct trf_run *run, double *mean,
                       struct trf_choice *choice)
{
    const int64_t t = run->t, A = run->trf->ridge.n_alphas;
    const int tuned = run->trf->mode == ANA_LAGS_TUNE;
    int rc = 0;

    for (int64_t j = 0; tuned && j < t; j++) {
        const int64_t v = choice->view[j];

        for (int64_t a = 0; a < A; a++)
            mean[a * t + j] = mean[(v * A + a) * t + j];
        choice->alpha[j] = choice->alpha[v * t + j];
    }
    for (int64_t v = 0; rc == 0 && v < (tuned ? 1 : run->trf->n_views); v++) {
        int64_t low, high;

        ana_penalty_edges(A, t, mean + v * A * t, choice->alpha + v * t, &low, &high);
        rc = ana_out_count(ctx, run->out, "alpha at the low edge of the grid", low, t);
        if (rc == 0)
            rc = ana_out_count(ctx, run->out, "alpha at the high edge of the grid", high,
                               t);
    }
    return rc;
}

int trf_choose(struct ana_ctx *ctx, const struct trf_run *run, int64_t k,
               struct trf_choice *choice)
{
    const struct trf *trf = run->trf;
    const int64_t t = run->t, A = trf->ridge.n_alphas;
    double *mean = ana_alloc(ctx, run->each, sizeof *mean);
    int rc = mean ? 0 : ANA_ERESOURCE;

    if (rc == 0 && trf_has_choice(trf))
        average(run, k, mean);
    for (int64_t v = 0; rc == 0 && trf_has_choice(trf) && v < trf->n_views; v++)
        ana_penalty_choose(A, t, mean + v * A * t, choice->alpha + v * t);
    if (rc == 0 && trf->mode == ANA_LAGS_TUNE)
        choose_window(run, mean, choice);
    if (rc == 0 && trf_has_choice(trf) && A > 1)
        rc = count_edges(ctx, run, mean, choice);
    ana_free(ctx, mean);
    return rc;
}
