/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The encoding engine's way through folds and targets: losses of every penalty, choice,
 * prediction, scores. Each (fold, target) writes to places of its own, so that neither
 * threads nor the order of tiles change a bit.
 */
#include "plugins/metrics/lib/encode.h"

#include <string.h>

#include "plugins/metrics/lib/encode_job.h"
#include "plugins/metrics/lib/glue.h"
#include "plugins/metrics/lib/large.h"

struct ana_encoder {
    const struct ana_problem *problem;
    const struct ana_space *space;
    struct ana_ridge ridge;
    double *alphas;
    struct ana_encode_layout layout;
    struct ana_split **splits; /* n_folds, where kept */
    struct ana_large *large;   /* instead of all that */
};

struct ana_encoding {
    const struct ana_encoder *encoder;
    const struct ana_target *targets;
    int64_t n_targets;
    int32_t passes; /* ended so far */
    int32_t pad;
    struct ana_tensor y; /* n_rows x n_targets, where gathered */
    double *curves;      /* n_folds x n_targets x n_alphas: a shared alpha over tiles */
    int64_t *shared;     /* n_folds: its choice */
    struct ana_large_y *large;
};

/* What is done with each fold. */
struct batch {
    struct ana_encoder *encoder;
    struct ana_encoding *encoding; /* NULL while designs are made */
    struct ana_out *out;
};

static int make_split(struct ana_ctx *ctx, void *arg, int64_t k)
{
    const struct batch *batch = arg;
    struct ana_encoder *encoder = batch->encoder;

    return ana_split_create(ctx, encoder->space, &encoder->problem->folds[k],
                            &encoder->ridge, &encoder->splits[k]);
}

int ana_encoder_create(struct ana_ctx *ctx, const struct ana_problem *problem,
                       const struct ana_ridge *ridge, struct ana_encoder **out)
{
    struct ana_encoder *encoder = ana_alloc(ctx, 1, sizeof *encoder);
    struct batch batch = {.encoder = encoder};
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
    rc = ana_encode_layout(ctx, problem, ridge, &encoder->layout);
    for (int64_t k = 0; rc == 0 && k < problem->n_folds; k++)
        rc = ana_split_check(ctx, &problem->folds[k], ridge);
    if (rc != 0)
        goto fail;
    if (encoder->layout.large)
        rc = ana_large_create(ctx, problem, &encoder->ridge, &encoder->large);
    else
        rc = encoder->layout.kept
                 ? ana_glue_folds(ctx, problem->n_folds, encoder->layout.making,
                                  make_split, &batch)
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
    ana_large_destroy(ctx, encoder->large);
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
    if (encoder->large) {
        const int rc = ana_large_open(ctx, encoder->large, t, &encoding->large);

        if (rc != 0)
            ana_encoding_destroy(ctx, encoding);
        *out = rc == 0 ? encoding : NULL;
        return rc;
    }
    if (!two_passes(encoder))
        return 0;
    encoding->curves =
        ana_alloc(ctx, folds * encoder->ridge.n_alphas * t, sizeof(double));
    encoding->shared = ana_alloc(ctx, folds, sizeof(int64_t));
    if (encoding->curves && encoding->shared)
        return 0;
    ana_encoding_destroy(ctx, encoding);
    *out = NULL;
    return ANA_ERESOURCE;
}

void ana_encoding_destroy(struct ana_ctx *ctx, struct ana_encoding *encoding)
{
    if (!encoding)
        return;
    ana_tensor_finish(&encoding->y);
    ana_large_close(ctx, encoding->large);
    ana_free(ctx, encoding->curves);
    ana_free(ctx, encoding->shared);
    ana_free(ctx, encoding);
}

/* What one fold is to do with some targets. */
static struct ana_encode_job make_job(const struct ana_encoder *encoder, int64_t fold,
                                      int64_t first, const struct ana_tensor *y,
                                      struct ana_out *out)
{
    return (struct ana_encode_job){.ridge = &encoder->ridge,
                                   .split = encoder->splits[fold],
                                   .fold = &encoder->problem->folds[fold],
                                   .number = fold,
                                   .block = encoder->layout.block,
                                   .first = first,
                                   .y = y,
                                   .want_predictions = encoder->problem->want_predictions,
                                   .out = out};
}

/* First of two passes: keep each target's curve. */
static int keep_curves(struct ana_ctx *ctx, const struct ana_encoding *encoding,
                       const struct ana_encode_job *job)
{
    const int64_t t = job->y->shape[1], n_alphas = job->ridge->n_alphas;
    double *curve = ana_alloc(ctx, n_alphas * t, sizeof *curve);
    double *to =
        encoding->curves + (job->number * encoding->n_targets + job->first) * n_alphas;
    int rc = curve ? ana_encode_curve(ctx, job, curve) : ANA_ERESOURCE;

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
    const int whole = !encoder->large && encoder->layout.gather;
    int rc = whole ? ana_glue_take(ctx, encoding->targets, encoding->n_targets, tile,
                                   &encoding->y)
                   : ana_glue_finite(ctx, encoding->targets, tile);

    if (rc == 0 && encoder->large)
        return ana_large_push(ctx, encoding->large, tile, out);
    if (rc != 0 || whole)
        return rc;
    for (int64_t k = 0; rc == 0 && k < encoder->problem->n_folds; k++) {
        const struct ana_encode_job job =
            make_job(encoder, k, tile->first, &tile->y, out);

        if (two_passes(encoder) && encoding->passes == 0)
            rc = keep_curves(ctx, encoding, &job);
        else
            rc = ana_encode_run(ctx, &job, encoding->shared ? encoding->shared[k] : -1);
    }
    return rc;
}

static int run_fold(struct ana_ctx *ctx, void *arg, int64_t k)
{
    const struct batch *batch = arg;
    const struct ana_encoder *encoder = batch->encoding->encoder;
    struct ana_split *own = NULL;
    struct ana_encode_job job = make_job(encoder, k, 0, &batch->encoding->y, batch->out);
    int rc = 0;

    if (!job.split) {
        rc = ana_split_create(ctx, encoder->space, job.fold, &encoder->ridge, &own);
        job.split = own;
    }
    if (rc == 0)
        rc = ana_encode_run(ctx, &job, -1);
    ana_split_destroy(ctx, own);
    return rc;
}

int ana_encoding_pass(struct ana_ctx *ctx, struct ana_encoding *encoding,
                      struct ana_out *out, int32_t *again)
{
    const struct ana_encoder *encoder = encoding->encoder;
    const int64_t n_alphas = encoder->ridge.n_alphas, t = encoding->n_targets;
    struct batch batch = {NULL, encoding, out};
    int rc = 0;

    *again = 0;
    if (encoder->large)
        return ana_large_pass(ctx, encoding->large, out, again);
    if (encoder->layout.gather)
        return ana_glue_folds(ctx, encoder->problem->n_folds, encoder->layout.running,
                              run_fold, &batch);
    if (two_passes(encoder) && encoding->passes == 0) {
        *again = 1;
        for (int64_t k = 0; rc == 0 && k < encoder->problem->n_folds; k++)
            rc = ana_encode_choose_shared(ctx, &encoder->ridge, t,
                                          encoding->curves + k * t * n_alphas, 1,
                                          n_alphas, out, &encoding->shared[k]);
    }
    encoding->passes++;
    return rc;
}
