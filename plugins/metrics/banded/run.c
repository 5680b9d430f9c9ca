/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One outer fold of banded ridge from its matrices to the scores handed out.
 */
#include "plugins/metrics/banded/run.h"

#include <anaflow/linalg.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plugins/metrics/banded/refine.h"
#include "plugins/metrics/lib/keep.h"
#include "plugins/metrics/lib/score.h"

static const struct ana_measure measures[] = {
    {"r2", "max(r, 0)^2, r between joint prediction and held-out target"},
    {"r", "Pearson's r of the joint prediction; of a band: its part of it"},
    {"R2", "1 - SSE / SST on held-out rows; of a band: its part (product measure)"},
    {"partition", "R2 that a set of bands explains and none of its subsets does"},
};

const struct ana_measure *bands_measures(int64_t *n)
{
    *n = (int64_t)(sizeof measures / sizeof *measures);
    return measures;
}

/* A fold's targets and what is found of them. */
struct result {
    int64_t m, t, n_bands, first; /* first: number of the first target */
    double *train, *test, *mean;  /* n x t, m x t, t */
    struct bands_choice choice;
    double *part;                    /* n_bands x m x t */
    double *joint;                   /* m x t */
    double *r, *r2, *R2;             /* t each */
    double *part_R2, *part_r, *rest; /* n_bands x t, n_bands x t, t */
    double *subsets, *own;           /* 2^n_bands x t, for a partition */
    double *weights;                 /* p x t, where they are wanted */
    struct bands bands; /* with room for the draws of this fold's refinement */
    int64_t n_draws;    /* without these */
};

static int open_result(struct ana_ctx *ctx, const struct banded_y *y,
                       const struct ana_fold *fold, int64_t first, int64_t t,
                       struct result *q)
{
    const int64_t n = fold->n_train, m = fold->n_test;
    struct ana_tensor view = y->y;
    const int64_t B = y->banded->bands.n_bands, sets = y->banded->partition ? 1 << B : 0;

    view.owner = NULL;
    view.shape[1] = t;
    view.data = (double *)y->y.data + first * y->y.strides[1];
    *q = (struct result){.m = m, .t = t, .n_bands = B, .first = first};
    q->train = ana_alloc(ctx, n * t, sizeof(double));
    q->test = ana_alloc(ctx, m * t, sizeof(double));
    q->mean = ana_alloc(ctx, (5 + 2 * B) * t, sizeof(double));
    q->choice.draw = ana_alloc(ctx, 2 * t, sizeof(int64_t));
    q->choice.loss = ana_alloc(ctx, t, sizeof(double));
    q->choice.flat = ana_alloc(ctx, t, 1);
    q->part = ana_alloc(ctx, B * m * t, sizeof(double));
    q->joint = ana_alloc(ctx, m * t, sizeof(double));
    q->subsets = ana_alloc(ctx, 2 * sets * t, sizeof(double));
    if (!q->train || !q->test || !q->mean || !q->choice.draw || !q->choice.loss ||
        !q->choice.flat || !q->part || !q->joint || !q->subsets)
        return ANA_ERESOURCE;
    q->bands = y->banded->bands;
    q->bands.gamma = ana_alloc(
        ctx, (q->bands.n_draws + q->bands.refine * BANDS_GROUPS) * B, sizeof(double));
    if (!q->bands.gamma)
        return ANA_ERESOURCE;
    q->n_draws = q->bands.n_draws;
    memcpy(q->bands.gamma, y->banded->bands.gamma,
           (size_t)(q->bands.n_draws * B) * sizeof(double));
    q->choice.alpha = q->choice.draw + t;
    q->r = q->mean + t;
    q->r2 = q->mean + 2 * t;
    q->R2 = q->mean + 3 * t;
    q->rest = q->mean + 4 * t;
    q->part_R2 = q->mean + 5 * t;
    q->part_r = q->mean + (5 + B) * t;
    q->own = q->subsets + sets * t;
    ana_take_rows(&view, n, fold->train, q->train);
    ana_take_rows(&view, m, fold->test, q->test);
    for (int64_t i = 0; y->banded->bands.ridge.intercept && i < n; i++)
        for (int64_t j = 0; j < t; j++)
            q->mean[j] += q->train[i * t + j] / (double)n;
    return 0;
}

static void close_result(struct ana_ctx *ctx, struct result *q)
{
    ana_free(ctx, q->train);
    ana_free(ctx, q->test);
    ana_free(ctx, q->mean);
    ana_free(ctx, q->choice.draw);
    ana_free(ctx, q->choice.loss);
    ana_free(ctx, q->choice.flat);
    ana_free(ctx, q->part);
    ana_free(ctx, q->joint);
    ana_free(ctx, q->subsets);
    ana_free(ctx, q->weights);
    ana_free(ctx, q->bands.gamma);
}

/* Search and fit with the bands of a mask; scores of the joint prediction. */
static int fit_mask(struct ana_ctx *ctx, const struct bands_fold *fold, uint32_t mask,
                    struct result *q, struct ana_scores *scores)
{
    const int64_t cells = q->m * q->t;
    int rc;

