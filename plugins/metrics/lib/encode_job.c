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
#include "plugins/metrics/lib/keep.h"
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
    const int64_t t = job->y->shape[1], block = job->block < t ? job->block : t;
    double *part = ana_alloc(ctx, ridge->n_alphas * block, sizeof *part);
    int rc = part ? 0 : ANA_ERESOURCE;

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

static int count_edges(struct ana_ctx *ctx, struct ana_out *out,
                       const struct ana_ridge *ridge, int64_t t, const double *curve,
                       const int64_t *choice)
{
    static const char *const names[][2] = {
        {"alpha at the low edge of the grid", "alpha at the high edge of the grid"},
        {"largest fraction chosen", "smallest fraction chosen"}};
    int64_t low, high;
    int rc;

    if (ridge->n_alphas < 2)
        return 0;
    ana_penalty_edges(ridge->n_alphas, t, curve, choice, &low, &high);
    rc = ana_out_count(ctx, out, names[ridge->fractional][0], low, t);
    if (rc == 0)
        rc = ana_out_count(ctx, out, names[ridge->fractional][1], high, t);
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
        rc = count_edges(ctx, out, ridge, 1, mean, choice);
    }
    ana_free(ctx, mean);
    return rc;
}

int ana_encode_choose(struct ana_ctx *ctx, const struct ana_ridge *ridge, int64_t t,
                      const double *curve, struct ana_out *out, int64_t *choice)
{
    int rc;

    if (!ridge->shared) {
        ana_penalty_choose(ridge->n_alphas, t, curve, choice);
        return count_edges(ctx, out, ridge, t, curve, choice);
    }
    rc = ana_encode_choose_shared(ctx, ridge, t, curve, t, 1, out, choice);
    for (int64_t j = 1; j < t; j++)
        choice[j] = choice[0];
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
    if (rc == 0)
        rc = ana_encode_choose(ctx, ridge, t, curve, job->out, choice);
    ana_free(ctx, curve);
    return rc;
}

static int hand_out_scores(struct ana_ctx *ctx, const struct ana_encode_job *job,
                           int64_t first, int64_t t, const struct ana_scores *scores,
                           const double *alpha)
{
    const double *const values[] = {scores->r2, scores->r, scores->R2};
    int rc = 0;

    for (int i = 0; rc == 0 && i < 3; i++)
        rc = ana_out_scores(ctx, job->out, measures[i].id, "", job->number, first, t,
                            values[i]);
    if (rc == 0 && !job->ridge->unnamed)
        rc = ana_out_choice(ctx, job->out, "alpha", job->number, first, t, alpha);
    if (rc == 0)
        rc = ana_out_count(ctx, job->out, "constant target", scores->constant_targets, t);
    if (rc == 0)
        rc = ana_out_count(ctx, job->out, "constant prediction",
                           scores->constant_predictions, t);
    return rc;
}

int ana_encode_hand_out(struct ana_ctx *ctx, const struct ana_encode_job *job,
                        int64_t first, int64_t t, const int64_t *choice,
                        double *prediction, const double *mean, const double *y_test)
{
    const int64_t m = job->fold->n_test;
    double *memory = ana_alloc(ctx, 4 * t, sizeof *memory);
    struct ana_tensor predictions;
    struct ana_scores scores = {0};
    int rc = ANA_ERESOURCE;

    if (memory) {
        scores.r = memory;
        scores.r2 = memory + t;
        scores.R2 = memory + 2 * t;
        for (int64_t j = 0; !job->ridge->unnamed && j < t; j++)
            memory[3 * t + j] =
                job->penalty ? job->penalty[j] : job->ridge->alphas[choice[j]];
        rc = ana_score(ctx, m, t, prediction, mean, y_test, &scores);
    }
    if (rc == 0)
        rc = hand_out_scores(ctx, job, job->first + first, t, &scores, memory + 3 * t);
    ana_free(ctx, memory);
    if (rc != 0 || (job->ridge->predictions == 0 && !job->want_predictions))
        return rc;
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < t; j++)
            prediction[i * t + j] += mean[j];
    if (job->ridge->predictions > 0)
        rc = ana_keep_predictions(ctx, job->out, job->ridge->predictions, job->number,
                                  job->first + first, m, t, prediction);
    if (rc != 0 || !job->want_predictions)
        return rc;
    ana_tensor_view(ANA_F64, 2, (const int64_t[]){m, t}, prediction, &predictions);
    return ana_out_predictions(ctx, job->out, job->number, job->first + first,
                               &predictions);
}

