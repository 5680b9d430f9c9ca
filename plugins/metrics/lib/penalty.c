/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Losses of every penalty alpha in closed form (Golub, Heath & Wahba 1979). With
 * D = 1 / (s^2 + alpha), and 1 / alpha in the directions that no feature reaches, the
 * error of leaving row i out is
 *
 *     e_i = [Q D Q'y]_i / [Q D Q']_ii
 *
 * over all directions Q orthogonal to the constant. The textbook's
 * (y_i - yhat_i) / (1 - h_ii) is alpha times both sides of that fraction: with p >= n - 1
 * it becomes 0/0 as alpha falls. So both sides carry alpha only on rows where directions
 * are left over. The design's `left` is [I - 11'/n - UU']_ii.
 *
 * n rows, r directions, t targets.
 */
#include "plugins/metrics/lib/penalty.h"

#include <anaflow/linalg.h>
#include <math.h>
#include <string.h>

/* y - U b: what the directions leave of y; exactly 0 where they leave nothing. */
static int remove_projection(struct ana_ctx *ctx, const struct ana_design *design,
                             int64_t t, double *y, const double *b)
{
    const int64_t n = design->n, r = design->r;
    int rc = 0;

    if (!design->full)
        rc = ana_gemm(ctx, 0, 0, n, t, r, -1, design->u, r, b, t, 1, y, t);
    for (int64_t i = 0; i < n; i++)
        if (design->left[i] <= 0)
            memset(y + i * t, 0, (size_t)t * sizeof *y);
    return rc;
}

/* Errors of one alpha from y's leftover part; scaled has room for r x t. */
static int loo_errors(struct ana_ctx *ctx, const struct ana_design *design, double alpha,
                      int64_t t, const double *rest, const double *b, double *scaled,
                      double *errors)
{
    const int64_t n = design->n, r = design->r;
    int rc;

    for (int64_t k = 0; k < r; k++) {
        const double scale = 1 / (design->s[k] * design->s[k] + alpha);

        for (int64_t j = 0; j < t; j++)
            scaled[k * t + j] = b[k * t + j] * scale;
    }
    rc = ana_gemm(ctx, 0, 0, n, t, r, 1, design->u, r, scaled, t, 0, errors, t);
    if (rc != 0)
        return rc;
    for (int64_t i = 0; i < n; i++) {
        const double *u = design->u + i * r;
        const double by = design->left[i] > 0 ? alpha : 1;
        double diagonal = 0;

        for (int64_t k = 0; k < r; k++)
            diagonal += u[k] * u[k] / (design->s[k] * design->s[k] + alpha);
        diagonal = 1 / (design->left[i] + by * diagonal);
        for (int64_t j = 0; j < t; j++)
            errors[i * t + j] = (rest[i * t + j] + by * errors[i * t + j]) * diagonal;
    }
    return 0;
}

int ana_loo_errors(struct ana_ctx *ctx, const struct ana_design *design, double alpha,
                   int64_t t, double *y, const double *b, double *errors)
{
    double *scaled = ana_alloc(ctx, design->r * t, sizeof *scaled);
    int rc = scaled ? remove_projection(ctx, design, t, y, b) : ANA_ERESOURCE;

    if (rc == 0)
        rc = loo_errors(ctx, design, alpha, t, y, b, scaled, errors);
    ana_free(ctx, scaled);
    return rc;
}

