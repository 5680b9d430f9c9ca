/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One tile of targets through the units of one outer fold: losses of its inner folds, the
 * choice they lead to, predictions of its test rows. Losses of squared errors are scaled
 * back from standardised targets. Each (fold, target) writes to places of its own.
 *
 * n outer training rows, w targets of the tile.
 */
#include "plugins/metrics/lib/large_push.h"

#include <anaflow/linalg.h>

#include <string.h>

#include "plugins/metrics/lib/encode_job.h"
#include "plugins/metrics/lib/large_cost.h"
#include "plugins/metrics/lib/large_count.h"
#include "plugins/metrics/lib/large_tile.h"

static int64_t unit_count(const struct ana_large *large, int64_t first, int64_t last)
{
    return last - first - (large->items[last - 1].inner < 0);
}

static const struct ana_large_unit *unit_of(const struct ana_large_stage *stage,
                                            int64_t item)
{
    return &stage->units[item - stage->first];
}

/* What a squared error counts: as ana_loss_weight, of standardised targets. */
static int weigh(struct ana_ctx *ctx, const struct ana_large_tile *t, int64_t m,
                 const float *y, double *weight)
{
    const int64_t w = t->w;
    double *own = ana_alloc(ctx, 2 * w, sizeof *own), *square = own + w;
    int *moves = ana_alloc(ctx, w, sizeof *moves);
    const int r2 = t->large->ridge.loss == ANA_LOSS_R2;

    for (int64_t i = 0; own && moves && r2 && i < m; i++)
        for (int64_t j = 0; j < w; j++) {
            own[j] += (double)y[i * w + j] / (double)m;
            moves[j] |= (y[i * w + j] < y[j]) | (y[i * w + j] > y[j]);
        }
    for (int64_t i = 0; own && moves && r2 && i < m; i++)
        for (int64_t j = 0; j < w; j++) {
            const double d = (double)y[i * w + j] - own[j];

            square[j] += d * d;
        }
    for (int64_t j = 0; own && moves && j < w; j++) {
        if (r2)
            weight[j] = moves[j] && square[j] > 0 ? 1 / square[j] : 0;
        else
            weight[j] = t->sd[j] * t->sd[j] / (double)m;
        t->counted[j] += weight[j] > 0;
    }
    ana_free(ctx, own);
    ana_free(ctx, moves);
    return own && moves ? 0 : ANA_ERESOURCE;
}

/* The mean of each target over an inner training set. */
static void inner_mean(const struct ana_large_tile *t, const struct ana_large_unit *unit,
                       double *mean)
{
    memcpy(mean, t->sum, (size_t)t->w * sizeof *mean);
    for (int64_t i = 0; i < unit->n_lacking; i++)
        for (int64_t j = 0; j < t->w; j++)
            mean[j] -= (double)t->y[unit->lacking[i] * t->w + j];
    for (int64_t j = 0; j < t->w; j++)
        mean[j] /= (double)unit->n;
}

/* Floats that an inner fold's work takes with w targets. */
static int64_t inner_floats(const struct ana_large_unit *unit, int64_t w)
{
    const struct ana_sweep *sweep = unit->sweep;
    const struct ana_map *map = unit->map;

    if (map)
        return unit->m * w +
               ana_map_width(map, w) *
                   (ana_map_rows(map) + ana_map_room(map) + ana_map_predicted(map));
    return (unit->m + (unit->fit ? unit->n : 0) + sweep->r + ana_sweep_work(sweep->r)) *
           w;
}

/* Rotated targets of an inner training set from sums over all rows; left has room for
 * p x w, work holds the cross of the held-out rows. */
