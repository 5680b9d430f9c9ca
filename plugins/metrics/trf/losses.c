/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The losses of all penalties on held-out rows with float32 products. With Z the held-out
 * rows about their own mean (and scaled as the training rows are), all that a loss needs
 * of weights w is
 *
 *     sum of squares |Z w|^2 = |R w|^2, R'R = Z'Z;   products w'(Z'y);   the mean m'w
 *
 * R is the Cholesky factor of Z'Z: q^2 t operations a penalty, in place of the 2 m q t of
 * predicting m rows. Its square stays unrounded: |R w|^2 has the digits of Z w, which w'Gw
 * has not where large weights cancel. Where m is small, or Z'Z has no factor, R is Z.
 *
 * Weights solve in float32. A penalty's factor is float64 and is rounded once, but where
 * the penalty is at least 1/32 of the largest eigenvalue: what float32 then changes is
 * less than 2e-5 of the penalty. Only the choice of a penalty hangs on these; the fit
 * that is scored is float64.
 *
 * q columns of a view, A penalties, t targets, m rows held out.
 */
#include "plugins/metrics/trf/losses.h"

#include <anaflow/linalg.h>
#include <math.h>
#include <string.h>

/* Rows of R at a time: of a root (as many as make a triangle of blocks), of Z. */
enum { ROWS = 256, STEP = 128 };

int trf_losses_create(struct ana_ctx *ctx, int64_t q, int64_t A, int64_t t, int root,
                      struct trf_losses *l)
{
    *l = (struct trf_losses){.q = q, .A = A, .t = t};
    l->factor = ana_alloc(ctx, q * q, sizeof *l->factor);
    l->root = root ? ana_alloc(ctx, q * q, sizeof *l->root) : NULL;
    l->weights = ana_alloc(ctx, q * A * t, sizeof *l->weights);
    l->rows = ana_alloc(ctx, ROWS * (q + A * t), sizeof *l->rows);
    l->sum = ana_alloc(ctx, 3 * A * t + q, sizeof *l->sum);
    return l->factor && (l->root || !root) && l->weights && l->rows && l->sum
               ? 0
               : ANA_ERESOURCE;
}

void trf_losses_finish(struct ana_ctx *ctx, struct trf_losses *l)
{
    ana_free(ctx, l->factor);
    ana_free(ctx, l->root);
    ana_free(ctx, l->weights);
    ana_free(ctx, l->rows);
    ana_free(ctx, l->sum);
    memset(l, 0, sizeof *l);
}

double trf_losses_bytes(int64_t q, int64_t A, int64_t t, int root)
{
    const double columns = (double)A * (double)t;

    return 8 * (3 * columns + (double)q) +
           4 * ((root ? 2 : 1) * (double)q * (double)q + (double)q * columns +
                ROWS * ((double)q + columns));
}

double trf_losses_flops(double q, double A, double t, double m, int root)
{
    double flops = q * q * q / 3;

    if (!root)
        return 2 * m * q * A * t;
    for (double i = 0; i < q; i += STEP)
        flops += 2 * fmin(STEP, q - i) * (q - i) * A * t;
    return flops;
}

/* A fold being scored. */
struct job {
    struct trf_losses *room;
    const struct trf_set *set;
    const struct ana_fold *fold;
    int64_t q, at, A, t; /* at: the view's first column */
    int64_t first, m;    /* places of its lags */
    double largest;      /* no eigenvalue of the training Gram matrix is larger */
    double *mean, *square, *product;
};

/* Bound the eigenvalues by sums of magnitudes along rows (Gershgorin) and by the Frobenius
 * norm. */
static void bound(struct job *j)
{
    const int64_t p = j->set->trf->lagged.p;
    double *sum = j->product + j->A * j->t, square = 0;

    memset(sum, 0, (size_t)j->q * sizeof *sum);
    for (int64_t i = 0; i < j->q; i++) {
        const double *row = j->set->train.gram + (j->at + i) * p + j->at;
        double own = fabs(row[i]), squares = 0;

        squares = own * own / 2;
        for (int64_t k = i + 1; k < j->q; k++) {
            const double size = fabs(row[k]);

            own += size;
            sum[k] += size;
            squares += size * size;
        }
        sum[i] += own;
        square += 2 * squares;
    }
    for (int64_t i = 0; i < j->q; i++)
        j->largest = fmax(j->largest, sum[i]);
    j->largest = fmin(j->largest, sqrt(square));
}

