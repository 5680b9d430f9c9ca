/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Feature spaces made real for one fold. Everything that is estimated (mean, SD,
 * principal components) is estimated on the fold's training rows and applied to its
 * test rows, never the other way.
 *
 * T rows, F undelayed features, D delays, K principal components.
 */
#include "pipeline/space.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <anaflow/linalg.h>

#include "base/checked.h"
#include "pipeline/space_rows.h"

enum { BLOCK = 512 }; /* samples that are projected at a time */

static int check_samples(struct ana_ctx *ctx, const char *name,
                         const struct ana_tensor *x)
{
    int64_t count, at = x->data ? ana_tensor_find_nonfinite(x, &count) : -1;

    if (at < 0)
        return 0;
    return ana_fail(ctx, ANA_EDATA,
                    "features %s: %lld values are not finite, the first at sample %lld, "
                    "feature %lld; repair the activations or leave that layer out",
                    name, (long long)count, (long long)(at / x->shape[1]),
                    (long long)(at % x->shape[1]));
}

static int check_delays(struct ana_ctx *ctx, const struct ana_space *space)
{
    for (int64_t d = 0; d < space->n_delays; d++)
        for (int64_t r = 0; r < space->n_rows; r++) {
            const int64_t at = space->base[r] - space->delays[d];

            if (at < 0 || at >= space->x.shape[0])
                return ana_fail(ctx, ANA_EPARAM,
                                "features %s: delay %lld of row %lld leaves the samples; "
                                "shorten `delays`",
                                space->name, (long long)space->delays[d], (long long)r);
        }
    return 0;
}

static int64_t *copy_indices(struct ana_ctx *ctx, int64_t n, const int64_t *from)
{
    int64_t *copy = ana_alloc(ctx, n, sizeof *copy);

    if (copy && n > 0)
        memcpy(copy, from, (size_t)n * sizeof *copy);
    return copy;
}

int ana_space_create(struct ana_ctx *ctx, const char *name, const struct ana_tensor *x,
                     int64_t n_rows, const int64_t *base, int64_t n_delays,
                     const int64_t *delays, int32_t standardise, int64_t pca,
                     struct ana_space **out)
{
    struct ana_space *space = ana_alloc(ctx, 1, sizeof *space);
    int rc = ANA_ERESOURCE;

    *out = NULL;
    if (!space)
        return ANA_ERESOURCE;
    ana_tensor_ref(x, &space->x);
    space->n_rows = n_rows;
    space->features = x->shape[1];
    space->n_delays = n_delays;
    space->standardise = standardise;
    space->pca = pca < space->features ? pca : 0;
    space->name = ana_strdup(ctx, name);
    space->base = copy_indices(ctx, n_rows, base);
    space->delays = copy_indices(ctx, n_delays, delays);
    if (!space->name || !space->base || !space->delays)
        goto fail;
    rc = x->data ? check_samples(ctx, name, x) : 0;
    if (rc == 0)
        rc = check_delays(ctx, space);
    if (rc != 0)
        goto fail;
    *out = space;
    return 0;
fail:
    ana_space_destroy(ctx, space);
    return rc;
}

void ana_space_destroy(struct ana_ctx *ctx, struct ana_space *space)
{
    if (!space)
        return;
    ana_tensor_finish(&space->x);
    ana_free(ctx, space->name);
    ana_free(ctx, space->base);
    ana_free(ctx, space->delays);
    ana_free(ctx, space->windows);
    ana_free(ctx, space);
}

int ana_space_set_lags(struct ana_ctx *ctx, struct ana_space *space, int32_t mode,
                       int64_t n_windows, const int64_t *windows)
{
    space->lag_mode = mode;
    space->n_windows = n_windows;
    space->windows = copy_indices(ctx, 2 * n_windows, windows);
    return space->windows ? 0 : ANA_ERESOURCE;
}

void ana_space_lags(const struct ana_space *space, struct ana_lags *lags)
{
    struct ana_lags all = {.size = lags->size,
                           .mode = space->lag_mode,
                           .n_samples = space->x.shape[0],
                           .features = space->features,
                           .x = space->x.data,
                           .base = space->base,
                           .n_delays = space->n_delays,
                           .delays = space->delays,
                           .n_windows = space->n_windows,
                           .windows = space->windows};

    memcpy(lags, &all, lags->size < sizeof all ? lags->size : sizeof all);
}

