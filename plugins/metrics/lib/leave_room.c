/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Room to leave rows out in: an inverse for each penalty that is worked on at once, and
 * what stays for the next call, as pages fresh from the system would be cleared first.
 */
#include "plugins/metrics/lib/leave_room.h"

#include <string.h>

int64_t ana_most_left(int64_t n, int64_t n_folds, const struct ana_fold *folds)
{
    int64_t most = 0;

    for (int64_t k = 0; k < n_folds; k++)
        most = n - folds[k].n_train > most ? n - folds[k].n_train : most;
    return most;
}

int64_t ana_most_tested(int64_t n_folds, const struct ana_fold *folds)
{
    int64_t most = 0;

    for (int64_t k = 0; k < n_folds; k++)
        most = folds[k].n_test > most ? folds[k].n_test : most;
    return most;
}

static void close_inverse(struct ana_ctx *ctx, struct ana_inverse *v)
{
    ana_free(ctx, v->a);
    ana_free(ctx, v->u);
    ana_free(ctx, v->g);
    ana_free(ctx, v->sums);
    ana_free(ctx, v->vector);
    ana_free(ctx, v->block);
    ana_free(ctx, v->cross);
    ana_free(ctx, v->rows);
    ana_free(ctx, v->left);
    ana_free(ctx, v->kept);
    ana_free(ctx, v->runs);
    memset(v, 0, sizeof *v);
}

int ana_leave_room_open(struct ana_ctx *ctx, const struct ana_leaving *l,
                        struct ana_inverse *v)
{
    const int64_t n = l->n, most = ana_most_left(n, l->n_folds, l->folds);

    if (!v->a)
        v->a = ana_alloc(ctx, n * n, sizeof(double));
    if (l->quadric && !v->rows)
        v->rows =
            ana_alloc(ctx, ana_most_tested(l->n_folds, l->folds) * n, sizeof(float));
    if (l->quadric && !v->rows) {
        close_inverse(ctx, v);
        return ANA_ERESOURCE;
    }
    if (v->u)
        return v->a ? 0 : ANA_ERESOURCE;
    v->u = ana_alloc(ctx, n, sizeof(double));
    v->g = ana_alloc(ctx, n, sizeof(double));
    v->sums = ana_alloc(ctx, n, sizeof(double));
    v->vector = ana_alloc(ctx, 2 * most, sizeof(double));
    v->block = ana_alloc(ctx, most * most, sizeof(double));
    v->cross = ana_alloc(ctx, 2 * (most > l->m ? most : l->m) * n, sizeof(double));
    v->left = ana_alloc(ctx, n, sizeof(int64_t));
    v->kept = ana_alloc(ctx, n, sizeof(int64_t));
    v->runs = ana_alloc(ctx, n, sizeof(int64_t));
    if (v->a && v->u && v->g && v->sums && v->vector && v->block && v->cross && v->left &&
        v->kept && v->runs)
        return 0;
    close_inverse(ctx, v);
    return ANA_ERESOURCE;
}

int ana_leave_room_create(struct ana_ctx *ctx, int64_t n_folds, int64_t at_once,
                          int64_t features, struct ana_leave_room **out)
{
    struct ana_leave_room *room = ana_alloc(ctx, 1, sizeof *room);

    *out = NULL;
    if (!room)
        return ANA_ERESOURCE;
    *room = (struct ana_leave_room){
        .n_folds = n_folds, .at_once = at_once, .features = features};
    room->inverse = ana_alloc(ctx, at_once, sizeof *room->inverse);
    room->rows = ana_alloc(ctx, n_folds, sizeof *room->rows);
    room->cells = ana_alloc(ctx, n_folds, sizeof *room->cells);
    if (room->inverse && room->rows && room->cells) {
        *out = room;
        return 0;
    }
    ana_leave_room_destroy(ctx, room);
    return ANA_ERESOURCE;
}

void ana_leave_room_destroy(struct ana_ctx *ctx, struct ana_leave_room *room)
{
    if (!room)
        return;
    for (int64_t i = 0; room->inverse && i < room->at_once; i++)
        close_inverse(ctx, &room->inverse[i]);
    for (int64_t k = 0; room->rows && k < room->n_folds; k++)
        ana_free(ctx, room->rows[k]);
    ana_free(ctx, room->inverse);
    ana_free(ctx, room->factor);
    ana_free(ctx, room->rows);
    ana_free(ctx, room->cells);
    ana_free(ctx, room);
}

int ana_leave_room_lend(struct ana_ctx *ctx, struct ana_leave_room *room, int64_t k,
                        struct ana_map *map)
{
    const int64_t cells = map->few.k * map->m * map->n;

    if (room->cells[k] < cells) {
        ana_free(ctx, room->rows[k]);
        room->cells[k] = 0;
        room->rows[k] = ana_alloc(ctx, cells, sizeof(float));
        if (!room->rows[k])
            return ANA_ERESOURCE;
        room->cells[k] = cells;
    }
    map->maps = room->rows[k];
    map->lent = 1;
    return 0;
}

void ana_leave_room_swap(struct ana_leave_room *room, struct ana_inverse *v)
{
    double *held = v->a;

    v->a = room->factor;
    room->factor = held;
}

double *ana_leave_room_factor(struct ana_ctx *ctx, int64_t n, struct ana_leave_room *room)
{
    for (int64_t i = 0; !room->factor && i < room->at_once; i++)
        ana_leave_room_swap(room, &room->inverse[i]);
    if (!room->factor)
        room->factor = ana_alloc(ctx, n * n, sizeof *room->factor);
    return room->factor;
}