/* Z'Z of the view in the upper triangle of `gram` (lda = q), and a little on its diagonal,
 * less than what float32 changes: directions that do not vary have a root, too. */
static void centre_held(const struct job *j, double *gram)
{
    const struct trf_set *set = j->set;
    const int64_t p = set->trf->lagged.p, q = j->q;
    const double *S = set->test.sum + j->at, *scale = set->scale + j->at;
    double most = 0;

    for (int64_t i = 0; i < q; i++) {
        const double *from = set->test.gram + (j->at + i) * p + j->at;
        const double own = S[i] / set->test.n;

        for (int64_t k = i; k < q; k++)
            gram[i * q + k] = scale[i] * scale[k] * (from[k] - own * S[k]);
        most = fmax(most, gram[i * q + i]);
    }
    for (int64_t i = 0; i < q; i++)
        gram[i * q + i] += 1e-13 * most;
}

/* 1 where there is a root now. */
static int take_root(struct ana_ctx *ctx, const struct job *j, int *rooted)
{
    const int64_t q = j->q;
    double *gram = j->set->factor;
    int rc;

    *rooted = 0;
    if (!j->room->root || j->fold->n_test <= q)
        return 0;
    centre_held(j, gram);
    rc = ana_cholesky(ctx, q, gram, q);
    if (rc != 0)
        return rc == ANA_ENUMERIC ? 0 : rc;
    *rooted = 1;
    for (int64_t i = 0; i < q; i++)
        for (int64_t k = i; k < q; k++)
            j->room->root[i * q + k] = (float)gram[i * q + k];
    return 0;
}

/* The factor with one penalty, in float32. */
static int factor(struct ana_ctx *ctx, const struct job *j, double alpha)
{
    const struct trf_set *set = j->set;
    const struct trf_view view = {j->first, j->m};
    const int64_t q = j->q, p = set->trf->lagged.p;
    const double *from = set->train.gram + j->at * p + j->at;
    float *to = j->room->factor;
    int rc;

    if (set->trf->penalty == TRF_RIDGE && alpha >= j->largest / 32) {
        for (int64_t i = 0; i < q; i++) {
            for (int64_t k = i; k < q; k++)
                to[i * q + k] = (float)from[i * p + k];
            to[i * q + i] += (float)alpha;
        }
        return ana_cholesky_f32(ctx, q, to, q);
    }
    rc = trf_set_factor(ctx, set, &view, alpha, set->factor);
    for (int64_t i = 0; rc == 0 && i < q; i++)
        for (int64_t k = i; k < q; k++)
            to[i * q + k] = (float)set->factor[i * q + k];
    return rc;
}

/* Weights of the scaled columns with penalty a, and what they say of the held-out rows'
 * mean and products. */
static int solve(struct ana_ctx *ctx, const struct job *j, int64_t a)
{
    const struct trf_set *set = j->set;
    const struct lagged_sums *held = &set->test;
    const int64_t q = j->q, t = j->t, width = j->A * t;
    const double *C = set->train.cross + j->at * t, *held_C = held->cross + j->at * t;
    double *mean = j->mean + a * t, *product = j->product + a * t;
    float *w = j->room->weights + a * t;
    int rc = factor(ctx, j, set->trf->ridge.alphas[a]);

    for (int64_t i = 0; rc == 0 && i < q; i++)
        for (int64_t k = 0; k < t; k++)
            w[i * width + k] = (float)C[i * t + k];
    if (rc == 0)
        rc = ana_cholesky_apply_f32(ctx, q, t, j->room->factor, q, w, width);
    for (int64_t k = 0; k < t; k++) {
        mean[k] = set->y_shift[k];
        product[k] = 0;
    }
    for (int64_t i = 0; rc == 0 && i < q; i++) {
        const double own = held->sum[j->at + i] / held->n, scale = set->scale[j->at + i];
        const double off = scale * (own - set->shift[j->at + i]);

        for (int64_t k = 0; k < t; k++) {
            const double v = (double)w[i * width + k];

            mean[k] += off * v;
            product[k] += scale * v * (held_C[i * t + k] - own * held->y_sum[k]);
        }
    }
    return rc;
}

