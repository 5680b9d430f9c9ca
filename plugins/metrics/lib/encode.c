/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The encoding engine's way through folds and targets: losses of every penalty, choice,
 * prediction, scores. Each (fold, target) writes to places of its own, so that neither
 * threads nor the order of tiles change a bit.
 */
#include "plugins/metrics/lib/encode.h"

#include <anaflow/reader.h>
#include <math.h>
#include <string.h>

#include "plugins/metrics/lib/score.h"
#include "plugins/metrics/lib/tall.h"

static const struct ana_measure measures[] = {
    {"r2",
     "max(r, 0)^2, r between prediction and held-out target; constant prediction: 0"},
    {"r", "Pearson's r between prediction and held-out target; constant prediction: 0"},
    {"R2", "1 - SSE / SST on held-out rows, SST around their own mean"},
};

struct ana_encoder {
    const struct ana_problem *problem;
    const struct ana_space *space;
    struct ana_ridge ridge;
    double *alphas;
    struct ana_encode_layout layout;
    struct ana_split **splits; /* n_folds, where kept */
};

struct ana_encoding {
    const struct ana_encoder *encoder;
    const struct ana_target *targets;
    int64_t n_targets;
    int32_t passes; /* ended so far */
    int32_t pad;
    double *y;       /* n_rows x n_targets, where gathered */
    double *curves;  /* n_folds x n_targets x n_alphas: a shared alpha over tiles */
    int64_t *shared; /* n_folds: its choice */
};

const struct ana_measure *ana_encode_measures(int64_t *n)
{
    *n = (int64_t)(sizeof measures / sizeof *measures);
    return measures;
}

static int make_split(struct ana_ctx *ctx, void *arg, int64_t k)
{
    struct ana_encoder *encoder = arg;
    int rc;

    ana_context_push(ctx, "fold %lld", (long long)k);
    rc = ana_split_create(ctx, encoder->space, &encoder->problem->folds[k],
                          &encoder->ridge, &encoder->splits[k]);
    ana_context_pop(ctx);
    return rc;
}

int ana_encoder_create(struct ana_ctx *ctx, const struct ana_problem *problem,
                       const struct ana_ridge *ridge, struct ana_encoder **out)
{
    struct ana_encoder *encoder = ana_alloc(ctx, 1, sizeof *encoder);
    int rc = ANA_ERESOURCE;

    *out = NULL;
    if (!encoder)
        return rc;
    encoder->problem = problem;
    encoder->space = problem->spaces[0];
    encoder->ridge = *ridge;
    encoder->alphas = ana_alloc(ctx, ridge->n_alphas, sizeof(double));
    encoder->splits = ana_alloc(ctx, problem->n_folds, sizeof(void *));
    if (!encoder->alphas || !encoder->splits)
        goto fail;
    memcpy(encoder->alphas, ridge->alphas, (size_t)ridge->n_alphas * sizeof(double));
    encoder->ridge.alphas = encoder->alphas;
    ana_encode_layout(ctx, problem, ridge, &encoder->layout);
    for (int64_t k = 0; k < problem->n_folds; k++) {
        rc = ana_split_check(ctx, &problem->folds[k], ridge);
        if (rc != 0)
            goto fail;
    }
    rc = encoder->layout.kept
             ? ana_parallel_for(ctx, problem->n_folds, make_split, encoder)
             : 0;
    if (rc != 0)
        goto fail;
    *out = encoder;
    return 0;
fail:
    ana_encoder_destroy(ctx, encoder);
    return rc;
}

void ana_encoder_destroy(struct ana_ctx *ctx, struct ana_encoder *encoder)
{
    if (!encoder)
        return;
    for (int64_t k = 0; encoder->splits && k < encoder->problem->n_folds; k++)
        ana_split_destroy(ctx, encoder->splits[k]);
    ana_free(ctx, encoder->splits);
    ana_free(ctx, encoder->alphas);
    ana_free(ctx, encoder);
}

/* A shared alpha needs the curves of all targets before the first score. */
static int two_passes(const struct ana_encoder *encoder)
{
    return encoder->layout.passes > 1;
}

int ana_encoding_create(struct ana_ctx *ctx, const struct ana_encoder *encoder,
                        const struct ana_y *y, struct ana_encoding **out)
{
    const int64_t folds = encoder->problem->n_folds, t = y->n_targets;
    struct ana_encoding *encoding = ana_alloc(ctx, 1, sizeof *encoding);

    *out = encoding;
    if (!encoding)
        return ANA_ERESOURCE;
    encoding->encoder = encoder;
    encoding->targets = y->targets;
    encoding->n_targets = t;
    if (encoder->layout.gather)
        encoding->y = ana_alloc(ctx, encoder->problem->n_rows * t, sizeof(double));
    if (two_passes(encoder)) {
        encoding->curves =
            ana_alloc(ctx, folds * encoder->ridge.n_alphas * t, sizeof(double));
        encoding->shared = ana_alloc(ctx, folds, sizeof(int64_t));
    }
    if ((!encoder->layout.gather || encoding->y) &&
        (!two_passes(encoder) || (encoding->curves && encoding->shared)))
        return 0;
    ana_encoding_destroy(ctx, encoding);
    *out = NULL;
    return ANA_ERESOURCE;
}