int64_t ana_space_width(const struct ana_space *space)
{
    return (space->pca > 0 ? space->pca : space->features) * space->n_delays;
}

const char *ana_space_name(const struct ana_space *space)
{
    return space->name;
}

int32_t ana_space_columns(const struct ana_space *space)
{
    if (space->pca > 0)
        return ANA_COLUMNS_MIXED;
    switch (space->standardise) {
    case ANA_STANDARDISE_NONE:
        return ANA_COLUMNS_PLAIN;
    case ANA_STANDARDISE_CENTRE:
        return ANA_COLUMNS_CENTRED;
    default:
        return ANA_COLUMNS_SCALED;
    }
}

/* Mean and population SD of each undelayed feature over the rows of x that the
 * training rows read at delay 0. An SD at rounding level of the mean counts as 0:
 * the column is constant. */
static void fit_scale(const struct ana_space *space, const struct ana_fold *fold,
                      double *mean, double *sd)
{
    const int64_t F = space->features, n = fold->n_train;
    const float *x = space->x.data;

    for (int64_t i = 0; i < n; i++)
        for (int64_t f = 0; f < F; f++)
            mean[f] += (double)x[space->base[fold->train[i]] * F + f];
    for (int64_t f = 0; f < F; f++)
        mean[f] /= (double)n;
    for (int64_t i = 0; i < n; i++)
        for (int64_t f = 0; f < F; f++) {
            const double d = (double)x[space->base[fold->train[i]] * F + f] - mean[f];

            sd[f] += d * d;
        }
    for (int64_t f = 0; f < F; f++) {
        sd[f] = sqrt(sd[f] / (double)n);
        if (sd[f] <= 1e-12 * fabs(mean[f]))
            sd[f] = 0;
    }
}

/* z (n x F) = the training rows at delay 0, centred and scaled. */
static void scaled_rows(const struct ana_space *space, int64_t n, const int64_t *rows,
                        const double *mean, const double *sd, double *z)
{
    const int64_t F = space->features;
    const float *x = space->x.data;

    for (int64_t i = 0; i < n; i++)
        for (int64_t f = 0; f < F; f++) {
            const double d = (double)x[rows[i] * F + f] - mean[f];

            z[i * F + f] = space->standardise < ANA_STANDARDISE_SCALE ? d
                           : sd[f] > 0                                ? d / sd[f]
                                                                      : 0;
        }
}

/* Principal axes of z (n x F): the K eigenvectors of largest eigenvalue of z'z, found
 * in the smaller of the two Gram matrices; each axis' largest element is positive.
 * axes is F x K. */
static int principal_axes(struct ana_ctx *ctx, int64_t n, int64_t F, int64_t K,
                          const double *z, double *axes)
{
    const int64_t m = n < F ? n : F;
    double *gram = ana_alloc(ctx, m * m, sizeof *gram);
    double *values = ana_alloc(ctx, m, sizeof *values);
    int rc = ANA_ERESOURCE;

    if (!gram || !values)
        goto done;
    rc = ana_syrk(ctx, n < F ? 0 : 1, m, n < F ? F : n, 1, z, F, 0, gram, m);
    if (rc == 0)
        rc = ana_eigh(ctx, m, gram, m, values);
    for (int64_t k = 0; rc == 0 && k < K; k++) {
        const int64_t column = m - 1 - k;
        double norm = 0, peak = 0;

        if (column < 0 || values[column] <= 1e-12 * values[m - 1])
            break; /* no more variance: the remaining axes stay 0 */
        for (int64_t f = 0; f < F; f++) {
            double v = 0;

            if (n < F)
                for (int64_t i = 0; i < n; i++)
                    v += z[i * F + f] * gram[i * m + column];
            else
                v = gram[f * m + column];
            axes[f * K + k] = v;
            norm += v * v;
            if (fabs(v) > fabs(peak))
                peak = v;
        }
        norm = (peak < 0 ? -1 : 1) / sqrt(norm);
        for (int64_t f = 0; f < F; f++)
            axes[f * K + k] *= norm;
    }
done:
    ana_free(ctx, gram);
    ana_free(ctx, values);
    return rc;
}

