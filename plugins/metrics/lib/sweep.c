/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The sweep over penalties as one antisymmetric product. The identity behind it is that of
 * partial fractions; the constant c is taken where half of the rounding lies on either
 * side (the weighted median minimises sum |f_i - c| weight_i), which for the monotonous f
 * is the same direction for every penalty.
 *
 * m held-out rows, r directions, w targets.
 */
#include "plugins/metrics/lib/sweep.h"

#include <anaflow/linalg.h>
#include <math.h>
#include <string.h>

/* Columns that a band of the near part is expected to have, for plans: a few beyond it. */
enum { BAND_COLUMNS = ANA_SWEEP_BAND + 16 };

static int64_t n_bands(int64_t r)
{
    return (r + ANA_SWEEP_BAND - 1) / ANA_SWEEP_BAND;
}

/* Where the division would let more than a hundred roundings of what a pair gives through:
 * the weaker its directions are beside the penalty, the less that is. How many pairs are
 * near does then not grow with alpha. */
static int is_near(double a, double b, double alpha)
{
    const double sum = fmin(a, b) + alpha;

    return fabs(a - b) <= .01 * a * b / sum / fmax(1, sum);
}

/* Where each band's near columns begin and end; lambda ascends, so they are together. */
static int64_t lay_bands(struct ana_sweep *sweep, const double *lambda, double alpha)
{
    const int64_t r = sweep->r;
    int64_t low = 0, high = 0, total = 0;

    for (int64_t b = 0; b < n_bands(r); b++) {
        const int64_t first = b * ANA_SWEEP_BAND;
        const int64_t last = first + ANA_SWEEP_BAND < r ? first + ANA_SWEEP_BAND : r;

        while (!is_near(lambda[low], lambda[first], alpha))
            low++;
        high = high < last ? last : high;
        while (high < r && is_near(lambda[high], lambda[last - 1], alpha))
            high++;
        sweep->from[b] = low;
        sweep->columns[b] = high - low;
        sweep->start[b] = total;
        total += (last - first) * (high - low);
    }
    return total;
}

/* G into the far part, divided, and the near part. */
static void split_pairs(struct ana_sweep *sweep, const double *lambda, double alpha,
                        const double *gram)
{
    const int64_t r = sweep->r;

    for (int64_t i = 0; i < r; i++) {
        const int64_t b = i / ANA_SWEEP_BAND;
        float *near = sweep->near + sweep->start[b] +
                      (i - b * ANA_SWEEP_BAND) * sweep->columns[b] - sweep->from[b];

        for (int64_t j = 0; j < r; j++) {
            if (is_near(lambda[i], lambda[j], alpha))
                near[j] = (float)gram[i * r + j];
            else
                sweep->far[i * r + j] =
                    (float)(gram[i * r + j] / (lambda[j] - lambda[i]));
        }
    }
}

/* The direction whose f is taken as c. */
static int64_t middle(const struct ana_sweep *sweep, const double *lambda)
{
    const int64_t r = sweep->r;
    double total = 0, half = 0;
    int64_t at = 0;

    for (int turn = 0; turn < 2; turn++)
        for (int64_t i = 0; i < r; i++) {
            double weight = 0;

            for (int64_t j = 0; j < r; j++)
                weight += fabs((double)sweep->far[i * r + j]) * sqrt(lambda[j]);
            weight *= sqrt(lambda[i]);
            if (turn == 0) {
                total += weight;
                continue;
            }
            half += weight;
            at = i;
            if (2 * half >= total)
                break;
        }
    return at;
}

static void set_factors(struct ana_sweep *sweep, const double *lambda, int64_t null,
                        const double *alphas, double size)
{
    const int64_t r = sweep->r, c = middle(sweep, lambda);

    for (int64_t a = 0; r > 0 && a < sweep->n_alphas; a++) {
        const double alpha = alphas[a] / (size * size), fc = 1 / (lambda[c] + alpha);
        float *row = sweep->factors + a * 3 * r;

        for (int64_t i = 0; i < r; i++) {
            const double f = i < null ? 0 : 1 / (lambda[i] + alpha);

            row[i] = (float)(-2 * f);
            row[r + i] = (float)(2 * (lambda[c] - lambda[i]) * f * fc);
            row[2 * r + i] = (float)(f * f);
        }
    }
}

