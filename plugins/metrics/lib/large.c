/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The large engine through the calls of a metric: the x side, one y on it, passes.
 */
#include "plugins/metrics/lib/large.h"

#include <stdatomic.h>
#include <string.h>

#include "plugins/metrics/lib/encode_job.h"
#include "plugins/metrics/lib/large_push.h"

int ana_large_create(struct ana_ctx *ctx, const struct ana_problem *problem,
                     const struct ana_ridge *ridge, struct ana_large **out)
{
    struct ana_large *large = ana_alloc(ctx, 1, sizeof *large);
    int rc = large ? ana_large_lay_out(ctx, problem, ridge, large) : ANA_ERESOURCE;

    *out = NULL;
    if (rc == 0 && large->kept) {
        large->stages = ana_alloc(ctx, large->n_stages, sizeof *large->stages);
        rc = large->stages ? 0 : ANA_ERESOURCE;
        for (int64_t s = 0; rc == 0 && s < large->n_stages; s++)
            rc = ana_large_make_stage(ctx, large, s, &large->stages[s]);
    }
    if (rc == 0)
        *out = large;
    else
        ana_large_destroy(ctx, large);
    return rc;
}

void ana_large_destroy(struct ana_ctx *ctx, struct ana_large *large)
{
    if (!large)
        return;
    for (int64_t s = 0; large->stages && s < large->n_stages; s++)
        ana_large_drop_stage(ctx, large, &large->stages[s]);
    ana_free(ctx, large->stages);
    ana_large_lay_down(ctx, large);
    ana_free(ctx, large);
}

int ana_large_open(struct ana_ctx *ctx, const struct ana_large *large, int64_t n_targets,
                   struct ana_large_y **out)
{
    const int64_t folds = large->problem->n_folds;
    struct ana_large_y *y = ana_alloc(ctx, 1, sizeof *y);
    int rc = ANA_ERESOURCE;

    *out = NULL;
    if (!y)
        return rc;
    y->large = large;
    y->n_targets = n_targets;
    y->n_rooms = ana_workers(ctx);
    y->rooms = ana_alloc(ctx, y->n_rooms, sizeof *y->rooms);
    if (!y->rooms)
        goto fail;
    if (large->n_stages > 1) {
        y->curves =
            ana_alloc(ctx, folds * large->ridge.n_alphas * n_targets, sizeof *y->curves);
        y->counted = ana_alloc(ctx, folds * n_targets, sizeof *y->counted);
        y->shared = ana_alloc(ctx, folds, sizeof *y->shared);
        y->sizes = ana_alloc(ctx, folds, sizeof *y->sizes);
        if (!y->curves || !y->counted || !y->shared || !y->sizes)
            goto fail;
    }
    rc = large->kept ? 0 : ana_large_make_stage(ctx, large, 0, &y->own);
    if (rc != 0)
        goto fail;
    *out = y;
    return 0;
fail:
    ana_large_close(ctx, y);
    return rc;
}

static void drop_room(struct ana_ctx *ctx, struct ana_large_room *room)
{
    if (room) {
        ana_free(ctx, room->y);
        ana_free(ctx, room->work);
    }
    ana_free(ctx, room);
}

static void drop_rooms(struct ana_ctx *ctx, struct ana_large_y *y)
{
    for (int64_t i = 0; y->rooms && i < y->n_rooms; i++)
        drop_room(ctx, atomic_exchange(&y->rooms[i], NULL));
}

static struct ana_large_room *take_room(struct ana_ctx *ctx, struct ana_large_y *y)
{
    struct ana_large_room *room = NULL;

    for (int64_t i = 0; !room && i < y->n_rooms; i++)
        room = atomic_exchange(&y->rooms[i], NULL);
    return room ? room : ana_alloc(ctx, 1, sizeof *room);
}

static void leave_room(struct ana_ctx *ctx, struct ana_large_y *y,
                       struct ana_large_room *room)
{
    for (int64_t i = 0; room && i < y->n_rooms; i++) {
        struct ana_large_room *none = NULL;

        if (atomic_compare_exchange_strong(&y->rooms[i], &none, room))
            return;
    }
    drop_room(ctx, room);
}

void ana_large_close(struct ana_ctx *ctx, struct ana_large_y *y)
{
    if (!y)
        return;
    drop_rooms(ctx, y);
    ana_free(ctx, y->rooms);
    ana_large_drop_stage(ctx, y->large, &y->own);
    ana_free(ctx, y->curves);
    ana_free(ctx, y->counted);
    ana_free(ctx, y->shared);
    ana_free(ctx, y->sizes);
    ana_free(ctx, y);
}

/* A shared penalty of the folds whose last inner unit was in the pass that ends. */
static int choose_shared(struct ana_ctx *ctx, struct ana_large_y *y, struct ana_out *out)
{
    const struct ana_large *large = y->large;
    const int64_t n = large->ridge.n_alphas, t = y->n_targets;
    const int64_t next = large->stage_end[y->stage];
    int rc = 0;

    if (large->items[next - 1].inner < 0 || large->items[next].inner >= 0)
        return 0;
    for (int64_t k = 0; rc == 0 && k < large->problem->n_folds; k++) {
        double *curve = y->curves + k * n * t;

        ana_loss_mean(n, t, y->counted + k * t, curve);
        rc = ana_encode_choose_shared(ctx, &large->ridge, t, curve, t, 1, out,
                                      &y->shared[k]);
    }
    return rc;
}

static const struct ana_large_stage *stage_of(const struct ana_large_y *y)
{
    return y->large->kept ? &y->large->stages[y->stage] : &y->own;
}

/* What counting lost digits needs of quadrics that later passes do not have. */
static void keep_sizes(struct ana_large_y *y)
{
    const struct ana_large_stage *stage = stage_of(y);

    for (int64_t i = stage->first; i < stage->last; i++) {
        const struct ana_quadric *quadric = stage->units[i - stage->first].quadric;
        const int64_t fold = y->large->items[i].fold;

        if (quadric)
            y->sizes[fold] =
                ana_quadric_size(quadric, y->large->problem->folds[fold].n_inner);
    }
}

int ana_large_pass(struct ana_ctx *ctx, struct ana_large_y *y, struct ana_out *out,
                   int32_t *again)
{
    const struct ana_large *large = y->large;
    int rc = 0;

    *again = y->stage + 1 < large->n_stages;
    if (!*again)
        return 0;
    keep_sizes(y);
    if (large->ridge.shared && large->ridge.n_alphas > 1)
        rc = choose_shared(ctx, y, out);
    y->stage++;
    if (rc == 0 && !large->kept) {
        drop_rooms(ctx, y);
        ana_large_drop_stage(ctx, large, &y->own);
        rc = ana_large_make_stage(ctx, large, y->stage, &y->own);
    }
    return rc;
}

int ana_large_push(struct ana_ctx *ctx, struct ana_large_y *y,
                   const struct ana_tile *tile, struct ana_out *out)
{
    const struct ana_large *large = y->large;
    const struct ana_large_stage *stage = stage_of(y);
    struct ana_large_room *room = take_room(ctx, y);
    int rc = room ? 0 : ANA_ERESOURCE;

    for (int64_t i = stage->first; rc == 0 && i < stage->last;) {
        int64_t last = i + 1;

        while (last < stage->last && large->items[last].fold == large->items[i].fold)
            last++;
        rc = ana_large_push_fold(ctx, y, stage, i, last, tile, room, out);
        i = last;
    }
    leave_room(ctx, y, room);
    return rc;
}