/* All samples of the space on the training rows' principal axes: out is B x K. */
static int project(struct ana_ctx *ctx, const struct ana_space *space,
                   const struct ana_fold *fold, double *out)
{
    const int64_t F = space->features, K = space->pca, B = space->x.shape[0];
    const int64_t n = fold->n_train;
    double *mean = ana_alloc(ctx, F, sizeof *mean), *sd = ana_alloc(ctx, F, sizeof *sd);
    double *z = ana_alloc(ctx, n > BLOCK ? n * F : BLOCK * F, sizeof *z);
    double *axes = ana_alloc(ctx, F * K, sizeof *axes);
    int64_t *rows = ana_alloc(ctx, n > BLOCK ? n : BLOCK, sizeof *rows);
    int rc = ANA_ERESOURCE;

    if (!mean || !sd || !z || !axes || !rows)
        goto done;
    fit_scale(space, fold, mean, sd);
    for (int64_t i = 0; i < n; i++)
        rows[i] = space->base[fold->train[i]];
    scaled_rows(space, n, rows, mean, sd, z);
    rc = principal_axes(ctx, n, F, K, z, axes);
    for (int64_t b = 0; rc == 0 && b < B; b += BLOCK) {
        const int64_t m = B - b < BLOCK ? B - b : BLOCK;

        for (int64_t i = 0; i < m; i++)
            rows[i] = b + i;
        scaled_rows(space, m, rows, mean, sd, z);
        rc = ana_gemm(ctx, 0, 0, m, K, F, 1, z, F, axes, K, 0, out + b * K, K);
    }
done:
    ana_free(ctx, mean);
    ana_free(ctx, sd);
    ana_free(ctx, z);
    ana_free(ctx, axes);
    ana_free(ctx, rows);
    return rc;
}

static int is_float_copy(const struct ana_space *space, const struct ana_tensor *out)
{
    return space->pca == 0 && space->standardise == ANA_STANDARDISE_NONE &&
           (!out || out->dtype == ANA_F32);
}

/* A plan that asks for samples is a plugin's fault: none have been computed yet. */
static int expect_samples(struct ana_ctx *ctx, const struct ana_space *space)
{
    if (space->x.data || space->x.shape[0] * space->x.shape[1] == 0)
        return 0;
    return ana_fail(
        ctx, ANA_EPLUGIN,
        "the metric asks for the samples of %s while it plans; a plan is made "
        "from shapes alone",
        space->name);
}

/* Float32 samples as they are: either may be NULL. */
static int copy_both(struct ana_ctx *ctx, const struct ana_space *space,
                     const struct ana_fold *fold, struct ana_tensor *train,
                     struct ana_tensor *test)
{
    int rc = 0;

    if (train)
        rc = ana_space_copy(ctx, space, fold->n_train, fold->train, train);
    if (rc != 0 || !test)
        return rc;
    rc = ana_space_copy(ctx, space, fold->n_test, fold->test, test);
    if (rc != 0 && train)
        ana_tensor_finish(train);
    return rc;
}

/* Both matrices as they were asked for: either may be NULL, types are of the answers. */
static int hand_over_both(struct ana_ctx *ctx, int32_t train_type, struct ana_tensor *a,
                          struct ana_tensor *train, int32_t test_type,
                          struct ana_tensor *b, struct ana_tensor *test)
{
    int rc = 0;

    if (train)
        rc = ana_space_hand_over(ctx, train_type, a, train);
    if (rc != 0 || !test)
        return rc;
    rc = ana_space_hand_over(ctx, test_type, b, test);
    if (rc != 0 && train)
        ana_tensor_finish(train);
    return rc;
}

int ana_fold_matrix(struct ana_ctx *ctx, const struct ana_space *space,
                    const struct ana_fold *fold, struct ana_tensor *train,
                    struct ana_tensor *test)
{
    const int64_t W = ana_space_width(space), n_test = test ? fold->n_test : 0;
    const int32_t train_type = train ? train->dtype : 0,
                  test_type = test ? test->dtype : 0;
    struct ana_space_source from = {space->x.data, NULL, space->features};
    struct ana_tensor a = {0}, b = {0};
    double *projected = NULL, *scale = NULL;
    int rc = expect_samples(ctx, space);