static int make_room(struct ana_ctx *ctx, struct ana_sweep *sweep)
{
    const int64_t r = sweep->r, bands = n_bands(r);

    sweep->basis = ana_alloc(ctx, sweep->p * r, sizeof(float));
    sweep->held = ana_alloc(ctx, sweep->m * r, sizeof(float));
    sweep->sums = ana_alloc(ctx, r, sizeof(float));
    sweep->place = ana_alloc(ctx, r, sizeof(float));
    sweep->far = ana_alloc(ctx, r * r, sizeof(float));
    sweep->from = ana_alloc(ctx, 3 * bands, sizeof(int64_t));
    sweep->factors = ana_alloc(ctx, sweep->n_alphas * 3 * r, sizeof(float));
    if (!sweep->basis || !sweep->held || !sweep->sums || !sweep->place || !sweep->far ||
        !sweep->from || !sweep->factors)
        return ANA_ERESOURCE;
    sweep->columns = sweep->from + bands;
    sweep->start = sweep->columns + bands;
    return 0;
}

static void take_spectrum(struct ana_sweep *sweep, const struct ana_spectrum *spectrum)
{
    for (int64_t i = 0; i < sweep->p * sweep->r; i++)
        sweep->basis[i] = (float)spectrum->basis[i];
    for (int64_t k = 0; k < sweep->r; k++)
        sweep->place[k] = (float)spectrum->offset[k];
}

int ana_sweep_create(struct ana_ctx *ctx, const struct ana_spectrum *spectrum,
                     const struct ana_picked *held, int64_t n_alphas,
                     const double *alphas, struct ana_sweep **out)
{
    struct ana_sweep *sweep = ana_alloc(ctx, 1, sizeof *sweep);
    const int64_t r = spectrum->r;
    const double least = alphas[0] / (spectrum->size * spectrum->size);
    struct ana_picked rotated = {NULL, NULL, held->n, r};
    double *gram = ana_alloc(ctx, r * r, sizeof *gram);
    double *sum = ana_alloc(ctx, r, sizeof *sum);
    int rc = ANA_ERESOURCE;

    *out = NULL;
    if (!sweep || !gram || !sum)
        goto done;
    *sweep = (struct ana_sweep){
        .n = spectrum->n, .m = held->n, .p = spectrum->p, .r = r, .n_alphas = n_alphas};
    rc = make_room(ctx, sweep);
    if (rc == 0) {
        sweep->near =
            ana_alloc(ctx, lay_bands(sweep, spectrum->lambda, least), sizeof(float));
        rc = sweep->near ? ana_rotate(ctx, held, r, spectrum->basis, spectrum->offset,
                                      sweep->held)
                         : ANA_ERESOURCE;
    }
    rotated.x = sweep->held;
    if (rc == 0)
        rc = ana_gram(ctx, &rotated, gram, sum);
    if (rc != 0)
        goto done;
    take_spectrum(sweep, spectrum);
    for (int64_t k = 0; k < r; k++)
        sweep->sums[k] = (float)sum[k];
    split_pairs(sweep, spectrum->lambda, least, gram);
    set_factors(sweep, spectrum->lambda, spectrum->null, alphas, spectrum->size);
    *out = sweep;
    sweep = NULL;
done:
    ana_free(ctx, gram);
    ana_free(ctx, sum);
    ana_sweep_destroy(ctx, sweep);
    return rc;
}

int ana_sweep_turn(struct ana_ctx *ctx, const struct ana_spectrum *spectrum,
                   const struct ana_spectrum *other, struct ana_sweep *sweep)
{
    const int64_t p = sweep->p, r = sweep->r;
    double *turned = ana_alloc(ctx, p * r, sizeof *turned);
    int rc = ANA_ERESOURCE;

    if (turned)
        rc = ana_gemm(ctx, 1, 0, p, r, p, other->size, other->basis, p, spectrum->basis,
                      r, 0, turned, r);
    for (int64_t i = 0; rc == 0 && i < p * r; i++)
        sweep->basis[i] = (float)turned[i];
    ana_free(ctx, turned);
    return rc;
}

void ana_sweep_destroy(struct ana_ctx *ctx, struct ana_sweep *sweep)
{
    if (!sweep)
        return;
    ana_free(ctx, sweep->basis);
    ana_free(ctx, sweep->held);
    ana_free(ctx, sweep->sums);
    ana_free(ctx, sweep->place);
    ana_free(ctx, sweep->far);
    ana_free(ctx, sweep->near);
    ana_free(ctx, sweep->from);
    ana_free(ctx, sweep->factors);
    ana_free(ctx, sweep);
}

