/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Random search over the bands' weights: the losses of every penalty on the inner folds
 * for each draw, shared by all targets (Dupre la Tour et al. 2022, doi
 * 10.1016/j.neuroimage.2022.119728). Draws go in pairs, so that there is work for every
 * worker; each inner fold of a draw adds up in memory of its own.
 *
 * n training rows of the outer fold, t targets.
 */
#include <math.h>
#include <string.h>

#include "plugins/metrics/banded/search.h"

/* Add the inner folds' curves of a draw up, in their order, into the first. */
static void add_up(const struct bands_batch *s, int64_t d)
{
    const int64_t t = s->t;
    const int64_t n_alphas = s->fold->bands->ridge.n_alphas, cells = n_alphas * t;
    double *curve = s->curve + d * s->parts * cells;
    int64_t *counted = s->counted + d * s->parts * t;

    for (int64_t j = 1; j < s->parts; j++) {
        for (int64_t i = 0; i < cells; i++)
            curve[i] += curve[j * cells + i];
        for (int64_t i = 0; i < t; i++)
            counted[i] += counted[j * t + i];
    }
    ana_loss_mean(n_alphas, t, counted, curve);
}

static double mean_of(int64_t t, const double *loss)
{
    double sum = 0;
    int64_t n = 0;

    for (int64_t j = 0; j < t; j++)
        if (!isnan(loss[j])) {
            sum += loss[j];
            n++;
        }
    return n > 0 ? sum / (double)n : (double)NAN;
}

/* One alpha for all targets: that of the smallest mean loss (mean: n_alphas). */
static void share_alpha(int64_t n_alphas, int64_t t, const double *curve, double *mean,
                        int64_t *alpha)
{
    for (int64_t a = 0; a < n_alphas; a++)
        mean[a] = mean_of(t, curve + a * t);
    ana_penalty_choose(n_alphas, 1, mean, alpha);
    for (int64_t j = 1; j < t; j++)
        alpha[j] = alpha[0];
}

/* Keep what a draw does better; with a shared choice its mean decides for all. */
static int keep_best(struct ana_ctx *ctx, const struct bands_batch *s, int64_t d,
                     struct bands_choice *choice)
{
    const struct ana_ridge *ridge = &s->fold->bands->ridge;
    const int64_t n_alphas = ridge->n_alphas, t = s->t, draw = s->first + d;
    double *curve = s->curve + d * s->parts * n_alphas * t;
    int64_t *alpha = ana_alloc(ctx, t, sizeof *alpha);
    double *mean = ana_alloc(ctx, n_alphas, sizeof *mean);

    if (!alpha || !mean) {
        ana_free(ctx, alpha);
        ana_free(ctx, mean);
        return ANA_ERESOURCE;
    }
    for (int64_t a = 0; ridge->shared && a < n_alphas; a++) {
        mean[a] = mean_of(t, curve + a * t);
        for (int64_t j = 0; j < t; j++)
            curve[a * t + j] = mean[a];
    }
    if (s->fold->bands->by_draw)
        share_alpha(n_alphas, t, curve, mean, alpha);
    else
        ana_penalty_choose(n_alphas, t, curve, alpha);
    for (int64_t j = 0; j < t; j++) {
        const double loss = curve[alpha[j] * t + j];

        if (draw == 0 || loss < choice->loss[j] - 1e-12 * fabs(choice->loss[j])) {
            choice->draw[j] = draw;
            choice->alpha[j] = alpha[j];
            choice->loss[j] = loss;
            if (choice->flat)
                choice->flat[j] =
                    (char)(s->fold->bands->by_draw
                               ? ana_penalty_is_flat(n_alphas, 1, mean)
                               : ana_penalty_is_flat(n_alphas, t, curve + j));
        }
    }
    ana_free(ctx, mean);
    ana_free(ctx, alpha);
    return 0;
}

/* y in float32, in units of its size on the training rows. */
static int narrow_targets(struct ana_ctx *ctx, struct bands_batch *s)
{
    const int64_t n = s->fold->n, t = s->t;
    double *mean = ana_alloc(ctx, t, sizeof *mean);

    s->y32 = ana_alloc(ctx, n * t, sizeof *s->y32);
    s->sd = ana_alloc(ctx, t, sizeof *s->sd);
    if (!mean || !s->y32 || !s->sd) {
        ana_free(ctx, mean);
        return ANA_ERESOURCE;
    }
    for (int64_t i = 0; s->fold->bands->ridge.intercept && i < n; i++)
        for (int64_t j = 0; j < t; j++)
            mean[j] += s->y[i * t + j] / (double)n;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < t; j++)
            s->sd[j] += (s->y[i * t + j] - mean[j]) * (s->y[i * t + j] - mean[j]);
    for (int64_t j = 0; j < t; j++) {
        s->sd[j] = sqrt(s->sd[j] / (double)n);
        if (!(s->sd[j] > 1e-13 * fabs(mean[j])))
            s->sd[j] = 1;
    }
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < t; j++)
            s->y32[i * t + j] = (float)((s->y[i * t + j] - mean[j]) / s->sd[j]);
    ana_free(ctx, mean);
    return 0;
}

