/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The targets of a tile, standardised by a fold's training rows, so that float32 holds
 * what matters of them.
 *
 * n outer training rows, w targets of the tile.
 */
#include "plugins/metrics/lib/large_tile.h"

#include <math.h>
#include <string.h>

/* The compiler makes these loops twice: targets that lie side by side are worked on several
 * at a time. */
static inline void add_row(int64_t w, const double *row, int64_t step, double *mean)
{
    for (int64_t j = 0; j < w; j++)
        mean[j] += row[j * step];
}

static inline void add_squares(int64_t w, const double *row, int64_t step,
                               const double *mean, double *square)
{
    for (int64_t j = 0; j < w; j++) {
        const double d = row[j * step] - mean[j];

        square[j] += d * d;
    }
}

/* to = (row - mean) * scale, which is added to sum. */
static inline void scale_row(int64_t w, const double *row, int64_t step,
                             const double *mean, const double *scale, float *to,
                             double *sum)
{
    for (int64_t j = 0; j < w; j++) {
        to[j] = (float)((row[j * step] - mean[j]) * scale[j]);
        sum[j] += (double)to[j];
    }
}

/* Whether a target is the same number in all training rows. */
static int is_constant(const struct ana_tensor *y, const struct ana_fold *fold, int64_t j)
{
    const double *column = (const double *)y->data + j * y->strides[1];
    const double first = column[fold->train[0] * y->strides[0]];

    for (int64_t i = 1; i < fold->n_train; i++) {
        const double value = column[fold->train[i] * y->strides[0]];

        if (!(value >= first && value <= first))
            return 0;
    }
    return 1;
}

/* Mean and SD (or size, without an intercept) over the training rows, two passes. SD is 0
 * of what does not move there. */
static void measure(const struct ana_tensor *y, const struct ana_fold *fold,
                    int intercept, int64_t w, double *mean, double *sd)
{
    const int64_t n = fold->n_train, step = y->strides[1];
    const double *data = y->data;

    for (int64_t i = 0; intercept && i < n; i++) {
        const double *row = data + fold->train[i] * y->strides[0];

        if (step == 1)
            add_row(w, row, 1, mean);
        else
            add_row(w, row, step, mean);
    }
    for (int64_t j = 0; j < w; j++)
        mean[j] /= (double)n;
    for (int64_t i = 0; i < n; i++) {
        const double *row = data + fold->train[i] * y->strides[0];

        if (step == 1)
            add_squares(w, row, 1, mean, sd);
        else
            add_squares(w, row, step, mean, sd);
    }
    for (int64_t j = 0; j < w; j++) {
        sd[j] = sqrt(sd[j] / (double)n);
        if (!(sd[j] > 1e-13 * fabs(mean[j])) || !(1 / sd[j] < (double)INFINITY))
            sd[j] = is_constant(y, fold, j) ? 0 : 1;
    }
}

/* At least so many floats, whatever is in them. */
static int widen_room(struct ana_ctx *ctx, int64_t floats, float **room, int64_t *has)
{
    if (*has >= floats)
        return 0;
    ana_free(ctx, *room);
    *room = ana_alloc(ctx, floats, sizeof **room);
    *has = *room ? floats : 0;
    return *room ? 0 : ANA_ERESOURCE;
}

int ana_large_tile_widen(struct ana_ctx *ctx, const struct ana_large_tile *t,
                         int64_t floats)
{
    return widen_room(ctx, floats, &t->room->work, &t->room->work_floats);
}

int ana_large_tile_start(struct ana_ctx *ctx, const struct ana_tensor *y,
                         struct ana_large_tile *t)
{
    const int64_t n = t->n, w = t->w, step = y->strides[1];
    const int64_t p = t->x->data ? t->x->shape[1] : 0;
    const double *data = y->data;
    double *scale;
    int rc = widen_room(ctx, (n + p) * w, &t->room->y, &t->room->y_floats);

    t->y = t->room->y;
    t->mean = ana_alloc(ctx, 4 * w, sizeof *t->mean);
    if (rc != 0 || !t->mean)
        return ANA_ERESOURCE;
    t->sd = t->mean + w;
    t->sum = t->mean + 2 * w;
    measure(y, t->fold, t->large->ridge.intercept, w, t->mean, t->sd);
    scale = t->mean + 3 * w;
    for (int64_t j = 0; j < w;
         j++) { /* a mean of equal numbers is not always that number */
        scale[j] = t->sd[j] > 0 ? 1 / t->sd[j] : 0;
        t->sd[j] = t->sd[j] > 0 ? t->sd[j] : 1;
    }
    for (int64_t i = 0; i < n; i++) {
        const double *row = data + t->fold->train[i] * y->strides[0];

        if (step == 1)
            scale_row(w, row, 1, t->mean, scale, t->y + i * w, t->sum);
        else
            scale_row(w, row, step, t->mean, scale, t->y + i * w, t->sum);
    }
    return 0;
}

void ana_large_tile_finish(struct ana_ctx *ctx, struct ana_large_tile *t)
{
    ana_free(ctx, t->mean);
}

void ana_large_tile_rows(int64_t n, const int64_t *rows, int64_t w, const float *from,
                         int64_t width, float *to)
{
    for (int64_t i = 0; i < n; i++) {
        memcpy(to + i * width, from + rows[i] * w, (size_t)w * sizeof *to);
        memset(to + i * width + w, 0, (size_t)(width - w) * sizeof *to);
    }
}

const float *ana_large_tile_find(int64_t n, const int64_t *rows, int64_t w,
                                 const float *from, float *room)
{
    int64_t i = 1;

    while (i < n && rows[i] == rows[0] + i)
        i++;
    if (n > 0 && i == n)
        return from + rows[0] * w;
    ana_large_tile_rows(n, rows, w, from, w, room);
    return room;
}
