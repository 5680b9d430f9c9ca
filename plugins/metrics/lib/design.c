/* SPDX-License-Identifier: BSD-3-Clause
 *
 * X - mean = U diag(s) V', by the SVD or by the eigenvectors of the smaller Gram
 * matrix: X'X = V diag(s^2) V', U = X V / s, or XX' = U diag(s^2) U', V = X'U / s
 * (Hoerl & Kennard 1970; Saunders, Gammerman & Vovk 1998 for the dual). A Gram matrix
 * squares the condition number, so the SVD is taken while it is affordable.
 *
 * n training rows, m held-out rows, p features, r directions.
 */
#include "plugins/metrics/lib/design.h"

#include <anaflow/linalg.h>
#include <float.h>
#include <math.h>
#include <string.h>

/* Where an SVD stops being a matter of moments, in floating-point operations. */
static const double svd_limit = 2e10;

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Directions that n rows can hold beside the constant. */
static int64_t room(int64_t n, int intercept)
{
    return intercept ? n - 1 : n;
}

void ana_centre_columns(int64_t n, int64_t m, int64_t p, double *train, double *test,
                        double *mean)
{
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < p; k++)
            mean[k] += train[i * p + k];
    for (int64_t k = 0; k < p; k++)
        mean[k] /= (double)n;
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < p; k++)
            train[i * p + k] -= mean[k];
    for (int64_t i = 0; i < m; i++)
        for (int64_t k = 0; k < p; k++)
            test[i * p + k] -= mean[k];
}

/* How many of k descending values stand out from rounding. */
static int64_t rank_of(const struct ana_design *design, int64_t k, const double *value)
{
    const double floor = DBL_EPSILON * (double)most(design->n, design->p) * value[0];
    int64_t rank = 0;

    while (rank < k && value[rank] > floor)
        rank++;
    return least(rank, room(design->n, design->intercept));
}

static int make_room(struct ana_ctx *ctx, struct ana_design *design, int64_t rank)
{
    design->r = rank;
    design->u = ana_alloc(ctx, design->n * rank, sizeof *design->u);
    design->s = ana_alloc(ctx, rank, sizeof *design->s);
    design->t = ana_alloc(ctx, design->m * rank, sizeof *design->t);
    return design->u && design->s && design->t ? 0 : ANA_ERESOURCE;
}

static int by_svd(struct ana_ctx *ctx, struct ana_design *design, double *train,
                  const double *test, int basis)
{
    const int64_t n = design->n, p = design->p, k = least(n, p);
    double *u = ana_alloc(ctx, n * k, sizeof *u), *s = ana_alloc(ctx, k, sizeof *s);
    double *vt = ana_alloc(ctx, k * p, sizeof *vt);
    int rc = u && s && vt ? ana_svd(ctx, n, p, train, p, u, s, vt) : ANA_ERESOURCE;

    if (rc == 0)
        rc = make_room(ctx, design, k > 0 ? rank_of(design, k, s) : 0);
    if (rc == 0) {
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j < design->r; j++)
                design->u[i * design->r + j] = u[i * k + j];
        for (int64_t j = 0; j < design->r; j++)
            design->s[j] = s[j];
        rc = ana_gemm(ctx, 0, 1, design->m, design->r, p, 1, test, p, vt, p, 0, design->t,
                      design->r);
    }
    if (rc == 0 && basis) {
        design->v = ana_alloc(ctx, p * design->r, sizeof *design->v);
        rc = design->v ? 0 : ANA_ERESOURCE;
        for (int64_t i = 0; rc == 0 && i < p; i++)
            for (int64_t j = 0; j < design->r; j++)
                design->v[i * design->r + j] = vt[j * p + i];
    }
    ana_free(ctx, u);
    ana_free(ctx, s);
    ana_free(ctx, vt);
    return rc;
}

/* Eigenvectors of the k x k Gram matrix, largest first and only those that count:
 * basis k x r and its scaling by 1/s. Fixes the design's r and s. */
