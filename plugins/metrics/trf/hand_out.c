/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What one outer fold gives: predictions of its test rows and their scores, the penalties,
 * windows and biases chosen, kernels.
 */
#include <math.h>
#include <string.h>

#include "plugins/metrics/lib/score.h"
#include "plugins/metrics/trf/run.h"

static const struct ana_measure measures[] = {
    {"r", "Pearson's r between prediction and held-out target"},
    {"r2", "max(r, 0)^2"},
    {"R2", "1 - SSE / SST on held-out rows"},
    {"accuracy", "share of windows in which the reconstruction is closer to the attended "
                 "stream; ties count 1/2"},
    {"dprime", "(mean a - mean b) / sqrt((var a + var b) / 2), a and b the windows' "
               "correlations with the attended and the other stream"},
    {"windows", "windows that were decided"},
    {"low", "lower end of the 95 % interval of the accuracy over trials (Wilson)"},
    {"high", "upper end of it"},
    {"trials", "trials that the interval counts"},
};

const struct ana_measure *trf_measures(const struct trf *trf, int64_t *n)
{
    *n = trf->rival ? (int64_t)(sizeof measures / sizeof *measures) : 3;
    return measures;
}

/* r: t, out. */
static int hand_out_scores(struct ana_ctx *ctx, const struct trf_run *run, int64_t k,
                           double lag, int64_t m, const double *prediction,
                           const double *offset, const double *y, double *r)
{
    double *s = ana_alloc(ctx, 3 * run->t, sizeof *s);
    struct ana_scores scores = {.r = s, .r2 = s + run->t, .R2 = s + 2 * run->t};
    int rc =
        s ? ana_score(ctx, m, run->t, prediction, offset, y, &scores) : ANA_ERESOURCE;

    for (int i = 0; rc == 0 && i < 3; i++)
        rc = ana_out_lagged(ctx, run->out, measures[i].id, "", lag, k, run->first, run->t,
                            s + i * run->t);
    if (rc == 0)
        rc = ana_out_count(ctx, run->out, "constant target", scores.constant_targets,
                           run->t);
    if (rc == 0)
        rc = ana_out_count(ctx, run->out, "constant prediction",
                           scores.constant_predictions, run->t);
    if (rc == 0)
        memcpy(r, s, (size_t)run->t * sizeof *r);
    ana_free(ctx, s);
    return rc;
}

static int hand_out_choices(struct ana_ctx *ctx, const struct trf_run *run, int64_t k,
                            const struct trf_choice *choice, const double *weights,
                            const double *offset)
{
    const struct trf *trf = run->trf;
    const int64_t t = run->t;
    double *value = ana_alloc(ctx, t, sizeof *value);
    int rc = value ? 0 : ANA_ERESOURCE;

    for (int64_t j = 0; rc == 0 && j < t; j++)
        value[j] = trf->ridge.alphas[choice->alpha[choice->view[j] * t + j]];
    if (rc == 0 && trf->mode != ANA_LAGS_EACH)
        rc = ana_out_choice(ctx, run->out, "alpha", k, run->first, t, value);
    for (int64_t j = 0; rc == 0 && j < t; j++) {
        const struct trf_view *view = &trf->views[choice->view[j]];
        const double from = (double)trf->lagged.delays[view->first];
        const double to = (double)trf->lagged.delays[view->first + view->m - 1];

        value[j] = (to - from) / trf->problem->rate;
    }
    if (rc == 0 && trf->mode == ANA_LAGS_TUNE)
        rc = ana_out_choice(ctx, run->out, "window", k, run->first, t, value);
    for (int64_t j = 0; rc == 0 && j < t; j++) {
        value[j] = offset[j] + run->about->y_mean[run->first + j];
        for (int64_t i = 0; i < trf->lagged.p; i++)
            value[j] -= weights[i * t + j] * trf->x_mean[i % trf->lagged.F];
    }
    if (rc == 0 && trf->mode != ANA_LAGS_EACH)
        rc = ana_out_choice(ctx, run->out, "bias", k, run->first, t, value);
    ana_free(ctx, value);
    return rc;
}