    q->bands.n_draws = q->n_draws;
    rc = bands_search(ctx, fold, mask, q->t, q->train, &q->choice);

    *scores = (struct ana_scores){.r = q->r, .r2 = q->r2, .R2 = q->R2};
    if (rc == 0 && q->bands.refine > 0)
        rc = bands_refine(ctx, fold, &q->bands, mask, q->bands.refine, q->t, q->train,
                          &q->choice);
    if (rc == 0)
        rc = bands_predict(ctx, fold, mask, q->t, q->train, &q->choice, q->part,
                           q->weights);
    if (rc != 0)
        return rc;
    memset(q->joint, 0, (size_t)cells * sizeof *q->joint);
    for (int64_t b = 0; b < q->n_bands; b++)
        for (int64_t i = 0; i < cells; i++)
            q->joint[i] += q->part[b * cells + i];
    return ana_score(ctx, q->m, q->t, q->joint, q->mean, q->test, scores);
}

static int hand_out_whole(struct ana_ctx *ctx, const struct banded_y *y, int64_t k,
                          const struct result *q, const struct ana_scores *scores,
                          struct ana_out *out)
{
    const struct ana_problem *problem = y->banded->problem;
    const double *const values[] = {q->r2, q->r, q->R2};
    int rc = 0;

    for (int i = 0; rc == 0 && i < 3; i++)
        rc = ana_out_scores(ctx, out, measures[i].id, "", k, q->first, q->t, values[i]);
    for (int64_t b = 0; rc == 0 && b < q->n_bands; b++) {
        const char *name = ana_space_name(problem->spaces[b]);

        rc = ana_out_scores(ctx, out, "R2", name, k, q->first, q->t,
                            q->part_R2 + b * q->t);
        if (rc == 0)
            rc = ana_out_scores(ctx, out, "r", name, k, q->first, q->t,
                                q->part_r + b * q->t);
    }
    if (rc == 0)
        rc = ana_out_scores(ctx, out, "R2", "mean", k, q->first, q->t, q->rest);
    if (rc == 0)
        rc = ana_out_count(ctx, out, "constant target", scores->constant_targets, q->t);
    if (rc == 0)
        rc = ana_out_count(ctx, out, "constant prediction", scores->constant_predictions,
                           q->t);
    return rc;
}

/* Each band's own penalty alpha / gamma (INFINITY as 1e300), and choices at an edge. */
static int hand_out_choices(struct ana_ctx *ctx, const struct banded_y *y, int64_t k,
                            const struct result *q, struct ana_out *out)
{
    const struct bands *bands = &q->bands;
    double *value = ana_alloc(ctx, q->t, sizeof *value);
    double *gamma = ana_alloc(ctx, q->n_bands, sizeof *gamma);
    int64_t low = 0, high = 0;
    int rc = value && gamma ? 0 : ANA_ERESOURCE;

    for (int64_t b = 0; rc == 0 && b < q->n_bands; b++) {
        char name[200];

        snprintf(name, sizeof name, "alpha of %s",
                 ana_space_name(y->banded->problem->spaces[b]));
        for (int64_t j = 0; j < q->t; j++) {
            bands_gamma(bands, q->choice.draw[j], (UINT32_C(1) << q->n_bands) - 1, gamma);
            value[j] = fmin(bands->ridge.alphas[q->choice.alpha[j]] / gamma[b], 1e300);
        }
        rc = ana_out_choice(ctx, out, name, k, q->first, q->t, value);
    }
    for (int64_t j = 0; j < q->t; j++) {
        if (q->choice.flat[j]) /* constant, or no penalty is better: none was chosen */
            continue;
        low += q->choice.alpha[j] == 0;
        high += q->choice.alpha[j] == bands->ridge.n_alphas - 1;
    }
    if (rc == 0 && bands->ridge.n_alphas > 1)
        rc = ana_out_count(ctx, out, "alpha at the low edge of the grid", low, q->t);
    if (rc == 0 && bands->ridge.n_alphas > 1)
        rc = ana_out_count(ctx, out, "alpha at the high edge of the grid", high, q->t);
    ana_free(ctx, value);
    ana_free(ctx, gamma);
    return rc;
}

static void name_set(const struct ana_problem *problem, uint32_t mask, size_t size,
                     char *name)
{
    const int one = (mask & (mask - 1)) == 0;
    size_t at = (size_t)snprintf(name, size, one ? "unique " : "shared ");
    const char *join = "";

    for (int64_t b = 0; b < problem->n_spaces; b++)
        if (mask >> b & 1 && at < size) {
            at += (size_t)snprintf(name + at, size - at, "%s%s", join,
                                   ana_space_name(problem->spaces[b]));
            join = " + ";
        }
}

