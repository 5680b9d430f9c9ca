/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Nested cross-validation of one outer fold: the loss of each penalty on the training
 * rows (leave-one-out, GCV or inner folds), then the test rows' scores with the chosen
 * one. Every answer comes from designs that were factored once.
 *
 * n training rows, m test rows, t targets, r directions.
 */
#include "plugins/metrics/lib/split.h"

#include <anaflow/linalg.h>
#include <string.h>

#include "plugins/metrics/lib/fraction.h"

void ana_take_rows(const struct ana_tensor *y, int64_t n, const int64_t *rows, double *to)
{
    const int64_t t = y->shape[1], step = y->strides[1];

    for (int64_t i = 0; i < n; i++) {
        const double *row = (const double *)y->data + rows[i] * y->strides[0];

        for (int64_t j = 0; j < t; j++)
            to[i * t + j] = row[j * step];
    }
}

int ana_split_inner_fold(struct ana_ctx *ctx, const struct ana_fold *fold, int64_t inner,
                         struct ana_fold *out)
{
    const struct ana_fold *within = &fold->inner_folds[inner];
    int64_t *train = ana_alloc(ctx, within->n_train, sizeof *train);
    int64_t *test = ana_alloc(ctx, within->n_test, sizeof *test);

    if (!train || !test) {
        ana_free(ctx, train);
        ana_free(ctx, test);
        return ANA_ERESOURCE;
    }
    for (int64_t i = 0; i < within->n_train; i++)
        train[i] = fold->train[within->train[i]];
    for (int64_t i = 0; i < within->n_test; i++)
        test[i] = fold->train[within->test[i]];
    *out = (struct ana_fold){.size = sizeof *out,
                             .repeat = fold->repeat,
                             .index = fold->index,
                             .n_train = within->n_train,
                             .n_test = within->n_test,
                             .train = train,
                             .test = test};
    return 0;
}

void ana_split_inner_free(struct ana_ctx *ctx, struct ana_fold *inner)
{
    ana_free(ctx, (void *)(uintptr_t)inner->train);
    ana_free(ctx, (void *)(uintptr_t)inner->test);
    inner->train = inner->test = NULL;
}

static int create_inner(struct ana_ctx *ctx, const struct ana_space *space,
                        const struct ana_ridge *ridge, struct ana_split *split)
{
    const struct ana_fold *fold = split->fold;
    int rc = 0;

    split->n_inner = fold->n_inner;
    split->inner = ana_alloc(ctx, fold->n_inner, sizeof(void *));
    if (!split->inner)
        return ANA_ERESOURCE;
    for (int64_t j = 0; rc == 0 && j < fold->n_inner; j++) {
        struct ana_fold rows = {0};

        ana_context_push(ctx, "inner fold %lld", (long long)j);
        rc = ana_split_inner_fold(ctx, fold, j, &rows);
        if (rc == 0)
            rc = ana_design_from_space(ctx, space, &rows, ridge->intercept, ridge->most,
                                       0, &split->inner[j]);
        ana_split_inner_free(ctx, &rows);
        ana_context_pop(ctx);
    }
    return rc;
}

int ana_split_check_single(struct ana_ctx *ctx, const struct ana_fold *fold, int32_t loss)
{
    int64_t most = 0;

    for (int64_t j = 0; j < fold->n_inner; j++)
        most = fold->inner_folds[j].n_test > most ? fold->inner_folds[j].n_test : most;
    return loss == ANA_LOSS_MSE || most != 1
               ? 0
               : ana_fail(ctx, ANA_EPARAM,
                          "fold %d of repeat %d: each of its %lld inner folds tests a "
                          "single row, and one row has no R2 or r to choose by; lower "
                          "`inner` in [folds], or write `inner_measure = mse`",
                          (int)fold->index, (int)fold->repeat, (long long)fold->n_inner);
}

int ana_split_check(struct ana_ctx *ctx, const struct ana_fold *fold,
                    const struct ana_ridge *ridge)
{
    if (fold->n_train < 2)
        return ana_fail(
            ctx, ANA_EPARAM,
            "fold %d of repeat %d has %lld training rows; ridge needs at least 2",
            (int)fold->index, (int)fold->repeat, (long long)fold->n_train);
    for (int64_t j = 0; ridge->n_alphas > 1 && j < fold->n_inner; j++)
        if (fold->inner_folds[j].n_train < 2 || fold->inner_folds[j].n_test < 1)
            return ana_fail(ctx, ANA_EPARAM,
                            "inner fold %lld has %lld training and %lld test rows; lower "
                            "`inner` in [folds]",
                            (long long)j, (long long)fold->inner_folds[j].n_train,
                            (long long)fold->inner_folds[j].n_test);
    if (ridge->n_alphas > 1 && (fold->inner == ANA_INNER_NONE ||
                                (fold->inner == ANA_INNER_FOLDS && !fold->n_inner)))
        return ana_fail(
            ctx, ANA_EPARAM,
            "%lld alphas to choose from, but the folds say nothing of how; write "
            "`inner = loo`, `inner = gcv` or a number of inner folds into "
            "[folds], or give one alpha",
            (long long)ridge->n_alphas);
    return ridge->n_alphas > 1 ? ana_split_check_single(ctx, fold, ridge->loss) : 0;
}

