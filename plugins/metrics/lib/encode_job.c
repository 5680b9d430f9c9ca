/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One fold's way from losses to scores: every penalty's loss on the training rows, the
 * choice (Golub, Heath & Wahba 1979 for leave-one-out and GCV), the test rows' prediction
 * and what it is worth.
 *
 * m test rows, t targets.
 */
#include "plugins/metrics/lib/encode_job.h"

#include <math.h>
#include <string.h>

#include "plugins/metrics/lib/encode.h"
#include "plugins/metrics/lib/score.h"

static const struct ana_measure measures[] = {
    {"r2",
     "max(r, 0)^2, r between prediction and held-out target; constant prediction: 0"},
    {"r", "Pearson's r between prediction and held-out target; constant prediction: 0"},
    {"R2", "1 - SSE / SST on held-out rows, SST around their own mean"},
};

const struct ana_measure *ana_encode_measures(int64_t *n)
{
    *n = (int64_t)(sizeof measures / sizeof *measures);
    return measures;
}

/* The columns [first, first + t) of y; never fails. */
static struct ana_tensor columns(const struct ana_tensor *y, int64_t first, int64_t t)
{
    struct ana_tensor view = *y;

    view.owner = NULL;
    view.shape[1] = t;
    view.data = (double *)y->data + first * y->strides[1];
    return view;
}

/* curve: n_alphas x t, the columns computed in blocks. */
int ana_encode_curve(struct ana_ctx *ctx, const struct ana_encode_job *job, double *curve)
{
    const struct ana_ridge *ridge = job->ridge;
    const int64_t t = job->y->shape[1], block = job->block;
    double *part;
    int rc = 0;

    if (job->tall)
        return ana_tall_curve(ctx, job->tall, curve);
    part = ana_alloc(ctx, ridge->n_alphas * block, sizeof *part);
    if (!part)
        return ANA_ERESOURCE;
    for (int64_t first = 0; rc == 0 && first < t; first += block) {
        const int64_t n = t - first < block ? t - first : block;
        const struct ana_tensor y = columns(job->y, first, n);

        rc = ana_split_curve(ctx, job->split, ridge, &y, part);
        for (int64_t a = 0; rc == 0 && a < ridge->n_alphas; a++)
            memcpy(curve + a * t + first, part + a * n, (size_t)n * sizeof *part);
    }
    ana_free(ctx, part);
    return rc;
}

/* Mean over the targets that have a curve, in their order; step and stride as laid out. */
static void mean_curve(int64_t n_alphas, int64_t t, const double *curve,
                       int64_t alpha_stride, int64_t target_stride, double *mean)
{
    for (int64_t a = 0; a < n_alphas; a++) {
        double sum = 0;
        int64_t n = 0;

        for (int64_t j = 0; j < t; j++) {
            const double loss = curve[a * alpha_stride + j * target_stride];

            if (!isnan(loss)) {
                sum += loss;
                n++;
            }
        }
        mean[a] = n > 0 ? sum / (double)n : (double)NAN;
    }
}

static int count_edges(struct ana_ctx *ctx, struct ana_out *out, int64_t n_alphas,
                       int64_t t, const double *curve, const int64_t *choice)
{
    int64_t low, high;
    int rc;

    if (n_alphas < 2)
        return 0;
    ana_penalty_edges(n_alphas, t, curve, choice, &low, &high);
    rc = ana_out_count(ctx, out, "alpha at the low edge of the grid", low, t);
    if (rc == 0)
        rc = ana_out_count(ctx, out, "alpha at the high edge of the grid", high, t);
    return rc;
}

int ana_encode_choose_shared(struct ana_ctx *ctx, const struct ana_ridge *ridge,
                             int64_t t, const double *curve, int64_t alpha_stride,
                             int64_t target_stride, struct ana_out *out, int64_t *choice)
{
    double *mean = ana_alloc(ctx, ridge->n_alphas, sizeof *mean);
    int rc = ANA_ERESOURCE;

    if (mean) {
        mean_curve(ridge->n_alphas, t, curve, alpha_stride, target_stride, mean);
        ana_penalty_choose(ridge->n_alphas, 1, mean, choice);
        rc = count_edges(ctx, out, ridge->n_alphas, 1, mean, choice);
    }
    ana_free(ctx, mean);
    return rc;
}