/* Every subset of the bands, the whole being fitted already. */
static int partition(struct ana_ctx *ctx, const struct banded_y *y,
                     const struct bands_fold *fold, int64_t k, struct result *q,
                     struct ana_out *out)
{
    const uint32_t all = (UINT32_C(1) << q->n_bands) - 1;
    struct ana_scores scores;
    int rc = 0;

    memcpy(q->subsets + (int64_t)all * q->t, q->R2, (size_t)q->t * sizeof(double));
    for (uint32_t mask = 1; rc == 0 && mask < all; mask++) {
        rc = fit_mask(ctx, fold, mask, q, &scores);
        memcpy(q->subsets + (int64_t)mask * q->t, q->R2, (size_t)q->t * sizeof(double));
    }
    if (rc == 0)
        bands_partition(q->n_bands, q->t, q->subsets, q->own);
    for (uint32_t mask = 1; rc == 0 && mask <= all; mask++) {
        char name[1024];

        name_set(y->banded->problem, mask, sizeof name, name);
        rc = ana_out_scores(ctx, out, "partition", name, k, q->first, q->t,
                            q->own + (int64_t)mask * q->t);
    }
    return rc;
}

static int predictions(struct ana_ctx *ctx, const struct banded *banded, int64_t k,
                       const struct result *q, struct ana_out *out)
{
    struct ana_tensor view;
    int rc = 0;

    for (int64_t i = 0; i < q->m; i++)
        for (int64_t j = 0; j < q->t; j++)
            q->joint[i * q->t + j] += q->mean[j];
    ana_tensor_view(ANA_F64, 2, (const int64_t[]){q->m, q->t}, q->joint, &view);
    if (banded->predictions > 0)
        rc = ana_keep_predictions(ctx, out, banded->predictions, k, q->first, q->m, q->t,
                                  q->joint);
    if (rc == 0 && banded->problem->want_predictions)
        rc = ana_out_predictions(ctx, out, k, q->first, &view);
    return rc;
}

/* Weights of the bands side by side; q's weights and training means are used up. */
static int weights(struct ana_ctx *ctx, const struct bands_fold *fold, int64_t k,
                   struct result *q, struct ana_out *out)
{
    double *intercept = ana_alloc(ctx, q->t, sizeof *intercept);
    int rc = ANA_ERESOURCE;

    if (intercept) {
        memcpy(intercept, q->mean, (size_t)q->t * sizeof *intercept);
        for (int64_t i = 0; i < fold->p; i++)
            for (int64_t j = 0; j < q->t; j++)
                intercept[j] -= fold->mean[i] * q->weights[i * q->t + j];
        rc =
            ana_keep_weights(ctx, out, k, q->first, fold->p, q->t, q->weights, intercept);
    }
    ana_free(ctx, intercept);
    ana_free(ctx, q->weights); /* subsets need none */
    q->weights = NULL;
    return rc;
}

/* One block of targets of a fold. */
static int run_block(struct ana_ctx *ctx, const struct banded_y *y,
                     struct bands_fold *fold, int64_t k, int64_t first, int64_t t,
                     struct ana_out *out)
{
    const struct banded *banded = y->banded;
    const uint32_t all = (UINT32_C(1) << banded->bands.n_bands) - 1;
    struct result q = {0};
    struct ana_scores scores;
    int rc = open_result(ctx, y, fold->fold, first, t, &q);

    fold->bands = &q.bands;
    if (rc == 0 && banded->weights) {
        q.weights = ana_alloc(ctx, fold->p * q.t, sizeof *q.weights);
        rc = q.weights ? 0 : ANA_ERESOURCE;
    }
    if (rc == 0)
        rc = fit_mask(ctx, fold, all, &q, &scores);
    if (rc == 0)
        rc = bands_split(ctx, q.n_bands, q.m, q.t, q.part, q.mean, q.test, q.part_R2,
                         q.part_r, q.rest);
    if (rc == 0)
        rc = hand_out_whole(ctx, y, k, &q, &scores, out);
    if (rc == 0)
        rc = hand_out_choices(ctx, y, k, &q, out);
    if (rc == 0 && banded->weights)
        rc = weights(ctx, fold, k, &q, out);
    if (rc == 0 && (banded->problem->want_predictions || banded->predictions > 0))
        rc = predictions(ctx, banded, k, &q, out);
    if (rc == 0 && banded->partition)
        rc = partition(ctx, y, fold, k, &q, out);
    fold->bands = &banded->bands;
    close_result(ctx, &q);
    return rc;
}

int bands_run_fold(struct ana_ctx *ctx, const struct banded_y *y, int64_t k,
                   int64_t block, struct ana_out *out)
{
    const struct banded *banded = y->banded;
    const int64_t t = y->y.shape[1];
    struct bands_fold fold;
    int rc = bands_fold_create(ctx, &banded->bands, banded->problem, k, &fold);

    for (int64_t first = 0; rc == 0 && first < t; first += block)
        rc = run_block(ctx, y, &fold, k, first, t - first < block ? t - first : block,
                       out);
    bands_fold_finish(ctx, &fold);
    return rc;
}