int ana_loss_loo(struct ana_ctx *ctx, const struct ana_design *design, int64_t n_alphas,
                 const double *alphas, int64_t t, double *y, const double *b,
                 double *curve)
{
    const int64_t n = design->n;
    double *scaled = ana_alloc(ctx, design->r * t, sizeof *scaled);
    double *errors = ana_alloc(ctx, n * t, sizeof *errors);
    int rc = scaled && errors ? remove_projection(ctx, design, t, y, b) : ANA_ERESOURCE;

    for (int64_t a = 0; rc == 0 && a < n_alphas; a++) {
        double *loss = curve + a * t;

        rc = loo_errors(ctx, design, alphas[a], t, y, b, scaled, errors);
        memset(loss, 0, (size_t)t * sizeof *loss);
        for (int64_t i = 0; rc == 0 && i < n; i++)
            for (int64_t j = 0; j < t; j++)
                loss[j] += errors[i * t + j] * errors[i * t + j];
        for (int64_t j = 0; j < t; j++)
            loss[j] /= (double)n;
    }
    ana_free(ctx, scaled);
    ana_free(ctx, errors);
    return rc;
}

/* |rest|^2 + |f b|^2 over (left over + sum f)^2, f = alpha D; where nothing is left over
 * both sides lose their alpha^2. */
static void gcv_row(const struct ana_design *design, double alpha, double left, int64_t t,
                    const double *rest, const double *b, double *loss)
{
    const double by = left > 0 ? alpha : 1;
    double trace = left;

    memcpy(loss, rest, (size_t)t * sizeof *loss);
    for (int64_t k = 0; k < design->r; k++) {
        const double f = by / (design->s[k] * design->s[k] + alpha);

        trace += f;
        for (int64_t j = 0; j < t; j++)
            loss[j] += f * f * b[k * t + j] * b[k * t + j];
    }
    for (int64_t j = 0; j < t; j++)
        loss[j] *= (double)design->n / (trace * trace);
}

int ana_loss_gcv(struct ana_ctx *ctx, const struct ana_design *design, int64_t n_alphas,
                 const double *alphas, int64_t t, double *y, const double *b,
                 double *curve)
{
    const int64_t n = design->n;
    const double left =
        design->full ? 0 : (double)(n - (design->intercept ? 1 : 0) - design->r);
    double *rest = ana_alloc(ctx, t, sizeof *rest);
    int rc = rest ? remove_projection(ctx, design, t, y, b) : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < n; i++)
        for (int64_t j = 0; j < t; j++)
            rest[j] += y[i * t + j] * y[i * t + j];
    for (int64_t a = 0; rc == 0 && a < n_alphas; a++)
        gcv_row(design, alphas[a], left, t, rest, b, curve + a * t);
    ana_free(ctx, rest);
    return rc;
}

/* Sum of squares around the rows' own mean; exactly 0 for a constant target. */
static double total_squares(int64_t m, int64_t t, const double *y)
{
    double mean = 0, low = y[0], high = y[0], total = 0;

    for (int64_t i = 0; i < m; i++) {
        mean += y[i * t];
        low = y[i * t] < low ? y[i * t] : low;
        high = y[i * t] > high ? y[i * t] : high;
    }
    mean /= (double)m;
    for (int64_t i = 0; low < high && i < m; i++)
        total += (y[i * t] - mean) * (y[i * t] - mean);
    return total;
}

void ana_loss_weight(int32_t loss, int64_t m, int64_t t, const double *y_test,
                     double *weight)
{
    for (int64_t j = 0; j < t; j++) {
        const double scale =
            loss == ANA_LOSS_MSE ? (double)m : total_squares(m, t, y_test + j);

        weight[j] = scale > 0 ? 1 / scale : 0;
    }
}

/* 1 - r; a prediction is constant where it moves by less than 1e-13 of the target's size,
 * as it is for the score. */
static void add_correlation(int64_t m, int64_t t, const double *prediction,
                            const double *y_test, const double *weight, double *room,
                            double *curve)
{
    double *mean = room, *y_mean = room + t, *square = room + 2 * t;
    double *product = room + 3 * t;

    memset(room, 0, (size_t)(4 * t) * sizeof *room);
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < t; j++) {
            mean[j] += prediction[i * t + j] / (double)m;
            y_mean[j] += y_test[i * t + j] / (double)m;
        }
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < t; j++) {
            const double p = prediction[i * t + j] - mean[j];

            square[j] += p * p;
            product[j] += p * (y_test[i * t + j] - y_mean[j]);
        }
    for (int64_t j = 0; j < t; j++) {
        const double size = 1 / weight[j] + (double)m * y_mean[j] * y_mean[j];

        if (weight[j] > 0)
            curve[j] += square[j] > 1e-26 * size
                            ? 1 - product[j] * sqrt(weight[j] / square[j])
                            : 1;
    }
}

