/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Refinement of band weights by the gradient of the loss on held-out rows (Dupre la Tour
 * et al. 2022, there for each target alone, at the price of a factored kernel for each).
 * With K = sum gamma_b X_b X_b', c = (K + alpha)^-1 y, r = y_v - K_v c and
 * d = (K + alpha)^-1 K_v'r,
 *
 *     d |r|^2 / d gamma_b = -2 theta_b . (X_vb'r - X_b'd),   theta_b = X_b'c
 *
 * for training rows X and held-out rows X_v of an inner fold, both less the training
 * means. With sqrt(gamma) X = U diag(s) V' and T = sqrt(gamma) X_v V,
 *
 *     c = U (U'y / (s^2 + alpha)) + (y - U U'y) / alpha
 *     d = U (s / (s^2 + alpha) * T'r)
 */
#include "plugins/metrics/banded/refine.h"

#include <anaflow/linalg.h>
#include <math.h>
#include <string.h>

enum { MOST_TARGETS = 512 };
static const double least_gamma = 1e-6; /* a band of weight 0 would stay at 0 */

/* One inner fold: features less their training means, the targets, and what is solved. */
struct slope {
    int64_t n, m, p, w;
    double *x; /* (n + m) x p */
    struct ana_design *design;
    double *y, *test, *mean; /* n x w, m x w, w */
    double *b;               /* r x w */
    double *c, *d, *r;       /* n x w, n x w, m x w */
    double *theta, *pull;    /* p x w */
};

static int open_slope(struct ana_ctx *ctx, const struct bands_fold *fold,
                      const double *gamma, const struct ana_fold *in, struct slope *q)
{
    const int64_t rows = q->n + q->m, p = q->p;
    double *z = ana_alloc(ctx, rows * p, sizeof *z);
    double *mean = ana_alloc(ctx, p, sizeof *mean);
    int rc = ANA_ERESOURCE;

    q->x = ana_alloc(ctx, rows * p, sizeof *q->x);
    q->y = ana_alloc(ctx, (2 * rows + q->n + 1) * q->w, sizeof *q->y);
    q->theta = ana_alloc(ctx, 2 * p * q->w, sizeof *q->theta);
    if (z && mean && q->x && q->y && q->theta) {
        q->test = q->y + q->n * q->w;
        q->mean = q->test + q->m * q->w;
        q->c = q->mean + q->w;
        q->d = q->c + q->n * q->w;
        q->r = q->d + q->n * q->w;
        q->pull = q->theta + p * q->w;
        for (int64_t i = 0; i < rows; i++)
            memcpy(q->x + i * p,
                   fold->x + (i < q->n ? in->train[i] : in->test[i - q->n]) * p,
                   (size_t)p * sizeof *q->x);
        if (fold->bands->ridge.intercept)
            ana_centre_columns(q->n, q->m, p, q->x, q->x + q->n * p, mean);
        for (int64_t b = 0; b < fold->bands->n_bands; b++)
            for (int64_t i = 0; i < rows; i++)
                for (int64_t k = fold->start[b]; k < fold->start[b + 1]; k++)
                    z[i * p + k] = q->x[i * p + k] * sqrt(gamma[b]);
        rc = ana_design_create(ctx, q->n, q->m, p, z, z + q->n * p,
                               fold->bands->ridge.intercept, &q->design);
    }
    ana_free(ctx, z);
    ana_free(ctx, mean);
    if (rc == 0)
        q->b = ana_alloc(ctx, q->design->r * q->w, sizeof *q->b);
    return rc == 0 && !q->b ? ANA_ERESOURCE : rc;
}

static void close_slope(struct ana_ctx *ctx, struct slope *q)
{
    ana_design_destroy(ctx, q->design);
    ana_free(ctx, q->x);
    ana_free(ctx, q->y);
    ana_free(ctx, q->b);
    ana_free(ctx, q->theta);
}

/* c, and r with the loss' weights in it: sum w |r|^2 has the gradient of r' (w r). */
static int solve_forward(struct ana_ctx *ctx, const struct bands_fold *fold,
                         const double *alpha, struct slope *q)
{
    const struct ana_design *design = q->design;
    const int64_t w = q->w, r = design->r;
    double *scaled = ana_alloc(ctx, (r + 1) * w, sizeof *scaled);
    double *weight = scaled + r * w;
    int rc =
        scaled ? ana_design_project(ctx, design, w, q->y, q->mean, q->b) : ANA_ERESOURCE;

    if (rc == 0) /* what the directions leave of y */
        rc = ana_gemm(ctx, 0, 0, q->n, w, r, -1, design->u, r, q->b, w, 1, q->y, w);
    for (int64_t k = 0; rc == 0 && k < r; k++)
        for (int64_t j = 0; j < w; j++)
            scaled[k * w + j] =
                q->b[k * w + j] / (design->s[k] * design->s[k] + alpha[j]);
    if (rc == 0)
        rc = ana_gemm(ctx, 0, 0, q->n, w, r, 1, design->u, r, scaled, w, 0, q->c, w);
    for (int64_t i = 0; rc == 0 && i < q->n; i++)
        for (int64_t j = 0; j < w; j++)
            q->c[i * w + j] += alpha[j] > 0 ? q->y[i * w + j] / alpha[j] : 0;
    for (int64_t k = 0; rc == 0 && k < r; k++)
        for (int64_t j = 0; j < w; j++)
            scaled[k * w + j] *= design->s[k];
    if (rc == 0)
        rc = ana_gemm(ctx, 0, 0, q->m, w, r, -1, design->t, r, scaled, w, 0, q->r, w);
    if (rc == 0)
        ana_loss_weight(fold->bands->ridge.loss, q->m, w, q->test, weight);
    for (int64_t i = 0; rc == 0 && i < q->m; i++)
        for (int64_t j = 0; j < w; j++)
            q->r[i * w + j] =
                weight[j] * (q->test[i * w + j] - q->mean[j] + q->r[i * w + j]);
    ana_free(ctx, scaled);
    return rc;
}

static int solve_backward(struct ana_ctx *ctx, const double *alpha, struct slope *q)
{
    const struct ana_design *design = q->design;
    const int64_t w = q->w, r = design->r;
    int rc = ana_gemm(ctx, 1, 0, r, w, q->m, 1, design->t, r, q->r, w, 0, q->b, w);

    for (int64_t k = 0; rc == 0 && k < r; k++)
        for (int64_t j = 0; j < w; j++)
            q->b[k * w + j] *= design->s[k] / (design->s[k] * design->s[k] + alpha[j]);
    if (rc == 0)
        rc = ana_gemm(ctx, 0, 0, q->n, w, r, 1, design->u, r, q->b, w, 0, q->d, w);
    return rc;
}

int bands_gradient(struct ana_ctx *ctx, const struct bands_fold *fold,
                   const double *gamma, int64_t inner, int64_t w, const int64_t *target,
                   const double *alpha, int64_t t, const double *y, double *gradient)
{
    const struct ana_fold *in = &fold->fold->inner_folds[inner];
    const int64_t p = fold->p;
    struct slope q = {.n = in->n_train, .m = in->n_test, .p = p, .w = w};
    int rc = open_slope(ctx, fold, gamma, in, &q);

    for (int64_t j = 0; rc == 0 && j < w; j++) {
        for (int64_t i = 0; i < q.n; i++)
            q.y[i * w + j] = y[in->train[i] * t + target[j]];
        for (int64_t i = 0; i < q.m; i++)
            q.test[i * w + j] = y[in->test[i] * t + target[j]];
    }
    if (rc == 0)
        rc = solve_forward(ctx, fold, alpha, &q);
    if (rc == 0)
        rc = solve_backward(ctx, alpha, &q);
    if (rc == 0)
        rc = ana_gemm(ctx, 1, 0, p, w, q.n, 1, q.x, p, q.c, w, 0, q.theta, w);
    if (rc == 0)
        rc = ana_gemm(ctx, 1, 0, p, w, q.m, 1, q.x + q.n * p, p, q.r, w, 0, q.pull, w);
    if (rc == 0)
        rc = ana_gemm(ctx, 1, 0, p, w, q.n, -1, q.x, p, q.d, w, 1, q.pull, w);
    for (int64_t b = 0; rc == 0 && b < fold->bands->n_bands; b++) {
        gradient[b] = 0;
        for (int64_t i = fold->start[b] * w; i < fold->start[b + 1] * w; i++)
            gradient[b] -= 2 * gamma[b] * q.theta[i] * q.pull[i];
    }
    close_slope(ctx, &q);
    return rc;
}

/* Targets that share a draw, and where their step leads. */
struct group {
    int64_t draw, n;
    double *gamma; /* n_bands: the proposal, the bands outside the mask 0 */
};

struct round {
    const struct bands_fold *fold;
    const struct bands *bands;
    uint32_t mask;
    int32_t pad;
    int64_t inner, t;
    const double *y, *step; /* step: of each draw */
    const struct bands_choice *choice;
    struct group *groups;
};

static int propose(struct ana_ctx *ctx, void *arg, int64_t g)
{
    const struct round *round = arg;
    const struct bands *bands = round->bands;
    const struct group *group = &round->groups[g];
    const int64_t most = group->n < MOST_TARGETS ? group->n : MOST_TARGETS;
    double *memory = ana_alloc(ctx, most + bands->n_bands, sizeof *memory);
    double *alpha = memory, *slope = memory + most, largest = 0, mean = 0, sum = 0;
    int64_t *target = ana_alloc(ctx, most, sizeof *target), w = 0, n = 0;
    int rc = memory && target ? 0 : ANA_ERESOURCE;

    for (int64_t j = 0; rc == 0 && j < round->t && w < most; j++)
        if (round->choice->draw[j] == group->draw) {
            alpha[w] = bands->ridge.alphas[round->choice->alpha[j]];
            target[w++] = j;
        }
    if (rc == 0)
        bands_gamma(bands, group->draw, round->mask, group->gamma);
    for (int64_t b = 0; rc == 0 && b < bands->n_bands; b++)
        if (round->mask >> b & 1)
            group->gamma[b] = fmax(group->gamma[b], least_gamma);
    if (rc == 0)
        rc = bands_gradient(ctx, round->fold, group->gamma, round->inner, w, target,
                            alpha, round->t, round->y, slope);
    for (int64_t b = 0; rc == 0 && b < bands->n_bands; b++)
        if (round->mask >> b & 1) {
            mean += slope[b];
            n++;
        }
    for (int64_t b = 0; rc == 0 && b < bands->n_bands; b++) {
        slope[b] -= mean / (double)n; /* alpha is what moves all bands alike */
        if (round->mask >> b & 1)
            largest = fmax(largest, fabs(slope[b]));
    }
    for (int64_t b = 0; rc == 0 && b < bands->n_bands; b++)
        if (round->mask >> b & 1) {
            if (largest > 0)
                group->gamma[b] *= exp(-round->step[group->draw] * slope[b] / largest);
            sum += group->gamma[b];
        }
    for (int64_t b = 0; rc == 0 && b < bands->n_bands; b++)
        group->gamma[b] /= sum;
    ana_free(ctx, memory);
    ana_free(ctx, target);
    return rc;
}

/* The largest groups, those of the earlier draw first among equals. Returns how many. */
static int64_t find_groups(int64_t n_draws, int64_t t, const struct bands_choice *choice,
                           int64_t *count, struct group *groups)
{
    int64_t n = 0;

    memset(count, 0, (size_t)n_draws * sizeof *count);
    for (int64_t j = 0; j < t; j++)
        count[choice->draw[j]]++;
    for (; n < BANDS_GROUPS; n++) {
        int64_t best = 0;

        for (int64_t d = 1; d < n_draws; d++)
            if (count[d] > count[best])
                best = d;
        if (count[best] == 0)
            break;
        groups[n].draw = best;
        groups[n].n = count[best];
        count[best] = 0;
    }
    return n;
}

int bands_refine(struct ana_ctx *ctx, const struct bands_fold *fold, struct bands *bands,
                 uint32_t mask, int64_t rounds, int64_t t, const double *y,
                 struct bands_choice *choice)
{
    const int64_t most = bands->n_draws + rounds * BANDS_GROUPS, B = bands->n_bands;
    struct group groups[BANDS_GROUPS];
    double *step = ana_alloc(ctx, most, sizeof *step);
    int64_t *count = ana_alloc(ctx, most, sizeof *count);
    struct round round = {.fold = fold,
                          .bands = bands,
                          .mask = mask,
                          .t = t,
                          .y = y,
                          .step = step,
                          .choice = choice,
                          .groups = groups};
    int rc = step && count ? 0 : ANA_ERESOURCE;

    if ((mask & (mask - 1)) == 0) /* one band has nothing to weigh */
        rounds = 0;
    for (int64_t d = 0; rc == 0 && d < most; d++)
        step[d] = 1;
    for (int64_t k = 0; rc == 0 && k < rounds; k++) {
        const int64_t first = bands->n_draws;
        const int64_t n = find_groups(first, t, choice, count, groups);

        round.inner = k % fold->fold->n_inner;
        for (int64_t g = 0; g < n; g++)
            groups[g].gamma = bands->gamma + (first + g) * B;
        rc = ana_parallel_for(ctx, n, propose, &round);
        bands->n_draws += n;
        if (rc == 0)
            rc = bands_try(ctx, fold, mask, first, t, y, choice);
        for (int64_t g = 0; rc == 0 && g < n; g++) {
            step[first + g] = 1.5 * step[groups[g].draw];
            step[groups[g].draw] /= 2;
        }
    }
    ana_free(ctx, step);
    ana_free(ctx, count);
    return rc;
}

double bands_gradient_bytes(const struct ana_fold *in, int64_t p, int64_t t)
{
    const int64_t n = in->n_train, m = in->n_test,
                  w = t < MOST_TARGETS ? t : MOST_TARGETS;
    const int64_t r = ana_design_rank(n, p);

    return ana_design_work_bytes(n, m, p) + ana_design_bytes(n, m, p) +
           8 * ((double)(n + m + 2) * (double)p +
                (double)w * (double)(3 * n + 2 * m + 2 * r + 2 * p + 6));
}

double bands_gradient_flops(const struct ana_fold *in, int64_t p, int64_t t)
{
    const int64_t n = in->n_train, m = in->n_test,
                  w = t < MOST_TARGETS ? t : MOST_TARGETS;
    const int64_t r = ana_design_rank(n, p);

    return ana_design_flops(n, m, p) + 4 * ana_gemm_flops(n, w, r) +
           2 * ana_gemm_flops(m, w, r) + 2 * ana_gemm_flops(p, w, n) +
           ana_gemm_flops(p, w, m);
}

double bands_gradient_factor(const struct ana_fold *in, int64_t p)
{
    return ana_design_factor_flops(in->n_train, p);
}