int ana_split_create(struct ana_ctx *ctx, const struct ana_space *space,
                     const struct ana_fold *fold, const struct ana_ridge *ridge,
                     struct ana_split **out)
{
    struct ana_split *split = NULL;
    int rc = ana_split_check(ctx, fold, ridge);

    *out = NULL;
    if (rc != 0)
        return rc;
    split = ana_alloc(ctx, 1, sizeof *split);
    if (!split)
        return ANA_ERESOURCE;
    split->fold = fold;
    rc = ana_design_from_space(ctx, space, fold, ridge->intercept, ridge->most,
                               ridge->weights, &split->outer);
    if (rc == 0 && fold->inner == ANA_INNER_FOLDS && ridge->n_alphas > 1)
        rc = create_inner(ctx, space, ridge, split);
    if (rc == 0)
        *out = split;
    else
        ana_split_destroy(ctx, split);
    return rc;
}

void ana_split_destroy(struct ana_ctx *ctx, struct ana_split *split)
{
    if (!split)
        return;
    for (int64_t j = 0; split->inner && j < split->n_inner; j++)
        ana_design_destroy(ctx, split->inner[j]);
    ana_free(ctx, split->inner);
    ana_design_destroy(ctx, split->outer);
    ana_free(ctx, split);
}

/* A design's training targets, centred and rotated, with room for its held-out ones. */
struct fitted {
    double *y, *mean, *b;
    double *y_test; /* m x t */
};

static void finish_fit(struct ana_ctx *ctx, struct fitted *fit)
{
    ana_free(ctx, fit->y);
    ana_free(ctx, fit->mean);
    ana_free(ctx, fit->b);
    ana_free(ctx, fit->y_test);
}

static int fit(struct ana_ctx *ctx, const struct ana_design *design,
               const struct ana_tensor *y, struct fitted *fit)
{
    const int64_t t = y->shape[1];

    fit->y = ana_alloc(ctx, design->n * t, sizeof(double));
    fit->mean = ana_alloc(ctx, t, sizeof(double));
    fit->b = ana_alloc(ctx, design->r * t, sizeof(double));
    fit->y_test = ana_alloc(ctx, design->m * t, sizeof(double));
    if (!fit->y || !fit->mean || !fit->b || !fit->y_test)
        return ANA_ERESOURCE;
    ana_take_rows(y, design->n, design->train, fit->y);
    ana_take_rows(y, design->m, design->test, fit->y_test);
    return ana_design_project(ctx, design, t, fit->y, fit->mean, fit->b);
}

/* What the alphas are multiplied by on a training set: 1, or its largest s squared. */
static double unit_of(const struct ana_ridge *ridge, const struct ana_design *design)
{
    return ridge->relative && design->r > 0 ? design->s[0] * design->s[0] : 1;
}

/* The alphas of a training set, in scikit-learn's convention. */
static double *own_alphas(struct ana_ctx *ctx, const struct ana_ridge *ridge,
                          const struct ana_design *design)
{
    const double unit = unit_of(ridge, design);
    double *alphas = ana_alloc(ctx, ridge->n_alphas, sizeof *alphas);

    for (int64_t a = 0; alphas && a < ridge->n_alphas; a++)
        alphas[a] = ridge->alphas[a] * unit;
    return alphas;
}

