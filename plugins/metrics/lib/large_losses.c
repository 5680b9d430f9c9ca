/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Losses of a tile's inner folds: by sweeps and maps one fold after another, by a quadric all
 * at once. Squared errors are scaled back from standardised targets.
 *
 * n outer training rows, w targets of the tile.
 */
#include "plugins/metrics/lib/large_losses.h"

#include <string.h>

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

/* Add the losses of the n inner folds that a quadric is of: base is what they are where
 * nothing is predicted but means. */
static int add_squared(struct ana_ctx *ctx, struct ana_large_tile *t,
                       const struct ana_large_unit *units, int64_t n)
{
    const struct ana_quadric *quadric = units->quadric;
    const int64_t w = t->w, n_alphas = t->large->ridge.n_alphas;
    double *errors = ana_alloc(ctx, n_alphas * w, sizeof *errors);
    double *base = ana_alloc(ctx, 2 * w, sizeof *base), *mean = base + w;
    int rc = errors && base ? 0 : ANA_ERESOURCE;

    for (int64_t k = 0; rc == 0 && k < n; k++) {
        if (t->large->ridge.intercept)
            inner_mean(t, &units[k], mean);
        for (int64_t i = 0; i < units[k].m; i++)
            for (int64_t j = 0; j < w; j++) {
                const double d = (double)t->y[units[k].test[i] * w + j] - mean[j];

                base[j] += d * d / (double)units[k].m;
            }
    }
    if (rc == 0)
        rc = ana_quadric_errors(ctx, quadric, w, t->y, t->room->work, errors);
    for (int64_t a = 0; rc == 0 && a < n_alphas; a++)
        for (int64_t j = 0; j < w; j++)
            t->curve[a * t->stride + j] +=
                (errors[a * w + j] + base[j]) * t->sd[j] * t->sd[j];
    for (int64_t j = 0; rc == 0 && j < w; j++)
        t->counted[j] += n;
    if (rc == 0)
        t->size = ana_quadric_size(quadric, n);
    ana_free(ctx, errors);
    ana_free(ctx, base);
    return rc;
}

int64_t ana_large_losses_room(const struct ana_large_unit *units, int64_t n, int64_t w)
{
    const struct ana_quadric *quadric = n > 0 ? units->quadric : NULL;
    int64_t most = quadric ? ana_quadric_room(quadric->few.k) * w : 0;

    for (int64_t i = 0; !quadric && i < n; i++) {
        const int64_t floats = inner_floats(&units[i], w);

        most = floats > most ? floats : most;
    }
    return most;
}

int ana_large_losses(struct ana_ctx *ctx, struct ana_large_tile *t,
                     const struct ana_large_unit *units, int64_t n)
{
    int rc = 0;

    if (n > 0 && units->quadric)
        return add_squared(ctx, t, units, n);
    for (int64_t i = 0; rc == 0 && i < n; i++)
        rc = add_inner(ctx, t, &units[i]);
    return rc;
}