/* memory has room for t. */
static int hand_out_fractions(struct ana_ctx *ctx, const struct ana_encode_job *job,
                              int64_t first, int64_t t, const int64_t *choice,
                              double *memory)
{
    for (int64_t j = 0; j < t; j++)
        memory[j] = job->ridge->alphas[choice[j]];
    return ana_out_choice(ctx, job->out, "fraction", job->number, job->first + first, t,
                          memory);
}

static int keep_weights(struct ana_ctx *ctx, const struct ana_encode_job *job,
                        int64_t first, const struct ana_tensor *y, const int64_t *choice)
{
    const int64_t p = job->split->outer->p, t = y->shape[1];
    double *weights = ana_alloc(ctx, p * t, sizeof *weights);
    double *intercept = ana_alloc(ctx, t, sizeof *intercept);
    int rc = ANA_ERESOURCE;

    if (weights && intercept)
        rc =
            ana_split_weights(ctx, job->split, job->ridge, y, choice, weights, intercept);
    if (rc == 0)
        rc = ana_keep_weights(ctx, job->out, job->number, job->first + first, p, t,
                              weights, intercept);
    ana_free(ctx, weights);
    ana_free(ctx, intercept);
    return rc;
}

/* Predict, score and hand out the columns [first, first + t) of the job's y. */
static int job_block(struct ana_ctx *ctx, const struct ana_encode_job *job, int64_t first,
                     int64_t t, const int64_t *choice)
{
    const struct ana_tensor y = columns(job->y, first, t);
    const int64_t m = job->fold->n_test;
    double *prediction = ana_alloc(ctx, m * t, sizeof *prediction);
    double *y_test = ana_alloc(ctx, m * t, sizeof *y_test);
    double *mean = ana_alloc(ctx, 2 * t, sizeof *mean), *penalty = mean + t;
    struct ana_encode_job own = *job;
    int rc = ANA_ERESOURCE;

    own.penalty = penalty;
    if (prediction && y_test && mean)
        rc = ana_split_predict(ctx, job->split, job->ridge, &y, choice, prediction, mean,
                               penalty);
    if (rc == 0) {
        ana_take_rows(&y, m, job->fold->test, y_test);
        rc = ana_encode_hand_out(ctx, &own, first, t, choice, prediction, mean, y_test);
    }
    if (rc == 0 && job->ridge->fractional)
        rc = hand_out_fractions(ctx, job, first, t, choice, mean);
    if (rc == 0 && job->ridge->weights)
        rc = keep_weights(ctx, job, first, &y, choice);
    ana_free(ctx, prediction);
    ana_free(ctx, y_test);
    ana_free(ctx, mean);
    return rc;
}

int ana_encode_run(struct ana_ctx *ctx, const struct ana_encode_job *job, int64_t given)
{
    const int64_t t = job->y->shape[1], block = job->block;
    int64_t *choice = ana_alloc(ctx, t, sizeof *choice);
    int rc = choice ? job_choose(ctx, job, given, choice) : ANA_ERESOURCE;

    for (int64_t first = 0; rc == 0 && first < t; first += block)
        rc = job_block(ctx, job, first, t - first < block ? t - first : block,
                       choice + first);
    ana_free(ctx, choice);
    return rc;
}