static int curve_by_folds(struct ana_ctx *ctx, const struct ana_split *split,
                          const struct ana_ridge *ridge, const struct ana_tensor *y,
                          double *curve)
{
    const int64_t t = y->shape[1];
    int64_t *counted = ana_alloc(ctx, t, sizeof *counted);
    int rc = counted ? 0 : ANA_ERESOURCE;

    memset(curve, 0, (size_t)(ridge->n_alphas * t) * sizeof *curve);
    for (int64_t j = 0; rc == 0 && j < split->n_inner; j++) {
        struct fitted inner = {0};
        double *alphas = own_alphas(ctx, ridge, split->inner[j]);

        rc = alphas ? fit(ctx, split->inner[j], y, &inner) : ANA_ERESOURCE;
        if (rc == 0)
            rc = (ridge->fractional ? ana_loss_fractions : ana_loss_held_out)(
                ctx, split->inner[j], ridge->loss, ridge->n_alphas, alphas, t, inner.mean,
                inner.b, inner.y_test, curve, counted);
        ana_free(ctx, alphas);
        finish_fit(ctx, &inner);
    }
    if (rc == 0)
        ana_loss_mean(ridge->n_alphas, t, counted, curve);
    ana_free(ctx, counted);
    return rc;
}

int ana_split_curve(struct ana_ctx *ctx, const struct ana_split *split,
                    const struct ana_ridge *ridge, const struct ana_tensor *y,
                    double *curve)
{
    struct fitted outer = {0};
    double *alphas;
    int rc;

    if (split->fold->inner == ANA_INNER_FOLDS)
        return curve_by_folds(ctx, split, ridge, y, curve);
    alphas = own_alphas(ctx, ridge, split->outer);
    rc = alphas ? fit(ctx, split->outer, y, &outer) : ANA_ERESOURCE;
    if (rc == 0)
        rc = (split->fold->inner == ANA_INNER_GCV ? ana_loss_gcv : ana_loss_loo)(
            ctx, split->outer, ridge->n_alphas, alphas, y->shape[1], outer.y, outer.b,
            curve);
    ana_free(ctx, alphas);
    finish_fit(ctx, &outer);
    return rc;
}

/* The chosen penalty of each target, as a list of its own: alpha[place[j]]. */
struct penalties {
    double *alpha;
    int64_t *place;
};

static int choose_penalties(struct ana_ctx *ctx, const struct ana_ridge *ridge,
                            const struct ana_design *design, int64_t t, const double *b,
                            const int64_t *choice, struct penalties *q)
{
    const double unit = unit_of(ridge, design);
    double *fraction = ana_alloc(ctx, t, sizeof *fraction);

    q->alpha = ana_alloc(ctx, t, sizeof *q->alpha);
    q->place = ana_alloc(ctx, t, sizeof *q->place);
    for (int64_t j = 0; fraction && q->alpha && q->place && j < t; j++) {
        q->place[j] = j;
        fraction[j] = ridge->alphas[choice[j]];
        q->alpha[j] = fraction[j] * unit;
    }
    if (fraction && q->alpha && ridge->fractional)
        ana_fraction_alphas(design, t, b, fraction, q->alpha);
    ana_free(ctx, fraction);
    return fraction && q->alpha && q->place ? 0 : ANA_ERESOURCE;
}

static void drop_penalties(struct ana_ctx *ctx, struct penalties *q)
{
    ana_free(ctx, q->alpha);
    ana_free(ctx, q->place);
}

int ana_split_predict(struct ana_ctx *ctx, const struct ana_split *split,
                      const struct ana_ridge *ridge, const struct ana_tensor *y,
                      const int64_t *choice, double *prediction, double *mean,
                      double *penalty)
{
    const int64_t t = y->shape[1];
    struct fitted outer = {0};
    struct penalties q = {0};
    int rc = fit(ctx, split->outer, y, &outer);

    if (rc == 0)
        rc = choose_penalties(ctx, ridge, split->outer, t, outer.b, choice, &q);
    if (rc == 0)
        rc = ana_design_predict(ctx, split->outer, t, outer.b, q.alpha, q.place,
                                prediction);
    if (rc == 0)
        memcpy(mean, outer.mean, (size_t)t * sizeof *mean);
    if (rc == 0 && penalty)
        memcpy(penalty, q.alpha, (size_t)t * sizeof *penalty);
    drop_penalties(ctx, &q);
    finish_fit(ctx, &outer);
    return rc;
}

int ana_split_weights(struct ana_ctx *ctx, const struct ana_split *split,
                      const struct ana_ridge *ridge, const struct ana_tensor *y,
                      const int64_t *choice, double *weights, double *intercept)
{
    const int64_t t = y->shape[1];
    struct fitted outer = {0};
    struct penalties q = {0};
    int rc = fit(ctx, split->outer, y, &outer);

    if (rc == 0)
        rc = choose_penalties(ctx, ridge, split->outer, t, outer.b, choice, &q);
    if (rc == 0)
        rc = ana_design_weights(ctx, split->outer, t, outer.b, outer.mean, q.alpha,
                                q.place, weights, intercept);
    drop_penalties(ctx, &q);
    finish_fit(ctx, &outer);
    return rc;
}