/* to (r x w) = near part of G times b. */
static int multiply_near(struct ana_ctx *ctx, const struct ana_sweep *sweep, int64_t w,
                         const float *b, float *to)
{
    int rc = 0;

    for (int64_t band = 0; rc == 0 && band < n_bands(sweep->r); band++) {
        const int64_t first = band * ANA_SWEEP_BAND, columns = sweep->columns[band];
        const int64_t rows =
            sweep->r - first < ANA_SWEEP_BAND ? sweep->r - first : ANA_SWEEP_BAND;

        rc =
            ana_gemm_f32(ctx, 0, 0, rows, w, columns, 1, sweep->near + sweep->start[band],
                         columns, b + sweep->from[band] * w, w, 0, to + first * w, w);
    }
    return rc;
}

/* |y - offset|^2 of each target. */
static void squares(int64_t m, int64_t w, const float *y, const double *offset,
                    double *total)
{
    memset(total, 0, (size_t)w * sizeof *total);
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < w; j++) {
            const double error = (double)y[i * w + j] - offset[j];

            total[j] += error * error;
        }
}

/* A'(y - offset), Hb and near Gb, each times b, in place. */
static void multiply_all(const struct ana_sweep *sweep, int64_t w, const float *b,
                         const double *offset, float *work)
{
    const int64_t cells = sweep->r * w;

    for (int64_t k = 0; k < sweep->r; k++) {
        const float *by = b + k * w, sum = sweep->sums[k];
        float *cross = work + k * w, *far = cross + cells, *near = far + cells;

        for (int64_t j = 0; j < w; j++) {
            cross[j] = (cross[j] - sum * (float)offset[j]) * by[j];
            far[j] *= by[j];
            near[j] *= by[j];
        }
    }
}

int ana_sweep_cross(struct ana_ctx *ctx, const struct ana_sweep *sweep, int64_t w,
                    const float *y, float *cross)
{
    return ana_gemm_f32(ctx, 1, 0, sweep->r, w, sweep->m, 1, sweep->held, sweep->r, y, w,
                        0, cross, w);
}

int ana_sweep_rotate(struct ana_ctx *ctx, const struct ana_sweep *sweep, int64_t w,
                     const float *xy, const double *sum, const float *cross, float *b)
{
    for (int64_t k = 0; k < sweep->r; k++)
        for (int64_t j = 0; j < w; j++)
            b[k * w + j] = cross[k * w + j] + sweep->place[k] * (float)sum[j];
    return ana_gemm_f32(ctx, 1, 0, sweep->r, w, sweep->p, 1, sweep->basis, sweep->r, xy,
                        w, -1, b, w);
}

int ana_sweep_errors(struct ana_ctx *ctx, const struct ana_sweep *sweep, int64_t w,
                     const float *b, const float *y, const double *offset, float *work,
                     double *errors)
{
    const int64_t r = sweep->r, n_alphas = sweep->n_alphas, cells = r * w;
    float *losses = ana_alloc(ctx, n_alphas * w, sizeof *losses);
    double *total = ana_alloc(ctx, w, sizeof *total);
    int rc = losses && total ? 0 : ANA_ERESOURCE;

    if (rc == 0)
        rc = ana_gemm_f32(ctx, 0, 0, r, w, r, 1, sweep->far, r, b, w, 0, work + cells, w);
    if (rc == 0)
        rc = multiply_near(ctx, sweep, w, b, work + 2 * cells);
    if (rc == 0) {
        multiply_all(sweep, w, b, offset, work);
        rc = ana_gemm_f32(ctx, 0, 0, n_alphas, w, 3 * r, 1, sweep->factors, 3 * r, work,
                          w, 0, losses, w);
    }
    if (rc == 0)
        squares(sweep->m, w, y, offset, total);
    for (int64_t a = 0; rc == 0 && a < n_alphas; a++)
        for (int64_t j = 0; j < w; j++)
            errors[a * w + j] = total[j] + (double)losses[a * w + j];
    ana_free(ctx, losses);
    ana_free(ctx, total);
    return rc;
}

double ana_sweep_bytes(int64_t m, int64_t p, int64_t n_alphas)
{
    const double r = (double)p;

    return 4 * r * (2 * r + (double)m + BAND_COLUMNS + 3 * (double)n_alphas + 2);
}

double ana_sweep_flops(int64_t m, int64_t p)
{
    return ana_gemm_flops(m, p, p) + ana_gram_flops(m, p);
}

double ana_sweep_target_flops(int64_t m, int64_t p, int64_t n_alphas)
{
    return ana_gemm_flops(p, 1, m + p + BAND_COLUMNS + 3 * n_alphas);
}
