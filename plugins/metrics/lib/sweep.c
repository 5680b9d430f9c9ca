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

static int64_t rows_of(const struct ana_sweep *sweep, int64_t band)
{
    const int64_t left = sweep->r - band * ANA_SWEEP_BAND;

    return left < ANA_SWEEP_BAND ? left : ANA_SWEEP_BAND;
}

static float *factors_of(const struct ana_sweep *sweep, int64_t band)
{
    return sweep->factors + sweep->n_alphas * 3 * band * ANA_SWEEP_BAND;
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
        float *far = sweep->far + i * r;

        for (int64_t j = 0; j < r; j++)
            far[j] = (float)(gram[i * r + j] / (lambda[j] - lambda[i]));
        for (int64_t j = sweep->from[b]; j < sweep->from[b] + sweep->columns[b]; j++)
            if (is_near(lambda[i], lambda[j], alpha)) {
                near[j] = (float)gram[i * r + j];
                far[j] = 0;
            }
    }
}

/* The direction whose f is taken as c; root: of lambda. */
static int64_t middle(const struct ana_sweep *sweep, const double *root)
{
    const int64_t r = sweep->r;
    double total = 0, half = 0;
    int64_t at = 0;

    for (int turn = 0; turn < 2; turn++)
        for (int64_t i = 0; i < r; i++) {
            double weight = 0;

            for (int64_t j = 0; j < r; j++)
                weight += fabs((double)sweep->far[i * r + j]) * root[j];
            weight *= root[i];
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

static void set_factors(struct ana_sweep *sweep, int64_t c, const double *lambda,
                        int64_t null, const double *alphas, double size)
{
    const int64_t r = sweep->r;

    for (int64_t a = 0; r > 0 && a < sweep->n_alphas; a++) {
        const double alpha = alphas[a] / (size * size), fc = 1 / (lambda[c] + alpha);

        for (int64_t i = 0; i < r; i++) {
            const double f = i < null ? 0 : 1 / (lambda[i] + alpha);
            const int64_t band = i / ANA_SWEEP_BAND, rows = rows_of(sweep, band);
            const int64_t first = band * ANA_SWEEP_BAND;
            float *row = factors_of(sweep, band) + a * 3 * rows + i - first;

            row[0] = (float)(-2 * f);
            row[rows] = (float)(2 * (lambda[c] - lambda[i]) * f * fc);
            row[2 * rows] = (float)(f * f);
        }
    }
}

/* What products read again and again in one block: large ones lie in large pages. */
static int make_room(struct ana_ctx *ctx, struct ana_sweep *sweep)
{
    const int64_t r = sweep->r, bands = n_bands(r);

    sweep->far = ana_alloc(ctx, (r + sweep->p + sweep->m) * r, sizeof(float));
    sweep->sums = ana_alloc(ctx, r, sizeof(float));
    sweep->place = ana_alloc(ctx, r, sizeof(float));
    sweep->from = ana_alloc(ctx, 3 * bands, sizeof(int64_t));
    sweep->factors = ana_alloc(ctx, sweep->n_alphas * 3 * r, sizeof(float));
    if (!sweep->sums || !sweep->place || !sweep->far || !sweep->from || !sweep->factors)
        return ANA_ERESOURCE;
    sweep->basis = sweep->far + r * r;
    sweep->held = sweep->basis + sweep->p * r;
    sweep->columns = sweep->from + bands;
    sweep->start = sweep->columns + bands;
    return 0;
}

/* The held-out rows in the directions, whose basis is taken; without one they are so
 * already. */
static int take_held(struct ana_ctx *ctx, const struct ana_spectrum *spectrum,
                     const struct ana_picked *held, double alpha, struct ana_sweep *sweep)
{
    if (spectrum->basis && ana_spectrum_is_even(spectrum, alpha))
        return ana_rotate_f32(ctx, held, sweep->r, sweep->basis, spectrum->offset,
                              sweep->held);
    if (spectrum->basis)
        return ana_rotate(ctx, held, sweep->r, spectrum->basis, spectrum->offset,
                          sweep->held);
    memcpy(sweep->held, held->x, (size_t)(held->n * sweep->r) * sizeof(float));
    return 0;
}

static void take_spectrum(struct ana_sweep *sweep, const struct ana_spectrum *spectrum)
{
    for (int64_t k = 0; spectrum->offset && k < sweep->r; k++)
        sweep->place[k] = (float)spectrum->offset[k];
    if (!spectrum->basis)
        return;
    for (int64_t i = 0; i < sweep->p * sweep->r; i++)
        sweep->basis[i] = (float)spectrum->basis[i];
}

int ana_sweep_create(struct ana_ctx *ctx, const struct ana_spectrum *spectrum,
                     const struct ana_picked *held, int64_t n_alphas,
                     const double *alphas, double *room, struct ana_sweep **out)
{
    struct ana_sweep *sweep = ana_alloc(ctx, 1, sizeof *sweep);
    const int64_t r = spectrum->r;
    const double least = alphas[0] / (spectrum->size * spectrum->size);
    struct ana_picked rotated = {NULL, NULL, held->n, r};
    double *own = room ? NULL : ana_alloc(ctx, r * r, sizeof *own);
    double *gram = room ? room : own;
    double *sum = ana_alloc(ctx, r, sizeof *sum);
    int rc = ANA_ERESOURCE;

    *out = NULL;
    if (!sweep || !gram || !sum)
        goto done;
    *sweep = (struct ana_sweep){
        .n = spectrum->n, .m = held->n, .p = spectrum->p, .r = r, .n_alphas = n_alphas};
    rc = make_room(ctx, sweep);
    if (rc == 0) {
        take_spectrum(sweep, spectrum);
        sweep->near =
            ana_alloc(ctx, lay_bands(sweep, spectrum->lambda, least), sizeof(float));
        rc = sweep->near ? take_held(ctx, spectrum, held, alphas[0], sweep)
                         : ANA_ERESOURCE;
    }
    rotated.x = sweep->held;
    if (rc == 0)
        rc = ana_gram(ctx, &rotated, gram, sum);
    if (rc != 0)
        goto done;
    split_pairs(sweep, spectrum->lambda, least, gram);
    for (int64_t k = 0; k < r; k++) {
        sweep->sums[k] = (float)sum[k];
        sum[k] = sqrt(spectrum->lambda[k]);
    }
    set_factors(sweep, middle(sweep, sum), spectrum->lambda, spectrum->null, alphas,
                spectrum->size);
    *out = sweep;
    sweep = NULL;
done:
    ana_free(ctx, own);
    ana_free(ctx, sum);
    ana_sweep_destroy(ctx, sweep);
    return rc;
}

int ana_sweep_turn(struct ana_ctx *ctx, const struct ana_spectrum *spectrum,
                   const struct ana_spectrum *other, double *room,
                   struct ana_sweep *sweep)
{
    const int64_t p = sweep->p, r = sweep->r;
    const int rc = ana_gemm(ctx, 1, 0, p, r, p, other->size * other->size, other->basis,
                            p, spectrum->basis, r, 0, room, r);

    for (int64_t i = 0; rc == 0 && i < p * r; i++)
        sweep->basis[i] = (float)room[i];
    return rc;
}

void ana_sweep_destroy(struct ana_ctx *ctx, struct ana_sweep *sweep)
{
    if (!sweep)
        return;
    ana_free(ctx, sweep->sums);
    ana_free(ctx, sweep->place);
    ana_free(ctx, sweep->far);
    ana_free(ctx, sweep->near);
    ana_free(ctx, sweep->from);
    ana_free(ctx, sweep->factors);
    ana_free(ctx, sweep);
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

/* Of one direction: A'(y - offset), Hb and near Gb (three, already), each times b. */
static void multiply_row(int64_t w, const float *restrict b, const float *restrict offset,
                         float sum, const float *restrict cross,
                         const float *restrict far, float *restrict one,
                         float *restrict two, float *restrict three)
{
    for (int64_t j = 0; j < w; j++) {
        one[j] = (cross[j] - sum * offset[j]) * b[j];
        two[j] = far[j] * b[j];
        three[j] *= b[j];
    }
}

/* The same of a band: parts is 3 rows x w. */
static void multiply_band(const struct ana_sweep *sweep, int64_t band, int64_t w,
                          const float *b, const float *offset, const float *cross,
                          const float *far, float *parts)
{
    const int64_t first = band * ANA_SWEEP_BAND, rows = rows_of(sweep, band);

    for (int64_t i = 0; i < rows; i++) {
        const int64_t at = (first + i) * w;
        float *one = parts + i * w, *two = one + rows * w;

        multiply_row(w, b + at, offset, sweep->sums[first + i], cross + at, far + at, one,
                     two, two + rows * w);
    }
}

/* Add to the losses (n_alphas x w) what the directions of a band give: while its rows are
 * in the processor's cache, since a pass over all of them costs more than its sums. */
static int add_band(struct ana_ctx *ctx, const struct ana_sweep *sweep, int64_t band,
                    int64_t w, const float *b, const float *offset, const float *cross,
                    const float *far, float *parts, float *losses)
{
    const int64_t rows = rows_of(sweep, band), columns = sweep->columns[band];
    int rc =
        ana_gemm_f32(ctx, 0, 0, rows, w, columns, 1, sweep->near + sweep->start[band],
                     columns, b + sweep->from[band] * w, w, 0, parts + 2 * rows * w, w);

    if (rc != 0)
        return rc;
    multiply_band(sweep, band, w, b, offset, cross, far, parts);
    return ana_gemm_f32(ctx, 0, 0, sweep->n_alphas, w, 3 * rows, 1,
                        factors_of(sweep, band), 3 * rows, parts, w, band > 0, losses, w);
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
            b[k * w + j] = -(cross[k * w + j] + sweep->place[k] * (float)sum[j]);
    return ana_gemm_f32(ctx, 1, 0, sweep->r, w, sweep->p, 1, sweep->basis, sweep->r, xy,
                        w, 1, b, w);
}

void ana_sweep_place(const struct ana_sweep *sweep, int64_t w, const double *sum,
                     float *b)
{
    for (int64_t k = 0; k < sweep->r; k++)
        for (int64_t j = 0; j < w; j++)
            b[k * w + j] -= sweep->place[k] * (float)sum[j];
}

int ana_sweep_errors(struct ana_ctx *ctx, const struct ana_sweep *sweep, int64_t w,
                     const float *b, const float *y, const double *offset, float *work,
                     double *errors)
{
    const int64_t r = sweep->r, n_alphas = sweep->n_alphas;
    float *far = work + r * w, *parts = far + r * w;
    float *losses = ana_alloc(ctx, (n_alphas + 1) * w, sizeof *losses);
    float *shift = losses + n_alphas * w;
    double *total = ana_alloc(ctx, w, sizeof *total);
    int rc = losses && total ? 0 : ANA_ERESOURCE;

    for (int64_t j = 0; rc == 0 && j < w; j++)
        shift[j] = (float)offset[j];
    if (rc == 0)
        rc = ana_gemm_f32(ctx, 0, 0, r, w, r, 1, sweep->far, r, b, w, 0, far, w);
    for (int64_t band = 0; rc == 0 && band < n_bands(r); band++)
        rc = add_band(ctx, sweep, band, w, b, shift, work, far, parts, losses);
    if (rc == 0)
        squares(sweep->m, w, y, offset, total);
    for (int64_t a = 0; rc == 0 && a < n_alphas; a++)
        for (int64_t j = 0; j < w; j++)
            errors[a * w + j] = total[j] + (double)losses[a * w + j];
    ana_free(ctx, losses);
    ana_free(ctx, total);
    return rc;
}

int64_t ana_sweep_work(int64_t r)
{
    return 2 * r + 3 * (r < ANA_SWEEP_BAND ? r : ANA_SWEEP_BAND);
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