/* A named array whose first axis is the lags: shape has n_dims sizes, the targets last. */
static int hand_out_lags(struct ana_ctx *ctx, const struct trf_run *run, int64_t k,
                         const char *name, const char *help, int32_t n_dims,
                         const int64_t *shape, const double *values)
{
    const struct lagged *l = &run->trf->lagged;
    double *lag = ana_alloc(ctx, l->D, sizeof *lag);
    const struct ana_axis axis = {.size = sizeof axis,
                                  .kind = ANA_AXIS_TIME,
                                  .name = "lag",
                                  .unit = "s",
                                  .coords = lag};
    const struct ana_axis feature = {
        .size = sizeof feature, .kind = ANA_AXIS_FEATURE, .name = "feature"};
    struct ana_tensor array;
    int rc = lag ? ana_tensor_create(ctx, ANA_F64, n_dims, shape, &array) : ANA_ERESOURCE;

    if (rc == 0) {
        for (int64_t d = 0; d < l->D; d++)
            lag[d] = (double)l->delays[d] / run->trf->problem->rate;
        memcpy(array.data, values, (size_t)ana_tensor_count(&array) * sizeof *values);
        rc = ana_tensor_set_axis(ctx, &array, 0, &axis);
        if (rc == 0 && n_dims == 3)
            rc = ana_tensor_set_axis(ctx, &array, 1, &feature);
        if (rc == 0)
            rc = ana_out_array(ctx, run->out, name, help, k, run->first, &array);
        ana_tensor_finish(&array);
    }
    ana_free(ctx, lag);
    return rc;
}

/* Test rows' predictions and all that is made of them. */
static int predict_fold(struct ana_ctx *ctx, const struct trf_run *run, int64_t k,
                        const double *weights, const double *offset)
{
    const struct trf *trf = run->trf;
    const struct ana_fold *fold = &trf->problem->folds[k];
    const int64_t t = run->t, m = fold->n_test, F = trf->lagged.F;
    double *prediction = ana_alloc(ctx, (2 * m + trf->n_views) * t, sizeof *prediction);
    double *y, *r;
    int rc = prediction ? 0 : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < m; i++)
        memcpy(prediction + (m + i) * t, run->y + fold->test[i] * t,
               (size_t)t * sizeof *prediction);
    y = prediction + m * t;
    r = y + m * t;
    for (int64_t v = 0; rc == 0 && v < (trf->mode == ANA_LAGS_EACH ? trf->n_views : 1);
         v++) {
        const int each = trf->mode == ANA_LAGS_EACH;
        const int64_t first = each ? trf->views[v].first : 0;
        const double lag = (double)trf->lagged.delays[first] / trf->problem->rate;

        rc = lagged_predict(ctx, &trf->lagged, m, fold->test, first,
                            each ? 1 : trf->lagged.D, t, weights + first * F * t,
                            prediction);
        if (rc == 0)
            rc = hand_out_scores(ctx, run, k, each ? lag : (double)NAN, m, prediction,
                                 offset + v * t, y, r + v * t);
    }
    if (rc == 0 && trf->mode == ANA_LAGS_EACH)
        rc = hand_out_lags(ctx, run, k, "r-by-lag", "Pearson's r of each lag by itself",
                           2, (const int64_t[]){trf->lagged.D, t}, r);
    if (rc == 0 && run->attending)
        rc = trf_attend_fold(ctx, run->attending, k, prediction);
    if (rc == 0 && trf->problem->want_predictions && trf->mode != ANA_LAGS_EACH) {
        struct ana_tensor view;

        for (int64_t i = 0; i < m * t; i++)
            prediction[i] += offset[i % t] + run->about->y_mean[run->first + i % t];
        ana_tensor_view(ANA_F64, 2, (const int64_t[]){m, t}, prediction, &view);
        rc = ana_out_predictions(ctx, run->out, k, run->first, &view);
    }
    ana_free(ctx, prediction);
    return rc;
}

int trf_hand_out(struct ana_ctx *ctx, const struct trf_run *run, int64_t k,
                 const struct trf_choice *choice, const double *weights,
                 const double *offset)
{
    const struct lagged *l = &run->trf->lagged;
    int rc = predict_fold(ctx, run, k, weights, offset);

    if (rc == 0)
        rc = hand_out_choices(ctx, run, k, choice, weights, offset);
    if (rc == 0 && run->trf->kernels)
        rc = hand_out_lags(ctx, run, k, "kernel",
                           "weight of each lag and feature: units of y a unit of x", 3,
                           (const int64_t[]){l->D, l->F, run->t}, weights);
    return rc;
}