static void add_squares(const struct job *j, int64_t n, const float *rows)
{
    const int64_t width = j->A * j->t;

    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < width; k++) {
            const double v = (double)rows[i * width + k];

            j->square[k] += v * v;
        }
}

/* |R w|^2 of all weights, R the root. */
static int add_root(struct ana_ctx *ctx, const struct job *j)
{
    const int64_t q = j->q, width = j->A * j->t;
    float *product = j->room->rows;
    int rc = 0;

    for (int64_t i = 0; i < q; i++)
        memset(j->room->root + i * q + i / STEP * STEP, 0,
               (size_t)(i % STEP) * sizeof(float));
    for (int64_t i = 0; rc == 0 && i < q; i += STEP) {
        const int64_t n = q - i < STEP ? q - i : STEP;

        rc = ana_gemm_f32(ctx, 0, 0, n, width, q - i, 1, j->room->root + i * q + i, q,
                          j->room->weights + i * width, width, 0, product, width);
        if (rc == 0)
            add_squares(j, n, product);
    }
    return rc;
}

/* Lag d of the view of the row that begins at a sample, a piece of Z. */
static void centre_sample(const struct job *j, int64_t base, int64_t d, float *to)
{
    const struct lagged *lagged = &j->set->trf->lagged;
    const int64_t F = lagged->F, at = j->at + d * F;
    const double *x = lagged->x + (base - lagged->delays[j->first + d]) * F;
    const double *scale = j->set->scale + at, *sum = j->set->test.sum + at;

    for (int64_t f = 0; f < F; f++)
        to[f] = (float)(scale[f] * (x[f] - sum[f] / j->set->test.n));
}

/* |Z w|^2 of all weights, a block of rows at a time. */
static int add_rows(struct ana_ctx *ctx, const struct job *j)
{
    const struct lagged *lagged = &j->set->trf->lagged;
    const int64_t F = lagged->F, q = j->q, width = j->A * j->t;
    float *z = j->room->rows, *product = z + ROWS * q;
    int rc = 0;

    for (int64_t at = 0; rc == 0 && at < j->fold->n_test; at += ROWS) {
        const int64_t n = j->fold->n_test - at < ROWS ? j->fold->n_test - at : ROWS;

        for (int64_t i = 0; i < n; i++)
            for (int64_t d = 0; d < j->m; d++)
                centre_sample(j, lagged->base[j->fold->test[at + i]], d,
                              z + i * q + d * F);
        rc = ana_gemm_f32(ctx, 0, 0, n, width, q, 1, z, q, j->room->weights, width, 0,
                          product, width);
        if (rc == 0)
            add_squares(j, n, product);
    }
    return rc;
}

static void state_losses(const struct job *j, double *out)
{
    const struct lagged_sums *held = &j->set->test;
    const int64_t t = j->t;

    for (int64_t i = 0; i < j->A * t; i++) {
        const double n = held->n, y = held->y_sum[i % t];
        const struct trf_moments of = {.n = n,
                                       .bias = j->mean[i] - y / n,
                                       .prediction = j->square[i],
                                       .product = j->product[i],
                                       .y = held->y_square[i % t] - y * y / n,
                                       .y_raw = held->y_square[i % t]};

        out[i] = trf_loss(j->set->trf->ridge.loss, &of);
    }
}

int trf_losses_find(struct ana_ctx *ctx, struct trf_losses *l, const struct trf_set *set,
                    const struct trf_view *view, const struct ana_fold *fold, double *out)
{
    const int64_t F = set->trf->lagged.F, width = l->A * l->t;
    struct job job = {.room = l,
                      .set = set,
                      .fold = fold,
                      .q = view->m * F,
                      .at = view->first * F,
                      .A = l->A,
                      .t = l->t,
                      .first = view->first,
                      .m = view->m,
                      .mean = l->sum,
                      .square = l->sum + width,
                      .product = l->sum + 2 * width};
    int rooted, rc = take_root(ctx, &job, &rooted);

    memset(job.square, 0, (size_t)width * sizeof *job.square);
    bound(&job);
    for (int64_t a = 0; rc == 0 && a < l->A; a++)
        rc = solve(ctx, &job, a);
    if (rc == 0)
        rc = rooted ? add_root(ctx, &job) : add_rows(ctx, &job);
    if (rc == 0)
        state_losses(&job, out);
    return rc;
}