void ana_loss_add(int32_t loss, int64_t m, int64_t t, const double *mean,
                  const double *prediction, const double *y_test, const double *weight,
                  double *room, double *curve)
{
    if (loss == ANA_LOSS_R) {
        add_correlation(m, t, prediction, y_test, weight, room, curve);
        return;
    }
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < t; j++) {
            const double error = y_test[i * t + j] - mean[j] - prediction[i * t + j];

            curve[j] += error * error * weight[j];
        }
}

int ana_loss_held_out(struct ana_ctx *ctx, const struct ana_design *design, int32_t loss,
                      int64_t n_alphas, const double *alphas, int64_t t,
                      const double *mean, const double *b, const double *y_test,
                      double *curve, int64_t *counted)
{
    double *prediction = ana_alloc(ctx, design->m * t, sizeof *prediction);
    double *work = ana_alloc(ctx, design->r * t, sizeof *work);
    double *weight = ana_alloc(ctx, (1 + ANA_LOSS_ROOM) * t, sizeof *weight);
    int rc = prediction && work && weight ? 0 : ANA_ERESOURCE;

    if (rc == 0)
        ana_loss_weight(loss, design->m, t, y_test, weight);
    for (int64_t j = 0; rc == 0 && j < t; j++)
        counted[j] += weight[j] > 0;
    for (int64_t a = 0; rc == 0 && a < n_alphas; a++) {
        rc = ana_design_predict_all(ctx, design, t, b, alphas[a], work, prediction);
        if (rc == 0)
            ana_loss_add(loss, design->m, t, mean, prediction, y_test, weight, weight + t,
                         curve + a * t);
    }
    ana_free(ctx, prediction);
    ana_free(ctx, work);
    ana_free(ctx, weight);
    return rc;
}

void ana_loss_mean(int64_t n_alphas, int64_t t, const int64_t *counted, double *curve)
{
    for (int64_t a = 0; a < n_alphas; a++)
        for (int64_t j = 0; j < t; j++)
            curve[a * t + j] =
                counted[j] > 0 ? curve[a * t + j] / (double)counted[j] : (double)NAN;
}

void ana_penalty_choose(int64_t n_alphas, int64_t t, const double *curve, int64_t *choice)
{
    for (int64_t j = 0; j < t; j++) {
        double best = INFINITY;

        for (int64_t a = 0; a < n_alphas; a++)
            if (curve[a * t + j] < best)
                best = curve[a * t + j];
        choice[j] = n_alphas - 1;
        for (int64_t a = n_alphas - 1; isfinite(best) && a >= 0; a--)
            if (curve[a * t + j] <= best + 1e-12 * fabs(best)) {
                choice[j] = a;
                break;
            }
    }
}

int ana_penalty_is_flat(int64_t n_alphas, int64_t t, const double *curve)
{
    double low = INFINITY, high = -INFINITY;

    for (int64_t a = 0; a < n_alphas; a++) {
        low = curve[a * t] < low ? curve[a * t] : low;
        high = curve[a * t] > high ? curve[a * t] : high;
    }
    return !(high - low > 1e-12 * high);
}

void ana_penalty_edges(int64_t n_alphas, int64_t t, const double *curve,
                       const int64_t *choice, int64_t *low, int64_t *high)
{
    *low = *high = 0;
    for (int64_t j = 0; j < t; j++)
        if (n_alphas > 1 && !ana_penalty_is_flat(n_alphas, t, curve + j)) {
            *low += choice[j] == 0;
            *high += choice[j] == n_alphas - 1;
        }
}
