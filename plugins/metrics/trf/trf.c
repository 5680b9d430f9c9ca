/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The metric `trf`: temporal response functions, linear maps from the lagged samples of
 * one side to each target of the other (Crosse et al. 2016), with ridge or Tikhonov
 * regularisation, one window of lags, a window chosen for each target, or a score a lag;
 * and the decoding of attention from a backward model (O'Sullivan et al. 2015).
 */
#include "plugins/metrics/trf/trf.h"

#include <math.h>
#include <string.h>

#include "plugins/metrics/lib/glue.h"
#include "plugins/metrics/lib/keep.h"

static const struct ana_param params[] = {
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_LIST,
     .name = "alphas",
     .fallback = "logspace(-2, 7, 10)",
     .min = 0,
     .max = 1e100,
     .help = "penalties to choose from, in the convention that `lambda` names"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_CHOICE,
     .name = "lambda",
     .fallback = "sklearn",
     .choices = "sklearn|huth|mtrf|mtrfpy",
     .help =
         "whose penalties `alphas` are: huth = squared, mtrf = times the rate, mtrfpy = "
         "times rate and training trials"},
    ANA_GLUE_ALPHA,
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_CHOICE,
     .name = "regularization",
     .fallback = "ridge",
     .choices = "ridge|tikhonov|tikhonov-flat",
     .help = "what is penalised: weights, or differences of neighbouring lags (flat: as "
             "mTRF programs do, across features too)"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_CHOICE,
     .name = "direction",
     .fallback = "forward",
     .choices = "forward|backward",
     .help = "forward: x is the stimulus; backward: x is the response, whose lags are "
             "negative (its future)"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_CHOICE,
     .name = "inner_measure",
     .fallback = "R2",
     .choices = "R2|mse|r",
     .help = "what inner folds average to choose a penalty"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_BOOL,
     .name = "intercept",
     .fallback = "yes",
     .help = "a bias, which is not penalised"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_BOOL,
     .name = "kernels",
     .fallback = "yes",
     .help = "keep the weights of each fold as arrays/...kernel.npy and draw them"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_TEXT,
     .name = "rival",
     .fallback = "",
     .help =
         "decode attention: the space of x (name in [features]) that holds the stream "
         "that was ignored; it predicts nothing"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_LIST,
     .name = "windows",
     .fallback = "1 2 5 10 20 30",
     .min = 0.01,
     .max = 1e5,
     .unit = "s",
     .help = "window lengths in which attention is decided"},
};

static int64_t whole(double bytes)
{
    return bytes < 9e18 ? (int64_t)bytes : INT64_MAX;
}

static int plan(struct ana_ctx *ctx, const struct ana_params *given,
                const struct ana_problem *problem, struct ana_metric_plan *plan)
{
    struct trf trf;
    const int64_t t = problem->n_targets;
    int rc = trf_settings_read(ctx, given, problem, &trf);

    if (rc == 0) {
        const double p = (double)trf.lagged.p, F = (double)trf.lagged.F;
        const double D = (double)trf.lagged.D, n = (double)problem->n_rows;
        const double x = 8 * ((double)trf.lags.n_samples * F + F) + 24 * D * (D + 1);
        const double kept = 8 * (p * p + p + n) + x + 8 * (n + 1) * (double)t;

        plan->passes = 1;
        plan->bytes = /* y as it comes, too, which is held for the pass */
            whole(kept + 8 * n * (double)t +
                  fmax(trf_run_bytes(&trf, problem, t, ana_workers(ctx)), 8 * n));
        plan->begun = whole(kept); /* with the room for y, which open_y makes */
        plan->begin_flops = lagged_gram_flops(&trf.lagged, n);
        plan->flops = plan->begin_flops + trf_run_flops(&trf, problem, t);
        plan->loops =
            4 * (double)problem->n_folds * p * p + trf_run_loops(&trf, problem, t);
        plan->arrays =
            whole(8 * (double)problem->n_folds * (double)t *
                  ((trf.kernels ? p : 0) + (trf.mode == ANA_LAGS_EACH ? D : 0)));
        plan->pieces = trf_pieces(&trf, problem);
        plan->measures = trf_measures(&trf, &plan->n_measures);
        plan->scores = trf_n_scores(&trf);
    }
    trf_settings_finish(ctx, &trf);
    return rc;
}