static int rotate_sums(struct ana_ctx *ctx, const struct ana_large_tile *t,
                       const struct ana_large_unit *unit, const float *work, float *left,
                       float *b)
{
    const int64_t w = t->w, cells = unit->sweep->p * w;
    const struct ana_picked gap = {t->x->data, unit->gap, unit->n_gap, unit->sweep->p};
    double *sum;
    int rc;

    if (unit->n_gap == 0)
        return ana_sweep_rotate(ctx, unit->sweep, w, t->xy, t->sum, work, b);
    sum = ana_alloc(ctx, w, sizeof *sum);
    memset(left, 0, (size_t)cells * sizeof *left);
    rc = sum ? ana_cross(ctx, &gap, w, t->y, left) : ANA_ERESOURCE;
    if (rc == 0) {
        for (int64_t i = 0; i < cells; i++)
            left[i] = t->xy[i] - left[i];
        memcpy(sum, t->sum, (size_t)w * sizeof *sum);
        for (int64_t i = 0; i < unit->n_gap; i++)
            for (int64_t j = 0; j < w; j++)
                sum[j] -= (double)t->y[unit->gap[i] * w + j];
        rc = ana_sweep_rotate(ctx, unit->sweep, w, left, sum, work, b);
    }
    ana_free(ctx, sum);
    return rc;
}

/* Where all of y (n x w) is 0 a prediction is too; halves leave some rounding there, of the
 * column that it is paired with, which the losses of small targets could not be told from. */
static int clear_zeros(struct ana_ctx *ctx, const struct ana_map *map, int64_t w,
                       const float *y, float *predictions)
{
    const int64_t width = ana_map_width(map, w), rows = ana_map_predicted(map);
    int *moves = ana_alloc(ctx, w, sizeof *moves);

    if (!moves)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < map->n; i++)
        for (int64_t j = 0; j < w; j++)
            moves[j] |= !((y[i * width + j] >= 0) & (y[i * width + j] <= 0));
    for (int64_t j = 0; j < w; j++)
        for (int64_t i = 0; !moves[j] && i < rows; i++)
            predictions[i * width + j] = 0;
    ana_free(ctx, moves);
    return 0;
}

/* Errors by maps; y and room as in inner_errors. */
static int map_errors(struct ana_ctx *ctx, const struct ana_large_tile *t,
                      const struct ana_large_unit *unit, const double *offset,
                      const float *y, float *room, double *errors)
{
    const struct ana_map *map = unit->map;
    const int64_t w = t->w, width = ana_map_width(map, w), rows = ana_map_rows(map);
    float *predictions = room + rows * width, *work = predictions;
    int rc;

    predictions += ana_map_room(map) * width;
    ana_large_tile_rows(unit->n, unit->train, w, t->y, width, room);
    memset(room + unit->n * width, 0, (size_t)((rows - unit->n) * width) * sizeof *room);
    rc = ana_map_predict(ctx, map, w, room, work, predictions);
    if (rc == 0 && map->halves.parts)
        rc = clear_zeros(ctx, map, w, room, predictions);
    if (rc == 0)
        ana_map_errors(map, w, predictions, y, offset, errors);
    return rc;
}

/* Whether the unit leads: T is in its directions. */
static int leads(const struct ana_large_unit *unit)
{
    return unit->sweep && unit->sweep->p == 0 && !unit->fit;
}

/* The same of the unit that leads, of which b and cross hold the sums already; y: its m
 * held-out rows. */
static int place_sums(struct ana_ctx *ctx, const struct ana_large_tile *t,
                      const struct ana_large_unit *unit, const float *y, float *cross,
                      float *b)
{
    const int64_t w = t->w;
    double *sum;

    if (!t->large->ridge.intercept &&
        ana_space_columns(t->large->space) == ANA_COLUMNS_PLAIN)
        return 0; /* rows are where they were */
    sum = ana_alloc(ctx, 2 * w, sizeof *sum);
    if (!sum)
        return ANA_ERESOURCE;
    inner_mean(t, unit, sum + w);
    for (int64_t j = 0; j < w; j++)
        sum[w + j] *= (double)unit->n;
    for (int64_t i = 0; i < unit->m; i++)
        for (int64_t j = 0; j < w; j++)
            sum[j] += (double)y[i * w + j];
    ana_sweep_place(unit->sweep, w, sum, cross);
    ana_sweep_place(unit->sweep, w, sum + w, b);
    ana_free(ctx, sum);
    return 0;
}

