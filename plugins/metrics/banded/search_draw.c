/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A draw by its kernel: all inner folds from one inverse a penalty.
 */
#include <string.h>

#include "plugins/metrics/banded/search.h"

/* What a draw is worked on in, left to the draws after it: pages fresh from the system for
 * each would be cleared first. */
struct bands_room {
    double *kernel; /* n x n */
    struct ana_leave_room *leaving;
    struct ana_map **maps; /* n_inner */
    float *tile;
    int64_t tile_floats;
};

static void destroy_room(struct ana_ctx *ctx, struct bands_room *room)
{
    if (!room)
        return;
    ana_free(ctx, room->kernel);
    ana_leave_room_destroy(ctx, room->leaving);
    ana_free(ctx, room->maps);
    ana_free(ctx, room->tile);
    ana_free(ctx, room);
}

/* One draw alone has all workers. */
static struct bands_room *create_room(struct ana_ctx *ctx, const struct bands_batch *s)
{
    const int64_t n = s->fold->n, n_inner = s->fold->fold->n_inner;
    const int64_t at_once = s->draws > 1 ? 1 : ana_workers(ctx);
    struct bands_room *room = ana_alloc(ctx, 1, sizeof *room);

    if (!room)
        return NULL;
    room->kernel = ana_alloc(ctx, n * n, sizeof *room->kernel);
    room->maps = ana_alloc(ctx, n_inner, sizeof(struct ana_map *));
    if (room->kernel && room->maps &&
        ana_leave_room_create(ctx, n_inner, at_once, s->fold->p, &room->leaving) == 0)
        return room;
    destroy_room(ctx, room);
    return NULL;
}

static struct bands_room *take_room(struct ana_ctx *ctx, struct bands_batch *s)
{
    struct bands_room *room = NULL;

    for (int i = 0; !room && i < BANDS_DRAWS; i++)
        room = atomic_exchange(&s->rooms[i], NULL);
    return room ? room : create_room(ctx, s);
}

static void leave_room(struct ana_ctx *ctx, struct bands_batch *s,
                       struct bands_room *room)
{
    for (int i = 0; room && i < BANDS_DRAWS; i++)
        room = atomic_exchange(&s->rooms[i], room);
    destroy_room(ctx, room);
}

void bands_drop_rooms(struct ana_ctx *ctx, struct bands_batch *s)
{
    for (int i = 0; i < BANDS_DRAWS; i++)
        destroy_room(ctx, atomic_exchange(&s->rooms[i], NULL));
}

/* K = sum of gamma K_b over the bands. */
static void add_kernels(const struct bands_fold *fold, const double *gamma,
                        double *kernel)
{
    const int64_t cells = fold->n * fold->n;

    memset(kernel, 0, (size_t)cells * sizeof *kernel);
    for (int64_t b = 0; b < fold->bands->n_bands; b++)
        for (int64_t i = 0; gamma[b] > 0 && i < cells; i++)
            kernel[i] += gamma[b] * fold->kernel[b][i];
}

/* The j-th inner fold of a draw, by its map. */
static int run_map(struct ana_ctx *ctx, const struct bands_batch *s, int64_t d, int64_t j,
                   struct bands_room *room)
{
    const struct bands_piece piece = bands_piece_of(s, d, j);
    const struct bands_factors f = {.map = room->maps[j]};
    const int64_t floats =
        bands_tile_floats(&piece, &f) * (s->t < BANDS_TILE ? s->t : BANDS_TILE);

    if (room->tile_floats < floats) {
        ana_free(ctx, room->tile);
        room->tile_floats = 0;
        room->tile = ana_alloc(ctx, floats, sizeof *room->tile);
        if (!room->tile)
            return ANA_ERESOURCE;
        room->tile_floats = floats;
    }
    return bands_add_tiles(ctx, &piece, &f, room->tile);
}

int bands_run_draw(struct ana_ctx *ctx, void *arg, int64_t d)
{
    struct bands_batch *s = arg;
    const struct bands_fold *fold = s->fold;
    const struct ana_ridge *ridge = &fold->bands->ridge;
    const int64_t n = fold->n, n_inner = fold->fold->n_inner;
    struct bands_room *room;
    int rc;

    if (ana_cancelled(ctx))
        return ana_fail(ctx, ANA_ECANCEL, "the run was interrupted");
    room = take_room(ctx, s);
    if (!room)
        return ANA_ERESOURCE;
    add_kernels(fold, s->gamma + d * fold->bands->n_bands, room->kernel);
    rc = ana_map_leave_out_in(ctx, room->leaving, n, room->kernel, n, n_inner,
                              fold->fold->inner_folds, 0, ridge->intercept,
                              ridge->n_alphas, ridge->alphas, &fold->bands->few,
                              ANA_MAPS_WHOLE, room->maps);
    for (int64_t j = 0; rc == 0 && j < n_inner; j++)
        rc = run_map(ctx, s, d, j, room);
    for (int64_t j = 0; j < n_inner; j++)
        ana_map_destroy(ctx, room->maps[j]);
    leave_room(ctx, s, room);
    return rc;
}
