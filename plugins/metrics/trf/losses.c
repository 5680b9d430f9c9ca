/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The losses of all penalties on held-out rows with float32 products: weights solve in
 * float32, and the rows are predicted by all penalties in one product, a block of rows at
 * a time. A penalty's factor is float64 and is rounded once, but where the penalty is at
 * least a sixteenth of the largest eigenvalue: what float32 then changes is less than 1e-5
 * of the penalty. Only the choice of a penalty hangs on these; the fit that is scored is
 * float64.
 *
 * q columns of a view, A penalties, t targets.
 */
#include <anaflow/linalg.h>
#include <math.h>
#include <string.h>

#include "plugins/metrics/trf/trf.h"

enum { ROWS = 256 };

struct losses {
    const struct trf_set *set;
    const struct trf_view *view;
    int64_t q, A, t;
    float *factor;  /* q x q */
    float *gram;    /* q x q: the training set's, upper triangle */
    double largest; /* no eigenvalue of it is larger */
    float *weights; /* q x (A t) */
    float *z;       /* ROWS x q, and behind them ROWS x (A t): lagged rows, predictions */
    double
        *offset; /* A t, and behind them sums of predictions, squares, products with y */
    double *y_sum; /* t, and behind them squares */
};

static int open_losses(struct ana_ctx *ctx, struct losses *l)
{
    l->factor = ana_alloc(ctx, l->q * l->q, sizeof *l->factor);
    l->gram = ana_alloc(ctx, l->q * l->q, sizeof *l->gram);
    l->weights = ana_alloc(ctx, l->q * l->A * l->t, sizeof *l->weights);
    l->z = ana_alloc(ctx, ROWS * (l->q + l->A * l->t), sizeof *l->z);
    l->offset = ana_alloc(ctx, 4 * l->A * l->t, sizeof *l->offset);
    l->y_sum = ana_alloc(ctx, 2 * l->t, sizeof *l->y_sum);
    return l->factor && l->gram && l->weights && l->z && l->offset && l->y_sum
               ? 0
               : ANA_ERESOURCE;
}

static void close_losses(struct ana_ctx *ctx, struct losses *l)
{
    ana_free(ctx, l->factor);
    ana_free(ctx, l->gram);
    ana_free(ctx, l->weights);
    ana_free(ctx, l->z);
    ana_free(ctx, l->offset);
    ana_free(ctx, l->y_sum);
}

/* Round the Gram matrix of the view, and bound its eigenvalues by sums of magnitudes along
 * rows (Gershgorin) and by its Frobenius norm; `sum` has room for q numbers, 0 each. */
static void round_gram(struct losses *l, double *sum)
{
    const int64_t p = l->set->trf->lagged.p, at = l->view->first * l->set->trf->lagged.F;
    double square = 0;

    for (int64_t i = 0; i < l->q; i++) {
        const double *row = l->set->train.gram + (at + i) * p + at;

        for (int64_t j = i; j < l->q; j++) {
            const double size = fabs(row[j]);

            l->gram[i * l->q + j] = (float)row[j];
            sum[i] += size;
            sum[j] += j > i ? size : 0;
            square += (j > i ? 2 : 1) * size * size;
        }
    }
    for (int64_t i = 0; i < l->q; i++)
        l->largest = fmax(l->largest, sum[i]);
    l->largest = fmin(l->largest, sqrt(square));
}

/* The factor with one penalty, in float32. */
static int factor(struct ana_ctx *ctx, struct losses *l, double alpha)
{
    const struct trf_set *set = l->set;
    const int64_t q = l->q;
    int rc;

    if (set->trf->penalty == TRF_RIDGE && alpha >= l->largest / 16) {
        for (int64_t i = 0; i < q; i++) {
            memcpy(l->factor + i * q + i, l->gram + i * q + i,
                   (size_t)(q - i) * sizeof(float));
            l->factor[i * q + i] += (float)alpha;
        }
        return ana_cholesky_f32(ctx, q, l->factor, q);
    }
    rc = trf_set_factor(ctx, set, l->view, alpha);
    for (int64_t i = 0; rc == 0 && i < q; i++)
        for (int64_t j = i; j < q; j++)
            l->factor[i * q + j] = (float)set->factor[i * q + j];
    return rc;
}