/* y: the held-out rows, m x w; room: what inner_floats counts beside them. */
static int inner_errors(struct ana_ctx *ctx, const struct ana_large_tile *t,
                        const struct ana_large_unit *unit, const double *offset,
                        const float *y, float *room, double *errors)
{
    const struct ana_sweep *sweep = unit->sweep;
    const int64_t w = t->w;
    float *b = room + (unit->fit ? unit->n * w : 0), *work = b + sweep->r * w;
    int rc;

    if (leads(unit))
        rc = place_sums(ctx, t, unit, y, work, b);
    else
        rc = ana_sweep_cross(ctx, sweep, w, y, work);
    if (unit->fit)
        ana_large_tile_rows(unit->n, unit->train, w, t->y, w, room);
    if (rc == 0 && !leads(unit))
        rc = unit->fit ? ana_fit_rotate(ctx, unit->fit, w, room, b)
                       : rotate_sums(ctx, t, unit, work, work + sweep->r * w, b);
    return rc == 0 ? ana_sweep_errors(ctx, sweep, w, b, y, offset, work, errors) : rc;
}

/* Add one inner fold's losses to the curve. */
static int add_inner(struct ana_ctx *ctx, const struct ana_large_tile *t,
                     const struct ana_large_unit *unit)
{
    const int64_t w = t->w, n_alphas = t->large->ridge.n_alphas;
    float *room = t->room->work;
    const float *y = room;
    double *errors = ana_alloc(ctx, n_alphas * w, sizeof *errors);
    double *offset = ana_alloc(ctx, 2 * w, sizeof *offset), *weight = offset + w;
    int rc = errors && offset ? 0 : ANA_ERESOURCE;

    if (rc == 0) {
        y = ana_large_tile_find(unit->m, unit->test, w, t->y, room);
        if (t->large->ridge.intercept)
            inner_mean(t, unit, offset);
        rc = weigh(ctx, t, unit->m, y, weight);
    }
    if (rc == 0)
        rc = (unit->map ? map_errors : inner_errors)(ctx, t, unit, offset, y,
                                                     room + unit->m * w, errors);
    for (int64_t a = 0; rc == 0 && a < n_alphas; a++)
        for (int64_t j = 0; j < w; j++)
            t->curve[a * t->stride + j] += errors[a * w + j] * weight[j];
    ana_free(ctx, errors);
    ana_free(ctx, offset);
    return rc;
}

/* Room for what the inner folds [first, first + n) of the stage take. */
static int make_room(struct ana_ctx *ctx, const struct ana_large_tile *t, int64_t first,
                     int64_t n)
{
    int64_t most = 0;

    for (int64_t i = 0; i < n; i++) {
        const int64_t floats = inner_floats(unit_of(t->stage, first + i), t->w);

        most = floats > most ? floats : most;
    }
    return ana_large_tile_widen(ctx, t, most);
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
 * neither, added up; the first two stay in room where inner_errors looks for them. */
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

/* The losses of the inner folds [first, first + n) of the stage. */
static int add_inners(struct ana_ctx *ctx, const struct ana_large_tile *t, int64_t first,
                      int64_t n)
{
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < n; i++)
        rc = add_inner(ctx, t, unit_of(t->stage, first + i));
    return rc;
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
                               .w = tile->y.shape[1]};
    double *curve;
    int64_t *counted;
    int rc = find_curve(ctx, y, tile->first, &t, &curve, &counted);

    ana_context_push(ctx, "fold %lld", (long long)k);
    if (rc == 0)
        rc = ana_large_tile_start(ctx, &tile->y, &t);
    if (rc == 0)
        rc = make_room(ctx, &t, first, inner);
    if (rc == 0)
        rc = start_sums(ctx, &t);
    if (rc == 0)
        rc = add_inners(ctx, &t, first, inner);
    if (rc == 0 && inner < last - first)
        rc = finish_fold(ctx, y, &t, unit_of(stage, last - 1), tile, out);
    ana_large_tile_finish(ctx, &t);
    ana_free(ctx, curve);
    ana_free(ctx, counted);
    ana_context_pop(ctx);
    return rc;
}