/* What a squared error of the standardised targets counts in each inner fold. */
static int weigh_targets(struct ana_ctx *ctx, struct bands_batch *s)
{
    const struct ana_fold *fold = s->fold->fold;
    const int64_t t = s->t;

    s->weight = ana_alloc(ctx, fold->n_inner * t, sizeof *s->weight);
    for (int64_t k = 0; s->weight && k < fold->n_inner; k++) {
        const int64_t m = fold->inner_folds[k].n_test;
        double *y = ana_alloc(ctx, m * t, sizeof *y), *weight = s->weight + k * t;

        if (!y)
            return ANA_ERESOURCE;
        bands_take_targets(m, fold->inner_folds[k].test, t, s->y, y);
        ana_loss_weight(s->fold->bands->ridge.loss, m, t, y, weight);
        for (int64_t j = 0; j < t; j++)
            weight[j] *= s->sd[j] * s->sd[j];
        ana_free(ctx, y);
    }
    return s->weight ? 0 : ANA_ERESOURCE;
}

static int open_search(struct ana_ctx *ctx, struct bands_batch *s)
{
    const struct bands_fold *fold = s->fold;
    int64_t cells;
    int rc = 0;

    s->parts = fold->kernel ? 1 : fold->fold->n_inner;
    cells = BANDS_DRAWS * s->parts * s->t;
    s->gamma = ana_alloc(ctx, BANDS_DRAWS * fold->bands->n_bands, sizeof *s->gamma);
    s->curve = ana_alloc(ctx, cells * fold->bands->ridge.n_alphas, sizeof *s->curve);
    s->counted = ana_alloc(ctx, cells, sizeof *s->counted);
    if (!s->gamma || !s->curve || !s->counted)
        rc = ANA_ERESOURCE;
    if (rc == 0 && fold->large)
        rc = narrow_targets(ctx, s);
    return rc == 0 && fold->large ? weigh_targets(ctx, s) : rc;
}

static void close_search(struct ana_ctx *ctx, struct bands_batch *s)
{
    bands_drop_rooms(ctx, s);
    ana_free(ctx, s->gamma);
    ana_free(ctx, s->curve);
    ana_free(ctx, s->counted);
    ana_free(ctx, s->y32);
    ana_free(ctx, s->sd);
    ana_free(ctx, s->weight);
}

int bands_try(struct ana_ctx *ctx, const struct bands_fold *fold, uint32_t mask,
              int64_t first, int64_t t, const double *y, struct bands_choice *choice)
{
    const struct bands *bands = fold->bands;
    const int one = (mask & (mask - 1)) == 0; /* one band: every draw is the same */
    const int64_t draws = one ? 1 : bands->n_draws;
    struct bands_batch s = {.fold = fold, .mask = mask, .t = t, .y = y};
    int rc = open_search(ctx, &s);

    for (s.first = first; rc == 0 && s.first < draws; s.first += BANDS_DRAWS) {
        s.draws = draws - s.first < BANDS_DRAWS ? draws - s.first : BANDS_DRAWS;
        if (s.draws == 1)
            bands_drop_rooms(ctx, &s);
        for (int64_t d = 0; d < s.draws; d++)
            bands_gamma(bands, s.first + d, mask, s.gamma + d * bands->n_bands);
        rc = fold->kernel ? ana_parallel_for(ctx, s.draws, bands_run_draw, &s)
                          : ana_parallel_for(ctx, s.draws * fold->fold->n_inner,
                                             bands_run_piece, &s);
        for (int64_t d = 0; rc == 0 && d < s.draws; d++) {
            add_up(&s, d);
            rc = keep_best(ctx, &s, d, choice);
        }
    }
    close_search(ctx, &s);
    return rc;
}

int bands_search(struct ana_ctx *ctx, const struct bands_fold *fold, uint32_t mask,
                 int64_t t, const double *y, struct bands_choice *choice)
{
    for (int64_t j = 0; j < t; j++)
        choice->draw[j] = choice->alpha[j] = 0;
    if (fold->bands->n_draws == 1 && fold->bands->ridge.n_alphas == 1 &&
        fold->bands->refine == 0)
        return 0;
    return bands_try(ctx, fold, mask, 0, t, y, choice);
}
