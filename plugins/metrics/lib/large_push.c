/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One tile of targets through the units of one outer fold: losses of its inner folds, the
 * choice they lead to, predictions of its test rows. Each (fold, target) writes to places of
 * its own.
 *
 * n outer training rows, w targets of the tile.
 */
#include "plugins/metrics/lib/large_push.h"

#include <anaflow/linalg.h>

#include <string.h>

#include "plugins/metrics/lib/encode_job.h"
#include "plugins/metrics/lib/large_cost.h"
#include "plugins/metrics/lib/large_count.h"
#include "plugins/metrics/lib/large_losses.h"

static int64_t unit_count(const struct ana_large *large, int64_t first, int64_t last)
{
    return last - first - (large->items[last - 1].inner < 0);
}

static const struct ana_large_unit *unit_of(const struct ana_large_stage *stage,
                                            int64_t item)
{
    return &stage->units[item - stage->first];
}

/* to (p x w) = T'Y over some rows. */
static int sum_rows(struct ana_ctx *ctx, const struct ana_large_tile *t, int64_t n,
                    const int64_t *rows, float *to)
{
    const struct ana_picked picked = {t->x->data, rows, n, t->x->shape[1]};

    memset(to, 0, (size_t)(picked.p * t->w) * sizeof *to);
    return ana_cross(ctx, &picked, t->w, t->y, to);
}

/* T'Y over all training rows: of the unit that leads, of what it tests and of what is
 * neither, added up; the first two stay in room where losses look for them. */
static int lead_sums(struct ana_ctx *ctx, struct ana_large_tile *t,
                     const struct ana_large_unit *lead)
{
    const int64_t cells = t->x->shape[1] * t->w;
    float *b, *cross, *gap;
    int rc = ana_large_tile_widen(
        ctx, t, (lead->m + (2 + (lead->n_gap > 0)) * t->x->shape[1]) * t->w);

    if (rc != 0)
        return rc;
    b = t->room->work + lead->m * t->w;
    cross = b + cells;
    gap = cross + cells;
    rc = sum_rows(ctx, t, lead->n, lead->train, b);
    if (rc == 0)
        rc = sum_rows(ctx, t, lead->m, lead->test, cross);
    if (rc == 0 && lead->n_gap > 0)
        rc = sum_rows(ctx, t, lead->n_gap, lead->gap, gap);
    for (int64_t i = 0; rc == 0 && i < cells; i++)
        t->xy[i] = b[i] + cross[i];
    for (int64_t i = 0; rc == 0 && lead->n_gap > 0 && i < cells; i++)
        t->xy[i] += gap[i];
    return rc;
}

/* T'Y over all training rows, for units that take it from there. */
static int start_sums(struct ana_ctx *ctx, struct ana_large_tile *t)
{
    if (!t->x->data)
        return 0;
    t->xy = t->y + t->n * t->w;
    if (ana_large_led(t->large))
        return lead_sums(ctx, t, &t->stage->leads[t->number]);
    return sum_rows(ctx, t, t->n, NULL, t->xy);
}

static int choose(struct ana_ctx *ctx, const struct ana_large_y *y,
                  const struct ana_large_tile *t, struct ana_out *out, int64_t *choice)
{
    const struct ana_ridge *ridge = &t->large->ridge;
    const int64_t w = t->w;
    double *curve;
    int rc;

    for (int64_t j = 0; j < w; j++)
        choice[j] = ridge->shared && y->shared ? y->shared[t->number] : 0;
    if (ridge->n_alphas > 1 && ridge->shared && y->curves) /* means since the choice */
        return ana_large_count_lost(ctx, t, t->curve, t->stride, out);
    if (ridge->n_alphas < 2 || ridge->shared)
        return 0;
    curve = ana_alloc(ctx, ridge->n_alphas * w, sizeof *curve);
    if (!curve)
        return ANA_ERESOURCE;
    for (int64_t a = 0; a < ridge->n_alphas; a++)
        memcpy(curve + a * w, t->curve + a * t->stride, (size_t)w * sizeof *curve);
    ana_loss_mean(ridge->n_alphas, w, t->counted, curve);
    rc = ana_encode_choose(ctx, ridge, w, curve, out, choice);
    if (rc == 0)
        rc = ana_large_count_lost(ctx, t, curve, w, out);
    ana_free(ctx, curve);
    return rc;
}

/* Floats of a target that predictions of test rows take beside themselves. */
static int64_t outer_floats(const struct ana_large_unit *unit)
{
    if (unit->map)
        return unit->n + unit->m;
    return unit->fit->r + (unit->fit->maps ? unit->m : 0);
}