static void close_x(struct ana_ctx *ctx, void *xs)
{
    if (!xs)
        return;
    trf_settings_finish(ctx, xs);
    ana_free(ctx, xs);
}

/* Samples as float64, less their mean where a bias makes that a matter of rounding. */
static int take_samples(struct ana_ctx *ctx, struct trf *trf)
{
    const int64_t F = trf->lags.features, n = trf->lags.n_samples;

    trf->x = ana_alloc(ctx, n * F, sizeof *trf->x);
    trf->x_mean = ana_alloc(ctx, F, sizeof *trf->x_mean);
    if (!trf->x || !trf->x_mean)
        return ANA_ERESOURCE;
    for (int64_t i = 0; trf->ridge.intercept && i < n; i++)
        for (int64_t f = 0; f < F; f++)
            trf->x_mean[f] += (double)trf->lags.x[i * F + f] / (double)n;
    for (int64_t i = 0; i < n; i++)
        for (int64_t f = 0; f < F; f++)
            trf->x[i * F + f] = (double)trf->lags.x[i * F + f] - trf->x_mean[f];
    trf->lagged.x = trf->x;
    return 0;
}

static int begin(struct ana_ctx *ctx, const struct ana_params *given,
                 const struct ana_problem *problem, void **xs)
{
    struct trf *trf = ana_alloc(ctx, 1, sizeof *trf);
    int64_t *rows = ana_alloc(ctx, problem->n_rows, sizeof *rows);
    int rc = trf && rows ? trf_settings_read(ctx, given, problem, trf) : ANA_ERESOURCE;

    *xs = NULL;
    if (rc == 0)
        rc = take_samples(ctx, trf);
    if (rc == 0)
        rc = lagged_sums_create(ctx, trf->lagged.p, 0, 1, &trf->total);
    for (int64_t i = 0; rc == 0 && i < problem->n_rows; i++)
        rows[i] = i;
    if (rc == 0)
        rc =
            lagged_add(ctx, &trf->lagged, problem->n_rows, rows, 0, NULL, 1, &trf->total);
    ana_free(ctx, rows);
    if (rc == 0)
        *xs = trf;
    else
        close_x(ctx, trf);
    return rc;
}

static void close_y(struct ana_ctx *ctx, void *ys)
{
    struct trf_y *y = ys;

    if (!y)
        return;
    ana_free(ctx, y->y);
    ana_free(ctx, y->y_mean);
    ana_free(ctx, y);
}

static int open_y(struct ana_ctx *ctx, void *xs, const struct ana_y *about, void **ys)
{
    const struct trf *trf = xs;
    struct trf_y *y = ana_alloc(ctx, 1, sizeof *y);

    *ys = NULL;
    if (!y)
        return ANA_ERESOURCE;
    *y = (struct trf_y){.trf = trf, .about = about, .t = about->n_targets};
    y->y = ana_alloc(ctx, trf->problem->n_rows * y->t, sizeof *y->y);
    y->y_mean = ana_alloc(ctx, y->t, sizeof *y->y_mean);
    if (!y->y || !y->y_mean) {
        close_y(ctx, y);
        return ANA_ERESOURCE;
    }
    *ys = y;
    return 0;
}

static int push(struct ana_ctx *ctx, void *ys, const struct ana_tile *tile,
                struct ana_out *out)
{
    struct trf_y *y = ys;
    const int64_t n = y->trf->problem->n_rows, w = tile->y.shape[1];
    const double *from = tile->y.data;

    (void)out;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < w; j++) {
            const double v = from[i * tile->y.strides[0] + j * tile->y.strides[1]];

            if (!isfinite(v))
                return ana_fail(
                    ctx, ANA_ENUMERIC,
                    "target %lld is not finite at row %lld; leave that target "
                    "out or repair the recording",
                    (long long)(tile->first + j), (long long)i);
            y->y[i * y->t + tile->first + j] = v;
        }
    for (int64_t i = 0; y->trf->ridge.intercept && i < n; i++)
        for (int64_t j = tile->first; j < tile->first + w; j++)
            y->y_mean[j] += y->y[i * y->t + j] / (double)n;
    for (int64_t i = 0; y->trf->ridge.intercept && i < n; i++)
        for (int64_t j = tile->first; j < tile->first + w; j++)
            y->y[i * y->t + j] -= y->y_mean[j];
    return 0;
}