static int gram_basis(struct ana_ctx *ctx, struct ana_design *design, const double *train,
                      int dual, double **basis)
{
    const int64_t k = dual ? design->n : design->p;
    double *gram = ana_alloc(ctx, k * k, sizeof *gram);
    double *values = ana_alloc(ctx, k, sizeof *values);
    int rc = ANA_ERESOURCE;

    if (!gram || !values)
        goto done;
    rc = ana_syrk(ctx, !dual, k, dual ? design->p : design->n, 1, train, design->p, 0,
                  gram, k);
    if (rc == 0)
        rc = ana_eigh(ctx, k, gram, k, values);
    if (rc != 0)
        goto done;
    for (int64_t j = 0; j < k / 2; j++) {
        const double held = values[j];

        values[j] = values[k - 1 - j];
        values[k - 1 - j] = held;
    }
    rc = make_room(ctx, design, rank_of(design, k, values));
    if (rc != 0)
        goto done;
    *basis = ana_alloc(ctx, k * design->r, sizeof **basis);
    rc = *basis ? 0 : ANA_ERESOURCE;
    for (int64_t j = 0; rc == 0 && j < design->r; j++)
        design->s[j] = sqrt(values[j]);
    for (int64_t i = 0; rc == 0 && i < k; i++)
        for (int64_t j = 0; j < design->r; j++)
            (*basis)[i * design->r + j] = gram[i * k + k - 1 - j];
done:
    ana_free(ctx, gram);
    ana_free(ctx, values);
    return rc;
}

static void divide_columns(int64_t rows, int64_t columns, double *a, const double *s)
{
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++)
            a[i * columns + j] /= s[j];
}

/* p <= n: V from X'X, then U = X V / s and T = X_test V. */
static int by_gram(struct ana_ctx *ctx, struct ana_design *design, const double *train,
                   const double *test, int basis)
{
    const int64_t p = design->p;
    double *v = NULL;
    int rc = gram_basis(ctx, design, train, 0, &v);
    const int64_t r = design->r;

    if (rc == 0)
        rc = ana_gemm(ctx, 0, 0, design->n, r, p, 1, train, p, v, r, 0, design->u, r);
    if (rc == 0)
        rc = ana_gemm(ctx, 0, 0, design->m, r, p, 1, test, p, v, r, 0, design->t, r);
    if (rc == 0)
        divide_columns(design->n, r, design->u, design->s);
    if (rc == 0 && basis) {
        design->v = v;
        return 0;
    }
    ana_free(ctx, v);
    return rc;
}

/* p > n: U from XX', then T = X_test X' U / s. */
static int by_kernel(struct ana_ctx *ctx, struct ana_design *design, const double *train,
                     const double *test, int basis)
{
    const int64_t n = design->n, m = design->m, p = design->p;
    double *u = NULL, *cross = NULL;
    int rc = gram_basis(ctx, design, train, 1, &u);
    const int64_t r = design->r;

    if (rc == 0) {
        memcpy(design->u, u, (size_t)(n * r) * sizeof *u);
        cross = ana_alloc(ctx, m * n, sizeof *cross);
        rc = cross ? ana_gemm(ctx, 0, 1, m, n, p, 1, test, p, train, p, 0, cross, n)
                   : ANA_ERESOURCE;
    }
    if (rc == 0)
        rc = ana_gemm(ctx, 0, 0, m, r, n, 1, cross, n, u, r, 0, design->t, r);
    if (rc == 0)
        divide_columns(m, r, design->t, design->s);
    if (rc == 0 && basis) {
        design->v = ana_alloc(ctx, p * r, sizeof *design->v);
        rc = design->v ? ana_gemm(ctx, 1, 0, p, r, n, 1, train, p, u, r, 0, design->v, r)
                       : ANA_ERESOURCE;
        if (rc == 0)
            divide_columns(p, r, design->v, design->s);
    }
    ana_free(ctx, u);
    ana_free(ctx, cross);
    return rc;
}

/* What U and the constant leave of each row's own unit vector. Where they leave
 * nothing, only rounding would stand there, and leave-one-out divides by it: those
 * are set to an exact 0. */
static void set_left(struct ana_design *design)
{
    const int64_t n = design->n, r = design->r;
    const double rounding = 8 * DBL_EPSILON * (double)most(n, 16);

    design->full = r >= room(n, design->intercept);
    for (int64_t i = 0; i < n; i++) {
        double left = design->intercept ? 1 - 1 / (double)n : 1;

        for (int64_t j = 0; j < r; j++)
            left -= design->u[i * r + j] * design->u[i * r + j];
        design->left[i] = design->full || left < rounding ? 0 : left;
    }
}

int ana_design_create_by(struct ana_ctx *ctx, int32_t form, int64_t n, int64_t m,
                         int64_t p, double *train, double *test, int intercept,
                         struct ana_design **out)
{
    struct ana_design *design = ana_alloc(ctx, 1, sizeof *design);
    const int basis = (form & ANA_DESIGN_BASIS) != 0;
    int rc = ANA_ERESOURCE;