/* Weights per unit of x with every penalty, and what they are off by. */
static int solve_all(struct ana_ctx *ctx, struct losses *l)
{
    const struct trf_set *set = l->set;
    const int64_t q = l->q, t = l->t, width = l->A * t,
                  at = l->view->first * set->trf->lagged.F;
    int rc = 0;

    for (int64_t a = 0; rc == 0 && a < l->A; a++) {
        float *w = l->weights + a * t;

        rc = factor(ctx, l, set->trf->ridge.alphas[a]);
        for (int64_t i = 0; rc == 0 && i < q; i++)
            for (int64_t j = 0; j < t; j++)
                w[i * width + j] = (float)set->train.cross[(at + i) * t + j];
        if (rc == 0)
            rc = ana_cholesky_apply_f32(ctx, q, t, l->factor, q, w, width);
        for (int64_t j = 0; j < t; j++)
            l->offset[a * t + j] = set->y_shift[j];
        for (int64_t i = 0; rc == 0 && i < q; i++)
            for (int64_t j = 0; j < t; j++) {
                w[i * width + j] *= (float)set->scale[at + i];
                l->offset[a * t + j] -= set->shift[at + i] * (double)w[i * width + j];
            }
    }
    return rc;
}

/* Sums over m predicted rows; y: the rows' targets, t apart. */
static void add_rows(struct losses *l, int64_t m, const int64_t *row, const double *y,
                     const float *prediction)
{
    const int64_t t = l->t, width = l->A * t;
    double *sum = l->offset + width, *square = sum + width, *product = square + width;

    for (int64_t i = 0; i < m; i++) {
        const double *own = y + row[i] * t;

        for (int64_t j = 0; j < t; j++) {
            l->y_sum[j] += own[j];
            l->y_sum[t + j] += own[j] * own[j];
        }
        for (int64_t a = 0; a < l->A; a++)
            for (int64_t j = 0; j < t; j++) {
                const double p = (double)prediction[i * width + a * t + j];

                sum[a * t + j] += p;
                square[a * t + j] += p * p;
                product[a * t + j] += p * own[j];
            }
    }
}

static int predict_all(struct ana_ctx *ctx, struct losses *l, const struct ana_fold *fold,
                       const double *y)
{
    const struct lagged *lagged = &l->set->trf->lagged;
    const int64_t F = lagged->F, width = l->A * l->t;
    float *prediction = l->z + ROWS * l->q;
    int rc = 0;

    for (int64_t at = 0; rc == 0 && at < fold->n_test; at += ROWS) {
        const int64_t m = fold->n_test - at < ROWS ? fold->n_test - at : ROWS;

        for (int64_t i = 0; i < m; i++)
            for (int64_t d = 0; d < l->view->m; d++) {
                const double *x = lagged->x + (lagged->base[fold->test[at + i]] -
                                               lagged->delays[l->view->first + d]) *
                                                  F;

                for (int64_t f = 0; f < F; f++)
                    l->z[i * l->q + d * F + f] = (float)x[f];
            }
        rc = ana_gemm_f32(ctx, 0, 0, m, width, l->q, 1, l->z, l->q, l->weights, width, 0,
                          prediction, width);
        if (rc == 0)
            add_rows(l, m, fold->test + at, y, prediction);
    }
    return rc;
}

int trf_set_losses(struct ana_ctx *ctx, const struct trf_set *set,
                   const struct trf_view *view, const struct ana_fold *fold,
                   const double *y, double *out)
{
    struct losses l = {.set = set,
                       .view = view,
                       .q = view->m * set->trf->lagged.F,
                       .A = set->trf->ridge.n_alphas,
                       .t = set->t};
    const double n = (double)fold->n_test;
    double *sum = ana_alloc(ctx, l.q, sizeof *sum);
    int rc = sum ? open_losses(ctx, &l) : ANA_ERESOURCE;

    if (rc == 0)
        round_gram(&l, sum);
    ana_free(ctx, sum);
    if (rc == 0)
        rc = solve_all(ctx, &l);
    if (rc == 0)
        rc = predict_all(ctx, &l, fold, y);
    for (int64_t i = 0; rc == 0 && i < l.A * l.t; i++) {
        const int64_t width = l.A * l.t, j = i % l.t;
        const double c = l.offset[i], p = l.offset[width + i];
        const struct trf_moments of = {
            .n = n,
            .prediction = p + n * c,
            .square = l.offset[2 * width + i] + 2 * c * p + n * c * c,
            .product = l.offset[3 * width + i] + c * l.y_sum[j],
            .y = l.y_sum[j],
            .y_square = l.y_sum[l.t + j]};

        out[i] = trf_loss(set->trf->ridge.loss, &of);
    }
    close_losses(ctx, &l);
    return rc;
}

double trf_losses_bytes(int64_t q, int64_t A, int64_t t)
{
    return 8 * (double)q +
           4 * (2 * (double)q * (double)q + (double)q * (double)A * (double)t +
                ROWS * ((double)q + (double)A * (double)t)) +
           32 * (double)A * (double)t + 16 * (double)t;
}