/* The conventions without which two programs' numbers cannot be compared. */
static int state(struct ana_ctx *ctx, const struct trf *trf, struct ana_out *out)
{
    static const char *const penalties[] = {
        "|w|^2", "half the squared differences of neighbouring lags of each feature",
        "half the squared differences of neighbouring columns, lag by lag and feature by "
        "feature as mTRF-Toolbox orders them"};
    const struct lagged *l = &trf->lagged;
    const double rate = trf->problem->rate;
    const char *convention = ana_param_text(trf->params, "lambda");
    int rc = ana_out_note(
        ctx, out,
        "trf: minimises |y - Xw - c|^2 + alpha R, R = %s, %s; X holds %lld lags from %g "
        "to "
        "%g s of %lld features (positive: the past of x predicts y; no lag crosses a "
        "trial's edge)",
        penalties[trf->penalty], trf->ridge.intercept ? "c not penalised" : "c = 0",
        (long long)l->D, (double)l->delays[0] / rate, (double)l->delays[l->D - 1] / rate,
        (long long)l->F);

    if (rc == 0)
        rc = ana_out_note(
            ctx, out,
            "alpha: %lld value%s from %g to %g, as scikit-learn's (those of "
            "mTRF-Toolbox are %g times smaller)",
            (long long)trf->ridge.n_alphas, trf->ridge.n_alphas > 1 ? "s" : "",
            trf->ridge.alphas[0], trf->ridge.alphas[trf->ridge.n_alphas - 1], rate);
    if (rc == 0 && trf->ridge.n_alphas > 1)
        rc = ana_note_grid(ctx, out, "alphas", trf->ridge.n_alphas, trf->ridge.alphas);
    if (rc == 0 && strcmp(convention, "sklearn") != 0)
        rc = ana_out_note(ctx, out, "alphas were given as %s's", convention);
    if (rc == 0 && trf->ridge.n_alphas > 1)
        rc = ana_out_note(ctx, out,
                          "alpha is chosen by mean %s over inner folds, %s; ties go to "
                          "the larger",
                          ana_param_text(trf->params, "inner_measure"),
                          trf->ridge.shared ? "one for all targets of a fold"
                                            : "one for each target and fold");
    if (rc == 0 && trf->mode == ANA_LAGS_TUNE)
        rc = ana_out_note(ctx, out,
                          "%lld windows of lags: each target's own is chosen with its "
                          "alpha on the training rows of each fold",
                          (long long)trf->n_views);
    if (rc == 0 && trf->mode == ANA_LAGS_EACH)
        rc = ana_out_note(ctx, out, "each lag is fitted and scored by itself");
    return rc;
}

static int pass(struct ana_ctx *ctx, void *ys, struct ana_out *out, int32_t *again)
{
    const struct trf_y *y = ys;
    int rc = trf_run(ctx, y, out);

    *again = 0;
    return rc ? rc : state(ctx, y->trf, out);
}

static const struct ana_metric_vt metric = {
    .size = sizeof(struct ana_metric_vt),
    .flags = ANA_METRIC_PER_TARGET | ANA_METRIC_NEEDS_FOLDS | ANA_METRIC_MANY_X |
             ANA_METRIC_TUNES_LAGS | ANA_METRIC_TAKES_EPOCHS | ANA_METRIC_TAKES_SERIES,
    .plan = plan,
    .begin = begin,
    .open_y = open_y,
    .push = push,
    .pass = pass,
    .close_y = close_y,
    .close = close_x,
};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_METRIC),
    .id = "trf",
    .version = "1.0",
    .summary =
        "temporal response functions: lagged ridge or Tikhonov regression, forward, "
        "backward, and attention decoding",
    .licence = "BSD-3-Clause",
    .citation = "Crosse et al. 2016, Frontiers in Human Neuroscience 10:604; attention: "
                "O'Sullivan et al. 2015, Cerebral Cortex 25(7)",
    .params = params,
    .n_params = sizeof params / sizeof *params,
    .metric = &metric,
};