    *out = NULL;
    if (!design)
        return rc;
    design->n = n;
    design->m = m;
    design->p = p;
    design->intercept = intercept;
    design->left = ana_alloc(ctx, n, sizeof *design->left);
    design->mean = ana_alloc(ctx, p, sizeof *design->mean);
    if (!design->left || !design->mean)
        goto fail;
    if (intercept)
        ana_centre_columns(n, m, p, train, test, design->mean);
    form &= ~ANA_DESIGN_BASIS;
    if (form == ANA_DESIGN_SVD)
        rc = by_svd(ctx, design, train, test, basis);
    else if (form == ANA_DESIGN_GRAM)
        rc = by_gram(ctx, design, train, test, basis);
    else
        rc = by_kernel(ctx, design, train, test, basis);
    if (rc != 0)
        goto fail;
    set_left(design);
    if (!basis) {
        ana_free(ctx, design->mean);
        design->mean = NULL;
    }
    *out = design;
    return 0;
fail:
    ana_design_destroy(ctx, design);
    return rc;
}

int32_t ana_design_form(int64_t n, int64_t p)
{
    if (ana_svd_flops(n, p) <= svd_limit)
        return ANA_DESIGN_SVD;
    return p <= n ? ANA_DESIGN_GRAM : ANA_DESIGN_KERNEL;
}

int ana_design_fits(struct ana_ctx *ctx, int64_t n, int64_t p)
{
    return ana_design_form(n, p) == ANA_DESIGN_SVD ? 0 : ana_eigh_fits(ctx, least(n, p));
}

int ana_design_create(struct ana_ctx *ctx, int64_t n, int64_t m, int64_t p, double *train,
                      double *test, int intercept, struct ana_design **out)
{
    return ana_design_create_by(ctx, ana_design_form(n, p), n, m, p, train, test,
                                intercept, out);
}

/* Rows of `from` columns cut to `to`, in their place. */
static void cut_columns(int64_t rows, int64_t from, int64_t to, double *a)
{
    for (int64_t i = 1; i < rows; i++)
        memmove(a + i * to, a + i * from, (size_t)to * sizeof *a);
}

void ana_design_keep(struct ana_design *design, int64_t most)
{
    if (most >= design->r)
        return;
    cut_columns(design->n, design->r, most, design->u);
    cut_columns(design->m, design->r, most, design->t);
    if (design->v)
        cut_columns(design->p, design->r, most, design->v);
    design->r = most;
    set_left(design);
}

static int64_t *copy_rows(struct ana_ctx *ctx, int64_t n, const int64_t *rows)
{
    int64_t *copy = ana_alloc(ctx, n, sizeof *copy);

    if (copy && n > 0)
        memcpy(copy, rows, (size_t)n * sizeof *copy);
    return copy;
}

int ana_design_from_space(struct ana_ctx *ctx, const struct ana_space *space,
                          const struct ana_fold *fold, int intercept, int64_t most,
                          int basis, struct ana_design **out)
{
    struct ana_tensor train = {.size = sizeof train, .dtype = ANA_F64};
    struct ana_tensor test = {.size = sizeof test, .dtype = ANA_F64};
    int rc = ana_fold_matrix(ctx, space, fold, &train, &test);

    *out = NULL;
    if (rc == 0)
        rc = ana_design_create_by(ctx,
                                  ana_design_form(fold->n_train, train.shape[1]) |
                                      (basis ? ANA_DESIGN_BASIS : 0),
                                  fold->n_train, fold->n_test, train.shape[1], train.data,
                                  test.data, intercept, out);

    ana_tensor_finish(&train);
    ana_tensor_finish(&test);
    if (rc != 0)
        return rc;
    if (most > 0)
        ana_design_keep(*out, most);
    (*out)->train = copy_rows(ctx, fold->n_train, fold->train);
    (*out)->test = copy_rows(ctx, fold->n_test, fold->test);
    if ((*out)->train && (*out)->test)
        return 0;
    ana_design_destroy(ctx, *out);
    *out = NULL;
    return ANA_ERESOURCE;
}

void ana_design_destroy(struct ana_ctx *ctx, struct ana_design *design)
{
    if (!design)
        return;
    ana_free(ctx, design->train);
    ana_free(ctx, design->test);
    ana_free(ctx, design->u);
    ana_free(ctx, design->s);
    ana_free(ctx, design->t);
    ana_free(ctx, design->left);
    ana_free(ctx, design->v);
    ana_free(ctx, design->mean);
    ana_free(ctx, design);
}

int ana_design_project(struct ana_ctx *ctx, const struct ana_design *design, int64_t t,
                       double *y, double *mean, double *b)
{
    const int64_t n = design->n;

    memset(mean, 0, (size_t)t * sizeof *mean);
    if (design->intercept)
        ana_centre_columns(n, 0, t, y, NULL, mean);
    return ana_gemm(ctx, 1, 0, design->r, t, n, 1, design->u, design->r, y, t, 0, b, t);
}