void ana_encoding_destroy(struct ana_ctx *ctx, struct ana_encoding *encoding)
{
    if (!encoding)
        return;
    ana_free(ctx, encoding->y);
    ana_free(ctx, encoding->curves);
    ana_free(ctx, encoding->shared);
    ana_free(ctx, encoding);
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

/* One fold of one set of targets. */
struct job {
    const struct ana_encoding *encoding;
    const struct ana_split *split; /* NULL if tall */
    const struct ana_fold *fold;
    int64_t number; /* of the fold */
    int64_t first;  /* target of y's first column */
    const struct ana_tensor *y;
    struct ana_out *out;
};

/* curve: n_alphas x t, the columns computed in blocks. */
static int job_curve(struct ana_ctx *ctx, const struct job *job, double *curve)
{
    const struct ana_encoder *encoder = job->encoding->encoder;
    const struct ana_ridge *ridge = &encoder->ridge;
    const int64_t t = job->y->shape[1], block = encoder->layout.block;
    double *part;
    int rc = 0;

    if (!job->split)
        return ana_tall_curve(ctx, encoder->space, job->fold, ridge, job->y, curve);
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

static int choose_shared(struct ana_ctx *ctx, const struct ana_ridge *ridge, int64_t t,
                         const double *curve, int64_t alpha_stride, int64_t target_stride,
                         struct ana_out *out, int64_t *choice)
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
static int job_choose(struct ana_ctx *ctx, const struct job *job, int64_t *choice)
{
    const struct ana_ridge *ridge = &job->encoding->encoder->ridge;
    const int64_t t = job->y->shape[1];
    double *curve;
    int rc;

    for (int64_t j = 0; j < t; j++)
        choice[j] = job->encoding->shared ? job->encoding->shared[job->number] : 0;
    if (ridge->n_alphas < 2 || job->encoding->shared)
        return 0;
    curve = ana_alloc(ctx, ridge->n_alphas * t, sizeof *curve);
    rc = curve ? job_curve(ctx, job, curve) : ANA_ERESOURCE;
    if (rc == 0 && ridge->shared) {
        rc = choose_shared(ctx, ridge, t, curve, t, 1, job->out, choice);
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

static int hand_out(struct ana_ctx *ctx, const struct job *job, int64_t first, int64_t t,
                    struct result *result)
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
    if (rc != 0 || !job->encoding->encoder->problem->want_predictions)
        return rc;
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < t; j++)
            result->prediction[i * t + j] += result->mean[j];
    ana_tensor_view(ANA_F64, 2, (const int64_t[]){m, t}, result->prediction,
                    &predictions);
    return ana_out_predictions(ctx, job->out, job->number, first, &predictions);
}

/* Predict, score and hand out the columns [first, first + t) of the job's y. */
static int job_block(struct ana_ctx *ctx, const struct job *job, int64_t first, int64_t t,
                     const int64_t *choice)
{
    const struct ana_encoder *encoder = job->encoding->encoder;
    const struct ana_ridge *ridge = &encoder->ridge;
    const struct ana_tensor y = columns(job->y, first, t);
    const int64_t m = job->fold->n_test;
    struct result result = {0};
    int rc = make_result(ctx, m, t, &result);

    if (rc == 0)
        rc = job->split ? ana_split_predict(ctx, job->split, ridge, &y, choice,
                                            result.prediction, result.mean)
                        : ana_tall_predict(ctx, encoder->space, job->fold, ridge, &y,
                                           choice, result.prediction, result.mean);
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

static int job_run(struct ana_ctx *ctx, const struct job *job)
{
    const int64_t t = job->y->shape[1];
    const int64_t block = job->split ? job->encoding->encoder->layout.block : t;
    int64_t *choice = ana_alloc(ctx, t, sizeof *choice);
    int rc = choice ? job_choose(ctx, job, choice) : ANA_ERESOURCE;

    for (int64_t first = 0; rc == 0 && first < t; first += block)
        rc = job_block(ctx, job, first, t - first < block ? t - first : block,
                       choice + first);
    ana_free(ctx, choice);
    return rc;
}

static int check_finite(struct ana_ctx *ctx, const struct ana_encoding *encoding,
                        const struct ana_tile *tile)
{
    const int64_t at = ana_tensor_find_nonfinite(&tile->y, NULL), t = tile->y.shape[1];
    const struct ana_target *target;

    if (at < 0)
        return 0;
    target = encoding->targets ? &encoding->targets[tile->first + at % t] : NULL;
    return ana_fail(
        ctx, ANA_ENUMERIC,
        "row %lld of target %lld (%s) is not finite; repair the recording or say "
        "what to do with `nan =`",
        (long long)(at / t), (long long)(tile->first + at % t),
        target && target->name ? target->name : "unnamed");
}

/* Keep a tile's targets for the end of the pass. */
static void gather(struct ana_encoding *encoding, const struct ana_tile *tile)
{
    const struct ana_tensor *y = &tile->y;

    for (int64_t i = 0; i < y->shape[0]; i++)
        for (int64_t j = 0; j < y->shape[1]; j++)
            encoding->y[i * encoding->n_targets + tile->first + j] =
                ((const double *)y->data)[i * y->strides[0] + j * y->strides[1]];
}

/* First of two passes: keep each target's curve. */
static int keep_curves(struct ana_ctx *ctx, const struct job *job)
{
    const int64_t t = job->y->shape[1], n_alphas = job->encoding->encoder->ridge.n_alphas;
    double *curve = ana_alloc(ctx, n_alphas * t, sizeof *curve);
    double *to = job->encoding->curves +
                 (job->number * job->encoding->n_targets + job->first) * n_alphas;
    int rc = curve ? job_curve(ctx, job, curve) : ANA_ERESOURCE;

    for (int64_t j = 0; rc == 0 && j < t; j++)
        for (int64_t a = 0; a < n_alphas; a++)
            to[j * n_alphas + a] = curve[a * t + j];
    ana_free(ctx, curve);
    return rc;
}

int ana_encoding_push(struct ana_ctx *ctx, struct ana_encoding *encoding,
                      const struct ana_tile *tile, struct ana_out *out)
{
    const struct ana_encoder *encoder = encoding->encoder;
    int rc = check_finite(ctx, encoding, tile);

    if (rc == 0 && encoder->layout.gather)
        gather(encoding, tile);
    if (rc != 0 || encoder->layout.gather)
        return rc;
    for (int64_t k = 0; rc == 0 && k < encoder->problem->n_folds; k++) {
        const struct job job = {encoding, encoder->splits[k], &encoder->problem->folds[k],
                                k,        tile->first,        &tile->y,
                                out};

        rc = two_passes(encoder) && encoding->passes == 0 ? keep_curves(ctx, &job)
                                                          : job_run(ctx, &job);
    }
    return rc;
}

/* A batch of folds on all of y. */
struct batch {
    struct ana_encoding *encoding;
    struct ana_out *out;
    int64_t first;
};

static int run_fold(struct ana_ctx *ctx, void *arg, int64_t i)
{
    const struct batch *batch = arg;
    const struct ana_encoder *encoder = batch->encoding->encoder;
    const struct ana_problem *problem = encoder->problem;
    const int64_t k = batch->first + i;
    struct ana_split *own = NULL;
    struct ana_tensor y;
    struct job job = {batch->encoding, encoder->splits[k], &problem->folds[k], k, 0, &y,
                      batch->out};
    int rc = 0;

    ana_tensor_view(ANA_F64, 2,
                    (const int64_t[]){problem->n_rows, batch->encoding->n_targets},
                    batch->encoding->y, &y);
    ana_context_push(ctx, "fold %lld", (long long)k);
    if (!job.split && !encoder->layout.tall) {
        rc = ana_split_create(ctx, encoder->space, job.fold, &encoder->ridge, &own);
        job.split = own;
    }
    if (rc == 0)
        rc = job_run(ctx, &job);
    ana_split_destroy(ctx, own);
    ana_context_pop(ctx);
    return rc;
}

static int run_gathered(struct ana_ctx *ctx, struct ana_encoding *encoding,
                        struct ana_out *out)
{
    const int64_t folds = encoding->encoder->problem->n_folds;
    const int64_t in_flight = encoding->encoder->layout.in_flight;
    struct batch batch = {encoding, out, 0};
    int rc = 0;

    for (; rc == 0 && batch.first < folds; batch.first += in_flight) {
        const int64_t left = folds - batch.first;

        rc = ana_parallel_for(ctx, left < in_flight ? left : in_flight, run_fold, &batch);
        ana_progress(ctx, batch.first + (left < in_flight ? left : in_flight), folds);
    }
    return rc;
}

int ana_encoding_pass(struct ana_ctx *ctx, struct ana_encoding *encoding,
                      struct ana_out *out, int32_t *again)
{
    const struct ana_encoder *encoder = encoding->encoder;
    const int64_t n_alphas = encoder->ridge.n_alphas, t = encoding->n_targets;
    int rc = 0;

    *again = 0;
    if (encoder->layout.gather)
        return run_gathered(ctx, encoding, out);
    if (two_passes(encoder) && encoding->passes == 0) {
        *again = 1;
        for (int64_t k = 0; rc == 0 && k < encoder->problem->n_folds; k++)
            rc = choose_shared(ctx, &encoder->ridge, t,
                               encoding->curves + k * t * n_alphas, 1, n_alphas, out,
                               &encoding->shared[k]);
    }
    encoding->passes++;
    return rc;
}