    if (rc == 0 && is_float_copy(space, train) && is_float_copy(space, test))
        return copy_both(ctx, space, fold, train, test);
    if (rc == 0)
        rc = ana_tensor_create(ctx, ANA_F64, 2, (const int64_t[]){fold->n_train, W}, &a);
    if (rc == 0)
        rc = ana_tensor_create(ctx, ANA_F64, 2, (const int64_t[]){n_test, W}, &b);
    if (rc != 0)
        goto done;
    scale = ana_alloc(ctx, 2 * W, sizeof *scale);
    if (!scale) {
        rc = ANA_ERESOURCE;
        goto done;
    }
    if (space->pca > 0) {
        projected = ana_alloc(ctx, space->x.shape[0] * space->pca, sizeof *projected);
        rc = projected ? project(ctx, space, fold, projected) : ANA_ERESOURCE;
        if (rc != 0)
            goto done;
        from = (struct ana_space_source){NULL, projected, space->pca};
    }
    rc = ana_space_delay(ctx, space, &from, fold->n_train, fold->train, a.data);
    if (rc == 0)
        rc = ana_space_delay(ctx, space, &from, n_test, fold->test, b.data);
    if (rc == 0 && space->standardise > ANA_STANDARDISE_NONE)
        rc = ana_space_standardise(ctx, fold->n_train, n_test, W,
                                   space->standardise == ANA_STANDARDISE_SCALE &&
                                       space->pca == 0,
                                   a.data, b.data, scale, scale + W);
    if (rc == 0)
        rc = hand_over_both(ctx, train_type, &a, train, test_type, &b, test);
done:
    ana_tensor_finish(&a);
    ana_tensor_finish(&b);
    ana_free(ctx, projected);
    ana_free(ctx, scale);
    return rc;
}

int ana_space_fits(struct ana_ctx *ctx, const struct ana_space *space, int64_t n_folds,
                   const struct ana_fold *folds)
{
    const int64_t F = space->features;
    int64_t most = 0;
    int rc;

    for (int64_t k = 0; space->pca > 0 && k < n_folds; k++)
        most = folds[k].n_train > most ? folds[k].n_train : most;
    ana_context_push(ctx, "`pca = %lld` of features %s", (long long)space->pca,
                     space->name);
    rc = ana_eigh_fits(ctx, most < F ? most : F);
    ana_context_pop(ctx);
    return rc;
}

double ana_fold_matrix_flops(const struct ana_space *space, const struct ana_fold *fold)
{
    const int64_t n = fold->n_train, F = space->features, m = n < F ? n : F;

    if (space->pca == 0)
        return 0;
    return ana_syrk_flops(m, n < F ? F : n) + ana_eigh_flops(m) +
           ana_gemm_flops(space->x.shape[0], space->pca, F);
}

int64_t ana_fold_matrix_bytes(const struct ana_space *space, const struct ana_fold *fold)
{
    const int64_t n = fold->n_train > BLOCK ? fold->n_train : BLOCK, F = space->features;
    const int64_t m = fold->n_train < F ? fold->n_train : F;
    int64_t numbers = 2 * ana_space_width(space);

    if (space->pca > 0) /* projections, rows and axes, then Gram matrix and dsyevd */
        numbers += space->x.shape[0] * space->pca + n * (F + 1) + F * (space->pca + 2) +
                   3 * m * m + 12 * m;
    return 8 * numbers;
}

int ana_space_matrix(struct ana_ctx *ctx, const struct ana_space *space,
                     struct ana_tensor *out)
{
    const struct ana_space_source from = {space->x.data, NULL, space->features};
    const int32_t dtype = out->dtype;
    struct ana_tensor all = {0};
    int rc = expect_samples(ctx, space);

    if (rc == 0)
        rc = ana_tensor_create(
            ctx, ANA_F64, 2,
            (const int64_t[]){space->n_rows, space->features * space->n_delays}, &all);
    if (rc != 0)
        return rc;
    rc = ana_space_delay(ctx, space, &from, space->n_rows, NULL, all.data);
    if (rc == 0)
        rc = ana_space_hand_over(ctx, dtype, &all, out);
    ana_tensor_finish(&all);
    return rc;
}