int ana_design_predict(struct ana_ctx *ctx, const struct ana_design *design, int64_t t,
                       const double *b, const double *alphas, const int64_t *choice,
                       double *prediction)
{
    const int64_t r = design->r;
    double *scaled = ana_alloc(ctx, r * t, sizeof *scaled);
    int rc = ANA_ERESOURCE;

    if (!scaled)
        return rc;
    for (int64_t k = 0; k < r; k++)
        for (int64_t j = 0; j < t; j++) {
            const double s = design->s[k];

            scaled[k * t + j] = b[k * t + j] * (s / (s * s + alphas[choice[j]]));
        }
    rc = ana_gemm(ctx, 0, 0, design->m, t, r, 1, design->t, r, scaled, t, 0, prediction,
                  t);
    ana_free(ctx, scaled);
    return rc;
}

int ana_design_weights(struct ana_ctx *ctx, const struct ana_design *design, int64_t t,
                       const double *b, const double *mean, const double *alphas,
                       const int64_t *choice, double *weights, double *intercept)
{
    const int64_t r = design->r, p = design->p;
    double *scaled = ana_alloc(ctx, r * t, sizeof *scaled);
    int rc = ANA_ERESOURCE;

    if (!scaled)
        return rc;
    for (int64_t k = 0; k < r; k++)
        for (int64_t j = 0; j < t; j++) {
            const double s = design->s[k];

            scaled[k * t + j] = b[k * t + j] * (s / (s * s + alphas[choice[j]]));
        }
    rc = ana_gemm(ctx, 0, 0, p, t, r, 1, design->v, r, scaled, t, 0, weights, t);
    ana_free(ctx, scaled);
    memcpy(intercept, mean, (size_t)t * sizeof *mean);
    for (int64_t k = 0; rc == 0 && k < p; k++)
        for (int64_t j = 0; j < t; j++)
            intercept[j] -= design->mean[k] * weights[k * t + j];
    return rc;
}

int ana_design_predict_all(struct ana_ctx *ctx, const struct ana_design *design,
                           int64_t t, const double *b, double alpha, double *work,
                           double *prediction)
{
    const int64_t r = design->r;

    for (int64_t k = 0; k < r; k++) {
        const double scale = design->s[k] / (design->s[k] * design->s[k] + alpha);

        for (int64_t j = 0; j < t; j++)
            work[k * t + j] = b[k * t + j] * scale;
    }
    return ana_gemm(ctx, 0, 0, design->m, t, r, 1, design->t, r, work, t, 0, prediction,
                    t);
}

double ana_design_bytes(int64_t rows, int64_t held_out, int64_t columns)
{
    const double n = (double)rows, m = (double)held_out;
    const double r = (double)ana_design_rank(rows, columns);

    return 8 * ((n + m) * r + 2 * n + m + r);
}

double ana_design_work_bytes(int64_t rows, int64_t held_out, int64_t columns)
{
    const double n = (double)rows, m = (double)held_out, p = (double)columns;
    const double k = fmin(n, p), x = (n + m) * p, sides = n + p;
    const double kept = ana_design_bytes(rows, held_out, columns) / 8;

    if (ana_design_form(rows, columns) == ANA_DESIGN_SVD)
        /* X twice, U, V' and LAPACK's 4 k^2; then U and V' beside what is kept of them */
        return 8 *
               (p + fmax(x + n * p + k * sides + 4 * k * k + 18 * k + 64 * sides - kept,
                         x + k * sides));
    /* X, Gram and its workspace; then the basis, and the held-out rows' kernel */
    return 8 * (p + x +
                fmax(3 * k * k + 10 * k - kept, k * k + fmax(k * k, p > n ? m * n : 0)));
}

double ana_design_factor_flops(int64_t n, int64_t p)
{
    return ana_design_form(n, p) == ANA_DESIGN_SVD ? ana_svd_flops(n, p)
                                                   : ana_eigh_flops(least(n, p));
}

double ana_design_flops(int64_t n, int64_t m, int64_t p)
{
    const int64_t r = ana_design_rank(n, p);
    double flops = ana_design_factor_flops(n, p);

    switch (ana_design_form(n, p)) {
    case ANA_DESIGN_SVD:
        return flops + ana_gemm_flops(m, r, p);
    case ANA_DESIGN_GRAM:
        return flops + ana_syrk_flops(p, n) + ana_gemm_flops(n + m, r, p);
    default:
        return flops + ana_syrk_flops(n, p) + ana_gemm_flops(m, n, p) +
               ana_gemm_flops(m, r, n);
    }
}

int64_t ana_design_rank(int64_t n, int64_t p)
{
    return least(n - 1, p);
}