/* choice: t places in the list of alphas. */
static int job_choose(struct ana_ctx *ctx, const struct ana_encode_job *job,
                      int64_t given, int64_t *choice)
{
    const struct ana_ridge *ridge = job->ridge;
    const int64_t t = job->y->shape[1];
    double *curve;
    int rc;

    for (int64_t j = 0; j < t; j++)
        choice[j] = given < 0 ? 0 : given;
    if (ridge->n_alphas < 2 || given >= 0)
        return 0;
    curve = ana_alloc(ctx, ridge->n_alphas * t, sizeof *curve);
    rc = curve ? ana_encode_curve(ctx, job, curve) : ANA_ERESOURCE;
    if (rc == 0 && ridge->shared) {
        rc = ana_encode_choose_shared(ctx, ridge, t, curve, t, 1, job->out, choice);
        for (int64_t j = 1; j < t; j++)
            choice[j] = choice[0];
    } else if (rc == 0) {
        ana_penalty_choose(ridge->n_alphas, t, curve, choice);
        rc = count_edges(ctx, job->out, ridge->n_alphas, t, curve, choice);
    }
    ana_free(ctx, curve);
    return rc;
}

/* What one block of targets hands out. */
struct result {
    struct ana_scores scores;
    double *memory; /* r, r2, R2, mean, alpha: t each */
    double *mean, *alpha;
    double *prediction; /* m x t */
    double *y_test;     /* m x t */
};

static int make_result(struct ana_ctx *ctx, int64_t m, int64_t t, struct result *result)
{
    result->memory = ana_alloc(ctx, 5 * t, sizeof(double));
    result->prediction = ana_alloc(ctx, m * t, sizeof(double));
    result->y_test = ana_alloc(ctx, m * t, sizeof(double));
    if (!result->memory || !result->prediction || !result->y_test)
        return ANA_ERESOURCE;
    result->scores.r = result->memory;
    result->scores.r2 = result->memory + t;
    result->scores.R2 = result->memory + 2 * t;
    result->mean = result->memory + 3 * t;
    result->alpha = result->memory + 4 * t;
    return 0;
}

static void free_result(struct ana_ctx *ctx, struct result *result)
{
    ana_free(ctx, result->memory);
    ana_free(ctx, result->prediction);
    ana_free(ctx, result->y_test);
}

static int hand_out(struct ana_ctx *ctx, const struct ana_encode_job *job, int64_t first,
                    int64_t t, struct result *result)
{
    const double *const values[] = {result->scores.r2, result->scores.r,
                                    result->scores.R2};
    const int64_t m = job->fold->n_test;
    struct ana_tensor predictions;
    int rc = 0;

    for (int i = 0; rc == 0 && i < 3; i++)
        rc = ana_out_scores(ctx, job->out, measures[i].id, "", job->number, first, t,
                            values[i]);
    if (rc == 0)
        rc = ana_out_choice(ctx, job->out, "alpha", job->number, first, t, result->alpha);
    if (rc == 0)
        rc = ana_out_count(ctx, job->out, "constant target",
                           result->scores.constant_targets, t);
    if (rc == 0)
        rc = ana_out_count(ctx, job->out, "constant prediction",
                           result->scores.constant_predictions, t);
    if (rc != 0 || !job->want_predictions)
        return rc;
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < t; j++)
            result->prediction[i * t + j] += result->mean[j];
    ana_tensor_view(ANA_F64, 2, (const int64_t[]){m, t}, result->prediction,
                    &predictions);
    return ana_out_predictions(ctx, job->out, job->number, first, &predictions);
}

/* Predict, score and hand out the columns [first, first + t) of the job's y. */
static int job_block(struct ana_ctx *ctx, const struct ana_encode_job *job, int64_t first,
                     int64_t t, const int64_t *choice)
{
    const struct ana_ridge *ridge = job->ridge;
    const struct ana_tensor y = columns(job->y, first, t);
    const int64_t m = job->fold->n_test;
    struct result result = {0};
    int rc = make_result(ctx, m, t, &result);

    if (rc == 0)
        rc = job->tall ? ana_tall_predict(ctx, job->tall, choice, result.prediction,
                                          result.mean)
                       : ana_split_predict(ctx, job->split, ridge, &y, choice,
                                           result.prediction, result.mean);
    if (rc == 0) {
        ana_take_rows(&y, m, job->fold->test, result.y_test);
        for (int64_t j = 0; j < t; j++)
            result.alpha[j] = ridge->alphas[choice[j]];
        rc = ana_score(ctx, m, t, result.prediction, result.mean, result.y_test,
                       &result.scores);
    }
    if (rc == 0)
        rc = hand_out(ctx, job, job->first + first, t, &result);
    free_result(ctx, &result);
    return rc;
}

int ana_encode_run(struct ana_ctx *ctx, const struct ana_encode_job *job, int64_t given)
{
    const int64_t t = job->y->shape[1];
    const int64_t block = job->tall ? t : job->block;
    int64_t *choice = ana_alloc(ctx, t, sizeof *choice);
    int rc = choice ? job_choose(ctx, job, given, choice) : ANA_ERESOURCE;

    for (int64_t first = 0; rc == 0 && first < t; first += block)
        rc = job_block(ctx, job, first, t - first < block ? t - first : block,
                       choice + first);
    ana_free(ctx, choice);
    return rc;
}
