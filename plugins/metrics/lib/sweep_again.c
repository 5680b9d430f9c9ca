/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Losses of targets that are almost wholly predicted. The sweep has them as the difference
 * of sums as large as |y|^2, of which float32 rounds 1e-7: of a loss of 1e-5 |y|^2 that is a
 * hundredth. With e the residual at the penalty of the smallest loss, c = f b of that and d
 * how much larger another penalty is, the residual there is e + d A (f c), f being the
 * other's, and its square
 *
 *     |e|^2 + 2 d sum_i f_i c_i (A'e)_i + d^2 |A (f c)|^2 :
 *
 * rounding of the size of the loss itself, and the last is what the sweep gives of c.
 *
 * m held-out rows, r directions, w targets.
 */
#include <anaflow/linalg.h>
#include <string.h>

#include "plugins/metrics/lib/sweep.h"

/* Targets of one product, always so many: one target's bits do not depend on the others. */
enum { COLUMNS = 32 };
static const double small = 1e-2;

/* The targets that are taken together, where they stand and at which penalty their residual
 * is found; and room. */
struct again {
    int64_t n, list[COLUMNS], at[COLUMNS];
    float *shrunk, *own;        /* r x COLUMNS: c; A'e, then c A'e */
    float *residual;            /* m x COLUMNS */
    float *f, *linear, *square; /* n_alphas x r; n_alphas x COLUMNS each */
    float *work;
};

static int64_t best_of(const struct ana_sweep *sweep, int64_t w, const double *errors)
{
    int64_t at = 0;

    for (int64_t a = 1; a < sweep->n_alphas; a++)
        if (errors[a * w] < errors[at * w])
            at = a;
    return at;
}

/* e of the listed targets, and its square. */
static int take_residuals(struct ana_ctx *ctx, const struct ana_sweep *sweep, int64_t w,
                          const float *b, const float *y, const double *offset,
                          struct again *again, double *square)
{
    const int64_t r = sweep->r, m = sweep->m;
    int rc;

    memset(again->shrunk, 0, (size_t)(r * COLUMNS) * sizeof *again->shrunk);
    for (int64_t k = 0; k < r; k++)
        for (int64_t c = 0; c < again->n; c++)
            again->shrunk[k * COLUMNS + c] =
                again->f[again->at[c] * r + k] * b[k * w + again->list[c]];
    rc = ana_gemm_f32(ctx, 0, 0, m, COLUMNS, r, 1, sweep->held, r, again->shrunk, COLUMNS,
                      0, again->residual, COLUMNS);
    memset(square, 0, COLUMNS * sizeof *square);
    for (int64_t i = 0; rc == 0 && i < m; i++)
        for (int64_t c = 0; c < again->n; c++) {
            const int64_t j = again->list[c];
            float *e = again->residual + i * COLUMNS + c;
            const double d = (double)y[i * w + j] - offset[j] - (double)*e;

            *e = (float)d;
            square[c] += d * d;
        }
    return rc;
}

/* The losses of the listed targets that are small. */
static int take_list(struct ana_ctx *ctx, const struct ana_sweep *sweep, int64_t w,
                     const float *b, const float *y, const double *offset,
                     const double *total, struct again *again, double *errors)
{
    const int64_t r = sweep->r;
    double square[COLUMNS];
    int rc = take_residuals(ctx, sweep, w, b, y, offset, again, square);

    if (rc == 0)
        rc = ana_sweep_cross(ctx, sweep, COLUMNS, again->residual, again->own);
    for (int64_t i = 0; rc == 0 && i < r * COLUMNS; i++)
        again->own[i] *= again->shrunk[i];
    if (rc == 0)
        rc = ana_gemm_f32(ctx, 0, 0, sweep->n_alphas, COLUMNS, r, 1, again->f, r,
                          again->own, COLUMNS, 0, again->linear, COLUMNS);
    if (rc == 0)
        rc = ana_sweep_squares(ctx, sweep, COLUMNS, again->shrunk, again->work,
                               again->square);
    for (int64_t a = 0; rc == 0 && a < sweep->n_alphas; a++)
        for (int64_t c = 0; c < again->n; c++) {
            const int64_t at = a * COLUMNS + c, j = again->list[c];
            const double d = sweep->alphas[a] - sweep->alphas[again->at[c]];

            if (errors[a * w + j] < small * total[j])
                errors[a * w + j] = square[c] + 2 * d * (double)again->linear[at] +
                                    d * d * (double)again->square[at];
        }
    again->n = 0;
    return rc;
}

static int make_room(struct ana_ctx *ctx, const struct ana_sweep *sweep,
                     struct again *again)
{
    const int64_t r = sweep->r, A = sweep->n_alphas;

    again->f = ana_alloc(ctx, ana_sweep_again_floats(sweep->m, r, A), sizeof *again->f);
    if (!again->f)
        return ANA_ERESOURCE;
    again->shrunk = again->f + A * r;
    again->own = again->shrunk + r * COLUMNS;
    again->residual = again->own + r * COLUMNS;
    again->linear = again->residual + sweep->m * COLUMNS;
    again->square = again->linear + A * COLUMNS;
    again->work = again->square + A * COLUMNS;
    for (int64_t a = 0; a < A; a++)
        ana_sweep_shrinkage(sweep, a, again->f + a * r);
    return 0;
}

int ana_sweep_again(struct ana_ctx *ctx, const struct ana_sweep *sweep, int64_t w,
                    const float *b, const float *y, const double *offset,
                    const double *total, double *errors)
{
    struct again again = {0};
    int rc = 0;

    for (int64_t j = 0; rc == 0 && sweep->r > 0 && j < w; j++) {
        const int64_t best = best_of(sweep, w, errors + j);

        if (!(errors[best * w + j] < small * total[j]))
            continue;
        if (!again.f)
            rc = make_room(ctx, sweep, &again);
        again.at[again.n] = best;
        again.list[again.n++] = j;
        if (rc == 0 && again.n == COLUMNS)
            rc = take_list(ctx, sweep, w, b, y, offset, total, &again, errors);
    }
    if (rc == 0 && again.n > 0)
        rc = take_list(ctx, sweep, w, b, y, offset, total, &again, errors);
    ana_free(ctx, again.f);
    return rc;
}

int64_t ana_sweep_again_floats(int64_t m, int64_t r, int64_t n_alphas)
{
    return n_alphas * (r + 2 * COLUMNS) + (2 * r + m + ana_sweep_work(r)) * COLUMNS;
}