/* Standardised predictions of the test rows, m x w; work is outer_floats x w. */
static int predict(struct ana_ctx *ctx, const struct ana_large_tile *t,
                   const struct ana_large_unit *unit, const int64_t *choice, float *work,
                   float *prediction)
{
    const int64_t w = t->w;
    double *alpha;
    int rc;

    if (unit->map)
        return ana_map_predict_chosen(ctx, unit->map, w, t->y, choice, work, prediction);
    if (unit->fit->maps)
        return ana_fit_predict_chosen(ctx, unit->fit, t->large->ridge.n_alphas, w, t->xy,
                                      choice, work, prediction);
    alpha = ana_alloc(ctx, w, sizeof *alpha);
    rc = alpha ? 0 : ANA_ERESOURCE;
    for (int64_t j = 0; rc == 0 && j < w; j++)
        alpha[j] = t->large->ridge.alphas[choice[j]];
    if (rc == 0 && unit->fit->train)
        rc = ana_fit_rotate(ctx, unit->fit, w, t->y, work);
    else if (rc == 0 && unit->fit->basis)
        rc = ana_fit_turn(ctx, unit->fit, w, t->xy, work);
    else if (rc == 0) /* in its directions already */
        memcpy(work, t->xy, (size_t)(unit->fit->r * w) * sizeof *work);
    if (rc == 0) {
        ana_fit_shrink(unit->fit, w, alpha, work);
        rc = ana_fit_predict(ctx, unit->fit, w, work, prediction);
    }
    ana_free(ctx, alpha);
    return rc;
}

static int finish_fold(struct ana_ctx *ctx, const struct ana_large_y *y,
                       const struct ana_large_tile *t, const struct ana_large_unit *unit,
                       const struct ana_tile *tile, struct ana_out *out)
{
    const int64_t w = t->w, m = unit->m, cells = m * w;
    const struct ana_encode_job job = {.ridge = &t->large->ridge,
                                       .fold = t->fold,
                                       .number = t->number,
                                       .first = tile->first,
                                       .want_predictions =
                                           t->large->problem->want_predictions,
                                       .out = out};
    int64_t *choice = ana_alloc(ctx, w, sizeof *choice);
    float *prediction;
    double *scaled;
    int rc = choice ? ana_large_tile_widen(ctx, t, 5 * cells + outer_floats(unit) * w)
                    : ANA_ERESOURCE;

    scaled = (double *)(void *)t->room->work; /* 2 m x w: predicted, held out */
    prediction = t->room->work + 4 * cells;
    if (rc == 0)
        rc = choose(ctx, y, t, out, choice);
    if (rc == 0)
        rc = ana_large_count_small(ctx, t, unit, choice, out);
    if (rc == 0)
        rc = predict(ctx, t, unit, choice, prediction + cells, prediction);
    for (int64_t i = 0; rc == 0 && i < m; i++)
        for (int64_t j = 0; j < w; j++)
            scaled[i * w + j] = (double)prediction[i * w + j] * t->sd[j];
    if (rc == 0) {
        ana_take_rows(&tile->y, m, t->fold->test, scaled + cells);
        rc =
            ana_encode_hand_out(ctx, &job, 0, w, choice, scaled, t->mean, scaled + cells);
    }
    ana_free(ctx, choice);
    return rc;
}

/* Where the fold's curve of these targets grows: with y over several passes, else here. */
static int find_curve(struct ana_ctx *ctx, const struct ana_large_y *y, int64_t first,
                      struct ana_large_tile *t, double **own, int64_t **counted)
{
    const int64_t n_alphas = t->large->ridge.n_alphas;

    *own = NULL;
    *counted = NULL;
    if (y->curves) {
        t->stride = y->n_targets;
        t->curve = y->curves + t->number * n_alphas * y->n_targets + first;
        t->counted = y->counted + t->number * y->n_targets + first;
        return 0;
    }
    *own = ana_alloc(ctx, n_alphas * t->w, sizeof **own);
    *counted = ana_alloc(ctx, t->w, sizeof **counted);
    t->stride = t->w;
    t->curve = *own;
    t->counted = *counted;
    return *own && *counted ? 0 : ANA_ERESOURCE;
}

int ana_large_push_fold(struct ana_ctx *ctx, struct ana_large_y *y,
                        const struct ana_large_stage *stage, int64_t first, int64_t last,
                        const struct ana_tile *tile, struct ana_large_room *room,
                        struct ana_out *out)
{
    const struct ana_large *large = y->large;
    const int64_t k = large->items[first].fold, inner = unit_count(large, first, last);
    struct ana_large_tile t = {.large = large,
                               .stage = stage,
                               .fold = &large->problem->folds[k],
                               .x = &stage->x[k],
                               .room = room,
                               .number = k,
                               .n = large->problem->folds[k].n_train,
                               .size = y->sizes ? y->sizes[k] : 0,
                               .w = tile->y.shape[1]};
    const struct ana_large_unit *units = unit_of(stage, first);
    double *curve;
    int64_t *counted;
    int rc = find_curve(ctx, y, tile->first, &t, &curve, &counted);

    ana_context_push(ctx, "fold %lld", (long long)k);
    if (rc == 0)
        rc = ana_large_tile_start(ctx, &tile->y, &t);
    if (rc == 0)
        rc = ana_large_tile_widen(ctx, &t, ana_large_losses_room(units, inner, t.w));
    if (rc == 0)
        rc = start_sums(ctx, &t);
    if (rc == 0)
        rc = ana_large_losses(ctx, &t, units, inner);
    if (rc == 0 && inner < last - first)
        rc = finish_fold(ctx, y, &t, unit_of(stage, last - 1), tile, out);
    ana_large_tile_finish(ctx, &t);
    ana_free(ctx, curve);
    ana_free(ctx, counted);
    ana_context_pop(ctx);
    return rc;
}
